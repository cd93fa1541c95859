"""How soon a lesion without an alarm is imaged: for pain alone, and for myelopathy before there is a grade."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.case import Case
from service.decision.guidelines import GUIDELINES
from service.decision.imaging import only_pain, pain_alone
from service.decision.model import Recommendation, Urgency
from service.reading import Standing
from tests.core.cases import case, lesion
from tests.decision.planned import planned

NICE, CEPO = GUIDELINES["nice-2023"], GUIDELINES["cepo-2012"]

# Pain alone

WEEK = (
    "pain of the spine, no neurological deficit known, and no ESCC grade yet: MRI of the whole spine within a week "
    "(7 days) of the suspicion, with a plan; contact the coordinator for cord compression within 24 hours "
    "(NICE 2023, NG234 and QS56, United Kingdom)"
)


def test_pain_alone_is_imaged_within_a_week_by_nice_and_unsaid_by_cepo() -> None:
    row = pain_alone(NICE)
    assert row is not None
    assert (row.do, row.urgency, row.why, row.told) == (("mri-whole-spine",), Urgency.URGENT, WEEK, ("sins-pain",))
    assert row.rule.source in NICE.sources
    assert row.rule.plan != "emergency"
    assert pain_alone(CEPO) is None


def test_another_number_of_days_is_said_as_days() -> None:
    assert NICE.mri_days_pain_only is not None
    for days in (3, 10):
        row = pain_alone(replace(NICE, mri_days_pain_only=replace(NICE.mri_days_pain_only, value=days)))
        assert row is not None
        assert f"within {days} days of the suspicion" in row.why


@pytest.mark.parametrize(
    ("pain", "imaged"),
    [("mechanical", {True}), ("occasional-non-mechanical", {True}), ("pain-free", {False}), (None, {True, False})],
)
def test_any_pain_is_imaged_and_silence_about_neurology_leaves_it_settled(pain: str | None, imaged: set[bool]) -> None:
    row = pain_alone(NICE)
    assert row is not None
    whole = case(lesion("T8", sins_pain=pain))
    assert Standing(row.when).of(lambda finding: whole.possible(finding, whole.lesions[0])) == imaged
    assert only_pain(whole, whole.lesions[0])


@pytest.mark.parametrize(
    "sign",
    [
        "myelopathy",
        "progressive_deficit",
        "sphincter_dysfunction",
        "cauda_equina_syndrome",
        "spinal_cord_compression",
    ],
)
def test_pain_is_not_alone_with_what_is_certain_and_urgent(sign: str) -> None:
    for told, alone in ((True, False), ([True, False], True), (False, True)):
        on_lesion, of_patient = case(lesion("T8", **{sign: told})), case(lesion("T8"), **{sign: told})
        for whole in (on_lesion, of_patient):
            assert only_pain(whole, whole.lesions[0]) == alone


@pytest.mark.parametrize("grade", ["escc-0", ["escc-1a", "escc-3"]], ids=str)
def test_a_lesion_with_any_escc_grade_in_the_record_has_been_imaged(grade: Any) -> None:
    whole = case(lesion("T8", escc_grade=grade, sins_pain="mechanical"), lesion("L1", sins_pain="mechanical"))
    assert [only_pain(whole, each) for each in whole.lesions] == [False, True]


# Myelopathy before there is a grade


def imaged(whole: Case) -> list[Recommendation]:
    return [r for r in planned(whole).recommendations if r.treatment == "mri-whole-spine" and r.lesion]


def test_myelopathy_without_an_escc_grade_is_imaged_within_the_hours_of_an_emergency() -> None:
    (found,) = imaged(case(lesion("T8", myelopathy=True), primary_tumour="breast"))
    assert (found.settled, found.urgency) == (True, Urgency.URGENT)
    (reason,) = (a.reason for a in found.advice if a.urgency is Urgency.URGENT)
    assert reason == (
        "myelopathy, and no ESCC grade yet: MRI of the whole spine within 24 hours of the suspicion "
        "(NICE 2023, NG234 and QS56, United Kingdom)"
    )


@pytest.mark.parametrize("told", [None, False, [True, False]], ids=str)
def test_myelopathy_that_is_not_certain_is_no_reason_for_it(told: Any) -> None:
    found = imaged(case(lesion("T8", myelopathy=told), primary_tumour="breast"))
    assert not any("myelopathy, and no ESCC grade" in a.reason for r in found for a in r.advice)


def test_a_graded_lesion_with_myelopathy_is_not_imaged_for_it_again() -> None:
    found = imaged(case(lesion("T8", myelopathy=True, escc_grade="escc-1a"), primary_tumour="breast"))
    assert not any("no ESCC grade" in a.reason for r in found for a in r.advice)
