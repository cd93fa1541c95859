"""The code systems of what is answered: scores, their items and bands, treatments, and the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from service import wording
from service.fhir_mapping.artefacts.concepts import code_system, concept
from service.fhir_mapping.outbound.building import Resource
from service.handoffs import HANDOFFS, HandOff
from service.problems import USED, Ledger
from service.scoring import SCORES
from service.scoring.model import Band, Item, Score

#: The code of an answer whose ledger is empty; it is no remark, so it is no member of Ledger.
NO_REMARKS = "no-remarks"

_LEDGER = {
    Ledger.CONFLICT: "Sources disagree, and none is certainly later: all that they say stays possible.",
    Ledger.SUPERSEDED: "A later source says otherwise, and counts.",
    Ledger.REPEATED: "Says what another resource of its kind says already.",
    Ledger.PRELIMINARY: "The resource is preliminary.",
    Ledger.STALE: "The resource is older than the policy of the site likes.",
    Ledger.UNDATED: "The resource has no date, so nothing tells whether it still holds.",
    Ledger.NOT_ACTIVE: "The resource is not marked as active.",
    Ledger.DECLARED: "The record does not mention the finding, and the caller declared it complete, or it is staged "
    "and the policy of the site reads that so.",
    Ledger.STATUS: "The status says that the resource does not hold.",
    Ledger.REFUTED: "The diagnosis is refuted, or was entered in error.",
    Ledger.UNCONFIRMED: "The diagnosis is not confirmed.",
    Ledger.RESOLVED: "The diagnosis is resolved.",
    Ledger.AFTER_AS_OF: "The resource is later than the time of the assessment.",
    Ledger.DATA_ABSENT: "The value is given as absent, so the finding stays unknown.",
    Ledger.NO_VALUE: "There is no value that can be read.",
    Ledger.NO_UNIT: "A number came without the unit that it needs.",
    Ledger.UNASSIGNED: "The finding is of a lesion, and the resource does not say of which.",
    Ledger.NOT_IN_SPINE: "The site is not in the spine, or is not understood.",
    Ledger.NOT_READ: "The code is known, and no score or rule reads it.",
    Ledger.OTHER_PATIENT: "The resource is of another patient.",
    Ledger.UNNAMED_PATIENT: "The subject is named in words alone, and taken to be the patient of the Bundle.",
    Ledger.DECEASED: "The patient has died.",
    Ledger.INCOMPLETE: "A part of the record is not in the Bundle.",
    Ledger.NOT_UNDERSTOOD: "The code, or the resource, is not understood.",
    Ledger.TERMINOLOGY_SERVER: "A terminology server said what codes are a kind of, or did not answer.",
    Ledger.NOT_GIVEN: "A score is not given, for the reason that the text names.",
}


def answer_systems() -> Iterator[Resource]:
    yield code_system(
        "score",
        "Scores",
        "The published scores that are computed, and the models that are handed off and computed elsewhere.",
        (*map(_score, SCORES), *(_handed_off(model, code, title) for model in HANDOFFS for code, title in model.codes)),
    )
    yield code_system(
        "item",
        "Items of scores",
        "The components of each score, with the points of their rows.",
        (_item(score, item) for score in SCORES for item in score.items),
    )
    yield code_system(
        "band",
        "Bands of scores",
        "The categories of the totals of each score, with what is published about their patients.",
        (_band(score, band) for score in SCORES for band in score.bands),
    )
    yield code_system(
        "treatment",
        "Treatments and investigations",
        "What a plan can propose. A proposal is advice to the tumour board, and never an order.",
        (concept(code, wording.treatment(code)) for code in wording.TREATMENTS),
    )
    yield code_system("ledger", "Ledger", "What became of a resource of the record.", _ledger())


def _score(score: Score) -> Resource:
    text = f"{wording.made_in(score)} Sources: {'; '.join(map(str, score.sources))}."
    return concept(score.code, score.title, text, scope=score.scope, kind=score.kind.value)


def _handed_off(model: HandOff, code: str, title: str) -> Resource:
    return concept(code, title, f"Handed off. {model.why} Sources: {'; '.join(map(str, model.sources))}.")


def _item(score: Score, item: Item) -> Resource:
    rows = "; ".join(f"{wording.points(row.points)} - {row.label}" for row in item.rows)
    return concept(f"{score.code}.{item.code}", item.title, f"Points: {rows}", score=score.code)


def _band(score: Score, band: Band) -> Resource:
    figures = f" Published: {wording.figures(band)}." if band.figures else ""
    return concept(
        f"{score.code}.{band.code}",
        band.meaning,
        f"{score.title}: total {wording.totals((band.low, band.high))}.{figures}",
        score=score.code,
        low=band.low,
        high=band.high,
        risk=band.risk,
    )


def _ledger() -> Iterator[Resource]:
    for code in Ledger:
        yield concept(code.value, code.value.replace("-", " "), _LEDGER.get(code), used=code in USED)
    yield concept(NO_REMARKS, "no remarks", "Every resource that was recognised was used, and none needs a remark.")
