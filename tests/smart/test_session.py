"""An open record: its cookie and its handle, its token, and who may show it in a frame."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from service.api import smart
from service.api.settings import BadSettings, Settings
from service.smart import Keeper, Session, record
from tests.support.browsing import HERE, Page, cookies, login, opened, refused
from tests.support.fhir_server import Fault
from tests.support.smart_ehr import Ehr


def test_the_cookie_is_for_this_service_alone_and_works_in_a_frame(browser: FlaskClient, ehr: Ehr) -> None:
    set_ = browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc").headers["Set-Cookie"]
    assert re.match(r"__Host-spinemets=[A-Za-z0-9_-]{43};", set_)
    for word in ("Secure", "HttpOnly", "SameSite=None", "Path=/", "Partitioned"):
        assert word in set_
    assert "Domain" not in set_


def test_without_tls_the_cookie_stays_with_this_site(made: Callable[..., FlaskClient], ehr: Ehr) -> None:
    browser = made(public_url="http://127.0.0.1:8220")
    set_ = browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc").headers["Set-Cookie"]
    assert set_.startswith("spinemets=")
    assert "SameSite=Lax" in set_
    assert "Secure" not in set_


def test_a_handle_without_the_cookie_opens_nothing_and_neither_does_the_cookie_without_it(
    made: Callable[..., FlaskClient], ehr: Ehr
) -> None:
    browser = made()
    page = opened(browser, ehr)
    assert Page(made(), page.handle).get("record").status_code == 401
    for other in ("", "A" * 43, "../x", page.handle + "x"):
        assert Page(browser, other).get("record").status_code == 401
    assert Page(browser, "A" * 43).get("status").json["open"] is False


def test_two_patients_in_two_tabs_never_mix(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.store.put({"resourceType": "Patient", "id": "p2"})
    first = opened(browser, ehr)
    ehr.patient = "p2"
    second = opened(browser, ehr)
    for page, name in ((first, "p1"), (second, "p2"), (first, "p1")):
        resources = [entry["resource"] for entry in page.get("record").json["bundle"]["entry"]]
        assert [r["id"] for r in resources if r["resourceType"] == "Patient"] == [name]
    assert first.post("write-back", csrf=second.csrf).status_code == 403


def test_a_page_of_another_site_gets_nothing(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    for site in ("cross-site", "same-site", "none"):
        assert page.get("record", **{"Sec-Fetch-Site": site}).status_code == 403
        assert page.get("status", **{"Sec-Fetch-Site": site}).status_code == 403
    assert page.get("record", **{"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert "Access-Control-Allow-Origin" not in page.get("record", Origin="https://evil.example").headers


def test_a_session_that_is_closed_is_forgotten(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    assert page.post("close", csrf="x").status_code == 403
    form = {"csrf": page.csrf}
    other = opened(browser, ehr)
    closed = browser.post(f"/app/smart/close?smart={page.handle}", data=form, headers={"Origin": HERE})
    assert (closed.status_code, closed.location) == (303, "/app")
    assert page.get("record").status_code == 401
    assert other.post("close").status_code == 204
    assert other.get("status").json["open"] is False


def test_a_session_ends_with_its_token(browser: FlaskClient, ehr: Ehr, monkeypatch: pytest.MonkeyPatch) -> None:
    ehr.lasts = 1
    page = opened(browser, ehr)
    time.sleep(1.1)
    answer = page.get("record")
    assert answer.status_code == 401
    assert "Open the record again" in answer.json["issue"][0]["diagnostics"]


def test_a_token_that_is_over_is_renewed_and_the_new_one_is_kept(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.lasts, ehr.refreshes = 5, True  # too short to be used: renewed at once
    page = opened(browser, ehr)
    ehr.lasts = 3600
    assert page.get("record").status_code == 200
    assert page.get("record").status_code == 200
    assert [form["grant_type"] for form in ehr.exchanges] == ["authorization_code", "refresh_token"]


def test_a_token_that_is_refused_is_renewed_once(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.refreshes = True
    page = opened(browser, ehr)
    ehr.valid.clear()
    assert page.get("record").status_code == 200
    ehr.valid.clear()
    ehr.store.token_needed = lambda token: False
    assert page.get("record").status_code == 401
    assert len(ehr.exchanges) == 3


def test_a_token_that_cannot_be_renewed_ends_in_words(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.refreshes = True
    page = opened(browser, ehr)
    ehr.valid.clear()
    ehr.refresh_tokens.clear()
    answer = page.get("record")
    assert answer.status_code == 401
    assert "Open the record again" in answer.json["issue"][0]["diagnostics"]


@pytest.mark.parametrize("status", [500, 0])
def test_a_server_that_fails_while_it_is_read_gives_no_half_a_record(
    browser: FlaskClient, ehr: Ehr, status: int
) -> None:
    page = opened(browser, ehr)
    ehr.store.faults.append(Fault(r"GET Patient/p1", status, times=99))
    answer = page.get("record")
    assert answer.status_code == 502
    assert answer.json["resourceType"] == "OperationOutcome"


def test_the_ehr_that_launched_the_page_may_frame_it_and_nobody_else(
    made: Callable[..., FlaskClient], ehr: Ehr
) -> None:
    browser = made(frame_origins=("https://chart.example",))
    page = opened(browser, ehr)
    origin = ehr.store.base.removesuffix("/fhir")

    def said(path: str) -> str:
        with browser.application.test_request_context(path, base_url=HERE, headers=cookies(browser)):
            return smart.frame_ancestors()

    assert said(f"/app?smart={page.handle}") == f"{origin} https://chart.example"
    assert said("/app") == "'none'"
    assert said(f"/app?smart={'A' * 43}") == "https://chart.example"
    alone = opened(browser, ehr, launch="")
    assert said(f"/app?smart={alone.handle}") == "'none'"


def test_a_page_that_may_be_framed_does_not_say_otherwise(made: Callable[..., FlaskClient]) -> None:
    answer = made(frame_origins=("https://chart.example",)).get("/app/callback")
    assert "frame-ancestors https://chart.example" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    answer = made().get("/app/callback")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_neither_token_nor_patient_is_in_a_log_an_address_a_cookie_or_the_database(
    browser: FlaskClient, ehr: Ehr, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ehr.refreshes, ehr.patient = True, "patient-4711"
    ehr.store.put({"resourceType": "Patient", "id": "patient-4711"})
    with caplog.at_level(logging.DEBUG):
        back = login(browser, ehr)
        answer = browser.get(back)
        page = Page(browser, parse_qs(urlsplit(answer.location).query)["smart"][0])
        status = page.get("status").text
        assert page.get("record").status_code == 200
        page.post("write-back")
    kept = b"".join(file.read_bytes() for file in database.parent.iterdir())
    assert b"smart_session" in kept
    secret = cookies(browser)["Cookie"].split("=")[1]
    for value in (*ehr.valid, *ehr.refresh_tokens, "patient-4711", secret, page.handle):
        assert value.encode() not in kept
        assert value not in caplog.text
    for value in (*ehr.valid, *ehr.refresh_tokens, "patient-4711"):
        assert value not in answer.location
        assert value not in answer.headers.get("Set-Cookie", "")
        assert value not in status


def test_while_the_database_is_away_a_launch_says_so(
    made: Callable[..., FlaskClient], ehr: Ehr, database: Path
) -> None:
    browser = made()
    page = opened(browser, ehr)
    csrf = page.csrf
    browser.application.config["DATABASE"].close()
    for file in database.parent.iterdir():
        file.unlink()
    database.mkdir()
    refused(browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc"), 503, "database")
    assert page.get("record").status_code == 503
    assert page.get("status").status_code == 503
    answer = page.post("write-back", csrf=csrf)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]


def test_two_requests_that_find_the_token_over_share_the_new_one(
    browser: FlaskClient, ehr: Ehr, monkeypatch: pytest.MonkeyPatch
) -> None:
    ehr.refreshes = True
    page = opened(browser, ehr)
    with browser.application.test_request_context(f"/app?smart={page.handle}", base_url=HERE, headers=cookies(browser)):
        first, second = smart.opened(page.handle), smart.opened(page.handle)
    assert first is not None
    assert second is not None
    ehr.valid.clear()
    assert record(first).counts["Patient"] == 1
    assert record(second).counts["Patient"] == 1
    assert [form["grant_type"] for form in ehr.exchanges] == ["authorization_code", "refresh_token"]


def test_a_refresh_token_that_another_request_was_first_to_use_does_not_end_the_session(
    browser: FlaskClient, ehr: Ehr
) -> None:
    ehr.refreshes = True
    page = opened(browser, ehr)
    with browser.application.test_request_context(f"/app?smart={page.handle}", base_url=HERE, headers=cookies(browser)):
        late = smart.opened(page.handle)
    assert late is not None
    ehr.valid.clear()
    keeper = late.keeper
    looked: list[Session | None] = []
    before = keeper.session(late.secret, late.handle, datetime.now(UTC))

    class Racing(Keeper):
        """Sees the session as it was, until the other request is through."""

        def session(self, secret: str, handle: str, now: datetime) -> Session | None:
            if not looked:
                assert record(replace(late, keeper=keeper)).counts["Patient"] == 1
                looked.append(before)
                return before
            return keeper.session(secret, handle, now)

    assert record(replace(late, keeper=Racing(keeper._rows))).counts["Patient"] == 1
    assert [form["grant_type"] for form in ehr.exchanges][1:] == ["refresh_token", "refresh_token"]


@pytest.mark.parametrize(
    "origins", ["https://chart.example; script-src *", "chart.example", "https://chart.example/x", "*"]
)
def test_what_is_no_origin_stops_the_start_and_never_gets_into_a_header(
    monkeypatch: pytest.MonkeyPatch, origins: str
) -> None:
    monkeypatch.setenv("SPINEMETS_FRAME_ORIGINS", f"https://ehr.example,{origins}")
    with pytest.raises(BadSettings, match="SPINEMETS_FRAME_ORIGINS"):
        Settings.from_environment()
    monkeypatch.setenv("SPINEMETS_FRAME_ORIGINS", " https://ehr.example , http://127.0.0.1:8080/")
    assert Settings.from_environment().frame_origins == ("https://ehr.example", "http://127.0.0.1:8080")
