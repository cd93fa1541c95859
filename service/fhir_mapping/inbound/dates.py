"""FHIR dates as stretches of time."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import UTC, datetime
from functools import lru_cache

from service.evidence import Span, When

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)


_LONGEST = 40


class BadDate(ValueError):
    """Not a FHIR date, dateTime or instant."""


def when(text: str) -> When:
    """The stretch of time that a date, dateTime or instant names, in UTC where it has no zone.

    Raises:
        BadDate: it is none.
    """
    if len(text) > _LONGEST:
        raise BadDate(text)
    return _when(text)


@lru_cache(maxsize=4096)  # the resources of a record share a few days
def _when(text: str) -> When:
    match = _FORM.fullmatch(text)
    if match is None:
        if text != text.strip():
            return when(text.strip())
        raise BadDate(text)
    year, month, day, hour, second = match.group(1, 2, 3, 4, 6)
    try:
        if hour is not None:
            # A leap second is read as the one before it, which Python knows.
            moment = datetime.fromisoformat(text.replace(":60", ":59", 1) if second == "60" else text)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
            return When(seconds, seconds + (0.999 if second else 59.999), text)
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadDate(text) from None
    if day is not None:
        days = 1
    elif month is not None:
        days = monthrange(start.year, start.month)[1]
    else:
        days = 366 if isleap(start.year) else 365
    return When(start.timestamp(), start.timestamp() + days * 86_400 - 0.001, text)


def ages_at(birth: When, then: When) -> Span | None:
    """The full years that somebody may have at a time, or None where that is before the birth.

    >>> ages_at(when("1958"), when("2026-10-02"))
    Span(low=67, high=68, low_open=False, high_open=False)
    """
    oldest, youngest = (_years(born, then.end) for born in (birth.start, birth.end))
    return None if oldest is None or oldest < 0 else Span(max(youngest or 0, 0), oldest)


def _years(birth: float, then: float) -> int | None:
    try:
        born, now = (datetime.fromtimestamp(t, UTC) for t in (birth, then))
    except (ValueError, OverflowError):
        return None
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))
