"""Survival by every model on one axis of time: published figures as points, and never a curve between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from service import wording
from service.assessment import Assessment
from service.decision.prognosis import HORIZONS, Outlook, Prognosis
from service.page.spine import anchor
from service.policy import Policy
from service.scoring.model import Band, Figure, Measure
from service.summary import prognosis as in_words
from service.text import phrase, series

MONTHS = 24
"""How far the axis of time goes."""
_HALF = 50.0
_DAYS_PER_MONTH = 365.25 / 12
_SOON = 5
"""Months that a number takes on the axis."""
_SHAPES = ("circle", "square", "triangle", "diamond")
_NEAR = 11.0
"""Per cent by which two points at one time have to differ, or their numbers stand on either side."""


@dataclass(frozen=True)
class Point:
    """A published share of patients alive at a time."""

    months: float
    alive: float
    label: str
    interval: tuple[float, float] | None = None
    before: bool = False
    """Its number stands before it, for another point is near."""

    @property
    def at(self) -> float:
        """Its place on the axis, in per cent."""
        return round(100 * self.months / MONTHS, 2)


@dataclass(frozen=True)
class Stretch:
    """Months between which a median lies."""

    low: float
    high: float
    label: str
    """Empty for what the class itself expects within the axis."""
    before: bool = False
    """Its words stand before it, where there is room."""

    @property
    def left(self) -> float:
        return round(100 * min(self.low, MONTHS) / MONTHS, 2)

    @property
    def right(self) -> float:
        return round(100 * min(self.high, MONTHS) / MONTHS, 2)

    @property
    def open_end(self) -> bool:
        """Whether it goes on beyond the axis."""
        return self.high > MONTHS

    @property
    def beyond(self) -> bool:
        """Whether all of it is beyond the axis."""
        return self.low >= MONTHS

    @property
    def exact(self) -> bool:
        return self.low == self.high


@dataclass(frozen=True)
class Course:
    """What is published of the patients of a class that is possible."""

    title: str
    meaning: str
    tone: str
    shape: str
    points: tuple[Point, ...]
    stretches: tuple[Stretch, ...]
    corridor: tuple[tuple[float, float, float, float], ...]
    """Between two points the curve runs somewhere in a box: left, top, width, height, in per cent. Only of a class that
    is settled: boxes over boxes say nothing."""
    figures: str
    """The published figures with their studies; empty where there are none."""


@dataclass(frozen=True)
class Model:
    code: str
    title: str
    name: str
    total: str
    counts: bool
    """Whether it answers for the plan."""
    courses: tuple[Course, ...]
    answers: tuple[tuple[int, str], ...]
    """Months, and ``yes``, ``no`` or ``?``."""
    warnings: tuple[str, ...]
    clock: str
    anchor: str

    @property
    def text(self) -> str:
        """The picture in words."""
        answers = series(", ", (phrase("{months} months: {answer}", months=m, answer=a) for m, a in self.answers))
        return phrase("{model}: likely to live longer than {answers}", model=self.title, answers=answers)


@dataclass(frozen=True)
class Survival:
    head: str
    """The answer that counts, in a sentence."""
    models: tuple[Model, ...]
    judged: tuple[tuple[int, str], ...]
    """The answers of a clinician's estimate, which counts before any model; empty where there is none."""
    silent: str
    """The models for which the record is too open; empty where there are none."""
    contrary: tuple[str, ...]
    """Months at which other models are certain of the contrary."""

    @property
    def months(self) -> tuple[str, ...]:
        """The times that the question is put for."""
        return tuple(phrase("{n} months", n=months) for months in HORIZONS)


def survival(assessment: Assessment) -> Survival | None:
    """Every model that says anything of time; None where no prognosis is given."""
    found = assessment.plan.prognosis
    if found is None:
        return None
    shown = [o for o in found.models if _counts(found, o) or any(a != "?" for _, a in _answers(o))]
    silent = dict.fromkeys(wording.model(o.score) for o in found.models if o not in shown)
    shown.sort(key=lambda outlook: not _counts(found, outlook))
    return Survival(
        head=in_words(found),
        models=tuple(_model(outlook, assessment.policy, counts=_counts(found, outlook)) for outlook in shown),
        judged=_answers(found) if found.judged else (),
        silent=phrase("The record is too open for {models}.", models=wording.listed(silent, "and")) if silent else "",
        contrary=tuple(_contrary(found)),
    )


def _counts(found: Prognosis, outlook: Outlook) -> bool:
    return outlook is found.lead and not found.judged


def _answers(found: Outlook | Prognosis) -> tuple[tuple[int, str], ...]:
    words = {True: "yes", False: "no", None: "?"}
    return tuple((months, words[found.outlives(months)]) for months in HORIZONS)


def _contrary(found: Prognosis) -> Iterator[str]:
    for months in HORIZONS:
        against = dict.fromkeys(wording.model(outlook.score) for outlook in found.disagreeing(months))
        if against:
            names = wording.listed(against, "and")
            yield phrase("At {months} months the contrary is said by {models}.", months=months, models=names)


def _model(outlook: Outlook, policy: Policy, *, counts: bool) -> Model:
    result = outlook.result
    courses = [_course(band, n, alone=result.settled) for n, band in enumerate(result.bands)]
    return Model(
        code=outlook.score.code,
        title=wording.modelled(outlook),
        name=wording.model(outlook.score),
        total=wording.total(result),
        counts=counts,
        courses=tuple(_apart(courses)),
        answers=_answers(outlook),
        warnings=(*map(wording.outside, result.outside), *wording.site_notes(result, policy.recalibrations)),
        clock=outlook.score.clock,
        anchor=anchor(outlook.lesion),
    )


def _course(band: Band, n: int, *, alone: bool) -> Course:
    points = tuple(sorted(_points(band.figures), key=lambda point: (point.months, -point.alive)))
    stretches = tuple(_stretches(band))
    return Course(
        band.title,
        band.meaning,
        band.risk,
        _SHAPES[n % len(_SHAPES)],
        points,
        stretches,
        tuple(_corridor(points, stretches)) if alone else (),
        wording.figures(band),
    )


def _points(figures: Iterable[Figure]) -> Iterator[Point]:
    for figure in figures:
        if figure.at is None or figure.measure not in (Measure.SURVIVAL, Measure.MORTALITY):
            continue
        months = figure.at.value if figure.at.unit == "mo" else figure.at.value / _DAYS_PER_MONTH
        dead = figure.measure is Measure.MORTALITY
        alive = 100 - figure.value if dead else figure.value
        interval = figure.interval
        if interval is not None and dead:
            interval = (100 - interval[1], 100 - interval[0])
        if months <= MONTHS:
            yield Point(months, alive, phrase("{percent} %", percent=wording.number(round(alive, 1))), interval)


def _stretches(band: Band) -> Iterator[Stretch]:
    for figure in band.figures:
        if figure.measure is Measure.MEDIAN_SURVIVAL:
            label = phrase("median {months}", months=wording.number(figure.value))
            yield Stretch(figure.value, figure.value, label)
    if band.expected is not None:
        low, high = band.expected
        yield Stretch(low, high, phrase("over {months}", months=wording.number(low)) if low >= MONTHS else "")


def _corridor(points: Iterable[Point], stretches: Iterable[Stretch]) -> Iterator[tuple[float, float, float, float]]:
    """The boxes that a curve through the points has to run in, as the number alive only falls.

    None where studies contradict each other.
    """
    known = [(point.months, point.alive) for point in points]
    known += [(each.low, _HALF) for each in stretches if each.exact and each.high <= MONTHS]
    known.sort(key=lambda each: (each[0], -each[1]))
    if not known or any(later[1] > earlier[1] for earlier, later in pairwise(known)):
        return
    known.insert(0, (0.0, 100.0))
    for (start, above), (end, below) in pairwise(known):
        if end > start:
            yield (
                round(100 * start / MONTHS, 2),
                round(100 - above, 2),
                round(100 * (end - start) / MONTHS, 2),
                round(above - below, 2),
            )


def _apart(courses: list[Course]) -> Iterator[Course]:
    """Numbers of points that are near at one time stand on either side."""
    every = [(point.months, point.alive) for course in courses for point in course.points]
    for course in courses:
        yield replace(
            course,
            points=tuple(replace(point, before=_is_low(point, every)) for point in course.points),
            stretches=tuple(replace(each, before=_is_crowded(each, every)) for each in course.stretches),
        )


def _is_low(point: Point, every: Iterable[tuple[float, float]]) -> bool:
    """Whether it is the lower of two near ones, or at the end of the axis."""
    near = (months == point.months and 0 < alive - point.alive < _NEAR for months, alive in every)
    return point.months == MONTHS or any(near)


def _is_crowded(stretch: Stretch, every: Iterable[tuple[float, float]]) -> bool:
    """Whether what stands after a median is a point near it, or the end of the axis."""
    if stretch.low > MONTHS * 0.7:
        return True
    return any(0 <= months - stretch.low < _SOON and abs(alive - _HALF) < 2 * _NEAR for months, alive in every)
