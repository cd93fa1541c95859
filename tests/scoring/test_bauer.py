"""The modified Bauer score against an independent reading of Leithner 2008."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings

from service.evidence import Values
from service.scoring import ENGINES
from tests.core.cases import known_of, possible, values
from tests.scoring.completions import check, records, result, spell, spelled_out, vectors
from tests.scoring.independent import PUBLISHED

CODE = "bauer-modified"
TABLE = PUBLISHED[CODE]


def test_all_800_inputs_have_the_points_total_and_band_of_the_table() -> None:
    count = 0
    for chosen in product(*TABLE.domains.values()):
        check(CODE, known_of(dict(zip(TABLE.domains, chosen, strict=True))))
        count += 1
    assert count == 10 * 40 * 2


@settings(max_examples=120, deadline=None)
@given(records(CODE))
def test_gaps_and_conflicts_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_lung_and_favourable_primary_are_never_possible_at_once() -> None:
    record = {
        "visceral-metastases": values("visceral-metastases", "none"),
        "bone-metastases": values("bone-metastases", "solitary"),
    }
    joint = vectors(CODE, record)
    assert {points[1:3] for points in joint} == {(0, 0), (1, 0), (1, 1)}
    assert spelled_out(CODE).totals(*possible(record)) == {spell(points) for points in joint}
    assert result(CODE, record).totals == {2, 3, 4}


def test_lung_or_breast_skips_the_total_between_them() -> None:
    record = known_of({"visceral-metastases": "none", "bone-metastases": "solitary"})
    record["primary-tumour"] = values("primary-tumour", "lung", "breast")
    found = check(CODE, record)
    assert found.totals == {2, 4}
    assert [band.code for band in found.bands] == ["2", "3-4"]


def test_the_four_favourable_primaries_are_those_of_leithner() -> None:
    favourable = {
        tumour
        for tumour in TABLE.domains["primary-tumour"]
        if 1 in result(CODE, {"primary-tumour": values("primary-tumour", tumour)}).items[2].points
    }
    assert favourable == {"breast", "kidney", "lymphoma", "myeloma", "plasmacytoma"}


def test_plasmacytoma_is_myeloma_in_no_source_so_its_point_stays_open() -> None:
    record = known_of({"primary-tumour": "plasmacytoma", "visceral-metastases": "none", "bone-metastases": "multiple"})
    assert check(CODE, record).totals == {2, 3}


def test_meningeal_spread_alone_is_no_visceral_metastasis() -> None:
    assert result(CODE, known_of({"visceral-metastases": "meningeal-only"})).items[0].points == {1}


def test_an_empty_record_leaves_every_total_from_0_to_4() -> None:
    assert result(CODE, {}).totals == {0, 1, 2, 3, 4}
    assert [band.code for band in ENGINES[CODE].bands(*possible({}))] == ["0-1", "2", "3-4"]
