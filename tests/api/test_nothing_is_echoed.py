"""No refusal holds a word of the record: errors go to logs and screens where the record must not be."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from tests.support.door import check_refusal, post
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


#: A text where a name belongs. Found by fuzzing.
NAMED = f"{SECRET} Ann, 12.3."


@pytest.mark.parametrize(
    "body",
    [
        f'{{"resourceType": "Bundle", "type": "collection", "{NAMED}": 1, "{NAMED}": 2}}',
        f'{{"resourceType": "Bundle", "type": "collection", "x": {"1" * 400}, "y": {{"{NAMED}": {{"a": 1, "a": 2}}}}}}',
        orjson.dumps(bundle(observation("ecog", 2, **{NAMED: 1}))).decode(),
        orjson.dumps(bundle(observation("ecog", 2, note=[{NAMED: {"a": [{NAMED: 1}]}}]))).decode(),
        orjson.dumps({"resourceType": "Parameters", NAMED: 1, "parameter": [{"name": NAMED, NAMED: 1}]}).decode(),
    ],
    ids=["twice", "twice within it", "unknown", "unknown and deeper", "parameters"],
)
def test_no_refusal_holds_a_text_that_stands_for_a_name(client: FlaskClient, body: str) -> None:
    response = post(client, body.encode(), {"Prefer": "handling=strict"})
    check_refusal(response, response.status_code)
    assert SECRET not in response.get_data(as_text=True)


def test_no_refusal_of_xml_holds_a_text_that_stands_for_a_name(client: FlaskClient) -> None:
    for name in (f"{SECRET}-Ann", f"{SECRET}.12", f"\u540d{SECRET}"):
        body = f'<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><{name} value="x"/></Bundle>'
        response = post(client, body.encode(), {"Content-Type": "application/fhir+xml"})
        check_refusal(response, 422, "Bundle")
        assert SECRET not in response.get_data(as_text=True)
