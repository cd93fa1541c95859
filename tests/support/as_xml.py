"""FHIR in JSON written as FHIR in XML, by the rules of the standard alone: a writer for tests."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

FHIR = "http://hl7.org/fhir"


def as_xml(resource: dict[str, Any]) -> bytes:
    """A resource as a document.

    >>> as_xml({"resourceType": "Patient", "id": "p1", "deceasedBoolean": False})
    b'<Patient xmlns="http://hl7.org/fhir"><id value="p1"/><deceasedBoolean value="false"/></Patient>'
    """
    return _resource(resource, f' xmlns="{FHIR}"').encode()


def _resource(resource: dict[str, Any], space: str = "") -> str:
    kind = resource["resourceType"]
    members = {name: value for name, value in resource.items() if name != "resourceType"}
    return f"<{kind}{space}>{_members(members)}</{kind}>"


def _members(members: dict[str, Any]) -> str:
    parts = []
    for name in dict.fromkeys(name.removeprefix("_") for name in members):
        value, beside = members.get(name), members.get(f"_{name}")
        if isinstance(value, list) or isinstance(beside, list):
            values, besides = value or [], beside or []
            longest = max(len(values), len(besides))
            pairs = zip(
                values + [None] * (longest - len(values)), besides + [None] * (longest - len(besides)), strict=True
            )
            parts += [_element(name, one, more) for one, more in pairs]
        else:
            parts.append(_element(name, value, beside))
    return "".join(parts)


def _element(name: str, value: Any, beside: Any) -> str:
    if name == "div" and isinstance(value, str):
        return value
    if isinstance(value, dict) and "resourceType" in value:
        return f"<{name}>{_resource(value)}</{name}>"
    if isinstance(value, dict):
        attributes = "".join(
            f" {key}={quoteattr(value[key])}"
            for key in ("id", "url")
            if isinstance(value.get(key), str) and (key == "id" or name in ("extension", "modifierExtension"))
        )
        inner = _members({k: v for k, v in value.items() if f" {k}=" not in attributes})
        return f"<{name}{attributes}>{inner}</{name}>"
    beside = beside or {}
    attributes = f" id={quoteattr(beside['id'])}" if "id" in beside else ""
    if value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        attributes += f" value={quoteattr(text, {chr(10): '&#10;', chr(13): '&#13;', chr(9): '&#9;'})}"
    inner = _members({k: v for k, v in beside.items() if k != "id"})
    return f"<{name}{attributes}>{inner}</{name}>" if inner else f"<{name}{attributes}/>"
