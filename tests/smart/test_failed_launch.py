"""What goes wrong at a launch: each is a page in plain words, and nothing is called or used that must not be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.browsing import log_in, login, refused
from tests.support.fhir_server import Fault
from tests.support.smart_ehr import Ehr


@pytest.mark.parametrize(
    "iss",
    [
        "https://other.example/fhir",
        "http://127.0.0.1:9/fhir",
        "{base}/../other",
        "{base}.evil.example",
        "{base}@evil.example",
        "{base}?x=1",
        "file:///etc/passwd",
        "",
        "https://[",
        "x" * 5000,
    ],
)
def test_a_server_that_the_site_does_not_list_is_never_called(browser: FlaskClient, ehr: Ehr, iss: str) -> None:
    refused(browser.get("/app/launch", query_string={"iss": iss.format(base=ehr.store.base), "launch": "a"}), 403)
    assert ehr.store.calls == []


def test_a_listed_server_without_tls_is_never_called(made: Callable[..., FlaskClient], ehr: Ehr) -> None:
    browser = made(fhir_servers=("http://ehr.example/fhir",))
    refused(browser.get("/app/launch?iss=http://ehr.example/fhir&launch=a"), 502, "https")
    assert ehr.store.calls == []


def test_without_a_client_id_there_is_no_launch_and_the_page_says_what_to_set(made: Callable[..., FlaskClient]) -> None:
    answer = made(smart_client_id=None).get("/app/launch")
    refused(answer, 404, "SPINEMETS_SMART_CLIENT_ID")
    assert "Retry-After" not in answer.headers  # it is no better later


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"authorization_endpoint": None}, "smart-configuration"),
        ({"token_endpoint": 7}, "smart-configuration"),
        ({"code_challenge_methods_supported": ["plain"]}, "S256"),
        ({"code_challenge_methods_supported": "S256"}, "S256"),
        ({"token_endpoint": "http://ehr.example/token"}, "https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "https"),
        ({"authorization_endpoint": "https://ehr.example/a\r\nX: y"}, "no address"),
        ({"capabilities": ["launch-standalone"]}, "from here"),
    ],
)
def test_a_server_whose_words_about_its_login_do_not_do_is_told_apart(
    browser: FlaskClient, ehr: Ehr, configuration: dict[str, Any], words: str
) -> None:
    ehr.configuration = configuration
    refused(browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc"), 502, words)


@pytest.mark.parametrize("status", [404, 503, 0])
def test_a_server_that_is_down_or_no_smart_server_is_a_page(browser: FlaskClient, ehr: Ehr, status: int) -> None:
    ehr.store.faults.append(Fault("smart-configuration", status, times=9))
    refused(browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc"), 502)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("access_denied", 403, "leave"),
        ("invalid_scope", 403, "write=no"),
        ("unauthorized_client", 403, "register"),
        ("invalid_request", 502, "register"),
        ("temporarily_unavailable", 502, "later"),
        ("<script>Jane</script>", 502, "again"),
    ],
)
def test_what_the_login_ends_with_is_said_in_plain_words(
    browser: FlaskClient, ehr: Ehr, error: str, status: int, words: str
) -> None:
    ehr.denies = error
    refused(log_in(browser, ehr), status, words)


def test_an_error_page_is_in_the_language_of_the_reader(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.denies = "access_denied"
    back = browser.get(login(browser, ehr), headers={"Accept-Language": "ja"})
    assert '<html lang="ja">' in back.text
    assert "leave" not in back.text
    assert re.search("[ぁ-ん]", back.text)


@pytest.mark.parametrize(
    "change",
    [
        lambda url: re.sub(r"state=[^&]+", "state=" + "A" * 43, url),
        lambda url: re.sub(r"state=[^&]+", "", url),
        lambda url: re.sub(r"state=[^&]+", "state=%00", url),
    ],
)
def test_a_state_that_is_wrong_or_missing_is_refused_and_no_code_is_used(
    browser: FlaskClient, ehr: Ehr, change: Callable[[str], str]
) -> None:
    refused(browser.get(change(login(browser, ehr))), 400, "cookies")
    assert ehr.exchanges == []


def test_a_login_that_another_browser_began_is_refused(made: Callable[..., FlaskClient], ehr: Ehr) -> None:
    back = login(made(), ehr)
    other = made()
    other.get(f"/app/launch?iss={ehr.store.base}&launch=abc")
    refused(other.get(back), 400)
    refused(made().get(back), 400)
    assert ehr.exchanges == []


def test_coming_back_twice_opens_nothing_more(browser: FlaskClient, ehr: Ehr) -> None:
    back = login(browser, ehr)
    assert browser.get(back).status_code == 303
    refused(browser.get(back), 400)
    assert len(ehr.exchanges) == 1


def test_two_logins_at_the_same_time_do_not_disturb_each_other(browser: FlaskClient, ehr: Ehr) -> None:
    first, second = login(browser, ehr), login(browser, ehr)
    assert browser.get(first).status_code == 303
    assert browser.get(second).status_code == 303


def test_a_code_that_was_used_is_refused(browser: FlaskClient, ehr: Ehr) -> None:
    back = login(browser, ehr)
    ehr.used |= ehr.codes.keys()
    refused(browser.get(back), 502, "used already")


def test_a_code_of_another_login_does_not_fit_the_verifier(browser: FlaskClient, ehr: Ehr) -> None:
    first, second = login(browser, ehr), login(browser, ehr)
    code = re.search(r"code=[^&]+", first)
    assert code
    refused(browser.get(re.sub(r"code=[^&]+", code[0], second)), 502, "used already")


def test_an_answer_of_another_issuer_is_refused(browser: FlaskClient, ehr: Ehr) -> None:
    refused(browser.get(login(browser, ehr) + "&iss=https://evil.example"), 403)
    assert browser.get(f"{login(browser, ehr)}&iss={ehr.store.base}").status_code == 303


def test_coming_back_without_a_code_is_a_page(browser: FlaskClient, ehr: Ehr) -> None:
    refused(browser.get(re.sub(r"code=[^&]+&?", "", login(browser, ehr))), 502)


@pytest.mark.parametrize("patient", [None, "", "../x", "a/b", 7])
def test_without_a_patient_nothing_is_opened(browser: FlaskClient, ehr: Ehr, patient: Any) -> None:
    ehr.patient = patient
    refused(log_in(browser, ehr), 422, "one patient")


@pytest.mark.parametrize(
    "context",
    [{"access_token": None}, {"access_token": "a b"}, {"access_token": 7}, {"token_type": "mac"}, {"token_type": None}],
)
def test_what_is_no_bearer_token_opens_nothing(browser: FlaskClient, ehr: Ehr, context: dict[str, Any]) -> None:
    ehr.context = context
    refused(log_in(browser, ehr), 502)


def test_a_token_endpoint_that_is_down_is_a_page(browser: FlaskClient, ehr: Ehr) -> None:
    for status in (503, 0):
        ehr.store.faults.append(Fault("POST token", status))
        refused(log_in(browser, ehr), 502)
