"""Media types, compression and request ids: what all FHIR doors share of HTTP."""

from __future__ import annotations

import gzip
import io
import re
import uuid
import zlib
from email.message import Message

from flask import Request

from service.problems import Problem, Rejected

FHIR_JSON = "application/fhir+json"
_JSON = frozenset((FHIR_JSON, "application/json", "text/json", "application/json+fhir"))
_R4 = frozenset(("4.0", "4.0.1", "4.3", "4.3.0"))
_ANY = frozenset(("*/*", "application/*"))
_FORMATS = frozenset(("json", "application/fhir json", "application/json+fhir", *_JSON))
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def request_id(request: Request) -> str:
    """The caller's ``X-Request-Id`` where it is a plain token, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def check_content_type(request: Request) -> None:
    """Refuses what is not FHIR R4 as JSON.

    Raises:
        Rejected: 415.
    """
    header = Message()
    header["content-type"] = request.headers.get("Content-Type", "")
    version = header.get_param("fhirVersion")
    if header.get_content_type() not in _JSON or not request.headers.get("Content-Type"):
        message = f"This media type is not read here. Send FHIR R4 as JSON, with Content-Type: {FHIR_JSON}."
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    if version is not None and version not in _R4:
        message = "This version of FHIR is not read here. Send R4, with fhirVersion=4.0 or without the parameter."
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))


def check_accept(request: Request) -> None:
    """Refuses a caller who takes no JSON; ``_format`` stands above ``Accept``.

    Raises:
        Rejected: 406.
    """
    asked = request.args.get("_format")
    if asked is not None:
        if asked.split(";")[0].strip().lower() not in _FORMATS:
            raise Rejected(406, Problem("not-supported", "Answers are JSON. Use _format=json.", "_format"))
        return
    accepted = [mime.split(";")[0].strip().lower() for mime in request.headers.get("Accept", "*/*").split(",")]
    if not any(mime in _JSON or mime in _ANY or not mime for mime in accepted):
        message = f"Answers are JSON. Send Accept: {FHIR_JSON}."
        raise Rejected(406, Problem("not-supported", message, "Accept"))


def body(request: Request, limit: int) -> bytes:
    """The body, decompressed.

    Raises:
        Rejected: 413 if it is larger than the limit, 415 or 400 if it cannot be decompressed.
    """
    if (request.content_length or 0) > limit:
        _drain(request, limit)
        raise _too_large(limit)
    raw = request.stream.read(limit + 1)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        raw = _inflated(raw, limit)
    elif encoding not in ("identity", ""):
        message = "This Content-Encoding is not read here. Send gzip, or none."
        raise Rejected(415, Problem("not-supported", message, "Content-Encoding"))
    if len(raw) > limit:
        raise _too_large(limit)
    return raw


def _drain(request: Request, limit: int) -> None:
    """Reads what is somewhat too large to its end: a client that is still sending does not see an answer."""
    left = 8 * limit
    while left > 0 and (chunk := request.stream.read(min(left, 1024 * 1024))):
        left -= len(chunk)


def _inflated(raw: bytes, limit: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
            return packed.read(limit + 1)
    except EOFError:
        raise Rejected(
            400, Problem("incomplete", "The packed body breaks off. Send all of it.", "Content-Encoding")
        ) from None
    except (OSError, zlib.error):
        message = "The body is not gzip, although Content-Encoding says so. Send it packed, or leave the header out."
        raise Rejected(400, Problem("structure", message, "Content-Encoding")) from None


def _too_large(limit: int) -> Rejected:
    message = (
        f"The body is larger than {limit / 1024 / 1024:g} MiB. Leave out what carries no findings (Claim, "
        "ExplanationOfBenefit, older Encounters), or let the site raise SPINEMETS_MAX_BODY_BYTES."
    )
    return Rejected(413, Problem("too-long", message, "Bundle"))
