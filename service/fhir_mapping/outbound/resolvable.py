"""References of a transaction to what is not in it: a server can only take those that lead somewhere.

A sender may name its resources by ``urn:uuid``, which means something in its own Bundle and nothing on a server. Such a
reference becomes a logical one: the identifier of what is meant, in place of an address.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.fhir_mapping.outbound.building import Resource

_URI = "urn:ietf:rfc:3986"


def resolvable(entries: Iterable[Resource], patient: str, identifier: Resource | None) -> list[Resource]:
    """The entries, with no reference that leads nowhere.

    ``patient`` is how the sender names the patient, ``identifier`` what is known of them beside that name.
    """
    listed = list(entries)
    there = frozenset(entry["fullUrl"] for entry in listed)
    instead = {patient: identifier} if identifier else {}
    return [{**entry, "resource": _changed(entry["resource"], there, instead)} for entry in listed]


def _changed(value: Any, there: frozenset[str], instead: dict[str, Resource]) -> Any:
    if isinstance(value, list):
        return [_changed(each, there, instead) for each in value]
    if not isinstance(value, dict):
        return value
    name = value.get("reference")
    if isinstance(name, str) and name.startswith("urn:") and name not in there:
        rest = {key: each for key, each in value.items() if key != "reference"}
        return {**rest, "identifier": instead.get(name, {"system": _URI, "value": name})}
    return {key: _changed(each, there, instead) for key, each in value.items()}
