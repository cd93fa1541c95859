"""What tables read: the sieve leaves every item whose condition may hold."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from service.conditions import Condition, above, all_of, any_of, at_least, includes, is_, not_
from service.evidence import Span, Values
from service.findings import FINDINGS
from service.reading import Sieve, Standing

_GRADES = sorted(map(str, FINDINGS["escc-grade"].domain.unknown))
_LEVELS = ("T7", "T8", "L1")
_ATOMS: st.SearchStrategy[Condition] = st.one_of(
    st.lists(st.sampled_from(_GRADES), min_size=1, max_size=3).map(lambda grades: is_("escc-grade", *grades)),
    st.sampled_from((is_("myelopathy", True), is_("myelopathy", False), includes("vertebral-level", "T8"))),
    st.sampled_from((2.5, 3.5)).flatmap(lambda n: st.sampled_from((at_least("albumin", n), above("albumin", n)))),
)
_CONDITIONS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        inner.map(not_),
        st.lists(inner, max_size=3).flatmap(lambda parts: st.sampled_from((all_of(*parts), any_of(*parts)))),
    ),
    max_leaves=6,
)
_NUMBERS = st.sampled_from((1.0, 2.5, 3.0, 3.5, 5.0))
_POSSIBLE: st.SearchStrategy[Mapping[str, Values]] = st.fixed_dictionaries(
    {
        "escc-grade": st.frozensets(st.sampled_from(_GRADES), min_size=1),
        "myelopathy": st.frozensets(st.booleans(), min_size=1),
        "vertebral-level": st.frozensets(st.frozensets(st.sampled_from(_LEVELS)).map(sorted).map(tuple), min_size=1),
        "albumin": st.tuples(_NUMBERS, _NUMBERS).map(lambda ends: frozenset((Span(min(ends), max(ends)),))),
    }
)


@given(st.lists(_CONDITIONS, max_size=6), _POSSIBLE)
def test_a_sieve_leaves_whatever_may_hold_in_its_order(table: list[Condition], possible: Mapping[str, Values]) -> None:
    left = Sieve(enumerate(table)).left(possible.__getitem__)
    may_hold = [n for n, each in enumerate(table) if True in Standing(each).of(possible.__getitem__)]
    assert set(may_hold) <= set(left)
    assert [*left] == sorted(left)


@given(st.lists(_CONDITIONS, max_size=6), _POSSIBLE)
def test_a_sieve_gives_the_truths_of_each_condition_that_may_hold(
    table: list[Condition], possible: Mapping[str, Values]
) -> None:
    truths = [(n, Standing(each).of(possible.__getitem__)) for n, each in enumerate(table)]
    assert Sieve(enumerate(table)).truths(possible.__getitem__) == [(n, each) for n, each in truths if True in each]


@given(_ATOMS, _POSSIBLE)
def test_a_sieve_leaves_out_what_one_finding_rules_out(atom: Condition, possible: Mapping[str, Values]) -> None:
    both = all_of(atom, is_("tumour-origin", "metastatic"))
    open_ = {**possible, "tumour-origin": FINDINGS["tumour-origin"].domain.unknown}
    left = Sieve([("both", both)]).left(open_.__getitem__)
    assert bool(left) is (True in Standing(atom).of(possible.__getitem__))
