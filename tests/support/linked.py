"""References of a record, led to where its resources are put on a server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def linked(value: Any, names: Mapping[str, str]) -> Any:
    """A resource with its references led to new names.

    References to what the record does not hold are taken out: a server that keeps its references whole refuses them.
    """
    if isinstance(value, list):
        return [linked(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: linked(each, names) for name, each in value.items()}
    target = made.get("reference")
    if isinstance(target, str) and not target.startswith("#"):
        if target in names:
            made["reference"] = names[target]
        else:
            del made["reference"]
            made.setdefault("display", "not part of this record")
    return made
