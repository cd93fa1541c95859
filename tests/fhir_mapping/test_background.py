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
    metastasis,
    possible,
    procedure,
    remarks,
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


def test_an_order_of_chemotherapy_or_radiotherapy_is_no_treatment() -> None:
    order = {"resourceType": "ServiceRequest", "id": "x", "status": "active", "intent": "order"}
    for code in ("367336001", "108290001"):
        words = "Chemotherapy" if code == "367336001" else "Radiotherapy"
        ordered = order | SUBJECT | {"code": concept((code, SNOMED), text=words)}
        intake = take(bundle(metastasis(), ordered), assume_complete=True)
        assert possible(intake, "previous-chemotherapy") == {False}
        assert possible(intake, "prior-radiotherapy-at-level", "T6") == {False}
