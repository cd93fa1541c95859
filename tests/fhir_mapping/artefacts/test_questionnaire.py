"""The Questionnaire asks for every finding, once."""

from __future__ import annotations

from typing import Any

from service.evidence import Number
from service.fhir_mapping.artefacts import artefacts
from service.findings import FINDINGS

QUESTIONNAIRE = artefacts()["Questionnaire"]["spinal-tumour"]
*PATIENT, LESION = QUESTIONNAIRE["item"]
LEVEL, *OF_LESION = LESION["item"]


def links(items: list[dict[str, Any]]) -> list[str]:
    return [item["linkId"] for item in items]


def test_the_links_are_the_findings() -> None:
    assert links(PATIENT) == [f.code for f in FINDINGS.values() if f.scope == "patient"]
    assert links(OF_LESION) == [
        f.code for f in FINDINGS.values() if f.scope == "lesion" and f.code != "vertebral-level"
    ]


def test_a_lesion_is_a_repeating_group_with_its_levels() -> None:
    assert (LESION["linkId"], LESION["type"], LESION["repeats"]) == ("lesion", "group", True)
    assert (LEVEL["linkId"], LEVEL["type"], LEVEL["repeats"]) == ("level", "choice", True)
    assert LEVEL["code"][0]["code"] == "vertebral-level"


def test_a_question_has_the_type_of_its_finding() -> None:
    for item in (*PATIENT, *OF_LESION):
        finding = FINDINGS[item["linkId"]]
        extensions = {e["url"].rsplit("/", 1)[1]: e for e in item.get("extension", ())}
        if item["type"] == "choice":
            assert item["answerValueSet"].rsplit("/", 1)[1] in artefacts()["ValueSet"]
        elif item["type"] == "quantity":
            assert isinstance(finding.domain, Number)
            assert extensions["questionnaire-unitOption"]["valueCoding"]["code"] == finding.domain.unit
        elif item["type"] == "integer":
            assert isinstance(finding.domain, Number)
            assert extensions["minValue"]["valueInteger"] == finding.domain.low
            assert extensions["maxValue"]["valueInteger"] == finding.domain.high
        else:
            assert item["type"] == ("boolean" if finding.is_yes_no else "string")


def test_organ_metastases_may_have_several_answers() -> None:
    assert [item["linkId"] for item in (*PATIENT, *OF_LESION) if item.get("repeats")] == ["visceral-metastases"]
