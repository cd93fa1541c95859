"""SMART Backend Services: a client finds the door, proves who it is, and gets a token for what it may do."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey

from service.callers.refused import Reason, Refused
from tests.callers.attacks import ASSERTION, ask_cds, ask_fhir, ask_token
from tests.support.tokens import ACCESS, EHR, ENGINE, FHIR, HERE, TOKEN_URL, World, access_claims, assertion_claims

FORM = "application/x-www-form-urlencoded"


def assertion(world: World) -> str:
    return world.es.sign(world.es.header(), assertion_claims())


def given(client: FlaskClient, world: World, **more: str) -> str:
    response = ask_token(client, assertion(world), **more)
    assert response.status_code == 200, response.text
    return str(response.json["access_token"])


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_a_client_finds_the_door(client: FlaskClient) -> None:
    found = client.get("/fhir/.well-known/smart-configuration").json
    assert found["token_endpoint"] == TOKEN_URL
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert set(found["token_endpoint_auth_signing_alg_values_supported"]) == {"ES384", "RS384"}
    assert "client-confidential-asymmetric" in found["capabilities"]
    assert "system/RiskAssessment.c" in found["scopes_supported"]


def test_the_capability_statement_says_how_callers_are_known(client: FlaskClient) -> None:
    security = client.get("/fhir/metadata").json["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["extension"][0]["extension"] == [{"url": "token", "valueUri": TOKEN_URL}]


def test_a_token_lasts_five_minutes_and_is_for_the_fhir_doors_alone(client: FlaskClient, world: World) -> None:
    response = ask_token(client, assertion(world))
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    token = response.json["access_token"]
    claims = claims_of(token)
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (HERE, FHIR, ENGINE)
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 300
    assert ask_fhir(client, token).status_code == 400  # by the door: the body is no record
    assert ask_fhir(client, token).status_code == 400  # and until it expires
    assert ask_cds(client, token).status_code == 401
    assert ask_token(client, token).json["error"] == "invalid_client"


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("system/RiskAssessment.c", "system/RiskAssessment.c"),
        ("system/*.*", "system/RiskAssessment.c"),
        ("system/RiskAssessment.cruds system/Patient.rs openid", "system/RiskAssessment.c"),
        ("system/RiskAssessment.write", "system/RiskAssessment.c"),
        ("", "system/RiskAssessment.c"),
    ],
)
def test_no_more_is_given_than_the_client_may_have(client: FlaskClient, world: World, asked: str, granted: str) -> None:
    response = ask_token(client, assertion(world), scope=asked)
    assert response.json["scope"] == granted
    assert claims_of(response.json["access_token"])["scope"] == granted


@pytest.mark.parametrize("asked", ["system/Patient.rs", "user/*.*", "openid", "system/RiskAssessment.r"])
def test_a_scope_that_the_client_may_not_have_is_refused(client: FlaskClient, world: World, asked: str) -> None:
    response = ask_token(client, assertion(world), scope=asked)
    assert (response.status_code, response.json["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, "invalid_client"),
        ({"client_assertion": ""}, "invalid_client"),
        ({"client_id": "other"}, "invalid_client"),
    ],
)
def test_a_form_that_is_not_the_one_of_smart_is_refused(
    client: FlaskClient, world: World, change: dict[str, str], error: str
) -> None:
    response = ask_token(client, assertion(world), **change)
    assert (response.status_code, response.json["error"]) == (400, error)
    assert response.json["error_description"].endswith(".")


def test_the_form_is_bounded_and_read_in_one_way(client: FlaskClient, world: World) -> None:
    good = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion(world),
    }
    body = urlencode(good)

    def answered(data: str | bytes, kind: str = FORM, **headers: str) -> tuple[int, str]:
        response = client.post("/auth/token", data=data, content_type=kind, headers=headers)
        return response.status_code, response.json["error"]

    assert answered(json.dumps(good), "application/json") == (400, "invalid_request")
    assert answered(f"{body}&scope=a&scope=b") == (400, "invalid_request")
    assert answered(body + "&x=" + "x" * 40_000) == (413, "invalid_request")
    assert answered(body + "".join(f"&a{n}=1" for n in range(30))) == (400, "invalid_request")
    assert answered(b"\xff\xfe=1") == (400, "invalid_request")
    assert answered(body, **{"Content-Encoding": "gzip"}) == (400, "invalid_request")
    assert answered(body, Authorization="Basic eDp5") == (400, "invalid_client")
    assert client.get(f"/auth/token?{body}").status_code == 405
    assert client.post("/auth/token", data=body, content_type=FORM).status_code == 200


def test_a_client_that_is_taken_out_of_the_file_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    key = tmp_path / "token.pem"
    key.write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    token = given(world.app(patch=monkeypatch.setattr, token_key=key).test_client(), world)
    # Another server with the same key takes it; one whose file has the client no more does not.
    same = world.app(patch=monkeypatch.setattr, token_key=key).test_client()
    assert ask_fhir(same, token).status_code == 400
    other = ACCESS.replace(f'client_id = "{ENGINE}"', 'client_id = "other"')
    assert ask_fhir(world.app(other, patch=monkeypatch.setattr, token_key=key).test_client(), token).status_code == 401


def test_a_token_of_another_start_is_refused(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = given(app.test_client(), world)
    again = world.app(patch=monkeypatch.setattr).test_client()
    response = ask_fhir(again, token)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_nobody_makes_a_token_of_this_server_but_this_server(client: FlaskClient, world: World) -> None:
    own = given(client, world)
    kid = json.loads(base64.urlsafe_b64decode(own.split(".")[0] + "=="))["kid"]
    claims = access_claims(iss=HERE, client_id=ENGINE)
    for header in (world.es.header(kid=kid, typ="at+jwt"), world.es.header(typ="at+jwt"), world.es.header()):
        assert ask_fhir(client, world.es.sign(header, claims)).status_code == 401


def test_a_server_that_cannot_tell_now_says_so(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise Refused(Reason.NO_MEMORY)

    monkeypatch.setattr(app.config["JUDGE"]._replay, "check", fails)
    response = ask_token(app.test_client(), assertion(world))
    assert (response.status_code, response.json["error"]) == (503, "temporarily_unavailable")
    assert response.headers["Retry-After"]


def test_clients_of_another_server_are_told_where_to_get_their_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = '[[issuer]]\niss = "https://login.example"\nname = "Login"\njwks = "https://login.example/keys"\n'
    world = World(tmp_path)
    silent = world.app(issuer, patch=monkeypatch.setattr).test_client()
    assert silent.get("/fhir/.well-known/smart-configuration").status_code == 404
    assert silent.post("/auth/token").status_code == 404
    assert EHR not in silent.get("/fhir/metadata").text
    told = world.app(
        f'{issuer}token_endpoint = "https://login.example/token"\n', patch=monkeypatch.setattr
    ).test_client()
    found = told.get("/fhir/.well-known/smart-configuration").json
    assert found["token_endpoint"] == "https://login.example/token"
