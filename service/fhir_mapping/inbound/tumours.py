"""Which codes and words are of a tumour, of a cancer, of a metastasis, or of no tumour that the patient has."""

from __future__ import annotations

import re
from typing import Any

from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.histology import PRIMARY
from service.fhir_mapping.inbound.reading import SPREAD
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding
from service.fhir_mapping.inbound.words import worded
from service.fhir_mapping.terminology import Terminology
from service.fhir_mapping.terminology.morphology import NO_CANCER
from service.problems import Ledger

SPREADS = SPREAD | {terminology.BONE_SITE}
"""The findings of a metastasis."""
ABOUT_TUMOURS = SPREADS | {PRIMARY}

TUMOUR_WORDS = (
    "cancer|krebs|carcin|karzin|neoplas|neubildung|tumou?r|malign|b(?:oe|ö)sartig|metasta|filia[er]|sar[ck]om|lymphom"
    "|hodgkin|myelom|leuk(?:a?e|ä)mi|melanom|plasm[aoz]+[cz]ytom|mesotheliom|seminom|chordom|blastom|gliom"
    "|schwannom"
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
        r"benign|gutartig|(?:^|[^t]|(?:^|[^s])t|(?:^|[^y])st|(?:^|[^c])yst)adenom[ea]?\b|lipom|h(?:a?e|ä)mangiom|polyp\b",
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
_JUDGED = tuple((concepts, worded(pattern), code, why) for concepts, pattern, code, why in _NO_TUMOUR)
_NO_TUMOURS = frozenset().union(*(concepts for concepts, *_ in _NO_TUMOUR))


def _icd(system: str | None, code: str | None) -> str | None:
    """A code of ICD-10, of whichever edition, without its dot."""
    named, plain = terminology.normal(system, code)
    return plain.upper().replace(".", "") if named in terminology.ICD_10_FAMILY else None


def is_neoplasm(terms: Terminology, system: str, code: str) -> bool:
    """Whether a code is of a tumour, or says of one that there is, was, or may be one."""
    icd = _icd(system, code)
    if icd is not None and _NEOPLASM_ICD.match(icd):
        return True
    return terms.is_metastasis(system, code) or not _NO_TUMOURS.isdisjoint(terms.concepts(system, code))


def _known_tumour(terms: Terminology, system: str, code: str) -> bool:
    found = terms.condition(system, code)
    return any(finding in ABOUT_TUMOURS for finding, _ in found or ()) or is_neoplasm(terms, system, code)


_TUMOUR = Relevance(_known_tumour, TUMOUR_WORDS)
_ANY_TUMOUR = worded(TUMOUR_WORDS)


def is_tumour(concept: Any, terms: Terminology) -> bool:
    """Whether a concept, as it was decoded, is or reads like a tumour. Never fails."""
    return _TUMOUR.of(concept, terms)


def is_tumour_by_text(content: bytes, terms: Terminology) -> bool:
    """The same of a concept as compact JSON."""
    return _TUMOUR.of_text(content, terms)


def reads_like_tumour(text: str) -> bool:
    """Whether a text speaks of a tumour."""
    return _ANY_TUMOUR.are_in(text)


def is_metastasis(concept: CodeableConcept, terms: Terminology) -> bool:
    """Whether a code of a diagnosis says that there is a metastasis, wherever it is."""
    return any(terms.is_metastasis(c.system, c.code) for c in concept.coding)


def is_cancer(concept: CodeableConcept, terms: Terminology) -> bool:
    """Whether the codes of a diagnosis say that there is a cancer, wherever it is."""
    behaviours = {terms.behaviour(c.system, c.code) for c in concept.coding} - {None}
    if behaviours & NO_CANCER:
        return False
    return bool(behaviours) or any(_names_cancer(c, terms) for c in concept.coding)


def _names_cancer(coding: Coding, terms: Terminology) -> bool:
    named, code = terminology.normal(coding.system, coding.code)
    if named in terminology.ICD_10_FAMILY or named == terminology.ICD_O_3:
        return code.upper().startswith("C")
    return any(each.startswith(("primary.", "secondary.")) for each in terms.concepts(coding.system, coding.code))


def no_tumour(concept: CodeableConcept, words: list[str], terms: Terminology) -> tuple[Ledger, str] | None:
    """What the ledger says of a diagnosis that is no tumour which the patient has; None where it may be one."""
    said = {each for c in concept.coding for each in terms.concepts(c.system, c.code)}
    for concepts, _, code, why in _JUDGED:
        if said & concepts:
            return code, why
    for _, pattern, code, why in _JUDGED:
        if any(pattern.are_in(word) for word in words):
            return code, why
    return None
