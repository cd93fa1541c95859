"""Elements that findings are read from, when they are wrong: 422, at the element, with the mend."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.door import check_refusal, json_of, post
from tests.support.records import (
    ICD_10_CM,
    LOINC,
    TUMOUR,
    VALUE,
    bare,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    patient,
    procedure,
    quantity,
)

HERE = "Bundle.entry[2].resource"

#: (finding, its value, the element that the refusal names)
IMPOSSIBLE = [
    ("ecog", {"valueInteger": 6}, "value"),
    ("ecog", {"valueInteger": -1}, "value"),
    ("ecog", {"valueQuantity": quantity(1.5, "1")}, "value"),
    ("ecog", {"valueQuantity": quantity(5, "1", ">")}, "value"),
    ("karnofsky", {"valueInteger": 101}, "value"),
    ("karnofsky", {"valueInteger": 110}, "value"),
    ("karnofsky", {"valueInteger": -10}, "value"),
    ("ecog", {"valueBoolean": True}, "value"),
    ("myelopathy", {"valueInteger": 1}, "value"),
    ("myelopathy", {"valueString": "yes"}, "value"),
    ("sins-pain", {"valueCodeableConcept": concept(("severe", VALUE))}, "valueCodeableConcept.coding[0].code"),
    ("sins-pain", {"valueCodeableConcept": concept(("lytic", VALUE))}, "valueCodeableConcept.coding[0].code"),
    ("sins-pain", {"valueBoolean": True}, "value"),
    ("escc-grade", {"valueCodeableConcept": concept(("escc-4", VALUE))}, "valueCodeableConcept.coding[0].code"),
    ("escc-grade", {"valueInteger": 2}, "value"),
    ("frankel-grade", {"valueCodeableConcept": concept(("asia-a", VALUE))}, "valueCodeableConcept.coding[0].code"),
    ("primary-tumour", {"valueCodeableConcept": concept(("toe", TUMOUR))}, "valueCodeableConcept.coding[0].code"),
    ("sins-collapse", {"valueQuantity": quantity(101, "%")}, "value"),
    ("sins-collapse", {"valueQuantity": quantity(-1, "%")}, "value"),
    ("albumin", {"valueQuantity": quantity(-1, "g/dL")}, "value"),
    ("albumin", {"valueQuantity": quantity(35, "g/dL")}, "value"),
    ("calcium", {"valueQuantity": quantity(1000, "mg/dL")}, "value"),
    ("vertebral-metastasis-count", {"valueInteger": -1}, "value"),
    ("vertebral-metastasis-count", {"valueQuantity": quantity(1.5, "1")}, "value"),
    ("vertebral-metastasis-count", {"valueInteger": 10**9}, "value"),
    ("wbb-zones", {"valueString": "0-13"}, "value"),
    ("wbb-zones", {"valueString": "four"}, "value"),
    ("wbb-layers", {"valueString": "A,F"}, "value"),
    ("dumbbell-diameter", {"valueQuantity": quantity(9, "m")}, "value"),
]


@pytest.mark.parametrize(("finding", "value", "element"), IMPOSSIBLE)
def test_a_known_finding_with_an_impossible_value_is_422(
    client: FlaskClient, finding: str, value: dict[str, Any], element: str
) -> None:
    outcome = check_refusal(post(client, bundle(metastasis(), observation(finding, value))), 422, f"{HERE}.{element}")
    assert "correct" in outcome["issue"][0]["diagnostics"].lower()


@pytest.mark.parametrize("finding", ["ecog", "sins-pain", "albumin", "myelopathy", "primary-tumour"])
def test_the_refusal_of_a_value_says_which_values_there_are(client: FlaskClient, finding: str) -> None:
    wrong = {"valueCodeableConcept": concept(("nonsense", VALUE))} if finding != "albumin" else (99, "g/dL")
    outcome = check_refusal(post(client, bundle(metastasis(), observation(finding, wrong))), 422)
    text = outcome["issue"][0]["diagnostics"]
    expected = {
        "ecog": "0, 1, 2, 3, 4, 5",
        "sins-pain": "mechanical",
        "albumin": "0.5 to 10 g/dL",
        "myelopathy": "false, true",
        "primary-tumour": "lung-nsclc",
    }
    assert expected[finding] in text


@pytest.mark.parametrize(
    ("finding", "unit", "element"),
    [
        ("albumin", "furlong", "code"),
        ("albumin", "g per dl", "code"),
        ("albumin", "mm[Hg]", "code"),
        ("albumin", "mmol", "code"),
        ("calcium", "mm", "code"),
        ("crp", "g/dL/", "code"),
        ("platelets", "g/L", "code"),
        ("ldh", "U", "code"),
        ("life-expectancy", "g", "code"),
        ("dumbbell-diameter", "cm2", "code"),
        ("sins-collapse", "g/dL", "code"),
        ("crp", "mmol/L", "code"),
    ],
)
def test_an_unknown_unit_is_422(client: FlaskClient, finding: str, unit: str, element: str) -> None:
    given = observation(finding, (1, unit))
    outcome = check_refusal(post(client, bundle(metastasis(), given)), 422, f"{HERE}.valueQuantity.{element}")
    assert outcome["issue"][0]["code"] == "code-invalid"
    assert "UCUM" in outcome["issue"][0]["diagnostics"]


def test_an_unknown_unit_without_code_is_422_at_the_unit(client: FlaskClient) -> None:
    given = observation("albumin", {"valueQuantity": {"value": 3, "unit": "furlong"}})
    check_refusal(post(client, bundle(metastasis(), given)), 422, f"{HERE}.valueQuantity.unit")


def test_an_unknown_unit_in_a_component_is_422_there(client: FlaskClient) -> None:
    panel = observation(
        "24323-8",
        system=LOINC,
        component=[{"code": concept(("1751-7", LOINC)), "valueQuantity": quantity(3, "furlong")}],
    )
    check_refusal(post(client, bundle(metastasis(), panel)), 422, f"{HERE}.component[0].valueQuantity.code")


def test_a_range_that_is_upside_down_is_422(client: FlaskClient) -> None:
    given = observation("albumin", {"valueRange": {"low": quantity(4, "g/dL"), "high": quantity(3, "g/dL")}})
    check_refusal(post(client, bundle(metastasis(), given)), 422, f"{HERE}.valueRange")


#: (what is wrong with an Observation of albumin, the element that the refusal names)
WRONG_TYPES = [
    ({"valueInteger": "3"}, ".valueInteger"),
    ({"valueInteger": 1.5}, ".valueInteger"),
    ({"valueInteger": [1]}, ".valueInteger"),
    ({"valueBoolean": "true"}, ".valueBoolean"),
    ({"valueBoolean": 1}, ".valueBoolean"),
    ({"valueString": 3}, ".valueString"),
    ({"valueQuantity": 3}, ".valueQuantity"),
    ({"valueQuantity": [quantity(3, "g/dL")]}, ".valueQuantity"),
    ({"valueQuantity": {"value": "3", "code": "g/dL"}}, ".valueQuantity.value"),
    ({"valueQuantity": {"value": True, "code": "g/dL"}}, ".valueQuantity.value"),
    ({"valueQuantity": {"value": 3, "code": 1}}, ".valueQuantity.code"),
    ({"valueQuantity": {"value": 3, "code": "g/dL", "comparator": "about"}}, ".valueQuantity.comparator"),
    ({"valueQuantity": {"value": 3, "code": "g/dL", "comparator": ["<"]}}, ".valueQuantity.comparator"),
    ({"valueRange": {"low": 3}}, ".valueRange.low"),
    ({"valueRange": []}, ".valueRange"),
    ({"valueCodeableConcept": "x"}, ".valueCodeableConcept"),
    ({"valueCodeableConcept": {"coding": "x"}}, ".valueCodeableConcept.coding"),
    ({"valueCodeableConcept": {"coding": ["x"]}}, ".valueCodeableConcept.coding[0]"),
    ({"valueCodeableConcept": {"coding": [{"system": 1, "code": "x"}]}}, ".valueCodeableConcept.coding[0].system"),
    ({"status": None}, ".status"),
    ({"status": 1}, ".status"),
    ({"status": ""}, ".status"),
    ({"effectiveDateTime": 20261001}, ".effectiveDateTime"),
    ({"effectiveDateTime": ""}, ".effectiveDateTime"),
    ({"effectiveDateTime": "yesterday"}, ".effectiveDateTime"),
    ({"effectiveDateTime": "01.10.2026"}, ".effectiveDateTime"),
    ({"effectiveDateTime": "2026-02-30"}, ".effectiveDateTime"),
    ({"effectiveDateTime": "2026-13"}, ".effectiveDateTime"),
    ({"effectiveDateTime": "20261001"}, ".effectiveDateTime"),
    ({"effectiveDateTime": "2026-10-01T25:00:00Z"}, ".effectiveDateTime"),
    ({"effectiveDateTime": None, "effectivePeriod": "2026"}, ".effectivePeriod"),
    ({"effectiveDateTime": None, "effectivePeriod": {"start": "x"}}, ".effectivePeriod.start"),
    ({"effectiveDateTime": None, "effectivePeriod": {"start": "2026", "end": "x"}}, ".effectivePeriod.end"),
    ({"effectiveDateTime": None, "effectiveInstant": "now"}, ".effectiveInstant"),
    ({"effectiveDateTime": None, "issued": "now"}, ".issued"),
    ({"subject": "Patient/p1"}, ".subject"),
    ({"subject": [{"reference": "Patient/p1"}]}, ".subject"),
    ({"subject": {"reference": 1}}, ".subject.reference"),
    ({"focus": {"reference": "Condition/c1"}}, ".focus"),
    ({"focus": [None]}, ".focus[0]"),
    ({"component": {}}, ".component"),
    ({"component": [1]}, ".component[0]"),
    ({"component": [{"code": "x"}]}, ".component[0].code"),
    ({"bodySite": [concept(("T6", VALUE))]}, ".bodySite"),
    ({"bodySite": "T6"}, ".bodySite"),
    ({"extension": {}}, ".extension"),
    ({"dataAbsentReason": "unknown"}, ".dataAbsentReason"),
]


@pytest.mark.parametrize(("change", "element"), WRONG_TYPES, ids=[str(c)[:60] for c, _ in WRONG_TYPES])
def test_an_element_of_the_wrong_type_is_422_at_the_element(
    client: FlaskClient, change: dict[str, Any], element: str
) -> None:
    given = observation("albumin", (3, "g/dL")) | change
    check_refusal(post(client, bundle(metastasis(), given)), 422, f"{HERE}{element}")


@pytest.mark.parametrize(
    ("given", "element"),
    [
        (condition("C50") | {"onsetDateTime": "x"}, ".onsetDateTime"),
        (condition("C50") | {"onsetPeriod": {"start": "x"}}, ".onsetPeriod.start"),
        (condition("C50") | {"recordedDate": "x"}, ".recordedDate"),
        (condition("C50") | {"abatementDateTime": "x"}, ".abatementDateTime"),
        (condition("C50") | {"bodySite": concept(("T6", VALUE))}, ".bodySite"),
        (condition("C50") | {"bodySite": ["T6"]}, ".bodySite[0]"),
        (condition("C50") | {"verificationStatus": "confirmed"}, ".verificationStatus"),
        (
            condition("C50") | {"subject": None, "code": {"coding": [{"system": ICD_10_CM, "code": "C50"}, 1]}},
            ".code.coding[1]",
        ),
        (procedure("108290001") | {"status": None}, ".status"),
        (procedure("108290001") | {"performedDateTime": "x"}, ".performedDateTime"),
        (procedure("108290001") | {"performedPeriod": "x"}, ".performedPeriod"),
    ],
)
def test_a_wrong_condition_or_procedure_is_422_at_the_element(
    client: FlaskClient, given: dict[str, Any], element: str
) -> None:
    check_refusal(post(client, bundle(metastasis(), given)), 422, f"{HERE}{element}")


@pytest.mark.parametrize(
    ("change", "element"),
    [
        ({"birthDate": "x"}, ".birthDate"),
        ({"birthDate": 1958}, ".birthDate"),
        ({"gender": 1}, ".gender"),
        ({"identifier": {}}, ".identifier"),
    ],
)
def test_a_wrong_patient_is_422_at_the_element(client: FlaskClient, change: dict[str, Any], element: str) -> None:
    made = bare(patient() | change, metastasis())
    check_refusal(post(client, made), 422, f"Bundle.entry[0].resource{element}")


def test_everything_that_is_wrong_is_said_at_once(client: FlaskClient) -> None:
    made = bundle(observation("ecog", 6), observation("albumin", (3, "furlong")), observation("sins-pain", "severe"))
    check_refusal(
        post(client, made),
        422,
        "Bundle.entry[1].resource.value",
        "Bundle.entry[2].resource.valueQuantity.code",
        "Bundle.entry[3].resource.valueCodeableConcept.coding[0].code",
    )


@pytest.mark.parametrize(
    "given",
    [
        {"resourceType": "Observation", "code": "x", "status": 1},
        {"resourceType": "Observation", "code": {"coding": "89247-1"}},
        {"resourceType": "Observation", "code": {"coding": ["89247-1", None, {"system": 1, "code": []}]}},
        {"resourceType": "Observation", "component": [1, None, {"code": 1}]},
        {"resourceType": "Claim", "subject": "x", "patient": ["y"]},
        {"resourceType": "Claim", "subject": {"reference": 7}},
        {"resourceType": "Nonsense", "id": 1},
    ],
)
def test_a_broken_resource_that_does_not_matter_is_somebody_elses_business(
    client: FlaskClient, given: dict[str, Any]
) -> None:
    assert post(client, bare(patient(), metastasis(), given)).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {"resourceType": "Condition", "code": ["C50"]},
        {"resourceType": "Condition", "code": {"coding": {"code": "C50"}, "text": 1}},
        {"resourceType": "Procedure", "code": {"coding": [None]}},
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": "L01"},
    ],
)
def test_a_diagnosis_or_treatment_whose_code_is_none_may_be_the_one_that_matters(
    client: FlaskClient, given: dict[str, Any]
) -> None:
    outcome = check_refusal(post(client, bare(patient(), metastasis(), given)), 422)
    assert all("Bundle.entry[2].resource" in issue["expression"][0] for issue in outcome["issue"])


@pytest.mark.parametrize("stamp", ["x", "2026-10-32T00:00:00Z", "2026-13", "02.10.2026", ""])
def test_a_timestamp_that_is_no_instant_is_422(client: FlaskClient, stamp: str) -> None:
    check_refusal(post(client, bundle(metastasis(), timestamp=stamp)), 422, "Bundle.timestamp")


@pytest.mark.parametrize("stamp", ["2026", "2026-10", "2026-10-02", "2026-10-02T09:00"])
def test_a_timestamp_that_is_no_whole_instant_is_422_or_the_answer_has_a_whole_one(
    client: FlaskClient, stamp: str
) -> None:
    response = post(client, bundle(metastasis(), timestamp=stamp))
    if response.status_code == 200:
        assert json_of(response)["timestamp"] == "2026-10-02T00:00:00Z"
    else:
        check_refusal(response, 422, "Bundle.timestamp")
