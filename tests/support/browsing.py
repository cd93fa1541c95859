"""A browser at this service, and its user, who goes through a launch from an EHR."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.smart_ehr import Ehr

HERE = "https://spine.example"


class Browser(FlaskClient):
    """Speaks to the service as a browser does at its public address."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, app.response_class, use_cookies=True)

    def open(self, *args: Any, **named: Any) -> TestResponse:
        if args and isinstance(args[0], str):
            named.setdefault("base_url", HERE)
        return super().open(*args, **named)


@dataclass
class Page:
    """The page of an open record."""

    browser: FlaskClient
    handle: str

    def get(self, what: str, **headers: str) -> TestResponse:
        return self.browser.get(f"/app/smart/{what}?smart={self.handle}", headers=headers)

    @property
    def csrf(self) -> str:
        return str(self.get("status").json["csrf"])

    def post(self, what: str, body: Any = None, **changed: str) -> TestResponse:
        headers = {"Origin": HERE, "X-CSRF-Token": changed.pop("csrf", None) or self.csrf, **changed}
        named = {name: value for name, value in headers.items() if value != "none"}
        return self.browser.post(f"/app/smart/{what}?smart={self.handle}", json=body or {}, headers=named)


def log_in(browser: FlaskClient, ehr: Ehr, launch: str = "&launch=abc") -> TestResponse:
    """A user goes through a launch; what they come back to."""
    return browser.get(login(browser, ehr, launch))


def login(browser: FlaskClient, ehr: Ehr, launch: str = "&launch=abc") -> str:
    """A user begins a launch and logs in; where the EHR sends them."""
    begun = browser.get(f"/app/launch?iss={ehr.store.base}{launch}")
    assert begun.status_code == 303, begun.text
    answer = requests.get(begun.location, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].removeprefix(HERE)


def opened(browser: FlaskClient, ehr: Ehr, launch: str = "&launch=abc") -> Page:
    back = log_in(browser, ehr, launch)
    assert back.status_code == 303, back.text
    where = urlsplit(back.location)
    assert where.path == "/app"
    return Page(browser, parse_qs(where.query)["smart"][0])


def refused(response: TestResponse, status: int, *words: str) -> None:
    """A page that says in plain words what is wrong, and holds nothing of what was sent."""
    assert response.status_code == status, response.text
    assert 'role="alert"' in response.text
    for word in words:
        assert word in response.text
    for secret in ("Jane", "<script>", "token-secret", "p1"):
        assert secret not in response.text


def cookies(browser: FlaskClient) -> dict[str, str]:
    kept = browser.get_cookie("__Host-spinemets", domain="spine.example")
    assert kept is not None
    return {"Cookie": f"__Host-spinemets={kept.value}"}
