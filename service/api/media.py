"""Media types, compression, parameters and request ids: what all FHIR doors share of HTTP."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection

from flask import Request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header, parse_options_header

from service.fhir_mapping.inbound.unpacking import TooMuch, gunzip
from service.problems import Problem, Rejected
from service.text import phrase

FHIR_JSON = "application/fhir+json"
FHIR_XML = "application/fhir+xml"
FHIR_NDJSON = "application/fhir+ndjson"
JSON = frozenset((FHIR_JSON, "application/json", "text/json", "application/json+fhir"))
XML = frozenset((FHIR_XML, "application/xml", "text/xml", "application/xml+fhir"))
#: R4B reads and writes as R4 does in all that is read and answered here.
_R4 = {"4.0": "4.0", "4.0.1": "4.0", "4.3": "4.3", "4.3.0": "4.3"}
_ANY = frozenset(("*/*", "application/*"))
#: What else is sent, and the mend.
_OTHERS = {
    "": phrase("There is no Content-Type. Send FHIR R4, with Content-Type: {media_type}.", media_type=FHIR_JSON),
    "application/x-www-form-urlencoded": phrase(
        "This is the type of a form, which curl sends unless told otherwise. Send the Bundle as the "
        "body, with Content-Type: {media_type}.",
        media_type=FHIR_JSON,
    ),
    "multipart/form-data": phrase(
        "This is the type of a form with files. Send the Bundle itself as the body, with Content-Type: {media_type}.",
        media_type=FHIR_JSON,
    ),
    **dict.fromkeys(
        (FHIR_NDJSON, "application/ndjson", "application/x-ndjson", "application/jsonl"),
        phrase(
            "NDJSON is not read here. Put the resources of one patient into a Bundle, and send it with "
            "Content-Type: {media_type}.",
            media_type=FHIR_JSON,
        ),
    ),
    **dict.fromkeys(
        ("application/hl7-v2", "application/hl7-v2+er7", "x-application/hl7-v2+er7", "application/edi-hl7"),
        "HL7 version 2 is not read here. Let the integration engine convert it, and send a FHIR R4 Bundle.",
    ),
    **dict.fromkeys(
        ("application/cda+xml", "application/hl7-cda+xml", "application/hl7-sda+xml"),
        "CDA is not read here. Let the integration engine convert it, and send a FHIR R4 Bundle.",
    ),
    "application/fhir+turtle": phrase(
        "Turtle is not read here. Send JSON, with Content-Type: {media_type}.", media_type=FHIR_JSON
    ),
    "application/json-patch+json": phrase(
        "Nothing is stored here to be patched. Send a Bundle, as {media_type}.", media_type=FHIR_JSON
    ),
}
#: Parameters of the URL that say how to answer, and not what.
OF_THE_ANSWER = ("_format", "_pretty", "lang")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def request_id(request: Request) -> str:
    """The caller's ``X-Request-Id`` where it is a plain token, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())


def content_type(request: Request) -> str:
    """The form of the body: ``FHIR_JSON`` or ``FHIR_XML``.

    Raises:
        Rejected: 415 for what is neither, or not FHIR R4.
    """
    given, options = parse_options_header(request.headers.get("Content-Type", ""))
    kind = given.strip().lower()
    if kind not in JSON and kind not in XML:
        message = _OTHERS.get(
            kind,
            phrase(
                "This media type is not read here. Send FHIR R4, with Content-Type: {media_type}.", media_type=FHIR_JSON
            ),
        )
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    version = options.get("fhirversion")
    if version is not None and version not in _R4:
        message = (
            "This version of FHIR is not read here. Convert the record to R4, and send it with fhirVersion=4.0 or "
            "without the parameter."
        )
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    return FHIR_JSON if kind in JSON else FHIR_XML


def accepted(request: Request, made: Collection[str] = JSON) -> str | None:
    """The version of FHIR that the caller names for the answer, 4.0 or 4.3, or None where it names none.

    ``made`` are the media types of the answer; ``_format`` stands above ``Accept``.

    Raises:
        Rejected: 406 where the caller takes no such answer.
    """
    asked = request.args.get("_format")
    if asked is not None:
        # A plus sign that is not escaped arrives as a space.
        name, options = parse_options_header(asked.strip().replace(" json", "+json").replace(" xml", "+xml"))
        if name.lower() != "json" and name.lower() not in made:
            raise _not_made(name.lower() == "xml" or name.lower() in XML, "_format", "Use _format=json.")
        return _version(options.get("fhirversion"), "_format")
    listed = [each for each in parse_accept_header(request.headers.get("Accept", ""), MIMEAccept) if each[1] > 0]
    if not listed:
        if request.accept_mimetypes:  # every type is there with q=0
            raise _not_made(False, "Accept", phrase("Send Accept: {media_type}.", media_type=FHIR_JSON))
        return None
    refused: Rejected | None = None
    for each, _ in sorted(listed, key=lambda pair: -pair[1]):
        name, options = parse_options_header(each)
        if name.lower() in made or name in _ANY:
            try:
                return _version(options.get("fhirversion"), "Accept")
            except Rejected as rejected:
                refused = refused or rejected
    wants_xml = any(parse_options_header(each)[0].lower() in XML for each, _ in listed)
    raise refused or _not_made(wants_xml, "Accept", phrase("Send Accept: {media_type}.", media_type=FHIR_JSON))


def _not_made(wants_xml: bool, where: str, mend: str) -> Rejected:
    reason = "XML is read here, and answers are JSON only." if wants_xml else "Answers are JSON."
    return Rejected(406, Problem("not-supported", f"{reason} {mend}", where))


def _version(given: str | None, where: str) -> str | None:
    if given is not None and given not in _R4:
        message = "Answers are FHIR R4. Send fhirVersion=4.0, or leave the parameter out."
        raise Rejected(406, Problem("not-supported", message, where))
    return _R4[given] if given else None


def wants_pretty(request: Request) -> bool:
    """Whether the answer is to be laid out for reading."""
    return request.args.get("_pretty", "").lower() == "true"


def check_parameters(request: Request, known: Collection[str] = ()) -> None:
    """Refuses a parameter of the URL that is not known.

    Raises:
        Rejected: 400.
    """
    if any(name not in (*known, *OF_THE_ANSWER) for name in request.args):
        there_are = ", ".join((*known, *OF_THE_ANSWER))
        message = phrase(
            "A parameter of the URL is not known here. There are {there_are}. Correct it or leave it out.",
            there_are=there_are,
        )
        raise Rejected(400, Problem("not-supported", message, "Parameters"))


def body(request: Request, limit: int, unpacked: int | None = None) -> bytes:
    """The body, decompressed: ``limit`` bytes of it as it is sent, and so many ``unpacked``.

    Raises:
        Rejected: 413 if it is larger than the limit, 415 or 400 if it cannot be decompressed.
    """
    unpacked = limit if unpacked is None else unpacked
    if (request.content_length or 0) > limit:
        _drain(request, limit)
        raise _too_large(limit)
    raw = request.stream.read(limit + 1)
    if len(raw) > limit:
        raise _too_large(limit)
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return _inflated(raw, unpacked)
    if encoding not in ("identity", ""):
        message = "This Content-Encoding is not read here. Send gzip, or none."
        raise Rejected(415, Problem("not-supported", message, "Content-Encoding"))
    return raw


def _drain(request: Request, limit: int) -> None:
    """Reads what is somewhat too large to its end: a client that is still sending does not see an answer."""
    left = 8 * limit
    if (request.content_length or 0) > left:  # nobody sends all of that
        return
    while left > 0 and (chunk := request.stream.read(min(left, 1024 * 1024))):
        left -= len(chunk)


def _inflated(raw: bytes, limit: int) -> bytes:
    try:
        return gunzip(raw, limit)
    except TooMuch:
        raise _too_large_unpacked(limit) from None
    except EOFError:
        raise Rejected(
            400, Problem("incomplete", "The packed body breaks off. Send all of it.", "Content-Encoding")
        ) from None
    except ValueError:
        message = "The body is not gzip, although Content-Encoding says so. Send it packed, or leave the header out."
        raise Rejected(400, Problem("structure", message, "Content-Encoding")) from None


def _too_large(limit: int) -> Rejected:
    message = (
        "The body is larger than {size} MiB. Leave out what carries no findings (Claim, "
        "ExplanationOfBenefit, older Encounters), or let the site raise SPINEMETS_MAX_BODY_BYTES."
    )
    return Rejected(413, Problem("too-long", phrase(message, size=f"{limit / 1024 / 1024:g}"), "Bundle"))


def _too_large_unpacked(limit: int) -> Rejected:
    message = (
        "The unpacked body is larger than {size} MiB. Leave out what carries no findings (Claim, "
        "ExplanationOfBenefit, older Encounters), or let the site raise SPINEMETS_MAX_DECOMPRESSED_BYTES."
    )
    return Rejected(413, Problem("too-long", phrase(message, size=f"{limit / 1024 / 1024:g}"), "Bundle"))
