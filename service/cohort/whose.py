"""What a line is and whose, found with as little as can be: it is indexed, and five members of it are looked at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec
import orjson
import simdjson
from msgspec.structs import replace

from service.cohort.lines import Fault
from service.fhir_mapping.inbound.bundle import bare
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.envelope import reports_trouble
from service.fhir_mapping.inbound.telling import tells
from service.fhir_mapping.inbound.wanted import SHARED, is_wanted
from service.fhir_mapping.terminology import Terminology

#: The members by which resources say whose they are; of those that are read it is one of the first two.
_WHOSE = ("subject", "patient", "beneficiary", "individual", "for", "candidate")
_CONDITIONAL = "Patient?identifier="
_PATIENT = re.compile(r"(?:^|://.*/)Patient/([^/?#\s]{1,128})$")
_URN = re.compile(r"urn:(?:uuid|oid):([^/?#\s]{1,128})$")
_ANOTHER = re.compile(r"(?:^|/)[A-Z][A-Za-z]+/[^/]+$")
_ID = re.compile(r"[^/?#\s]{1,128}")
_LONGEST_TOKEN = 512
#: The system of the token of an identifier that is named by its value alone.
ANY_SYSTEM = "\0"


class NotNeeded(msgspec.Struct, frozen=True):  # made for every line, and made fast
    """Nothing is read of such a resource."""

    kind: str


class Owned(msgspec.Struct, frozen=True):
    """A resource of a patient, who is named by a reference such as ``Patient/1``."""

    patient: str
    tells: bool = False
    """Whether it could tell of a tumour or of the spine."""
    identifiers: tuple[str, ...] = ()
    """Of a Patient, the tokens of its identifiers."""


class Identified(msgspec.Struct, frozen=True):
    """A resource of a patient who is named by an identifier."""

    token: str
    tells: bool = False


class Shared(msgspec.Struct, frozen=True):
    """A resource without a patient to which those of patients refer, such as ``Medication/1``."""

    name: str


Found = NotNeeded | Owned | Identified | Shared | Fault


def look(content: bytes, parser: simdjson.Parser, terms: Terminology) -> Found:
    """What a line is: whose it is, or why it cannot be used. Never fails."""
    try:
        return _found(parser.parse(content), terms)
    except (ValueError, RuntimeError):
        pass
    try:  # what the index cannot hold, such as integers of a hundred digits
        found = _found(orjson.loads(content), terms)
    except (ValueError, RecursionError):
        return Fault.NOT_JSON if _is_utf8(content) else Fault.NOT_UTF8
    # Decoded like that, a member that is there twice cannot be seen: the record is read.
    return replace(found, tells=True) if isinstance(found, Owned | Identified) else found


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _found(raw: Any, terms: Terminology) -> Found:
    kind = raw.get("resourceType") if isinstance(raw, OBJECT) else None
    if not isinstance(kind, str) or not kind:
        return Fault.NO_RESOURCE
    if kind == "Bundle":
        return Fault.BUNDLE
    if kind == "OperationOutcome" and reports_trouble(raw):
        return Fault.INCOMPLETE_EXPORT
    if not is_wanted(kind, raw):
        return NotNeeded(kind)
    if kind == "Patient" or kind in SHARED:
        name = raw.get("id")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            return Fault.NO_ID
        if kind in SHARED:
            return Shared(f"{kind}/{name}")
        tokens = tuple(dict.fromkeys(_tokens(raw.get("identifier"), alone=True)))
        return Owned(f"Patient/{name}", tells(kind, raw, terms), tokens)
    there: Any = None
    for member in _WHOSE:
        if there is not None and member not in there:
            continue  # to ask the index for what is not there is slow
        said = raw.get(member)
        if isinstance(said, ARRAY):
            said = next(iter(said), None)
        if isinstance(said, OBJECT):
            return _whose(said, kind, raw, terms)
        there = there or raw.keys()
    return Fault.NO_PATIENT


def _whose(said: Any, kind: str, raw: Any, terms: Terminology) -> Found:
    """Whose a resource is that says it by a Reference."""
    reference = said.get("reference")
    token: str | None = None
    if isinstance(reference, str) and reference:
        if not reference.startswith(_CONDITIONAL):
            patient = _named(reference)
            return patient if isinstance(patient, Fault) else Owned(patient, tells(kind, raw, terms))
        system, bar, value = unquote(reference.removeprefix(_CONDITIONAL)).rpartition("|")
        token = _token(system if bar else ANY_SYSTEM, value)
    else:
        identifier = said.get("identifier")
        if not isinstance(identifier, OBJECT):
            return Fault.NO_PATIENT
        token = next(_tokens([identifier]), None)
    return Identified(token, tells(kind, raw, terms)) if token else Fault.UNCLEAR_PATIENT


@lru_cache(maxsize=16384)
def _named(reference: str) -> str | Fault:
    """The patient whom a reference names. Lines of one patient are near one another in most exports."""
    reference = bare(reference)
    found = _PATIENT.search(reference) or _URN.match(reference)
    if found:
        return f"Patient/{found[1]}"
    return Fault.NOT_A_PATIENT if _ANOTHER.search(reference) else Fault.UNCLEAR_PATIENT


def _tokens(identifiers: Any, *, alone: bool = False) -> Iterator[str]:
    """What identifiers are looked up by; ``alone`` adds that by the value without its system."""
    for each in identifiers if isinstance(identifiers, ARRAY) else ():
        if isinstance(each, OBJECT):
            system, value = each.get("system"), each.get("value")
            token = _token(system if isinstance(system, str) else "", value)
            if token:
                yield token
            if token and alone:
                yield f"{ANY_SYSTEM}|{value}"


def _token(system: str, value: Any) -> str | None:
    if not isinstance(value, str) or not value or len(system) + len(value) > _LONGEST_TOKEN:
        return None
    return f"{system}|{value}"
