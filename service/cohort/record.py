"""The record of one patient: the lines of an export as a Bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
import simdjson

from service.fhir_mapping.inbound import releases
from service.fhir_mapping.inbound.decode import OBJECT
from service.fhir_mapping.inbound.wanted import TYPES

#: A reference by UUID. Lines have no fullUrl, so what it names is found by its id.
_BY_URN = re.compile(rb'"reference"\s*:\s*"(urn:(?:uuid|oid):([^"\\]{1,128}))"')
_MEDICATION = re.compile(
    rb'"reference"\s*:\s*"(?:urn:uuid:|(?:[^"\\#]*/)?Medication/)([^"\\/#]{1,128})(?:/_history/[^"]*)?"'
)
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]{1,128})"')
_RELATIVE = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?$", re.ASCII)
_LEFT_OUT = releases.TYPES - TYPES - {"Bundle", "OperationOutcome", "Parameters"}
_PLACE = re.compile(r"^Bundle\.entry\[(\d+)\]\.resource\.?")


class Resource(NamedTuple):
    """A line of an export."""

    content: bytes
    """A resource as JSON."""
    place: str = ""
    """Where it was, such as ``Observation.ndjson:12``."""


class Unread(StrEnum):
    """Why a record is not read."""

    NO_SIGN = "no-sign-of-a-tumour"
    """None of its resources could tell of a tumour or of the spine."""
    NO_INDEX_DATE = "no-index-date"
    """Patients are assessed at their index dates, and this one has none."""


@dataclass(frozen=True)
class Record:
    """What an export holds of one patient."""

    patient: str
    """``Patient/1``, or ``Patient?identifier=...`` where there is no Patient."""
    resources: tuple[Resource, ...]
    unread: int = 0
    """Lines of the patient that are not here."""
    too_large: bool = False
    """There is more of it than is read of one patient, so its resources are not here."""
    unread_for: Unread | None = None
    """Why the record is not read; its resources are not here then."""
    as_of: str | None = None
    """The time at which the patient is assessed, where it is another than that of all."""

    @property
    def lines(self) -> int:
        """Lines of the patient, and the shared ones among those that are here."""
        return len(self.resources) + self.unread

    def bundle(self) -> bytes:
        """The record as a Bundle of type collection, with a ``fullUrl`` where something refers to it by that."""
        entries = [*self._entries(), *self._stand_ins()]
        return b'{"resourceType":"Bundle","type":"collection","entry":[%b]}' % b",".join(entries)

    def _entries(self) -> Iterator[bytes]:
        listed = [each.content for each in self.resources]
        text = b"\n".join(listed)  # looked through once, and not line by line
        named = {found[2]: found[1] for found in _BY_URN.finditer(text)} if b'"urn:' in text else {}
        if not named:
            return (b'{"resource":%b}' % content for content in listed)
        parser = simdjson.Parser()
        return (_entry(content, named, parser) for content in listed)

    def _stand_ins(self) -> list[bytes]:
        """What Observations focus on of types that are not read, which are left out of a record.

        Of such a resource it matters that it is there, and nothing else: a focus that is nowhere is refused.
        """
        named = {
            (found[1], found[2])
            for each in self.resources
            if b'"focus"' in each.content
            for focus in _listed(_member(each.content, "focus"))
            if (found := _RELATIVE.search(str(focus.get("reference")))) and found[1] in _LEFT_OUT
        }
        return [orjson.dumps({"resource": {"resourceType": kind, "id": name}}) for kind, name in sorted(named)]

    def where(self, expression: str) -> tuple[str, str]:
        """The line that an element of the Bundle is on, and the element in it; of the Bundle itself no line."""
        found = _PLACE.match(expression)
        if not found or int(found[1]) >= len(self.resources):
            return "", expression
        return self.resources[int(found[1])].place, expression[found.end() :]


def _entry(content: bytes, named: Mapping[bytes, bytes], parser: simdjson.Parser) -> bytes:
    """A resource, with a ``fullUrl`` where something names it by a UUID."""
    url = None
    # To look for any id is faster than to index a resource, and most are named by nothing.
    if b"\\u" in content or b"\\/" in content or any(name in named for name in _ID.findall(content)):
        name = _id(content, parser)
        url = named.get(name.encode()) if isinstance(name, str) else None
    return b'{"fullUrl":"%b","resource":%b}' % (url, content) if url else b'{"resource":%b}' % content


def _id(content: bytes, parser: simdjson.Parser) -> Any:
    try:
        found: Any = parser.parse(content)
        return found.get("id") if isinstance(found, OBJECT) else None
    except (ValueError, RuntimeError):  # what the index cannot hold
        return _member(content, "id")


def _member(content: bytes, name: str) -> Any:
    """A member of a resource; None where the resource is none that can be decoded, which is told when it is read."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found.get(name) if isinstance(found, dict) else None


def _listed(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def medications(lines: Iterable[bytes]) -> Iterator[str]:
    """The names of the Medications that lines refer to, as they may be there."""
    for content in [line for line in lines if b"medicationReference" in line]:
        for found in _MEDICATION.finditer(content.replace(b"\\/", b"/")):
            yield f"Medication/{found[1].decode(errors='replace')}"
