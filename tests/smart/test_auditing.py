"""All that happens in a session is in the audit trail, about its patient: launch, reading, writing back, the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from service.audit import key_beside, read_key
from service.audit.event import hashes_in
from tests.support.audited import detail, events
from tests.support.browsing import log_in, login, opened
from tests.support.smart_ehr import Ehr


def seen(file: Path, store_base: str) -> list[tuple[str, str, bool, str | None]]:
    """Of each event: its door, its outcome, whether it is about the patient of the session, and the server."""
    whose = read_key(key_beside(file)).hashed(f"address {store_base}/Patient/p1")
    return [
        (door(each), each["outcome"], whose in dict(hashes_in(each)), detail(each, "server")) for each in events(file)
    ]


def door(event: dict[str, Any]) -> str:
    return next(str(entity["name"]) for entity in event["entity"] if "name" in entity)


def test_all_that_happens_in_a_session_is_about_its_patient(
    made: Callable[..., FlaskClient], ehr: Ehr, tmp_path: Path
) -> None:
    file = tmp_path / "audit.jsonl"
    page = opened(made(audit=file), ehr)
    assert page.get("record").status_code == 200
    assert page.post("write-back").status_code == 200
    assert page.post("close").status_code in (204, 303)
    base = ehr.store.base
    assert seen(file, base) == [
        ("GET /app/launch", "0", False, None),  # whom it is about is not known yet
        ("GET /app/callback", "0", True, base),
        ("GET /app/smart/record", "0", True, base),
        ("POST /app/smart/write-back", "0", True, base),
        ("POST /app/smart/close", "0", True, base),
    ]
    kinds = [(each["type"]["code"], each["subtype"][0]["code"], each["action"]) for each in events(file)]
    assert kinds == [
        ("110114", "110122", "E"),
        ("110114", "110122", "E"),
        ("110110", "read", "R"),
        ("110110", "transaction", "U"),
        ("110114", "110123", "E"),
    ]


def test_what_fails_is_written_as_well(made: Callable[..., FlaskClient], ehr: Ehr, tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    browser = made(audit=file)
    ehr.denies = "access_denied"
    assert log_in(browser, ehr).status_code >= 400
    ehr.denies = None
    page = opened(browser, ehr)
    ehr.valid.clear()
    assert page.get("record").status_code == 401
    assert page.post("write-back", csrf="wrong").status_code == 403
    assert [each["outcome"] for each in events(file)] == ["0", "4", "0", "0", "4", "4"]


def test_no_code_state_or_token_of_a_login_is_in_the_trail(
    made: Callable[..., FlaskClient], ehr: Ehr, tmp_path: Path
) -> None:
    file = tmp_path / "audit.jsonl"
    browser = made(audit=file)
    back = login(browser, ehr)
    page = opened(browser, ehr)
    page.get("record")
    content = file.read_text()
    secrets = [part.split("=")[1] for part in back.partition("?")[2].split("&")]
    assert secrets
    for secret in (*secrets, *ehr.valid, page.handle, page.csrf):
        assert secret not in content
