"""Results of this service that come back with a record: they are no part of it, and change nothing.

A record that holds an earlier answer gives the same answer as without it, so they are not even remarked on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service import BASE
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.terminology import SCORE
from service.scoring import ENGINES

#: System of the identifiers by which a result is found again on a server.
RESULTS = f"{BASE}/identifier/result"
#: System of the identifiers that follow from the content of a result.
CONTENT = "urn:ietf:rfc:3986"
#: The types of results that something could be read of, and the elements by which each says what made it.
_MADE_BY = {
    "CarePlan": ("instantiatesCanonical",),
    "GuidanceResponse": ("moduleUri", "moduleCanonical"),
    "Observation": ("code",),
    "RiskAssessment": ("method",),
    "ServiceRequest": ("instantiatesCanonical",),
}


def without_own(listed: list[Entry]) -> list[Entry]:
    """The resources that were not made here."""
    return [e for e in listed if e.kind not in _MADE_BY or "identifier" not in e.members or not _is_own(e)]


def _is_own(entry: Entry) -> bool:
    """Whether a resource with identifiers is a result that was made here. Never fails."""
    identifiers = [(each.get("system"), each.get("value")) for each in _objects(entry.get("identifier"))]
    if any(system == RESULTS for system, _ in identifiers):
        return True
    # Others name resources by UUIDs too, and findings have codes of this project: what made it has to be said as well.
    from_content = any(system == CONTENT and isinstance(value, str) and _V5(value) for system, value in identifiers)
    return from_content and any(_names_us(entry.get(element)) for element in _MADE_BY[entry.kind])


_V5 = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch


def _names_us(value: Any) -> bool:
    """Whether an element names a canonical of this project, or a score that is computed here."""
    if isinstance(value, str):
        return value.startswith(f"{BASE}/")
    if isinstance(value, ARRAY):
        return any(_names_us(each) for each in value)
    codings = _objects(value.get("coding")) if isinstance(value, OBJECT) else ()
    return any(each.get("system") == SCORE and each.get("code") in ENGINES for each in codings)


def _objects(value: Any) -> Iterator[Any]:
    """The objects of a list, or of a single one."""
    listed = value if isinstance(value, ARRAY) else (value,)
    return (each for each in listed if isinstance(each, OBJECT))
