"""Records that are whole and wrong: another version of FHIR, two patients, references to nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from tests.support.door import check_refusal, post
from tests.support.records import bare, bundle, metastasis, observation, patient
from tests.support.stored import record


@pytest.mark.parametrize("name", ["Jerde_Anthony_41", "Mueller_Cesar_55", "Rau_Bob_66"])
def test_a_record_of_another_version_of_fhir_is_415_and_says_which(client: FlaskClient, name: str) -> None:
    outcome = check_refusal(post(client, record(f"wrong-version/{name}")), 415)
    (issue,) = outcome["issue"]
    assert issue["code"] == "not-supported"
    assert "STU3" in issue["diagnostics"]
    assert "R4" in issue["diagnostics"]
    assert issue["expression"][0].startswith("Bundle.entry[")


@pytest.mark.parametrize(
    ("resource", "version"),
    [
        ({"resourceType": "MedicationOrder"}, "DSTU2"),
        ({"resourceType": "Condition", "patient": {"reference": "Patient/p1"}, "code": {}}, "STU3"),
        ({"resourceType": "Condition", "clinicalStatus": "active"}, "STU3"),
        ({"resourceType": "Procedure", "status": "completed", "notPerformed": False}, "STU3"),
        ({"resourceType": "Procedure", "status": "completed", "occurrenceDateTime": "2026-01-01"}, "R5"),
        ({"resourceType": "Encounter", "class": [{"coding": []}]}, "R5"),
        ({"resourceType": "GenomicStudy"}, "R5"),
    ],
)
def test_a_form_that_r4_does_not_have_is_415(client: FlaskClient, resource: dict[str, Any], version: str) -> None:
    outcome = check_refusal(post(client, bare(patient(), metastasis(), resource)), 415, "Bundle.entry[2].resource")
    assert version in outcome["issue"][0]["diagnostics"]


def test_two_patients_are_422_and_both_are_named(client: FlaskClient) -> None:
    other = metastasis("L1") | {"id": "of-p2", "subject": {"reference": "Patient/p2"}}
    outcome = check_refusal(
        post(client, bundle(patient(), patient("p2"), metastasis("T6"), other)), 422, "Bundle.entry"
    )
    assert outcome["issue"][0]["code"] == "multiple-matches"
    assert "Bundle.entry[0].resource, Bundle.entry[1].resource" in outcome["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "reference", ["Patient/p2", "https://example.org/fhir/Patient/p2", "urn:uuid:p2", "Group/p1", "p1", "x"]
)
def test_a_subject_that_is_not_in_the_bundle_is_422(client: FlaskClient, reference: str) -> None:
    lost = metastasis() | {"subject": {"reference": reference}}
    check_refusal(post(client, bundle(lost)), 422, "Bundle.entry[1].resource.subject")


@pytest.mark.parametrize("reference", ["Condition/none", "https://example.org/fhir/Condition/none", "urn:uuid:none"])
def test_a_focus_that_is_not_in_the_bundle_is_422(client: FlaskClient, reference: str) -> None:
    pain = observation("sins-pain", "mechanical", focus=[{"display": "x"}, {"reference": reference}])
    made = bundle(patient(), metastasis(), pain)
    check_refusal(post(client, made), 422, "Bundle.entry[2].resource.focus[1].reference")


def test_a_refusal_is_json_that_a_parser_takes(client: FlaskClient) -> None:
    assert orjson.loads(post(client, b"{").get_data())["resourceType"] == "OperationOutcome"
