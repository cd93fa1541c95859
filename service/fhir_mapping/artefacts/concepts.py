"""Concepts of code systems, and the code systems made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from service.fhir_mapping.artefacts.building import artefact, canonical
from service.fhir_mapping.outbound.building import UCUM, Resource, coding

_STANDARD = "http://hl7.org/fhir/concept-properties"

#: The properties that concepts can have: type, and what they say.
_PROPERTIES = {
    "scope": ("string", "lesion or patient: what a finding or a score is about"),
    "type": ("string", "the FHIR types that the value may have, the usual one first"),
    "unit": ("Coding", "the UCUM unit in which the tables read a number; other units are converted"),
    "finding": ("Coding", "the findings that can have this value"),
    "score": ("Coding", "the score that it belongs to"),
    "kind": ("string", "what the score is about"),
    "low": ("decimal", "the lowest total of the band"),
    "high": ("decimal", "the highest total of the band"),
    "risk": ("string", "risk within the score: low, moderate or high"),
    "used": ("boolean", "whether the resource was used all the same"),
    "parent": ("code", "a code that stands for this one among others"),
    "notSelectable": ("boolean", "never sent: the code occurs in ConceptMaps only"),
}


def concept(code: str, display: str, definition: str | None = None, **properties: Any) -> Resource:
    """A concept; a property is one value or a list of them, and absent where it is None."""
    made: Resource = {"code": code, "display": display}
    if definition:
        made["definition"] = definition
    listed = [_property(name, each) for name, value in properties.items() for each in _each(value)]
    return made | {"property": listed} if listed else made


def _each(value: Any) -> Sequence[Any]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _property(name: str, value: Any) -> Resource:
    kind, _ = _PROPERTIES[name]
    if kind == "decimal" and value == int(value):
        value = int(value)
    # A property of type code is of the same system; one that is of another is a Coding.
    if name == "unit":
        value = {"system": UCUM, "code": value}
    elif kind == "Coding":
        value = coding(name, value)
    return {"code": name, f"value{kind[0].upper()}{kind[1:]}": value}


def code_system(name: str, title: str, description: str, concepts: Iterable[Resource]) -> Resource:
    """A complete code system of ours, with the properties that its concepts have."""
    listed = list(concepts)
    used = dict.fromkeys(p["code"] for each in listed for p in each.get("property", ()))
    elements: Resource = {
        "caseSensitive": True,
        "valueSet": canonical("ValueSet", name),
        "compositional": False,
        "versionNeeded": False,
        "content": "complete",
        "count": len(listed),
    }
    if used:
        elements["property"] = [_declared(name_) for name_ in used]
    return artefact("CodeSystem", name, title, description, **elements, concept=listed)


def _declared(name: str) -> Resource:
    kind, text = _PROPERTIES[name]
    declared: Resource = {"code": name, "description": text, "type": kind}
    if name in ("parent", "notSelectable"):
        declared["uri"] = f"{_STANDARD}#{name}"
    return declared
