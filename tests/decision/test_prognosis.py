"""How long a patient is likely to live: every class of every survival model by hand, and what counts of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.case import Case
from service.decision.prognosis import (
    HORIZONS,
    LEAD_MODELS,
    UNKNOWN,
    Outlook,
    Prognosis,
    can_lead,
    expected_survival,
    median,
    outlooks,
    prognosis,
)
from service.derivations import derive
from service.evidence import Evidence, Span, Values
from service.findings import FINDINGS, LESION
from service.scoring import ENGINES, SCORES
from service.scoring.model import Band, Figure, Kind, Measure, Time
from service.scoring.results import Result
from service.scoring.sources import KATAGIRI_2014, YAN_2022
from tests.core.cases import case, lesion, possible, said, values
from tests.scoring.completions import records, to_try
from tests.scoring.independent import PUBLISHED

EVER = 1200


def at(months: float) -> Span:
    return Span(months, months)


def before(months: float) -> Span:
    return Span(0, months, high_open=True)


def after(months: float) -> Span:
    return Span(months, EVER, low_open=True)


def between(low: float, high: float) -> Span:
    return Span(low, high, low_open=True, high_open=True)


#: Each class of each survival model: where the median survival of its patients lies, and whether it is longer than
#: 3, 6, 12 and 24 months: y, n, or ? where that cannot be told.
CLASSES: dict[tuple[str, str], tuple[Span, str]] = {
    # 97.9 % alive at 6 months, 91 at 12, 78 at 24
    ("katagiri-revised", "low"): (after(24), "yyyy"),
    # 73.9 % alive at 6 months, 49 at 12
    ("katagiri-revised", "intermediate"): (between(6, 12), "yynn"),
    # 27 % alive at 6 months, 6 at 12
    ("katagiri-revised", "high"): (before(6), "?nnn"),
    ("tokuhashi-revised", "under-6-months"): (before(6), "?nnn"),
    ("tokuhashi-revised", "6-months-or-more"): (after(6), "yy??"),
    ("tokuhashi-revised", "1-year-or-more"): (after(12), "yyy?"),
    ("tomita", "2-3"): (after(24), "yyyy"),
    ("tomita", "4-5"): (between(12, 24), "yyyn"),
    ("tomita", "6-7"): (between(6, 12), "yynn"),
    ("tomita", "8-10"): (before(3), "nnnn"),
    ("bauer", "0-1"): (before(6), "?nnn"),
    ("bauer", "2-3"): (after(6), "yy??"),
    ("bauer", "4-5"): (after(12), "yyy?"),
    # No time is published of the three that could be verified.
    ("bauer-modified", "0-1"): (Span(0, EVER), "????"),
    ("bauer-modified", "2"): (Span(0, EVER), "????"),
    ("bauer-modified", "3-4"): (Span(0, EVER), "????"),
    ("nesms", "0"): (at(3), "?nnn"),
    ("nesms", "1"): (at(4), "ynnn"),
    ("nesms", "2"): (at(8), "yynn"),
    ("nesms", "3"): (at(10), "yynn"),
    # Half of group A are alive at 3 months: neither likely nor unlikely.
    ("van-der-linden", "a"): (at(3), "?nnn"),
    ("van-der-linden", "b"): (at(9), "yynn"),
    ("van-der-linden", "c"): (at(19), "yyyn"),
    ("rades-short-survival", "6-18"): (after(2), "????"),
    ("rades-short-survival", "19-23"): (before(2), "nnnn"),
    ("rades-short-survival", "24-25"): (before(2), "nnnn"),
    ("mizumoto", "a"): (at(27.1), "yyyy"),
    ("mizumoto", "b"): (at(5.4), "ynnn"),
    ("mizumoto", "c"): (at(1.8), "nnnn"),
    ("prism", "poor"): (at(8.8), "yynn"),
    ("prism", "intermediate"): (at(23.7), "yyyn"),
    ("prism", "good"): (at(37.0), "yyyy"),
    ("prism", "excellent"): (at(57.1), "yyyy"),
}
ANSWERS = {"y": True, "n": False, "?": None}
SURVIVAL = [score for score in SCORES if score.kind is Kind.SURVIVAL]
#: All but the modified Bauer score.
TELLING = [*dict.fromkeys(code for code, _ in CLASSES if code != "bauer-modified")]
every_class = pytest.mark.parametrize(("code", "band"), list(CLASSES), ids=lambda part: part)
every_model = pytest.mark.parametrize("code", TELLING)

SOLITARY_THYROID = {
    "primary_tumour": "thyroid",
    "visceral_metastases": "none",
    "brain_metastases": False,
    "bone_metastases": "solitary",
    "previous_chemotherapy": False,
    "karnofsky": 90,
    "ecog": 1,
}


def in_class(code: str, *bands: str) -> Result:
    """A result that leaves just these classes possible."""
    score = ENGINES[code].score
    where = lesion("T8") if score.scope == LESION else None
    found = ENGINES[code].result(case(lesion("T8")), where)
    left = tuple(band for band in score.bands if band.code in bands)
    return altered(found, bands=left)


def altered(found: Result, **changes: object) -> Result:
    """The result of a score that comes to something else."""
    return replace(found, reckoning=replace(found.reckoning, **changes))


def in_band(code: str, *bands: str) -> Outlook:
    (found,) = outlooks([in_class(code, *bands)])
    return found


def answers(found: Outlook | Prognosis) -> str:
    words = {answer: sign for sign, answer in ANSWERS.items()}
    return "".join(words[found.outlives(months)] for months in HORIZONS)


def results(known: Case) -> tuple[Result, ...]:
    """Every score of a case, in the order of the scores."""
    return tuple(
        engine.result(known, where)
        for engine in ENGINES.values()
        for where in (known.lesions if engine.score.scope == LESION else (None,))
    )


def codes(found: tuple[Outlook, ...]) -> list[str]:
    return [outlook.score.code for outlook in found]


# Each class


def test_the_table_has_every_class_of_every_survival_model() -> None:
    assert {(score.code, band.code) for score in SURVIVAL for band in score.bands} == set(CLASSES)


@every_class
def test_the_median_survival_of_a_class_lies_where_its_figures_put_it(code: str, band: str) -> None:
    (found,) = (each for each in ENGINES[code].score.bands if each.code == band)
    assert median(found) == CLASSES[code, band][0]


@pytest.mark.parametrize(("code", "band"), [key for key in CLASSES if key[0] in TELLING], ids=lambda part: part)
def test_a_settled_class_answers_at_3_6_12_and_24_months(code: str, band: str) -> None:
    span, expected = CLASSES[code, band]
    found = in_band(code, band)
    assert found.spans == {span}
    assert answers(found) == expected


@every_model
def test_several_possible_classes_answer_only_what_each_of_them_answers(code: str) -> None:
    bands = [band for of, band in CLASSES if of == code]
    for count in range(1, len(bands)):
        for some in combinations(bands, count):
            columns = zip(*(CLASSES[code, band][1] for band in some), strict=True)
            expected = "".join(column[0] if len(set(column)) == 1 else "?" for column in columns)
            assert answers(in_band(code, *some)) == expected, some


@every_model
def test_a_model_of_which_every_class_is_possible_says_nothing_of_the_patient(code: str) -> None:
    """Van der Linden's best class has a median of 19 months, and that is no answer at 24 for someone unknown."""
    found = in_band(code, *(band for of, band in CLASSES if of == code))
    assert found.spans == UNKNOWN == {Span(0, EVER)}
    assert answers(found) == "????"


def test_other_months_can_be_asked_too() -> None:
    best = in_band("mizumoto", "a")
    assert [best.outlives(months) for months in (1, 27, 27.1, 27.2, 28)] == [True, True, None, False, False]


def test_classes_that_meet_are_one_stretch_and_others_stay_apart() -> None:
    assert in_band("katagiri-revised", "high", "intermediate").spans == {before(12)}
    assert in_band("katagiri-revised", "intermediate", "low").spans == {between(6, 12), after(24)}
    assert in_band("tokuhashi-revised", "6-months-or-more", "1-year-or-more").spans == {after(6)}
    assert in_band("tomita", "8-10", "6-7", "4-5").spans == {before(3), between(6, 24)}
    assert in_band("van-der-linden", "c", "a").spans == {at(3), at(19)}


def test_a_class_that_lies_within_another_adds_nothing() -> None:
    wide, narrow = (Band("x", "x", 0, 1, "x", "low", expected=months) for months in ((0, 24), (3, 6)))
    (found,) = outlooks([altered(in_class("katagiri-revised"), bands=(wide, narrow))])
    assert found.spans == {before(24)}


def test_two_of_three_classes_may_leave_every_number_open() -> None:
    assert in_band("tokuhashi-revised", "under-6-months", "6-months-or-more").spans == UNKNOWN


# The figures of a class


def alive(percent: float, months: int, unit: str = "mo", measure: Measure = Measure.SURVIVAL) -> Figure:
    return Figure(measure, percent, KATAGIRI_2014, 100, Time(months, unit))


def lived(months: float) -> Figure:
    return Figure(Measure.MEDIAN_SURVIVAL, months, YAN_2022, 100)


def band_of(*figures: Figure, expected: tuple[float, float] | None = None) -> Span:
    return median(Band("x", "x", 0, 1, "x", "low", figures, expected))


def test_more_than_half_alive_puts_the_median_after_and_fewer_before() -> None:
    assert band_of(alive(50.1, 6)) == after(6)
    assert band_of(alive(49.9, 6)) == before(6)
    assert band_of(alive(80, 3), alive(60, 6), alive(40, 12), alive(10, 24)) == between(6, 12)


def test_just_half_alive_says_neither() -> None:
    assert band_of(alive(50, 6)) == Span(0, EVER)
    assert band_of(alive(50, 6), alive(60, 3)) == after(3)


def test_mortality_is_the_rest_of_a_hundred() -> None:
    assert band_of(alive(30, 6, measure=Measure.MORTALITY)) == after(6)
    assert band_of(alive(70, 6, measure=Measure.MORTALITY)) == before(6)
    assert band_of(alive(50, 6, measure=Measure.MORTALITY)) == Span(0, EVER)


def test_days_are_counted_as_parts_of_a_month() -> None:
    found = band_of(alive(90, 90, "d"))
    assert found.low == pytest.approx(90 / 30.4375)
    assert 2.9 < found.low < 3


def test_a_median_is_a_point_and_percentages_that_fit_do_not_move_it() -> None:
    assert band_of(lived(8)) == at(8)
    assert band_of(alive(70, 6), lived(8), alive(30, 12)) == at(8)


def test_figures_that_contradict_each_other_leave_what_each_of_them_says() -> None:
    assert band_of(lived(8), lived(12)) == Span(8, 12)
    assert band_of(lived(8), alive(40, 6)) == Span(0, 8)
    assert band_of(alive(60, 12), alive(40, 6)) == Span(0, EVER)
    assert band_of(lived(8), lived(12), alive(70, 6)) == after(6)


def test_complications_and_ratios_say_nothing_of_the_median() -> None:
    ratios = (Figure(measure, 3.0, YAN_2022, 100) for measure in (Measure.HAZARD_RATIO, Measure.ODDS_RATIO))
    odds = Figure(Measure.ODDS_RATIO, 31.3, YAN_2022, 100, Time(12))
    assert band_of(*ratios, odds, alive(65, 1, measure=Measure.MORBIDITY)) == Span(0, EVER)


def test_what_a_class_expects_counts_only_where_it_has_no_such_figure() -> None:
    assert band_of(expected=(0, 6)) == before(6)
    assert band_of(expected=(6, 12)) == between(6, 12)
    assert band_of(expected=(12, inf)) == after(12)
    assert band_of(Figure(Measure.HAZARD_RATIO, 3.0, YAN_2022, 100), expected=(6, 12)) == between(6, 12)
    assert band_of(lived(20), expected=(6, 12)) == at(20)
    assert band_of() == Span(0, EVER)


# All models


def test_the_models_that_may_lead_are_those_of_the_patient_in_which_every_class_says_something() -> None:
    assert LEAD_MODELS == (
        "katagiri-revised",
        "tokuhashi-revised",
        "tomita",
        "bauer",
        "nesms",
        "van-der-linden",
        "rades-short-survival",
        "mizumoto",
    )


def test_the_models_stand_side_by_side_in_the_order_of_the_scores() -> None:
    found = outlooks(results(case(lesion("T8"))))
    assert codes(found) == [score.code for score in SCORES if score.code in TELLING]


def test_a_score_that_tells_no_time_has_no_outlook() -> None:
    others = {score.code for score in SCORES} - set(TELLING)
    assert others == {"sins", "dumbbell", "soma", "bauer-modified"}
    assert outlooks(result for result in results(case(lesion("T8"))) if result.score.code in others) == ()


def test_a_score_of_something_else_has_no_outlook_and_cannot_lead() -> None:
    found = in_class("nesms", "3")
    other = replace(found.score, kind=Kind.COMPLICATIONS)
    assert outlooks([altered(found, score=other)]) == ()
    assert not can_lead(other)


def test_a_model_with_a_class_that_says_nothing_is_shown_and_cannot_lead() -> None:
    found = in_class("katagiri-revised", "low")
    high = replace(found.score.bands[2], figures=())
    some = replace(found.score, bands=(*found.score.bands[:2], high))
    assert can_lead(found.score)
    assert not can_lead(some)
    (outlook,) = outlooks([altered(found, score=some)])
    assert outlook.spans == {after(24)}
    (outlook,) = outlooks([altered(found, score=some, bands=(found.bands[0], high))])
    assert outlook.spans == UNKNOWN


def test_a_model_of_lesions_has_an_outlook_for_each() -> None:
    known = case(
        lesion("T8", prior_radiotherapy_at_level=True, prior_surgery_at_level=False),
        lesion("L1", prior_radiotherapy_at_level=False, prior_surgery_at_level=True),
        sex="female",
        ecog=1,
        metastatic_organ_system_count=0,
        bone_metastases="multiple",
        time_from_cancer_diagnosis=12,
    )
    found = [outlook for outlook in outlooks(results(known)) if outlook.score.code == "prism"]
    # 2 + 1.5 - 1 and 2 + 1.5 + 1 points: neither the worse one nor the mean of both.
    assert [(outlook.lesion, outlook.spans) for outlook in found] == [
        (known.lesions[0], {at(23.7)}),
        (known.lesions[1], {at(37.0)}),
    ]
    assert prognosis(known, results(known), "prism").lead is None
    assert prognosis(known, [found[0].result], "prism").lead is None


def test_an_outlook_says_how_far_the_patient_is_outside_of_its_validity() -> None:
    child = case(lesion("T8"), age=9, **SOLITARY_THYROID)
    for outlook in outlooks(results(child)):
        assert any(limit.certain for limit in outlook.result.outside), outlook.score.code


# The lead, and the clinician


def test_the_default_lead_answers_although_much_is_missing() -> None:
    """Albumin, CRP and the others may add two points to none: the class is settled without them."""
    known = case(lesion("T8"), **SOLITARY_THYROID)
    found = prognosis(known, results(known), "katagiri-revised")
    assert found.lead is not None
    assert found.lead.result.low == 0
    assert found.lead.result.high == 2
    assert answers(found) == "yyyy"
    assert found.values == found.lead.spans == {after(24)}


def test_missing_findings_that_leave_two_classes_leave_what_the_two_have_in_common() -> None:
    known = case(lesion("T8"), **{**SOLITARY_THYROID, "visceral_metastases": "disseminated"})
    found = prognosis(known, results(known), "katagiri-revised")
    assert {band.code for band in found.lead.result.bands} == {"low", "intermediate"}
    assert answers(found) == "yy??"


def test_with_nothing_known_nothing_can_be_told_and_nobody_disagrees() -> None:
    known = case(lesion("T8"))
    for lead in LEAD_MODELS:
        found = prognosis(known, results(known), lead)
        assert found.lead is not None
        assert answers(found) == "????"
        assert found.values == UNKNOWN
        assert all(found.agreeing(months) == found.disagreeing(months) == () for months in HORIZONS)


def test_the_policy_says_which_model_leads() -> None:
    some = (in_class("katagiri-revised", "low"), in_class("tomita", "8-10"), in_class("nesms", "2"))
    known = case()
    assert answers(prognosis(known, some, "katagiri-revised")) == "yyyy"
    assert answers(prognosis(known, some, "tomita")) == "nnnn"
    assert answers(prognosis(known, some, "nesms")) == "yynn"
    assert answers(prognosis(known, (in_class("van-der-linden", "a"),), "van-der-linden")) == "?nnn"


def test_without_the_lead_model_nothing_counts_and_the_models_are_shown() -> None:
    found = prognosis(case(), (in_class("tomita", "8-10"),), "katagiri-revised")
    assert found.lead is None
    assert codes(found.models) == ["tomita"]
    assert found.values == UNKNOWN
    assert answers(found) == "????"
    assert all(found.agreeing(months) == found.disagreeing(months) == () for months in HORIZONS)


SIDE_BY_SIDE = (
    in_class("katagiri-revised", "intermediate"),  # yynn
    in_class("tokuhashi-revised", "6-months-or-more"),  # yy??
    in_class("tomita", "8-10"),  # nnnn
    in_class("bauer-modified", "0-1"),  # says no time
    in_class("van-der-linden", "c"),  # yyyn
    in_class("mizumoto", "a", "b"),  # y???
)


def test_the_models_that_agree_and_those_that_disagree_are_listed_for_each_time() -> None:
    found = prognosis(case(), SIDE_BY_SIDE, "katagiri-revised")
    assert {months: (codes(found.agreeing(months)), codes(found.disagreeing(months))) for months in HORIZONS} == {
        3: (["tokuhashi-revised", "van-der-linden", "mizumoto"], ["tomita"]),
        6: (["tokuhashi-revised", "van-der-linden"], ["tomita"]),
        12: (["tomita"], ["van-der-linden"]),
        24: (["tomita", "van-der-linden"], []),
    }


def test_where_the_lead_cannot_tell_no_model_answers_instead() -> None:
    found = prognosis(case(), SIDE_BY_SIDE, "tokuhashi-revised")
    assert found.outlives(12) is None
    assert found.agreeing(12) == found.disagreeing(12) == ()
    assert codes(found.disagreeing(6)) == ["tomita"]


def test_the_estimate_of_a_clinician_overrides_the_lead_which_is_then_one_model_of_several() -> None:
    known = case(life_expectancy=2)
    found = prognosis(known, SIDE_BY_SIDE, "katagiri-revised")
    assert found.judged == known.evidence["life-expectancy"]
    assert found.values == {at(2)}
    assert answers(found) == "nnnn"
    assert found.lead is not None
    assert codes(found.agreeing(3)) == ["tomita"]
    assert codes(found.disagreeing(3)) == ["katagiri-revised", "tokuhashi-revised", "van-der-linden", "mizumoto"]
    assert codes(found.agreeing(12)) == ["katagiri-revised", "tomita"]


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (6, "yynn"),
        (5.9, "ynnn"),
        (Span(6, EVER), "yy??"),
        (Span(0, 6, high_open=True), "?nnn"),
        (Span(0, 6), "??nn"),
        (Span(3, 6), "y?nn"),
        ([2, 30], "????"),
        ([4, 10], "y?nn"),
    ],
    ids=str,
)
def test_an_estimate_of_6_months_reaches_6_months_as_in_the_rules_of_the_plan(estimate: Any, expected: str) -> None:
    assert answers(prognosis(case(life_expectancy=estimate), (), "katagiri-revised")) == expected


def test_a_vague_estimate_of_a_clinician_is_not_filled_in_by_the_lead() -> None:
    found = prognosis(case(life_expectancy=Span(3, EVER)), (in_class("tomita", "8-10"),), "tomita")
    assert answers(found) == "y???"


def test_what_was_worked_out_by_the_lead_is_not_taken_for_the_word_of_a_clinician() -> None:
    known = case(lesion("T8"), **SOLITARY_THYROID)
    worked_out = expected_survival(known, results(known), "katagiri-revised")
    assert worked_out is not None
    again = replace(known, evidence={**known.evidence, "life-expectancy": worked_out})
    assert prognosis(again, results(again), "katagiri-revised").judged is None
    assert prognosis(again, results(again), "katagiri-revised") == prognosis(known, results(known), "katagiri-revised")
    assert expected_survival(again, results(again), "katagiri-revised") == worked_out


# Evidence for the plan


def test_expected_survival_rests_on_all_that_the_record_says_of_what_the_lead_reads() -> None:
    known = case(lesion("T8"), sex="male", haemoglobin=9, **SOLITARY_THYROID)
    found = expected_survival(known, results(known), "katagiri-revised")
    read = {
        "primary-tumour",
        "visceral-metastases",
        "brain-metastases",
        "ecog",
        "previous-chemotherapy",
        "bone-metastases",
    }
    assert found is not None
    assert found.values == {after(24)}
    assert {statement.finding for statement in found.statements} == read
    assert set(found.sources) == {f"Observation/{code}-0" for code in read}
    assert set(found.derived_from) == read
    assert not found.conflict


def test_expected_survival_names_what_a_derived_finding_comes_from() -> None:
    known = derive(case(lesion("T8"), **{name: v for name, v in SOLITARY_THYROID.items() if name != "ecog"}))
    found = expected_survival(known, results(known), "katagiri-revised")
    assert found is not None
    assert {"karnofsky", "ecog"} <= set(found.derived_from)
    assert "Observation/karnofsky-0" in found.sources


def test_expected_survival_follows_the_lead_of_the_policy() -> None:
    some = (in_class("katagiri-revised", "low"), in_class("tomita", "8-10"), in_class("bauer", "0-1", "2-3"))
    known = case(primary_tumour="lung", ecog=3)
    found = {lead: expected_survival(known, some, lead) for lead in ("katagiri-revised", "tomita")}
    assert {lead: evidence.values for lead, evidence in found.items()} == {
        "katagiri-revised": {after(24)},
        "tomita": {before(3)},
    }
    # Tomita's score does not read the performance status.
    assert {lead: evidence.derived_from for lead, evidence in found.items()} == {
        "katagiri-revised": ("primary-tumour", "ecog"),
        "tomita": ("primary-tumour",),
    }


def test_there_is_no_expected_survival_where_the_lead_leaves_everything_open() -> None:
    nothing = case(lesion("T8"))
    assert expected_survival(nothing, results(nothing), "katagiri-revised") is None
    known = case(primary_tumour="lung")
    every = in_class("katagiri-revised", "low", "intermediate", "high")
    assert expected_survival(known, (every,), "katagiri-revised") is None
    assert expected_survival(known, (in_class("bauer", "0-1", "2-3"),), "bauer") is None
    assert expected_survival(known, (in_class("tomita", "8-10"),), "katagiri-revised") is None
    assert expected_survival(known, (in_class("bauer-modified", "0-1"),), "bauer-modified") is None


def test_there_is_no_expected_survival_where_the_record_states_it() -> None:
    known = case(lesion("T8"), life_expectancy=4, **SOLITARY_THYROID)
    assert expected_survival(known, results(known), "katagiri-revised") is None


def test_expected_survival_on_sources_that_disagree_is_marked_as_a_conflict() -> None:
    known = case(lesion("T8"), **{**SOLITARY_THYROID, "visceral_metastases": ["none", "unremovable"]})
    found = expected_survival(known, results(known), "van-der-linden")
    assert found is not None
    assert not found.conflict  # one class, whichever of the two is right
    worse = case(primary_tumour="prostate", karnofsky=90, visceral_metastases=["none", "unremovable"])
    disputed = (in_class("van-der-linden", "a", "b"),)
    found = expected_survival(worse, disputed, "van-der-linden")
    assert found is not None
    assert found.conflict
    assert found.values == {at(3), at(9)}


# Properties


def narrowed(data: st.DataObject, code: str, record: dict[str, Values]) -> dict[str, Values]:
    """The record with some of its findings known better: one or several of the values that were possible."""
    found = dict(record)
    for finding in data.draw(st.sets(st.sampled_from(sorted(PUBLISHED[code].domains)), min_size=1, max_size=4)):
        tries = to_try(code, finding, record.get(finding))
        some = data.draw(st.lists(st.sampled_from(tries), min_size=1, max_size=3))
        found[finding] = values(finding, *some)
    return found


def outlook_of(code: str, record: dict[str, Values]) -> Outlook:
    known, where = possible(record)
    (found,) = outlooks([ENGINES[code].result(known, where)])
    return found


@every_model
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_more_evidence_never_turns_a_certain_answer_into_another_or_into_none(code: str, data: st.DataObject) -> None:
    record = data.draw(records(code, limit=400))
    vague, better = outlook_of(code, record), outlook_of(code, narrowed(data, code, record))
    for months in (*HORIZONS, data.draw(st.floats(0, 60))):
        if vague.outlives(months) is not None:
            assert better.outlives(months) == vague.outlives(months)
    assert all(any(wide.meet(span) == span for wide in vague.spans) for span in better.spans)


months_ = st.integers(0, 30)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(months_, months_), min_size=1, max_size=3), st.data())
def test_a_narrower_estimate_never_turns_a_certain_answer(ends: list[tuple[int, int]], data: st.DataObject) -> None:
    spans = [Span(min(pair), max(pair)) for pair in ends]
    one = data.draw(st.sampled_from(spans))
    point = data.draw(st.floats(one.low, one.high))
    before_, after_ = (
        prognosis(Case(evidence={"life-expectancy": said("life-expectancy", *some)}), (), "tomita")
        for some in (spans, [point])
    )
    # Estimates that fit together narrow each other, so that the point may lie outside of what they leave.
    if any(span.meet(at(point)) for span in before_.values):
        for months in HORIZONS:
            if before_.outlives(months) is not None:
                assert after_.outlives(months) == before_.outlives(months)


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(LEAD_MODELS))
def test_nothing_is_averaged(data: st.DataObject, lead: str) -> None:
    """What counts is what the lead says, whatever the other models say; and each says only what its classes say."""
    some = []
    for code in TELLING:
        bands = [band for of, band in CLASSES if of == code]
        some.append(in_class(code, *data.draw(st.sets(st.sampled_from(bands), min_size=1, max_size=len(bands)))))
    found = prognosis(case(), some, lead)
    alone = prognosis(case(), [result for result in some if result.score.code == lead], lead)
    assert found.values == alone.values
    assert answers(found) == answers(alone)
    for outlook, result in zip(found.models, some, strict=True):
        assert outlook == outlooks([result])[0]
        published = {end for band in result.bands for end in _ends(CLASSES[outlook.score.code, band.code][0])}
        assert {end for span in outlook.spans for end in _ends(span)} <= published | {0, EVER}


def _ends(span: Any) -> tuple[float, float]:
    return span.low, span.high


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_model_agrees_or_disagrees_or_cannot_tell(data: st.DataObject) -> None:
    some = []
    for code in TELLING:
        bands = [band for of, band in CLASSES if of == code]
        some.append(in_class(code, *data.draw(st.sets(st.sampled_from(bands), min_size=1))))
    found = prognosis(case(), some, "katagiri-revised")
    for months in HORIZONS:
        sure = {o.score.code for o in found.models if o.outlives(months) is not None} - {"katagiri-revised"}
        agreeing, disagreeing = codes(found.agreeing(months)), codes(found.disagreeing(months))
        assert not set(agreeing) & set(disagreeing)
        assert {*agreeing, *disagreeing} == (sure if found.outlives(months) is not None else set())


def test_life_expectancy_is_a_number_of_months_up_to_a_hundred_years() -> None:
    assert FINDINGS["life-expectancy"].domain.unit == "mo"
    assert UNKNOWN == Evidence(FINDINGS["life-expectancy"].domain.unknown).values == {Span(0, EVER)}


def test_a_class_of_one_month_or_two_begins_after_its_first_month() -> None:
    assert median(Band("x", "x", 0, 1, "x", "high", expected=(1, 2))) == between(1, 2)
