"""Each score is rendered whole, in Markdown and in HTML: every line, band, figure, study, remark and source."""

from __future__ import annotations

import pytest

from service.conditions import ALWAYS
from service.knowledge.gaps import without_a_line
from service.knowledge.read_as import read_as
from service.knowledge.sources import labels
from service.scoring import SCORES
from service.scoring.model import Figure, Measure, Row, Score
from tests.knowledge.rendered import KINDS, Rendered, rendered

each_score = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.code)
each_kind = pytest.mark.parametrize("kind", KINDS)
pytestmark = [each_score, each_kind]


def numbers(points: tuple[float, ...]) -> str:
    """Points as they are said: ``3``, ``0 or 1``, ``0, 1 or 3``."""
    *first, last = [f"{p:g}" for p in sorted(points)]
    return f"{', '.join(first)} or {last}" if first else last


def interval(found: tuple[float, float] | None) -> str:
    return f"{found[0]:g} to {found[1]:g}" if found else "-"


def line(row: Row) -> str:
    return row.label + (f" [{labels()[row.source]}]" if row.source else "")


def test_what_it_is_about_is_said(score: Score, kind: str) -> None:
    text = rendered(kind, score.code).text
    for said in (score.title, score.code, score.predicts, score.population, score.setting, score.clock):
        assert said in text
    assert score.status.value in text
    assert f"{score.bands[0].low:g}" in text
    assert f"{'high' if score.high_is_good else 'low'} is good" in text
    if score.ceiling is not None:
        assert f"capped at {score.ceiling:g}" in text


def test_every_line_of_every_item_has_its_points_and_what_it_reads(score: Score, kind: str) -> None:
    rows = rendered(kind, score.code).rows
    for item in score.items:
        found = [cells[1:] for cells in rows if cells[0] == item.title and len(cells) == 4]
        expected = [(numbers(row.points), line(row), read_as(row.when)) for row in item.rows]
        gap = without_a_line(item)
        if gap:
            expected.append((numbers(tuple(item.points)), "no line in the table", gap))
        assert [cells for cells in found if cells in expected] == expected, item.code


def test_every_boundary_has_the_points_of_the_other_source(score: Score, kind: str) -> None:
    rows = rendered(kind, score.code).rows
    for item in score.items:
        for boundary in item.boundaries:
            assert (item.title, read_as(boundary.when), f"{boundary.points:g}", boundary.text) in rows


def test_every_band_has_its_points_risk_and_meaning(score: Score, kind: str) -> None:
    rows = rendered(kind, score.code).rows
    for band in score.bands:
        low, high = f"{band.low:g}", f"{band.high:g}"
        assert (band.title, low if low == high else f"{low} to {high}", band.risk, band.meaning) in rows


def shown(figure: Figure) -> tuple[str, ...]:
    unit = " months" if figure.measure is Measure.MEDIAN_SURVIVAL else " %" if figure.measure.is_percent else ""
    at = f"{figure.at.value} {({'mo': 'months', 'd': 'days'})[figure.at.unit]}" if figure.at else "-"
    return (
        figure.measure.value,
        at,
        f"{figure.value:g}{unit}",
        interval(figure.interval),
        (f"{figure.n} in all" if figure.whole else str(figure.n)),
        labels()[figure.source],
        figure.remark or "-",
    )


def test_every_figure_has_its_study_size_time_and_interval(score: Score, kind: str) -> None:
    found = rendered(kind, score.code)
    for band in score.bands:
        for figure in band.figures:
            assert (band.title, *shown(figure)) in found.rows
    if not any(band.figures for band in score.bands):
        assert "so none is given" in found.text


def test_every_validation_has_its_study(score: Score, kind: str) -> None:
    rows = rendered(kind, score.code).rows
    for v in score.validations:
        value = interval(v.value) if isinstance(v.value, tuple) else f"{v.value:g}"
        n = "not said" if v.n is None else str(v.n)
        patients = "others" if v.external else "its own"
        source = labels()[v.source]
        assert (v.measure, value, interval(v.interval), n, source, patients, v.remark or "-") in rows


def test_every_limit_and_remark_is_said_with_its_patients_and_source(score: Score, kind: str) -> None:
    text = rendered(kind, score.code).text
    for remark in (*score.limits, *score.remarks):
        when = "" if remark.when is ALWAYS else f" ({read_as(remark.when)})"
        assert f"{remark.text}{when}" in text
        if remark.source:
            assert f"[{labels()[remark.source]}]" in text


def test_every_reading_is_said(score: Score, kind: str) -> None:
    text = rendered(kind, score.code).text
    for reading in score.readings:
        assert reading.differ in text
        assert reading.read in text


def test_every_source_is_cited_and_listed_with_year_and_link(score: Score, kind: str) -> None:
    found: Rendered = rendered(kind, score.code)
    cited, listed = found.text.rsplit(" Sources ", 1)
    assert score.cites
    for source in score.cites:
        assert labels()[source] in cited
        assert str(source) in listed
        assert 1900 < source.year < 2100
        assert str(source.year) in str(source)
        assert source.what in listed
        assert source.doi in listed
