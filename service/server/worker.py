"""The worker: gunicorn's own for one request at a time, with a time for each, a bounded queue, and a clean end."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from gunicorn.workers.sync import SyncWorker

from service.api import watching
from service.api.limits import ALWAYS_ANSWERED, BROKEN_OFF, BUSY, REFUSED, STOPPING, TimeIsOver, Timer
from service.api.settings import Settings
from service.operations import draining
from service.problems import Rejected
from service.server import refusals
from service.server.body import Body
from service.server.stopping import refuse_new

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

#: For the request line and the headers: a proxy, and every client that means well, sends them at once.
HEAD_SECONDS = 5
#: At least so long for taking the answer, and for leaving behind what nobody wanted to read.
_SENDING_SECONDS, _LEFT_SECONDS = 5, 2
#: How long those are refused that still wait when the time for answering them is over.
_REFUSING_SECONDS = 3
#: How long a connection that is being made when the server stops has to get into the queue.
_STRAGGLERS_SECONDS = 0.25
_CHUNK = 256 * 1024
#: Of a body that is too large, so much is read to its end: a client that is still sending does not see an answer.
_LEFT_BYTES = 8


class Worker(SyncWorker):  # type: ignore[misc]  # gunicorn ships no types
    """A worker process."""

    #: Whether the server stops, a byte that all its processes see; given by ``pre_fork``.
    stopping: Any = b"\0"
    wsgi: Any

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self._settings: Settings = self.wsgi.config.get("SETTINGS") or Settings()
        self._application, self.wsgi = self.wsgi, self._answer
        self._timer = Timer()
        self._leaves_at: float | None = None
        self._until = 0.0

    def run(self) -> None:
        """Serves until told to stop; then, if the whole server stops, answers those that wait."""
        super().run()
        if self.stopping[0]:
            self._drain(alone=True)
        elif not self.is_parent_alive():
            self._drain(alone=False)

    # One request

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        self._until = time.monotonic() + self._settings.request_seconds
        try:
            try:
                self._timer.set(min(HEAD_SECONDS, self._settings.request_seconds))
                super().handle(listener, client, addr)
            finally:
                self._timer.stop()
        except TimeIsOver:  # between the last that was done and the stop of the timer
            client.close()

    def handle_request(self, listener: Any, req: Any, client: socket.socket, addr: Any) -> None:
        self._timer.set(self._left())
        super().handle_request(listener, req, client, addr)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        refused = self._refusal(environ.get("PATH_INFO", ""))
        if refused is not None:
            environ[REFUSED] = refused
        environ["wsgi.input"] = Body(environ["wsgi.input"])
        answer: Iterable[bytes] = self._application(environ, start_response)
        if environ.get(BROKEN_OFF):
            self.log.warning("A request took longer than it may; the worker is replaced.")
            self.alive = False
        if environ.get(REFUSED) is None or environ[REFUSED].status != HTTPStatus.REQUEST_TIMEOUT:
            self._read_to_the_end(environ["wsgi.input"])
        self._timer.set(max(self._left(), _SENDING_SECONDS))
        return answer

    def _left(self) -> float:
        """Seconds that the request may still take."""
        left = self._until - time.monotonic()
        return left if self._leaves_at is None else min(left, max(self._leaves_at - time.monotonic(), 1))

    def _refusal(self, path: str) -> Rejected | None:
        """Why a request is not to be done now."""
        if path in ALWAYS_ANSWERED:
            return None
        if self._leaves_at is not None and time.monotonic() > self._leaves_at:
            return STOPPING
        most = self._settings.max_waiting
        return BUSY if most and max(each.get_backlog() for each in self.sockets) > most else None

    def _read_to_the_end(self, body: Any) -> None:
        """What the application has not read of the body: if it were left, the client would not see the answer."""
        left = _LEFT_BYTES * self._settings.max_body_bytes
        self._timer.set(_LEFT_SECONDS)
        with suppress(Exception, TimeIsOver):  # a body that is broken, or does not come: it is not wanted
            while left > 0 and (chunk := body.read(min(left, _CHUNK))):
                left -= len(chunk)

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:
        """Says what is wrong with a request that the application has not seen, in the form of the doors."""
        self._timer.stop()
        if isinstance(exc, TimeIsOver) and req is not None:
            self.log.warning("A client took its answer too slowly, and was left.")
            return
        answer, status = refusals.answered(exc, self.cfg)
        watching.unread(status)
        # Only the kind: the message of the exception has a part of the request in it.
        self.log.warning("A request was refused with %s: %s", status, type(exc).__name__)
        refusals.send(client, answer)

    # The end

    def _drain(self, *, alone: bool) -> None:
        """Answers those that wait. ``alone``: nobody else holds the socket, who would go on with it."""
        draining.begin()
        self._leaves_at = time.monotonic() + self._settings.drain_seconds
        waits = list(self.sockets)
        closed = [alone and refuse_new(each) for each in waits]
        # What is refused after the time is over takes little, and a queue that nobody can join ends.
        last = self._leaves_at + _REFUSING_SECONDS
        while waits and time.monotonic() < last:
            self.notify()
            if not self._accept_all(waits):
                break
            if not any(closed) or not select.select(waits, [], [], _STRAGGLERS_SECONDS)[0]:
                break
        if all(closed) and time.monotonic() < last:
            for each in waits:
                _shut(each)

    def _accept_all(self, waits: list[Any]) -> bool:
        """Answers those that wait; whether any of the sockets is still open."""
        for listener in tuple(waits):
            try:
                while True:
                    self.accept(listener)
                    self.notify()
            except OSError as error:
                if error.errno == errno.ECONNABORTED:
                    continue
                if error.errno not in (errno.EAGAIN, errno.EWOULDBLOCK):  # another worker has shut it
                    waits.remove(listener)
        return bool(waits)


def _shut(listener: Any) -> None:
    """Closes an empty socket for all processes at once: a busy worker would hold it open for callers in vain."""
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
