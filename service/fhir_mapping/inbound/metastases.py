"""Observations about distant metastases as such: the M category, their sites, their course, and their history."""

from __future__ import annotations

import re

from service.evidence import Values
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.diagnoses import metastasis
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import CodeableConcept, Observation, Value
from service.fhir_mapping.inbound.statements import diagnosed, unread
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger

#: What became of distant metastases, in a component of the course of the disease.
_COURSE = (terminology.SNOMED, "399608002")
_ASKED = frozenset((terminology.M_CATEGORY, terminology.METASTASIS_SITE, terminology.METASTASIS_HISTORY))

_M = re.compile(r"\b[cpyra]{0,3}M([01X])", re.IGNORECASE)
#: A code of SNOMED CT for cM0 that is seen with no display.
_M0 = (terminology.SNOMED, "1229901006")
_COURSE_SYSTEM = "/mii-cs-onko-verlauf-fernmetastasen"


def asked(code: CodeableConcept, terms: Terminology) -> str | None:
    """Which of these an Observation, or a component of one, is; None where it is none."""
    for coding in code.coding:
        found = _asked(terms, coding.system, coding.code)
        if found is not None:
            return found
    return None


def _asked(terms: Terminology, system: str | None, code: str | None) -> str | None:
    target: str | None = terms.asks(system, code)
    if target in _ASKED:
        return target
    return "course" if code and _COURSE[1] in code and terminology.normal(system, code) == _COURSE else None


def is_known(terms: Terminology, system: str, code: str) -> bool:
    """Whether an Observation with this code is about distant metastases."""
    return _asked(terms, system, code) is not None


def read_metastases(what: str, value: Value, observation: Observation, entry: Entry, notes: Notebook) -> int:
    """Notes what an Observation, or a component of one, says of distant metastases; gives the number of statements."""
    if value.data_absent_reason is not None:
        notes.mentioned |= SPREAD
        notes.remark(entry, Ledger.DATA_ABSENT, "Distant metastases: the value is given as absent, so it stays unknown")
    elif what == terminology.METASTASIS_SITE:
        return _read_site(value, observation, entry, notes)
    elif what == terminology.M_CATEGORY:
        _read_category(value, entry, notes)
    elif what == terminology.METASTASIS_HISTORY:
        _read_history(value, entry, notes)
    else:
        _read_course(value, entry, notes)
    return 0


def _read_site(value: Value, observation: Observation, entry: Entry, notes: Notebook) -> int:
    concept = value.value_codeable_concept or observation.body_site or CodeableConcept()
    found: dict[str, Values] = {}
    known = False
    for coding in concept.coding:
        meaning = notes.terms.metastasis_site(coding.system, coding.code)
        known = known or meaning is not None
        found |= dict(meaning or ())
    if known and terminology.BONE_SITE not in found:
        notes.tumours.append((entry, None))
    if not found:
        notes.mentioned |= SPREAD
        if known:
            why = "Site of a distant metastasis: known, but no score or rule reads it"
            notes.remark(entry, Ledger.NOT_READ, why)
        else:
            why = "Site of a distant metastasis: none of its codes is known here"
            notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
        return 0
    made = len(notes.said)
    bone = found.pop(terminology.BONE_SITE, None)
    if bone is not None:
        metastasis(bone, site(notes.terms, [observation.body_site], observation.extension), entry, notes)
    for finding, values in sorted(found.items()):
        if finding not in notes.reads:
            unread(finding, entry, notes)
        else:
            diagnosed(finding, values, None, entry, notes)
    return len(notes.said) - made


def _read_category(value: Value, entry: Entry, notes: Notebook) -> None:
    concept = value.value_codeable_concept or CodeableConcept(text=value.value_string)
    words = [w for w in (concept.text, *(w for c in concept.coding for w in (c.code, c.display))) if w]
    found = {match[1].upper() for word in words if (match := _M.search(word))}
    if any(terminology.normal(c.system, c.code) == _M0 for c in concept.coding):
        found.add("0")
    if found == {"0"}:
        why = "M0: no distant metastases when it was staged, which does not say that there are none now; not used"
        notes.remark(entry, Ledger.NOT_READ, why)
        return
    notes.mentioned |= SPREAD
    why = "M category: the value says neither M0 nor M1"
    if found == {"1"}:
        notes.tumours.append((entry, None))
        why = "M1: there are distant metastases, but not where; name their sites by Conditions"
    notes.remark(entry, Ledger.NOT_READ, why)


def _read_history(value: Value, entry: Entry, notes: Notebook) -> None:
    if value.value_boolean is False:
        why = "says that there is no history of metastases; which ones there are now is said by other resources"
        notes.remark(entry, Ledger.NOT_READ, why)
        return
    notes.mentioned |= SPREAD
    why = "a history of metastases: it does not say which there are now; name these by Conditions"
    notes.remark(entry, Ledger.NOT_READ, why)


def _read_course(value: Value, entry: Entry, notes: Notebook) -> None:
    codings = value.value_codeable_concept.coding if value.value_codeable_concept else []
    if any(c.code == "K" and (c.system or "").endswith(_COURSE_SYSTEM) for c in codings):
        why = "no distant metastases were found at that time, which does not say that there are none now; not used"
    else:
        notes.mentioned |= SPREAD
        why = "course of distant metastases: it does not say where they are; name their sites by Conditions"
    notes.remark(entry, Ledger.NOT_READ, why)
