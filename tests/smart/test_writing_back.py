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


FORM = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "item": [{"linkId": "karnofsky", "answer": [{"valueInteger": 80}]}],
}


def _names_its_ids(statement: Any) -> Any:
    """A server that makes every id itself."""
    for listed in statement["rest"][0]["resource"]:
        listed["updateCreate"] = False
    return statement


@pytest.mark.parametrize("habit", [_names_its_ids, lambda statement: statement], ids=["own ids", "ids of the client"])
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answer lost"])
def test_what_was_typed_and_the_plan_are_one_transaction(
    browser: FlaskClient, ehr: Ehr, habit: Any, lost: bool
) -> None:
    ehr.store.statement = habit
    page = opened(browser, ehr)
    if lost:
        ehr.store.faults.append(Fault("POST $", after=True))
    first = page.post("write-back", {"questionnaireResponse": FORM})
    assert first.status_code == 200, first.text
    assert len(ehr.store.paths("POST ")) == 2  # the token, and the transaction
    (kept,) = ehr.store.of("QuestionnaireResponse")
    assert any(
        reference["reference"] == f"QuestionnaireResponse/{kept['id']}"
        for result in ehr.store.of("Observation")
        for reference in result.get("derivedFrom", ())
    )
    held = ehr.store.counts()
    second = page.post("write-back", {"questionnaireResponse": FORM}).json
    assert (second["created"], second["updated"]) == (0, 0)
    assert ehr.store.counts() == held


def test_a_refused_transaction_leaves_no_answers_of_the_form_behind(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    ehr.store.faults.append(Fault("POST $", 422))
    assert page.post("write-back", {"questionnaireResponse": FORM}).status_code == 502
    assert not ehr.store.of("QuestionnaireResponse")


def test_answers_are_found_on_a_server_that_cannot_search_for_their_identifier(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    for _ in range(2):
        ehr.store.faults.append(Fault(r"GET QuestionnaireResponse\?.*identifier=", 400, times=9))
        assert page.post("write-back", {"questionnaireResponse": FORM}).status_code == 200
    assert len(ehr.store.of("QuestionnaireResponse")) == 1


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
