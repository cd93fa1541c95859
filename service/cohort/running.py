"""A run, from an export to its Parquet files; stopped at any moment, it goes on where it was.

What every engine does is here; how lines and patients are shared out among processes or machines is the engine's.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import orjson

from service.cohort import indexing, manifest, parts, placing, sorting, store
from service.cohort.assessing import Setup, terms
from service.cohort.files import HALF, folder, half_of, whole, write_json
from service.cohort.lines import Fault
from service.cohort.local import local
from service.cohort.manifest import Bounds, CannotRun, Input
from service.cohort.sorting import Sort, Source
from service.cohort.spill import Spill
from service.cohort.summary import Summary

_STORE = "shared.sqlite"
#: The mend of a table of which something is missing or damaged.
_AGAIN = f"Remove what is not as it was and {manifest.SUMMARY}; the same command makes it again."


class Progress(Protocol):
    """Is told how far a run is."""

    def begin(self, stage: str, total: int) -> None:
        """A stage with so many bytes begins."""

    def advance(self, done: int) -> None:
        """So many more bytes are done."""


class _Quiet:
    def begin(self, stage: str, total: int) -> None:
        pass

    def advance(self, done: int) -> None:
        pass


class EngineFailed(RuntimeError):
    """What an engine needs is not there, or it ended the run; the message says why, with the mend."""


class Engine(Protocol):
    """Shares out what is to be done. What is done already, it does not do again."""

    def sort(self, jobs: Sequence[Sort], told: Callable[[int], None]) -> None:
        """Sorts files; tells the bytes of each. The spill of each is there afterwards."""

    def assess(self, jobs: Sequence[parts.Assess], told: Callable[[int], None]) -> None:
        """Writes the Parquet files of parts; tells of each."""


def run(
    export: Path,
    out: Path,
    setup: Setup,
    *,
    bounds: Bounds | None = None,
    engine: AbstractContextManager[Engine] | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Assesses every patient of an export into a folder of Parquet files.

    Without an ``engine`` all is done in this process.

    Raises:
        TableRefused: something in the index dates is wrong.
        CannotRun: there is no export, the folder is of another run or its table is damaged, or the export is not what
            was declared of it.
        ChangedExport: a file has changed meanwhile.
        OSError: a file cannot be read or written.
        BrokenProcessPool: a process was killed, mostly for the memory that it took.
        EngineFailed: the engine ended the run.
    """
    bounds, progress = bounds or Bounds(), progress or _Quiet()
    # What is wrong with the maps or the index dates is said before anything is made.
    terms(setup.maps, setup.maps_version)
    dates = indexing.read(setup.index_dates, datetime.now(UTC).date()) if setup.index_dates else {}
    listed = manifest.inputs(export)
    _refuse_nested(export, out)
    manifest.earlier(out)
    folder(out)
    with manifest.alone(out):
        manifest.begin(out, manifest.manifest(listed, setup, bounds))
        done = out / manifest.SUMMARY
        if done.exists():
            _refuse_lost(out, Summary.from_json(orjson.loads(done.read_bytes())))
        else:
            write_json(done, _run(export, out, listed, setup, dates, bounds, engine or local(1), progress).as_json())
        shutil.rmtree(out / manifest.WORK, ignore_errors=True)
        return Summary.from_json(orjson.loads(done.read_bytes()))


def _refuse_lost(out: Path, summary: Summary) -> None:
    """A run that is finished says so again, and not where a file of its table is gone since or was added."""
    if sum(_said_of(path)["rows"] for path in out.glob("part-*.parquet")) != summary.rows:
        said = f"the table is not the one that was written, which had {summary.rows:,} rows"
        raise CannotRun(f"{out}: {said}. {_AGAIN}")


def _said_of(path: Path) -> dict[str, Any]:
    try:
        return parts.said_of(path)
    except (ValueError, KeyError, TypeError):
        raise CannotRun(f"{path}: it is damaged, or no part of this cohort. {_AGAIN}") from None


def _refuse_nested(export: Path, out: Path) -> None:
    inner, outer = out.resolve(), export.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise CannotRun(f"{out}: one folder is in the other. Give an --out beside the export.")


def _run(
    export: Path,
    out: Path,
    listed: Sequence[Input],
    setup: Setup,
    dates: Mapping[str, str],
    bounds: Bounds,
    engine: AbstractContextManager[Engine],
    progress: Progress,
) -> Summary:
    work = out / manifest.WORK
    folder(work)
    for half in work.glob(f"*{HALF}"):
        half.unlink(missing_ok=True)
    jobs = sorting.planned(export, ((each.name, each.state) for each in listed), work, bounds.longest_line, setup)
    with engine as does:
        progress.begin("reading", sum(job.size for job in jobs))
        does.sort(jobs, progress.advance)
        said = [Spill(job.spill).said for job in jobs]
        if setup.assume_complete:
            _refuse_incomplete(jobs, said)
        sources = sorting.sources(jobs, said)
        index_dates = _settle(jobs, said, sources, work, dates)
        _write_aside(jobs, sources, out)
        planned = parts.planned((Spill(source.path) for source in sources), bounds.part_bytes)
        todo = [
            parts.Assess(part, out, work, tuple(sources), work / _STORE, setup, bounds.patient_bytes)
            for part in planned
        ]
        progress.begin("assessing", len(todo))
        does.assess(todo, progress.advance)
    placed = [Spill(source.path).said for source in sources if source.is_placed]
    assessed = [_said_of(job.path) for job in todo]
    return Summary.of([*said, *placed], assessed, files=len(listed), index_dates=index_dates)


def _refuse_incomplete(jobs: Sequence[Sort], said: Sequence[Mapping[str, Any]]) -> None:
    """What is not in an export that is not whole may be anywhere else, so it cannot be declared absent."""
    for job, balance in zip(jobs, said, strict=True):
        if balance["aside"].get(Fault.INCOMPLETE_EXPORT):
            raise CannotRun(
                f"{job.name}: the server reports an error or a warning in it (OperationOutcome), so the export may not "
                "be whole, and nothing can be assumed absent. Export again, or leave out --assume-complete and give "
                "another --out."
            )


def _settle(
    jobs: Sequence[Sort],
    said: Sequence[Mapping[str, Any]],
    sources: Sequence[Source],
    work: Path,
    dates: Mapping[str, str],
) -> int:
    """Makes the store, and places the lines of patients who are named by an identifier; gives how many index dates."""
    path = work / _STORE
    if not path.exists():
        numbers = {source.path: n for n, source in enumerate(sources)}
        store.build(path, {numbers[job.spill]: Spill(job.spill) for job in jobs}, dates.items())
    with closing(store.Store(path)) as found:
        for job, balance in zip(jobs, said, strict=True):
            if balance["identified"] and not job.placed.exists():
                placing.place(job, found)
        return found.index_dates()


def _write_aside(jobs: Sequence[Sort], sources: Sequence[Source], out: Path) -> None:
    """Puts what was set aside of each file into one file, with the numbers that lines have in their files."""
    path = out / manifest.ASIDE
    if path.exists():
        return
    of = {job.spill: job.aside for job in jobs} | {job.placed: job.unplaced for job in jobs}
    with whole(path, half_of(path, out / manifest.WORK)) as file:
        for source in sources:
            with of[source.path].open("rb") as lines:
                for line in lines:
                    file.write(sorting.renumbered(line, source.before))
