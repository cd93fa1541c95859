"""What follows from receptors, and from metastases outside bone."""

from __future__ import annotations

from itertools import product

import pytest

from service.derivations import derive
from service.evidence import Span
from tests.core.cases import case

RECEPTORS = ("oestrogen_receptor", "progesterone_receptor", "her2")


@pytest.mark.parametrize("receptors", list(product((True, False, None), repeat=3)))
def test_triple_negative_is_negative_for_all_three_receptors(receptors: tuple[bool | None, ...]) -> None:
    said = {name: value for name, value in zip(RECEPTORS, receptors, strict=True) if value is not None}
    ways = product(*((True, False) if value is None else (value,) for value in receptors))
    found = derive(case(**said))
    assert found.possible("triple-negative") == {not any(way) for way in ways}
    assert bool(found.about("triple-negative").statements) == bool(said)


def test_triple_negative_beside_a_positive_receptor_of_the_same_time_is_open() -> None:
    assert derive(case(triple_negative=True, her2=True)).possible("triple-negative") == {True, False}
    assert derive(case(triple_negative=True, her2=False)).possible("triple-negative") == {True}


@pytest.mark.parametrize(
    ("findings", "at_least_one"),
    [
        ({"visceral_metastases": "present"}, True),
        ({"visceral_metastases": "unremovable"}, True),
        ({"visceral_metastases": "leptomeningeal"}, False),
        ({"visceral_metastases": "none"}, False),
        ({"visceral_metastases": ["none", "present"]}, False),
        ({"brain_metastases": True}, True),
        ({"brain_metastases": False}, False),
        ({"brain_metastases": [True, False]}, False),
        ({"brain_metastases": True, "visceral_metastases": "present"}, True),
        ({}, False),
    ],
)
def test_metastases_in_organs_or_the_brain_are_at_least_one_organ_system(
    findings: dict[str, object], at_least_one: bool
) -> None:
    found = derive(case(**findings)).about("metastatic-organ-system-count")
    assert found.values == {Span(1 if at_least_one else 0, 10)}
    assert bool(found.derived_from) == at_least_one


def test_a_count_of_organ_systems_that_the_record_gives_is_kept() -> None:
    counted = derive(case(metastatic_organ_system_count=3, brain_metastases=True))
    assert counted.possible("metastatic-organ-system-count") == {Span(3, 3)}
