"""The Patient: age and sex as findings like any other, and a source of the assessment."""

from __future__ import annotations

from typing import Any

import pytest

from service.evidence import Span
from service.problems import Rejected
from tests.support.records import bare, bundle, condition, metastasis, observation, patient, possible, remarks, take


def without(*members: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in patient(**more).items() if name not in members}


def test_age_and_sex_are_read_from_the_patient_who_is_then_an_input() -> None:
    intake = take(bundle(metastasis()))
    assert possible(intake, "age") == {Span(68, 68)}
    assert possible(intake, "sex") == {"female"}
    assert (intake.case.age, intake.case.sex) == (68, "female")
    assert intake.inputs["Patient/p1"] == "Patient"
    assert intake.case.about("age").sources == ("Patient/p1",)
    assert remarks(intake) == {}


@pytest.mark.parametrize(
    ("birth", "ages", "age"),
    [
        ("1958", Span(67, 68), None),
        ("1958-05", Span(68, 68), 68),
        ("2026-10-02", Span(0, 0), 0),
        ("1876", Span(149, 150), None),
    ],
)
def test_a_partial_birth_date_leaves_the_years_open_that_it_may_be(birth: str, ages: Span, age: int | None) -> None:
    intake = take(bundle(patient(birthDate=birth), metastasis()))
    assert possible(intake, "age") == {ages}
    assert intake.case.age == age


@pytest.mark.parametrize("birth", ["1800-01-01", "0001-01-01", "2027-01-01"])
def test_a_birth_date_that_nobody_can_have_gives_no_age_and_is_said(birth: str) -> None:
    intake = take(bundle(patient(birthDate=birth), metastasis()))
    assert possible(intake, "age") == {Span(0, 150)}
    assert remarks(intake) == {"Patient/p1": {"no-value"}}


@pytest.mark.parametrize("gender", ["other", "unknown", "nonsense", None])
def test_a_gender_that_is_neither_leaves_the_sex_open(gender: str | None) -> None:
    intake = take(bundle(without("gender") | ({"gender": gender} if gender else {}), metastasis()))
    assert possible(intake, "sex") == {"female", "male"}
    assert intake.case.sex is None


def test_a_patient_of_whom_neither_is_known_is_no_input() -> None:
    assert "Patient/p1" not in take(bundle(without("gender", "birthDate"), metastasis())).inputs
    assert "Patient/p1" in take(bundle(without("gender"), metastasis())).inputs
    assert take(bare(metastasis())).case.age is None


def test_age_and_sex_may_be_observations() -> None:
    nobody = without("gender", "birthDate")
    intake = take(bundle(nobody, metastasis(), observation("age", (68, "a")), observation("sex", "male")))
    assert (intake.case.age, intake.case.sex) == (68, "male")
    months = take(bundle(nobody, metastasis(), observation("age", (816, "mo"))))
    assert months.case.age == 68


def test_an_observation_narrows_a_partial_birth_date() -> None:
    intake = take(bundle(patient(birthDate="1958"), metastasis(), observation("age", (67, "a"))))
    assert intake.case.age == 67
    assert remarks(intake) == {}


def test_an_observation_that_disagrees_with_the_patient_is_a_conflict() -> None:
    intake = take(bundle(metastasis(), observation("age", (70, "a"), name="a"), observation("sex", "male", name="s")))
    assert possible(intake, "age") == {Span(68, 68), Span(70, 70)}
    assert possible(intake, "sex") == {"female", "male"}
    assert (intake.case.age, intake.case.sex) == (None, None)
    assert remarks(intake) == {
        "Patient/p1": {"conflict"}, "Observation/a": {"conflict"}, "Observation/s": {"conflict"},
    }  # fmt: skip


def test_a_patient_without_a_name_is_read_and_not_referred_to() -> None:
    nameless = without("id")
    intake = take(bare(nameless, {**metastasis(), "subject": None}))
    assert intake.case.age == 68
    assert list(intake.inputs) == ["Observation/metastasis-T6"]


@pytest.mark.parametrize("gender", ["M", "F", "Female", "weiblich"])
def test_a_gender_that_is_no_code_of_fhir_leaves_the_sex_open_and_is_said(gender: str) -> None:
    intake = take(bundle(patient(gender=gender), metastasis()))
    assert possible(intake, "sex") == {"female", "male"}
    assert remarks(intake) == {"Patient/p1": {"no-value"}}


@pytest.mark.parametrize(
    ("gender", "code", "conflict"),
    [
        ("female", "C61", True),
        ("male", "C56.9", True),
        ("male", "C53.9", True),
        ("male", "C61", False),
        ("male", "C50.9", False),
        ("other", "C61", False),
    ],
)
def test_a_tumour_of_an_organ_that_the_gender_does_not_have_is_a_conflict(
    gender: str, code: str, conflict: bool
) -> None:
    intake = take(bundle(patient(gender=gender), metastasis(), condition(code, name="c")))
    told = {"Patient/p1": {"conflict"}, "Condition/c": {"conflict"}}
    assert remarks(intake) == (told if conflict else {})


def test_a_reference_to_a_patient_whom_nothing_contains_names_nobody() -> None:
    intake = take(bare(observation("ecog", 2, subject={"reference": "#nobody"})))
    assert intake.subject is None
    assert possible(intake, "ecog") == {2}


def test_of_a_thousand_patients_ten_are_named() -> None:
    many = [patient(f"p{n}") for n in range(1000)]
    about = [observation("ecog", 2, subject={"reference": f"Patient/p{n}"}) for n in range(1000)]
    with pytest.raises(Rejected) as refused:
        take(bundle(*many, *about))
    assert refused.value.problems[0].message.count("Bundle.entry[") == 10


@pytest.mark.parametrize("subject", [{"display": "Anna Muster"}, {"type": "Patient"}])
def test_a_subject_in_words_alone_is_taken_for_this_patient_and_the_ledger_says_so(subject: dict[str, str]) -> None:
    intake = take(bundle(metastasis(), observation("ecog", 1, name="x", subject=subject)))
    assert possible(intake, "ecog") == {1}
    (remark,) = intake.ledger
    assert (remark.resource, remark.code) == ("Observation/x", "unnamed-patient")
    assert remark.used
    assert "Muster" not in remark.text
    unsaid = observation("ecog", 1, name="x")
    del unsaid["subject"]
    assert take(bundle(metastasis(), unsaid)).ledger == ()
