"""The prognosis: for each class the months, and what the plan answers from them."""

from __future__ import annotations

import pytest

from service.decision.prognosis import HORIZONS, LEAD_MODELS, median
from service.evidence import Span
from service.knowledge.prognosis import months
from service.policy import DEFAULT
from service.scoring import SCORES
from service.scoring.model import Kind
from tests.knowledge.rendered import KINDS, rendered

each_kind = pytest.mark.parametrize("kind", KINDS)
SURVIVAL = [score for score in SCORES if score.kind is Kind.SURVIVAL]


def longer(span: Span, limit: float) -> str:
    """Whether every number of the span is more than the limit, or none is and none just equals it."""
    if span.low > limit or (span.low == limit and span.low_open):
        return "yes"
    if span.high < limit or (span.high == limit and span.high_open):
        return "no"
    return "?"


@each_kind
def test_every_class_of_every_survival_score_is_there_with_its_answers(kind: str) -> None:
    rows = rendered(kind, "prognosis").rows
    for score in SURVIVAL:
        mine = [cells[1:] for cells in rows if cells[0] == score.title]
        assert [cells[0] for cells in mine] == [band.title for band in score.bands]
        for (_, said, *answers), band in zip(mine, score.bands, strict=True):
            span = median(band)
            assert answers == [longer(span, horizon) for horizon in HORIZONS], (score.code, band.title)
            assert (said == "nothing published says") == (set(answers) == {"?"} and span.high - span.low == 1200)


@each_kind
@pytest.mark.parametrize(
    "cells",
    [
        ("Revised Katagiri score", "4-6", "over 6 to under 12", "yes", "yes", "no", "no"),
        ("Tomita score", "8-10", "under 3", "no", "no", "no", "no"),
        ("Revised Tokuhashi score", "9-11", "over 6", "yes", "yes", "?", "?"),
        ("Van der Linden score", "0-3", "3", "?", "no", "no", "no"),
    ],
)
def test_some_classes_as_they_are_published(kind: str, cells: tuple[str, ...]) -> None:
    assert cells in rendered(kind, "prognosis").rows


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span.point(8.8), "8.8"),
        (Span(0, 6, high_open=True), "under 6"),
        (Span(0, 6), "6 or less"),
        (Span(24, 1200, low_open=True), "over 24"),
        (Span(24, 1200), "24 or more"),
        (Span(6, 12), "6 to 12"),
        (Span(6, 12, low_open=True, high_open=True), "over 6 to under 12"),
    ],
)
def test_months_are_said_with_their_ends(span: Span, said: str) -> None:
    assert months(span) == said


@each_kind
def test_it_says_which_scores_can_lead_and_which_cannot_and_why(kind: str) -> None:
    text = rendered(kind, "prognosis").text
    leads = text.split("Can lead")[1].split("Leads by default")[0]
    for score in SURVIVAL:
        assert (score.code in leads.replace(",", " ").split()) == (score.code in LEAD_MODELS)
        assert (f"{score.title} cannot lead" in text) == (score.code not in LEAD_MODELS)
    assert DEFAULT.lead_model in text.split("Leads by default")[1]
    assert "Models are never averaged" in text
