"""The records of the round trip: the demonstrations, Synthea's, and one as a German tumour registry sends it."""

from __future__ import annotations

import orjson

from tests.interop.seeding import Resource
from tests.support.records import bundle, concept, patient
from tests.support.stored import EXAMPLES

_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
_SCT = "http://snomed.info/sct"
_ACTIVE = {"clinicalStatus": concept(("active", "http://terminology.hl7.org/CodeSystem/condition-clinical"))}
_SUBJECT = {"subject": {"reference": "Patient/p1"}}


def example(name: str) -> Resource:
    record: Resource = orjson.loads((EXAMPLES / f"{name}.json").read_bytes())
    return record


def german() -> Resource:
    """A breast cancer with a metastasis of the spine: ICD-10-GM with its version, German displays, sites as text."""
    return bundle(
        patient("p1"),
        {
            "resourceType": "Condition",
            "id": "primaertumor",
            **_ACTIVE,
            **_SUBJECT,
            "code": {
                "coding": [
                    {
                        "system": _GM,
                        "version": "2025",
                        "code": "C50.4",
                        "display": "Bösartige Neubildung: Oberer äußerer Quadrant der Brustdrüse",
                    }
                ]
            },
            "bodySite": [{"text": "rechte Brust"}],
            "recordedDate": "2024-03-11",
        },
        {
            "resourceType": "Condition",
            "id": "fernmetastase",
            **_ACTIVE,
            **_SUBJECT,
            "code": {
                "coding": [
                    {
                        "system": _GM,
                        "version": "2025",
                        "code": "C79.5",
                        "display": "Sekundäre bösartige Neubildung des Knochens und des Knochenmarkes",
                    }
                ]
            },
            "bodySite": [concept(("33766003", _SCT), text="BWK 9")],
            "recordedDate": "2026-09-20",
        },
        {
            "resourceType": "Observation",
            "id": "ecog",
            "status": "final",
            **_SUBJECT,
            "code": concept(("423740007", _SCT), ("89247-1", "http://loinc.org"), text="Allgemeiner Leistungszustand"),
            "valueCodeableConcept": concept(("422512005", _SCT), text="ECOG 1"),
            "effectiveDateTime": "2026-09-21",
        },
    )


RECORDS = {
    "mcode-collection": lambda: example("breast-two-levels"),
    "searchset": lambda: example("kidney-complete"),
    "emergency": lambda: example("prostate-emergency"),
    "synthea-without-spine": lambda: example("colon-no-spinal-tumour"),
    "german-registry": german,
}
