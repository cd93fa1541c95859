"""The one engine behind every score: exact sets of possible totals and bands.

Items that read the same finding are computed together, so that "lung" and "favourable primary"
are never both counted as possible at once. Items that share no finding are independent, and their
sums add up. Within a group of items each finding is reduced to *what the rows can tell apart*: a
value is its pattern of true and false tests, and a handful of patterns stands for forty tumours.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple

from service.case import Case, Lesion
from service.conditions import Atom, atoms, holds
from service.evidence import Values
from service.reading import Key, Pattern, Reader, Sieve, Standing, in_words, joined
from service.scoring.model import Band, Boundary, Item, Points, Remark, Score

Vector = tuple[Points, ...]
"""Points of each of several items."""
Totals = frozenset[Points]


@lru_cache(maxsize=16_384)
def _added(parts: tuple[Totals, ...]) -> Totals:
    """Every sum of one number from each part."""
    sums: set[Points] = {0}
    for part in parts:
        sums = {a + b for a in sums for b in part}
    return frozenset(sums)


class _Group:
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
        self._points = lru_cache(maxsize=65_536)(self._points_of)
        self.vectors = lru_cache(maxsize=4096)(self._vectors_of)
        self.sums = lru_cache(maxsize=4096)(self._sums_of)

    def _sums_of(self, patterns: tuple[frozenset[Pattern], ...]) -> Totals:
        """The sums of the points of the items that the patterns leave open."""
        return frozenset(sum(points) for points in self.vectors(patterns))

    def hangs_on(self, position: int, patterns: tuple[frozenset[Pattern], ...]) -> bool:
        """Whether a finding changes the sums once the others of the group are known, in some way that they may be."""
        before, here, after = patterns[:position], patterns[position], patterns[position + 1 :]
        sums = (
            {self.sums(tuple(frozenset((p,)) for p in (*rest[:position], one, *rest[position:]))) for one in here}
            for rest in product(*before, *after)
        )
        return any(len(found) > 1 for found in sums)

    def _vectors_of(self, patterns: tuple[frozenset[Pattern], ...]) -> frozenset[Vector]:
        """Every combination of points per item that the patterns leave open."""
        return frozenset(points for chosen in product(*patterns) for points in self._points(chosen))

    def _points_of(self, chosen: tuple[Pattern, ...]) -> tuple[Vector, ...]:
        truth = {
            test: value
            for finding, pattern in zip(self.findings, chosen, strict=True)
            for test, value in zip(finding.tests, pattern, strict=True)
        }
        return tuple(product(*(self._item(item, truth) for item in self.items)))

    @staticmethod
    def _item(item: Item, truth: Mapping[Atom, bool]) -> Iterable[Points]:
        for row in item.rows:
            if holds(row.when, truth.__getitem__):
                return row.points
        return sorted(item.points)


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

    @property
    def left_open(self) -> float:
        """Bands that remain possible after the answer, on average. Fewer is more decisive."""
        return sum(len(outcome.bands) for outcome in self.outcomes) / len(self.outcomes)

    @property
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


@dataclass(frozen=True)
class Result:
    """A score of a case or a lesion."""

    score: Score
    lesion: Lesion | None
    items: tuple[ItemResult, ...]
    totals: Totals
    bands: tuple[Band, ...]
    missing: tuple[Missing, ...]
    sources: tuple[str, ...]
    """References of every input that was read."""
    outside: tuple[Said, ...] = ()
    """Limits of its validity that the patient is outside of, certainly or perhaps."""
    remarks: tuple[Said, ...] = ()
    boundaries: tuple[OnBoundary, ...] = ()

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


class Engine:
    """A score, compiled once, that computes results."""

    def __init__(self, score: Score) -> None:
        self.score = score
        self._groups = tuple(_connected(score.items))
        self._bands = lru_cache(maxsize=4096)(self._bands_of)
        self._computed = lru_cache(maxsize=1024)(self._compute)
        self._items = lru_cache(maxsize=4096)(self._item_results)
        self._beside = Sieve(
            [
                *((_Remark(each, Standing(each.when), limit=True), each.when) for each in score.limits),
                *((_Remark(each, Standing(each.when), limit=False), each.when) for each in score.remarks),
                *((_Boundary(n, each, Standing(each.when)), each.when) for n, each in _boundaries(score)),
            ]
        )

    @cached_property
    def _readers(self) -> tuple[Reader, ...]:
        return tuple(finding for group in self._groups for finding in group.findings)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The findings that the points follow from."""
        return tuple(reader.code for reader in self._readers)

    @cached_property
    def mentions(self) -> frozenset[str]:
        """The findings that what is said with the score follows from, points and all."""
        said = (*self.score.limits, *self.score.remarks)
        shown = (remark.shows for remark in self.score.remarks if remark.shows)
        return frozenset((*self.reads, *shown, *(atom.finding for remark in said for atom in atoms(remark.when))))

    def totals(self, case: Case, lesion: Lesion | None = None, given: Mapping[str, Values] | None = None) -> Totals:
        """The possible totals, optionally with other possible values for some findings."""
        given = given or {}
        return self._capped(
            tuple(
                group.sums(
                    tuple(f.patterns(given.get(f.code) or case.possible(f.code, lesion)) for f in group.findings)
                )
                for group in self._groups
            )
        )

    def bands(
        self, case: Case, lesion: Lesion | None = None, given: Mapping[str, Values] | None = None
    ) -> tuple[Band, ...]:
        """The possible bands, in the order of the score."""
        return self._bands(self.totals(case, lesion, given))

    def result(self, case: Case, lesion: Lesion | None = None) -> Result:
        """The score of a case, or of one of its lesions."""
        known = [case.about(code, lesion) for code in self.reads]
        points, totals, missing = self._computed(
            tuple([r.key(e.values) for r, e in zip(self._readers, known, strict=True)])
        )
        told = [evidence for evidence in known if evidence.statements]

        def possible(code: str) -> Values:
            return case.possible(code, lesion)

        beside = self._beside.left(possible)
        return Result(
            score=self.score,
            lesion=lesion,
            items=self._items(points, tuple([(bool(e.statements), e.derived_from, e.certain) for e in known])),
            totals=totals,
            bands=self._bands(totals),
            missing=missing,
            sources=tuple(sorted({source for evidence in told for source in evidence.sources})),
            outside=_said([each for each in beside if isinstance(each, _Remark) and each.limit], case, lesion),
            remarks=_said([each for each in beside if isinstance(each, _Remark) and not each.limit], case, lesion),
            boundaries=tuple(
                [
                    self._on(self.score.items[each.position], each.boundary, points[each.position], totals)
                    for each in beside
                    if isinstance(each, _Boundary) and each.standing.of(possible) == {True}
                ]
            ),
        )

    def _item_results(
        self, points: tuple[Totals, ...], known: tuple[tuple[bool, tuple[str, ...], bool], ...]
    ) -> tuple[ItemResult, ...]:
        """The items with their points. ``known`` is what :class:`Evidence` says of each finding that the score reads:

        whether it has statements, what it was derived from, and whether it is certain.
        """
        about = dict(zip(self.reads, known, strict=True))
        return tuple(
            ItemResult(
                item,
                found,
                any(about[code][0] for code in item.reads),
                tuple(origin for code in item.reads for origin in about[code][1]),
                len(found) > 1 and all(about[code][2] for code in item.reads),
            )
            for item, found in zip(self.score.items, points, strict=True)
        )

    def _on(self, item: Item, boundary: Boundary, points: Totals, totals: Totals) -> OnBoundary:
        """The totals that the other reading of a value on a boundary gives. The item has one number of points there."""
        more = boundary.points - min(points)
        others = frozenset(total + more for total in totals)
        return OnBoundary(item, boundary, others, self._bands(others))

    def _compute(self, keys: tuple[Key, ...]) -> tuple[tuple[Totals, ...], Totals, tuple[Missing, ...]]:
        """Points, totals and what is missing, from the key of each finding it reads."""
        remaining = iter(keys)
        possible = [tuple(next(remaining) for _ in group.findings) for group in self._groups]
        patterns = [
            tuple(finding.patterns_of(key) for finding, key in zip(group.findings, those, strict=True))
            for group, those in zip(self._groups, possible, strict=True)
        ]
        points: dict[int, Totals] = {}
        for group, chosen in zip(self._groups, patterns, strict=True):
            found = group.vectors(chosen)
            for n, position in enumerate(group.positions):
                points[position] = frozenset(vector[n] for vector in found)
        sums = tuple(group.sums(chosen) for group, chosen in zip(self._groups, patterns, strict=True))
        totals = self._capped(sums)
        missing = {
            (at, n): self._what_settles(_added((*sums[:at], *sums[at + 1 :])), at, n, possible[at][n], chosen)
            for at, chosen in enumerate(patterns)
            for n in range(len(chosen))
            if len(chosen[n]) > 1
        }
        telling = [m for m in missing.values() if any(outcome.totals != totals for outcome in m.outcomes)]
        if not telling and len(totals) > 1:
            # No answer changes anything by itself; those to several questions may.
            telling = [m for (at, n), m in missing.items() if self._groups[at].hangs_on(n, patterns[at])]
        return (
            tuple(points[n] for n in range(len(points))),
            totals,
            tuple(sorted(telling, key=lambda m: (m.left_open, m.left_width, m.finding))),
        )

    def _what_settles(
        self,
        rest: Totals,
        at: int,
        position: int,
        values: Values,
        patterns: tuple[frozenset[Pattern], ...],
    ) -> Missing:
        """The totals and bands for each pattern of one finding, with all else as it is.

        ``rest`` are the sums of the items that do not read it.
        """
        group = self._groups[at]
        finding = group.findings[position]
        merged: dict[Totals, set[Hashable]] = {}
        for pattern, members in finding.split(values).items():
            narrowed = (*patterns[:position], frozenset((pattern,)), *patterns[position + 1 :])
            totals = self._capped((rest, group.sums(narrowed)))
            merged.setdefault(totals, set()).update(members)
        outcomes = (Outcome(joined(members), totals, self._bands(totals)) for totals, members in merged.items())
        return Missing(
            finding.code,
            tuple(sorted(outcomes, key=lambda o: (sorted(o.totals), in_words(o.values)))),
        )

    def _capped(self, parts: tuple[Totals, ...]) -> Totals:
        """Every total from the sums of each group, with the ceiling of the score."""
        ceiling = self.score.ceiling
        sums = _added(parts)
        return sums if ceiling is None else frozenset(min(total, ceiling) for total in sums)

    def _bands_of(self, totals: Totals) -> tuple[Band, ...]:
        return tuple(b for b in self.score.bands if any(b.low <= total <= b.high for total in totals))


class _Remark(NamedTuple):
    remark: Remark
    standing: Standing
    limit: bool
    """Of the validity of the score."""


class _Boundary(NamedTuple):
    position: int
    """Of the item."""
    boundary: Boundary
    standing: Standing


def _boundaries(score: Score) -> Iterable[tuple[int, Boundary]]:
    return ((n, boundary) for n, item in enumerate(score.items) for boundary in item.boundaries)


def _said(remarks: Iterable[_Remark], case: Case, lesion: Lesion | None) -> tuple[Said, ...]:
    """The remarks that hold for the case, and those that may hold for what the record says of it."""
    said = []
    for remark, standing, _ in remarks:
        truths = standing.of(lambda code: case.possible(code, lesion))
        if True not in truths:
            continue
        certain = len(truths) == 1
        if certain or not standing.reads or case.about(standing.reads[0], lesion).statements:
            shown = case.possible(remark.shows, lesion) if remark.shows else frozenset()
            said.append(Said(remark, certain, shown))
    return tuple(said)


def _connected(items: tuple[Item, ...]) -> Iterable[_Group]:
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
        yield _Group(tuple(positions), tuple(items[n] for n in positions))
