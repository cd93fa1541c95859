"""Answers of the FHIR doors: resources, and problems as an OperationOutcome."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
from flask import Response, g, request

from service.api import media, watching
from service.fhir_mapping.outbound.building import narrative
from service.fhir_mapping.outbound.languages import in_language
from service.fhir_mapping.outbound.outcome import operation_outcome
from service.language import ENGLISH, spoken
from service.problems import Rejected

_WORTH_PACKING = 1400
#: The statuses on which the caller may send the same again, after so many seconds.
_LATER = (429, 503)
RETRY_AFTER_S = "5"


def respond(resource: Any, status: int = 200) -> Response:
    """A resource as FHIR JSON, packed where the caller takes that."""
    option = orjson.OPT_INDENT_2 if media.wants_pretty(request) else None
    return respond_json(orjson.dumps(resource, option=option), status)


def respond_json(data: bytes, status: int = 200) -> Response:
    """FHIR JSON, packed where the caller takes that."""
    version = g.get("fhir_version")
    parameter = f"; fhirVersion={version}" if version else ""
    return packed(data, f"{media.FHIR_JSON}{parameter}; charset=utf-8", status)


def said(resource: Any, status: int = 200) -> Response:
    """A resource that speaks to people, in the language of the reader. What is published is English, and stays so."""
    return in_reader_s_language(respond(in_language(resource, spoken()), status))


def in_reader_s_language(response: Response) -> Response:
    """A response, with the headers that say in which language it is and what that hangs on."""
    response.headers["Vary"] = f"{response.headers['Vary']}, Accept-Language"
    if spoken() != ENGLISH:
        response.headers["Content-Language"] = spoken()
    return response


def packed(data: bytes, content_type: str, status: int = 200) -> Response:
    """Bytes, packed where the caller takes that."""
    response = Response(status=status, content_type=content_type)
    response.headers["Vary"] = "Accept-Encoding"
    if len(data) > _WORTH_PACKING and request.accept_encodings["gzip"] > 0:
        data = gzip.compress(data, compresslevel=1, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.set_data(data)
    return response


def refuse(rejected: Rejected) -> Response:
    """Problems as an OperationOutcome, with their status."""
    watching.refused(rejected)
    response = said(operation_outcome(*rejected.problems), rejected.status)
    if rejected.status in _LATER:
        response.headers["Retry-After"] = RETRY_AFTER_S
    return response


def negotiate() -> None:
    """Judges what the caller takes; what it names of the answer is kept for :func:`respond`.

    Raises:
        Rejected: 406.
    """
    g.fhir_version = media.accepted(request)


def inform(text: str, status: int = 200) -> Response:
    """A sentence as an OperationOutcome that is no error."""
    issue = {"severity": "information", "code": "informational", "details": {"text": text}, "diagnostics": text}
    return said({"resourceType": "OperationOutcome", "text": narrative(text, ()), "issue": [issue]}, status)
