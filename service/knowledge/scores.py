"""The sections on the scores: each as its paper prints it, with how it is read and all that is known of it."""

from __future__ import annotations

from service import wording
from service.findings import LESION
from service.knowledge import evidence
from service.knowledge.document import (
    Bullets,
    Cite,
    Code,
    Facts,
    Gap,
    Link,
    Paragraph,
    Section,
    Table,
    Words,
    cite,
    cites,
)
from service.knowledge.gaps import without_a_line
from service.knowledge.parts import bullets, disagree
from service.knowledge.read_as import read_as
from service.scoring import SCORES
from service.scoring.model import Item, Remark, Score, Status
from service.text import phrase

STATUS = {
    Status.VERIFIED: "seen in the paper or its abstract, or in a guideline or calculator that reproduces it",
    Status.SECONDARY: "seen in other sources that reproduce it, and not in the paper",
}
_NO_LINE = "no line in the table"


def overview() -> Section:
    heads = ("Score", "Code", "Kind", "Range", "Table", "Source", "Predicts", "Treatment of its patients")
    rows = tuple(
        words_of(
            Link(score.title, score.code),
            Code(score.code),
            score.kind.value,
            _range(score),
            score.status.value,
            Cite(score.sources[0]),
            score.predicts,
            score.setting,
        )
        for score in SCORES
    )
    kinds = tuple((phrase("{text}.", text=_status(status)),) for status in STATUS)
    return Section(
        "overview",
        "Overview",
        (
            Paragraph(
                (
                    "Every table below is made from the data that computes. A missing input makes a range and never a "
                    "zero, for zero is a real value in every score here; a cell that no source fills stays open.",
                )
            ),
            Table("The scores", tuple((head,) for head in heads), rows),
            Paragraph(("A table is:",)),
            Bullets(kinds),
            Paragraph(
                (
                    "Survival figures are of groups, mostly treated before today's systemic therapy; none of the "
                    "models says how long one person will live. They count from different days and are never averaged.",
                )
            ),
        ),
    )


def words_of(*cells: str | Link | Code | Cite) -> tuple[Words, ...]:
    return tuple((cell,) for cell in cells)


def span(low: float, high: float) -> str:
    """``0-18``, ``3``, ``-11 to 12.5``."""
    if low == high:
        return wording.number(low)
    template = "{low} to {high}" if low < 0 else "{low}-{high}"
    return phrase(template, low=wording.number(low), high=wording.number(high))


def sections() -> tuple[Section, ...]:
    return tuple(map(section, SCORES))


def section(score: Score) -> Section:
    return Section(
        score.code,
        score.title,
        (_facts(score),),
        (
            Section(f"{score.code}-items", "Items", (_items(score), *_boundaries(score))),
            Section(f"{score.code}-bands", "Bands", evidence.bands(score)),
            *evidence.validations(score),
            *_remarks(f"{score.code}-limits", "Not made for", score.limits),
            *_remarks(f"{score.code}-remarks", "Remarks", score.remarks),
            *disagree(score.code, score.readings),
        ),
    )


def _facts(score: Score) -> Facts:
    first, *more = score.sources
    pairs: list[tuple[str, Words]] = [
        ("Code", (Code(score.code),)),
        ("Predicts", (score.predicts,)),
        ("Range", (_range(score),)),
        ("Scored for", ("each lesion" if score.scope == LESION else "the patient",)),
        ("Tumours", (wording.listed(sorted(score.origins)),)),
        ("Made in", (score.population,)),
        ("Treatment", (score.setting,)),
        ("Times", (score.clock,)),
        ("Published in", (str(first), *cite(first))),
        ("Table", (_status(score.status),)),
    ]
    if more:
        pairs.append(("Further sources", cites(tuple(more))))
    if score.ceiling is not None:
        pairs.append(("Ceiling", (phrase("the sum is capped at {number}", number=wording.number(score.ceiling)),)))
    if score.rare:
        pairs.append(("Given", ("only where the record names such a tumour, or says what the score reads",)))
    return Facts(tuple(pairs))


def _range(score: Score) -> str:
    template = "{range}, high is good" if score.high_is_good else "{range}, low is good"
    return phrase(template, range=span(score.bands[0].low, score.bands[-1].high))


def _status(status: Status) -> str:
    return phrase("{name}: {meaning}", name=status.value, meaning=STATUS[status])


def _items(score: Score) -> Table:
    return Table(
        phrase("{score}: items", score=score.title),
        (("Item",), ("Points",), ("Line of the table",), ("Read as",)),
        tuple(row for item in score.items for row in _rows(item)),
        frozenset((1,)),
    )


def _rows(item: Item) -> tuple[tuple[Words | None, ...], ...]:
    """The lines of an item, read from the top; the values that have none come last."""
    rows: list[tuple[Words | None, ...]] = [
        (
            None,
            (wording.points(row.points),),
            (row.label if len(row.points) == 1 else Gap(row.label), *cite(row.source)),
            (read_as(row.when),),
        )
        for row in item.rows
    ]
    gap = without_a_line(item)
    if gap:
        rows.append((None, (wording.points(item.points),), (Gap(_NO_LINE),), (gap,)))
    first, *rest = rows
    return (((item.title,), *first[1:]), *rest)


def _boundaries(score: Score) -> tuple[Table, ...]:
    rows: tuple[tuple[Words, ...], ...] = tuple(
        ((item.title,), (read_as(boundary.when),), (wording.number(boundary.points),), (boundary.text,))
        for item in score.items
        for boundary in item.boundaries
    )
    head = (("Item",), ("Value",), ("Points by the other source",), ("Why",))
    return (Table("Values on a boundary, where both totals are shown", head, rows, frozenset((2,))),) if rows else ()


def _remarks(name: str, heading: str, remarks: tuple[Remark, ...]) -> tuple[Section, ...]:
    return (Section(name, heading, (bullets(remarks),)),) if remarks else ()
