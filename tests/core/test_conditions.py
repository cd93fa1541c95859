"""Conditions on findings that are sets: zones and layers, read by their patterns like any other."""

from __future__ import annotations

from itertools import combinations

import pytest

from service.conditions import Within, all_of, atoms, holds_for, not_, within
from service.findings import FINDINGS
from service.reading import Reader, Standing

LAYERS = "ABCDE"
EVERY_SET = [chosen for n in range(1, 6) for chosen in combinations(LAYERS, n)]


def test_within_holds_where_no_member_lies_outside() -> None:
    for chosen in EVERY_SET:
        assert holds_for(within("wbb-layers", "B", "C"), {"wbb-layers": chosen}) == (set(chosen) <= {"B", "C"}), chosen


def test_within_needs_none_of_its_members_to_be_there_themselves() -> None:
    assert holds_for(within("wbb-zones", 4, 5, 6, 7, 8), {"wbb-zones": (6,)})


def test_within_is_a_test_of_one_finding_that_can_be_told_from_others() -> None:
    condition = all_of(within("wbb-zones", 4, 5), not_(within("wbb-zones", 5, 6)), within("wbb-zones", 5, 4))
    assert list(dict.fromkeys(atoms(condition))) == [
        Within("wbb-zones", frozenset((4, 5))),
        Within("wbb-zones", frozenset((5, 6))),
    ]


@pytest.mark.parametrize(
    ("told", "patterns"),
    [
        ({("B",)}, {(True, True)}),
        ({("A", "B")}, {(True, False)}),
        ({("B", "C"), ("A", "B")}, {(False, True), (True, False)}),
    ],
)
def test_a_reader_tells_sets_apart_by_the_tests_that_they_pass(
    told: set[tuple[str, ...]], patterns: set[tuple[bool, ...]]
) -> None:
    tests = tuple(Within("wbb-layers", frozenset(members)) for members in ("AB", "BC"))
    assert Reader("wbb-layers", tests).patterns(frozenset(told)) == patterns


def test_two_sources_that_disagree_leave_both_truths_open() -> None:
    standing = Standing(within("wbb-layers", "B", "C"))
    assert standing.of(lambda code: frozenset((("B",), ("A", "B")))) == {True, False}


def test_a_record_without_zones_reads_like_one_that_names_all_of_them() -> None:
    # So a rule on zones has to see that the record names some: `told` of a row is for that.
    unknown = FINDINGS["wbb-zones"].domain.unknown
    assert unknown == {tuple(range(1, 13))}
    assert Standing(within("wbb-zones", 4, 5, 6, 7, 8)).of(lambda code: unknown) == {False}
