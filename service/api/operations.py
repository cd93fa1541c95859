"""The doors for those who run the service: ``GET /healthz``, ``/readyz`` and ``/metrics``."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, request

from service import KNOWLEDGE_VERSION, __version__
from service.api import answers, self_check
from service.api.jobs import Jobs
from service.api.settings import Settings
from service.cds_hooks.services import SERVICES
from service.fhir_mapping.artefacts.card_systems import OVERRIDE_REASONS
from service.operations import draining, exposition, logs, slots
from service.operations.exposition import Gauge, Reading
from service.operations.kept import Kept
from service.operations.metering import OTHER, quiet
from service.operations.readiness import Check, Checks, State, together
from service.pipeline import Site
from service.storage import Database, Unavailable, counts

blueprint = Blueprint("operations", __name__)
_JSON = "application/json"
_AGAIN = {"Retry-After": answers.RETRY_AFTER_S}
_NO_REASON = "none"
_OUTCOMES = frozenset(("accepted", "overridden"))
#: How long figures out of the database are kept, and how long a scrape waits for them.
_KEPT_S, _WAIT_S = 15.0, 1.0
#: Below so much room, answers that are fetched later may not find their place.
_LEAST_ROOM = 64 * 1024 * 1024
_STARTED = time.time()


def install(app: Flask, settings: Settings) -> None:
    """Adds the doors, and the checks and figures that this module knows of. Others add theirs to the two lists."""
    logs.configure_if_nobody_has(settings)
    app.config.setdefault("CHECKS", []).extend(_checks(app))
    app.config.setdefault("GAUGES", []).extend(_gauges(app, settings))
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def alive() -> Response:
    """Whether the process answers. It hangs on nothing else: who restarts it then mends something."""
    return _said({"status": "ok", "version": __version__, "knowledge": KNOWLEDGE_VERSION})


@blueprint.get("/readyz")
def ready() -> Response:
    """Whether requests may be sent here, by checks within a time."""
    settings: Settings = current_app.config["SETTINGS"]
    found = _of_this_process(current_app.config).run(settings.ready_seconds)
    state = together(found)
    told = {
        "status": state,
        "checks": {name: {"status": each.state, "ms": each.ms, "says": each.says} for name, each in found.items()},
        "version": __version__,
        "knowledge": KNOWLEDGE_VERSION,
    }
    response = _said(told, 503 if state is State.UNREADY else 200)
    if state is State.UNREADY:
        response.headers.update(_AGAIN)
    return response


@blueprint.get("/metrics")
def scrape() -> Response:
    """The figures, for Prometheus."""
    try:
        return Response(exposition.exposed(current_app.config["GAUGES"]), content_type=exposition.CONTENT_TYPE)
    except (OSError, RuntimeError):
        message = "The figures of the workers cannot be read. Give a folder that can be written: SPINEMETS_METRICS.\n"
        return Response(message, 503, headers=_AGAIN, content_type="text/plain; charset=utf-8")


def _said(told: Any, status: int = 200) -> Response:
    option = orjson.OPT_INDENT_2 if "pretty" in request.args else None
    return Response(orjson.dumps(told, option=option), status, content_type=_JSON)


def _of_this_process(config: Any) -> Checks:
    """The checks, which may be under way in threads: each process has its own."""
    process, checks = config.get("CHECKING", (0, None))
    if process != os.getpid():
        checks = Checks(config["CHECKS"])
        config["CHECKING"] = (os.getpid(), checks)
    found: Checks = checks
    return found


# Checks


def _checks(app: Flask) -> Iterable[Check]:
    site: Site = app.config["SITE"]
    jobs: Jobs | None = app.config["JOBS"]
    database: Database = app.config["DATABASE"]

    def answer() -> str | None:
        with quiet():
            return self_check.wrong(site)

    def under_way() -> str | None:
        return "The server is stopping, and takes no more." if draining.now() else None

    def room() -> str | None:
        if jobs is None:
            return "There is no folder for jobs, so every request is answered at once. See SPINEMETS_JOBS."
        if jobs.room() < _LEAST_ROOM:
            return "The disk of SPINEMETS_JOBS is full, or nearly. Make room on it."
        return None

    def data() -> str | None:
        try:
            database.ask()
        except Unavailable:
            return "The database does not answer, and feedback and SMART launches wait for it. See SPINEMETS_DATABASE."
        return None

    def figures() -> str | None:
        folder = slots.folder()
        return None if folder is None or folder.is_dir() else "The folder of SPINEMETS_METRICS is gone. Start again."

    yield Check("serving", under_way, needed=True)
    yield Check("answer", answer, needed=True)
    yield Check("database", data, needed=False)
    yield Check("jobs", room, needed=False)
    yield Check("metrics", figures, needed=False)


# Figures


def _gauges(app: Flask, settings: Settings) -> Iterable[Gauge]:
    jobs: Jobs | None = app.config["JOBS"]
    database: Database = app.config["DATABASE"]
    kept = Kept(lambda: _feedback(database), seconds=_KEPT_S, wait=_WAIT_S)

    def build() -> Iterable[Reading]:
        yield (__version__, KNOWLEDGE_VERSION), 1

    def up() -> Iterable[Reading]:
        try:
            kept.get()
        except LookupError:
            yield (), 0
        else:
            yield (), 1

    def started() -> Iterable[Reading]:
        yield (), _STARTED

    def waiting() -> Iterable[Reading]:
        if jobs is not None:
            yield (), jobs.number()

    yield Gauge("build_info", "The versions of the service and of its knowledge.", ("version", "knowledge"), build)
    yield Gauge("start_time_seconds", "When the server was started, in seconds since 1970.", (), started)
    yield Gauge("database_up", "Whether the database answers.", (), up)
    yield Gauge(
        "feedback",
        "Feedback on cards that the database holds, by service, outcome and reason. Absent while it does not answer.",
        ("service", "outcome", "reason"),
        kept.get,
    )
    yield Gauge("jobs", "Answers that are kept to be fetched, or being made.", (), waiting)
    yield Gauge("jobs_limit", "As many of them as there may be.", (), lambda: [((), settings.max_jobs)])


def _feedback(database: Database) -> list[Reading]:
    """The feedback. A reason that is none of ours was typed by somebody: it is counted, and not shown."""
    found: Counter[tuple[str, ...]] = Counter()
    for each in counts(database):
        service = each.service if each.service in SERVICES else OTHER
        outcome = each.outcome if each.outcome in _OUTCOMES else OTHER
        reason = _NO_REASON if each.reason_code is None else each.reason_code
        known = reason == _NO_REASON or reason in OVERRIDE_REASONS
        found[service, outcome, reason if known else OTHER] += each.number
    return [(labels, float(number)) for labels, number in sorted(found.items())]
