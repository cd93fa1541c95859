"""Procedures: earlier radiotherapy and surgery at a level, chemotherapy and systemic therapy."""

from __future__ import annotations

from typing import Any

from service.evidence import Statement, Values, When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import CodeableConcept, Procedure, slice_of
from service.findings import FINDINGS, LESION
from service.problems import Ledger, Problem, Rejected

#: A stopped procedure had begun: radiotherapy that was broken off has irradiated.
_HAPPENED = frozenset(("completed", "in-progress", "stopped"))
_PERHAPS: Values = frozenset((False, True))


def relevant(resource: Any) -> bool:
    """Whether a Procedure is a treatment that is known here. Never fails."""
    concept = resource.get("code")
    codings = concept.get("coding") if isinstance(concept, OBJECT) else None
    for coding in codings if isinstance(codings, ARRAY) else ():
        if isinstance(coding, OBJECT):
            system, code = coding.get("system"), coding.get("code")
            if isinstance(system, str) and isinstance(code, str) and terminology.procedure(system, code) is not None:
                return True
    return False


def read_procedure(entry: Entry, notes: Notebook) -> None:
    """Writes what a Procedure says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    procedure = slice_of(Procedure, entry.resource, entry.path)
    notes.subjects.note(entry, procedure.subject)
    if not procedure.status:
        message = "The status is missing. Add it; a finished procedure is completed."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if procedure.status not in _HAPPENED:
        notes.remark(entry, Ledger.STATUS, "its status does not say that it happened, so it is left out")
        return
    then = _time(procedure, entry, notes)
    if notes.too_late(entry, then):
        return
    place = site(procedure.body_site)
    for coding in (procedure.code or CodeableConcept()).coding:
        for finding, values in terminology.procedure(coding.system, coding.code) or ():
            if FINDINGS[finding].scope != LESION:
                notes.said.append(Said(Statement(finding, values, entry.name, then, lasting=True), entry))
            elif place is None or not place.in_spine:
                text = "no vertebral level in its body site, so it says nothing about a lesion"
                notes.remark(entry, Ledger.NOT_IN_SPINE, text)
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
