"""A transaction refers to nothing that a server could not find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.answered import answer_to
from tests.support.records import bundle, metastasis, observation, patient, primary

MRN = {"system": "http://hospital.example/mrn", "value": "7"}


def by_urn(*resources: dict[str, Any]) -> dict[str, Any]:
    """A record whose resources have no ids, and refer to one another by URN."""
    listed = [dict(resource) for resource in resources]
    made = bundle(*listed)
    for n, entry in enumerate(made["entry"]):
        entry["fullUrl"] = f"urn:uuid:00000000-0000-4000-8000-{n:012}"
        entry["resource"] = {k: v for k, v in entry["resource"].items() if k != "id"}
        if "subject" in entry["resource"]:
            entry["resource"]["subject"] = {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000"}
    return made


def references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    elif isinstance(value, dict):
        if isinstance(value.get("reference"), str) or (value.get("type") and isinstance(value.get("identifier"), dict)):
            yield value
        for each in value.values():
            yield from references(each)


def parts(answer: dict[str, Any]) -> tuple[set[str], list[dict[str, Any]]]:
    """The names of the entries, and all references in them."""
    return {e["fullUrl"] for e in answer["entry"]}, [r for e in answer["entry"] for r in references(e["resource"])]


RECORD = (metastasis(), primary("breast"), observation("ecog", 1))


def test_no_reference_of_a_transaction_leads_nowhere() -> None:
    there, found = parts(answer_to(by_urn(patient(), *RECORD), "transaction"))
    addresses = {r["reference"] for r in found if "reference" in r}
    assert {name for name in addresses if name.startswith("urn:")} <= there
    named = {r["identifier"]["value"] for r in found if "identifier" in r}
    assert named == {f"urn:uuid:00000000-0000-4000-8000-{n:012}" for n in range(4)}


def test_the_patient_is_named_by_an_identifier_that_the_record_has() -> None:
    _, found = parts(answer_to(by_urn(patient(identifier=[{"value": "x"}, MRN]), *RECORD), "transaction"))
    assert [r for r in found if r["type"] == "Patient" and r.get("identifier") != MRN] == []
    assert [r for r in found if r["type"] == "Patient"]


def test_the_collection_names_the_resources_as_the_sender_does() -> None:
    _, found = parts(answer_to(by_urn(patient(identifier=[MRN]), *RECORD)))
    assert {"reference": "urn:uuid:00000000-0000-4000-8000-000000000000", "type": "Patient"} in found
    assert not any("identifier" in r for r in found)


def test_addresses_of_the_sender_stay_as_they_are() -> None:
    record = bundle(patient(identifier=[MRN]), *RECORD)
    _, found = parts(answer_to(record, "transaction"))
    assert {"reference": "Patient/p1", "type": "Patient"} in found
