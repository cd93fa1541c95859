"""Dates: stretches of time, ages, and which of several results counts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from service.evidence import Span
from service.fhir_mapping.inbound.dates import BadDate, ages_at, when
from service.policy import Policy
from tests.support.records import bundle, metastasis, observation, patient, possible, remarks, said, take


def seconds(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026", (2026, 1, 1), (2027, 1, 1)),
        ("2026-02", (2026, 2, 1), (2026, 3, 1)),
        ("2026-12", (2026, 12, 1), (2027, 1, 1)),
        ("2024-02-29", (2024, 2, 29), (2024, 3, 1)),
        ("2026-10-01T09:30:15Z", (2026, 10, 1, 9, 30, 15), (2026, 10, 1, 9, 30, 16)),
        ("2026-10-01T09:30Z", (2026, 10, 1, 9, 30), (2026, 10, 1, 9, 31)),
        ("2026-10-01T00:30:00+02:00", (2026, 9, 30, 22, 30), (2026, 9, 30, 22, 30, 1)),
        ("2026-10-01T23:30:00-05:30", (2026, 10, 2, 5), (2026, 10, 2, 5, 0, 1)),
        ("2026-10-01T09:30:15", (2026, 10, 1, 9, 30, 15), (2026, 10, 1, 9, 30, 16)),
        ("1957-03-04", (1957, 3, 4), (1957, 3, 5)),
        ("2016-12-31T23:59:60Z", (2016, 12, 31, 23, 59, 59), (2017, 1, 1)),
    ],
)
def test_a_date_is_the_stretch_of_time_that_it_names(text: str, start: tuple[int, ...], end: tuple[int, ...]) -> None:
    found = when(text)
    assert found.start == seconds(*start)
    assert found.end == pytest.approx(seconds(*end), abs=0.01)
    assert found.end < seconds(*end)


@pytest.mark.parametrize("digits", ["1", "12", "123", "123456", "1234567", "123456789"])
def test_any_number_of_decimals_of_a_second_is_read(digits: str) -> None:
    found = when(f"2026-10-01T09:30:15.{digits}Z")
    assert seconds(2026, 10, 1, 9, 30, 15) <= found.start < seconds(2026, 10, 1, 9, 30, 16)


@pytest.mark.parametrize("text", ["0001-01-01", "1000", "9999", "9999-12", "9999-12-31", "9999-12-31T23:59:59Z"])
def test_the_first_and_the_last_years_are_dates_too(text: str) -> None:
    """Many systems write 9999-12-31 for "no end"."""
    found = when(text)
    assert found.start < found.end


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "x",
        "26",
        "2026-1",
        "2026-13",
        "2026-00",
        "2026-02-30",
        "2025-02-29",
        "2026-10-1",
        "20261001",
        "2026/10/01",
        "01.10.2026",
        "2026-10-01T",
        "2026-10-01T9:30:00Z",
        "2026-10-01T25:00:00Z",
        "2026-10-01T09:61:00Z",
        "2026-10-01 09:30:00",
        "2026-10-01T09:30:00+2",
        "0000",
        "٢٠٢٦",
        "2026-10-01\x00",
        "-2026",
    ],
)
def test_what_is_no_fhir_date_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        when(text)


@pytest.mark.parametrize(
    ("birth", "then", "ages"),
    [
        ("1958-05-04", "2026-05-03", (67, 67)),
        ("1958-05-04", "2026-05-04", (68, 68)),
        ("1958-05", "2026-10-02", (68, 68)),
        ("1958-05", "2026-05-15", (67, 68)),
        ("1958", "2026-10-02", (67, 68)),
        ("1958", "2026-12-31", (68, 68)),
        ("2026-10-02", "2026-10-02", (0, 0)),
        ("2026", "2026-10-02", (0, 0)),
        ("2027-01-01", "2026-10-02", None),
        ("1904-02-29", "2026-02-28", (121, 121)),
    ],
)
def test_an_age_is_in_full_years_and_a_partial_birth_date_leaves_two(
    birth: str, then: str, ages: tuple[int, int] | None
) -> None:
    assert ages_at(when(birth), when(then)) == (Span(*ages) if ages else None)


def test_the_age_of_the_patient_is_that_at_the_time_of_the_assessment() -> None:
    assert take(bundle(patient(birthDate="1958-10-03"), metastasis())).case.age == 67
    assert take(bundle(patient(birthDate="1958-10-02"), metastasis())).case.age == 68
    assert take(bundle(patient(), metastasis()), "2000-01-01").case.age == 41


def ecogs(*pairs: tuple[int, str | None]) -> list[dict[str, object]]:
    return [observation("ecog", value, name=f"e{n}", day=day) for n, (value, day) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([(1, "2026-09-01"), (3, "2026-09-02")], {3}),
        ([(1, "2026-09-02"), (3, "2026-09-01")], {1}),
        ([(1, "2026-09-01T08:00:00Z"), (3, "2026-09-01T09:00:00Z")], {3}),
        ([(1, "2026-09-01T23:00:00-05:00"), (3, "2026-09-02T01:00:00Z")], {1}),
        ([(1, "2026-09-01"), (3, "2026-09-01")], {1, 3}),
        ([(1, "2026-09-01"), (3, "2026-09-01T09:00:00Z")], {1, 3}),
        ([(1, "2026-09"), (3, "2026-09-10")], {1, 3}),
        ([(1, "2026-08"), (3, "2026-09-10")], {3}),
        ([(1, None), (3, "2026-09-10")], {1, 3}),
        ([(1, None), (1, "2026-09-10")], {1}),
        ([(1, "2026-09-01"), (3, "2026-09-02"), (2, "2026-11-01")], {3}),
    ],
)
def test_the_latest_result_counts_and_a_tie_leaves_each_possible(
    pairs: list[tuple[int, str | None]], expected: set[int]
) -> None:
    intake = take(bundle(metastasis(), *ecogs(*pairs)))
    assert possible(intake, "ecog") == expected
    assert possible(take(bundle(*ecogs(*pairs)[::-1], metastasis())), "ecog") == expected


def test_a_period_counts_by_its_end_for_stale_and_by_its_start_for_too_late() -> None:
    def over(start: str, end: str | None) -> dict[str, object]:
        period = {"start": start} | ({"end": end} if end else {})
        return observation("ecog", 1, name="e", day=None, effectivePeriod=period)

    assert remarks(take(bundle(metastasis(), over("2020-01-01", "2026-10-01")))) == {}
    assert remarks(take(bundle(metastasis(), over("2026-10-03", "2026-10-04")))) == {"Observation/e": {"after-as-of"}}
    assert remarks(take(bundle(metastasis(), over("2026-10-01", None)))) == {}
    assert remarks(take(bundle(metastasis(), over("2026-10-01", "9999-12-31")))) == {}


def test_other_elements_of_time_are_read() -> None:
    for element in ({"effectiveInstant": "2026-10-01T09:00:00Z"}, {"issued": "2026-10-01T09:00:00Z"}):
        assert remarks(take(bundle(metastasis(), observation("ecog", 1, day=None, **element)))) == {}


@pytest.mark.parametrize(("day", "stale"), [("2026-07-04", False), ("2026-07-03", True), ("2020-01-01", True)])
def test_what_changes_is_stale_after_ninety_days(day: str, stale: bool) -> None:
    intake = take(bundle(metastasis(), observation("ecog", 1, name="e", day=day)), "2026-10-02T12:00:00Z")
    assert remarks(intake) == ({"Observation/e": {"stale"}} if stale else {})
    assert possible(intake, "ecog") == {1}


def test_a_policy_may_leave_out_what_is_stale() -> None:
    strict = Policy("strict", stale_after_days=30, use_stale=False)
    record = bundle(metastasis(), observation("ecog", 1, name="e", day="2026-08-20"))
    intake = take(record, policy=strict)
    assert possible(intake, "ecog") == {0, 1, 2, 3, 4}
    assert remarks(intake) == {"Observation/e": {"stale"}}


def test_what_does_not_change_is_never_stale() -> None:
    old = observation("visceral-metastases", "present", day="2019-01-01")
    earlier = observation("prior-radiotherapy-at-level", True, "T6", day="2010-01-01")
    assert remarks(take(bundle(metastasis(), old, earlier))) == {}


@pytest.mark.parametrize(
    ("finding", "value", "at"),
    [
        ("visceral-metastases", "none", None),
        ("brain-metastases", False, None),
        ("bone-metastases", "solitary", None),
        ("extraspinal-bone-metastasis-count", 0, None),
        ("previous-chemotherapy", False, None),
        ("prior-radiotherapy-at-level", False, "T6"),
    ],
)
def test_what_was_not_there_long_ago_may_have_come_since(finding: str, value: Any, at: str | None) -> None:
    record = bundle(metastasis(), observation(finding, value, at, name="o", day="2015-01-01"))
    assert remarks(take(record)) == {"Observation/o": {"stale"}}
    strict = take(record, policy=Policy("strict", use_stale=False))
    lesion = "T6" if at else None
    assert len(possible(strict, finding, lesion)) > 1 or not said(strict, finding, lesion)


@pytest.mark.parametrize(("day", "counts"), [("2018-01-01", False), ("2023-09-01", False), ("2024-03-01", True)])
def test_a_life_that_was_expected_for_a_time_that_is_over_does_not_count(day: str, counts: bool) -> None:
    intake = take(bundle(metastasis(), observation("life-expectancy", (36, "mo"), name="o", day=day)))
    assert said(intake, "life-expectancy") is counts
    assert "stale" in remarks(intake)["Observation/o"]
