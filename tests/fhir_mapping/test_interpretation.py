"""The interpretation of a result counts where its value says nothing: a grade, or positive and negative."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records import (
    LOINC,
    Resource,
    bundle,
    concept,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)

INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ER, ECOG, ALBUMIN = "85337-4", "89247-1", "1751-7"


def interpreted(what: str, *code: tuple[str, str], value: Any = None, **more: Any) -> Resource:
    return observation(what, value, system=LOINC, name="o", interpretation=[concept(each) for each in code], **more)


@pytest.mark.parametrize(("code", "values"), [("POS", {True}), ("NEG", {False})])
@pytest.mark.parametrize("value", [None, (90, "%"), {"valueString": "90 %"}])
def test_a_receptor_is_positive_or_negative_by_its_interpretation(code: str, values: set[bool], value: Any) -> None:
    intake = take(bundle(metastasis(), interpreted(ER, (code, INTERPRETATION), value=value)))
    assert (possible(intake, "oestrogen-receptor"), remarks(intake)) == (values, {})


def test_the_grade_of_ecog_may_be_its_interpretation_alone() -> None:
    assert possible(take(bundle(metastasis(), interpreted(ECOG, ("LA9624-3", LOINC)))), "ecog") == {2}


def test_a_value_counts_and_not_the_interpretation_beside_it() -> None:
    both = interpreted(ECOG, ("LA9624-3", LOINC), value=1)
    assert possible(take(bundle(metastasis(), both)), "ecog") == {1}


@pytest.mark.parametrize("code", ["H", "L", "A", "HH", "N"])
@pytest.mark.parametrize("what", [ALBUMIN, ER, ECOG])
def test_high_low_and_abnormal_give_no_value(what: str, code: str) -> None:
    intake = take(bundle(metastasis(), interpreted(what, (code, INTERPRETATION))))
    assert remarks(intake) == {"Observation/o": {"no-value"}}


def test_what_is_given_as_absent_is_absent_whatever_its_interpretation() -> None:
    absent = interpreted(ER, ("POS", INTERPRETATION), dataAbsentReason=concept(("unknown", "urn:x")))
    intake = take(bundle(metastasis(), absent))
    assert (said(intake, "oestrogen-receptor"), remarks(intake)) == (False, {"Observation/o": {"data-absent"}})


def test_a_component_has_an_interpretation_of_its_own() -> None:
    parts = [
        {"code": concept((ER, LOINC)), "interpretation": [concept(("NEG", INTERPRETATION))]},
        {"code": concept(("85339-0", LOINC)), "interpretation": [concept(("POS", INTERPRETATION))]},
    ]
    intake = take(bundle(metastasis(), observation("panel", system="urn:local", component=parts)))
    assert possible(intake, "oestrogen-receptor") == {False}
    assert possible(intake, "progesterone-receptor") == {True}


@pytest.mark.parametrize(
    "value",
    [
        {"valueDateTime": "2026-01-01"},
        {"valueTime": "10:00:00"},
        {"valuePeriod": {"start": "2026-01-01"}},
        {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 2}}},
        {"valueSampledData": {"origin": {"value": 0}, "period": 1, "dimensions": 1}},
    ],
)
@pytest.mark.parametrize("what", [ALBUMIN, ER, ECOG])
def test_a_value_of_a_type_that_no_finding_has_is_named(what: str, value: Resource) -> None:
    intake = take(bundle(metastasis(), observation(what, value, system=LOINC, name="o")))
    assert remarks(intake) == {"Observation/o": {"no-value"}}


@pytest.mark.parametrize(("value", "code"), [(False, "POS"), (True, "NEG")])
def test_a_yes_or_no_whose_interpretation_contradicts_it_stays_open(value: bool, code: str) -> None:
    intake = take(bundle(metastasis(), interpreted(ER, (code, INTERPRETATION), value=value)))
    assert (possible(intake, "oestrogen-receptor"), remarks(intake)) == ({True, False}, {"Observation/o": {"conflict"}})


def test_a_yes_or_no_with_an_interpretation_that_goes_with_it_is_no_conflict() -> None:
    intake = take(bundle(metastasis(), interpreted(ER, ("POS", INTERPRETATION), value=True)))
    assert (possible(intake, "oestrogen-receptor"), remarks(intake)) == ({True}, {})
