"""Items of a score that are connected by the findings they read, and all the points that they may come to.

The findings are answered one after another. What is left of the rows after some answers is a state, and many answers
leave the same: of eight values of the laboratory, whether any is critical. So the ways in which a record may turn out
are walked by their states, and never counted one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from service.conditions import AllOf, AnyOf, Atom, Condition, Not, atoms
from service.evidence import Values
from service.reading import Key, Pattern, Reader
from service.scoring.model import Item, Points, Row

Vector = tuple[Points, ...]
"""Points of each of several items."""
Totals = frozenset[Points]
_NONE: Totals = frozenset()


class Open(NamedTuple):
    """A finding of a group that leaves several patterns open."""

    position: int
    finding: Reader
    answers: tuple[tuple[Values, Totals], ...]
    """The values of each pattern, with the sums of the points of the group that they leave."""


class Look(NamedTuple):
    """What a group comes to for some possible values."""

    patterns: tuple[frozenset[Pattern], ...]
    points: tuple[Totals, ...]
    """Of each item."""
    sums: Totals
    """Of the points of all items."""
    open: tuple[Open, ...]


class _State:
    """What is left of the rows of some items after the first findings were answered; states are made once."""

    __slots__ = ("_after", "_group", "_level", "_rows", "sums", "vectors")

    def __init__(self, group: Group, level: int, rows: tuple[_Rows, ...]) -> None:
        self._group, self._level, self._rows = group, level, rows
        self._after: dict[Pattern, _State] = {}
        self.vectors: frozenset[Vector] = frozenset()
        """The points of each item, and their sums; none before all findings are answered."""
        self.sums = _NONE
        if level == len(group.findings):
            self.vectors = frozenset(product(*map(_points, group.items, rows)))
            self.sums = frozenset(map(sum, self.vectors))

    def after(self, pattern: Pattern) -> _State:
        """The state once the next finding is answered. There are no more of these than the table tells apart."""
        found = self._after.get(pattern)
        if found is None:
            truth = dict(zip(self._group.findings[self._level].tests, pattern, strict=True))
            found = self._group.state(self._level + 1, tuple(_rows_left(rows, truth) for rows in self._rows))
            self._after[pattern] = found
        return found


_Rows = tuple[tuple[Row, Condition | bool], ...]
"""The rows of an item that may apply, with what is left of their conditions."""


class Group:
    """Items that are connected by the findings they read."""

    def __init__(self, positions: tuple[int, ...], items: tuple[Item, ...]) -> None:
        self.positions = positions
        self.items = items
        tests: dict[str, dict[Atom, None]] = {}
        for item in items:
            for row in item.rows:
                for atom in atoms(row.when):
                    tests.setdefault(atom.finding, {})[atom] = None
        self.findings = tuple(Reader(code, tuple(found)) for code, found in tests.items())
        self._states: dict[tuple[int, tuple[_Rows, ...]], _State] = {}
        self._first = self.state(0, tuple(_rows_left([(row, row.when) for row in item.rows], {}) for item in items))
        self.look = lru_cache(maxsize=1024)(self._look_at)
        self.sums = lru_cache(maxsize=4096)(self._sums_of)

    def state(self, level: int, rows: tuple[_Rows, ...]) -> _State:
        found = self._states.get((level, rows))
        if found is None:
            found = self._states[level, rows] = _State(self, level, rows)
        return found

    def _look_at(self, keys: tuple[Key, ...]) -> Look:
        patterns = tuple([finding.patterns_of(key) for finding, key in zip(self.findings, keys, strict=True)])
        levels = self._levels(patterns)
        vectors = frozenset[Vector]().union(*[state.vectors for state in levels[-1]])
        narrowed = self._narrowed(patterns, levels)
        open_ = []
        for n, (finding, key) in enumerate(zip(self.findings, keys, strict=True)):
            if len(patterns[n]) > 1:
                answers = [(values, narrowed[n][pattern]) for pattern, values in finding.split_of(key).items()]
                open_.append(Open(n, finding, tuple(answers)))
        points = tuple([frozenset([vector[n] for vector in vectors]) for n in range(len(self.items))])
        return Look(patterns, points, frozenset(map(sum, vectors)), tuple(open_))

    def _levels(self, patterns: tuple[frozenset[Pattern], ...]) -> list[set[_State]]:
        """The states that are possible before the first finding, and after each."""
        levels = [{self._first}]
        for several in patterns:
            levels.append({state.after(pattern) for state in levels[-1] for pattern in several})
        return levels

    @staticmethod
    def _narrowed(
        patterns: tuple[frozenset[Pattern], ...], levels: list[set[_State]]
    ) -> Mapping[int, Mapping[Pattern, Totals]]:
        """The sums that each answer to each open finding leaves, with all else as it is."""
        found: dict[int, dict[Pattern, Totals]] = {}
        ends = {state: state.sums for state in levels[-1]}
        for n in range(len(patterns) - 1, -1, -1):
            states, several = levels[n], patterns[n]
            if len(several) > 1:
                found[n] = {p: _NONE.union(*[ends[state.after(p)] for state in states]) for p in several}
            ends = {state: _NONE.union(*[ends[state.after(p)] for p in several]) for state in states}
        return found

    def _sums_of(self, patterns: tuple[frozenset[Pattern], ...]) -> Totals:
        """The sums of the points of the items that the patterns leave open."""
        return _NONE.union(*[state.sums for state in self._levels(patterns)[-1]])

    def hangs_on(self, position: int, patterns: tuple[frozenset[Pattern], ...]) -> bool:
        """Whether a finding changes the sums once the others of the group are known, in some way that they may be."""
        before, here, after = patterns[:position], patterns[position], patterns[position + 1 :]
        sums = (
            {self.sums(tuple(frozenset((p,)) for p in (*rest[:position], one, *rest[position:]))) for one in here}
            for rest in product(*before, *after)
        )
        return any(len(found) > 1 for found in sums)


def connected(items: tuple[Item, ...]) -> Iterable[Group]:
    """Items in groups that share no finding with one another."""
    groups: list[tuple[set[str], list[int]]] = []
    for position, item in enumerate(items):
        reads = {atom.finding for row in item.rows for atom in atoms(row.when)}
        positions = [position]
        for other in [group for group in groups if group[0] & reads]:
            groups.remove(other)
            reads |= other[0]
            positions += other[1]
        groups.append((reads, sorted(positions)))
    for _, positions in groups:
        yield Group(tuple(positions), tuple(items[n] for n in positions))


def _points(item: Item, rows: _Rows) -> Iterable[Points]:
    """The points of the row that applies; any of the item where none does."""
    return rows[0][0].points if rows else sorted(item.points)


def _rows_left(rows: Iterable[tuple[Row, Condition | bool]], truth: Mapping[Atom, bool]) -> _Rows:
    """The rows that may still apply: none after one that certainly does, for the first counts."""
    found: list[tuple[Row, Condition | bool]] = []
    for row, condition in rows:
        left = condition if isinstance(condition, bool) else _left(condition, truth)
        if left is not False:
            found.append((row, left))
        if left is True:
            break
    return tuple(found)


def _left(condition: Condition, truth: Mapping[Atom, bool]) -> Condition | bool:
    """What is left of a condition once the truth of some tests is known; True or False where nothing is."""
    match condition:
        case AllOf(parts):
            return _joined(parts, truth, settling=False)
        case AnyOf(parts):
            return _joined(parts, truth, settling=True)
        case Not(part):
            inner = _left(part, truth)
            return not inner if isinstance(inner, bool) else Not(inner)
        case _:
            return truth.get(condition, condition)


def _joined(parts: tuple[Condition, ...], truth: Mapping[Atom, bool], *, settling: bool) -> Condition | bool:
    """Parts of which one that is ``settling`` settles the whole."""
    left: list[Condition] = []
    for part in parts:
        found = _left(part, truth)
        if found is settling:
            return settling
        if not isinstance(found, bool):
            left.append(found)
    if not left:
        return not settling
    return AnyOf(tuple(left)) if settling else AllOf(tuple(left))
