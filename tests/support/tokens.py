"""Callers with keys, and the tokens that they sign; a token can be made wrong in any way."""

from __future__ import annotations

import base64
import hmac
import json
import time
import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from service.api import callers
from service.api.app import create_app
from service.api.settings import Settings
from service.outgoing.failure import ExchangeFailed

HERE = "https://spine.example"
FHIR, TOKEN_URL = f"{HERE}/fhir", f"{HERE}/auth/token"
ISSUER, OTHER_ISSUER = "https://login.example/realms/hospital", "https://login.other.example"
EHR, OTHER_EHR = "https://ehr.example", "https://other-ehr.example"
KEYS, EHR_KEYS, OTHER_KEYS = "https://login.example/keys", "https://ehr.example/keys", "https://other-ehr.example/keys"
ENGINE = "engine"
SCOPE = "system/RiskAssessment.c"
ALL = tuple("none HS256 HS384 RS256 RS384 PS384 ES256 ES384".split())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: Any) -> str:
    """A part of a token: an object, or bytes as they are."""
    return b64(value if isinstance(value, bytes) else json.dumps(value).encode())


@dataclass
class Party:
    """Whoever holds a key."""

    kid: str
    key: ECKey | RSAKey
    algorithm: str

    @classmethod
    def elliptic(cls, kid: str, curve: Any = "P-384", algorithm: str = "ES384") -> Party:
        return cls(kid, ECKey.generate_key(curve), algorithm)

    @classmethod
    def rsa(cls, kid: str, bits: int = 2048, algorithm: str = "RS384") -> Party:
        with warnings.catch_warnings(action="ignore"):  # a weak key is made on purpose
            return cls(kid, RSAKey.generate_key(bits), algorithm)

    def jwk(self, **more: Any) -> dict[str, Any]:
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", **more}

    def header(self, **more: Any) -> dict[str, Any]:
        return {"alg": self.algorithm, "kid": self.kid, "typ": "JWT", **more}

    def sign(self, header: Mapping[str, Any] | bytes, claims: Any, algorithm: str = "") -> str:
        """A token with this header and these claims, whatever they are; signed in the way of the key."""
        signed = f"{part(header)}.{part(claims)}"
        return f"{signed}.{self.signature(signed, algorithm or self.algorithm)}"

    def signature(self, signed: str, algorithm: str) -> str:
        return b64(jws.JWSRegistry(algorithms=ALL).get_alg(algorithm).sign(signed.encode(), self.key))


def by_secret(secret: bytes, header: Mapping[str, Any], claims: Any, algorithm: str) -> str:
    """A token that is signed with a secret; the library would not sign with a public key."""
    signed = f"{part(header)}.{part(claims)}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), f'sha{algorithm[2:]}'))}"


def claims(**more: Any) -> dict[str, Any]:
    """Times and a name, as every token has them; what is None is left out."""
    now = int(time.time())
    made = {"iat": now, "exp": now + 240, "jti": str(uuid.uuid4()), **more}
    return {name: value for name, value in made.items() if value is not None}


def access_claims(**more: Any) -> dict[str, Any]:
    return claims(**{"iss": ISSUER, "aud": FHIR, "sub": "mirth", "client_id": "mirth", "scope": SCOPE, **more})


def cds_claims(service: str = "spinal-tumour-patient-view", **more: Any) -> dict[str, Any]:
    return claims(**{"iss": EHR, "aud": f"{HERE}/cds-services/{service}", **more})


def assertion_claims(**more: Any) -> dict[str, Any]:
    return claims(**{"iss": ENGINE, "sub": ENGINE, "aud": TOKEN_URL, **more})


def key_set(*keys: Mapping[str, Any]) -> bytes:
    return json.dumps({"keys": list(keys)}).encode()


ACCESS = f"""
[[issuer]]
iss = "{ISSUER}"
name = "Hospital login"
jwks = "{KEYS}"

[[issuer]]
iss = "{OTHER_ISSUER}"
name = "Single use"
jwks = "{KEYS}"
single_use = true

[[client]]
client_id = "{ENGINE}"
name = "Integration engine"
jwks = "engine.json"
scopes = ["{SCOPE}"]

[[cds_client]]
iss = "{EHR}"
name = "EHR"
jku = ["{EHR_KEYS}"]

[[cds_client]]
iss = "{OTHER_EHR}"
name = "Other EHR"
jwks = "{OTHER_KEYS}"
services = ["spinal-tumour-order-sign"]
"""


@dataclass
class World:
    """A service that asks who calls, and all who may call it; ``web`` is what the network holds."""

    folder: Path
    es: Party = field(default_factory=lambda: Party.elliptic("es"))
    rs: Party = field(default_factory=lambda: Party.rsa("rs"))
    other: Party = field(default_factory=lambda: Party.elliptic("other"))
    stranger: Party = field(default_factory=lambda: Party.elliptic("es"))
    weak: Party = field(default_factory=lambda: Party.rsa("weak", 1024))
    web: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The addresses that were fetched."""

    def __post_init__(self) -> None:
        listed = key_set(
            self.es.jwk(),
            self.rs.jwk(),
            self.weak.jwk(),
            self.rs.jwk(kid="for-encryption", use="enc"),
            {**self.es.key.as_dict(private=True), "kid": "published"},
            {"kty": "oct", "k": b64(b"secret" * 8), "kid": "secret"},
        )
        self.web.update({KEYS: listed, EHR_KEYS: listed, OTHER_KEYS: key_set(self.other.jwk())})
        self.folder.joinpath("engine.json").write_bytes(listed)

    def fetch(self, address: str) -> bytes:
        self.asked.append(address)
        if address not in self.web:
            raise ExchangeFailed("The server cannot be reached. Check its address and the network.")
        return self.web[address]

    def app(self, access: str = ACCESS, *, patch: Callable[..., None], **more: Any) -> Flask:
        """The application; ``patch`` is that of pytest. The network is that of this world."""
        file = self.folder / "access.toml"
        file.write_text(access, "utf-8")
        patch(callers, "fetcher", lambda *_: self.fetch)
        database = f"sqlite:///{self.folder}/spinemets.sqlite"
        return create_app(Settings(**{"access": file, "public_url": HERE, "database": database, **more}))
