"""Types that carry no finding: named where they speak of a tumour or its treatment, and never read."""

from __future__ import annotations

import pytest

from tests.support.records import (
    ICD_10_CM,
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    level,
    metastasis,
    possible,
    procedure,
    remarks,
    said,
    take,
)

SUBJECT = {"subject": {"reference": "Patient/p1"}}
BREAST = concept(("C50.9", ICD_10_CM))
OF_BREAST = [{"reference": "Condition/c"}]

SPEAKS: dict[str, Resource] = {
    "an order of radiotherapy": {"resourceType": "ServiceRequest", "code": {"text": "Bestrahlung der BWS"}},
    "an order for a tumour": {"resourceType": "ServiceRequest", "code": {"text": "CT"}, "reasonCode": [BREAST]},
    "an order for a tumour of the record": {"resourceType": "ServiceRequest", "reasonReference": OF_BREAST},
    "a plan for a tumour": {"resourceType": "CarePlan", "addresses": OF_BREAST},
    "a plan of a drug": {"resourceType": "CarePlan", "activity": [{"detail": {"description": "Zoledronic acid"}}]},
    "a relative with a tumour": {"resourceType": "FamilyMemberHistory", "condition": [{"code": BREAST}]},
    "images of the spine": {"resourceType": "ImagingStudy", "series": [{"bodySite": {"display": "Thoracic spine"}}]},
    "images of a tumour": {"resourceType": "ImagingStudy", "reasonReference": OF_BREAST},
    "an effect of radiotherapy": {
        "resourceType": "AdverseEvent",
        "event": {"text": "Fatigue"},
        "suspectEntity": [{"instance": {"reference": "Procedure/r"}}],
    },
    "an impression": {"resourceType": "ClinicalImpression", "summary": "Progressive metastatic disease"},
    "a specimen": {"resourceType": "Specimen", "type": {"text": "Tumor tissue"}},
    "a structure": {"resourceType": "BodyStructure", "morphology": concept(("x", "urn:x"), text="Metastasis")},
    "the risk of a tumour": {"resourceType": "RiskAssessment", "prediction": [{"outcome": {"text": "Breast cancer"}}]},
}
SILENT: dict[str, Resource] = {
    "a code whose system is no text": {
        "resourceType": "ServiceRequest",
        "code": {"coding": [{"system": {"url": "x"}, "code": "y"}, {"system": [1], "code": "y"}]},
    },
    "an order of a laboratory": {"resourceType": "ServiceRequest", "code": {"text": "Blood count"}, "status": 7},
    "a plan for diabetes": {"resourceType": "CarePlan", "category": [{"text": "Diabetes self management plan"}]},
    "a relative with an infarction": {
        "resourceType": "FamilyMemberHistory",
        "condition": [{"code": {"text": "Heart Attack"}}],
    },
    "images of a hand": {"resourceType": "ImagingStudy", "description": "X-ray of hand", "series": "none"},
    "a reference to nothing": {"resourceType": "CarePlan", "addresses": [{"reference": "Condition/not-here"}, 7]},
    "blood": {"resourceType": "Specimen", "type": {"text": "Serum"}},
}


def beside(resource: Resource) -> Resource:
    """The record of a breast cancer with a metastasis and radiotherapy, and one resource more."""
    treated = procedure("108290001", name="r", at="T6")
    treated["code"]["text"] = "Radiotherapy"
    return bundle(metastasis(), condition("C50.9", name="c"), treated, {"id": "x", **SUBJECT, **resource})


@pytest.mark.parametrize("case", SPEAKS)
def test_what_speaks_of_a_tumour_is_named_and_not_read(case: str) -> None:
    found = remarks(take(beside(SPEAKS[case])))
    assert found == {f"{SPEAKS[case]['resourceType']}/x": {"not-read"}}


@pytest.mark.parametrize("case", SILENT)
def test_what_does_not_is_somebody_elses_business_whatever_its_form(case: str) -> None:
    assert remarks(take(beside(SILENT[case]))) == {}


def test_a_tumour_of_a_relative_is_never_the_patients() -> None:
    aunt = {"resourceType": "FamilyMemberHistory", "id": "x", "condition": [{"code": concept(("363443007", SNOMED))}]}
    assert possible(take(bundle(metastasis(), aunt)), "primary-tumour") == possible(
        take(bundle(metastasis())), "primary-tumour"
    )


ORDER: Resource = {"resourceType": "ServiceRequest", "id": "x", "status": "active", "intent": "order", **SUBJECT}
CHEMOTHERAPY, RADIOTHERAPY = concept(("367336001", SNOMED)), concept(("108290001", SNOMED))


@pytest.mark.parametrize("code", [CHEMOTHERAPY, {"text": "Chemotherapy"}])
def test_an_order_is_no_treatment_and_what_it_is_of_is_not_denied(code: Resource) -> None:
    record = bundle(metastasis(), ORDER | {"code": code})
    assert not said(take(record), "previous-chemotherapy")
    assert remarks(take(record)) == {"ServiceRequest/x": {"not-read"}}
    assert possible(take(record, assume_complete=True), "previous-chemotherapy") == {True, False}


@pytest.mark.parametrize("code", [RADIOTHERAPY, {"text": "Bestrahlung BWS"}])
@pytest.mark.parametrize("site", [{}, {"bodySite": [level("T6")]}])
def test_radiotherapy_whose_order_is_completed_was_perhaps_given(code: Resource, site: Resource) -> None:
    intake = take(bundle(metastasis(), ORDER | {"status": "completed", "code": code} | site))
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}
    assert "not-read" in remarks(intake)["ServiceRequest/x"]


@pytest.mark.parametrize(
    "more",
    [
        {"status": "active"},
        {"intent": "proposal"},
        {"authoredOn": "2026-11-01"},
        {"authoredOn": "some day"},
        {"bodySite": [concept(("76752008", SNOMED), text="Breast")]},
    ],
)
def test_an_order_that_is_not_carried_out_at_the_spine_says_nothing_of_the_level(more: Resource) -> None:
    order = ORDER | {"status": "completed", "code": RADIOTHERAPY} | more
    assert not said(take(bundle(metastasis(), order)), "prior-radiotherapy-at-level", "T6")


@pytest.mark.parametrize(
    "more", [{"status": "draft"}, {"status": "revoked"}, {"status": "entered-in-error"}, {"doNotPerform": True}]
)
def test_what_was_never_ordered_is_denied_by_a_complete_record(more: Resource) -> None:
    intake = take(bundle(metastasis(), ORDER | {"code": CHEMOTHERAPY} | more), assume_complete=True)
    assert possible(intake, "previous-chemotherapy") == {False}


LIVER = concept(("C78.7", ICD_10_CM))


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "ClinicalImpression", "finding": [{"itemCodeableConcept": LIVER}]},
        {"resourceType": "ClinicalImpression", "summary": "Known liver metastases"},
        {"resourceType": "CarePlan", "title": "Radiotherapy of liver metastases"},
        {"resourceType": "ServiceRequest", "code": {"text": "CT"}, "reasonCode": [LIVER]},
        {"resourceType": "Specimen", "type": {"text": "Biopsy of a liver metastasis"}},
    ],
)
def test_what_is_mentioned_anywhere_is_not_denied(resource: Resource) -> None:
    record = bundle(metastasis(), {"id": "x", **SUBJECT, **resource})
    assert "none" in possible(take(record), "visceral-metastases")
    assert possible(take(record, assume_complete=True), "visceral-metastases") != {"none"}
    withdrawn = bundle(metastasis(), {"id": "x", **SUBJECT, **resource, "status": "entered-in-error"})
    assert possible(take(withdrawn, assume_complete=True), "visceral-metastases") == {"none"}


def test_a_plan_with_a_treatment_by_its_code_is_named() -> None:
    plan = {"resourceType": "CarePlan", "id": "x", **SUBJECT, "activity": [{"detail": {"code": CHEMOTHERAPY}}]}
    assert remarks(take(bundle(metastasis(), plan))) == {"CarePlan/x": {"not-read"}}


@pytest.mark.parametrize("kind", ["FamilyMemberHistory", "ImagingStudy"])
def test_what_is_of_a_relative_or_is_looked_for_is_denied_all_the_same(kind: str) -> None:
    part = "condition" if kind == "FamilyMemberHistory" else "procedureCode"
    value = [{"code": LIVER}] if kind == "FamilyMemberHistory" else [{"text": "CT, liver metastases?"}]
    intake = take(bundle(metastasis(), {"resourceType": kind, "id": "x", part: value}), assume_complete=True)
    assert possible(intake, "visceral-metastases") == {"none"}
