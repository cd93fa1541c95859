"""How tables read findings: a value is the pattern of tests that it passes.

A table tells values apart only by its tests, so forty tumours are a handful of patterns, and every
number between two limits is one. That makes exact enumeration of what is possible cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from itertools import pairwise, product
from typing import Generic, NamedTuple, TypeVar

from service.conditions import Above, AllOf, AnyOf, AtLeast, Atom, Condition, Not, atoms, holds
from service.evidence import Number, Span, Values, is_single
from service.findings import FINDINGS

Pattern = tuple[bool, ...]
Item = TypeVar("Item")


class Known(frozenset[Pattern]):
    """The one pattern of a finding that is known well enough."""


Key = Known | Values
"""What a finding comes down to for a table: its pattern where there is one, else its possible values."""


class Seen(NamedTuple):
    """What a table sees of possible values."""

    patterns: frozenset[Pattern]
    key: Key
    single: bool
    """Whether this is one value and no other."""


class Reader:
    """How a table sees one finding: the tests that it makes, and the patterns of the values."""

    def __init__(self, code: str, tests: tuple[Atom, ...]) -> None:
        self.code = code
        self.tests = tests
        self._known: dict[Values, Seen] = {}
        self._sorted = lru_cache(maxsize=1024)(self._split_by_pattern)
        finding = FINDINGS.get(code)  # None for what a table works out itself, such as stability
        domain = finding.domain if finding else None
        self._cells = _cells(domain, tests) if isinstance(domain, Number) else ()

    def patterns(self, values: Values) -> frozenset[Pattern]:
        """The patterns of tests that the possible values leave open."""
        return (self._known.get(values) or self._read(values)).patterns

    def key(self, values: Values) -> Key:
        """The values, or the one pattern that they all have: then 3.9 and 4.1 g/dL are one case to remember."""
        return (self._known.get(values) or self._read(values)).key

    def seen(self, values: Values) -> Seen:
        """All that the table sees of the values."""
        return self._known.get(values) or self._read(values)

    def _read(self, values: Values) -> Seen:
        patterns = frozenset([pattern for pattern, _ in self._split(values)])
        found = Seen(patterns, Known(patterns) if len(patterns) == 1 else values, is_single(values))
        if len(self._known) < 4096:  # a bound on what hostile numbers can make us remember
            self._known[values] = found
        return found

    def patterns_of(self, key: Key) -> frozenset[Pattern]:
        return key if isinstance(key, Known) else self.patterns(key)

    def split_of(self, key: Key) -> Mapping[Pattern, Values]:
        """The values by pattern; none are named for a finding that is known, for nobody asks about it."""
        return dict.fromkeys(key, frozenset()) if isinstance(key, Known) else self.split(key)

    def split(self, values: Values) -> Mapping[Pattern, Values]:
        """The possible values, sorted by their pattern."""
        return self._sorted(values)

    def _split_by_pattern(self, values: Values) -> Mapping[Pattern, Values]:
        sorted_: dict[Pattern, set[Hashable]] = {}
        for pattern, value in self._split(values):
            sorted_.setdefault(pattern, set()).add(value)
        # In an order of its own: that of a set differs from process to process, and answers must not.
        return {pattern: joined(sorted_[pattern]) for pattern in sorted(sorted_, reverse=True)}

    def _split(self, values: Values) -> Iterable[tuple[Pattern, Hashable]]:
        for value in values:
            if not isinstance(value, Span):
                yield tuple(test.test(value) for test in self.tests), value
                continue
            for cell, pattern in self._cells:
                part = cell.meet(value)
                if part is not None:
                    yield pattern, part


class Standing:
    """Whether a condition holds, over possible values: certainly, possibly, or not at all."""

    def __init__(self, condition: Condition) -> None:
        tests: dict[str, dict[Atom, None]] = {}
        for atom in atoms(condition):
            tests.setdefault(atom.finding, {})[atom] = None
        self._condition = condition
        self._readers = tuple(Reader(code, tuple(found)) for code, found in tests.items())
        self._truths = lru_cache(maxsize=4096)(self._truths_of)
        self.reads = tuple(tests)

    def of(self, possible: Callable[[str], Values]) -> frozenset[bool]:
        """The truths that the possible values leave open: one, or both."""
        return self._truths(tuple([reader.patterns(possible(reader.code)) for reader in self._readers]))

    def _truths_of(self, patterns: tuple[frozenset[Pattern], ...]) -> frozenset[bool]:
        truths: set[bool] = set()
        for chosen in product(*patterns):
            truth = {
                test: value
                for reader, pattern in zip(self._readers, chosen, strict=True)
                for test, value in zip(reader.tests, pattern, strict=True)
            }
            truths.add(holds(self._condition, truth.__getitem__))
            if len(truths) > 1:
                break
        return frozenset(truths)


class Sieve(Generic[Item]):
    """Of many items with a condition each, those whose condition may hold: no finding rules it out by itself."""

    def __init__(self, items: Iterable[tuple[Item, Condition]]) -> None:
        self._items = tuple(items)
        tests: dict[str, dict[Atom, None]] = {}
        reading: dict[str, dict[int, Condition]] = {}
        for n, (_, condition) in enumerate(self._items):
            for atom in atoms(condition):
                tests.setdefault(atom.finding, {})[atom] = None
                reading.setdefault(atom.finding, {})[n] = condition
        self._readers = tuple((Reader(code, tuple(found)), dict[Values, int]()) for code, found in tests.items())
        self._reading = reading
        self._standing = tuple(Standing(condition) for _, condition in self._items)
        # Of no finding, or of one alone: what that says is all.
        self._alone = sum(1 << n for n, each in enumerate(self._standing) if len(each.reads) < 2)
        self._always = sum(1 << n for n, (_, each) in enumerate(self._items) if _so_far(each, {}) is True)
        self._never = sum(1 << n for n, (_, each) in enumerate(self._items) if _so_far(each, {}) is False)
        self._told = lru_cache(maxsize=4096)(self._told_by)
        self._left = lru_cache(maxsize=4096)(self._left_by)

    def left(self, possible: Callable[[str], Values]) -> tuple[Item, ...]:
        """The items that are left, in their order."""
        return tuple([item for item, _ in self._sifted(possible)])

    def truths(self, possible: Callable[[str], Values]) -> list[tuple[Item, frozenset[bool]]]:
        """The items that are left and whose condition may hold, each with the truths that are possible."""
        found = []
        for item, known in self._sifted(possible):
            truths = known if isinstance(known, frozenset) else known.of(possible)
            if True in truths:
                found.append((item, truths))
        return found

    def _sifted(self, possible: Callable[[str], Values]) -> tuple[tuple[Item, frozenset[bool] | Standing], ...]:
        """The items that are left, each with its truths where one finding tells them, else with what tells them."""
        told = self._never
        for reader, known in self._readers:
            values = possible(reader.code)
            found = known.get(values)
            if found is None:
                found = self._told(reader, reader.patterns(values))
                if len(known) < 4096:  # as a reader does
                    known[values] = found
            told |= found
        return self._left(told)

    def _left_by(self, told: int) -> tuple[tuple[Item, frozenset[bool] | Standing], ...]:
        count = len(self._items)
        out, holds_ = told, told >> count | self._always
        return tuple(
            (item, _CERTAIN if holds_ >> n & 1 else _BOTH if self._alone >> n & 1 else self._standing[n])
            for n, (item, _) in enumerate(self._items)
            if not out >> n & 1
        )

    def _told_by(self, reader: Reader, patterns: frozenset[Pattern]) -> int:
        """The items that a finding of these patterns rules out, a bit for each; and above them those that hold."""
        truths = [dict(zip(reader.tests, pattern, strict=True)) for pattern in patterns]
        told, count = 0, len(self._items)
        for n, condition in self._reading[reader.code].items():
            found = {_so_far(condition, truth) for truth in truths}
            told |= (found == {False}) << n | (found == {True}) << n + count
        return told


_CERTAIN, _BOTH = frozenset((True,)), frozenset((False, True))


def _so_far(condition: Condition, truth: Mapping[Atom, bool]) -> bool | None:
    """Whether a condition holds by the tests of which the truth is known; None where it hangs on others."""
    match condition:
        case AllOf(parts):
            found = {_so_far(part, truth) for part in parts}
            return False if False in found else None if None in found else True
        case AnyOf(parts):
            found = {_so_far(part, truth) for part in parts}
            return True if True in found else None if None in found else False
        case Not(part):
            inner = _so_far(part, truth)
            return None if inner is None else not inner
        case _:
            return truth.get(condition)


def _cells(domain: Number, tests: tuple[Atom, ...]) -> tuple[tuple[Span, Pattern], ...]:
    """The domain cut at the limits of the tests; all numbers in a cell have one pattern."""
    limits = sorted({test.limit for test in tests if isinstance(test, (AtLeast, Above))})
    if domain.whole:
        starts = sorted({domain.low, *(n for limit in limits for n in (limit, limit + 1))})
        ends = [*(start - 1 for start in starts[1:]), domain.high]
        spans = [Span(low, high) for low, high in zip(starts, ends, strict=True) if low <= high]
    else:
        edges = sorted({domain.low, *limits, domain.high})
        spans = [Span.point(edge) for edge in edges]
        spans += [Span(a, b, True, True) for a, b in pairwise(edges)]
    return tuple((span, tuple(test.test(_inside(span, domain)) for test in tests)) for span in sorted(spans))


def _inside(span: Span, domain: Number) -> float:
    """A number in the span, to stand for all of them."""
    return span.low if span.is_point or domain.whole else (span.low + span.high) / 2


def joined(members: set[Hashable]) -> Values:
    """The members, which are all spans or none; spans that touch, as one."""
    spans = [member for member in members if isinstance(member, Span)]
    if not spans:
        return frozenset(members)
    spans.sort()
    joined = [spans[0]]
    for span in spans[1:]:
        last = joined[-1]
        if span.low == last.high and not (span.low_open and last.high_open):
            joined[-1] = Span(last.low, span.high, last.low_open, span.high_open)
        else:
            joined.append(span)
    return frozenset(joined)


@lru_cache(maxsize=4096)
def in_words(values: Values) -> list[str]:
    """What sets of values are sorted by, so that their order is the same in every process."""
    return sorted(map(str, values))
