"""What a published score is: items with points, bands with their meaning, and where it comes from.

The tables are made once, so each is equal to itself alone (``eq=False``): comparing and hashing them is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from service.conditions import Condition, atoms
from service.scoring.sources import Source


@dataclass(frozen=True, eq=False)
class Row:
    """One line of an item: the points that it gives, and when. The first row that applies counts."""

    points: tuple[int, ...]
    """One number; several where no source gives the cell, so that any of them is possible."""
    label: str
    when: Condition


def row(points: int, label: str, when: Condition) -> Row:
    return Row((points,), label, when)


@dataclass(frozen=True, eq=False)
class Item:
    """A component of a score. Where no row applies, any of its points is possible."""

    code: str
    title: str
    rows: tuple[Row, ...]

    @cached_property
    def points(self) -> frozenset[int]:
        """Every number of points that some row gives."""
        return frozenset(p for r in self.rows for p in r.points)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The findings that the rows test."""
        return tuple(dict.fromkeys(atom.finding for r in self.rows for atom in atoms(r.when)))


@dataclass(frozen=True, eq=False)
class Figure:
    """A published percentage of a band."""

    percent: float
    months: int
    what: str
    """``survival`` or ``mortality``."""
    source: Source
    n: int
    """Patients behind the figure: in the band where the study says so, else in the study."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval."""
    remark: str = ""


@dataclass(frozen=True, eq=False)
class Band:
    """A category of totals, from ``low`` to ``high``, both included."""

    code: str
    title: str
    low: int
    high: int
    meaning: str
    risk: str
    """Risk within this score, by the codes of FHIR's risk-probability: low, moderate, high."""
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, eq=False)
class Score:
    """A published score as a table.

    ``predicts`` says what a band is a statement about, ``population`` in whom it was made, and
    ``caveats`` what every answer has to say with it.
    """

    code: str
    title: str
    scope: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    sources: tuple[Source, ...]
    predicts: str
    population: str
    caveats: tuple[str, ...]
    ceiling: int | None = None
    high_is_good: bool = False
    metastatic_only: bool = True
    """Made for metastases, so it is not computed where every tumour is known to be primary."""

    def band(self, total: int) -> Band:
        return next(band for band in self.bands if band.low <= total <= band.high)
