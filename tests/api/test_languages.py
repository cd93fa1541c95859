"""The language of an answer: ``lang`` of the URL, else ``Accept-Language``, else English."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from tests.support.door import FHIR_JSON, assess, json_of, parameters, post
from tests.support.stored import contract

JAPANESE = {"Accept-Language": "ja,en;q=0.5"}
_KANA = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def ids(answer: dict[str, Any]) -> list[str]:
    return [entry["fullUrl"] for entry in answer["entry"]]


def test_an_answer_is_english_where_nobody_asks_for_another_language(client: FlaskClient) -> None:
    response = post(client, contract("b"))
    assert "Content-Language" not in response.headers
    assert response.headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert not _KANA.search(response.get_data(as_text=True))


@pytest.mark.parametrize(
    ("headers", "query"), [(JAPANESE, ""), ({}, "?lang=ja"), ({"Accept-Language": "en"}, "?lang=ja")]
)
def test_an_answer_is_given_in_the_language_that_is_asked_for(
    client: FlaskClient, headers: dict[str, str], query: str
) -> None:
    response = post(client, contract("b"), headers, query)
    assert response.status_code == 200
    assert response.headers["Content-Language"] == "ja"
    said = json_of(response)
    plan = said["entry"][0]["resource"]
    assert plan["language"] == "ja"
    assert plan["description"].startswith("緊急")
    assert 'lang="ja" xml:lang="ja"' in plan["text"]["div"]
    assert ids(said) == ids(assess(client, contract("b")))


@pytest.mark.parametrize("asked", ["xx", "", "JA", "../ja"])
def test_a_language_that_is_not_there_is_english(client: FlaskClient, asked: str) -> None:
    assert "Content-Language" not in post(client, contract("b"), query=f"?lang={asked}").headers


def test_a_transaction_has_the_same_ids_in_japanese(client: FlaskClient) -> None:
    body = parameters(contract("a"), return_="transaction")
    said = json_of(post(client, body, JAPANESE))
    english = json_of(post(client, body))
    assert ids(said) == ids(english)
    assert [entry["request"] for entry in said["entry"]] == [entry["request"] for entry in english["entry"]]


def test_a_refusal_is_said_in_the_language_too(client: FlaskClient) -> None:
    response = post(client, b"{", JAPANESE)
    assert (response.status_code, response.headers["Content-Language"]) == (400, "ja")
    outcome = json_of(response)
    assert outcome["language"] == "ja"
    assert _KANA.search(outcome["issue"][0]["diagnostics"])
    assert outcome["issue"][0]["code"] == json_of(post(client, b"{"))["issue"][0]["code"]


def test_an_unknown_path_is_refused_in_the_language(client: FlaskClient) -> None:
    outcome = json_of(client.get("/fhir/nothing", headers=JAPANESE))
    assert _KANA.search(outcome["issue"][0]["diagnostics"])


def test_what_is_published_is_english_whatever_is_asked_for(client: FlaskClient) -> None:
    for path in ("/fhir/metadata", "/fhir/CodeSystem"):
        response = client.get(path, headers=JAPANESE)
        assert response.status_code == 200
        assert "Content-Language" not in response.headers
        assert not _KANA.search(response.get_data(as_text=True))


def test_strict_handling_takes_the_parameter_of_the_language(client: FlaskClient) -> None:
    response = post(client, contract("a"), {"Prefer": "handling=strict"}, "?lang=ja")
    assert (response.status_code, response.headers["Content-Language"]) == (200, "ja")


def test_a_message_is_answered_in_the_language_with_the_same_ids(client: FlaskClient) -> None:
    body = {**contract("a"), "type": "message"}
    head = {
        "resourceType": "MessageHeader",
        "id": "5c9b07b2-6c2a-4b8e-9d1f-0a1b2c3d4e5f",
        "eventUri": "https://w3id.org/spinemets/event/spinal-tumour-record",
        "source": {"endpoint": "https://sender.example/fhir"},
    }
    body["entry"] = [{"fullUrl": f"urn:uuid:{head['id']}", "resource": head}, *body["entry"]]
    sent = {"data": orjson.dumps(body), "content_type": FHIR_JSON}
    english = json_of(client.post("/fhir/$process-message", **sent))
    response = client.post("/fhir/$process-message", headers=JAPANESE, **sent)
    said = json_of(response)
    assert response.headers["Content-Language"] == "ja"
    assert (said["id"], ids(said)) == (english["id"], ids(english))
    assert {entry["resource"]["language"] for entry in said["entry"]} == {"ja"}


@pytest.fixture
def later(tmp_path: Path) -> Flask:
    return create_app(Settings(async_from_bytes=1, jobs=tmp_path / "jobs", max_jobs=3))


def test_an_answer_that_is_fetched_later_has_the_language_of_who_asked(later: Flask) -> None:
    client = later.test_client()
    begun = post(client, contract("a"), {"Prefer": "respond-async", **JAPANESE})
    assert begun.status_code == 202
    later.config["JOBS"]._workers().submit(int).result(30)
    path = begun.headers["Content-Location"].removeprefix("http://localhost")
    for output in json_of(client.get(path))["output"]:
        data = client.get(output["url"].removeprefix("http://localhost")).get_data()
        assert all(orjson.loads(line)["language"] == "ja" for line in data.splitlines())


def test_one_reader_s_language_is_not_the_next_one_s(client: FlaskClient) -> None:
    post(client, contract("a"), JAPANESE)
    assert not _KANA.search(post(client, contract("a")).get_data(as_text=True))
