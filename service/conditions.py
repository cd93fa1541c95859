"""Conditions on findings: the words in which score tables and decision tables are written.

A table row says when it applies as data, so that the same row computes, is rendered for reading,
and tells which values of a finding it can tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Atom:
    """A test of one finding."""

    finding: str

    def test(self, value: Any) -> bool:
        raise NotImplementedError


@dataclass(frozen=True)
class Is(Atom):
    """The finding has one of the values."""

    values: frozenset[Hashable]

    def test(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True)
class AtLeast(Atom):
    """The number is the limit or more."""

    limit: float

    def test(self, value: Any) -> bool:
        return bool(value >= self.limit)


@dataclass(frozen=True)
class Above(Atom):
    """The number is more than the limit."""

    limit: float

    def test(self, value: Any) -> bool:
        return bool(value > self.limit)


@dataclass(frozen=True)
class Includes(Atom):
    """A finding that is a run of levels has at least one of them in it."""

    levels: frozenset[str]

    def test(self, value: Any) -> bool:
        return not self.levels.isdisjoint(value)


@dataclass(frozen=True)
class Within(Atom):
    """A finding that is a set of zones or layers has none of them outside of these."""

    members: frozenset[Hashable]

    def test(self, value: Any) -> bool:
        return self.members.issuperset(value)


@dataclass(frozen=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    part: Condition


Condition = Atom | AllOf | AnyOf | Not


def is_(finding: str, *values: Hashable) -> Condition:
    return Is(finding, frozenset(values))


def at_least(finding: str, limit: float) -> Condition:
    return AtLeast(finding, limit)


def below(finding: str, limit: float) -> Condition:
    return Not(AtLeast(finding, limit))


def above(finding: str, limit: float) -> Condition:
    return Above(finding, limit)


def at_most(finding: str, limit: float) -> Condition:
    return Not(Above(finding, limit))


def includes(finding: str, *levels: str) -> Condition:
    return Includes(finding, frozenset(levels))


def within(finding: str, *members: Hashable) -> Condition:
    return Within(finding, frozenset(members))


def all_of(*parts: Condition) -> Condition:
    return AllOf(parts)


def any_of(*parts: Condition) -> Condition:
    return AnyOf(parts)


def not_(part: Condition) -> Condition:
    return Not(part)


ALWAYS: Condition = AllOf(())


def atoms(condition: Condition) -> Iterator[Atom]:
    """Every test that the condition makes."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from atoms(part)
        case Not(part):
            yield from atoms(part)
        case _:
            yield condition


def holds(condition: Condition, truth: Callable[[Atom], bool]) -> bool:
    """Whether the condition is true, given the truth of each test."""
    match condition:
        case AllOf(parts):
            return all(holds(part, truth) for part in parts)
        case AnyOf(parts):
            return any(holds(part, truth) for part in parts)
        case Not(part):
            return not holds(part, truth)
        case _:
            return truth(condition)


def holds_for(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether the condition is true of one value per finding."""
    return holds(condition, lambda atom: atom.test(values[atom.finding]))
