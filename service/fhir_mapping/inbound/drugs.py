"""Drugs: chemotherapy and other systemic treatment that was given, by administrations, statements and orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import Any

from service.evidence import When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.drug_words import WORDS
from service.fhir_mapping.inbound.reading import Given, Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding, Dosage, Drug, MedicationCode, slice_of
from service.fhir_mapping.inbound.statements import PERHAPS, treated
from service.fhir_mapping.inbound.tumours import is_tumour
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger, LedgerEntry
from service.text import phrase

#: What a drug that is not understood may have been.
TREATMENT = frozenset(("previous-chemotherapy", "previous-systemic-therapy"))
#: By type, the statuses of a drug that was given. What was stopped had begun; an order that was cancelled had not.
_GIVEN = {
    "MedicationAdministration": frozenset(("in-progress", "on-hold", "completed", "stopped")),
    "MedicationDispense": frozenset(("completed",)),
    "MedicationRequest": frozenset(("active", "completed", "stopped")),
    "MedicationStatement": frozenset(("active", "completed", "stopped")),
}
#: Suspended before or after the first dose, which these types do not tell apart.
_PERHAPS_GIVEN = "on-hold"
#: Chapters of ATC with drugs for tumours, and what is given with them.
_CHAPTERS = ("L", "V10", "V03AF", "H01", "H02", "M05", "G03")
_ORDERS = frozenset(("order", "original-order", "reflex-order", "filler-order", "instance-order"))
#: Reasons for which a drug is given before there is a tumour.
_NO_TREATMENT = frozenset(("other.family_history", "other.screening"))
#: Codes that say by whose order it was given, and not for which illness.
_NO_ILLNESS = ("http://terminology.hl7.org/CodeSystem/reason-medication-given",)


_PREVENTION = Relevance(
    lambda terms, system, code: not _NO_TREATMENT.isdisjoint(terms.concepts(system, code)),
    r"prevent|prophyla|vorbeug|family history|familienanamnese|familial|(?:high|increased|genetic) risk|screening",
)
_FOR_TUMOURS = Relevance(lambda *_: False, r"chemo|oncolog|onkolog|antineoplas|cytostat|zytostat|palliat")
_RELEVANCE = Relevance(lambda terms, system, code: terms.drug(system, code) is not None, WORDS)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a drug is, or reads like, one for a tumour, or may be one because nothing names it. Never fails."""
    concept = entry.get("medicationCodeableConcept")
    return _RELEVANCE.of(concept, terms) or not _is_named(concept)


def speaks_of_tumour(content: bytes, terms: Terminology) -> bool:
    """Whether the code of a drug, as compact JSON, is or reads like that of one for a tumour."""
    return _RELEVANCE.of_text(content, terms)


def _is_named(concept: Any) -> bool:
    """Whether words, or a code whose chapter tells, say that a drug is another than one for a tumour."""
    if not isinstance(concept, OBJECT):
        return False
    codings = list(_objects(concept.get("coding")))
    if any(
        isinstance(word, str) and word.strip() for word in (concept.get("text"), *(c.get("display") for c in codings))
    ):
        return True
    return any(_of_another_chapter(c.get("system"), c.get("code")) for c in codings)


def _of_another_chapter(system: Any, code: Any) -> bool:
    """Whether a code of ATC is of a chapter without drugs for tumours."""
    is_atc = isinstance(system, str) and system.split("|", 1)[0].rstrip("/").endswith("atc")
    return is_atc and isinstance(code, str) and not code.strip().upper().startswith(_CHAPTERS)


def read_drug(entry: Entry, notes: Notebook) -> None:
    """Takes note of a drug that was given.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    named = entry.get("medicationReference")
    if named is not None and not _matters(named, entry, notes):
        notes.subjects.glance(entry)
        return
    drug = slice_of(Drug, entry.resource, entry.path)
    concepts = list(_concepts(drug, entry, notes))
    known = [
        (c, m) for concept in concepts for c in concept.coding if (m := notes.terms.drug(c.system, c.code)) is not None
    ]
    if not any(meaning for _, meaning in known):
        notes.subjects.glance(entry)
        if known:
            notes.drugs.append(Given(entry, _name(known[0][0]), (), When()))
            return
        notes.mentioned |= TREATMENT
        if any(_RELEVANCE.reads_alike(concept) for concept in concepts):
            why = "reads like a drug for a tumour, but its code is not known here"
            notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
        else:
            notes.unnamed[entry.kind] += 1
        return
    notes.subjects.note(entry, drug.subject)
    meaning = {finding: values for _, each in known for finding, values in each}
    if not _was_given(drug, entry, meaning.keys(), notes):
        return
    then = _time(drug, entry, notes)
    if notes.too_late(entry, then) or _begins_later(drug, entry, notes):
        return
    perhaps = None
    if drug.status == _PERHAPS_GIVEN and entry.kind != "MedicationAdministration":
        perhaps = "on hold, so perhaps not one dose was given"
    elif entry.kind == "MedicationRequest" and drug.intent is None:
        perhaps = "its intent is missing, so it is perhaps no order"
    elif _for_another_illness(drug, entry, notes):
        perhaps = "its reason is not a tumour, so it perhaps was no treatment of one"
    if perhaps:
        notes.remark(entry, Ledger.UNCONFIRMED, phrase("{perhaps}; both stay possible", perhaps=perhaps))
        meaning = dict.fromkeys(meaning, PERHAPS)
    name = _name(next(coding for coding, each in known if each))
    notes.drugs.append(Given(entry, name, tuple(sorted(meaning.items(), key=lambda item: item[0])), then))


def _name(coding: Coding) -> tuple[str, str]:
    return terminology.normal(coding.system, coding.code)


def settle(notes: Notebook) -> None:
    """Makes one statement of each drug, by the earliest resource that gives it.

    A drug is ordered and given many times over, and the first time says all that the other times do.
    """
    earliest: dict[Hashable, Given] = {}
    for each in sorted(notes.drugs, key=lambda given: (given.then.start, given.then.end, given.entry.name)):
        earliest.setdefault((each.drug, each.meaning), each)
    for given in earliest.values():
        if not given.meaning:
            why = "a known drug that says nothing of earlier treatment of the tumour; no score or rule reads it"
            notes.remark(given.entry, Ledger.NOT_READ, why)
        for finding, values in given.meaning:
            treated(finding, values, None, given.entry, given.then, notes)
    notes.ledger += [
        LedgerEntry(
            kind,
            Ledger.NOT_READ,
            phrase(
                "{count} of this type name no drug that is known here, so each was perhaps one for a tumour; add "
                "the Medication, its code in RxNorm, ATC or SNOMED CT, or its name",
                count=count,
            ),
            f"Bundle.entry.resource.ofType({kind})",
        )
        for kind, count in sorted(notes.unnamed.items())
    ]
    first = {id(given) for given in earliest.values()}
    again = Counter(each.entry.kind for each in notes.drugs if id(each) not in first)
    notes.ledger += [
        LedgerEntry(
            kind,
            Ledger.REPEATED,
            phrase(
                "{count} more of this type name drugs that are counted already; the earliest of each drug counts",
                count=count,
            ),
            f"Bundle.entry.resource.ofType({kind})",
        )
        for kind, count in sorted(again.items())
    ]


def _matters(named: Any, entry: Entry, notes: Notebook) -> bool:
    """Whether a Medication that is referred to is, or reads like, a drug for a tumour, or cannot be known."""
    if not isinstance(named, OBJECT):
        return True  # the slice says what is wrong with it
    reference = named.get("reference")
    found = _medication(reference, entry, notes) if isinstance(reference, str) else None
    if found is not None:
        ingredients = found.get("ingredient")
        parts = [i.get("itemCodeableConcept") for i in _objects(ingredients)]
        return any(_RELEVANCE.of(code, notes.terms) for code in (found.get("code"), *parts))
    display = named.get("display")
    return not isinstance(display, str) or _RELEVANCE.of({"text": display}, notes.terms)


def _objects(listed: Any) -> Iterator[Any]:
    return (each for each in (listed if isinstance(listed, ARRAY) else ()) if isinstance(each, OBJECT))


def _medication(reference: str, entry: Entry, notes: Notebook) -> Any:
    """The Medication that a reference names, as it was decoded; None where it is not there."""
    if reference.startswith("#"):
        return next((m for m in _objects(entry.get("contained")) if m.get("id") == reference[1:]), None)
    found = notes.anything.find(reference)
    return found.raw if found is not None and found.kind == "Medication" else None


def _concepts(drug: Drug, entry: Entry, notes: Notebook) -> Iterator[CodeableConcept]:
    """What the drug is called: in the resource itself, by its Medication, or by what that is made of."""
    if drug.medication_codeable_concept is not None:
        yield drug.medication_codeable_concept
    reference = drug.medication_reference.reference if drug.medication_reference else None
    if reference is None:
        return
    path = f"{entry.path}.medicationReference"
    if reference.startswith("#"):
        inside = entry.resource.get("contained")
        found = next((m for m in _objects(inside) if m.get("id") == reference[1:]), None)
    else:
        target = notes.anything.find(reference)
        found = target.resource if target is not None and target.kind == "Medication" else None
        path = target.path if target is not None else path
    if found is None:
        return
    medication = slice_of(MedicationCode, found, path)
    if medication.code is not None:
        yield medication.code
    for ingredient in medication.ingredient:
        if ingredient.item_codeable_concept is not None:
            yield ingredient.item_codeable_concept


def _was_given(drug: Drug, entry: Entry, findings: Any, notes: Notebook) -> bool:
    """Whether the status and the intent say that it was given, or perhaps was; if not, the ledger says so."""
    if drug.do_not_perform:
        notes.remark(entry, Ledger.STATUS, "an order not to give it, so it is left out")
        return False
    if drug.intent is not None and drug.intent not in _ORDERS:
        notes.remark(entry, Ledger.STATUS, "planned or proposed and not ordered, so it is left out")
        return False
    if drug.status in _GIVEN[entry.kind] or drug.status == _PERHAPS_GIVEN:
        return True
    if drug.status in ("", "unknown"):
        notes.mentioned |= set(findings)
    why = "its status does not say that it was given, so it is left out"
    notes.remark(entry, Ledger.STATUS, why if drug.status else "its status is missing, so it is left out; add it")
    return False


def _time(drug: Drug, entry: Entry, notes: Notebook) -> When:
    for given, name in (
        (drug.effective_date_time, "effectiveDateTime"),
        (drug.effective_period.start if drug.effective_period else None, "effectivePeriod.start"),
        (drug.when_handed_over, "whenHandedOver"),
        (drug.when_prepared, "whenPrepared"),
        (drug.authored_on, "authoredOn"),
    ):
        if given is not None:
            return notes.date(given, f"{entry.path}.{name}")
    # When somebody said so is no date of the drug, and is not before its first dose.
    return When()


def _begins_later(drug: Drug, entry: Entry, notes: Notebook) -> bool:
    """Whether every dose of an order is for after the time of the assessment; the ledger says so."""
    starts = [
        _first(dosage, f"{entry.path}.dosageInstruction[{n}]", notes)
        for n, dosage in enumerate(drug.dosage_instruction)
    ]
    known = [start for start in starts if start is not None]
    if known and len(known) == len(starts):
        return notes.too_late(entry, min(known, key=lambda then: then.start))
    valid = drug.dispense_request.validity_period if drug.dispense_request else None
    if known or valid is None or not valid.start:
        return False
    return notes.too_late(entry, notes.date(valid.start, f"{entry.path}.dispenseRequest.validityPeriod.start"))


def _first(dosage: Dosage, path: str, notes: Notebook) -> When | None:
    """When the first dose is due; None where that is not said."""
    timing = dosage.timing
    if timing is None:
        return None
    starts = [notes.date(event, f"{path}.timing.event[{n}]") for n, event in enumerate(timing.event)]
    bounds = timing.repeat.bounds_period if timing.repeat else None
    if bounds and bounds.start:
        starts.append(notes.date(bounds.start, f"{path}.timing.repeat.boundsPeriod.start"))
    return min(starts, key=lambda then: then.start, default=None)


def _for_another_illness(drug: Drug, entry: Entry, notes: Notebook) -> bool:
    """Whether it was given for a reason, and none of its reasons is a tumour."""
    reasons: list[Any] = []
    for concept in entry.resource.get("reasonCode") or ():
        if not any(c.get("system") in _NO_ILLNESS for c in concept.get("coding", ())):
            reasons.append(concept)
    for reason in drug.reason_reference:
        target = notes.conditions.find(reason.reference) if reason.reference else None
        if target is not None:
            reasons.append(target.get("code"))
    told = [reason for reason in reasons if reason is not None]
    return bool(told) and not any(_is_for_tumour(reason, notes.terms) for reason in told)


def _is_for_tumour(reason: Any, terms: Terminology) -> bool:
    """Whether a reason is a tumour that the patient has or had, and not one that is to be prevented."""
    if _PREVENTION.of(reason, terms):
        return False
    return is_tumour(reason, terms) or _FOR_TUMOURS.of(reason, terms)
