"""The short course, the fracture after SRS, SINS 7-12, and what radiotherapy may not follow."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from service.conditions import atoms, holds_for
from service.decision import facts, radiotherapy, rows
from service.decision.model import Note
from service.evidence import Span
from service.findings import FINDINGS
from service.policy import DEFAULT
from service.reading import Standing

NOTHING: dict[str, Any] = {
    "tumour-origin": "metastatic",
    "escc-grade": "escc-0",
    "stability": "stable",
    "mechanical-stability": "stable",
    "life-expectancy": 12,
    "sins-pain": "pain-free",
    "sins-bone-lesion": "blastic",
    "sins-alignment": "normal",
    "sins-collapse": "none",
    "age": 50,
    "prior-radiotherapy-at-level": False,
}


def noted(treatment: str, **changes: Any) -> list[Note]:
    values = NOTHING | {code.replace("_", "-"): value for code, value in changes.items()}
    return [note for note in radiotherapy.NOTES if treatment in note.on and holds_for(note.when, values)]


def said(treatment: str, **changes: Any) -> str:
    return " ".join(note.text for note in noted(treatment, **changes))


@pytest.mark.parametrize(("months", "there"), [(0, True), (2.9, True), (3, False), (12, False)])
def test_a_short_course_is_for_less_survival_than_the_threshold(months: float, there: bool) -> None:
    row, _ = radiotherapy.rows(DEFAULT)
    assert row.do == ("short-course-rt",)
    assert row.form_of == ("cebrt",)
    assert holds_for(row.when, {"life-expectancy": months}) == there


def test_the_threshold_of_the_short_course_is_that_of_the_policy() -> None:
    row, _ = radiotherapy.rows(replace(DEFAULT, survival_threshold_months=6))
    assert holds_for(row.when, {"life-expectancy": 5})
    assert not holds_for(row.when, {"life-expectancy": 6})
    assert "under 6 months" in row.why


def test_a_survival_on_both_sides_of_the_threshold_leaves_the_short_course_open() -> None:
    row, _ = radiotherapy.rows(DEFAULT)
    standing = Standing(row.when)
    assert standing.of(lambda _: frozenset((Span(1, 5),))) == {True, False}
    assert standing.of(lambda _: frozenset((Span(1, 3, high_open=True),))) == {True}
    assert row.told == ("life-expectancy",)


#: A radiosensitive tumour with one metastasis, of bone.
ONE: dict[str, Any] = {
    "primary-tumour": "breast",
    "visceral-metastases": "none",
    "brain-metastases": False,
    "bone-metastases": "solitary",
    "vertebral-metastasis-count": 1,
    "extraspinal-bone-metastasis-count": 0,
}


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({}, True),
        ({"primary-tumour": "kidney"}, False),
        ({"visceral-metastases": "removable/treatable/nodular"}, False),
        ({"visceral-metastases": "meningeal-only"}, True),
        ({"brain-metastases": True}, False),
    ],
)
def test_srs_of_one_metastasis_of_a_radiosensitive_tumour_is_an_alternative(
    change: dict[str, Any], there: bool
) -> None:
    _, row = radiotherapy.rows(DEFAULT)
    assert holds_for(row.when, ONE | change) == there


@pytest.mark.parametrize(("spine", "others"), list(product(range(1, 8), range(8))))
def test_few_are_five_in_bone_at_most(spine: int, others: int) -> None:
    _, row = radiotherapy.rows(DEFAULT)
    counts = {"vertebral-metastasis-count": spine, "extraspinal-bone-metastasis-count": others}
    assert holds_for(row.when, ONE | {"bone-metastases": "multiple"} | counts) == (spine + others <= 5)


def test_the_alternative_is_put_to_the_board_beside_conventional_radiotherapy_and_goes_without_srs() -> None:
    _, row = radiotherapy.rows(DEFAULT)
    assert row.do == ("mdt-review",)
    assert row.form_of == ("cebrt",)
    assert row.told == ("bone-metastases",)
    assert "SRS of each" in row.why
    assert "compressed cord" in row.why
    assert len(radiotherapy.rows(replace(DEFAULT, unavailable=frozenset(("srs",))))) == 1


@pytest.mark.parametrize("origin", ["primary", "dumbbell"])
def test_what_is_known_of_sins_7_to_12_in_metastases_is_not_said_of_other_tumours(origin: str) -> None:
    assert said("mdt-review", stability="indeterminate-high")
    assert not said("mdt-review", stability="indeterminate-high", tumour_origin=origin)


def test_no_note_is_followed_by_two_sources() -> None:
    for note in radiotherapy.NOTES:
        assert not re.search(r"\d{4}\) \(", rows.cited(note.text, note.source))


def test_the_trials_of_short_courses_are_given_with_what_they_did_not_show() -> None:
    text = said("short-course-rt")
    for figure in ("686", "69.3 %", "72.7 %", "-11.5", "-11.0"):
        assert figure in text
    assert "was not shown" in text
    assert "neither is standard" in text
    assert {note.source.short for note in noted("short-course-rt") if note.source} == {"Hoskin 2019", "Maranzano 2005"}


@pytest.mark.parametrize("treatment", ["cebrt", "short-course-rt"])
def test_conventional_radiotherapy_is_barred_where_it_was_given_before(treatment: str) -> None:
    (bar,) = radiotherapy.BARS
    assert treatment in bar.treatments
    assert "srs" not in bar.treatments
    assert holds_for(bar.when, NOTHING | {"prior-radiotherapy-at-level": True})
    assert not holds_for(bar.when, NOTHING)


@pytest.mark.parametrize("grade", sorted(map(str, FINDINGS["escc-grade"].domain.unknown)))
def test_srs_is_barred_at_high_grade_compression_alone(grade: str) -> None:
    bar = radiotherapy.SRS_AT_COMPRESSED_CORD
    assert bar.treatments == ("srs",)
    assert holds_for(bar.when, {"escc-grade": grade}) == (grade in ("escc-2", "escc-3"))
    assert bar not in radiotherapy.BARS


def test_the_rate_of_fractures_is_said_with_its_study() -> None:
    text = said("srs")
    for figure in ("57 of 410", "14 %", "12.35 %", "13.49 %", "2.46 months", "5 %", "20 Gy"):
        assert figure in text
    assert "Risk factor" not in text
    assert "16-18 Gy" not in text


@pytest.mark.parametrize(
    ("change", "source"),
    [
        ({"sins_bone_lesion": "lytic"}, "Hong 2022"),
        ({"sins_alignment": "subluxation-translation"}, "Hong 2022"),
        ({"sins_alignment": "de-novo-deformity"}, "Hong 2022"),
        ({"sins_collapse": "under-50"}, "Sahgal 2013"),
        ({"sins_collapse": "exactly-50"}, "Sahgal 2013"),
        ({"sins_collapse": "over-50"}, "Sahgal 2013"),
        ({"age": 55.1}, "Boehling 2012"),
    ],
)
def test_each_risk_factor_of_a_fracture_is_named_and_lowers_the_dose(change: dict[str, Any], source: str) -> None:
    (factor,) = (note for note in noted("srs", **change) if note.text.startswith("Risk factor"))
    assert factor.source is not None
    assert factor.source.short == source
    assert "below 16-18 Gy per fraction" in said("srs", **change)


@pytest.mark.parametrize(
    "change",
    [
        {"age": 55},
        {"sins_bone_lesion": "mixed"},
        {"sins_collapse": "no-collapse-over-50-involved"},
    ],
)
def test_what_is_just_no_risk_factor_is_not_named(change: dict[str, Any]) -> None:
    assert "Risk factor" not in said("srs", **change)


def test_one_certain_risk_factor_is_enough_for_the_lower_dose_whatever_else_is_unknown() -> None:
    (lower,) = (note for note in radiotherapy.NOTES if "16-18" in note.text)
    standing = Standing(lower.when)
    lytic = {"sins-bone-lesion": frozenset(("lytic",))}
    assert standing.of(lambda code: lytic.get(code) or FINDINGS[code].domain.unknown) == {True}
    assert standing.of(lambda code: FINDINGS[code].domain.unknown) == {True, False}


@pytest.mark.parametrize(
    ("stability", "lesion", "there"),
    [
        ("indeterminate", "lytic", True),
        ("indeterminate-high", "lytic", True),
        ("indeterminate", "blastic", False),
        ("stable", "lytic", False),
    ],
)
def test_stabilisation_before_srs_is_thought_of_in_a_lytic_spine_with_sins_7_to_12(
    stability: str, lesion: str, there: bool
) -> None:
    assert ("before SRS, not after" in said("srs", stability=stability, sins_bone_lesion=lesion)) == there


@pytest.mark.parametrize(
    ("stability", "grade", "there"),
    [
        ("unstable", "escc-0", True),
        ("collapse", "escc-1c", True),
        ("unstable", "escc-2", False),
        ("stable", "escc-0", False),
    ],
)
def test_srs_may_come_before_stabilisation_and_never_at_a_compressed_cord(
    stability: str, grade: str, there: bool
) -> None:
    text = said("srs", stability=stability, escc_grade=grade)
    assert ("stabilisation followed it within 24 hours" in text) == there


def test_radiotherapy_waits_for_the_wound() -> None:
    assert set(radiotherapy.INTERVAL.on) == {"cebrt", "srs", "short-course-rt"}
    assert "2 weeks" in radiotherapy.INTERVAL.text
    assert "7 days" in radiotherapy.INTERVAL.text
    assert radiotherapy.INTERVAL not in radiotherapy.NOTES


@pytest.mark.parametrize("treatment", ["cebrt", "srs", "short-course-rt"])
def test_mechanical_pain_is_not_promised_relief_by_radiotherapy(treatment: str) -> None:
    assert "mechanical pain" in said(treatment, sins_pain="mechanical")
    assert "mechanical pain" not in said(treatment, sins_pain="occasional-non-mechanical")


@pytest.mark.parametrize(
    ("stability", "pain", "there"),
    [
        ("indeterminate-high", "pain-free", True),
        ("indeterminate-high", "occasional-non-mechanical", True),
        ("indeterminate-high", "mechanical", False),
        ("indeterminate", "pain-free", False),
        ("collapse", "pain-free", False),
    ],
)
def test_sins_of_10_or_more_without_mechanical_pain_is_likely_to_give_symptoms(
    stability: str, pain: str, there: bool
) -> None:
    assert ("SINS 10 or more" in said("mdt-review", stability=stability, sins_pain=pain)) == there


@pytest.mark.parametrize(
    ("stability", "there"),
    [
        ("stable", False),
        ("indeterminate", True),
        ("indeterminate-high", True),
        ("collapse", False),
        ("unstable", False),
    ],
)
def test_how_many_were_operated_on_later_is_said_at_sins_7_to_12(stability: str, there: bool) -> None:
    assert ("33 %" in said("mdt-review", stability=stability)) == there


def test_every_row_note_and_bar_has_a_source_and_no_empty_sentence() -> None:
    for row in radiotherapy.rows(DEFAULT):
        assert row.rule.source is not None
        assert row.why.strip()
        assert set(row.told) <= {atom.finding for atom in atoms(row.when)}
    for note in (*radiotherapy.NOTES, radiotherapy.INTERVAL):
        assert note.source is not None
        assert note.text.endswith(".")
    for bar in (*radiotherapy.BARS, radiotherapy.SRS_AT_COMPRESSED_CORD):
        assert bar.source is not None
        assert bar.why.strip()
    for reading in radiotherapy.READINGS:
        assert reading.differ.endswith(".")
        assert reading.read.endswith(".")


def test_notes_read_only_what_there_is() -> None:
    read = {atom.finding for note in radiotherapy.NOTES for atom in atoms(note.when)}
    assert read <= FINDINGS.keys() | facts.DOMAINS.keys()
