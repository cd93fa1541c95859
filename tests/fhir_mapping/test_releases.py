"""Records of other releases of FHIR: known by what R4 does not have, and refused with what to do."""

from __future__ import annotations

from typing import Any

import pytest

from service.problems import Rejected
from tests.support.records import bundle, lesion_names, metastasis, take


@pytest.mark.parametrize(
    ("resource", "release"),
    [
        ({"resourceType": "Condition", "clinicalStatus": "active"}, "DSTU2 or STU3"),
        ({"resourceType": "Condition", "patient": {"reference": "Patient/p1"}}, "DSTU2 or STU3"),
        ({"resourceType": "Condition", "assertedDate": "2020-01-01"}, "DSTU2 or STU3"),
        ({"resourceType": "Observation", "context": {"reference": "Encounter/1"}}, "DSTU2 or STU3"),
        ({"resourceType": "Procedure", "notDone": False}, "DSTU2 or STU3"),
        ({"resourceType": "MedicationRequest", "context": {"reference": "Encounter/1"}}, "DSTU2 or STU3"),
        ({"resourceType": "MessageHeader", "timestamp": "2020-01-01T00:00:00Z"}, "DSTU2 or STU3"),
        ({"resourceType": "Encounter", "class": "inpatient"}, "DSTU2 or STU3"),
        ({"resourceType": "ProcedureRequest"}, "DSTU2 or STU3"),
        ({"resourceType": "BodySite"}, "DSTU2 or STU3"),
        ({"resourceType": "Condition", "participant": []}, "R5"),
        ({"resourceType": "Observation", "triggeredBy": []}, "R5"),
        ({"resourceType": "Procedure", "occurrenceDateTime": "2020-01-01"}, "R5"),
        ({"resourceType": "MedicationRequest", "medication": {"concept": {}}}, "R5"),
        ({"resourceType": "Encounter", "class": [{}]}, "R5"),
        ({"resourceType": "ImagingSelection"}, "R5"),
    ],
)
def test_another_release_is_refused_with_its_name_and_the_mend(resource: dict[str, Any], release: str) -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), resource | {"id": "x"}))
    (problem,) = refused.value.problems
    assert refused.value.status == 415
    assert problem.expression == "Bundle.entry[2].resource"
    assert f"FHIR {release}," in problem.message
    assert "Convert" in problem.message


def test_a_bundle_of_r5_is_known_by_its_own_members() -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), issues={"resourceType": "OperationOutcome", "issue": []}))
    assert (refused.value.status, refused.value.problems[0].expression) == (415, "Bundle")


@pytest.mark.parametrize("kind", ["Citation", "Ingredient", "SubscriptionTopic", "ClinicalUseDefinition"])
def test_a_record_of_r4b_is_read(kind: str) -> None:
    assert lesion_names(take(bundle(metastasis(), {"resourceType": kind, "id": "x"}))) == ["T6"]
