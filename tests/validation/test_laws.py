"""The survival that is drawn from is the one that is published."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.scoring import ENGINES
from service.scoring.laws import DAYS_PER_MONTH, Law, law
from service.scoring.model import Band, Measure
from service.validation.laws import NoLaw, Shift, laws
from service.validation.synthetic import SURVIVAL_MODELS
from service.validation.truth import concordance

SHARES = some.floats(0.001, 0.999)
BANDS = [band for model in SURVIVAL_MODELS for band in ENGINES[model].score.bands if law(band) is not None]


def test_every_published_figure_of_every_band_is_on_its_law() -> None:
    met = 0
    for band in BANDS:
        found = law(band)
        assert found is not None
        for figure in band.figures:
            if figure.measure is Measure.MEDIAN_SURVIVAL:
                assert found.alive(figure.value * DAYS_PER_MONTH) == pytest.approx(0.5)
            elif figure.measure in (Measure.SURVIVAL, Measure.MORTALITY) and figure.at is not None:
                alive = figure.value if figure.measure is Measure.SURVIVAL else 100 - figure.value
                assert figure.at.unit == "mo"
                assert found.alive(figure.at.value * DAYS_PER_MONTH) == pytest.approx(alive / 100)
            else:
                continue
            met += 1
    assert met > 30


def test_a_class_without_a_figure_gets_an_assumption_that_says_so() -> None:
    between, open_end = (law(band) for band in ENGINES["tomita"].score.bands[1::-1])
    assert between is not None
    assert open_end is not None
    assert not between.published
    assert between.alive(18 * DAYS_PER_MONTH) == pytest.approx(0.5)
    assert open_end.alive(36 * DAYS_PER_MONTH) == pytest.approx(0.5)


def test_a_model_that_publishes_no_survival_has_no_law() -> None:
    with pytest.raises(NoLaw):
        laws(ENGINES["bauer-modified"].score)
    with pytest.raises(NoLaw):
        laws(ENGINES["sins"].score)


@given(some.sampled_from(BANDS), SHARES)
def test_the_day_of_a_share_is_the_day_on_which_it_is_alive(band: Band, share: float) -> None:
    found = law(band)
    assert found is not None
    assert found.alive(found.day(share)) == pytest.approx(share, abs=1e-9)


@given(some.sampled_from(BANDS), some.floats(0, 5000), some.floats(0, 5000))
def test_survival_only_falls(band: Band, one: float, other: float) -> None:
    found = law(band)
    assert found is not None
    assert found.alive(max(one, other)) <= found.alive(min(one, other))


def test_nobody_is_alive_after_a_published_zero() -> None:
    falling = Law(((100, 0.5), (200, 0.0)))
    assert [falling.alive(day) for day in (0, 100, 150, 200, 300)] == pytest.approx([1, 0.5, 0.25, 0, 0])
    assert falling.day(0) == 200
    assert Law(((100, 0.5),)).day(0) == inf


@pytest.mark.parametrize("points", [(), ((0, 0.5),), ((10, 1.0),), ((10, 0.5), (20, 0.6)), ((20, 0.5), (10, 0.4))])
def test_points_that_do_not_fall_are_no_survival(points: tuple[tuple[float, float], ...]) -> None:
    with pytest.raises(ValueError, match="fall"):
        Law(points)


@given(SHARES, some.floats(0.2, 5), some.floats(-2, 2))
def test_the_truth_and_the_model_are_each_others_inverse(share: float, slope: float, intercept: float) -> None:
    shift = Shift(slope, intercept)
    assert shift.model(shift.alive(share)) == pytest.approx(share, rel=1e-6)


def test_the_true_concordance_of_two_exponentials_is_the_ratio_of_hazards() -> None:
    """Two of one law count half; of two with hazards 1 and 3 the worse one dies first in three of four."""
    slow, fast = Law(((300, 0.5),)), Law(((100, 0.5),))
    # In half of the pairs both are of one law.
    assert concordance({"a": slow, "b": fast}, {"a": 0.5, "b": 0.5}, 20_000) == pytest.approx(0.625, abs=1e-3)
    assert concordance({"a": slow}, {"a": 1.0}, 1000) == pytest.approx(0.5)
