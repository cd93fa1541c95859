"""The Patient: age and sex, as findings like any other, and whether the patient has died."""

from __future__ import annotations

from itertools import product

from service.evidence import Span, Statement, Values
from service.fhir_mapping.inbound.dates import ages_at
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.references import Subject
from service.findings import OLDEST
from service.problems import Ledger
from service.text import phrase, quoted

#: FHIR's genders "other" and "unknown" leave open which of the two a score means.
_SEXES = frozenset(("female", "male"))


_OTHERS = frozenset(("other", "unknown"))
#: Tumours of organs that one sex has. Another patient's record that slipped in shows by them.
_ORGANS_OF: dict[str, Values] = {
    "male": frozenset(("prostate",)),
    "female": frozenset(("ovary", "uterus", "cervix")),
}


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
    elif patient.gender is not None and patient.gender not in _OTHERS:
        notes.remark(entry, Ledger.NO_VALUE, "Sex: no code of FHIR; send female, male, other or unknown as gender")
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


def compare_sex(notes: Notebook) -> None:
    """Remarks on a tumour of an organ that the sex of the Patient does not have."""
    said = [each for each in notes.said if each.statement.finding == "sex" and each.entry.kind == "Patient"]
    for sex, organs in _ORGANS_OF.items():
        of_others = [each for each in said if each.statement.values and sex not in each.statement.values]
        tumours = [
            each
            for each in notes.said
            if each.statement.finding == "primary-tumour" and each.statement.values <= organs
        ]
        for patient, tumour in product(of_others, tumours):
            why = "a tumour that does not go with Patient.gender; see that both are of one person, each counts as said"
            notes.remark(tumour.entry, Ledger.CONFLICT, why)
            notes.remark(
                patient.entry,
                Ledger.CONFLICT,
                phrase("Sex: does not go with the tumour of {resource}", resource=quoted(tumour.entry.name)),
            )
