"""The examples of the document: a made-up patient with one lesion, in the shapes that the doors take."""

from __future__ import annotations

from typing import Any

from service import BASE

_FINDING, _VALUE = f"{BASE}/CodeSystem/finding", f"{BASE}/CodeSystem/finding-value"
_VERTEBRA, _TUMOUR = f"{BASE}/CodeSystem/vertebra", f"{BASE}/CodeSystem/tumour"
_DAY = "2026-10-01"


def _observed(name: str, finding: str, value: dict[str, Any], level: str | None = None) -> dict[str, Any]:
    at = {"bodySite": {"coding": [{"system": _VERTEBRA, "code": level}]}} if level else {}
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "subject": {"reference": "Patient/example"},
        "code": {"coding": [{"system": _FINDING, "code": finding}]},
        "effectiveDateTime": _DAY,
        **value,
        **at,
    }


def _coded(value: str, system: str = _VALUE) -> dict[str, Any]:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": value}]}}


PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "example",
    "gender": "female",
    "birthDate": "1958-05-04",
}
_OBSERVATIONS = (
    _observed("primary", "primary-tumour", _coded("breast", _TUMOUR)),
    _observed("escc", "escc-grade", _coded("escc-1b"), "T8"),
    _observed("pain", "sins-pain", _coded("mechanical"), "T8"),
)

BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "timestamp": "2026-10-02T09:00:00Z",
    "entry": [
        {"fullUrl": f"https://hospital.example/fhir/{each['resourceType']}/{each['id']}", "resource": each}
        for each in (PATIENT, *_OBSERVATIONS)
    ],
}
PARAMETERS: dict[str, Any] = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": "bundle", "resource": BUNDLE},
        {"name": "asOf", "valueDateTime": "2026-10-02"},
        {"name": "return", "valueCode": "transaction"},
    ],
}
_HEADER: dict[str, Any] = {
    "resourceType": "MessageHeader",
    "id": "header",
    "eventUri": f"{BASE}/event/spinal-tumour-record",
    "source": {"endpoint": "https://hospital.example/engine"},
    "focus": [{"reference": "Patient/example"}],
}
MESSAGE: dict[str, Any] = {
    "resourceType": "Bundle",
    "id": "message",
    "type": "message",
    "timestamp": "2026-10-02T09:00:00Z",
    "entry": [
        {"fullUrl": "https://hospital.example/fhir/MessageHeader/header", "resource": _HEADER},
        *BUNDLE["entry"],
    ],
}
TRANSLATE: dict[str, Any] = {
    "resourceType": "Parameters",
    "parameter": [{"name": "coding", "valueCoding": {"system": "http://loinc.org", "code": "89247-1"}}],
}


def _found(*resources: dict[str, Any]) -> dict[str, Any]:
    listed = [{"resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(listed), "entry": listed}


CALL: dict[str, Any] = {
    "hook": "patient-view",
    "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
    "context": {"userId": "Practitioner/7", "patientId": "example"},
    "prefetch": {"patient": PATIENT, "condition": _found(), "observation": _found(*_OBSERVATIONS)},
}
FEEDBACK: dict[str, Any] = {
    "feedback": [
        {
            "card": "f6b95768-b1c8-40dc-8385-bf3504b82ffb",
            "outcome": "overridden",
            "overrideReason": {"userComment": "Decided by the board yesterday."},
            "outcomeTimestamp": "2026-10-02T09:30:00Z",
        }
    ]
}
FORM: dict[str, str] = {
    "primary-tumour": "kidney",
    "lesion.0.level": "T8",
    "lesion.0.sins-pain": "mechanical",
    "lesion.0.escc-grade": "escc-1b",
}
