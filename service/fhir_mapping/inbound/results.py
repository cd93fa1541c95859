"""Results of models that are computed elsewhere: RiskAssessments, and Observations with the code of a model.

A result is shown, and never read as a finding. Scores that are computed here are not taken back.
"""

from __future__ import annotations

from collections.abc import Iterable

from service.evidence import When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.predictions import moment, of_value, period, prediction, words
from service.fhir_mapping.inbound.reading import Notebook, Received
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.slices import (
    CodeableConcept,
    Observation,
    Period,
    Reference,
    RiskAssessment,
    ScoreOf,
    slice_of,
)
from service.fhir_mapping.terminology import Terminology
from service.handoffs import BY_CODE, HANDOFFS, Occurrence, Prediction, Returned
from service.problems import Ledger, Problem, Rejected
from service.scoring import ENGINES
from service.text import phrase, quoted

_GOOD = frozenset(("final", "amended", "corrected", "preliminary"))
_ORDER = {hand_off: n for n, hand_off in enumerate(HANDOFFS)}


def _is_score(_: Terminology, system: str | None, code: str | None) -> bool:
    return terminology.normal(system, code)[0] == terminology.SCORE


_SCORE = Relevance(_is_score)
_RELEVANCE = Relevance(_is_score, r"\b(?:spin(?:e|al)\b|vertebra|surviv|mortalit|prognos|sorg|pathfx|bollen|oswestry)")


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a RiskAssessment is, or reads like, a result of a model of survival or of the spine. Never fails."""
    return _RELEVANCE.of_member(entry, "method", terms) or _RELEVANCE.of_member(entry, "code", terms)


def is_score(entry: Entry, terms: Terminology) -> bool:
    """Whether an Observation has the code of a score, or one that says that it is one. Never fails."""
    return _SCORE.of_member(entry, "code", terms)


def read_risk_assessment(entry: Entry, notes: Notebook) -> None:
    """Notes the result that a RiskAssessment gives.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    named = slice_of(ScoreOf, entry.resource, entry.path)
    notes.subjects.note(entry, named.subject)
    code = _handed_off((named.method, named.code), entry, notes)
    if code is None:
        return
    risk = slice_of(RiskAssessment, entry.resource, entry.path)
    if not _counts(risk.status, entry, notes):
        return
    occurrence, then = _occurrence(
        risk.occurrence_date_time, risk.occurrence_period, "occurrenceDateTime", "occurrencePeriod", entry, notes
    )
    predicts = BY_CODE[code].predicts
    given = (prediction(p, predicts, f"{entry.path}.prediction[{n}]", notes) for n, p in enumerate(risk.prediction))
    _receive(code, occurrence, then, given, risk.basis, risk.status, entry, notes)


def read_observation(entry: Entry, notes: Notebook) -> None:
    """Notes the result that an Observation gives as its value.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    named = slice_of(ScoreOf, entry.resource, entry.path)
    notes.subjects.note(entry, named.subject)
    code = _handed_off((named.code,), entry, notes)
    if code is None:
        return
    observation = slice_of(Observation, entry.resource, entry.path)
    if not _counts(observation.status, entry, notes):
        return
    at, within, name = observation.effective_date_time, observation.effective_period, "effectiveDateTime"
    if at is None and within is None:
        at, name = observation.effective_instant, "effectiveInstant"
        if at is None:
            at, name = observation.issued, "issued"
    occurrence, then = _occurrence(at, within, name, "effectivePeriod", entry, notes)
    if observation.data_absent_reason is not None:
        notes.remark(entry, Ledger.DATA_ABSENT, "the result is given as absent")
        return
    title = (observation.code.text and words(observation.code)) or dict(BY_CODE[code].codes)[code]
    value = of_value(observation, title, entry.path)
    _receive(code, occurrence, then, (value,), [], observation.status, entry, notes)


def settle(notes: Notebook, *, has_lesion: bool) -> tuple[Returned, ...]:
    """The results to show, each once: the hand-offs in their order, the latest result of each first.

    An answer holds copies of the results that it was given; where it comes back with them, they are one.
    """
    if not has_lesion:
        why = "a result of a model; without a tumour of the spine it is not shown"
        for each in notes.results:
            notes.remark(each.entry, Ledger.NOT_READ, why)
        return ()
    same: dict[tuple[str, Occurrence, tuple[Prediction, ...]], list[Received]] = {}
    for each in sorted(notes.results, key=lambda received: received.entry.name):
        found = each.returned
        same.setdefault((found.code, found.occurrence, found.predictions), []).append(each)
    chosen = [_original(those, notes) for those in same.values()]
    return tuple(
        sorted(
            (each.returned for each in chosen),
            key=lambda found: (_ORDER[found.hand_off], -found.then.start, found.code, found.source),
        )
    )


def _original(those: list[Received], notes: Notebook) -> Received:
    """Of results with the same content, the one that the others were copied from."""
    entries = [each.entry for each in those]
    first = next((e for e in those if not any(notes.anything.find(name) in entries for name in e.basis)), those[0])
    for each in those:
        if each is not first:
            notes.remark(
                each.entry,
                Ledger.NOT_READ,
                phrase("the same result as {resource}, shown once", resource=quoted(first.entry.name)),
            )
    return first


def _handed_off(concepts: Iterable[CodeableConcept | None], entry: Entry, notes: Notebook) -> str | None:
    """The code of the hand-off that is named; if there is none, the ledger says what becomes of the resource."""
    codings = [c for concept in concepts if concept for c in concept.coding if _is_score(notes.terms, c.system, c.code)]
    codes = [terminology.normal(c.system, c.code)[1] for c in codings]
    found = next((code for code in codes if code in BY_CODE), None)
    if found is not None:
        return found
    if any(code in ENGINES for code in codes):
        notes.remark(entry, Ledger.NOT_READ, "a score; computed here from its findings")
    elif codes:
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, "no score has this code; see CodeSystem/score")
    else:
        notes.remark(entry, Ledger.NOT_READ, "reads like a result of a model, but none of its codes is known here")
    return None


def _counts(status: str, entry: Entry, notes: Notebook) -> bool:
    """Whether a status lets a result count; if not, the ledger says so."""
    if not status:
        message = "The status is missing. Add it; a finished result is final."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if status not in _GOOD:
        known = ("registered", "cancelled", "entered-in-error", "unknown")
        said = status if status in known else "not one that FHIR knows"
        notes.remark(entry, Ledger.STATUS, phrase("its status is {status}, so it is left out", status=quoted(said)))
    return status in _GOOD


def _occurrence(
    at: str | None, within: Period | None, at_name: str, within_name: str, entry: Entry, notes: Notebook
) -> tuple[Occurrence, When]:
    """When a result was made: as FHIR has it, and as a stretch of time."""
    path = f"{entry.path}.{within_name}"
    both = period(within, path, notes)
    if both is None:
        then = notes.date(at, f"{entry.path}.{at_name}")
        return Occurrence(at=moment(then)), then
    start, end = both
    return Occurrence(start=start, end=end), When(
        notes.date(start or None, path).start, notes.date(end or None, path).end
    )


def _receive(
    code: str,
    occurrence: Occurrence,
    then: When,
    given: Iterable[Prediction | None],
    basis: list[Reference],
    status: str,
    entry: Entry,
    notes: Notebook,
) -> None:
    predictions = tuple(each for each in given if each is not None)
    if notes.too_late(entry, then):
        return
    if not predictions:
        notes.remark(entry, Ledger.NO_VALUE, "no result that can be read")
        return
    if status == "preliminary":
        notes.remark(entry, Ledger.PRELIMINARY, "a preliminary result; shown")
    if then == When():
        notes.remark(entry, Ledger.UNDATED, "a result without a date; shown")
    returned = Returned(
        BY_CODE[code], code, entry.name, bool(entry.reference), entry.kind, occurrence, then, predictions
    )
    notes.results.append(Received(returned, entry, tuple(b.reference for b in basis if b.reference)))
