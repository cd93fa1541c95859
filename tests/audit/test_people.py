"""One patient has the same names whichever way the record came, and none of them is read from what is hostile."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.audit import Person, at_server, merged, people_in, person_named
from service.fhir_mapping.inbound.decode import decode
from tests.support.records import bare, bundle, metastasis, patient

MRN = {"system": "https://hospital.example/mrn", "value": "4711"}
NAME = "identifier https://hospital.example/mrn|4711"


def record(*resources: Any, base: str | None = "https://hospital.example/fhir", **more: Any) -> dict[str, Any]:
    entries = [
        {**({"fullUrl": f"{base}/{each['resourceType']}/{each['id']}"} if base else {}), "resource": each}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def names(found: Any) -> set[str]:
    (person,) = people_in(found)
    return set(person.names)


def test_a_patient_has_its_identifiers_its_address_and_its_id() -> None:
    found = record(patient("p1", identifier=[MRN]))
    whole = {NAME, "address https://hospital.example/fhir/Patient/p1", "reference Patient/p1"}
    assert names(found) == names(decode(orjson.dumps(found))) == whole
    assert people_in(found)[0].names[0] == NAME


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "https://Hospital.example/fhir/Patient/p1/_history/3"},
        {"reference": "Patient/p1"},
        {"identifier": MRN},
        {"reference": "Patient?identifier=https://hospital.example/mrn|4711"},
        {"reference": "Patient?identifier=https%3A%2F%2Fhospital.example%2Fmrn%7C4711"},
    ],
)
def test_a_record_without_the_patient_shares_a_name_with_one_that_has_it(subject: dict[str, Any]) -> None:
    without = record({**metastasis(), "subject": subject})
    assert names(without) <= names(record(patient("p1", identifier=[MRN])))


def test_a_server_and_an_id_are_the_same_as_the_record_from_there() -> None:
    there = at_server("https://hospital.example/fhir/", "p1")
    assert set(there.names) < names(record(patient("p1", identifier=[MRN])))
    assert len(merged([there, *people_in(record(patient("p1", identifier=[MRN])))])) == 1
    assert at_server(None, "p1").names == ("reference Patient/p1",)


@pytest.mark.parametrize(
    "given", ["https://hospital.example/mrn|4711", "https://hospital.example/fhir/Patient/p1", "Patient/p1"]
)
def test_who_looks_for_a_patient_finds_it_by_each_name(given: str) -> None:
    assert person_named(given) in names(record(patient("p1", identifier=[MRN])))


def test_spaces_and_forms_of_letters_make_no_other_patient() -> None:
    other = {"system": " https://hospital.example/mrn", "value": "\uff14\uff17\uff11\uff11 "}
    assert NAME in names(record(patient("p1", identifier=[other])))


def test_a_contained_patient_is_found() -> None:
    inside = {"resourceType": "Patient", "id": "p", "identifier": [MRN]}
    found = record({**metastasis(), "contained": [inside], "subject": {"reference": "#p"}})
    assert names(found) == {NAME}


def test_a_patient_within_a_bundle_in_a_bundle_is_found() -> None:
    assert NAME in names(record(record(patient("p1", identifier=[MRN])) | {"id": "inner"}))


def test_a_patient_with_a_uuid_alone_is_named_by_it() -> None:
    entry = {"fullUrl": "urn:uuid:1cbdfb97-5859-48a4-8301-d54eab818d68", "resource": {"resourceType": "Patient"}}
    assert names({"entry": [entry]}) == {"urn urn:uuid:1cbdfb97-5859-48a4-8301-d54eab818d68"}


def test_a_record_of_very_many_patients_is_gone_through_once() -> None:
    chain = [Person((f"reference Patient/{n}", f"reference Patient/{n + 1}")) for n in range(10_000)]
    alone = [Person((f"reference Patient/x{n}",)) for n in range(10_000)]
    (first, *rest) = merged([*chain, *alone])
    assert (len(first.names), len(rest)) == (10_001, 10_000)


def test_several_patients_stay_several() -> None:
    assert len(people_in(bundle(patient("p1"), patient("p2"), metastasis()))) == 2
    assert people_in(bare()) == ()


WRONG: list[Any] = [
    None,
    1,
    "x",
    [],
    {},
    {"identifier": 1},
    [{"value": 1}],
    {"reference": 1},
    {"reference": "http://["},
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("lazily", [False, True])
def test_whatever_stands_in_a_record_nothing_is_raised(wrong: Any, *, lazily: bool) -> None:
    made: list[Any] = [
        wrong,
        {"entry": wrong},
        {"entry": [wrong]},
        {"entry": [{"resource": wrong}]},
        {"entry": [{"resource": {"resourceType": "Patient", "identifier": wrong, "id": wrong}, "fullUrl": wrong}]},
        {"entry": [{"resource": {"resourceType": wrong, "subject": wrong, "patient": wrong, "contained": wrong}}]},
        {"entry": [{"resource": {"resourceType": "Bundle", "entry": wrong}}]},
    ]
    for each in made:
        assert all(person.names for person in people_in(decode(orjson.dumps(each)) if lazily else each))


def test_a_deep_record_names_nobody_and_raises_nothing() -> None:
    deep = b'{"entry":[{"resource":{"resourceType":"Patient","extension":' + b"[" * 900 + b"]" * 900 + b"}}]}"
    assert people_in(decode(deep)) == ()


def test_a_record_of_too_many_entries_names_nobody_and_is_not_gone_through() -> None:
    """It is refused; and going through millions of entries would take longer than all else."""
    found = record(patient("p1", identifier=[MRN]), patient("p2"))
    inner = {"resource": {"resourceType": "Bundle", "type": "collection", "entry": found["entry"]}}
    assert people_in(found, 2)
    assert people_in(found, 1) == ()
    assert people_in({"resourceType": "Bundle", "entry": [inner]}, 3)
    assert people_in({"resourceType": "Bundle", "entry": [inner]}, 2) == ()


def test_of_very_many_identifiers_a_patient_has_the_first() -> None:
    many = [{**MRN, "value": str(number)} for number in range(5000)]
    found = names(record(patient("p1", identifier=[MRN, *many])))
    assert NAME in found
    assert len(found) < 300
