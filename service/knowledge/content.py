"""The whole document: every score, rule, figure and source, in the order in which it is read."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from service.knowledge import (
    availability,
    chapters,
    conversions,
    emergencies,
    fitness,
    guidelines,
    handoffs,
    noms,
    policy,
    prognosis,
    scores,
    sources,
    tumours,
)
from service.knowledge.document import Bullets, Link, Paragraph, Section, Words
from service.knowledge.parts import DISAGREE
from service.scoring import ENGINES

TITLE = "Scores, rules and sources"
#: The ids of the sections. They are known without making these, for that goes through all that the rules tell apart.
IDS = (
    "overview",
    *ENGINES,
    *"""handoffs prognosis emergency guidelines tumours systemic-fitness noms availability surgery kyphoplasty
    radiotherapy en-bloc primary-tumour care lmnop conversions policy readings sources""".split(),
)


@cache
def sections() -> tuple[Section, ...]:
    """Every section by itself; their ids are what a reader asks for."""
    found = (
        scores.overview(),
        *scores.sections(),
        handoffs.section(),
        prognosis.section(),
        emergencies.section(),
        guidelines.section(),
        tumours.section(),
        fitness.section(),
        noms.section(),
        availability.section(),
        *chapters.sections(),
        conversions.section(),
        policy.section(),
    )
    read = (*found, _disagreements(found))
    return (*read, sources.section(read))


@cache
def by_id() -> dict[str, Section]:
    return {section.id: section for section in sections()}


def alone(section: Section) -> Section:
    """A section with the sources that it cites, to be read by itself."""
    return replace(section, parts=(*section.parts, *sources.cited_by(section)))


def _disagreements(found: tuple[Section, ...]) -> Section:
    """Where to find what sources disagree on, with the rules that stand above all of it."""
    where: tuple[Words, ...] = tuple(
        (Link(section.title, section.id),) for section in found if any(p.title == DISAGREE for p in section.parts)
    )
    return Section(
        "readings",
        DISAGREE,
        (
            Paragraph(
                (
                    "Where sources disagree, or leave something open, the document says which reading is computed. Two "
                    "rules stand above all: a missing input makes a range and never a zero, for zero is a real value "
                    "in every score here; and a cell that no source fills stays open.",
                )
            ),
            Paragraph(
                (
                    "Three silences of a record are read, and the answer says so each time: that of earlier "
                    "radiotherapy at the level, unless the policy has it unknown; that of the ESCC grade, of which 1c "
                    "is left out; and that of the histology of a primary tumour of the spine, which nobody has named "
                    "then. Everywhere else a finding that the record does not give stays wholly open.",
                )
            ),
            Paragraph(("Each reading stands with what it is about:",)),
            Bullets(where),
        ),
    )
