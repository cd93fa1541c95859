"""The lines of a file of NDJSON, packed or not, read in pieces: no file and no endless line is ever held whole."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NamedTuple

_PIECE = 1024 * 1024
_GZIP = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
#: Of a line that is too long, so many bytes are kept.
SHOWN = 4096


class Fault(StrEnum):
    """Why a line cannot be used."""

    NOT_JSON = "not-json"
    NOT_UTF8 = "not-utf-8"
    CUT_OFF = "cut-off"
    TOO_LONG = "too-long"
    BROKEN_GZIP = "broken-gzip"
    NO_RESOURCE = "no-resource"
    BUNDLE = "bundle"
    NO_ID = "no-id"
    NO_PATIENT = "no-patient"
    NOT_A_PATIENT = "not-a-patient"
    UNCLEAR_PATIENT = "unclear-patient"
    INCOMPLETE_EXPORT = "incomplete-export"


#: What each fault is, and the mend.
FAULTS = {
    Fault.NOT_JSON: "no JSON. Each line of NDJSON is one resource.",
    Fault.NOT_UTF8: "no UTF-8, perhaps an older encoding. Export it again as UTF-8.",
    Fault.CUT_OFF: "the last line of its file breaks off. Fetch the file again.",
    Fault.TOO_LONG: "longer than --longest-line allows.",
    Fault.BROKEN_GZIP: "the rest of a packed file that cannot be unpacked. Fetch the file again.",
    Fault.NO_RESOURCE: "JSON, and no FHIR resource: there is no resourceType.",
    Fault.BUNDLE: "a Bundle. Write its resources as lines; a list of deletions takes nothing out of an export.",
    Fault.NO_ID: "a resource without an id, or with one that is no id, to which nothing can refer.",
    Fault.NO_PATIENT: "it does not say which patient it is about.",
    Fault.NOT_A_PATIENT: "it is about something else than a patient, such as a group or a device.",
    Fault.UNCLEAR_PATIENT: "its patient cannot be told: several have that identifier, or the reference cannot be read.",
    Fault.INCOMPLETE_EXPORT: "an error or a warning of the server: what it could not export is not here.",
}


class Line(NamedTuple):
    """A line, without its end."""

    number: int
    """Counted from 1, within the range of the file that is read."""
    content: bytes
    """Of a line that is too long only the beginning."""
    size: int
    """Bytes that it has."""
    fault: Fault | None = None
    """What is wrong with it as a line. ``CUT_OFF`` is only a suspicion: the file does not end with a line end."""


class _Broken(Exception):
    """What is packed cannot be unpacked from here on."""


class Range(NamedTuple):
    """A range of the bytes of a plain file. It has the lines that begin in it, the last of them whole."""

    start: int
    end: int


def ranges(path: Path, size: int, most: int) -> list[Range | None]:
    """A file of so many bytes in ranges of at most ``most``; None is a file whole, as one that is packed has to be.

    Raises:
        OSError: it cannot be read.
    """
    if size <= most:
        return [None]
    with path.open("rb") as file:
        if file.read(len(_GZIP)) == _GZIP:
            return [None]
    return [Range(start, min(start + most, size)) for start in range(0, size, most)]


def lines(path: Path, longest: int, within: Range | None = None) -> Iterator[Line]:
    """The lines of a file, or of a range of it; a packed file is told by its first bytes and not by its name.

    ``longest`` is the number of bytes that a line may have.

    Raises:
        OSError: it cannot be read.
    """
    number, size = 1, 0
    held: list[bytes] = []
    fault = Fault.CUT_OFF
    with path.open("rb") as file:
        try:
            for piece in _pieces(file) if within is None else _pieces_of(file, within):
                *whole, rest = piece.split(b"\n")
                for part in whole:
                    if held or len(part) > longest or part.startswith(_BYTE_ORDER_MARK):
                        yield _line(number, [*held, part], size + len(part), longest)
                        held, size = [], 0
                    else:  # nearly every line
                        yield Line(number, part, len(part))
                    number += 1
                if rest:
                    size += len(rest)
                    held.append(rest)
                    if size > longest:
                        held = [b"".join(held)[:SHOWN]]
        except _Broken:
            fault = Fault.BROKEN_GZIP
    if held or fault is Fault.BROKEN_GZIP:
        yield _line(number, held, size, longest, fault)


def _line(number: int, parts: list[bytes], size: int, longest: int, fault: Fault | None = None) -> Line:
    """A line. Where files were joined, a mark of the byte order may stand before any of them."""
    content = parts[0] if len(parts) == 1 else b"".join(parts)
    if size > longest and fault is not Fault.BROKEN_GZIP:
        fault = Fault.TOO_LONG
    if fault in (Fault.TOO_LONG, Fault.BROKEN_GZIP):
        content = content[:SHOWN]
    else:
        content = content.removeprefix(_BYTE_ORDER_MARK)
    return Line(number, content, size, fault)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    piece = file.read(_PIECE)
    if piece.startswith(_GZIP):
        yield from _unpacked(file, piece)
        return
    while piece:
        yield piece
        piece = file.read(_PIECE)


def _pieces_of(file: BinaryIO, within: Range) -> Iterator[bytes]:
    """The lines that begin in a range of a plain file, in pieces."""
    start = _line_start(file, within)
    if start is None:
        return
    file.seek(start)
    left = within.end - start
    piece = b"\n"
    while left and (piece := file.read(min(_PIECE, left))):
        left -= len(piece)
        yield piece
    while piece and not piece.endswith(b"\n"):  # the last line goes on after the range
        piece = file.read(_PIECE)
        piece = piece[: piece.find(b"\n") + 1] or piece
        yield piece


def _line_start(file: BinaryIO, within: Range) -> int | None:
    """Where the first line of a range begins; None where a line that began before it goes through all of it."""
    if not within.start:
        return 0
    at = within.start - 1
    file.seek(at)
    while at < within.end - 1:
        piece = file.read(min(_PIECE, within.end - 1 - at))
        found = piece.find(b"\n")
        if found >= 0:
            return at + found + 1
        if not piece:
            break
        at += len(piece)
    return None


def _unpacked(file: BinaryIO, packed: bytes) -> Iterator[bytes]:
    """What was packed, in pieces that are bounded, however much a few bytes unpack to.

    Raises:
        _Broken: it cannot be unpacked, or breaks off.
    """
    unpack = zlib.decompressobj(wbits=31)
    while True:
        try:
            piece = unpack.decompress(packed, _PIECE)
        except zlib.error:
            raise _Broken from None
        if piece:
            yield piece
        if unpack.eof:  # files that were packed one by one may follow one another
            packed = _after_zeros(file, unpack.unused_data)
            if not packed:
                return
            if not packed.startswith(_GZIP):
                raise _Broken
            unpack = zlib.decompressobj(wbits=31)
            continue
        packed = unpack.unconsumed_tail or file.read(_PIECE)
        if not packed and not piece:
            raise _Broken


def _after_zeros(file: BinaryIO, packed: bytes) -> bytes:
    """What follows the zeros with which a packed file may be filled up, at least two bytes of it."""
    packed = packed.lstrip(b"\0")
    while len(packed) < len(_GZIP):
        more = file.read(_PIECE)
        if not more:
            break
        packed = (packed + more).lstrip(b"\0")
    return packed
