"""Building blocks of FHIR resources: codings, references, narratives, identities."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterable
from html import escape
from typing import Any

import orjson

from service import BASE, KNOWLEDGE_VERSION, __version__
from service.case import Lesion
from service.evidence import When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.sites import LEVEL_EXTENSION
from service.language import ENGLISH
from service.text import Text, Translate, say

Resource = dict[str, Any]

SYSTEMS = {
    name: f"{BASE}/CodeSystem/{name}"
    for name in (
        "finding",
        "finding-value",
        "tumour",
        "vertebra",
        "concept",
        "score",
        "item",
        "band",
        "treatment",
        "ledger",
    )
}
RISK = "http://terminology.hl7.org/CodeSystem/risk-probability"
UCUM = "http://unitsofmeasure.org"
OUTSIDE_VALIDITY = f"{BASE}/StructureDefinition/outside-validity"
"""Extension of a RiskAssessment: why the patient is not one that the score was made for."""
#: What the hash of every name begins with: the namespace, and the versions.
_NAMED = hashlib.sha1(
    uuid.uuid5(uuid.NAMESPACE_URL, BASE).bytes + orjson.dumps((__version__, KNOWLEDGE_VERSION))[:-1] + b",",
    usedforsecurity=False,
)


#: Said out loud, and not left out: the invariant ras-2 of R4 cannot be evaluated without a probability, and
#: validators take that for an error.
NO_PROBABILITY = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}


def plain(value: float) -> float:
    """A number as it is written: 4.0, which is what half points add up to, is 4."""
    return int(value) if value == int(value) else value


def coding(system: str, code: str, display: str | None = None) -> Resource:
    """A coding of one of our systems, by its short name."""
    found: Resource = {"system": SYSTEMS[system], "code": code}
    if display:
        found["display"] = display
    return found


def concept(system: str, code: str, text: str) -> Resource:
    """A concept of one of our systems, with what other systems have for it."""
    return {"coding": [coding(system, code, text), *terminology.also(SYSTEMS[system], code)], "text": text}


def reference(name: str, kind: str | None = None) -> Resource:
    """A reference to a resource as the sender, or this answer, names it; kept nowhere, for it is of the record."""
    found: Resource = {"reference": name}
    if kind:
        found["type"] = kind
    return found


def sites(lesion: Lesion) -> list[Resource]:
    """The body sites of a lesion: one concept a level, or its region."""
    if not lesion.levels:
        return [{"text": "spine, level not stated" if lesion.name == "spine" else lesion.name}]
    return [{"coding": [coding("vertebra", level, level)], "text": level} for level in lesion.levels]


def site(lesion: Lesion) -> Resource:
    """The body site of a lesion as one concept."""
    each = sites(lesion)
    return each[0] if len(each) == 1 else {"text": lesion.name}


def level_extensions(lesion: Lesion) -> list[Resource]:
    """The levels of a lesion where a resource has no element, or too few, for them."""
    return [{"url": LEVEL_EXTENSION, "valueCodeableConcept": each} for each in sites(lesion)]


_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def narrative(title: str, lines: Iterable[str]) -> Resource:
    """A generated narrative: a title and a list. The texts are plain and are escaped here."""
    listed = tuple(lines)
    div = Narrative(_div(title, listed))
    div.heading, div.lines = title, listed
    return {"status": "generated", "div": div}


class Narrative(Text):
    """The ``div`` of a narrative, which can be written again in another language."""

    __slots__ = ("heading", "lines")
    heading: str
    lines: tuple[str, ...]

    def said(self, translate: Translate, language: str = ENGLISH) -> str:
        lines = tuple(str(say(line, translate)) for line in self.lines)
        named = f' lang="{language}" xml:lang="{language}"' if language != ENGLISH else ""
        return _div(str(say(self.heading, translate)), lines, named)


def cleaned(text: str) -> str:
    """A text as XHTML, without the characters that XML cannot hold."""
    return escape(text if text.isprintable() else _NO_XML.sub("", text))


def _div(title: str, lines: tuple[str, ...], named: str = "") -> str:
    items = "</li><li>".join(map(cleaned, lines))
    items = f"<li>{items}</li>" if items else ""
    head = cleaned(title)
    body = f"<p><b>{head}</b></p>" + (f"<ul>{items}</ul>" if items else "")
    return f'<div xmlns="http://www.w3.org/1999/xhtml"{named}>{body}</div>'


def identify(resource: Resource, *, identifier: bool = True) -> str:
    """Gives a resource an id, and an identifier, that follow from its content; gives its ``urn:uuid``."""
    # The narrative says the same in words, so it has no part in the identity.
    name = name_of(orjson.dumps({name: value for name, value in resource.items() if name != "text"}))
    resource["id"] = name
    urn = f"urn:uuid:{name}"
    if identifier:
        resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": urn}]
    return urn


def name_of(content: bytes) -> str:
    """The UUID of version 5 that follows from JSON, and from the versions of the software and its tables."""
    found = _NAMED.copy()
    found.update(content + b"]")
    name = found.hexdigest()
    variant = "89ab"[int(name[16], 16) % 4]
    return f"{name[:8]}-{name[8:12]}-5{name[13:16]}-{variant}{name[17:20]}-{name[20:32]}"


def date_time(as_of: When) -> str:
    return as_of.text


def instant(as_of: When) -> str:
    return as_of.text if "T" in as_of.text else f"{as_of.text}T00:00:00Z"


def notes_of(texts: Iterable[str]) -> list[Resource]:
    return [{"text": text} for text in texts]
