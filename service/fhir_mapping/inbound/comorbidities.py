"""The list of comorbidities of mCODE: an Observation that names illnesses, those that are absent among them."""

from __future__ import annotations

from service.evidence import Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.slices import Condition, Extension, Observation, slice_of
from service.fhir_mapping.inbound.statements import measured
from service.findings import FINDINGS, PATIENT
from service.problems import Ledger

_MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition"
_PRESENT = {_MCODE: True, f"{_MCODE}-absent": False}


def read_comorbidities(observation: Observation, entry: Entry, then: When, notes: Notebook) -> int:
    """Notes the illnesses that are named, as present or absent; gives the number of statements.

    Raises:
        Rejected: 422 for a Condition of the wrong form.
    """
    made = 0
    for extension in observation.extension:
        present = _PRESENT.get(extension.url)
        if present is None:
            continue
        for finding in sorted(_findings(extension, notes)):
            values: Values = frozenset((present,))
            made += measured(finding, values, lambda: None, entry, then, notes)
    if not made:
        notes.remark(entry, Ledger.NOT_READ, "comorbidities, none of which a score or rule reads")
    return made


def _findings(extension: Extension, notes: Notebook) -> set[str]:
    """The illnesses among the findings that an extension names by a code or by a Condition."""
    concept = extension.value_codeable_concept
    name = extension.value_reference.reference if extension.value_reference else None
    target = notes.conditions.find(name) if name else None
    if target is not None:
        concept = slice_of(Condition, target.resource, target.path).code
    return {
        finding
        for coding in (concept.coding if concept else ())
        for finding, values in notes.terms.condition(coding.system, coding.code) or ()
        if values == {True} and FINDINGS[finding].scope == PATIENT and finding not in SPREAD
    }
