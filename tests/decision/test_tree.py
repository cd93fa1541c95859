"""What follows from possible values, against brute force over every way in which the record may turn out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.conditions import Atom, Condition, at_least, atoms, holds_for, is_
from service.decision import noms as product_noms
from service.decision.model import Advice, Path, Rule
from service.decision.tree import Decision, Rules, when
from service.evidence import Span, Values
from tests.core.cases import values
from tests.decision.independent import ESCC, FITNESS, JUDGED, STABILITY, noms, ways
from tests.scoring.completions import inside
from tests.scoring.independent import TUMOURS

Way = dict[str, Any]
Found = list[tuple[Way, frozenset[str]]]
"""Each way in which the record may turn out, with the treatments that it leads to."""

RULE = Rule("test", "A rule of the test", None)
DOMAINS: dict[str, tuple[Any, ...]] = {
    "escc-grade": ESCC,
    "myelopathy": (False, True),
    "primary-tumour": TUMOURS,
    "stability": STABILITY,
    "mechanical-stability": JUDGED,
    "surgical-fitness": FITNESS,
    "prior-radiotherapy-at-level": (False, True),
}
NOMS = Rules(product_noms.TESTS, product_noms.advise)


def leads_to(path: Path, way: Way) -> bool:
    """Whether the premises of a path hold in one way of completing the record."""
    return all(any(_is(way[premise.finding], value) for value in premise.values) for premise in path)


def _is(value: Any, member: Any) -> bool:
    return inside(value, member) if isinstance(member, Span) else bool(value == member)


def hold_options(decision: Decision, found: Found) -> None:
    """Settled, conditional and absent treatments, and their paths, are those of the completions."""
    every = frozenset[str]().union(*(treatments for _, treatments in found))
    assert sorted(option.treatment for option in decision.options) == sorted(every)
    for option in decision.options:
        having = [way for way, treatments in found if option.treatment in treatments]
        if len(having) == len(found):
            assert option.paths == ()
            continue
        assert option.paths
        for path in option.paths:
            led = [way for way, _ in found if leads_to(path, way)]
            assert led, "a path that no completion takes"
            assert all(way in having for way in led), "a path that does not lead to the treatment"
        assert [way for way, _ in found if any(leads_to(path, way) for path in option.paths)] == having


def hold_premises(decision: Decision, found: Found) -> None:
    """A treatment depends on no finding that never makes a difference to it."""
    for option in decision.options:
        for finding in {premise.finding for path in option.paths for premise in path}:
            answers: dict[tuple[Any, ...], set[bool]] = {}
            for way, treatments in found:
                rest = tuple(value for code, value in way.items() if code != finding)
                answers.setdefault(rest, set()).add(option.treatment in treatments)
            assert any(len(differing) == 2 for differing in answers.values()), (option.treatment, finding)


def hold_questions(decision: Decision, found: Found) -> None:
    """Whoever answers all the questions knows the plan, and nothing is asked where there is one plan."""
    asked = decision.questions
    assert len(set(asked)) == len(asked)
    by_answers: dict[tuple[Any, ...], frozenset[str]] = {}
    for way, treatments in found:
        assert by_answers.setdefault(tuple(way[f] for f in asked), treatments) == treatments


def hold(decision: Decision, found: Found) -> None:
    hold_options(decision, found)
    hold_premises(decision, found)
    hold_questions(decision, found)


SETS = {
    finding: st.one_of(
        st.sampled_from(domain).map(lambda one: {one}),
        st.just(set(domain)) if len(domain) <= 6 else st.just({"other", "breast", "colon"}),
        st.sets(st.sampled_from(domain), min_size=1, max_size=6),
    )
    for finding, domain in DOMAINS.items()
}


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(SETS))
def test_noms_over_possible_values_is_noms_of_every_completion(possible: Mapping[str, set[Any]]) -> None:
    decision = NOMS.decide({finding: frozenset(some) for finding, some in possible.items()})
    hold(decision, [(way, frozenset(noms(way))) for way in ways(possible)])


@pytest.mark.parametrize("tumour", ["breast", "kidney", "colon", "bladder"])
def test_noms_with_nothing_else_known_is_noms_of_every_completion(tumour: str) -> None:
    possible = {**DOMAINS, "primary-tumour": (tumour,)}
    decision = NOMS.decide({finding: frozenset(some) for finding, some in possible.items()})
    hold(decision, [(way, frozenset(noms(way))) for way in ways(possible)])


@pytest.mark.parametrize("finding", list(DOMAINS))
def test_noms_asks_for_the_one_open_finding_exactly_where_it_changes_a_treatment(finding: str) -> None:
    some = {**DOMAINS, "primary-tumour": ("breast", "kidney", "colon", "bladder")}
    for rest in ways({code: domain for code, domain in some.items() if code != finding}):
        possible = {code: frozenset((value,)) for code, value in rest.items()}
        decision = NOMS.decide({**possible, finding: frozenset(some[finding])})
        plans = {noms({**rest, finding: value}) for value in some[finding]}
        assert decision.questions == ((finding,) if len(plans) > 1 else ()), rest


#: Rules made up for the test: any table over these conditions.
MADE_UP: dict[str, tuple[tuple[Condition, ...], tuple[Any, ...]]] = {
    "myelopathy": ((is_("myelopathy", True),), (False, True)),
    "surgical-fitness": ((is_("surgical-fitness", "fit"),), FITNESS),
    "escc-grade": ((is_("escc-grade", "escc-2", "escc-3"), is_("escc-grade", "escc-1c")), ESCC),
    "albumin": ((at_least("albumin", 3.5), at_least("albumin", 3.0)), (2.9, 3.0, 3.1, 3.4, 3.5, 3.6)),
}
TESTS: tuple[Atom, ...] = tuple(a for tests, _ in MADE_UP.values() for test in tests for a in atoms(test))
A, B = (Advice(name, RULE, f"because of {name}") for name in ("a", "b"))
B_TOO = Advice("b", RULE, "for another reason")
PLANS = ((), (A,), (B,), (A, B), (B, A), (B_TOO,), (A, B_TOO))
KEYS = list(product((False, True), repeat=len(TESTS)))
Advise = Callable[[Callable[[Atom], bool]], tuple[Advice, ...]]


def table(plans: tuple[tuple[Advice, ...], ...]) -> Advise:
    by_truth = dict(zip(KEYS, plans, strict=True))
    return lambda truth: by_truth[tuple(truth(test) for test in TESTS)]


@st.composite
def made_up(draw: st.DrawFn) -> tuple[Advise, dict[str, Values], list[Way]]:
    """A table, possible values for it, and every completion of them."""
    some = {finding: draw(st.sets(st.sampled_from(domain), min_size=1)) for finding, (_, domain) in MADE_UP.items()}
    possible = {finding: values(finding, *chosen) for finding, chosen in some.items()}
    if draw(st.booleans()):
        low, high = draw(st.sampled_from([(2.9, 3.0), (2.9, 3.4), (3.0, 3.5), (3.1, 3.6), (3.4, 3.6)]))
        possible["albumin"] = values("albumin", Span(low, high))
        some["albumin"] = {n for n in (2.9, 2.95, 3.0, 3.1, 3.4, 3.5, 3.55, 3.6) if low <= n <= high}
    return table(draw(st.tuples(*(st.sampled_from(PLANS),) * len(KEYS)))), possible, ways(some)


def steps_of(advise: Advise, way: Way) -> tuple[Advice, ...]:
    return advise(lambda atom: holds_for(atom, way))


@settings(max_examples=200, deadline=None)
@given(made_up())
def test_any_rules_over_possible_values_are_the_rules_of_every_completion(
    drawn: tuple[Advise, dict[str, Values], list[Way]],
) -> None:
    advise, possible, every = drawn
    decision = Rules(TESTS, advise).decide(possible)
    hold(decision, [(way, frozenset(step.treatment for step in steps_of(advise, way))) for way in every])
    for option in decision.options:
        reasons = {s.reason for way in every for s in steps_of(advise, way) if s.treatment == option.treatment}
        assert {step.reason for step in option.advice} == reasons


def test_one_plan_asks_nothing() -> None:
    decision = Rules(TESTS, lambda _: (A, B)).decide({code: values(code, *d) for code, (_, d) in MADE_UP.items()})
    assert decision.questions == ()
    assert [(option.treatment, option.paths) for option in decision.options] == [("a", ()), ("b", ())]


def test_the_finding_that_leaves_the_fewest_plans_open_is_asked_first() -> None:
    fit, myelopathy = (*atoms(is_("surgical-fitness", "fit")), *atoms(is_("myelopathy", True)))

    def advise(truth: Callable[[Atom], bool]) -> tuple[Advice, ...]:
        if not truth(myelopathy):
            return (A,)
        return (B,) if truth(fit) else (A, B)

    possible = {"surgical-fitness": frozenset(FITNESS), "myelopathy": frozenset((False, True))}
    assert Rules((fit, myelopathy), advise).decide(possible).questions == ("myelopathy", "surgical-fitness")


def test_a_difference_in_reasons_alone_is_no_question_and_every_reason_is_kept() -> None:
    (fit,) = atoms(is_("surgical-fitness", "fit"))
    rules = Rules((fit,), lambda truth: (B,) if truth(fit) else (B_TOO,))
    decision = rules.decide({"surgical-fitness": frozenset(FITNESS)})
    (option,) = decision.options
    assert (decision.questions, option.paths) == ((), ())
    assert {advice.reason for advice in option.advice} == {B.reason, B_TOO.reason}


FACTS = {"stability": frozenset(STABILITY)}
WITH_FACTS = Rules(product_noms.TESTS, product_noms.advise, FACTS)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(SETS))
def test_what_overturns_a_treatment_is_every_other_answer_with_which_it_is_not_settled(
    possible: Mapping[str, set[Any]],
) -> None:
    sets = {finding: frozenset(some) for finding, some in possible.items()}
    settled = set(WITH_FACTS.decide(sets).settled)
    found = WITH_FACTS.overturns(sets)
    assert set(found) == settled
    for treatment, overturns in found.items():
        told = {(each.premise.finding, value): each.instead for each in overturns for value in each.premise.values}
        for finding, domain in DOMAINS.items():
            if len(possible[finding]) > 1:
                assert not any(code == finding for code, _ in told) or _one_pattern(finding, possible[finding])
                continue
            for value in domain:
                if value in possible[finding]:
                    continue
                other = WITH_FACTS.decide({**sets, finding: frozenset((value,))}).settled
                assert (treatment not in other) == ((finding, value) in told), (treatment, finding, value)
                if (finding, value) in told:
                    assert told[finding, value] == other


def _one_pattern(finding: str, some: set[Any]) -> bool:
    """Whether the rules cannot tell the values apart."""
    tests = [test for test in product_noms.TESTS if test.finding == finding]
    return len({tuple(test.test(value) for test in tests) for value in some}) == 1


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries(SETS))
def test_what_a_finding_would_settle_is_the_mean_over_its_answers(possible: Mapping[str, set[Any]]) -> None:
    every = [(way, frozenset(noms(way))) for way in ways(possible)]
    decision = WITH_FACTS.decide({finding: frozenset(some) for finding, some in possible.items()})
    gains = dict(decision.gains)
    for finding in DOMAINS:
        tests = [test for test in product_noms.TESTS if test.finding == finding]
        parts: dict[tuple[bool, ...], list[frozenset[str]]] = {}
        for way, treatments in every:
            parts.setdefault(tuple(test.test(way[finding]) for test in tests), []).append(treatments)
        gain = _open([t for _, t in every]) - sum(map(_open, parts.values())) / len(parts)
        assert gains.get(finding, 0) == (gain if gain > 0 and len(parts) > 1 else 0), finding


def _open(plans: list[frozenset[str]]) -> int:
    return len(frozenset().union(*plans) - frozenset.intersection(*plans))


# The order of the questions, on rules made up for it

MYELOPATHY, FIT = (*atoms(is_("myelopathy", True)), *atoms(is_("surgical-fitness", "fit")))
HIGH, ONE_C = (*atoms(is_("escc-grade", "escc-2", "escc-3")), *atoms(is_("escc-grade", "escc-1c")))
OPEN: dict[str, Values] = {
    "myelopathy": frozenset((False, True)),
    "surgical-fitness": frozenset(FITNESS),
    "escc-grade": frozenset(ESCC),
}


def test_what_is_asked_first_leaves_the_fewest_plans_on_average_over_its_answers() -> None:
    """Of three grades, two leave one plan and one leaves two; of two answers on myelopathy, one leaves two."""
    rules = Rules((MYELOPATHY, HIGH, ONE_C), lambda truth: (B,) if truth(HIGH) and truth(MYELOPATHY) else (A,))
    assert rules.decide(OPEN).questions == ("escc-grade", "myelopathy")


def test_a_finding_that_changes_nothing_is_not_asked_for_where_the_others_tell_only_together() -> None:
    rules = Rules((HIGH, MYELOPATHY, FIT), lambda truth: (A,) if truth(MYELOPATHY) == truth(FIT) else (B,))
    decision = rules.decide(OPEN)
    assert decision.questions == ("myelopathy", "surgical-fitness")
    assert {premise.finding for option in decision.options for path in option.paths for premise in path} == {
        "myelopathy",
        "surgical-fitness",
    }


def test_a_finding_that_settles_nothing_by_itself_is_not_among_those_that_do() -> None:
    together = Rules((HIGH, MYELOPATHY, FIT), lambda truth: (A,) if truth(MYELOPATHY) == truth(FIT) else (B,))
    assert together.decide(OPEN).gains == ()
    alone = Rules((HIGH, MYELOPATHY, FIT), lambda truth: (A,) if truth(FIT) else (B,))
    assert alone.decide(OPEN).gains == (("surgical-fitness", 2.0),)


def test_just_what_has_no_condition_is_settled() -> None:
    decision = Rules((FIT,), lambda truth: (A, B) if truth(FIT) else (A,)).decide(OPEN)
    assert decision.settled == ("a",)
    assert when(is_("surgical-fitness", "fit"), (A,)).decide({"surgical-fitness": frozenset(("fit",))}).settled == (
        "a",
    )
    assert when(is_("surgical-fitness", "fit"), (A,)).decide({"surgical-fitness": frozenset(("unfit",))}).options == ()
