"""SINS against an independent reading of Fisher 2010: every input, complete and incomplete."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.case import Case
from service.evidence import Span, Values
from service.findings import FINDINGS, LESION
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from service.vertebrae import LEVELS, run_name
from service.vertebrae import levels as run_of
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import sins
from tests.scoring.tables import bands, figures, outside, remarks, validations

SINS = PUBLISHED["sins"]
FINDING_CODES = tuple(SINS.domains)
ONE_LEVEL_PER_CLASS = (("C7",), ("L3",), ("T6",), ("S4",))
VALUES = {finding: {value: values(finding, value) for value in domain} for finding, domain in SINS.every.items()}


def totals_of(known_: dict[str, Values]) -> frozenset[int]:
    return ENGINES["sins"].totals(*possible(known_))


def test_all_inputs_at_all_levels_have_the_total_of_the_paper() -> None:
    count = 0
    for chosen in product(*SINS.domains.values()):
        record = dict(zip(FINDING_CODES, chosen, strict=True))
        expected = sum(points for (points,) in sins(record).values())
        assert totals_of({code: VALUES[code][value] for code, value in record.items()}) == {expected}
        count += 1
    assert count == 30 * 3 * 3 * 3 * 4 * 3 == 9720


def test_the_1296_inputs_by_class_of_location_have_the_points_and_band_of_the_paper() -> None:
    others = list(SINS.domains.values())[1:]
    seen = set()
    for chosen in product(ONE_LEVEL_PER_CLASS, *others):
        record = dict(zip(FINDING_CODES, chosen, strict=True))
        found = result("sins", {code: VALUES[code][value] for code, value in record.items()})
        points = sins(record)
        total = sum(p for (p,) in points.values())
        assert {item.item.code: tuple(item.points) for item in found.items} == points
        assert (found.totals, [band.code for band in found.bands]) == ({total}, [SINS.band(total)])
        assert found.exact
        assert found.settled
        assert not found.missing
        seen.add((chosen, total))
    assert len(seen) == 1296
    assert {total for _, total in seen} == set(range(19))


@pytest.mark.parametrize(
    ("levels", "points"),
    [
        ("C0 C1 C2 C7 T1 T2 T11 T12 L1 L5 S1", 3),
        ("C3 C4 C5 C6 L2 L3 L4", 2),
        ("T3 T4 T5 T6 T7 T8 T9 T10", 1),
        ("S2 S3 S4 S5", 0),
    ],
)
def test_each_vertebra_has_the_location_points_of_its_class(levels: str, points: int) -> None:
    for level in levels.split():
        (location, *_) = result("sins", {"vertebral-level": values("vertebral-level", (level,))}).items
        assert location.points == {points}


def test_the_four_classes_of_location_name_every_vertebra_once() -> None:
    rows = ENGINES["sins"].score.items[0].rows
    named = [level for row in rows for level in row.when.levels]  # type: ignore[union-attr]  # rows of levels
    assert sorted(named) == sorted(LEVELS)


def test_a_lesion_of_several_levels_scores_at_its_worst_level() -> None:
    for first, last in product(LEVELS, LEVELS):
        run = run_of(first, last)
        if run:
            found = result("sins", {"vertebral-level": values("vertebral-level", run)})
            worst = max(sins({**_anything(), "vertebral-level": (level,)})["location"][0] for level in run)
            assert found.items[0].points == {worst}, run_name(run)


def _anything() -> dict[str, object]:
    return {finding: domain[0] for finding, domain in SINS.domains.items()}


def test_every_partial_record_by_class_of_location_has_exactly_what_its_completions_give() -> None:
    expected: dict[tuple[object, ...], set[tuple[int, ...]]] = defaultdict(set)
    for chosen in product(ONE_LEVEL_PER_CLASS, *list(SINS.domains.values())[1:]):
        (points,) = SINS.vectors(dict(zip(FINDING_CODES, chosen, strict=True)))
        for missing in product((False, True), repeat=6):
            expected[tuple(None if gap else v for gap, v in zip(missing, chosen, strict=True))].add(points)
    assert len(expected) == 5 * 4 * 4 * 4 * 5 * 4
    for partial, vectors in expected.items():
        record = {c: VALUES[c][v] for c, v in zip(FINDING_CODES, partial, strict=True) if v is not None}
        found = result("sins", record)
        totals = {sum(points) for points in vectors}
        assert found.totals == totals
        assert [band.code for band in found.bands] == [
            code for low, high, code in SINS.bands if any(low <= total <= high for total in totals)
        ]
        assert [item.points for item in found.items] == [set(column) for column in zip(*vectors, strict=True)]


@settings(max_examples=60, deadline=None)
@given(records("sins", limit=2000))
def test_gaps_and_conflicts_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check("sins", record)


@settings(max_examples=60, deadline=None)
@given(
    st.fixed_dictionaries(
        {code: st.sets(st.sampled_from(domain), min_size=1) for code, domain in list(SINS.domains.items())[1:]}
    )
)
def test_any_sets_of_possible_values_give_exactly_the_totals_of_the_completions(
    sets: dict[str, set[str]],
) -> None:
    check("sins", {code: values(code, *found) for code, found in sets.items()} | {"vertebral-level": _T8})


_T8 = values("vertebral-level", ("T8",))


@pytest.mark.parametrize(
    ("percent", "collapse", "points"),
    [
        (Span.point(0), {"none", "no-collapse-over-50-involved"}, {0, 1}),
        (Span.point(0.1), {"under-50"}, {2}),
        (Span.point(49.9), {"under-50"}, {2}),
        (Span.point(50), {"exactly-50"}, {2}),
        (Span.point(50.1), {"over-50"}, {3}),
        (Span.point(100), {"over-50"}, {3}),
        (Span(40, 60), {"under-50", "exactly-50", "over-50"}, {2, 3}),
        (Span(50, 60), {"exactly-50", "over-50"}, {2, 3}),
        (Span(40, 50), {"under-50", "exactly-50"}, {2}),
        (Span(50, float("inf"), low_open=True), {"over-50"}, {3}),
        (Span(float("-inf"), 50, high_open=True), {"under-50", "none", "no-collapse-over-50-involved"}, {0, 1, 2}),
    ],
)
def test_a_percentage_of_collapse_reads_as_the_rows_that_it_can_mean(
    percent: Span, collapse: set[str], points: set[int]
) -> None:
    rows = FINDINGS["sins-collapse"].from_percent
    meant = frozenset().union(*(found for part, found in rows if part.meet(percent)))
    assert meant == collapse
    assert result("sins", {"sins-collapse": meant}).items[4].points == points


def test_each_lesion_is_scored_with_its_own_findings() -> None:
    worse = lesion("T12", sins_pain="mechanical", sins_alignment="subluxation-translation")
    better = lesion("T8", sins_pain="pain-free", sins_alignment="normal")
    both = Case(lesions=(worse, better))
    assert ENGINES["sins"].result(both, worse).low == 3 + 3 + 4
    assert ENGINES["sins"].result(both, better).high == 1 + 0 + 2 + 0 + 3 + 3


def test_a_complete_record_has_nothing_missing() -> None:
    record = {**_anything(), "vertebral-level": ("L1",)}
    assert result("sins", known_of(record)).missing == ()


def test_a_collapse_of_exactly_50_per_cent_has_2_points_and_shows_the_total_with_3() -> None:
    """The paper has over and under 50 %. All 324 other inputs by class of location, with it."""
    count = 0
    for chosen in product(ONE_LEVEL_PER_CLASS, *(SINS.domains[code] for code in FINDING_CODES[1:])):
        record = dict(zip(FINDING_CODES, chosen, strict=True))
        if record["sins-collapse"] != "under-50":
            continue
        exactly = {**record, "sins-collapse": "exactly-50"}
        found = result("sins", {code: VALUES[code][value] for code, value in exactly.items()})
        total = sum(p for (p,) in sins(record).values())
        assert found.totals == {total}
        (other,) = found.boundaries
        assert other.totals == {total + 1}
        assert [band.code for band in other.bands] == [SINS.band(total + 1)]
        assert result("sins", {code: VALUES[code][value] for code, value in record.items()}).boundaries == ()
        count += 1
    assert count == 4 * 3 * 3 * 3 * 3


def test_exactly_50_per_cent_is_possible_only_where_a_record_says_so() -> None:
    assert "exactly-50" not in FINDINGS["sins-collapse"].domain.unknown
    assert "exactly-50" not in {v for m in result("sins", {}).missing for o in m.outcomes for v in o.values}


def test_a_range_of_collapse_that_touches_50_per_cent_shows_no_other_total() -> None:
    found = result("sins", {"sins-collapse": values("sins-collapse", "exactly-50", "under-50")})
    assert found.items[4].points == {2}
    assert found.boundaries == ()


@pytest.mark.parametrize(
    ("total", "band"),
    [(0, "stable"), (6, "stable"), (7, "indeterminate"), (12, "indeterminate"), (13, "unstable"), (18, "unstable")],
)
def test_the_classes_meet_at_6_and_7_and_at_12_and_13(total: int, band: str) -> None:
    assert ENGINES["sins"].score.band(total).code == band


def test_what_is_published_of_it() -> None:
    score = ENGINES["sins"].score
    assert bands(score) == SINS.bands
    fourney = "Fourney 2011"
    assert figures(score) == []
    # In order: a word of what is measured, and the number; the kappas as the paper lists the components.
    expected = [
        ("sensitivity", 95.7, 30, None, fourney, False),
        ("specificity", 79.5, 30, None, fourney, False),
        ("between raters", 0.846, 30, (0.773, 0.911), fourney, False),
        ("of a rater", 0.886, 30, (0.868, 0.902), fourney, False),
        ("predictive validity", 0.712, 30, None, fourney, False),
        ("location", 0.790, 30, None, fourney, False),
        ("pain", 0.841, 30, None, fourney, False),
        ("bone lesion", 0.244, 30, None, fourney, False),
        ("alignment", 0.456, 30, None, fourney, False),
        ("collapse", 0.462, 30, None, fourney, False),
        ("posterolateral", 0.492, 30, None, fourney, False),
        ("skeletal-related event", 0.832, 1041, None, "Nakanishi 2024", True),
        ("survival at 1 year", 0.54, 202, None, "Schoenfeld 2021", True),
    ]
    found = validations(score)
    assert [numbers for _, *numbers in found] == [numbers for _, *numbers in expected]
    assert [words in str(measure) for (measure, *_), (words, *_) in zip(found, expected, strict=True)] == [True] * 13
    assert (score.kind, score.scope, score.high_is_good) == (Kind.STABILITY, LESION, False)
    assert (score.rare, score.status) == (False, Status.VERIFIED)
    assert score.origins == {"metastatic", "primary", "dumbbell"}
    assert [band.risk for band in score.bands] == ["low", "moderate", "high"]
    assert [source.short for source in score.sources] == ["Fisher 2010", fourney]


def test_what_is_said_with_it() -> None:
    said = [text for text, _ in remarks(result("sins", {}))]
    for words in ("Fourney 2011", "Kakutani 2023", "Kim 2020"):
        assert any(words in text for text in said), words
    for origin in ("metastatic", "primary", "dumbbell"):
        one = lesion("T8", tumour_origin=origin)
        assert outside(ENGINES["sins"].result(case(one, age=60), one)) == []
