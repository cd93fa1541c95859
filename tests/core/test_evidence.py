"""Possible values: spans, domains, and what several statements say together."""

from __future__ import annotations

from itertools import permutations, product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evidence import (
    Choice,
    Number,
    OutsideDomain,
    Span,
    Statement,
    Values,
    When,
    agree,
    meet,
    weigh,
)
from service.findings import FINDINGS

SOME = st.integers(0, 4)
SPANS = st.builds(Span, SOME, SOME, st.booleans(), st.booleans())
TRIED = [n / 2 for n in range(-1, 10)]
LETTERS = Choice(tuple("abcd"), groups={"first": frozenset("ab"), "last": frozenset("cd")})


def holds(span: Span | None, number: float) -> bool:
    if span is None:
        return False
    above = number > span.low if span.low_open else number >= span.low
    return above and (number < span.high if span.high_open else number <= span.high)


def values(*some: str) -> Values:
    return frozenset(some)


def statement(values_: Values, start: float = -inf, end: float = inf, lasting: bool = False) -> Statement:
    return Statement("ecog", values_, f"Observation/{sorted(map(str, values_))}", When(start, end), lasting)


def at(day: float, *some: str) -> Statement:
    return statement(values(*some), day, day)


@given(SPANS, SPANS)
def test_the_meet_of_two_spans_holds_just_the_numbers_that_are_in_both(one: Span, other: Span) -> None:
    both = one.meet(other)
    for number in TRIED:
        assert holds(both, number) == (holds(one, number) and holds(other, number))
    assert both == other.meet(one)


def test_spans_that_touch_at_an_open_end_do_not_meet() -> None:
    assert Span(0, 3, high_open=True).meet(Span(3, 5)) is None
    assert Span(0, 3).meet(Span(3, 5, low_open=True)) is None
    assert Span(0, 3).meet(Span(3, 5)) == Span.point(3)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Span.point(3.5), "3.5"),
        (Span(-inf, 3.5, high_open=True), "< 3.5"),
        (Span(-inf, 3.5), "<= 3.5"),
        (Span(3.5, inf, low_open=True), "> 3.5"),
        (Span(3.5, inf), ">= 3.5"),
        (Span(1, 2), "1 to 2"),
        (Span(1, 2, high_open=True), "1 to <2"),
    ],
)
def test_a_span_reads_as_the_comparator_that_it_came_from(span: Span, text: str) -> None:
    assert str(span) == text


def test_a_choice_takes_a_value_or_a_group_and_names_what_it_knows_otherwise() -> None:
    assert LETTERS.only("a") == values("a")
    assert LETTERS.only("last") == values("c", "d")
    with pytest.raises(OutsideDomain, match="has one of the values a, b, c, d, first, last"):
        LETTERS.only("e")


@pytest.mark.parametrize("wrong", [1, 0, "true", "True", None, 1.0])
def test_a_yes_or_no_takes_booleans_only(wrong: object) -> None:
    with pytest.raises(OutsideDomain, match="false, true"):
        FINDINGS["myelopathy"].domain.only(wrong)  # type: ignore[arg-type]  # what a sender may send


@pytest.mark.parametrize("wrong", [True, False, "1", 6, -1, 1.0])
def test_an_ecog_status_takes_whole_numbers_only(wrong: object) -> None:
    with pytest.raises(OutsideDomain):
        FINDINGS["ecog"].domain.only(wrong)  # type: ignore[arg-type]  # what a sender may send


@pytest.mark.parametrize("wrong", [5, 41, 49, 71, 79, 101, -10])
def test_a_karnofsky_status_that_is_no_multiple_of_ten_is_refused(wrong: int) -> None:
    with pytest.raises(OutsideDomain):
        FINDINGS["karnofsky"].domain.only(wrong)  # type: ignore[arg-type]  # a choice of numbers


def test_the_status_of_the_dead_counts_only_when_it_is_said() -> None:
    for finding, dead in (("ecog", 5), ("karnofsky", 0)):
        domain = FINDINGS[finding].domain
        assert dead not in domain.unknown
        assert domain.only(dead) == frozenset((dead,))  # type: ignore[arg-type]  # a choice of numbers


def test_a_number_is_cut_to_what_a_body_can_have() -> None:
    domain = Number("g/dL", 0, 10)
    assert domain.only(Span(-inf, 3.5, high_open=True)) == {Span(0, 3.5, high_open=True)}
    assert domain.only(Span(3.5, inf, low_open=True)) == {Span(3.5, 10, low_open=True)}
    assert domain.unknown == {Span(0, 10)}


@pytest.mark.parametrize("span", [Span.point(-1), Span.point(10.1), Span(11, inf), Span(-inf, 0, high_open=True)])
def test_a_number_outside_the_domain_is_refused_with_the_limits(span: Span) -> None:
    with pytest.raises(OutsideDomain, match="is a number from 0 to 10 g/dL"):
        Number("g/dL", 0, 10).only(span)


@pytest.mark.parametrize("span", [Span.point(1.5), Span.point(-1), Span.point(1000)])
def test_a_count_that_is_no_whole_number_is_refused(span: Span) -> None:
    with pytest.raises(OutsideDomain, match="is a whole number from 0 to 999"):
        Number("", 0, 999, whole=True).only(span)


def test_an_unknown_count_of_vertebrae_starts_at_one_but_none_can_be_said() -> None:
    domain = FINDINGS["vertebral-metastasis-count"].domain
    assert domain.unknown == {Span(1, 999)}
    assert isinstance(domain, Number)
    assert domain.only(Span.point(0)) == {Span.point(0)}


SUBSETS = st.sets(st.sampled_from("abcd"), min_size=1).map(frozenset)


@given(st.lists(SUBSETS, min_size=1, max_size=4))
def test_sources_that_agree_narrow_and_sources_that_cannot_all_be_right_leave_the_union(sets: list[Values]) -> None:
    common = frozenset.intersection(*sets)
    assert agree(sets) == ((common, False) if common else (frozenset.union(*sets), True))


@given(st.lists(SPANS.filter(lambda span: any(holds(span, n) for n in TRIED)), min_size=1, max_size=4))
def test_numbers_agree_and_conflict_as_values_do(spans: list[Span]) -> None:
    together, conflict = agree([frozenset((span,)) for span in spans])
    for number in TRIED:
        said = [holds(span, number) for span in spans]
        assert any(holds(span, number) for span in together if isinstance(span, Span)) == (
            any(said) if conflict else all(said)
        )


def test_meet_of_unions_of_spans_meets_each_with_each() -> None:
    left, right = frozenset((Span(0, 2), Span(5, 9))), frozenset((Span(1, 6),))
    assert meet(left, right) == {Span(1, 2), Span(5, 6)}


def test_the_latest_statement_wins_and_the_earlier_is_kept_as_superseded() -> None:
    old, new = at(1, "a"), at(2, "b")
    found = weigh([new, old])
    assert (found.values, found.conflict) == (values("b"), False)
    assert (found.statements, found.superseded) == ((new,), (old,))


def test_two_statements_of_one_time_that_disagree_are_a_conflict() -> None:
    found = weigh([at(1, "a"), at(1, "b")])
    assert (found.values, found.conflict, len(found.superseded)) == (values("a", "b"), True, 0)


def test_two_statements_of_one_time_that_are_compatible_narrow_each_other() -> None:
    found = weigh([at(1, "a", "b"), at(1, "b", "c")])
    assert (found.values, found.conflict) == (values("b"), False)


def test_an_undated_statement_is_never_superseded_and_supersedes_nothing() -> None:
    undated = statement(values("a"))
    found = weigh([undated, at(5, "b")])
    assert found.conflict
    assert found.values == values("a", "b")
    assert not found.superseded


def test_a_vague_date_supersedes_only_what_is_certainly_earlier() -> None:
    october = statement(values("a"), 10, 11)
    assert weigh([october, at(10.5, "b")]).conflict
    assert weigh([october, at(9, "b")]).values == values("a")
    assert weigh([october, at(12, "b")]).values == values("b")


def test_a_lasting_statement_is_not_superseded_by_a_later_one() -> None:
    diagnosis = statement(values("a", "b"), 1, 1, lasting=True)
    found = weigh([diagnosis, at(5, "b", "c")])
    assert (found.values, found.conflict) == (values("b"), False)
    assert set(found.statements) == {diagnosis, at(5, "b", "c")}
    assert weigh([diagnosis, at(5, "c")]).conflict


def test_a_lasting_statement_decides_between_dated_ones_that_disagree() -> None:
    found = weigh([at(1, "a"), at(1, "b"), statement(values("b"), lasting=True)])
    assert (found.values, found.conflict) == (values("b"), False)


def test_a_lasting_statement_supersedes_no_dated_one() -> None:
    diagnosis = statement(values("a"), 9, 9, lasting=True)
    assert weigh([at(1, "b"), diagnosis]).conflict
    assert not weigh([at(1, "b"), diagnosis]).superseded


DATES = st.sampled_from([(-inf, inf), (1, 1), (2, 2), (1, 2), (3, 3)])
STATEMENTS = st.builds(lambda some, when, lasting: statement(some, *when, lasting), SUBSETS, DATES, st.booleans())


@settings(max_examples=150, deadline=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4))
def test_the_order_of_the_record_never_matters_and_no_statement_is_lost(statements: list[Statement]) -> None:
    first = weigh(statements)
    assert first.values
    assert sorted(map(repr, (*first.statements, *first.superseded))) == sorted(map(repr, statements))
    for other in permutations(statements):
        again = weigh(other)
        assert (again.values, again.conflict) == (first.values, first.conflict)
    for old, new in product(first.superseded, first.statements):
        assert not old.lasting
        assert new.lasting or new.when.end > old.when.end


def test_the_sources_are_named_once_and_in_order() -> None:
    some = [
        Statement("ecog", values("a"), source) for source in ("Observation/2", "Observation/1", "", "Observation/2")
    ]
    assert weigh(some).sources == ("Observation/1", "Observation/2")
