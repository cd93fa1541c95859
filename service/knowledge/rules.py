"""How the rules of the plan are said, whatever they are about: rows, notes, bars and checklists as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service import wording
from service.conditions import Condition
from service.decision.model import Bar, Checklist, Note, Row, Urgency
from service.knowledge.document import Block, Cite, Gap, Paragraph, Section, Table, Words, cite
from service.knowledge.names import glossary, said
from service.knowledge.parts import disagree
from service.knowledge.read_as import TITLES
from service.scoring.model import Reading
from service.scoring.sources import Source
from service.text import phrase, series

OWN = "none: a rule of this project"
HOW_SOON = {Urgency.STAT: "at once", Urgency.URGENT: "urgent", Urgency.ROUTINE: ""}
BY_DEFAULT = (
    "What depends on the policy is shown as the default policy has it. A row that may hold is given as a possibility, "
    'with what it depends on; where the last column says "if told", only if the record speaks of each of these.'
)


@dataclass(frozen=True)
class Chapter:
    """A section on rules: what it says first, and the rules in it."""

    id: str
    title: str
    about: Words
    tables: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    """Rows under the caption that says of what they are."""
    notes: tuple[Note, ...] = ()
    bars: tuple[Bar, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    readings: tuple[Reading, ...] = ()
    more: tuple[Section, ...] = ()
    """What stands before the rules."""
    also: tuple[Condition, ...] = ()
    """The conditions that are said there."""

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for _, rows in self.tables for row in rows)


def section(chapter: Chapter) -> Section:
    parts: list[Section] = [*chapter.more]
    if chapter.tables:
        tables = tuple(row_table(caption, rows) for caption, rows in chapter.tables)
        parts.append(Section(f"{chapter.id}-rules", "Rules", (Paragraph((BY_DEFAULT,)), *tables)))
    if chapter.checklists:
        blocks = tuple(block for checklist in chapter.checklists for block in criteria(checklist))
        parts.append(Section(f"{chapter.id}-criteria", "Criteria", blocks))
    if chapter.bars:
        parts.append(Section(f"{chapter.id}-bars", "Contraindications", (bar_table(chapter.title, chapter.bars),)))
    if chapter.notes:
        parts.append(Section(f"{chapter.id}-notes", "Notes", (note_table(chapter.title, chapter.notes),)))
    parts += words(chapter.id, (*chapter.also, *conditions(chapter)))
    parts += disagree(chapter.id, chapter.readings)
    return Section(chapter.id, chapter.title, (Paragraph(chapter.about),), tuple(parts))


def conditions(chapter: Chapter) -> Iterator[Condition]:
    yield from (row.when for row in chapter.rows)
    yield from (bar.when for bar in chapter.bars)
    yield from (note.when for note in chapter.notes)
    for checklist in chapter.checklists:
        yield from (checklist.considered, *(criterion.when for criterion in checklist.criteria))


def words(name: str, found: Iterable[Condition]) -> tuple[Section, ...]:
    """The part on the names in conditions; none where there are none."""
    blocks = tuple(glossary(found))
    return (Section(f"{name}-words", "Words of the tables", blocks),) if blocks else ()


def row_table(caption: str, rows: Iterable[Row]) -> Table:
    """Rows, those of one rule under its title."""
    cells: list[tuple[Words | None, ...]] = []
    above = None
    for row in rows:
        head = None if row.rule == above else (row.rule.title, *cite(row.rule.source))
        cells.append((head, (said(row.when),), (steps(row.do),), (row.why,), (given(row) or "-",)))
        above = row.rule
    return Table(caption, (("Rule",), ("When",), ("Advice",), ("Why",), ("Given",)), tuple(cells))


def steps(do: tuple[str, ...]) -> str:
    return series(", then ", map(wording.treatment, do))


def given(row: Row) -> str:
    """How a row is given: how soon, as a form of what, and when not as a possibility; empty for nothing of it."""
    parts: list[str] = [HOW_SOON[row.urgency]]
    if row.form_of:
        parts.append(phrase("as a form of {treatments}", treatments=wording.listed(map(wording.short, row.form_of))))
    if row.certain:
        parts.append("only where it certainly holds")
    elif row.told:
        parts.append(phrase("if told: {findings}", findings=series(", ", map(_asked, row.told))))
    return series("; ", filter(None, parts))


def _asked(code: str) -> str:
    return wording.in_sentence(TITLES[code]) if code in TITLES else wording.asked(code)


def note_table(about: str, notes: Iterable[Note]) -> Table:
    """Notes, those on the same treatments under their names."""
    cells: list[tuple[Words | None, ...]] = []
    above: tuple[str, ...] = ()
    for note in notes:
        for when, text in _texts(note):
            head = None if note.on == above else (treatments(note.on),)
            cells.append((head, (when,), (text,), source(note.source)))
            above = note.on
    return Table(
        phrase("{about}: said beside", about=about), (("Beside",), ("When",), ("Note",), ("Source",)), tuple(cells)
    )


def _texts(note: Note) -> Iterator[tuple[str, str]]:
    """What is said where it certainly holds, and where it may hold."""
    when = said(note.when)
    if note.text == note.perhaps:
        yield phrase("certainly or perhaps: {condition}", condition=when), note.text
        return
    if note.text:
        yield when, note.text
    if note.perhaps:
        yield phrase("perhaps: {condition}", condition=when), note.perhaps


def treatments(codes: tuple[str, ...]) -> str:
    return wording.listed(map(wording.treatment, codes))


def bar_table(about: str, bars: Iterable[Bar]) -> Table:
    rows = tuple(((treatments(bar.treatments),), (said(bar.when),), (bar.why,), source(bar.source)) for bar in bars)
    return Table(
        phrase("{about}: not to be given", about=about), (("Treatment",), ("When",), ("Why",), ("Source",)), rows
    )


def criteria(checklist: Checklist) -> Iterator[Block]:
    """The criteria, all of which have to be met; those that are not, or not known, are said."""
    in_question = phrase(
        "{treatment} comes into question where this may hold: {condition}.",
        treatment=checklist.title,
        condition=said(checklist.considered),
    )
    yield Paragraph((in_question, *cite(checklist.rule.source)))
    rows = tuple(((criterion.text,), (said(criterion.when),)) for criterion in checklist.criteria)
    yield Table(phrase("{treatment}: all of these", treatment=checklist.title), (("Criterion",), ("Read as",)), rows)


def source(found: Source | None) -> Words:
    return (Cite(found),) if found else (Gap(OWN),)
