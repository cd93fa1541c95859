"""Which elements a type of FHIR has: what each is, and whether it repeats. Nothing here judges a value."""

from __future__ import annotations

import datetime
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import import_module
from typing import Annotated, Any, Union

RESOURCE = "Resource"
XHTML = "xhtml"
#: The primitive types whose JSON is not a string, and what all the others are.
_PRIMITIVES: Mapping[Any, str] = {
    bool: "boolean",
    int: "integer",
    Decimal: "decimal",
    float: "decimal",
    **dict.fromkeys((str, bytes, datetime.datetime, datetime.date, datetime.time), "string"),
}
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Element:
    """One element of a type."""

    kind: str
    """``boolean``, ``integer``, ``decimal``, ``string`` or ``xhtml`` for a primitive; else the name of the type."""
    many: bool

    @property
    def is_primitive(self) -> bool:
        return self.kind in ("boolean", "integer", "decimal", "string", XHTML)


def resource_elements(kind: str) -> Mapping[str, Element] | None:
    """The elements of a type of resource, or None where R4 is not known to have it."""
    model = _model(kind)
    if model is None or not issubclass(model, import_module("fhir.resources.R4B.resource").Resource):
        return None
    return elements(kind)


@lru_cache(maxsize=1024)
def elements(kind: str) -> Mapping[str, Element] | None:
    """The elements of any type, by name, in the order that the standard gives them; None for an unknown type."""
    model = _model(kind)
    if model is None:
        return None
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    return {name: _element(name, fields[name].annotation) for name in model.elements_sequence()}


def _model(kind: str) -> Any:
    if len(kind) > _LONGEST_NAME:
        return None
    try:
        # R4B: the top-level import of fhir.resources is R5. Slow to load, so only for those who send XML.
        return import_module("fhir.resources.R4B").get_fhir_model_class(kind)
    except ValueError:
        return None


def _element(name: str, annotation: Any) -> Element:
    many = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is list:
            many = True
        elif origin is Annotated and "Xhtml" in str(annotation):
            return Element(XHTML, many)
        elif origin not in (Annotated, Union, types.UnionType):
            break
        annotation = next(part for part in typing.get_args(annotation) if part is not type(None))
    if annotation in _PRIMITIVES:
        return Element(_PRIMITIVES[annotation], many)
    return Element(str(annotation.__name__).removesuffix("Type"), many)
