"""The Patient: age and sex, as findings like any other, and whether the patient has died."""

from __future__ import annotations

from service.evidence import Span, Statement, Values
from service.fhir_mapping.inbound.dates import ages_at
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.references import Subject
from service.findings import OLDEST
from service.problems import Ledger

#: FHIR's genders "other" and "unknown" leave open which of the two a score means.
_SEXES = frozenset(("female", "male"))


def read_patient(subject: Subject, notes: Notebook) -> None:
    """Writes what the Patient says into the notebook.

    Raises:
        Rejected: 422 for a date that is none.
    """
    entry, patient = subject.entry, subject.patient
    if entry is None or patient is None:
        return
    said: dict[str, Values] = {}
    if patient.gender in _SEXES:
        said["sex"] = frozenset((patient.gender,))
    if patient.birth_date:
        ages = ages_at(notes.date(patient.birth_date, f"{entry.path}.birthDate"), notes.as_of)
        if ages is not None and ages.low <= OLDEST:
            said["age"] = frozenset((Span(ages.low, min(ages.high, OLDEST)),))
        else:
            notes.remark(entry, Ledger.NO_VALUE, "Age: the birth date gives no age that a person can have")
    for finding, values in said.items():
        # A birth date is as true as a diagnosis: a later Observation stands beside it and does not replace it.
        statement = Statement(finding, values, entry.name, notes.as_of, lasting=True)
        notes.said.append(Said(statement, entry))
    if patient.deceased_boolean is True or _has_died(patient.deceased_date_time, entry.path, notes):
        notes.remark(entry, Ledger.DECEASED, "recorded as deceased: the answer is for review, not for care")


def _has_died(date: str | None, path: str, notes: Notebook) -> bool:
    """Whether a death is dated before the end of the assessment."""
    return date is not None and notes.date(date, f"{path}.deceasedDateTime").start <= notes.as_of.end
