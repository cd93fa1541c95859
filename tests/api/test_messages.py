"""``POST /fhir/$process-message``: a message in, a message out, whatever becomes of it."""

from __future__ import annotations

import copy
from importlib import import_module
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api import messages
from service.api.app import create_app
from service.api.settings import Settings
from service.problems import Problem, Rejected
from tests.support.as_xml import as_xml
from tests.support.door import FHIR_JSON, assess, check_refusal, json_of, post
from tests.support.records import bundle, metastasis, observation, patient
from tests.support.stored import CASES, contract

PATH = "/fhir/$process-message"
EVENT = "https://w3id.org/spinemets/event/spinal-tumour-record"
ID = "1cbdfb97-5859-48a4-8301-d54eab818d68"
HEADER: dict[str, Any] = {
    "resourceType": "MessageHeader",
    "id": ID,
    "eventUri": EVENT,
    "source": {"name": "Laboratory", "endpoint": "https://engine.example/in"},
    "destination": [{"endpoint": "https://spine.example/fhir/$process-message"}],
}


def message(*resources: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A message with a header first; a member that is None is left out."""
    head = {name: value for name, value in (HEADER | header).items() if value is not None}
    made = bundle(*resources, type="message")
    made["entry"].insert(0, {"fullUrl": f"urn:uuid:{ID}", "resource": head})
    return made


def of_record(record: dict[str, Any], **header: Any) -> dict[str, Any]:
    made = copy.deepcopy(record) | {"type": "message"}
    made["entry"].insert(0, {"fullUrl": f"urn:uuid:{ID}", "resource": HEADER | header})
    return made


def send(client: FlaskClient, body: Any, **headers: str) -> TestResponse:
    data = {"data": body} if isinstance(body, bytes) else {"json": body}
    return client.post(PATH, headers={"Content-Type": FHIR_JSON, **headers}, **data)


def response_of(response: TestResponse, code: str, status: int = 200) -> tuple[dict[str, Any], dict[str, Any]]:
    """Checks all that an answer has to have; gives its header and the OperationOutcome that it names."""
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    answer = json_of(response)
    import_module("fhir.resources.R4B.bundle").Bundle.model_validate(answer)
    assert answer["type"] == "message"
    by_url = {entry["fullUrl"]: entry["resource"] for entry in answer["entry"]}
    assert len(by_url) == len(answer["entry"])
    head: dict[str, Any] = answer["entry"][0]["resource"]
    assert head["resourceType"] == "MessageHeader"
    assert head["response"]["code"] == code
    outcome = by_url[head["response"]["details"]["reference"]]
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(each["reference"] in by_url for each in head.get("focus", ()))
    severities = {issue["severity"] for issue in outcome["issue"]}
    assert ("error" in severities) == (code != "ok")
    return head, outcome


# Answers


@pytest.mark.parametrize("case", CASES)
def test_a_message_is_answered_with_what_the_record_alone_would_get(client: FlaskClient, case: str) -> None:
    response = send(client, of_record(contract(case)))
    head, _ = response_of(response, "ok")
    resources = [entry["resource"] for entry in json_of(response)["entry"][1:]]
    alone = [entry["resource"] for entry in assess(client, contract(case))["entry"]]
    assert resources == alone
    assert head["response"]["identifier"] == ID
    assert head["eventUri"] == EVENT
    assert head["destination"] == [{"endpoint": "https://engine.example/in"}]
    assert head["source"]["endpoint"] == "https://spine.example/fhir/$process-message"
    kinds = [r["resourceType"] for r in resources if f"urn:uuid:{r['id']}" in str(head["focus"])]
    assert kinds == ["CarePlan", "GuidanceResponse"]


def test_a_message_that_is_sent_again_gets_the_same_bytes_from_any_server(client: FlaskClient) -> None:
    given = [of_record(contract("b")), message(observation("ecog", 9)), message(eventUri=None)]
    other = create_app(Settings()).test_client()
    for each in given:
        first = send(client, each)
        assert first.get_data() == send(client, each).get_data() == send(other, each).get_data()


def test_another_message_with_the_same_record_gets_another_answer_with_the_same_content(client: FlaskClient) -> None:
    one, two = (json_of(send(client, message(metastasis(), id=name))) for name in ("a", "b"))
    assert one["id"] != two["id"]
    assert one["entry"][0]["resource"]["id"] != two["entry"][0]["resource"]["id"]
    assert one["entry"][1:] == two["entry"][1:]


def test_a_message_may_be_assessed_as_a_record_as_well(client: FlaskClient) -> None:
    assert json_of(post(client, message(metastasis())))["type"] == "collection"


def test_a_message_in_xml_gets_the_same_answer(client: FlaskClient) -> None:
    given = of_record(contract("c"))
    there = client.post(PATH, data=as_xml(given), headers={"Content-Type": "application/fhir+xml"})
    assert there.get_data() == send(client, given).get_data()


@pytest.mark.parametrize(
    "focus",
    [
        [{"reference": "Patient/p1"}],
        [{"reference": "https://example.org/fhir/Patient/p1"}],
        [{"reference": "Patient/p1/_history/3"}, {"reference": "Observation/metastasis-T6"}],
    ],
)
def test_a_focus_within_the_bundle_is_found_however_it_is_named(client: FlaskClient, focus: Any) -> None:
    response_of(send(client, message(metastasis(), focus=focus)), "ok")


@pytest.mark.parametrize(
    "event",
    [
        {"eventUri": "urn:example:oncology-record"},
        {"eventUri": None, "eventCoding": {"system": "http://example.org/events", "code": "record", "display": "Zz"}},
    ],
)
def test_the_event_of_a_sender_is_repeated_and_refused_where_handling_is_strict(
    client: FlaskClient, event: dict[str, Any]
) -> None:
    head, _ = response_of(send(client, message(metastasis(), **event)), "ok")
    assert head.get("eventUri") == event["eventUri"]
    if "eventCoding" in event:
        assert head["eventCoding"] == {"system": "http://example.org/events", "code": "record"}
    refused = send(client, message(metastasis(), **event), Prefer="handling=strict")
    _, outcome = response_of(refused, "fatal-error")
    assert outcome["issue"][0]["expression"] == ["Bundle.entry[0].resource.event"]
    assert EVENT in outcome["issue"][0]["diagnostics"]
    response_of(send(client, message(metastasis()), Prefer="handling=strict"), "ok")


def test_a_fullurl_stands_for_the_id_that_is_missing(client: FlaskClient) -> None:
    head, _ = response_of(send(client, message(metastasis(), id=None)), "ok")
    assert head["response"]["identifier"] == ID


# Refusals


def wrong(change: str) -> dict[str, Any]:
    made = message(metastasis())
    entries = made["entry"]
    match change:
        case "no header":
            del entries[0]
        case "not first":
            entries.append(entries.pop(0))
        case "no entries":
            made["entry"] = []
        case "type":
            made["type"] = "collection"
        case "no type":
            del made["type"]
        case "two patients":
            entries += bundle(patient("p2"), observation("ecog", 1) | {"subject": {"reference": "Patient/p2"}})["entry"]
    return made


@pytest.mark.parametrize(
    ("given", "expression"),
    [
        (wrong("no header"), "Bundle.entry[0].resource"),
        (wrong("not first"), "Bundle.entry[2].resource"),
        (wrong("no entries"), "Bundle.entry[0].resource"),
        (wrong("type"), "Bundle.type"),
        (wrong("no type"), "Bundle.type"),
        (message(metastasis(), eventUri=None), "Bundle.entry[0].resource.event"),
        (message(metastasis(), eventUri="not a uri"), "Bundle.entry[0].resource.eventUri"),
        (message(metastasis(), eventUri=7), "Bundle.entry[0].resource.eventUri"),
        (message(metastasis(), eventUri=None, eventCoding={"code": "x"}), "Bundle.entry[0].resource.eventCoding"),
        (message(metastasis(), eventUri=None, eventCoding="x"), "Bundle.entry[0].resource.eventCoding"),
        (message(metastasis(), eventCoding={"system": "urn:x", "code": "x"}), "Bundle.entry[0].resource.event"),
        (message(metastasis(), id=""), "Bundle.entry[0].resource.id"),
        (message(metastasis(), id="x" * 65), "Bundle.entry[0].resource.id"),
        (message(metastasis(), focus=[]), "Bundle.entry[0].resource.focus"),
        (message(metastasis(), focus={"reference": "Patient/p1"}), "Bundle.entry[0].resource.focus"),
        (message(metastasis(), focus=[{}]), "Bundle.entry[0].resource.focus[0]"),
        (message(metastasis(), focus=[{"reference": "Patient/p9"}]), "Bundle.entry[0].resource.focus[0]"),
        (message(metastasis(), response={"identifier": "x", "code": "ok"}), "Bundle.entry[0].resource.response"),
        (message(metastasis(), observation("ecog", 9)), "Bundle.entry[3].resource.value"),
        (message({"resourceType": "Condition", "patient": {}}), "Bundle.entry[2].resource"),
        (message(metastasis(), timestamp=None) | {"timestamp": "yesterday"}, "Bundle.timestamp"),
    ],
    ids=range(21),
)
def test_a_message_that_is_wrong_is_a_fatal_error_that_names_the_element(
    client: FlaskClient, given: dict[str, Any], expression: str
) -> None:
    head, outcome = response_of(send(client, given), "fatal-error")
    named = [each for issue in outcome["issue"] for each in issue["expression"]]
    assert expression in named, named
    assert all(issue["diagnostics"].endswith(".") for issue in outcome["issue"])
    assert "focus" not in head


def test_two_patients_are_a_fatal_error(client: FlaskClient) -> None:
    response_of(send(client, wrong("two patients")), "fatal-error")


def test_a_header_that_is_not_first_is_answered_by_its_id(client: FlaskClient) -> None:
    head, _ = response_of(send(client, wrong("not first")), "fatal-error")
    assert head["response"]["identifier"] == ID


def test_without_a_header_there_is_no_identifier_and_that_is_said(client: FlaskClient) -> None:
    head, _ = response_of(send(client, wrong("no header")), "fatal-error")
    assert head["response"]["identifier"] == "unknown"
    assert head["response"]["_identifier"]["extension"][0]["valueCode"] == "unknown"


def test_every_fault_of_a_header_is_named_at_once(client: FlaskClient) -> None:
    _, outcome = response_of(send(client, message(metastasis(), eventUri=None, id="", focus=[])), "fatal-error")
    assert len(outcome["issue"]) == 3


@pytest.mark.parametrize("body", [b"", b"{", b"MSH|^~\\&|", b"[]", b'{"resourceType": "Patient"}'])
def test_what_is_no_bundle_cannot_be_answered_with_a_message(client: FlaskClient, body: bytes) -> None:
    check_refusal(send(client, body), 400, "Bundle")


def test_parameters_around_a_message_are_400(client: FlaskClient) -> None:
    wrapped = {"resourceType": "Parameters", "parameter": [{"name": "content", "resource": message(metastasis())}]}
    check_refusal(send(client, wrapped), 400, "Bundle")


@pytest.mark.parametrize("query", ["?async=true", "?response-url=https://example.org", "?async=false&response-url=x"])
def test_an_answer_that_would_be_sent_elsewhere_is_refused(client: FlaskClient, query: str) -> None:
    response = client.post(f"{PATH}{query}", json=message(metastasis()), headers={"Content-Type": FHIR_JSON})
    check_refusal(response, 400, "Parameters")


def test_media_types_are_judged_as_everywhere(client: FlaskClient) -> None:
    check_refusal(client.post(PATH, data=b"{}", headers={"Content-Type": "text/csv"}), 415, "Content-Type")
    check_refusal(send(client, message(metastasis()), Accept="text/csv"), 406, "Accept")
    check_refusal(client.get(PATH), 405)


# Faults that pass


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Rejected(503, Problem("transient", "The service is stopping. Send it again later.")), 503),
        (Rejected(429, Problem("throttled", "Too much at once. Send it again later.")), 429),
        (RuntimeError("Zwiebelfisch"), 500),
    ],
)
def test_what_may_pass_is_a_transient_error_with_the_status_on_which_engines_send_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(messages, "answered", fail)
    response = send(client, message(metastasis()))
    head, _ = response_of(response, "transient-error", status)
    assert head["response"]["identifier"] == ID
    assert int(response.headers["Retry-After"]) > 0
    assert "Zwiebelfisch" not in response.get_data(as_text=True)
