"""Signs that a tumour of the spine harms the cord: by a code with other causes too, or in words alone."""

from __future__ import annotations

from typing import Any

import pytest

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from tests.support.records import (
    ICD_10_CM,
    LOINC,
    SNOMED,
    bundle,
    concept,
    condition,
    lesion_names,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)

ICD_10_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
PERHAPS = {True, False}
NEUROLOGY = (
    "spinal-cord-compression",
    "cauda-equina-syndrome",
    "myelopathy",
    "progressive-deficit",
    "sphincter-dysfunction",
)
PARALYSES = [
    ("G82.20", ICD_10_CM),
    ("G82.50", ICD_10_CM),
    ("G82.09", ICD_10_GM),
    ("G82.60", ICD_10_GM),
    ("G82.4", ICD_10_GM),
    ("60389000", SNOMED),
]
SPHINCTERS = [
    ("N31.9", ICD_10_CM),
    ("R32", ICD_10_CM),
    ("R15.9", ICD_10_CM),
    ("R33", ICD_10_GM),
    ("N39.49", ICD_10_GM),
    ("N39.498", ICD_10_CM),
]
WEAKNESSES = [("R53.1", ICD_10_CM), ("R29.898", ICD_10_CM), ("R26.2", ICD_10_GM), ("G83.1", ICD_10_GM)]


def beside(what: str, system: str = ICD_10_CM, **more: Any) -> Any:
    """The record of a breast cancer with a metastasis at T6, and a Condition."""
    return bundle(metastasis(), condition("C50.9", name="b"), condition(what, system, name="c", **more))


def in_words(words: str, **more: Any) -> Any:
    return beside("x", code={"text": words}, **more)


def treatments(record: Any) -> dict[str, bool]:
    """What the plan advises, and whether that is settled."""
    return {r.treatment: r.settled for r in assess(record, when("2026-10-02")).plan.recommendations}


@pytest.mark.parametrize(("code", "system"), PARALYSES)
def test_a_paralysis_beside_a_tumour_of_the_spine_raises_the_suspicion_of_compression(code: str, system: str) -> None:
    record = beside(code, system)
    assert possible(take(record), "spinal-cord-compression", "T6") == PERHAPS
    assert remarks(take(record)) == {"Condition/c": {"unconfirmed"}}
    advised = treatments(record)
    assert (advised["urgent-spine-referral"], advised["mri-whole-spine"]) == (True, True)
    # Its cause may be another, or it may be old: a steroid is advised only where there is a deficit from the spine.
    assert advised["dexamethasone"] is False


@pytest.mark.parametrize(("code", "system"), SPHINCTERS)
def test_trouble_of_bladder_or_bowel_is_a_possible_emergency(code: str, system: str) -> None:
    record = beside(code, system)
    assert possible(take(record), "sphincter-dysfunction", "T6") == PERHAPS
    assert said(take(record), "sphincter-dysfunction", "T6")
    assert treatments(record)["urgent-spine-referral"] is False


@pytest.mark.parametrize(("code", "system"), [*PARALYSES, *SPHINCTERS, *WEAKNESSES, ("G95.20", ICD_10_CM)])
def test_one_sign_of_harm_to_the_cord_keeps_silence_from_denying_the_others(code: str, system: str) -> None:
    intake = take(beside(code, system), assume_complete=True)
    for finding in NEUROLOGY:
        assert True in possible(intake, finding, "T6"), finding
    assert possible(intake, "prior-surgery-at-level", "T6") == {False}


def test_a_paralysis_that_is_over_or_refuted_raises_nothing() -> None:
    for status in ({"clinical": "resolved"}, {"verification": "refuted"}):
        assert "urgent-spine-referral" not in treatments(beside("G82.20", **status))
        assert "urgent-spine-referral" not in treatments(in_words("Paraparese", **status))


@pytest.mark.parametrize(
    ("words", "finding"),
    [
        ("Inkomplette Paraparese", "spinal-cord-compression"),
        ("Querschnittssymptomatik ab Th8", "spinal-cord-compression"),
        ("cord compression at T6", "spinal-cord-compression"),
        ("MSCC", "spinal-cord-compression"),
        ("Myelonkompression", "spinal-cord-compression"),
        ("Lähmung beider Beine", "spinal-cord-compression"),
        ("Konus-/Kauda-Syndrom", "cauda-equina-syndrome"),
        ("Reithosenanästhesie", "cauda-equina-syndrome"),
        ("saddle anaesthesia", "cauda-equina-syndrome"),
        ("Blasen-Mastdarm-Störung", "sphincter-dysfunction"),
        ("urinary retention", "sphincter-dysfunction"),
        ("Harnverhalt", "sphincter-dysfunction"),
        ("leg weakness", "progressive-deficit"),
        ("unable to walk", "progressive-deficit"),
        ("Gangunsicherheit", "progressive-deficit"),
        ("Kraftminderung der Beine", "progressive-deficit"),
        ("Fußheberparese", "progressive-deficit"),
        ("Foot drop", "progressive-deficit"),
    ],
)
def test_a_complication_in_words_alone_is_a_suspicion(words: str, finding: str) -> None:
    record = in_words(words)
    assert said(take(record), finding, "T6")
    assert possible(take(record), finding, "T6") == PERHAPS
    assert remarks(take(record)) == {"Condition/c": {"not-understood"}}
    assert "urgent-spine-referral" in treatments(record)


def test_what_words_deny_raises_no_alarm_and_is_left_open() -> None:
    record = in_words("no cord compression")
    assert "urgent-spine-referral" not in treatments(record)
    assert possible(take(record, assume_complete=True), "spinal-cord-compression", "T6") == PERHAPS


def test_a_weakness_of_something_else_is_somebody_elses_business() -> None:
    for words in ("Stimmbandlähmung", "Facial palsy", "Weak passwords"):
        assert remarks(take(in_words(words))) == {}


@pytest.mark.parametrize(
    ("code", "system", "tumour"),
    [
        ("C41.2", ICD_10_CM, None),
        ("C41.2", ICD_10_GM, None),
        ("1259804001", SNOMED, "chordoma"),
        ("1162348003", SNOMED, "osteosarcoma"),
        ("1153427006", SNOMED, "chondrosarcoma"),
        ("C41.2 9370/3", "http://terminology.hl7.org/CodeSystem/icd-o-3", "chordoma"),
    ],
)
def test_a_tumour_whose_code_names_the_spine_is_a_primary_tumour_there(
    code: str, system: str, tumour: str | None
) -> None:
    intake = take(bundle(condition(code, system, name="c")))
    assert lesion_names(intake) == ["spine"]
    assert possible(intake, "tumour-origin", "spine") == {"primary"}
    assert tumour is None or possible(intake, "primary-tumour") == {tumour}
    assert lesion_names(take(bundle(condition(code, system, at="L3")))) == ["L3"]


@pytest.mark.parametrize(
    ("code", "system", "tumour"),
    [
        ("C90.30", ICD_10_CM, "plasmacytoma"),
        ("415112005", SNOMED, "plasmacytoma"),
        ("C90.00", ICD_10_CM, "myeloma"),
        ("C83.39", ICD_10_CM, "lymphoma"),
    ],
)
def test_a_tumour_of_the_blood_in_a_vertebra_is_a_lesion_of_open_origin(code: str, system: str, tumour: str) -> None:
    intake = take(bundle(condition(code, system, at="T8", name="c")))
    assert lesion_names(intake) == ["T8"]
    assert possible(intake, "tumour-origin", "T8") == {"metastatic", "primary"}
    assert possible(intake, "primary-tumour") == {tumour}
    assert intake.case.lesions[0].conditions == ("Condition/c",)
    assert lesion_names(take(bundle(condition(code, system)))) == []


def test_words_beside_a_tumour_raise_the_alarm_that_its_code_does_not() -> None:
    spoken = concept(("C79.51", ICD_10_CM), text="Knochenmetastase mit Myelonkompression")
    record = bundle(condition("C50.9", name="b"), condition("x", at="T6", name="c", code=spoken))
    assert possible(take(record), "spinal-cord-compression", "T6") == PERHAPS
    assert remarks(take(record)) == {"Condition/c": {"unconfirmed"}}
    assert treatments(record)["mri-whole-spine"] is True


def asserted(code: str, value: Any, **more: Any) -> Any:
    """The record of a breast cancer with a metastasis at T6, and an Observation whose code is a diagnosis."""
    return bundle(metastasis(), condition("C50.9"), observation(code, value, system=SNOMED, name="o", **more))


PRESENT = {"valueCodeableConcept": concept(("LA9633-4", LOINC))}
ABSENT = {"valueCodeableConcept": concept(("LA9634-2", LOINC))}


@pytest.mark.parametrize("value", [True, PRESENT, None, {"valueString": "yes"}])
@pytest.mark.parametrize("code", ["71286001", "60389000"])
def test_a_complication_as_an_observation_is_a_suspicion(code: str, value: Any) -> None:
    record = asserted(code, value)
    assert possible(take(record), "spinal-cord-compression", "T6") == PERHAPS
    assert remarks(take(record))["Observation/o"] == {"unconfirmed"}
    assert treatments(record)["mri-whole-spine"] is True


@pytest.mark.parametrize("value", [False, ABSENT])
def test_a_complication_that_an_observation_denies_raises_no_alarm(value: Any) -> None:
    record = asserted("71286001", value)
    assert remarks(take(record))["Observation/o"] == {"refuted"}
    assert "urgent-spine-referral" not in treatments(record)
    assert possible(take(record, assume_complete=True), "spinal-cord-compression", "T6") == {False}


def test_a_metastasis_as_an_observation_is_not_denied() -> None:
    liver = asserted("94381002", True)
    assert possible(take(liver, assume_complete=True), "visceral-metastases") != {"none"}
    assert remarks(take(liver))["Observation/o"] == {"unconfirmed"}
    assert possible(take(asserted("94381002", False), assume_complete=True), "visceral-metastases") == {"none"}


def test_a_complication_in_a_component_counts_as_one_of_its_own() -> None:
    parts = [
        {"code": concept(("71286001", SNOMED)), "valueBoolean": True},
        {"code": concept(("94381002", SNOMED)), "valueBoolean": False},
    ]
    exam = observation("x", system="urn:local", name="o", component=parts)
    intake = take(bundle(metastasis(), exam), assume_complete=True)
    assert possible(intake, "spinal-cord-compression", "T6") == PERHAPS
    assert possible(intake, "visceral-metastases") == {"none"}
    assert remarks(intake)["Observation/o"] == {"unconfirmed", "refuted"}


def test_a_complication_as_an_observation_of_tomorrow_is_none_today() -> None:
    later = asserted("71286001", True, day="2026-11-01")
    assert remarks(take(later))["Observation/o"] == {"after-as-of"}
    assert not said(take(later), "spinal-cord-compression", "T6")


@pytest.mark.parametrize("code", ["R32", "N39.46", "R15.9"])
def test_incontinence_is_a_sign_beside_a_tumour_of_the_spine_and_not_beside_any_cancer(code: str) -> None:
    assert said(take(bundle(metastasis(), condition("C61"), condition(code))), "sphincter-dysfunction")
    assert not said(take(bundle(condition("C61"), condition(code))), "sphincter-dysfunction")
