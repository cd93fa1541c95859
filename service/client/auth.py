"""Who the caller is: nobody, a token, or a client that proves itself to the authorization server.

The last is SMART Backend Services: OAuth 2.0 client credentials with a signed JWT. No key, secret or token is ever
part of a message.
"""

from __future__ import annotations

import base64
import re
import time
import uuid
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from service.client.scopes import Scopes, covers
from service.outgoing.failure import ExchangeFailed, Lost
from service.outgoing.transport import BUSY, Answer, Transport

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: SMART allows five minutes; clocks differ.
_ASSERTION_SECONDS = 240
#: Servers mostly forgive a minute.
_CLOCKS_DIFFER_S = 60
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_MIN_RSA_BITS = 2048
#: RFC 6749, section 5.2. Anything else that a server says stays with it.
_ERRORS = frozenset(
    "invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope".split()
)


class Auth(Protocol):
    """How a caller shows who it is."""

    def token(self, transport: Transport, base: str) -> str | None:
        """The bearer token for the server with this base address, or None where there is none.

        Raises:
            ExchangeFailed: no token can be had.
        """

    def refused(self) -> bool:
        """Forgets a token that the server has refused; whether another can be had."""

    def may_read(self, kind: str) -> bool:
        """Whether what was granted covers a type, as far as that is known."""


class NoAuth:
    """For servers that ask nobody: sandboxes, and what is reached only through a gateway."""

    def token(self, transport: Transport, base: str) -> str | None:
        return None

    def refused(self) -> bool:
        return False

    def may_read(self, kind: str) -> bool:
        return True


class BearerToken:
    """A token that was given."""

    def __init__(self, token: str) -> None:
        if not _TOKEN.fullmatch(token.strip()):
            raise ExchangeFailed("The token is empty or holds characters that no token has. Set it anew.")
        self._token = token.strip()

    def token(self, transport: Transport, base: str) -> str | None:
        return self._token

    def refused(self) -> bool:
        return False

    def may_read(self, kind: str) -> bool:
        return True


@dataclass(frozen=True)
class Key:
    """A private key and the algorithm that it signs with."""

    key: ECKey | RSAKey
    algorithm: str
    name: str
    """The ``kid`` under which its public half is registered."""

    def __repr__(self) -> str:
        return f"Key({self.algorithm})"


def read_key(content: bytes, name: str | None = None) -> Key:
    """A private key from PEM or JWK: elliptic on P-384, for ES384, or RSA, for RS384.

    ``name`` is its ``kid``; without it, the one in the JWK, else its thumbprint (RFC 7638).

    Raises:
        ExchangeFailed: it is none of these.
    """
    wrong = ExchangeFailed(
        "The key cannot be used. Give a private key without password as PEM or JWK: EC on P-384, or RSA of at least "
        f"{_MIN_RSA_BITS} bits."
    )
    try:
        jwk = orjson.loads(content) if content.lstrip().startswith(b"{") else None
        with warnings.catch_warnings(action="ignore"):  # a weak key is refused, in one line
            found = import_key(content if jwk is None else jwk, _kind(content, jwk))
        if not isinstance(found, ECKey | RSAKey) or not _is_strong(found):
            raise wrong
        return Key(found, "ES384" if isinstance(found, ECKey) else "RS384", name or found.kid or found.thumbprint())
    except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm):
        raise wrong from None


def _kind(content: bytes, jwk: Any) -> Any:
    """``EC`` or ``RSA``: a PEM says it only inside."""
    if jwk is None:
        return "RSA" if isinstance(load_pem_private_key(content, None), RSAPrivateKey) else "EC"
    kind = jwk.get("kty") if isinstance(jwk, dict) else None
    if kind not in ("EC", "RSA"):
        raise ValueError(kind)
    return kind


def _is_strong(key: ECKey | RSAKey) -> bool:
    """Whether a key is private, and one that SMART servers take."""
    private = key.private_key
    if isinstance(private, RSAPrivateKey):
        return private.key_size >= _MIN_RSA_BITS
    return isinstance(private, EllipticCurvePrivateKey) and private.curve.name == "secp384r1"


class _Granted:
    """A token that an authorization server gives for a time."""

    def __init__(self, scope: Scopes | str, endpoint: str | None, clock: Callable[[], float]) -> None:
        self._scope = scope
        self._granted: str | None = None
        self._endpoint = endpoint
        self._clock = clock
        self._token: str | None = None
        self._until = 0.0

    def token(self, transport: Transport, base: str) -> str | None:
        if self._token is None or self._clock() >= self._until:
            self._token, lasts, self._granted = self._ask(transport, base)
            # Asked for anew while there is still time for a slow answer, and for a clock that differs.
            self._until = self._clock() + max(lasts - 30, lasts / 2)
        return self._token

    def refused(self) -> bool:
        self._token = None
        return True

    def may_read(self, kind: str) -> bool:
        return self._granted is None or covers(self._granted, kind)

    def _proof(self, endpoint: str) -> tuple[dict[str, str], dict[str, str]]:
        """What proves who asks: headers and form fields."""
        raise NotImplementedError

    def _ask(self, transport: Transport, base: str) -> tuple[str, float, str | None]:
        if self._endpoint is None:
            self._endpoint, first = _discovered(transport, base)
            if isinstance(self._scope, Scopes):
                self._scope = self._scope.text(first=first)
        endpoint = self._endpoint
        transport = transport.also(endpoint)
        scope = self._scope.text() if isinstance(self._scope, Scopes) else self._scope
        for attempt in range(transport.limits.tries):
            # Each try has a proof of its own: one that is used twice is refused as a replay.
            headers, form = self._proof(endpoint)
            form = {"grant_type": "client_credentials", "scope": scope, **form}
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **headers}
            answer: Answer | None = None
            try:
                answer = transport.post(endpoint, headers, urlencode(form).encode())
            except Lost:
                if attempt + 1 == transport.limits.tries:
                    raise
            if answer is not None and answer.status not in BUSY:
                return _granted(answer)
            transport.pause(attempt, answer)
        raise ExchangeFailed("The authorization server is too busy. Try again later.")


class BackendService(_Granted):
    """SMART Backend Services: a client that signs an assertion with its private key."""

    def __init__(
        self,
        client: str,
        key: Key,
        scope: Scopes | str,
        *,
        endpoint: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(scope, endpoint, clock)
        self._client = client
        self._key = key

    def _proof(self, endpoint: str) -> tuple[dict[str, str], dict[str, str]]:
        now = int(time.time())
        claims = {
            "iss": self._client,
            "sub": self._client,
            "aud": endpoint,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": self._key.algorithm, "kid": self._key.name, "typ": "JWT"}
        assertion = jwt.encode(header, claims, self._key.key, algorithms=[self._key.algorithm])
        return {}, {"client_assertion_type": _ASSERTION, "client_assertion": assertion}


class ClientSecret(_Granted):
    """A client with a shared secret, sent as HTTP Basic (RFC 6749, section 2.3.1)."""

    def __init__(
        self,
        client: str,
        secret: str,
        scope: Scopes | str,
        *,
        endpoint: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(scope, endpoint, clock)
        self._basic = base64.b64encode(f"{quote(client, safe='')}:{quote(secret, safe='')}".encode()).decode()

    def _proof(self, endpoint: str) -> tuple[dict[str, str], dict[str, str]]:
        return {"Authorization": f"Basic {self._basic}"}, {}


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _discovered(transport: Transport, base: str) -> tuple[str, bool]:
    """The token endpoint that the server names, and whether it knows only scopes of the first version of SMART."""
    answer = transport.get(f"{base}/.well-known/smart-configuration", {"Accept": "application/json"})
    said = _object(answer.body) if answer.ok else {}
    endpoint, able = said.get("token_endpoint"), said.get("capabilities")
    if not isinstance(endpoint, str):
        raise ExchangeFailed(
            "The server names no token endpoint at .well-known/smart-configuration. Give the address of its "
            "authorization server's token endpoint."
        )
    listed = able if isinstance(able, list) else []
    return endpoint, "permission-v1" in listed and "permission-v2" not in listed


def _skewed(answer: Answer) -> str | None:
    """What is to be done where clocks differ so much that a signed assertion is over, or not valid yet."""
    try:
        there = parsedate_to_datetime(answer.headers.get("Date", "")).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    seconds = round(abs(there - time.time()))
    if seconds <= _CLOCKS_DIFFER_S:
        return None
    return f"Its clock and the one of this machine are {seconds} s apart: set the wrong one right."


def _granted(answer: Answer) -> tuple[str, float, str | None]:
    """A token, how long it lasts in seconds, and what for."""
    said = _object(answer.body)
    if not answer.ok:
        error = said.get("error")
        why = f": {error}" if isinstance(error, str) and error in _ERRORS else ""
        raise ExchangeFailed(
            f"The authorization server gives no token (HTTP {answer.status}{why}). "
            f"{_skewed(answer) or 'Check the client id, the key with its kid, and the scope as registered there.'}",
            answer.status,
        )
    token, kind, lasts = said.get("access_token"), said.get("token_type"), said.get("expires_in", 300)
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise ExchangeFailed("The authorization server gives no bearer token. Check the address of its token endpoint.")
    seconds = float(lasts) if isinstance(lasts, int | float) and lasts > 0 else 300.0
    scope = said.get("scope")
    return token, seconds, scope if isinstance(scope, str) and scope.strip() else None
