"""The section on primary tumours: radiosensitivity, vascularity, and where each score puts each of them."""

from __future__ import annotations

from service import wording
from service.conditions import holds_for
from service.decision.tumours import READINGS, SENSITIVE, TABLE, Tumour
from service.findings import FINDINGS
from service.knowledge.classes import PRIMARY, Column, Way, columns, others, ways
from service.knowledge.document import Gap, Paragraph, Part, Section, Table, Words, cites
from service.knowledge.parts import disagree
from service.text import partition, phrase, series

NO_SOURCE = "no source"
_INTRODUCTION = (
    "Radiosensitivity is that to conventional external beam radiotherapy (cEBRT). Where no source that could be "
    "checked gives a cell, it says so, and what reads it stays open. NOMS knows two classes: favourable and "
    "intermediate count as sensitive there."
)
_POINTS = (
    "The points are read off the tables of the scores. Where several items read the tumour they are added up; a "
    'finding that moves it is named; "no source" means that every number in brackets stays possible.'
)


def section() -> Section:
    return Section(
        "tumours",
        "Primary tumours",
        (
            Paragraph((_INTRODUCTION,)),
            Table(
                "Radiosensitivity and vascularity, each with its sources",
                (("Primary tumour",), ("Radiosensitivity",), ("In NOMS",), ("Vascularity",), ("Sources",)),
                tuple(map(_properties, TABLE)),
            ),
            Paragraph(_how_the_points_are_read()),
            Table(
                "Points by primary tumour, with the source of each column",
                (("Primary tumour",), *map(_head, columns())),
                tuple(map(_placed, TABLE)),
            ),
        ),
        disagree("tumours", READINGS),
    )


def said(every: tuple[Way, ...]) -> Words:
    """``1 slow``; ``no source (0 or 3)``; ``0 slow with hormone-dependent tumour, 2 moderate without``."""
    if len(every) == 1:
        return (_points(every[0]),)
    parts: list[Part] = []
    for way in every:
        parts += [", "] if parts else []
        parts += [_points(way), phrase(" {answers}", answers=_answers(way))]
    return tuple(parts)


def _points(way: Way) -> Part:
    if way.source is None:
        return Gap(phrase("no source ({points})", points=wording.points(way.points)))
    group = [partition(label, ":")[0] for label in way.labels if ":" in label]
    return series(" ", (wording.points(way.points), *group))


def _answers(way: Way) -> str:
    titles = ((wording.in_sentence(FINDINGS[code].title), yes) for code, yes in way.when)
    return series(" and ", (phrase("with {finding}", finding=title) if yes else "without" for title, yes in titles))


def _head(column: Column) -> Words:
    return cites(tuple(score.sources[0] for score in column.scores))


def name(tumour: Tumour) -> str:
    return FINDINGS[PRIMARY].label(tumour.code)


def _properties(tumour: Tumour) -> tuple[Words, ...]:
    sensitive = holds_for(SENSITIVE, {PRIMARY: tumour.code})
    classed: tuple[Words, ...] = (
        ((tumour.radiosensitivity,), ("sensitive" if sensitive else "resistant",))
        if tumour.sources
        else ((Gap(tumour.radiosensitivity),), (Gap("open"),))
    )
    vascularity: Words = ("hypervascular",) if tumour.hypervascular else (Gap(NO_SOURCE),)
    return ((name(tumour),), *classed, vascularity, _sources(tumour))


def _sources(tumour: Tumour) -> Words:
    found: Words = cites(tumour.sources) or (Gap(NO_SOURCE),)
    return (*found, "; vascularity: ", *cites(tumour.hypervascular)) if tumour.hypervascular else found


def _placed(tumour: Tumour) -> tuple[Words, ...]:
    return ((name(tumour),), *(said(ways(tumour.code, column)) for column in columns()))


def _how_the_points_are_read() -> Words:
    """What the second table says, with the scores in which a tumour has no points of its own."""
    shared = wording.listed((score.title for score in others()), "and")
    own = " In {scores} a tumour has no points of its own: it is read together with other findings."
    return (_POINTS, *((phrase(own, scores=shared),) if shared else ()))
