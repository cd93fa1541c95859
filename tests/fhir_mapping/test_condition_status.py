"""Conditions that are not certain, not active, not yet, or not of a code that is known."""

from __future__ import annotations

from typing import Any

import pytest

from service.assess import assess
from service.fhir_mapping.inbound import Intake
from service.fhir_mapping.inbound.dates import when
from tests.support.records import (
    ICD_10_CM,
    SNOMED,
    bundle,
    concept,
    condition,
    lesion_names,
    metastasis,
    possible,
    remarks,
    said,
    take,
)

VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"


def of(what: str, system: str = ICD_10_CM, **more: Any) -> Intake:
    """A record of a metastasis at T6 and a Condition."""
    return take(bundle(metastasis(), condition(what, system, name="c", **more)))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("refuted", "refuted"),
        ("entered-in-error", "refuted"),
        ("unconfirmed", "unconfirmed"),
        ("provisional", "unconfirmed"),
        ("differential", "unconfirmed"),
    ],
)
def test_what_is_not_confirmed_is_not_used(status: str, code: str) -> None:
    for diagnosis in ("C50.9", "C79.51"):
        intake = take(bundle(metastasis("L5"), condition(diagnosis, at="T6", name="c", verification=status)))
        assert not said(intake, "primary-tumour")
        assert lesion_names(intake) == ["L5"]
        assert remarks(intake) == {"Condition/c": {code}}


@pytest.mark.parametrize(
    "status",
    [
        concept(("4", "urn:local"), ("refuted", VERIFICATION)),
        concept(("refuted", VERIFICATION), ("4", "urn:local")),
        concept(("refuted", f"{VERIFICATION}|4.0.1")),
    ],
)
def test_a_status_with_a_local_code_beside_it_is_still_that_status(status: dict[str, Any]) -> None:
    intake = take(bundle(metastasis(), condition("C50.9", name="c", verificationStatus=status)))
    assert not said(intake, "primary-tumour")
    assert remarks(intake) == {"Condition/c": {"refuted"}}


def test_a_clinical_status_with_a_local_code_before_it_is_still_that_status() -> None:
    status = concept(("9", "urn:local"), ("resolved", CLINICAL))
    intake = take(bundle(condition("C79.51", at="T6", name="c", clinicalStatus=status)))
    assert remarks(intake) == {"Condition/c": {"resolved"}}


@pytest.mark.parametrize("status", [None, "confirmed"])
def test_a_diagnosis_without_status_counts_as_one_that_is_confirmed(status: str | None) -> None:
    assert possible(of("C50.9", verification=status, clinical=None), "primary-tumour") == {"breast"}


@pytest.mark.parametrize("status", ["resolved", "remission", "inactive"])
def test_what_is_over_is_no_lesion_but_a_primary_remains_one(status: str) -> None:
    gone = take(bundle(condition("C79.51", at="T6", name="c", clinical=status)))
    assert (lesion_names(gone), remarks(gone)) == ([], {"Condition/c": {"resolved"}})
    primary = of("C50.9", clinical=status)
    assert possible(primary, "primary-tumour") == {"breast"}
    assert remarks(primary) == {"Condition/c": {"not-active"}}


@pytest.mark.parametrize("status", ["active", "recurrence", "relapse"])
def test_what_is_active_counts(status: str) -> None:
    assert lesion_names(take(bundle(condition("C79.51", at="T6", clinical=status)))) == ["T6"]


def test_an_abatement_before_the_assessment_is_an_end_and_one_after_is_none() -> None:
    assert lesion_names(take(bundle(condition("C79.51", at="T6", abatementDateTime="2026-09-01")))) == []
    assert lesion_names(take(bundle(condition("C79.51", at="T6", abatementDateTime="2026-12-01")))) == ["T6"]


@pytest.mark.parametrize(
    ("end", "is_over"),
    [
        ({"abatementPeriod": {"start": "2026-01-01", "end": "2026-02-01"}}, True),
        ({"abatementPeriod": {"start": "2026-01-01"}}, True),
        ({"abatementPeriod": {"start": "2026-09-01", "end": "2026-12-01"}}, False),
        ({"abatementPeriod": {}}, False),
        ({"abatementAge": {"value": 60, "system": "http://unitsofmeasure.org", "code": "a"}}, True),
        ({"abatementRange": {"low": {"value": 60}, "high": {"value": 62}}}, True),
    ],
)
def test_an_end_is_an_end_in_each_of_its_forms(end: Any, is_over: bool) -> None:
    intake = take(bundle(condition("C79.51", at="T6", name="c", clinical=None, **end)))
    assert (lesion_names(intake), remarks(intake)) == (([], {"Condition/c": {"resolved"}}) if is_over else (["T6"], {}))


def test_an_end_in_words_alone_leaves_open_whether_it_is_over() -> None:
    words = {"abatementString": "some time last year"}
    gone = take(bundle(metastasis("L5"), condition("C79.51", at="T6", name="c", clinical=None, **words)))
    assert (lesion_names(gone), remarks(gone)) == (["L5"], {"Condition/c": {"unconfirmed"}})
    primary = of("C50.9", clinical=None, **words)
    assert (possible(primary, "primary-tumour"), remarks(primary)) == ({"breast"}, {"Condition/c": {"not-active"}})
    active = take(bundle(condition("C79.51", at="T6", name="c", **words)))
    assert (lesion_names(active), remarks(active)) == (["T6"], {})
    compression = of("G95.20", clinical=None, **words)
    assert possible(compression, "spinal-cord-compression") == {True, False}


@pytest.mark.parametrize(
    "element", [{"onsetDateTime": "2026-11-01"}, {"onsetPeriod": {"start": "2026-11"}}, {"recordedDate": "2026-11-01"}]
)
def test_what_began_after_the_assessment_is_left_out(element: dict[str, Any]) -> None:
    intake = take(bundle(condition("C79.51", at="T6", name="c", **element)))
    assert (lesion_names(intake), remarks(intake)) == ([], {"Condition/c": {"after-as-of"}})


@pytest.mark.parametrize(
    ("code", "system", "display", "why"),
    [
        ("162573006", SNOMED, "Suspected lung cancer (situation)", "unconfirmed"),
        ("92691004", SNOMED, "Carcinoma in situ of prostate (disorder)", "not-read"),
        ("126906006", SNOMED, "Neoplasm of prostate", "not-understood"),
        ("D05.1", ICD_10_CM, None, "not-read"),
        ("D12.6", ICD_10_CM, None, "not-read"),
        ("D48.7", ICD_10_CM, None, "not-read"),
        ("Z80.3", ICD_10_CM, None, "not-read"),
        ("1", "urn:local", "Verdacht auf Knochenmetastasen", "unconfirmed"),
        ("1", "urn:local", "Family history of breast cancer", "not-read"),
        ("1", "urn:local", "Benign neoplasm of colon", "not-read"),
        ("1", "urn:local", "Bone metastases", "not-understood"),
    ],
)
def test_what_only_looks_like_a_cancer_is_not_used_and_is_in_the_ledger(
    code: str, system: str, display: str | None, why: str
) -> None:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    intake = take(bundle(metastasis(), condition(code, system, name="c", code={"coding": [coding]})))
    assert not said(intake, "primary-tumour")
    assert remarks(intake) == {"Condition/c": {why}}


@pytest.mark.parametrize(
    "words",
    [
        "Metastasis at L3",
        "MALIGNANT MELANOMA",
        "Chronic lymphoid leukemia, disease",
        "Acute leukaemia",
        "Melanoma of skin",
        "Plasmacytoma of T6",
        "Mesothelioma",
        "Seminoma of testis",
        "Chordoma",
        "Retinoblastoma",
        "Glioma",
        "Hodgkin disease",
        "Schwannoma of spinal nerve root",
        "Krebs der Brust",
    ],
)
def test_a_tumour_by_its_words_is_never_dropped_in_silence(words: str) -> None:
    by_text = take(bundle(metastasis(), condition("x", name="c", code={"text": words})))
    by_display = take(
        bundle(
            metastasis(),
            condition("x", name="c", code={"coding": [{"system": "urn:local", "code": "1", "display": words}]}),
        )
    )
    assert remarks(by_text) == remarks(by_display) == {"Condition/c": {"not-understood"}}


@pytest.mark.parametrize(("code", "system"), [("I10", ICD_10_CM), ("44054006", SNOMED), ("M54.5", ICD_10_CM)])
def test_what_is_no_tumour_is_somebody_elses_business(code: str, system: str) -> None:
    assert remarks(take(bundle(metastasis(), condition(code, system)))) == {}


@pytest.mark.parametrize(
    ("code", "system", "finding"),
    [
        ("G83.4", ICD_10_CM, "cauda-equina-syndrome"),
        ("71286001", SNOMED, "spinal-cord-compression"),
        ("M84.58XA", ICD_10_CM, "pathologic-fracture"),
    ],
)
def test_a_complication_is_a_finding(code: str, system: str, finding: str) -> None:
    intake = of(code, system)
    assert possible(intake, finding, "T6") == {True} or possible(intake, finding) == {True}


@pytest.mark.parametrize("code", ["G95.20", "G83.4"])
@pytest.mark.parametrize("verification", ["unconfirmed", "provisional", "differential"])
def test_a_suspected_compression_is_urgent_in_a_record_with_a_cancer(code: str, verification: str) -> None:
    suspected = condition(code, verification=verification)
    found = assess(bundle(condition("C50.9"), suspected), when("2026-10-02"))
    assert [(r.treatment, r.urgent, r.settled) for r in found.plan.recommendations] == [
        ("urgent-spine-referral", True, True),
        ("mri-whole-spine", True, True),
        # A steroid is for neurological symptoms or signs, and the record says nothing of any.
        ("dexamethasone", True, False),
    ]
    assert not assess(bundle(suspected), when("2026-10-02")).plan.recommendations


def test_a_refuted_compression_raises_no_alarm() -> None:
    found = assess(bundle(condition("C50.9"), condition("G95.20", verification="refuted")), when("2026-10-02"))
    assert not found.plan.recommendations


GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


@pytest.mark.parametrize(
    ("letter", "code", "primary"),
    [("G", None, {"breast"}), ("V", "unconfirmed", None), ("A", "refuted", None), ("Z", "not-active", {"breast"})],
)
def test_a_german_diagnosis_says_by_a_letter_how_sure_it_is(letter: str, code: str | None, primary: Any) -> None:
    certainty = {
        "url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
        "valueCoding": {"system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_DIAGNOSESICHERHEIT", "code": letter},
    }
    coded = {"coding": [{"system": GERMAN, "code": "C50.9", "extension": [certainty]}]}
    intake = of("x", verification=None, clinical=None, code=coded)
    assert remarks(intake) == ({"Condition/c": {code}} if code else {})
    assert said(intake, "primary-tumour") is (primary is not None)
    assert primary is None or possible(intake, "primary-tumour") == primary


@pytest.mark.parametrize("extension", [7, "V", {"url": "x"}, [None, 7]])
def test_an_extension_that_is_none_says_nothing_of_how_sure_a_diagnosis_is(extension: Any) -> None:
    coded = {"coding": [{"system": GERMAN, "code": "C50.9", "extension": extension}]}
    assert possible(of("x", verification=None, clinical=None, code=coded), "primary-tumour") == {"breast"}


@pytest.mark.parametrize(
    "words",
    [
        "V.a. Mammakarzinom",
        "Suspected breast cancer",
        "Breast cancer?",
        "Verdacht auf",
        "kein Anhalt für Mammakarzinom",
        "No evidence of breast cancer",
        "Mammakarzinom ausgeschlossen",
        "Breast cancer ruled out",
        "Mammakarzinom (Verdacht)",
        "DD Mammakarzinom",
        "Possible breast cancer, no metastases",
    ],
)
def test_a_doubt_in_words_counts_where_no_status_says_otherwise(words: str) -> None:
    doubted = concept(("C50.9", ICD_10_CM), text=words)
    assert remarks(of("x", verification=None, code=doubted)) == {"Condition/c": {"unconfirmed"}}
    assert possible(of("x", verification="confirmed", code=doubted), "primary-tumour") == {"breast"}


def test_words_of_more_clauses_than_any_diagnosis_has_are_no_fact() -> None:
    few, many = (", ".join(["Mammakarzinom", *["G2"] * number]) for number in (20, 200))
    assert possible(of("C50.9", code=concept(("C50.9", ICD_10_CM), text=few), verification=None), "primary-tumour") == {
        "breast"
    }
    assert remarks(of("x", verification=None, code=concept(("C50.9", ICD_10_CM), text=many))) == {
        "Condition/c": {"unconfirmed"}
    }


def test_a_doubt_in_the_name_of_the_code_counts_as_one_in_the_text() -> None:
    doubted = {"coding": [{"system": ICD_10_CM, "code": "C50.9", "display": "Verdacht auf Mammakarzinom"}]}
    intake = of("x", verification=None, code=doubted)
    assert (said(intake, "primary-tumour"), remarks(intake)) == (False, {"Condition/c": {"unconfirmed"}})


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Mammakarzinom, kein Anhalt für Metastasen", "C50.9"),
        ("Mammakarzinom. Kein Nachweis von Fernmetastasen.", "C50.9"),
        ("Breast cancer with suspected recurrence", "C50.9"),
        ("V.a. Metastasen bei Mammakarzinom", "C50.9"),
        ("Non-small cell carcinoma of lung", "C34.9"),
        ("Nicht-kleinzelliges Bronchialkarzinom", "C34.9"),
        ("Multiple myeloma not having achieved remission", "C90.00"),
        ("Breast cancer, no lymphadenopathy", "C50.9"),
    ],
)
def test_a_doubt_of_something_else_is_none_of_the_tumour(words: str, code: str) -> None:
    intake = of("x", verification=None, code=concept((code, ICD_10_CM), text=words))
    assert (said(intake, "primary-tumour"), remarks(intake)) == (True, {})


@pytest.mark.parametrize(
    ("words", "is_doubted"),
    [
        ("No evidence of bone metastasis", True),
        ("Knochenmetastasen (Verdacht)", True),
        ("Mammakarzinom, V.a. Knochenmetastasen", True),
        ("V.a. Mammakarzinom, Knochenmetastasen", False),
        ("Bone metastasis, no evidence of metastasis", True),
        ("Bone metastasis, no cord compression", False),
        ("Bone metastasis", False),
    ],
)
def test_a_metastasis_is_doubted_where_the_words_are_about_it(words: str, is_doubted: bool) -> None:
    record = condition("x", at="T6", name="c", verification=None, code=concept(("C79.51", ICD_10_CM), text=words))
    assert lesion_names(take(bundle(record))) == ([] if is_doubted else ["T6"])


@pytest.mark.parametrize(("code", "tumour"), [("Z85.3", "breast"), ("Z85528", "kidney")])
def test_a_cancer_of_the_past_remains_where_metastases_may_come_from(code: str, tumour: str) -> None:
    intake = of(code)
    assert (possible(intake, "primary-tumour"), remarks(intake)) == ({tumour}, {"Condition/c": {"not-active"}})


def test_a_cancer_of_the_past_that_names_no_organ_is_in_the_ledger() -> None:
    assert remarks(of("Z85.9")) == {"Condition/c": {"not-read"}}


@pytest.mark.parametrize(
    ("code", "finding"),
    [("Z92.21", "previous-chemotherapy"), ("Z51.11", "previous-chemotherapy"), ("Z51.12", "previous-systemic-therapy")],
)
def test_a_treatment_that_is_coded_as_a_diagnosis_is_one(code: str, finding: str) -> None:
    assert possible(of(code), finding) == {True}
    assert remarks(of(code, recordedDate="2026-12-01")) == {"Condition/c": {"after-as-of"}}


def test_radiotherapy_that_is_coded_as_a_diagnosis_was_perhaps_given_at_the_lesion() -> None:
    intake = of("Z92.3")
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}


@pytest.mark.parametrize(
    "summary", [{"text": "Stage IV"}, concept(("cM1b", "http://cancerstaging.org")), {"text": "pT2 pN1 M1"}]
)
def test_a_stage_with_metastases_says_not_where_and_is_no_silence(summary: dict[str, Any]) -> None:
    staged = condition("C50.9", stage=[{"summary": summary}])
    plain = condition("C50.9", stage=[{"summary": {"text": "Stage IIIA"}}])
    spread, local = (take(bundle(metastasis(), each), assume_complete=True) for each in (staged, plain))
    assert possible(spread, "brain-metastases") == {True, False}
    assert possible(local, "brain-metastases") == {False}


def test_an_in_situ_histology_beside_a_malignant_code_is_no_cancer_that_spreads() -> None:
    url = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
    morphology = {
        "url": url,
        "valueCodeableConcept": concept(("8500/2", "http://terminology.hl7.org/CodeSystem/icd-o-3")),
    }
    intake = of("C50.9", extension=[morphology])
    assert (said(intake, "primary-tumour"), remarks(intake)) == (False, {"Condition/c": {"conflict"}})


@pytest.mark.parametrize("words", ["Compression of spinal cord", "Kauda", "Pathologische Fraktur BWK 8", "Paraplegia"])
def test_a_complication_by_its_words_is_no_silence(words: str) -> None:
    intake = take(bundle(metastasis(), condition("x", name="c", code={"text": words})), assume_complete=True)
    known = words != "Kauda"
    assert ("Condition/c" in remarks(intake)) is known
    assert (possible(intake, "spinal-cord-compression", "T6") == {False}) is not known
