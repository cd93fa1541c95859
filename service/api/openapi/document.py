"""The OpenAPI document itself, and which of the described doors an application has."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from service import __version__
from service.api.openapi import cds_doors, fhir_doors, operations_doors, page_doors
from service.api.openapi.model import Answer, Body, Door, Parameter
from service.api.openapi.schemas import SCHEMAS

DESCRIBED: tuple[Door, ...] = (*fhir_doors.DOORS, *cds_doors.DOORS, *page_doors.DOORS, *operations_doors.DOORS)
_SCOPE = "system/RiskAssessment.c"
#: What every answer has.
_ALWAYS = "X-Request-Id"
_HEADERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    _ALWAYS: ("The id of the request: the caller's, or a new one.", {"type": "string"}),
    "Retry-After": ("After so many seconds it may be sent again.", {"type": "string", "pattern": "^[0-9]+$"}),
    "Content-Location": ("Where to ask for the answer.", {"type": "string"}),
    "X-Progress": ("How far it is.", {"type": "string"}),
    "Expires": ("How long the results are kept.", {"type": "string"}),
    "ETag": ("The tag of this state.", {"type": "string"}),
    "Vary": ("The headers that the answer hangs on.", {"type": "string"}),
    "Allow": ("The methods that there are.", {"type": "string"}),
    "Location": ("Where to go.", {"type": "string"}),
    "Set-Cookie": ("The secret of this browser.", {"type": "string"}),
    "WWW-Authenticate": ("What kind of token is needed.", {"type": "string"}),
}
#: Those that hang on how the call was made.
_SOMETIMES = frozenset(("WWW-Authenticate", "Set-Cookie", "Retry-After", "Allow"))
_REQUEST_ID = Parameter(
    _ALWAYS,
    "header",
    "An id for the request, which is given back and logged.",
    {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
)
#: Where the clients of the site get their tokens.
_TOKENS = "/auth/token"
_BACKEND = "backendServices"
_SCHEMES: Mapping[str, Mapping[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of an issuer that the site trusts (OAuth 2.0, RFC 9068).",
    },
    _BACKEND: {
        "type": "oauth2",
        "description": "SMART Backend Services: an access token of this server.",
        "flows": {"clientCredentials": {"tokenUrl": _TOKENS, "scopes": {_SCOPE: "To have records assessed."}}},
    },
    "cdsClient": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A JWT that the CDS client has signed for the URL that it calls (CDS Hooks 2.0).",
    },
    "certificate": {"type": "mutualTLS", "description": "A client certificate, which the proxy has verified."},
}
_DESCRIPTION = (
    "Decision support for tumours of the spine: a FHIR R4 record in, scores and a treatment plan out. It advises and "
    "never orders. Errors are an OperationOutcome that names the element and the mend. Bodies may be packed by gzip."
)


def described(there: Collection[tuple[str, str]]) -> tuple[Door, ...]:
    """The doors of the document that an application has, given its methods and paths."""
    return tuple(door for door in DESCRIBED if (door.method, door.path) in there)


def paths_of(rules: Iterable[Any]) -> set[tuple[str, str]]:
    """The methods and paths of the rules of an application, as the document writes them.

    Twin rules that only say what is not there (HEAD, OPTIONS) are none.
    """
    return {
        (method, re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule))
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def document(doors: Iterable[Door], address: str, *, protected: bool) -> dict[str, Any]:
    """The document in OpenAPI 3.1. Where nothing is ``protected``, callers may come without a token."""
    listed = tuple(doors)
    # Where the site has no clients of its own, there is nowhere to get such a token.
    schemes = {
        name: made for name, made in _SCHEMES.items() if name != _BACKEND or any(d.path == _TOKENS for d in listed)
    }
    paths: dict[str, dict[str, Any]] = {}
    for door in listed:
        paths.setdefault(door.path, {})[door.method.lower()] = _operation(door, schemes, protected=protected)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "spinemets-cds",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": address}],
        "tags": [{"name": group} for group in dict.fromkeys(door.group for door in listed)],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "headers": _headers(), "securitySchemes": schemes},
    }


def _operation(door: Door, schemes: Collection[str], *, protected: bool) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": door.id,
        "tags": [door.group],
        "summary": door.title,
        "description": door.says,
        "parameters": [_parameter(each) for each in (*door.parameters, _REQUEST_ID)],
        "responses": {str(each.status): _answer(each) for each in sorted(door.answers, key=lambda one: one.status)},
        "security": [{name: [_SCOPE] if name == _BACKEND else []} for name in door.callers if name in schemes],
    }
    if door.callers and not protected:
        made["security"].append({})
    if door.body is not None:
        made["requestBody"] = _body(door.body)
    if door.call:
        made["x-codeSamples"] = [{"lang": "Shell", "source": door.call.replace("{address}", "")}]
    return made


def _parameter(given: Parameter) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": given.name,
        "in": given.where,
        "description": given.says,
        "schema": given.schema,
    }
    if given.where == "path":
        made["required"] = True
    return made if given.example is None else {**made, "example": given.example}


def _body(body: Body) -> dict[str, Any]:
    content: dict[str, Any] = {kind: {"schema": schema} for kind, schema in body.media.items()}
    if body.examples:
        first = next(iter(content.values()))
        first["examples"] = {
            name.replace(" ", "-"): {"summary": name, "value": value} for name, value in body.examples.items()
        }
    return {"description": body.says, "required": bool(body.examples), "content": content}


def _answer(answer: Answer) -> dict[str, Any]:
    names = (_ALWAYS, *answer.headers)
    made: dict[str, Any] = {
        "description": answer.says,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
    }
    if answer.media:
        made["content"] = {kind: {"schema": schema} for kind, schema in answer.media.items()}
    return made


def _headers() -> dict[str, Any]:
    return {
        name: {"description": says, "required": name not in _SOMETIMES, "schema": schema}
        for name, (says, schema) in _HEADERS.items()
    }
