"""Emergencies head the plan; silence raises none, and a conflict does."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from service.case import Case
from service.decision.emergency import emergencies
from service.decision.model import Plan, Premise, Recommendation
from service.decision.plan import plan
from service.scoring import ENGINES, SCORES
from tests.core.cases import case, lesion
from tests.decision.independent import ESCC

ALARMS = ("progressive-deficit", "sphincter-dysfunction", "cauda-equina-syndrome", "spinal-cord-compression")
#: Where a suspicion is enough to act on, nothing is asked first.
SUSPICIONS = ALARMS[2:]
STEPS = ["urgent-spine-referral", "mri-whole-spine"]
YES = frozenset((True,))


def planned(whole: Case) -> Plan:
    """The plan with the results of every score, as the product computes them."""
    return plan(
        whole,
        tuple(
            ENGINES[score.code].result(whole, one)
            for score in SCORES
            for one in (whole.lesions if score.scope == "lesion" else (None,))
        ),
    )


def of(finding: str, value: Any) -> dict[str, Any]:
    return {finding.replace("-", "_"): value}


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_of_a_lesion_heads_the_plan(alarm: str) -> None:
    whole = case(lesion("T8"), lesion("L1", **of(alarm, True)), primary_tumour="kidney")
    head = planned(whole).recommendations[:2]
    assert [r.treatment for r in head] == STEPS
    assert all(r.urgent and r.settled and r.lesion is whole.lesions[1] for r in head)
    assert all(r.reads == (alarm,) for r in head)


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_of_the_patient_heads_the_plan_without_a_lesion(alarm: str) -> None:
    head = planned(case(lesion("T8"), **of(alarm, True))).recommendations[:2]
    assert [(r.treatment, r.lesion, r.settled) for r in head] == [(step, None, True) for step in STEPS]


@pytest.mark.parametrize("alarm", ALARMS)
def test_silence_and_denial_raise_no_alarm(alarm: str) -> None:
    for found in ({}, of(alarm, False)):
        assert emergencies(case(lesion("T8", **found), **found)) == []


@pytest.mark.parametrize("alarm", SUSPICIONS)
def test_a_suspicion_of_compression_is_as_urgent_as_its_proof(alarm: str) -> None:
    urgent = emergencies(case(lesion("T8", **of(alarm, [True, False]))))
    assert [(r.treatment, r.settled) for r in urgent] == [(step, True) for step in STEPS]
    assert all(r.advice[0].reason.startswith("suspected ") for r in urgent)


@pytest.mark.parametrize("alarm", ALARMS[:2])
def test_an_alarm_that_another_source_denies_still_counts_and_depends_on_it(alarm: str) -> None:
    head = planned(case(lesion("T8", **of(alarm, [True, False])))).recommendations[:2]
    assert [(r.treatment, r.urgent, r.paths) for r in head] == [
        (step, True, ((Premise(alarm, YES),),)) for step in STEPS
    ]


def test_one_certain_alarm_settles_what_an_uncertain_one_leaves_open() -> None:
    urgent = emergencies(case(lesion("T8", progressive_deficit=True, sphincter_dysfunction=[True, False])))
    assert all(r.settled for r in urgent)
    assert "sphincter" not in urgent[0].advice[0].reason


def test_two_uncertain_alarms_are_two_ways_to_the_emergency() -> None:
    some = [True, False]
    (first, *_) = emergencies(case(lesion("T8", progressive_deficit=some, sphincter_dysfunction=some)))
    assert first.paths == ((Premise("progressive-deficit", YES),), (Premise("sphincter-dysfunction", YES),))


GRADES = [*ESCC, ["escc-1b", "escc-2"], ["escc-2", "escc-3"], ["escc-0", "escc-1c"], ["escc-1c", "escc-3"]]


@pytest.mark.parametrize("grade", GRADES, ids=str)
@pytest.mark.parametrize("myelopathy", [True, False, [True, False]], ids=str)
def test_high_grade_escc_with_myelopathy_is_an_emergency_exactly_where_it_may_be(grade: Any, myelopathy: Any) -> None:
    urgent = emergencies(case(lesion("T8", escc_grade=grade, myelopathy=myelopathy)))
    grades = grade if isinstance(grade, list) else [grade]
    states = myelopathy if isinstance(myelopathy, list) else [myelopathy]
    alarming = {(g, m) for g, m in product(grades, states) if g in ("escc-2", "escc-3") and m}
    assert [r.treatment for r in urgent] == (STEPS if alarming else [])
    for found in urgent:
        assert found.settled == (len(alarming) == len(grades) * len(states))
        assert {(g, m) for g, m in product(grades, states) if _any_path(found, g, m)} == alarming


def _any_path(found: Recommendation, grade: str, myelopathy: bool) -> bool:
    way = {"escc-grade": grade, "myelopathy": myelopathy}
    return found.settled or any(all(way[p.finding] in p.values for p in path) for path in found.paths)


def test_an_emergency_by_escc_and_myelopathy_rests_on_both() -> None:
    (first, *_) = emergencies(case(lesion("T8", escc_grade="escc-3", myelopathy=True)))
    assert set(first.reads) == {"escc-grade", "myelopathy"}


def test_high_grade_escc_without_a_word_about_myelopathy_depends_on_it() -> None:
    (first, *_) = emergencies(case(lesion("T8", escc_grade="escc-3")))
    assert first.paths == ((Premise("myelopathy", YES),),)


def test_myelopathy_without_an_escc_grade_is_no_emergency_by_escc() -> None:
    assert emergencies(case(lesion("T8", myelopathy=True))) == []


def test_myelopathy_of_the_patient_counts_for_a_lesion_with_high_grade_escc() -> None:
    urgent = emergencies(case(lesion("T8", escc_grade="escc-2"), lesion("L1", escc_grade="escc-0"), myelopathy=True))
    assert [(r.treatment, r.lesion.name if r.lesion else None) for r in urgent] == [(step, "T8") for step in STEPS]


def test_each_lesion_with_an_alarm_has_its_own_emergency_before_everything_else() -> None:
    whole = case(lesion("T8", progressive_deficit=True), lesion("L1"), lesion("C4", sphincter_dysfunction=True))
    found = planned(whole).recommendations
    assert [r.lesion.name for r in found[:4] if r.lesion] == ["T8", "T8", "C4", "C4"]
    urgent = [r.urgent for r in found]
    assert urgent == sorted(urgent, reverse=True)


def test_an_alarm_does_not_need_a_tumour_that_is_known_to_be_a_metastasis() -> None:
    for origin in ("primary", None):
        assert emergencies(case(lesion("T8", tumour_origin=origin, progressive_deficit=True)))


def test_without_a_lesion_an_alarm_counts_just_where_the_record_names_a_cancer() -> None:
    """It may be the first sign of a metastasis; in a record without any tumour it is not for this service."""
    assert [r.treatment for r in emergencies(case(progressive_deficit=True))] == STEPS
    assert emergencies(case(progressive_deficit=True, has_cancer=False)) == []


@pytest.mark.parametrize("alarm", ALARMS[:2])
def test_what_would_settle_an_emergency_is_asked_for_first(alarm: str) -> None:
    first = planned(case(lesion("T8", **of(alarm, [True, False])), primary_tumour="breast")).needed[0]
    assert (first.finding, first.lesion.name if first.lesion else None) == (alarm, "T8")
