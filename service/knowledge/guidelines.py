"""The section on guidelines: what each says, fact by fact, and the rules and notes that follow from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.decision import emergency, guideline_notes, imaging
from service.decision.guidelines import ABOUT, GUIDELINES, Fact, Guideline, facts
from service.decision.model import Note, Row
from service.findings import FINDINGS, TUMOURS
from service.knowledge.document import Code, Facts, Gap, Paragraph, Section, Table, Words, cite, cites
from service.knowledge.rules import BY_DEFAULT, note_table, row_table
from service.policy import DEFAULT
from service.scoring.model import Status
from service.text import phrase, series

UNREAD = "the text that could be read does not say"
_INTRODUCTION = (
    "The policy names the guideline whose time limits and doses an emergency follows. What a guideline does not give "
    "is never filled in from another: a gap is said as one, and the advice is then for as soon as possible."
)
_PAIN = (
    "The row on pain counts where the record gives no ESCC grade, and nothing that is urgent is certain. The rows are "
    "of the lesion."
)


def section() -> Section:
    kinds = (
        "A fact is verified where it was seen in the text of the guideline or its abstract, and secondary where it was "
        "read elsewhere, which is then said."
    )
    return Section(
        "guidelines",
        "Guidelines",
        (Paragraph((_INTRODUCTION,)), Paragraph((kinds,))),
        tuple(map(_guideline, GUIDELINES.values())),
    )


def rows(guideline: Guideline) -> tuple[Row, ...]:
    return tuple(row for row in (imaging.pain_alone(guideline), imaging.ungraded(guideline)) if row is not None)


def notes(guideline: Guideline) -> tuple[Note, ...]:
    return (*emergency.cautions(guideline), *guideline_notes.notes(guideline))


def _guideline(guideline: Guideline) -> Section:
    name = f"guidelines-{guideline.code}"
    default = (" (by default)",) if guideline.code == DEFAULT.guideline else ()
    about = Facts(
        (
            ("Code", (Code(guideline.code), *default)),
            ("Title", (guideline.title,)),
            ("Country", (guideline.country,)),
            ("Year", (str(guideline.year),)),
            ("Published in", (str(guideline.sources[0]), " [", *cites(guideline.sources), "]")),
        )
    )
    said = Table(
        phrase("What {guideline} says", guideline=guideline.short),
        (("About",), ("What it says",), ("Read",)),
        tuple(_facts(guideline)),
    )
    return Section(
        name,
        guideline.name,
        (about, said),
        (
            Section(
                f"{name}-rules",
                "Rules",
                (
                    Paragraph((BY_DEFAULT,)),
                    Paragraph((_PAIN,)),
                    row_table(phrase("By {guideline}", guideline=guideline.short), rows(guideline)),
                ),
            ),
            Section(f"{name}-notes", "Notes", (note_table(guideline.short, notes(guideline)),)),
        ),
    )


def _facts(guideline: Guideline) -> Iterator[tuple[Words, ...]]:
    for field, fact in facts(guideline):
        if fact is None:
            yield (ABOUT[field],), (Gap(UNREAD),), ("-",)
        else:
            yield (ABOUT[field],), (value(fact),), (_read(fact), *cite(fact.source))


def value(fact: Fact[Any]) -> str:
    """``24``; several texts with semicolons between them; tumours by their labels."""
    if not isinstance(fact.value, tuple):
        return str(fact.value)
    tumour = FINDINGS["primary-tumour"]
    return series("; ", (tumour.label(each) if each in TUMOURS else each for each in fact.value))


def _read(fact: Fact[Any]) -> str:
    if fact.status is not Status.SECONDARY:
        return fact.status.value
    return phrase("{name}: {meaning}", name=fact.status.value, meaning=fact.read_in)
