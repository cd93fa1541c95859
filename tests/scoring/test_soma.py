"""SOMA against an independent reading of De la Garza Ramos 2020: every input, and every gap."""

from __future__ import annotations

from itertools import combinations, product

import pytest
from hypothesis import given, settings

from service.derivations import derive
from service.evidence import Span, Values
from service.findings import LESION
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import soma
from tests.scoring.tables import bands, figures, outside, remarks, validations

CODE = "soma"
TABLE = PUBLISHED[CODE]
#: A value of each finding without the point and one with it, as near to the cut-off as the finding goes.
EDGES = {
    "age": (69.9, 70),
    "albumin": (3.5, 3.4),
    "karnofsky": (50, 40),
    "frankel-grade": ("frankel-d", "frankel-c"),
    "contiguous-level-count": (1, 2),
}


def test_all_1980_inputs_have_the_points_total_and_band_of_the_table() -> None:
    domains = TABLE.every
    found = {f: {value: values(f, value) for value in domain} for f, domain in domains.items()}
    seen = set()
    count = 0
    for chosen in product(*domains.values()):
        known = dict(zip(domains, chosen, strict=True))
        expected = soma(known)
        answer = result(CODE, {f: found[f][value] for f, value in known.items()})
        totals = {sum(points) for points in product(*expected.values())}  # Karnofsky 0 is in no row
        assert {item.item.code: tuple(sorted(item.points)) for item in answer.items} == expected
        assert answer.totals == totals
        assert {band.code for band in answer.bands} == {TABLE.band(total) for total in totals}
        seen |= totals
        count += 1
    assert count == 4 * 3 * 11 * 5 * 3
    assert seen == {0, 1, 2, 3, 4, 5}


def test_every_set_of_possible_values_has_exactly_the_totals_of_its_completions() -> None:
    count = 0
    for chosen in product(*([(no,), (yes,), (no, yes)] for no, yes in EDGES.values())):
        found = check(CODE, {f: values(f, *v) for f, v in zip(EDGES, chosen, strict=True)})
        known = sum(v == (yes,) for v, (_, yes) in zip(chosen, EDGES.values(), strict=True))
        open_ = sum(len(v) == 2 for v in chosen)
        assert found.totals == set(range(known, known + open_ + 1))
        count += 1
    assert count == 3**5


def test_every_record_with_gaps_has_exactly_the_totals_of_its_completions() -> None:
    for size in range(6):
        for codes in combinations(EDGES, size):
            for chosen in product(*(EDGES[code] for code in codes)):
                check(CODE, known_of(dict(zip(codes, chosen, strict=True))))


@settings(max_examples=60, deadline=None)
@given(records(CODE))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


@pytest.mark.parametrize(
    ("finding", "position", "by_value"),
    [
        ("age", 0, [(0, 0), (69, 0), (69.99, 0), (70, 1), (71, 1), (150, 1)]),
        ("albumin", 1, [(0.5, 1), (3.49, 1), (3.5, 0), (10, 0)]),
        ("karnofsky", 2, [(k, 1 if k <= 40 else 0) for k in range(10, 101, 10)]),
        ("frankel-grade", 3, [(f"frankel-{x}", 1 if x in "abc" else 0) for x in "abcde"]),
        ("contiguous-level-count", 4, [(1, 0), (2, 1), (3, 1), (31, 1)]),
    ],
)
def test_a_cut_off_belongs_to_the_side_that_the_paper_prints(
    finding: str, position: int, by_value: list[tuple[object, int]]
) -> None:
    for value, points in by_value:
        assert result(CODE, known_of({finding: value})).items[position].points == {points}, value


@pytest.mark.parametrize(
    ("finding", "span", "points"),
    [
        ("age", Span(69, 70, high_open=True), {0}),
        ("age", Span(69, 70), {0, 1}),
        ("age", Span(70, 70), {1}),
        ("albumin", Span(0, 3.5, high_open=True), {1}),
        ("albumin", Span(0, 3.5), {0, 1}),
        ("contiguous-level-count", Span(1, 2), {0, 1}),
        ("contiguous-level-count", Span(1, 31, low_open=True), {1}),
    ],
)
def test_a_stretch_of_numbers_leaves_just_the_rows_in_reach(finding: str, span: Span, points: set[int]) -> None:
    position = list(TABLE.domains).index(finding)
    assert result(CODE, {finding: values(finding, span)}).items[position].points == points


@pytest.mark.parametrize(("total", "band"), [(0, "0"), (1, "1"), (2, "2"), (3, "3-5"), (4, "3-5"), (5, "3-5")])
def test_three_points_or_more_are_one_class(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


def test_an_empty_record_leaves_every_total_from_0_to_5() -> None:
    assert ENGINES[CODE].totals(*possible({})) == set(range(6))


def test_the_levels_of_a_lesion_and_of_those_that_adjoin_it_are_counted() -> None:
    for lesions, points in (
        ((lesion("T8"),), {0}),
        ((lesion("T8", "T9"),), {1}),
        ((lesion("T8"), lesion("T9")), {1}),
        ((lesion("T8"), lesion("T10")), {0}),
    ):
        derived = derive(case(*lesions))
        assert ENGINES[CODE].result(derived, derived.lesions[0]).items[4].points == points


def test_ecog_3_is_karnofsky_30_or_40_and_has_the_point() -> None:
    for ecog, points in ((0, {0}), (1, {0}), (2, {0}), (3, {1}), (4, {1})):
        assert ENGINES[CODE].result(derive(case(ecog=ecog))).items[2].points == points


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    study = "De la Garza Ramos 2020"
    assert figures(score) == [
        ("0", "complications", 4.6, 105, "30-day", None, study),
        ("1", "complications", 30.0, 105, "30-day", None, study),
        ("2", "complications", 53.9, 105, "30-day", None, study),
        ("3-5", "complications", 64.7, 105, "30-day", None, study),
    ]
    assert validations(score) == [
        ("AUC", 0.75, 105, None, study, False),
        ("odds ratio of a complication for each point", 3.11, 105, (1.72, 5.59), study, False),
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.COMPLICATIONS, LESION, False)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["low", "moderate", "high", "high"]
    assert [source.short for source in score.sources] == [study, "Gelfand 2021"]
    assert remarks(result(CODE, {})) == []
    assert outside(ENGINES[CODE].result(case(lesion("T8"), age=60))) == []
