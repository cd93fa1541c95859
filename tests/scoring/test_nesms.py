"""NESMS against an independent reading of Ghori 2015."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from service.evidence import Span, Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import nesms
from tests.scoring.tables import bands, figures, outside, remarks, validations

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


@settings(max_examples=80, deadline=None)
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


def test_each_score_is_a_band() -> None:
    assert [ENGINES[CODE].score.band(total).code for total in range(4)] == ["0", "1", "2", "3"]


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    yan, schoenfeld, odds = "Yan 2022", "Schoenfeld 2021", "odds ratio of death"
    assert figures(score) == [
        ("0", "mortality", 100, 13, "12-month", (77, 100), yan),
        ("0", "median survival", 3, 13, "", None, yan),
        ("1", "mortality", 87.5, 48, "12-month", (75, 94), yan),
        ("1", "median survival", 4, 48, "", None, yan),
        ("1", odds, 31.30, 180, "12-month", (8.82, 111.04), schoenfeld),
        ("2", "mortality", 71.6, 88, "12-month", (61, 80), yan),
        ("2", "median survival", 8, 88, "", None, yan),
        ("2", odds, 7.04, 180, "12-month", (2.47, 20.08), schoenfeld),
        ("3", "mortality", 66.7, 30, "12-month", (49, 81), yan),
        ("3", "median survival", 10, 30, "", None, yan),
    ]
    # deaths by 12 months of the patients of each score, as the abstract counts them
    assert [round(100 * died / n, 1) for died, n in ((13, 13), (42, 48), (63, 88), (20, 30))] == [100, 87.5, 71.6, 66.7]
    assert validations(score) == [
        ("AUC at 3, 6 and 12 months", (0.59, 0.76), 953, None, "Bindels 2025", True),
        ("c-statistic for survival at 1 year", 0.79, 202, None, schoenfeld, True),
        ("c-statistic", 0.63, 179, None, yan, True),
        ("variation explained, % (64 by modified Bauer alone)", 74, 307, None, "Ghori 2015", False),
    ]
    assert (score.kind, score.scope, score.high_is_good, score.ceiling) == (Kind.SURVIVAL, PATIENT, True, 3)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["high", "high", "moderate", "low"]
    assert [source.short for source in score.sources] == ["Ghori 2015", "Leithner 2008"]


def test_egfr_and_time_since_diagnosis_are_shown_for_non_small_cell_lung_cancer_and_change_no_point() -> None:
    plain = ENGINES[CODE].result(case(primary_tumour="lung-nsclc"))
    said = case(primary_tumour="lung-nsclc", egfr_mutation=True, time_from_cancer_diagnosis=8)
    found = ENGINES[CODE].result(said)
    assert found.totals == plain.totals
    shown = {each.remark.shows: each.shown for each in found.remarks if each.remark.shows}
    assert shown == {
        "egfr-mutation": {True},
        "time-from-cancer-diagnosis": values("time-from-cancer-diagnosis", 8),
    }
    for other in ("lung-sclc", "colon"):
        assert not any(each.remark.shows for each in ENGINES[CODE].result(case(primary_tumour=other)).remarks)
    unknown_type = ENGINES[CODE].result(case(primary_tumour="lung"))
    assert {each.certain for each in unknown_type.remarks if each.remark.shows} == {False}


def test_what_is_said_with_it() -> None:
    of_breast = remarks(ENGINES[CODE].result(case(primary_tumour="breast")))
    assert any("triple-negative" in text for text, _ in of_breast)
    assert outside(ENGINES[CODE].result(case(age=60))) == []


def test_findings_that_matter_only_together_are_named_as_missing() -> None:
    """No answer about organs or bone alone changes the totals here, and both together do."""
    known = {"primary-tumour": "plasmacytoma", "albumin": 3.4, "ambulatory-status": "intact"}
    found = result("nesms", known_of(known))
    assert set(found.totals) == {1, 3}
    assert [missing.finding for missing in found.missing] == ["bone-metastases", "visceral-metastases"]
    for organs, bone, total in (("none", "solitary", 3), ("present", "multiple", 1)):
        both = known_of({**known, "visceral-metastases": organs, "bone-metastases": bone})
        assert set(result("nesms", both).totals) == {total}
