"""NESMS against an independent reading of Ghori 2015."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from service.evidence import Span, Values
from service.scoring import ENGINES
from tests.core.cases import known_of, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED, nesms

CODE = "nesms"
TABLE = PUBLISHED[CODE]
BEST = {
    "primary-tumour": "breast",
    "visceral-metastases": "none",
    "bone-metastases": "solitary",
    "albumin": 4.0,
    "ambulatory-status": "intact",
}


def test_all_7200_inputs_have_the_total_of_the_table() -> None:
    engine = ENGINES[CODE]
    count = 0
    for chosen in product(*TABLE.domains.values()):
        record = dict(zip(TABLE.domains, chosen, strict=True))
        expected = {min(3, sum(points)) for points in product(*nesms(record).values())}
        assert engine.totals(*possible(known_of(record))) == expected
        count += 1
    assert count == 10 * 40 * 2 * 3 * 3


@settings(max_examples=120, deadline=None)
@given(records(CODE))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_the_sum_of_4_is_capped_at_3() -> None:
    found = check(CODE, known_of(BEST))
    assert [tuple(item.points) for item in found.items] == [(2,), (1,), (1,)]
    assert found.totals == {3}


def test_a_finding_that_only_the_ceiling_swallows_is_not_missing() -> None:
    """Three points are certain without albumin: a fourth changes nothing."""
    found = check(CODE, known_of({code: value for code, value in BEST.items() if code != "albumin"}))
    assert found.totals == {3}
    assert found.exact
    assert not found.missing


def test_impaired_walking_keeps_the_point() -> None:
    for walking, points in (("intact", 1), ("impaired", 1), ("non-ambulatory", 0)):
        assert result(CODE, known_of({"ambulatory-status": walking})).items[2].points == {points}


@pytest.mark.parametrize(
    ("albumin", "points"),
    [
        (Span.point(3.5), {1}),
        (Span.point(3.49), {0}),
        (Span(0, 3.5, high_open=True), {0}),
        (Span(0, 3.5), {0, 1}),
        (Span(3.5, 10), {1}),
        (Span(3.4, 3.5, high_open=True), {0}),
        (Span(3.4, 10, low_open=True), {0, 1}),
    ],
)
def test_albumin_counts_from_3_5(albumin: Span, points: set[int]) -> None:
    assert result(CODE, {"albumin": values("albumin", albumin)}).items[1].points == points


def test_a_bauer_score_of_2_gives_nothing_and_of_3_both_points() -> None:
    two = known_of({"primary-tumour": "lung-nsclc", "visceral-metastases": "none", "bone-metastases": "solitary"})
    three = known_of({"primary-tumour": "colon", "visceral-metastases": "none", "bone-metastases": "solitary"})
    assert result(CODE, two).items[0].points == {0}
    assert result(CODE, three).items[0].points == {2}


@pytest.mark.parametrize(
    ("organs", "bone", "points"),
    [
        ("none", "solitary", {2}),
        ("none", "multiple", {0, 2}),
        ("present", "solitary", {0, 2}),
        ("present", "multiple", {0}),
    ],
)
def test_plasmacytoma_leaves_the_bauer_points_open_only_where_its_own_point_decides(
    organs: str, bone: str, points: set[int]
) -> None:
    record = {
        "primary-tumour": values("primary-tumour", "plasmacytoma"),
        "visceral-metastases": values("visceral-metastases", organs),
        "bone-metastases": values("bone-metastases", bone),
    }
    assert check(CODE, record).items[0].points == points


def test_an_empty_record_leaves_every_total_from_0_to_3() -> None:
    assert result(CODE, {}).totals == {0, 1, 2, 3}
