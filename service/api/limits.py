"""What a request may take, and what is answered in its place when it may not be done now."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from flask import Flask, request

from service.api.settings import Settings
from service.fhir_mapping.inbound.bounds import Bounds
from service.problems import Problem, Rejected
from service.text import phrase

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: In the environment of a request: the refusal that the server has decided on before the application was asked.
REFUSED = "spinemets.refused"
#: In the environment of a request: set when its work was broken off, so that the worker is to be replaced.
BROKEN_OFF = "spinemets.broken-off"
#: Who looks after the server still has to see it.
ALWAYS_ANSWERED = frozenset(("/healthz", "/readyz", "/metrics"))

BUSY = Rejected(
    503, Problem("throttled", "The server is busy, and nothing was done. Send the request again later.", "Bundle")
)
STOPPING = Rejected(
    503, Problem("transient", "The server is stopping, and nothing was done. Send the request again.", "Bundle")
)


def bounds(settings: Settings) -> Bounds:
    """How much a record may be."""
    return Bounds(settings.max_entries, settings.max_depth, settings.max_text_bytes, settings.max_findings)


class TimeIsOver(BaseException):
    """The time of a request is over. No fault to be caught on the way: whatever is half-done is to end with it."""


def guard(app: Flask) -> None:
    """Answers what the server refuses, and what takes too long, as every other refusal is answered."""
    settings: Settings = app.config["SETTINGS"]
    inner = app.wsgi_app

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        begun = _Begun(start_response)
        try:
            return inner(environ, begun.start)
        except TimeIsOver as over:
            signal.setitimer(signal.ITIMER_REAL, 0)
            error = over
        if waited_for_the_caller(error.__traceback__):
            environ[REFUSED] = _too_slow(settings)
        else:
            environ[REFUSED] = _too_long(settings)
            environ[BROKEN_OFF] = True
        begun.error = error
        return inner(environ, begun.start)

    app.wsgi_app = guarded  # type: ignore[method-assign]  # as Flask documents it
    app.before_request(_refuse)


def _refuse() -> None:
    refused: Rejected | None = request.environ.get(REFUSED)
    if refused is not None:
        raise refused


class _Begun:
    """``start_response``, also of an answer in place of one that was begun, and of which nothing was sent."""

    def __init__(self, start_response: Callable[..., Any]) -> None:
        self._start = start_response
        self._is_begun = False
        self.error: BaseException | None = None

    def start(self, status: str, headers: list[tuple[str, str]], why: Any = None) -> Any:
        if self._is_begun and self.error is not None:
            why = (type(self.error), self.error, self.error.__traceback__)
        self._is_begun = True
        return self._start(status, headers, why) if why else self._start(status, headers)


def waited_for_the_caller(trace: TracebackType | None) -> bool:
    """Whether the request was still being received."""
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).startswith("gunicorn.http."):
            return True
        trace = trace.tb_next
    return False


def _too_slow(settings: Settings) -> Rejected:
    message: str = phrase(
        "The request did not arrive whole within {seconds} s. Send it faster, or through a proxy that takes it in "
        "first.",
        seconds=settings.request_seconds,
    )
    return Rejected(408, Problem("timeout", message, "Bundle"))


def _too_long(settings: Settings) -> Rejected:
    message: str = phrase(
        "This took longer than the {seconds} s that a request may take, and was given up. Send fewer resources, or let "
        "the site raise SPINEMETS_REQUEST_SECONDS.",
        seconds=settings.request_seconds,
    )
    return Rejected(503, Problem("timeout", message, "Bundle"))


class Timer:
    """Raises :class:`TimeIsOver` in the main thread. Once more each second, for where an exception comes to nothing."""

    def __init__(self) -> None:
        """Takes the alarm signal of the process; other threads are not touched by it.

        Raises:
            RuntimeError: this is not the main thread, which alone is interrupted.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("only the main thread can be interrupted")
        signal.signal(signal.SIGALRM, _raise)

    def set(self, seconds: float) -> None:
        """The time that is left from now on."""
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001), 1)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _raise(signum: int, frame: Any) -> None:
    raise TimeIsOver
