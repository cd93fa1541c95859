"""Servers side by side: in every round each gets the same calls, one server after the other, in changing order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

from tqdm import tqdm

from tests.bench.load import Load, loaded, together
from tests.bench.serving import Server

_CHUNK = 25


@dataclass(frozen=True)
class Contender:
    """A server, and where it is called."""

    server: Server
    path: str
    kind: str = "application/json"


@dataclass
class Outcome:
    """What the clients met at one server, round by round."""

    loads: list[Load]
    processor_time: float = 0.0
    """Of the server, in seconds."""

    @property
    def whole(self) -> Load:
        """All rounds as one."""
        return together(self.loads)

    @property
    def milliseconds_of_processor(self) -> float:
        """Processor time of the server for a call."""
        return self.processor_time / len(self.whole.milliseconds) * 1000

    def rate_to(self, other: Outcome) -> float:
        """Calls a second as a ratio to those of another: the median over the rounds."""
        pairs = zip(self.loads, other.loads, strict=True)
        return median(own.calls_per_second / its.calls_per_second for own, its in pairs)


def held(
    contenders: Mapping[str, Contender], warming: Sequence[bytes], rounds: Sequence[Sequence[bytes]], clients: int
) -> dict[str, Outcome]:
    """Warms all of them, then measures; the outcomes by name."""
    outcomes = {name: Outcome([]) for name in contenders}
    with tqdm(total=len(contenders) * (len(rounds) + 1), unit=" loads", leave=False, disable=None) as bar:
        for each in contenders.values():
            loaded(each.server.port, each.path, warming, clients, each.kind)
            bar.update()
        for n, bodies in enumerate(rounds):
            names = [*contenders]
            for name in names[n % len(names) :] + names[: n % len(names)]:
                each, outcome = contenders[name], outcomes[name]
                before = each.server.processor_time()
                outcome.loads.append(loaded(each.server.port, each.path, bodies, clients, each.kind))
                outcome.processor_time += each.server.processor_time() - before
                bar.update()
    return outcomes


def made(make: Callable[[int], bytes], numbers: range, what: str) -> list[bytes]:
    """What a function makes of each number, made on all processors before the clock runs."""
    with ProcessPoolExecutor() as pool:
        done: Iterator[bytes] = pool.map(make, numbers, chunksize=min(_CHUNK, max(1, len(numbers) // 8)))
        return list(tqdm(done, f"making {what}", len(numbers), leave=False, disable=None))


def chunks(bodies: Sequence[bytes], rounds: int) -> list[Sequence[bytes]]:
    """Bodies in so many parts of one size."""
    size = len(bodies) // rounds
    return [bodies[n * size : (n + 1) * size] for n in range(rounds)]


HEAD = f"{'':34} {'p50':>7} {'p95':>7} {'p99':>7} {'calls/s':>8} {'CPU ms':>8} {'clients':>8}"


def row(name: str, outcome: Outcome) -> str:
    """A line of the table below ``HEAD``: times in ms; the clients' share is of one processor."""
    load = outcome.whole
    marks = "".join(f" {load.percentile(each):7.1f}" for each in (50, 95, 99))
    cpu = outcome.milliseconds_of_processor
    return f"{name:34}{marks} {load.calls_per_second:8.0f} {cpu:8.2f} {load.own_share:8.0%}"
