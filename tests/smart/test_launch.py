"""The launch, from an EHR and from here."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from tests.support.browsing import HERE, log_in, opened, refused
from tests.support.smart_ehr import CLIENT, Ehr

READ_ONLY = "launch patient/*.rs"


def test_a_launch_from_an_ehr_leads_to_a_login_with_all_that_smart_asks_for(browser: FlaskClient, ehr: Ehr) -> None:
    begun = browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc")
    where = urlsplit(begun.location)
    asked = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{ehr.store.base}/authorize"
    assert asked.pop("state")
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked.pop("code_challenge"))
    scopes = asked.pop("scope").split()
    assert asked == {
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": f"{HERE}/app/callback",
        "aud": ehr.store.base,
        "launch": "abc",
        "code_challenge_method": "S256",
    }
    assert scopes[0] == "launch"
    assert {"patient/Observation.crus", "patient/Condition.rs", "patient/CarePlan.crus"} <= set(scopes)
    assert not {"openid", "fhirUser", "offline_access", "launch/patient"} & set(scopes)


def test_the_record_of_the_patient_is_read_with_the_users_token(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr)
    answer = page.get("record")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert {entry["resource"]["resourceType"] for entry in answer.json["bundle"]["entry"]} >= {"Patient", "Condition"}
    assert answer.json["counts"]["Patient"] == 1
    tokens = {headers.get("Authorization") for _, path, headers in ehr.store.calls if path.startswith("Patient/p1")}
    assert tokens == {f"Bearer {token}" for token in ehr.valid}


def test_a_standalone_launch_lets_the_user_choose_the_server_and_the_patient(browser: FlaskClient, ehr: Ehr) -> None:
    listed = browser.get("/app/launch")
    assert listed.status_code == 200
    link = re.search(r'href="(/app/launch\?[^"]+)"', listed.text)
    assert link
    begun = browser.get(link[1].replace("&amp;", "&"))
    asked = parse_qs(urlsplit(begun.location).query)
    assert "launch" not in asked
    assert asked["scope"][0].split()[0] == "launch/patient"
    assert opened(browser, ehr, launch="").get("status").json["standalone"] is True


def test_only_reading_is_asked_for_where_the_launch_says_so(browser: FlaskClient, ehr: Ehr) -> None:
    page = opened(browser, ehr, "&launch=abc&write=no")
    assert ".cr" not in ehr.asked[-1]["scope"]
    assert page.get("status").json["mayWrite"] is False


def test_a_server_of_the_first_version_of_smart_is_asked_in_its_words(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.configuration = {"capabilities": ["launch-ehr", "permission-v1"], "code_challenge_methods_supported": None}
    assert opened(browser, ehr).get("status").json["mayWrite"] is True
    assert "patient/Observation.read" in ehr.asked[-1]["scope"]
    assert "patient/CarePlan.write" in ehr.asked[-1]["scope"]
    assert ".rs" not in ehr.asked[-1]["scope"]


def test_a_refresh_token_is_asked_for_where_the_server_has_them_while_the_user_is_there(
    browser: FlaskClient, ehr: Ehr
) -> None:
    ehr.configuration = {"capabilities": ["launch-ehr", "permission-v2", "permission-online"]}
    opened(browser, ehr)
    assert ehr.asked[-1]["scope"].endswith(" online_access")


def test_a_confidential_client_proves_itself_with_its_secret(made: Callable[..., FlaskClient], ehr: Ehr) -> None:
    ehr.secret = "p w%"
    assert opened(made(smart_client_secret="p w%"), ehr).get("status").json["open"] is True
    assert "client_secret" not in ehr.exchanges[-1]
    refused(log_in(made(smart_client_secret="other"), ehr), 502, "client id and secret")


def test_an_endpoint_that_has_a_query_keeps_it(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.configuration = {"authorization_endpoint": f"{ehr.store.base}/authorize?tenant=7"}
    begun = browser.get(f"/app/launch?iss={ehr.store.base}&launch=abc")
    assert parse_qs(urlsplit(begun.location).query)["tenant"] == ["7"]


def test_the_page_is_told_whether_the_ehr_shows_who_the_patient_is(browser: FlaskClient, ehr: Ehr) -> None:
    assert opened(browser, ehr).get("status").json["needPatientBanner"] is True
    ehr.context = {"need_patient_banner": False, "intent": "reconcile", "appContext": "x", "id_token": "y"}
    assert opened(browser, ehr).get("status").json["needPatientBanner"] is False


def test_less_than_is_needed_opens_nothing_and_says_what_is_lacking(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.grants = "launch patient/Patient.rs patient/Observation.rs"
    refused(log_in(browser, ehr), 403, "Condition")


def test_the_right_to_read_alone_opens_the_record_and_offers_no_writing(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.grants = READ_ONLY
    page = opened(browser, ehr)
    assert page.get("status").json["mayWrite"] is False
    assert page.get("record").status_code == 200
    answer = page.post("write-back")
    assert answer.status_code == 403
    assert "right to create and update" in answer.json["issue"][0]["diagnostics"]
    assert ehr.store.of("CarePlan") == []


def test_a_scope_that_is_left_out_is_what_was_asked_for(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.without_scope = True
    assert opened(browser, ehr).get("status").json["mayWrite"] is True


def test_what_may_be_read_only_in_part_is_said(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.grants = "launch patient/Patient.rs patient/Condition.rs patient/Observation.rs?category=laboratory"
    notes = opened(browser, ehr).get("record").json["notes"]
    assert any(note.startswith("Observation is read only in part") for note in notes)
    assert any(note.startswith("Procedure is not read") for note in notes)
