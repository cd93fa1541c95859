"""Whose a line is, by every way in which FHIR refers to a patient."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
import simdjson
from hypothesis import given
from hypothesis import strategies as st

from service.cohort.lines import Fault
from service.cohort.whose import ANY_SYSTEM, Found, Identified, NotNeeded, Owned, Shared, look
from service.fhir_mapping.terminology import STANDARD

PARSER = simdjson.Parser()
HUGE = b'"valueDecimal":' + b"9" * 100


def of(resource: Any) -> Found:
    return look(orjson.dumps(resource), PARSER, STANDARD)


def observation(**members: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o", **members}


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/a-1",
        "Patient/a-1/_history/3",
        "https://hospital.example/fhir/Patient/a-1",
        "https://hospital.example/fhir/Patient/a-1/_history/2",
        "urn:uuid:a-1",
        "urn:oid:a-1",
    ],
)
def test_a_patient_is_found_by_each_form_of_reference(reference: str) -> None:
    assert of(observation(subject={"reference": reference})) == Owned("Patient/a-1")
    assert of({"resourceType": "FamilyMemberHistory", "patient": {"reference": reference}}) == Owned("Patient/a-1")


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ({"reference": "Patient?identifier=urn:mrn|7"}, Identified("urn:mrn|7")),
        ({"reference": "Patient?identifier=urn%3Amrn%7C7"}, Identified("urn:mrn|7")),
        ({"reference": "Patient?identifier=|7"}, Identified("|7")),
        ({"reference": "Patient?identifier=7"}, Identified(f"{ANY_SYSTEM}|7")),
        ({"identifier": {"system": "urn:mrn", "value": "7"}}, Identified("urn:mrn|7")),
        ({"identifier": {"value": "7"}}, Identified("|7")),
        ({"identifier": {"system": "urn:mrn"}}, Fault.UNCLEAR_PATIENT),
        ({"identifier": {"value": 7}}, Fault.UNCLEAR_PATIENT),
        ({"reference": "Group/1"}, Fault.NOT_A_PATIENT),
        ({"reference": "https://hospital.example/Device/1"}, Fault.NOT_A_PATIENT),
        ({"reference": "#p"}, Fault.UNCLEAR_PATIENT),
        ({"reference": "Patient/"}, Fault.UNCLEAR_PATIENT),
        ({"reference": "Patient/" + "x" * 129}, Fault.NOT_A_PATIENT),
        ({"reference": "somebody"}, Fault.UNCLEAR_PATIENT),
        ({"display": "Ann Lee"}, Fault.NO_PATIENT),
        ({"reference": 7}, Fault.NO_PATIENT),
        ({}, Fault.NO_PATIENT),
        (None, Fault.NO_PATIENT),
        ("Patient/1", Fault.NO_PATIENT),
    ],
)
def test_a_subject_is_read_or_the_line_says_why_not(subject: Any, found: Found) -> None:
    assert of(observation(subject=subject)) == found


def test_a_patient_is_named_by_its_id_and_found_by_its_identifiers_with_and_without_system() -> None:
    patient = {
        "resourceType": "Patient",
        "id": "a",
        "identifier": [{"system": "urn:mrn", "value": "7"}, {"use": "old"}],
    }
    assert of(patient) == Owned("Patient/a", identifiers=("urn:mrn|7", f"{ANY_SYSTEM}|7"))
    assert of({"resourceType": "Patient"}) is Fault.NO_ID
    assert of({"resourceType": "Patient", "id": "a b"}) is Fault.NO_ID
    assert of({"resourceType": "Patient", "id": 7}) is Fault.NO_ID


def test_what_is_not_read_is_not_needed_unless_it_contains_something_or_tells_the_release() -> None:
    subject = {"subject": {"reference": "Patient/a"}}
    assert of({"resourceType": "Encounter", **subject}) == NotNeeded("Encounter")
    assert of({"resourceType": "Encounter", **subject, "class": [{}]}) == Owned("Patient/a", tells=True)
    assert of({"resourceType": "Encounter", **subject, "contained": [{}]}) == Owned("Patient/a")
    assert of({"resourceType": "Claim", **subject, "contained": [{}]}) == NotNeeded("Claim")
    assert of({"resourceType": "Organization"}) == NotNeeded("Organization")
    assert of({"resourceType": "observation", **subject}) == Owned("Patient/a", tells=True)


@pytest.mark.parametrize(
    "whose", [{"reference": "Patient/a"}, {"reference": "Patient?identifier=7"}, {"identifier": {"value": "7"}}]
)
def test_a_line_that_could_tell_of_a_tumour_is_marked_however_it_names_the_patient(whose: Any) -> None:
    tumour, pressure = ({"coding": [{"code": "x", "display": each}]} for each in ("Chordoma", "Hypertension"))
    marked = [of({"resourceType": "Condition", "subject": whose, "code": code}) for code in (tumour, pressure)]
    assert [each.tells for each in marked if isinstance(each, Owned | Identified)] == [True, False]


@pytest.mark.parametrize("issue", [None, [], "error", [7], [{"severity": "information"}], [{"severity": ["error"]}]])
def test_an_outcome_without_trouble_is_not_needed(issue: Any) -> None:
    assert of({"resourceType": "OperationOutcome", "issue": issue}) == NotNeeded("OperationOutcome")
    said = b'{"resourceType":"OperationOutcome",%b,"issue":%b}' % (HUGE, orjson.dumps(issue))
    assert look(said, PARSER, STANDARD) == NotNeeded("OperationOutcome")


def test_a_medication_is_shared() -> None:
    assert of({"resourceType": "Medication", "id": "m"}) == Shared("Medication/m")
    assert of({"resourceType": "Medication"}) is Fault.NO_ID


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{", Fault.NOT_JSON),
        (b"resource", Fault.NOT_JSON),
        (b'{"resourceType":"Patient","id":"a"}}', Fault.NOT_JSON),
        (b'{"resourceType":"Patient"} {"resourceType":"Patient"}', Fault.NOT_JSON),
        (b'{"a":"\xe9"}', Fault.NOT_UTF8),
        (b"[" * 100_000, Fault.NOT_JSON),
        (b"[]", Fault.NO_RESOURCE),
        (b"7", Fault.NO_RESOURCE),
        (b"null", Fault.NO_RESOURCE),
        (b'"Patient"', Fault.NO_RESOURCE),
        (b"{}", Fault.NO_RESOURCE),
        (b'{"resourceType":7}', Fault.NO_RESOURCE),
        (b'{"resourceType":""}', Fault.NO_RESOURCE),
        (b'{"resourceType":"Bundle","type":"transaction"}', Fault.BUNDLE),
        (b'{"resourceType":"OperationOutcome","issue":[{},{"severity":"warning"}]}', Fault.INCOMPLETE_EXPORT),
    ],
)
def test_what_is_no_resource_is_told_by_kind(content: bytes, fault: Fault) -> None:
    assert look(content, PARSER, STANDARD) is fault


def test_what_the_index_cannot_hold_is_read_all_the_same() -> None:
    content = b'{"resourceType":"Observation",%b,"subject":{"reference":"Patient/a"}}' % HUGE
    assert look(content, PARSER, STANDARD) == Owned("Patient/a", tells=True)


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_looking_never_fails(content: bytes) -> None:
    assert isinstance(look(content, PARSER, STANDARD), Fault | NotNeeded | Owned | Identified | Shared)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.text(max_size=8) | st.integers(-9, 9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["reference", "identifier", "system", "value", "id", "x"]), inner, max_size=3
            )
        ),
        max_leaves=8,
    ),
    kind=st.sampled_from(["Patient", "Observation", "Encounter", "Medication", "Coverage", "Nothing"]),
    member=st.sampled_from(["subject", "patient", "identifier", "id", "contained", "beneficiary"]),
)
def test_looking_never_fails_at_a_resource_of_any_form(value: Any, kind: str, member: str) -> None:
    assert isinstance(of({"resourceType": kind, member: value}), Fault | NotNeeded | Owned | Identified | Shared)
