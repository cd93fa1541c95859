"""Guideline sets are data: what each says, with its status and source, and no fact that is said nowhere."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest

from service.conditions import atoms
from service.decision.emergency import READINGS, READS, cautions, emergencies
from service.decision.guideline_notes import notes
from service.decision.guideline_words import radiotherapy_within
from service.decision.guidelines import ABOUT, GUIDELINES, Guideline, facts
from service.decision.imaging import pain_alone
from service.findings import FINDINGS
from service.policy import DEFAULT
from service.scoring.model import Status
from service.wording import TREATMENTS
from tests.core.cases import case, lesion

NICE, CEPO = GUIDELINES["nice-2023"], GUIDELINES["cepo-2012"]
EACH = pytest.mark.parametrize("guideline", GUIDELINES.values(), ids=list(GUIDELINES))


def value(guideline: Guideline, field: str) -> Any:
    fact = dict(facts(guideline))[field]
    return fact.value if fact else None


# The data


def test_guidelines_are_named_by_issuer_and_year_and_have_a_country() -> None:
    assert [(g.code, g.country, g.year) for g in GUIDELINES.values()] == [
        ("nice-2023", "United Kingdom", 2023),
        ("cepo-2012", "Canada", 2012),
    ]
    assert all(code == guideline.code for code, guideline in GUIDELINES.items())
    assert DEFAULT.guideline in GUIDELINES


@pytest.mark.parametrize(
    ("field", "nice", "cepo"),
    [
        ("mri_hours_with_neurology", 24, None),
        ("mri_days_pain_only", 7, None),
        ("contact_with_neurology", "immediately", None),
        ("contact_pain_only", "within 24 hours", None),
        ("radiotherapy_hours", 24, None),
        ("dexamethasone_first_mg", 16, None),
        ("dexamethasone_mg_daily", 16, 16),
        ("dexamethasone_for", "neurological symptoms or signs", "symptoms"),
        ("dexamethasone_until", "surgery or radiotherapy", None),
        ("dexamethasone_stop", "if compression is ruled out", None),
        ("dexamethasone_avoid", None, "a high loading dose"),
        ("non_mechanical_pain_gy", 8, None),
        ("bisphosphonate_tumours", ("myeloma", "breast"), None),
        ("bisphosphonate_if_analgesia_fails", ("prostate",), None),
        ("combined_tumours", None, ("myeloma", "lymphoma", "germ-cell-seminoma", "germ-cell-non-seminoma")),
    ],
)
def test_limits_doses_and_tumours_are_those_of_the_guideline(field: str, nice: Any, cepo: Any) -> None:
    assert (value(NICE, field), value(CEPO, field)) == (nice, cepo)


def test_of_nice_just_the_limits_of_the_quality_standard_were_read_in_its_own_text() -> None:
    given = {field for field, fact in facts(NICE) if fact}
    assert given - NICE.secondary == {"mri_hours_with_neurology", "radiotherapy_hours"}
    assert CEPO.secondary == frozenset()


@EACH
def test_each_fact_cites_the_guideline_and_a_secondary_one_the_text_that_it_was_read_in(guideline: Guideline) -> None:
    for field, fact in facts(guideline):
        if fact:
            assert fact.source in guideline.sources, field
            assert (fact.status is Status.SECONDARY) == bool(fact.read_in), field


def test_each_field_of_a_fact_is_said_for_reading() -> None:
    assert set(ABOUT) == {field.name for field in fields(Guideline) if str(field.type).startswith("Fact[")}
    assert [field for field, _ in facts(NICE)] == [f.name for f in fields(Guideline) if f.name in ABOUT]


def test_tumours_of_a_guideline_are_values_of_the_finding() -> None:
    for guideline, (field, _) in product(GUIDELINES.values(), facts(NICE)):
        if field.endswith("_tumours") or field == "bisphosphonate_if_analgesia_fails":
            assert set(value(guideline, field) or ()) <= FINDINGS["primary-tumour"].domain.unknown


# Where it is said


def everything(guideline: Guideline) -> list[str]:
    """All that is said by a guideline, of emergencies of every kind and of treatments."""
    records = [case(lesion("T8", progressive_deficit=True), primary_tumour=tumour) for tumour in ("breast", "lymphoma")]
    records.append(case(lesion("T8", spinal_cord_compression=True)))
    steps = [step for whole in records for step in emergencies(whole, guideline)]
    row = pain_alone(guideline)
    said = [f"{step.advice[0].reason} {step.advice[0].rule.source}" for step in steps]
    said += [text for step in steps for text in (*step.notes, *step.facts)]
    said += [radiotherapy_within(guideline), row.why if row else ""]
    said += [f"{note.text} {note.perhaps} {note.source} {note.when}" for note in notes(guideline)]
    return said


@EACH
@pytest.mark.parametrize("field", [field.name for field in fields(Guideline) if field.name != "code"])
def test_no_field_of_a_guideline_is_without_a_text_that_says_it(field: str, guideline: Guideline) -> None:
    (other,) = (each for each in GUIDELINES.values() if each is not guideline)
    own = getattr(guideline, field)
    changed: Any = getattr(other, field)
    if field in ABOUT and own is not None:
        changed = replace(own, value=_other(own.value))
    if field == "contact_pain_only":  # said with the days to MRI
        guideline = replace(guideline, mri_days_pain_only=NICE.mri_days_pain_only)
    if field == "combined":  # said of the tumours of another field
        guideline = replace(guideline, combined_tumours=CEPO.combined_tumours)
    if field == "combined_tumours":
        guideline = replace(guideline, combined=CEPO.combined)
    assert everything(replace(guideline, **{field: changed})) != everything(guideline)


def _other(said: Any) -> Any:
    if isinstance(said, int):
        return said + 1
    return (*said, "kidney") if isinstance(said, tuple) else f"{said} or so"


@EACH
def test_every_number_and_text_of_a_fact_stands_in_what_is_said(guideline: Guideline) -> None:
    said = "\n".join(everything(guideline))
    for field, fact in facts(guideline):
        for part in (fact.value if isinstance(fact.value, tuple) else (fact.value,)) if fact else ():
            assert str(part) in said, field


@EACH
def test_every_note_names_its_guideline_and_reads_what_the_module_says_that_it_reads(guideline: Guideline) -> None:
    for note in notes(guideline):
        assert set(note.on) <= set(TREATMENTS)
        assert all(text.endswith(f"({guideline.short}).") for text in (note.text, note.perhaps) if text)
        assert note.source in guideline.sources
    for note in (*notes(guideline), *cautions(guideline)):
        assert {atom.finding for atom in atoms(note.when)} <= READS | {"sins-pain"}


@EACH
def test_rows_and_notes_are_made_once(guideline: Guideline) -> None:
    assert pain_alone(guideline) is pain_alone(guideline)
    assert notes(guideline) is notes(guideline)


def test_readings_say_both_what_the_sources_say_and_what_is_read() -> None:
    assert all(reading.differ and reading.read for reading in READINGS)


# Radiotherapy


def test_radiotherapy_starts_within_the_hours_of_the_guideline() -> None:
    assert (
        radiotherapy_within(NICE)
        == "Start within 24 hours of the decision to treat, where surgery is not suitable (NICE 2023)."
    )
    assert radiotherapy_within(CEPO) == (
        "Where surgery is not suitable, start as soon as possible: the text of CEPO 2012 that could be read gives no "
        "number of hours."
    )


def test_a_guideline_of_several_texts_is_named_by_its_publication() -> None:
    assert replace(NICE, sources=(*NICE.sources, *CEPO.sources)).short == NICE.short
