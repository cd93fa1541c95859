"""The NOMS table, cell by cell, against an independent reading."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import pytest

from service.decision import noms as product_noms
from service.decision.model import Advice
from tests.decision.independent import (
    BLEEDS,
    ESCC,
    FITNESS,
    JUDGED,
    RESISTANT,
    SENSITIVE,
    STABILITY,
    TABLE,
    is_open,
    is_stable,
    leaves_open,
    noms,
    ways,
)
from tests.scoring.independent import TUMOURS

OPERATIONS = {"stabilisation", "decompression-stabilisation"}
Way = dict[str, Any]


@cache
def every_way() -> tuple[tuple[Way, tuple[Advice, ...]], ...]:
    """Each way in which the findings may be, with what the product advises."""
    found = ways(
        {
            "escc-grade": ESCC,
            "myelopathy": (False, True),
            "primary-tumour": TUMOURS,
            "stability": STABILITY,
            "mechanical-stability": JUDGED,
            "surgical-fitness": FITNESS,
            "prior-radiotherapy-at-level": (False, True),
        }
    )
    return tuple((way, product_noms.advise(lambda atom, way=way: atom.test(way[atom.finding]))) for way in found)


def treatments(advice: tuple[Advice, ...]) -> tuple[str, ...]:
    """In their order, each once: a review may have several reasons."""
    return tuple(dict.fromkeys(step.treatment for step in advice))


def test_all_19200_ways_have_the_treatments_of_the_table_in_their_order() -> None:
    assert len(every_way()) == 6 * 2 * 40 * 5 * 2 * 2 * 2 == 19200
    for way, advice in every_way():
        assert treatments(advice) == noms(way), way


def test_no_way_leads_to_an_empty_plan() -> None:
    assert all(advice for _, advice in every_way())


def test_a_level_that_was_irradiated_never_gets_conventional_radiotherapy_again() -> None:
    for way, advice in every_way():
        if way["prior-radiotherapy-at-level"]:
            assert "cebrt" not in treatments(advice), way


def test_a_cell_that_the_table_leaves_open_always_goes_to_the_board() -> None:
    for way, advice in every_way():
        if is_open(way):
            assert "mdt-review" in treatments(advice), way
        if leaves_open(way):
            assert product_noms.row_for(lambda atom, way=way: atom.test(way[atom.finding])).open


def test_a_cell_of_the_table_is_not_marked_open() -> None:
    for way, _ in every_way():
        if not leaves_open(way):
            assert not product_noms.row_for(lambda atom, way=way: atom.test(way[atom.finding])).open, way


@pytest.mark.parametrize(("cell", "steps"), TABLE)
def test_the_ten_published_rows_are_exact(cell: tuple[bool, bool, bool, bool | None], steps: tuple[str, ...]) -> None:
    high, sensitive, stable, fit = cell
    seen = 0
    for way, advice in every_way():
        if (
            not is_open(way)
            and way["escc-grade"] in (("escc-2", "escc-3") if high else ("escc-0", "escc-1a", "escc-1b"))
            and way["primary-tumour"] in (SENSITIVE if sensitive else RESISTANT)
            and is_stable(way) == stable
            and fit in (None, way["surgical-fitness"] == "fit")
        ):
            by_table = [s.treatment for s in advice if s.rule is product_noms.NOMS]
            assert tuple(by_table) == steps, way
            seen += 1
    assert seen


def test_an_operation_on_a_hypervascular_tumour_is_preceded_by_embolisation_and_no_other_is() -> None:
    for way, advice in every_way():
        found = treatments(advice)
        operates = bool(OPERATIONS & set(found))
        assert ("embolisation" in found) == (operates and way["primary-tumour"] in BLEEDS)
        assert "embolisation" not in found[1:]


def test_an_operation_on_an_unfit_patient_goes_to_the_board_with_the_reason() -> None:
    for way, advice in every_way():
        if OPERATIONS & set(treatments(advice)) and way["surgical-fitness"] == "unfit":
            reasons = [step.reason for step in advice if step.treatment == "mdt-review"]
            assert any("unfit" in reason and "minimally invasive" in reason for reason in reasons), way


def test_radiotherapy_follows_the_operation_and_never_precedes_it() -> None:
    for _, advice in every_way():
        found = treatments(advice)
        for radiotherapy in {"srs", "cebrt"} & set(found):
            assert all(found.index(step) < found.index(radiotherapy) for step in OPERATIONS & set(found))


def test_no_plan_has_both_kinds_of_radiotherapy_or_both_operations() -> None:
    for _, advice in every_way():
        found = set(treatments(advice))
        assert not {"srs", "cebrt"} <= found
        assert not found >= OPERATIONS


def test_escc_1c_reads_as_low_grade_with_a_mandatory_review() -> None:
    by_way = {tuple(way.values()): treatments(advice) for way, advice in every_way()}
    for (grade, *rest), found in by_way.items():
        if grade == "escc-1c":
            low = by_way["escc-1b", *rest]
            assert "mdt-review" in found
            assert [t for t in found if t != "mdt-review"] == [t for t in low if t != "mdt-review"]


def test_high_grade_is_never_1c() -> None:
    for way, advice in every_way():
        if way["escc-grade"] == "escc-1c":
            assert "decompression-stabilisation" not in treatments(advice)


def test_every_step_says_why_and_by_which_rule() -> None:
    assert all(step.reason and step.rule.title for _, advice in every_way() for step in advice)


def test_the_two_classes_of_radiosensitivity_have_no_tumour_in_common() -> None:
    assert not set(SENSITIVE) & set(RESISTANT)
    assert {*SENSITIVE, *RESISTANT} <= set(TUMOURS)


@pytest.mark.parametrize(("one_c", "like"), [("low", "escc-1b"), ("high", "escc-2")])
def test_the_policy_says_how_escc_1c_is_read_and_the_board_decides_either_way(one_c: str, like: str) -> None:
    def advised(way: Way) -> set[str]:
        return set(
            treatments(product_noms.advise(lambda atom: atom.test(way[atom.finding]), product_noms.Setting(one_c)))
        )

    borderline = [way for way, _ in every_way() if way["escc-grade"] == "escc-1c"]
    assert len(borderline) == 3200
    for way in borderline:
        assert advised(way) == advised({**way, "escc-grade": like}) | {"mdt-review"}


MODALITIES = ("surgery", "srs", "cebrt", "embolisation")
LACKING = [frozenset(some) for n in range(5) for some in combinations(MODALITIES, n)]
#: One tumour of each kind is enough where the whole list of tumours was enumerated above.
KINDS = ("breast", "kidney", "colon", "bladder")


@pytest.mark.parametrize("lacking", LACKING, ids=lambda some: "-".join(sorted(some)) or "nothing")
def test_the_best_that_is_to_be_had_is_advised_and_what_is_lost_is_referred(lacking: frozenset[str]) -> None:
    for judged in (False, True):
        setting = product_noms.Setting(lacking=lacking, judged=judged)
        for way, _ in every_way():
            if way["primary-tumour"] not in KINDS:
                continue
            advice = product_noms.advise(lambda atom, way=way: atom.test(way[atom.finding]), setting)
            found = treatments(advice)
            assert found == noms(way, lacking, judged=judged), way
            assert found, way
            assert not (way["prior-radiotherapy-at-level"] and "cebrt" in found)
            high = way["escc-grade"] in ("escc-2", "escc-3")
            assert not (high and "srs" in found and "decompression-stabilisation" not in found), way
            assert not set(found) & {*(lacking & {"srs", "cebrt", "embolisation"})}
            assert not (OPERATIONS & set(found) and "surgery" in lacking)


@pytest.mark.parametrize(("state", "judged"), [("stable", "unstable"), ("unstable", "stable"), ("collapse", "stable")])
def test_a_judgement_that_contradicts_sins_goes_to_the_board_and_changes_nothing_else(state: str, judged: str) -> None:
    for way, _ in every_way():
        if way["stability"] != state or way["mechanical-stability"] != judged:
            continue
        said, silent = (
            product_noms.advise(lambda atom, way=way: atom.test(way[atom.finding]), product_noms.Setting(judged=known))
            for known in (True, False)
        )
        assert said[: len(silent)] == silent
        assert [(step.treatment, step.reason) for step in said[len(silent) :]] == [
            ("mdt-review", product_noms.CONTRARY)
        ]


def test_a_referral_says_what_is_lost() -> None:
    way = {
        "escc-grade": "escc-0", "myelopathy": False, "primary-tumour": "colon", "stability": "stable",
        "mechanical-stability": "stable", "surgical-fitness": "fit", "prior-radiotherapy-at-level": False,
    }  # fmt: skip
    steps = product_noms.advise(
        lambda atom: atom.test(way[atom.finding]), product_noms.Setting(lacking=frozenset(("srs",)))
    )
    assert treatments(steps) == ("cebrt", "referral")
    assert "SRS would be advised and is not to be had here" in steps[-1].reason


def test_sins_7_to_12_goes_to_the_board_until_a_clinician_has_judged_it() -> None:
    for way, _ in every_way():
        if way["stability"].startswith("indeterminate") and not leaves_open(way) and way["escc-grade"] != "escc-1c":
            settings = (product_noms.Setting(), product_noms.Setting(judged=True))
            open_, judged = (
                product_noms.advise(lambda atom, way=way: atom.test(way[atom.finding]), setting) for setting in settings
            )
            assert any("SINS 7-12" in step.reason for step in open_)
            assert not any("SINS 7-12" in step.reason for step in judged)


@pytest.mark.parametrize("lacking", [("cebrt",), ("srs",), ("surgery",), ("surgery", "cebrt")], ids="-".join)
def test_a_1c_that_is_read_as_high_grade_is_a_compressed_cord_where_something_is_not_to_be_had(
    lacking: tuple[str, ...],
) -> None:
    # As it comes from a file: equal to the word, and not the same object.
    setting = product_noms.Setting("".join(("hi", "gh")), frozenset(lacking))

    def advised(way: Way) -> set[str]:
        return set(treatments(product_noms.advise(lambda atom: atom.test(way[atom.finding]), setting)))

    for way, _ in every_way():
        if way["escc-grade"] == "escc-1c" and way["primary-tumour"] in KINDS:
            assert advised(way) == advised({**way, "escc-grade": "escc-2"}) | {"mdt-review"}, way
