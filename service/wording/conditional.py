"""The ways to a recommendation in words: when it holds, and what stable and unstable are there."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from service.decision.model import Path, Premise, Recommendation
from service.decision.noms import (
    BOARD,
    COLLAPSE,
    INDETERMINATE,
    INDETERMINATE_HIGH,
    INDETERMINATES,
    STABILITY,
    STABLE,
    UNSTABLE,
)
from service.evidence import Values
from service.text import phrase, series
from service.wording.findings import clause
from service.wording.names import SURGICAL, asked, listed
from service.wording.ways import (
    IS_STABLE,
    IS_UNSTABLE,
    MECHANICS,
    Left,
    Possible,
    Way,
    anything,
    left_by,
    shortest,
    way,
)

_FEW = 4

#: In the order in which a board goes through them: stability, neurology, tumour, patient.
_ORDER = (
    MECHANICS, "sins-collapse", "sins-pain", "dumbbell", "escc-grade", "myelopathy", "progressive-deficit",
    "sphincter-dysfunction", "cauda-equina-syndrome", "radiculopathy", "frankel-grade", "ambulatory-status",
    "tumour-origin", "primary-tumour", "vertebral-metastasis-count", "prior-radiotherapy-at-level",
    "surgical-fitness", "ecog", "life-expectancy",
)  # fmt: skip


def rank(code: str) -> int:
    """Where a finding stands among those that a condition names; later for the others."""
    code = MECHANICS if code in (STABILITY, BOARD) else code
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
    found = shortest(paths, left)
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
        parts += [phrase(_JUDGEMENTS[judged], points=text) for text in _ranges(some, INDETERMINATES)]
    return phrase("SINS {points}", points=listed(parts))


def _judgements(pairs: Values) -> dict[str, set[str]]:
    """What the board may make of each state."""
    found: dict[str, set[str]] = {}
    for pair in pairs:
        if isinstance(pair, tuple):
            found.setdefault(pair[0], set()).add(pair[1])
    return found


def _ranges(states: Collection[str], possible: Collection[object]) -> list[str]:
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
    if left.issuperset(INDETERMINATES):
        left = left.difference(INDETERMINATES)
        texts.append("7-12 without collapse over 50 %")
    return [*texts, *(text for state, text in _PARTS.items() if state in left)]
