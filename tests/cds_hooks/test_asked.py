"""The envelope of a call: what CDS Hooks 2.0 requires is required, and what it leaves open is left open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from service.cds_hooks.asked import call_asked
from service.cds_hooks.call import Call
from service.cds_hooks.services import SERVICES
from service.fhir_mapping.inbound.decode import decode
from service.problems import Rejected
from tests.support.calls import INSTANCE, SELECT, SIGN, VIEW, call_of
from tests.support.records import Resource

DRAFT: Resource = {
    "resourceType": "ServiceRequest",
    "id": "d1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p1"},
}
TOKEN: Resource = {
    "access_token": "a-token-of-the-call",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "cds-service",
}


def asked(body: Any, service: str = VIEW) -> Call:
    return call_asked(decode(orjson.dumps(body)), SERVICES[service])


def problems(body: Any, service: str = VIEW, status: int = 400) -> dict[str, str]:
    with pytest.raises(Rejected) as refusal:
        asked(body, service)
    assert refusal.value.status == status
    return {problem.expression: problem.message for problem in refusal.value.problems}


def in_context(body: Resource, **given: Any) -> Resource:
    return {**body, "context": {**body["context"], **given}}


def test_a_call_says_who_looks_at_whom(record: Resource) -> None:
    call = asked(call_of(record))
    assert (call.hook, call.service, call.instance) == ("patient-view", VIEW, INSTANCE)
    assert (call.patient_id, call.user_id, call.encounter_id) == ("p1", "Practitioner/7", "89284")
    assert call.draft_orders is None


def test_a_call_about_orders_holds_them(record: Resource) -> None:
    selected = asked(call_of(record, SELECT, DRAFT), SELECT)
    assert selected.selections == ("ServiceRequest/d1",)
    assert selected.draft_orders is not None
    assert selected.draft_orders["entry"][0]["resource"] == DRAFT
    signed = asked(call_of(record, SIGN, DRAFT), SIGN)
    assert signed.selections == ()
    assert signed.draft_orders == selected.draft_orders


def test_unknown_members_and_extensions_are_passed_over(record: Resource) -> None:
    body = in_context({**call_of(record), "extension": {"com.example": 1}, "user": "old"}, extension={}, more=[1])
    assert replace(asked(body), prefetch=None) == replace(asked(call_of(record)), prefetch=None)


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
@pytest.mark.parametrize("value", ["missing", None, 7, [], ""])
def test_what_is_required_is_required(record: Resource, name: str, value: Any) -> None:
    body = {**call_of(record), name: value}
    if value == "missing":
        del body[name]
    assert name in problems(body)


@pytest.mark.parametrize("name", ["userId", "patientId"])
@pytest.mark.parametrize("value", ["missing", None, 7, {}, "", "x" * 300])
def test_what_the_context_requires_is_required(record: Resource, name: str, value: Any) -> None:
    body = in_context(call_of(record), **{name: value})
    if value == "missing":
        del body["context"][name]
    assert f"context.{name}" in problems(body)


def test_every_problem_is_said_at_once(record: Resource) -> None:
    body = in_context({**call_of(record), "hook": "order-sign", "fhirServer": "nowhere"}, userId=7, patientId=None)
    assert set(problems(body)) == {"hook", "fhirServer", "context.userId", "context.patientId"}


@pytest.mark.parametrize("body", [[], "text", 7, None, [{"hook": "patient-view"}]])
def test_what_is_no_object_is_no_call(body: Any) -> None:
    assert "Send a JSON object" in problems(body)["$this"]


def test_a_member_that_is_there_twice_is_refused(record: Resource) -> None:
    body = orjson.dumps(call_of(record)).replace(b'"hook":', b'"hook":"order-sign","hook":', 1)
    with pytest.raises(Rejected) as refusal:
        call_asked(decode(body), SERVICES[VIEW])
    assert refusal.value.status == 400


def test_the_hook_has_to_be_the_one_of_the_service(record: Resource) -> None:
    said = problems({**call_of(record), "hook": "order-sign"})["hook"]
    assert "patient-view" in said
    assert "order-sign" not in said


@pytest.mark.parametrize(
    "patient", ["../Observation", "a/b", "p1?x=1", "p 1", "p1\n", "ü", "Patient/", "Group/p1", "..", "."]
)
def test_an_id_of_a_patient_leads_nowhere_else(record: Resource, patient: str) -> None:
    assert "context.patientId" in problems(in_context(call_of(record), patientId=patient))


def test_a_type_before_the_id_is_understood(record: Resource) -> None:
    assert asked(in_context(call_of(record), patientId="Patient/p1")).patient_id == "p1"


@pytest.mark.parametrize(("sent", "kept"), [(INSTANCE.upper(), INSTANCE), ("not-a-uuid", "not-a-uuid")])
def test_a_hook_instance_tells_calls_apart_whatever_it_is(record: Resource, sent: str, kept: str) -> None:
    assert asked({**call_of(record), "hookInstance": sent}).instance == kept


@pytest.mark.parametrize("sent", ["\x00", "a\nb", "   ", "x" * 257])
def test_a_hook_instance_is_one_line(record: Resource, sent: str) -> None:
    assert "hookInstance" in problems({**call_of(record), "hookInstance": sent})


@pytest.mark.parametrize("value", ["https://ehr.example/fhir", "https://ehr.example:8443", "http://127.0.0.1:1/fhir"])
def test_an_address_of_a_server_is_one(record: Resource, value: str) -> None:
    assert asked({**call_of(record), "fhirServer": value}).fhir_server == value


@pytest.mark.parametrize(
    "value", ["ehr.example", "ftp://ehr.example", "file:///etc/passwd", "https://", "https://[", "http://a:b", 7, {}]
)
def test_what_is_no_address_of_a_server_is_refused(record: Resource, value: Any) -> None:
    assert "fhirServer" in problems({**call_of(record), "fhirServer": value})


@pytest.mark.parametrize("name", ["fhirServer", "fhirAuthorization", "prefetch"])
def test_null_stands_for_what_is_not_there(record: Resource, name: str) -> None:
    call = asked({**call_of(record), name: None})
    assert (call.fhir_server, call.authorization) == (None, None)


def test_an_access_token_is_kept_and_never_shown(record: Resource) -> None:
    call = asked({**call_of(record), "fhirAuthorization": TOKEN})
    assert call.authorization is not None
    assert call.authorization.access_token == TOKEN["access_token"]
    assert TOKEN["access_token"] not in repr(call)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", None),
        ("access_token", 7),
        ("access_token", "x" * 20_000),
        ("token_type", None),
        ("token_type", "mac"),
        ("expires_in", "soon"),
        ("expires_in", 1.5),
        ("expires_in", True),
        ("scope", ["patient/*.read"]),
        ("subject", 7),
        ("patient", "p2"),
        ("patient", 7),
    ],
)
def test_what_is_no_authorization_is_refused(record: Resource, name: str, value: Any) -> None:
    body = {**call_of(record), "fhirAuthorization": {**TOKEN, name: value}}
    said = problems(body)
    assert f"fhirAuthorization.{name}" in said
    assert TOKEN["access_token"] not in str(said)


@pytest.mark.parametrize("value", ["token", [], 7])
def test_an_authorization_is_an_object(record: Resource, value: Any) -> None:
    assert "fhirAuthorization" in problems({**call_of(record), "fhirAuthorization": value})


@pytest.mark.parametrize("value", ["text", 7, [], True])
def test_the_prefetch_is_an_object(record: Resource, value: Any) -> None:
    assert "prefetch" in problems({**call_of(record), "prefetch": value})


@pytest.mark.parametrize("service", [SELECT, SIGN])
@pytest.mark.parametrize(
    "value",
    [None, [], "text", {"resourceType": "ServiceRequest"}, {"resourceType": "Bundle", "entry": 7}],
    ids=["missing", "list", "text", "resource", "entry"],
)
def test_draft_orders_are_a_bundle(record: Resource, service: str, value: Any) -> None:
    body = in_context(call_of(record, service, DRAFT), draftOrders=value)
    assert any(where.startswith("context.draftOrders") for where in problems(body, service))


@pytest.mark.parametrize("entry", [None, 7, {}, {"resource": 7}, {"resource": {"id": "x"}}], ids=str)
def test_each_draft_is_a_resource(record: Resource, entry: Any) -> None:
    bundle = {"resourceType": "Bundle", "entry": [{"resource": DRAFT}, entry]}
    body = in_context(call_of(record, SIGN), draftOrders=bundle)
    assert "context.draftOrders.entry" in problems(body, SIGN)


@pytest.mark.parametrize("value", [None, "ServiceRequest/d1", [7], [None], {}])
def test_selections_are_references_in_a_list(record: Resource, value: Any) -> None:
    assert "context.selections" in problems(in_context(call_of(record, SELECT, DRAFT), selections=value), SELECT)


def test_draft_orders_of_another_patient_are_422(record: Resource) -> None:
    other = {**DRAFT, "subject": {"reference": "Patient/p2"}}
    said = problems(call_of(record, SIGN, DRAFT, other), SIGN, 422)
    assert list(said) == ["context.draftOrders.entry[1].resource"]


def test_there_are_only_so_many_draft_orders(record: Resource) -> None:
    assert "context.draftOrders" in problems(call_of(record, SIGN, *[DRAFT] * 501), SIGN, 413)


def test_a_bundle_of_drafts_needs_no_type_and_no_entries(record: Resource) -> None:
    bundle: Resource = {"resourceType": "Bundle"}
    call = asked(in_context(call_of(record, SIGN), draftOrders=bundle), SIGN)
    assert call.draft_orders == bundle
