"""What several scores share: what counts as a metastasis in organs, remarks that many make, and large studies."""

from __future__ import annotations

import pytest

from service.case import Case
from service.conditions import holds_for
from service.scoring import ENGINES, SCORES
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED, NOT_RECALIBRATED, TRIPLE_NEGATIVE, post
from service.scoring.model import Kind
from tests.core.cases import case
from tests.scoring.points import TUMOURS, VISCERAL


@pytest.mark.parametrize("state", VISCERAL)
def test_meningeal_spread_alone_is_no_organ_metastasis_and_every_other_is(state: str) -> None:
    assert holds_for(NO_VISCERAL, {"visceral-metastases": state}) == (state in ("none", "meningeal-only"))


@pytest.mark.parametrize("negative", [True, False])
def test_triple_negative_is_said_of_breast_unless_it_is_ruled_out(negative: bool) -> None:
    for tumour in TUMOURS:
        known = {"primary-tumour": tumour, "triple-negative": negative}
        assert holds_for(TRIPLE_NEGATIVE.when, known) == (tumour == "breast" and negative), tumour


def test_the_numbers_of_triple_negative_cancer_are_those_of_the_study() -> None:
    assert TRIPLE_NEGATIVE.source is not None
    assert TRIPLE_NEGATIVE.source.short == "Bollen 2015"
    for words in ("6.7 (2.4-10.9)", "22.5 (18.0-26.9) months", "n = 111"):
        assert words in TRIPLE_NEGATIVE.text


def test_a_score_was_among_the_twelve_models_or_is_said_not_to_have_been() -> None:
    """Revised Katagiri is the best of them; the others here share a range of areas under the curve."""
    among = {score.code for score in SCORES if NOT_CALIBRATED in score.remarks}
    with_range = {score.code for score in SCORES if AMONG_THE_NINE in score.validations}
    assert among == with_range | {"katagiri-revised"}
    assert not among & {score.code for score in SCORES if NOT_RECALIBRATED in score.remarks}
    assert (AMONG_THE_NINE.value, AMONG_THE_NINE.n) == ((0.59, 0.76), 953)
    assert "none of twelve" in NOT_CALIBRATED.text
    assert "n = 953" in NOT_CALIBRATED.text
    assert "not among the twelve" in NOT_RECALIBRATED.text


def test_just_the_scores_in_which_breast_has_the_best_points_warn_of_triple_negative_cancer() -> None:
    for code, engine in ENGINES.items():
        best = max if engine.score.high_is_good else min
        of_breast, of_lung = (engine.totals(case(primary_tumour=tumour)) for tumour in ("breast", "lung"))
        is_best = best(of_breast) == best(engine.totals(Case())) != best(of_lung)
        assert any(r.text == TRIPLE_NEGATIVE.text for r in engine.score.remarks) == is_best, code


def test_the_post_cohort_has_202_patients() -> None:
    found = post(0.5)
    assert (found.value, found.n, found.source.short, found.external) == (0.5, 202, "Schoenfeld 2021", True)


def test_each_survival_score_says_with_its_predictions_that_it_is_not_calibrated_and_no_other_does() -> None:
    for code, engine in ENGINES.items():
        said = [remark for remark in engine.score.remarks if remark.with_predictions]
        expected = engine.score.kind is Kind.SURVIVAL
        assert len(said) == expected, code
        assert all("calibrated for today's patients" in remark.text for remark in said)
    assert not TRIPLE_NEGATIVE.with_predictions
