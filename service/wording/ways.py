"""The ways in which a record may turn out: made as few and as short as they can be said, and put into words.

A recommendation that is not settled names paths: findings with the values that lead to it. Here the two that speak of
stability, SINS and what the board makes of an indeterminate one, become one; what another path covers is dropped; and
what every answer to a question leads to is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache
from itertools import product

from service.case import Case, Lesion
from service.decision.facts import DOMAINS, View
from service.decision.model import Path, Premise, Recommendation
from service.decision.noms import COLLAPSE, INDETERMINATE, INDETERMINATE_HIGH, STABILITY, STABLE, STATES, UNSTABLE
from service.evidence import Span, Values
from service.findings import FINDINGS
from service.reading import joined
from service.text import phrase, series
from service.wording.findings import clause
from service.wording.names import SURGICAL, asked, listed

Way = Mapping[str, Values]
"""A path by its findings; stability is one of them."""
Possible = Callable[[str], Values]
"""The values that the record leaves open."""

MECHANICS = "mechanics"
"""SINS together with what the board makes of an indeterminate one: pairs of both."""
_BOARD = "mechanical-stability"
_JUDGED: Values = frozenset(("stable", "unstable"))
_OPEN = (INDETERMINATE, INDETERMINATE_HIGH)
_ESCC = "escc-grade"
_ESCC_1C: Values = frozenset(("escc-1c",))
_FEW = 4


def _pairs(states: Iterable[object], judged: Iterable[object]) -> Values:
    return frozenset(product(states, judged))


#: What NOMS reads as unstable, and as stable.
IS_UNSTABLE: Values = _pairs((COLLAPSE, UNSTABLE), _JUDGED) | _pairs(_OPEN, ("unstable",))
IS_STABLE: Values = _pairs((STABLE,), _JUDGED) | _pairs(_OPEN, ("stable",))


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
            return _pairs(view.possible(STABILITY), view.possible(_BOARD))
        if code == _ESCC and noted:
            return view.possible(_ESCC) - _ESCC_1C
        return view.possible(code)

    return possible


def way(path: Path) -> dict[str, Values]:
    """A path, with stability as one finding."""
    found = {premise.finding: premise.values for premise in path}
    if STABILITY in found or _BOARD in found:
        found[MECHANICS] = _pairs(found.pop(STABILITY, STATES), found.pop(_BOARD, _JUDGED))
    return found


def ways(recommendation: Recommendation, possible: Possible = anything) -> list[dict[str, Values]]:
    """The ways to a recommendation, none of which another one covers; one that asks for nothing where it is settled."""
    return [{**each} for each in _ways(recommendation.paths, left_by(recommendation.paths, possible))]


Left = tuple[tuple[str, Values], ...]
"""The values that the record leaves open, of some findings: patients repeat them, so what follows is remembered."""


def left_by(paths: Iterable[Path], possible: Possible, *more: str) -> Left:
    """What is left open of the findings that paths ask for, and of ``more``."""
    codes = {premise.finding for path in paths for premise in path}
    if not codes.isdisjoint((STABILITY, _BOARD)):
        codes = codes - {STABILITY, _BOARD} | {MECHANICS}
    return tuple([(code, possible(code)) for code in sorted(codes.union(more))])


@lru_cache(maxsize=4096)
def _ways(paths: tuple[Path, ...], left: Left) -> tuple[dict[str, Values], ...]:
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


#: In the order in which a board goes through them: stability, neurology, tumour, patient.
_ORDER = (
    MECHANICS, "sins-collapse", "sins-pain", "dumbbell", _ESCC, "myelopathy", "progressive-deficit",
    "sphincter-dysfunction", "cauda-equina-syndrome", "radiculopathy", "frankel-grade", "ambulatory-status",
    "tumour-origin", "primary-tumour", "vertebral-metastasis-count", "prior-radiotherapy-at-level",
    "surgical-fitness", "ecog", "life-expectancy",
)  # fmt: skip


def rank(code: str) -> int:
    code = MECHANICS if code in (STABILITY, _BOARD) else code
    return _ORDER.index(code) if code in _ORDER else len(_ORDER)


def said(found: Way, treatment: str = "", possible: Possible = anything, *, brief: bool = False) -> str:
    """``SINS 7 or more, and no myelopathy``. ``brief`` leaves it to a note what unstable is."""
    return _joined(_parts(found, treatment, possible, brief=brief))


def _parts(found: Way, treatment: str, possible: Possible, *, brief: bool) -> list[str]:
    return [
        _part(code, values, treatment, possible, brief=brief)
        for code, values in sorted(found.items(), key=lambda each: rank(each[0]))
    ]


def _joined(parts: list[str]) -> str:
    *first, last = parts
    if not first:
        return last
    return phrase("{first}, and {last}", first=series(", ", first) if len(first) > 1 else first[0], last=last)


def _part(code: str, values: Values, treatment: str, possible: Possible, *, brief: bool) -> str:
    if code == MECHANICS:
        return mechanics(values, possible, brief=brief)
    if code == "surgical-fitness" and treatment in SURGICAL and values == {"unfit"}:
        return "not fit for open decompression"  # an operation for who is not fit for surgery
    return clause(Premise(code, values))


def path(path_: Path, treatment: str = "") -> str:
    return said(way(path_), treatment)


def condition(recommendation: Recommendation, possible: Possible = anything, *, brief: bool = False) -> str:
    """When a conditional recommendation holds, in one sentence that stays readable."""
    paths = recommendation.paths
    if possible is anything:
        return _in_general(paths, recommendation.treatment, brief=brief)
    return _condition(paths, recommendation.treatment, left_by(paths, possible), brief=brief)


@lru_cache(maxsize=4096)
def _in_general(paths: tuple[Path, ...], treatment: str, *, brief: bool) -> str:
    return _condition(paths, treatment, left_by(paths, anything), brief=brief)


@lru_cache(maxsize=4096)
def _condition(paths: tuple[Path, ...], treatment: str, left: Left, *, brief: bool) -> str:
    found = _ways(paths, left)
    if not all(found):
        return "whatever is still missing"
    if len(found) <= _FEW:
        every = [_parts(w, treatment, dict(left).__getitem__, brief=brief) for w in found]
        seen: set[str] = set()
        for parts in every:  # what unstable means is said once
            for n, part in enumerate(parts):
                parts[n] = _SHORT.get(part, part) if part in seen else part
                seen.add(part)
        return phrase(
            "if {ways}", ways=series("; or if ", map(_joined, every)) if len(every) > 1 else _joined(every[0])
        )
    hangs = listed(dict.fromkeys(asked(premise.finding) for path in paths for premise in path), "and")
    return phrase("depending on {findings}", findings=hangs)


# What is said of stability

#: What unstable and stable are where the points of SINS alone do not say.
MEANING = {
    "unstable": "SINS 13-18, or SINS 7-12 judged unstable or with collapse over 50 %",
    "stable": "SINS 0-6, or SINS 7-12 without collapse over 50 % judged stable",
}
IN_FULL = {name: phrase("{what} ({meaning})", what=name, meaning=meaning) for name, meaning in MEANING.items()}
_SHORT = {str(full): name for name, full in IN_FULL.items()}
_JUDGEMENTS = {"stable": "{points} judged stable", "unstable": "{points} judged unstable"}
#: Points of SINS, and the states that a total in them may have.
_POINTS = (
    ((0, 6), (STABLE,)),
    ((7, 9), (INDETERMINATE, COLLAPSE)),
    ((10, 12), (INDETERMINATE_HIGH, COLLAPSE)),
    ((13, 18), (UNSTABLE,)),
)
_PARTS = {
    INDETERMINATE: "7-9 without collapse over 50 %",
    INDETERMINATE_HIGH: "10-12 without collapse over 50 %",
    COLLAPSE: "7-12 with collapse over 50 %",
}


def mechanics(values: Values, possible: Possible = anything, *, brief: bool = False) -> str:
    """``SINS 7 or more``, ``SINS 13-18 or 7-12 with collapse over 50 %``, ``SINS 7-12 judged unstable``."""
    open_ = _judgements(possible(MECHANICS))
    found = _judgements(values & possible(MECHANICS) or values)
    whole = {state for state, judged in found.items() if judged >= open_.get(state, set())}
    if whole != found.keys():  # the judgement of the board counts
        for name, all_ in (("unstable", IS_UNSTABLE), ("stable", IS_STABLE)):
            if found == _judgements(all_ & possible(MECHANICS)):
                return name if brief else IN_FULL[name]
    parts = _ranges(whole, open_.keys())
    for judged in ("stable", "unstable"):
        some = {state for state, found_ in found.items() if state not in whole and found_ == {judged}}
        parts += [phrase(_JUDGEMENTS[judged], points=text) for text in _ranges(some, _OPEN)]
    return phrase("SINS {points}", points=listed(parts))


def _judgements(pairs: Values) -> dict[str, set[str]]:
    """What the board may make of each state."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        if isinstance(pair, tuple):
            found.setdefault(pair[0], set()).add(pair[1])
    return found


def _ranges(states: Collection[str], possible: Collection[str]) -> list[str]:
    """States as points, from the highest: ``13-18``, ``7-12 with collapse over 50 %``."""
    found: list[tuple[int, int]] = []
    partly: set[str] = set()
    for (low, high), there in _POINTS:
        open_ = {state for state in there if state in possible}
        if not open_ or not open_.issubset(states):
            partly |= open_
        elif found and found[-1][1] == low - 1:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    left = {state for state in states if state in partly}
    texts: list[str] = [
        phrase("{value} or more", value=low) if high == 18 and low < 13 else phrase("{low}-{high}", low=low, high=high)
        for low, high in reversed(found)
    ]
    if left.issuperset(_OPEN):
        left = left.difference(_OPEN)
        texts.append("7-12 without collapse over 50 %")
    return [*texts, *(text for state, text in _PARTS.items() if state in left)]
