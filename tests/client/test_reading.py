"""The record of one patient: whole, of this patient, and with every gap named."""

from __future__ import annotations

from typing import Any

import pytest

from service.client import ExchangeFailed, changed_since, patient_id, read_patient
from service.client.scopes import TYPES
from service.fhir_mapping.inbound import take_in
from service.fhir_mapping.inbound.bundle import READ
from service.fhir_mapping.inbound.dates import when
from service.policy import DEFAULT
from tests.support.fhir_server import Fault, Store
from tests.support.records import AS_OF, Resource, observation, patient

PATIENT = {"reference": "Patient/p1"}


def order(kind: str, name: str, medication: str) -> Resource:
    return {
        "resourceType": kind,
        "id": name,
        "status": "active",
        "intent": "order",
        "subject": PATIENT,
        "medicationReference": {"reference": medication},
    }


def names(record: Any) -> list[str]:
    return [f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in record.bundle["entry"]]


def test_every_type_that_the_intake_reads_is_asked_for() -> None:
    assert set(TYPES) >= READ


@pytest.mark.parametrize("everything", [True, False])
def test_the_record_is_one_that_the_intake_takes(client: Any, everything: bool) -> None:
    server = client()
    record = read_patient(server, "p1", everything=everything)
    assert names(record)[0] == "Patient/p1"
    assert all(e["fullUrl"].startswith(f"{server.base}/") for e in record.bundle["entry"])
    intake = take_in(record.bundle, when(AS_OF), DEFAULT)
    assert [lesion.name for lesion in intake.case.lesions] == ["T6"]
    assert intake.case.patient == "Patient/p1"
    assert record.notes == ()


def test_everything_and_searches_give_the_same_record(store: Store, client: Any) -> None:
    store.put({"resourceType": "Medication", "id": "m"})
    store.put(order("MedicationRequest", "r", "Medication/m"))
    server = client()
    one, other = (read_patient(server, "p1", everything=way) for way in (True, False))
    assert one.bundle == other.bundle
    assert store.paths("GET Patient/p1/$everything")
    assert store.paths("GET Condition?patient=p1")


def test_everything_is_not_asked_of_a_server_that_does_not_offer_it(store: Store, client: Any) -> None:
    store.everything = False
    assert read_patient(client(), "p1").counts["Observation"] == 3
    assert not store.paths("GET Patient/p1/$everything")


def test_a_server_that_offers_everything_and_refuses_it_is_searched(store: Store, client: Any) -> None:
    server = client()
    store.everything = False
    assert read_patient(server, "p1").counts["Observation"] == 3
    assert len(store.paths("GET Patient/p1/$everything")) == 2


def test_a_server_that_does_not_know_types_of_everything_gives_more_and_it_is_left_out(
    store: Store, client: Any
) -> None:
    store.put({"resourceType": "Goal", "id": "g", "subject": PATIENT})
    server = client()
    store.faults.append(Fault("everything.*_type", 400))
    assert "Goal/g" not in names(read_patient(server, "p1"))


def test_a_patient_that_is_not_there_is_said_without_the_id(client: Any) -> None:
    with pytest.raises(ExchangeFailed, match="does not have it") as failed:
        read_patient(client(), "who-is-this")
    assert "who-is-this" not in str(failed.value)


@pytest.mark.parametrize("given", ["", "a/b", "../p1", "p1?x=1", "p 1", "p1\n", "x" * 65, "Patient/p1", "é"])
def test_what_is_no_id_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(ExchangeFailed, match="not the id") as failed:
        patient_id(given)
    assert not given.strip() or given not in str(failed.value)


# What the server does not give


@pytest.mark.parametrize("kind", ["Condition", "Observation"])
@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_type_that_matters_and_is_refused_is_an_error(store: Store, client: Any, kind: str, status: int) -> None:
    store.refuses[kind] = status
    with pytest.raises(ExchangeFailed, match=f"HTTP {status}"):
        read_patient(client(), "p1", everything=False)


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_another_type_that_is_refused_is_named(store: Store, client: Any, status: int) -> None:
    store.refuses["ImagingStudy"] = status
    record = read_patient(client(), "p1", everything=False)
    assert record.notes == (f"ImagingStudy is not read: the server refuses the search (HTTP {status})",)


def test_a_type_that_fails_is_an_error_whatever_it_is(store: Store, client: Any) -> None:
    store.refuses["ImagingStudy"] = 500
    with pytest.raises(ExchangeFailed, match="ImagingStudy"):
        read_patient(client(), "p1", everything=False)


def without(kind: str) -> Any:
    def changed(statement: Resource) -> Resource:
        rest = statement["rest"][0]
        listed = [r for r in rest["resource"] if r["type"] != kind]
        return {**statement, "rest": [{**rest, "resource": listed}]}

    return changed


def test_a_type_that_the_server_does_not_offer_is_named_and_not_asked_for(store: Store, client: Any) -> None:
    store.statement = without("FamilyMemberHistory")
    record = read_patient(client(), "p1", everything=False)
    assert record.notes == ("FamilyMemberHistory is not read: the server does not offer it",)
    assert not store.paths("GET FamilyMemberHistory")


def test_a_type_that_matters_and_is_not_offered_is_an_error(store: Store, client: Any) -> None:
    store.statement = without("Condition")
    with pytest.raises(ExchangeFailed, match="Condition cannot be read"):
        read_patient(client(), "p1", everything=False)


def outcome(severity: str, code: str = "suppressed") -> Resource:
    issue = {"severity": severity, "code": code, "diagnostics": "Jane Doe has more"}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@pytest.mark.parametrize("severity", ["warning", "information"])
def test_a_remark_of_the_server_within_a_search_is_shown_without_its_text(
    store: Store, client: Any, severity: str
) -> None:
    store.extra["Observation"] = [outcome(severity)]
    record = read_patient(client(), "p1", everything=False)
    assert record.notes == (f"Observation: the server remarks: {severity} suppressed",)


@pytest.mark.parametrize("everything", [True, False])
def test_an_error_within_a_search_that_matters_is_an_error(store: Store, client: Any, everything: bool) -> None:
    for what in ("$everything", "Condition"):
        store.extra[what] = [outcome("error")]
    with pytest.raises(ExchangeFailed, match="only in part") as failed:
        read_patient(client(), "p1", everything=everything)
    assert "Jane" not in str(failed.value)


# Whose it is


@pytest.mark.parametrize("everything", [True, False])
def test_the_record_of_another_patient_is_never_taken_in(store: Store, client: Any, everything: bool) -> None:
    other = observation("ecog", 4, name="other", subject={"reference": "Patient/p2"})
    for what in ("$everything", "Observation"):
        store.extra[what] = [other]
    with pytest.raises(ExchangeFailed, match="another patient"):
        read_patient(client(), "p1", everything=everything)


def test_another_patient_that_comes_along_is_left_out(store: Store, client: Any) -> None:
    store.extra["$everything"] = [patient("p2")]
    assert names(read_patient(client(), "p1")).count("Patient/p2") == 0


def test_another_patient_in_the_place_of_this_one_is_an_error(store: Store, client: Any) -> None:
    import orjson  # noqa: PLC0415  # only here

    server = client()
    store.faults.append(Fault("GET Patient/p1$", 200, body=orjson.dumps(patient("p2"))))
    with pytest.raises(ExchangeFailed, match="other than this Patient"):
        read_patient(server, "p1", everything=False)


# Medications


def test_medications_that_are_referred_to_come_along(store: Store, client: Any) -> None:
    store.put({"resourceType": "Medication", "id": "m"})
    store.put(order("MedicationRequest", "r", "Medication/m"))
    record = read_patient(client(), "p1", everything=False)
    assert record.counts["Medication"] == 1
    assert not store.paths("GET Medication/m")


def test_medications_that_did_not_come_along_are_fetched_once_each(store: Store, client: Any) -> None:
    def no_includes(statement: Resource) -> Resource:
        for listed in statement["rest"][0]["resource"]:
            listed.pop("searchInclude", None)
        return statement

    store.statement = no_includes
    store.put({"resourceType": "Medication", "id": "m"})
    store.put(order("MedicationRequest", "r1", "Medication/m/_history/3"))
    store.put(order("MedicationStatement", "r2", f"{store.base}/Medication/m"))
    store.put(order("MedicationRequest", "r3", "Medication/gone"))
    store.put(order("MedicationRequest", "r4", "#contained"))
    record = read_patient(client(), "p1", everything=False)
    assert record.counts["Medication"] == 1
    assert len(store.paths("GET Medication/m")) == 1
    assert record.notes == ("Medication: the server does not give 1 that are referred to",)


# Versions, ids


def test_a_resource_that_is_on_two_pages_is_there_once_in_its_later_version(store: Store, client: Any) -> None:
    old = observation("ecog", 4, name="ecog", meta={"lastUpdated": "2020-01-01T00:00:00Z"})
    store.extra["$everything"] = [old]
    record = read_patient(client(), "p1")
    found = [e["resource"] for e in record.bundle["entry"] if e["resource"]["id"] == "ecog"]
    assert [r["valueInteger"] for r in found] == [1]


@pytest.mark.parametrize("name", [None, "", 7, "a/../b", "a\nb"])
def test_a_resource_without_an_id_is_an_error(store: Store, client: Any, name: Any) -> None:
    store.extra["$everything"] = [{**observation("ecog", 4), "id": name}]
    with pytest.raises(ExchangeFailed, match="without an id"):
        read_patient(client(), "p1")


def test_progress_is_told(client: Any) -> None:
    told: list[tuple[str, int]] = []
    read_patient(client(page_size=2), "p1", progress=lambda kind, number: told.append((kind, number)))
    assert [number for _, number in told] == sorted(number for _, number in told)
    assert told[-1] == ("$everything", 5)


# Since


def test_whether_anything_has_changed_since(store: Store, client: Any) -> None:
    server = client()
    assert changed_since(server, "p1", "2026-10-01")
    assert not changed_since(server, "p1", "2026-10-03T00:00:00Z")


def test_what_was_written_from_here_is_no_change_of_the_record(store: Store, client: Any) -> None:
    from service.fhir_mapping.outbound.kept import RESULTS  # noqa: PLC0415  # only here

    stamp = store.held["Condition", "bone"]["meta"]["lastUpdated"]
    store.put(observation("ecog", 1, name="ours", identifier=[{"system": RESULTS, "value": "x"}]))
    server = client()
    assert not changed_since(server, "p1", stamp.replace("000Z", "001Z"))
    store.put(observation("ecog", 2, name="theirs"))
    assert changed_since(server, "p1", stamp.replace("000Z", "001Z"))
