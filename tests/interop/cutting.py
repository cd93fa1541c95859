"""A proxy before the FHIR server that ends whoever writes, or refuses in the server's place, at a named call."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

_ANSWER_SECONDS = 60.0
#: Headers of one connection; the proxy has two.
_HOP = frozenset(("connection", "keep-alive", "transfer-encoding", "content-length"))


class Moment(Enum):
    """When in a call the writer is ended."""

    BEFORE = "before it is sent"
    HALF_SENT = "half of it is sent"
    AT_WORK = "the server is at work on it"
    UNREAD = "it is answered, and the answer is not read"
    HALF_READ = "half of the answer is read"


@dataclass
class Proxy:
    """The proxy, and what it does to the next calls. Calls are counted from 1."""

    port: int
    base: str = ""
    calls: list[str] = field(default_factory=list)
    """Method and path of each call since the last :meth:`begin`."""
    _cut: tuple[int, Moment] | None = None
    _end: Callable[[], None] = lambda: None
    _refused: Mapping[int, int] = field(default_factory=dict)
    _after: bool = False
    _busy: tuple[int, ...] = ()
    _seen: dict[str, int] = field(default_factory=dict)
    _statement: tuple[int, list[tuple[str, str]], bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Passes on everything, and counts anew."""
        self.calls, self._cut, self._refused, self._after, self._busy, self._seen = [], None, {}, False, (), {}

    def cut(self, step: int, moment: Moment, end: Callable[[], None]) -> None:
        """Calls ``end`` at a moment of a call; what comes later is not passed on."""
        self.begin()
        self._cut, self._end = (step, moment), end

    def refuse(self, statuses: Mapping[int, int], *, after: bool = False) -> None:
        """Answers calls with a status in the server's place; ``after`` it has carried them out."""
        self.begin()
        self._refused, self._after = statuses, after

    def be_busy(self, *statuses: int) -> None:
        """Answers every call with one of the statuses in turn when it comes for the first time."""
        self.begin()
        self._busy = statuses

    def handle(self, ask: _Handler, body: bytes) -> None:
        with self._lock:
            self.calls.append(f"{ask.command} {ask.path}")
            number = len(self.calls)
            name = f"{self.calls[-1]} {len(body)}"
            is_new = name not in self._seen
            order = self._seen.setdefault(name, len(self._seen))
        moment = self._cut[1] if self._cut and self._cut[0] == number else None
        refused = self._refused.get(number)
        if self._busy and is_new:
            refused = self._busy[order % len(self._busy)]
        if moment is Moment.BEFORE:
            self._ended(ask)
        elif moment in (Moment.HALF_SENT, Moment.AT_WORK):
            self._broken_off(ask, body, moment)
        elif refused and not self._after:
            ask.answer(refused, [("Retry-After", "0")], b"")
        else:
            status, headers, content = self._asked(ask, body)
            if moment is Moment.UNREAD:
                self._ended(ask)
            elif moment is Moment.HALF_READ:
                ask.answer(status, headers, content, half=True)
                self._ended(ask)
            elif refused:
                ask.answer(refused, [("Retry-After", "0")], b"")
            else:
                ask.answer(status, headers, content)

    def _ended(self, ask: _Handler) -> None:
        self._end()
        ask.close_connection = True

    def _broken_off(self, ask: _Handler, body: bytes, moment: Moment) -> None:
        """Sends half of a call, or all of it, and waits for no answer."""
        whole = moment is Moment.AT_WORK
        connection = self._connection()
        connection.putrequest(ask.command, ask.path, skip_host=True, skip_accept_encoding=True)
        for name, value in ask.passed_on():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        connection.send(body if whole else body[: len(body) // 2])
        self._ended(ask)
        connection.close()

    def _asked(self, ask: _Handler, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        # HAPI takes half a second to say what it offers, and that does not change.
        is_statement = ask.path.endswith("/metadata")
        if is_statement and self._statement:
            return self._statement
        connection = self._connection()
        try:
            connection.request(ask.command, ask.path, body or None, dict(ask.passed_on()))
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        headers = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP]
        if is_statement and response.status == 200:
            self._statement = response.status, headers, content
        return response.status, headers, content

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # What is sent in two pieces would else wait 40 ms for the reader to confirm the first.
    disable_nagle_algorithm = True
    proxy: Proxy

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with suppress(ConnectionError):  # whoever called may be gone
            self.proxy.handle(self, body)

    do_GET = do_POST = do_PUT = _take  # noqa: N815  # the names of the base class

    def passed_on(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.headers.items() if name.lower() not in _HOP]

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes, *, half: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """Writes no line for each call."""


@contextmanager
def cutting(port: int) -> Iterator[Proxy]:
    """The proxy before a server on a port of this machine, until the end of the block."""
    proxy = Proxy(port)
    handler = type("Handler", (_Handler,), {"proxy": proxy})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    proxy.base = f"http://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
