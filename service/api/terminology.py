"""What a code means: ``ConceptMap/$translate``."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, request

from service import BASE
from service.api import answers, media
from service.api.fhir import resource_sent
from service.fhir_mapping.inbound.decode import OBJECT, plain, text
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding, Slice, slice_of
from service.fhir_mapping.terminology import MAPS
from service.fhir_mapping.terminology.translate import translate
from service.pipeline import Site
from service.problems import Problem, Rejected

blueprint = Blueprint("terminology", __name__, url_prefix="/fhir/ConceptMap")
_PARAMETERS = ("system", "code", "url")
_LONGEST = 256


class _Parameter(Slice, frozen=True):
    name: str = ""
    value_uri: str | None = None
    value_code: str | None = None
    value_string: str | None = None
    value_coding: Coding | None = None
    value_codeable_concept: CodeableConcept | None = None


class _Parameters(Slice, frozen=True):
    parameter: list[_Parameter] = msgspec.field(default_factory=list)


@blueprint.route("/$translate", methods=["GET", "POST"], defaults={"map_id": None})
@blueprint.route("/<map_id>/$translate", methods=["GET", "POST"])
def translate_code(map_id: str | None) -> Response:
    """The findings that a code stands for here, the maps of the site included."""
    site: Site = current_app.config["SITE"]
    if request.method == "POST":
        given = _in_body(resource_sent()[0])
    else:
        answers.negotiate()
        media.check_parameters(request, _PARAMETERS)
        given = {name: request.args.get(name) for name in _PARAMETERS}
    system, code, url = (given.get(name) or "" for name in _PARAMETERS)
    map_id = map_id or url.split("|", 1)[0].removeprefix(f"{BASE}/ConceptMap/") or None
    if map_id is not None and map_id not in MAPS:
        message = "No ConceptMap with this name translates codes of a record. Use one of " + ", ".join(MAPS) + "."
        raise Rejected(404, Problem("not-found", message, "ConceptMap.id"))
    if not system or not code or len(system) > _LONGEST or len(code) > _LONGEST:
        message = "A code and its system are needed. Send both, such as system=http://loinc.org&code=89247-1."
        raise Rejected(422, Problem("required", message, "Parameters"))
    return answers.respond(translate(site.terms, system, code, map_id=map_id))


def _in_body(resource: Any) -> dict[str, str | None]:
    """What Parameters ask: a system and a code, a ``coding``, or the first coding of a ``codeableConcept``."""
    if not isinstance(resource, OBJECT) or resource.get("resourceType") != "Parameters":
        message = "This operation takes Parameters. Send system and code, or a coding, in them."
        raise Rejected(400, Problem("structure", message, "Parameters"))
    found: dict[str, str | None] = {}
    for given in slice_of(_Parameters, plain(resource, text(resource), "Parameters"), "Parameters").parameter:
        concept = given.value_codeable_concept
        coding = given.value_coding or (concept.coding[0] if concept and concept.coding else None)
        if coding is not None:
            found |= {"system": coding.system, "code": coding.code}
        elif given.name in _PARAMETERS:
            found[given.name] = given.value_uri or given.value_code or given.value_string
    return found
