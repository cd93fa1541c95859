"""The revised Tokuhashi score against an independent reading of its corrected table."""

from __future__ import annotations

from itertools import product
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings

from service.case import Case
from service.derivations import derive
from service.evidence import Evidence, Span, Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import TUMOURS, VISCERAL, tokuhashi
from tests.scoring.tables import bands, expected, figures, outside, remarks, validations

CODE = "tokuhashi-revised"
TABLE = PUBLISHED[CODE]
#: Karnofsky 0 and no vertebral metastasis too, which the table does not know.
DOMAINS = TABLE.every
SOMEBODY: dict[str, Any] = {finding: domain[0] for finding, domain in TABLE.domains.items()}
#: One organ state for each point, and meningeal spread, which is no organ metastasis.
ORGANS = ("none", "meningeal-only", "removable/treatable/nodular", "unremovable/untreatable/disseminated")


#: A tumour of each row; all forty are tried one by one below.
SITES = ("lung-nsclc", "unknown-primary", "colon", "uterus", "rectum", "neuroendocrine")


def test_all_21_120_inputs_by_class_of_tumour_and_organ_state_have_the_total_of_the_table() -> None:
    counts = ("extraspinal-bone-metastasis-count", "vertebral-metastasis-count")
    classes = {"primary-tumour": SITES, "visceral-metastases": ORGANS}
    domains = {**DOMAINS, **dict.fromkeys(counts, (0, 1, 2, 3)), **classes}
    evidence = {f: {v: Evidence(values(f, v)) for v in domain} for f, domain in domains.items()}
    engine = ENGINES[CODE]
    count = 0
    for chosen in product(*domains.values()):
        record = dict(zip(domains, chosen, strict=True))
        expected = {sum(vector) for vector in product(*tokuhashi(record).values())}
        assert engine.totals(Case(evidence={f: evidence[f][v] for f, v in record.items()})) == expected
        count += 1
    assert count == 11 * 4 * 4 * 4 * 6 * 5


@pytest.mark.parametrize("finding", list(TABLE.domains))
def test_every_value_of_a_finding_gives_the_points_of_its_row(finding: str) -> None:
    for value in DOMAINS[finding]:
        record = {**SOMEBODY, finding: value}
        found = result(CODE, {code: values(code, v) for code, v in record.items()})
        assert {item.item.code: tuple(sorted(item.points)) for item in found.items} == tokuhashi(record)


@settings(max_examples=100, deadline=None)
@given(records(CODE))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_an_empty_record_leaves_every_total_from_0_to_15() -> None:
    found = result(CODE, {})
    assert found.totals == set(range(16))
    assert [band.code for band in found.bands] == ["under-6-months", "6-months-or-more", "1-year-or-more"]
    assert not found.informed


@pytest.mark.parametrize(("low", "high", "band"), TABLE.bands)
def test_the_bands_meet_at_8_and_9_and_at_11_and_12(low: int, high: int, band: str) -> None:
    score = ENGINES[CODE].score
    assert {score.band(total).code for total in range(low, high + 1)} == {band}


def test_colon_is_among_the_others_and_rectum_is_not() -> None:
    for site, points in (("colon", 2), ("rectum", 4), ("other", 2), ("kidney", 3), ("unknown-primary", 1)):
        assert result(CODE, {"primary-tumour": values("primary-tumour", site)}).items[4].points == {points}


def test_lung_of_unknown_type_has_the_points_of_lung() -> None:
    assert result(CODE, {"primary-tumour": values("primary-tumour", "lung")}).items[4].points == {0}


def test_ecog_1_straddles_karnofsky_80_and_leaves_general_condition_open() -> None:
    """The conversion is lossy: ECOG 0, 2, 3 and 4 are safe, ECOG 1 is Karnofsky 70 or 80."""
    for ecog, points in ((0, {2}), (1, {1, 2}), (2, {1}), (3, {0}), (4, {0})):
        converted = derive(case(ecog=ecog))
        assert ENGINES[CODE].result(converted).items[0].points == points


@pytest.mark.parametrize(
    ("span", "points"),
    [
        (Span(3, float("inf")), {0}),
        (Span(2, float("inf"), low_open=True), {0}),
        (Span(2, float("inf")), {0, 1}),
        (Span(1, 2), {1, 2}),
        (Span(1, 3, high_open=True), {1, 2}),
    ],
)
def test_a_comparator_on_the_vertebral_count_leaves_just_the_rows_in_reach(span: Span, points: set[int]) -> None:
    found = result(CODE, {"vertebral-metastasis-count": values("vertebral-metastasis-count", span)})
    assert found.items[2].points == points


def test_two_comparators_with_no_whole_number_between_them_are_a_conflict_and_still_give_a_score() -> None:
    """More than 2 and fewer than 3 vertebral metastases cannot both be right."""
    both = case(
        vertebral_metastasis_count=[Span(2, float("inf"), low_open=True), Span(float("-inf"), 3, high_open=True)]
    )
    assert both.about("vertebral-metastasis-count").conflict
    assert ENGINES[CODE].totals(both)


def test_organ_metastases_of_unknown_operability_are_0_or_1_point_and_never_2() -> None:
    assert result(CODE, {"visceral-metastases": values("visceral-metastases", "present")}).items[3].points == {0, 1}


def test_every_tumour_and_organ_state_of_the_interface_is_tried() -> None:
    assert (len(TUMOURS), len(set(TUMOURS)), len(VISCERAL)) == (40, 40, 10)


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    assert figures(score) == []  # the survival by class of the paper could not be verified as a percentage
    assert expected(score) == {"under-6-months": (0, 6), "6-months-or-more": (6, inf), "1-year-or-more": (12, inf)}
    assert validations(score) == [
        ("right class of survival, %", 42.8, None, None, "Tabourel 2021", True),
        ("AUC at 3, 6 and 12 months", (0.59, 0.76), 953, None, "Bindels 2025", True),
        ("c-statistic for survival at 1 year", 0.67, 202, None, "Schoenfeld 2021", True),
        ("c-statistic", 0.55, 179, None, "Yan 2022", True),
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, PATIENT, True)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["high", "moderate", "low"]
    assert [source.short for source in score.sources] == ["Tokuhashi 2005", "NICE 2008"]


def test_what_is_said_with_it() -> None:
    said = [text for text, _ in remarks(ENGINES[CODE].result(case(primary_tumour="breast")))]
    for words in ("42.8 %", "Carrwik 2020, n = 315", "triple-negative"):
        assert any(words in text for text in said), words
    assert outside(ENGINES[CODE].result(case(age=60))) == []
