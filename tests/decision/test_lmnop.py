"""The letters of LMNOP, and what it adds to NOMS."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from service.conditions import atoms, holds_for
from service.decision import lmnop
from service.decision.plan import plan
from service.derivations import derive
from service.evidence import Span, Values
from service.findings import FINDINGS
from service.reading import Standing
from service.scoring import SCORES
from tests.core.cases import case, lesion

NOTHING: dict[str, Any] = {
    "prior-therapy-response": "response",
    "prior-radiotherapy-at-level": False,
    "contiguous-level-count": 1,
    "vertebral-metastasis-count": 1,
    "wbb-zones": tuple(range(1, 13)),
    "sins-posterolateral": "bilateral",
}
FRONT, BEHIND, SIDES = "in front of the cord", "behind the cord", "Go where the tumour is"


def with_(**changes: Any) -> dict[str, Any]:
    return NOTHING | {code.replace("_", "-"): value for code, value in changes.items()}


def reasons(**changes: Any) -> list[str]:
    return [row.why for row in (*lmnop.ROWS, *lmnop.PATIENT_ROWS) if holds_for(row.when, with_(**changes))]


def approach(**changes: Any) -> str:
    notes = [n.text for n in lmnop.NOTES if holds_for(n.when, with_(**changes))]
    (first, *_) = notes
    assert len(notes) == 2
    return next(words for words in (FRONT, BEHIND, SIDES) if words in first)


def test_the_letters_spell_the_name() -> None:
    assert "".join(letter.letter for letter in lmnop.LETTERS) == "LMNOP"
    assert all(letter.title and letter.findings for letter in lmnop.LETTERS)


def test_each_letter_shows_findings_and_scores_that_there_are_each_once() -> None:
    shown = [code for letter in lmnop.LETTERS for code in letter.findings]
    assert len(shown) == len(set(shown))
    assert set(shown) <= FINDINGS.keys()
    assert {code for letter in lmnop.LETTERS for code in letter.scores} <= {score.code for score in SCORES}


def test_what_the_rules_read_is_shown_under_some_letter() -> None:
    conditions = [*(row.when for row in (*lmnop.ROWS, *lmnop.PATIENT_ROWS)), *(note.when for note in lmnop.NOTES)]
    read = {atom.finding for condition in conditions for atom in atoms(condition)}
    assert read <= {code for letter in lmnop.LETTERS for code in letter.findings}


@pytest.mark.parametrize(("response", "there"), [("response", False), ("stable", False), ("progression", True)])
def test_progression_asks_for_the_systemic_options_that_remain(response: str, there: bool) -> None:
    found = " ".join(reasons(prior_therapy_response=response))
    for figure in ("100 operated", "0.22", "7.59", "Chang 2019"):
        assert (figure in found) == there


def test_progression_where_it_was_irradiated_is_a_reason_of_its_own() -> None:
    irradiated = reasons(prior_therapy_response="progression", prior_radiotherapy_at_level=True)
    assert len(irradiated) == 2
    assert any("Kang 2022" in why for why in irradiated)
    assert reasons(prior_radiotherapy_at_level=True) == []


@pytest.mark.parametrize(("run", "all_"), list(product(range(1, 8), range(1, 12))))
def test_several_levels_that_are_not_contiguous_are_three_and_more_of_which_some_lie_elsewhere(
    run: int, all_: int
) -> None:
    found = bool(reasons(contiguous_level_count=run, vertebral_metastasis_count=all_))
    assert found == (all_ >= 3 and run < all_ and run <= 5)


def test_levels_only_matter_beside_an_operation() -> None:
    (row,) = (row for row in lmnop.ROWS if row.form_of)
    assert set(row.form_of) == {"stabilisation", "decompression-stabilisation"}
    assert "minimally invasive" in row.why


@pytest.mark.parametrize(
    ("lesions", "there"),
    [
        ((("C0", "C1"),), False),
        ((("C5", "C6", "C7"),), False),
        ((("T3",), ("T8",)), False),
        ((("T3",), ("T8",), ("L2",)), True),
        ((("T3", "T4"), ("L2",)), True),
    ],
)
def test_one_lesion_of_several_vertebrae_is_not_several_levels(
    lesions: tuple[tuple[str, ...], ...], there: bool
) -> None:
    unstable = [lesion(*levels, mechanical_stability="unstable") for levels in lesions]
    found = plan(derive(case(*unstable, primary_tumour="kidney")), ())
    said = [a.reason for r in found.recommendations for a in r.advice if "not contiguous" in a.reason]
    assert bool(said) == there


def test_a_count_that_is_not_known_leaves_the_levels_open() -> None:
    (row,) = (row for row in lmnop.ROWS if row.form_of)

    def possible(code: str) -> Values:
        return {"contiguous-level-count": frozenset((Span.point(2),))}.get(code) or FINDINGS[code].domain.unknown

    assert Standing(row.when).of(possible) == {True, False}


@pytest.mark.parametrize(
    ("zones", "posterolateral", "where"),
    [
        ((5, 6, 7, 8), "none", FRONT),
        ((4, 9), "bilateral", FRONT),
        ((10, 11, 12, 1, 2, 3), "bilateral", BEHIND),
        ((1,), "none", BEHIND),
        ((3, 4), "unilateral", SIDES),
        (tuple(range(1, 13)), "unilateral", SIDES),
        (tuple(range(1, 13)), "none", FRONT),
    ],
)
def test_the_approach_follows_the_location(zones: tuple[int, ...], posterolateral: str, where: str) -> None:
    assert approach(wbb_zones=zones, sins_posterolateral=posterolateral) == where


def test_where_nobody_knows_the_location_the_approach_is_left_open() -> None:
    front, behind, either, _ = lmnop.NOTES
    unknown = {note: Standing(note.when).of(lambda code: FINDINGS[code].domain.unknown) for note in lmnop.NOTES}
    assert unknown[front] == unknown[either] == {True, False}
    assert unknown[behind] == {False}
    assert either.perhaps == either.text
    assert not front.perhaps


def test_every_row_and_note_has_a_source_and_no_empty_sentence() -> None:
    for row in (*lmnop.ROWS, *lmnop.PATIENT_ROWS):
        assert row.rule.plan == "lmnop"
        assert row.rule.source is not None
        assert row.why.strip()
        assert row.do == ("mdt-review",)
        assert row.told
        assert set(row.told) <= {atom.finding for atom in atoms(row.when)}
    for note in lmnop.NOTES:
        assert note.source is not None
        assert note.text.endswith(".")
    for reading in lmnop.READINGS:
        assert reading.differ.endswith(".")
        assert reading.read.endswith(".")
