"""Which resources carry findings, and what reads each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.fhir_mapping.inbound import conditions, drugs, observations, procedures, questionnaires, reports, results
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.terminology import STANDARD, Terminology


def _read_observation(entry: Entry, notes: Notebook) -> None:
    """The value of a score is a result, and any other Observation is read for its findings."""
    read = results.read_observation if results.is_score(entry, notes.terms) else observations.read_observation
    read(entry, notes)


Reader = Callable[[Entry, Notebook], None]
READERS: dict[str, tuple[Callable[[Entry, Terminology], bool], Reader]] = {
    "Observation": (observations.relevant, _read_observation),
    "Condition": (conditions.relevant, conditions.read_condition),
    "Procedure": (procedures.relevant, procedures.read_procedure),
    "RiskAssessment": (results.relevant, results.read_risk_assessment),
    "DiagnosticReport": (reports.relevant, reports.read_report),
    "QuestionnaireResponse": (questionnaires.relevant, questionnaires.read_answers),
    "MedicationAdministration": (drugs.relevant, drugs.read_drug),
    "MedicationDispense": (drugs.relevant, drugs.read_drug),
    "MedicationRequest": (drugs.relevant, drugs.read_drug),
    "MedicationStatement": (drugs.relevant, drugs.read_drug),
}


def carries_findings(entry: Entry, terms: Terminology) -> bool:
    """Whether a resource is of a type that is read, and says something that is."""
    return entry.kind in READERS and READERS[entry.kind][0](entry, terms)


def relevant_entries(listed: Iterable[Entry], terms: Terminology = STANDARD) -> list[Entry]:
    """The resources that carry findings, and the Patients."""
    return [e for e in listed if e.kind == "Patient" or carries_findings(e, terms)]
