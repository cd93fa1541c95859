"""The time between an operation and the radiotherapy after it.

Two weeks, and never less than 7 days (Hong 2022). Of an operation after radiotherapy no source gives a number of days.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.decision.model import Rule
from service.evidence import When
from service.scoring.sources import HONG_2022
from service.text import phrase

RADIOTHERAPY_AFTER_SURGERY = Rule("radiotherapy", "Radiotherapy after an operation", HONG_2022)
LEAST_DAYS, BETTER_DAYS = 7, 14
_DAY = 86_400
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""After it the calendar ends."""


@dataclass(frozen=True, order=True)
class Interval:
    """An interval that is too short, or may be; the worst sorts first."""

    mild: bool
    """Whether it is only shorter than it should be, and not than it may be."""
    open: bool
    """Whether that is only possible."""
    why: str
    from_then: str = ""
    """The day from which the interval is as long as it should be."""

    @property
    def certain(self) -> bool:
        return not self.open

    @property
    def grave(self) -> bool:
        return not self.mild


def interval(operated: When, begins: When | None, as_of: When, *, certain: bool = True) -> Interval | None:
    """What is too short between an operation and radiotherapy; None where nothing is, or the dates do not tell.

    Radiotherapy without a day begins at the time of the assessment or later. ``certain`` says whether the operation
    certainly was at the level.
    """
    if not math.isfinite(operated.start) or operated.end > _LATEST:
        return None
    first, last = _day(operated.start), _day(operated.end)
    start, end = (_day(as_of.start), math.inf) if begins is None else (_day(begins.start), _day(begins.end))
    shortest, longest = start - last, end - first
    if longest < 0 or shortest >= BETTER_DAYS:
        return None  # the radiotherapy comes first, or waits long enough
    mild = shortest >= LEAST_DAYS
    open_ = not certain or longest >= (BETTER_DAYS if mild else LEAST_DAYS)
    why = phrase(
        "operated on {day}: begin radiotherapy {least} days later at the earliest ({earliest}), better {better} days "
        "later ({from_then})",
        day=_date(operated.start),
        least=LEAST_DAYS,
        earliest=_date(operated.end, LEAST_DAYS),
        better=BETTER_DAYS,
        from_then=_date(operated.end, BETTER_DAYS),
    )
    if begins is None:
        why = phrase("{why}; the order names no day", why=why)
    return Interval(mild, open_, why, _date(operated.end, BETTER_DAYS))


def _day(seconds: float) -> float:
    return seconds // _DAY


def _date(seconds: float, later: int = 0) -> str:
    return (datetime.fromtimestamp(seconds, UTC) + timedelta(days=later)).date().isoformat()
