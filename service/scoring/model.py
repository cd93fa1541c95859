"""What a published score is: items with points, bands with their meaning, and all that is known of it.

A score is data from end to end: its table computes, is explained in answers, is rendered for reading
and is published in FHIR. The tables are made once, so each is equal to itself alone (``eq=False``):
comparing and hashing them is free.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from service.conditions import ALWAYS, Condition, atoms, below, is_
from service.scoring.sources import Source

Points = float
"""Whole points, or the half points of PRISM."""


@dataclass(frozen=True, eq=False)
class Row:
    """One line of an item: the points that it gives, and when. The first row that applies counts."""

    points: tuple[Points, ...]
    """One number; several where no source gives the cell, so that any of them is possible."""
    label: str
    when: Condition
    source: Source | None = None
    """Where the line was read, if not where the rest of the table was."""


def row(points: Points, label: str, when: Condition, source: Source | None = None) -> Row:
    return Row((points,), label, when, source)


@dataclass(frozen=True, eq=False)
class Boundary:
    """A value on which sources disagree: its row gives it points here, and another source gives others."""

    when: Condition
    points: Points
    """The points that the other source gives."""
    text: str


@dataclass(frozen=True, eq=False)
class Item:
    """A component of a score. Where no row applies, any of its points is possible."""

    code: str
    title: str
    rows: tuple[Row, ...]
    boundaries: tuple[Boundary, ...] = ()

    @cached_property
    def points(self) -> frozenset[Points]:
        """Every number of points that some row gives."""
        return frozenset(p for r in self.rows for p in r.points)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The findings that the rows test."""
        return tuple(dict.fromkeys(atom.finding for r in self.rows for atom in atoms(r.when)))


@dataclass(frozen=True)
class Time:
    """A length of time; the unit is a UCUM code, ``mo`` or ``d``."""

    value: int
    unit: str = "mo"

    def __str__(self) -> str:
        name = {"mo": "month", "d": "day"}[self.unit]
        return f"{self.value}-{name}"


class Measure(StrEnum):
    """What a published number of a band is."""

    SURVIVAL = "survival"
    """Per cent alive at a time."""
    MORTALITY = "mortality"
    """Per cent dead at a time."""
    MORBIDITY = "complications"
    """Per cent with a complication by a time."""
    MEDIAN_SURVIVAL = "median survival"
    """Months."""
    ODDS_RATIO = "odds ratio of death"
    HAZARD_RATIO = "hazard ratio of death"

    @property
    def is_percent(self) -> bool:
        return self in (Measure.SURVIVAL, Measure.MORTALITY, Measure.MORBIDITY)


@dataclass(frozen=True, eq=False)
class Figure:
    """A published number about the patients of a band."""

    measure: Measure
    value: float
    source: Source
    n: int
    """Patients behind the figure: those of the band, or of the whole study."""
    at: Time | None = None
    """When, counted from where the clock of the score starts; none for a median."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval."""
    remark: str = ""
    whole: bool = False
    """The patients are those of the whole study, for what could be read does not say how many the band has."""


@dataclass(frozen=True, eq=False)
class Validation:
    """How well a score told patients apart, mostly in patients other than those it was made from."""

    measure: str
    """``AUC at 3, 6 and 12 months``, ``right class of survival, %``."""
    value: float | tuple[float, float]
    """A number, or the lowest and highest of several."""
    source: Source
    n: int | None = None
    """Patients; none where what could be read does not say."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval."""
    remark: str = ""
    external: bool = True
    """Patients other than those that the score was made from."""


@dataclass(frozen=True, eq=False)
class Remark:
    """What an answer says with a score where a condition holds, or may hold for what the record says."""

    text: str
    source: Source | None = None
    when: Condition = ALWAYS
    shows: str | None = None
    """A finding whose value is said before the text: a modifier that is not in the points."""
    with_predictions: bool = False
    """Said again with every prediction of the score."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A place where sources disagree, or say nothing, and how it is read here."""

    differ: str
    """What the sources print."""
    read: str
    """What is implemented, and why."""


@dataclass(frozen=True, eq=False)
class Band:
    """A category of totals, from ``low`` to ``high``, both included."""

    code: str
    title: str
    low: Points
    high: Points
    meaning: str
    risk: str
    """Risk within this score, by the codes of FHIR's risk-probability: low, moderate, high."""
    figures: tuple[Figure, ...] = ()
    expected: tuple[float, float] | None = None
    """Months between which the class itself puts survival, such as 12 and 24 for "1 to 2 years"; the second is infinite
    where it names no end. None where the class names no time, or its figures say all that it does."""


class Kind(StrEnum):
    """What a score is about."""

    STABILITY = "stability"
    SURVIVAL = "survival"
    COMPLICATIONS = "complications"
    MALIGNANCY = "malignancy"


class Status(StrEnum):
    """How well the table behind a score is sourced."""

    VERIFIED = "verified"
    """Seen in the paper or its abstract, or in a guideline or calculator that reproduces it."""
    SECONDARY = "secondary"
    """Seen in other sources that reproduce it, and not in the paper."""


ADULTS = Remark("it was made in adults, and the patient is younger than 18", when=below("age", 18))
METASTASES = Remark(
    "it was made for metastases, and this is a primary tumour of the spine",
    when=is_("tumour-origin", "primary", "dumbbell"),
)

OPERATED = Remark(
    "it was made in patients who were operated on, and this one is judged unfit for surgery",
    when=is_("surgical-fitness", "unfit"),
)


@dataclass(frozen=True, eq=False)
class Score:
    """A published score as a table, with its evidence beside it."""

    code: str
    title: str
    kind: Kind
    scope: str
    items: tuple[Item, ...]
    bands: tuple[Band, ...]
    sources: tuple[Source, ...]
    """The publication first, then where the table was read."""
    status: Status
    predicts: str
    """What a band is a statement about."""
    population: str
    """The patients in whom it was made."""
    setting: str
    """The treatment that those patients were given."""
    clock: str
    """What the times of the figures are counted from."""
    limits: tuple[Remark, ...] = (ADULTS, METASTASES)
    """Patients whom it was not made for."""
    validations: tuple[Validation, ...] = ()
    remarks: tuple[Remark, ...] = ()
    readings: tuple[Reading, ...] = ()
    ceiling: Points | None = None
    high_is_good: bool = False
    origins: frozenset[str] = frozenset(("metastatic",))
    """Computed where one of these origins of the tumour is possible."""
    rare: bool = False
    """For a tumour that is not assumed: given only where the record names it, or says what the score reads."""

    def band(self, total: Points) -> Band:
        return next(band for band in self.bands if band.low <= total <= band.high)

    @cached_property
    def cites(self) -> tuple[Source, ...]:
        """Every source behind anything that is said of the score."""
        more = (
            *(r.source for item in self.items for r in item.rows),
            *(figure.source for band in self.bands for figure in band.figures),
            *(validation.source for validation in self.validations),
            *(remark.source for remark in (*self.limits, *self.remarks)),
        )
        return tuple(dict.fromkeys((*self.sources, *(source for source in more if source))))
