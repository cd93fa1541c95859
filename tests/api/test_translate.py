"""``ConceptMap/$translate``: what a code means here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service import BASE
from service.api.app import create_app
from service.api.settings import Settings
from tests.support.door import check_refusal
from tests.support.records import LOINC, SNOMED, bundle, metastasis, observation

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
HERE = "/fhir/ConceptMap/$translate"


def matches(answer: Any) -> list[tuple[str, list[str]]]:
    """The findings of an answer, each with its values."""
    assert answer.status_code == 200, answer.text
    found = []
    for parameter in answer.get_json()["parameter"]:
        if parameter["name"] == "match":
            parts = parameter["part"]
            concept = next(p["valueCoding"]["code"] for p in parts if p["name"] == "concept")
            values = [p["part"][1]["valueCoding"]["code"] for p in parts if p["name"] == "product"]
            found.append((concept, values))
    return found


def asked(*parameters: dict[str, Any]) -> bytes:
    return orjson.dumps({"resourceType": "Parameters", "parameter": list(parameters)})


@pytest.mark.parametrize(
    ("system", "code", "finding", "values"),
    [
        (ICD, "C50.911", "primary-tumour", ["breast"]),
        (ICD, "c50911", "primary-tumour", ["breast"]),
        (LOINC, "89247-1", "ecog", []),
        (f"{SNOMED}|20240301", "254837009", "primary-tumour", ["breast"]),
    ],
)
def test_a_code_is_translated_to_the_finding_that_it_stands_for(
    client: FlaskClient, system: str, code: str, finding: str, values: list[str]
) -> None:
    by_url = client.get(HERE, query_string={"system": system, "code": code})
    assert (finding, values) in matches(by_url)
    headers = {"Content-Type": "application/fhir+json"}
    coding = {"system": system, "code": code}
    for body in (
        asked({"name": "coding", "valueCoding": coding}),
        asked({"name": "codeableConcept", "valueCodeableConcept": {"coding": [coding]}}),
        asked({"name": "system", "valueUri": system}, {"name": "code", "valueCode": code}),
    ):
        assert client.post(HERE, data=body, headers=headers).data == by_url.data


def test_one_map_may_be_asked_by_its_id_or_url(client: FlaskClient) -> None:
    query = {"system": ICD, "code": "C50.9"}
    alone = client.get("/fhir/ConceptMap/condition-findings/$translate", query_string=query)
    by_url = client.get(HERE, query_string=query | {"url": f"{BASE}/ConceptMap/condition-findings"})
    assert matches(alone) == matches(by_url) == [("primary-tumour", ["breast"])]
    check_refusal(client.get("/fhir/ConceptMap/none/$translate", query_string=query), 404)


def test_a_code_that_nobody_knows_is_no_error_and_no_match(client: FlaskClient) -> None:
    answer = client.get(HERE, query_string={"system": "urn:x", "code": "1"})
    assert matches(answer) == []
    assert answer.get_json()["parameter"][0] == {"name": "result", "valueBoolean": False}


@pytest.mark.parametrize("query", [{}, {"system": ICD}, {"code": "C50"}, {"system": ICD, "code": "x" * 300}])
def test_what_is_no_code_is_422(client: FlaskClient, query: dict[str, str]) -> None:
    check_refusal(client.get(HERE, query_string=query), 422, "Parameters")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b'{"resourceType":"Bundle","type":"collection"}', 400),
        (asked(), 422),
        (b'{"resourceType":"Parameters","parameter":7}', 422),
        (b'{"resourceType":"Parameters","parameter":[7]}', 422),
        (asked({"name": "coding", "valueCoding": []}), 422),
    ],
)
def test_a_body_that_asks_for_nothing_is_refused(client: FlaskClient, body: bytes, status: int) -> None:
    check_refusal(client.post(HERE, data=body, headers={"Content-Type": "application/fhir+json"}), status)


def test_the_maps_of_a_site_are_used_at_every_door_and_named_in_the_answer(tmp_path: Path) -> None:
    own = {
        "resourceType": "ConceptMap",
        "status": "active",
        "group": [
            {
                "source": "http://hospital.example/scales",
                "target": f"{BASE}/CodeSystem/finding",
                "element": [{"code": "WHO-PS", "target": [{"code": "ecog", "equivalence": "equivalent"}]}],
            }
        ],
    }
    (tmp_path / "own.json").write_bytes(orjson.dumps(own))
    client = create_app(Settings(maps=tmp_path)).test_client()
    query = {"system": "http://hospital.example/scales", "code": "WHO-PS"}
    assert matches(client.get(HERE, query_string=query)) == [("ecog", [])]
    record = bundle(metastasis(), observation("WHO-PS", 3, system="http://hospital.example/scales", name="ps"))
    headers = {"Content-Type": "application/fhir+json"}
    answer = client.post("/fhir/$assess-spinal-tumour", data=orjson.dumps(record), headers=headers).get_json()
    (made_by,) = [e["resource"] for e in answer["entry"] if e["resource"]["resourceType"] == "Provenance"]
    assert "Observation/ps" in str(made_by["entity"])
    assert ", maps " in made_by["agent"][0]["who"]["display"]
