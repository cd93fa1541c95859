"""At the times of a recalibration the figures of the site take the place of the published ones, in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.decision.plan import plan
from service.decision.prognosis import LEAD_MODELS, median, median_here, prognosis
from service.decision.recalibration import can_be_recalibrated, here, time
from service.evidence import Span
from service.policy import DEFAULT, Line
from service.scoring import ENGINES, SCORES
from service.scoring.model import Time
from service.validation.draws import drawn
from tests.support.policies import MADE, recalibration

KATAGIRI = ENGINES["katagiri-revised"].score
LOW, INTERMEDIATE, HIGH = KATAGIRI.bands
NOTHING = (Line(91, 1.0, 0.0, 200), Line(365, 1.0, 0.0, 400))
MODELS = [score for score in SCORES if can_be_recalibrated(score)]


def test_a_line_that_changes_nothing_leaves_the_published_figures() -> None:
    for band in KATAGIRI.bands:
        figures = here(band, recalibration(lines=NOTHING))
        assert [each.alive for each in figures] == [each.published for each in figures]
        # Between two published times the law says more than the figures alone.
        own = median_here(band, recalibration(lines=NOTHING))
        assert own.meet(median(band)) == own
    assert [each.published for each in here(INTERMEDIATE, recalibration())][1] == pytest.approx(49, abs=0.1)


def test_what_is_worked_out_for_a_time_is_not_called_published() -> None:
    """Of the low class something is published of 6, 12 and 24 months, of the intermediate of 6 and 12."""
    lines = tuple(Line(days, 1.0, 0.0, 200) for days in (91, 183, 300, 365, 730, 1000))
    assert [each.is_published for each in here(LOW, recalibration(lines=lines))] == [0, 1, 0, 1, 1, 0]
    assert [each.is_published for each in here(INTERMEDIATE, recalibration(lines=lines))] == [0, 1, 0, 1, 0, 0]


def test_the_figure_of_the_site_is_worked_out_on_the_logit() -> None:
    """Half of the dead as published, intercept log 3: three of four die here."""
    found = here(INTERMEDIATE, recalibration(lines=(Line(358, 1.0, 1.0986123, 200),)))
    assert found[0].published == pytest.approx(50, abs=0.6)
    assert found[0].alive == pytest.approx(25, abs=0.6)


def test_times_are_told_in_months_where_they_are_months() -> None:
    assert [time(days) for days in (30, 31, 91, 183, 365, 730, 731)] == [
        Time(1), Time(1), Time(3), Time(6), Time(12), Time(24), Time(24),
    ]  # fmt: skip
    assert time(100) == Time(100, "d")
    assert time(1) == Time(1, "d")


@given(
    some.sampled_from(MODELS), some.integers(1, 2000), some.floats(0.01, 10), some.floats(-10, 10),
)  # fmt: skip
def test_the_order_of_the_classes_stays(model: object, days: int, slope: float, intercept: float) -> None:
    site = recalibration(lines=(Line(days, slope, intercept, 100),))
    figures = [here(band, site)[0] for band in model.bands]  # type: ignore[attr-defined]
    by_published = sorted(figures, key=lambda each: each.published)
    assert [each.alive for each in by_published] == sorted(each.alive for each in figures)
    assert all(0 <= each.alive <= 100 for each in figures)


def test_the_months_are_by_the_site_and_what_does_not_contradict_it() -> None:
    # Of the low class 91 % are alive at 12 months and 78 % at 24 as published, so that the median lies beyond.
    assert (median(LOW).low, median(LOW).low_open) == (24, True)
    worse = recalibration(lines=(Line(365, 1.0, 4.0, 200),))
    assert here(LOW, worse)[0].alive < 50
    assert median_here(LOW, worse) == Span(0, 12, high_open=True)
    # The other published figures of the high class still say that the median lies before 6 months.
    assert median_here(HIGH, recalibration(lines=(Line(365, 1.0, 0.3, 200),))) == Span(0, 6, high_open=True)
    # Of one whose median is published the site may be certain of the contrary.
    (worst, *_) = ENGINES["nesms"].score.bands
    better = recalibration("nesms", lines=(Line(91, 1.0, -3.0, 200), Line(183, 1.0, -3.0, 300)))
    assert median(worst).high <= 3
    assert median_here(worst, better).low >= 3


def case_of(seed: int) -> tuple[object, tuple[object, ...]]:
    from random import Random  # noqa: PLC0415

    case, _ = drawn(Random(seed)).case()
    engine = ENGINES["katagiri-revised"]
    return case, (engine.result(case, None),)


def test_the_plan_asks_the_recalibrated_lead_model() -> None:
    """Somewhere among drawn patients, the site's figures turn the answer at the threshold of the policy."""
    site = replace(DEFAULT, recalibrations=(recalibration(lines=(Line(91, 1.0, 5.0, 200), Line(183, 1.0, 5.0, 300))),))
    turned = 0
    for seed in range(30):
        case, results = case_of(seed)
        before, after = (plan(case, results, policy).prognosis for policy in (DEFAULT, site))  # type: ignore[arg-type]
        assert before is not None
        assert after is not None
        assert after.lead is not None
        assert after.lead.here == site.recalibrations[0]
        assert before.lead is not None
        assert before.lead.here is None
        assert before.outlives(3) is not False or after.outlives(3) is False
        turned += before.outlives(3) is True and after.outlives(3) is False
    assert turned > 3


def test_another_model_is_left_as_it_is() -> None:
    case, results = case_of(1)
    other = (recalibration("nesms"),)
    left, with_other = (prognosis(case, results, "katagiri-revised", own) for own in ((), other))  # type: ignore[arg-type]
    assert left == with_other


def test_it_lapses_when_it_is_too_old() -> None:
    site = replace(DEFAULT, recalibrations=(recalibration(),), recalibrations_valid_days=100)
    until = MADE + timedelta(days=100)
    assert site.on(until).recalibrations == (replace(recalibration(), until=until),)
    late = site.on(until + timedelta(days=1))
    assert late.in_use == ()
    assert late.recalibration("katagiri-revised") is None
    assert late.recalibrations == (replace(recalibration(), until=until, lapsed=True),)
    # An assessment of the past is made as it would be today.
    assert site.on(date(2020, 1, 1)) == site.on(until)


def test_only_models_with_a_published_probability_for_each_class_can_be_recalibrated() -> None:
    codes = {score.code for score in MODELS}
    assert codes == {"katagiri-revised", "nesms", "van-der-linden", "mizumoto", "prism"}
    assert codes & set(LEAD_MODELS)
    assert here(ENGINES["tomita"].score.bands[0], recalibration("tomita")) == ()
