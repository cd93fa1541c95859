"""The plan of a lesion in one line, as one says it at the table: what is done, and on what that depends.

``if fit: embolisation, decompression and stabilisation, then SRS. If not: cEBRT; stabilise first if unstable (SINS)``
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.decision.model import Premise, Recommendation
from service.evidence import Span, Values
from service.text import partition, phrase, replaced, rpartition, series, split
from service.wording.conditional import condition, rank
from service.wording.findings import clause
from service.wording.names import BESIDE, DIAGNOSTIC, EN_BLOC, SURGICAL, asked, capital, listed, order, short
from service.wording.ways import (
    IS_STABLE,
    IS_UNSTABLE,
    MECHANICS,
    Left,
    Possible,
    left_by,
    narrowed,
    ways,
)

_NAMES = {
    "stabilisation": "stabilisation",
    "embolisation": "embolisation",
    "mri-whole-spine": "MRI",
    "ct-spine": "CT",
    "mdt-review": "review",
    "en-bloc-copper": "COPPER",
    "carbon-ion": "carbon ions",
}
_DOING = {
    "embolisation": "embolise",
    "stabilisation": "stabilise",
    "decompression-stabilisation": "decompress and stabilise",
}
_ESCC, _FITNESS, _MYELOPATHY = "escc-grade", "surgical-fitness", "myelopathy"
_YES, _NO = frozenset((True,)), frozenset((False,))
_MOST_QUESTIONS = 3
_BY_SINS = "unstable (SINS)"
#: Rules that ask for what is missing, which has a line of its own.
_UNTOLD = ("missing-data",)

Plan = Mapping[str, list[dict[str, Values]]]
"""The ways to each treatment: one that asks nothing where it is given anyhow, and none where it is not given."""


def outline(advised: Sequence[Recommendation], possible: Possible, longest: int = 190) -> str:
    """What is advised for a lesion: settled, or with the question that decides and what each answer leads to."""
    # Only what the line is made of, which is the same for many patients.
    bare = tuple(
        [
            Recommendation(r.treatment, (), None, r.paths, form_of=r.form_of)
            for r in advised
            if r.advice[0].rule.plan not in _UNTOLD
        ]
    )
    paths = (path for r in bare for path in r.paths)
    return _outline(bare, left_by(paths, possible, MECHANICS, _MYELOPATHY, _ESCC), longest)


@lru_cache(maxsize=1024)
def _outline(told: tuple[Recommendation, ...], left: Left, longest: int) -> str:
    possible = dict(left).__getitem__
    first = [r for r in told if r.settled and r.treatment in DIAGNOSTIC]
    beside = dict.fromkeys(r.treatment for r in told if r.settled and r.treatment in ("mdt-review", "referral"))
    main = [r for r in told if not r.form_of and r.treatment not in (*BESIDE, *DIAGNOSTIC)]
    plan = {r.treatment: ways(r, possible) for r in sorted(main, key=lambda r: order(r.treatment))}
    names = listed(dict.fromkeys(_name(r.treatment) for r in first), "and")
    before = phrase("{tests} first", tests=names) if first else ""
    also = {r.treatment: r for r in main if not all(_by_stability_alone(way, possible) for way in plan[r.treatment])}
    said = _said({t: found for t, found in plan.items() if t not in also}, possible, reviewed="mdt-review" in beside)
    perhaps = [_given_if(_name(t), condition(r, possible, brief=True)) for t, r in also.items()]
    # What the site lacks is never left to the plan below, however long the line.
    refer = next((r for r in told if r.treatment == "referral" and not r.settled), None)
    lost = _given_if(short("referral"), condition(refer, possible, brief=True)) if refer else ""
    for named in (short, _name):
        text = _sentences(before, _once(said), *perhaps, listed(map(named, beside), "and"), lost)
        if len(text) <= longest and (said or not main):
            return text or _nothing_sure(told)
    return _sentences(before, _by_name(main), listed(map(_name, beside), "and"), lost)


def _nothing_sure(told: Sequence[Recommendation]) -> str:
    """Where no treatment is advised: what may be done beside one, or that there is only something to find out."""
    perhaps = dict.fromkeys(short(r.treatment) for r in told if not r.settled)
    hangs = dict.fromkeys(asked(code) for r in told for code in r.depends_on)
    if not perhaps:
        return capital(listed((short(r.treatment) for r in told), "and")) or "Nothing but what is to be found out"
    return _depending(capital(listed(perhaps)), [*hangs][:_MOST_QUESTIONS])


def _given_if(treatment: str, when: str) -> str:
    return phrase("{treatment} {condition}", treatment=treatment, condition=when)


def _depending(treatments: str, findings: Iterable[str]) -> str:
    return phrase("{treatments}, depending on {findings}", treatments=treatments, findings=listed(findings, "and"))


def _by_stability_alone(way: Mapping[str, Values], possible: Possible) -> bool:
    """Whether a way does not part what is unstable, nor what is stable."""
    every = (possible(MECHANICS) & one for one in (IS_UNSTABLE, IS_STABLE))
    return MECHANICS not in way or all(one <= way[MECHANICS] or one.isdisjoint(way[MECHANICS]) for one in every)


def _once(text: str) -> str:
    """A plan that says once by what instability is judged; cut between its parts, for each is a text of its own."""
    if text.count(_BY_SINS) < 2:
        return text
    for separator in (". ", "; "):
        parts = split(text, separator)
        if len(parts) > 1:
            first = next(n for n, part in enumerate(parts) if _BY_SINS in part)
            rest = (replaced(part, _BY_SINS, "unstable") for part in parts[first + 1 :])
            return series(separator, (*parts[:first], _once(parts[first]), *rest))
    return text


def _sentences(*parts: str) -> str:
    """Parts with a semicolon between, or as sentences where one of them has branches."""
    there = [part for part in parts if part]
    if any(": " in part for part in there):
        said = series(". ", (*there[:1], *map(capital, there[1:])))
    else:
        said = series("; ", there)
    return said if said.startswith("if ") else capital(said)


def _said(plan: Plan, possible: Possible, *, reviewed: bool) -> str:
    """Myelopathy without a compressed cord is the exception, and is said as one."""
    if not plan:
        return ""
    usual, with_it = _at(plan, _MYELOPATHY, _NO), _at(plan, _MYELOPATHY, _YES)
    open_ = possible(_MYELOPATHY)
    if False not in open_:
        return _told(with_it, possible)
    text = _told(usual, possible)
    if not text or True not in open_:
        return text
    differing = [
        values
        for values in _answers(_ESCC, plan, possible)
        if _told(_at(usual, _ESCC, values), possible) != _told(_at(with_it, _ESCC, values), possible)
    ]
    if not differing:
        return text
    if any(found for values in differing for found in _at(with_it, _ESCC, values).values()):
        other = _told(with_it, possible)
        return phrase("{plan}. With myelopathy: {other}", plan=text, other=other) if other else ""
    grades = clause(Premise(_ESCC, frozenset(value for values in differing for value in values)))
    if f"{grades}: " in text.partition(". ")[0] or f". {grades}: " in text:
        but = "{grades} (not if myelopathy)" if reviewed else "{grades} (review if myelopathy)"
        return _at_the(grades, text, phrase(but, grades=grades))
    if len(differing) == len(_answers(_ESCC, plan, possible)):
        return phrase("{plan}; not if myelopathy" if reviewed else "{plan}; review instead if myelopathy", plan=text)
    but = (
        "{plan}; not if myelopathy with {grades}" if reviewed else "{plan}; review instead if myelopathy with {grades}"
    )
    return phrase(but, plan=text, grades=grades)


def _at_the(grades: str, text: str, instead: str) -> str:
    """The branches of a plan with another name for one of them."""
    branches = (partition(branch, ": ") for branch in split(text, ". "))
    return series(
        ". ",
        (
            series(colon, (instead if first == grades else first, rest)) if colon else first
            for first, colon, rest in branches
        ),
    )


def _at(plan: Plan, code: str, values: Values) -> Plan:
    return {treatment: narrowed(found, code, values) for treatment, found in plan.items()}


def _questions(plan: Plan) -> list[str]:
    """What the treatments hang on, beside stability: what comes last is asked within what comes before."""
    codes = {code for found in plan.values() for each in found for code in each} - {MECHANICS}
    return sorted(codes, key=lambda code: (code == _FITNESS, code != _ESCC, rank(code), code))


def _answers(code: str, plan: Plan, possible: Possible) -> list[Values]:
    """The values that are left open, in the groups that the plan tells apart; none for a number."""
    asked_ = [each[code] for found in plan.values() for each in found if code in each]
    if any(isinstance(value, Span) for values in asked_ for value in values):
        return []
    groups: dict[tuple[bool, ...], set[object]] = {}
    for value in possible(code):
        groups.setdefault(tuple(value in values for values in asked_), set()).add(value)
    return [frozenset(groups[key]) for key in sorted(groups)]


@dataclass(frozen=True)
class _Branch:
    values: Values
    text: str


def _told(plan: Plan, possible: Possible) -> str:
    """The plan by the answers to the questions; empty where that takes too many."""
    questions = _questions(plan)
    return _branched(plan, possible, questions, 0) if len(questions) <= _MOST_QUESTIONS else ""


def _branched(plan: Plan, possible: Possible, questions: Sequence[str], depth: int) -> str:
    if not questions:
        return _by_stability(plan, possible)
    code, *rest = questions
    by_text: dict[str, set[object]] = {}
    for values in _answers(code, plan, possible):
        by_text.setdefault(_branched(_at(plan, code, values), possible, rest, depth + 1), set()).update(values)
    branches = [_Branch(frozenset(values), text) for text, values in by_text.items()]
    if not branches or not all(branch.text for branch in branches):
        return ""
    if len(branches) == 1:
        return branches[0].text
    branches, also = _shared(branches)
    if code == _FITNESS:
        branches.sort(key=lambda branch: "fit" not in branch.values)
        said: list[str] = [series(": ", ("if fit" if "fit" in b.values else "if not", b.text)) for b in branches]
    else:
        branches.sort(key=lambda branch: sorted(map(str, branch.values)))
        said = [series(": ", (_if(code, b.values), b.text)) for b in branches]
    said += also
    return series("; ", said) if depth else series(". ", (said[0], *map(capital, said[1:])))


def _shared(branches: list[_Branch]) -> tuple[list[_Branch], list[str]]:
    """The branches without what all of them end with, and that."""
    ends = {branch.text.rpartition("; ")[2] for branch in branches}
    if len(ends) > 1 or not all("; " in branch.text and ": " not in branch.text for branch in branches):
        return branches, []
    _, _, end = rpartition(branches[0].text, "; ")
    without = [_Branch(b.values, rpartition(b.text, "; ")[0]) for b in branches]
    return without, [phrase("{treatment} either way", treatment=end)]


def _if(code: str, values: Values) -> str:
    text = clause(Premise(code, values))
    return text if code == _ESCC else phrase("if {what}", what=text)


def _by_stability(plan: Plan, possible: Possible) -> str:
    """``cEBRT; stabilise first if unstable (SINS)``."""
    open_ = possible(MECHANICS)
    unstable, stable = open_ & IS_UNSTABLE, open_ & IS_STABLE
    ends = [_given(plan, values) for values in (unstable, stable) if values]
    if any(given is None for given in ends):
        return ""
    found = [given for given in ends if given is not None]
    if all(given == found[0] for given in found):
        return _joined(found[0])
    without, more = found[1], [treatment for treatment in found[0] if treatment not in found[1]]
    if [*more, *without] == found[0] and SURGICAL.issuperset(more):
        doing = listed((_DOING.get(treatment, _name(treatment)) for treatment in more), "and")
        also = phrase(
            "{doing} first if {unstable}" if without else "{doing} if {unstable}",
            doing=doing,
            unstable=_unstable(open_),
        )
        return series("; ", (_joined(without), also)) if without else also
    branches = (phrase("if {what}", what=_unstable(open_)), _joined(found[0])), ("if stable", _joined(without))
    return series("; ", (series(": ", branch) for branch in branches))


def _unstable(open_: Values) -> str:
    """What is still to be found out of stability: the points of SINS, or what the board makes of them."""
    states = [{pair[0] for pair in open_ & every if isinstance(pair, tuple)} for every in (IS_UNSTABLE, IS_STABLE)]
    return "judged unstable" if states[0] == states[1] else _BY_SINS


def _given(plan: Plan, values: Values) -> list[str] | None:
    """The treatments that are given with a stability; None where that does not settle them."""
    given = []
    for treatment, found in plan.items():
        left = narrowed(found, MECHANICS, values)
        if {} in left:
            given.append(treatment)
        elif left or any(not each[MECHANICS].isdisjoint(values) for each in found if MECHANICS in each):
            return None
    return given


def _joined(treatments: Iterable[str]) -> str:
    """``embolisation, decompression and stabilisation, then SRS``; patterns of en bloc resection are alternatives."""
    codes = list(treatments)
    alternatives = [code for code in codes if code in EN_BLOC]
    words = [_name(code) for code in codes if code not in EN_BLOC]
    if alternatives:
        words.insert(1 if "embolisation" in codes else 0, listed(map(_name, alternatives)))
    if words[:1] == ["embolisation"] and len(words) > 1:
        return series(", ", (words[0], series(", then ", words[1:])))
    return series(", then ", words) or "review"


def _name(code: str) -> str:
    return _NAMES.get(code) or short(code)


def _by_name(main: Sequence[Recommendation]) -> str:
    """All that may be advised, and on what it depends: for a plan that is too long for a line."""
    settled = [r.treatment for r in main if r.settled]
    open_ = [r for r in main if not r.settled]
    hangs = list(dict.fromkeys(asked(code) for r in open_ for code in r.depends_on))[:3]
    perhaps = _depending(listed(dict.fromkeys(_name(r.treatment) for r in open_)), hangs) if open_ else ""
    return series("; ", filter(None, (_joined(settled) if settled else "", perhaps)))
