"""The extensions of answers and records, as StructureDefinitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from service.fhir_mapping.artefacts.building import artefact, canonical
from service.fhir_mapping.outbound.building import Resource

LEVEL = "vertebral-level"
OUTSIDE_VALIDITY = "outside-validity"

_WITH_LEVELS = ("Observation", "Condition", "Procedure", "RiskAssessment", "ServiceRequest", "CarePlan")
_WITH_SITES = ("Observation", "Condition", "Procedure", "ServiceRequest")


def extensions() -> Iterator[Resource]:
    yield _extension(
        LEVEL,
        "Vertebral level",
        "A level of the spine, where a resource has no element for it, or one for a single site. It repeats: the "
        "levels of one resource that are neighbours are one lesion.",
        (*_WITH_LEVELS, *(f"{kind}.bodySite" for kind in _WITH_SITES)),
        {
            "type": [{"code": "CodeableConcept"}],
            "binding": {
                "strength": "preferred",
                "description": "Vertebrae; SNOMED CT is read as well.",
                "valueSet": canonical("ValueSet", "vertebra"),
            },
        },
    )
    yield _extension(
        OUTSIDE_VALIDITY,
        "Outside its validity",
        "Why this answer is, or may be, outside the validity of its score: the patient or the tumour is not one that "
        "it was made for.",
        ("RiskAssessment",),
        {"type": [{"code": "string"}]},
    )


def _extension(name: str, title: str, text: str, contexts: Iterable[str], value: dict[str, Any]) -> Resource:
    """An extension with one value, which may be there several times."""
    url = canonical("StructureDefinition", name)
    return artefact(
        "StructureDefinition",
        name,
        title,
        text,
        fhirVersion="4.0.1",
        kind="complex-type",
        abstract=False,
        context=[{"type": "element", "expression": context} for context in contexts],
        type="Extension",
        baseDefinition="http://hl7.org/fhir/StructureDefinition/Extension",
        derivation="constraint",
        differential={
            "element": [
                {**_element("Extension"), "short": title, "definition": text, "min": 0, "max": "*"},
                {**_element("Extension.extension"), "max": "0"},
                {**_element("Extension.url"), "fixedUri": url},
                {**_element("Extension.value[x]"), "min": 1, **value},
            ]
        },
    )


def _element(path: str) -> Resource:
    return {"id": path, "path": path}
