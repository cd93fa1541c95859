"""Any score read from its own table by brute force: values to try, points and totals, and what is said beside them.

It knows no score by name, so that a new one is covered by the tests that use it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

from service.conditions import Above, AtLeast, atoms, holds_for
from service.evidence import Choice
from service.findings import FINDINGS
from service.scoring.model import Item, Points, Row, Score
from service.scoring.results import Result

Known = Mapping[str, Any]
Said = list[tuple[str, bool]]


def tried(code: str, items: tuple[Item, ...]) -> tuple[Any, ...]:
    """Every listed value of a finding; of numbers those at each limit that the items test, around it, and both ends."""
    domain = FINDINGS[code].domain
    if isinstance(domain, Choice):
        return domain.values
    tests = [atom for item in items for row in item.rows for atom in atoms(row.when) if atom.finding == code]
    limits = {test.limit for test in tests if isinstance(test, (AtLeast, Above))}
    step = 1 if domain.whole else 0.001
    numbers = {domain.low, domain.high, *(limit + d for limit in limits for d in (-step, 0, step))}
    return tuple(sorted(n for n in numbers if domain.low <= n <= domain.high))


def records(items: tuple[Item, ...]) -> Iterator[dict[str, Any]]:
    """Every combination of the values to try for what the items read."""
    codes = tuple(dict.fromkeys(code for item in items for code in item.reads))
    for chosen in product(*(tried(code, items) for code in codes)):
        yield dict(zip(codes, chosen, strict=True))


def row_of(item: Item, known: Known) -> Row | None:
    """The first row that applies."""
    return next((row for row in item.rows if holds_for(row.when, known)), None)


def points_of(item: Item, known: Known) -> frozenset[Points]:
    """The points of an item: those of its row, and where there is none every one that it can have."""
    row = row_of(item, known)
    return frozenset(row.points) if row else frozenset(p for each in item.rows for p in each.points)


def connected(score: Score) -> list[tuple[Item, ...]]:
    """The items in groups that share no finding."""
    groups: list[list[Item]] = []
    for item in score.items:
        touched = [group for group in groups if any(set(item.reads) & set(other.reads) for other in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([*(other for group in touched for other in group), item])
    return [tuple(group) for group in groups]


@cache
def reachable(score: Score) -> frozenset[Points]:
    """Every total that some complete record has, by adding up the points of its items."""
    totals: set[Points] = {0}
    for group in connected(score):
        seen = {tuple(points_of(item, known) for item in group) for known in records(group)}
        sums = {sum(chosen) for points in seen for chosen in product(*points)}
        totals = {a + b for a in totals for b in sums}
    return frozenset(totals if score.ceiling is None else (min(score.ceiling, total) for total in totals))


def bands(score: Score) -> tuple[tuple[Points, Points, str], ...]:
    """Lowest and highest total of each band, from the lowest band up."""
    return tuple(sorted((band.low, band.high, band.code) for band in score.bands))


def expected(score: Score) -> dict[str, tuple[float, float] | None]:
    """The months that each class itself expects."""
    return {band.code: band.expected for band in score.bands}


def figures(score: Score) -> list[tuple[Hashable, ...]]:
    """Every published number: band, measure, value, patients, time, interval, study."""
    return [
        (band.code, f.measure.value, f.value, f.n, str(f.at) if f.at else "", f.interval, f.source.short)
        for band in score.bands
        for f in band.figures
    ]


def validations(score: Score) -> list[tuple[Hashable, ...]]:
    """How well it did: measure, value, patients, interval, study, and whether in other patients than its own."""
    return [(v.measure, v.value, v.n, v.interval, v.source.short, v.external) for v in score.validations]


def outside(found: Result) -> Said:
    """The limits of its validity that are said, and whether the patient is certainly beyond them."""
    return [(said.remark.text, said.certain) for said in found.outside]


def remarks(found: Result) -> Said:
    return [(said.remark.text, said.certain) for said in found.remarks]
