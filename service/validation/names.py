"""What times, models and classes are called in front of people."""

from __future__ import annotations

from service.decision.recalibration import time
from service.scoring import ENGINES


def when(days: int) -> str:
    """``3 months``, ``100 days``."""
    at = time(days)
    unit = "month" if at.unit == "mo" else "day"
    return f"{at.value} {unit}" + ("" if at.value == 1 else "s")


def title(model: str) -> str:
    return ENGINES[model].score.title if model in ENGINES else model


def class_title(model: str, code: str) -> str:
    """A class of a score with its points, ``low (0-3 points)``, for a "low" alone may be read as few alive."""
    bands = ENGINES[model].score.bands if model in ENGINES else ()
    points = next((band.title for band in bands if band.code == code), None)
    if points is None:
        return code
    said = f"{points} point{'' if points == '1' else 's'}"
    return said if points == code else f"{code} ({said})"
