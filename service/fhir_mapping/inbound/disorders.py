"""Observations whose code is that of a diagnosis: not used as one, and what they affirm stays possible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from service.evidence import When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.diagnoses import meaning, perhaps
from service.fhir_mapping.inbound.groups import effective
from service.fhir_mapping.inbound.places import place_of
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.slices import CodeableConcept, Observation, slice_of
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger, Rejected

#: What a diagnosis may say that an Observation is worth reading for.
_WORTH = SPREAD | {
    terminology.BONE_SITE,
    "spinal-cord-compression",
    "cauda-equina-syndrome",
    "myelopathy",
    "progressive-deficit",
    "sphincter-dysfunction",
    "pathologic-fracture",
}
#: Any finding of yes or no: which answers are yes is the same for all.
_YES_NO = "myelopathy"


def is_diagnosis(terms: Terminology, system: str, code: str) -> bool:
    """Whether a code is of a metastasis, or of a complication at the spine."""
    if terms.is_metastasis(system, code):
        return True
    return any(finding in _WORTH for finding, _ in terms.condition(system, code) or ())


_DIAGNOSES = Relevance(is_diagnosis)


def is_one(content: bytes, terms: Terminology) -> bool:
    """Whether a concept, as compact JSON, is such a diagnosis."""
    return _DIAGNOSES.of_text(content, terms)


def explained(holder: Any, entry: Entry, notes: Notebook) -> bool:
    """Says what an Observation, or a component of one, says of a diagnosis; False where it is about none."""
    if not _DIAGNOSES.of(holder.get("code"), notes.terms):
        return False
    answer = _answer(holder, notes.terms)
    if answer is False:
        notes.remark(entry, Ledger.REFUTED, "a diagnosis that the value denies, so it is left out")
        return True
    with suppress(Rejected):  # of what is not used nothing is demanded
        observation = slice_of(Observation, entry.resource, entry.path)
        if notes.too_late(entry, effective(observation, entry, notes) or When()):
            return True
        notes.subjects.note(entry, observation.subject)
        place = _place(observation, entry, notes)
        for concept in _asked(holder, observation, entry):
            perhaps(meaning(concept, entry, notes), concept, place, entry, notes)
    why = "a diagnosis as an Observation, so it is not used as a fact; send it as a Condition"
    notes.remark(entry, Ledger.UNCONFIRMED, why)
    return True


def _asked(holder: Any, observation: Observation, entry: Entry) -> Iterator[CodeableConcept]:
    """The concept that a holder of a value asks about: the Observation, or a component of it."""
    if holder is entry:
        yield observation.code
        return
    named = [coding.get("code") for coding in holder.get("code").get("coding")]
    yield from (c.code for c in observation.component if [coding.code for coding in c.code.coding] == named)


def _place(observation: Observation, entry: Entry, notes: Notebook) -> Site | None:
    with suppress(Rejected):
        return place_of(observation, entry, notes)
    return None


def _answer(holder: Any, terms: Terminology) -> bool | None:
    """Yes or no, as the value says it; None where it says neither."""
    value = holder.get("valueBoolean")
    if isinstance(value, bool):
        return value
    coded = holder.get("valueCodeableConcept")
    codings = coded.get("coding") if isinstance(coded, OBJECT) else None
    for coding in codings if isinstance(codings, ARRAY) else ():
        system, code = (coding.get(name) if isinstance(coding, OBJECT) else None for name in ("system", "code"))
        if isinstance(code, str) and (system is None or isinstance(system, str)):
            values = terms.answer(_YES_NO, system, code)
            if values is not None and len(values) == 1:
                return True in values
    return None
