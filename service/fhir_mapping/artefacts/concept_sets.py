"""The concepts to which codes belong: their code system, and for each the ValueSet of the codes that belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import orjson

from service.fhir_mapping import terminology
from service.fhir_mapping.artefacts.building import artefact
from service.fhir_mapping.artefacts.concepts import code_system, concept
from service.fhir_mapping.outbound.building import Resource
from service.fhir_mapping.terminology.systems import STEMMED

_STEM = {"property": "concept", "op": "is-a"}


def labels() -> dict[str, str]:
    """The label of each concept, by its code."""
    text = resources.files(terminology).joinpath("concept-labels.json").read_bytes()
    return {each["code"]: each["display"] for each in orjson.loads(text)["concept"]}


def concept_system() -> Resource:
    return code_system(
        "concept",
        "Concepts",
        "What the codes of a record are sorted into, whatever their code system and whether or not a score reads them.",
        (concept(code, display) for code, display in labels().items()),
    )


def name_of(code: str) -> str:
    """The id of the ValueSet of a concept."""
    return "concept-" + code.lower().replace("_", "-").replace(".", "-")


def concept_value_sets() -> Iterator[Resource]:
    """The ValueSet of each concept that has codes: a stem includes what begins with it, but for stems of others."""
    belonging = _codes()
    for code, display in labels().items():
        systems = belonging.get(code)
        if systems:
            include = [part for system, codes in systems.items() for part in _included(system, codes)]
            exclude = [part for system, codes in systems.items() for part in _excluded(system, codes, belonging, code)]
            yield artefact(
                "ValueSet",
                name_of(code),
                display,
                f"The codes that belong to the concept {code}.",
                compose={"include": include, **({"exclude": exclude} if exclude else {})},
            )


def _codes() -> dict[str, dict[str, list[str]]]:
    """The codes of each concept, by code system."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in ("concepts", "drug-concepts"):
        for group in terminology.groups_of(name):
            for element in group["element"]:
                for target in element["target"]:
                    found.setdefault(target["code"], {}).setdefault(group["source"], []).append(element["code"])
    return found


def _is_stem(system: str, code: str) -> bool:
    return system in STEMMED and "/" not in code


def _included(system: str, codes: list[str]) -> Iterator[Resource]:
    listed = [{"code": code} for code in codes if not _is_stem(system, code)]
    if listed:
        yield {"system": system, "concept": listed}
    for code in codes:
        if _is_stem(system, code):
            yield {"system": system, "filter": [{**_STEM, "value": code}]}


def _excluded(
    system: str, codes: list[str], belonging: dict[str, dict[str, list[str]]], concept_code: str
) -> Iterator[Resource]:
    """The longer stems that belong to other concepts and not to this one."""
    stems = tuple(terminology.tidy(system, code) for code in codes if _is_stem(system, code))
    own = set(codes)
    others = {code for name, systems in belonging.items() if name != concept_code for code in systems.get(system, ())}
    for code in sorted(others - own):
        if stems and _is_stem(system, code) and terminology.tidy(system, code).startswith(stems):
            yield {"system": system, "filter": [{**_STEM, "value": code}]}
