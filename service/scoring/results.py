"""What a score comes to: its items, totals and bands, what is missing of it, and what is said beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from service.case import Lesion
from service.evidence import Values
from service.scoring.group import Totals
from service.scoring.model import Band, Boundary, Item, Points, Remark, Score


@dataclass(frozen=True, eq=False)  # made once and kept, so identity is enough, and quick
class ItemResult:
    item: Item
    points: Totals
    said: bool
    """Whether the record says anything of what the item reads."""
    derived_from: tuple[str, ...] = ()
    """Findings of the record that what the item reads was worked out from."""
    unplaced: bool = False
    """All that the item reads is known, and no source says how many points that gives."""


@dataclass(frozen=True)
class Outcome:
    """Where one answer about a missing finding would lead."""

    values: Values
    totals: Totals
    bands: tuple[Band, ...]


@dataclass(frozen=True, eq=False)  # as above
class Missing:
    """A finding that is not known well enough, and what each possible answer would settle."""

    finding: str
    outcomes: tuple[Outcome, ...]

    @property
    def decides(self) -> bool:
        """Whether every answer settles the band."""
        return all(len(outcome.bands) == 1 for outcome in self.outcomes)

    @cached_property
    def left_open(self) -> float:
        """Bands that remain possible after the answer, on average. Fewer is more decisive."""
        return sum(len(outcome.bands) for outcome in self.outcomes) / len(self.outcomes)

    @cached_property
    def left_width(self) -> float:
        """Width of the range that remains after the answer, on average."""
        return sum(max(o.totals) - min(o.totals) for o in self.outcomes) / len(self.outcomes)


@dataclass(frozen=True)
class OnBoundary:
    """A value on which sources disagree, and the totals by the other source."""

    item: Item
    boundary: Boundary
    totals: Totals
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class Said:
    """A remark that holds, or may hold, for what the record says."""

    remark: Remark
    certain: bool
    shown: Values = frozenset()
    """The possible values of the finding that the remark shows."""


@dataclass(frozen=True, eq=False)  # as above
class Reckoning:
    """What a score comes to: one and the same for all patients whom it does not tell apart."""

    score: Score
    items: tuple[ItemResult, ...]
    totals: Totals
    bands: tuple[Band, ...]
    missing: tuple[Missing, ...]
    outside: tuple[Said, ...] = ()
    """Limits of its validity that the patient is outside of, certainly or perhaps."""
    remarks: tuple[Said, ...] = ()
    boundaries: tuple[OnBoundary, ...] = ()


@dataclass(frozen=True)
class Result:
    """A score of a case or a lesion: what it comes to, and what it was read from."""

    reckoning: Reckoning
    lesion: Lesion | None
    sources: tuple[str, ...]
    """References of every input that was read."""

    @property
    def score(self) -> Score:
        return self.reckoning.score

    @property
    def items(self) -> tuple[ItemResult, ...]:
        return self.reckoning.items

    @property
    def totals(self) -> Totals:
        return self.reckoning.totals

    @property
    def bands(self) -> tuple[Band, ...]:
        return self.reckoning.bands

    @property
    def missing(self) -> tuple[Missing, ...]:
        return self.reckoning.missing

    @property
    def outside(self) -> tuple[Said, ...]:
        return self.reckoning.outside

    @property
    def remarks(self) -> tuple[Said, ...]:
        return self.reckoning.remarks

    @property
    def boundaries(self) -> tuple[OnBoundary, ...]:
        return self.reckoning.boundaries

    @property
    def low(self) -> Points:
        return min(self.totals)

    @property
    def high(self) -> Points:
        return max(self.totals)

    @property
    def exact(self) -> bool:
        return len(self.totals) == 1

    @property
    def settled(self) -> bool:
        """Whether there is one band, whatever is missing."""
        return len(self.bands) == 1

    @property
    def informed(self) -> bool:
        """Whether the record says anything that narrows the score."""
        return any(item.points != item.item.points for item in self.items)
