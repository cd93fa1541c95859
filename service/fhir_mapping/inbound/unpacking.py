"""Bytes that were packed with gzip: never more of them than somebody has room for."""

from __future__ import annotations

import zlib

_GZIP = 16 + zlib.MAX_WBITS
_CHUNK = 64 * 1024
#: Some programs pack in blocks, each a file of its own. Millions of empty ones would take minutes.
_MOST_MEMBERS = 10_000


class TooMuch(Exception):
    """What was packed is more than there is room for."""


def gunzip(packed: bytes, limit: int) -> bytes:
    """What was packed: up to ``limit`` bytes.

    Raises:
        TooMuch: there are more.
        ValueError: this is not gzip, or has too many blocks.
        EOFError: it breaks off.
    """
    made: list[bytes] = []
    left, place = limit, 0
    view = memoryview(packed)
    if not packed:
        return b""
    for _ in range(_MOST_MEMBERS):
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            chunk = view[place : place + _CHUNK]
            if not chunk:
                raise EOFError
            place += len(chunk)
            try:
                made.append(member.decompress(chunk, left + 1))
            except zlib.error:
                raise ValueError from None
            left -= len(made[-1])
            if left < 0:
                raise TooMuch
        place -= len(member.unused_data)
        if place == len(packed):
            return b"".join(made)
        if packed[place] == 0 and not packed[place:].strip(b"\0"):  # padding, which the format allows
            return b"".join(made)
    raise ValueError
