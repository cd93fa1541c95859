"""The page for integration engines: its message is answered as it says."""

from __future__ import annotations

import json
import re

from service.api.app import create_app
from service.api.settings import Settings
from tests.docs.pages import blocks, check_is_part_of, page, rows

PAGE = page("integration-engine.md")


def test_the_message_of_the_page_gets_the_answer_of_the_page() -> None:
    message, answer = blocks(PAGE, "json")
    call = re.search(r"curl -H '(.*?): (.*?)' --data-binary @message\.json 'http://127\.0\.0\.1:8000(.*?)'", PAGE)
    assert call
    header, media, path = call.groups()
    client = create_app(Settings()).test_client()
    response = client.post(path, data=message, headers={header: media})
    assert response.status_code == 200
    check_is_part_of(json.loads(answer), response.get_json(force=True))
    assert client.post(path, data=message, headers={header: media}).data == response.data


def test_the_plan_of_the_message_is_about_its_lesion() -> None:
    message, _ = blocks(PAGE, "json")
    media = {"Content-Type": "application/fhir+json"}
    answer = create_app(Settings()).test_client().post("/fhir/$process-message", data=message, headers=media)
    assert "T8" in answer.text


def test_a_wrong_message_is_answered_as_the_page_says() -> None:
    message = json.loads(blocks(PAGE, "json")[0])
    del message["entry"][2]["resource"]["code"]["coding"][0]["system"]
    message["entry"][3]["resource"]["code"] = "C79.51"
    told = {cells[1]: cells[0] for cells in rows(PAGE, "status") if cells[1]}
    response = create_app(Settings()).test_client().post("/fhir/$process-message", json=message)
    header = response.get_json()["entry"][0]["resource"]
    assert header["response"]["code"] == "fatal-error"
    assert told["`fatal-error`"] == str(response.status_code)
