"""Which pages may call the CDS Hooks doors: those of the site's origins, and never with credentials."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.api.settings import Settings
from tests.support.calls import VIEW, call_of, send
from tests.support.records import bundle

SANDBOX = "https://sandbox.cds-hooks.org"
PATHS = ("/cds-services", f"/cds-services/{VIEW}", f"/cds-services/{VIEW}/feedback")


@pytest.fixture(scope="module")
def listing() -> FlaskClient:
    """A client of a service that knows two origins."""
    return create_app(Settings(cors_origins=(SANDBOX, "https://*.ehr.example"))).test_client()


def preflight(client: FlaskClient, path: str, origin: str, method: str = "POST") -> TestResponse:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, x-other",
    }
    return client.options(path, headers=headers)


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_is_answered_without_a_token(client: FlaskClient, path: str) -> None:
    response = preflight(client, path, SANDBOX)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST", "OPTIONS"}
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert set(allowed.split(", ")) == {"authorization", "content-type"}
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_answers_and_refusals_may_be_read_by_the_page(client: FlaskClient) -> None:
    headers = {"Origin": SANDBOX}
    assert client.get("/cds-services", headers=headers).headers["Access-Control-Allow-Origin"] == "*"
    for body in (call_of(bundle()), {}, b"nothing"):
        response = send(client, body, headers=headers)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    for path, method in (("/cds-services/none", "POST"), (f"/cds-services/{VIEW}", "DELETE")):
        response = client.open(path, method=method, json={}, headers=headers)
        assert response.status_code in (404, 405)
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_an_origin_that_is_listed_is_named(listing: FlaskClient) -> None:
    response = listing.get("/cds-services", headers={"Origin": SANDBOX})
    assert response.headers["Access-Control-Allow-Origin"] == SANDBOX
    assert "Origin" in ", ".join(response.headers.getlist("Vary"))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        f"{SANDBOX}.evil.example",
        f"{SANDBOX}:8443",
        "http://sandbox.cds-hooks.org",
        "https://a.ehr.example",
        "null",
    ],
)
def test_an_origin_that_is_not_listed_is_not(listing: FlaskClient, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(listing, PATHS[1], origin).headers
    response = listing.get("/cds-services", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response.headers


def test_credentials_are_never_allowed(client: FlaskClient, listing: FlaskClient) -> None:
    for each in (client, listing):
        for path in PATHS:
            assert "Access-Control-Allow-Credentials" not in preflight(each, path, SANDBOX).headers
        assert "Access-Control-Allow-Credentials" not in each.get("/cds-services", headers={"Origin": SANDBOX}).headers


@pytest.mark.parametrize("path", ["/", "/fhir/metadata", "/knowledge", "/cds-servicesx", "/healthz", "/app"])
def test_no_other_door_is_open_to_other_origins(client: FlaskClient, path: str) -> None:
    assert "Access-Control-Allow-Origin" not in client.get(path, headers={"Origin": SANDBOX}).headers
    assert "Access-Control-Allow-Origin" not in preflight(client, path, SANDBOX).headers


def test_the_headers_that_protect_every_answer_are_there(client: FlaskClient) -> None:
    response = client.get("/cds-services", headers={"Origin": SANDBOX})
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
