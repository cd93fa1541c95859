"""A user of an EHR who has given this service a token: SMART App Launch with an authorization code."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from service.client.scopes import covers, covers_writing
from service.outgoing.failure import ExchangeFailed
from service.outgoing.transport import BUSY, Answer, Transport

_ERRORS = frozenset(
    "invalid_request invalid_client invalid_grant unauthorized_client unsupported_grant_type invalid_scope".split()
)
_TOKEN_CHARACTERS = frozenset(map(chr, range(0x21, 0x7F)))
_LONGEST = 16_384
#: Servers should say how long a token lasts; those that do not mostly give an hour.
_USUAL_S = 3600


class TokenRefused(ExchangeFailed):
    """The authorization server gives no token. ``error`` is its word for why, where it is one of OAuth 2.0."""

    def __init__(self, message: str, status: int | None, error: str | None) -> None:
        super().__init__(message, status)
        self.error = error


@dataclass(frozen=True)
class Client:
    """This service, as it is registered with an authorization server."""

    id: str
    secret: str | None = field(default=None, repr=False)

    def proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """What proves who asks: headers and form fields. With a secret, HTTP Basic (RFC 6749, section 2.3.1)."""
        if self.secret is None:
            return {}, {"client_id": self.id}
        pair = f"{quote(self.id, safe='')}:{quote(self.secret, safe='')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}, {}


@dataclass(frozen=True)
class Grant:
    """What a token endpoint gives."""

    access_token: str = field(repr=False)
    expires_in: float
    scope: str | None
    """None where it is what was asked for."""
    refresh_token: str | None = field(default=None, repr=False)
    context: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The rest of the answer: the launch context."""


def ask_token(transport: Transport, endpoint: str, client: Client, form: Mapping[str, str]) -> Grant:
    """What a token endpoint gives for a code or a refresh token. It is asked once: a code cannot be used again.

    Raises:
        TokenRefused: it gives none.
        ExchangeFailed: it cannot be asked, or what it gives is no token.
    """
    headers, proof = client.proof()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **headers}
    return granted(transport.post(endpoint, headers, urlencode({**form, **proof}).encode()))


def granted(answer: Answer) -> Grant:
    """The token in an answer of a token endpoint.

    Raises:
        TokenRefused: there is none.
        ExchangeFailed: it is not one.
    """
    said = _object(answer.body)
    if not answer.ok:
        error = said.get("error")
        known = error if isinstance(error, str) and error in _ERRORS else None
        if answer.status in BUSY or answer.status >= 500:
            raise TokenRefused("The authorization server fails or is overloaded. Try again later.", answer.status, None)
        raise TokenRefused("The authorization server gives no token. Open the record again.", answer.status, known)
    token, kind, lasts = said.get("access_token"), said.get("token_type"), said.get("expires_in")
    if not is_token(token) or str(kind).lower() != "bearer":
        raise ExchangeFailed("The authorization server gives no bearer token. Its log says why.")
    seconds = float(lasts) if isinstance(lasts, int | float) and lasts > 0 else float(_USUAL_S)
    scope, more = said.get("scope"), said.get("refresh_token")
    own = {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    return Grant(
        access_token=str(token),
        expires_in=seconds,
        scope=scope if isinstance(scope, str) and scope.strip() else None,
        refresh_token=str(more) if is_token(more) else None,
        context={name: value for name, value in said.items() if name not in own},
    )


def is_token(value: object) -> bool:
    """Whether a value can be sent as a token."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST and _TOKEN_CHARACTERS.issuperset(value)


class UserToken:
    """The token of a user, for as long as it lasts or can be had anew.

    ``renew`` gives another one; it is called at most once for each that is refused or over.
    """

    def __init__(
        self,
        token: str,
        until: float,
        scope: str,
        renew: Callable[[Transport], tuple[str, float] | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._token: str | None = token
        self._until = until
        self._scope = scope
        self._renew = renew
        self._clock = clock
        self._spent = False

    def token(self, transport: Transport, base: str) -> str | None:
        if self._token is None or self._clock() >= self._until:
            found = self._renew(transport)
            if found is None:
                raise ExchangeFailed("Your leave to read this record is over. Open the record again.", 401)
            self._token, self._until = found
        return self._token

    def refused(self) -> bool:
        """A server that refuses two tokens in a row means it."""
        if self._spent:
            return False
        self._token, self._spent = None, True
        return True

    def may_read(self, kind: str) -> bool:
        return covers(self._scope, kind)

    def may_write(self, kind: str) -> bool:
        """Whether what was granted covers writing a type."""
        return covers_writing(self._scope, kind)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
