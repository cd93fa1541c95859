"""Procedures: earlier radiotherapy and surgery at a level, chemotherapy and systemic therapy."""

from __future__ import annotations

from service.evidence import Statement, Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import CodeableConcept, Procedure, slice_of
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS, LESION
from service.problems import Ledger, Problem, Rejected

#: A stopped procedure had begun: radiotherapy that was broken off has irradiated.
_HAPPENED = frozenset(("completed", "in-progress", "stopped"))
#: What a treatment that is not understood may have been.
_ALL_FINDINGS = frozenset(("previous-chemotherapy", "previous-systemic-therapy", "prior-radiotherapy-at-level"))
_PERHAPS: Values = frozenset((False, True))


_RELEVANCE = Relevance(
    lambda terms, system, code: terms.procedure(system, code) is not None,
    "radi(?:o|ation )therap|irradiat|brachytherap|chemotherap",
)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a Procedure is, or reads like, a treatment of a tumour. Never fails."""
    return _RELEVANCE.of(entry.get("code"), terms)


def read_procedure(entry: Entry, notes: Notebook) -> None:
    """Writes what a Procedure says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    procedure = slice_of(Procedure, entry.resource, entry.path)
    notes.subjects.note(entry, procedure.subject)
    concept = procedure.code or CodeableConcept()
    if all(notes.terms.procedure(c.system, c.code) is None for c in concept.coding):
        notes.mentioned |= _ALL_FINDINGS
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like a treatment of a tumour, but its code is not known here")
        return
    if not procedure.status:
        message = "The status is missing. Add it; a finished procedure is completed."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if procedure.status not in _HAPPENED:
        if procedure.status == "unknown":
            meanings = (notes.terms.procedure(c.system, c.code) or () for c in concept.coding)
            notes.mentioned |= {finding for meaning in meanings for finding, _ in meaning}
        notes.remark(entry, Ledger.STATUS, "its status does not say that it happened, so it is left out")
        return
    then = _time(procedure, entry, notes)
    if notes.too_late(entry, then):
        return
    place = site(notes.terms, procedure.body_site)
    for coding in concept.coding:
        for finding, values in notes.terms.procedure(coding.system, coding.code) or ():
            if finding not in notes.reads:
                notes.remark(entry, Ledger.NOT_READ, f"{FINDINGS[finding].title}: known, but no score or rule reads it")
            elif FINDINGS[finding].scope != LESION:
                notes.said.append(Said(Statement(finding, values, entry.name, then, lasting=True), entry))
            elif place is not None and not place.in_spine:
                notes.mentioned.add(finding)
                why = "no vertebral level in its body site, so it says nothing about a lesion"
                notes.remark(entry, Ledger.NOT_IN_SPINE, why)
            elif place is None:
                # Done somewhere: perhaps at the level of a lesion, which is not the same as never.
                notes.mentioned.add(finding)
                notes.remark(entry, Ledger.NOT_IN_SPINE, "no body site, so it was perhaps done at any lesion")
                notes.said.append(Said(Statement(finding, _PERHAPS, entry.name, then, lasting=True), entry))
            else:
                # "Lumbar spine" may or may not have included the level of a lesion there.
                known = values if place.levels else _PERHAPS
                notes.said.append(Said(Statement(finding, known, entry.name, then, lasting=True), entry, place))


def _time(procedure: Procedure, entry: Entry, notes: Notebook) -> When:
    if procedure.performed_date_time:
        return notes.date(procedure.performed_date_time, f"{entry.path}.performedDateTime")
    if procedure.performed_period:
        return notes.date(procedure.performed_period.start, f"{entry.path}.performedPeriod.start")
    return When()
