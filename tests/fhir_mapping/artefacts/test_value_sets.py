"""The ValueSets hold codes that there are."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.evidence import Choice
from service.fhir_mapping.artefacts import artefacts
from service.fhir_mapping.artefacts.concept_sets import name_of
from service.fhir_mapping.terminology import ICD_10_CM, STANDARD, VERTEBRA, groups_of
from service.findings import FINDINGS

VALUE_SETS = artefacts()["ValueSet"]
DISPLAYS = {
    system["url"]: {concept["code"]: concept["display"] for concept in system["concept"]}
    for system in artefacts()["CodeSystem"].values()
}


OF_CONCEPTS = [name for name in VALUE_SETS if name.startswith("concept-")]
OTHERS = [name for name in VALUE_SETS if name not in OF_CONCEPTS]


@pytest.mark.parametrize("name", OTHERS)
def test_every_code_and_display_is_that_of_the_code_system(name: str) -> None:
    compose = VALUE_SETS[name]["compose"]
    assert set(compose) == {"include"}
    (include,) = compose["include"]
    for concept in include.get("concept", ()):
        assert DISPLAYS[include["system"]][concept["code"]] == concept["display"]


def test_there_is_one_for_each_code_system() -> None:
    for system in artefacts()["CodeSystem"].values():
        assert system["valueSet"] == VALUE_SETS[system["id"]]["url"]
        assert VALUE_SETS[system["id"]]["compose"]["include"] == [{"system": system["url"]}]


def test_there_is_one_for_each_finding_with_listed_values() -> None:
    listed = {
        finding.code
        for finding in FINDINGS.values()
        if isinstance(finding.domain, Choice) and not finding.is_yes_no and not finding.code.startswith("wbb-")
    }
    assert {f"{code}-value" for code in listed} | set(artefacts()["CodeSystem"]) == set(OTHERS)


def codes(name: str) -> list[str]:
    return [concept["code"] for concept in VALUE_SETS[name]["compose"]["include"][0]["concept"]]


def test_the_codes_of_some_findings() -> None:
    assert codes("sins-bone-lesion-value") == ["lytic", "mixed", "blastic"]
    assert codes("ecog-value") == ["0", "1", "2", "3", "4", "5"]
    assert {"none", "present", "removable", "untreatable"} <= set(codes("visceral-metastases-value"))
    assert "lung" in codes("primary-tumour-value")
    assert VALUE_SETS["vertebral-level-value"]["compose"]["include"][0]["system"] == VERTEBRA


def includes(compose: dict[str, Any], system: str, code: str) -> bool:
    """Whether a ValueSet holds a code, by an independent reading of its codes and filters."""

    def held(parts: list[dict[str, Any]]) -> bool:
        return any(
            part["system"] == system
            and (
                any(each["code"] == code for each in part.get("concept", ()))
                or any(code.startswith(each["value"]) for each in part.get("filter", ()))
            )
            for part in parts
        )

    return held(compose["include"]) and not held(compose.get("exclude", []))


@pytest.mark.parametrize(
    ("concept", "code", "held"),
    [
        ("primary.breast", "C50.911", True),
        ("primary.breast", "D05.1", False),
        ("secondary.bone", "C79.51", True),
        ("secondary.bone", "C79.52", False),
        ("secondary.bone_marrow", "C79.52", True),
        ("other.in_situ", "D05.1", True),
        ("primary.melanoma", "C44.9", False),
    ],
)
def test_the_set_of_a_concept_holds_the_codes_that_the_look_up_gives_it(concept: str, code: str, held: bool) -> None:
    assert includes(VALUE_SETS[name_of(concept)]["compose"], ICD_10_CM, code) is held
    assert (concept in STANDARD.concepts(ICD_10_CM, code)) is held


def test_there_is_one_for_each_concept_with_codes_under_an_id_that_fhir_allows() -> None:
    with_codes = {target["code"] for name in ("concepts", "drug-concepts") for target in targets(name)}
    assert {name_of(code) for code in with_codes} == set(OF_CONCEPTS)
    assert all(re.fullmatch(r"[A-Za-z0-9.-]{1,64}", name) for name in OF_CONCEPTS)


def targets(name: str) -> list[dict[str, Any]]:
    return [target for group in groups_of(name) for element in group["element"] for target in element["target"]]
