"""Builders for results of models that were computed elsewhere."""

from __future__ import annotations

from typing import Any

from service import BASE
from tests.support.records import DAY, Resource, concept, metastasis, observation, primary, quantity

SCORE = f"{BASE}/CodeSystem/score"
RISK = "http://terminology.hl7.org/CodeSystem/risk-probability"

#: Death within 90 days, 23.5 %, low risk.
DEATH: Resource = {
    "outcome": {"text": "death within 90 days"},
    "probabilityDecimal": 23.5,
    "whenRange": {"low": quantity(90, "d"), "high": quantity(90, "d")},
    "qualitativeRisk": concept(("low", RISK)),
}
SURVIVAL: Resource = {
    "outcome": concept(("1", "urn:local"), text="alive <b>& well</b>"),
    "probabilityRange": {"low": quantity(40, "%"), "high": quantity(60, "%")},
    "whenPeriod": {"start": "2026-10-01", "end": "2027-10-01"},
}
WORDS: Resource = {"qualitativeRisk": {"text": "high"}}


def risk(code: str, *predictions: Resource, name: str = "r1", **more: Any) -> Resource:
    """A RiskAssessment of the patient ``p1`` by the model of a code."""
    return {
        "resourceType": "RiskAssessment",
        "id": name,
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "method": concept((code, SCORE)),
        "occurrenceDateTime": DAY,
        "prediction": list(predictions or (DEATH,)),
        **more,
    }


def value(code: str, given: Any, name: str = "v1", **more: Any) -> Resource:
    """An Observation with the result of a model."""
    return observation(code, given, system=SCORE, name=name, **more)


def patient_with_results() -> list[Resource]:
    """A metastasis of breast cancer with results in both forms, and some that are not taken."""
    return [
        metastasis(),
        primary("breast"),
        observation("karnofsky", 60, name="karnofsky"),
        observation("haemoglobin", (6.1, "g/dL"), name="hb"),
        risk("sorg-ml", DEATH, SURVIVAL, WORDS),
        risk("tomita", name="ours"),
        value("osri", {"valueQuantity": quantity(4, "{score}")}, "osri"),
        value("sorg-ml-1-year", {"valueQuantity": quantity(45, "%")}, "year"),
        value("bollen", {"valueCodeableConcept": {"text": "B"}}, "bollen"),
        value("limburg", 3, "limburg"),
        value("lei", {"valueString": "6 points"}, "lei"),
    ]
