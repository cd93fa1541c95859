"""The time since the cancer was diagnosed, by the dates of the diagnoses of the primary tumour."""

from __future__ import annotations

from typing import Any

import pytest

from service.evidence import Span
from service.fhir_mapping.inbound import Intake
from tests.support.records import Resource, bundle, condition, metastasis, observation, possible, remarks, said, take

FINDING = "time-from-cancer-diagnosis"
ASSERTED = "http://hl7.org/fhir/StructureDefinition/condition-assertedDate"


def of(*resources: Resource) -> Intake:
    return take(bundle(metastasis(), *resources))


def asserted(day: str) -> dict[str, Any]:
    return {"extension": [{"url": ASSERTED, "valueDateTime": day}]}


@pytest.mark.parametrize(
    "dated",
    [
        {"onsetDateTime": "2024-10-02"},
        {"onsetPeriod": {"start": "2024-10-02"}},
        asserted("2024-10-02"),
        {**asserted("2024-10-02"), "onsetDateTime": "2024-01-01", "recordedDate": "2026-01-01"},
    ],
)
def test_it_runs_from_the_day_of_the_diagnosis(dated: dict[str, Any]) -> None:
    intake = of(condition("C50.9", name="c", **dated))
    assert possible(intake, FINDING) == {Span.point(24.0)}
    assert remarks(intake) == {}


def test_a_year_leaves_its_months_open() -> None:
    (span,) = possible(of(condition("C50.9", onsetDateTime="2024")), FINDING)
    assert isinstance(span, Span)
    assert (span.low, span.high) == (21.0, 33.0)


@pytest.mark.parametrize(
    "more",
    [
        {"recordedDate": "2024-10-02"},
        {"onsetDateTime": "2024-10-02", "clinical": "remission"},
        {"onsetDateTime": "2024-10-02", "verification": "provisional"},
        asserted("some day"),
        {},
    ],
)
def test_the_day_of_recording_and_a_tumour_that_is_over_give_none(more: dict[str, Any]) -> None:
    assert not said(of(condition("C50.9", **more)), FINDING)


def test_the_day_of_a_metastasis_is_not_that_of_the_cancer() -> None:
    assert not said(of(condition("C79.31", onsetDateTime="2026-01-01")), FINDING)


def test_stages_of_one_tumour_are_one_diagnosis_and_the_first_counts() -> None:
    intake = of(
        condition("C34.9", onsetDateTime="2024-10-02"),
        condition("254637007", "http://snomed.info/sct", onsetDateTime="2025-10-02"),
    )
    assert possible(intake, FINDING) == {Span.point(24.0)}


LATERALITY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"


def _coded(side: str) -> dict[str, Any]:
    qualifier = {"coding": [{"system": "http://snomed.info/sct", "code": side}]}
    return {"bodySite": [{"text": "breast", "extension": [{"url": LATERALITY, "valueCodeableConcept": qualifier}]}]}


def _german(side: str) -> dict[str, Any]:
    url = "http://fhir.de/StructureDefinition/seitenlokalisation"
    letter = {"system": "https://fhir.kbv.de/CodeSystem/KBV_CS_SFHIR_ICD_SEITENLOKALISATION", "code": side}
    coded = {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "C50.9"}
    return {"code": {"coding": [{**coded, "extension": [{"url": url, "valueCoding": letter}]}]}}


@pytest.mark.parametrize(
    ("right", "left"),
    [
        (condition("C50.911"), condition("C50.912")),
        (condition("C50.9", **_coded("24028007")), condition("C50.9", **_coded("7771000"))),
        (condition("C50.9", **_german("R")), condition("C50.9", **_german("L"))),
        (
            condition("C50.9", bodySite=[{"text": "rechte Brust"}]),
            condition("C50.9", bodySite=[{"text": "linke Brust"}]),
        ),
    ],
)
def test_a_tumour_on_the_other_side_is_another_and_either_may_be_the_one(right: Resource, left: Resource) -> None:
    earlier, later = {**right, "onsetDateTime": "2024-10-02"}, {**left, "id": "b", "onsetDateTime": "2025-10-02"}
    intake = of(earlier, later)
    assert possible(intake, FINDING) == {Span.point(24.0), Span.point(12.0)}
    assert remarks(intake) == {f"Condition/{earlier['id']}": {"conflict"}, "Condition/b": {"conflict"}}
    assert possible(of(earlier, {**right, "id": "b", "onsetDateTime": "2025-10-02"}), FINDING) == {Span.point(24.0)}


def test_a_diagnosis_years_later_may_be_of_another_tumour() -> None:
    intake = of(condition("C50.9", onsetDateTime="2010-10-02"), condition("C50.9", onsetDateTime="2024-10-02"))
    assert possible(intake, FINDING) == {Span.point(192.0), Span.point(24.0)}


def test_of_two_tumours_either_may_be_the_one() -> None:
    intake = of(condition("C50.9", onsetDateTime="2024-10-02"), condition("C61", onsetDateTime="2025-10-02"))
    assert possible(intake, FINDING) == {Span.point(24.0), Span.point(12.0)}


@pytest.mark.parametrize(
    ("months", "day"), [(24, "2026-10-01"), (25, "2026-10-01"), (22, "2026-10-01"), (12, "2025-10-02"), (24, None)]
)
def test_what_the_record_says_itself_counts_where_it_goes_with_the_diagnosis(months: int, day: str | None) -> None:
    intake = of(condition("C50.9", onsetDateTime="2024-10-02"), observation(FINDING, (months, "mo"), day=day))
    assert possible(intake, FINDING) == {Span.point(months)}
    assert "conflict" not in {line.code for line in intake.ledger}


@pytest.mark.parametrize(("months", "day"), [(3, "2026-10-01"), (60, "2026-10-01"), (36, "2025-10-02"), (60, None)])
def test_a_time_that_goes_with_no_diagnosis_leaves_both_possible(months: int, day: str | None) -> None:
    given = observation(FINDING, (months, "mo"), day=day, name="given")
    intake = of(condition("C50.9", onsetDateTime="2024-10-02", name="c"), given)
    assert possible(intake, FINDING) == {Span.point(months), Span.point(24.0)}
    told = {line.resource for line in intake.ledger if line.code == "conflict"}
    assert told == {"Observation/given", "Condition/c"}


def test_a_time_that_goes_with_one_of_two_diagnoses_counts() -> None:
    both = condition("C50.9", onsetDateTime="2024-10-02"), condition("C61", onsetDateTime="2025-10-02")
    assert possible(of(*both, observation(FINDING, (12, "mo"))), FINDING) == {Span.point(12)}
