"""What is counted and logged of every request: by its door, never by its path, and with no word of what was sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import structlog
from flask import Flask, Response, g, has_request_context, request
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

from service.api.limits import REFUSED
from service.assessment import Assessment
from service.cds_hooks.services import SERVICES
from service.operations import meters
from service.operations.metering import OTHER, is_quiet
from service.problems import Rejected

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

T = TypeVar("T")
_log = structlog.get_logger("spinemets.requests")
_SEEN = "spinemets.seen"
#: The doors, each with the endpoints behind it. Any other endpoint is a door by the name of its blueprint.
_DOORS = {
    "fhir.assess_spinal_tumour": "assess",
    "fhir.base": "metadata",
    "fhir.batch": "metadata",
    "fhir.metadata": "metadata",
    "fhir.unknown": "none",
    "messages.process_message": "message",
    "asynchronous.status": "jobs",
    "asynchronous.cancel": "jobs",
    "asynchronous.output": "jobs",
    "terminology.translate_code": "translate",
    "cds_hooks.discover": "cds-discovery",
    "feedback.feedback": "cds-feedback",
    "smart.write_back": "write-back",
    "page.download": "download",
    "page.static": "static",
    "operations.alive": "health",
    "operations.ready": "ready",
    "operations.scrape": "metrics",
}
_CALL, _OF_NO_SERVICE, _NONE = "cds_hooks.call", "cds", "none"
#: Asked again and again by machines: their lines are for whoever looks for them.
_PROBES = frozenset(("health", "ready", "metrics"))
_OPEN = "open"
_SLOW, _TOO_LARGE, _TOO_MANY, _HEAD, _UNAVAILABLE = 408, 413, 429, (414, 431), 503
_OF_THE_SERVER = {"throttled": "waiting", "timeout": "time"}


@dataclass
class _Seen:
    """What is known of a request."""

    door: str = _NONE
    request_id: str = ""
    caller: str = ""
    codes: list[str] = field(default_factory=list)
    limit: str = ""
    assessed: bool = False


def watch(app: Flask) -> None:
    """Measures, counts and logs every request, in a layer around all others."""
    inner = app.wsgi_app
    app.after_request(_note)

    def watched(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        clear_contextvars()
        answer = _Answer(environ)

        def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            answer.status = status[:3]
            return start_response(status, headers, *more)

        try:
            answer.body = inner(environ, started)
        except BaseException:
            answer.status = "500"
            answer.close()
            raise
        return answer

    app.wsgi_app = watched  # type: ignore[method-assign]  # as Flask documents it


def begin() -> None:
    """Notes the door and the id of the request, which then stand on every line that is logged for it."""
    seen = _seen()
    seen.door, seen.request_id = door(request.endpoint, request.view_args or {}), g.request_id
    bind_contextvars(request=seen.request_id, door=seen.door)


def refused(rejected: Rejected) -> None:
    """Notes why the request is refused."""
    if has_request_context():
        seen = _seen()
        seen.codes = sorted({problem.code for problem in rejected.problems})
        seen.limit = _limit(rejected.status, seen.codes)


def unread(status: int) -> None:
    """Counts a request that the application has not seen, for it could not be read as one."""
    meters.REQUESTS.add(door=_NONE, method=OTHER, status=str(status))
    if status in _HEAD:
        meters.LIMITED.add(limit="head")
    elif status == _SLOW:
        meters.LIMITED.add(limit="slow")


def assessed(assessment: Assessment) -> None:
    """Counts an assessment, once for each request: the page makes several of one record."""
    if is_quiet():
        return
    where = str(get_contextvars().get("door", _NONE))
    if has_request_context():
        seen = _seen()
        if seen.assessed:
            return
        seen.assessed, where = True, seen.door
    _count(assessment, where)


def carried(work: Callable[[], T]) -> Callable[[], T]:
    """Work that another thread does for this request, with its id on every line that is logged for it."""
    bound = get_contextvars()

    def run() -> T:
        with bound_contextvars(**bound):
            try:
                return work()
            except Rejected:
                raise
            except Exception:
                structlog.get_logger("spinemets").error("the work of a job failed", exc_info=True)
                raise

    return run


def door(endpoint: str | None, arguments: dict[str, Any]) -> str:
    """The door that an endpoint is behind. Nothing of the path is part of its name."""
    if endpoint is None:
        return _NONE
    if endpoint == _CALL:
        name = arguments.get("service_id")
        return name if name in SERVICES else _OF_NO_SERVICE
    return _DOORS.get(endpoint) or endpoint.partition(".")[0]


def _limit(status: int, codes: list[str]) -> str:
    """The limit that was met, if one was."""
    if status == _TOO_LARGE:
        return "size" if "too-long" in codes else "number"
    if status == _SLOW:
        return "slow"
    if status == _TOO_MANY:
        return "jobs"
    if status == _UNAVAILABLE and REFUSED in request.environ:
        return next((limit for code, limit in _OF_THE_SERVER.items() if code in codes), "draining")
    return ""


def _seen() -> _Seen:
    found: _Seen = request.environ.setdefault(_SEEN, _Seen())
    return found


def _note(response: Response) -> Response:
    caller = g.get("caller")
    _seen().caller = "" if caller is None else str(caller.name)
    return response


class _Answer:
    """The answer on its way out. The request is over when all of it is sent, or nobody takes any more."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self.status = ""
        self.body: Iterable[bytes] = ()
        self._environ = environ
        self._began = time.perf_counter()
        self._sent = 0
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        for part in self.body:
            self._sent += len(part)
            yield part
        self._end()

    def close(self) -> None:
        try:
            if close := getattr(self.body, "close", None):
                close()
        finally:
            self._end()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            seen: _Seen = self._environ.get(_SEEN) or _Seen()
            if not is_quiet():
                _over(self._environ, seen, self.status, time.perf_counter() - self._began, self._sent)
            clear_contextvars()


def _over(environ: WSGIEnvironment, seen: _Seen, status: str, seconds: float, sent: int) -> None:
    method = str(environ.get("REQUEST_METHOD", ""))
    method = method if method in meters.METHODS else OTHER  # any other is the caller's word
    meters.REQUESTS.add(door=seen.door, method=method, status=status)
    meters.SECONDS.observe(seconds, door=seen.door)
    if seen.limit:
        meters.LIMITED.add(limit=seen.limit)
    for code in seen.codes:
        meters.REFUSALS.add(door=seen.door, code=code)
    line = {
        "door": seen.door,
        "method": method,
        "status": int(status) if status.isdigit() else 0,
        "ms": round(seconds * 1000, 1),
        "received": _length(environ),
        "sent": sent,
        "request": seen.request_id,
        "caller": seen.caller,
    }
    if seen.codes:
        line["refused"] = " ".join(seen.codes)
    if seen.door in _PROBES:
        _log.debug("request", **line)
    else:
        _log.info("request", **line)


def _length(environ: WSGIEnvironment) -> int | None:
    given = str(environ.get("CONTENT_LENGTH") or "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None


def _count(assessment: Assessment, where: str) -> None:
    found = assessment.has_tumour
    meters.ASSESSMENTS.add(door=where, outcome="tumour" if found else "no-tumour")
    for entry in assessment.ledger:
        meters.LEDGER.add(code=entry.code.value)
    if not found:
        return
    meters.COMPLETE.add(complete="yes" if assessment.complete else "no")
    advised = assessment.plan.recommendations
    if any(each.urgent for each in advised):
        meters.EMERGENCIES.add(door=where)
    for each in advised:
        meters.RECOMMENDATIONS.add(treatment=each.treatment, certainty="settled" if each.settled else "conditional")
    for result in assessment.results:
        band = result.bands[0].code if result.settled else _OPEN
        meters.RESULTS.add(score=result.score.code, band=band)
