"""The case: what lesions say of the patient as a whole, what stays with each, age and sex."""

from __future__ import annotations

import pytest

from service.derivations import derive
from service.evidence import Span, Values
from service.findings import FINDINGS, LESION
from tests.core.cases import case, lesion

YES, NO, OPEN = {True}, {False}, {True, False}


@pytest.mark.parametrize(
    ("at_t8", "at_l1", "expected"),
    [
        (True, True, YES),
        (True, False, YES),
        (True, None, YES),
        (False, False, NO),
        (False, None, OPEN),
        (None, None, OPEN),
        ([True, False], False, OPEN),
        ([True, False], True, YES),
    ],
)
def test_the_patient_has_what_any_lesion_has_and_lacks_what_all_lack(
    at_t8: object, at_l1: object, expected: set[bool]
) -> None:
    found = case(lesion("T8", myelopathy=at_t8), lesion("L1", myelopathy=at_l1))
    assert found.possible("myelopathy") == expected
    assert bool(found.about("myelopathy").sources) == (at_t8 is not None)


def test_of_other_findings_the_patient_has_what_any_lesion_may_have() -> None:
    two = case(lesion("T8", escc_grade="escc-1a"), lesion("L1", escc_grade=["escc-2", "escc-3"]))
    assert two.possible("escc-grade") == {"escc-1a", "escc-2", "escc-3"}
    assert two.about("escc-grade").conflict
    one = case(lesion("T8", escc_grade="escc-1a"), lesion("L1"))
    assert one.possible("escc-grade") == FINDINGS["escc-grade"].domain.unknown


def test_the_words_of_the_record_about_the_patient_come_first() -> None:
    found = case(lesion("T8", myelopathy=True), myelopathy=False)
    assert found.possible("myelopathy") == NO


def test_a_lesion_does_not_learn_what_another_lesion_has() -> None:
    found = case(lesion("T8", myelopathy=True), lesion("L1"))
    assert found.possible("myelopathy", found.lesions[1]) == OPEN
    assert not found.about("myelopathy", found.lesions[1]).statements
    shared = case(lesion("T8", myelopathy=True), lesion("L1"), myelopathy=False)
    assert shared.possible("myelopathy", shared.lesions[1]) == NO


@pytest.mark.parametrize("finding", [code for code, finding in FINDINGS.items() if finding.scope == LESION])
def test_without_lesions_and_words_every_finding_of_lesions_is_unknown(finding: str) -> None:
    assert case().possible(finding) == FINDINGS[finding].domain.unknown


@pytest.mark.parametrize(
    ("age", "years"), [(68, 68), (67.5, 67), (Span(67, 68), None), ([68, 70], None), (0, 0), (None, None)]
)
def test_an_age_is_given_where_it_is_certain(age: object, years: int | None) -> None:
    assert (case(age=age) if age is not None else case()).age == years


@pytest.mark.parametrize(("sex", "expected"), [("female", "female"), (["female", "male"], None), (None, None)])
def test_a_sex_is_given_where_it_is_certain(sex: object, expected: str | None) -> None:
    assert (case(sex=sex) if sex is not None else case()).sex == expected


def runs_of(*lesions: object) -> list[Values]:
    found = derive(case(*lesions))  # type: ignore[arg-type]  # lesions
    return [found.possible("contiguous-level-count", each) for each in found.lesions]


def test_contiguous_levels_are_counted_over_neighbouring_metastases() -> None:
    assert runs_of(lesion("T8")) == [{Span(1, 1)}]
    assert runs_of(lesion("T8", "T9"), lesion("T10"), lesion("L1")) == [{Span(3, 3)}, {Span(3, 3)}, {Span(1, 1)}]
    assert runs_of(lesion("T12"), lesion("L1"), lesion("C7"), lesion("T1")) == [{Span(2, 2)}] * 4


def test_a_neighbour_that_is_no_metastasis_is_not_counted_and_one_that_may_be_is_left_open() -> None:
    assert runs_of(lesion("T8"), lesion("T9", tumour_origin="primary"))[0] == {Span(1, 1)}
    assert runs_of(lesion("T8"), lesion("T9", tumour_origin=None), lesion("T10"))[0] == {Span(1, 3)}


def test_contiguous_levels_name_the_sources_of_what_they_join_and_of_nothing_else() -> None:
    found = derive(case(lesion("T8"), lesion("T9"), lesion("L1", sins_pain="mechanical")))
    evidence = found.about("contiguous-level-count", found.lesions[0])
    assert evidence.derived_from == ("vertebral-level",)
    assert set(evidence.sources) == {"Observation/vertebral-level-0", "Observation/tumour-origin-0"}


def test_contiguous_levels_are_not_worked_out_without_a_level_or_where_they_are_given() -> None:
    found = derive(case(lesion("T8", contiguous_level_count=4)))
    assert found.possible("contiguous-level-count", found.lesions[0]) == {Span(4, 4)}
    assert found.possible("contiguous-level-count") == {Span(4, 4)}
