"""Connections that go only where they may: each name is resolved once, judged, and connected to as it was judged.

A name that led to a public address when it was listed may lead to a private one now, or to another each time that it
is asked for (DNS rebinding). So the address that is judged is the one that is connected to; certificate and Host stay
those of the name. What comes back is bounded in time and bytes on the socket itself, so that a server that sends a byte
now and then holds nobody up.
"""

from __future__ import annotations

import io
import math
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from ipaddress import ip_address
from typing import Any, ClassVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import connection as sockets

from service.outgoing.addresses import plain_host
from service.outgoing.networks import Address
from service.outgoing.reach import Reach, not_listed

#: A name with more addresses than these is connected to at the first of them.
_TRIED = 4


@dataclass(frozen=True)
class Bounds:
    """What a call may take."""

    until: float = math.inf
    """When it has to be over with all its tries, on the monotonic clock."""
    answer_seconds: float = math.inf
    """Longest time of one answer."""
    answer_bytes: float = math.inf
    """Most bytes of one answer as they are sent, packed or not."""


_NONE = Bounds()
_bounds: ContextVar[Bounds] = ContextVar("bounds", default=_NONE)


def left() -> float:
    """The seconds that are left for the call in hand."""
    return _bounds.get().until - time.monotonic()


@contextmanager
def bounded(bounds: Bounds) -> Iterator[None]:
    """Calls within the block have to be done within these bounds."""
    token = _bounds.set(bounds)
    try:
        yield
    finally:
        _bounds.reset(token)


class _Guarded:
    """What both kinds of connection do differently from those of urllib3."""

    reach: ClassVar[Reach]
    scheme: ClassVar[str]

    def _new_conn(self: Any) -> socket.socket:
        host = plain_host(self.host)
        if host is None or (self.scheme, host, self.port) not in self.reach.origins:
            raise not_listed()
        until = time.monotonic() + min(left(), _seconds(self.timeout))
        try:
            found = _resolved(self._dns_host, self.port)
        except OSError as error:
            raise NameResolutionError(self.host, self, socket.gaierror(*error.args)) from error
        self.reach.check_addresses(host, map(_address, found))
        failed: OSError = OSError("no address")
        for each in found[:_TRIED]:
            seconds = until - time.monotonic()
            if seconds <= 0:
                failed = TimeoutError()
                break
            try:
                made = sockets.create_connection(
                    (each, self.port),
                    None if seconds == math.inf else seconds,
                    self.source_address,
                    self.socket_options,
                )
            except OSError as error:
                failed = error
            else:
                sys.audit("http.client.connect", self, self.host, self.port)
                return made
        if isinstance(failed, TimeoutError):
            raise ConnectTimeoutError(self, "timed out") from failed
        raise NewConnectionError(self, "failed") from failed


def _seconds(timeout: Any) -> float:
    return float(timeout) if isinstance(timeout, int | float) else math.inf


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, each once, in the order in which they are to be tried."""
    found = socket.getaddrinfo(host.strip("[]"), port, sockets.allowed_gai_family(), socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _address(written: str) -> Address:
    return ip_address(written.partition("%")[0])


class _Within(io.RawIOBase):
    """What comes over a socket, within the bounds of the call."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        super().__init__()
        bounds = _bounds.get()
        self._raw = raw
        self._sock = sock
        self._silence = _seconds(sock.gettimeout())
        self._until = min(bounds.until, time.monotonic() + bounds.answer_seconds)
        self._bytes_left = bounds.answer_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the answer takes too long")
        if self._bytes_left < 0:
            raise OSError("the answer is too large")
        if seconds < self._silence:
            self._sock.settimeout(seconds)
        number: int | None = self._raw.readinto(buffer)
        self._bytes_left -= number or 0
        return number

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that is read within the bounds of the call, its head included."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Within(self.fp.detach(), sock))


def _pools(reach: Reach) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of connections that go no further than ``reach``."""
    within = reach

    class Plain(_Guarded, HTTPConnection):
        reach = within
        scheme = "http"
        response_class = _Response

    class Secure(_Guarded, HTTPSConnection):
        reach = within
        scheme = "https"
        response_class = _Response

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class Adapter(HTTPAdapter):
    """Connections within ``reach``.

    Through a proxy of the environment it is the proxy that resolves names and connects: the operator has chosen it, and
    it is not judged here. What is asked for is judged in any case, before the call (:meth:`Reach.check`).
    """

    def __init__(self, reach: Reach, **kwargs: Any) -> None:
        self._reach = reach
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._reach)
