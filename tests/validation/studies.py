"""Patients as published studies had them, put together again from the numbers that they print.

Of a class a study prints how many patients it has, the share alive at some times and the median. The curve of the
class is taken to fall with a constant hazard between these points (the inverse of Kaplan and Meier, as Guyot 2012 does
it from a drawn curve); the patients die in turn, each where the curve has passed half of his share, so that just as
many are alive at each printed time as the study has. Nothing is drawn by chance, and numbers alone are taken.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path

from service.scoring.laws import Law

#: Months as days, as the horizons of the evaluation have them.
DAYS = {3: 91, 6: 183, 12: 365, 24: 730}
_MONTH = 365.25 / 12
_FIRST = date(2005, 1, 1)


@dataclass(frozen=True)
class Group:
    """A class of a study."""

    patients: int
    alive: Mapping[int, int]
    """How many are alive at so many months."""
    median: float
    """Months."""


@dataclass(frozen=True)
class Study:
    name: str
    model: str
    groups: Mapping[str, Group]
    """By the code of the class."""
    followed: int
    """Days after which everybody who lives was last seen."""

    def rows(self) -> Iterator[list[str]]:
        for code, group in self.groups.items():
            for number, day in enumerate(_days(group)):
                died = day <= self.followed
                end = _FIRST + timedelta(days=min(day, self.followed))
                patient = f"{self.name}-{code}-{number}"
                yield [patient, _FIRST.isoformat(), self.model, code, end.isoformat(), "yes" if died else "no"]

    def write(self, path: Path) -> Path:
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(("patient", "index_date", "model", "bands", "end_date", "died"))
            lines.writerows(self.rows())
        return path


def _days(group: Group) -> Iterator[int]:
    n = group.patients
    points = {float(DAYS[months]): alive / n for months, alive in group.alive.items()}
    points[group.median * _MONTH] = 0.5
    law = Law(tuple(sorted(points.items())))
    for number in range(n):
        # The middle of the share of each patient: as many are above a point as are alive there.
        yield max(1, ceil(law.day(1 - (number + 0.5) / n)))


#: Mizumoto et al., Cancer 2008;113:2816-2822, abstract: of 503 patients who were followed for a year or until death,
#: 24, 57 and 19 % in the classes; 89, 77 and 54, 46, 22 and 9, 7, 4 and 0 % alive at 6, 12 and 24 months; medians 27.1,
#: 5.4 and 1.8 months. The numbers of patients are those that add up to 503, and those alive the nearest to each share.
MIZUMOTO = Study(
    "mizumoto", "mizumoto",
    {
        "a": Group(121, {6: 108, 12: 93, 24: 65}, 27.1),
        "b": Group(287, {6: 132, 12: 63, 24: 26}, 5.4),
        "c": Group(95, {6: 7, 12: 4, 24: 0}, 1.8),
    },
    followed=900,
)  # fmt: skip

#: Yan et al., Chin J Orthop 2022;42:1329-1339, abstract: NESMS in 179 patients. Dead within a year 13 of 13, 42 of 48,
#: 63 of 88 and 20 of 30 with 0 to 3 points; medians 3, 4, 8 and 10 months.
YAN = Study(
    "yan", "nesms",
    {
        "0": Group(13, {12: 0}, 3),
        "1": Group(48, {12: 6}, 4),
        "2": Group(88, {12: 25}, 8),
        "3": Group(30, {12: 10}, 10),
    },
    followed=730,
)  # fmt: skip
