"""Conditions in words: exact, and different where the conditions are."""

from __future__ import annotations

from itertools import combinations

import pytest

from service.conditions import (
    ALWAYS,
    Condition,
    above,
    all_of,
    any_of,
    at_least,
    at_most,
    below,
    includes,
    is_,
    not_,
    within,
)
from service.findings import FINDINGS, MENINGEAL, visceral
from service.knowledge.gaps import without_a_line
from service.knowledge.read_as import read_as
from service.scoring import ENGINES, SCORES
from service.scoring.model import Item
from tests.core.cases import case

BREAST, LUNG = is_("primary-tumour", "breast"), is_("primary-tumour", "lung-nsclc", "lung-sclc")
SOLITARY, WALKS = is_("bone-metastases", "solitary"), is_("ambulatory-status", "intact", "impaired")
TWO_OF_THREE = any_of(*(all_of(*two) for two in combinations((BREAST, SOLITARY, WALKS), 2)))
COUNT = "vertebral-metastasis-count"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (ALWAYS, "always"),
        (is_("sins-pain", "mechanical"), "Pain: mechanical"),
        (is_("hormone-dependent", True), "Hormone-dependent tumour: yes"),
        (not_(is_("hormone-dependent", True)), "Hormone-dependent tumour: no"),
        (is_("karnofsky", 80, 90, 100), "Karnofsky performance status: 80, 90 or 100"),
        (LUNG, "Primary tumour: lung"),
        (not_(LUNG), "Primary tumour: any but lung"),
        (not_(SOLITARY), "Bone metastases: multiple"),
        (not_(not_(BREAST)), "Primary tumour: breast"),
        (is_("visceral-metastases", *visceral("removable")), "Metastases to internal organs: removable"),
        (is_("visceral-metastases", "none", MENINGEAL), "Metastases to internal organs: none or meningeal spread only"),
        (at_least("albumin", 3.5), "Serum albumin: 3.5 g/dL or more"),
        (below("albumin", 3.5), "Serum albumin: under 3.5 g/dL"),
        (not_(below("albumin", 3.5)), "Serum albumin: 3.5 g/dL or more"),
        (below("platelets", 100), "Platelets: under 100 x 10^3/uL"),
        (above("time-from-cancer-diagnosis", 15), "Time from cancer diagnosis: over 15 months"),
        (at_most("time-from-cancer-diagnosis", 15), "Time from cancer diagnosis: 15 months or less"),
        (at_least("age", 71), "Age: 71 years or more"),
        (all_of(above(COUNT, 0), at_most(COUNT, 1)), "Number of vertebral metastases: 1"),
        (all_of(at_least(COUNT, 2), at_most(COUNT, 2)), "Number of vertebral metastases: 2"),
        (
            all_of(above("albumin", 2), at_most("albumin", 3)),
            "Serum albumin: over 2 g/dL; and Serum albumin: 3 g/dL or less",
        ),
        (includes("vertebral-level", "C3", "C4", "L2"), "Vertebral level: C3-C4 or L2"),
        (all_of(BREAST, SOLITARY), "Primary tumour: breast; and Bone metastases: solitary"),
        (any_of(BREAST, SOLITARY), "Primary tumour: breast; or Bone metastases: solitary"),
        (
            any_of(all_of(BREAST, SOLITARY), LUNG),
            "(Primary tumour: breast; and Bone metastases: solitary); or Primary tumour: lung",
        ),
        (all_of(not_(BREAST), not_(LUNG)), "Primary tumour: any but lung or breast"),
        (
            TWO_OF_THREE,
            "at least 2 of these: Primary tumour: breast; Bone metastases: solitary; Walking: intact or impaired",
        ),
        (
            not_(TWO_OF_THREE),
            "fewer than 2 of these: Primary tumour: breast; Bone metastases: solitary; Walking: intact or impaired",
        ),
        (not_(all_of(BREAST, SOLITARY)), "not (Primary tumour: breast; and Bone metastases: solitary)"),
        (is_("stability", "unstable"), "SINS 13-18"),
        (not_(is_("stability", "unstable")), "not (SINS 13-18)"),
        (within("wbb-zones", *range(4, 9)), "WBB zones: none but 4-8"),
        (within("wbb-zones", 10, 11, 12, 1, 2, 3), "WBB zones: none but 1-3 and 10-12"),
        (within("wbb-layers", "C", "B"), "WBB layers: none but B and C"),
        (not_(within("wbb-zones", 7)), "not (WBB zones: none but 7)"),
        (not_(is_("wbb-zones", tuple(range(1, 13)))), "WBB zones: any but 1-12"),
        (is_("escc-grade", "escc-2", "escc-3"), "ESCC grade: ESCC 2 or ESCC 3"),
        (below("life-expectancy", 6), "Expected survival: under 6 months"),
        (at_most("extraspinal-bone-metastasis-count", 0), "Number of extraspinal bone metastases: 0"),
        (
            all_of(BREAST, all_of(SOLITARY, any_of(WALKS, any_of(LUNG, BREAST)))),
            "Primary tumour: breast; and Bone metastases: solitary; and "
            "(Walking: intact or impaired; or Primary tumour: lung; or Primary tumour: breast)",
        ),
        (
            all_of(SOLITARY, not_(any_of(BREAST, WALKS))),
            "Bone metastases: solitary; and not (Primary tumour: breast; or Walking: intact or impaired)",
        ),
    ],
)
def test_a_condition_is_said(condition: Condition, text: str) -> None:
    assert read_as(condition) == text


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (BREAST, "a slow one"),
        (not_(BREAST), "not (a slow one)"),
        (not_(SOLITARY), "several"),
        (all_of(WALKS, all_of(BREAST, SOLITARY)), "Walking: intact or impaired; and both"),
        (all_of(not_(BREAST), not_(SOLITARY)), "not (a slow one); and several"),
        (any_of(LUNG, BREAST), "Primary tumour: lung; or a slow one"),
        (TWO_OF_THREE, "at least 2 of these: a slow one; Bone metastases: solitary; Walking: intact or impaired"),
    ],
)
def test_a_condition_that_has_a_name_is_said_by_it(condition: Condition, text: str) -> None:
    names = {BREAST: "a slow one", not_(SOLITARY): "several", all_of(BREAST, SOLITARY): "both"}
    assert read_as(condition, names) == text


ITEMS = [pytest.param(score.code, item, id=f"{score.code}.{item.code}") for score in SCORES for item in score.items]


@pytest.mark.parametrize(("score", "item"), ITEMS)
def test_the_lines_of_an_item_read_differently(score: str, item: Item) -> None:
    said = [read_as(row.when) for row in item.rows]
    assert len(said) == len(set(said)), score


@pytest.mark.parametrize(("score", "item"), ITEMS)
def test_a_value_is_said_to_have_no_line_just_where_the_engine_leaves_every_number_open(score: str, item: Item) -> None:
    if len(item.reads) != 1 or FINDINGS[item.reads[0]].scope != "patient":
        return
    (finding,) = item.reads
    gap = without_a_line(item)
    for value in getattr(FINDINGS[finding].domain, "values", ()):
        results = ENGINES[score].result(case(**{finding.replace("-", "_"): value})).items
        points = next(result.points for result in results if result.item is item)
        no_row = len(points) > 1 and points == item.points and not any(set(r.points) == points for r in item.rows)
        label = FINDINGS[finding].label(value)
        if no_row and "germ" not in label:
            assert label in gap
        if not no_row:
            assert f" {label}," not in f" {gap.split(': ')[-1]},"
