"""No refusal holds a word of the record: errors go to logs and screens where the record must not be."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.door import post
from tests.support.records import (
    VALUE,
    bare,
    bundle,
    condition,
    metastasis,
    observation,
    patient,
)

SECRET = "Zwiebelfisch"
HIDDEN: list[dict[str, Any]] = [
    {"status": SECRET, "valueInteger": 99},
    {"valueInteger": SECRET},
    {"valueString": SECRET},
    {"valueQuantity": {"value": SECRET}},
    {"valueQuantity": {"value": 1, "comparator": SECRET}},
    {"valueQuantity": {"value": -1, "unit": SECRET, "code": SECRET}},
    {"valueBoolean": SECRET},
    {"valueCodeableConcept": {"coding": [{"system": VALUE, "code": SECRET}]}},
    {"valueCodeableConcept": {"coding": SECRET}},
    {"effectiveDateTime": SECRET},
    {"effectivePeriod": {"start": SECRET}},
    {"subject": {"reference": f"Patient/{SECRET}"}},
    {"subject": {"identifier": {"system": SECRET, "value": SECRET}}},
    {"focus": [{"reference": f"Condition/{SECRET}"}]},
]


@pytest.mark.parametrize("change", HIDDEN, ids=[str(c)[:60] for c in HIDDEN])
@pytest.mark.parametrize("prefer", ["handling=lenient", "handling=strict"])
def test_no_refusal_of_an_observation_holds_a_word_of_it(
    client: FlaskClient, change: dict[str, Any], prefer: str
) -> None:
    for code in ("albumin", "ecog", "sins-pain", "myelopathy"):
        response = post(client, bundle(metastasis(), observation(code) | change), {"Prefer": prefer})
        assert response.status_code == 200 or SECRET not in response.get_data(as_text=True), (code, change)


@pytest.mark.parametrize(
    "given",
    [
        condition("C50") | {"onsetDateTime": SECRET},
        patient() | {"birthDate": SECRET},
        patient() | {"gender": [SECRET]},
        {"resourceType": SECRET, "id": SECRET},
        condition("C50") | {"clinicalStatus": SECRET},
    ],
)
@pytest.mark.parametrize("prefer", ["handling=lenient", "handling=strict"])
def test_no_other_refusal_holds_a_word_of_the_record(client: FlaskClient, given: dict[str, Any], prefer: str) -> None:
    made = bare(metastasis(), observation("ecog", 6), given)
    response = post(client, made, {"Prefer": prefer})
    assert response.status_code in (415, 422)
    assert SECRET not in response.get_data(as_text=True)
