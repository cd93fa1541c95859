"""Fitness for surgery: each bar by itself, at its limit, and what a clinician says above all."""

from __future__ import annotations

from typing import Any

import pytest

from service.case import Case
from service.decision.facts import judged
from service.decision.fitness import bars, fitness, reasons
from service.policy import DEFAULT, Policy
from service.scoring import ENGINES
from tests.core.cases import case, lesion

#: Nothing speaks against an operation.
WELL: dict[str, Any] = {
    "bone_marrow_carcinomatosis": False, "ecog": 1, "frankel_grade": "frankel-e", "life_expectancy": 12,
    "platelets": 200,
}  # fmt: skip


def found(policy: Policy = DEFAULT, **changed: Any) -> set[str]:
    whole = case(lesion("T8"), **{**WELL, **changed})
    evidence = fitness(whole, policy)
    return {str(value) for value in evidence.values} if evidence else {"fit", "unfit"}


def without(finding: str) -> Case:
    return case(lesion("T8"), **{code: value for code, value in WELL.items() if code != finding})


def test_who_is_known_to_have_no_bar_is_fit() -> None:
    assert found() == {"fit"}


@pytest.mark.parametrize(
    ("changed", "bar"),
    [
        ({"bone_marrow_carcinomatosis": True}, "bone marrow carcinomatosis"),
        ({"ecog": 4}, "ECOG 4, and no paralysis explains it"),
        ({"ecog": 5}, "ECOG 4, and no paralysis explains it"),
        ({"life_expectancy": 2.9}, "expected survival under 3 months"),
        ({"platelets": 99}, "platelets under 100 000/uL, to be corrected before"),
    ],
)
def test_each_bar_makes_unfit_and_is_named(changed: dict[str, Any], bar: str) -> None:
    assert found(**changed) == {"unfit"}
    whole = case(lesion("T8"), **{**WELL, **changed})
    assert [each.text for each in reasons(whole, DEFAULT)] == [bar]


@pytest.mark.parametrize("changed", [{"ecog": 3}, {"life_expectancy": 3}, {"platelets": 100}])
def test_just_short_of_a_bar_is_fit(changed: dict[str, Any]) -> None:
    assert found(**changed) == {"fit"}


@pytest.mark.parametrize("grade", ["frankel-a", "frankel-b", "frankel-c"])
def test_poor_performance_that_paralysis_explains_is_no_bar(grade: str) -> None:
    assert found(ecog=4, frankel_grade=grade) == {"fit"}


def test_poor_performance_with_useful_strength_is_a_bar() -> None:
    assert found(ecog=4, frankel_grade="frankel-d") == {"unfit"}
    assert found(ecog=[3, 4], frankel_grade="frankel-d") == {"fit", "unfit"}


@pytest.mark.parametrize("finding", ["bone_marrow_carcinomatosis", "ecog", "life_expectancy", "platelets"])
def test_a_bar_of_which_the_record_is_silent_leaves_both_open(finding: str) -> None:
    assert fitness(without(finding), DEFAULT) is None


def test_silence_about_paralysis_matters_only_with_poor_performance() -> None:
    assert fitness(without("frankel_grade"), DEFAULT) is not None


@pytest.mark.parametrize(("months", "fit"), [(1, {"fit"}), (6, {"fit"}), (7, {"unfit"}), (12, {"unfit"})])
def test_the_policy_sets_the_survival_that_an_operation_takes(months: int, fit: set[str]) -> None:
    assert found(Policy(survival_threshold_months=months), life_expectancy=6) == fit


def test_every_bar_has_its_source_and_names_the_threshold_of_the_policy() -> None:
    assert all(bar.source.year for bar in bars(5))
    assert any("under 5 months" in bar.text for bar in bars(5))


def test_what_it_rests_on_is_what_the_record_says() -> None:
    evidence = fitness(case(lesion("T8"), **WELL), DEFAULT)
    assert evidence is not None
    assert set(evidence.derived_from) == {code.replace("_", "-") for code in WELL}
    assert {s.finding for s in evidence.statements} == set(evidence.derived_from)


def test_the_judgement_of_a_clinician_overrides_the_rules() -> None:
    for said in ("fit", "unfit"):
        whole = case(lesion("T8"), **WELL, surgical_fitness=said)
        assert judged(whole, (), DEFAULT).possible("surgical-fitness") == {said}
        assert not judged(whole, (), DEFAULT).about("surgical-fitness").derived_from


def test_the_lead_model_counts_where_no_clinician_gives_an_estimate() -> None:
    """Of the models, van der Linden with 6 points has a median of 19 months, and 9 with 4 or 5."""
    told = {code: value for code, value in WELL.items() if code != "life_expectancy"}
    whole = case(lesion("T8"), **told, karnofsky=90, primary_tumour="breast", visceral_metastases="none")
    results = (ENGINES["van-der-linden"].result(whole),)
    by_lead = judged(whole, results, Policy(lead_model="van-der-linden", survival_threshold_months=12))
    assert by_lead.possible("surgical-fitness") == {"fit"}
    assert by_lead.about("life-expectancy").derived_from
    late = judged(whole, results, Policy(lead_model="van-der-linden", survival_threshold_months=24))
    assert late.possible("surgical-fitness") == {"unfit"}


def test_a_bar_that_may_hold_is_not_named_among_the_reasons() -> None:
    whole = case(lesion("T8"), **{**WELL, "platelets": 50, "ecog": [3, 4]})
    assert [each.text for each in reasons(whole, DEFAULT)] == ["platelets under 100 000/uL, to be corrected before"]
    assert reasons(case(lesion("T8")), DEFAULT) == ()
    assert reasons(case(lesion("T8"), **WELL), DEFAULT) == ()


def test_one_certain_bar_makes_unfit_whatever_else_is_open() -> None:
    evidence = fitness(case(lesion("T8"), platelets=50), DEFAULT)
    assert evidence is not None
    assert evidence.values == {"unfit"}
    assert set(evidence.derived_from) == {"platelets"}
