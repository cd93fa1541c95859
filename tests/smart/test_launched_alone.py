"""Where it is said who may call, the page is for whoever has opened a record in the EHR."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask.testing import FlaskClient

from service.api.callers import caller
from service.callers.caller import Kind
from tests.support.browsing import opened
from tests.support.smart_ehr import Ehr

ACCESS = '[[cds_client]]\niss = "https://ehr.example"\nname = "EHR"\njku = ["https://ehr.example/keys"]\n'


def test_a_launch_opens_the_page_for_that_browser_alone(
    made: Callable[..., FlaskClient], ehr: Ehr, tmp_path: Path
) -> None:
    access = tmp_path / "access.toml"
    access.write_text(ACCESS)
    browser = made(access=access, anyone_may_call=False)
    assert browser.get("/app").status_code == 401
    page = opened(browser, ehr)
    here = f"/app?smart={page.handle}"
    with browser as held:
        assert held.get(here).status_code == 200
        assert caller().kind is Kind.LAUNCH
        assert caller().issuer == ehr.store.base
    assert page.get("status").json["open"] is True
    assert page.get("record").status_code == 200
    assert browser.post(here, data={"do": "ehr"}).status_code == 200
    stranger = made(access=access, anyone_may_call=False)
    assert stranger.get(here).status_code == 401
    assert stranger.get(f"/app/smart/record?smart={page.handle}").status_code == 401
    assert page.post("close").status_code in (204, 303)
    assert browser.get(here).status_code == 401
