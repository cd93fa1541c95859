"""FHIR dates as stretches of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from service.evidence import When

_FORM = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadDate(ValueError):
    """Not a FHIR date, dateTime or instant."""


def when(text: str) -> When:
    """The stretch of time that a date, dateTime or instant names, in UTC where it has no zone.

    Raises:
        BadDate: it is none.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise BadDate(text)
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if hour is not None:
            start = start.replace(hour=int(hour), minute=int(minute), second=min(int(second or 0), 59))
            if zone and zone != "Z":
                offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
                start = start - offset if zone[0] == "+" else start + offset
            end = start + timedelta(seconds=1 if second else 60)
        elif day is not None:
            end = start + timedelta(days=1)
        elif month is not None:
            end = (start + timedelta(days=31)).replace(day=1)
        else:
            end = start.replace(year=start.year + 1)
    except (ValueError, OverflowError):
        raise BadDate(text) from None
    seconds = (start - _EPOCH).total_seconds()
    return When(seconds, (end - _EPOCH).total_seconds() - 0.001, text.strip())


def age_at(birth: When, then: When) -> int | None:
    """Full years from birth to a time, or None where the order is wrong."""
    born = _EPOCH + timedelta(seconds=birth.start)
    now = _EPOCH + timedelta(seconds=then.end)
    years = now.year - born.year - ((now.month, now.day) < (born.month, born.day))
    return years if years >= 0 else None
