"""Codes of which nothing tells whether they matter: they have no system, or one that is not known here, and no words.

Nothing can be made of them, but a record that is full of them must not be answered as if it were empty. And a code that
has not the form of one is refused, for it may be the one that matters; that of an Observation is named.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import orjson

from service.evidence import Statement
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.inbound.procedures import treatments_in
from service.fhir_mapping.inbound.reading import SPREAD, Notebook, Said
from service.fhir_mapping.inbound.site_words import is_elsewhere
from service.fhir_mapping.inbound.statements import PERHAPS
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger, LedgerEntry, Problem
from service.text import phrase, series

_DRUG = "medicationCodeableConcept"
#: The element that says what a resource is about.
CODES = {
    "Condition": "code",
    "MedicationAdministration": _DRUG,
    "MedicationRequest": _DRUG,
    "MedicationStatement": _DRUG,
    "Observation": "code",
    "Procedure": "code",
}
_FORM = 'This is not a code as FHIR has it. Send {"coding": [{"system": "...", "code": "..."}]}.'
#: Types in which people write what was done, beside those that are for it.
_MAY_TELL = frozenset(("Condition", "Observation"))
_WITHDRAWN = (b'"refuted"', b'"entered-in-error"', b'"cancelled"')
_NO_SYSTEM = "no system"
_SHORT = 1024
_SHOWN = 3
#: A system as it may be shown: whatever else stands there may be anything.
_PLAIN = re.compile(r"[A-Za-z0-9:/._-]{1,120}", re.ASCII)

_Strange = tuple[str, ...]


def look_at(entries: Iterable[Entry], notes: Notebook) -> None:
    """Notes the problems and the remarks of resources that were not judged worth reading by their codes."""
    strange: dict[str, Counter[str]] = {}
    counted: Counter[str] = Counter()
    for entry in entries:
        element = CODES.get(entry.kind)
        if element is None:
            continue
        content = entry.text(element)
        if content is None:
            if entry.get(element) is None:
                continue
            content = b"null"
        systems = _judged[content, notes.terms]
        if systems is None:
            if entry.kind == "Observation":  # most of them are about something else, and that is not ours to refuse
                notes.remark(entry, Ledger.NOT_UNDERSTOOD, _FORM)
            else:
                notes.problems.append(Problem("structure", _FORM, f"{entry.path}.{element}"))
            continue
        if entry.kind in _MAY_TELL and (named := _treatments[content]):
            _mention(named, entry, notes)
        if systems:
            counted[entry.kind] += 1
            strange.setdefault(entry.kind, Counter()).update(systems)
    notes.ledger += _remarks(counted, strange)
    if "Condition" in counted:
        notes.mentioned |= SPREAD


def may_be_anything(content: bytes, terms: Terminology) -> bool:
    """Whether a concept, as compact JSON, is none, says nothing that is known here, or speaks of earlier treatment."""
    return _judged[content, terms] != () or bool(_treatments[content])


def _mention(named: frozenset[str], entry: Entry, notes: Notebook) -> None:
    """Treatment at a level that the words of a code speak of was perhaps given: that is not silence about it."""
    if entry.get("valueBoolean") is False or any(word in entry.content for word in _WITHDRAWN):
        return
    notes.mentioned |= named
    notes.remark(entry, Ledger.NOT_UNDERSTOOD, "speaks of earlier treatment in words alone; perhaps at any lesion")
    for finding in sorted(named & notes.reads):
        notes.said.append(Said(Statement(finding, PERHAPS, entry.name, lasting=True), entry))


def _treatments_of(content: bytes) -> frozenset[str]:
    """The treatments at a level that the words of a concept name, unless they name another part of the body."""
    concept = orjson.loads(content)
    words = [w for w in (concept.get("text"), *(c.get("display") for c in concept.get("coding", []))) if w]
    return frozenset() if any(map(is_elsewhere, words)) else frozenset[str]().union(*map(treatments_in, words))


_treatments = Memory(_treatments_of, most=4096, is_short=lambda content: len(content) <= _SHORT)


def _remarks(counted: Counter[str], strange: dict[str, Counter[str]]) -> Iterator[LedgerEntry]:
    for kind, number in sorted(counted.items()):
        systems = sorted(strange[kind].items(), key=lambda found: (-found[1], found[0]))
        names = (name if name == _NO_SYSTEM or _PLAIN.fullmatch(name) else "another" for name, _ in systems[:_SHOWN])
        shown: str = series(", ", names)
        if len(systems) > _SHOWN:
            shown = phrase("{sources} and {n} more", sources=shown, n=len(systems) - _SHOWN)
        text = phrase(
            "{number} of this type have codes without words in a system that is not known here "
            "({shown}), so whether they matter cannot be told; correct or add the system, or map the "
            "codes",
            number=number,
            shown=shown,
        )
        yield LedgerEntry(kind, Ledger.NOT_UNDERSTOOD, text, f"Bundle.entry.resource.ofType({kind})")


def _judge(asked: tuple[bytes, Terminology]) -> _Strange | None:
    """The systems of a concept, if none of them is known and it has no words; else none.

    None if it is no CodeableConcept.
    """
    content, terms = asked
    concept = orjson.loads(content)
    codings = concept.get("coding", []) if isinstance(concept, dict) else None
    if not isinstance(codings, list) or not all(isinstance(coding, dict) for coding in codings):
        return None
    texts: list[Any] = [concept.get("text"), *(c.get(name) for c in codings for name in ("system", "code", "display"))]
    if not all(each is None or isinstance(each, str) for each in texts):
        return None
    if concept.get("text") or any(coding.get("display") for coding in codings):
        return ()
    systems = [terminology.normal(coding.get("system"), "")[0] for coding in codings if coding.get("code")]
    if any(system in _systems(terms) for system in systems):
        return ()
    return tuple(system or _NO_SYSTEM for system in systems)


_judged = Memory(_judge, most=4096, is_short=lambda asked: len(asked[0]) <= _SHORT)


@lru_cache(maxsize=8)
def _systems(terms: Terminology) -> frozenset[str]:
    """The systems of which codes are known."""
    mapped = (group["source"] for groups in terms.maps.values() for group in groups)
    ours = (terminology.FINDING, terminology.SCORE)
    return frozenset(terminology.normal(system, "")[0] for system in (*mapped, *ours)) | terminology.UNREAD.keys()
