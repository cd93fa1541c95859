"""Runs the attempts in processes of their own; one that hangs is killed, and another goes on after its attempt."""

from __future__ import annotations

import gc
import multiprocessing
import os
import queue
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from statistics import median
from typing import Any

from tests.fuzz.attempts import Attempt, Maker
from tests.fuzz.pools import MARK
from tests.fuzz.seeds import seeds
from tests.fuzz.sending import Outcome, Sender, resident_bytes

_MIB = 1024 * 1024
#: By the clock: a process that says nothing for so long is stuck where no signal gets through.
_STUCK_S = 120.0
_SAMPLE_EVERY = 250
_BATCH = 25
#: How much a process may grow between the attempts after the first fifth of the run, and the end.
MOST_GROWTH_BYTES = 100 * _MIB
MOST_GROWTH = 0.2


@dataclass(frozen=True)
class Plan:
    """A run."""

    count: int
    seconds: float
    seed: int
    processes: int


@dataclass
class Finding:
    """A fault, with the first attempt that showed it."""

    wrong: str
    number: int
    told: str
    attempt: Attempt | None
    times: int = 1


@dataclass
class Figures:
    """What came of a run."""

    made: int = 0
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Of processor time, by the kind of attempt."""
    findings: dict[str, Finding] = field(default_factory=dict)
    memory: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Bytes of each process, sampled."""
    took_s: float = 0.0

    def held(self) -> dict[int, list[int]]:
        """What each process held in each fifth of its attempts."""
        return {
            process: [int(median(samples[n * len(samples) // 5 : (n + 1) * len(samples) // 5])) for n in range(5)]
            for process, samples in self.memory.items()
            if len(samples) >= 5
        }

    def grown(self) -> list[str]:
        """The processes that grew more than they may, after the first fifth."""
        return [
            f"process {process} grew from {held[1] // _MIB} to {held[-1] // _MIB} MiB"
            for process, held in self.held().items()
            if held[-1] - held[1] > min(MOST_GROWTH_BYTES, MOST_GROWTH * held[1])
        ]


def run(plan: Plan, tell: Callable[[int], None]) -> Figures:
    """The figures of a run; ``tell`` is called with the number of attempts that were made since."""
    figures, begun = Figures(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    beats: SynchronizedArray[float] = context.Array("d", 2 * plan.processes)
    results: Any = context.Queue()
    deadline = begun + plan.seconds
    working = {n: _start(context, plan, n, n, deadline, results, beats) for n in range(plan.processes)}
    while working:
        with suppress(queue.Empty):
            _take(results.get(timeout=1), figures, tell)
        for n, process in list(working.items()):
            at, number = beats[2 * n], int(beats[2 * n + 1])
            if process.is_alive() and at and time.monotonic() - at > _STUCK_S:
                process.kill()
                process.join()
                _found(figures, f"stuck: killed after {_STUCK_S:g} s", number, "")
                beats[2 * n] = 0
                working[n] = _start(context, plan, n, number + plan.processes, deadline, results, beats)
            elif not process.is_alive():
                process.join()
                del working[n]
                if process.exitcode:
                    _found(figures, f"a process ended with {process.exitcode}", number, "")
                    working[n] = _start(context, plan, n, number + plan.processes, deadline, results, beats)
    while True:
        try:
            _take(results.get(timeout=1), figures, tell)
        except queue.Empty:
            break
    figures.took_s = time.monotonic() - begun
    _add_attempts(figures, plan)
    return figures


def _start(
    context: Any, plan: Plan, n: int, first: int, deadline: float, results: Any, beats: SynchronizedArray[float]
) -> Any:
    process = context.Process(target=_work, args=(plan, n, first, deadline, results, beats), daemon=True)
    process.start()
    return process


def _take(
    batch: tuple[int, list[tuple[int, str, Outcome]], int], figures: Figures, tell: Callable[[int], None]
) -> None:
    n, outcomes, memory = batch
    for number, kind, outcome in outcomes:
        figures.made += 1
        figures.statuses[kind, outcome.status] += 1
        figures.seconds[kind].append(outcome.seconds)
        if outcome.wrong:
            _found(figures, outcome.wrong, number, outcome.told)
    if memory:
        figures.memory[n].append(memory)
    tell(len(outcomes))


def _found(figures: Figures, wrong: str, number: int, told: str) -> None:
    known = figures.findings.setdefault(wrong, Finding(wrong, number, told, None, 0))
    known.times += 1


def _add_attempts(figures: Figures, plan: Plan) -> None:
    """Makes the attempts of the findings again, to be kept."""
    if not figures.findings:
        return
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(seeds(Sender(Path(folder)).client), plan.seed)
        for each in figures.findings.values():
            each.attempt = maker.attempt(each.number)


def _work(plan: Plan, n: int, first: int, deadline: float, results: Any, beats: SynchronizedArray[float]) -> None:
    """The attempts of one process, from ``first`` on: its own, which are every so many."""
    with tempfile.TemporaryDirectory() as folder:
        parent = os.getppid()
        log = Path(folder) / "stderr"
        descriptor = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        os.dup2(descriptor, 2)
        sender = Sender(Path(folder))
        maker = Maker(seeds(sender.client), plan.seed)
        batch: list[tuple[int, str, Outcome]] = []
        memory = 0
        for made, number in enumerate(range(first, plan.count, plan.processes)):
            if time.monotonic() > deadline or os.getppid() != parent:
                break
            beats[2 * n], beats[2 * n + 1] = time.monotonic(), number
            attempt = maker.attempt(number)
            batch.append((number, attempt.kind, sender.send(attempt, number)))
            if made % _SAMPLE_EVERY == 0:
                gc.collect()
                memory = resident_bytes()
                if MARK.encode() in log.read_bytes():
                    batch[-1] = (number, attempt.kind, Outcome(0, 0.0, "a text of a request is on stderr"))
                os.ftruncate(descriptor, 0)
            if len(batch) >= _BATCH:
                results.put((n, batch, memory))
                batch, memory = [], 0
        results.put((n, batch, memory))
        beats[2 * n] = 0
