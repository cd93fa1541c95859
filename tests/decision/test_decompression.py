"""A deficit with a compressed cord, graded or not, by what keeps NOMS from decompression; and separation surgery."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.conditions import atoms, holds_for
from service.decision import decompression, facts, surgery
from service.decision.model import Recommendation, Row, Urgency
from service.decision.plan import plan
from service.derivations import derive
from service.evidence import Values
from service.findings import FINDINGS
from service.policy import DEFAULT, Policy
from service.reading import Standing
from tests.core.cases import case, lesion

#: A lesion with nothing to say of: each test changes what it is about.
NOTHING: dict[str, Any] = {
    "tumour-origin": "metastatic",
    "primary-tumour": "breast",
    "escc-grade": "escc-0",
    "spinal-cord-compression": False,
    "progressive-deficit": False,
    "sphincter-dysfunction": False,
    "cauda-equina-syndrome": False,
    "frankel-grade": "frankel-e",
    "ambulatory-status": "intact",
    "surgical-fitness": "fit",
    "prior-radiotherapy-at-level": False,
}
BLOOD_AND_GERM_CELLS = (
    "lymphoma", "myeloma", "plasmacytoma", "leukaemia", "germ-cell-seminoma", "germ-cell-non-seminoma",
)  # fmt: skip
PARALYSIS: tuple[tuple[str, Any], ...] = (
    ("progressive-deficit", True),
    ("sphincter-dysfunction", True),
    ("frankel-grade", "frankel-a"),
    ("frankel-grade", "frankel-c"),
    ("ambulatory-status", "non-ambulatory"),
)
FIGURES = ("101", "84 %", "57 %", "10 of 16", "3 of 16")
each_paralysis = pytest.mark.parametrize(("finding", "value"), PARALYSIS)


def applying(changes: dict[str, Any], policy: Policy = DEFAULT) -> list[Row]:
    return [row for row in decompression.rows(policy) if holds_for(row.when, NOTHING | changes)]


def reviews(changes: dict[str, Any], policy: Policy = DEFAULT) -> set[str]:
    """The reasons for a review that hold."""
    return {row.why for row in applying(changes, policy) if row.do == ("mdt-review",)}


def advised(changes: dict[str, Any], policy: Policy = DEFAULT) -> set[str]:
    return {step for row in applying(changes, policy) for step in row.do}


def said(changes: dict[str, Any]) -> list[str]:
    notes = (note for note in decompression.NOTES if note.on == ("separation-surgery",))
    return [note.text for note in notes if holds_for(note.when, NOTHING | changes)]


def truths(row: Row, **known: Values) -> frozenset[bool]:
    """What is open where only some findings are known."""

    def possible(code: str) -> Values:
        return known.get(code.replace("-", "_")) or facts.DOMAINS.get(code) or FINDINGS[code].domain.unknown

    return Standing(row.when).of(possible)


def planned(of_lesion: dict[str, Any], **of_patient: Any) -> dict[str, Recommendation]:
    """What the plan of a whole record gives for the lesion, the emergency aside."""
    found = plan(derive(case(lesion("T8", **of_lesion), **of_patient)), ())
    return {r.treatment: r for r in found.recommendations if r.lesion and not r.urgent}


def test_a_lesion_with_nothing_to_say_of_gets_no_row() -> None:
    assert applying({}) == []


@each_paralysis
def test_a_deficit_with_high_grade_compression_of_a_radiosensitive_tumour_is_put_to_the_board_with_the_trial(
    finding: str, value: Any
) -> None:
    (row,) = applying({finding: value, "escc-grade": "escc-2"})
    assert row.do == ("mdt-review",)
    assert row.urgency is Urgency.URGENT
    assert all(figure in row.why for figure in FIGURES)
    assert row.rule.source is not None
    assert row.rule.source.short == "Patchell 2005"


@each_paralysis
@pytest.mark.parametrize("tumour", ["breast", "kidney", "bladder", "unknown-primary"])
def test_a_diagnosis_of_compression_with_a_deficit_is_enough_for_the_board(
    finding: str, value: Any, tumour: str
) -> None:
    for grade in ("escc-1c", "escc-2", "escc-3"):
        rows = applying(
            {finding: value, "spinal-cord-compression": True, "primary-tumour": tumour, "escc-grade": grade}
        )
        trial = {row.why for row in rows if row.rule is decompression.TRIAL}
        assert len(trial) == 1
        assert all(figure in why for why in trial for figure in FIGURES)


@pytest.mark.parametrize("value", ["frankel-d", "frankel-e"])
def test_who_has_useful_strength_left_is_not_paralysed(value: str) -> None:
    assert not reviews({"frankel-grade": value, "spinal-cord-compression": True})


def test_without_a_deficit_compression_is_not_put_to_the_board_here() -> None:
    assert not reviews({"spinal-cord-compression": True, "escc-grade": "escc-3"})


@pytest.mark.parametrize("tumour", BLOOD_AND_GERM_CELLS)
def test_the_trial_is_not_put_forward_for_the_tumours_that_it_left_out(tumour: str) -> None:
    (row,) = applying({"progressive-deficit": True, "escc-grade": "escc-3", "primary-tumour": tumour})
    assert row.rule.source is not None
    assert row.rule.source.short == "CEPO 2012"
    assert "84 %" not in row.why


@pytest.mark.parametrize("tumour", BLOOD_AND_GERM_CELLS)
def test_where_it_has_to_be_said_before_the_grade_is_known_both_are_said(tumour: str) -> None:
    found = {"progressive-deficit": True, "spinal-cord-compression": True, "primary-tumour": tumour}
    for grade in ("escc-1c", "escc-2"):
        reasons = " ".join(reviews({**found, "escc-grade": grade}))
        assert "blood and germ-cell tumours were left out" in reasons
        assert "come first where the spine is stable" in reasons


def test_a_deficit_from_a_radioresistant_tumour_goes_to_the_board_only_where_fitness_keeps_from_decompression() -> None:
    kidney = {"progressive-deficit": True, "escc-grade": "escc-3", "primary-tumour": "kidney"}
    assert "mdt-review" not in advised(kidney)
    (why,) = reviews(kidney | {"surgical-fitness": "unfit"})
    assert "fitness" in why


@pytest.mark.parametrize("grade", ["escc-0", "escc-1a", "escc-1b", "escc-1c"])
def test_a_deficit_that_nobody_would_decompress_for_goes_to_the_board(grade: str) -> None:
    (row,) = applying({"progressive-deficit": True, "escc-grade": grade, "primary-tumour": "kidney"})
    assert "at this ESCC grade" in row.why


def test_a_grade_of_1c_is_read_as_the_policy_says() -> None:
    borderline = {"progressive-deficit": True, "escc-grade": "escc-1c"}
    (row,) = applying(borderline, replace(DEFAULT, escc_1c="high"))
    assert row.rule is decompression.TRIAL


def test_cauda_equina_syndrome_goes_to_the_board_at_any_grade() -> None:
    for grade in ("escc-0", "escc-3"):
        (row,) = applying({"cauda-equina-syndrome": True, "escc-grade": grade})
        assert row.urgency is Urgency.URGENT
        assert "84 %" not in row.why


def test_the_same_reason_for_several_deficits_is_said_once() -> None:
    every = {**dict(PARALYSIS), "escc-grade": "escc-2", "spinal-cord-compression": True}
    assert len(applying(every)) == 8
    assert len(reviews(every)) == 1


def test_a_deficit_decides_although_fitness_and_stability_are_unknown() -> None:
    high, sensitive, yes = frozenset(("escc-2", "escc-3")), frozenset(("breast", "prostate")), frozenset((True,))
    graded = next(row for row in decompression.rows(DEFAULT) if "escc-grade" in row.told)
    assert truths(graded, progressive_deficit=yes, escc_grade=high, primary_tumour=sensitive) == {True}
    assert truths(graded, progressive_deficit=yes, escc_grade=high) == {True, False}
    assert truths(graded, progressive_deficit=frozenset((False,))) == {False}


@pytest.mark.parametrize("tumour", [None, "prostate", "kidney", "germ-cell-seminoma"])
def test_a_whole_record_without_a_grade_settles_the_urgent_review(tumour: str | None) -> None:
    of_patient = {"primary_tumour": tumour} if tumour else {}
    found = planned({"spinal_cord_compression": True, "progressive_deficit": True}, **of_patient)
    review = found["mdt-review"]
    assert review.settled
    assert review.urgency is Urgency.URGENT
    assert any(all(figure in advice.reason for figure in FIGURES) for advice in review.advice)


def test_a_graded_record_without_the_diagnosis_is_not_made_to_depend_on_it() -> None:
    low = planned({"escc_grade": "escc-0", "progressive_deficit": True}, primary_tumour="breast")
    assert not any("84 %" in advice.reason for advice in low["mdt-review"].advice)
    high = planned({"escc_grade": "escc-3", "progressive_deficit": True}, primary_tumour="breast")
    assert any("84 %" in advice.reason and not advice.paths for advice in high["mdt-review"].advice)
    assert high["mdt-review"].settled


@pytest.mark.parametrize(
    ("tumour", "grade", "there"),
    [
        ("kidney", "escc-2", True),
        ("kidney", "escc-1c", False),
        ("kidney", "escc-1b", False),
        ("breast", "escc-3", False),
    ],
)
def test_separation_surgery_is_for_high_grade_compression_by_a_radioresistant_tumour(
    tumour: str, grade: str, there: bool
) -> None:
    assert ("separation-surgery" in advised({"primary-tumour": tumour, "escc-grade": grade})) == there


def test_separation_surgery_depends_on_a_tumour_that_nobody_has_named() -> None:
    found = planned({"escc_grade": "escc-2"})
    assert "primary-tumour" in found["separation-surgery"].depends_on
    assert found["separation-surgery"].form_of == "decompression-stabilisation"
    assert "separation-surgery" not in planned({})


def test_separation_surgery_goes_where_there_is_no_srs_to_follow_it() -> None:
    assert "separation-surgery" in {step for row in surgery.rows(DEFAULT) for step in row.do}
    without = replace(DEFAULT, unavailable=frozenset(("srs",)))
    assert "separation-surgery" not in {step for row in surgery.rows(without) for step in row.do}


def test_separation_surgery_follows_the_policy_at_a_grade_of_1c() -> None:
    borderline = {"primary-tumour": "kidney", "escc-grade": "escc-1c"}
    assert "separation-surgery" in advised(borderline, replace(DEFAULT, escc_1c="high"))


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({"primary-tumour": "colon"}, True),
        ({"primary-tumour": "rectum"}, True),
        ({"primary-tumour": "kidney", "prior-radiotherapy-at-level": True}, True),
        ({"primary-tumour": "kidney"}, False),
    ],
)
def test_what_brings_the_tumour_back_after_separation_surgery_is_said(change: dict[str, Any], there: bool) -> None:
    assert any("more frequent" in text for text in said(change)) == there


def test_the_published_figures_are_said_of_metastases_alone() -> None:
    figures = ("4.1 %", "9.0 %", "22.6 %", "186", "10.2 %")
    text = " ".join(said({}))
    assert all(figure in text for figure in ("3 mm", *figures))
    for origin in ("primary", "dumbbell"):
        other = " ".join(said({"tumour-origin": origin, "prior-radiotherapy-at-level": True}))
        assert "3 mm" in other
        assert not any(figure in other for figure in figures)


def test_a_lesion_of_unknown_origin_is_told_the_figures_too() -> None:
    found = planned({"escc_grade": "escc-2", "tumour_origin": None}, primary_tumour="kidney")
    assert any("22.6 %" in note for note in found["separation-surgery"].notes)


def test_cement_beside_decompression_is_said() -> None:
    (note,) = (note for note in decompression.NOTES if note.on == ("decompression-stabilisation",))
    assert "cement" in note.text


def test_rows_and_notes_are_among_those_of_surgery() -> None:
    assert {row.why for row in decompression.rows(DEFAULT)} <= {row.why for row in surgery.rows(DEFAULT)}
    assert set(decompression.NOTES) <= set(surgery.NOTES)
    assert set(decompression.READINGS) <= set(surgery.READINGS)
    for row in decompression.rows(DEFAULT):
        assert set(row.told) <= {atom.finding for atom in atoms(row.when)}
