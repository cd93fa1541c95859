"""SMART Backend Services: where clients find out how to get a token, and ``POST /auth/token``, where they get it."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

import orjson
from flask import Blueprint, Flask, Response, g, request

from service.api import answers
from service.api.callers import access, judge_here
from service.api.doors import NO_CLIENTS
from service.callers.access import Client
from service.callers.caller import Caller, Kind
from service.callers.issuing import LASTS_S
from service.callers.refused import Reason, Refused
from service.callers.scopes import granted
from service.operations import meters
from service.problems import Problem, Rejected

blueprint = Blueprint("token", __name__)
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM = "application/x-www-form-urlencoded"
_MAX_BODY = 32 * 1024
_MAX_FIELDS = 20
_LATER = 503


class _Stopped(Exception):
    """No token is given: a code of RFC 6749, section 5.2, and why."""

    def __init__(self, error: str, text: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = error
        self.text = text
        self.status = status


def offer(app: Flask) -> None:
    """Puts these doors into an application that asks who calls."""
    if app.config["JUDGE"] is not None:
        app.register_blueprint(blueprint)


@blueprint.post("/auth/token")
def give() -> Response:
    """Gives a client that proves who it is a token for the FHIR doors."""
    judge = judge_here()
    if judge is None or not judge.access.clients:
        raise _no_clients()
    try:
        now = time.time()
        form = _form()
        client = judge.client(_assertion(form), now)
        scopes = _scopes(form, client)
        text = judge.signer.issue(judge.access, client, scopes, now)
    except Refused as refused:
        meters.CALLERS_REFUSED.add(reason=refused.reason.said.counted)
        return _said_no(_of(refused.reason))
    except _Stopped as stopped:
        return _said_no(stopped)
    meters.TOKENS.add(outcome="issued")
    g.caller = Caller(client.name, Kind.TOKEN, frozenset(scopes), judge.access.public)
    answer = {"access_token": text, "token_type": "bearer", "expires_in": LASTS_S, "scope": " ".join(scopes)}
    return _json(answer)


@blueprint.get("/fhir/.well-known/smart-configuration")
def configuration() -> Response:
    """How clients get a token for the FHIR doors."""
    given = access()
    if given is None or given.token_endpoint is None:
        raise _no_clients()
    algorithms = {each for client in given.clients for each in client.algorithms}
    scopes = {each for client in given.clients for each in client.scopes} | {"system/RiskAssessment.c"}
    return _json(
        {
            "token_endpoint": given.token_endpoint,
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": sorted(algorithms) or ["ES384", "RS384"],
            "scopes_supported": sorted(scopes),
            "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
        }
    )


def _form() -> dict[str, str]:
    if request.mimetype != _FORM or request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Stopped("invalid_request", f"Send a form that is not packed, with Content-Type: {_FORM}.")
    raw = request.stream.read(_MAX_BODY + 1)
    if len(raw) > _MAX_BODY:
        raise _Stopped("invalid_request", f"The form is larger than {_MAX_BODY // 1024} KiB. Send a shorter one.", 413)
    if "Authorization" in request.headers:
        raise _Stopped("invalid_client", "Clients prove who they are by client_assertion. Leave Authorization out.")
    try:
        pairs = parse_qsl(raw.decode("ascii"), True, max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise _Stopped("invalid_request", "The form cannot be read. Send it as RFC 6749 has it.") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Stopped("invalid_request", "A parameter is there twice. Send each once.")
    return found


def _assertion(form: dict[str, str]) -> str:
    if form.get("grant_type") != "client_credentials":
        raise _Stopped("unsupported_grant_type", "Send grant_type=client_credentials.")
    if form.get("client_assertion_type") != _ASSERTION or not form.get("client_assertion"):
        raise _Stopped("invalid_client", f"Send client_assertion, with client_assertion_type={_ASSERTION}.")
    return form["client_assertion"]


def _scopes(form: dict[str, str], client: Client) -> tuple[str, ...]:
    """The scopes that are given: those that were asked for and that the client may have."""
    if form.get("client_id", client.client_id) != client.client_id:
        raise _Stopped("invalid_client", "The client_id is not the one of the assertion. Leave it out.")
    asked = form.get("scope", "").split() or client.scopes
    found = granted(asked, client.scopes)
    if not found:
        raise _Stopped("invalid_scope", "None of the scopes is one that this client may have. Let the site add it.")
    return found


def _of(reason: Reason) -> _Stopped:
    said = reason.said
    if said.status == _LATER:
        return _Stopped("temporarily_unavailable", said.text, _LATER)
    return _Stopped("invalid_client", said.text)


def _said_no(stopped: _Stopped) -> Response:
    meters.TOKENS.add(outcome="refused")
    response = _json({"error": stopped.error, "error_description": stopped.text}, stopped.status)
    if stopped.status == _LATER:
        response.headers["Retry-After"] = answers.RETRY_AFTER_S
    return response


def _no_clients() -> Rejected:
    return Rejected(404, Problem("not-found", NO_CLIENTS, "Bundle"))


def _json(content: Any, status: int = 200) -> Response:
    response = answers.packed(orjson.dumps(content), "application/json", status)
    response.headers["Pragma"] = "no-cache"
    return response
