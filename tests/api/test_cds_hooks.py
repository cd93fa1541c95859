"""The CDS Hooks door: discovery, calls, and what each error is."""

from __future__ import annotations

import gzip
import logging
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from service.cds_hooks import answering
from tests.support.calls import (
    HOOKS,
    SELECT,
    SIGN,
    VIEW,
    call_of,
    cards_of,
    patient_of,
    prefetching,
    problems_of,
    searchset,
    send,
    without,
)
from tests.support.door import check_refusal
from tests.support.fhir_server import Store, serving
from tests.support.records import Resource, bundle, condition, metastasis, observation
from tests.support.stored import CASES, contract

NO_TUMOUR = bundle(observation("karnofsky", 90), condition("I10"))


@pytest.fixture
def record() -> Resource:
    return bundle(metastasis(), observation("escc-grade", "escc-2", "T6", name="escc"))


def test_discovery_lists_a_service_for_each_hook(client: FlaskClient) -> None:
    response = client.get("/cds-services")
    assert response.content_type == "application/json"
    listed = response.get_json()["services"]
    assert {service["id"]: service["hook"] for service in listed} == HOOKS
    for service in listed:
        assert service["title"]
        assert service["description"]
        assert {"patient", "condition", "observation"} <= set(service["prefetch"])


@pytest.mark.parametrize("accept", ["application/json+fhir", "text/html", "application/xml", "*/*;q=0", "nonsense", ""])
def test_what_a_client_accepts_is_never_a_reason_to_refuse(client: FlaskClient, record: Resource, accept: str) -> None:
    assert client.get("/cds-services", headers={"Accept": accept}).status_code == 200
    assert send(client, call_of(NO_TUMOUR), headers={"Accept": accept}).status_code == 200


def test_discovery_is_in_the_language_of_the_reader(client: FlaskClient) -> None:
    english = client.get("/cds-services").get_json()
    response = client.get("/cds-services", headers={"Accept-Language": "ja"})
    assert "Accept-Language" in response.vary
    for there, here in zip(english["services"], response.get_json()["services"], strict=True):
        for name in ("title", "description", "usageRequirements"):
            assert here[name] != there[name]
            assert not here[name].isascii()
        assert (here["id"], here["prefetch"]) == (there["id"], there["prefetch"])


@pytest.mark.parametrize("case", CASES)
def test_a_record_with_a_tumour_of_the_spine_gets_cards(client: FlaskClient, case: str) -> None:
    assert cards_of(client, call_of(contract(case)))


def test_a_record_without_one_gets_none(client: FlaskClient) -> None:
    for service in (VIEW, SIGN, SELECT):
        response = send(client, call_of(NO_TUMOUR, service), service)
        assert (response.status_code, response.get_json()) == (200, {"cards": []})


def test_the_same_call_gets_the_same_bytes(client: FlaskClient) -> None:
    body = orjson.dumps(call_of(contract("b")))
    assert send(client, body).get_data() == send(client, body).get_data()


def test_the_order_of_the_keys_changes_nothing(client: FlaskClient) -> None:
    body = call_of(contract("b"))
    turned = {**body, "prefetch": dict(reversed(body["prefetch"].items()))}
    assert cards_of(client, body) == cards_of(client, turned)


def test_a_call_that_is_fired_anew_has_cards_of_its_own(client: FlaskClient) -> None:
    first = {card["uuid"] for card in cards_of(client, call_of(contract("b")))}
    second = {card["uuid"] for card in cards_of(client, call_of(contract("b"), hookInstance="another"))}
    assert not first & second


def test_a_packed_call_is_unpacked(client: FlaskClient) -> None:
    body = gzip.compress(orjson.dumps(call_of(NO_TUMOUR)))
    assert send(client, body, headers={"Content-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize(
    "name", ["nothing", "spinal-tumour-patient-view2", "SPINAL-TUMOUR-PATIENT-VIEW", "%00", "../x"]
)
def test_a_service_that_there_is_not_is_404(client: FlaskClient, name: str) -> None:
    check_refusal(send(client, call_of(NO_TUMOUR), name), 404)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml", "application/x-www-form-urlencoded", "json"])
def test_what_is_not_json_is_415(client: FlaskClient, kind: str) -> None:
    outcome = check_refusal(send(client, call_of(NO_TUMOUR), headers={"Content-Type": kind}), 415)
    assert "application/json" in outcome["issue"][0]["diagnostics"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json+fhir"])
def test_json_has_several_names(client: FlaskClient, kind: str) -> None:
    assert send(client, call_of(NO_TUMOUR), headers={"Content-Type": kind}).status_code == 200


@pytest.mark.parametrize("body", [b"", b"  ", b"{", b"nothing", b"[]", b"7", b'"x"', b"null", b"\xff\xfe", b"<x/>"])
def test_what_is_no_call_is_400(client: FlaskClient, body: bytes) -> None:
    outcome = check_refusal(send(client, body), 400)
    assert "Bundle" not in outcome["issue"][0]["diagnostics"]


def test_a_call_that_is_nested_endlessly_is_400(client: FlaskClient) -> None:
    check_refusal(send(client, b'{"hook":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), 400)


def test_a_call_that_is_too_large_is_413(small_client: FlaskClient) -> None:
    check_refusal(send(small_client, {**call_of(NO_TUMOUR), "extension": "x" * 2_000_000}), 413)


def test_the_hook_of_another_service_is_400(client: FlaskClient) -> None:
    assert "hook" in problems_of(send(client, call_of(NO_TUMOUR), SIGN))


def test_a_needed_key_that_cannot_be_had_is_412_and_named(client: FlaskClient, record: Resource) -> None:
    outcome = check_refusal(send(client, without(call_of(record), "condition", "observation")), 412)
    assert [issue["expression"] for issue in outcome["issue"]] == [["prefetch.condition"], ["prefetch.observation"]]


def test_wrong_fhir_in_the_prefetch_is_422_where_it_stands_in_the_call(client: FlaskClient, record: Resource) -> None:
    wrong = observation("karnofsky", 700)
    body = prefetching(call_of(record), observation=searchset(metastasis(), wrong))
    response = send(client, body)
    assert response.status_code == 422
    assert [where for where in problems_of(response) if where.startswith("prefetch.observation.entry[1].resource")]


def test_nothing_found_in_a_part_of_what_is_needed_is_not_nothing(client: FlaskClient) -> None:
    body = prefetching(call_of(NO_TUMOUR), observation=searchset(observation("karnofsky", 90), total=500))
    outcome = check_refusal(send(client, body), 412)
    assert outcome["issue"][0]["expression"] == ["prefetch.observation"]


def test_a_tumour_in_a_part_of_what_is_needed_is_spoken_of(client: FlaskClient) -> None:
    body = call_of(contract("b"))
    body["prefetch"]["observation"]["total"] += 400
    assert "Observation" in " ".join(card["detail"] for card in cards_of(client, body))


def test_what_was_not_asked_for_is_said(client: FlaskClient) -> None:
    body = without(call_of(contract("b")), "procedure")
    assert "Procedure" in " ".join(card["detail"] for card in cards_of(client, body))
    whole = " ".join(card["detail"] for card in cards_of(client, call_of(contract("b"))))
    assert "Not looked at" not in whole


def test_a_fault_of_ours_is_500_and_no_empty_answer(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise KeyError("p1")

    monkeypatch.setattr(answering, "cards", broken)
    with caplog.at_level(logging.DEBUG):
        response = send(client, call_of(contract("b")))
    assert response.status_code == 500
    assert response.get_json()["resourceType"] == "OperationOutcome"
    assert "p1" not in caplog.text


def test_nothing_of_a_call_is_logged(client: FlaskClient, record: Resource, caplog: pytest.LogCaptureFixture) -> None:
    granted = {"access_token": "a-token-of-the-call", "token_type": "Bearer", "expires_in": 300}
    body = without(call_of(record), "condition")
    with caplog.at_level(logging.DEBUG):
        send(client, {**body, "fhirServer": "https://ehr.example/fhir", "fhirAuthorization": granted})
    for secret in ("a-token-of-the-call", "ehr.example", "p1", "Practitioner"):
        assert secret not in caplog.text


@pytest.fixture
def store() -> Any:
    with serving(Store()) as running:
        yield running


def test_what_is_missing_is_read_from_a_server_that_the_site_allows(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    whole = call_of(contract("b"))
    store.load({"entry": [{"resource": e["resource"]} for e in contract("b")["entry"]]})
    granted = {"access_token": "a-token-of-the-call", "token_type": "Bearer", "expires_in": 300}
    body = {
        **{**whole, "prefetch": {}},
        "fhirServer": store.base,
        "fhirAuthorization": granted,
    }
    allowing = create_app(Settings(fhir_servers=(store.base,), cds_budget_ms=5000)).test_client()
    with caplog.at_level(logging.DEBUG):
        read = cards_of(allowing, body)
    assert [card["summary"] for card in read] == [card["summary"] for card in cards_of(allowing, whole)]
    assert store.calls
    for secret in ("a-token-of-the-call", patient_of(contract("b"))):
        assert f"={secret}" not in caplog.text
        assert f"/{secret}" not in caplog.text


def test_a_call_is_answered_within_its_time(store: Store, record: Resource) -> None:
    store.other_paths["Condition"] = lambda request: pytest.fail("a server that does not answer in time")
    store.faults = []
    granted = {"access_token": "a-token-of-the-call", "token_type": "Bearer", "expires_in": 300}
    body = {**without(call_of(record), "condition"), "fhirServer": store.base, "fhirAuthorization": granted}
    hurried = create_app(Settings(fhir_servers=(store.base,), cds_budget_ms=1)).test_client()
    assert "SPINEMETS_CDS_BUDGET_MS" in problems_of(send(hurried, body))["prefetch.condition"]


def test_a_slash_at_the_end_of_discovery_does_no_harm(client: FlaskClient) -> None:
    assert client.get("/cds-services/").get_json() == client.get("/cds-services").get_json()
