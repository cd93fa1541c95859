"""The FHIR door: ``POST /fhir/$assess-spinal-tumour`` and the CapabilityStatement."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from service import BASE, __version__
from service.api import media
from service.api.settings import Settings
from service.fhir_mapping import artefacts
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.parameters import question
from service.fhir_mapping.inbound.strict import validate
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.building import narrative
from service.fhir_mapping.outbound.outcome import operation_outcome
from service.pipeline import answered
from service.policy import Policy
from service.problems import Rejected

OPERATION = artefacts.OPERATION
STATEMENT = "CapabilityStatement"
blueprint = Blueprint("fhir", __name__, url_prefix="/fhir")
_WORTH_PACKING = 1400
_SEARCH_PARAMETERS = {"_id": "token", "url": "uri", "version": "token", "name": "string"}


def respond(resource: Any, status: int = 200) -> Response:
    """A resource as FHIR JSON, packed where the caller takes that."""
    packed = orjson.dumps(resource)
    response = Response(status=status, content_type=f"{media.FHIR_JSON}; charset=utf-8")
    response.headers["Vary"] = "Accept-Encoding"
    if len(packed) > _WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        packed = gzip.compress(packed, compresslevel=1, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.set_data(packed)
    return response


def refuse(rejected: Rejected) -> Response:
    """Problems as an OperationOutcome, with their status."""
    return respond(operation_outcome(*rejected.problems), rejected.status)


@blueprint.post(f"/${OPERATION}")
def assess_spinal_tumour() -> Response:
    """Assesses the Bundle in the body."""
    settings: Settings = current_app.config["SETTINGS"]
    policies: Mapping[str, Policy] = current_app.config["POLICIES"]
    media.check_content_type(request)
    media.check_accept(request)
    asked = question(decode(media.body(request, settings.max_body_bytes)))
    if "handling=strict" in request.headers.get("Prefer", "").replace(" ", ""):
        validate(asked.bundle)
    assessment = answered(asked, datetime.now(UTC).date(), policies)
    return respond(answer(assessment, asked.form))


@blueprint.get("/metadata")
def metadata() -> Response:
    """The CapabilityStatement."""
    media.check_accept(request)
    return respond(capability_statement())


def capability_statement() -> dict[str, Any]:
    """What this server can do."""
    description = "Decision support for tumours of the spine"
    return {
        "resourceType": STATEMENT,
        "id": "spinemets-cds",
        "text": narrative("spinemets-cds", [description]),
        "url": f"{BASE}/{STATEMENT}/spinemets-cds",
        "version": __version__,
        "name": "SpinemetsCds",
        "title": "spinemets-cds",
        "status": "active",
        "experimental": False,
        "date": artefacts.DATE,
        "publisher": artefacts.PUBLISHER,
        "description": description,
        "kind": "instance",
        "software": {"name": "spinemets-cds", "version": __version__},
        "implementation": {"description": description},
        "fhirVersion": "4.0.1",
        "format": ["json", media.FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "resource": [_published(kind) for kind in sorted((*artefacts.KINDS, STATEMENT))],
                "operation": [{"name": OPERATION, "definition": f"{BASE}/OperationDefinition/{OPERATION}"}],
            }
        ],
    }


def _published(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "conditionalRead": "not-match",
        "searchParam": [{"name": name, "type": type_} for name, type_ in _SEARCH_PARAMETERS.items()],
    }
