"""Survival: published figures on an axis of time, and nothing that no study says."""

import pytest

from service.assess import assess
from service.assessment import Assessment
from service.decision.prognosis import HORIZONS
from service.fhir_mapping.inbound.dates import when
from service.page.survival import MONTHS, Course, Model, survival
from service.scoring.model import Measure
from tests.support.answered import stored
from tests.support.records import AS_OF, bundle, metastasis, observation, primary


def of(*resources: dict) -> Assessment:
    return assess(bundle(*resources), when(AS_OF))


KNOWN = of(
    metastasis("T8"), primary("thyroid"),
    observation("visceral-metastases", "none"), observation("brain-metastases", False),
    observation("bone-metastases", "solitary"), observation("previous-chemotherapy", False), observation("ecog", 1),
    observation("albumin", (4.2, "g/dL")), observation("ambulatory-status", "intact"),
)  # fmt: skip


def models(assessment: Assessment) -> dict[str, Model]:
    shown = survival(assessment)
    assert shown is not None
    return {model.code: model for model in shown.models}


def _every() -> list[tuple[Assessment, Model, Course]]:
    return [
        (assessment, model, course)
        for assessment in stored().values()
        if (shown := survival(assessment)) is not None
        for model in shown.models
        for course in model.courses
    ]


def test_the_lead_model_counts_and_stands_first() -> None:
    shown = survival(KNOWN)
    assert shown is not None
    assert [model.counts for model in shown.models].count(True) == 1
    assert shown.models[0].code == "katagiri-revised"
    assert shown.models[0].counts


def test_the_answers_are_those_of_the_prognosis() -> None:
    prognosis = KNOWN.plan.prognosis
    assert prognosis is not None
    words = {True: "yes", False: "no", None: "?"}
    shown = models(KNOWN)
    for outlook in prognosis.models:
        if outlook.score.code in shown:
            answers = tuple((months, words[outlook.outlives(months)]) for months in HORIZONS)
            assert shown[outlook.score.code].answers == answers


def test_points_are_published_figures_and_nothing_else() -> None:
    for assessment, model, course in _every():
        result = next(r for r in assessment.results if r.score.code == model.code)
        band = next(band for band in result.score.bands if band.title == course.title)
        alive = {
            round(figure.value if figure.measure is Measure.SURVIVAL else 100 - figure.value, 6)
            for figure in band.figures
            if figure.measure in (Measure.SURVIVAL, Measure.MORTALITY)
        }
        assert {round(point.alive, 6) for point in course.points} <= alive
        medians = {figure.value for figure in band.figures if figure.measure is Measure.MEDIAN_SURVIVAL}
        assert {stretch.low for stretch in course.stretches if stretch.exact} == medians


def test_only_classes_that_are_possible_are_shown() -> None:
    for assessment, model, course in _every():
        results = [r for r in assessment.results if r.score.code == model.code]
        assert any(course.title == band.title for result in results for band in result.bands)


def test_mortality_is_said_as_survival_with_its_interval_turned_round() -> None:
    found = [point for _, model, course in _every() if model.code == "nesms" for point in course.points]
    assert found
    for point in found:
        assert point.interval is not None
        low, high = point.interval
        assert low <= point.alive <= high


def test_the_curve_is_never_more_than_a_box_between_two_points() -> None:
    boxed = [(model, course) for _, model, course in _every() if course.corridor]
    assert boxed
    for model, course in boxed:
        assert len(model.courses) == 1  # boxes of several classes would lie over one another
        assert course.corridor[0][:2] == (0.0, 0.0)
        for left, top, width, height in course.corridor:
            assert 0 <= left < left + width <= 100.01
            assert 0 <= top <= top + height <= 100.01


def test_everything_on_the_axis_is_within_two_years() -> None:
    for _, _, course in _every():
        assert all(0 <= point.at <= 100 and point.months <= MONTHS for point in course.points)
        assert all(0 <= stretch.left <= stretch.right <= 100 for stretch in course.stretches)


def test_a_clinicians_estimate_counts_before_any_model() -> None:
    judged = of(metastasis("T8"), observation("life-expectancy", (8.0, "mo")))
    shown = survival(judged)
    assert shown is not None
    assert [answer for _, answer in shown.judged] == ["yes", "yes", "no", "no"]
    assert not any(model.counts for model in shown.models)


def test_a_model_of_which_every_class_is_possible_is_named_and_not_drawn() -> None:
    shown = survival(of(metastasis("T8")))
    assert shown is not None
    assert "Tokuhashi" in shown.silent
    assert [model.code for model in shown.models] == ["katagiri-revised"]  # the one that counts is shown even so


def test_a_record_without_a_tumour_has_no_picture() -> None:
    assert survival(of(observation("age", (50.0, "a")))) is None


@pytest.mark.parametrize("months", HORIZONS)
def test_every_figure_has_its_study_in_the_table(months: int) -> None:
    for _, _, course in _every():
        if any(point.months == months for point in course.points):
            assert "n = " in course.figures
