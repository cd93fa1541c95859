"""Tokens that this server gives to backend services: short-lived, signed, for its own FHIR doors alone."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from service.callers.access import Access, Client
from service.callers.keys import Key, Keys, read_keys
from service.client.auth import read_key
from service.outgoing.failure import ExchangeFailed

LASTS_S = 300
"""SMART has access tokens of backend services last for at most so long."""
TYPE = "at+jwt"
_LONGEST_FILE = 65_536


class BadTokenKey(ValueError):
    """The key of the settings cannot be used; the message is one line with the mend."""


class Signer:
    """Signs tokens, and knows its own."""

    def __init__(self, key: ECKey | RSAKey, algorithm: str) -> None:
        self._key = key
        self.algorithm = algorithm
        self._kid = key.thumbprint()
        self._public: Keys = read_keys(
            json.dumps({**key.as_dict(private=False), "kid": self._kid, "use": "sig"}).encode()
        )

    @classmethod
    def of(cls, file: Path | None) -> Signer:
        """With the key of a file, or a new one: made before the workers are, so that they share it.

        Raises:
            BadTokenKey: the file cannot be read, or holds no such key.
        """
        if file is None:
            return cls(ECKey.generate_key("P-384"), "ES384")
        try:
            with file.open("rb") as opened:
                found = read_key(opened.read(_LONGEST_FILE))
        except OSError:
            raise BadTokenKey("SPINEMETS_TOKEN_KEY names a file that cannot be read. Correct it.") from None
        except ExchangeFailed as error:
            raise BadTokenKey(f"SPINEMETS_TOKEN_KEY: {error.message}") from None
        return cls(found.key, found.algorithm)

    def issue(self, access: Access, client: Client, scopes: tuple[str, ...], now: float) -> str:
        """A token for a client (RFC 9068)."""
        made = int(now)
        claims = {
            "iss": access.public,
            "aud": access.fhir_url,
            "sub": client.client_id,
            "client_id": client.client_id,
            "scope": " ".join(scopes),
            "iat": made,
            "exp": made + LASTS_S,
            "jti": secrets.token_urlsafe(16),
        }
        header = {"alg": self.algorithm, "kid": self._kid, "typ": TYPE}
        return jwt.encode(header, claims, self._key, algorithms=[self.algorithm])

    def fitting(self, kid: str | None) -> tuple[Key, ...]:
        """Its own key, for a token that names it."""
        return self._public.fitting(kid, self.algorithm) if kid is not None else ()
