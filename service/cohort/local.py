"""The engine of one machine: what is to be done, by so many processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from service.cohort import parts, sorting
from service.cohort.sorting import Sort

J = TypeVar("J")


@contextmanager
def local(processes: int) -> Iterator[Local]:
    """The engine with so many processes; with one, all is done in this process.

    Raises:
        BrokenProcessPool: a process was killed, mostly for the memory that it took.
    """
    with _workers(processes) as each:
        yield Local(each)


@dataclass(frozen=True)
class Local:
    """Lines wait in files, sorted by the bucket of their patient."""

    each: _Each

    def sort(self, jobs: Sequence[Sort], told: Callable[[int], None]) -> None:
        self.each(sorting.sort, jobs, lambda job: job.spill.exists(), lambda job: told(job.size))

    def assess(self, jobs: Sequence[parts.Assess], told: Callable[[int], None]) -> None:
        self.each(parts.assess_part, jobs, lambda job: job.path.exists(), lambda job: told(1))


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
