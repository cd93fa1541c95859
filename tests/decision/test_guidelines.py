"""Guideline sets are data: what each says, with its status and source, and no fact that is said nowhere."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest

from service.case import Case, Lesion
from service.conditions import atoms
from service.decision.emergency import READINGS, READS, cautions, emergencies, notes, only_pain, pain_alone, within
from service.decision.guidelines import ABOUT, GUIDELINES, Guideline, facts
from service.decision.model import Note, Urgency
from service.findings import FINDINGS
from service.policy import DEFAULT
from service.reading import Standing
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
    said += [within(guideline), row.why if row else ""]
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
    assert within(NICE) == "Start within 24 hours of the decision to treat, where surgery is not suitable (NICE 2023)."
    assert within(CEPO) == (
        "Where surgery is not suitable, start as soon as possible: the text of CEPO 2012 that could be read gives no "
        "number of hours."
    )


# Pain alone

WEEK = (
    "pain of the spine, no neurological deficit known, and no ESCC grade yet: MRI of the whole spine within a week "
    "(7 days) of the suspicion, with a plan; contact the coordinator for cord compression within 24 hours "
    "(NICE 2023, NG234 and QS56, United Kingdom)"
)


def test_pain_alone_is_imaged_within_a_week_by_nice_and_unsaid_by_cepo() -> None:
    row = pain_alone(NICE)
    assert row is not None
    assert (row.do, row.urgency, row.why, row.told) == (("mri-whole-spine",), Urgency.URGENT, WEEK, ("sins-pain",))
    assert row.rule.source in NICE.sources
    assert row.rule.plan != "emergency"
    assert pain_alone(CEPO) is None


def test_another_number_of_days_is_said_as_days() -> None:
    assert NICE.mri_days_pain_only is not None
    for days in (3, 10):
        row = pain_alone(replace(NICE, mri_days_pain_only=replace(NICE.mri_days_pain_only, value=days)))
        assert row is not None
        assert f"within {days} days of the suspicion" in row.why


@pytest.mark.parametrize(
    ("pain", "imaged"),
    [("mechanical", {True}), ("occasional-non-mechanical", {True}), ("pain-free", {False}), (None, {True, False})],
)
def test_any_pain_is_imaged_and_silence_about_neurology_leaves_it_settled(pain: str | None, imaged: set[bool]) -> None:
    row = pain_alone(NICE)
    assert row is not None
    whole = case(lesion("T8", sins_pain=pain))
    assert Standing(row.when).of(lambda finding: whole.possible(finding, whole.lesions[0])) == imaged
    assert only_pain(whole, whole.lesions[0])


@pytest.mark.parametrize(
    "sign",
    [
        "myelopathy",
        "progressive_deficit",
        "sphincter_dysfunction",
        "cauda_equina_syndrome",
        "spinal_cord_compression",
    ],
)
def test_pain_is_not_alone_with_what_is_certain_and_urgent(sign: str) -> None:
    for told, alone in ((True, False), ([True, False], True), (False, True)):
        on_lesion, of_patient = case(lesion("T8", **{sign: told})), case(lesion("T8"), **{sign: told})
        for whole in (on_lesion, of_patient):
            assert only_pain(whole, whole.lesions[0]) == alone


@pytest.mark.parametrize("grade", ["escc-0", ["escc-1a", "escc-3"]], ids=str)
def test_a_lesion_with_any_escc_grade_in_the_record_has_been_imaged(grade: Any) -> None:
    whole = case(lesion("T8", escc_grade=grade, sins_pain="mechanical"), lesion("L1", sins_pain="mechanical"))
    assert [only_pain(whole, each) for each in whole.lesions] == [False, True]


# Notes


def said(guideline: Guideline, treatment: str, whole: Case, one: Lesion | None = None) -> list[str]:
    """The notes beside a treatment of the first lesion, as the plan reads them."""
    one = one or whole.lesions[0]
    return [text for note in notes(guideline) if treatment in note.on and (text := _text(note, whole, one))]


def _text(note: Note, whole: Case, one: Lesion) -> str:
    truths = Standing(note.when).of(lambda finding: whole.possible(finding, one))
    return note.text if truths == {True} else note.perhaps if True in truths else ""


SIGNS = ("progressive_deficit", "sphincter_dysfunction", "cauda_equina_syndrome", "myelopathy", "radiculopathy")
NO_SIGN = dict.fromkeys(SIGNS, False)
ONLY = (
    "radiotherapy is for these reasons only: in a trial, as part of a strategy for oligometastases or for signs of "
    "impending compression on imaging (NICE 2023)."
)
RADIOTHERAPY = pytest.mark.parametrize("treatment", ["cebrt", "srs", "carbon-ion", "short-course-rt"])


@RADIOTHERAPY
def test_radiotherapy_of_a_lesion_without_symptoms_says_what_it_is_for(treatment: str) -> None:
    free = case(lesion("T8", sins_pain="pain-free", escc_grade="escc-1b", spinal_cord_compression=False, **NO_SIGN))
    assert f"Without pain and neurological symptoms, {ONLY}" in said(NICE, treatment, free)
    silent = case(lesion("T8", sins_pain="pain-free"))
    assert f"Should the lesion cause neither pain nor neurological symptoms, {ONLY}" in said(NICE, treatment, silent)


@RADIOTHERAPY
@pytest.mark.parametrize(
    "symptom",
    [
        {"sins_pain": "mechanical"},
        {"escc_grade": "escc-2"},
        {"spinal_cord_compression": True},
        *({sign: True} for sign in SIGNS),
    ],
    ids=str,
)
def test_radiotherapy_of_a_lesion_with_a_symptom_or_compression_does_not(
    symptom: dict[str, Any], treatment: str
) -> None:
    whole = case(lesion("T8", **{"sins_pain": "pain-free", "escc_grade": "escc-0", **NO_SIGN, **symptom}))
    assert not any("reasons only" in text for text in said(NICE, treatment, whole))


EIGHT = "For pain that is not mechanical: 8 Gy in a single fraction (NICE 2023)."


@pytest.mark.parametrize(
    ("pain", "treatment", "offered"),
    [
        ("occasional-non-mechanical", "cebrt", True),
        ("occasional-non-mechanical", "short-course-rt", True),
        ("occasional-non-mechanical", "srs", False),
        ("mechanical", "cebrt", False),
        ("pain-free", "cebrt", False),
        (None, "cebrt", False),
    ],
)
def test_one_fraction_is_for_pain_that_is_not_mechanical(pain: str | None, treatment: str, offered: bool) -> None:
    assert (EIGHT in said(NICE, treatment, case(lesion("T8", sins_pain=pain)))) == offered
    assert EIGHT not in said(CEPO, treatment, case(lesion("T8", sins_pain=pain)))


TOGETHER = (
    "Compression by a tumour of this kind: a steroid, chemotherapy and radiotherapy together, as long as the spine is "
    "stable and no fragment of bone compresses the cord (CEPO 2012)."
)


@pytest.mark.parametrize("tumour", sorted(FINDINGS["primary-tumour"].domain.unknown, key=str))
def test_cepo_treats_favourable_tumours_with_drugs_and_radiotherapy_together(tumour: str) -> None:
    kind = ("myeloma", "lymphoma", "germ-cell-seminoma", "germ-cell-non-seminoma")
    whole = case(lesion("T8"), primary_tumour=tumour)
    for treatment in ("cebrt", "srs", "carbon-ion", "short-course-rt", "systemic-therapy"):
        assert (TOGETHER in said(CEPO, treatment, whole)) == (tumour in kind)
        assert TOGETHER not in said(NICE, treatment, whole)


@pytest.mark.parametrize(
    "compressed", [{"escc_grade": "escc-2"}, {"escc_grade": "escc-3"}, {"spinal_cord_compression": True}], ids=str
)
def test_cepo_gives_few_or_many_fractions_by_life_expectancy_in_compression(compressed: dict[str, Any]) -> None:
    few, many = (
        "A short course for a short life expectancy (CEPO 2012).",
        "A long course for inoperable compression and a good life expectancy (CEPO 2012).",
    )
    first = "Before treatment, score the scales of prognosis and of spinal instability (CEPO 2012)."
    for treatment in ("cebrt", "short-course-rt"):
        assert {few, many, first} <= set(said(CEPO, treatment, case(lesion("T8", **compressed))))
        assert said(CEPO, treatment, case(lesion("T8", escc_grade="escc-1b", spinal_cord_compression=False))) == []
        assert said(CEPO, treatment, case(lesion("T8"))) == []
    assert said(CEPO, "decompression-stabilisation", case(lesion("T8", **compressed))) == [first]


def test_bisphosphonates_are_for_the_tumours_that_nice_names() -> None:
    assert said(NICE, "bone-modifying-agent", case(lesion("T8"))) == [
        "Bisphosphonates for pain of the spine are for myeloma or breast cancer only (NICE 2023).",
        "Bisphosphonates for pain of the spine are for prostate cancer too, if analgesia fails (NICE 2023).",
    ]
    assert said(CEPO, "bone-modifying-agent", case(lesion("T8"))) == []


def test_an_mri_for_pain_says_which_pain_is_suspect_and_what_makes_it_an_emergency() -> None:
    found = said(NICE, "mri-whole-spine", case(lesion("T8", sins_pain="mechanical")))
    assert any(text.startswith("Pain that suggests a metastasis: pain in the thoracic") for text in found)
    assert any(text.startswith("Should there be radicular pain, weakness of a limb") for text in found)
    assert len(said(NICE, "mri-whole-spine", case(lesion("T8", sins_pain="pain-free")))) == len(found) - 2
    assert said(CEPO, "mri-whole-spine", case(lesion("T8", sins_pain="mechanical"))) == []


def test_any_mri_of_the_plan_says_what_is_imaged_as_that_of_an_emergency_does() -> None:
    texts = [note.text for note in notes(NICE) if note.on == ("mri-whole-spine",)]
    assert any(text.startswith("Imaging: sagittal T1") for text in texts)
    assert any(text.startswith("A plain X-ray neither shows nor excludes") for text in texts)
    assert any(text.startswith("MRI at night too") for text in texts)


def test_a_guideline_of_several_texts_is_named_by_its_publication() -> None:
    assert replace(NICE, sources=(*NICE.sources, *CEPO.sources)).short == NICE.short
