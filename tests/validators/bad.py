"""Resources that are wrong, one for each way to be wrong: the validators' own test."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

Resource = dict[str, Any]

_SCORE = {"coding": [{"system": "https://w3id.org/spinemets/CodeSystem/score", "code": "sins"}], "text": "SINS"}
_TEXT = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">SINS 10</div>'}
_PATIENT = {"reference": "Patient/p1"}
_EXTENSION = {"url": "https://w3id.org/spinemets/StructureDefinition/nothing", "valueCode": "y"}

RISK: Resource = {
    "resourceType": "RiskAssessment",
    "id": "risk",
    "text": _TEXT,
    "status": "final",
    "method": _SCORE,
    "subject": _PATIENT,
    "occurrenceDateTime": "2026-10-02",
    "prediction": [{"outcome": {"text": "alive"}, "probabilityDecimal": 63.5}],
    "note": [{"text": "A note."}],
}
PLAN: Resource = {
    "resourceType": "CarePlan",
    "id": "plan",
    "text": _TEXT,
    "status": "draft",
    "intent": "proposal",
    "subject": _PATIENT,
    "activity": [{"detail": {"kind": "ServiceRequest", "status": "not-started", "description": "MRI"}}],
}
BUNDLE: Resource = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"fullUrl": "urn:uuid:8d3c2026-3cc6-4625-9476-2690ef55491e", "resource": RISK},
        {"fullUrl": "urn:uuid:4b1315d1-a135-442b-8fcf-4981a0f02ce9", "resource": PLAN},
    ],
}

GOOD: dict[str, Resource] = {"good-risk": RISK, "good-plan": PLAN, "good-bundle": BUNDLE}


def _percent(low: float, high: float, unit: str = "%") -> Resource:
    code = {"system": "http://unitsofmeasure.org", "code": unit}
    return {"probabilityRange": {"low": {"value": low, **code}, "high": {"value": high, **code}}}


#: What is wrong, and how a good resource becomes so.
_CHANGES: tuple[tuple[str, Resource, Callable[[Resource], Any]], ...] = (
    ("required-element-missing", RISK, lambda r: r.pop("subject")),
    ("modifier-status-missing", PLAN, lambda r: r.pop("intent")),
    ("code-outside-required-binding", RISK, lambda r: r.update(status="done")),
    ("kind-outside-required-binding", PLAN, lambda r: r["activity"][0]["detail"].update(kind="Consultation")),
    ("element-that-is-not-there", RISK, lambda r: r.update(severity="high")),
    ("array-expected", RISK, lambda r: r.update(basis={"display": "an Observation"})),
    ("string-expected", RISK, lambda r: r.update(mitigation=["one", "two"])),
    ("number-expected", RISK, lambda r: r["prediction"][0].update(probabilityDecimal="63.5")),
    ("two-values-of-a-choice", RISK, lambda r: r.update(occurrencePeriod={"start": "2026-10-01"})),
    ("impossible-date", RISK, lambda r: r.update(occurrenceDateTime="2026-13-02")),
    ("reference-of-the-wrong-type", RISK, lambda r: r.update(condition={"reference": "Patient/p1"})),
    ("probability-over-100", RISK, lambda r: r["prediction"][0].update(probabilityDecimal=163)),
    (
        "range-not-in-percent",
        RISK,
        lambda r: r.update(prediction=[{"outcome": {"text": "alive"}, **_percent(1, 2, "mg")}]),
    ),
    (
        "low-above-high",
        RISK,
        lambda r: r.update(prediction=[{"outcome": {"text": "alive"}, **_percent(60, 40)}]),
    ),
    (
        "detail-beside-reference",
        PLAN,
        lambda r: r["activity"][0].update(reference={"reference": "ServiceRequest/s1"}),
    ),
    ("empty-string", RISK, lambda r: r["method"].update(text="")),
    ("script-in-narrative", RISK, lambda r: r.update(text=_TEXT | {"div": _TEXT["div"].replace("SINS", "<script/>")})),
    ("unknown-local-code", RISK, lambda r: r["method"]["coding"][0].update(code="sinz")),
    (
        "unknown-extension",
        RISK,
        lambda r: r.update(extension=[{"url": "https://w3id.org/spinemets/x", "valueCode": "y"}]),
    ),
    ("two-entries-of-one-name", BUNDLE, lambda b: b["entry"][1].update(fullUrl=b["entry"][0]["fullUrl"])),
    ("transaction-without-request", BUNDLE, lambda b: b.update(type="transaction")),
)


def bad() -> Iterator[tuple[str, Resource]]:
    """Each wrong resource, by what is wrong with it."""
    for name, good, change in _CHANGES:
        resource = copy.deepcopy(good)
        change(resource)
        yield name, resource
