"""Every way in which an incomplete record may turn out, computed by brute force.

``check`` holds the engine against it: totals, points per item, points jointly, and bands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import combinations, islice, pairwise, product
from math import inf
from typing import Any

from hypothesis import strategies as st

from service.evidence import Number, OutsideDomain, Span, Values
from service.findings import FINDINGS
from service.scoring import ENGINES
from service.scoring.engine import Engine
from service.scoring.results import Result
from tests.core.cases import possible, values
from tests.scoring.independent import PUBLISHED

Possible = Mapping[str, Values]

#: The points of an item span less than a hundred, so with item n counted 100**n times a total spells out all points.
_SHIFT = 100


@cache
def spelled_out(score: str) -> Engine:
    """The score with each item in its own two decimal places, so that a total is a tuple of points."""
    table = ENGINES[score].score
    items = tuple(
        replace(
            item,
            rows=tuple(replace(row, points=tuple(p * _SHIFT**n for p in row.points)) for row in item.rows),
        )
        for n, item in enumerate(table.items)
    )
    return Engine(replace(table, items=items, ceiling=None, bands=()))


def spell(points: Sequence[float]) -> float:
    return sum(p * _SHIFT**n for n, p in enumerate(points))


def to_try(score: str, finding: str, found: Values | None) -> list[Any]:
    """The values to try for a finding: all of a list; of numbers, one for each case that a table can tell."""
    published = PUBLISHED[score]
    if found is None:
        return list(published.domains[finding])
    domain = FINDINGS[finding].domain
    if not isinstance(domain, Number):
        return list(found)
    cuts = published.cuts[finding]
    tried: set[float] = set()
    for span in found:
        assert isinstance(span, Span)
        edges = sorted({span.low, span.high, *(cut for cut in cuts if span.low < cut < span.high)})
        some = {*edges, *((a + b) / 2 for a, b in pairwise(edges))}
        if domain.whole:
            some = {n for edge in some for n in (int(edge) - 1, int(edge), int(edge) + 1)}
        tried |= {n for n in some if inside(n, span)}
    return sorted(tried)


def inside(number: float, span: Span) -> bool:
    above = number > span.low if span.low_open else number >= span.low
    under = number < span.high if span.high_open else number <= span.high
    return above and under


def completions(score: str, record: Possible) -> Iterator[dict[str, Any]]:
    """Every record with one value per finding that the possible values leave open."""
    findings = list(PUBLISHED[score].domains)
    for chosen in product(*(to_try(score, finding, record.get(finding)) for finding in findings)):
        yield dict(zip(findings, chosen, strict=True))


def vectors(score: str, record: Possible) -> set[tuple[float, ...]]:
    """The points per item of every completion."""
    published = PUBLISHED[score]
    return {points for complete in completions(score, record) for points in published.vectors(complete)}


def result(score: str, record: Possible) -> Result:
    case, lesion = possible(record)
    return ENGINES[score].result(case, lesion)


def check(score: str, record: Possible) -> Result:
    """The engine gives exactly what the completions give."""
    published = PUBLISHED[score]
    expected = vectors(score, record)
    totals = {published.total(points) for points in expected}
    found = result(score, record)
    assert found.totals == totals
    assert [set(item.points) for item in found.items] == [set(column) for column in zip(*expected, strict=True)]
    assert {band.code for band in found.bands} == {published.band(total) for total in totals}
    assert spelled_out(score).totals(*possible(record)) == {spell(points) for points in expected}
    return found


@cache
def complete_records(score: str) -> st.SearchStrategy[dict[str, Values]]:
    """A record in which every finding has one value."""
    published = PUBLISHED[score]
    return st.fixed_dictionaries(
        {
            finding: st.sampled_from(domain).map(lambda value, finding=finding: values(finding, value))
            for finding, domain in published.every.items()
        }
    )


@cache
def records(score: str, limit: int = 2000) -> st.SearchStrategy[dict[str, Values]]:
    """A record with gaps, conflicts, comparators and codes that stand for several values.

    ``limit`` bounds the completions; findings beyond it are known.
    """
    findings = list(PUBLISHED[score].domains)

    @st.composite
    def build(draw: st.DrawFn) -> dict[str, Values]:
        record = dict(draw(complete_records(score)))
        size = 1
        for finding in draw(st.permutations(findings)):
            found = draw(possible_values(score, finding))
            options = len(to_try(score, finding, found or None))
            if size * options > limit:
                continue
            size *= options
            if found:
                record[finding] = found
            else:
                del record[finding]
        return record

    return build()


UNSAID: Values = frozenset()


@cache
def possible_values(score: str, finding: str) -> st.SearchStrategy[Values]:
    """One value, nothing (UNSAID), sources that disagree, a group of values, or a stretch of numbers."""
    domain = FINDINGS[finding].domain
    published = PUBLISHED[score]
    every = published.every[finding]
    one = [values(finding, value) for value in every]
    several = [values(finding, *some) for some in combinations(every, 2)]
    several += [values(finding, *some) for some in islice(combinations(every, 3), 100)]
    kinds = [st.sampled_from(one), st.just(UNSAID), st.just(UNSAID), st.sampled_from(several or one)]
    if isinstance(domain, Number):
        kinds += [st.sampled_from(spans(finding, every))] * 2
    elif domain.groups:
        kinds.append(st.sampled_from(sorted(domain.groups)).map(domain.only))
    return st.one_of(kinds)


def spans(finding: str, numbers: Sequence[Any]) -> list[Values]:
    """What ``<``, ``<=``, ``>``, ``>=`` and a range with both ends say."""
    stretches = [Span(a, b) for a in numbers for b in numbers if a <= b]
    for n in numbers:
        stretches += [Span(-inf, n), Span(-inf, n, high_open=True), Span(n, inf), Span(n, inf, low_open=True)]
    found = []
    for span in stretches:
        with suppress(OutsideDomain):  # "< 0" says nothing that a count can have
            found.append(values(finding, span))
    return found
