"""The figures of a run as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import quantiles

from tests.soak.load import Notes, Sample

_MARKS = f"{'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}"


def by_kind(samples: Sequence[Sample]) -> Iterator[str]:
    """One line for each kind of call."""
    yield f"{'calls':18} {'number':>7} {'right':>7} {'busy':>6} {'cut':>5} {_MARKS} {'max ms':>8}"
    kinds = sorted({each.kind for each in samples})
    for kind in [*kinds, "all"]:
        of_kind = [each for each in samples if kind in (each.kind, "all")]
        yield f"{kind:18} {_numbers(of_kind)} {_marks(of_kind)}"


def over_time(
    samples: Sequence[Sample], memory: Sequence[tuple[float, float]], begin: float, step: float
) -> Iterator[str]:
    """One line for each minute, or so."""
    yield f"{'from s':>7} {'calls/s':>8} {'busy':>6} {'cut':>5} {_MARKS} {'MiB':>7}"
    end = max((each.at for each in samples), default=begin)
    start = begin
    while start < end:
        of_part = [each for each in samples if start <= each.at < start + step]
        took = [size for at, size in memory if start <= at < start + step]
        seconds = min(step, end - start)
        if of_part and seconds > step / 2:
            busy = sum(1 for each in of_part if each.outcome.startswith("busy"))
            marks = _marks(of_part).rsplit(maxsplit=1)[0]
            size = f"{sum(took) / len(took):.0f}" if took else "-"
            yield f"{start - begin:7.0f} {len(of_part) / seconds:8.1f} {busy:6} {_cut(of_part):5} {marks} {size:>7}"
        start += step


def outcomes(notes: Notes, samples: Sequence[Sample]) -> Iterator[str]:
    """How often a call ended in each way, and each status that was answered."""
    ends = Counter(each.outcome for each in samples)
    yield "ended: " + ", ".join(f"{name} {number}" for name, number in ends.most_common())
    statuses: Counter[int] = Counter()
    for (_, _, status), number in notes.answered.items():
        statuses[status] += number
    yield "statuses, with those of jobs and of further attempts: " + ", ".join(
        f"{s}: {n}" for s, n in sorted(statuses.items())
    )


def _cut(samples: Sequence[Sample]) -> int:
    return sum(1 for each in samples if each.outcome.startswith(("cut", "refused", "hangs", "job ended")))


def _numbers(samples: Sequence[Sample]) -> str:
    right = sum(1 for each in samples if each.outcome == "right")
    busy = sum(1 for each in samples if each.outcome.startswith("busy"))
    return f"{len(samples):7} {right:7} {busy:6} {_cut(samples):5}"


def _marks(samples: Sequence[Sample]) -> str:
    times = [each.seconds * 1000 for each in samples if each.outcome == "right"]
    if len(times) < 2:
        return " ".join(["       -"] * 4)
    marks = quantiles(times, n=100, method="inclusive")
    return f"{marks[49]:8.1f} {marks[94]:8.1f} {marks[98]:8.1f} {max(times):8.1f}"
