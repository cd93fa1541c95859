"""The evaluation finds the truth that a cohort was made with, within the error of drawing patients."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from service.scoring import ENGINES
from service.validation import statistics as st
from service.validation.evaluation import Estimates, Figures, Key, with_intervals
from service.validation.laws import Shift, laws
from service.validation.statistics import Sample
from service.validation.synthetic import Design, cohort
from service.validation.truth import concordance
from tests.validation.cohorts import data, design, patients

DRAWS = 50
#: Standard errors that an estimate may be off: of a right one, one seed in 16,000 is.
FAR = 4
SLOPE, INTERCEPT, RATIO = Key("slope"), Key("intercept"), Key("ratio")


def standard_error(estimates: Estimates, key: Key) -> float:
    """From the interval of 95 % that drawing the patients again gives."""
    found = estimates[key]
    return (found.high - found.low) / 3.92


def calibration(sample: Sample) -> Figures:
    slope, intercept = st.calibration_line(sample, 365)
    return {SLOPE: slope, INTERCEPT: intercept, RATIO: st.observed_to_expected(sample, 365)}


def at_365(sample: Sample) -> Estimates:
    return with_intervals(calibration, sample, DRAWS, np.random.default_rng(1))


def test_deaths_are_drawn_without_bias() -> None:
    """Over ten seeds the deaths within a year are as many as the law says: the sum of ten standard normals."""
    law = laws(ENGINES["katagiri-revised"].score)
    total = 0.0
    for seed in range(1, 11):
        drawn = list(cohort(Design("katagiri-revised", 400, seed)))
        dead = [1 - law[made.true_band.code].alive(365) for made in drawn]
        gone = sum(made.true_day <= 365 for made in drawn)
        total += (gone - sum(dead)) / sum(p * (1 - p) for p in dead) ** 0.5
    assert abs(total) < FAR * 10**0.5


@pytest.mark.parametrize("model", ["katagiri-revised", "nesms", "van-der-linden"])
def test_the_concordance_is_that_of_the_laws(model: str) -> None:
    made = design(model, 2000)
    sample = data(made).certain
    shares = Counter(one.true_band.code for one in patients(made) if len(one.bands[model]) == 1)
    total = shares.total()
    true = concordance(laws(ENGINES[model].score), {code: n / total for code, n in shares.items()}, 730)
    # No rank statistic of so many deaths has a larger standard error.
    error = 0.5 / sample.deaths_by(730) ** 0.5
    assert true > 0.5 + 3 * error, "the cohort could not tell this C from tossing a coin"
    assert abs(st.uno_c(sample, 730) - true) < 3 * error


@pytest.mark.parametrize("shift", [(1.0, 0.0), (0.6, 0.4), (1.5, -0.5)])
def test_the_calibration_is_that_of_the_cohort(shift: tuple[float, float]) -> None:
    found = at_365(data(design(patients=1200, shift=shift), (365,)).certain)
    assert abs(found[SLOPE].value - shift[0]) < FAR * standard_error(found, SLOPE)
    assert abs(found[INTERCEPT].value - shift[1]) < FAR * standard_error(found, INTERCEPT)
    if shift != (1.0, 0.0):
        assert abs(found[SLOPE].value - 1) > 3 * standard_error(found, SLOPE), "miscalibration went unseen"


def test_more_deaths_than_were_said_are_seen() -> None:
    right, wrong = (data(design(patients=1200, shift=(1.0, i)), (365,)).certain for i in (0.0, 0.8))
    found = at_365(right)
    assert abs(found[RATIO].value - 1) < FAR * standard_error(found, RATIO)
    assert at_365(wrong)[RATIO].low > 1.1
    assert st.briers(wrong, (365,))[0] > st.briers(right, (365,))[0]


def test_weighting_for_censoring_mends_what_is_wrong_without_it() -> None:
    """Half are lost in a year. To leave them out makes too many dead, to take them as alive too few."""
    made = design("nesms", 2500, censoring=0.5)
    sample, day = data(made).certain, 365
    band = laws(ENGINES["nesms"].score)
    dead = float(np.mean([1 - band[one.true_band.code].alive(day) for one in patients(made)]))
    gone = sample.event & (sample.time <= day)
    left_out = float(np.sum(gone) / np.sum(gone | (sample.time > day)))
    as_alive = float(np.mean(gone))
    error = (dead * (1 - dead) / np.sum(gone | (sample.time > day))) ** 0.5
    weights = st.weights(sample, day)
    for mended in (1 - st.observed(sample, day), float(np.sum(weights * gone) / np.sum(weights))):
        assert abs(mended - dead) < 3 * error
    assert left_out > dead + 3 * error
    assert as_alive < dead - 3 * error


def test_the_brier_score_is_that_of_the_truth_in_spite_of_censoring() -> None:
    """With right probabilities the expected score is the mean of p (1 - p)."""
    sample = data(design("nesms", 2500, censoring=0.5)).certain
    alive = sample.at(365)
    # A squared error lies between 0 and 1: its standard deviation is at most a half.
    assert abs(st.briers(sample, (365,))[0] - float(np.mean(alive * (1 - alive)))) < 3 * 0.5 / 2500**0.5


def test_a_shift_changes_calibration_and_leaves_the_order() -> None:
    shifted = Shift(0.5, 1.0)
    laws_of = laws(ENGINES["nesms"].score)
    shares = dict.fromkeys(laws_of, 0.25)
    assert concordance(laws_of, shares, 730, shifted) > 0.5


# The intervals


def estimated(sample: Sample) -> Figures:
    """Each kind of figure that a report gives an interval for, at a year."""
    slope, intercept = st.calibration_line(sample, 365)
    return {
        SLOPE: slope,
        INTERCEPT: intercept,
        RATIO: st.observed_to_expected(sample, 365),
        Key("alive"): st.observed(sample, 365),
        Key("harrell"): st.harrell_c(sample),
        Key("uno"): st.uno_c(sample, 730),
        Key("auc"): st.aucs(sample, (365,))[0],
        Key("brier"): st.briers(sample, (365,))[0],
    }


def auc_of_the_laws(shares: dict[str, float], day: int) -> float:
    """Of one who is dead by a day and one who is alive: how often the dead one had the worse class, ties a half."""
    law = laws(ENGINES["katagiri-revised"].score)
    alive = {code: law[code].alive(day) for code in shares}
    right = whole = 0.0
    for first, one in shares.items():
        for other, another in shares.items():
            pairs = one * (1 - alive[first]) * another * alive[other]
            whole += pairs
            right += pairs * (0.5 if first == other else float(alive[first] < alive[other]))
    return right / whole


def shares_of(made: Design) -> dict[str, float]:
    counted = Counter(one.true_band.code for one in patients(made) if len(one.bands[made.model]) == 1)
    return {code: n / counted.total() for code, n in counted.items()}


def test_every_figure_finds_its_truth_and_its_interval_holds_it() -> None:
    """In 24 cohorts of 200, each figure's interval of 95 % holds the truth at least 18 times.

    Of a right interval, fewer would come in less than one seed of ten thousand; of one that is half as wide as it ought
    to be (67 % of the time), in four of ten; of a figure that is off by two standard errors, nearly always.
    """
    made, cohorts = design(patients=4800, seed=11), 24
    law, shares = laws(ENGINES["katagiri-revised"].score), shares_of(made)
    dead = {code: 1 - law[code].alive(365) for code in shares}
    truth = {
        SLOPE: 1.0,
        INTERCEPT: 0.0,
        RATIO: 1.0,
        Key("alive"): 1 - sum(shares[code] * dead[code] for code in shares),
        # Harrell's C is of pairs that the loss from sight leaves; a twentieth a year moves it by less than 0.005.
        Key("harrell"): concordance(law, shares, 2900),
        Key("uno"): concordance(law, shares, 730),
        Key("auc"): auc_of_the_laws(shares, 365),
        Key("brier"): sum(shares[code] * dead[code] * (1 - dead[code]) for code in shares),
    }
    whole, generator = data(made, (365,)).certain, np.random.default_rng(5)
    size, held = len(whole) // cohorts, Counter[str]()
    for n in range(cohorts):
        found = with_intervals(estimated, whole.take(np.arange(n * size, (n + 1) * size)), DRAWS, generator)
        held.update(key.measure for key, true in truth.items() if found[key].low <= true <= found[key].high)
    assert {key.measure: held[key.measure] for key in truth if held[key.measure] < 18} == {}
    # And of all patients the figure itself is near, so that a wide interval hides nothing.
    own = estimated(whole)
    off = {key.measure: abs(own[key] - true) for key, true in truth.items()}
    assert {
        name: value for name, value in off.items() if value > 0.03 * (5 if name in ("slope", "intercept") else 1)
    } == {}
