"""The ways in which a record may turn out, made as few and as short as they can be said.

A recommendation that is not settled names paths: findings with the values that lead to it. Here the two that speak of
stability, SINS and what the board makes of an indeterminate one, become one; what another path covers is dropped; and
what every answer to a question leads to is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import product

from service.case import Case, Lesion
from service.decision.facts import DOMAINS, View
from service.decision.model import Path, Recommendation
from service.decision.noms import BOARD, COLLAPSE, INDETERMINATES, STABILITY, STABLE, STATES, UNSTABLE
from service.evidence import Span, Values
from service.findings import FINDINGS
from service.reading import joined

Way = Mapping[str, Values]
"""A path by its findings; stability is one of them."""
Possible = Callable[[str], Values]
"""The values that the record leaves open."""

MECHANICS = "mechanics"
"""SINS together with what the board makes of an indeterminate one: pairs of both."""
_JUDGED: Values = frozenset(("stable", "unstable"))
_ESCC = "escc-grade"
_ESCC_1C: Values = frozenset(("escc-1c",))


def _pairs(states: Iterable[object], judged: Iterable[object]) -> Values:
    return frozenset(product(states, judged))


#: What NOMS reads as unstable, and as stable.
IS_UNSTABLE: Values = _pairs((COLLAPSE, UNSTABLE), _JUDGED) | _pairs(INDETERMINATES, ("unstable",))
IS_STABLE: Values = _pairs((STABLE,), _JUDGED) | _pairs(INDETERMINATES, ("stable",))


def anything(code: str) -> Values:
    """All that a finding may be."""
    if code == MECHANICS:
        return _pairs(STATES, _JUDGED)
    return DOMAINS[code] if code in DOMAINS else FINDINGS[code].domain.unknown


def left_open(case: Case, lesion: Lesion | None) -> Possible:
    """What the record leaves open of a lesion. Of a metastasis whose ESCC grade is not told, 1c is left to a note."""
    view = View(case, lesion, {})
    noted = "metastatic" in view.possible("tumour-origin") and not view.told(_ESCC)

    def possible(code: str) -> Values:
        if code == MECHANICS:
            return _pairs(view.possible(STABILITY), view.possible(BOARD))
        if code == _ESCC and noted:
            return view.possible(_ESCC) - _ESCC_1C
        return view.possible(code)

    return possible


def way(path: Path) -> dict[str, Values]:
    """A path, with stability as one finding."""
    found = {premise.finding: premise.values for premise in path}
    if STABILITY in found or BOARD in found:
        found[MECHANICS] = _pairs(found.pop(STABILITY, STATES), found.pop(BOARD, _JUDGED))
    return found


def ways(recommendation: Recommendation, possible: Possible = anything) -> list[dict[str, Values]]:
    """The ways to a recommendation, none of which another one covers; one that asks for nothing where it is settled."""
    return [{**each} for each in shortest(recommendation.paths, left_by(recommendation.paths, possible))]


Left = tuple[tuple[str, Values], ...]
"""The values that the record leaves open, of some findings: patients repeat them, so what follows is remembered."""


def left_by(paths: Iterable[Path], possible: Possible, *more: str) -> Left:
    """What is left open of the findings that paths ask for, and of ``more``."""
    codes = {premise.finding for path in paths for premise in path}
    if not codes.isdisjoint((STABILITY, BOARD)):
        codes = codes - {STABILITY, BOARD} | {MECHANICS}
    return tuple([(code, possible(code)) for code in sorted(codes.union(more))])


@lru_cache(maxsize=4096)
def shortest(paths: tuple[Path, ...], left: Left) -> tuple[dict[str, Values], ...]:
    """The ways of some paths, none of which another one covers. They are shared, so nobody changes them."""
    return tuple(_simplest(paths, dict(left).__getitem__))


def _simplest(paths: tuple[Path, ...], possible: Possible) -> list[dict[str, Values]]:
    found = _uncovered([way(path) for path in paths]) or [{}]
    before: list[dict[str, Values]] = []
    while found != before:
        before = found
        found = _uncovered(_together(_shortened(found, possible)))
    return found


def within(inner: Values, outer: Values) -> bool:
    """Whether all of some values are among others; a span of numbers lies in another."""
    spans = [value for value in outer if isinstance(value, Span)]
    if not spans:
        return inner <= outer
    return all(isinstance(v, Span) and any(s.meet(v) == v for s in spans) for v in inner)


def _covers(wide: Way, narrow: Way) -> bool:
    return all(code in narrow and within(narrow[code], values) for code, values in wide.items())


def _uncovered(found: list[dict[str, Values]]) -> list[dict[str, Values]]:
    kept: list[dict[str, Values]] = []
    for n, each in enumerate(found):
        others = (*kept, *found[n + 1 :])
        if not any(_covers(other, each) for other in others):
            kept.append(each)
    return kept


def _together(found: list[dict[str, Values]]) -> list[dict[str, Values]]:
    """Two ways that differ in one finding, as one."""
    for n, left in enumerate(found):
        for m, right in enumerate(found[n + 1 :], n + 1):
            differing = [code for code in left if right.get(code) != left[code]]
            if left.keys() == right.keys() and len(differing) == 1:
                (code,) = differing
                both = {**left, code: joined({*left[code], *right[code]})}
                return _together([*found[:n], both, *found[n + 1 : m], *found[m + 1 :]])
    return found


def _shortened(found: list[dict[str, Values]], possible: Possible) -> list[dict[str, Values]]:
    """Without the questions of which every answer that is left open leads there, by this way or by another."""
    kept = list(found)
    for n in range(len(kept)):
        for code in list(kept[n]):
            rest = {other: values for other, values in kept[n].items() if other != code}
            answers = [kept[n][code], *_elsewhere([*kept[:n], *kept[n + 1 :]], code, rest)]
            if within(possible(code), joined({value for values in answers for value in values})):
                kept[n] = rest
    return kept


def _elsewhere(others: Iterable[Way], code: str, rest: Way) -> Iterable[Values]:
    """The answers to a question with which other ways lead there, all else being the same."""
    for other in others:
        if code in other and _covers({c: v for c, v in other.items() if c != code}, rest):
            yield other[code]


def narrowed(found: Iterable[Way], code: str, values: Values) -> list[dict[str, Values]]:
    """The ways that are left once a finding has one of some values, which none of them tells apart."""
    left = []
    for each in found:
        if code not in each:
            left.append(dict(each))
        elif within(values, each[code]):
            left.append({other: v for other, v in each.items() if other != code})
    return left
