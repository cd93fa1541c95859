"""What a staged record denies by silence, where the policy of the site reads it so."""

from __future__ import annotations

from typing import Any

import pytest

from service.evidence import Span
from service.fhir_mapping.inbound import Intake
from service.policy import Policy
from tests.support.records import bundle, condition, metastasis, observation, possible, primary, remarks, said, take

SPREAD = (
    "visceral-metastases",
    "brain-metastases",
    "bone-marrow-carcinomatosis",
    "extraspinal-bone-metastasis-count",
    "vertebral-metastasis-count",
)
STAGED = observation("staging-complete", True, name="staged")


def pet(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ImagingStudy",
        "id": "pet",
        "status": "available",
        "subject": {"reference": "Patient/p1"},
        "started": "2026-09-20T09:00:00Z",
        "modality": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "PT"}],
        **more,
    }


def taken(staging: str, *resources: dict[str, Any], **options: Any) -> Intake:
    policy = Policy(name="site", staging=staging, **options)
    return take(bundle(metastasis("T6"), metastasis("L2"), primary("breast"), *resources), policy=policy)


def denied(intake: Intake) -> list[str]:
    return [finding for finding in SPREAD if said(intake, finding)]


def test_staging_that_is_said_to_be_complete_denies_what_the_record_does_not_mention() -> None:
    intake = taken("said", STAGED)
    assert denied(intake) == list(SPREAD)
    assert possible(intake, "visceral-metastases") == {"none"}
    assert possible(intake, "vertebral-metastasis-count") == {Span.point(2)}
    assert remarks(intake) == {"Observation/staged": {"declared-complete"}}
    assert "Observation/staged" in intake.inputs


def test_by_default_staging_denies_nothing() -> None:
    assert denied(taken("unknown", STAGED, pet())) == []


def test_imaging_counts_only_where_the_policy_says_so() -> None:
    assert denied(taken("said", pet())) == []
    assert denied(taken("imaging", pet()))


def test_a_pet_denies_nothing_of_the_brain_and_the_marrow() -> None:
    intake = taken("imaging", pet())
    assert set(SPREAD) - set(denied(intake)) == {"brain-metastases", "bone-marrow-carcinomatosis"}
    assert intake.inputs["ImagingStudy/pet"] == "ImagingStudy"
    assert remarks(intake) == {"ImagingStudy/pet": {"declared-complete"}}


@pytest.mark.parametrize(
    "study",
    [
        pet(status="registered"),
        pet(status="cancelled"),
        pet(started=None),
        pet(started="2026-01-01T09:00:00Z"),
        pet(started="2026-12-01T09:00:00Z"),
        pet(modality=[{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}]),
        pet(modality=[{"system": "http://hospital.example/modality", "code": "PT"}]),
        pet(modality="PT"),
    ],
    ids=["registered", "cancelled", "undated", "old", "later", "ct", "another system", "no coding"],
)
def test_what_is_no_recent_pet_denies_nothing(study: dict[str, Any]) -> None:
    assert denied(taken("imaging", study)) == []


def test_the_modality_may_be_that_of_a_series() -> None:
    series = [{"uid": "1.2", "modality": pet()["modality"][0]}]
    assert denied(taken("imaging", pet(modality=None, series=series)))


@pytest.mark.parametrize(
    "statement",
    [
        observation("staging-complete", False),
        observation("staging-complete", True, day="2026-01-01"),
        observation("staging-complete", True, day=None),
        observation("staging-complete", True, status="cancelled"),
    ],
    ids=["incomplete", "old", "undated", "withdrawn"],
)
def test_staging_that_is_not_known_to_be_complete_now_denies_nothing(statement: dict[str, Any]) -> None:
    assert denied(taken("said", statement)) == []


def test_staging_that_is_said_to_be_incomplete_stands_above_a_pet() -> None:
    assert denied(taken("imaging", observation("staging-complete", False), pet())) == []


def test_what_the_record_mentions_is_not_denied() -> None:
    intake = taken("said", STAGED, condition("C78.7"), condition("C79.31", verification="provisional"))
    assert possible(intake, "visceral-metastases") != {"none"}
    assert "brain-metastases" not in denied(intake)
    assert "bone-marrow-carcinomatosis" in denied(intake)


def test_a_record_without_a_tumour_of_the_spine_is_not_read_so() -> None:
    policy = Policy(name="site", staging="said")
    assert denied(take(bundle(primary("breast"), STAGED), policy=policy)) == []


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"series": [{"uid": "1", "bodySite": {"system": "http://snomed.info/sct", "code": "38266002"}}]}, True),
        ({"series": [{"uid": "1", "bodySite": {"code": "x", "display": "Skull base to mid-thigh"}}]}, True),
        ({"description": "FDG-PET/CT Ganzkörper"}, True),
        ({"series": [{"uid": "1", "bodySite": {"system": "http://snomed.info/sct", "code": "12738006"}}]}, False),
        ({"series": [{"uid": "1", "bodySite": {"display": "Brain"}}]}, False),
        ({"description": "PET brain"}, False),
        ({"procedureCode": [{"text": "Myocardial PET"}]}, False),
        ({"procedureCode": [{"coding": [{"system": "http://loinc.org", "code": "x", "display": "PET Brain"}]}]}, False),
    ],
)
def test_a_pet_of_one_part_of_the_body_denies_nothing(more: dict[str, Any], counts: bool) -> None:
    assert bool(denied(taken("imaging", pet(**more)))) is counts


def test_staging_that_is_too_old_to_deny_anything_is_said_to_be() -> None:
    old = observation("staging-complete", True, day="2026-01-01", name="staged")
    assert remarks(taken("said", old)) == {"Observation/staged": {"stale"}}
