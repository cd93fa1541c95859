"""The parts of a score on its evidence: bands with their figures, and how it did in patients."""

from __future__ import annotations

from service import wording
from service.knowledge.document import Block, Cite, Paragraph, Section, Table, Words
from service.scoring.model import Band, Figure, Measure, Score, Time, Validation
from service.text import phrase

_UNITS = {"mo": "{number} months", "d": "{number} days"}
_NO_FIGURE = "No figure that is published for these bands could be verified, so none is given."


def bands(score: Score) -> tuple[Block, ...]:
    rows: tuple[tuple[Words, ...], ...] = tuple(
        ((band.title,), (_totals(band),), (band.risk,), (band.meaning,)) for band in score.bands
    )
    table = Table(
        phrase("{score}: bands", score=score.title),
        (("Band",), ("Points",), ("Risk",), ("Meaning",)),
        rows,
        frozenset((1,)),
    )
    return (table, *_figures(score))


def validations(score: Score) -> tuple[Section, ...]:
    if not score.validations:
        return ()
    table = validation_table(score.title, score.validations)
    return (Section(f"{score.code}-validations", "How well it did", (table,)),)


def validation_table(title: str, found: tuple[Validation, ...]) -> Table:
    """How a model did, study by study."""
    head = ("Measure", "Value", "95 % interval", "n", "Study", "Patients", "Remark")
    caption = phrase("{model}: how well it told patients apart", model=title)
    return Table(caption, tuple((each,) for each in head), tuple(map(_validation, found)), frozenset((1, 3)))


def _totals(band: Band) -> str:
    return wording.totals((band.low, band.high))


def _figures(score: Score) -> tuple[Block, ...]:
    rows = tuple(row for band in score.bands for row in _rows(band))
    if not rows:
        return (Paragraph((_NO_FIGURE,)),)
    head = ("Band", "Figure", "At", "Value", "95 % interval", "n", "Study", "Remark")
    caption = phrase("{score}: published figures; times are counted {clock}", score=score.title, clock=score.clock)
    return (Table(caption, tuple((each,) for each in head), rows, frozenset((3, 5))),)


def _rows(band: Band) -> tuple[tuple[Words | None, ...], ...]:
    rows: list[tuple[Words | None, ...]] = [_figure(each) for each in band.figures]
    return (((band.title,), *rows[0][1:]), *rows[1:]) if rows else ()


def _figure(figure: Figure) -> tuple[Words | None, ...]:
    return (
        None,
        (figure.measure.value,),
        (_at(figure.at),),
        (_value(figure),),
        (_interval(figure.interval),),
        (phrase("{n} in all", n=figure.n) if figure.whole else str(figure.n),),
        (Cite(figure.source),),
        (figure.remark or "-",),
    )


def _value(figure: Figure) -> str:
    value = wording.number(figure.value)
    if figure.measure.is_percent:
        return phrase("{number} %", number=value)
    return phrase("{number} months", number=value) if figure.measure is Measure.MEDIAN_SURVIVAL else value


def _at(time: Time | None) -> str:
    return phrase(_UNITS[time.unit], number=time.value) if time else "-"


def _interval(interval: tuple[float, float] | None) -> str:
    low, high = map(wording.number, interval or (0, 0))
    return phrase("{low} to {high}", low=low, high=high) if interval else "-"


def _validation(validation: Validation) -> tuple[Words, ...]:
    value = validation.value
    return (
        (validation.measure,),
        (_interval(value) if isinstance(value, tuple) else wording.number(value),),
        (_interval(validation.interval),),
        (str(validation.n) if validation.n is not None else "not said",),
        (Cite(validation.source),),
        ("others" if validation.external else "its own",),
        (validation.remark or "-",),
    )
