"""The dumbbell scoring system against an independent reading of Matsumoto 2016: every input, and every gap."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pytest

from service.evidence import Span
from service.findings import LESION
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, values
from tests.scoring.completions import check, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import dumbbell
from tests.scoring.tables import bands, figures, outside, remarks, validations

CODE = "dumbbell"
TABLE = PUBLISHED[CODE]
DOMAINS = {**TABLE.domains, "dumbbell-diameter": (0, 4.9, 4.999, 5, 5.001, 5.1, 50)}


def some(options: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Every set of one or more of the options."""
    return [chosen for n in range(1, len(options) + 1) for chosen in combinations(options, n)]


def test_all_56_inputs_have_the_points_total_and_band_of_the_table() -> None:
    totals = set()
    count = 0
    for chosen in product(*DOMAINS.values()):
        known = dict(zip(DOMAINS, chosen, strict=True))
        found = check(CODE, known_of(known))
        assert found.totals == {sum(points for (points,) in dumbbell(known).values())}
        totals |= found.totals
        count += 1
    assert count == 7 * 2 * 2 * 2
    assert totals == {0, 1, 2, 3, 4, 5, 6}


def test_every_set_of_possible_values_has_exactly_the_totals_of_its_completions() -> None:
    count = 0
    for chosen in product(*(some(domain) for domain in TABLE.domains.values())):
        check(CODE, {f: values(f, *v) for f, v in zip(TABLE.domains, chosen, strict=True)})
        count += 1
    assert count == 7 * 3 * 3 * 3


def test_every_record_with_gaps_has_exactly_the_totals_of_its_completions() -> None:
    for chosen in product(*((None, *domain) for domain in TABLE.domains.values())):
        check(CODE, known_of({f: v for f, v in zip(TABLE.domains, chosen, strict=True) if v is not None}))


@pytest.mark.parametrize(
    ("diameter", "points"),
    [
        (Span(0, 5, high_open=True), {0}),
        (Span(0, 5), {0, 2}),
        (Span(5, 50), {2}),
        (Span(5, 50, low_open=True), {2}),
        (Span(4, 6), {0, 2}),
        (Span(4, 4.99), {0}),
    ],
)
def test_a_comparator_on_the_diameter_leaves_just_the_rows_in_reach(diameter: Span, points: set[int]) -> None:
    assert check(CODE, {"dumbbell-diameter": values("dumbbell-diameter", diameter)}).items[0].points == points


SMALL_AND_SMOOTH = {"dumbbell-boundary": "distinguishable", "dumbbell-lobulated": False, "dumbbell-osteolysis": False}


def test_at_exactly_5_cm_the_total_of_the_other_reading_is_shown() -> None:
    found = result(CODE, known_of({**SMALL_AND_SMOOTH, "dumbbell-diameter": 5.0}))
    assert found.totals == {2}
    (other,) = found.boundaries
    assert (other.totals, [band.code for band in other.bands]) == ({0}, ["benign"])
    assert other.boundary.points == 0


def test_at_exactly_5_cm_the_other_reading_can_change_the_class() -> None:
    found = result(CODE, known_of({**SMALL_AND_SMOOTH, "dumbbell-diameter": 5, "dumbbell-osteolysis": True}))
    assert [band.code for band in found.bands] == ["malignant"]
    assert [(other.totals, [b.code for b in other.bands]) for other in found.boundaries] == [({1}, ["benign"])]


def test_at_exactly_5_cm_the_other_reading_moves_a_range_as_a_whole() -> None:
    found = result(CODE, known_of({"dumbbell-diameter": 5}))
    assert found.totals == {2, 3, 4, 5, 6}
    assert [other.totals for other in found.boundaries] == [{0, 1, 2, 3, 4}]


@pytest.mark.parametrize("diameter", [4.999, 5.001, Span(4, 6), Span(5, 50), None])
def test_beside_5_cm_no_other_reading_is_shown(diameter: object) -> None:
    record = known_of(SMALL_AND_SMOOTH if diameter is None else {**SMALL_AND_SMOOTH, "dumbbell-diameter": diameter})
    assert result(CODE, record).boundaries == ()


@pytest.mark.parametrize(("total", "band"), [(0, "benign"), (2, "benign"), (3, "malignant"), (6, "malignant")])
def test_malignancy_is_suspected_from_3(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


def test_each_tumour_is_scored_with_its_own_features() -> None:
    large = lesion("C5", tumour_origin="dumbbell", dumbbell_diameter=6, dumbbell_osteolysis=True)
    small = lesion("L2", tumour_origin="dumbbell", dumbbell_diameter=2)
    both = case(large, small)
    assert ENGINES[CODE].result(both, large).low == 3
    assert ENGINES[CODE].result(both, small).high == 4


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    assert figures(score) == []
    assert validations(score) == [
        ("sensitivity of 3 or more, %", 90, 20, None, "Matsumoto 2016", False),
        ("specificity of 3 or more, %", 84.6, 39, None, "Matsumoto 2016", False),
    ]
    # 18 of 20 and 33 of 39, as the paper counts them
    assert [round(100 * hits / n, 1) for hits, n in ((18, 20), (33, 39))] == [90.0, 84.6]
    assert [text for text, _ in remarks(result(CODE, {}))] == [
        "The median score was 0 in benign and 5.5 in malignant tumours (Matsumoto 2016, n = 59)."
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.MALIGNANCY, LESION, False)
    assert (score.origins, score.rare, score.status) == ({"dumbbell"}, True, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["low", "high"]
    assert [source.short for source in score.sources] == ["Matsumoto 2016"]


@pytest.mark.parametrize(("origin", "marked"), [("metastatic", True), ("primary", True), ("dumbbell", False)])
def test_a_tumour_that_is_no_dumbbell_is_marked(origin: str, marked: bool) -> None:
    said = outside(result(CODE, known_of({"tumour-origin": origin})))
    assert said == ([("it was made for dumbbell tumours, and this is none", True)] if marked else [])
