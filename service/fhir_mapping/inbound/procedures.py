"""Procedures: earlier radiotherapy and surgery at a level, chemotherapy and systemic therapy."""

from __future__ import annotations

from typing import Any

from service.evidence import Statement, Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.site_words import is_elsewhere, speaks_of_spine
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Procedure, slice_of
from service.fhir_mapping.inbound.statements import PERHAPS, treated
from service.fhir_mapping.inbound.tumours import is_tumour, is_tumour_by_text
from service.fhir_mapping.inbound.words import Words
from service.fhir_mapping.terminology import Meaning, Terminology
from service.problems import Ledger, Problem, Rejected

#: A stopped procedure had begun: radiotherapy that was broken off has irradiated.
_HAPPENED = frozenset(("completed", "stopped"))
#: What never took place. Any other status leaves open whether it did: radiotherapy on hold was mostly begun.
_NEVER = frozenset(("not-done", "preparation", "entered-in-error"))
#: What a treatment that is not understood may have been.
_ALL_FINDINGS = frozenset(("previous-chemotherapy", "previous-systemic-therapy", "prior-radiotherapy-at-level"))
_IRRADIATION = "/mii-ex-onko-strahlentherapie-bestrahlung"
_RADIOTHERAPY, _SURGERY = "prior-radiotherapy-at-level", "prior-surgery-at-level"

_RADIOTHERAPY_WORDS = (
    r"radi(?:o|ation )(?:chemo)?therap|irradiat|radiatio|\bradiation\b|brachytherap|strahlenth|bestrahl|teletherap"
    r"|\b(?:xrt|rtx|ebrt|imrt|vmat|sbrt|sabr|srs)\b|cyber-?knife|gamma[ -]?knife|tomotherap|\b\d+(?:[.,]\d+)? ?c?gy\b"
    r"|(?:proton|carbon[ -]ion)\w*(?: beam)? ?therap"
    # Alone it may be the right side, or another therapy.
    r"|^\W*rt\W*$|\brt\b.*\b(?:spin|[tcl]h?\d|bone|whole|pelvi|[bhl]w[sk]|wirbel|fx|fractions?|fraktion)"
)
_SURGERY_WORDS = (
    r"lamine[ck]t|laminotom|k[yi]phoplast|vertebroplast|spinal (?:fusion|instrumentation|decompression|stabili[sz])"
    r"|spondylodes|spondyle[ck]tom|[ck]orpe[ck]tom|vertebre[ck]tom|wirbel\w*ersatz|pedicle screw|pedikelschraub"
    r"|fixateur interne|(?:dorsal|ventral|posterior|anterior|wirbel|spin)\w*[ -](?:\w+[ -])?stabili[sz]"
    r"|stabili[sz]\w* .*(?:wirbel|spin|[bhl]w[sk])|^\W*(?:surgical |operative )?(?:decompression|dekompression)\b"
    r"|(?:de[ck]ompress)\w*.*(?:spin|cord|wirbel|m(?:ye|y)lon|[bhl]w[sk]|\b[tcl]h?\d)"
)
_RELEVANCE = Relevance(
    lambda terms, system, code: terms.procedure(system, code) is not None,
    rf"{_RADIOTHERAPY_WORDS}|\bchemo|\btace\b|embolis"
    "|immun(?:e|o)therap|hormon(?:e )?therap|antineoplas|zytostat|systemische therapie|targeted therapy"
    "|nuklearmedizinische therapie",
)
_SPINAL_SURGERY = Relevance(lambda *_: False, _SURGERY_WORDS)
#: By their words, the treatments whose silence is read: what is named in words alone was perhaps done.
BY_WORDS = ((_RADIOTHERAPY_WORDS, frozenset((_RADIOTHERAPY,))), (_SURGERY_WORDS, frozenset((_SURGERY,))))
_NAMED = Words(BY_WORDS)
#: Operations that are mostly for tumours: named, whatever their code.
_REMOVAL = Relevance(
    lambda *_: False,
    "mastectom|lumpectom|prostatectom|prostatovesikulektom|mastektomie|mamma|nephrectom|cystectom|lobectom|gastrectom",
)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a Procedure is, or reads like, a treatment of a tumour, or was perhaps done for one. Never fails."""
    return _is_treatment(entry, terms) or "reasonReference" in entry.members or "reasonCode" in entry.members


def _is_treatment(entry: Entry, terms: Terminology) -> bool:
    content = entry.text("code")
    return (content is not None and speaks_of_spine_or_tumour(content, terms)) or _RELEVANCE.of_member(
        entry, "category", terms
    )


def speaks_of_spine_or_tumour(content: bytes, terms: Terminology) -> bool:
    """Whether the code of a Procedure, as compact JSON, is or reads like a treatment of a tumour or of the spine."""
    return any(each.of_text(content, terms) for each in (_RELEVANCE, _SPINAL_SURGERY, _REMOVAL)) or is_tumour_by_text(
        content, terms
    )


def category_or_reason_speak(entry: Entry, terms: Terminology) -> bool:
    """Whether the category or a reason of a Procedure, as it stands in it, speaks of a tumour. Never fails."""
    members = entry.members
    if "category" in members and _RELEVANCE.of_member(entry, "category", terms):
        return True
    if "reasonCode" in members and any(is_tumour(each, terms) for each in _listed(entry.get("reasonCode"))):
        return True
    return "reasonReference" in members and any(
        isinstance(each, OBJECT) and is_tumour({"text": each.get("display")}, terms)
        for each in _listed(entry.get("reasonReference"))
    )


def _listed(value: Any) -> Any:
    return value if isinstance(value, ARRAY) else ()


def treatments_in(text: str) -> frozenset[str]:
    """The treatments at a level that a text names: radiotherapy, surgery of the spine."""
    return _NAMED.of(text)


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
        _not_understood(procedure, entry, notes)
        return
    if not procedure.status:
        message = "The status is missing. Add it; a finished procedure is completed."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if procedure.status in _NEVER:
        notes.remark(entry, Ledger.STATUS, "its status says that it did not happen, so it is left out")
        return
    then = _time(procedure, entry, notes)
    if notes.too_late(entry, then):
        return
    if not found:
        notes.remark(entry, Ledger.NOT_READ, "known, but no score or rule reads it")
    elif procedure.status not in _HAPPENED:
        why = "its status leaves open whether it was done, and how far; both stay possible"
        if procedure.status == "in-progress":
            why = (
                "in progress, so it is no earlier course that is over, and may have begun long ago; both stay possible"
            )
        notes.remark(entry, Ledger.UNCONFIRMED, why)
        found = dict.fromkeys(found, PERHAPS)
    place = _place(procedure, notes)
    for finding, values in sorted(found.items()):
        treated(finding, values, place, entry, then, notes)


def _place(procedure: Procedure, notes: Notebook) -> Site | None:
    return site(notes.terms, [*procedure.body_site, *_target_areas(procedure)])


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
    if any(is_tumour(each, notes.terms) for each in _listed(entry.get("reasonCode"))):
        return True
    return any(_is_of_tumour(each, notes) for each in _listed(entry.get("reasonReference")))


def _is_of_tumour(reference: Any, notes: Notebook) -> bool:
    if not isinstance(reference, OBJECT):
        return False
    if is_tumour({"text": reference.get("display")}, notes.terms):
        return True
    name = reference.get("reference")
    target = notes.conditions.find(name) if isinstance(name, str) else None
    return target is not None and is_tumour(target.get("code"), notes.terms)


def _not_understood(procedure: Procedure, entry: Entry, notes: Notebook) -> None:
    """Says what a treatment with unknown codes reads like. What it perhaps was is left open, and is not silence."""
    concepts = (procedure.code or CodeableConcept(), procedure.category or CodeableConcept())
    words = [word for each in concepts for word in each.words]
    named = frozenset[str]().union(*map(treatments_in, words))
    code, why = Ledger.NOT_UNDERSTOOD, "reads like a treatment of a tumour, but its code is not known here"
    if any(_RELEVANCE.reads_alike(each) for each in concepts):
        notes.mentioned |= _ALL_FINDINGS
    elif named:
        why = "reads like an operation of the spine, but its code is not known here"
    else:
        code = Ledger.NOT_READ
        why = "done for a tumour, or mostly done for one; by its codes no treatment that a score or rule reads"
        if not words:  # it may have been anything
            notes.mentioned |= _ALL_FINDINGS
            named = frozenset((_RADIOTHERAPY, _SURGERY))
    notes.remark(entry, code, why)
    notes.mentioned |= named
    if not named or procedure.status in _NEVER:
        return
    then = _time(procedure, entry, notes)
    if not notes.too_late(entry, then):
        notes.subjects.note(entry, procedure.subject)
        place = _place(procedure, notes) or _elsewhere(words)
        for finding in sorted(named & notes.reads):
            if place is None or place.unclear:
                notes.said.append(Said(Statement(finding, PERHAPS, entry.name, then, lasting=True), entry))
            else:
                treated(finding, PERHAPS, place, entry, then, notes)


def _elsewhere(words: list[str]) -> Site | None:
    """Another part of the body, where the words of a treatment name one; None where it may be the spine."""
    named = any(map(is_elsewhere, words)) and not any(map(speaks_of_spine, words))
    return Site() if named else None


def _time(procedure: Procedure, entry: Entry, notes: Notebook) -> When:
    if procedure.performed_date_time:
        return notes.date(procedure.performed_date_time, f"{entry.path}.performedDateTime")
    if procedure.performed_period:
        return notes.date(procedure.performed_period.start, f"{entry.path}.performedPeriod.start")
    return When()
