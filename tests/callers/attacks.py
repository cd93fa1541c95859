"""The doors that take tokens, and what is tried on each: one line for each attack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from tests.support.calls import JSON, VIEW
from tests.support.door import FHIR_JSON, PATH
from tests.support.tokens import (
    FHIR,
    HERE,
    OTHER_EHR,
    OTHER_ISSUER,
    OTHER_KEYS,
    TOKEN_URL,
    Party,
    World,
    access_claims,
    assertion_claims,
    b64,
    by_secret,
    cds_claims,
    part,
)

Claims = dict[str, Any]
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True)
class Door:
    """A door that takes a token of its own kind."""

    name: str
    claims: Callable[..., Claims]
    """What a good token for it says."""
    send: Callable[[FlaskClient, str], TestResponse]
    audience: str

    def is_shut(self, response: TestResponse) -> bool:
        """Whether the caller was not let in, and was told so in the form of the door."""
        if self.name == "token":
            return response.status_code == 400 and response.json["error"] == "invalid_client"
        told = response.headers.get("WWW-Authenticate", "")
        return response.status_code == 401 and told.startswith("Bearer ") and "resourceType" in response.text


def ask_fhir(client: FlaskClient, token: str, body: bytes = b"{}") -> TestResponse:
    return client.post(PATH, data=body, headers={"Content-Type": FHIR_JSON, "Authorization": f"Bearer {token}"})


def ask_cds(client: FlaskClient, token: str, body: bytes = b"{}", service: str = VIEW) -> TestResponse:
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {token}"}
    return client.post(f"/cds-services/{service}", data=body, headers=headers)


def ask_token(client: FlaskClient, token: str, **more: str) -> TestResponse:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": token,
        "scope": "system/RiskAssessment.c",
        **more,
    }
    return client.post("/auth/token", data=urlencode(form), content_type="application/x-www-form-urlencoded")


DOORS = (
    Door("fhir", access_claims, ask_fhir, FHIR),
    Door("cds", cds_claims, ask_cds, f"{HERE}/cds-services/{VIEW}"),
    Door("token", assertion_claims, ask_token, TOKEN_URL),
)

Attack = Callable[[World, Door], str]


def _claims(**more: Any) -> Attack:
    """A token that is good but for some claims; None leaves one out, and a function makes one for the door."""

    def attack(world: World, door: Door) -> str:
        made = {name: value(door) if callable(value) else value for name, value in more.items()}
        return world.es.sign(world.es.header(), door.claims(**made))

    return attack


def _raw(change: Callable[[str], str]) -> Attack:
    """A token whose claims are other JSON than an object is written as."""
    return lambda world, door: world.es.sign(world.es.header(), change(json.dumps(door.claims())).encode())


def _header(**more: Any) -> Attack:
    """A token that is good but for some members of its header."""
    return lambda world, door: world.es.sign(_without_none(world.es.header(**more)), door.claims())


def _without_none(header: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in header.items() if value is not None}


def _by(party: Callable[[World], Party], algorithm: str = "", **more: Any) -> Attack:
    """A token that somebody signs."""

    def attack(world: World, door: Door) -> str:
        signer = party(world)
        header = signer.header(**more) if not algorithm else {**signer.header(**more), "alg": algorithm}
        return signer.sign(header, door.claims(), algorithm)

    return attack


def _signed_otherwise(change: Callable[[World, str], str]) -> Attack:
    """A good token whose signature is changed."""

    def attack(world: World, door: Door) -> str:
        head, _, signature = world.es.sign(world.es.header(), door.claims()).rpartition(".")
        return f"{head}.{change(world, signature)}"

    return attack


def _none(name: str, signature: str) -> Attack:
    return lambda world, door: f"{part({'alg': name, 'typ': 'JWT', 'kid': 'es'})}.{part(door.claims())}.{signature}"


def _secret(form: str, algorithm: str) -> Attack:
    """The public key of the caller, taken for a secret."""

    def attack(world: World, door: Door) -> str:
        key = world.rs.key
        secret = (
            key.as_pem() if form == "pem" else key.as_der() if form == "der" else json.dumps(world.rs.jwk()).encode()
        )
        return by_secret(secret, {"alg": algorithm, "kid": "rs", "typ": "JWT"}, door.claims(), algorithm)

    return attack


def _embedded(name: str) -> Attack:
    """A stranger's key comes along in the header."""

    def attack(world: World, door: Door) -> str:
        told: dict[str, Any] = {
            "jwk": world.stranger.jwk(),
            "x5u": "https://evil.example/cert",
            "x5c": [b64(world.stranger.key.as_der())],
        }
        return world.stranger.sign(world.stranger.header(**{name: told[name]}), door.claims())

    return attack


def _changed(world: World, door: Door) -> str:
    """Claims that were changed after they were signed."""
    head, _, rest = world.es.sign(world.es.header(), door.claims()).partition(".")
    return f"{head}.{part(door.claims(sub='other'))}.{rest.partition('.')[2]}"


def _nested(world: World, door: Door) -> str:
    inner = world.es.sign(world.es.header(), door.claims())
    return world.es.sign(world.es.header(cty="JWT"), inner.encode())


def _twice_in_header(world: World, door: Door) -> str:
    text = json.dumps(world.es.header()).replace("{", '{"alg": "none", ', 1)
    return world.es.sign(text.encode(), door.claims())


def _other_doors(world: World, door: Door) -> str:
    """A good token of the next door."""
    following = DOORS[(DOORS.index(door) + 1) % len(DOORS)]
    return world.es.sign(world.es.header(), following.claims())


def _stale_rsa(world: World, door: Door) -> str:
    """A signature by a new key of the same kind under a known name."""
    return Party("rs", RSAKey.generate_key(2048), "RS384").sign(world.rs.header(), door.claims())


NOW = time.time
OTHERS = {"fhir": HERE, "cds": OTHER_EHR, "token": OTHER_ISSUER}
HOUR = 3600
#: What is tried at every door. None may get through.
ATTACKS: dict[str, Attack] = {
    # Signatures
    "alg none": _none("none", ""),
    "alg none with a signature": _none("none", "AAAA"),
    "alg NONE in capitals": _none("NONE", "AAAA"),
    "alg nOnE": _none("nOnE", "AAAA"),
    "alg empty": _none("", "AAAA"),
    "HS256 with the public key in PEM": _secret("pem", "HS256"),
    "HS256 with the public key in DER": _secret("der", "HS256"),
    "HS256 with the public JWK": _secret("jwk", "HS256"),
    "HS384 with the public key in PEM": _secret("pem", "HS384"),
    "HS256 with the symmetric key of the set": lambda world, door: by_secret(
        b"secret" * 8, {"alg": "HS256", "kid": "secret", "typ": "JWT"}, door.claims(), "HS256"
    ),
    "RS384 said, ES384 done": lambda world, door: world.es.sign({**world.es.header(), "alg": "RS384"}, door.claims()),
    "ES384 said, RS384 done": lambda world, door: world.rs.sign({**world.rs.header(), "alg": "ES384"}, door.claims()),
    "RS key named, ES key used": lambda world, door: world.es.sign(world.es.header(kid="rs"), door.claims()),
    "RS256, which is not pinned": _by(lambda world: world.rs, "RS256"),
    "PS384, which is not pinned": _by(lambda world: world.rs, "PS384"),
    "a stranger's key under a known kid": _by(lambda world: world.stranger),
    "a stranger's RSA key under a known kid": _stale_rsa,
    "signature left out": _signed_otherwise(lambda *_: ""),
    "signature cut short": _signed_otherwise(lambda _, text: text[:-8]),
    "signature made longer": _signed_otherwise(lambda _, text: f"{text}AAAA"),
    "signature padded": _signed_otherwise(lambda _, text: f"{text}="),
    "signature of zeros": _signed_otherwise(lambda *_: b64(bytes(96))),
    "signature of another token": _signed_otherwise(lambda world, _: world.es.signature("a.b", "ES384")),
    "signature in DER": _signed_otherwise(lambda world, _: b64(_der(world))),
    "claims changed after signing": _changed,
    # Keys
    "kid unknown": _header(kid="unknown"),
    "kid left out of several": _header(kid=None),
    "kid a path": _header(kid="../../../../dev/null"),
    "kid SQL": _header(kid="x' UNION SELECT 'secret'--"),
    "kid a number": _header(kid=1),
    "kid a list": _header(kid=["es"]),
    "kid of a key for encryption": _by(lambda world: world.rs, kid="for-encryption"),
    "kid of a private key that is published": _header(kid="published"),
    "kid of a weak key": _by(lambda world: world.weak),
    "key of another caller": _by(lambda world: world.other),
    "jwk in the header": _embedded("jwk"),
    "x5c in the header": _embedded("x5c"),
    "x5u in the header": _embedded("x5u"),
    # Form
    "oversized": _claims(padding="x" * 8192),
    "oversized header": _header(padding="x" * 5000),
    "crit": _header(crit=["exp"], exp=1),
    "crit empty": _header(crit=[]),
    "b64 false": _header(b64=False, crit=["b64"]),
    "b64 true": _header(b64=True),
    "nested": _nested,
    "JWE": lambda world, door: ".".join((part({"alg": "dir", "enc": "A256GCM"}), "", b64(bytes(12)), "AAAA", "AAAA")),
    "two parts": lambda world, door: world.es.sign(world.es.header(), door.claims()).rpartition(".")[0],
    "four parts": lambda world, door: f"{world.es.sign(world.es.header(), door.claims())}.AAAA",
    "no token at all": lambda world, door: "abc",
    "typ of another kind": _header(typ="dpop+jwt"),
    "typ a list": _header(typ=["JWT"]),
    "alg there twice": _twice_in_header,
    "claims no object": lambda world, door: world.es.sign(world.es.header(), [door.claims()]),
    "claims no JSON": _raw(lambda text: text[:-1]),
    "claims nested deeply": _raw(lambda text: '{"a":' + "[" * 4000 + "]" * 4000 + "}"),
    "exp there twice": _raw(lambda text: text.replace("{", '{"exp": 9999999999, ', 1)),
    "aud there twice": _raw(lambda text: text.replace("{", '{"aud": "x", ', 1)),
    "token of the next door": _other_doors,
    # Who
    "iss unknown": _claims(iss="https://evil.example"),
    "iss with a slash": _claims(iss=lambda door: f"{door.claims()['iss']}/"),
    "iss left out": _claims(iss=None),
    "iss a list": _claims(iss=lambda door: [door.claims()["iss"]]),
    "iss a number": _claims(iss=1),
    "iss of another caller": _claims(
        iss=lambda door: {"fhir": HERE, "cds": OTHER_EHR, "token": OTHER_ISSUER}[door.name]
    ),
    "sub a number": _claims(sub=1),
    # For whom
    "aud another": _claims(aud="https://other.example/fhir"),
    "aud left out": _claims(aud=None),
    "aud empty": _claims(aud=""),
    "aud an empty list": _claims(aud=[]),
    "aud a list without this": _claims(aud=["https://a.example", "https://b.example"]),
    "aud an object": _claims(aud=lambda door: {"aud": door.audience}),
    "aud a list with a number": _claims(aud=lambda door: [door.audience, 1]),
    "aud the beginning of this": _claims(aud=lambda door: door.audience[:-1]),
    "aud longer than this": _claims(aud=lambda door: f"{door.audience}/"),
    "aud in capitals": _claims(aud=lambda door: door.audience.upper()),
    "aud of http": _claims(aud=lambda door: door.audience.replace("https", "http")),
    # When
    "expired": _claims(exp=1),
    "expired two minutes ago": _claims(exp=lambda door: int(NOW()) - 120),
    "exp left out": _claims(exp=None),
    "exp a text": _claims(exp=lambda door: str(int(NOW()) + 60)),
    "exp true": _claims(exp=True),
    "exp a list": _claims(exp=lambda door: [int(NOW()) + 60]),
    "exp in a year": _claims(exp=lambda door: int(NOW()) + 365 * 24 * HOUR),
    "exp huge": _claims(exp=10**30),
    "exp of 5000 digits": _raw(lambda text: '{"exp":' + "9" * 5000 + "," + text[1:]),
    "exp Infinity": _claims(exp=float("inf")),
    "exp NaN": _claims(exp=float("nan")),
    "exp 1e999": _raw(lambda text: '{"exp": 1e999}'),
    "exp below zero": _claims(exp=-1),
    "nbf in the future": _claims(nbf=lambda door: int(NOW()) + 120),
    "nbf a text": _claims(nbf="now"),
    "iat in the future": _claims(iat=lambda door: int(NOW()) + 120),
    "iat a text": _claims(iat="now"),
}
#: What is tried where a token is used once.
ONCE: dict[str, Attack] = {
    "jti left out": _claims(jti=None),
    "jti empty": _claims(jti=""),
    "jti a number": _claims(jti=1),
    "jti very long": _claims(jti="x" * 3000),
    "valid for an hour": _claims(exp=lambda door: int(NOW()) + HOUR),
    "typ left out": _header(typ=None),
    "typ of an access token": _header(typ="at+jwt"),
    "jku foreign": _header(jku="https://evil.example/keys"),
    "jku of another client": _header(jku=OTHER_KEYS),
    "jku with a user": _header(jku="https://ehr.example@evil.example/keys"),
    "jku with more behind": _header(jku="https://ehr.example/keys?x=1"),
    "jku with dots": _header(jku="https://ehr.example/a/../keys"),
    "jku in capitals": _header(jku="https://EHR.example/keys"),
    "jku of http": _header(jku="http://ehr.example/keys"),
    "jku a file": _header(jku="file:///etc/passwd"),
    "jku a list": _header(jku=["https://ehr.example/keys"]),
    "jku of this machine": _header(jku="http://127.0.0.1/keys"),
    "jku and jwk": lambda world, door: world.stranger.sign(
        world.stranger.header(jku="https://evil.example/keys", jwk=world.stranger.jwk()), door.claims()
    ),
}


def _der(world: World) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA  # noqa: PLC0415  # for one line
    from cryptography.hazmat.primitives.hashes import SHA384  # noqa: PLC0415  # for one line

    private = world.es.key.private_key
    assert private is not None
    return bytes(private.sign(b"a.b", ECDSA(SHA384())))  # type: ignore[call-arg, union-attr, arg-type]
