"""The doors of the published artefacts: ``GET /fhir/<type>/<id>`` and ``GET /fhir/<type>``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, current_app, request

from service.api import answers, callers, media, statement
from service.api.preferences import preferences
from service.fhir_mapping import artefacts
from service.problems import Problem, Rejected
from service.text import phrase

blueprint = Blueprint("artefacts", __name__, url_prefix="/fhir")

Resource = dict[str, Any]
#: Other types are no part of the path, so they get the 404 of every unknown path.
_TYPE = f"<any({', '.join((*artefacts.KINDS, statement.KIND))}):type>"
_AN_HOUR = 3600
_COMMA = re.compile(r"(?<!\\),")

#: The search parameters, with the modifiers that are known: whether an artefact matches a value.
_SEARCH: dict[str, Callable[[Resource, str], bool]] = {
    "_id": lambda found, value: found["id"] == value,
    "url": lambda found, value: value in (found["url"], f"{found['url']}|{found['version']}"),
    "version": lambda found, value: found["version"] == value,
    "name": lambda found, value: found["name"].lower().startswith(value.lower()),
    "name:contains": lambda found, value: value.lower() in found["name"].lower(),
    "name:exact": lambda found, value: found["name"] == value,
}


@blueprint.get(f"/{_TYPE}/<id>")
def read(type: str, id: str) -> Response:
    """One artefact, by its id."""
    if preferences(request).strict:
        media.check_parameters(request)
    answers.negotiate()
    found = _published(type).get(id)
    if found is None:
        message = phrase("No {type} with this id is published here. Use an id that GET /fhir/{type} lists.", type=type)
        raise Rejected(404, Problem("not-found", message, f"{type}.id"))
    return _kept(found)


@blueprint.get(f"/{_TYPE}")
def search(type: str) -> Response:
    """The artefacts of a type that match every parameter; one value of those that a comma parts is enough."""
    answers.negotiate()
    wanted = [(name, value) for name, value in request.args.items(multi=True) if _is_known(name) and value]
    matches = [
        found
        for found in _published(type).values()
        if all(any(_SEARCH[name](found, each) for each in _either(value)) for name, value in wanted)
    ]
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(matches),
        "link": [{"relation": "self", "url": f"{type}?{urlencode(wanted)}" if wanted else type}],
    }
    if matches:
        # The address of the server is not said: behind a proxy it is not known, and the canonical one holds anywhere.
        bundle["entry"] = [{"fullUrl": m["url"], "resource": m, "search": {"mode": "match"}} for m in matches]
    return _kept(bundle)


def _published(kind: str) -> Mapping[str, Resource]:
    if kind == statement.KIND:
        found = statement.capability_statement(current_app.config["SETTINGS"], callers.access())
        return {found["id"]: found}
    return artefacts.artefacts()[kind]


def _is_known(name: str) -> bool:
    """Whether a parameter searches.

    Raises:
        Rejected: 400 for a modifier that is not known, as FHIR demands, and for any other parameter that is not known
            where the caller wants strict handling.
    """
    if name in _SEARCH:
        return True
    strict = preferences(request).strict
    if name.split(":", maxsplit=1)[0] in _SEARCH or (strict and name not in media.OF_THE_ANSWER):
        message = phrase("This search parameter is not known here. Use {values}.", values=", ".join(_SEARCH))
        raise Rejected(400, Problem("not-supported", message, "Parameters"))
    return False


def _either(value: str) -> list[str]:
    return [part.replace("\\,", ",") for part in _COMMA.split(value)]


def _kept(resource: Resource) -> Response:
    """An answer that callers may keep: with its tag, or 304 for one who has it already."""
    response = answers.respond(resource)
    response.vary.add("Accept")
    response.cache_control.public = True
    response.cache_control.max_age = _AN_HOUR
    # Weak, because it is one tag for the packed and the plain form.
    response.set_etag(sha256(orjson.dumps(resource)).hexdigest()[:32], weak=True)
    response.make_conditional(request)
    return response
