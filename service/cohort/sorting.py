"""The first pass: every line of an input file to the bucket of its patient, or aside.

A large file is sorted in ranges of its bytes, by as many processes as there are. Lines are counted within a range;
their numbers in the file follow once all ranges are done.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson
import simdjson

from service.cohort.assessing import Setup, terms
from service.cohort.files import whole
from service.cohort.lines import Fault, Line, Range, lines, ranges
from service.cohort.spill import BY_IDENTIFIER, IDENTIFIERS, SHARED, Key, Writer, key_of
from service.cohort.whose import Found, Identified, NotNeeded, Owned, Shared, look
from service.fhir_mapping.terminology import STANDARD

#: The blocks of a file, and the lines of it that cannot be used.
SPILL, ASIDE = ".spill", ".aside"


#: Faults of a line with which it is not looked at.
_UNUSABLE = frozenset(Fault) - {Fault.CUT_OFF}
#: Bytes of a file that are sorted at a time.
_RANGE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Sort:
    """An input file, or a range of one, that is to be sorted."""

    number: int
    path: Path
    name: str
    """As messages name it: its path within the export."""
    work: Path
    """The folder of what is written on the way."""
    state: tuple[int, int]
    """Size and time of the last change of the file, as when the run began."""
    longest: int
    """Bytes that a line may have."""
    within: Range | None = None
    """The range; None for a whole file."""
    maps: Path | None = None
    """A folder of a site's own ConceptMaps."""
    maps_version: str = STANDARD.version

    @property
    def size(self) -> int:
        """Bytes that are read."""
        return self.within.end - self.within.start if self.within else self.state[0]

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


def planned(
    export: Path, inputs: Iterable[tuple[str, tuple[int, int]]], work: Path, longest: int, setup: Setup
) -> list[Sort]:
    """What is to be sorted of an export, in the order of its files and of their bytes.

    ``inputs`` are names and states of files. What becomes of them does not hang on the number of processes, so that
    another number may go on.

    Raises:
        OSError: a file cannot be read.
    """
    jobs: list[Sort] = []
    for name, state in inputs:
        for within in ranges(export / name, state[0], _RANGE):
            number = len(jobs)
            jobs.append(Sort(number, export / name, name, work, state, longest, within, setup.maps, setup.maps_version))
    return jobs


def sort(job: Sort) -> None:
    """Sorts a file or a range. Done once its spill is there, which is written last.

    Raises:
        ChangedExport: somebody writes to the file.
        ChangedMaps: the maps of the site are no longer the same.
        OSError: the file cannot be read, or the disk is full.
    """
    in_force = terms(job.maps, job.maps_version)
    said = _Said()
    with whole(job.spill) as file:
        writer = Writer(file)
        with whole(job.aside) as aside:
            parser = simdjson.Parser()
            for line in lines(job.path, job.longest, job.within):
                said.lines += 1
                fault = line.fault if line.fault in _UNUSABLE else None
                if fault is None:
                    fault = _put(line, look(line.content, parser, in_force), writer, said)
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


def _put(line: Line, found: Found, writer: Writer, said: _Said) -> Fault | None:
    """Puts a line where it belongs; gives what is wrong with it, if anything is."""
    content = line.content
    if isinstance(found, Owned):
        said.owned += 1
        key = key_of(found.patient)
        writer.add(key, line.number, content, tells=found.tells)
        for token in found.identifiers:
            writer.add(Key(IDENTIFIERS, token.encode()), line.number, key.name)
    elif isinstance(found, NotNeeded):
        said.not_needed[found.kind] += 1
    elif isinstance(found, Shared):
        said.shared += 1
        writer.add(Key(SHARED, found.name.encode()), line.number, content)
    elif isinstance(found, Identified):
        said.identified += 1
        writer.add(Key(BY_IDENTIFIER, found.token.encode()), line.number, content, tells=found.tells)
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


def renumbered(told: bytes, before: int) -> bytes:
    """A line that was set aside, of a range before which the file has so many lines."""
    if not before:
        return told
    found = orjson.loads(told)
    found["line"] += before
    return orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE)


class Source(NamedTuple):
    """Sorted lines of patients, and which lines of the export they were."""

    path: Path
    name: str
    before: int
    """Lines of the file before those that are counted in it."""
    is_placed: bool = False
    """Whether its patients were found by their identifiers."""

    def place(self, number: int) -> str:
        """Where a line was, such as ``Observation.ndjson:12``."""
        return f"{self.name}:{self.before + number}"


def sources(jobs: Sequence[Sort], said: Sequence[Mapping[str, Any]]) -> list[Source]:
    """Where the lines of patients are, file by file: those that name the patient, then those placed by identifier."""
    found: list[Source] = []
    for _, of_file in groupby(zip(jobs, said, strict=True), key=lambda pair: pair[0].name):
        before = 0
        placed = []
        for job, balance in of_file:
            found.append(Source(job.spill, job.name, before))
            if balance["identified"]:
                placed.append(Source(job.placed, job.name, before, is_placed=True))
            before += balance["lines"]
        found += placed
    return found
