"""The facts that rules read beside findings: stability by SINS and collapse, survival, fitness, and what each needs."""

from __future__ import annotations

from typing import Any

import pytest

from service.case import Case, Lesion
from service.conditions import is_
from service.decision.facts import DOMAINS, View, judged, missing_for, stability, standing
from service.policy import DEFAULT, Policy
from service.scoring import ENGINES
from service.scoring.results import Result
from tests.core.cases import case, lesion

#: A lesion at L3 has 2 points of SINS for where it is, and none for these.
NOTHING: dict[str, Any] = {
    "sins_pain": "pain-free", "sins_bone_lesion": "blastic", "sins_alignment": "normal", "sins_collapse": "none",
    "sins_posterolateral": "none",
}  # fmt: skip
WELL: dict[str, Any] = {"bone_marrow_carcinomatosis": False, "ecog": 1, "frankel_grade": "frankel-e", "platelets": 200}


def states(**findings: Any) -> set[Any]:
    one = lesion("L3", **{**NOTHING, **findings})
    return set(stability(case(one), one))


def total(**findings: Any) -> set[Any]:
    one = lesion("L3", **{**NOTHING, **findings})
    return set(ENGINES["sins"].totals(case(one), one))


@pytest.mark.parametrize(
    ("findings", "points", "state"),
    [
        ({"sins_pain": "mechanical", "sins_posterolateral": "unilateral"}, 6, "stable"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic"}, 7, "indeterminate"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "de-novo-deformity"},
         9, "indeterminate"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_posterolateral": "bilateral"},
         10, "indeterminate-high"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_posterolateral": "bilateral",
          "sins_collapse": "under-50"}, 12, "indeterminate-high"),
        ({"sins_pain": "mechanical", "sins_collapse": "over-50"}, 8, "collapse"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_collapse": "over-50"}, 10, "collapse"),
        ({"sins_pain": "pain-free", "sins_collapse": "over-50"}, 5, "stable"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "subluxation-translation",
          "sins_collapse": "over-50"}, 14, "unstable"),
        ({"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "subluxation-translation",
          "sins_collapse": "under-50"}, 13, "unstable"),
    ],
)  # fmt: skip
def test_stability_is_that_of_the_total_and_sins_7_to_12_goes_by_the_collapse(
    findings: dict[str, Any], points: int, state: str
) -> None:
    assert total(**findings) == {points}
    assert states(**findings) == {state}


def test_a_collapse_that_sources_disagree_on_leaves_both_readings() -> None:
    found = states(sins_pain="mechanical", sins_bone_lesion="lytic", sins_collapse=["over-50", "under-50"])
    assert found == {"collapse", "indeterminate"}
    assert states(sins_pain="mechanical", sins_collapse=["under-50", "none"]) == {"stable", "indeterminate"}


# What a clinician has not judged


def results(whole: Case) -> tuple[Result, ...]:
    return tuple(ENGINES[code].result(whole) for code in ("katagiri-revised", "tomita", "van-der-linden"))


def test_life_expectancy_and_fitness_are_worked_out_where_the_record_is_silent() -> None:
    whole = case(lesion("T8"), **{**WELL, "karnofsky": 90, "primary_tumour": "breast", "visceral_metastases": "none"})
    found = judged(whole, results(whole), Policy(lead_model="van-der-linden"))
    assert found.about("life-expectancy").derived_from
    assert found.possible("surgical-fitness") == {"fit"}
    assert found.lesions == whole.lesions
    assert found.possible("platelets") == whole.possible("platelets")


def test_an_estimate_in_the_record_stands_and_fitness_follows_from_it() -> None:
    for months, fit in ((2, "unfit"), (12, "fit")):
        whole = case(
            lesion("T8"),
            **{**WELL, "karnofsky": 90, "primary_tumour": "breast", "visceral_metastases": "none"},
            life_expectancy=months,
        )
        found = judged(whole, results(whole), Policy(lead_model="van-der-linden"))
        assert found.about("life-expectancy") == whole.about("life-expectancy")
        assert found.possible("surgical-fitness") == {fit}


def test_a_silent_record_stays_as_it_is() -> None:
    whole = case(lesion("T8"))
    assert judged(whole, results(whole), DEFAULT) == whole


# What the rules see


def seen(one: Lesion | None = None, assumed: dict[str, Any] | None = None, **findings: Any) -> View:
    return View(case(*([one] if one else []), **findings), one, assumed or {})


def test_the_rules_see_the_findings_of_the_lesion_and_those_of_the_patient() -> None:
    one = lesion("T8", escc_grade="escc-2")
    view = seen(one, primary_tumour="breast")
    assert view.possible("escc-grade") == {"escc-2"}
    assert view.possible("primary-tumour") == {"breast"}
    assert view.possible("myelopathy") == {True, False}
    assert [view.told(code) for code in ("escc-grade", "primary-tumour", "myelopathy")] == [True, True, False]


def test_what_is_assumed_counts_and_is_still_not_told() -> None:
    view = seen(lesion("T8"), {"prior-radiotherapy-at-level": frozenset((False,))})
    assert view.possible("prior-radiotherapy-at-level") == {False}
    assert not view.told("prior-radiotherapy-at-level")


def test_stability_is_told_as_soon_as_one_state_is_ruled_out() -> None:
    known = seen(lesion("L3", **NOTHING))
    assert known.possible("stability") == {"stable"}
    assert known.told("stability")
    assert not seen(Lesion("spine")).told("stability")


def test_a_dumbbell_tumour_is_benign_or_malignant_until_its_score_says() -> None:
    open_ = seen(lesion("T8", tumour_origin="dumbbell"))
    assert open_.possible("dumbbell") == {"benign", "malignant"}
    assert not open_.told("dumbbell")
    small: dict[str, Any] = {"dumbbell_diameter": 2, "dumbbell_lobulated": False, "dumbbell_osteolysis": False}
    known = seen(lesion("T8", tumour_origin="dumbbell", **small))
    assert known.possible("dumbbell") == {"benign"}
    assert known.told("dumbbell")


def test_the_patient_as_a_whole_has_no_stability_of_a_lesion() -> None:
    view = View(case(lesion("L3", **NOTHING), ecog=1), None, {})
    assert view.possible("stability") == DOMAINS["stability"]
    assert view.possible("dumbbell") == {"benign", "malignant"}
    assert not view.told("stability")
    assert view.possible("ecog") != seen().possible("ecog")


def test_whether_a_condition_holds_is_open_while_the_record_is() -> None:
    unstable = standing(is_("stability", "unstable"))
    assert seen(lesion("L3", **NOTHING)).truths(unstable) == {False}
    assert seen(Lesion("spine")).truths(unstable) == {True, False}


# What to find out for a fact


def asked(code: str, *findings: Any, lead: str = "tomita", of: str = "L3") -> list[str]:
    """What is to be found out for the lesion of this name, in a case with a lesion for each of several records."""
    lesions = tuple(lesion(level, **each) for level, each in zip(("L3", "T8"), findings, strict=False))
    whole = case(*lesions)
    found = (
        *(ENGINES[score].result(whole, one) for score in ("dumbbell", "sins") for one in lesions),
        ENGINES["tomita"].result(whole),
    )
    (one,) = (each for each in lesions if each.name == of)
    return missing_for(code, whole, one, found, lead)


def without(*codes: str) -> dict[str, Any]:
    return {code: value for code, value in NOTHING.items() if code not in codes}


def test_a_finding_is_asked_for_by_itself() -> None:
    assert asked("escc-grade", {}) == ["escc-grade"]


def test_for_the_stability_the_findings_of_sins_are_asked_for_that_the_lesion_lacks() -> None:
    assert asked("stability", without("sins_pain"), NOTHING) == ["sins-pain"]
    assert asked("stability", NOTHING, without("sins_alignment"), of="T8") == ["sins-alignment"]
    assert asked("stability", NOTHING, {}) == []


def test_for_the_kind_of_a_dumbbell_tumour_those_of_its_score_are() -> None:
    found = asked("dumbbell", {"tumour_origin": "dumbbell", "dumbbell_lobulated": False})
    assert set(found) == {"dumbbell-diameter", "dumbbell-boundary", "dumbbell-osteolysis"}


def test_for_the_survival_those_of_the_lead_model_are_and_without_it_the_estimate() -> None:
    found = asked("life-expectancy", {})
    assert "primary-tumour" in found
    assert "life-expectancy" not in found
    assert asked("life-expectancy", {}, lead="katagiri-revised") == ["life-expectancy"]


def test_where_the_lead_model_lacks_nothing_the_estimate_itself_is_asked_for() -> None:
    whole = case(lesion("T8"), primary_tumour="breast", visceral_metastases="none", bone_metastases="solitary")
    found = (ENGINES["tomita"].result(whole),)
    assert not found[0].missing
    assert missing_for("life-expectancy", whole, None, found, "tomita") == ["life-expectancy"]


def test_a_fact_whose_score_was_not_computed_has_nothing_to_ask_for() -> None:
    whole = case(lesion("T8"))
    assert missing_for("stability", whole, whole.lesions[0], (), "tomita") == []


def test_the_lead_model_is_found_by_the_name_that_a_policy_in_a_file_gives_it() -> None:
    found = asked("life-expectancy", {}, lead="".join(("to", "mita")))
    assert found == asked("life-expectancy", {}, lead="tomita")
    assert "primary-tumour" in found
