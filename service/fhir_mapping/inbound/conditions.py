"""Conditions: the primary tumour, metastases, complications, and earlier treatment that is coded as a diagnosis."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from service.evidence import When, agree
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.diagnoses import explain, matters_by_text, meaning, perhaps, say
from service.fhir_mapping.inbound.doubts import doubted
from service.fhir_mapping.inbound.histology import PRIMARY, of_metastasis
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding, Condition, slice_of
from service.fhir_mapping.inbound.statements import treated
from service.fhir_mapping.inbound.tumours import reads_like_tumour
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger, Rejected
from service.text import phrase, quoted

HISTOLOGY_EXTENSIONS = (
    "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior",
    "http://hl7.org/fhir/us/mcode/StructureDefinition/onco-core-HistologyMorphologyBehavior",
    "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/StructureDefinition/"
    "mii-ex-onko-histology-morphology-behavior-icdo3",
)
_ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"
#: How sure a German diagnosis is: an extension of its ICD-10-GM code.
_GERMAN_CERTAINTY = (
    "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit",
    "http://fhir.de/StructureDefinition/icd-10-gm/diagnosesicherheit",
)
_REFUTED = frozenset(("refuted", "entered-in-error"))
_UNCONFIRMED = frozenset(("unconfirmed", "provisional", "differential"))
_OVER = frozenset(("resolved", "remission", "inactive"))
_STATES = _REFUTED | _UNCONFIRMED | _OVER
_ACTIVE = frozenset(("active", "recurrence", "relapse"))
_BY_CERTAINTY = {"A": "refuted", "V": "unconfirmed", "Z": "inactive"}
_WITH_METASTASES = re.compile(r"\b[cpyra]{0,3}M1|\b(?:stage|stadium)\s*(?:IV|4)\b|^IV[A-C]?$", re.IGNORECASE)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a Condition is, or reads like, a tumour or one of its complications. Never fails."""
    return entry.about is not None and matters_by_text(entry.about, terms)


def has_histology(entry: Entry) -> bool:
    """Whether an extension of a Condition gives a histology. Never fails."""
    extensions = entry.get("extension")
    listed = extensions if isinstance(extensions, ARRAY) else ()
    return any(isinstance(each, OBJECT) and each.get("url") in HISTOLOGY_EXTENSIONS for each in listed)


def read_condition(entry: Entry, notes: Notebook) -> None:
    """Writes what a Condition says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    condition = slice_of(Condition, entry.resource, entry.path)
    notes.subjects.note(entry, condition.subject)
    concept = condition.code or CodeableConcept()
    if not _is_fact(condition, concept, entry, notes):
        return
    found = meaning(concept, entry, notes)
    if found is None:
        if not (_past(condition, concept, entry, notes) or _treatment(condition, concept, entry, notes)):
            begun = _begin(condition, entry, notes).start <= notes.as_of.end
            place = site(notes.terms, condition.body_site, condition.extension)
            explain(concept, place, entry, notes, active=begun and not _over(condition, entry, notes))
        return
    if notes.too_late(entry, _begin(condition, entry, notes)):
        return
    _note_stage(condition, notes)
    primary = found.get(PRIMARY)
    perhaps_over = _perhaps_over(condition, entry)
    if perhaps_over and primary is None:
        place = site(notes.terms, condition.body_site, condition.extension)
        perhaps(found, concept, place, entry, notes)
        why = "its end is given in words alone, so it is perhaps over; not used as a fact"
        notes.remark(entry, Ledger.UNCONFIRMED, why)
        return
    if perhaps_over or _over(condition, entry, notes):
        if primary is None:
            notes.remark(entry, Ledger.RESOLVED, "no longer active, so it is left out")
            return
        why = "the tumour is not active, but it remains where metastases may come from; used"
        notes.remark(entry, Ledger.NOT_ACTIVE, why)
        found = {PRIMARY: primary}
    elif primary is not None:
        then = _diagnosed(condition, entry, notes)
        if then != When():
            notes.diagnosed.append((entry, primary, then))
    histologies = [
        coding
        for extension in condition.extension
        if extension.url in HISTOLOGY_EXTENSIONS and extension.value_codeable_concept
        for coding in extension.value_codeable_concept.coding
    ]
    if primary is not None and _does_not_spread(histologies, entry, notes):
        return
    if primary is None and histologies:
        of_metastasis(histologies, entry, notes)
    say(found, concept, histologies, site(notes.terms, condition.body_site, condition.extension), entry, notes)


def _is_fact(condition: Condition, concept: CodeableConcept, entry: Entry, notes: Notebook) -> bool:
    """Whether the diagnosis is verified; if not, the ledger says so."""
    verification = _state(condition.verification_status) or _BY_CERTAINTY.get(_certainty(entry))
    if verification is None and condition.verification_status is None and doubted(concept, notes.terms):
        verification = "unconfirmed"
    if verification in _REFUTED:
        notes.remark(
            entry,
            Ledger.REFUTED,
            phrase("the diagnosis is {verification}, so it is left out", verification=quoted(verification)),
        )
        return False
    if verification in _UNCONFIRMED:
        place = site(notes.terms, condition.body_site, condition.extension)
        perhaps(meaning(concept, entry, notes), concept, place, entry, notes)
        notes.remark(
            entry,
            Ledger.UNCONFIRMED,
            phrase("the diagnosis is {verification}, so it is not used as a fact", verification=quoted(verification)),
        )
        return False
    return True


def _certainty(entry: Entry) -> str:
    """The letter by which a German diagnosis says how sure it is, or an empty string."""
    code = entry.resource.get("code") or {}
    for coding in code.get("coding") or ():
        extensions = coding.get("extension") if isinstance(coding, dict) else None
        for extension in extensions if isinstance(extensions, list) else ():
            if isinstance(extension, dict) and extension.get("url") in _GERMAN_CERTAINTY:
                value: Any = extension.get("valueCoding")
                letter = value.get("code") if isinstance(value, dict) else None
                return letter if isinstance(letter, str) else ""
    return ""


def _past(condition: Condition, concept: CodeableConcept, entry: Entry, notes: Notebook) -> bool:
    """Takes note of a tumour of the past by a code for just that, such as Z85.3; False where it is none."""
    found = [values for c in concept.coding if (values := notes.terms.history(c.system, c.code))]
    if found and not notes.too_late(entry, _begin(condition, entry, notes)):
        why = "a tumour of the past, which remains where metastases may come from; used"
        notes.remark(entry, Ledger.NOT_ACTIVE, why)
        say({PRIMARY: agree(found)[0]}, concept, (), None, entry, notes)
    return bool(found)


def _treatment(condition: Condition, concept: CodeableConcept, entry: Entry, notes: Notebook) -> bool:
    """Takes note of a treatment that is coded as a diagnosis, such as Z92.21; False where it is none."""
    meanings = [m for c in concept.coding if (m := notes.terms.procedure(c.system, c.code)) is not None]
    found = {finding: values for meant in meanings for finding, values in meant}
    if meanings and not found and not any(map(reads_like_tumour, concept.words)):
        notes.remark(entry, Ledger.NOT_READ, "a treatment or a drug that is known, but no score or rule reads it")
        return True
    then = _begin(condition, entry, notes)
    if found and not notes.too_late(entry, then):
        place = site(notes.terms, condition.body_site, condition.extension)
        for finding, values in sorted(found.items()):
            treated(finding, values, place, entry, then, notes)
    return bool(found)


def _does_not_spread(histologies: list[Coding], entry: Entry, notes: Notebook) -> bool:
    """Whether the histology beside a malignant code is that of a tumour in situ; the ledger says so."""
    behaviours = {notes.terms.behaviour(c.system, c.code) for c in histologies} - {None}
    if behaviours != {"2"}:
        return False
    notes.remark(entry, Ledger.CONFLICT, "its histology is that of a tumour in situ, which does not spread; not used")
    return True


def _note_stage(condition: Condition, notes: Notebook) -> None:
    """A stage with metastases says not where they are; the record does not deny them."""
    for stage in condition.stage:
        summary = stage.summary or CodeableConcept()
        words = (summary.text, *(w for c in summary.coding for w in (c.code, c.display)))
        if any(word and _WITH_METASTASES.search(word) for word in words):
            notes.mentioned |= SPREAD


def _state(concept: CodeableConcept | None, states: frozenset[str] = _STATES) -> str | None:
    """The status that a concept names; a site's own code beside it does not hide it."""
    return next((c.code for c in concept.coding if c.code in states), None) if concept else None


def _diagnosed(condition: Condition, entry: Entry, notes: Notebook) -> When:
    """When it was diagnosed, or began; any time where the record gives neither. The day of recording is no such day."""
    for extension in condition.extension:
        if extension.url == _ASSERTED and extension.value_date_time:
            with suppress(Rejected):  # of an extension nothing is demanded
                return notes.date(extension.value_date_time, f"{entry.path}.extension")
    if condition.onset_date_time:
        return notes.date(condition.onset_date_time, f"{entry.path}.onsetDateTime")
    if condition.onset_period and condition.onset_period.start:
        return notes.date(condition.onset_period.start, f"{entry.path}.onsetPeriod.start")
    return When()


def _begin(condition: Condition, entry: Entry, notes: Notebook) -> When:
    known = _diagnosed(condition, entry, notes)
    return known if known != When() else notes.date(condition.recorded_date, f"{entry.path}.recordedDate")


def _over(condition: Condition, entry: Entry, notes: Notebook) -> bool:
    """Whether the condition is resolved, in remission or inactive at the time of the assessment."""
    if _state(condition.clinical_status) in _OVER or _BY_CERTAINTY.get(_certainty(entry)) in _OVER:
        return True
    if condition.abatement_date_time is not None:
        return notes.date(condition.abatement_date_time, f"{entry.path}.abatementDateTime").end <= notes.as_of.end
    if condition.abatement_period is not None:
        ends = ("end", condition.abatement_period.end), ("start", condition.abatement_period.start)
        named = next(((name, day) for name, day in ends if day), None)
        if named is not None:
            return notes.date(named[1], f"{entry.path}.abatementPeriod.{named[0]}").end <= notes.as_of.end
    # An age at which it ended is an age that the patient has reached.
    return condition.abatement_age is not None or condition.abatement_range is not None


def _perhaps_over(condition: Condition, entry: Entry) -> bool:
    """Whether words alone speak of an end, and no status says that it is active or over."""
    known = _state(condition.clinical_status, _ACTIVE | _OVER) or _BY_CERTAINTY.get(_certainty(entry))
    return bool(condition.abatement_string) and known is None
