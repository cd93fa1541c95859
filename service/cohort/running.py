"""A run on one machine, from an export to its Parquet files; stopped at any moment, it goes on where it was."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

import orjson

from service.cohort import manifest, parts, placing, store
from service.cohort.assessing import Setup, terms
from service.cohort.files import HALF, folder, half_of, whole, write_json
from service.cohort.manifest import Bounds, CannotRun, Input
from service.cohort.sorting import Sort, sort
from service.cohort.spill import Spill
from service.cohort.summary import Summary

_STORE = "shared.sqlite"
_PIECE = 1024 * 1024
J = TypeVar("J")


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


def run(
    export: Path,
    out: Path,
    setup: Setup,
    *,
    bounds: Bounds | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """Assesses every patient of an export into a folder of Parquet files.

    Raises:
        CannotRun: there is no export, or the folder is of another run.
        ChangedExport: a file has changed meanwhile.
        OSError: a file cannot be read or written.
        BrokenProcessPool: a process was killed, mostly for the memory that it took.
    """
    bounds, progress = bounds or Bounds(), progress or _Quiet()
    terms(setup.maps, setup.maps_version)  # what is wrong with the maps is said before anything is made
    listed = manifest.inputs(export)
    _refuse_nested(export, out)
    manifest.earlier(out)
    folder(out)
    with manifest.alone(out):
        manifest.begin(out, manifest.manifest(listed, setup, bounds))
        done = out / manifest.SUMMARY
        if not done.exists():
            write_json(done, _run(export, out, listed, setup, bounds, processes, progress).as_json())
        shutil.rmtree(out / manifest.WORK, ignore_errors=True)
        return Summary.from_json(orjson.loads(done.read_bytes()))


def _refuse_nested(export: Path, out: Path) -> None:
    inner, outer = out.resolve(), export.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        raise CannotRun(f"{out}: one folder is in the other. Give an --out beside the export.")


def _run(
    export: Path,
    out: Path,
    listed: Sequence[Input],
    setup: Setup,
    bounds: Bounds,
    processes: int,
    progress: Progress,
) -> Summary:
    work = out / manifest.WORK
    folder(work)
    for half in work.glob(f"*{HALF}"):
        half.unlink(missing_ok=True)
    jobs = [Sort(n, export / i.name, i.name, work, i.state, bounds.longest_line) for n, i in enumerate(listed)]
    with _workers(processes) as each:
        progress.begin("reading", sum(job.state[0] for job in jobs))
        each(sort, jobs, lambda job: job.spill.exists(), lambda job: progress.advance(job.state[0]))
        spills = [Spill(job.spill) for job in jobs]
        _settle(jobs, spills, work)
        _write_aside(jobs, out)
        sorted_ = [(job.name, path) for job in jobs for path in (job.spill, job.placed) if path.exists()]
        found = [Spill(path) for _, path in sorted_]
        planned = parts.planned(found, bounds.part_bytes)
        todo = [
            parts.Assess(part, out, work, tuple(sorted_), work / _STORE, setup, bounds.patient_bytes)
            for part in planned
        ]
        progress.begin("assessing", len(todo))
        each(parts.assess_part, todo, lambda job: job.path.exists(), lambda job: progress.advance(1))
    return Summary.of([spill.said for spill in found], [parts.said_of(job.path) for job in todo], files=len(jobs))


def _settle(jobs: Sequence[Sort], spills: Sequence[Spill], work: Path) -> None:
    """Makes the store of what is shared, and places the lines of patients who are named by an identifier."""
    path = work / _STORE
    if not path.exists():
        store.build(path, spills)
    with closing(store.Store(path)) as found:
        for job, spill in zip(jobs, spills, strict=True):
            if spill.said["identified"] and not job.placed.exists():
                placing.place(job, found)


def _write_aside(jobs: Sequence[Sort], out: Path) -> None:
    """Puts what was set aside of each file into one file."""
    path = out / manifest.ASIDE
    if path.exists():
        return
    with whole(path, half_of(path, out / manifest.WORK)) as file:
        for job in jobs:
            for part in (job.aside, job.unplaced):
                if part.exists():
                    with part.open("rb") as lines:
                        shutil.copyfileobj(lines, file, _PIECE)


class _Each(Protocol):
    def __call__(
        self, do: Callable[[J], None], jobs: Sequence[J], is_done: Callable[[J], bool], told: Callable[[J], None], /
    ) -> None:
        """Does every job that is not done."""


@contextmanager
def _workers(processes: int) -> Iterator[_Each]:
    """What does jobs in so many processes; with one, in this process."""
    if processes < 2:
        yield _one_by_one
        return
    # Spawned, so that no lock or connection of this process is in another.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin_worker)

    def each(
        do: Callable[[J], None], jobs: Sequence[J], is_done: Callable[[J], bool], told: Callable[[J], None]
    ) -> None:
        waiting = {}
        for job in jobs:
            if is_done(job):
                told(job)
            else:
                waiting[pool.submit(do, job)] = job
        for future in as_completed(waiting):
            future.result()
            told(waiting[future])

    try:
        yield each
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _one_by_one(
    do: Callable[[J], None], jobs: Sequence[J], is_done: Callable[[J], bool], told: Callable[[J], None]
) -> None:
    for job in jobs:
        if not is_done(job):
            do(job)
        told(job)


def _begin_worker() -> None:
    """Leaves it to the parent to say that it was interrupted, and ends with it, also where that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def end() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()
