"""The hand-offs as data: nothing is stated that no source gives."""

from __future__ import annotations

import re

import pytest

from service.findings import FINDINGS
from service.handoffs import BY_CODE, HANDOFFS, HandOff, State
from service.scoring import ENGINES
from tests.docs.pages import code, page, rows


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


#: Every number that the words of a hand-off state, copied from the sources by hand.
STATED = {
    "sorg-nomogram": "30 90 365 0.30 0.17 0.5 127 2023",
    "sorg-ml": "90 1",
    "sorg-30-day": "30",
    "pathfx": "1 3 6 12 18 24",
    "bollen": "31.2 15.4 4.8 1.6 80 100 10 70 6.7 2.4 10.9 22.5 18.0 26.9 2015 111",
    "osri": "2 1 0 80 100 50 70 10 40",
    "limburg": "",
    "lei": "6 8.2 0 2 56.5 3 5 91.5 10 206",
    "rades-2008-survival": "6 4 20 25 11 26 30 48 31 35 1,852",
    "rades-2008-ambulatory": "6 28 44 29 31 70 32 34 86 35 37 99 38 2,096",
    "h2-fails": "30 2 1 1.8 0 78 6",
}
#: Ranges of the forms, by hand: BMI, haemoglobin, platelets and so on.
RANGES = {
    "sorg-ml": {
        "body-mass-index": (15, 45),
        "haemoglobin": (7, 17),
        "platelets": (20, 900),
        "lymphocytes": (0.06, 4.5),
        "neutrophils": (0.8, 60),
        "creatinine": (0.3, 6),
        "inr": (0.9, 2.1),
        "leucocytes": (2, 50),
        "alkaline-phosphatase": (30, 1200),
        "albumin": (2.1, 5.2),
    },
    "pathfx": {"haemoglobin": (3, 18), "lymphocytes": (0, 8)},
}
#: (value, n) of each validation, by hand.
VALIDATED = {
    "sorg-nomogram": [(0.65, 100), (0.74, 100), (0.78, 100)],
    "sorg-ml": [(0.73, 427), (0.74, 427), ((0.59, 0.76), 953)],
    "pathfx": [(0.64, 668), (0.71, 668), (0.7, 668), (0.74, 668), (0.74, 668), (0.76, 668), ((0.59, 0.76), 953)],
    "bollen": [(0.71, 1043), (0.69, None), ((0.76, 0.77), 953)],
    "osri": [(0.798, 121), ((0.75, 0.77), 953)],
    "limburg": [(0.75, 144)],
    "h2-fails": [(0.77, 1195)],
}


def said(hand_off: HandOff) -> str:
    """All words of a hand-off but those about patients in general."""
    remarks = (*hand_off.exclusions[2:], *hand_off.cautions)
    parts = [hand_off.predicts, hand_off.why, *(remark.text for remark in remarks)]
    parts += [f"{reading.differ} {reading.read}" for reading in hand_off.readings]
    parts += [input_.note for input_ in hand_off.inputs]
    return " | ".join(parts).replace("-", " ")


def test_there_are_the_hand_offs_of_the_list() -> None:
    assert [hand_off.code for hand_off in HANDOFFS] == [
        "sorg-nomogram", "sorg-ml", "sorg-30-day", "pathfx", "bollen", "osri", "limburg", "lei", "rades-2008-survival",
        "rades-2008-ambulatory", "h2-fails",
    ]  # fmt: skip
    assert set(BY_CODE) == {hand_off.code for hand_off in HANDOFFS} | {"sorg-ml-90-day", "sorg-ml-1-year"}


def test_no_hand_off_has_the_code_of_a_score_that_is_computed() -> None:
    assert BY_CODE.keys().isdisjoint(ENGINES)


@pytest.mark.parametrize("hand_off", HANDOFFS, ids=lambda h: h.code)
def test_no_number_is_stated_that_was_not_read_in_a_source(hand_off: HandOff) -> None:
    assert numbers(said(hand_off)) == set(STATED[hand_off.code].split())


@pytest.mark.parametrize("hand_off", HANDOFFS, ids=lambda h: h.code)
def test_the_ranges_are_those_of_the_forms(hand_off: HandOff) -> None:
    ranges = {i.finding: (i.low, i.high) for i in hand_off.inputs if (i.low, i.high) != (None, None)}
    assert ranges == RANGES.get(hand_off.code, {})


@pytest.mark.parametrize("hand_off", HANDOFFS, ids=lambda h: h.code)
def test_the_validations_are_those_that_were_published(hand_off: HandOff) -> None:
    assert [(v.value, v.n) for v in hand_off.validations] == VALIDATED.get(hand_off.code, [])


#: From memory alone: cut-offs of the SORG classic score, points and medians of OSRI, the upper bands of Rades.
UNVERIFIED = {
    "sorg-nomogram": "65 11 222.4",
    "sorg-ml": "3",
    "osri": "4 5 7 23 6",
    "rades-2008-survival": "87 36 41 45",
}


@pytest.mark.parametrize("code", UNVERIFIED)
def test_what_is_known_from_memory_alone_is_not_there(code: str) -> None:
    assert numbers(said(BY_CODE[code])).isdisjoint(UNVERIFIED[code].split())


@pytest.mark.parametrize("hand_off", HANDOFFS, ids=lambda h: h.code)
def test_every_hand_off_says_why_and_where_it_was_read(hand_off: HandOff) -> None:
    assert hand_off.why.endswith(".")
    assert hand_off.predicts
    assert hand_off.sources
    assert hand_off.url == "" or hand_off.url.startswith("https://")
    for input_ in hand_off.inputs:
        assert input_.label
        assert not input_.finding or input_.finding in FINDINGS
        assert (input_.low is None) == (input_.high is None)
    assert len(set(hand_off.inputs)) == len(hand_off.inputs)


def test_the_page_lists_every_hand_off() -> None:
    told = {code(cells[0]): cells[1:] for cells in rows(page("handoffs.md"), "code")}
    assert list(told) == [hand_off.code for hand_off in HANDOFFS]
    for hand_off in HANDOFFS:
        title, predicts, inputs, calculator = told[hand_off.code]
        assert (title, predicts, inputs) == (hand_off.title, hand_off.predicts, str(len(hand_off.inputs)))
        assert code(calculator) == (hand_off.url.removeprefix("https://").rstrip("/") or "-")


def test_the_page_explains_every_state() -> None:
    assert {code(cells[0]) for cells in rows(page("handoffs.md"), "state")} == {state.value for state in State}
