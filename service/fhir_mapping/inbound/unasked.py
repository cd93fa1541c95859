"""Observations that give no finding, named where they are known or speak of a tumour.

Nothing is read of them, so nothing is demanded of them but a code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service import BASE
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound import disorders
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.members import members_of
from service.fhir_mapping.inbound.places import WITHDRAWN
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.tumours import is_tumour
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger
from service.text import phrase

_OURS = f"{BASE}/CodeSystem/"
_FINDING_WORDS = (
    r"\b(?:ecog|karnofsky|frankel|asia impairment|bilsky|escc|sins|epidural|vertebral|spinal (?:instab|cord)"
    r"|leistungszustand|paraplegi|tetraplegi|cauda equina|myelopath)"
)
#: What speaks of a tumour and asks for no finding: its grade, size, margins, nodes.
_TUMOUR_WORDS = (
    r"cancer|krebs|carcin|karzin|neoplas|tumou?r|malign|metasta|sar[ck]om|lymphom|leuk(?:a?e|ä)mi|myelom|melanom"
    r"|\btnm\b|gleason|histolog|morpholog|\bgrading|residual|ki-?67|\bher-?2|(?:o?estrogen|progesterone) receptor"
    r"|prostate specific|microsatellite|\bpd-?l1|gesamtbeurteilung|cause of death|\bfigo\b|\bbinet\b|stag(?:e|ing) gr"
    r"|therapeutic[ -]implication|diagnostic[ -]implication"
)


#: What an Observation reads like that is to be explained.
WORDS = f"{_FINDING_WORDS}|{_TUMOUR_WORDS}"


def is_known(terms: Terminology, system: str, code: str) -> bool:
    """Whether an Observation code is known, be it a finding or not. One of this project's is meant to be."""
    return terms.observation(system, code)[1] or system.startswith(_OURS)


def _by_words(words: str) -> Relevance:
    return Relevance(lambda *_: False, words)


_KNOWN = Relevance(is_known)
_LIKE_FINDINGS, _METASTASES, _OF_TUMOURS = map(_by_words, (_FINDING_WORDS, "metasta", _TUMOUR_WORDS))


def is_known_by_all(content: bytes, terms: Terminology) -> bool:
    """Whether a code, as compact JSON, is one that others define, and known here as one that nothing reads."""
    return _KNOWN.of_text(content, terms) and not disorders.is_one(content, terms) and _OURS.encode() not in content


def has_tumour_as_value(holder: Any, terms: Terminology) -> bool:
    """Whether the value of an Observation, or of a component, is a tumour. Never fails."""
    names = holder.members if isinstance(holder, Entry) else members_of(holder).names
    return "valueCodeableConcept" in names and is_tumour(holder.get("valueCodeableConcept"), terms)


def explain(entry: Entry, notes: Notebook) -> None:
    """Says in the ledger what becomes of an Observation of which neither code nor components ask for a finding."""
    if entry.get("status") in WITHDRAWN:
        notes.remark(entry, Ledger.STATUS, "its status is cancelled or entered-in-error, so it is left out")
        return
    before = len(notes.ledger)
    parts = list(_parts(entry))
    # A panel has its values in its parts.
    if not (_is_panel(entry) and not _OF_TUMOURS.of(entry.get("code"), notes.terms)) and explained(entry, entry, notes):
        return
    for part in parts:
        explained(part, entry, notes)
    if len(notes.ledger) == before:
        notes.subjects.glance(entry)


def explained(holder: Any, entry: Entry, notes: Notebook) -> bool:
    """Says what an Observation, or a component of one, is that asks for no finding; False where it does not matter."""
    code, terms = holder.get("code"), notes.terms
    if _is_ours(code):
        why = phrase(
            "no finding has this code; the system of findings is {finding}, and it lists the codes",
            finding=terminology.FINDING,
        )
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
    elif _KNOWN.of(code, terms):
        notes.remark(entry, Ledger.NOT_READ, "known, but no score or rule reads it")
    elif disorders.explained(holder, entry, notes):
        pass
    elif _LIKE_FINDINGS.of(code, terms):
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like a finding, but none of its codes is known here")
    elif _METASTASES.of(code, terms):
        notes.mentioned |= SPREAD
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like metastases, but none of its codes is known here")
    elif _OF_TUMOURS.of(code, terms):
        notes.remark(entry, Ledger.NOT_READ, "about a tumour, and by none of its codes a finding that is known here")
    elif has_tumour_as_value(holder, terms):
        notes.mentioned |= SPREAD
        notes.remark(entry, Ledger.NOT_READ, "its value is a tumour; a diagnosis is read from a Condition")
    else:
        return False
    return True


def _is_ours(code: Any) -> bool:
    codings = code.get("coding") if isinstance(code, OBJECT) else None
    return any(
        isinstance(coding, OBJECT)
        and isinstance(system := coding.get("system"), str)
        and (named := terminology.normal(system, "")[0]).startswith(_OURS)
        and named != terminology.SCORE
        for coding in (codings if isinstance(codings, ARRAY) else ())
    )


def _parts(entry: Entry) -> Iterator[Any]:
    components = entry.get("component")
    return (part for part in (components if isinstance(components, ARRAY) else ()) if isinstance(part, OBJECT))


def _is_panel(entry: Entry) -> bool:
    return bool(entry.get("component") or entry.get("hasMember")) and not has_value(entry)


def has_value(entry: Entry) -> bool:
    """Whether an Observation has a value of its own, be it a reason why there is none."""
    return any(name.startswith("value") or name == "dataAbsentReason" for name in entry.members)
