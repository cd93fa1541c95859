"""What the record says of the inputs of a hand-off: each state, each exclusion."""

from __future__ import annotations

from typing import Any

import pytest

from service.evidence import Span
from service.findings import visceral
from service.handoffs import BY_CODE, HANDOFFS, READS, Collected, State, collect
from tests.core.cases import case, lesion


def collected(code: str, *lesions: Any, **findings: Any) -> Collected:
    found = collect(case(*(lesions or (lesion("T6"),)), **findings))
    return next(each for each in found if each.hand_off.code == code)


def state(code: str, finding: str, **findings: Any) -> State:
    """The state of the first input of a hand-off that a finding answers."""
    return next(each.state for each in collected(code, **findings).inputs if each.input.finding == finding)


def group(code: str, finding: str, **findings: Any) -> str:
    return next(each.group for each in collected(code, **findings).inputs if each.input.finding == finding)


@pytest.mark.parametrize(
    ("code", "findings", "expected"),
    [
        ("sorg-ml", {"haemoglobin": 12}, State.KNOWN),
        ("sorg-ml", {"haemoglobin": 7}, State.KNOWN),
        ("sorg-ml", {"haemoglobin": 17}, State.KNOWN),
        ("sorg-ml", {"haemoglobin": 6.9}, State.OUT_OF_RANGE),
        ("sorg-ml", {"haemoglobin": 17.1}, State.OUT_OF_RANGE),
        ("sorg-ml", {"haemoglobin": Span(0, 7, high_open=True)}, State.OUT_OF_RANGE),
        ("sorg-ml", {"haemoglobin": Span(0, 7)}, State.STRADDLES),
        ("sorg-ml", {"haemoglobin": Span(6, 8)}, State.STRADDLES),
        ("sorg-ml", {"haemoglobin": Span(8, 9)}, State.PARTLY),
        ("sorg-ml", {"haemoglobin": Span(17, 30, low_open=True)}, State.OUT_OF_RANGE),
        ("sorg-ml", {"haemoglobin": [8, 9]}, State.PARTLY),
        ("sorg-ml", {"haemoglobin": [6, 9]}, State.STRADDLES),
        ("sorg-ml", {"haemoglobin": [5, 6]}, State.OUT_OF_RANGE),
        ("sorg-ml", {}, State.MISSING),
        ("sorg-nomogram", {"haemoglobin": 2}, State.KNOWN),
        ("sorg-nomogram", {"haemoglobin": Span(2, 3)}, State.PARTLY),
        ("pathfx", {"haemoglobin": 18.5}, State.OUT_OF_RANGE),
    ],
)
def test_a_number_is_compared_with_the_range_of_the_model(code: str, findings: dict[str, Any], expected: State) -> None:
    assert state(code, "haemoglobin", **findings) is expected


@pytest.mark.parametrize(
    ("code", "finding", "findings", "expected", "within"),
    [
        ("sorg-ml", "ecog", {"ecog": 1}, State.KNOWN, "0-2"),
        ("sorg-ml", "ecog", {"ecog": [0, 2]}, State.KNOWN, "0-2"),
        ("sorg-ml", "ecog", {"ecog": [2, 3]}, State.PARTLY, ""),
        ("sorg-ml", "ecog", {"ecog": 5}, State.OUT_OF_RANGE, ""),
        ("sorg-ml", "ecog", {"ecog": [4, 5]}, State.STRADDLES, ""),
        ("sorg-ml", "ecog", {}, State.MISSING, ""),
        ("sorg-nomogram", "ecog", {"ecog": [0, 2]}, State.PARTLY, ""),
        ("sorg-ml", "frankel-grade", {"frankel_grade": "frankel-e"}, State.KNOWN, "E"),
        ("sorg-ml", "frankel-grade", {"frankel_grade": ["frankel-a", "frankel-d"]}, State.KNOWN, "A-D"),
        ("bollen", "karnofsky", {"karnofsky": 80}, State.KNOWN, "80-100"),
        ("bollen", "karnofsky", {"karnofsky": 70}, State.KNOWN, "10-70"),
        ("bollen", "karnofsky", {"karnofsky": [70, 80]}, State.PARTLY, ""),
        ("bollen", "karnofsky", {"karnofsky": 0}, State.OUT_OF_RANGE, ""),
        ("osri", "karnofsky", {"karnofsky": [70, 80]}, State.PARTLY, ""),
        ("osri", "karnofsky", {"karnofsky": [50, 70]}, State.KNOWN, "50-70"),
        ("limburg", "vertebral-metastasis-count", {"vertebral_metastasis_count": 1}, State.KNOWN, "no"),
        ("limburg", "vertebral-metastasis-count", {"vertebral_metastasis_count": Span(2, 9)}, State.KNOWN, "yes"),
        ("limburg", "vertebral-metastasis-count", {"vertebral_metastasis_count": Span(1, 2)}, State.PARTLY, ""),
        ("bollen", "visceral-metastases", {"visceral_metastases": "meningeal-only"}, State.KNOWN, "no"),
        ("bollen", "visceral-metastases", {"visceral_metastases": visceral("removable")}, State.KNOWN, "yes"),
        ("lei", "ambulatory-status", {"ambulatory_status": ["intact", "impaired"]}, State.KNOWN, "able to walk"),
        ("lei", "ambulatory-status", {"ambulatory_status": "non-ambulatory"}, State.KNOWN, "not able to walk"),
        ("h2-fails", "smoking", {"smoking": True}, State.KNOWN, ""),
        ("h2-fails", "smoking", {"smoking": [True, False]}, State.PARTLY, ""),
        ("h2-fails", "smoking", {}, State.MISSING, ""),
    ],
)
def test_values_that_the_model_treats_as_one_are_known(
    code: str, finding: str, findings: dict[str, Any], expected: State, within: str
) -> None:
    assert state(code, finding, **findings) is expected
    assert group(code, finding, **findings) == within


def test_a_question_that_no_finding_answers_is_left_to_whoever_fills_in_the_form() -> None:
    found = collected("sorg-30-day")
    assert [each.input.label for each in found.of(State.NOT_READ)] == ["Haematocrit", "ASA class"]


@pytest.mark.parametrize(
    ("lesions", "expected", "within"),
    [
        ((lesion("T6"),), State.KNOWN, "thoracic"),
        ((lesion("T6"), lesion("T9")), State.KNOWN, "thoracic"),
        ((lesion("T6"), lesion("L2")), State.PARTLY, ""),
        ((lesion("T12", "L1"),), State.PARTLY, ""),
        ((lesion("S1"),), State.KNOWN, "lumbosacral"),
        ((lesion("C2"),), State.KNOWN, "cervical"),
    ],
)
def test_an_input_of_lesions_is_read_of_all_together(lesions: Any, expected: State, within: str) -> None:
    (location,) = [i for i in collected("sorg-30-day", *lesions).inputs if i.input.finding == "vertebral-level"]
    assert (location.state, location.group) == (expected, within)


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ({"primary_tumour": "breast"}, {}),
        ({}, {}),
        *(
            ({"primary_tumour": tumour}, {"haematological and unknown": True})
            for tumour in ("lymphoma", "myeloma", "plasmacytoma", "leukaemia", "unknown-primary")
        ),
        ({"primary_tumour": ["myeloma", "breast"]}, {"haematological and unknown": False}),
        ({"visceral_metastases": "meningeal-only"}, {"leptomeningeal": True}),
        ({"visceral_metastases": ["meningeal-only", visceral("disseminated")]}, {"leptomeningeal": False}),
        ({"age": 17}, {"younger than 18": True}),
        ({"age": Span(17, 18)}, {"younger than 18": False}),
    ],
)
def test_bollen_is_not_applicable_to_whom_its_cohort_left_out(
    findings: dict[str, Any], expected: dict[str, bool]
) -> None:
    found = collected("bollen", **findings)
    assert [(any(word in said.remark.text for word in expected), said.certain) for said in found.excluded] == [
        (True, certain) for certain in expected.values()
    ]
    assert found.applicable is (True not in expected.values())


def test_bollen_is_not_applicable_to_the_sacrum() -> None:
    assert not collected("bollen", lesion("S2")).applicable
    perhaps = collected("bollen", lesion("S2"), lesion("T6"))
    assert perhaps.applicable
    assert [said.certain for said in perhaps.excluded] == [False]
    assert not collected("bollen", lesion("T6")).excluded


@pytest.mark.parametrize("code", ["lei", "rades-2008-survival", "rades-2008-ambulatory"])
def test_models_of_cord_compression_ask_for_one(code: str) -> None:
    assert not collected(code, lesion("T6", escc_grade="escc-1a")).applicable
    assert collected(code, lesion("T6", escc_grade="escc-2")).applicable
    assert not collected(code, lesion("T6")).excluded  # nothing is said of it


def test_a_patient_with_a_primary_tumour_of_the_spine_beside_is_perhaps_left_out() -> None:
    found = collected("sorg-nomogram", lesion("T6"), lesion("L2", tumour_origin="primary"))
    assert [said.certain for said in found.excluded] == [False]


def test_without_a_possible_metastasis_nothing_is_handed_off() -> None:
    assert collect(case()) == ()
    for origin in ("primary", "dumbbell"):
        assert collect(case(lesion("T6", tumour_origin=origin))) == ()
    assert len(collect(case(lesion("T6", tumour_origin=None)))) == len(HANDOFFS)


def test_cautions_are_said_where_they_may_hold() -> None:
    assert collected("bollen", primary_tumour="breast").cautions[0].certain is False
    assert collected("bollen", primary_tumour="breast", triple_negative=True).cautions[0].certain
    assert not collected("bollen", primary_tumour="breast", triple_negative=False).cautions
    assert not collected("bollen", primary_tumour="kidney").cautions
    assert collected("sorg-nomogram", primary_tumour="lung-nsclc").cautions
    assert collected("bollen", primary_tumour="breast", triple_negative=True).applicable


def test_everything_that_is_asked_is_read() -> None:
    asked = {i.finding for hand_off in HANDOFFS for i in hand_off.inputs if i.finding}
    assert asked < READS
    assert {"triple-negative", "escc-grade", "tumour-origin"} <= READS - asked
    assert BY_CODE["osri"].inputs[0].finding == "primary-tumour"
