"""What holds for every score, whichever there are: all it says has a source, and it says whom it was not made for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.conditions import holds_for
from service.derivations import READS as ORIGINS
from service.findings import FINDINGS
from service.scoring import ENGINES, SCORES, sources
from service.scoring.model import ADULTS, Kind, Measure, Score, Status, Time
from service.scoring.sources import Source
from tests.core.cases import case, possible, values
from tests.scoring.tables import outside, points_of, records

every_score = pytest.mark.parametrize("score", SCORES, ids=lambda score: score.code)
RISKS = ("low", "moderate", "high")


@pytest.mark.parametrize(
    ("source", "long", "short", "url"),
    [
        (
            Source("Fisher et al.", 2010, "Spine 35:E1221", "SINS"),
            "Fisher et al. 2010, Spine 35:E1221",
            "Fisher 2010",
            "",
        ),
        (
            Source("Bauer and Wedin", 1995, "Acta", doi="10.1/x"),
            "Bauer and Wedin 1995, Acta",
            "Bauer and Wedin 1995",
            "https://doi.org/10.1/x",
        ),
    ],
    ids=["several authors", "with a DOI"],
)
def test_a_source_reads_as_in_a_list_and_as_in_a_sentence(source: Source, long: str, short: str, url: str) -> None:
    assert (str(source), source.short, source.url) == (long, short, url)


@every_score
def test_a_score_says_where_it_is_from_and_what_it_is_for(score: Score) -> None:
    assert score.sources
    for source in score.cites:
        assert 1990 <= source.year <= 2026
        assert source.authors
        assert source.journal
    assert all((score.title, score.predicts, score.population, score.setting, score.clock))
    assert score.kind in Kind
    assert score.status in Status
    assert set(score.sources) <= set(score.cites)


@every_score
def test_a_score_says_how_it_did_or_why_that_is_not_known(score: Score) -> None:
    assert score.validations or any("validat" in reading.read for reading in score.readings)
    for validation in score.validations:
        values_ = validation.value if isinstance(validation.value, tuple) else (validation.value,)
        assert list(values_) == sorted(values_)
        if "%" in validation.measure:
            assert all(1 < value <= 100 for value in values_)
        if re.search(r"AUC|C-index|c-statistic|kappa|correlation", validation.measure):
            assert all(0 < value < 1 for value in values_)
        if validation.interval:
            assert validation.interval[0] < min(values_) <= max(values_) < validation.interval[1]
        assert validation.n is None or validation.n > 0
    made_in = score.sources[0]
    assert all(v.source is not made_in for v in score.validations if v.external)


FIGURES = [(score, band, figure) for score in SCORES for band in score.bands for figure in band.figures]


@pytest.mark.parametrize(("score", "band", "figure"), FIGURES, ids=lambda part: getattr(part, "code", ""))
def test_a_figure_has_its_study_its_patients_and_where_it_is_a_percentage_its_time(
    score: Score, band: object, figure: object
) -> None:
    assert figure.n > 0
    assert figure.source in score.cites
    if figure.measure.is_percent:
        assert figure.at is not None
        assert figure.at.value > 0
        assert 0 <= figure.value <= 100
    else:
        assert figure.value > 0
    if figure.measure is Measure.MEDIAN_SURVIVAL:
        assert figure.at is None
    if figure.interval:
        low, high = figure.interval
        assert low <= figure.value <= high


@every_score
def test_a_better_band_has_no_worse_figure_of_one_study(score: Score) -> None:
    bands = score.bands if score.high_is_good else score.bands[::-1]
    by_kind: dict[tuple[object, ...], list[float]] = {}
    for band in bands:
        for figure in band.figures:
            kind = (figure.measure, figure.source, str(figure.at))
            by_kind.setdefault(kind, []).append(figure.value)
    for (measure, *_), found in by_kind.items():
        good = measure in (Measure.SURVIVAL, Measure.MEDIAN_SURVIVAL)
        assert found == sorted(found, reverse=not good), measure


@every_score
def test_what_a_class_expects_is_a_stretch_of_time_and_no_shorter_in_a_better_class(score: Score) -> None:
    bands = score.bands if score.high_is_good else score.bands[::-1]
    expected = [band.expected for band in bands if band.expected is not None]
    assert all(0 <= low < high for low, high in expected)
    assert expected == sorted(expected)
    assert [high for _, high in expected] == sorted(high for _, high in expected)
    assert len(expected) in (0, len(bands))
    assert not expected or score.kind is Kind.SURVIVAL


@every_score
def test_fewer_are_alive_later(score: Score) -> None:
    for band in score.bands:
        alive = [(f.at.value, f.value) for f in band.figures if f.measure is Measure.SURVIVAL]
        assert [percent for _, percent in sorted(alive)] == sorted((p for _, p in alive), reverse=True)


@every_score
def test_the_risk_of_the_bands_goes_with_the_direction_of_the_score(score: Score) -> None:
    risks = [RISKS.index(band.risk) for band in score.bands]
    assert risks == sorted(risks, reverse=score.high_is_good)
    assert risks[0] != risks[-1]


@every_score
def test_a_reading_says_what_sources_print_and_what_is_done(score: Score) -> None:
    assert all(reading.differ and reading.read for reading in score.readings)
    assert score.readings, "no table of this field is printed alike everywhere"


@every_score
def test_a_boundary_has_the_points_of_another_row(score: Score) -> None:
    """The total of a boundary adds the difference, so a score with a ceiling could not have one."""
    for item in score.items:
        for boundary in item.boundaries:
            on = [known for known in records((item,)) if holds_for(boundary.when, known)]
            assert on
            assert score.ceiling is None
            for known in on:
                assert boundary.points in item.points - points_of(item, known)
                assert len(points_of(item, known)) == 1


# Whom it was not made for


@every_score
def test_a_child_is_outside_of_every_score(score: Score) -> None:
    engine = ENGINES[score.code]
    assert (ADULTS.text, True) in outside(engine.result(case(age=17.9)))
    assert ADULTS.text not in dict(outside(engine.result(case(age=18))))
    assert ADULTS.text not in dict(outside(engine.result(case())))
    perhaps = engine.result(case(age=[17, 18]))
    assert (ADULTS.text, False) in outside(perhaps)


@every_score
def test_an_origin_that_it_is_not_for_is_outside_of_it(score: Score) -> None:
    engine = ENGINES[score.code]
    for origin in FINDINGS["tumour-origin"].domain.values:
        said = outside(engine.result(*possible({"tumour-origin": values("tumour-origin", origin)})))
        assert bool(said) == (origin not in score.origins), origin


@every_score
def test_a_survival_score_says_that_it_is_not_calibrated_today(score: Score) -> None:
    said = any("calibrated for today's patients" in remark.text for remark in score.remarks)
    assert said == (score.kind is Kind.SURVIVAL)
    assert all(remark.text and remark.text[0].isupper() for remark in score.remarks)


def test_a_score_reads_only_findings_that_there_are() -> None:
    for engine in ENGINES.values():
        assert engine.mentions <= set(FINDINGS)
    assert set(FINDINGS) >= ORIGINS


@pytest.mark.parametrize(("time", "words"), [(Time(12), "12-month"), (Time(30, "d"), "30-day")])
def test_a_time_reads_as_in_a_sentence(time: Time, words: str) -> None:
    assert str(time) == words


def test_only_the_measures_in_per_cent_are_percentages() -> None:
    assert {measure for measure in Measure if measure.is_percent} == {
        Measure.SURVIVAL, Measure.MORTALITY, Measure.MORBIDITY,
    }  # fmt: skip


def test_every_source_stands_in_the_page_of_the_knowledge_with_its_year() -> None:
    """The page is made from the sources and read by people, so a year or a journal that changes shows here."""
    page = (Path(__file__).parents[2] / "docs" / "knowledge.md").read_text("utf-8")
    listed = [source for source in vars(sources).values() if isinstance(source, Source)]
    assert len(listed) > 60
    for source in listed:
        assert str(source) in page, source
        assert source.url in page
