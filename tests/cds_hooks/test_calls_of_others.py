"""Calls in the shapes that other people's EHRs, sandboxes and test kits send.

Each file in ``calls/`` is one call, written anew after such a shape: ``origin`` says whose, ``peculiar`` what is odd
about it, and the rest what has to come of it. ``cards`` is "some" or "none", ``gaps`` the types that the cards have to
say were not looked at, and ``names`` what the refusal has to name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.api.settings import Settings
from tests.support.door import check_refusal

CALLS = {path.stem: orjson.loads(path.read_bytes()) for path in sorted(Path(__file__).parent.glob("calls/*.json"))}
WITH_STATUS = {name: call for name, call in CALLS.items() if call["status"] == 200}
REFUSED = {name: call for name, call in CALLS.items() if call["status"] != 200}


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


def post(client: FlaskClient, call: dict[str, Any]) -> TestResponse:
    headers = {"Content-Type": "application/json", **call.get("headers", {})}
    return client.post(f"/cds-services/{call['service']}", data=orjson.dumps(call["body"]), headers=headers)


@pytest.mark.parametrize("name", WITH_STATUS)
def test_a_call_that_has_what_is_needed_is_answered(client: FlaskClient, name: str) -> None:
    call = CALLS[name]
    response = post(client, call)
    assert response.status_code == 200, response.get_data(as_text=True)
    cards = orjson.loads(response.get_data())["cards"]
    assert bool(cards) is (call["cards"] == "some"), [card["summary"] for card in cards]
    said = " ".join(card["detail"] for card in cards)
    for kind in call.get("gaps", ()):
        assert kind in said


@pytest.mark.parametrize("name", REFUSED)
def test_a_call_that_lacks_something_is_refused_with_what_it_lacks(client: FlaskClient, name: str) -> None:
    call = CALLS[name]
    outcome = check_refusal(post(client, call), call["status"])
    named = " ".join(place for issue in outcome["issue"] for place in issue["expression"])
    for part in call["names"]:
        assert part in named


@pytest.mark.parametrize("name", CALLS)
def test_nothing_of_the_record_is_in_a_refusal(client: FlaskClient, name: str) -> None:
    call = CALLS[name]
    if call["status"] == 200:
        call = {**call, "body": {**call["body"], "prefetch": {}}}
    said = post(client, call).get_data(as_text=True)
    assert '"OperationOutcome"' in said
    for value in _values(CALLS[name]["body"]):
        assert value not in said


def _values(body: dict[str, Any]) -> list[str]:
    """What only the caller knows: the patient, the user, the server, the token, and words about the patient."""
    context = body["context"]
    server = body.get("fhirServer")
    token = (body.get("fhirAuthorization") or {}).get("access_token")
    known = [context.get("userId"), server, token, "Renal cell carcinoma", "1961-03-04", "山田"]
    # An id such as "1" is in any text.
    known += [name for name in (context.get("patientId"), body["hookInstance"]) if len(name) > 4]
    return [value for value in known if value]


@pytest.mark.parametrize("name", WITH_STATUS)
def test_the_same_call_has_the_same_answer(client: FlaskClient, name: str) -> None:
    first, second = (post(client, CALLS[name]).get_data() for _ in range(2))
    assert first == second


def test_japanese_is_answered_in_japanese(client: FlaskClient) -> None:
    (card, *_) = orjson.loads(post(client, CALLS["nexehrs-japanese"]).get_data())["cards"]
    assert any("\u3040" <= sign <= "\u30ff" for sign in card["summary"])
