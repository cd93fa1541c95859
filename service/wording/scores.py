"""How scores are said: points, classes, published figures, validity."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from service.findings import FINDINGS
from service.scoring.model import Band, Figure, Measure, Score, Validation
from service.scoring.results import ItemResult, OnBoundary, Result, Said
from service.scoring.sources import Source
from service.text import phrase, series
from service.wording.findings import values_of
from service.wording.names import listed

_FEW = 4


def number(value: float) -> str:
    """``3``, ``1.5``, ``-1``."""
    return f"{value:g}"


@lru_cache(maxsize=4096)
def points(found: frozenset[float]) -> str:
    """``3``, ``1 or 2``, ``0, 1 or 3``, ``-10 to 0``."""
    known = sorted(found)
    if len(known) > _FEW:
        return totals(known)
    return listed(number(p) for p in known)


@lru_cache(maxsize=8192)
def row(item: ItemResult) -> str:
    """The line of the table that gives the points, or why they are not exact."""
    if len(item.points) == 1:
        said = next(r.label for r in item.item.rows if item.points == set(r.points))
    elif item.unplaced:
        said = "no source gives the points"
    elif not item.said:
        return "not in the record"
    else:
        labels = [r.label for r in item.item.rows if len(r.points) == 1 and item.points.issuperset(r.points)]
        said = series(" / ", labels) if len(labels) != 1 else labels[0]
    if not item.derived_from:
        return said
    origins = listed((FINDINGS[code].title for code in item.derived_from), "and")
    return phrase("{row} (worked out from {findings})", row=said, findings=origins)


def total(result: Result) -> str:
    return totals(result.totals)


def totals(found: Collection[float]) -> str:
    """``4``, ``2 to 5``."""
    return _from_to(min(found), max(found))


@lru_cache(maxsize=4096)
def _from_to(low: float, high: float) -> str:
    return number(low) if low == high else phrase("{low} to {high}", low=number(low), high=number(high))


def bands(result: Result) -> str:
    return meaning(result.bands)


@lru_cache(maxsize=1024)
def meaning(bands_: tuple[Band, ...]) -> str:
    """What several bands mean: ``stable or indeterminate``."""
    return listed(band.meaning for band in bands_)


def _study(source: Source, n: int | None, remark: str, *, whole: bool = False) -> str:
    said: str = str(source)
    if n is not None:
        said = phrase("{study}, n = {n} in all" if whole else "{study}, n = {n}", study=said, n=n)
    return phrase("({study}; {remark})" if remark else "({study})", study=said, remark=remark)


def _interval(said: str, interval: tuple[float, float] | None, template: str) -> str:
    """A value with its interval, where there is one."""
    if not interval:
        return said
    low, high = map(number, interval)
    bounds = phrase(template, number=phrase("{low}-{high}", low=low, high=high))
    return phrase("{value}, 95 % interval {interval}", value=said, interval=bounds)


@lru_cache(maxsize=8192)
def figure(figure_: Figure) -> str:
    """``12-month survival 91 % (Katagiri et al. 2014, n = 808)``."""
    return phrase("{figure} {study}", figure=_figure(figure_), study=_study_of(figure_))


def _study_of(figure_: Figure) -> str:
    return _study(figure_.source, figure_.n, figure_.remark, whole=figure_.whole)


def _figure(figure_: Figure) -> str:
    """``12-month survival 91 %``."""
    template = "{number}"
    if figure_.measure.is_percent:
        template = "{number} %"
    elif figure_.measure is Measure.MEDIAN_SURVIVAL:
        template = "{number} months"
    value = _interval(phrase(template, number=number(figure_.value)), figure_.interval, template)
    return phrase("{measure} {value}", measure=measured(figure_), value=value)


def measured(figure_: Figure) -> str:
    """``12-month survival``, ``median survival``."""
    measure = str(figure_.measure)
    if not figure_.at or not figure_.measure.is_percent:
        return measure
    time = "{number}-month" if figure_.at.unit == "mo" else "{number}-day"
    return phrase("{time} {measure}", time=phrase(time, number=figure_.at.value), measure=measure)


@lru_cache(maxsize=8192)
def figures(band: Band) -> str:
    """All figures of a band; what comes from one study names it once."""
    grouped: dict[str, list[str]] = {}
    for each in band.figures:
        grouped.setdefault(_study_of(each), []).append(_figure(each))
    return series(
        "; ",
        (phrase("{figure} {study}", figure=series(", ", texts), study=study) for study, texts in grouped.items()),
    )


@lru_cache(maxsize=8192)
def validation(validation_: Validation) -> str:
    """``AUC at 3, 6 and 12 months 0.79 to 0.81 (Bindels et al. 2025, n = 953)``."""
    value = validation_.value
    said = totals(value) if isinstance(value, tuple) else number(value)
    study = _study(validation_.source, validation_.n, validation_.remark)
    told = phrase("{figure} {study}", figure=_interval(said, validation_.interval, "{number}"), study=study)
    return phrase("{measure}: {value}", measure=validation_.measure, value=told)


@lru_cache(maxsize=256)
def validations(score: Score, *, external: bool = False) -> str:
    """How a score did, in one line; with ``external``, in other patients than its own where there are such."""
    every = score.validations
    chosen = [v for v in every if v.external] if external else []
    return series("; ", (validation(v) for v in chosen or every))


@lru_cache(maxsize=4096)
def remark(said: Said) -> str:
    """A remark with what it shows of the record."""
    text = said.remark.text
    if said.remark.shows is None:
        return text
    shows = said.remark.shows
    return phrase(
        "{finding}: {values}. {text}", finding=FINDINGS[shows].title, values=values_of(shows, said.shown), text=text
    )


@lru_cache(maxsize=1024)
def outside(said: Said) -> str:
    template = "Outside its validity: {text}." if said.certain else "Perhaps outside its validity: {text}."
    return phrase(template, text=said.remark.text)


def boundary(on: OnBoundary) -> str:
    """The total by the other reading of a value on a boundary."""
    return phrase(
        "{item}: {text}. With {points} points there, the total is {total} ({meaning}).",
        item=on.item.title,
        text=on.boundary.text,
        points=number(on.boundary.points),
        total=totals(on.totals),
        meaning=listed(band.meaning for band in on.bands),
    )


def made_in(score: Score) -> str:
    return phrase(
        "Made in: {population}. Treatment: {setting}. Predicts: {predicts}. Times are counted {clock}.",
        population=score.population,
        setting=score.setting,
        predicts=score.predicts,
        clock=score.clock,
    )
