"""The survival that a model publishes for each of its bands, as a law that gives the share alive on any day.

A law goes through every published point (per cent alive at a time, median survival) with a constant hazard between two
points: piecewise exponential. After the last point the last hazard goes on. A published 0 % is reached in a straight
line, for no constant hazard reaches it. A band that only names a class of survival, such as "6 to 12 months", gets an
exponential whose median lies in the middle of the class, or at one and a half times its beginning where it names no
end: that is an assumption and nothing that was published (``published`` is false).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp, inf, log

from service.scoring.model import Band, Figure, Measure

DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True)
class Law:
    """Survival from the index date; time in days, the share alive from 0 to 1."""

    points: tuple[tuple[float, float], ...]
    """Days and share alive, falling, without the beginning (0 days, all alive)."""
    published: bool = True

    def __post_init__(self) -> None:
        steps = list(pairwise(((0.0, 1.0), *self.points)))
        if not steps or any(d0 >= d1 or s0 <= s1 for (d0, s0), (d1, s1) in steps) or self.points[-1][1] < 0:
            raise ValueError("the points of a survival fall with time")

    def alive(self, day: float) -> float:
        """The share alive on a day."""
        before = (0.0, 1.0)
        for point in self.points:
            if day <= point[0]:
                return _between(before, point, day)
            before = point
        if before[1] == 0:
            return 0.0
        return before[1] * exp(-self._last_hazard() * (day - before[0]))

    def day(self, alive: float) -> float:
        """The day on which a share is alive: the inverse of :meth:`alive`, infinite for none where that is never."""
        before = (0.0, 1.0)
        for point in self.points:
            if alive >= point[1]:
                (d0, s0), (d1, s1) = before, point
                part = (s0 - alive) / s0 if s1 == 0 else log(alive / s0) / log(s1 / s0)
                return d0 + (d1 - d0) * part
            before = point
        return inf if alive <= 0 else before[0] + log(before[1] / alive) / self._last_hazard()

    def _last_hazard(self) -> float:
        (d0, s0), (d1, s1) = ((0.0, 1.0), *self.points)[-2:]
        return log(s0 / s1) / (d1 - d0)


def _between(left: tuple[float, float], right: tuple[float, float], day: float) -> float:
    (d0, s0), (d1, s1) = left, right
    part = (day - d0) / (d1 - d0)
    return s0 * (1 - part) if s1 == 0 else s0 * (s1 / s0) ** part


@cache
def law(band: Band) -> Law | None:
    """The law of a band; None where nothing is published of its time."""
    points = sorted({point for figure in band.figures if (point := _point(figure)) is not None})
    if points:
        return Law(tuple(points))
    if band.expected is None:
        return None
    low, high = band.expected
    median = low * 1.5 if high == inf else (low + high) / 2
    return Law(((median * DAYS_PER_MONTH, 0.5),), published=False)


def _point(figure: Figure) -> tuple[float, float] | None:
    if figure.measure is Measure.MEDIAN_SURVIVAL:
        return figure.value * DAYS_PER_MONTH, 0.5
    if figure.at is None or figure.measure not in (Measure.SURVIVAL, Measure.MORTALITY):
        return None
    days = figure.at.value * (DAYS_PER_MONTH if figure.at.unit == "mo" else 1)
    alive = figure.value if figure.measure is Measure.SURVIVAL else 100 - figure.value
    return days, round(alive / 100, 6)
