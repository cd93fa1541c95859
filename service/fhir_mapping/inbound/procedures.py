"""Procedures: earlier radiotherapy and surgery at a level, chemotherapy and systemic therapy."""

from __future__ import annotations

from typing import Any

from service.evidence import Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.diagnoses import is_tumour
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Procedure, slice_of
from service.fhir_mapping.inbound.statements import treated
from service.fhir_mapping.terminology import Meaning, Terminology
from service.problems import Ledger, Problem, Rejected

#: A stopped procedure had begun: radiotherapy that was broken off has irradiated.
_HAPPENED = frozenset(("completed", "in-progress", "stopped"))
#: What a treatment that is not understood may have been.
_ALL_FINDINGS = frozenset(("previous-chemotherapy", "previous-systemic-therapy", "prior-radiotherapy-at-level"))
_IRRADIATION = "/mii-ex-onko-strahlentherapie-bestrahlung"
_SURGERY = "prior-surgery-at-level"

_RELEVANCE = Relevance(
    lambda terms, system, code: terms.procedure(system, code) is not None,
    "radi(?:o|ation )(?:chemo)?therap|irradiat|brachytherap|chemotherap|strahlenth|bestrahl|teletherap"
    "|immun(?:e|o)therap|hormon(?:e )?therap|antineoplas|zytostat|systemische therapie|targeted therapy"
    "|nuklearmedizinische therapie",
)
_SPINAL_SURGERY = Relevance(
    lambda *_: False, "laminectom|kyphoplast|vertebroplast|spinal fusion|spondylodes|corpectom|vertebrectom"
)
#: Operations that are mostly for tumours: named, whatever their code.
_REMOVAL = Relevance(
    lambda *_: False,
    "mastectom|lumpectom|prostatectom|prostatovesikulektom|mastektomie|mamma|nephrectom|cystectom|lobectom|gastrectom",
)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a Procedure is, or reads like, a treatment of a tumour, or was perhaps done for one. Never fails."""
    return _is_treatment(entry, terms) or "reasonReference" in entry.members or "reasonCode" in entry.members


def _is_treatment(entry: Entry, terms: Terminology) -> bool:
    code = entry.get("code")
    return (
        _RELEVANCE.of(code, terms)
        or _SPINAL_SURGERY.of(code, terms)
        or _REMOVAL.of(code, terms)
        or is_tumour(code, terms)
        or _RELEVANCE.of(entry.get("category"), terms)
    )


def read_procedure(entry: Entry, notes: Notebook) -> None:
    """Writes what a Procedure says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    if not _is_treatment(entry, notes.terms) and not _for_tumour(entry, notes):
        notes.subjects.glance(entry)
        return
    procedure = slice_of(Procedure, entry.resource, entry.path)
    concept = procedure.code or CodeableConcept()
    meanings = _meanings(concept, notes) or _meanings(procedure.category, notes)
    found: dict[str, Values] = {finding: values for meaning in meanings for finding, values in meaning}
    if not any(meanings):
        notes.subjects.glance(entry)
    else:
        notes.subjects.note(entry, procedure.subject)
    if not meanings:
        _not_understood(concept, entry, notes)
        return
    if not procedure.status:
        message = "The status is missing. Add it; a finished procedure is completed."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if procedure.status not in _HAPPENED:
        if procedure.status == "unknown":
            notes.mentioned |= found.keys()
        notes.remark(entry, Ledger.STATUS, "its status does not say that it happened, so it is left out")
        return
    then = _time(procedure, entry, notes)
    if notes.too_late(entry, then):
        return
    if not found:
        notes.remark(entry, Ledger.NOT_READ, "known, but no score or rule reads it")
    place = site(notes.terms, [*procedure.body_site, *_target_areas(procedure)])
    for finding, values in sorted(found.items()):
        treated(finding, values, place, entry, then, notes)


def _target_areas(procedure: Procedure) -> list[BodySite]:
    """The target areas of radiotherapy, which an older German form has in an extension."""
    return [
        BodySite(part.value_codeable_concept.coding, part.value_codeable_concept.text)
        for extension in procedure.extension
        if extension.url.endswith(_IRRADIATION)
        for part in extension.extension
        if part.url.lower() == "zielgebiet" and part.value_codeable_concept
    ]


def _meanings(concept: CodeableConcept | None, notes: Notebook) -> list[Meaning]:
    found = (notes.terms.procedure(c.system, c.code) for c in (concept.coding if concept else ()))
    return [meaning for meaning in found if meaning is not None]


def _for_tumour(entry: Entry, notes: Notebook) -> bool:
    """Whether it was done for a tumour. Never fails."""
    reasons = entry.get("reasonCode")
    if any(is_tumour(each, notes.terms) for each in (reasons if isinstance(reasons, ARRAY) else ())):
        return True
    named = entry.get("reasonReference")
    return any(_is_of_tumour(each, notes) for each in (named if isinstance(named, ARRAY) else ()))


def _is_of_tumour(reference: Any, notes: Notebook) -> bool:
    if not isinstance(reference, OBJECT):
        return False
    if is_tumour({"text": reference.get("display")}, notes.terms):
        return True
    name = reference.get("reference")
    target = notes.conditions.find(name) if isinstance(name, str) else None
    return target is not None and is_tumour(target.get("code"), notes.terms)


def _not_understood(concept: CodeableConcept, entry: Entry, notes: Notebook) -> None:
    code = entry.get("code")
    if _RELEVANCE.of(code, notes.terms):
        notes.mentioned |= _ALL_FINDINGS
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like a treatment of a tumour, but its code is not known here")
    elif _SPINAL_SURGERY.of(code, notes.terms):
        notes.mentioned.add(_SURGERY)
        notes.remark(
            entry, Ledger.NOT_UNDERSTOOD, "reads like an operation of the spine, but its code is not known here"
        )
    else:
        if not concept.text and not any(c.display for c in concept.coding):
            notes.mentioned |= _ALL_FINDINGS | {_SURGERY}  # without words it may have been anything
        why = "done for a tumour, or mostly done for one; by its codes no treatment that a score or rule reads"
        notes.remark(entry, Ledger.NOT_READ, why)


def _time(procedure: Procedure, entry: Entry, notes: Notebook) -> When:
    if procedure.performed_date_time:
        return notes.date(procedure.performed_date_time, f"{entry.path}.performedDateTime")
    if procedure.performed_period:
        return notes.date(procedure.performed_period.start, f"{entry.path}.performedPeriod.start")
    return When()
