"""JSON as no library writes it: members that are there twice, NaN, numbers of a thousand digits, any depth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Raw:
    """A piece of text that stands in the JSON as it is."""

    text: str


class Members(dict[str, Any]):
    """An object with members besides, which may have the names of those that it has."""

    def __init__(self, members: dict[str, Any], *more: tuple[str, Any]) -> None:
        super().__init__(members)
        self.more = more


def written(value: Any) -> str:
    """A value as JSON.

    >>> written(Members({"a": Raw("NaN")}, ("a", [1, "x"])))
    '{"a":NaN,"a":[1,"x"]}'
    """
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, dict):
        pairs = [*value.items(), *(value.more if isinstance(value, Members) else ())]
        return "{" + ",".join(f"{json.dumps(str(name))}:{written(each)}" for name, each in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def nested(depth: int, before: str = "[", after: str = "]", inmost: str = "1") -> Raw:
    """Something that is nested so deeply."""
    return Raw(before * depth + inmost + after * depth)
