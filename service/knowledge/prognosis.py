"""The section on the prognosis: what each class of each survival score says of the time that its patients live."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from service import wording
from service.case import Case, Lesion
from service.decision.prognosis import HORIZONS, LEAD_MODELS, UNKNOWN, Outlook, median
from service.evidence import Span
from service.findings import LESION
from service.knowledge.document import Code, Facts, Gap, Link, Paragraph, Part, Section, Table, Words
from service.policy import DEFAULT
from service.scoring import ENGINES, SCORES
from service.scoring.model import Band, Kind, Score
from service.scoring.results import Result
from service.text import phrase

SAYS_NOTHING = "nothing published says"
_INTRODUCTION = (
    'A score puts a patient into a class, and the median survival of the class counts: "likely to live longer than 6 '
    'months" means that more than half of the class are alive at 6 months. Medians, and percentages alive, of all '
    "studies of the class are taken together. A median of just so many months is neither yes nor no."
)
_RULES = (
    "Models are never averaged: their patients, their treatment and the start of their clocks differ. All are shown "
    "side by side, and the one that the policy names leads: the rules of the plan read its months.",
    "Where a record leaves several classes possible they all have to agree; else the answer is that it cannot be told. "
    "While every class is possible the model says nothing of the patient.",
    "A clinician's own estimate in the record counts instead of the lead model, which is then shown beside it.",
    "Models that lead to the same answer, and those that are certain of the contrary, are named with it.",
)


def section() -> Section:
    heads = (
        "Score",
        "Class",
        "Months of the median",
        *(phrase("Over {months} months", months=months) for months in HORIZONS),
    )
    rows = tuple(row for score in SCORES if score.kind is Kind.SURVIVAL for row in _rows(score))
    return Section(
        "prognosis",
        "Prognosis",
        (
            Paragraph((_INTRODUCTION,)),
            *(Paragraph((rule,)) for rule in _RULES),
            Table("What each class says of the time that its patients live", tuple((h,) for h in heads), rows),
            Facts(
                (
                    ("Can lead", _codes(LEAD_MODELS)),
                    ("Leads by default", (Code(DEFAULT.lead_model),)),
                    *((phrase("{score} cannot lead", score=score.title), (why,)) for score, why in _cannot_lead()),
                )
            ),
        ),
    )


def _rows(score: Score) -> Iterator[tuple[Words | None, ...]]:
    head: Words | None = (Link(score.title, score.code),)
    for band in score.bands:
        span = median(band)
        said: Part = Gap(SAYS_NOTHING) if frozenset((span,)) == UNKNOWN else months(span)
        answers = (answer(band, score, horizon) for horizon in HORIZONS)
        yield (head, (band.title,), (said,), *((each,) for each in answers))
        head = None


def answer(band: Band, score: Score, horizon: float) -> str:
    """Whether the patients of a class are likely to live longer, as the plan answers it."""
    outlives = Outlook(_empty(score), frozenset((median(band),))).outlives(horizon)
    return "?" if outlives is None else "yes" if outlives else "no"


@cache
def _empty(score: Score) -> Result:
    """The result of a record that says nothing: an outlook goes with one."""
    return ENGINES[score.code].result(Case(), Lesion("spine") if score.scope == LESION else None)


def months(span: Span) -> str:
    """``9``, ``under 6``, ``over 12``, ``6 to under 12``.

    >>> months(Span(6, 12, low_open=True, high_open=True)), months(Span(24, 1200))
    ('over 6 to under 12', '24 or more')
    """
    (everything,) = (each for each in UNKNOWN if isinstance(each, Span))
    low, high = wording.number(span.low), wording.number(span.high)
    if span.is_point:
        return low
    if span.low == everything.low:
        return phrase("under {value}" if span.high_open else "{value} or less", value=high)
    if span.high == everything.high:
        return phrase("over {value}" if span.low_open else "{value} or more", value=low)
    least = phrase("over {value}", value=low) if span.low_open else low
    most = phrase("under {value}", value=high) if span.high_open else high
    return phrase("{low} to {high}", low=least, high=most)


def _codes(codes: tuple[str, ...]) -> Words:
    found: list[Part] = []
    for code in codes:
        found += [", ", Code(code)] if found else [Code(code)]
    return tuple(found)


def _cannot_lead() -> Iterator[tuple[Score, str]]:
    for score in SCORES:
        if score.kind is Kind.SURVIVAL and score.code not in LEAD_MODELS:
            yield (
                score,
                "it is computed for each lesion, and the patient has one prognosis"
                if score.scope == LESION
                else "nothing published says of each of its classes how long their patients live",
            )
