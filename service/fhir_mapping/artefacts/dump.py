"""Tables as plain JSON data: dataclasses field by field, conditions as small trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from service.conditions import Above, AllOf, AnyOf, AtLeast, Atom, Condition, Includes, Is, Not, Within


def plain(value: Any) -> Any:
    """A value of a table as JSON data.

    Sets become sorted lists and functions are left out: the first have no order, the second are no data.

    >>> from service.conditions import all_of, at_least, not_
    >>> plain(all_of(at_least("albumin", 3.5), not_(at_least("ldh", 250))))
    {'all': [{'finding': 'albumin', 'at_least': 3.5}, {'not': {'finding': 'ldh', 'at_least': 250}}]}

    Raises:
        TypeError: it is nothing that a table is made of.
    """
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float() | str():
            return value
        case Atom() | AllOf() | AnyOf() | Not():
            return _condition(value)
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case frozenset() | set():
            return sorted((plain(each) for each in value), key=lambda each: (str(type(each)), each))
        case tuple() | list():
            return [plain(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    raise TypeError(f"{type(value).__name__} is no data of a table")


def _condition(condition: Condition) -> Any:
    match condition:
        case AllOf(parts):
            return {"all": plain(parts)}
        case AnyOf(parts):
            return {"any": plain(parts)}
        case Not(part):
            return {"not": plain(part)}
        case Is(finding, values):
            return {"finding": finding, "is": plain(values)}
        case Includes(finding, levels):
            return {"finding": finding, "includes": plain(levels)}
        case Within(finding, members):
            return {"finding": finding, "within": plain(members)}
        case AtLeast(finding, limit):
            return {"finding": finding, "at_least": limit}
        case Above(finding, limit):
            return {"finding": finding, "above": limit}
    return {"test": type(condition).__name__, **_fields(condition)}


def _fields(value: Any) -> dict[str, Any]:
    named = {field.name: getattr(value, field.name) for field in fields(value)}
    return {name: plain(each) for name, each in named.items() if not callable(each)}
