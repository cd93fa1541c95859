"""ValueSets: one for each code system, each finding with listed values, and each concept that has codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service.fhir_mapping.artefacts import given
from service.fhir_mapping.artefacts.building import artefact, canonical
from service.fhir_mapping.artefacts.concept_sets import concept_value_sets
from service.fhir_mapping.outbound.building import SYSTEMS, Resource
from service.findings import FINDINGS, Finding


def values_of(finding: Finding) -> str | None:
    """The ValueSet with the values of a finding, or None where it has no listed values, or yes and no alone."""
    listed = given.codes(finding) and not finding.is_yes_no
    return canonical("ValueSet", f"{finding.code}-value") if listed else None


def value_sets(systems: Iterable[Resource]) -> Iterator[Resource]:
    """A ValueSet for each of the code systems, for each finding with the displays that they give, and each concept."""
    displays: dict[str, dict[str, str]] = {}
    for system in systems:
        displays[system["id"]] = {concept["code"]: concept["display"] for concept in system["concept"]}
        yield artefact(
            "ValueSet",
            system["id"],
            system["title"],
            f"All codes of the code system {system['id']}.",
            compose={"include": [{"system": system["url"]}]},
        )
    for finding in FINDINGS.values():
        if values_of(finding):
            named = displays[given.system(finding)]
            listed = [{"code": code, "display": named[code]} for code in given.codes(finding)]
            yield artefact(
                "ValueSet",
                f"{finding.code}-value",
                f"{finding.title}: values",
                f"The values of the finding {finding.code}, and the groups that stand for several of them.",
                compose={"include": [{"system": SYSTEMS[given.system(finding)], "concept": listed}]},
            )
    yield from concept_value_sets()
