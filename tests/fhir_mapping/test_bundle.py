"""The envelope: kinds of Bundles, names of resources, references, subjects and copies."""

from __future__ import annotations

from typing import Any

import pytest

from service.problems import Rejected
from tests.support.records import (
    SERVER,
    bare,
    bundle,
    condition,
    lesion_names,
    metastasis,
    observation,
    patient,
    remarks,
    said,
    take,
)

ECOG = observation("ecog", 1, name="ecog")


def with_subject(subject: Any, *patients: dict[str, Any], full_url: str | None = None) -> dict[str, Any]:
    """A record of one lesion about a subject, with the Patients, the first under a fullUrl."""
    entries: list[dict[str, Any]] = [{"resource": p} for p in patients]
    if full_url:
        entries[0]["fullUrl"] = full_url
    entries.append({"resource": metastasis() | {"subject": subject}})
    return bundle(entry=entries)


@pytest.mark.parametrize(
    "kind", ["collection", "transaction", "batch", "searchset", "document", "message", "history", "batch-response"]
)
def test_every_kind_of_bundle_is_read_alike(kind: str) -> None:
    assert lesion_names(take(bundle(metastasis(), type=kind))) == ["T6"]


@pytest.mark.parametrize("entries", [[], None])
def test_a_bundle_without_entries_is_a_record_without_a_tumour(entries: Any) -> None:
    intake = take(bundle(entry=entries))
    assert (lesion_names(intake), intake.ledger) == ([], ())


@pytest.mark.parametrize(
    ("reference", "full_url"),
    [
        ("Patient/p1", f"{SERVER}/Patient/p1"),
        ("Patient/p1", None),
        (f"{SERVER}/Patient/p1", f"{SERVER}/Patient/p1"),
        (f"{SERVER}/Patient/p1", None),
        ("urn:uuid:0a", "urn:uuid:0a"),
        ("urn:oid:1.2.3", "urn:oid:1.2.3"),
        ("Patient/p1/_history/2", f"{SERVER}/Patient/p1"),
        (f"{SERVER}/Patient/p1/_history/2", f"{SERVER}/Patient/p1/_history/3"),
        ("Patient/p1", "urn:uuid:0a"),
    ],
)
def test_a_subject_is_found_by_each_of_its_names(reference: str, full_url: str | None) -> None:
    intake = take(with_subject({"reference": reference}, patient(), full_url=full_url))
    assert intake.case.age == 68
    assert lesion_names(intake) == ["T6"]


def test_a_relative_reference_is_resolved_against_the_full_url_of_a_patient_without_id() -> None:
    nameless = patient()
    del nameless["id"]
    made = with_subject({"reference": "Patient/p1"}, nameless, full_url=f"{SERVER}/Patient/p1")
    made["entry"][1]["fullUrl"] = f"{SERVER}/Observation/1"
    assert take(made).case.age == 68


def test_a_conditional_reference_of_a_transaction_finds_the_patient_by_identifier() -> None:
    """Transactions may name a resource by a search, such as Patient?identifier=system|value."""
    known = patient(identifier=[{"system": "urn:mrn", "value": "7"}])
    made = with_subject({"reference": "Patient?identifier=urn:mrn|7"}, known, full_url="urn:uuid:1") | {
        "type": "transaction"
    }
    assert take(made).case.age == 68


@pytest.mark.parametrize(
    ("token", "identifier", "is_found"),
    [
        ("urn:mrn|7", {"system": "urn:mrn", "value": "7"}, True),
        ("urn:mrn%7C7", {"system": "urn:mrn", "value": "7", "use": "usual"}, True),
        ("7", {"system": "urn:mrn", "value": "7"}, True),
        ("|7", {"value": "7"}, True),
        ("|7", {"system": "urn:mrn", "value": "7"}, False),
        ("urn:mrn|8", {"system": "urn:mrn", "value": "7"}, False),
        ("urn:x|7", {"system": "urn:mrn", "value": "7"}, False),
    ],
)
def test_a_conditional_reference_means_what_the_search_would_find(
    token: str, identifier: dict[str, str], is_found: bool
) -> None:
    made = with_subject({"reference": f"Patient?identifier={token}"}, patient(identifier=[identifier]))
    if is_found:
        assert take(made).case.age == 68
    else:
        with pytest.raises(Rejected):
            take(made)


def inside(name: str = "p", **more: Any) -> dict[str, Any]:
    """A subject, and the patient that the resource contains."""
    return {"contained": [patient(name, **more)], "subject": {"reference": f"#{name}"}}


def test_age_and_sex_of_a_contained_patient_are_read() -> None:
    intake = take(bare(metastasis() | inside(), ECOG | inside()))
    assert (intake.case.age, intake.case.sex, intake.case.patient) == (68, "female", "")


def test_a_contained_patient_is_named_by_an_identifier() -> None:
    mrn = {"system": "urn:mrn", "value": "7"}
    intake = take(bare(metastasis() | inside(identifier=[mrn]), ECOG | inside("q", identifier=[mrn])))
    assert intake.case.patient_identifier == ("urn:mrn", "7")


def test_two_contained_patients_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        take(bare(metastasis() | inside(), ECOG | inside(birthDate="1970-01-01")))
    assert refused.value.problems[0].code == "multiple-matches"


def test_a_subject_is_found_by_its_identifier() -> None:
    known = patient(identifier=[{"system": "urn:mrn", "value": "7", "use": "usual"}])
    subject = {"identifier": {"system": "urn:mrn", "value": "7"}}
    assert take(with_subject(subject, known)).case.age == 68
    with pytest.raises(Rejected):
        take(with_subject({"identifier": {"system": "urn:mrn", "value": "8"}}, known))


def test_a_contained_patient_is_the_patient() -> None:
    given = metastasis() | {"contained": [patient("inside")], "subject": {"reference": "#inside"}}
    assert lesion_names(take(bare(given))) == ["T6"]


def test_an_absolute_reference_to_another_server_is_another_patient() -> None:
    made = with_subject({"reference": "https://other.example/Patient/p1"}, patient(), full_url=f"{SERVER}/Patient/p1")
    with pytest.raises(Rejected) as refused:
        take(made)
    assert refused.value.problems[0].expression == "Bundle.entry[1].resource.subject"


@pytest.mark.parametrize("subject", [None, {}, {"display": "the patient"}])
def test_what_names_no_subject_is_about_the_patient_of_the_bundle(subject: Any) -> None:
    intake = take(with_subject(subject, patient()))
    assert (intake.case.patient, lesion_names(intake)) == ("Patient/p1", ["T6"])


def test_a_record_without_a_patient_resource_is_about_the_subject_that_it_names() -> None:
    intake = take(bare(metastasis(), ECOG))
    assert (intake.case.patient, intake.case.age) == ("Patient/p1", None)


def test_a_record_that_names_nobody_is_about_one_patient() -> None:
    intake = take(bare(metastasis() | {"subject": None}))
    assert (intake.case.patient, lesion_names(intake)) == ("", ["T6"])


@pytest.mark.parametrize(
    "records",
    [
        [metastasis() | {"subject": {"reference": "Patient/p1"}}, ECOG | {"subject": {"reference": "Patient/p2"}}],
        [patient("p1"), patient("p2"), metastasis(), ECOG | {"subject": {"reference": "Patient/p2"}}],
        [
            patient("p1"),
            patient("p2"),
            metastasis(),
            {"resourceType": "Encounter", "subject": {"reference": "Patient/p2"}},
        ],
        [
            patient("p1"),
            patient("p2"),
            metastasis(),
            {"resourceType": "Immunization", "patient": {"reference": "Patient/p2"}},
        ],
        [patient("p1"), patient("p2"), metastasis() | {"subject": None}],
        [patient("p1"), patient("p2")],
        [
            condition("C50") | {"subject": {"identifier": {"value": "1"}}},
            ECOG | {"subject": {"identifier": {"value": "2"}}},
        ],
    ],
    ids=range(7),
)
def test_two_patients_are_refused(records: list[dict[str, Any]]) -> None:
    with pytest.raises(Rejected) as refused:
        take(bare(*records))
    assert refused.value.status == 422
    assert refused.value.problems[0].code == "multiple-matches"


def test_one_patient_under_two_names_is_one_patient() -> None:
    made = bundle(patient(), metastasis(), ECOG | {"subject": {"reference": f"{SERVER}/Patient/p1"}})
    assert said(take(made), "ecog")


def test_a_patient_that_nothing_refers_to_is_left_out_and_in_the_ledger() -> None:
    intake = take(bundle(patient(), patient("p2"), metastasis()))
    assert intake.case.patient == "Patient/p1"
    assert remarks(intake) == {"Patient/p2": {"other-patient"}}


def test_the_same_resource_twice_is_one() -> None:
    intake = take(bundle(patient(), patient(), metastasis(), ECOG, ECOG))
    assert intake.case.patient == "Patient/p1"
    assert remarks(intake) == {}


def test_two_versions_of_one_resource_are_refused() -> None:
    """Which of them counts is for the sender to say."""
    made = bundle(metastasis(), ECOG, ECOG | {"valueInteger": 3})
    with pytest.raises(Rejected) as refused:
        take(made)
    assert refused.value.status == 422
    assert refused.value.problems[0].code == "duplicate"


@pytest.mark.parametrize(
    ("full_url", "name", "expression"),
    [
        ("urn:uuid:1", "urn:uuid:1", "Bundle.entry.where(fullUrl='urn:uuid:1').resource"),
        (f"{SERVER}/Observation/e", "Observation/e", f"Bundle.entry.where(fullUrl='{SERVER}/Observation/e').resource"),
        (None, "Observation/e", "Bundle.entry.resource.ofType(Observation).where(id='e')"),
        ("urn:it's", "urn:it's", "Bundle.entry.where(fullUrl='urn:it\\'s').resource"),
    ],
)
def test_the_ledger_names_a_resource_as_the_sender_does(full_url: str | None, name: str, expression: str) -> None:
    made = bundle(metastasis())
    made["entry"].append({"resource": observation("ecog", 1, name="e", status="cancelled")})
    if full_url:
        made["entry"][-1]["fullUrl"] = full_url
    (line,) = take(made).ledger
    assert (line.resource, line.expression) == (name, expression)


def test_a_resource_without_a_name_is_named_by_its_place() -> None:
    lost = observation("ecog", 1, status="cancelled")
    del lost["id"]
    (line,) = take(bare(metastasis(), lost)).ledger
    assert line.resource == line.expression == "Bundle.entry[1].resource"


def test_the_inputs_are_what_the_case_rests_on() -> None:
    later = observation("ecog", 2, name="later", day="2026-12-01")
    intake = take(bundle(metastasis(name="m"), ECOG, later, condition("C50", name="c")))
    assert intake.inputs == {
        "Condition/c": "Condition",
        "Observation/ecog": "Observation",
        "Observation/m": "Observation",
        "Patient/p1": "Patient",
    }
