"""The ValueSets hold codes that there are."""

from __future__ import annotations

import pytest

from service.evidence import Choice
from service.fhir_mapping.artefacts import artefacts
from service.fhir_mapping.terminology import VERTEBRA
from service.findings import FINDINGS

VALUE_SETS = artefacts()["ValueSet"]
DISPLAYS = {
    system["url"]: {concept["code"]: concept["display"] for concept in system["concept"]}
    for system in artefacts()["CodeSystem"].values()
}


@pytest.mark.parametrize("name", VALUE_SETS)
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
    assert {f"{code}-value" for code in listed} | set(artefacts()["CodeSystem"]) == set(VALUE_SETS)


def codes(name: str) -> list[str]:
    return [concept["code"] for concept in VALUE_SETS[name]["compose"]["include"][0]["concept"]]


def test_the_codes_of_some_findings() -> None:
    assert codes("sins-bone-lesion-value") == ["lytic", "mixed", "blastic"]
    assert codes("ecog-value") == ["0", "1", "2", "3", "4", "5"]
    assert {"none", "present", "removable", "untreatable"} <= set(codes("visceral-metastases-value"))
    assert "lung" in codes("primary-tumour-value")
    assert VALUE_SETS["vertebral-level-value"]["compose"]["include"][0]["system"] == VERTEBRA
