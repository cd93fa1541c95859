"""The code systems hold every code that is read or answered, each once."""

from __future__ import annotations

from typing import Any

import pytest

from service import BASE, wording
from service.decision import noms
from service.evidence import Number
from service.fhir_mapping import terminology
from service.fhir_mapping.artefacts import artefacts
from service.fhir_mapping.artefacts.card_systems import CARD_TOPIC, OVERRIDE_REASON
from service.fhir_mapping.outbound.building import SYSTEMS
from service.findings import FINDINGS, Finding, FindOut
from service.handoffs import HANDOFFS
from service.problems import Ledger
from service.scoring import SCORES
from service.vertebrae import LEVELS, REGIONS

CODE_SYSTEMS = artefacts()["CodeSystem"]
Concept = dict[str, Any]


def concepts(name: str) -> dict[str, Concept]:
    return {concept["code"]: concept for concept in CODE_SYSTEMS[name]["concept"]}


def properties(concept: Concept, name: str) -> list[Any]:
    """The values of a property; of a Coding, its code."""
    values = [
        next(value for key, value in each.items() if key.startswith("value"))
        for each in concept.get("property", ())
        if each["code"] == name
    ]
    return [value["code"] if isinstance(value, dict) else value for value in values]


def test_there_is_one_for_each_system_that_answers_use() -> None:
    assert {each["url"] for each in CODE_SYSTEMS.values()} == {*SYSTEMS.values(), CARD_TOPIC, OVERRIDE_REASON}


@pytest.mark.parametrize("name", CODE_SYSTEMS)
def test_it_is_complete_and_names_each_code_once(name: str) -> None:
    system = CODE_SYSTEMS[name]
    codes = [concept["code"] for concept in system["concept"]]
    assert len(codes) == len(set(codes)) == system["count"]
    assert (system["content"], system["caseSensitive"]) == ("complete", True)
    assert all(concept["display"] for concept in system["concept"])


@pytest.mark.parametrize("name", CODE_SYSTEMS)
def test_every_property_is_declared_with_its_type(name: str) -> None:
    declared = {each["code"]: each["type"] for each in CODE_SYSTEMS[name].get("property", ())}
    for concept in CODE_SYSTEMS[name]["concept"]:
        for each in concept.get("property", ()):
            kind = declared[each["code"]]
            assert set(each) == {"code", f"value{kind[0].upper()}{kind[1:]}"}


@pytest.mark.parametrize("name", CODE_SYSTEMS)
def test_a_parent_is_a_code_of_the_same_system(name: str) -> None:
    found = concepts(name)
    for concept in found.values():
        assert set(properties(concept, "parent")) <= set(found) - {concept["code"]}


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=lambda f: f.code)
def test_a_finding_says_its_scope_type_and_unit(finding: Finding) -> None:
    concept = concepts("finding")[finding.code]
    assert concept["display"] == finding.title
    assert properties(concept, "scope") == [finding.scope]
    assert properties(concept, "type")
    if isinstance(finding.domain, Number):
        assert properties(concept, "unit") == [finding.domain.unit]


def test_types_of_findings() -> None:
    found = concepts("finding")
    for code, types in {
        "sins-pain": ["CodeableConcept"],
        "sins-collapse": ["CodeableConcept", "Quantity"],
        "ecog": ["CodeableConcept", "integer", "Quantity"],
        "myelopathy": ["boolean"],
        "albumin": ["Quantity"],
        "vertebral-metastasis-count": ["integer"],
        "wbb-zones": ["string"],
    }.items():
        assert properties(found[code], "type") == types


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=lambda f: f.code)
def test_every_value_and_group_of_a_finding_has_a_code(finding: Finding) -> None:
    domain = finding.domain
    if isinstance(domain, Number) or finding.code in ("wbb-zones", "wbb-layers"):
        return
    system = {"primary-tumour": "tumour", "vertebral-level": "vertebra"}.get(finding.code, "finding-value")
    plain = {str(v[0] if isinstance(v, tuple) else v) for v in domain.values}
    words = {word.lower() if word in ("True", "False") else word for word in plain} | set(domain.groups)
    found = concepts(system)
    assert words <= set(found)
    if system == "finding-value":
        assert all(finding.code in properties(found[word], "finding") for word in words)
    for group, members in domain.groups.items():
        assert all(group in properties(found[str(member)], "parent") for member in members)


def test_vertebrae_and_regions() -> None:
    found = concepts("vertebra")
    assert set(found) == {*LEVELS, *REGIONS}
    assert properties(found["T6"], "parent") == ["thoracic", "spine"]


def test_items_and_bands_are_those_of_the_scores() -> None:
    handed_off = [code for model in HANDOFFS for code, _ in model.codes]
    assert list(concepts("score")) == [*(score.code for score in SCORES), *handed_off]
    items = {f"{score.code}.{item.code}": score.code for score in SCORES for item in score.items}
    assert {code: properties(c, "score")[0] for code, c in concepts("item").items()} == items
    bands = {f"{s.code}.{b.code}": (s.code, b.low, b.high) for s in SCORES for b in s.bands}
    found = {
        code: tuple(properties(concept, name)[0] for name in ("score", "low", "high"))
        for code, concept in concepts("band").items()
    }
    assert found == bands


def test_every_treatment_that_a_plan_can_propose_has_a_code() -> None:
    found = concepts("treatment")
    assert {code: concept["display"] for code, concept in found.items()} == {
        code: wording.treatment(code) for code in wording.TREATMENTS
    }
    assert {step for row in noms.ROWS for step in row.do} | {how.value for how in FindOut} <= set(found)


def test_every_remark_of_the_ledger_has_a_code_and_a_definition() -> None:
    found = concepts("ledger")
    assert {*Ledger, "no-remarks"} == set(found)
    assert all(concept["definition"] for concept in found.values())


def test_every_code_of_ours_in_a_map_is_in_its_code_system() -> None:
    for concept_map in artefacts()["ConceptMap"].values():
        for group in concept_map["group"]:
            if group["source"].startswith(BASE):
                assert {element["code"] for element in group["element"]} <= known(group["source"])
            for target in (t for element in group["element"] for t in element.get("target", ())):
                if group["target"].startswith(BASE):
                    assert target["code"] in known(group["target"]), (concept_map["id"], target["code"])
                for product in target.get("product", ()):
                    assert product["value"] in known(product["system"]), (concept_map["id"], product["value"])


def known(system: str) -> set[str]:
    return {c["code"] for each in CODE_SYSTEMS.values() if each["url"] == system for c in each["concept"]}


def test_the_names_of_the_intake_are_those_that_are_published() -> None:
    read = (terminology.FINDING, terminology.FINDING_VALUE, terminology.TUMOUR, terminology.VERTEBRA)
    assert set(read) <= {each["url"] for each in CODE_SYSTEMS.values()}
