"""A small EHR that launches apps by SMART App Launch 2: a FHIR server of the tests with an authorization server.

It is written from the specification, and shares no code with the client. Its users agree at once, or refuse when told
to; it checks what a careful server checks: the redirect address, ``aud``, the code challenge, that a code is used once.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

import orjson
from werkzeug import Request, Response

from tests.support.fhir_server import Store

CLIENT = "spine-app"


@dataclass
class Ehr:
    """The authorization server beside a FHIR server."""

    store: Store
    redirect_uri: str
    patient: str | None = "p1"
    secret: str | None = None
    lasts: Any = 3600
    refreshes: bool = False
    denies: str | None = None
    """The error that users come back with."""
    grants: str | None = None
    """The scope that is given; by default what was asked for."""
    without_scope: bool = False
    """Whether the answer leaves the scope out."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """More of the launch context."""
    configuration: dict[str, Any] = field(default_factory=dict)
    """What differs in .well-known/smart-configuration; None leaves a member out."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The parameters of each login."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    valid: set[str] = field(default_factory=set)
    """The access tokens that are taken."""
    refresh_tokens: set[str] = field(default_factory=set)
    exchanges: list[dict[str, str]] = field(default_factory=list)

    def install(self) -> Ehr:
        """Puts the authorization server beside the FHIR server, which from then on asks for its tokens."""
        self.store.token_needed = lambda token: token in self.valid
        self.store.other_paths[".well-known/smart-configuration"] = self._configured
        self.store.other_paths["authorize"] = self._authorize
        self.store.other_paths["token"] = self._token
        return self

    def _configured(self, _: Request) -> Response:
        said = {
            "issuer": self.store.base,
            "authorization_endpoint": f"{self.store.base}/authorize",
            "token_endpoint": f"{self.store.base}/token",
            "capabilities": ["launch-ehr", "launch-standalone", "client-public", "permission-v2"],
            "code_challenge_methods_supported": ["S256"],
            **self.configuration,
        }
        return _json({name: value for name, value in said.items() if value is not None})

    def _authorize(self, request: Request) -> Response:
        asked = dict(request.args)
        self.asked.append(asked)
        if asked["client_id"] != CLIENT or asked["redirect_uri"] != self.redirect_uri:
            return Response("no such app", 400)
        back: dict[str, str] = {"state": asked["state"]}
        if self.denies:
            back |= {"error": self.denies, "error_description": "<script>alert('Jane Doe')</script>"}
        elif (
            asked["response_type"] != "code"
            or asked["aud"].rstrip("/") != self.store.base
            or asked.get("code_challenge_method") != "S256"
        ):
            back |= {"error": "invalid_request"}
        else:
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = asked
        return Response(status=302, headers={"Location": f"{self.redirect_uri}?{urlencode(back)}"})

    def _token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in request.form.items()}
        self.exchanges.append(form)
        error = self._client_error(request, form)
        if error is None and form.get("grant_type") == "refresh_token":
            error = None if form["refresh_token"] in self.refresh_tokens else "invalid_grant"
            if error is None:
                self.refresh_tokens.discard(form["refresh_token"])
                return self._granted(None)
        elif error is None:
            error = self._code_error(form)
            if error is None:
                return self._granted(self.codes[form["code"]])
        return _json({"error": error, "error_description": "Jane Doe, token-secret"}, 400)

    def _client_error(self, request: Request, form: Mapping[str, str]) -> str | None:
        if self.secret is None:
            return None if form.get("client_id") == CLIENT and not request.authorization else "invalid_client"
        given = request.authorization
        pair = (unquote_plus(given.username or ""), unquote_plus(given.password or "")) if given else None
        right = pair == (CLIENT, self.secret)
        return None if right else "invalid_client"

    def _code_error(self, form: Mapping[str, str]) -> str | None:
        code = form.get("code", "")
        asked = self.codes.get(code)
        if asked is None or code in self.used or form.get("redirect_uri") != asked["redirect_uri"]:
            return "invalid_grant"
        self.used.add(code)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return None if made == asked["code_challenge"] else "invalid_grant"

    def _granted(self, asked: Mapping[str, str] | None) -> Response:
        token = f"access-{secrets.token_urlsafe(16)}"
        self.valid.add(token)
        made: dict[str, Any] = {"access_token": token, "token_type": "Bearer", "expires_in": self.lasts, **self.context}
        scope = self.grants or (asked["scope"] if asked else None)
        if scope and not self.without_scope:
            made["scope"] = scope
        if asked is not None and self.patient is not None:
            made["patient"] = self.patient
        if self.refreshes:
            made["refresh_token"] = f"refresh-{secrets.token_urlsafe(16)}"
            self.refresh_tokens.add(made["refresh_token"])
        return _json({name: value for name, value in made.items() if value is not None})


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")
