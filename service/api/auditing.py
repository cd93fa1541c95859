"""The audit trail at the doors: they say whom a request is about, and it is written before the answer is given."""

from __future__ import annotations

import logging
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from flask import Flask, Response, current_app, g, request

from service.api import answers, callers
from service.api.audited import AUDITED, REFUSED
from service.api.limits import BROKEN_OFF
from service.api.limits import REFUSED as REFUSED_BEFORE
from service.api.settings import Settings
from service.audit import (
    Agent,
    BadKey,
    Happened,
    Key,
    Person,
    Trail,
    Unwritable,
    at_server,
    audit_event,
    last_row,
    merged,
    people_in,
    read_key,
)
from service.audit.event import OPERATION, PROFESSIONAL
from service.audit.hashing import made_beside
from service.audit.people import kept
from service.operations import meters
from service.operations.exposition import Gauge
from service.operations.metering import is_quiet
from service.operations.readiness import Check
from service.problems import Problem, Rejected

_log = logging.getLogger("spinemets")
_CANNOT = (
    "The audit trail of this server cannot be written now, so nothing is answered. Send it again later; if that fails, "
    "tell its administrator."
)


class BadAudit(ValueError):
    """The audit trail that is set cannot be written; the message says why."""


@dataclass(frozen=True)
class _Audit:
    """The trail of this server."""

    trail: Trail
    key: Key
    observer: str


@dataclass
class _Noted:
    """What the door has said so far."""

    people: tuple[Person, ...] = ()
    hashed: list[tuple[str, ...]] = field(default_factory=list)
    """People of whom only the hashes are known, for an earlier request has said who they are."""
    user: str | None = None
    server: str | None = None


def audit(app: Flask, settings: Settings) -> None:
    """Has what is asked written to the trail that is set; nothing, where none is.

    Raises:
        BadAudit: it cannot be written, so the server should not start.
    """
    app.config["AUDIT"] = None
    if settings.audit is None:
        return
    trail = Trail(settings.audit, sync=settings.audit_sync, cut=_cut)
    try:
        key = read_key(settings.audit_key) if settings.audit_key else made_beside(settings.audit)
        trail.check()
        trail.remember()
    except (BadKey, Unwritable) as error:
        raise BadAudit(f"SPINEMETS_AUDIT: {error}") from None
    app.config["AUDIT"] = _Audit(trail, key, settings.public_url or socket.gethostname())
    app.config.setdefault("CHECKS", []).append(Check("audit", partial(_wrong_with, trail), settings.audit_required))
    position = Gauge("audit_rows", "Number of the last row of the audit trail.", (), partial(_position, trail))
    app.config.setdefault("GAUGES", []).append(position)
    app.before_request(_check)
    app.after_request(_write)


# What doors say


def about(bundle: Any) -> None:
    """The request is about the patients of a decoded Bundle."""
    noted = _noted()
    if noted is not None:
        settings: Settings = current_app.config["SETTINGS"]
        noted.people = merged((*noted.people, *people_in(bundle, settings.max_entries)))


def about_patient_at(server: str | None, patient: str) -> None:
    """The request is about the patient with an id on a FHIR server."""
    noted = _noted()
    if noted is not None:
        noted.people = merged((*noted.people, at_server(server, patient)))
        settings: Settings = current_app.config["SETTINGS"]
        # Any other is a caller's word, and is neither called nor written.
        noted.server = server if server and server.rstrip("/") in settings.fhir_servers else None


def asked_by(user: str) -> None:
    """The request was made for somebody, whom the caller names."""
    noted, trail = _noted(), _audit()
    if noted is not None and trail is not None:
        noted.user = user if PROFESSIONAL.fullmatch(user) else trail.key.hashed(f"user {user}")


def remembered() -> bytes:
    """Whom the request is about, as hashes, for a later request that fetches its answer."""
    trail, noted = _audit(), _noted()
    return orjson.dumps(_hashed(noted, trail.key)) if trail and noted else b"[]"


def about_those(remembered_before: bytes) -> None:
    """The request is about those of whom an earlier one was."""
    noted = _noted()
    if noted is not None:
        noted.hashed += [tuple(each) for each in orjson.loads(remembered_before)]


# What is written


def _check() -> None:
    """Refuses what could not be written before anything of it is done, where the site wants that."""
    trail = _audit()
    if trail is None or request.endpoint not in AUDITED or not _is_required():
        return
    try:
        trail.trail.check()
    except Unwritable as error:
        _failed(error)
        raise Rejected(503, Problem("transient", _CANNOT, "Bundle")) from None


def _write(response: Response) -> Response:
    trail = _audit()
    if trail is None or not _is_to_be_written(response):
        return response
    try:
        trail.trail.append(audit_event(_happened(response, trail)))
    except Unwritable as error:
        _failed(error)
        if _is_required():
            return answers.refuse(Rejected(503, Problem("transient", _CANNOT, "Bundle")))
    else:
        meters.AUDIT.add(outcome="written")
    return response


def _is_to_be_written(response: Response) -> bool:
    if request.method == "OPTIONS":
        return False
    if REFUSED_BEFORE in request.environ and BROKEN_OFF not in request.environ:
        return False  # the server was busy or stopping, and nothing was looked at
    return request.endpoint in AUDITED or response.status_code in REFUSED


def _happened(response: Response, trail: _Audit) -> Happened:
    noted = _noted() or _Noted()
    people = _hashed(noted, trail.key)
    rule = request.url_rule
    return Happened(
        act=AUDITED.get(request.endpoint or "", OPERATION),
        # The address itself may name a patient, and where there is no such door the method is anybody's word.
        door=f"{request.method} {rule.rule}" if rule else "no such door",
        status=response.status_code,
        at=datetime.now(UTC),
        request_id=g.get("request_id", ""),
        agent=_agent(),
        observer=trail.observer,
        user=noted.user,
        address=callers.address(),
        people=people,
        more_people=max(0, len(noted.people) + len(noted.hashed) - len(people)),
        key=trail.key.sign,
        server=noted.server,
    )


def _agent() -> Agent:
    caller = g.get("caller")
    return Agent(caller.name, str(caller.kind), caller.issuer) if caller else Agent("unknown", "unknown")


def _hashed(noted: _Noted, key: Key) -> tuple[tuple[str, ...], ...]:
    return (*(tuple(map(key.hashed, names)) for names in kept(noted.people)), *noted.hashed)


def _failed(error: Unwritable) -> None:
    meters.AUDIT.add(outcome="failed")
    _log.error("the audit trail fails: %s", error)


def _cut() -> None:
    """Somebody has taken rows out of the trail. The service goes on writing: what comes is no less needed."""
    meters.AUDIT.add(outcome="cut")
    _log.error("the audit trail was cut: a row that it had is gone; keep the file as it is, and see the runbook")


def _wrong_with(trail: Trail) -> str | None:
    try:
        trail.check()
    except Unwritable as error:
        return str(error)
    return None


def _position(trail: Trail) -> list[tuple[tuple[str, ...], float]]:
    row = last_row(trail.file)
    return [((), row.number if row else 0)]


def _audit() -> _Audit | None:
    """The trail; None where there is none, and while the service asks itself."""
    found: _Audit | None = current_app.config["AUDIT"]
    return None if is_quiet() else found


def _is_required() -> bool:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.audit_required


def _noted() -> _Noted | None:
    """What is noted of this request; None where nothing is written."""
    if _audit() is None:
        return None
    if "audited" not in g:
        g.audited = _Noted()
    noted: _Noted = g.audited
    return noted
