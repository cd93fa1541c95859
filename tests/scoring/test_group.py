"""A group of items comes to what it comes to when every way in which the record may turn out is counted one by one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.case import Case
from service.conditions import Condition, above, all_of, any_of, at_least, holds, is_, not_
from service.evidence import Span, Values
from service.findings import FINDINGS
from service.reading import Pattern
from service.scoring import ENGINES
from service.scoring.group import Group
from service.scoring.model import Item, Points, row

_GRADES = sorted(map(str, FINDINGS["escc-grade"].domain.unknown))
_ATOMS: st.SearchStrategy[Condition] = st.one_of(
    st.lists(st.sampled_from(_GRADES), min_size=1, max_size=3).map(lambda grades: is_("escc-grade", *grades)),
    st.sampled_from((is_("myelopathy", True), is_("myelopathy", False))),
    st.sampled_from((2.5, 3.5)).flatmap(lambda n: st.sampled_from((at_least("albumin", n), above("albumin", n)))),
)
_CONDITIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(not_),
        st.lists(inner, max_size=3).flatmap(lambda parts: st.sampled_from((all_of(*parts), any_of(*parts)))),
    ),
    max_leaves=5,
)
_ITEMS = st.lists(
    st.lists(st.tuples(st.integers(0, 3), _CONDITIONS), min_size=1, max_size=3).map(
        lambda rows: Item("item", "Item", tuple(row(points, "a row", when) for points, when in rows))
    ),
    min_size=1,
    max_size=3,
).map(tuple)
_NUMBERS = st.sampled_from((1.0, 2.5, 3.0, 3.5, 5.0))
_POSSIBLE: st.SearchStrategy[Mapping[str, Values]] = st.fixed_dictionaries(
    {
        "escc-grade": st.frozensets(st.sampled_from(_GRADES), min_size=1),
        "myelopathy": st.frozensets(st.booleans(), min_size=1),
        "albumin": st.tuples(_NUMBERS, _NUMBERS).map(lambda ends: frozenset((Span(min(ends), max(ends)),))),
    }
)


def _counted(group: Group, patterns: tuple[frozenset[Pattern], ...]) -> set[tuple[Points, ...]]:
    found = set()
    for chosen in product(*patterns):
        truth = {
            test: value
            for reader, pattern in zip(group.findings, chosen, strict=True)
            for test, value in zip(reader.tests, pattern, strict=True)
        }
        rows = [next((r for r in item.rows if holds(r.when, truth.__getitem__)), None) for item in group.items]
        each = [r.points if r else item.points for r, item in zip(rows, group.items, strict=True)]
        found |= set(product(*each))
    return found


@given(_ITEMS, _POSSIBLE)
def test_a_group_comes_to_what_is_counted(items: tuple[Item, ...], possible: Mapping[str, Values]) -> None:
    group = Group(tuple(range(len(items))), items)
    look = group.look(tuple(reader.key(possible[reader.code]) for reader in group.findings))
    vectors = _counted(group, look.patterns)
    assert [*look.points] == [{vector[n] for vector in vectors} for n in range(len(items))]
    assert look.sums == group.sums(look.patterns) == set(map(sum, vectors))
    assert [each.position for each in look.open] == [n for n, p in enumerate(look.patterns) if len(p) > 1]
    for at, finding, answers in look.open:
        by_pattern = finding.split(possible[finding.code])
        assert [values for values, _ in answers] == [*by_pattern.values()]
        for pattern, (_, sums) in zip(by_pattern, answers, strict=True):
            narrowed = (*look.patterns[:at], frozenset((pattern,)), *look.patterns[at + 1 :])
            assert sums == set(map(sum, _counted(group, narrowed)))


@pytest.mark.parametrize("code", list(ENGINES))
def test_the_states_of_a_table_are_few(code: str) -> None:
    """They are kept for good: nothing that is known of a patient adds one to those that a table has."""
    engine = ENGINES[code]
    engine.result(Case())
    assert all(len(group._states) < 50 for group in engine._groups)
