"""``assumeComplete``: silence says no, and what the record mentions in any way is never declared absent."""

from __future__ import annotations

from typing import Any

import pytest

from service.findings import FINDINGS
from tests.support.records import (
    SNOMED,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    possible,
    primary,
    procedure,
    remarks,
    said,
    take,
)

METASTASIS = concept(("94260004", SNOMED), text="Secondary malignant neoplasm of colon")
ABSENT = {"dataAbsentReason": concept(("unknown", "http://terminology.hl7.org/CodeSystem/data-absent-reason"))}


@pytest.mark.parametrize(
    ("finding", "value"),
    [
        ("visceral-metastases", "none"),
        ("brain-metastases", False),
        ("bone-marrow-carcinomatosis", False),
        ("previous-chemotherapy", False),
        ("previous-systemic-therapy", False),
        ("staging-complete", True),
    ],
)
def test_silence_about_the_patient_says_no(finding: str, value: Any) -> None:
    record = bundle(metastasis(), primary("breast"))
    assert len(possible(take(record), finding)) > 1
    assert possible(take(record, assume_complete=True), finding) == {value}


@pytest.mark.parametrize(
    "finding", ["myelopathy", "progressive-deficit", "prior-radiotherapy-at-level", "prior-surgery-at-level"]
)
def test_silence_about_a_lesion_says_no(finding: str) -> None:
    intake = take(bundle(metastasis("T6"), metastasis("L2")), assume_complete=True)
    assert [possible(intake, finding, name) for name in ("T6", "L2")] == [{False}, {False}]


@pytest.mark.parametrize(
    "finding", ["sins-pain", "sins-collapse", "escc-grade", "ecog", "albumin", "hormone-dependent"]
)
def test_what_no_silence_can_say_stays_unknown(finding: str) -> None:
    intake = take(bundle(metastasis()), assume_complete=True)
    assert possible(intake, finding, "T6") == FINDINGS[finding].domain.unknown


def test_what_the_record_says_counts_and_not_the_declaration() -> None:
    intake = take(bundle(metastasis(), observation("myelopathy", True, "T6")), assume_complete=True)
    assert possible(intake, "myelopathy", "T6") == {True}


#: (what mentions the finding without saying that it is absent, the finding, the lesion)
MENTIONED: list[tuple[dict[str, Any], str, str | None]] = [
    (observation("visceral-metastases", ABSENT), "visceral-metastases", None),
    (observation("brain-metastases", ABSENT), "brain-metastases", None),
    (observation("previous-chemotherapy", ABSENT), "previous-chemotherapy", None),
    (observation("myelopathy", ABSENT, "T6"), "myelopathy", "T6"),
    (condition("C78.7", verification="unconfirmed"), "visceral-metastases", None),
    (condition("C79.31", verification="differential"), "brain-metastases", None),
    (observation("prior-radiotherapy-at-level", True), "prior-radiotherapy-at-level", "T6"),
    (procedure("108290001"), "prior-radiotherapy-at-level", "T6"),
    (procedure("108290001", bodySite=[{"text": "spine, lower part"}]), "prior-radiotherapy-at-level", "T6"),
    (condition("94260004", SNOMED, code=METASTASIS), "visceral-metastases", None),
]


@pytest.mark.parametrize(("resource", "finding", "lesion"), MENTIONED, ids=range(len(MENTIONED)))
def test_what_the_record_mentions_is_never_declared_absent(
    resource: dict[str, Any], finding: str, lesion: str | None
) -> None:
    intake = take(bundle(metastasis("T6"), metastasis("L2"), resource), assume_complete=True)
    assert possible(intake, finding, lesion) not in ({"none"}, {False})


@pytest.mark.parametrize(
    "resource",
    [
        condition("C78.7", verification="refuted"),
        condition("C78.7", verification="entered-in-error"),
        observation("visceral-metastases", "present", status="entered-in-error"),
    ],
)
def test_what_the_record_takes_back_may_be_declared_absent(resource: dict[str, Any]) -> None:
    intake = take(bundle(metastasis(), resource), assume_complete=True)
    assert possible(intake, "visceral-metastases") == {"none"}


@pytest.mark.parametrize("status", ["registered", "unknown"])
def test_a_result_that_is_pending_or_of_unknown_status_is_not_denied(status: str) -> None:
    intake = take(
        bundle(metastasis(), observation("visceral-metastases", "present", status=status)), assume_complete=True
    )
    assert possible(intake, "visceral-metastases") != {"none"}


def test_a_treatment_of_unknown_status_is_not_denied() -> None:
    intake = take(bundle(metastasis(), procedure("367336001", status="unknown")), assume_complete=True)
    assert possible(intake, "previous-chemotherapy") == {False, True}


def test_multiple_bone_metastases_are_not_counted_by_silence() -> None:
    intake = take(bundle(metastasis(), observation("bone-metastases", "multiple")), assume_complete=True)
    for finding in ("vertebral-metastasis-count", "extraspinal-bone-metastasis-count"):
        assert not said(intake, finding)


@pytest.mark.parametrize(
    ("said_of_it", "kept_open"),
    [
        (("escc-grade", "escc-3", "T6"), ("spinal-cord-compression", "myelopathy", "progressive-deficit")),
        (("escc-cord-compressed", True, "T6"), ("spinal-cord-compression", "myelopathy")),
        (("frankel-grade", "frankel-c"), ("myelopathy", "progressive-deficit", "sphincter-dysfunction")),
        (("asia-impairment", "asia-b"), ("myelopathy", "spinal-cord-compression")),
        (("modified-frankel", "modified-frankel-d1"), ("myelopathy", "progressive-deficit")),
        (("ambulatory-status", "non-ambulatory"), ("myelopathy", "progressive-deficit")),
        (("time-developing-motor-deficit", (3, "d")), ("progressive-deficit", "myelopathy")),
        (("spinal-cord-compression", True, "T6"), ("myelopathy", "cauda-equina-syndrome")),
    ],
)
def test_what_comes_with_a_sign_of_harm_to_the_cord_is_not_denied_beside_it(
    said_of_it: tuple[Any, ...], kept_open: tuple[str, ...]
) -> None:
    intake = take(bundle(metastasis(), observation(*said_of_it)), assume_complete=True)
    for finding in kept_open:
        assert possible(intake, finding, "T6") == {True, False}, finding
    assert possible(intake, "prior-surgery-at-level", "T6") == {False}


def test_a_compression_at_one_lesion_is_none_at_another() -> None:
    record = bundle(metastasis("T6"), metastasis("L2"), observation("escc-grade", "escc-3", "T6"))
    intake = take(record, assume_complete=True)
    assert possible(intake, "spinal-cord-compression", "T6") == {True, False}
    assert possible(intake, "spinal-cord-compression", "L2") == {False}


@pytest.mark.parametrize(("finding", "value"), [("escc-grade", "escc-0"), ("frankel-grade", "frankel-e")])
def test_what_is_normal_keeps_nothing_open(finding: str, value: str) -> None:
    at = ("T6",) if finding == "escc-grade" else ()
    intake = take(bundle(metastasis(), observation(finding, value, *at)), assume_complete=True)
    assert possible(intake, "spinal-cord-compression", "T6") == {False}


def test_radiotherapy_at_a_level_that_is_not_understood_was_perhaps_given_at_the_lesion() -> None:
    given = observation("prior-radiotherapy-at-level", True, name="o", bodySite={"text": "level 13"})
    intake = take(bundle(metastasis(), given), assume_complete=True)
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}
    assert remarks(intake)["Observation/o"] == {"not-in-the-spine"}
