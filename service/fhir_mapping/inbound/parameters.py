"""What a request asks: a Bundle, or Parameters with a Bundle and options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from service.evidence import When
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, refuse_repeated
from service.problems import Problem, Rejected
from service.text import phrase

_KINDS = {
    "bundle": ("resource",),
    "asOf": ("valueDateTime", "valueDate", "valueInstant"),
    "assumeComplete": ("valueBoolean",),
    "policy": ("valueString", "valueCode"),
    "return": ("valueCode", "valueString"),
}
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?", re.ASCII)
_FORMS = ("collection", "transaction")


@dataclass(frozen=True)
class Question:
    """What is to be assessed, and how."""

    bundle: Any
    as_of: When | None = None
    assume_complete: bool = False
    policy: str | None = None
    form: str = "collection"


def question(resource: Any) -> Question:
    """The question that a decoded body asks.

    Raises:
        Rejected: 422 for parameters that are wrong, 400 if there is no Bundle.
    """
    if not isinstance(resource, OBJECT) or resource.get("resourceType") != "Parameters":
        return Question(resource)
    refuse_repeated(resource, "Parameters")
    given: dict[str, Any] = {}
    listed = resource.get("parameter")
    if not isinstance(listed, ARRAY):
        message = "There are no parameters. Send one named bundle, with the Bundle as its resource."
        raise Rejected(422, Problem("required", message, "Parameters.parameter"))
    for n, parameter in enumerate(listed):
        path = f"Parameters.parameter[{n}]"
        name = parameter.get("name") if isinstance(parameter, OBJECT) else None
        if not isinstance(name, str) or name not in _KINDS:
            message = phrase("No such parameter. There are {values}.", values=", ".join(_KINDS))
            raise Rejected(422, Problem("not-supported", message, f"{path}.name"))
        if name in given:
            raise Rejected(422, Problem("invalid", "This parameter is there twice. Send it once.", f"{path}.name"))
        refuse_repeated(parameter, path)
        element = next((kind for kind in _KINDS[name] if kind in parameter), None)
        if element is None:
            message = phrase("The parameter {name} has no {value}. Add it.", name=name, value=_KINDS[name][0])
            raise Rejected(422, Problem("required", message, path))
        given[name] = _checked(name, parameter[element], f"{path}.{element}")
    if "bundle" not in given:
        message = "The parameter bundle is missing. Add it, with the Bundle as its resource."
        raise Rejected(422, Problem("required", message, "Parameters.parameter"))
    return Question(
        bundle=given["bundle"],
        as_of=given.get("asOf"),
        assume_complete=given.get("assumeComplete", False),
        policy=given.get("policy"),
        form=given.get("return", "collection"),
    )


def _checked(name: str, value: Any, path: str) -> Any:
    if name == "asOf":
        return time(value, path)
    if name == "assumeComplete" and not isinstance(value, bool):
        raise Rejected(422, Problem("value", "This is true or false. Send a boolean.", path))
    if name == "return" and value not in _FORMS:
        raise Rejected(
            422, Problem("value", phrase("This is one of {values}. Send one of them.", values=", ".join(_FORMS)), path)
        )
    if name == "policy" and not isinstance(value, str):
        raise Rejected(422, Problem("value", "This is the name of a policy. Send a string.", path))
    return value


def time(value: Any, path: str) -> When:
    """The time of an assessment: a day, or a day and time with its zone.

    Raises:
        Rejected: 422 for anything else.
    """
    message = "This is a day, or a time with its zone. Send one such as 2026-10-01 or 2026-10-01T09:30:00Z."
    try:
        then = when(value) if isinstance(value, str) else None
    except BadDate:
        then = None
    if then is None or not _TIME.fullmatch(then.text):
        raise Rejected(422, Problem("value", message, path))
    return then
