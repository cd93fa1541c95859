"""Indications beside NOMS, the forms of an operation, kyphoplasty, and the risks that are said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.conditions import atoms, holds_for
from service.decision import facts, kyphoplasty, surgery
from service.decision.model import Note, Recommendation, Row
from service.decision.plan import plan
from service.derivations import derive
from service.evidence import Span, Values
from service.findings import FINDINGS
from service.policy import DEFAULT, Policy
from service.reading import Standing
from tests.core.cases import case, lesion

#: A patient with nothing to say of: each test changes what it is about.
NOTHING: dict[str, Any] = {
    "escc-grade": "escc-0",
    "primary-tumour": "breast",
    "stability": "stable",
    "surgical-fitness": "fit",
    "life-expectancy": 12,
    "ecog": 1,
    "progressive-deficit": False,
    "sphincter-dysfunction": False,
    "cauda-equina-syndrome": False,
    "myelopathy": False,
    "frankel-grade": "frankel-e",
    "spinal-cord-compression": False,
    "ambulatory-status": "intact",
    "tumour-origin": "metastatic",
    "pain-controlled": True,
    "sins-pain": "pain-free",
    "sins-collapse": "none",
    "pathologic-fracture": False,
    "posterior-wall-intact": True,
    "contiguous-level-count": 1,
    "vertebral-metastasis-count": 1,
    "bone-marrow-carcinomatosis": False,
    "bone-metastases": "solitary",
    "albumin": 4.0,
    "diabetes": False,
    "smoking": False,
    "body-mass-index": 24,
    "prior-radiotherapy-at-level": False,
    "previous-systemic-therapy": False,
    "previous-chemotherapy": False,
    "platelets": 250,
}
#: One in which kyphoplasty is what is wanted.
BROKEN = NOTHING | {"sins-pain": "mechanical", "sins-collapse": "under-50", "stability": "indeterminate"}


def applying(changes: dict[str, Any], policy: Policy = DEFAULT) -> list[Row]:
    return [row for row in surgery.rows(policy) if holds_for(row.when, NOTHING | changes)]


def advised(changes: dict[str, Any], policy: Policy = DEFAULT) -> set[str]:
    """Treatments of the rows that hold, whatever they are a form of."""
    return {step for row in applying(changes, policy) for step in row.do}


def said(treatment: str, changes: dict[str, Any]) -> list[str]:
    return [n.text for n in surgery.NOTES if treatment in n.on and holds_for(n.when, NOTHING | changes)]


def truths(of: Row | Note, **known: Values) -> frozenset[bool]:
    """What is open where only some findings are known."""

    def possible(code: str) -> Values:
        return known.get(code.replace("-", "_")) or facts.DOMAINS.get(code) or FINDINGS[code].domain.unknown

    return Standing(of.when).of(possible)


def test_a_patient_with_nothing_to_say_of_gets_no_row() -> None:
    assert applying({}) == []


@pytest.mark.parametrize(
    ("stability", "there"), [("stable", True), ("indeterminate-high", True), ("collapse", False), ("unstable", False)]
)
def test_pain_that_is_not_controlled_goes_to_the_board_unless_the_spine_is_stabilised_anyway(
    stability: str, there: bool
) -> None:
    pain = {"pain-controlled": False, "sins-pain": "mechanical", "stability": stability}
    assert ("mdt-review" in advised(pain)) == there


def test_a_lesion_without_pain_is_not_to_blame_for_it() -> None:
    assert advised({"pain-controlled": False}) == set()


@pytest.mark.parametrize("change", [{"bone-marrow-carcinomatosis": True}, {"ecog": 4}])
def test_what_speaks_against_an_operation_is_a_reason_to_review_it_and_no_bar(change: dict[str, Any]) -> None:
    (row,) = applying(change)
    assert row.do == ("mdt-review",)
    assert row.form_of == surgery.OPERATIONS
    assert not any(set(bar.treatments) & set(surgery.OPERATIONS) for bar in surgery.BARS)


@pytest.mark.parametrize(("months", "there"), [(5.9, True), (6, False), (24, False)])
def test_a_short_survival_calls_for_small_incisions(months: float, there: bool) -> None:
    assert ("mis-fixation" in advised({"life-expectancy": months})) == there


def test_the_months_for_small_incisions_are_those_of_the_policy() -> None:
    policy = replace(DEFAULT, minimally_invasive_under_months=9)
    (row,) = applying({"life-expectancy": 8}, policy)
    assert row.do == ("mis-fixation",)
    assert "under 9 months" in row.why
    assert applying({"life-expectancy": 9}, policy) == []


@pytest.mark.parametrize("change", [{"surgical-fitness": "unfit"}, {"ecog": 3}])
def test_the_unfit_and_the_weak_are_operated_on_through_small_incisions(change: dict[str, Any]) -> None:
    (row,) = applying(change)
    assert row.do == ("mis-fixation",)
    assert set(row.form_of) == {"stabilisation", "decompression-stabilisation"}


@pytest.mark.parametrize(
    ("vertebrae", "months", "there"), [(1, 12, False), (2, 12, True), (2, 23.9, True), (2, 24, False)]
)
def test_several_vertebrae_are_fixed_through_small_incisions_unless_bone_has_to_be_grafted(
    vertebrae: int, months: float, there: bool
) -> None:
    changes = {"vertebral-metastasis-count": vertebrae, "life-expectancy": months}
    assert ("mis-fixation" in advised(changes)) == there


def test_a_painful_fracture_with_all_criteria_gets_kyphoplasty() -> None:
    assert advised(BROKEN) == {"kyphoplasty"}


@pytest.mark.parametrize(
    "change",
    [
        {"sins-pain": "occasional-non-mechanical"},
        {"sins-collapse": "none"},
        {"contiguous-level-count": 4, "vertebral-metastasis-count": 4},
        {"posterior-wall-intact": False},
        {"escc-grade": "escc-1c"},
        {"myelopathy": True},
        {"progressive-deficit": True},
        {"frankel-grade": "frankel-d"},
        {"stability": "unstable"},
    ],
)
def test_kyphoplasty_needs_every_criterion_and_the_checklist_names_the_one_that_fails(change: dict[str, Any]) -> None:
    assert "kyphoplasty" not in advised(BROKEN | change)
    (checklist,) = surgery.CHECKLISTS
    assert sum(not holds_for(criterion.when, BROKEN | change) for criterion in checklist.criteria) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"sins-collapse": "none", "pathologic-fracture": True},
        {"sins-collapse": "exactly-50"},
        {"sins-collapse": "over-50", "stability": "collapse"},
        {"escc-grade": "escc-1b"},
        {"contiguous-level-count": 3, "vertebral-metastasis-count": 9},
    ],
)
def test_kyphoplasty_is_given_up_to_the_limits_of_its_criteria(change: dict[str, Any]) -> None:
    assert "kyphoplasty" in advised(BROKEN | change)


def test_either_count_of_vertebrae_is_enough_for_kyphoplasty() -> None:
    criterion = kyphoplasty.CRITERIA[2].when
    few, many = frozenset((Span.point(2),)), frozenset((Span.point(4),))
    row = Row(kyphoplasty.KYPHOPLASTY, criterion, ("kyphoplasty",), "")
    assert truths(row, vertebral_metastasis_count=few) == {True}
    assert truths(row, contiguous_level_count=few) == {True}
    assert truths(row, vertebral_metastasis_count=many) == {True, False}


@pytest.mark.parametrize(
    ("collapse", "fracture", "there"),
    [
        ("under-50", False, True),
        ("exactly-50", False, True),
        ("over-50", True, True),
        ("none", False, False),
        ("none", True, False),
        ("no-collapse-over-50-involved", False, False),
    ],
)
@pytest.mark.parametrize("pain", ["mechanical", "occasional-non-mechanical", "pain-free"])
def test_kyphoplasty_is_considered_for_a_fracture_whatever_the_pain(
    pain: str, collapse: str, fracture: bool, there: bool
) -> None:
    (checklist,) = surgery.CHECKLISTS
    changes = {"sins-pain": pain, "sins-collapse": collapse, "pathologic-fracture": fracture}
    assert holds_for(checklist.considered, NOTHING | changes) == there


def planned(of_lesion: dict[str, Any], **of_patient: Any) -> tuple[dict[str, Recommendation], str]:
    """The recommendations for L4 in a whole record, and what is said against kyphoplasty."""
    found = plan(derive(case(lesion("L4", **of_lesion), **of_patient)), ())
    against = " ".join(each.why for each in found.against if each.treatment == "kyphoplasty")
    return {r.treatment: r for r in found.recommendations if r.lesion}, against


def test_a_fracture_with_an_intact_wall_is_given_kyphoplasty_on_the_condition_of_mechanical_pain() -> None:
    found, _ = planned({"pathologic_fracture": True, "posterior_wall_intact": True}, primary_tumour="breast")
    assert "sins-pain" in found["kyphoplasty"].depends_on


def test_a_fracture_of_which_nobody_looked_at_the_wall_is_mentioned_and_a_lesion_without_one_is_not() -> None:
    found, against = planned({"pathologic_fracture": True}, primary_tumour="breast")
    assert "kyphoplasty" not in found
    assert "posterior wall intact" in against
    for quiet in ({"sins_pain": "mechanical"}, {"sins_collapse": "none"}, {"posterior_wall_intact": True}):
        assert planned(quiet, primary_tumour="breast")[1] == ""


def test_several_vertebrae_are_fixed_through_small_incisions_where_nobody_can_tell_the_survival() -> None:
    found, _ = planned({"mechanical_stability": "unstable"}, primary_tumour="kidney", vertebral_metastasis_count=4)
    assert "life-expectancy" in found["mis-fixation"].depends_on


@pytest.mark.parametrize(
    "change", [{"myelopathy": True}, {"progressive-deficit": True}, {"posterior-wall-intact": False}]
)
def test_paralysis_and_a_broken_posterior_wall_bar_kyphoplasty(change: dict[str, Any]) -> None:
    barred = [bar for bar in surgery.BARS if holds_for(bar.when, BROKEN | change)]
    assert [bar.treatments for bar in barred] == [("kyphoplasty",)]
    assert all(bar.source for bar in barred)


def test_nothing_bars_a_kyphoplasty_that_nobody_would_think_of() -> None:
    assert not any(holds_for(bar.when, NOTHING | {"myelopathy": True}) for bar in surgery.BARS)
    assert not any(holds_for(bar.when, BROKEN) for bar in surgery.BARS)


RISKS: list[tuple[dict[str, Any], str]] = [
    ({"albumin": 3.49}, "albumin below 3.5"),
    ({"diabetes": True}, "diabetes"),
    ({"smoking": True}, "smoking"),
    ({"body-mass-index": 30}, "obesity"),
    ({"prior-radiotherapy-at-level": True}, "radiotherapy"),
    ({"previous-systemic-therapy": True}, "systemic therapy"),
    ({"previous-chemotherapy": True}, "systemic therapy"),
]


@pytest.mark.parametrize("treatment", ["stabilisation", "decompression-stabilisation", "en-bloc-sagittal"])
@pytest.mark.parametrize(("change", "word"), RISKS)
def test_each_risk_factor_of_infection_that_the_record_shows_is_named(
    treatment: str, change: dict[str, Any], word: str
) -> None:
    (factor,) = (text for text in said(treatment, change) if text.startswith("Risk factor"))
    assert word in factor


def test_no_risk_factor_is_named_where_there_is_none_or_where_nobody_knows() -> None:
    limits = {"albumin": 3.5, "body-mass-index": 29.9}
    assert not any(text.startswith("Risk factor") for text in said("stabilisation", limits))
    factors = [note for note in surgery.NOTES if note.text.startswith("Risk factor")]
    assert len(factors) == 6
    for note in factors:
        assert truths(note) == {True, False}
        assert not note.perhaps


@pytest.mark.parametrize(("platelets", "there"), [(99.9, True), (100, False)])
def test_few_platelets_are_corrected_before_an_operation(platelets: float, there: bool) -> None:
    assert any("Platelets" in text for text in said("stabilisation", {"platelets": platelets})) == there


@pytest.mark.parametrize(("months", "there"), [(23.9, False), (24, True)])
def test_bone_is_grafted_where_two_years_are_expected(months: float, there: bool) -> None:
    assert any("graft bone" in text for text in said("stabilisation", {"life-expectancy": months})) == there


@pytest.mark.parametrize(
    ("treatment", "figures"),
    [
        ("stabilisation", ("30 %",)),
        ("kyphoplasty", ("6 %", "7.9 to 12.4 %", "65", "52")),
        ("embolisation", ("24 hours",)),
    ],
)
def test_the_published_figures_are_said(treatment: str, figures: tuple[str, ...]) -> None:
    text = " ".join(said(treatment, {}))
    assert all(figure in text for figure in figures)


def test_every_row_and_note_has_a_source_and_no_empty_sentence() -> None:
    for row in surgery.rows(DEFAULT):
        assert row.rule.source is not None
        assert row.why.strip()
        assert row.do
    for note in surgery.NOTES:
        assert note.source is not None
        assert note.text.endswith(".")
        assert not note.perhaps or note.perhaps.endswith(".")
    for reading in surgery.READINGS:
        assert reading.differ.endswith(".")
        assert reading.read.endswith(".")


def test_no_row_is_given_as_a_possibility_without_something_told_that_it_reads() -> None:
    for row in surgery.rows(DEFAULT):
        assert row.told
        assert set(row.told) <= {atom.finding for atom in atoms(row.when)} & FINDINGS.keys()


def test_rows_and_notes_read_only_what_there_is() -> None:
    conditions = [*(row.when for row in surgery.rows(DEFAULT)), *(note.when for note in surgery.NOTES)]
    assert {atom.finding for when in conditions for atom in atoms(when)} <= FINDINGS.keys() | facts.DOMAINS.keys()
