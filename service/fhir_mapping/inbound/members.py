"""The names of the members of an object: a record has thousands of objects, and few sets of names."""

from __future__ import annotations

from typing import Any, NamedTuple

from service.fhir_mapping.inbound.memory import Memory

_LONGEST = 1024
"""Characters of all names of an object that is remembered. No resource of FHIR has more."""


class Members(NamedTuple):
    """The names of the members of an object."""

    names: frozenset[str]
    repeated: bool
    """Whether a name is there twice."""


def _of_names(names: tuple[str, ...]) -> Members:
    found = frozenset(names)
    return Members(found, len(found) != len(names))


_KNOWN = Memory(_of_names, most=4096, is_short=lambda names: sum(map(len, names)) <= _LONGEST and len(names) < 128)


def members_of(value: Any) -> Members:
    """The names of the members of an object as it was decoded."""
    return _KNOWN[tuple(value)]
