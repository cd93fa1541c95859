"""What a code means, said out: for ``$translate`` and for the command line."""

from __future__ import annotations

from typing import Any

import pytest
from fhir.resources.R4B.conceptmap import ConceptMap
from fhir.resources.R4B.parameters import Parameters

from service import BASE
from service.fhir_mapping.terminology import ICD_10, ICD_10_CM, LOINC, SNOMED, STANDARD
from service.fhir_mapping.terminology.senses import feeding, said, senses
from service.fhir_mapping.terminology.translate import translate
from service.fhir_mapping.terminology.unknown import skeleton, unknown
from service.findings import FINDINGS


def parameter(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [each for each in answer["parameter"] if each["name"] == name]


@pytest.mark.parametrize(
    ("system", "code", "words", "by"),
    [
        (ICD_10_CM, "C50.911", "diagnosis: primary-tumour = breast", "condition-findings"),
        (ICD_10, "C79.5", "diagnosis: bone-metastasis-site = unspecified", "icd-10-exceptions"),
        (SNOMED, "254900004", "diagnosis: primary-tumour = prostate", "concept-findings"),
        (LOINC, "1751-7", "observation: asks for albumin (Serum albumin)", "observation-findings"),
        (SNOMED, "425389002", "answer: ecog = 0", "answers"),
        (SNOMED, "32430008", "body site: T6", "vertebrae"),
        (SNOMED, "108290001", "procedure: prior-radiotherapy-at-level = true", "procedure-findings"),
        (ICD_10_CM, "Z85.3", "past cancer: primary-tumour = breast", "history-findings"),
        (ICD_10_CM, "Z79.899", "procedure: known, carries no finding", "procedure-findings"),
    ],
)
def test_what_a_code_means_and_by_which_map(system: str, code: str, words: str, by: str) -> None:
    assert (words, by) in {(sense.words(), sense.map) for sense in senses(STANDARD, system, code)}


def test_a_code_that_no_map_knows_means_nothing() -> None:
    assert said(STANDARD, "http://hospital.example", "1") == ()


def test_translate_gives_the_finding_its_values_and_the_map() -> None:
    answer = translate(STANDARD, ICD_10_CM, "C22.1")
    Parameters.model_validate(answer)
    assert parameter(answer, "result") == [{"name": "result", "valueBoolean": True}]
    first = {part["name"]: part for part in parameter(answer, "match")[0]["part"]}
    assert first["concept"]["valueCoding"] == {"system": f"{BASE}/CodeSystem/finding", "code": "primary-tumour"}
    assert first["source"]["valueUri"] == f"{BASE}/ConceptMap/condition-findings"
    products = [part for part in parameter(answer, "match")[0]["part"] if part["name"] == "product"]
    assert [each["part"][1]["valueCoding"]["code"] for each in products] == ["gallbladder-biliary", "liver"]


def test_translate_by_one_map_alone() -> None:
    answer = translate(STANDARD, ICD_10_CM, "C50.9", map_id="concepts")
    (match,) = parameter(answer, "match")
    assert match["part"][1]["valueCoding"]["code"] == "primary.breast"


@pytest.mark.parametrize(
    ("code", "words"), [("Q99.9", "no map here knows the code"), ("", "no map here knows the code")]
)
def test_translate_says_that_nothing_is_known(code: str, words: str) -> None:
    answer = translate(STANDARD, ICD_10_CM, code)
    Parameters.model_validate(answer)
    assert parameter(answer, "result")[0]["valueBoolean"] is False
    assert parameter(answer, "message")[0]["valueString"] == words


def test_every_finding_is_listed_with_what_feeds_it() -> None:
    feeds = feeding(STANDARD)
    assert set(feeds) == set(FINDINGS)
    assert "1751-7" in feeds["albumin"]["LOINC"]
    assert "C50" in feeds["primary-tumour"]["ICD-10-CM"]


def record() -> dict[str, Any]:
    local = {"system": "http://hospital.example", "code": "X1", "display": "a \n local   code"}
    return {
        "resourceType": "Bundle",
        "entry": [
            {"resource": {"resourceType": "Condition", "code": {"coding": [local]}}},
            {"resource": {"resourceType": "Condition", "code": {"coding": [local, {"code": "C50"}]}}},
            {"resource": {"resourceType": "Condition", "code": {"coding": [{"system": ICD_10_CM, "code": "C50"}]}}},
            {
                "resource": {
                    "resourceType": "Observation",
                    "code": {"coding": [{"system": LOINC, "code": "1751-7"}]},
                    "component": [{"code": {"coding": [local]}}, 7],
                    "contained": [{"resourceType": "Condition", "bodySite": [{"coding": [local]}]}],
                }
            },
            {"resource": {"resourceType": "Claim", "code": {"coding": [local]}}},
        ],
    }


def test_unknown_codes_are_counted_with_where_they_stand() -> None:
    found = unknown([[record()]], STANDARD)
    assert [(each.count, each.element, each.system, each.code) for each in found] == [
        (2, "Condition.code", "http://hospital.example", "X1"),
        (1, "Condition.bodySite", "http://hospital.example", "X1"),
        (1, "Condition.code", "", "C50"),
        (1, "Observation.component.code", "http://hospital.example", "X1"),
    ]
    assert found[0].display == "a local code"


def test_the_skeleton_is_a_concept_map_with_each_code_once() -> None:
    made = skeleton(unknown([[record()]], STANDARD))
    ConceptMap.model_validate(made)
    (group,) = made["group"]
    assert [element["code"] for element in group["element"]] == ["X1"]


@pytest.mark.parametrize(
    "broken",
    [
        None,
        3,
        [],
        {"resourceType": "Bundle", "entry": 3},
        {"resourceType": "Condition"},
        {"resourceType": "Condition", "code": 3},
        {"resourceType": "Condition", "code": {"coding": [{"code": 3}, 4]}},
    ],
)
def test_what_is_no_fhir_holds_no_codes(broken: object) -> None:
    assert unknown([[broken]], STANDARD) == []
