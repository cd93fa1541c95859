"""Forms that the records of others take, each written anew: a few resources, and what must become of them.

The forms were met in public records, which `docs/records.md` lists; nothing here is a copy of one.
"""

from __future__ import annotations

from typing import Any

from tests.support.records import (
    ICD_10_CM,
    ICD_O_3,
    LOINC,
    SNOMED,
    Resource,
    concept,
    condition,
    observation,
    procedure,
)

ICD_10_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ALPHA_ID = "http://fhir.de/CodeSystem/bfarm/alpha-id"
OPS = "http://fhir.de/CodeSystem/bfarm/ops"
ATC = "http://fhir.de/CodeSystem/bfarm/atc"
CHECKLIST = "https://cap.org/eCC"
MII = "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko"
MORPHOLOGY = f"{MII}/StructureDefinition/mii-ex-onko-histology-morphology-behavior-icdo3"


def german(name: str) -> str:
    """A code system of the German module of oncology."""
    return f"{MII}/CodeSystem/mii-cs-onko-{name}"


def result(code: str, system: str, words: str, *value: tuple[str, str]) -> Resource:
    """An Observation with a coded value, and the words of its code as a record has them."""
    found = observation(code, {"valueCodeableConcept": concept(*value)}, system=system, day="2026-09-01")
    found["code"]["coding"][0]["display"] = words
    return found


def other(kind: str, **more: Any) -> Resource:
    """A resource of a type that has no builder."""
    return {"resourceType": kind, "id": kind.lower(), "subject": {"reference": "Patient/p1"}, **more}


#: What the records hold, and the findings that it must give.
GIVES: dict[str, tuple[list[Resource], dict[str, set[Any]]]] = {
    "a diagnosis whose morphology is in the German extension": (
        [
            condition(
                "C34.0",
                ICD_10_GM,
                clinical=None,
                extension=[{"url": MORPHOLOGY, "valueCodeableConcept": concept(("8140/3", ICD_O_3))}],
            )
        ],
        {"primary-tumour": {"lung-nsclc"}},
    ),
    "a diagnosis in three systems, of which one is unknown and one is finer": (
        [
            condition("C34.1", ICD_10_GM)
            | {"code": concept(("C34.1", ICD_10_GM), ("I30011", ALPHA_ID), ("254637007", SNOMED))}
        ],
        {"primary-tumour": {"lung-nsclc"}},
    ),
    "carcinoma of the prostate in SNOMED CT": (
        [condition("254900004", SNOMED)],
        {"primary-tumour": {"prostate"}},
    ),
    "a cancer in remission beside the present one": (
        [condition("C56", ICD_10_GM), condition("C50.4", ICD_10_GM, clinical="remission")],
        {"primary-tumour": {"ovary", "breast"}},
    ),
    "ECOG with a German answer beside that of LOINC": (
        [
            result(
                "423740007",
                SNOMED,
                "Eastern Cooperative Oncology Group performance status",
                ("2", german("allgemeiner-leistungszustand-ecog")),
                ("LA9624-3", LOINC),
            )
        ],
        {"ecog": {2}},
    ),
    "Karnofsky with a German answer alone": (
        [result("761869008", SNOMED, "Karnofsky", ("30%", german("allgemeiner-leistungszustand-karnofsky")))],
        {"karnofsky": {30}},
    ),
    "a metastasis of the brain as an Observation": (
        [result("385421009", SNOMED, "Site of distant metastasis", ("BRA", german("fernmetastasen")))],
        {"brain-metastases": {True}},
    ),
    "radiotherapy that its category names, with a German operation code": (
        [procedure("8-52", OPS, category=concept(("1287742003", SNOMED)))],
        {"prior-radiotherapy-at-level": {True, False}},
    ),
    "radiotherapy of the thoracic spine by a German target area": (
        [procedure("8-52", OPS, bodySite=[concept(("6.5", german("strahlentherapie-zielgebiet")))])],
        {"prior-radiotherapy-at-level": {True, False}},
    ),
    "radiotherapy at a site of an unknown code system": (
        [procedure("1217123003", bodySite=[concept(("T-SPINE", "urn:x:sites"))])],
        {"prior-radiotherapy-at-level": {True, False}},
    ),
    "the diagnosis of a registry that has no Conditions": (
        [result("86255-7", LOINC, "Primary diagnosis ICD code", ("C18.7", ICD_10))],
        {"primary-tumour": {"colon"}},
    ),
    "chemotherapy by the kind of therapy": (
        [procedure("8-54", OPS) | {"code": concept(("8-54", OPS), ("CH", german("therapie-typ")))}],
        {"previous-chemotherapy": {True}, "previous-systemic-therapy": {True}},
    ),
    "a variant of EGFR": (
        [
            result("69548-6", LOINC, "Genetic variant assessment", ("LA9633-4", LOINC))
            | {
                "component": [
                    {
                        "code": concept(("48018-6", LOINC)),
                        "valueCodeableConcept": concept(("HGNC:3236", "http://www.genenames.org/geneId")),
                    }
                ]
            }
        ],
        {"egfr-mutation": {True}},
    ),
}

_BREAST = condition("C50.4", ICD_10_GM, name="breast")
_OF_BREAST = [{"reference": "Condition/breast"}]

#: What matters and gives no finding, so that the ledger has to name it.
SAID: dict[str, list[Resource]] = {
    "watchful waiting": [procedure("373818007", reasonCode=[concept(("C61", ICD_10_GM))])],
    "the grading": [
        result("33732-9", LOINC, "Histology grade [Identifier] in Cancer specimen", ("2", german("grading")))
    ],
    "the course of the disease": [
        result("396432002", SNOMED, "Status of regression of tumor", ("P", german("verlauf-gesamtbeurteilung")))
    ],
    "new metastases in the course of the disease": [
        result("396432002", SNOMED, "Status of regression of tumor", ("P", german("verlauf-gesamtbeurteilung")))
        | {
            "component": [
                {
                    "code": concept(("399608002", SNOMED), text="Status of distant metastasis"),
                    "valueCodeableConcept": concept(("R", german("verlauf-fernmetastasen"))),
                }
            ]
        }
    ],
    "the Gleason score": [result("35266-6", LOINC, "Gleason score in Specimen", ("7", "urn:x:score"))],
    "residual tumour": [
        result("84892-9", LOINC, "Residual tumor classification [Type]", ("R1", german("residualstatus")))
    ],
    "the pathological category of metastases": [
        result("21901-4", LOINC, "Distant metastases.pathology [Class] Cancer", ("pM1", "urn:x:tnm"))
    ],
    "a group of stages": [result("399588009", SNOMED, "Pathologic TNM stage grouping", ("IV", "urn:x:tnm"))],
    "an item of a pathologist's checklist": [
        result("35916.100004300", CHECKLIST, "Histologic Grade", ("G2", "urn:x:grade"))
    ],
    "sites of metastases in a registry": [
        result("33733-7", LOINC, "Sites of distant metastasis", ("HEP", "urn:x:site"))
    ],
    "carcinoma in situ": [condition("D06.9", ICD_10_GM)],
    "a refuted metastasis": [condition("C79.51", verification="refuted")],
    "a suspected cancer": [
        condition("162573006", SNOMED)
        | {"code": concept(("162573006", SNOMED), text="Suspected lung cancer (situation)")}
    ],
    "a cancer in words alone": [condition("x") | {"code": {"text": "My cancer has come back"}}],
    "a history of metastatic cancer that is denied": [
        observation("1287652008", False, system=SNOMED)
        | {"code": concept(("1287652008", SNOMED), text="History of metastatic malignant neoplasm")}
    ],
    "denosumab in words alone": [
        other("MedicationStatement", status="active", medicationCodeableConcept={"text": "Denosumab 120 mg"})
    ],
    "a drug that a contained Medication names": [
        other(
            "MedicationAdministration",
            status="completed",
            medicationReference={"reference": "#m"},
            contained=[{"resourceType": "Medication", "id": "m", "code": concept(("M05BX04", ATC))}],
        )
    ],
    "an operation whose reason is the cancer": [_BREAST, procedure("392021009", reasonReference=_OF_BREAST)],
    "an order for radiotherapy": [
        other(
            "ServiceRequest",
            status="active",
            intent="order",
            code=concept(("1217123003", SNOMED), text="Radiotherapy course of treatment"),
        )
    ],
    "a cancer of the family": [
        {
            "resourceType": "FamilyMemberHistory",
            "id": "mother",
            "status": "completed",
            "patient": {"reference": "Patient/p1"},
            "relationship": {"text": "mother"},
            "condition": [{"code": concept(("C50.9", ICD_10_CM), text="breast cancer")}],
        }
    ],
    "a report of pathology": [
        other(
            "DiagnosticReport",
            status="final",
            code=concept(("22034-3", LOINC), text="Pathology report Cancer Narrative"),
        )
    ],
    "the plan of a tumour board": [
        _BREAST,
        other("CarePlan", status="active", intent="plan", addresses=_OF_BREAST),
    ],
    "imaging of the spine": [
        other("ImagingStudy", status="available", description="MRI of the whole spine, metastases?")
    ],
}
