"""The tables that a plan is made by, put together from the rules of each subject, and the findings that they read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial

from service.decision import (
    care,
    emergency,
    en_bloc,
    facts,
    fitness,
    guideline_notes,
    imaging,
    lmnop,
    noms,
    primary_tumours,
    radiotherapy,
    rows,
    surgery,
)
from service.decision.guidelines import GUIDELINES
from service.decision.model import Bar, Checklist, Note, Row
from service.decision.tree import Rules
from service.policy import DEFAULT, Policy
from service.reading import Sieve


@lru_cache(maxsize=256)
def noms_rules(setting: noms.Setting) -> Rules:
    return Rules(noms.TESTS, partial(noms.advise, setting=setting), facts.DOMAINS)


def _lesion_rows(policy: Policy) -> tuple[Row, ...]:
    return (*surgery.rows(policy), *radiotherapy.rows(policy), *en_bloc.ROWS, *lmnop.ROWS, *care.ROWS)


def _notes(policy: Policy) -> tuple[Note, ...]:
    return (
        *surgery.NOTES, *radiotherapy.NOTES, *en_bloc.NOTES, *lmnop.NOTES, *care.NOTES, *primary_tumours.NOTES,
        *guideline_notes.notes(GUIDELINES[policy.guideline]),
    )  # fmt: skip


_BARS: tuple[Bar, ...] = (*surgery.BARS, *radiotherapy.BARS, *en_bloc.BARS)

# Of a metastasis, and of the patient


@lru_cache(maxsize=32)
def lesion_rows(policy: Policy) -> Sieve[Row]:
    return rows.sieve(_lesion_rows(policy))


@lru_cache(maxsize=32)
def patient_rows(policy: Policy) -> Sieve[Row]:
    return rows.sieve(care.patient_rows(policy))


@lru_cache(maxsize=32)
def notes_on(policy: Policy) -> Mapping[str, Sieve[Note]]:
    """The notes by treatment."""
    notes = _notes(policy)
    treatments = dict.fromkeys(treatment for note in notes for treatment in note.on)
    return {treatment: rows.sieve(note for note in notes if treatment in note.on) for treatment in treatments}


BARS: Sieve[Bar] = rows.sieve(_BARS)
SRS_AT_COMPRESSED_CORD: Sieve[Bar] = rows.sieve((radiotherapy.SRS_AT_COMPRESSED_CORD,))
CHECKLISTS: tuple[tuple[Checklist, str], ...] = (
    *((checklist, "kyphoplasty") for checklist in surgery.CHECKLISTS),
    *((checklist, "en-bloc-vertebrectomy") for checklist in en_bloc.CHECKLISTS),
)

# Of a primary tumour

PRIMARY_ROWS: Sieve[Row] = rows.sieve(primary_tumours.ROWS)
PRIMARY_BARS: Sieve[Bar] = rows.sieve(primary_tumours.BARS)
PRIMARY_CHECKLISTS = tuple((checklist, "en-bloc-vertebrectomy") for checklist in primary_tumours.CHECKLISTS)


def readers() -> dict[str, frozenset[str]]:
    """The findings that each rule reads, by the id of its PlanDefinition; ``remarks`` are what is said beside."""
    found: dict[str, set[str]] = {
        noms.NOMS.plan: {*noms_rules(noms.Setting()).reads, "tumour-origin", "sins-collapse"},
        emergency.EMERGENCY.plan: {*emergency.READS},
        noms.OPERABILITY.plan: {*fitness.READS},
    }
    pain = (imaging.pain_alone(guideline) for guideline in GUIDELINES.values())
    for row in (*_lesion_rows(DEFAULT), *care.patient_rows(DEFAULT), *primary_tumours.ROWS, *filter(None, pain)):
        found.setdefault(row.rule.plan, set()).update(rows.reads_of((row,)))
    for checklist, _ in (*CHECKLISTS, *PRIMARY_CHECKLISTS):
        found.setdefault(checklist.rule.plan, set()).update(rows.reads_of((), (checklist,)))
    beside: tuple[Note | Bar, ...] = (
        *_notes(DEFAULT), *_BARS, *primary_tumours.BARS, radiotherapy.SRS_AT_COMPRESSED_CORD,
    )  # fmt: skip
    found["remarks"] = {*rows.reads_of(beside), *(code for letter in lmnop.LETTERS for code in letter.findings)}
    return {rule: frozenset(codes - facts.DOMAINS.keys()) for rule, codes in found.items()}


#: The findings that the rules read.
READS = frozenset().union(*readers().values())
