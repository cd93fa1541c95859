"""ConceptMaps: the files from which the intake reads codes, as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources

from service.fhir_mapping import terminology
from service.fhir_mapping.outbound.building import Resource


def concept_maps() -> Iterator[Resource]:
    files = (f for f in resources.files(terminology).iterdir() if f.name.endswith(".json"))
    for file in sorted(files, key=lambda f: f.name):
        resource: Resource = json.loads(file.read_text(encoding="utf-8"))
        if resource.get("resourceType") == "ConceptMap":
            yield resource


def codes_of_maps(system: str) -> set[str]:
    """The codes of a system that the maps lead to, as targets or products."""
    found: set[str] = set()
    for resource in concept_maps():
        for group in resource["group"]:
            for target in (t for element in group["element"] for t in element.get("target", ())):
                if group["target"] == system:
                    found.add(target["code"])
                found.update(p["value"] for p in target.get("product", ()) if p.get("system") == system)
    return found
