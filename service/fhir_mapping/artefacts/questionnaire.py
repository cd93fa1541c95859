"""The findings as a Questionnaire: the link of an item is the code of its finding."""

from __future__ import annotations

from typing import Any

from service.evidence import Number
from service.fhir_mapping.artefacts import given
from service.fhir_mapping.artefacts.building import artefact
from service.fhir_mapping.artefacts.value_sets import values_of
from service.fhir_mapping.outbound.building import UCUM, Resource, coding
from service.findings import FINDINGS, LESION, PATIENT, Finding

NAME = "spinal-tumour"
#: The repeating group of a lesion, and the item in it that names its levels.
LESION_ITEM, LEVEL_ITEM, LEVEL_FINDING = "lesion", "level", "vertebral-level"
_EXTENSION = "http://hl7.org/fhir/StructureDefinition"


def questionnaire() -> Resource:
    level = {**_item(FINDINGS[LEVEL_FINDING]), "linkId": LEVEL_ITEM, "repeats": True}
    of_lesions = [_item(f) for f in FINDINGS.values() if f.scope == LESION and f.code != LEVEL_FINDING]
    lesion = {
        "linkId": LESION_ITEM,
        "text": "Lesion of the spine",
        "type": "group",
        "repeats": True,
        "item": [level, *of_lesions],
    }
    return artefact(
        "Questionnaire",
        NAME,
        "Tumour of the spine",
        "Every finding that the scores and rules read. What is not answered stays unknown. A lesion is one level, or "
        "several neighbouring ones.",
        subjectType=["Patient"],
        item=[*(_item(f) for f in FINDINGS.values() if f.scope == PATIENT), lesion],
    )


def _item(finding: Finding) -> Resource:
    kind = _kind(finding)
    item: Resource = {
        "linkId": finding.code,
        "code": [coding("finding", finding.code, finding.title)],
        "text": finding.title,
        "type": kind,
    }
    if kind == "choice":
        item["answerValueSet"] = values_of(finding)
    if given.several(finding):
        item["repeats"] = True
    extensions = _extensions(finding, kind)
    return {"extension": extensions, **item} if extensions else item


def _kind(finding: Finding) -> str:
    usual = given.types(finding)[0]
    return {"CodeableConcept": "choice", "Quantity": "quantity"}.get(usual, usual)


def _extensions(finding: Finding, kind: str) -> list[dict[str, Any]]:
    """The unit of a quantity, and the limits of a count."""
    domain = finding.domain
    if not isinstance(domain, Number):
        return []
    if kind == "quantity":
        unit = {"system": UCUM, "code": domain.unit, "display": domain.unit}
        return [{"url": f"{_EXTENSION}/questionnaire-unitOption", "valueCoding": unit}]
    limits = {"minValue": domain.low, "maxValue": domain.high}
    return [{"url": f"{_EXTENSION}/{name}", "valueInteger": int(limit)} for name, limit in limits.items()]
