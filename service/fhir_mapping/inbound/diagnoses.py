"""What the codes of a diagnosis say, wherever it stands: in a Condition, a report, or as the reason of a treatment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from service.evidence import Values, agree
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound import complications
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.histology import PRIMARY, refined, within_organ
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.scales import METASTATIC
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding
from service.fhir_mapping.inbound.statements import PERHAPS, diagnosed, unread
from service.fhir_mapping.inbound.tumours import (
    ABOUT_TUMOURS,
    SPREADS,
    TUMOUR_WORDS,
    is_cancer,
    is_metastasis,
    is_neoplasm,
    is_tumour_by_text,
    no_tumour,
    reads_like_tumour,
)
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS
from service.problems import Ledger
from service.text import phrase

#: Tumours of the blood are at home in bone: a vertebra with one is neither "primary" nor a metastasis by code.
_OF_BLOOD = frozenset(("lymphoma", "myeloma", "plasmacytoma", "leukaemia"))
_BONES = frozenset(("extraspinal-bone-metastasis-count", "vertebral-metastasis-count"))
#: A suspicion of these is itself a reason to act.
_URGENT = frozenset(("spinal-cord-compression", "cauda-equina-syndrome"))
_ORIGIN = "tumour-origin"
#: What a tumour of the blood in a vertebra may be there.
_EITHER: Values = frozenset(("metastatic", "primary"))


def _known(terms: Terminology, system: str, code: str) -> bool:
    return (
        terms.condition(system, code) is not None
        or terms.procedure(system, code) is not None
        or terms.history(system, code) is not None
        or is_neoplasm(terms, system, code)
    )


_RELEVANCE = Relevance(_known, f"{TUMOUR_WORDS}|{complications.WORDS}")


def matters(concept: Any, terms: Terminology) -> bool:
    """Whether a concept, as it was decoded, is or reads like a tumour or one of its complications. Never fails."""
    return _RELEVANCE.of(concept, terms)


def matters_by_text(content: bytes, terms: Terminology) -> bool:
    """The same of a concept as compact JSON."""
    return _RELEVANCE.of_text(content, terms)


def speaks_of_spine_or_tumour(content: bytes, terms: Terminology, of_anybody: frozenset[str]) -> bool:
    """Whether a concept, as compact JSON, matters for more than the findings ``of_anybody``."""
    if not _RELEVANCE.of_text(content, terms):
        return False
    if is_tumour_by_text(content, terms):
        return True
    concept = msgspec.json.decode(content, type=CodeableConcept)
    if is_cancer(concept, terms):
        return True
    meanings = [terms.condition(c.system, c.code) for c in concept.coding]
    known = [meaning for meaning in meanings if meaning is not None]
    found = {finding for meaning in known for finding, _ in meaning}
    others = (terms.procedure(c.system, c.code) or terms.history(c.system, c.code) for c in concept.coding)
    return not known or not found <= of_anybody or any(others) or bool(complications.named(concept.words))


def meaning(concept: CodeableConcept, entry: Entry, notes: Notebook) -> dict[str, Values] | None:
    """What the codes of a diagnosis say together; None where none of them is known."""
    found = [m for m in (notes.terms.condition(c.system, c.code) for c in concept.coding) if m is not None]
    if is_metastasis(concept, notes.terms) and not any(finding in SPREADS for each in found for finding, _ in each):
        notes.mentioned |= SPREAD
    if not found:
        return None
    if any(notes.terms.behaviour(c.system, c.code) == "2" for c in concept.coding):
        found = [tuple(part for part in each if part[0] != PRIMARY) for each in found]
    by_finding: dict[str, list[Values]] = {}
    for each in found:
        for finding, values in each:
            by_finding.setdefault(finding, []).append(values)
    result: dict[str, Values] = {}
    for finding, sets in by_finding.items():
        result[finding], conflict = agree(sets)
        if conflict:
            notes.remark(entry, Ledger.CONFLICT, "its codes do not agree; each of them stays possible")
    return result


def explain(
    concept: CodeableConcept, place: Site | None, entry: Entry, notes: Notebook, *, active: bool = True
) -> None:
    """Says in the ledger what a diagnosis with unknown codes is: by its concept, else by its words."""
    words = concept.words
    found = no_tumour(concept, words, notes.terms)
    named = complications.named(words)
    notes.mentioned |= named
    if active and (found is None or found[0] is Ledger.UNCONFIRMED):
        for finding in sorted(complications.suspected(words)):
            diagnosed(finding, PERHAPS, place, entry, notes)
    if found is not None:
        notes.mentioned |= SPREAD if any("metasta" in word.lower() for word in words) else set()
        notes.remark(entry, *found)
        return
    is_tumour_code = any(is_neoplasm(notes.terms, c.system or "", c.code or "") for c in concept.coding)
    if named and not is_tumour_code and not any(reads_like_tumour(word) for word in words):
        notes.mentioned |= complications.ALL
        why = "reads like a complication at the spine, but none of its codes is known here; it stays possible"
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
        return
    if is_cancer(concept, notes.terms):
        notes.tumours.append((entry, None))
    # A record that holds a tumour which is not understood does not deny metastases by silence.
    notes.mentioned |= SPREAD
    notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like a tumour, but none of its codes is known here")


def perhaps(
    said: dict[str, Values] | None, concept: CodeableConcept, place: Site | None, entry: Entry, notes: Notebook
) -> None:
    """Notes what is suspected: it is no fact, and the record does not deny it."""
    words = concept.words
    named = complications.named(words)
    notes.mentioned |= named | complications.beside({*named, *(said or ())})
    for finding in said or ():
        notes.mentioned |= _BONES if finding == terminology.BONE_SITE else {finding}
    for finding in sorted(_URGENT & ((said or {}).keys() | complications.suspected(words))):
        diagnosed(finding, PERHAPS, place, entry, notes)


def say(
    said: dict[str, Values],
    concept: CodeableConcept,
    histologies: Iterable[Coding],
    place: Site | None,
    entry: Entry,
    notes: Notebook,
) -> None:
    """Notes what a diagnosis that holds says of the patient, or of a lesion where it is at a level of the spine."""
    said = dict(said)
    _hint(said, concept, place, entry, notes)
    if is_cancer(concept, notes.terms) and not said.keys() & {PRIMARY, terminology.BONE_SITE}:
        notes.tumours.append((entry, None))
    if not said:
        why = "known, but no score or rule reads it"
        if is_cancer(concept, notes.terms) and not is_metastasis(concept, notes.terms):
            # Where it is, and where it has spread to, is not said; so the record does not deny metastases.
            notes.mentioned |= SPREAD
            why = "a cancer without a site that tells the primary tumour; name the primary by a more precise code"
        notes.remark(entry, Ledger.NOT_READ, why)
        return
    bone, primary = said.pop(terminology.BONE_SITE, None), said.get(PRIMARY)
    if bone is not None:
        place = metastasis(bone, place, entry, notes)
    elif primary is not None:
        place = _of_primary(primary, said.pop(_ORIGIN, None), place, entry, notes)
        notes.tumours.append((entry, place if place and place.in_spine else None))
    for finding, values in sorted(said.items()):
        if finding not in notes.reads:
            unread(finding, entry, notes)
            continue
        if finding == PRIMARY:
            beside = [c for c in concept.coding if notes.terms.refines(c.system, c.code)]
            narrowed = refined(values, [*beside, *within_organ(values, concept), *histologies], entry, notes)
            diagnosed(finding, narrowed, place, entry, notes)
        else:
            diagnosed(finding, values, place, entry, notes)


def _hint(said: dict[str, Values], concept: CodeableConcept, place: Site | None, entry: Entry, notes: Notebook) -> None:
    """Notes what a diagnosis with known codes may be a sign of, and what its words say beside them."""
    words = concept.words
    complications.leave_open(concept, notes)
    named = complications.named(words)
    notes.mentioned |= (named | complications.beside({*named, *said})) - said.keys()
    if any(said.get(finding) == PERHAPS for finding in complications.ALL):
        why = "a symptom that may have another cause than the tumour, and may be old; both stay possible"
        notes.remark(entry, Ledger.UNCONFIRMED, why)
    elif said.keys() & ABOUT_TUMOURS:
        for finding in sorted(_URGENT & complications.suspected(words)):
            notes.remark(
                entry,
                Ledger.UNCONFIRMED,
                phrase("{finding}: in its words alone; stays possible", finding=FINDINGS[finding].title),
            )
            diagnosed(finding, PERHAPS, place, entry, notes)


def _of_primary(
    primary: Values, origin: Values | None, place: Site | None, entry: Entry, notes: Notebook
) -> Site | None:
    """A primary tumour of the spine: a lesion where its code or the body site shows that it is there."""
    if origin is not None and (place is None or not place.in_spine):
        place = Site(region="spine")
    if place is not None and place.in_spine:
        of_blood = primary & _OF_BLOOD
        diagnosed(_ORIGIN, _EITHER if of_blood else frozenset(("primary",)), place, entry, notes, anchor=True)
    return place


def metastasis(bone: Values, place: Site | None, entry: Entry, notes: Notebook) -> Site | None:
    """A bone metastasis: a lesion where the code or the body site shows that it is in the spine."""
    regions = bone - {"unspecified"}
    if place is None and regions:
        place = Site(region=str(sorted(map(str, regions))[0]))
    notes.tumours.append((entry, place if place and place.in_spine else None))
    if place is None or not place.in_spine:
        where = "no vertebra that is known here" if place is not None else "no site"
        notes.elsewhere.append((entry, where))
        return None
    diagnosed("tumour-origin", METASTATIC, place, entry, notes, anchor=True)
    return place
