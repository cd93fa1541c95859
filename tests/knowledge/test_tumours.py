"""The tumours: a line each, sources for each cell, and classes that are those of the engine."""

from __future__ import annotations

from itertools import product

import pytest

from service.decision import tumours
from service.decision.tumours import TABLE, Radiosensitivity
from service.findings import TUMOURS
from service.knowledge.classes import Column, Way, columns, others, ways
from service.knowledge.sources import labels
from service.knowledge.tumours import name, said
from service.scoring import ENGINES
from tests.core.cases import case
from tests.decision.independent import BLEEDS, RESISTANT, SENSITIVE
from tests.knowledge.rendered import KINDS, rendered

each_kind = pytest.mark.parametrize("kind", KINDS)


def test_every_tumour_has_one_line() -> None:
    assert sorted(tumour.code for tumour in TABLE) == sorted(TUMOURS)


def test_a_class_has_sources_and_no_class_has_none() -> None:
    for tumour in TABLE:
        assert (tumour.radiosensitivity is Radiosensitivity.UNCLASSIFIED) == (not tumour.sources), tumour.code


def test_the_rules_read_what_the_table_says() -> None:
    assert {*tumours.FAVOURABLE, *tumours.INTERMEDIATE} == set(SENSITIVE)
    assert set(tumours.UNFAVOURABLE) == set(RESISTANT)
    assert set(tumours.VASCULAR) == set(BLEEDS)


@each_kind
def test_every_cell_has_a_source_or_says_that_there_is_none(kind: str) -> None:
    rows = {cells[0]: cells for cells in rendered(kind, "tumours").rows if len(cells) == 5}
    for tumour in TABLE:
        _, radiosensitivity, in_noms, vascularity, sources = rows[name(tumour)]
        assert radiosensitivity == tumour.radiosensitivity
        assert (in_noms == "open") == (not tumour.sources)
        for source in (*tumour.sources, *tumour.hypervascular):
            assert labels()[source] in sources
        assert ("no source" in sources) == (not tumour.sources)
        assert vascularity == ("hypervascular" if tumour.hypervascular else "no source")


@each_kind
def test_the_points_of_every_tumour_are_rendered_below_their_source(kind: str) -> None:
    width = 1 + len(columns())
    head, *rows = [cells for cells in rendered(kind, "tumours").rows if len(cells) == width]
    assert [cells[0] for cells in rows] == [name(tumour) for tumour in TABLE]
    for column, title in zip(columns(), head[1:], strict=True):
        assert title == ", ".join(labels()[score.sources[0]] for score in column.scores)
    for tumour, cells in zip(TABLE, rows, strict=True):
        shown = ["".join(getattr(part, "text", part) for part in said(ways(tumour.code, c))) for c in columns()]
        assert list(cells[1:]) == shown


def of_engine(tumour: str, column: Column, **known: bool) -> list[set[float]]:
    """The sums of the items that class a tumour, by the engine of each score."""
    found = []
    for score in column.scores:
        results = ENGINES[score.code].result(case(primary_tumour=tumour, **known)).items
        points = [result.points for result in results if result.item in column.items]
        found.append({sum(chosen) for chosen in product(*points)})
    return found


def applies(way: Way, known: dict[str, bool]) -> bool:
    return all(known[code] == value for code, value in way.when)


def test_the_points_are_those_that_the_engine_gives_when_all_is_known() -> None:
    for tumour, column in product(TUMOURS, columns()):
        for answers in product((True, False), repeat=len(column.moved_by)):
            known = dict(zip(column.moved_by, answers, strict=True))
            (way,) = [way for way in ways(tumour, column) if applies(way, known)]
            for totals in of_engine(tumour, column, **known):
                assert totals == set(way.points), (tumour, column.scores[0].code)
            assert (way.source is None) == (len(way.points) > 1)


def test_a_finding_is_named_just_where_it_moves_the_tumour() -> None:
    for tumour, column in product(TUMOURS, columns()):
        found = ways(tumour, column)
        assert (len(found) > 1) == (len({way.points for way in found}) > 1), (tumour, column.scores[0].code)


def test_the_scores_of_the_issue_are_there() -> None:
    shown = {score.code for column in columns() for score in column.scores}
    named = "tokuhashi-revised tomita katagiri-revised bauer bauer-modified van-der-linden rades-short-survival".split()
    assert set(named) <= shown
    assert [score.code for score in others()] == ["nesms"]


KATAGIRI, TOMITA, BAUER, RADES = "katagiri-revised", "tomita", "bauer", "rades-short-survival"


@pytest.mark.parametrize(
    ("tumour", "score", "text"),
    [
        ("breast", KATAGIRI, "0 slow with hormone-dependent tumour, 2 moderate without"),
        ("lung-nsclc", KATAGIRI, "2 moderate with molecularly targeted therapy, 3 rapid without"),
        ("bladder", KATAGIRI, "no source (0, 2 or 3)"),
        ("colon", TOMITA, "no source (1, 2 or 4)"),
        ("thyroid", TOMITA, "1 slow"),
        ("breast", BAUER, "2"),
        ("prostate", BAUER, "1"),
        ("lung-sclc", BAUER, "0"),
        ("plasmacytoma", BAUER, "no source (1 or 2)"),
        ("plasmacytoma", RADES, "no source (1 or 3)"),
    ],
)
def test_a_tumour_is_said_with_what_moves_it(tumour: str, score: str, text: str) -> None:
    (column,) = [column for column in columns() if score in [each.code for each in column.scores]]
    assert "".join(getattr(part, "text", part) for part in said(ways(tumour, column))) == text
