"""The codes of records that no map knows: where they stand and how often, and a ConceptMap of them to fill in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from service.fhir_mapping.terminology import Terminology, named
from service.fhir_mapping.terminology.systems import FINDING, FINDING_VALUE, SCORE, TUMOUR, VERTEBRA

#: The elements whose codes can carry a finding, by type of resource.
_READ = {
    "Condition": ("code", "bodySite"),
    "Observation": ("code", "valueCodeableConcept", "bodySite", "component.code", "component.valueCodeableConcept"),
    "Procedure": ("code", "bodySite"),
    "DiagnosticReport": ("conclusionCode",),
    "Medication": ("code",),
    "MedicationRequest": ("medicationCodeableConcept",),
    "MedicationAdministration": ("medicationCodeableConcept",),
    "MedicationStatement": ("medicationCodeableConcept",),
}
_OURS = frozenset((FINDING, FINDING_VALUE, TUMOUR, VERTEBRA, SCORE))
#: No display of a code is longer; what is, may be a text of the record.
_DISPLAY = 120


@dataclass(frozen=True)
class Seen:
    """A code that no map knows."""

    element: str
    """Where it stands: ``Condition.code``."""
    system: str
    code: str
    display: str
    count: int


def unknown(records: Iterable[Iterable[object]], terms: Terminology) -> list[Seen]:
    """The codes of records that no map knows, the most frequent first. Never fails on what is no FHIR."""
    counted: Counter[tuple[str, str, str]] = Counter()
    displays: dict[tuple[str, str], str] = {}
    for record in records:
        for resource in _resources(record):
            for element, coding in _codings(resource):
                system, code = coding.get("system") or "", coding.get("code")
                if not isinstance(system, str) or not isinstance(code, str) or not code.strip():
                    continue
                name = named(system)
                if name in _OURS or terms.is_known(system, code):
                    continue
                counted[element, name, code.strip()] += 1
                display = coding.get("display")
                if isinstance(display, str):
                    displays.setdefault((name, code.strip()), " ".join(display.split())[:_DISPLAY])
    return [
        Seen(element, system, code, displays.get((system, code), ""), count)
        for (element, system, code), count in sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    ]


def skeleton(listed: Iterable[Seen]) -> dict[str, Any]:
    """A ConceptMap of codes to fill in: a line that is not filled in says that nothing corresponds to the code."""
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    for seen in listed:
        if seen.system:
            element: dict[str, Any] = {"code": seen.code}
            if seen.display:
                element["display"] = seen.display
            element["target"] = [{"equivalence": "unmatched", "comment": f"{seen.count} times in {seen.element}"}]
            groups.setdefault(seen.system, {}).setdefault(seen.code, element)
    return {
        "resourceType": "ConceptMap",
        "status": "draft",
        "group": [
            {"source": system, "target": FINDING, "element": list(elements.values())}
            for system, elements in groups.items()
        ],
    }


def _resources(record: Iterable[object]) -> Iterator[dict[str, Any]]:
    waiting = list(record)
    while waiting:
        each = waiting.pop()
        if not isinstance(each, dict):
            continue
        kind = each.get("resourceType")
        if kind == "Bundle":
            waiting += [entry.get("resource") for entry in _each(each.get("entry")) if isinstance(entry, dict)]
        elif kind == "Parameters":
            waiting += [part.get("resource") for part in _each(each.get("parameter")) if isinstance(part, dict)]
        elif kind in _READ:
            waiting += _each(each.get("contained"))
            yield each


def _codings(resource: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = resource["resourceType"]
    for path in _READ[kind]:
        found: list[Any] = [resource]
        for step in path.split("."):
            found = [value for each in found if isinstance(each, dict) for value in _each(each.get(step))]
        for concept in found:
            for coding in _each(concept.get("coding")) if isinstance(concept, dict) else ():
                if isinstance(coding, dict):
                    yield f"{kind}.{path}", coding


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
