"""Each statistic gives what is worked out by hand for a few patients."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, log

import numpy as np
import pytest

from service.validation import statistics as st
from tests.validation.cohorts import sample

FOUR = ([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])
#: The second was lost from sight on day 2: of the three then in sight two are left, so later ones count for 3/2.
LOST = ([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1])


def test_kaplan_meier_multiplies_what_is_left_at_each_death() -> None:
    five = sample([1, 2, 3, 4, 5], [1, 0, 1, 1, 0])
    assert [st.observed(five, day) for day in (0, 1, 2, 3, 4, 5)] == pytest.approx(
        [1, 4 / 5, 4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3 / 2, 4 / 5 * 2 / 3 / 2]
    )


def test_nothing_is_said_of_a_day_after_the_last_patient_was_lost_from_sight() -> None:
    assert isnan(st.observed(sample([1, 5], [1, 0]), 6))
    assert st.observed(sample([1, 5], [1, 1]), 6) == 0


def test_harrells_c_is_the_share_of_pairs_in_the_right_order() -> None:
    # Of six pairs only the last two patients are in the wrong order.
    assert st.harrell_c(sample(*FOUR, risk=[4, 3, 1, 2])) == pytest.approx(5 / 6)
    # Of whom the second is not known to have died before the others, three right pairs and one wrong are left.
    assert st.harrell_c(sample(*LOST, risk=[4, 3, 1, 2])) == pytest.approx(3 / 4)
    # Patients of one risk count half.
    assert st.harrell_c(sample(*FOUR, risk=[1, 1, 1, 1])) == pytest.approx(1 / 2)


def test_unos_c_weighs_later_deaths_by_those_who_were_lost() -> None:
    assert st.uno_c(sample(*FOUR, risk=[4, 3, 1, 2]), 5) == pytest.approx(5 / 6)
    # Three pairs of weight 1 are right, and one of weight (3/2) squared is wrong.
    assert st.uno_c(sample(*LOST, risk=[4, 3, 1, 2]), 5) == pytest.approx(3 / (3 + 9 / 4))


def test_the_area_under_the_curve_compares_the_dead_with_those_alive_on_the_day() -> None:
    assert st.aucs(sample(*FOUR, risk=[4, 1.5, 1, 2], day=2), (2,)) == pytest.approx([3 / 4])


def test_the_brier_score_is_the_mean_square_weighted_for_censoring() -> None:
    alive = [0.2, 0.4, 0.7, 0.9]
    assert st.briers(sample(*FOUR, alive=alive, day=2), (2,)) == pytest.approx([(0.04 + 0.16 + 0.09 + 0.01) / 4])
    assert st.briers(sample(*LOST, alive=alive, day=2), (2,)) == pytest.approx([(0.04 + 1.5 * (0.09 + 0.01)) / 4])


def test_a_death_is_weighed_by_those_in_sight_on_its_day_and_not_after_it() -> None:
    """Of four on day 1 one dies and one is lost, who was in sight until then; the other two stand for him later on."""
    tied = sample([1, 1, 2, 2], [1, 0, 1, 1], risk=[3, 0, 2, 4], alive=[0.2, 0.4, 0.7, 0.9])
    assert st.weights(tied, 1) == pytest.approx([1, 0, 1.5, 1.5])
    assert st.briers(tied, (1,)) == pytest.approx([(0.04 + 1.5 * (0.09 + 0.01)) / 4])
    later = sample([1, 2, 2, 3], [1, 1, 0, 0], risk=[3, 2, 1, 4])
    assert st.uno_c(later, 3) == pytest.approx((2 + 1) / (3 + 2))
    assert st.uno_c(later, 2) == pytest.approx(2 / 3)


def test_the_integrated_brier_score_is_the_mean_over_the_time() -> None:
    two = replace(sample(*FOUR), alive=np.repeat(np.array([[0.2], [0.4], [0.7], [0.9]]), 2, axis=1), horizons=(1, 2))
    first = (0.04 + 0.36 + 0.09 + 0.01) / 4
    second = (0.04 + 0.16 + 0.09 + 0.01) / 4
    assert st.integrated_brier(two, (1, 2)) == pytest.approx((first + second) / 2)
    assert st.integrated_brier(two, (2,)) == pytest.approx(second)


def test_weights_are_none_for_the_lost_and_more_for_those_after_them() -> None:
    assert st.weights(sample(*LOST), 2) == pytest.approx([1, 0, 1.5, 1.5])


@pytest.mark.parametrize(
    ("dead", "slope", "intercept"),
    [((1, 3), 1, 0), ((2, 2), 0, 0), ((3, 1), -1, 0), ((2, 3), 0.5, log(3) / 2)],
)
def test_the_calibration_line_goes_through_two_groups(dead: tuple[int, int], slope: float, intercept: float) -> None:
    """Four patients with a predicted death of 1/4 and four of 3/4; with two points the line meets both."""
    time = [1.0 if n < dead[group] else 9.0 for group in (0, 1) for n in range(4)]
    eight = sample(time, [1] * 8, alive=[0.75] * 4 + [0.25] * 4, day=5)
    assert st.calibration_line(eight, 5) == pytest.approx((slope, intercept), abs=1e-5)


def test_no_line_is_drawn_through_one_point_or_between_all_and_none() -> None:
    assert all(map(isnan, st.calibration_line(sample([1, 9], [1, 1], day=5), 5)))
    apart = sample([1, 1, 9, 9], [1, 1, 1, 1], alive=[0.2, 0.2, 0.8, 0.8], day=5)
    assert all(map(isnan, st.calibration_line(apart, 5)))


def test_calibration_in_the_large_and_the_ratio_of_deaths() -> None:
    three_of_four = sample([1, 1, 1, 9], [1, 1, 1, 1], alive=[0.5] * 4, day=5)
    assert st.intercept_alone(three_of_four, 5) == pytest.approx(log(3))
    assert st.observed_to_expected(three_of_four, 5) == pytest.approx(1.5)


def test_net_benefit_sets_the_dead_that_are_found_against_the_others_by_the_odds() -> None:
    four = sample(*FOUR, alive=[0.2, 0.4, 0.7, 0.9], day=2)
    assert st.net_benefits(four, 2, (0.3, 0.5, 0.95)) == pytest.approx([2 / 4 - 1 / 4 * 0.3 / 0.7, 2 / 4, 0])
    assert st.net_benefits(four, 2, (0.5,), np.zeros(4)) == pytest.approx([2 / 4 - 2 / 4])


def test_the_calibration_error_is_the_mean_distance_over_the_groups() -> None:
    time = [1.0, 9, 9, 9, 1, 1, 9, 9]
    eight = sample(time, [1] * 8, alive=[0.75] * 4 + [0.25] * 4, day=5)
    assert st.calibration_error(eight, 5) == pytest.approx((0 + 0.25) / 2)


def test_many_predictions_are_grouped_by_tenths() -> None:
    sizes = np.bincount(st.calibration_groups(np.linspace(0, 1, 1000)))
    assert sizes.tolist() == [100] * 10


def test_what_the_data_cannot_give_is_not_a_number() -> None:
    nobody_died = sample([5, 6], [0, 0], risk=[1, 2], day=3)
    assert isnan(st.harrell_c(nobody_died))
    assert isnan(st.uno_c(nobody_died, 3))
    assert all(map(isnan, (*st.aucs(nobody_died, (3,)), *st.briers(nobody_died, (3,)))))
    assert isnan(st.intercept_alone(nobody_died, 3))
