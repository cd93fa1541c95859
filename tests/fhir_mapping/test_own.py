"""An earlier answer that comes back with the record changes nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service import BASE
from service.fhir_mapping.inbound.own import RESULTS
from tests.support.answered import answer_to
from tests.support.answers import resources
from tests.support.records import bundle, concept, metastasis, observation, patient, possible, primary, remarks, take
from tests.support.results import patient_with_results

V5 = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:99c41e5d-f3d0-53ea-9a89-adcf1bca4523"}
V4 = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:99c41e5d-f3d0-43ea-9a89-adcf1bca4523"}
RECORD = [
    patient(),
    metastasis(),
    primary("breast"),
    observation("ecog", 1),
    observation("sins-pain", "mechanical", "T6"),
]


@pytest.mark.parametrize("form", ["collection", "transaction"])
def test_a_record_with_its_answer_gives_the_same_answer(form: str) -> None:
    first = answer_to(bundle(*RECORD), form)
    with_answer = bundle(*RECORD)
    with_answer["entry"] += first["entry"]
    assert orjson.dumps(answer_to(with_answer, form)) == orjson.dumps(first)


def test_copies_of_results_of_others_are_shown_once() -> None:
    record = bundle(patient(), *patient_with_results())
    first = answer_to(record)
    again = answer_to(record | {"entry": [*record["entry"], *first["entry"]]})
    changed = {"GuidanceResponse", "OperationOutcome", "Provenance"}
    kept = [[r for r in resources(answer) if r["resourceType"] not in changed] for answer in (first, again)]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("identifier", [V4, V5, {"system": "urn:mrn", "value": "1"}])
def test_a_finding_that_others_name_by_a_uuid_is_a_finding(identifier: dict[str, str]) -> None:
    assert possible(take(bundle(metastasis(), observation("ecog", 3, identifier=[identifier]))), "ecog") == {3}


def test_a_score_that_others_computed_is_named_and_not_taken() -> None:
    score = observation("sins", 13, system=f"{BASE}/CodeSystem/score", name="s", identifier=[V4])
    assert remarks(take(bundle(metastasis(), score)))["Observation/s"] == {"not-read"}


@pytest.mark.parametrize("identifier", ["x", [7, None, {}], {"system": RESULTS, "value": "1"}, [{"system": RESULTS}]])
def test_whatever_stands_in_an_identifier_does_no_harm(identifier: Any) -> None:
    plan = {"resourceType": "CarePlan", "id": "x", "identifier": identifier, "instantiatesCanonical": "x"}
    request = {"resourceType": "ServiceRequest", "id": "y", "identifier": identifier, "code": concept(("1", "x"))}
    assert take(bundle(metastasis(), plan, request)).ledger == ()
