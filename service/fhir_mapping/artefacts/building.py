"""What all published artefacts have in common: identity, date, narrative, and notices of other code systems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from service import BASE, KNOWLEDGE_VERSION
from service.fhir_mapping.outbound.building import UCUM, Resource, narrative
from service.fhir_mapping.terminology import ICD_O_3, LOINC, SNOMED
from service.fhir_mapping.terminology.systems import CPT

#: The day of the knowledge version, and not of the request.
DATE = "2026-11-21"
PUBLISHER = "spinemets-cds"

#: What has to be said where codes of others occur.
NOTICES = {
    SNOMED: "This material includes SNOMED Clinical Terms (SNOMED CT), which is used by permission of SNOMED "
    "International; use of SNOMED CT needs a licence (https://www.snomed.org/get-snomed).",
    LOINC: "This material contains content from LOINC (https://loinc.org), copyright Regenstrief Institute, Inc. and "
    "the LOINC Committee, available at no cost under the license at https://loinc.org/license.",
    ICD_O_3: "ICD-O-3 is copyright World Health Organization. Codes only.",
    CPT: "CPT is copyright American Medical Association; all rights reserved. Its use needs a licence. Codes only.",
    UCUM: "This material uses UCUM (https://ucum.org), copyright Regenstrief Institute, Inc. and the UCUM "
    "Organization, available at no cost under the licence at https://ucum.org/license.",
}


def canonical(kind: str, name: str) -> str:
    return f"{BASE}/{kind}/{name}"


def camel(name: str) -> str:
    """``finding-value`` as a name that a program can use: ``FindingValue``."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


def artefact(kind: str, name: str, title: str, description: str, /, **elements: Any) -> Resource:
    """An artefact of the current knowledge version; its id is ``name``."""
    resource: Resource = {
        "resourceType": kind,
        "id": name,
        "text": narrative(title, [description]),
        "url": canonical(kind, name),
        "version": KNOWLEDGE_VERSION,
        "name": camel(name),
        "title": title,
        "status": "active",
        "experimental": False,
        "date": DATE,
        "publisher": PUBLISHER,
        "description": description,
        **elements,
    }
    notices = [NOTICES[system] for system in dict.fromkeys(_systems(elements)) if system in NOTICES]
    return resource | {"copyright": " ".join(notices)} if notices else resource


def _systems(value: Any) -> Iterator[str]:
    """Every code system that a value names, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("system"), str):
            yield value["system"]
        for child in value.values():
            yield from _systems(child)
    elif isinstance(value, list):
        for child in value:
            yield from _systems(child)


def citations(sources: Iterable[object]) -> list[Resource]:
    """Publications as citations, each once."""
    return [{"type": "citation", "citation": text} for text in dict.fromkeys(map(str, sources))]
