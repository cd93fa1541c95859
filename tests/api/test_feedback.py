"""``POST /cds-services/{id}/feedback``: kept once, all or nothing, as CDS Hooks 2.0 has it."""

from __future__ import annotations

import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from werkzeug.test import TestResponse

from service import KNOWLEDGE_VERSION
from service.api.app import create_app
from service.api.feedback import MAX_BYTES, MAX_COMMENT, MAX_FEEDBACK, MAX_SUGGESTIONS
from service.api.settings import Settings
from service.storage import Count, Database, counts
from tests.support.records import bundle, metastasis

CARD = "f8d7b8a2-1d60-4a0a-9a4a-1d2f2d0f1c11"
SERVICE = "spinal-tumour-patient-view"
SYSTEM = "https://w3id.org/spinemets/CodeSystem/override-reason"
PATH = f"/cds-services/{SERVICE}/feedback"
ACCEPTED: dict[str, Any] = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
    "outcomeTimestamp": "2026-10-01T09:30:00.123Z",
}
OVERRIDDEN: dict[str, Any] = {
    "card": CARD,
    "outcome": "overridden",
    "overrideReason": {
        "reason": {
            "code": "not-fit",
            "system": SYSTEM,
            "display": "x",
        },
        "userComment": "Jane Doe's family decided\r\notherwise",
    },
    "outcomeTimestamp": "2026-10-01T11:30:00+02:00",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("feedback")


@pytest.fixture(scope="module")
def client(folder: Path) -> FlaskClient:
    """A client of a service with a database of its own."""
    return create_app(Settings(database=f"sqlite:///{folder}/x.sqlite")).test_client()


@pytest.fixture(autouse=True)
def empty(client: FlaskClient) -> Database:
    """The database, without what an earlier test has left."""
    database: Database = client.application.config["DATABASE"]
    with database.writing() as connection:
        connection.execute(text("DELETE FROM accepted_suggestion"))
        connection.execute(text("DELETE FROM feedback"))
    return database


def send(client: FlaskClient, *feedback: Any, path: str = PATH) -> TestResponse:
    return client.post(path, json={"feedback": list(feedback)})


def kept(database: Database) -> list[dict[str, Any]]:
    with database.reading() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM feedback ORDER BY outcome")).mappings()]


def refused(response: TestResponse, status: int, *where: str) -> str:
    """A refusal that names the elements; its words."""
    assert response.status_code == status, response.text
    assert response.json["resourceType"] == "OperationOutcome"
    assert [issue["expression"][0] for issue in response.json["issue"]] == list(where)
    return " ".join(issue["diagnostics"] for issue in response.json["issue"])


# What is kept


def test_feedback_is_kept_with_all_that_it_says_and_nothing_about_the_patient(
    client: FlaskClient, empty: Database
) -> None:
    answer = send(client, ACCEPTED, OVERRIDDEN)
    assert (answer.status_code, answer.json) == (200, {})
    first, second = kept(empty)
    assert first.pop("id") != second.pop("id")
    assert first.pop("received_at")
    assert second.pop("received_at")
    assert first == {
        "service": SERVICE,
        "card": CARD,
        "outcome": "accepted",
        "outcome_at": "2026-10-01 09:30:00.123000",
        "reason_code": None,
        "reason_system": None,
        "comment": None,
        "knowledge": KNOWLEDGE_VERSION,
    }
    assert second == {
        **first,
        "outcome": "overridden",
        "outcome_at": "2026-10-01 09:30:00.000000",
        "reason_code": "not-fit",
        "reason_system": SYSTEM,
        "comment": "Jane Doe's family decided\r\notherwise",
    }
    with empty.reading() as connection:
        suggestions = connection.execute(text("SELECT suggestion FROM accepted_suggestion")).scalars().all()
    assert suggestions == ["e56e1945-20b3-4393-8503-a1a20fd73152"]


def test_what_is_sent_twice_is_kept_once(client: FlaskClient, empty: Database) -> None:
    for _ in range(3):
        assert send(client, ACCEPTED, OVERRIDDEN, ACCEPTED).status_code == 200
    assert len(kept(empty)) == 2


@pytest.mark.parametrize(
    "reason",
    [
        None,
        {},
        {"reason": {"code": "not-fit"}},
        {"reason": {"code": "not-fit", "system": None}},
        {"reason": None, "userComment": None},
        {"userComment": "only words"},
        {"reason": {"code": "not-fit"}, "more": 1},
    ],
)
def test_what_the_sandbox_and_others_send_as_a_reason_is_taken(
    client: FlaskClient, empty: Database, reason: Any
) -> None:
    assert send(client, {**OVERRIDDEN, "overrideReason": reason}).status_code == 200
    assert counts(empty) == (Count(SERVICE, "overridden", ((reason or {}).get("reason") or {}).get("code"), 1),)


def test_a_reason_under_the_name_that_it_has_on_cards_is_taken(client: FlaskClient, empty: Database) -> None:
    told = {"reason": {"code": "not-fit", "display": "x", "system": SYSTEM}, "userComment": "y"}
    sent = {name: value for name, value in OVERRIDDEN.items() if name != "overrideReason"}
    assert send(client, {**sent, "overrideReasons": told}).status_code == 200
    assert (
        send(client, {**sent, "card": CARD[:-1] + "2", "overrideReasons": {"extension": {"x": "y"}}}).status_code == 200
    )
    assert {count.reason_code for count in counts(empty)} == {"not-fit", None}


def test_a_card_may_be_overridden_without_any_reason(client: FlaskClient, empty: Database) -> None:
    given_ = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": ACCEPTED["outcomeTimestamp"]}
    assert send(client, given_).status_code == 200
    assert counts(empty) == (Count(SERVICE, "overridden", None, 1),)


def test_fields_that_are_not_known_are_left_aside(client: FlaskClient, empty: Database) -> None:
    body = {"feedback": [{**ACCEPTED, "extension": {"x": 1}, "nr": 3}], "extension": {}}
    assert client.post(PATH, json=body).status_code == 200
    assert len(kept(empty)) == 1


def test_no_feedback_at_all_is_no_mistake(client: FlaskClient, empty: Database) -> None:
    assert send(client).status_code == 200
    assert kept(empty) == []


def test_each_service_takes_its_own(client: FlaskClient, empty: Database) -> None:
    for n, service in enumerate(("patient-view", "order-select", "order-sign")):
        card = CARD[:-1] + str(n)
        path = f"/cds-services/spinal-tumour-{service}/feedback"
        assert send(client, {**ACCEPTED, "card": card}, path=path).status_code == 200
    assert {count.service for count in counts(empty)} == {
        "spinal-tumour-patient-view",
        "spinal-tumour-order-select",
        "spinal-tumour-order-sign",
    }


def test_a_packed_body_is_taken(client: FlaskClient, empty: Database) -> None:
    data = gzip.compress(json.dumps({"feedback": [ACCEPTED]}).encode())
    headers = {"Content-Encoding": "gzip"}
    assert client.post(PATH, data=data, headers=headers, content_type="application/json").status_code == 200
    assert len(kept(empty)) == 1


# What is refused


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"card": None}, "card"),
        ({"card": "x"}, "card"),
        ({"card": 7}, "card"),
        ({"outcome": "ignored"}, "outcome"),
        ({"outcome": ["accepted"]}, "outcome"),
        ({"acceptedSuggestions": []}, "acceptedSuggestions"),
        ({"acceptedSuggestions": None}, "acceptedSuggestions"),
        ({"acceptedSuggestions": {}}, "acceptedSuggestions"),
        ({"acceptedSuggestions": ["x"]}, "acceptedSuggestions[0]"),
        ({"acceptedSuggestions": [{}]}, "acceptedSuggestions[0].id"),
        ({"acceptedSuggestions": [{"id": ""}]}, "acceptedSuggestions[0].id"),
        ({"acceptedSuggestions": [{"id": "x" * 65}]}, "acceptedSuggestions[0].id"),
        ({"acceptedSuggestions": [{"id": "x"}] * (MAX_SUGGESTIONS + 1)}, "acceptedSuggestions"),
        ({"overrideReason": "x"}, "overrideReason"),
        ({"overrideReason": {"reason": "x"}}, "overrideReason.reason"),
        ({"overrideReason": {"reason": {"code": "a\u0000b"}}}, "overrideReason.reason.code"),
        ({"overrideReason": {"reason": {"system": "x"}}}, "overrideReason.reason.code"),
        ({"overrideReason": {"userComment": 7}}, "overrideReason.userComment"),
        ({"overrideReason": {"userComment": "x" * (MAX_COMMENT + 1)}}, "overrideReason.userComment"),
        ({"outcomeTimestamp": None}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "yesterday"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "0001-01-01T00:00:00+14:00"}, "outcomeTimestamp"),
        ({"outcomeTimestamp": 1790000000}, "outcomeTimestamp"),
    ],
)
def test_an_element_that_is_wrong_is_named_and_nothing_of_the_call_is_kept(
    client: FlaskClient, empty: Database, changed: dict[str, Any], where: str
) -> None:
    words = refused(send(client, OVERRIDDEN, {**ACCEPTED, **changed}), 400, f"feedback[1].{where}")
    assert words.count(". ") >= 1  # what is wrong, and the mend
    assert kept(empty) == []


@pytest.mark.parametrize("body", ["null", "[]", '"x"', "{}", '{"feedback": null}', '{"feedback": {}}', "{", "", "\x00"])
def test_a_body_without_a_list_of_feedback_is_refused(client: FlaskClient, body: str) -> None:
    refused(client.post(PATH, data=body, content_type="application/json"), 400, "feedback")


def test_every_element_that_is_wrong_is_named_at_once(client: FlaskClient) -> None:
    refused(send(client, {}), 400, *(f"feedback[0].{name}" for name in ("card", "outcome", "outcomeTimestamp")))


def test_too_much_at_a_time_is_refused(client: FlaskClient, empty: Database) -> None:
    refused(send(client, *[ACCEPTED] * (MAX_FEEDBACK + 1)), 400, "feedback")
    large = json.dumps({"feedback": [], "x": "y" * MAX_BYTES})
    refused(client.post(PATH, data=large, content_type="application/json"), 413, "feedback")
    bomb = gzip.compress(large.encode() * 20)
    headers = {"Content-Encoding": "gzip"}
    refused(client.post(PATH, data=bomb, headers=headers, content_type="application/json"), 413, "feedback")
    assert kept(empty) == []


def test_a_service_that_is_not_there_has_no_feedback(client: FlaskClient) -> None:
    assert send(client, ACCEPTED, path="/cds-services/other/feedback").status_code == 404


@pytest.mark.parametrize("form", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_is_not_json_is_refused(client: FlaskClient, form: str) -> None:
    refused(client.post(PATH, data=json.dumps({"feedback": [ACCEPTED]}), content_type=form), 415, "Content-Type")


def test_only_post_is_there(client: FlaskClient) -> None:
    assert client.get(PATH).status_code == 405


def test_nothing_of_a_comment_is_logged_or_echoed(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        answers = [send(client, OVERRIDDEN), send(client, {**OVERRIDDEN, "card": "Jane Doe"})]
    assert "Jane" not in caplog.text + "".join(answer.text for answer in answers)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("card", "outcome", "acceptedSuggestions", "overrideReason", "outcomeTimestamp")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=st.dictionaries(st.sampled_from(FIELDS), JSON, min_size=1))
def test_whatever_is_sent_is_kept_or_refused(client: FlaskClient, changed: dict[str, Any]) -> None:
    answer = send(client, {**ACCEPTED, **changed})
    assert answer.status_code in (200, 400)


# While the database is away


def test_while_the_database_is_away_feedback_is_asked_for_again_and_records_are_assessed(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    client = create_app(Settings(database=f"sqlite:///{file}")).test_client()
    file.unlink()
    file.mkdir()
    answer = send(client, ACCEPTED)
    refused(answer, 503, "feedback")
    assert answer.headers["Retry-After"]
    assert client.post("/fhir/$assess-spinal-tumour", json=bundle(metastasis())).status_code == 200
    assert client.get("/cds-services").status_code == 200
