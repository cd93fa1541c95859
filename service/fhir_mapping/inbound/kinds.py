"""What a body is that is no Bundle: recognised by its first bytes or its form, and said with what to send instead."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import simdjson

from service.problems import Problem, Rejected
from service.text import phrase

_SEND = "Send a FHIR R4 Bundle as JSON."
_FIRST = 4096
_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_CSV = re.compile(r"[\w .\"'/()-]+([,;\t][\w .\"'/()-]*){2,}\r?(\n|$)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]{16,}={0,2}\s*")
_FORM = re.compile(r"[\w.$%+-]+=[^\s{<]*(&[\w.$%+-]+=[^\s{<]*)*\s*", re.ASCII)

#: By how the body begins, white space left out: what it is, and the mend.
_BEGINNINGS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    (
        (b"MSH|", b"\x0bMSH|", b"FHS|", b"BHS|"),
        "This is HL7 version 2. Let the integration engine convert it, and send a FHIR R4 Bundle as JSON.",
    ),
    ((b"ISA*", b"ISA|", b"ISA^", b"ISA~"), phrase("This is X12. {mend}", mend=_SEND)),
    ((b"UNA", b"UNB+"), phrase("This is EDIFACT. {mend}", mend=_SEND)),
    ((b"\x1f\x8b",), "This is packed with gzip. Send the Bundle with Content-Encoding: gzip, or unpacked."),
    ((b"PK\x03\x04",), "This is a ZIP archive. Send the Bundle in it, unpacked."),
    ((b"%PDF",), phrase("This is a PDF document. {mend}", mend=_SEND)),
    ((b"{\\rtf",), phrase("This is a document in RTF. {mend}", mend=_SEND)),
    ((b"@prefix", b"PREFIX"), phrase("This is FHIR in Turtle, or other RDF. {mend}", mend=_SEND)),
    ((b"resourceType:", b"---"), phrase("This is YAML. {mend}", mend=_SEND)),
    ((b"--",), "This is a form with a file in it. Send the Bundle itself as the body, as curl --data-binary does."),
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)([^>]*)", re.ASCII)


def received(body: bytes) -> str | None:
    """A sentence on what a body is, with the mend; None where it is not recognised.

    >>> received(b"MSH|^~&|LAB|")
    'This is HL7 version 2. Let the integration engine convert it, and send a FHIR R4 Bundle as JSON.'
    """
    start = body[:_FIRST].lstrip().removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginnings, sentence in _BEGINNINGS:
        if start.startswith(beginnings):
            return sentence
    if body[128:132] == b"DICM":
        return phrase("This is a DICOM file. {mend}", mend=_SEND)
    if body.startswith(_ENCODINGS) or b"\x00" in start[:4]:
        return "This is not UTF-8, but UTF-16 or UTF-32, or it is binary. Send the Bundle as JSON, in UTF-8."
    if start.startswith(b"<"):
        return _of_xml(start)
    return _of_lines(body) if start.startswith((b"{", b"[")) else _of_text(start, body)


def _of_xml(start: bytes) -> str:
    if re.match(rb"<(!doctype\s+html|html)", start, re.IGNORECASE):
        return xml_kind("", "html", "")
    root = next(
        (m for m in _ROOT.finditer(re.sub(rb"<!--.*?-->", b"", start, flags=re.DOTALL)) if m[1] not in (b"xml",)), None
    )
    if root is None:
        return xml_kind("", "", "")
    if b"http://hl7.org/fhir" in root[2]:
        return "This is FHIR in XML. Send it with Content-Type: application/fhir+xml, or send a Bundle as JSON."
    for space in (b"urn:hl7-org:v3", b"urn:hl7-org:v2xml"):
        if space in root[2]:
            return xml_kind(space.decode(), "", "")
    return xml_kind("", root[1].decode("ascii"), "")


def xml_kind(space: str, name: str, fhir: str) -> str:
    """A sentence on XML that is not FHIR, by its first element."""
    if space == "urn:hl7-org:v3" or name == "ClinicalDocument":
        return (
            "This is a CDA document, or another message of HL7 version 3. Let the integration engine convert it, and "
            "send a FHIR R4 Bundle as JSON."
        )
    if space == "urn:hl7-org:v2xml":
        return "This is HL7 version 2 in XML. Let the integration engine convert it, and send a FHIR R4 Bundle as JSON."
    if name.lower() == "html":
        return phrase("This is a web page, perhaps the sign-in page of a proxy. {mend}", mend=_SEND)
    if name in ("Bundle", "Parameters") and fhir:
        return phrase(
            'This is a {name} without the namespace of FHIR. Add xmlns="{namespace}" to it.', name=name, namespace=fhir
        )
    if name == "Envelope":
        return "This is a SOAP envelope. Send the Bundle in it as the body."
    return phrase("This is XML, and it is not FHIR. {mend}", mend=_SEND)


def _of_lines(body: bytes) -> str | None:
    first, _, rest = body.lstrip().partition(b"\n")
    if not rest.strip():
        return None
    try:
        value = orjson.loads(first)
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, dict):
        return (
            "These are several JSON objects, as in NDJSON. Put the resources of one patient into a Bundle, and send it."
        )
    return None


def _of_text(start: bytes, body: bytes) -> str | None:
    try:
        text = start[: _FIRST // 2].decode("utf-8")
    except UnicodeDecodeError:
        return None
    if _FORM.fullmatch(text):
        return "This is a form. Send the Bundle itself as the body, as curl --data-binary does."
    if _CSV.match(text):
        return phrase("This is a table, such as CSV. {mend}", mend=_SEND)
    if _BASE64.fullmatch(body[:_FIRST]) and _inner(start).startswith((b"{", b"<", b"MSH|", b"\x1f\x8b")):
        return "This is base64. Send the Bundle itself as JSON, not encoded."
    return None


def _inner(start: bytes) -> bytes:
    packed = b"".join(start.split())
    return b64decode(packed[: len(packed) // 4 * 4]).lstrip()


# JSON that is no Bundle


def refuse_other(value: Any) -> None:
    """Refuses JSON that is neither a Bundle nor Parameters, where it can be said what it is.

    Raises:
        Rejected: 400.
    """
    if isinstance(value, simdjson.Object | dict):
        sentence = _of_object(value)
    elif isinstance(value, simdjson.Array | list):
        sentence = "This is a JSON array. Put the resources of one patient into a Bundle, and send that."
    elif isinstance(value, str):
        sentence = "This is a JSON text, and perhaps holds JSON. Send the Bundle itself, not encoded as a text."
    else:
        sentence = "This is not a FHIR resource. Send a Bundle as JSON."
    if sentence:
        raise Rejected(400, Problem("structure", sentence, "Bundle"))


#: Members that show what an object without a resourceType is.
_MEMBERS: Mapping[str, str] = {
    "hook": "This is a call of CDS Hooks. Post it to the service that GET /cds-services lists.",
    "query": "This is a query in GraphQL, or another one. Send a Bundle as JSON.",
    "entry": "This is a Bundle without its resourceType, perhaps. Add resourceType: Bundle.",
    "parameter": "These are Parameters without their resourceType, perhaps. Add resourceType: Parameters.",
    "bundle": "Parameters of FHIR have a form of their own. Send Parameters with one named bundle, or the Bundle.",
    "resource": "This is an entry, and not the Bundle around it. Send the Bundle.",
}
_NAMES: Mapping[str, Callable[[str], bool]] = {
    "Bundle": lambda kind: kind != "Bundle" and kind.strip().lower() in ("bundle", "bundel", "bundles"),
    "Parameters": lambda kind: kind != "Parameters" and kind.strip().lower() in ("parameters", "parameter"),
}


def _of_object(value: Any) -> str | None:
    names = list(value.keys())
    if "resourceType" not in names:
        found = next((sentence for name, sentence in _MEMBERS.items() if name in names), None)
        close = next((name for name in names if name.lower().replace("_", "") == "resourcetype"), None)
        return "The name of a type of resource is resourceType. Correct it." if close is not None else found
    kind = value["resourceType"]
    meant = next((name for name, is_near in _NAMES.items() if isinstance(kind, str) and is_near(kind)), None)
    return (
        phrase("Types are written as FHIR writes them. Correct resourceType to {meant}.", meant=meant)
        if meant
        else None
    )
