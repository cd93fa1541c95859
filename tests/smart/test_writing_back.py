"""The plan is written on a click of the user, and on nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.browsing import opened
from tests.support.fhir_server import Fault
from tests.support.smart_ehr import Ehr


def test_a_click_writes_the_plan_as_drafts_and_another_changes_nothing(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    first = page.post("write-back")
    assert first.status_code == 200, first.text
    assert first.json["created"] > 0
    plan = ehr.store.of("CarePlan")[0]
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")
    assert {order["intent"] for order in ehr.store.of("ServiceRequest")} == {"proposal"}
    assert first.json["links"] == [f"{ehr.store.base}/CarePlan/{plan['id']}"]
    held = ehr.store.counts()
    second = page.post("write-back").json
    assert (second["created"], second["updated"]) == (0, 0)
    assert ehr.store.counts() == held


def test_what_was_typed_is_written_with_the_plan_and_once_a_day(browser: FlaskClient, ehr: Ehr) -> None:
    form = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "extension": [{"url": "https://evil.example", "valueString": "x"}],
        "text": {"status": "generated", "div": "<div onclick='x'/>"},
        "item": [
            {"linkId": "karnofsky", "answer": [{"valueInteger": 80, "extension": []}], "text": "<b>"},
            {"linkId": "ecog"},
        ],
    }
    page = opened(browser, ehr)
    first = page.post("write-back", {"questionnaireResponse": form})
    assert first.status_code == 200, first.text
    (kept,) = ehr.store.of("QuestionnaireResponse")
    assert kept["item"] == [{"linkId": "karnofsky", "answer": [{"valueInteger": 80}]}]
    assert kept["subject"] == {"reference": "Patient/p1"}
    assert not {"extension", "text"} & kept.keys()
    referred = [e["what"]["reference"] for p in ehr.store.of("Provenance") for e in p["entity"]]
    assert f"QuestionnaireResponse/{kept['id']}" in referred
    held = ehr.store.counts()
    second = page.post("write-back", {"questionnaireResponse": form}).json
    assert (second["created"], second["updated"]) == (0, 0)
    assert ehr.store.counts() == held


@pytest.mark.parametrize(
    "body",
    [
        {"questionnaireResponse": []},
        {"questionnaireResponse": {"resourceType": "Patient"}},
        {"questionnaireResponse": {"resourceType": "QuestionnaireResponse"}},
        {"questionnaireResponse": {"resourceType": "QuestionnaireResponse", "item": [{"linkId": 1}]}},
        {
            "questionnaireResponse": {
                "resourceType": "QuestionnaireResponse",
                "item": [{"linkId": "karnofsky", "answer": [{"valueInteger": 800}]}],
            }
        },
        {"policy": "no-such"},
        {"policy": 7},
        {"assumeComplete": "yes"},
        [],
    ],
)
def test_answers_that_are_wrong_are_refused_and_nothing_is_written(browser: FlaskClient, ehr: Ehr, body: Any) -> None:
    page = opened(browser, ehr)
    answer = page.post("write-back", body or [1])
    assert answer.status_code == 422, answer.text
    assert answer.json["resourceType"] == "OperationOutcome"
    assert ehr.store.paths("POST ") == ["POST token"]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Origin": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"csrf": "none"}, 403),
        ({"csrf": "00"}, 403),
        ({"csrf": "\u00e9"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
def test_nothing_is_written_for_another_site(
    browser: FlaskClient, ehr: Ehr, changed: dict[str, str], status: int
) -> None:
    page = opened(browser, ehr)
    assert page.post("write-back", **changed).status_code == status
    assert ehr.store.paths("POST ") == ["POST token"]


def test_a_write_that_the_server_refuses_is_said(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    ehr.store.faults.append(Fault("POST $", 403))
    answer = page.post("write-back")
    assert answer.status_code == 403
    assert "Nothing was written" in answer.json["issue"][0]["diagnostics"]
