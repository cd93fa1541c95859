"""The Tomita score against an independent reading of its table."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from service.evidence import Values
from service.scoring import ENGINES
from tests.core.cases import case, known_of, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED, TUMOURS

CODE = "tomita"
TABLE = PUBLISHED[CODE]


def test_all_800_inputs_have_the_points_total_and_band_of_the_table() -> None:
    count = 0
    for chosen in product(*TABLE.domains.values()):
        check(CODE, known_of(dict(zip(TABLE.domains, chosen, strict=True))))
        count += 1
    assert count == 40 * 10 * 2


def test_the_18_cells_of_the_table_reach_every_total_but_no_other() -> None:
    totals = set()
    organ_states = ("none", "treatable", "untreatable")
    for tumour, organs, bone in product(("breast", "kidney", "stomach"), organ_states, ("solitary", "multiple")):
        found = result(
            CODE,
            {
                "primary-tumour": values("primary-tumour", tumour),
                "visceral-metastases": values("visceral-metastases", organs),
                "bone-metastases": values("bone-metastases", bone),
            },
        )
        assert found.exact
        totals |= found.totals
    assert totals == {2, 3, 4, 5, 6, 7, 8, 9, 10}


@settings(max_examples=120, deadline=None)
@given(records(CODE))
def test_gaps_and_conflicts_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_a_primary_that_no_source_places_leaves_its_growth_open() -> None:
    placed = "breast thyroid prostate kidney uterus lung-nsclc lung-sclc stomach unknown-primary".split()
    for tumour in TUMOURS:
        found = result(CODE, {"primary-tumour": values("primary-tumour", tumour)}).items[0].points
        assert (len(found) == 1) == (tumour in placed), tumour


def test_a_known_primary_that_no_source_places_counts_as_said() -> None:
    """The record says melanoma: it is the table that is silent, not the record."""
    growth, visceral, _ = ENGINES[CODE].result(case(primary_tumour="melanoma")).items
    assert growth.points == {1, 2, 4}
    assert growth.said
    assert not visceral.said


@pytest.mark.parametrize(
    ("word", "points"),
    [("none", {0}), ("treatable", {2}), ("untreatable", {4}), ("present", {2, 4}), ("removable", {2, 4}),
     ("disseminated", {2, 4}), ("leptomeningeal", {0, 2, 4}), ("meningeal-only", {0})],
)  # fmt: skip
def test_a_word_for_organ_metastases_leaves_the_points_that_it_can_mean(word: str, points: set[int]) -> None:
    assert result(CODE, {"visceral-metastases": values("visceral-metastases", word)}).items[1].points == points


def test_an_empty_record_leaves_every_total_from_2_to_10() -> None:
    assert result(CODE, {}).totals == set(range(2, 11))
