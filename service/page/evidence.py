"""The points of every score item by item, and on demand where each comes from: resource, date, and what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.evidence import Evidence, Statement
from service.findings import FINDINGS
from service.page.spine import anchor
from service.scoring.model import Score, Status
from service.scoring.results import ItemResult, Result


@dataclass(frozen=True)
class Saying:
    """What one resource says of a finding."""

    value: str
    source: str
    """The reference of the resource, as the record has it; empty for what the caller declared."""
    kind: str
    """The type of the resource."""
    date: str
    superseded: bool
    """Whether a later one took its place."""


@dataclass(frozen=True)
class Ground:
    """A finding that an item reads, and what the record says of it."""

    finding: str
    title: str
    value: str
    conflict: bool
    derived_from: tuple[str, ...]
    """The findings that it was worked out from."""
    sayings: tuple[Saying, ...]


@dataclass(frozen=True)
class Line:
    """An item with its points."""

    title: str
    points: str
    words: str
    """The line of the table, or why there is none."""
    known: bool
    grounds: tuple[Ground, ...]


@dataclass(frozen=True)
class Class:
    """A band, with what is published of its patients."""

    title: str
    meaning: str
    figures: str
    possible: bool


@dataclass(frozen=True)
class Points:
    """A score item by item."""

    code: str
    id: str
    title: str
    name: str
    total: str
    settled: bool
    lesion: Lesion | None
    lines: tuple[Line, ...]
    classes: tuple[Class, ...]
    remarks: tuple[str, ...]
    made_in: str
    validation: str
    sources: tuple[tuple[str, str], ...]
    """Publications, each with its address or nothing."""
    secondary: bool
    """Whether the table was seen only in sources that reproduce it."""


def points(assessment: Assessment) -> tuple[Points, ...]:
    """One for each result, in their order."""
    return tuple(_points(assessment, result) for result in assessment.results)


def of_lesion(every: Iterable[Points], lesion: Lesion | None) -> tuple[Points, ...]:
    """Those of a lesion, or of the patient."""
    return tuple(each for each in every if each.lesion is lesion)


def _points(assessment: Assessment, result: Result) -> Points:
    score = result.score
    return Points(
        code=score.code,
        id=f"points-{anchor(result.lesion)}-{score.code}",
        title=score.title,
        name=wording.model(score),
        total=wording.total(result),
        settled=result.settled,
        lesion=result.lesion,
        lines=tuple(_line(assessment, result.lesion, item) for item in result.items),
        classes=tuple(
            Class(band.title, band.meaning, wording.figures(band), band in result.bands) for band in score.bands
        ),
        remarks=tuple(_remarks(result)),
        made_in=wording.made_in(score),
        validation=wording.validations(score, external=True),
        sources=_sources(score),
        secondary=score.status is Status.SECONDARY,
    )


def _remarks(result: Result) -> Iterator[str]:
    yield from map(wording.outside, result.outside)
    yield from map(wording.boundary, result.boundaries)
    yield from map(wording.remark, result.remarks)


def _sources(score: Score) -> tuple[tuple[str, str], ...]:
    return tuple((str(source), source.url) for source in score.sources)


def _line(assessment: Assessment, lesion: Lesion | None, item: ItemResult) -> Line:
    return Line(
        item.item.title,
        wording.points(item.points),
        wording.row(replace(item, derived_from=())),
        len(item.points) == 1,
        tuple(_grounds(assessment, lesion, item)),
    )


def _grounds(assessment: Assessment, lesion: Lesion | None, item: ItemResult) -> Iterator[Ground]:
    case = assessment.case
    for finding in item.item.reads:
        about = case.about(finding, lesion)
        if about.statements:
            yield Ground(
                finding,
                FINDINGS[finding].title,
                wording.values_of(finding, about.values),
                about.conflict,
                tuple(FINDINGS[code].title for code in about.derived_from),
                tuple(_sayings(assessment, about)),
            )


def _sayings(assessment: Assessment, about: Evidence) -> Iterator[Saying]:
    for statements, superseded in ((about.statements, False), (about.superseded, True)):
        for statement in statements:
            yield _saying(assessment, statement, superseded=superseded)


def _saying(assessment: Assessment, statement: Statement, *, superseded: bool) -> Saying:
    source = statement.source
    return Saying(
        # What was worked out from another finding names that finding, and what the resource said of it.
        wording.known(statement.finding, statement.values),
        source,
        assessment.inputs.get(source, ""),
        statement.when.text,
        superseded,
    )
