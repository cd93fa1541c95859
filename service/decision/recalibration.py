"""What the recalibration of a site makes of the survival that is published for a class.

At the times of the recalibration the figure of the site takes the place of the published one; both are shown. The map
rises, so that classes keep their order and a range stays a range.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, log

from service.policy import Recalibration
from service.scoring.laws import DAYS_PER_MONTH, law
from service.scoring.model import Band, Kind, Score, Time

#: Predictions are kept off 0 and 1, where the logit has no end: as when the line was fitted.
_CLIP = 0.001
#: Days by which a time in days and the same in months may differ.
_ROUNDING = 1


@dataclass(frozen=True)
class Here:
    """The share alive at a time of the patients of a class, in per cent with one decimal."""

    at: Time
    published: float
    """Where nothing is published of that time, by a constant hazard, as when the line was fitted."""
    alive: float
    """At the site."""
    is_published: bool = True
    """Whether something is published of that time."""


def can_be_recalibrated(score: Score) -> bool:
    """Whether every class of a survival model has a published probability that a line can be applied to."""
    found = [law(band) for band in score.bands]
    return score.kind is Kind.SURVIVAL and all(each is not None and each.published for each in found)


@cache
def here(band: Band, recalibration: Recalibration) -> tuple[Here, ...]:
    """The figures of the site for a class, by time; none where nothing is published that could be recalibrated."""
    published = law(band)
    if published is None or not published.published:
        return ()
    found = []
    for line in recalibration.lines:
        alive = published.alive(line.days)
        dead = min(max(1 - alive, _CLIP), 1 - _CLIP)
        mended = 1 / (1 + exp(line.intercept + line.slope * log(dead / (1 - dead))))
        is_published = any(abs(line.days - day) <= _ROUNDING for day, _ in published.points)
        found.append(Here(time(line.days), round(100 * alive, 1), round(100 * mended, 1), is_published))
    return tuple(found)


def time(days: int) -> Time:
    """91 days are 3 months, 365 are 12; a time that is no number of months stays one of days."""
    months = round(days / DAYS_PER_MONTH)
    return Time(months) if months and abs(days - months * DAYS_PER_MONTH) <= _ROUNDING else Time(days, "d")
