"""Each listed code through the whole intake: it has its effect, or the ledger says what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir_mapping import terminology as t
from tests.support.records import ICD_10_CM, LOINC, bundle, concept, condition, metastasis, observation, remarks, take

LISTED = [
    (target["code"], group["source"], element["code"])
    for name in ("concepts", "drug-concepts")
    for group in t.groups_of(name)
    for element in group["element"]
    for target in element["target"]
]
SEEN = ("performance.", "lab.", "marker.", "vital.", "stage.", "histology.obs", "history.", "imaging.")
DAY = "2026-09-01"
#: What no diagnosis of a tumour, no finding and no treatment of it is: the ledger is not filled with it.
NOBODYS_BUSINESS = (
    "comorbidity.",
    "laterality",
    "imaging.",
    "lab.",
    "vital.",
    "finding.",
    "treatment.intent",
    "treatment.supportive",
    "treatment.steroid",
    "treatment.dexamethasone",
    "treatment.bone_agent.",
    "other.",
    "marker.genomic",
    "marker.genomics_report",
    "vertebral_",
    "intl.",
)


def _drug(system: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "MedicationAdministration",
        "id": "x",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": DAY,
        "medicationCodeableConcept": concept((code, system)),
    }


def _procedure(system: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Procedure",
        "id": "x",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "performedDateTime": DAY,
        "code": concept((code, system)),
    }


def _observation(system: str, code: str) -> dict[str, Any]:
    asked = t.STANDARD.observation(system, code)[0]
    if asked == "ecog":
        value: Any = 1
    elif asked == "karnofsky":
        value = 80
    else:
        value = {"valueString": "positive"}
    return observation(code, value, system=system, name="x")


def resource(kind: str, system: str, code: str) -> dict[str, Any]:
    """The resource in which a code of a concept is at home."""
    if ".answer." in kind:
        asked = "89243-0" if "karnofsky" in kind else "89247-1"
        return observation(asked, {"valueCodeableConcept": concept((code, system))}, system=LOINC, name="x")
    if kind == "disease_status":
        answer = code if system == t.SNOMED else "268910001"
        return observation("97509-4", {"valueCodeableConcept": concept((answer, t.SNOMED))}, system=LOINC, name="x")
    if kind.startswith("vertebral_"):
        return condition("C79.51", name="x", bodySite=[concept((code, system))])
    if kind.startswith(
        ("performance.", "lab.", "marker.", "vital.", "stage.", "histology.obs", "history.", "imaging.")
    ):
        return _observation(system, code)
    if kind.startswith("treatment.") and system != ICD_10_CM:
        return _drug(system, code) if t.STANDARD.drug(system, code) is not None else _procedure(system, code)
    return condition(code, system, name="x")


@pytest.mark.parametrize("family", sorted({kind.split(".")[0] for kind, *_ in LISTED}))
def test_each_code_has_its_effect_or_is_explained(family: str) -> None:
    silent = []
    for kind, system, code in LISTED:
        if kind.split(".")[0] != family:
            continue
        sent = resource(kind, system, code)
        intake = take(bundle(metastasis(), sent))
        name = f"{sent['resourceType']}/x"
        if name not in intake.inputs and name not in remarks(intake) and not kind.startswith(NOBODYS_BUSINESS):
            silent.append((kind, system, code))
    assert silent == []


@pytest.mark.parametrize("kind", sorted({kind for kind, *_ in LISTED if kind.startswith("vertebral_level.")}))
def test_a_level_by_its_code_makes_a_lesion_there(kind: str) -> None:
    for each, system, code in LISTED:
        if each == kind:
            (lesion,) = take(bundle(resource(kind, system, code))).case.lesions
            assert lesion.levels == (kind.removeprefix("vertebral_level."),)


@pytest.mark.parametrize("n", range(6))
def test_each_answer_for_ecog_gives_its_grade(n: int) -> None:
    for kind, system, code in LISTED:
        if kind == f"performance.ecog.answer.{n}":
            intake = take(bundle(metastasis(), resource(kind, system, code)))
            assert intake.case.about("ecog").values == {n}
