"""How scores are said: points, classes, published figures, validity."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from service.decision.prognosis import Outlook
from service.findings import FINDINGS
from service.scoring.engine import ItemResult, OnBoundary, Result, Said
from service.scoring.model import Band, Figure, Measure, Score, Validation
from service.scoring.sources import Source
from service.wording.findings import values_of
from service.wording.names import at, listed

_FEW = 4


def modelled(outlook: Outlook) -> str:
    """The title of the model, with the lesion that it is of."""
    return f"{outlook.score.title}{at(outlook.result.lesion)}"


def number(value: float) -> str:
    """``3``, ``1.5``, ``-1``."""
    return f"{value:g}"


def points(found: Iterable[float]) -> str:
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
        said = " / ".join(r.label for r in item.item.rows if len(r.points) == 1 and item.points.issuperset(r.points))
    if not item.derived_from:
        return said
    return f"{said} (worked out from {listed((FINDINGS[code].title for code in item.derived_from), 'and')})"


def total(result: Result) -> str:
    return totals(result.totals)


def totals(found: Iterable[float]) -> str:
    """``4``, ``2 to 5``."""
    known = [*found]
    low, high = min(known), max(known)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def bands(result: Result) -> str:
    return listed(band.meaning for band in result.bands)


def _study(source: Source, n: int | None, remark: str, *, whole: bool = False) -> str:
    patients = (f", n = {n}" if n is not None else "") + (" in all" if whole else "")
    return f"({source}{patients}{f'; {remark}' if remark else ''})"


def _interval(interval: tuple[float, float] | None, unit: str) -> str:
    return f", 95 % interval {number(interval[0])}-{number(interval[1])}{unit}" if interval else ""


@lru_cache(maxsize=8192)
def figure(figure_: Figure) -> str:
    """``12-month survival 91 % (Katagiri et al. 2014, n = 808)``."""
    unit = " %" if figure_.measure.is_percent else " months" if figure_.measure is Measure.MEDIAN_SURVIVAL else ""
    at = f"{figure_.at} " if figure_.at and figure_.measure.is_percent else ""
    study = _study(figure_.source, figure_.n, figure_.remark, whole=figure_.whole)
    return f"{at}{figure_.measure} {number(figure_.value)}{unit}{_interval(figure_.interval, unit)} {study}"


@lru_cache(maxsize=8192)
def figures(band: Band) -> str:
    """All figures of a band; what comes from one study names it once."""
    grouped: dict[str, list[str]] = {}
    for each in band.figures:
        study = _study(each.source, each.n, each.remark, whole=each.whole)
        grouped.setdefault(study, []).append(figure(each).removesuffix(f" {study}"))
    return "; ".join(f"{', '.join(texts)} {study}" for study, texts in grouped.items())


@lru_cache(maxsize=8192)
def validation(validation_: Validation) -> str:
    """``AUC at 3, 6 and 12 months 0.79 to 0.81 (Bindels et al. 2025, n = 953)``."""
    value = validation_.value
    said = f"{number(value[0])} to {number(value[1])}" if isinstance(value, tuple) else number(value)
    study = _study(validation_.source, validation_.n, validation_.remark)
    return f"{validation_.measure}: {said}{_interval(validation_.interval, '')} {study}"


def validations(score: Score, *, external: bool = False) -> str:
    """How a score did, in one line; with ``external``, in other patients than its own where there are such."""
    every = score.validations
    chosen = [v for v in every if v.external] if external else []
    return "; ".join(validation(v) for v in chosen or every)


def remark(said: Said) -> str:
    """A remark with what it shows of the record."""
    text = said.remark.text
    if said.remark.shows is None:
        return text
    return f"{FINDINGS[said.remark.shows].title}: {values_of(said.remark.shows, said.shown)}. {text}"


def outside(said: Said) -> str:
    return f"{'Outside' if said.certain else 'Perhaps outside'} its validity: {said.remark.text}."


def boundary(on: OnBoundary) -> str:
    """The total by the other reading of a value on a boundary."""
    return (
        f"{on.item.title}: {on.boundary.text}. With {number(on.boundary.points)} points there, the total is "
        f"{totals(on.totals)} ({listed(band.meaning for band in on.bands)})."
    )


def made_in(score: Score) -> str:
    return (
        f"Made in: {score.population}. Treatment: {score.setting}. Predicts: {score.predicts}. "
        f"Times are counted {score.clock}."
    )
