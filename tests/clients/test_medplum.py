"""Discovery, prefetch, call and feedback by a CDS Hooks client that is not ours (`call.mjs`)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.servers import FOLDER, NODE, ROOT, seed

VIEW = "spinal-tumour-patient-view"
SIGN = "spinal-tumour-order-sign"
_SECONDS = 60


def record(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "examples" / f"{name}.json").read_text("utf-8"))
    return found


def call(service: str, fhir: str, patient: str, name: str = VIEW, **more: Any) -> dict[str, Any]:
    """What the client met: ``{discovery, request, status, response, feedback}``."""
    context = {"userId": "Practitioner/somebody", "patientId": patient, **more.pop("context", {})}
    asked = {"services": f"{service}/cds-services", "fhir": fhir, "id": name, "context": context, **more}
    run = subprocess.run(
        [*NODE, "call.mjs"],
        cwd=FOLDER,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    met: dict[str, Any] = json.loads(run.stdout)
    return met


@pytest.fixture(scope="module")
def emergency(fhir: str) -> str:
    return seed(fhir, record("prostate-emergency"), "emergency")


@pytest.fixture(scope="module")
def kidney(fhir: str) -> str:
    return seed(fhir, record("kidney-complete"), "kidney")


@pytest.fixture(scope="module")
def healthy(fhir: str) -> str:
    return seed(fhir, record("colon-no-spinal-tumour"), "healthy")


def check_cards(cards: list[dict[str, Any]]) -> None:
    """What the client's types ask of a card, and what it can do nothing with."""
    assert 0 < len(cards) <= 3
    assert len({card["uuid"] for card in cards}) == len(cards)
    for card in cards:
        assert len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")
        assert card["source"]["label"]
        assert bool(card.get("suggestions")) is ("selectionBehavior" in card)
        for link in card.get("links", ()):
            assert link["type"] in ("absolute", "smart")
        for suggestion in card.get("suggestions", ()):
            assert suggestion["label"]
            assert suggestion["uuid"]
            for action in suggestion["actions"]:
                assert action["description"]
                assert action["type"] in ("create", "update", "delete")
                assert ("resource" if action["type"] != "delete" else "resourceId") in action


def test_discovery_has_a_service_for_each_hook(service: str, fhir: str, healthy: str) -> None:
    services = call(service, fhir, healthy)["discovery"]["services"]
    assert [each["hook"] for each in services] == ["patient-view", "order-select", "order-sign"]


def test_the_prefetch_templates_are_filled_by_others(service: str, fhir: str, kidney: str) -> None:
    met = call(service, fhir, kidney)
    (template,) = [each["prefetch"] for each in met["discovery"]["services"] if each["id"] == VIEW]
    prefetch = met["request"]["prefetch"]
    assert prefetch.keys() == template.keys()
    assert prefetch["patient"]["resourceType"] == "Patient"
    sizes = {key: len(value.get("entry", ())) for key, value in prefetch.items() if key != "patient"}
    assert (sizes["condition"], sizes["observation"], sizes["procedure"]) == (26, 26, 33)


def test_cards_for_a_tumour_of_the_spine(service: str, fhir: str, kidney: str) -> None:
    met = call(service, fhir, kidney)
    assert met["status"] == 200, met["response"]
    check_cards(met["response"]["cards"])


def test_an_emergency_comes_first(service: str, fhir: str, emergency: str) -> None:
    cards = call(service, fhir, emergency)["response"]["cards"]
    check_cards(cards)
    assert cards[0]["indicator"] == "critical"


def test_nothing_is_said_without_a_tumour(service: str, fhir: str, healthy: str) -> None:
    met = call(service, fhir, healthy)
    assert (met["status"], met["response"]) == (200, {"cards": []})


@pytest.mark.parametrize("key", ["patient", "condition", "observation"])
def test_a_missing_key_without_a_server_is_a_precondition_that_failed(
    service: str, fhir: str, kidney: str, key: str
) -> None:
    met = call(service, fhir, kidney, without=[key])
    assert met["status"] == 412
    (issue,) = met["response"]["issue"]
    assert issue["expression"] == [f"prefetch.{key}"]


def test_what_is_not_prefetched_is_read_from_the_server_of_the_caller(service: str, fhir: str, kidney: str) -> None:
    root = fhir.removesuffix("/fhir/R4")
    whole = call(service, fhir, kidney)
    requests.delete(f"{root}/calls", timeout=5)
    met = call(service, fhir, kidney, without=["condition", "procedure"], server=fhir)
    assert met["status"] == 200, met["response"]
    ours = [each for each in requests.get(f"{root}/calls", timeout=5).json() if each["authorization"]]
    assert {each["authorization"] for each in ours} == {"Bearer made-up"}
    assert {each["path"].split("?")[0] for each in ours} == {"/Condition", "/Procedure"}
    told = [[card["summary"] for card in each["response"]["cards"]] for each in (whole, met)]
    assert told[0] == told[1]


def test_what_nobody_asked_for_is_said_in_the_cards(service: str, fhir: str, kidney: str) -> None:
    cards = call(service, fhir, kidney, without=["procedure"])["response"]["cards"]
    assert any("Procedure" in card["detail"] for card in cards)


def test_a_taken_suggestion_is_fed_back(service: str, fhir: str, emergency: str) -> None:
    feedback = call(service, fhir, emergency)["feedback"]
    assert feedback["sent"]["acceptedSuggestions"]
    assert feedback["status"] == 200, feedback["body"]


def test_an_override_is_fed_back_with_its_reason(service: str, fhir: str, emergency: str) -> None:
    met = call(service, fhir, emergency)
    (reason, *_) = met["response"]["cards"][0]["overrideReasons"]
    feedback = call(service, fhir, emergency, override=reason["code"])["feedback"]
    assert feedback["status"] == 200, feedback["body"]


def test_orders_are_looked_at_before_they_are_signed(service: str, fhir: str, emergency: str) -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "108290001"}], "text": "Radiotherapy"},
        "subject": {"reference": f"Patient/{emergency}"},
    }
    drafts = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}
    met = call(service, fhir, emergency, name=SIGN, context={"draftOrders": drafts})
    assert met["status"] == 200, met["response"]
    check_cards(met["response"]["cards"])


def test_what_a_suggestion_creates_is_taken_by_the_server_of_others(service: str, fhir: str, emergency: str) -> None:
    cards = call(service, fhir, emergency)["response"]["cards"]
    made = [
        action["resource"]
        for card in cards
        for suggestion in card.get("suggestions", ())
        for action in suggestion["actions"]
        if action["type"] == "create"
    ]
    assert made
    for resource in made:
        response = requests.post(f"{fhir}/{resource['resourceType']}", json=resource, timeout=30)
        assert response.status_code == 201, response.text


def test_the_client_is_the_one_that_is_named() -> None:
    packages = json.loads(Path(FOLDER, "node_modules/@medplum/core/package.json").read_text("utf-8"))
    assert packages["version"] == "5.2.13"
