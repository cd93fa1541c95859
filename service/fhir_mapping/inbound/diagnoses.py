"""What the codes of a diagnosis say, wherever it stands: in a Condition, a report, or as the reason of a treatment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from service.evidence import Values, agree
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.histology import PRIMARY, refined, within_organ
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.scales import METASTATIC
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding
from service.fhir_mapping.inbound.statements import PERHAPS, diagnosed, unread
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger

#: Tumours of the blood are at home in bone: a vertebra with one is neither "primary" nor a metastasis by code.
_OF_BLOOD = frozenset(("lymphoma", "myeloma", "plasmacytoma", "leukaemia"))
_BONES = frozenset(("extraspinal-bone-metastasis-count", "vertebral-metastasis-count"))
#: A suspicion of these is itself a reason to act.
_URGENT = frozenset(("spinal-cord-compression", "cauda-equina-syndrome"))
_ABOUT_TUMOURS = frozenset((PRIMARY, terminology.BONE_SITE)) | SPREAD

_TUMOUR_WORDS = (
    "cancer|krebs|carcin|karzin|neoplas|neubildung|tumou?r|malign|b(?:oe|ö)sartig|metasta|filia[er]|sar[ck]om|lymphom"
    "|hodgkin|myelom|leuk(?:a?e|ä)mi|melanom|plasm[aoz]+[cz]ytom|mesotheliom|seminom|chordom|blastom|gliom"
    "|schwannom"
)
_COMPLICATION_WORDS = (
    "(?:spinal )?cord compress|compression of (?:the )?(?:spinal cord|cauda)|cauda[ -]equina|myelopath|querschnitt"
    "|pathologi(?:c|cal|sche) fra[ck]tur|collapsed vertebra|vertebral collapse|parapleg|tetrapleg|quadripleg"
    "|paraparesis"
)
#: What a complication that is not understood may be.
_COMPLICATIONS = frozenset(
    ("spinal-cord-compression", "cauda-equina-syndrome", "myelopathy", "progressive-deficit", "pathologic-fracture")
)
_NEOPLASM_ICD = re.compile(r"C\d|D[0-4]\d|D3A")
#: Diagnoses that are no tumour that the patient has: by their concept, by words, and what the ledger says.
_NO_TUMOUR: tuple[tuple[frozenset[str], str, Ledger, str], ...] = (
    (
        frozenset(("other.family_history",)),
        r"family history|familienanamnese|familial history|\bFH\b",
        Ledger.NOT_READ,
        "a tumour in the family, and not the patient's",
    ),
    (
        frozenset(("other.history_of_cancer", "other.history_of_in_situ")),
        r"(?:personal )?history of|anamnese|zustand nach|\bZ\.? ?n\.",
        Ledger.NOT_READ,
        "a tumour of the past, whose code names no primary that is known here; name the primary as a Condition of its "
        "own, with its clinical status",
    ),
    (
        frozenset(("other.screening", "other.suspected")),
        r"screening|vorsorge|suspect|suspicion|suspicious|verdacht|\bV\.? ?a\.|rule[d -]* ?out|ausschluss|probable"
        r"|possible",
        Ledger.UNCONFIRMED,
        "looked for or suspected, so it is not used as a fact",
    ),
    (
        frozenset(("other.in_situ",)),
        r"in[ -]situ|intraepithelial|intraductal carcinoma",
        Ledger.NOT_READ,
        "in situ, which does not spread",
    ),
    (
        frozenset(("other.benign",)),
        r"benign|gutartig|(?<!cyst)adenom[ea]?\b|lipom|h(?:a?e|ä)mangiom|polyp\b",
        Ledger.NOT_READ,
        "a benign tumour, which no score or rule reads",
    ),
    (
        frozenset(("other.uncertain_behaviour",)),
        r"uncertain behavio|unsicher(?:e[ns]?)? verhalten|unspecified behavio",
        Ledger.NOT_READ,
        "a tumour of uncertain behaviour, which no score or rule reads",
    ),
)
_JUDGED = tuple((concepts, re.compile(words, re.IGNORECASE), code, why) for concepts, words, code, why in _NO_TUMOUR)
_NO_TUMOURS = frozenset().union(*(concepts for concepts, *_ in _NO_TUMOUR))


def _icd(system: str | None, code: str | None) -> str | None:
    """A code of ICD-10, of whichever edition, without its dot."""
    named, plain = terminology.normal(system, code)
    return plain.upper().replace(".", "") if named in terminology.ICD_10_FAMILY else None


def _known(terms: Terminology, system: str, code: str) -> bool:
    return (
        terms.condition(system, code) is not None
        or terms.procedure(system, code) is not None
        or terms.history(system, code) is not None
        or _is_neoplasm(terms, system, code)
    )


def _is_neoplasm(terms: Terminology, system: str, code: str) -> bool:
    """Whether a code is of a tumour, or says of one that there is, was, or may be one."""
    icd = _icd(system, code)
    if icd is not None and _NEOPLASM_ICD.match(icd):
        return True
    return terms.is_metastasis(system, code) or not _NO_TUMOURS.isdisjoint(terms.concepts(system, code))


def _known_tumour(terms: Terminology, system: str, code: str) -> bool:
    found = terms.condition(system, code)
    return any(finding in _ABOUT_TUMOURS for finding, _ in found or ()) or _is_neoplasm(terms, system, code)


_RELEVANCE = Relevance(_known, f"{_TUMOUR_WORDS}|{_COMPLICATION_WORDS}")
_TUMOUR = Relevance(_known_tumour, _TUMOUR_WORDS)
_COMPLICATION = re.compile(_COMPLICATION_WORDS, re.IGNORECASE)
_ANY_TUMOUR = re.compile(_TUMOUR_WORDS, re.IGNORECASE)


def matters(concept: Any, terms: Terminology) -> bool:
    """Whether a concept, as it was decoded, is or reads like a tumour or one of its complications. Never fails."""
    return _RELEVANCE.of(concept, terms)


def is_tumour(concept: Any, terms: Terminology) -> bool:
    """Whether a concept, as it was decoded, is or reads like a tumour. Never fails."""
    return _TUMOUR.of(concept, terms)


def reads_like_tumour(text: str) -> bool:
    """Whether a text speaks of a tumour."""
    return _ANY_TUMOUR.search(text) is not None


def meaning(concept: CodeableConcept, entry: Entry, notes: Notebook) -> dict[str, Values] | None:
    """What the codes of a diagnosis say together; None where none of them is known."""
    found = [m for m in (notes.terms.condition(c.system, c.code) for c in concept.coding) if m is not None]
    if any(notes.terms.is_metastasis(c.system, c.code) for c in concept.coding) and not any(found):
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


def explain(concept: CodeableConcept, entry: Entry, notes: Notebook) -> None:
    """Says in the ledger what a diagnosis with unknown codes is: by its concept, else by its words."""
    said = {each for c in concept.coding for each in notes.terms.concepts(c.system, c.code)}
    words = [word for word in (concept.text, *(c.display for c in concept.coding)) if word]
    for concepts, _, code, why in _JUDGED:
        if said & concepts:
            notes.remark(entry, code, why)
            return
    for _, pattern, code, why in _JUDGED:
        if any(pattern.search(word) for word in words):
            notes.mentioned |= SPREAD if any("metasta" in word.lower() for word in words) else set()
            notes.remark(entry, code, why)
            return
    if not any(_icd(c.system, c.code) for c in concept.coding) and not any(_ANY_TUMOUR.search(word) for word in words):
        notes.mentioned |= _COMPLICATIONS
        why = "reads like a complication at the spine, but none of its codes is known here"
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
        return
    # A record that holds a tumour which is not understood does not deny metastases by silence.
    notes.mentioned |= SPREAD
    notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like a tumour, but none of its codes is known here")


def perhaps(said: dict[str, Values] | None, place: Site | None, entry: Entry, notes: Notebook) -> None:
    """Notes what is suspected: it is no fact, and the record does not deny it."""
    for finding in said or ():
        notes.mentioned |= _BONES if finding == terminology.BONE_SITE else {finding}
        if finding in _URGENT:
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
    if not said:
        notes.remark(entry, Ledger.NOT_READ, "known, but no score or rule reads it")
        return
    bone, primary = said.pop(terminology.BONE_SITE, None), said.get(PRIMARY)
    if bone is not None:
        place = metastasis(bone, place, entry, notes)
    elif primary is not None:
        notes.tumours.append((entry, None))
        if place is not None and place.in_spine and not primary & _OF_BLOOD:
            diagnosed("tumour-origin", frozenset(("primary",)), place, entry, notes, anchor=True)
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
