"""The first pass: every line of an input file to the bucket of its patient, or aside."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import simdjson

from service.cohort.files import whole
from service.cohort.lines import Fault, Line, lines
from service.cohort.spill import BY_IDENTIFIER, IDENTIFIERS, SHARED, Writer, bucket_of
from service.cohort.whose import Identified, NotNeeded, Owned, Shared, look

#: The blocks of a file, and the lines of it that cannot be used.
SPILL, ASIDE = ".spill", ".aside"


@dataclass(frozen=True)
class Sort:
    """An input file that is to be sorted."""

    number: int
    path: Path
    name: str
    """As messages name it: its path within the export."""
    work: Path
    """The folder of what is written on the way."""
    state: tuple[int, int]
    """Size and time of the last change, as when the run began."""
    longest: int
    """Bytes that a line may have."""

    @property
    def spill(self) -> Path:
        return self.work / f"{self.number:06}{SPILL}"

    @property
    def placed(self) -> Path:
        """The lines that only the identifiers of all files can place."""
        return self.work / f"{self.number:06}.placed{SPILL}"

    @property
    def unplaced(self) -> Path:
        return self.work / f"{self.number:06}.placed{ASIDE}"

    @property
    def aside(self) -> Path:
        return self.work / f"{self.number:06}{ASIDE}"


def sort(job: Sort) -> None:
    """Sorts a file. Done once its spill is there, which is written last.

    Raises:
        ChangedExport: somebody writes to the file.
        OSError: the file cannot be read, or the disk is full.
    """
    said = _Said()
    with whole(job.spill) as file:
        writer = Writer(file)
        with whole(job.aside) as aside:
            parser = simdjson.Parser()
            for line in lines(job.path, job.longest):
                fault = _put(line, parser, writer, said)
                if fault is not None:
                    said.aside[fault.value] += 1
                    set_aside(aside, job.name, line, fault)
        if state_of(job.path) != job.state:
            raise ChangedExport(f"{job.name} has changed while it was read. Let the export end, then begin anew.")
        writer.finish(vars(said))


class ChangedExport(RuntimeError):
    """A file of the export is no longer what it was when the run began."""


def state_of(path: Path) -> tuple[int, int]:
    """Size and time of the last change in nanoseconds, by which a file is known again."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


class _Said:
    """The balance of a file, in lines."""

    def __init__(self) -> None:
        self.lines = self.blank = self.owned = self.identified = self.shared = 0
        self.not_needed: Counter[str] = Counter()
        self.aside: Counter[str] = Counter()


def _put(line: Line, parser: simdjson.Parser, writer: Writer, said: _Said) -> Fault | None:
    """Puts a line where it belongs; gives what is wrong with it, if anything is."""
    said.lines += 1
    if line.fault is not None and line.fault is not Fault.CUT_OFF:
        return line.fault
    content = line.content
    found = look(content, parser)
    if isinstance(found, Owned):
        said.owned += 1
        writer.add(bucket_of(found.patient), found.patient, line.number, content)
        for token in found.identifiers:
            writer.add(IDENTIFIERS, token, line.number, found.patient.encode())
    elif isinstance(found, NotNeeded):
        said.not_needed[found.kind] += 1
    elif isinstance(found, Shared):
        said.shared += 1
        writer.add(SHARED, found.name, line.number, content)
    elif isinstance(found, Identified):
        said.identified += 1
        writer.add(BY_IDENTIFIER, found.token, line.number, content)
    elif not content.strip():
        said.blank += 1
    else:
        return Fault.CUT_OFF if line.fault and found in (Fault.NOT_JSON, Fault.NOT_UTF8) else found
    return None


def set_aside(file: BinaryIO, name: str, line: Line, fault: Fault) -> None:
    """Writes a line that cannot be used, with where it was and what is wrong with it."""
    told: dict[str, Any] = {"file": name, "line": line.number, "fault": fault, "bytes": line.size}
    try:
        told["content"] = line.content.decode()
    except UnicodeDecodeError:
        told["base64"] = base64.b64encode(line.content).decode()
    if len(line.content) < line.size:
        told["cut"] = True
    file.write(orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE))
