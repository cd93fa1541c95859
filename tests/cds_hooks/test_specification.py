"""Both directions against CDS Hooks 2.0: what is sent here, and what is answered."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from tests.support.calls import SELECT, SIGN, VIEW, call_of, send
from tests.support.hooks_specification import check_response, faults
from tests.support.records import Resource
from tests.support.stored import EXAMPLES, bundles, title

LARGE = 150_000


def _can_be_prefetched(path: Path) -> bool:
    """Whether a record has a Patient, and is small enough for a test of every one."""
    if path.stat().st_size > LARGE:
        return False
    held = orjson.loads(path.read_bytes()).get("entry", [])
    return any(each.get("resource", {}).get("resourceType") == "Patient" for each in held)


CALLED = [path for path in bundles() if _can_be_prefetched(path)]
CARD: Resource = {
    "uuid": "4e0a3a1e-3283-4575-ab82-028d55fe2719",
    "summary": "Refer today",
    "detail": "Why.",
    "indicator": "critical",
    "source": {"label": "NICE NG234", "url": "https://cds.example/knowledge", "topic": {"code": "x", "display": "X"}},
    "suggestions": [
        {
            "label": "Refer",
            "uuid": "5e0a3a1e-3283-4575-ab82-028d55fe2719",
            "actions": [
                {
                    "type": "create",
                    "description": "Refer",
                    "resource": {"resourceType": "ServiceRequest", "status": "draft"},
                },
                {
                    "type": "update",
                    "description": "Change",
                    "resource": {"resourceType": "ServiceRequest", "id": "d1"},
                },
                {"type": "delete", "description": "Take out", "resourceId": "ServiceRequest/d2"},
            ],
        }
    ],
    "selectionBehavior": "any",
    "overrideReasons": [{"code": "refused", "system": "https://cds.example/reasons", "display": "Refused"}],
    "links": [
        {"label": "Plan", "url": "https://cds.example/app/launch", "type": "smart", "appContext": "x"},
        {"label": "Knowledge", "url": "https://cds.example/knowledge", "type": "absolute"},
    ],
}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_discovery_is_what_the_specification_has(client: FlaskClient, language: str) -> None:
    found = client.get("/cds-services", headers={"Accept-Language": language}).get_json()
    assert faults("discovery", found) == []


@pytest.mark.parametrize("service", [VIEW, SELECT, SIGN])
def test_the_calls_of_these_tests_are_what_the_specification_has(record: Resource, service: str) -> None:
    assert faults("request", call_of(record, service)) == []


@pytest.mark.parametrize("path", CALLED, ids=title)
@pytest.mark.parametrize("service", [VIEW, SIGN])
def test_every_answer_is_what_the_specification_has(client: FlaskClient, path: Path, service: str) -> None:
    response = send(client, call_of(orjson.loads(path.read_bytes()), service), service)
    if response.status_code == 200:
        check_response(response.get_json())
    else:
        assert response.status_code == 422
        assert response.get_json()["resourceType"] == "OperationOutcome"


def test_the_demonstrations_with_a_tumour_of_the_spine_get_cards(client: FlaskClient) -> None:
    for path in sorted(EXAMPLES.glob("*.json")):
        cards = check_response(send(client, call_of(orjson.loads(path.read_bytes()))).get_json())
        assert bool(cards) == ("no-spinal-tumour" not in path.stem), path.stem


def change(card: Resource, how: Callable[[Any], Any]) -> Resource:
    changed = copy.deepcopy(card)
    how(changed)
    return {"cards": [changed]}


def test_a_card_with_all_there_is_passes() -> None:
    assert faults("response", {"cards": [CARD]}) == []
    assert faults("response", {"cards": []}) == []


@pytest.mark.parametrize(
    "how",
    [
        lambda card: card.pop("summary"),
        lambda card: card.update(summary="x" * 140),
        lambda card: card.update(indicator="hard-stop"),
        lambda card: card.pop("source"),
        lambda card: card["source"].pop("label"),
        lambda card: card["source"].update(url="/knowledge"),
        lambda card: card.pop("selectionBehavior"),
        lambda card: card.update(selectionBehavior="all"),
        lambda card: card["suggestions"][0].pop("label"),
        lambda card: card["suggestions"][0]["actions"][0].pop("resource"),
        lambda card: card["suggestions"][0]["actions"][0].pop("description"),
        lambda card: card["suggestions"][0]["actions"][0].update(type="replace"),
        lambda card: card["suggestions"][0]["actions"][1]["resource"].pop("id"),
        lambda card: card["suggestions"][0]["actions"][2].pop("resourceId"),
        lambda card: card["overrideReasons"][0].pop("display"),
        lambda card: card["links"][0].update(type="relative"),
        lambda card: card["links"][1].update(appContext="x"),
        lambda card: card["links"][1].pop("url"),
        lambda card: card.update(unknown=1),
    ],
)
def test_a_card_that_breaks_the_specification_does_not(how: Callable[[Any], Any]) -> None:
    assert faults("response", change(CARD, how))


def test_ids_that_are_there_twice_are_noticed() -> None:
    with pytest.raises(AssertionError):
        check_response({"cards": [CARD, CARD]})


@pytest.mark.parametrize(
    "entry",
    [
        {"outcome": "accepted", "acceptedSuggestions": [{"id": "s"}]},
        {"outcome": "overridden"},
        {"outcome": "overridden", "overrideReason": {"reason": {"code": "refused"}}},
        {"outcome": "overridden", "overrideReason": {"userComment": "Discussed."}},
    ],
)
def test_feedback_that_the_specification_has_is_taken(client: FlaskClient, entry: Resource) -> None:
    body = {"feedback": [{"card": CARD["uuid"], "outcomeTimestamp": "2026-10-02T09:00:00Z", **entry}]}
    assert faults("feedback", body) == []


@pytest.mark.parametrize(
    "entry", [{"outcome": "accepted"}, {"outcome": "ignored"}, {"outcome": "overridden", "card": ""}, {}]
)
def test_feedback_that_the_specification_has_not_is_told_apart(entry: Resource) -> None:
    body = {"feedback": [{"card": CARD["uuid"], "outcomeTimestamp": "2026-10-02T09:00:00Z", **entry}]}
    assert faults("feedback", body)
