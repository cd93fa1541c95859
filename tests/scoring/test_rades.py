"""The Rades score for death within two months against an independent reading of its table."""

from __future__ import annotations

from itertools import product
from math import inf

import pytest
from hypothesis import given, settings

from service.evidence import Span, Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import TUMOURS, rades
from tests.scoring.tables import bands, expected, figures, outside, remarks, validations

CODE = "rades-short-survival"
TABLE = PUBLISHED[CODE]
BEST = {
    "ecog": 2,
    "primary-tumour": "breast",
    "bone-metastases": "solitary",
    "visceral-metastases": "none",
    "time-from-cancer-diagnosis": 15.1,
    "ambulatory-status": "impaired",
    "time-developing-motor-deficit": 7.1,
}
WORST = {
    "ecog": 3,
    "primary-tumour": "colon",
    "bone-metastases": "multiple",
    "visceral-metastases": "present",
    "time-from-cancer-diagnosis": 15,
    "ambulatory-status": "non-ambulatory",
    "time-developing-motor-deficit": 7,
}


@pytest.mark.parametrize("somebody", [BEST, WORST], ids=["best", "worst"])
@pytest.mark.parametrize("finding", list(TABLE.domains))
def test_every_value_of_a_finding_has_the_points_of_its_row(finding: str, somebody: dict[str, object]) -> None:
    for value in TABLE.every[finding]:
        plain = {**somebody, "visceral-metastases": "none", finding: value}
        found = check(CODE, known_of(plain))
        assert {item.item.code: tuple(sorted(item.points)) for item in found.items} == rades(plain)


def test_all_25920_inputs_by_class_of_organ_state_have_the_totals_of_the_table() -> None:
    """Each of the ten states of the organs is tried above."""
    domains = {**TABLE.every, "visceral-metastases": ("meningeal-only", "unremovable/untreatable/disseminated")}
    found = {f: {value: values(f, value) for value in domain} for f, domain in domains.items()}
    engine = ENGINES[CODE]
    empty = possible({})
    expected_of: dict[tuple[tuple[float, ...], ...], set[float]] = {}
    seen: set[float] = set()
    count = 0
    for chosen in product(*domains.values()):
        points = tuple(rades(dict(zip(domains, chosen, strict=True))).values())
        expected = expected_of.setdefault(points, {sum(p) for p in product(*points)})
        given_ = {f: found[f][value] for f, value in zip(domains, chosen, strict=True)}
        assert engine.totals(*empty, given_) == expected
        seen |= expected
        count += 1
    assert count == 6 * 40 * 2 * 2 * 3 * 3 * 3
    assert seen == set(range(6, 26))


@settings(max_examples=80, deadline=None)
@given(records(CODE, limit=1200))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_the_extremes_are_6_and_25() -> None:
    assert check(CODE, known_of(BEST)).totals == {6}
    assert check(CODE, known_of(WORST)).totals == {25}
    assert ENGINES[CODE].totals(*possible({})) == set(range(6, 26))


@pytest.mark.parametrize(
    ("total", "band"), [(6, "6-18"), (18, "6-18"), (19, "19-23"), (23, "19-23"), (24, "24-25"), (25, "24-25")]
)
def test_supportive_care_is_suggested_from_19_and_again_from_24(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


@pytest.mark.parametrize(
    ("finding", "position", "by_value"),
    [
        ("ecog", 0, [(0, {0, 4}), (1, {0, 4}), (2, {0}), (3, {4}), (4, {4}), (5, {0, 4})]),
        ("time-from-cancer-diagnosis", 4, [(0, {3}), (15, {3}), (15.01, {1}), (1200, {1})]),
        ("ambulatory-status", 5, [("intact", {1}), ("impaired", {1}), ("non-ambulatory", {4})]),
        ("time-developing-motor-deficit", 6, [(0, {4}), (7, {4}), (7.01, {1}), (8, {1}), (36500, {1})]),
    ],
)
def test_a_cut_off_belongs_to_the_side_that_the_table_prints(
    finding: str, position: int, by_value: list[tuple[object, set[int]]]
) -> None:
    for value, points in by_value:
        assert result(CODE, known_of({finding: value})).items[position].points == points, value


@pytest.mark.parametrize(
    ("finding", "limit", "position", "low", "high"),
    [("time-from-cancer-diagnosis", 15, 4, 3, 1), ("time-developing-motor-deficit", 7, 6, 4, 1)],
)
def test_a_comparator_leaves_just_the_rows_in_reach(
    finding: str, limit: float, position: int, low: int, high: int
) -> None:
    for span, points in (
        (Span(0, limit), {low}),
        (Span(0, limit, high_open=True), {low}),
        (Span(limit, 999, low_open=True), {high}),
        (Span(limit, 999), {low, high}),
        (Span(0, limit + 1), {low, high}),
    ):
        assert result(CODE, {finding: values(finding, span)}).items[position].points == points


def test_every_tumour_has_the_points_of_its_row() -> None:
    listed = {"breast": {1}, "myeloma": {1}, "lymphoma": {1}, "prostate": {2}, "plasmacytoma": {1, 3}}
    for tumour in (*TUMOURS, "lung"):
        assert result(CODE, known_of({"primary-tumour": tumour})).items[1].points == listed.get(tumour, {3}), tumour


def test_an_ecog_status_of_0_or_1_has_no_row_and_is_marked() -> None:
    limit = "no patient of its cohort had an ECOG status of 0 or 1"
    for ecog, said in ((0, [(limit, True)]), (1, [(limit, True)]), (2, []), (3, []), (4, [])):
        assert outside(ENGINES[CODE].result(case(ecog=ecog))) == said
    assert outside(ENGINES[CODE].result(case(ecog=[1, 2]))) == [(limit, False)]
    assert check(CODE, known_of({**BEST, "ecog": 0})).totals == {6, 10}


def test_a_cord_that_is_not_compressed_is_marked() -> None:
    limit = "it was made in patients with compression of the spinal cord"
    for grade, marked in (("0", True), ("1a", True), ("1b", True), ("1c", False), ("2", False), ("3", False)):
        one = case(lesion("T8", escc_grade=f"escc-{grade}"))
        assert outside(ENGINES[CODE].result(one)) == ([(limit, True)] if marked else [])
    two = case(lesion("T8", escc_grade="escc-0"), lesion("L1", escc_grade="escc-3"))
    assert (limit, True) not in outside(ENGINES[CODE].result(two))


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    assert figures(score) == [("24-25", "mortality", 96.0, 2029, "2-month", None, "Rades 2013")]
    assert expected(score) == {"6-18": (2, inf), "19-23": (0, 2), "24-25": (0, 2)}
    calculator = "medicalalgorithms.com 2013"
    assert validations(score) == [
        ("sensitivity of 19 or more, %", 81, 2029, None, calculator, False),
        ("specificity of 19 or more, %", 84, 2029, None, calculator, False),
        ("negative predictive value of 19 or more, %", 95, 2029, None, calculator, False),
        ("specificity of 24 or more, %", 99.8, 2029, None, "Rades 2013", False),
        ("positive predictive value of 24 or more, %", 96.0, 2029, None, "Rades 2013", False),
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, PATIENT, False)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["low", "high", "high"]
    assert [source.short for source in score.sources] == ["Rades 2013", calculator]


def test_what_is_said_with_it() -> None:
    """It was not among the twelve models, so it is not said that it was found uncalibrated."""
    said = [text for text, _ in remarks(ENGINES[CODE].result(case(primary_tumour="breast")))]
    assert any("not among the twelve" in text for text in said)
    assert any("triple-negative" in text for text in said)
