"""Possible values: what a record says, and leaves open, about one finding.

Every finding is a *set of possible values*. Known is a set of one, unknown is the whole domain,
two sources that disagree are the union of both, ``< 3.5 g/dL`` is the values below it. Everything
downstream (scores, rules, explanations) computes on such sets and never on a guess.

A set is a ``frozenset``. Its members are plain values for a finding with listed values
(:class:`Choice`) and :class:`Span` for a measured number (:class:`Number`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from service.text import phrase, quoted

Values = frozenset[Hashable]


class OutsideDomain(ValueError):
    """A value that the finding cannot have; the message says what it can."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Numbers from ``low`` to ``high``; a known number is a span of one point."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @classmethod
    def point(cls, value: float) -> Span:
        return cls(value, value)

    @property
    def is_point(self) -> bool:
        return self.low == self.high

    def meet(self, other: Span) -> Span | None:
        """The numbers that are in both, or None."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        if low > high or (low == high and (low_open or not closed)):
            return None
        return Span(low, high, low_open, not closed)

    def __str__(self) -> str:
        if self.is_point:
            return f"{self.low:g}"
        if math.isinf(self.high):
            return f"{'>' if self.low_open else '>='} {self.low:g}"
        if math.isinf(self.low):
            return f"{'<' if self.high_open else '<='} {self.high:g}"
        return f"{self.low:g} to {'<' if self.high_open else ''}{self.high:g}"


@dataclass(frozen=True)
class Choice:
    """A domain of listed values. ``groups`` are codes that stand for several of them."""

    values: tuple[Hashable, ...]
    groups: Mapping[str, Values] = field(default_factory=dict)
    unless_said: Values = frozenset()
    """Values that count only when the record gives them, such as those of a patient who has died."""

    @cached_property
    def unknown(self) -> Values:
        """The possible values when nothing is said."""
        return frozenset(self.values) - self.unless_said

    def only(self, value: Hashable) -> Values:
        """The possible values that a code or value stands for.

        Raises:
            OutsideDomain: it is neither a value nor a group of this domain.
        """
        if isinstance(value, str) and value in self.groups:
            return self.groups[value]
        # True == 1 in Python, so the type is part of the identity here.
        for member in self.values:
            if member == value and type(member) is type(value):
                return frozenset((member,))
        listed = ", ".join(str(v).lower() for v in (*self.values, *self.groups))
        raise OutsideDomain(phrase("has one of the values {values}", values=quoted(listed)))


@dataclass(frozen=True)
class Number:
    """A domain of numbers in one unit; ``whole`` for counts. The limits are what a body can have."""

    unit: str
    low: float
    high: float
    whole: bool = False
    unknown_low: float | None = None
    """Where the range starts when nothing is said, if not at ``low``."""

    @cached_property
    def unknown(self) -> Values:
        """The possible values when nothing is said."""
        return frozenset((Span(self.low if self.unknown_low is None else self.unknown_low, self.high),))

    def only(self, span: Span) -> Values:
        """The part of a span that lies in the domain.

        Raises:
            OutsideDomain: no part does, or a count is not a whole number.
        """
        if span.is_point and self.low <= span.low <= self.high and not (self.whole or span.low_open or span.high_open):
            return frozenset((span,))  # a measured number, as nearly all are
        found = span.meet(Span(self.low, self.high))
        if found is not None and self.whole:
            found = _whole(found)
        if found is None:
            template = "is a whole number from {low} to {high}" if self.whole else "is a number from {low} to {high}"
            limits = phrase(template, low=f"{self.low:g}", high=f"{self.high:g}")
            has_unit = self.unit not in ("", "1")
            raise OutsideDomain(phrase("{number} {unit}", number=limits, unit=self.unit) if has_unit else limits)
        return frozenset((found,))


def _whole(span: Span) -> Span | None:
    """The whole numbers of a span, as a closed span; None where there is none."""
    low, high = math.ceil(span.low), math.floor(span.high)
    low += span.low_open and low == span.low
    high -= span.high_open and high == span.high
    return Span(low, high) if low <= high else None


Domain = Choice | Number


def meet(left: Values, right: Values) -> Values:
    """The values that are possible in both sets."""
    if not any(isinstance(v, Span) for v in left):
        return left & right
    pairs = (a.meet(b) for a in left for b in right if isinstance(a, Span) and isinstance(b, Span))
    return frozenset(span for span in pairs if span is not None)


def is_single(values: Values) -> bool:
    """Whether this is one value and no other."""
    return len(values) == 1 and all(not isinstance(v, Span) or v.is_point for v in values)


def agree(sets: Iterable[Values]) -> tuple[Values, bool]:
    """What several sources say together, and whether they conflict.

    Sources that are compatible narrow each other ("visceral: present" and "removable" are
    "removable"). Sources that cannot all be right leave the union open: that is the conflict.
    """
    listed = list(sets)
    together = listed[0]
    for values in listed[1:]:
        together = meet(together, values)
    if together:
        return together, False
    return frozenset().union(*listed), True


@dataclass(frozen=True, slots=True, order=True)
class When:
    """The stretch of time that a date stands for: seconds since 1970, in UTC.

    "2026-10" is all of October. No date at all is any time, so it supersedes nothing.
    """

    start: float = -math.inf
    end: float = math.inf
    text: str = ""


@dataclass(frozen=True)
class Statement:
    """What one source in the record says about one finding."""

    finding: str
    values: Values
    source: str
    """Reference of the resource as the sender names it; empty for what the caller declared."""
    when: When = When()
    lasting: bool = False
    """A state such as a diagnosis, which a later statement does not supersede by its date."""


@dataclass(frozen=True)
class Evidence:
    """The possible values of one finding and the statements that leave just these."""

    values: Values
    statements: tuple[Statement, ...] = ()
    superseded: tuple[Statement, ...] = ()
    conflict: bool = False
    derived_from: tuple[str, ...] = ()
    """Findings that this one was worked out from, when the record does not give it itself."""

    @cached_property
    def certain(self) -> bool:
        """Whether one value is possible and no other."""
        return is_single(self.values)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """References of the resources that say it."""
        return tuple(sorted({s.source for s in self.statements if s.source}))


def weigh(statements: Iterable[Statement]) -> Evidence:
    """Evidence from statements: the latest wins, ties that disagree stay a conflict.

    A statement is superseded when another one is certainly later. Lasting statements (diagnoses)
    are weighed together and then against the dated ones.
    """
    ordered = list(statements)
    if len(ordered) == 1:
        return Evidence(ordered[0].values, tuple(ordered))
    ordered.sort(key=_when_and_where)
    if len(set(map(_when_and_where, ordered))) < len(ordered):
        ordered.sort(key=lambda s: (*_when_and_where(s), sorted(map(repr, s.values))))
    dated = [s for s in ordered if not s.lasting]
    lasting = [s for s in ordered if s.lasting]
    latest_start = max((s.when.start for s in dated), default=-math.inf)
    current = [s for s in dated if s.when.end >= latest_start]
    superseded = tuple(s for s in dated if s.when.end < latest_start)
    groups = [agree(s.values for s in group) for group in (current, lasting) if group]
    values, conflict = agree(values for values, _ in groups)
    return Evidence(
        values=values,
        statements=(*current, *lasting),
        superseded=superseded,
        conflict=conflict or (len(values) > 1 and any(c for _, c in groups)),
    )


def _when_and_where(statement: Statement) -> tuple[float, float, str]:
    return statement.when.start, statement.when.end, statement.source


def together(basis: Iterable[Evidence], values: Values, derived_from: Iterable[str] = ()) -> Evidence:
    """Evidence for values that were worked out from other evidence: it names all their sources, each once."""
    listed = list(basis)
    return Evidence(
        values,
        tuple(dict.fromkeys(s for evidence in listed for s in evidence.statements)),
        conflict=len(values) > 1 and any(evidence.conflict for evidence in listed),
        derived_from=tuple(dict.fromkeys((*(o for evidence in listed for o in evidence.derived_from), *derived_from))),
    )
