"""The code systems of what is sent: findings, their values, tumours and vertebrae."""

from __future__ import annotations

from collections.abc import Container, Iterator

from service.fhir_mapping.artefacts import given
from service.fhir_mapping.artefacts.concept_sets import concept_system
from service.fhir_mapping.artefacts.concepts import code_system, concept
from service.fhir_mapping.artefacts.maps import codes_of_maps
from service.fhir_mapping.outbound.building import SYSTEMS, Resource
from service.fhir_mapping.terminology import BONE_SITE
from service.findings import FINDINGS
from service.vertebrae import LEVELS, REGIONS

#: What codes stand for that only the ConceptMaps use.
_OF_MAPS = {
    "boolean": "Any yes-or-no finding: the answer is yes or no to whichever was asked for.",
    BONE_SITE: "Where the bone metastasis is that a code names.",
    "unspecified": "A bone that the code does not name.",
    "distant-metastasis-category": "The M category of TNM.",
    "distant-metastasis-site": "Where distant metastases are: the value is a site.",
    "metastasis-history": "Whether there ever was a metastasis.",
    "comorbidities": "A list of other illnesses.",
}
_NOT_READ = "Told apart by the maps, and read by no score or rule under this code."


def input_systems() -> Iterator[Resource]:
    yield code_system(
        "finding",
        "Findings",
        "Every finding that the scores and rules read, as the code of an Observation.",
        _findings(),
    )
    yield code_system(
        "finding-value",
        "Values of findings",
        "Every listed value of the findings, and the groups that stand for several values. Tumours and vertebrae have "
        "code systems of their own.",
        _values(),
    )
    yield code_system(
        "tumour", "Primary tumours", "The primary tumours that the scores and rules tell apart.", _tumours()
    )
    yield code_system(
        "vertebra", "Vertebrae", "The levels of the spine from the occiput to S5, and its regions.", _vertebrae()
    )
    yield concept_system()


def _findings() -> Iterator[Resource]:
    for finding in FINDINGS.values():
        yield concept(
            finding.code,
            finding.title,
            scope=finding.scope,
            type=given.types(finding),
            unit=given.unit(finding),
        )
    yield from _of_maps_alone("finding", FINDINGS)


def _values() -> Iterator[Resource]:
    """Each code once, although several findings may have it."""
    displays: dict[str, dict[str, None]] = {}
    owners: dict[str, list[str]] = {}
    parents: dict[str, dict[str, None]] = {}
    for finding in FINDINGS.values():
        if given.system(finding) != "finding-value":
            continue
        for code, display in given.codes(finding).items():
            displays.setdefault(code, {})[display] = None
            owners.setdefault(code, []).append(finding.code)
        for code, groups in given.parents(finding).items():
            parents.setdefault(code, {}).update(dict.fromkeys(groups))
    for code, said in displays.items():
        display = next(iter(said)) if len(said) == 1 else code.replace("-", " ")
        yield concept(code, display, finding=owners[code], parent=[*parents.get(code, ())])
    yield from _of_maps_alone("finding-value", displays)


def _of_maps_alone(system: str, known: Container[str]) -> Iterator[Resource]:
    """The codes of a system that are in the ConceptMaps and nowhere else."""
    for code in sorted(codes_of_maps(SYSTEMS[system])):
        if code not in known:
            yield concept(code, code.replace("-", " "), _OF_MAPS.get(code, _NOT_READ), notSelectable=True)


def _tumours() -> Iterator[Resource]:
    finding = FINDINGS["primary-tumour"]
    parents = given.parents(finding)
    for code, display in given.codes(finding).items():
        yield concept(code, display, parent=parents.get(code))


def _vertebrae() -> Iterator[Resource]:
    for level in LEVELS:
        regions = [name for name, run in REGIONS.items() if level in run]
        yield concept(level, level, "Occiput" if level == LEVELS[0] else None, parent=regions)
    for name, run in REGIONS.items():
        wider = [other for other, whole in REGIONS.items() if set(run) < set(whole)]
        yield concept(name, name, f"{run[0]} to {run[-1]}", parent=wider)
