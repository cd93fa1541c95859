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

from service.case import Case, Lesion
from service.conditions import atoms
from service.evidence import Values
from service.reading import Key, Reader, Sieve, in_words, joined
from service.scoring.group import Totals, connected
from service.scoring.model import Band, Boundary, Points, Remark, Score
from service.scoring.results import ItemResult, Missing, OnBoundary, Outcome, Reckoning, Result, Said


@lru_cache(maxsize=16_384)
def _added(parts: tuple[Totals, ...]) -> Totals:
    """Every sum of one number from each part."""
    sums: set[Points] = {0}
    for part in parts:
        sums = {a + b for a in sums for b in part}
    return frozenset(sums)


class Engine:
    """A score, compiled once, that computes results."""

    def __init__(self, score: Score) -> None:
        self.score = score
        self._groups = tuple(connected(score.items))
        self._bands = lru_cache(maxsize=4096)(self._bands_of)
        self._computed = lru_cache(maxsize=1024)(self._compute)
        self._settling = lru_cache(maxsize=4096)(self._what_settles)
        self._reckoned = lru_cache(maxsize=1024)(self._reckon)
        self._item = lru_cache(maxsize=4096)(ItemResult)
        self._beside: Sieve[_Remark | _Boundary] = Sieve(
            [
                *((_remark(each, limit=True), each.when) for each in score.limits),
                *((_remark(each, limit=False), each.when) for each in score.remarks),
                *((_Boundary(n, each), each.when) for n, each in _boundaries(score)),
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

        def possible(code: str) -> Values:
            return case.possible(code, lesion)

        seen = [reader.seen(e.values) for reader, e in zip(self._readers, known, strict=True)]
        keys = tuple([each.key for each in seen])
        told = tuple([(each.single, bool(e.statements), e.derived_from) for each, e in zip(seen, known, strict=True)])
        beside = [
            (each, truths == _CERTAIN, possible(each.shows) if each.shows else _NOTHING)
            for each, truths in self._beside.truths(possible)
            if truths == _CERTAIN or (each.asks and case.about(each.asks, lesion).statements)
        ]
        sources = {statement.source for evidence in known for statement in evidence.statements if statement.source}
        return Result(self._reckoned(keys, told, tuple(beside)), lesion, tuple(sorted(sources)))

    def _reckon(self, keys: tuple[Key, ...], told: tuple[_Told, ...], beside: tuple[_Held, ...]) -> Reckoning:
        """The score from all that it can tell of a patient: nothing else is kept, or read."""
        points, totals, missing = self._computed(keys)
        remarks = [
            (each, Said(each.remark, certain, shown)) for each, certain, shown in beside if isinstance(each, _Remark)
        ]
        on = [each for each, _, _ in beside if isinstance(each, _Boundary)]
        return Reckoning(
            score=self.score,
            items=self._items(points, told),
            totals=totals,
            bands=self._bands(totals),
            missing=missing,
            outside=tuple([said for each, said in remarks if each.limit]),
            remarks=tuple([said for each, said in remarks if not each.limit]),
            boundaries=tuple([self._on(each, points[each.position], totals) for each in on]),
        )

    def _items(self, points: tuple[Totals, ...], told: tuple[_Told, ...]) -> tuple[ItemResult, ...]:
        """The items with their points. ``told`` is of each finding that the score reads."""
        about = dict(zip(self.reads, told, strict=True))
        return tuple(
            [
                self._item(
                    item,
                    found,
                    any(about[code][1] for code in item.reads),
                    tuple([origin for code in item.reads for origin in about[code][2]]),
                    len(found) > 1 and all(about[code][0] for code in item.reads),
                )
                for item, found in zip(self.score.items, points, strict=True)
            ]
        )

    def _on(self, each: _Boundary, points: Totals, totals: Totals) -> OnBoundary:
        """The totals that the other reading of a value on a boundary gives. The item has one number of points there."""
        more = each.boundary.points - min(points)
        others = frozenset(total + more for total in totals)
        return OnBoundary(self.score.items[each.position], each.boundary, others, self._bands(others))

    def _compute(self, keys: tuple[Key, ...]) -> tuple[tuple[Totals, ...], Totals, tuple[Missing, ...]]:
        """Points, totals and what is missing, from the key of each finding it reads."""
        remaining = iter(keys)
        looks = [group.look(tuple([next(remaining) for _ in group.findings])) for group in self._groups]
        points: dict[int, Totals] = {}
        for group, look in zip(self._groups, looks, strict=True):
            points.update(zip(group.positions, look.points, strict=True))
        sums = tuple([look.sums for look in looks])
        totals = self._capped(sums)
        missing: dict[tuple[int, int], Missing] = {}
        for at, look in enumerate(looks):
            if look.open:
                rest = _added((*sums[:at], *sums[at + 1 :]))
                missing |= {(at, each.position): self._settling(rest, each.finding, each.answers) for each in look.open}
        telling = [m for m in missing.values() if any(outcome.totals != totals for outcome in m.outcomes)]
        if not telling and len(totals) > 1:
            # No answer changes anything by itself; those to several questions may.
            telling = [m for (at, n), m in missing.items() if self._groups[at].hangs_on(n, looks[at].patterns)]
        return (
            tuple([points[n] for n in range(len(points))]),
            totals,
            tuple(sorted(telling, key=lambda m: (m.left_open, m.left_width, m.finding))),
        )

    def _what_settles(self, rest: Totals, finding: Reader, answers: tuple[tuple[Values, Totals], ...]) -> Missing:
        """The totals and bands for each pattern of one finding, with all else as it is.

        ``rest`` are the sums of the items that do not read it, ``answers`` those of the items that do.
        """
        merged: dict[Totals, set[Hashable]] = {}
        for members, sums in answers:
            merged.setdefault(self._capped((rest, sums)), set()).update(members)
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


@dataclass(frozen=True, eq=False)  # made once and kept, so identity is enough, and quick
class _Remark:
    remark: Remark
    limit: bool
    """Of the validity of the score."""
    shows: str | None
    asks: str
    """The finding of which the record has to say something before the remark is given as a possibility."""


@dataclass(frozen=True, eq=False)  # as above
class _Boundary:
    position: int
    """Of the item."""
    boundary: Boundary
    shows: str | None = None
    asks: str = ""
    """Nothing: it has to hold for certain."""


def _remark(remark: Remark, *, limit: bool) -> _Remark:
    return _Remark(remark, limit, remark.shows, next((atom.finding for atom in atoms(remark.when)), ""))


def _boundaries(score: Score) -> Iterable[tuple[int, Boundary]]:
    return ((n, boundary) for n, item in enumerate(score.items) for boundary in item.boundaries)


_CERTAIN = frozenset((True,))
_NOTHING: Values = frozenset()
_Held = tuple[_Remark | _Boundary, bool, Values]
"""What is said beside the points, whether it certainly holds, and the values that it shows."""
_Told = tuple[bool, bool, tuple[str, ...]]
"""Of a finding, whether it is known, whether the record says anything of it, and what it was derived from."""
