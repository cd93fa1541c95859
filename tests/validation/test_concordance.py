"""Counting by risk gives what the libraries give that go over every pair."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from lifelines.utils import concordance_index
from sksurv.metrics import brier_score, concordance_index_ipcw, integrated_brier_score
from sksurv.nonparametric import kaplan_meier_estimator

from service.validation import statistics as st
from service.validation.concordance import MOST_PATIENTS
from service.validation.statistics import Sample
from tests.validation.cohorts import sample

PATIENTS = some.lists(
    some.tuples(some.integers(1, 12), some.booleans(), some.integers(0, 4)), min_size=2, max_size=40
)  # fmt: skip


def of(patients: list[tuple[int, bool, int]]) -> Sample:
    time, event, risk = zip(*patients, strict=True)
    return sample([float(t) for t in time], [int(e) for e in event], [float(r) for r in risk], day=6)


@settings(max_examples=200, deadline=None)
@given(PATIENTS)
def test_harrells_c_is_that_of_lifelines(patients: list[tuple[int, bool, int]]) -> None:
    few = of(patients)
    theirs = st.or_nan(lambda: concordance_index(few.time, -few.risk, few.event))
    assert st.harrell_c(few) == pytest.approx(theirs, nan_ok=True)


@settings(max_examples=200, deadline=None)
@given(PATIENTS, some.integers(2, 12))
def test_unos_c_is_that_of_scikit_survival(patients: list[tuple[int, bool, int]], until: int) -> None:
    few = of(patients)
    end = np.nextafter(until, 0)
    theirs = st.or_nan(lambda: concordance_index_ipcw(few.outcome, few.outcome, few.risk, tau=end)[0])
    ours = st.uno_c(few, until)
    # They refuse where nobody is left in sight at all; no pair hangs on that here.
    assert isnan(theirs) or ours == pytest.approx(theirs)


@settings(max_examples=200, deadline=None)
@given(PATIENTS)
def test_the_weighted_dead_are_those_of_kaplan_and_meier(patients: list[tuple[int, bool, int]]) -> None:
    """As many as the curve says, also where some die on the day on which others are lost; and all patients in all."""
    few = of(patients)
    if few.followed(6):
        weight = st.weights(few, 6)
        assert np.sum(weight * (few.event & (few.time <= 6))) / len(few) == pytest.approx(1 - st.observed(few, 6))
        assert np.sum(weight) == pytest.approx(len(few))


@settings(max_examples=200, deadline=None)
@given(PATIENTS, some.floats(0.05, 3))
def test_the_brier_scores_are_those_of_scikit_survival(patients: list[tuple[int, bool, int]], hazard: float) -> None:
    few = of(patients)
    days = tuple(day for day in (3, 6, 9) if few.followed(day))
    alive = np.exp(-hazard * np.outer(few.risk + 0.1, np.array([3.0, 6.0, 9.0]) / 6))
    few = replace(few, alive=alive, horizons=(3, 6, 9))
    said, y = alive[:, [(3, 6, 9).index(day) for day in days]], few.outcome
    if days:
        assert st.briers(few, days) == pytest.approx(brier_score(y, y, said, list(days))[1])
    if len(days) > 1:
        assert st.integrated_brier(few, days) == pytest.approx(integrated_brier_score(y, y, said, list(days)))


@settings(max_examples=100, deadline=None)
@given(PATIENTS)
def test_the_curve_is_that_of_scikit_survival(patients: list[tuple[int, bool, int]]) -> None:
    few = of(patients)
    time, share = kaplan_meier_estimator(few.event, few.time)
    assert few.curve[0].tolist() == time.tolist()
    assert few.curve[1] == pytest.approx(share)


def test_many_risks_are_counted_on_a_sample_that_is_near(capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(1)
    n = MOST_PATIENTS + 500
    risk = random.normal(size=n)
    many = sample(list(random.exponential(np.exp(-risk)) + 0.01), [1] * n, list(risk))
    assert st.is_sampled(many)
    assert not st.is_sampled(replace(many, risk=np.round(risk)))
    # Of two with log hazards a and b the one of a dies first with 1 / (1 + exp(b - a)): 0.725 for normal ones.
    for found in (st.harrell_c(many), st.uno_c(many, 1000)):
        assert abs(found - 0.725) < 0.02


def test_the_median_is_the_day_by_which_half_have_died() -> None:
    assert st.median_days(sample([1, 2, 3, 4], [1, 1, 1, 1])) == 2
    assert st.median_days(sample([1, 2, 3, 4, 5], [1, 0, 1, 1, 1])) == 4
    assert isnan(st.median_days(sample([1, 2, 3], [1, 0, 0])))


def test_the_log_rank_test_tells_groups_apart_and_finds_nothing_where_nothing_is() -> None:
    """Times of 1 to 40 days in turn in both groups; then one group dies before the other."""
    alike = sample([float(n + 1) for n in range(80)], [1] * 80)
    alike = replace(alike, group=np.array([n % 2 for n in range(80)], dtype=np.int64))
    apart = replace(alike, group=np.array([n // 40 for n in range(80)], dtype=np.int64))
    assert st.log_rank(alike) > 0.5
    assert st.log_rank(apart) < 1e-9
    assert isnan(st.log_rank(replace(alike, group=np.zeros(80, dtype=np.int64))))
