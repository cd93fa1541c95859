"""The body of a request as it comes in: what is broken in it is the caller's fault, and is said to him."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gunicorn.http.errors import ParseException

from service.problems import Problem, Rejected

_BROKEN = "The body breaks off, or its chunks are not those of HTTP/1.1. Send all of it again."


class Body:
    """The body that gunicorn reads, as WSGI has it.

    Raises on reading:
        Rejected: 400 where the connection ended, or the chunks are broken.
    """

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int | None = None) -> bytes:
        return self._whole(self._body.read, size)

    def readline(self, size: int | None = None) -> bytes:
        return self._whole(self._body.readline, size)

    def readlines(self, size: int | None = None) -> list[bytes]:
        return list(self)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line

    def _whole(self, read: Callable[[int | None], bytes], size: int | None) -> bytes:
        try:
            return read(size)
        except (ParseException, OSError):  # gunicorn's word for an end of the connection is an OSError as well
            raise Rejected(400, Problem("incomplete", _BROKEN, "Bundle")) from None
