"""Orders that are being written, checked against the case and its plan: what speaks against one, and nothing else.

An order that the rules have nothing against is not spoken of. Where the record leaves open whether something speaks
against an order, that is said as a possibility, with what to find out. An order that names no place is spoken of where
the same speaks against it at every lesion; one for a place without a lesion is left alone. The checks themselves are
tables, in :mod:`service.decision.order_checks`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from service.case import Case, Lesion
from service.conditions import Condition
from service.decision import facts, noms, wbb
from service.decision.facts import View
from service.decision.model import Plan, Rule
from service.decision.order_checks import (
    BY_CRITERIA,
    CHECKS,
    GRADED_FIRST,
    OPERATIONS,
    RADIATION,
    ByCriteria,
    Check,
)
from service.decision.order_intervals import RADIOTHERAPY_AFTER_SURGERY, Interval, interval
from service.decision.ordered import Order, lesions_of, names_lesion
from service.evidence import Values, When
from service.policy import DEFAULT, Policy
from service.reading import Standing
from service.scoring.results import Result
from service.text import phrase, series

_NOT_METASTATIC: Values = frozenset(("primary", "dumbbell"))
_HIGH: Values = frozenset(("escc-2", "escc-3"))
_TRUE, _NO = frozenset((True,)), frozenset((False,))
_MOST_CRITERIA = 4
"""Criteria that are named; nobody reads more in an order."""


@dataclass(frozen=True)
class Concern:
    """Something that speaks against an order, or may."""

    code: str
    rule: Rule
    order: Order
    lesion: Lesion | None
    """None where it is so at every lesion, and the order does not say which it is for."""
    why: str
    certain: bool
    grave: bool
    """Whether the patient may come to harm by it."""
    find_out: tuple[str, ...] = ()
    """Findings that would settle whether it holds."""
    instead: tuple[str, ...] = ()
    """Treatments on which the plan settles in its place."""
    beside: tuple[str, ...] = ()
    """Treatments that go with it."""
    barred: bool = False
    """Whether the treatment is contraindicated."""
    not_before: str = ""
    """The day from which it may begin, where that is what is wrong."""
    elsewhere: bool = False
    """Whether the order names no place, and may be for another part of the body."""

    @property
    def warns(self) -> bool:
        return self.grave and self.certain


@dataclass(frozen=True)
class Setting:
    """What orders are checked against."""

    case: Case
    plan: Plan
    results: tuple[Result, ...]
    as_of: When
    policy: Policy = DEFAULT
    under_way: tuple[Order, ...] = ()
    """Orders of the record that are active."""
    dated: frozenset[str] = field(default_factory=frozenset)
    """Sources whose time is that of the deed, as that of a procedure is, and not of whoever speaks of it."""


def concerns(orders: Sequence[Order], setting: Setting) -> tuple[Concern, ...]:
    """What speaks against each order, in the order of the orders; the graver first."""
    found: list[Concern] = []
    for order in orders:
        others = (*(other for other in orders if other is not order), *setting.under_way)
        of_order = list(_of(order, others, setting))
        found += sorted(of_order, key=lambda concern: (not concern.warns, not concern.grave))
    return tuple(found)


def _of(order: Order, others: Sequence[Order], setting: Setting) -> Iterator[Concern]:
    lesions = lesions_of(order, setting.case)
    if not lesions:
        return
    by_lesion = [{concern.code: concern for concern in _at(order, lesion, others, setting)} for lesion in lesions]
    somewhere = order.placed or names_lesion(order, setting.case)
    if somewhere or len(lesions) == 1:
        for found in by_lesion:
            yield from (c if somewhere else _perhaps_elsewhere(c) for c in found.values())
        return
    for code, concern in by_lesion[0].items():
        if all(code in found for found in by_lesion):
            every = replace(concern, lesion=None, certain=all(found[code].certain for found in by_lesion))
            yield _perhaps_elsewhere(every)


def _perhaps_elsewhere(concern: Concern) -> Concern:
    """Radiotherapy without a place may be for another part of the body."""
    if concern.order.treatment not in RADIATION:
        return concern
    why = phrase("if it is for the spine (no level is named): {why}", why=concern.why)
    return replace(concern, why=why, certain=False, barred=False, elsewhere=True)


def _at(order: Order, lesion: Lesion, others: Sequence[Order], setting: Setting) -> Iterator[Concern]:
    """What speaks against an order of a lesion."""
    judged = setting.plan.judged or setting.case
    view = View(judged, lesion, _assumed(judged, lesion, setting.policy))
    advised = any(
        r.settled and r.treatment == order.treatment and r.lesion is lesion for r in setting.plan.recommendations
    )
    alarmed = any(
        r.urgent and r.settled and (r.lesion is None or r.lesion is lesion) for r in setting.plan.recommendations
    )
    beside = [other for other in others if any(each is lesion for each in lesions_of(other, setting.case))]
    metastatic = not view.possible("tumour-origin") <= _NOT_METASTATIC
    for check in CHECKS:
        if (check.unless_advised and advised) or (alarmed and not check.in_emergency):
            continue
        if (check.metastases and not metastatic) or any(other.treatment in check.met_by for other in beside):
            continue
        yield from _checked(check, order, view, setting)
    if order.treatment in GRADED_FIRST.on and metastatic and not advised:
        yield from _graded_first(order, view, setting, alarmed=alarmed)
    for each in BY_CRITERIA:
        if order.treatment in each.on and each.for_metastases is metastatic and not advised:
            yield from _by_criteria(each, order, view)
    if order.treatment in RADIATION:
        yield from _after_surgery(order, view, beside, setting)


def _assumed(case: Case, lesion: Lesion, policy: Policy) -> dict[str, Values]:
    """Silence as the plan reads it: about earlier radiotherapy by the policy, about an operation as none."""
    silent = ["prior-surgery-at-level"]
    if policy.unsaid_radiotherapy == "none":
        silent.append("prior-radiotherapy-at-level")
    return {code: _NO for code in silent if not case.about(code, lesion).statements}


@lru_cache(maxsize=256)
def _standing(condition: Condition) -> Standing:
    return Standing(condition)


def _checked(check: Check, order: Order, view: View, setting: Setting) -> Iterator[Concern]:
    exactly = order.treatment in check.on
    if not exactly and order.treatment not in check.may_be:
        return
    standing = _standing(check.when)
    truths = view.truths(standing)
    if True not in truths or (check.unless is not None and view.truths(_standing(check.unless)) == _TRUE):
        return
    certain = truths == _TRUE
    why: str = check.why if certain else check.perhaps
    if not why or (not certain and not all(map(view.told, check.told))):
        return
    if not exactly:
        why = phrase("if it is conventional: {why}", why=why)
    settled = {r.treatment for r in setting.plan.recommendations if r.settled and r.lesion is view.lesion}
    yield Concern(
        check.code,
        check.rule,
        order,
        view.lesion,
        why,
        certain and exactly,
        check.grave,
        () if certain else tuple(_open(standing, view, setting)),
        tuple(each for each in check.instead if each in settled),
        check.beside,
        barred=check.barred and certain and exactly,
    )


def _open(standing: Standing, view: View, setting: Setting) -> Iterator[str]:
    """What to find out for a condition that the record leaves open."""
    for code in standing.reads:
        if len(view.possible(code)) > 1:
            yield from facts.missing_for(code, view.case, view.lesion, setting.results, setting.policy.lead_model)


def _graded_first(order: Order, view: View, setting: Setting, *, alarmed: bool) -> Iterator[Concern]:
    """An operation of a lesion whose stability or compression is not known. An emergency waits for the grade alone."""
    grades = view.possible("escc-grade")
    ungraded = bool(grades & _HIGH and grades - _HIGH)
    states = view.possible(noms.STABILITY)
    unscored = not alarmed and not view.told(noms.BOARD) and len(_bands(states)) > 1
    if not ungraded and not unscored:
        return
    missing = ["escc-grade"] if ungraded else []
    if unscored:
        missing += facts.missing_for(noms.STABILITY, view.case, view.lesion, setting.results, setting.policy.lead_model)
    what = ("the ESCC grade",) if ungraded else ()
    what = (*what, "SINS") if unscored else what
    yield Concern(
        "operation-before-grading",
        GRADED_FIRST.rule,
        order,
        view.lesion,
        phrase("not known: {what}; NOMS decides on an operation by them", what=series(", ", what)),
        certain=True,
        grave=False,
        find_out=tuple(dict.fromkeys(missing)),
    )


def _bands(states: Values) -> frozenset[str]:
    """The bands of SINS that are left open."""
    named = {noms.STABLE: "stable", noms.UNSTABLE: "unstable"}
    return frozenset(named.get(str(state), "indeterminate") for state in states)


def _by_criteria(by: ByCriteria, order: Order, view: View) -> Iterator[Concern]:
    """A treatment whose criteria are not all known to be met."""
    unmet: list[str] = []
    unknown: list[str] = []
    asked: dict[str, None] = {}
    for criterion in by.checklist.criteria:
        standing = _standing(criterion.when)
        zones = any(code in wbb.SETS and not view.told(code) for code in standing.reads)
        truths = frozenset((False, True)) if zones else view.truths(standing)
        if truths == _NO:
            unmet.append(criterion.text)
        elif truths != _TRUE:
            unknown.append(criterion.text)
            asked.update(dict.fromkeys(code for code in standing.reads if len(view.possible(code)) > 1))
    if not unmet and not unknown:
        return
    of = phrase(
        "{met} of {all} criteria met",
        met=len(by.checklist.criteria) - len(unmet) - len(unknown),
        all=len(by.checklist.criteria),
    )
    parts: list[str] = [of]
    if unmet:
        parts.append(phrase("not met: {criteria}", criteria=series(", ", unmet[:_MOST_CRITERIA])))
    if unknown:
        parts.append(phrase("not known: {criteria}", criteria=series(", ", unknown[:_MOST_CRITERIA])))
    yield Concern(
        f"criteria-{by.checklist.rule.plan}",
        by.checklist.rule,
        order,
        view.lesion,
        series("; ", parts),
        certain=bool(unmet),
        grave=False,
        find_out=tuple(code for code in asked if code not in facts.DOMAINS),
    )


def _after_surgery(order: Order, view: View, beside: Iterable[Order], setting: Setting) -> Iterator[Concern]:
    """Radiotherapy that begins, or may begin, too soon after an operation of the same lesion."""
    operations = [
        (statement.when, statement.values == _TRUE)
        for statement in view.case.about("prior-surgery-at-level", view.lesion).statements
        if True in statement.values and statement.source in setting.dated
    ]
    operations += [(o.begins, True) for o in beside if o.treatment in OPERATIONS and o.begins is not None]
    found = [interval(operated, order.begins, setting.as_of, certain=certain) for operated, certain in operations]
    worst: Interval | None = min((each for each in found if each is not None), default=None)
    if worst is not None:
        yield Concern(
            RADIOTHERAPY_AFTER_SURGERY.plan + "-after-surgery",
            RADIOTHERAPY_AFTER_SURGERY,
            order,
            view.lesion,
            worst.why,
            worst.certain,
            worst.grave,
            not_before=worst.from_then,
        )
