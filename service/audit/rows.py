"""A row of the trail: an event, its number, the hash of the row before, and its own.

The hash is the SHA-256 of the row without it, as JSON with sorted names and no spaces; the row is written in that form.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

#: What stands as the hash before the first row.
START = "0" * 64
#: The longest row, in bytes. What is longer was not written here.
LONGEST = 256 * 1024
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


class NotARow(ValueError):
    """These bytes are no row."""


@dataclass(frozen=True)
class Row:
    """A row as it stands in a file."""

    number: int
    previous: str
    hash: str
    event: dict[str, Any] = field(repr=False)
    torn: dict[str, Any] | None = None
    """The piece of a row that stands before it, by its length and SHA-256: the end of a write that was cut off."""
    sound: bool = True
    """Whether its hash is that of what it says."""


def packed(number: int, previous: str, event: dict[str, Any], torn: bytes | None = None) -> tuple[bytes, str]:
    """A row as bytes, and its hash. ``torn`` is the piece that stands before it."""
    content: dict[str, Any] = {"event": event, "number": number, "previous": previous}
    if torn is not None:
        content["torn"] = {"bytes": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}
    digest = _digest(content)
    return _canonical({**content, "hash": digest}) + b"\n", digest


def parsed(line: bytes) -> Row:
    """The row that a line is, without its end.

    Raises:
        NotARow: it is none.
    """
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise NotARow from None
    if not isinstance(found, dict):
        raise NotARow
    number, previous, digest, event = (found.get(name) for name in ("number", "previous", "hash", "event"))
    torn = found.get("torn")
    if not (
        isinstance(number, int)
        and not isinstance(number, bool)
        and isinstance(previous, str)
        and isinstance(digest, str)
        and isinstance(event, dict)
        and isinstance(torn, dict | None)
        and _HASH.fullmatch(previous)
        and _HASH.fullmatch(digest)
    ):
        raise NotARow
    content = {name: value for name, value in found.items() if name != "hash"}
    # What stands there has to be what was written, byte for byte: JSON can say one thing in many ways.
    sound = _canonical(found) == line and _digest(content) == digest
    return Row(number, previous, digest, event, torn, sound)


def is_torn(row: Row, piece: bytes) -> bool:
    """Whether a row says that this piece stands before it."""
    return row.torn == {"bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()}


def lines(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The lines of a file without their ends, each with whether it has one."""
    while line := file.readline(LONGEST + 1):
        yield line.removesuffix(b"\n"), line.endswith(b"\n")


def rows(file: BinaryIO) -> Iterator[Row]:
    """The rows of a file. Torn pieces are left out: the row after them says that they are there."""
    for line, _ in lines(file):
        try:
            yield parsed(line)
        except NotARow:
            continue


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(content: dict[str, Any]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
