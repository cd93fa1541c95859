"""The Tomita score against an independent reading of its table."""

from __future__ import annotations

from itertools import product
from math import inf

import pytest
from hypothesis import given, settings

from service.evidence import Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import TUMOURS
from tests.scoring.tables import bands, expected, figures, outside, remarks, validations

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


@settings(max_examples=80, deadline=None)
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


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    assert figures(score) == []  # the means by treatment of the paper could not be verified
    assert expected(score) == {"2-3": (24, inf), "4-5": (12, 24), "6-7": (6, 12), "8-10": (0, 3)}
    assert validations(score) == [
        ("right class of survival, %", 25.6, None, None, "Tabourel 2021", True),
        ("AUC at 3, 6 and 12 months", (0.59, 0.76), 953, None, "Bindels 2025", True),
        ("c-statistic for survival at 1 year", 0.69, 202, None, "Schoenfeld 2021", True),
        ("c-statistic", 0.58, 179, None, "Yan 2022", True),
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, PATIENT, False)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.SECONDARY)
    assert [band.risk for band in score.bands] == ["low", "moderate", "high", "high"]
    assert [source.short for source in score.sources] == ["Tomita 2001"]


@pytest.mark.parametrize(
    ("total", "band"),
    [(2, "2-3"), (3, "2-3"), (4, "4-5"), (5, "4-5"), (6, "6-7"), (7, "6-7"), (8, "8-10"), (10, "8-10")],
)
def test_every_total_is_in_one_band_and_not_in_two_as_a_review_prints(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


def test_what_is_said_with_it() -> None:
    said = [text for text, _ in remarks(ENGINES[CODE].result(case(primary_tumour="breast")))]
    assert any("25.6 %" in text for text in said)
    assert any("triple-negative" in text for text in said)
    assert outside(ENGINES[CODE].result(case(age=60))) == []
