"""The section on NOMS: the framework row by row, and what is added to it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import product

from service import wording
from service.conditions import AllOf, Atom, Condition, Is, atoms, holds_for
from service.decision import noms
from service.decision.model import Advice
from service.decision.tumours import RESISTANT, SENSITIVE, TABLE
from service.findings import FINDINGS
from service.knowledge.document import Gap, Link, Paragraph, Section, Table, Words, cite
from service.knowledge.names import NAMES
from service.knowledge.parts import disagree
from service.knowledge.read_as import Names, read_as, values_said
from service.knowledge.rules import source, words
from service.text import partition, phrase, replaced, series

OPEN, PUBLISHED = "open", "published"
_PRIMARY = "primary-tumour"
#: The columns of the framework, with the findings that each reads.
COLUMNS = {
    "N: neurologic": frozenset(("escc-grade", "myelopathy")),
    "O: oncologic": frozenset(("primary-tumour",)),
    "M: mechanical": frozenset((noms.STABILITY, "mechanical-stability")),
    "S: systemic": frozenset(("surgical-fitness",)),
    "Irradiated before": frozenset(("prior-radiotherapy-at-level",)),
}
#: The head of the column says what they are about.
_SHORT: Names = {condition: partition(name, ": ")[2] for condition, name in NAMES.items()}
_INTRODUCTION = (
    "The rows are read from the top, and the first that applies counts; an empty cell stands for any value. A cell "
    f'that the published table leaves open is marked "{OPEN}" and goes to the board, never to a default. ESCC 1c is '
    "shown as the default policy reads it, as low grade; by another policy it goes with ESCC 2 and 3. SINS 7-12 is "
    "stable or unstable as a clinician or the board decides: until then both rows are possible. Where the "
    "site lacks a modality, see "
)


def section() -> Section:
    head = ("Row", *COLUMNS, "In the paper", "Advice", "Why")
    rows = tuple((*_row(n, row),) for n, row in enumerate(noms.ROWS, 1))
    return Section(
        noms.NOMS.plan,
        noms.NOMS.title,
        (
            Paragraph(
                (_INTRODUCTION, Link("What is to be had at the site", "availability"), ".", *cite(noms.NOMS.source))
            ),
            Table("NOMS, row by row", tuple((each,) for each in head), rows, frozenset((0,))),
            Paragraph((_abbreviations(),)),
            Table(
                "What is added to the rows",
                (("Advice",), ("Source",), ("Why",)),
                tuple(((wording.treatment(a.treatment),), source(a.rule.source), (a.reason,)) for a in _added()),
            ),
            Paragraph(
                (
                    "Said beside the advice where a collapse over 50 % is possible: ",
                    noms.KIM_NOTE,
                )
            ),
        ),
        (
            *words(noms.NOMS.plan, (row.when for row in noms.ROWS)),
            *disagree(noms.NOMS.plan, noms.READINGS),
        ),
    )


def _row(number: int, row: noms.NomsRow) -> Iterator[Words]:
    yield (str(number),)
    parts = row.when.parts if isinstance(row.when, AllOf) else (row.when,)
    for reads in COLUMNS.values():
        mine = (part for part in parts if {atom.finding for atom in atoms(part)} <= reads)
        yield (series("; ", map(_cell, mine)),)
    yield (Gap(OPEN) if row.open else PUBLISHED,)
    yield (series(", then ", map(_short, row.do)),)
    yield (row.why,)


def _short(treatment: str) -> str:
    """The abbreviation that a treatment has in brackets, else its name."""
    name = wording.treatment(treatment)
    return name.split("(")[1].rstrip(")") if name.endswith(")") else name


def _abbreviations() -> str:
    steps = dict.fromkeys(step for row in noms.ROWS for step in row.do)
    names = ((_short(step), wording.treatment(step).split(" (")[0]) for step in steps)
    full = (phrase("{abbreviation} is {name}", abbreviation=short, name=name) for short, name in names if short != name)
    return phrase("{text}.", text=series("; ", full))


def _cell(condition: Condition) -> str:
    """A condition where the head of the column says what it is about."""
    match condition:
        case Is("surgical-fitness" | "prior-radiotherapy-at-level" as finding, values):
            return values_said(finding, values)
        case Is("escc-grade", values):
            return phrase("ESCC {grades}", grades=replaced(values_said("escc-grade", values), "ESCC ", ""))
    return read_as(condition, _SHORT)


def _added() -> tuple[Advice, ...]:
    """Every step that NOMS itself does not give, found by asking for all that the rules can tell apart."""
    found: dict[Advice, None] = {}
    for one_c, truth in product(("low", "high"), every_way()):
        found.update(dict.fromkeys(s for s in noms.advise(truth, noms.Setting(one_c)) if s.rule is not noms.NOMS))
    return tuple(sorted(found, key=lambda advice: (advice.treatment, advice.reason)))


def every_way() -> Iterator[Callable[[Atom], bool]]:
    """What is true of one value for each finding that NOMS reads: every combination that its rows can tell apart."""
    every: dict[str, tuple[Hashable, ...]] = {noms.STABILITY: tuple(noms.STATES)}
    for finding in sorted({atom.finding for atom in noms.TESTS} - set(every)):
        every[finding] = tuple(FINDINGS[finding].domain.unknown)
    every["primary-tumour"] = _one_of_each_kind()
    for values in product(*(sorted(values, key=str) for values in every.values())):
        yield _truth(dict(zip(every, values, strict=True)))


def _truth(known: Mapping[str, Hashable]) -> Callable[[Atom], bool]:
    return lambda atom: atom.test(known[atom.finding])


def _one_of_each_kind() -> tuple[str, ...]:
    """A tumour for each of the classes that the rows know, bleeding or not."""
    kinds = {
        (
            holds_for(SENSITIVE, {_PRIMARY: tumour.code}),
            holds_for(RESISTANT, {_PRIMARY: tumour.code}),
            bool(tumour.hypervascular),
        ): tumour.code
        for tumour in TABLE
    }
    return tuple(kinds.values())
