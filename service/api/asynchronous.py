"""The doors of the asynchronous pattern of FHIR: a request is taken, its state is asked for, results are fetched."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.http import http_date

from service.api import answers, auditing, callers, media
from service.api.jobs import Jobs, Results, Underway
from service.api.preferences import Preferences
from service.api.settings import Settings
from service.api.watching import carried
from service.problems import Problem, Rejected

_log = logging.getLogger("spinemets")
blueprint = Blueprint("asynchronous", __name__, url_prefix="/fhir")
_NDJSON = (media.FHIR_NDJSON, "application/ndjson", "application/x-ndjson", "ndjson")
_ASK_AGAIN_S = 2


def is_worth_it(size: int) -> bool:
    """Whether a body of so many bytes is answered later for those who want that; below, the answer is there at once."""
    settings: Settings = current_app.config["SETTINGS"]
    return _jobs() is not None and size >= settings.async_from_bytes


def begin(work: Callable[[], Any], known: tuple[str, ...], wished: Preferences) -> Response | None:
    """Takes a request whose answer ``work`` makes; ``known`` are the parameters of its URL that may be said again.

    None where nothing can be kept now, as on a full disk: then it is answered at once, which a preference allows.

    Raises:
        Rejected: 429 while there are too many.
    """
    jobs = _jobs()
    assert jobs is not None  # noqa: S101  # is_worth_it has seen it
    said = [(name, value) for name, value in request.args.items(multi=True) if name in known]
    url = f"{address()}{request.path}" + (f"?{urlencode(said)}" if said else "")
    try:
        name = jobs.start(url, carried(lambda: _results(work(), wished)), callers.caller().key)
    except OSError as error:
        _log.error("a job cannot be kept, so its request is answered at once: %s", type(error).__name__)
        return None
    jobs.note(name, auditing.remembered())
    response = answers.inform("The record is being assessed. Ask for the answer at the Content-Location.", 202)
    response.headers["Content-Location"] = f"{address()}/fhir/$job-status/{name}"
    response.headers["Preference-Applied"] = "respond-async"
    return response


def ledger(bundle: Any) -> Any:
    """The OperationOutcome of an answer: an entry, or within the GuidanceResponse where a server is to store it."""
    resources = [entry["resource"] for entry in bundle["entry"]]
    within = [part for resource in resources for part in resource.get("contained", ())]
    return next(each for each in (*resources, *within) if each["resourceType"] == "OperationOutcome")


def _results(bundle: Any, wished: Preferences) -> Results:
    """An answer by the type of its resources; a transaction stays what it is, for it is to be posted whole."""
    if wished.returned == "OperationOutcome":
        return {"OperationOutcome": [ledger(bundle)]}
    if bundle["type"] == "transaction":
        return {"Bundle": [bundle]}
    found: dict[str, list[Any]] = {}
    for entry in bundle["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


@blueprint.get("/$job-status/<name>")
def status(name: str) -> Response:
    """How a job stands; when it is done, where its results are."""
    answers.negotiate()
    found = _known(name).look(name)
    if isinstance(found, Underway):
        response = answers.inform("The record is being assessed. Ask again.", 202)
        response.headers["X-Progress"] = found.progress
        response.headers["Retry-After"] = str(_ASK_AGAIN_S)
        return response
    manifest = {
        "transactionTime": datetime.fromtimestamp(found.started, UTC).isoformat(timespec="milliseconds"),
        "request": found.request,
        # Where nobody is asked, what the site puts before this server stands before these addresses as well.
        "requiresAccessToken": callers.access() is not None,
        "output": [
            {"type": kind, "url": f"{address()}/fhir/$job-output/{name}/{kind}", "count": count}
            for kind, count in found.counts.items()
        ],
        # The ledger is a part of the answer, and no error of the job.
        "error": [],
    }
    response = answers.packed(orjson.dumps(manifest), "application/json")
    response.headers["Expires"] = http_date(found.expires)
    return response


@blueprint.delete("/$job-status/<name>")
def cancel(name: str) -> Response:
    """Ends a job and removes its results."""
    answers.negotiate()
    jobs = _known(name)
    whom = jobs.noted(name)
    jobs.cancel(name)
    auditing.about_those(whom)
    return answers.inform("The job is ended, and its results are removed.", 202)


@blueprint.get("/$job-output/<name>/<kind>")
def output(name: str, kind: str) -> Response:
    """The results of one type."""
    media.accepted(request, _NDJSON)
    jobs = _known(name)
    found = jobs.output(name, kind)
    auditing.about_those(jobs.noted(name))
    return answers.packed(found, media.FHIR_NDJSON)


def address() -> str:
    """Where callers reach this server."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url or request.host_url.rstrip("/")


def _jobs() -> Jobs | None:
    found: Jobs | None = current_app.config["JOBS"]
    return found


def _known(name: str) -> Jobs:
    """The jobs, of which this caller may have this one.

    Raises:
        Rejected: 404 if it may not, or there is none.
    """
    jobs = _jobs()
    if jobs is None:
        message = "This server keeps no jobs. Send the record, and the answer is given at once."
        raise Rejected(404, Problem("not-found", message, "Bundle"))
    jobs.check_owner(name, callers.caller().key)
    return jobs
