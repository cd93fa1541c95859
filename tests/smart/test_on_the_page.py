"""The page of a record that an EHR has opened: read on the server, shown with whose it is, written back by JSON."""

import gzip
import html
import re

import orjson

from tests.support.browsing import opened
from tests.support.smart_ehr import Ehr


def text_of(response):
    data = response.data
    return (gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data).decode()


def read(browser, page, **typed):
    answers = {name.replace("__", ".").replace("_", "-"): value for name, value in typed.items()}
    return browser.post(f"/app?smart={page.handle}", data={"do": "ehr", **answers})


def test_the_page_of_an_open_record_begins_with_reading_it(browser, ehr: Ehr):
    page = opened(browser, ehr)
    text = text_of(browser.get(f"/app?smart={page.handle}"))
    assert 'id="read-record"' in text
    assert f'action="/app?smart={page.handle}&amp;lang=en"' in text


def test_the_record_is_read_and_answered_with_whose_it_is_and_when(browser, ehr: Ehr):
    page = opened(browser, ehr)
    response = read(browser, page)
    text = text_of(response)
    assert response.status_code == 200
    assert re.search(r"Record of the EHR, read at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", text)
    assert 'id="lesion-T6"' in text
    assert "Record: breast" in text


def test_every_address_of_the_page_keeps_to_the_open_record(browser, ehr: Ehr):
    page = opened(browser, ehr)
    text = html.unescape(text_of(read(browser, page)))
    for address in re.findall(r'(?:formaction|hx-post|action)="([^"]+)"', text):
        assert f"smart={page.handle}" in address


def test_what_is_written_back_is_what_was_typed(browser, ehr: Ehr):
    page = opened(browser, ehr)
    text = text_of(read(browser, page, lesion__0__level="T6", lesion__0__sins_pain="mechanical"))
    wish = orjson.loads(html.unescape(re.search(r'data-body="([^"]*)"', text)[1]))
    assert wish["questionnaireResponse"]["resourceType"] == "QuestionnaireResponse"
    written = page.post("write-back", wish)
    assert written.status_code == 200
    assert written.json["created"] > 0


def test_the_ehr_that_launched_it_may_show_the_page_in_a_frame_and_nobody_else(browser, ehr: Ehr):
    page = opened(browser, ehr)
    framed = browser.get(f"/app?smart={page.handle}").headers["Content-Security-Policy"]
    assert framed.endswith(f"frame-ancestors {ehr.store.base.removesuffix('/fhir')}")
    assert browser.get("/app").headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_a_session_that_is_over_is_a_page_with_the_mend(browser, ehr: Ehr):
    page = opened(browser, ehr)
    page.post("close")
    response = read(browser, page)
    assert response.status_code == 401
    assert response.mimetype == "text/html"
    assert "Open the record again." in response.text
    assert 'href="/app/launch?lang=en"' in response.text


def test_a_handle_that_is_none_is_left_out(browser, ehr: Ehr):
    assert "smart=" not in text_of(browser.get("/app?smart=%22%3E%3Cscript%3E"))


def test_another_site_cannot_have_the_record_read(browser, ehr: Ehr):
    page = opened(browser, ehr)
    response = browser.post(
        f"/app?smart={page.handle}",
        data={"do": "ehr"},
        headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    )
    assert response.status_code == 403
    assert "T6" not in response.text
