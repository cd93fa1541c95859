"""Who calls: a token that was given, or one that an authorization server gives for a signed assertion."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from werkzeug import Request, Response

from service.client import BackendService, BearerToken, ClientSecret, ExchangeFailed, read_patient, scopes
from service.client.auth import read_key
from tests.support.fhir_server import Fault, Store

EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
WEAK = rsa.generate_private_key(65537, 1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
CLIENT = "spine-service"


@dataclass
class Grants:
    """An authorization server that knows the public keys of one client, as SMART Backend Services asks."""

    store: Store
    lasts: Any = 300
    scope: str | None = None
    capabilities: tuple[str, ...] = ("permission-v2",)
    given: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    valid: set[str] = field(default_factory=set)

    def configuration(self, _: Request) -> Response:
        found = {"token_endpoint": f"{self.store.base}/token", "capabilities": self.capabilities}
        return Response(orjson.dumps(found), content_type="application/json")

    def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in request.form.items()}
        self.forms.append(form)
        error = self._error(form, request)
        if error:
            said = {"error": error, "error_description": "secret-description"}
            return Response(orjson.dumps(said), 401, content_type="application/json")
        token = f"token-{len(self.given) + 1}"
        self.given.append(token)
        self.valid = {token}
        granted: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts}
        if self.scope is not None:
            granted["scope"] = self.scope
        return Response(orjson.dumps(granted), content_type="application/json")

    def _error(self, form: dict[str, str], request: Request) -> str | None:
        if form.get("grant_type") != "client_credentials" or "scope" not in form:
            return "invalid_request"
        if request.authorization:
            right = (request.authorization.username, request.authorization.password) == ("a%3Ab", "p%20w%25")
            return None if right else "invalid_client"
        if form.get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return "invalid_request"
        public = KeySet([EC, RSA])
        try:
            token = jwt.decode(form["client_assertion"], public, algorithms=["ES384", "RS384"])
        except Exception:  # whatever is wrong with it
            return "invalid_client"
        claims = token.claims
        now = time.time()
        right = (
            claims["iss"] == claims["sub"] == CLIENT
            and claims["aud"] == f"{self.store.base}/token"
            and now < claims["exp"] <= now + 300
            and claims["jti"] not in self.seen
            and token.header["typ"] == "JWT"
        )
        self.seen.add(claims["jti"])
        return None if right else "invalid_client"


@pytest.fixture
def grants(store: Store) -> Grants:
    """The server of the record asks for a token of this authorization server."""
    found = Grants(store)
    store.other_paths[".well-known/smart-configuration"] = found.configuration
    store.other_paths["token"] = found.token
    store.token_needed = lambda token: token in found.valid
    return found


def key(private: Any = EC, form: str = "pem", name: str | None = "ec-1") -> Any:
    content = private.as_pem(private=True) if form == "pem" else orjson.dumps(private.as_dict(private=True))
    return read_key(content, name)


def backend(private: Any = EC, name: str = "ec-1", **more: Any) -> BackendService:
    return BackendService(CLIENT, key(private, name=name), scopes(write=False), **more)


@pytest.mark.parametrize(
    ("private", "name", "algorithm"), [(EC, "ec-1", "ES384"), (RSA, "rsa-1", "RS384")], ids=["ec", "rsa"]
)
def test_a_signed_assertion_gives_a_token(grants: Grants, client: Any, private: Any, name: str, algorithm: str) -> None:
    assert key(private, name=name).algorithm == algorithm
    assert read_patient(client(backend(private, name)), "p1").counts["Patient"] == 1
    assert grants.given == ["token-1"]
    assert grants.store.calls[-1][2]["Authorization"] == "Bearer token-1"


def test_only_the_rights_that_are_needed_are_asked_for(grants: Grants, client: Any) -> None:
    read_patient(client(backend()), "p1")
    asked = grants.forms[0]["scope"].split()
    assert "system/Condition.rs" in asked
    assert not [scope for scope in asked if "*" in scope or not scope.endswith(".rs")]
    assert "system/CarePlan.crus" in scopes(write=True).text().split()
    assert "system/Condition.rs" in scopes(write=True).text().split()


def test_a_server_of_the_first_version_of_smart_is_asked_in_its_words(grants: Grants, client: Any) -> None:
    grants.capabilities = ("permission-v1",)
    read_patient(client(backend()), "p1")
    assert "system/Condition.read" in grants.forms[0]["scope"].split()


def test_scopes_that_are_given_are_used_as_they_are(grants: Grants, client: Any) -> None:
    read_patient(client(BackendService(CLIENT, key(), "system/*.rs")), "p1")
    assert grants.forms[0]["scope"] == "system/*.rs"


def test_a_token_is_used_until_shortly_before_it_ends_and_then_asked_for_anew(grants: Grants, client: Any) -> None:
    now = [0.0]
    server = client(backend(clock=lambda: now[0]))
    read_patient(server, "p1")
    now[0] = 269
    read_patient(server, "p1")
    assert grants.given == ["token-1"]
    now[0] = 271
    read_patient(server, "p1")
    assert grants.given == ["token-1", "token-2"]
    assert len(grants.seen) == 2


def test_a_token_that_the_server_no_longer_takes_is_asked_for_anew_once(grants: Grants, client: Any) -> None:
    server = client(backend(), page_size=2)
    grants.store.faults.append(Fault("_offset=2", 401))
    assert read_patient(server, "p1").counts["Patient"] == 1
    assert grants.given == ["token-1", "token-2"]
    grants.store.token_needed = lambda token: False
    with pytest.raises(ExchangeFailed, match="HTTP 401"):
        read_patient(server, "p1")
    assert len(grants.given) == 3


def test_rights_that_are_not_granted_are_an_error_where_they_matter(grants: Grants, client: Any) -> None:
    grants.scope = "system/Patient.rs system/Condition.rs"
    with pytest.raises(ExchangeFailed, match="Observation cannot be read: the token does not cover it"):
        read_patient(client(backend()), "p1")


def test_rights_that_are_not_granted_are_named_where_they_matter_less(grants: Grants, client: Any) -> None:
    asked = scopes(write=False).text().split()
    grants.scope = " ".join(scope for scope in asked if "ImagingStudy" not in scope)
    record = read_patient(client(backend()), "p1")
    assert record.notes == ("ImagingStudy is not read: the token does not cover it",)


def test_a_busy_authorization_server_is_asked_again_with_a_new_assertion(grants: Grants, client: Any) -> None:
    grants.store.faults.append(Fault("POST token", 503))
    grants.store.faults.append(Fault("POST token"))
    read_patient(client(backend()), "p1")
    assert grants.given == ["token-1"]


def test_a_busy_authorization_server_is_given_up(grants: Grants, client: Any) -> None:
    grants.store.faults.append(Fault("POST token", 503, times=99))
    with pytest.raises(ExchangeFailed, match="too busy"):
        read_patient(client(backend()), "p1")


def test_a_client_that_is_refused_is_told_why_and_nothing_that_the_server_writes(grants: Grants, client: Any) -> None:
    stranger = ECKey.generate_key("P-384")
    with pytest.raises(ExchangeFailed, match="invalid_client") as failed:
        read_patient(client(backend(stranger)), "p1")
    assert "secret-description" not in str(failed.value)
    assert len(grants.forms) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"access_token": 5, "token_type": "bearer"}',
        b'{"access_token": "a b", "token_type": "bearer"}',
        b'{"access_token": "a\\r\\nX: y", "token_type": "bearer"}',
        b'{"access_token": "a", "token_type": "mac"}',
    ],
)
def test_what_is_no_bearer_token_is_refused(grants: Grants, client: Any, body: bytes) -> None:
    grants.store.faults.append(Fault("POST token", 200, body=body))
    with pytest.raises(ExchangeFailed, match="bearer token"):
        read_patient(client(backend()), "p1")


@pytest.mark.parametrize("lasts", [None, "soon", -1, 0])
def test_a_token_without_a_sensible_end_is_taken_for_five_minutes(grants: Grants, client: Any, lasts: Any) -> None:
    grants.lasts = lasts
    now = [0.0]
    server = client(backend(clock=lambda: now[0]))
    read_patient(server, "p1")
    now[0] = 271
    read_patient(server, "p1")
    assert len(grants.given) == 2


def test_a_server_that_names_no_token_endpoint_is_said_plainly(grants: Grants, client: Any) -> None:
    del grants.store.other_paths[".well-known/smart-configuration"]
    with pytest.raises(ExchangeFailed, match="names no token endpoint"):
        read_patient(client(backend()), "p1")
    read_patient(client(backend(endpoint=f"{grants.store.base}/token")), "p1")


def test_an_assertion_is_never_sent_in_the_clear(grants: Grants, client: Any) -> None:
    with pytest.raises(ExchangeFailed, match="not https"):
        read_patient(client(backend(endpoint="http://login.example/token")), "p1")


def test_a_client_secret_is_sent_as_basic_and_encoded_as_the_standard_says(grants: Grants, client: Any) -> None:
    read_patient(client(ClientSecret("a:b", "p w%", scopes(write=False))), "p1")
    assert grants.given == ["token-1"]


def test_a_token_that_was_given_is_not_asked_for_anew(store: Store, client: Any) -> None:
    store.token_needed = lambda token: token == "right"
    assert read_patient(client(BearerToken(" right\n")), "p1").counts["Patient"] == 1
    with pytest.raises(ExchangeFailed, match="HTTP 401"):
        read_patient(client(BearerToken("wrong")), "p1")


def test_a_password_in_netrc_does_not_take_the_place_of_the_token(
    store: Store, client: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login a password b\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    store.token_needed = lambda token: token == "right"
    assert read_patient(client(BearerToken("right")), "p1").counts["Patient"] == 1


@pytest.mark.parametrize("token", ["", " ", "a b", "a\nb", "é"])
def test_what_is_no_token_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ExchangeFailed, match="token is empty or"):
        BearerToken(token)


# Keys


@pytest.mark.parametrize("form", ["pem", "jwk"])
@pytest.mark.parametrize("private", [EC, RSA], ids=["ec", "rsa"])
def test_a_key_is_read_from_pem_and_jwk(private: Any, form: str) -> None:
    found = key(private, form, None)
    assert found.name == (private.kid if form == "jwk" else private.thumbprint())
    assert key(private, form, "given").name == "given"


NO_KEYS = {
    "nothing": b"",
    "words": b"not a key",
    "empty object": b"{}",
    "no json": b"{",
    "a list": b"[]",
    "no parts": b'{"kty": "EC"}',
    "no type": b'{"kty": 5}',
    "public pem": EC.as_pem(private=False),
    "public jwk": orjson.dumps(EC.as_dict(private=False)),
    "with password": EC.as_pem(private=True, password="word"),
    "other curve, pem": ECKey.generate_key("P-256").as_pem(private=True),
    "other curve, jwk": orjson.dumps(ECKey.generate_key("P-256").as_dict(private=True)),
    "short": WEAK,
    "shared secret": orjson.dumps(OctKey.generate_key(256).as_dict(private=True)),
    "cut": EC.as_pem(private=True)[:100],
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_what_is_no_strong_private_key_is_refused_and_not_repeated(name: str) -> None:
    content = NO_KEYS[name]
    with pytest.raises(ExchangeFailed, match="key cannot be used") as failed:
        read_key(content)
    assert failed.value.__cause__ is None
    assert content.decode("latin-1")[:20] not in str(failed.value) or not content


def test_a_key_does_not_show_when_it_is_printed() -> None:
    assert repr(key()) == "Key(ES384)"
