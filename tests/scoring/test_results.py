"""What a result says of itself, whichever the score: how much an answer leaves open, and that nobody can alter it."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from pkgutil import walk_packages
from statistics import fmean

import pytest

from service import scoring
from service.case import Case
from service.scoring import ENGINES

MODULES = [import_module(found.name) for found in walk_packages(scoring.__path__, f"{scoring.__name__}.")]
MADE = [
    thing
    for module in MODULES
    for thing in vars(module).values()
    if isinstance(thing, type) and is_dataclass(thing) and thing.__module__ == module.__name__
]


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__qualname__)
def test_tables_and_results_cannot_be_altered(made: type) -> None:
    """They are kept, and the same ones are handed out for the next record."""
    with pytest.raises(FrozenInstanceError):
        setattr(object.__new__(made), fields(made)[0].name, None)


@pytest.mark.parametrize("code", list(ENGINES))
def test_an_answer_leaves_the_average_width_of_its_outcomes(code: str) -> None:
    missing = ENGINES[code].result(Case()).missing
    assert missing
    for each in missing:
        assert each.left_width == pytest.approx(fmean(max(o.totals) - min(o.totals) for o in each.outcomes))


def test_a_narrower_range_comes_first_where_as_many_bands_are_left() -> None:
    """Over all scores, so that one of them has two findings that differ in nothing but the width."""
    told_apart = False
    for engine in ENGINES.values():
        order = [(m.left_open, m.left_width, m.finding) for m in engine.result(Case()).missing]
        assert order == sorted(order)
        told_apart |= any(a[0] == b[0] and a[1] < b[1] for a, b in pairwise(order))
    assert told_apart
