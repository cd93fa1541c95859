"""What holds for every score, whichever there are: the arithmetic of its table and the order of what it reads."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from service.case import Case
from service.evidence import Number
from service.findings import FINDINGS
from service.scoring import ENGINES, SCORES
from service.scoring.engine import Engine
from service.scoring.model import Band, Boundary, Figure, Item, Measure, Reading, Remark, Row, Score, Time, Validation
from tests.core.cases import known_of, possible
from tests.scoring.independent import ORDER, PUBLISHED
from tests.scoring.tables import connected, points_of, reachable, records, row_of, tried

every_score = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.code)
ITEMS = [(score, item) for score in SCORES for item in score.items]
every_item = pytest.mark.parametrize(("score", "item"), ITEMS, ids=lambda part: part.code)
RISKS = ("low", "moderate", "high")


def sample(score: Score, size: int) -> list[dict[str, object]]:
    """Records with one value for each finding that the score reads, the same in every run."""
    chance = Random(score.code)
    domains = {code: tried(code, score.items) for item in score.items for code in item.reads}
    return [{code: chance.choice(domain) for code, domain in domains.items()} for _ in range(size)]


# The arithmetic


@every_score
def test_the_total_is_the_sum_of_the_points_of_the_items(score: Score) -> None:
    engine = Engine(score)
    for known in sample(score, 150):
        found = engine.result(*possible(known_of(known)))
        assert [item.points for item in found.items] == [points_of(item, known) for item in score.items]
        sums = {sum(chosen) for chosen in product(*(item.points for item in found.items))}
        assert found.totals == {min(total, score.ceiling or total) for total in sums}


@every_score
def test_with_nothing_known_just_the_totals_that_some_record_has_are_possible(score: Score) -> None:
    """But for values that count only where a record gives them, and no total is reached by those alone."""
    assert ENGINES[score.code].totals(Case()) == reachable(score)


@every_score
def test_the_bands_hold_every_total_once_from_the_lowest_to_the_highest(score: Score) -> None:
    totals = sorted(reachable(score))
    for total in totals:
        assert len([band for band in score.bands if band.low <= total <= band.high]) == 1, total
        assert score.band(total).low <= total <= score.band(total).high
    edges = [edge for band in score.bands for edge in (band.low, band.high)]
    assert edges == sorted(edges)
    assert (edges[0], edges[-1]) == (totals[0], totals[-1])
    assert set(edges) <= set(totals)
    assert len({band.code for band in score.bands}) == len({band.title for band in score.bands}) == len(score.bands)


@every_score
def test_a_known_finding_never_widens_the_totals(score: Score) -> None:
    engine = ENGINES[score.code]
    for known in sample(score, 12):
        order = list(known)
        Random(0).shuffle(order)
        before = engine.totals(Case())
        for n in range(len(order)):
            said = known_of({code: known[code] for code in order[: n + 1]})
            after = engine.totals(*possible(said))
            dead = known[order[n]] in getattr(FINDINGS[order[n]].domain, "unless_said", ())
            assert after <= before or dead, (known, order[n])
            before = after


@every_item
def test_each_row_of_an_item_is_the_first_that_applies_to_some_record(score: Score, item: object) -> None:
    first = {id(row_of(item, known)) for known in records((item,))}
    assert first >= {id(row) for row in item.rows}


@every_item
def test_no_two_rows_of_an_item_have_the_same_points_or_the_same_label(score: Score, item: object) -> None:
    assert len({row.points for row in item.rows}) == len(item.rows)
    assert len({row.label for row in item.rows}) == len(item.rows)
    assert all(row.label and row.points for row in item.rows)


@every_item
def test_a_value_without_a_row_leaves_every_number_of_points_open(score: Score, item: object) -> None:
    position = score.items.index(item)
    engine = ENGINES[score.code]
    without = [known for known in records((item,)) if row_of(item, known) is None]
    for known in without[:200]:
        found = engine.result(*possible(known_of(known))).items[position]
        assert found.points == {p for row in item.rows for p in row.points}
        assert found.unplaced == (len(found.points) > 1)


@every_item
def test_an_item_of_which_nothing_is_known_may_have_any_of_its_points(score: Score, item: object) -> None:
    found = ENGINES[score.code].result(Case()).items[score.items.index(item)]
    assert found.points == item.points == {p for row in item.rows for p in row.points}
    assert not found.said


@every_score
def test_items_that_share_a_finding_are_computed_together(score: Score) -> None:
    """The parts of the totals are those of the groups of items, each by brute force."""
    engine = ENGINES[score.code]
    assert {code for item in score.items for code in item.reads} == set(engine.reads)
    assert sorted(item.code for group in connected(score) for item in group) == sorted(i.code for i in score.items)
    assert len({item.code for item in score.items}) == len(score.items)


# The order of what it reads


def ordered(score: Score) -> list[str]:
    """The findings that have an order: numbers, scales, and yes or no."""
    return [
        code
        for code in ENGINES[score.code].reads
        if code in ORDER or isinstance(FINDINGS[code].domain, Number) or FINDINGS[code].is_yes_no
    ]


@every_score
def test_every_finding_with_an_order_has_a_direction(score: Score) -> None:
    assert sorted(PUBLISHED[score.code].moves) == sorted(ordered(score))


@every_score
def test_more_of_a_finding_moves_the_total_in_the_direction_of_the_paper(score: Score) -> None:
    """Where the table places it: beyond its rows every number of points is open."""
    engine = ENGINES[score.code]
    published = PUBLISHED[score.code]
    for finding, direction in published.moves.items():
        order = ORDER.get(finding, sorted(tried(finding, score.items)))
        placed = [value for value in order if _is_placed(score, finding, value)]
        moved = False
        for n, known in enumerate(sample(score, 500)):
            if n >= 25 and moved:
                break
            before = None
            for value in placed:
                totals = engine.totals(*possible(known_of({**known, finding: value})))
                now = (direction * min(totals), direction * max(totals))
                if before is not None:
                    assert min(now) >= min(before), (finding, value)
                    assert max(now) >= max(before), (finding, value)
                    moved = moved or now != before
                before = now
        assert moved, finding


def _is_placed(score: Score, finding: str, value: object) -> bool:
    """Whether the items that read nothing else have a row for the value."""
    alone = [item for item in score.items if item.reads == (finding,)]
    return all(row_of(item, {finding: value}) is not None for item in alone)


def test_the_patients_of_a_figure_are_those_of_its_band_or_said_to_be_those_of_the_whole_study() -> None:
    whole = {
        (score.code, figure.measure, figure.whole)
        for score in SCORES
        for band in score.bands
        for figure in band.figures
    }
    for code in ("katagiri-revised", "van-der-linden", "rades-short-survival", "mizumoto", "soma"):
        assert {each[2] for each in whole if each[0] == code} == {True}, code
    assert {each[2] for each in whole if each[0] == "prism"} == {False}
    assert {(measure, of_all) for code, measure, of_all in whole if code == "nesms"} == {
        (Measure.MORTALITY, False),
        (Measure.MEDIAN_SURVIVAL, False),
        (Measure.ODDS_RATIO, True),
    }


@pytest.mark.parametrize("table", [Row, Boundary, Item, Figure, Validation, Remark, Reading, Band, Score])
def test_a_table_is_itself_alone_and_cannot_be_altered(table: type) -> None:
    """It is a key of caches, so comparing it has to cost nothing."""
    made = table.__dataclass_params__  # type: ignore[attr-defined]
    assert (made.frozen, made.eq) == (True, False)
    assert Time.__dataclass_params__.eq  # type: ignore[attr-defined]
