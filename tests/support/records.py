"""Builders for records: the few resources that matter, in the fewest words.

A builder gives a plain resource; :func:`bundle` wraps resources into a Bundle with a fullUrl each.
"""

from __future__ import annotations

import itertools
from typing import Any

import orjson

from service import BASE
from service.evidence import Values
from service.fhir_mapping.inbound import Intake, take_in
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.policy import DEFAULT, Policy

Resource = dict[str, Any]

FINDING = f"{BASE}/CodeSystem/finding"
VALUE = f"{BASE}/CodeSystem/finding-value"
TUMOUR = f"{BASE}/CodeSystem/tumour"
VERTEBRA = f"{BASE}/CodeSystem/vertebra"
LEVEL_EXTENSION = f"{BASE}/StructureDefinition/vertebral-level"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
UCUM = "http://unitsofmeasure.org"
RADELEMENT = "https://radelement.org"

SERVER = "https://example.org/fhir"
DAY = "2026-10-01"
TIMESTAMP = "2026-10-02T09:00:00Z"
AS_OF = "2026-10-02"

_numbers = itertools.count(1)


def coding(code: str, system: str, **more: Any) -> Resource:
    return {"system": system, "code": code, **more}


def concept(*codings: tuple[str, str], **more: Any) -> Resource:
    """A CodeableConcept of (code, system) pairs."""
    return {"coding": [coding(code, system) for code, system in codings], **more}


def level(*names: str) -> Resource:
    """A body site with vertebrae by the local code."""
    return concept(*((name, VERTEBRA) for name in names))


def quantity(value: float, unit: str | None, comparator: str | None = None) -> Resource:
    found: Resource = {"value": value}
    if unit is not None:
        found |= {"system": UCUM, "code": unit}
    return found | ({"comparator": comparator} if comparator else {})


def value_of(value: Any) -> Resource:
    """The ``value[x]`` of an Observation for a Python value.

    A str is a local code, a pair is a Quantity, a dict is taken as it is, None is no value.
    """
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    if isinstance(value, bool):
        return {"valueBoolean": value}
    if isinstance(value, int):
        return {"valueInteger": value}
    if isinstance(value, tuple):
        return {"valueQuantity": quantity(*value)}
    return {"valueCodeableConcept": concept((value, VALUE))}


def observation(
    what: str,
    value: Any = None,
    at: str | None = None,
    *,
    system: str = FINDING,
    name: str | None = None,
    day: str | None = DAY,
    **more: Any,
) -> Resource:
    """An Observation with a code: final, dated, of the patient ``p1``."""
    found: Resource = {
        "resourceType": "Observation",
        "id": name or f"o{next(_numbers)}",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": concept((what, system)),
        **value_of(value),
    }
    if day is not None:
        found["effectiveDateTime"] = day
    if at is not None:
        found["bodySite"] = level(at)
    return {**found, **more}


def element(code: str, answer: int, *, value_only: bool = False) -> Resource:
    """A component with an element of RadElement and one of its answers, by its index; or the value alone."""
    value: Resource = {"valueCodeableConcept": concept((f"{code}.{answer}", RADELEMENT))}
    return value if value_only else {"code": concept((code, RADELEMENT)), **value}


def metastasis(at: str = "T6", name: str | None = None) -> Resource:
    """The Observation that makes a lesion, and nothing else."""
    return observation("tumour-origin", "metastatic", at, name=name or f"metastasis-{at}")


def primary(tumour: str, name: str = "primary") -> Resource:
    return observation("primary-tumour", {"valueCodeableConcept": concept((tumour, TUMOUR))}, name=name)


def condition(
    what: str,
    system: str = ICD_10_CM,
    at: str | None = None,
    *,
    name: str | None = None,
    clinical: str | None = "active",
    verification: str | None = "confirmed",
    **more: Any,
) -> Resource:
    found: Resource = {
        "resourceType": "Condition",
        "id": name or f"c{next(_numbers)}",
        "subject": {"reference": "Patient/p1"},
        "code": concept((what, system)),
    }
    if clinical:
        found["clinicalStatus"] = concept((clinical, "http://terminology.hl7.org/CodeSystem/condition-clinical"))
    if verification:
        system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
        found["verificationStatus"] = concept((verification, system))
    if at is not None:
        found["bodySite"] = [level(at)]
    return {**found, **more}


def procedure(
    what: str, system: str = SNOMED, at: str | None = None, *, name: str | None = None, **more: Any
) -> Resource:
    found: Resource = {
        "resourceType": "Procedure",
        "id": name or f"r{next(_numbers)}",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "code": concept((what, system)),
        "performedDateTime": "2026-01-10",
    }
    if at is not None:
        found["bodySite"] = [level(at)]
    return {**found, **more}


def drug(
    what: str | None,
    system: str = RXNORM,
    kind: str = "MedicationRequest",
    *,
    name: str | None = None,
    **more: Any,
) -> Resource:
    """An order of a drug, or another of the types with one, by its code: active, or completed, in January."""
    found: Resource = {
        "resourceType": kind,
        "id": name or f"d{next(_numbers)}",
        "status": "active" if kind == "MedicationRequest" else "completed",
        "subject": {"reference": "Patient/p1"},
    }
    if what is not None:
        found["medicationCodeableConcept"] = concept((what, system))
    if kind == "MedicationRequest":
        found |= {"intent": "order", "authoredOn": "2026-01-10"}
    elif kind != "MedicationDispense":
        found["effectiveDateTime"] = "2026-01-10"
    return {**found, **more}


def patient(name: str = "p1", **more: Any) -> Resource:
    return {"resourceType": "Patient", "id": name, "gender": "female", "birthDate": "1958-05-04", **more}


def bundle(*resources: Resource, **more: Any) -> Resource:
    """A collection with the patient ``p1`` (unless there is a Patient) and the resources."""
    listed = list(resources)
    if not any(r.get("resourceType") == "Patient" for r in listed):
        listed.insert(0, patient())
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": TIMESTAMP,
        "entry": [entry(r) for r in listed],
        **more,
    }


def entry(resource: Resource) -> Resource:
    if "id" not in resource:
        return {"resource": resource}
    return {"fullUrl": f"{SERVER}/{resource['resourceType']}/{resource['id']}", "resource": resource}


def bare(*resources: Resource, **more: Any) -> Resource:
    """A Bundle with just these resources, and no fullUrl."""
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": TIMESTAMP,
        "entry": [{"resource": r} for r in resources],
        **more,
    }


def take(record: Resource, as_of: str = AS_OF, policy: Policy = DEFAULT, *, assume_complete: bool = False) -> Intake:
    """The case of a record, read from its bytes as the doors do."""
    return take_in(decode(orjson.dumps(record)), when(as_of), policy, assume_complete=assume_complete)


def possible(intake: Intake, finding: str, lesion: str | None = None) -> Values:
    """What a finding may be, for the patient or for the lesion of a name."""
    chosen = next(le for le in intake.case.lesions if le.name == lesion) if lesion else None
    return intake.case.possible(finding, chosen)


def said(intake: Intake, finding: str, lesion: str | None = None) -> bool:
    """Whether the record says anything about a finding."""
    chosen = next(le for le in intake.case.lesions if le.name == lesion) if lesion else None
    return bool(intake.case.about(finding, chosen).statements)


def remarks(intake: Intake) -> dict[str, set[str]]:
    """The codes of the ledger, by resource."""
    found: dict[str, set[str]] = {}
    for line in intake.ledger:
        found.setdefault(line.resource, set()).add(line.code.value)
    return found


def lesion_names(intake: Intake) -> list[str]:
    return [lesion.name for lesion in intake.case.lesions]
