"""Read, assess, write back, and again, on a FHIR server that is not ours."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import pytest

from service.assess import assess
from service.client import Limits
from service.client.scopes import TYPES
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.kept import KINDS, RESULTS, identifiers
from tests.interop.hapi import Hapi
from tests.interop.records import RECORDS, example
from tests.interop.rounds import answered, make_round, seed
from tests.interop.seeding import Resource
from tests.support.records import AS_OF

BOOKKEEPING = ("id", "meta", "identifier")


def ours(hapi: Hapi, patient: str) -> list[Resource]:
    """All that the server holds of ours for a patient."""
    found = [r for kind in KINDS for r in hapi.search(kind, patient=patient)]
    return [r for r in found if any(each["system"] == RESULTS for each in identifiers(r))]


def said(resource: Resource) -> Any:
    """What a resource says: without the names that a server gives."""

    def without_names(value: Any) -> Any:
        if isinstance(value, list):
            return [without_names(each) for each in value]
        if not isinstance(value, dict):
            return value
        return {name: without_names(each) for name, each in value.items() if name != "reference"}

    kept = {name: value for name, value in resource.items() if name not in BOOKKEEPING}
    return without_names(kept) | {"text": None}


def check_read_back(hapi: Hapi, patient: str, answer: Resource) -> None:
    """The server gives back every resource of an answer with what it said."""
    wanted = [e["resource"] for e in answer["entry"] if e["resource"]["resourceType"] in KINDS]
    held = {
        each["value"]: resource
        for resource in ours(hapi, patient)
        for each in identifiers(resource)
        if each["system"] != RESULTS
    }
    assert len(held) == len(wanted)
    for resource in wanted:
        (content,) = resource["identifier"]
        assert said(held[content["value"]]) == said(resource)


@pytest.mark.parametrize("name", RECORDS)
def test_an_answer_that_is_written_twice_is_there_once_and_says_what_was_written(hapi: Hapi, name: str) -> None:
    patient = seed(hapi, RECORDS[name]())
    first = make_round(hapi, patient)
    assert first.written.created
    after_one = hapi.counts()
    check_read_back(hapi, patient, first.answer)
    second = make_round(hapi, patient)
    assert second.answer == first.answer
    assert (second.written.created, second.written.updated, second.written.withdrawn) == (0, 0, 0)
    assert second.record.counts == first.record.counts
    assert second.record.own == sum(1 for resource in ours(hapi, patient) if resource["resourceType"] in TYPES)
    assert hapi.counts() == after_one


def test_a_changed_record_replaces_what_was_written(hapi: Hapi) -> None:
    patient = seed(hapi, example("kidney-complete"))
    make_round(hapi, patient)
    before = Counter(r["resourceType"] for r in ours(hapi, patient))
    (pain,) = [r for r in hapi.search("Observation", patient=patient) if _is(r, "sins-pain")]
    changed = copy.deepcopy(pain)
    changed["valueCodeableConcept"]["coding"][0]["code"] = "pain-free"
    hapi.put(changed)
    again = make_round(hapi, patient)
    assert again.written.updated
    current = [r for r in ours(hapi, patient) if r.get("status") not in ("entered-in-error", "revoked")]
    keys = Counter(each["value"] for r in current for each in identifiers(r) if each["system"] == RESULTS)
    assert set(keys.values()) == {1}
    after = Counter(r["resourceType"] for r in ours(hapi, patient))
    assert after["Observation"] == before["Observation"]
    assert after["RiskAssessment"] == before["RiskAssessment"]
    assert after["CarePlan"] == before["CarePlan"] == 1
    (sins,) = [r for r in ours(hapi, patient) if r["resourceType"] == "Observation" and _is(r, "sins")]
    assert sins["meta"]["versionId"] == "2"
    settled = make_round(hapi, patient)
    assert (settled.written.created, settled.written.updated, settled.written.withdrawn) == (0, 0, 0)


def _is(resource: Resource, code: str) -> bool:
    return any(each.get("code") == code for each in resource["code"].get("coding", ()))


@pytest.mark.parametrize("everything", [True, False], ids=["everything", "searches"])
def test_small_pages_give_the_same_record(hapi: Hapi, everything: bool) -> None:
    patient = seed(hapi, example("kidney-complete"))
    whole, answer = answered(hapi, patient)
    paged, the_same = answered(hapi, patient, Limits(page_size=7), everything=everything)
    assert paged.counts == whole.counts
    assert paged.bundle == whole.bundle
    assert the_same == answer


@pytest.mark.parametrize("door", ["base", "strict"])
@pytest.mark.parametrize("name", ["emergency", "german-registry"])
def test_the_transaction_form_of_an_answer_is_taken_and_taken_once(hapi: Hapi, name: str, door: str) -> None:
    patient = seed(hapi, RECORDS[name]())
    _, answer = answered(hapi, patient)
    first = hapi.post(answer, getattr(hapi, door))
    assert first.status_code == 200, first.text[:3000]
    assert {e["response"]["status"].split()[0] for e in first.json()["entry"]} <= {"200", "201"}
    counts = hapi.counts()
    second = hapi.post(answer, getattr(hapi, door))
    assert {e["response"]["status"].split()[0] for e in second.json()["entry"]} == {"200"}
    assert hapi.counts() == counts


@pytest.mark.parametrize("door", ["base", "strict"])
def test_the_answer_to_a_record_that_is_named_by_uuids_is_taken_where_that_record_never_was(
    hapi: Hapi, door: str
) -> None:
    record = example("prostate-emergency")
    assert all(entry["fullUrl"].startswith("urn:uuid:") for entry in record["entry"])
    made = answer(assess(record, when(AS_OF)), "transaction")
    response = hapi.post(made, getattr(hapi, door))
    assert response.status_code == 200, response.text[:3000]
    counts = hapi.counts()
    hapi.post(made, getattr(hapi, door))
    assert hapi.counts() == counts


def test_the_strict_door_does_refuse(hapi: Hapi) -> None:
    """Otherwise its taking our answers would prove nothing."""
    wrong = {"resourceType": "Observation", "status": "done", "code": {"text": "x"}}
    request = {"method": "POST", "url": "Observation"}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [{"resource": wrong, "request": request}]}
    assert hapi.post(bundle, hapi.strict).status_code in (400, 412, 422)
