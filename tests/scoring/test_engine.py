"""What every score has in common: what is missing, what is settled, and that evidence only narrows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.evidence import OutsideDomain, Span, Statement, Values, meet, weigh
from service.findings import FINDINGS
from service.scoring import ENGINES, SCORES
from service.scoring.results import Result
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import completions, inside, possible_values, records, result, to_try
from tests.scoring.independent import PUBLISHED

CODES = list(PUBLISHED)
Record = dict[str, Values]


@st.composite
def scored(draw: st.DrawFn) -> tuple[str, Record]:
    code = draw(st.sampled_from(CODES))
    return code, draw(records(code, limit=10**9))


def test_every_score_has_an_engine_and_is_written_a_second_time() -> None:
    """A new score fails here until ``tests/scoring/independent.py`` has it: the tests below then cover it."""
    assert list(ENGINES) == [score.code for score in SCORES]
    assert sorted(ENGINES) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_score_reads_just_the_findings_of_its_table(code: str) -> None:
    assert sorted(ENGINES[code].reads) == sorted(PUBLISHED[code].domains)


@pytest.mark.parametrize("code", CODES)
def test_the_bands_of_a_score_are_those_of_its_table(code: str) -> None:
    bands = sorted(ENGINES[code].score.bands, key=lambda band: band.low)
    assert tuple((band.low, band.high, band.code) for band in bands) == PUBLISHED[code].bands


def totals_with(code: str, record: Record, finding: str, found: Values) -> frozenset[float]:
    """The totals computed afresh, with one finding fixed."""
    return ENGINES[code].totals(*possible({**record, finding: found}))


def now(finding: str, record: Record) -> Values:
    return record.get(finding) or FINDINGS[finding].domain.unknown


@settings(max_examples=80, deadline=None)
@given(scored())
def test_each_answer_about_a_missing_finding_leads_where_the_engine_says(drawn: tuple[str, Record]) -> None:
    code, record = drawn
    for missing in result(code, record).missing:
        assert len(missing.outcomes) > 1
        for outcome in missing.outcomes:
            assert totals_with(code, record, missing.finding, outcome.values) == outcome.totals
            assert {band.code for band in outcome.bands} == {PUBLISHED[code].band(t) for t in outcome.totals}


@settings(max_examples=80, deadline=None)
@given(scored())
def test_every_single_answer_is_in_one_outcome_and_gives_its_totals(drawn: tuple[str, Record]) -> None:
    code, record = drawn
    for missing in result(code, record).missing:
        for value in to_try(code, missing.finding, now(missing.finding, record)):
            found = [o for o in missing.outcomes if any(_holds(value, member) for member in o.values)]
            assert len(found) == 1
            one = values(missing.finding, value)
            assert totals_with(code, record, missing.finding, one) == found[0].totals


def _holds(value: Any, member: Any) -> bool:
    return inside(value, member) if isinstance(member, Span) else bool(value == member)


@settings(max_examples=80, deadline=None)
@given(scored())
def test_a_finding_is_missing_exactly_when_some_answer_would_change_the_totals(drawn: tuple[str, Record]) -> None:
    code, record = drawn
    found = result(code, record)
    listed = {missing.finding for missing in found.missing}
    for finding in PUBLISHED[code].domains:
        after = {
            totals_with(code, record, finding, values(finding, value))
            for value in to_try(code, finding, now(finding, record))
        }
        assert (finding in listed) == (after != {found.totals}), finding


@settings(max_examples=70, deadline=None)
@given(scored())
def test_the_most_decisive_missing_finding_comes_first(drawn: tuple[str, Record]) -> None:
    missing = result(*drawn).missing
    order = [(m.left_open, m.left_width) for m in missing]
    assert order == sorted(order)
    assert len({m.finding for m in missing}) == len(missing)
    for m in missing:
        bands = [len(outcome.bands) for outcome in m.outcomes]
        assert m.left_open == sum(bands) / len(bands)
        assert m.decides == (max(bands) == 1)


@settings(max_examples=70, deadline=None)
@given(scored())
def test_settled_is_one_band_and_exact_is_one_total(drawn: tuple[str, Record]) -> None:
    code, record = drawn
    found: Result = result(code, record)
    bands = {PUBLISHED[code].band(total) for total in found.totals}
    assert found.settled == (len(bands) == 1)
    assert found.exact == (len(found.totals) == 1)
    assert found.settled or not found.exact
    assert (found.low, found.high) == (min(found.totals), max(found.totals))


@settings(max_examples=70, deadline=None)
@given(st.sampled_from(CODES), st.data())
def test_where_nothing_is_missing_no_completion_changes_the_totals(code: str, data: st.DataObject) -> None:
    """Not even findings that decide only together: what is left open is left open by the table."""
    record = data.draw(records(code, limit=60))
    found = result(code, record)
    if not found.missing:
        for complete in completions(code, record):
            assert ENGINES[code].totals(*possible(known_of(complete))) == found.totals


@settings(max_examples=80, deadline=None)
@given(scored(), st.data())
def test_more_evidence_that_agrees_never_widens_the_totals(drawn: tuple[str, Record], data: st.DataObject) -> None:
    code, record = drawn
    finding = data.draw(st.sampled_from(list(PUBLISHED[code].domains)))
    more = data.draw(possible_values(code, finding))
    assume(more)
    before = now(finding, record)
    both = weigh([Statement(finding, before, "one"), Statement(finding, more, "two")])
    assume(not both.conflict and to_try(code, finding, both.values))
    assert both.values == meet(before, more)
    assert totals_with(code, record, finding, both.values) <= result(code, record).totals


@settings(max_examples=70, deadline=None)
@given(scored(), st.data())
def test_a_conflict_opens_just_what_the_sources_say_each(drawn: tuple[str, Record], data: st.DataObject) -> None:
    code, record = drawn
    finding = data.draw(st.sampled_from(list(PUBLISHED[code].domains)))
    options = st.sampled_from(PUBLISHED[code].domains[finding]).map(lambda value: values(finding, value))
    one, other = data.draw(options), data.draw(options)
    both = weigh([Statement(finding, one, "one"), Statement(finding, other, "two")])
    assert both.conflict == (one != other)
    expected = totals_with(code, record, finding, one) | totals_with(code, record, finding, other)
    assert totals_with(code, record, finding, both.values) == expected


@settings(max_examples=50, deadline=None)
@given(scored())
def test_a_value_given_for_a_trial_counts_as_if_the_record_gave_it(drawn: tuple[str, Record]) -> None:
    code, record = drawn
    engine = ENGINES[code]
    for finding, domain in PUBLISHED[code].domains.items():
        one = values(finding, domain[-1])
        assert engine.totals(*possible(record), {finding: one}) == totals_with(code, record, finding, one)


@pytest.mark.parametrize("code", CODES)
def test_an_empty_record_informs_no_score_and_a_known_one_does(code: str) -> None:
    assert not result(code, {}).informed
    assert result(code, known_of({f: domain[0] for f, domain in PUBLISHED[code].domains.items()})).informed


def test_a_result_names_the_sources_of_what_it_reads_and_no_other() -> None:
    known = case(primary_tumour="breast", albumin=[4.0, 3.0], crp=1)
    assert ENGINES["tomita"].result(known).sources == ("Observation/primary-tumour-0",)
    assert ENGINES["nesms"].result(known).sources == (
        "Observation/albumin-0",
        "Observation/albumin-1",
        "Observation/primary-tumour-0",
    )


def test_a_finding_of_the_patient_counts_for_a_lesion_unless_the_lesion_has_its_own() -> None:
    one, other = lesion("T8"), lesion("L2", sins_pain="pain-free")
    both = case(one, other, sins_pain="mechanical")
    pain = [ENGINES["sins"].result(both, each).items[1].points for each in both.lesions]
    assert pain == [{3}, {0}]


@pytest.mark.parametrize(
    "span", [Span(2, 3, low_open=True, high_open=True), Span(1.2, 1.8)], ids=["between 2 and 3", "1.2 to 1.8"]
)
def test_a_count_between_two_whole_numbers_is_refused_or_still_gives_a_score(span: Span) -> None:
    """No count is between two whole numbers: that is outside the domain, and never a score without totals."""
    try:
        found = values("vertebral-metastasis-count", span)
    except OutsideDomain:
        return
    assert result("tokuhashi-revised", {"vertebral-metastasis-count": found}).totals
