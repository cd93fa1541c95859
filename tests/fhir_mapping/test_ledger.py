"""The ledger: nothing that matters is dropped in silence. Each of its codes, once, by a small record."""

from __future__ import annotations

from typing import Any

import pytest

from service.assess import assess
from service.evidence import Span
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.problems import USED, Ledger
from tests.support import answers as a
from tests.support.records import (
    AS_OF,
    LOINC,
    bundle,
    concept,
    condition,
    drug,
    metastasis,
    observation,
    patient,
    possible,
    procedure,
    remarks,
    take,
)

#: code: (the resources beside a metastasis at T6, the one that is named)
REACHED: dict[str, tuple[list[dict[str, Any]], str]] = {
    "conflict": ([observation("ecog", 1, name="x"), observation("ecog", 3)], "Observation/x"),
    "superseded": ([observation("ecog", 1, name="x", day="2026-09-01"), observation("ecog", 3)], "Observation/x"),
    "preliminary": ([observation("ecog", 1, name="x", status="preliminary")], "Observation/x"),
    "stale": ([observation("ecog", 1, name="x", day="2026-01-01")], "Observation/x"),
    "undated": ([observation("ecog", 1, name="x", day=None)], "Observation/x"),
    "not-active": ([condition("C50", name="x", clinical="remission")], "Condition/x"),
    "status": ([observation("ecog", 1, name="x", status="cancelled")], "Observation/x"),
    "refuted": ([condition("C50", name="x", verification="refuted")], "Condition/x"),
    "unconfirmed": ([condition("C50", name="x", verification="provisional")], "Condition/x"),
    "resolved": ([condition("C79.51", at="L2", name="x", clinical="resolved")], "Condition/x"),
    "after-as-of": ([observation("ecog", 1, name="x", day="2026-12-01")], "Observation/x"),
    "data-absent": ([observation("ecog", {"dataAbsentReason": concept(("unknown", "x"))}, name="x")], "Observation/x"),
    "no-value": ([observation("ecog", name="x")], "Observation/x"),
    "no-unit": ([observation("albumin", (3, None), name="x")], "Observation/x"),
    "unassigned": ([metastasis("L2"), observation("sins-pain", "mechanical", name="x")], "Observation/x"),
    "not-in-the-spine": ([condition("C79.51", name="x")], "Condition/x"),
    "not-read": ([observation("399387003", 1, system="http://snomed.info/sct", name="x")], "Observation/x"),
    "other-patient": ([patient(), patient("x")], "Patient/x"),
    "unnamed-patient": ([observation("ecog", 1, name="x", subject={"display": "Anna Muster"})], "Observation/x"),
    "deceased": ([patient(deceasedBoolean=True)], "Patient/p1"),
    "not-understood": ([condition("x", name="x", code={"text": "Bone metastases"})], "Condition/x"),
    "repeated": ([drug("84857", name="x"), drug("84857", name="y", authoredOn="2026-02-01")], "MedicationRequest"),
}


@pytest.mark.parametrize("code", REACHED)
def test_each_code_is_reached_and_names_the_resource(code: str) -> None:
    resources, name = REACHED[code]
    assert code in remarks(take(bundle(metastasis(), *resources)))[name]


def test_every_code_is_reached() -> None:
    """But those about the whole: a record declared complete or known not to be, a score that is not given, a server."""
    about_the_whole = {"declared-complete", "score-not-given", "incomplete", "terminology-server"}
    assert {code.value for code in Ledger} == {*REACHED, *about_the_whole}


def test_a_record_that_is_declared_complete_is_said_to_be() -> None:
    assert "declared-complete" in str(take(bundle(metastasis()), assume_complete=True).ledger)
    assert take(bundle(metastasis())).ledger == ()


@pytest.mark.parametrize("code", REACHED)
def test_what_is_used_is_an_input_and_what_is_not_is_none(code: str) -> None:
    resources, name = REACHED[code]
    intake = take(bundle(metastasis(), *resources))
    assert (name in intake.inputs) is (Ledger(code) in USED or name == "Patient/p1")  # whose age is used all the same


@pytest.mark.parametrize("code", REACHED)
def test_each_remark_is_an_issue_of_the_answer(code: str) -> None:
    resources, name = REACHED[code]
    outcome = a.one(answer(assess(bundle(metastasis(), *resources), when(AS_OF))), "OperationOutcome")
    found = [
        i for i in outcome["issue"] if a.code(i["details"], "ledger") == code and i["diagnostics"].startswith(name)
    ]
    assert len(found) == 1
    assert found[0]["severity"] in ("information", "warning")
    assert found[0]["details"]["text"]
    assert found[0]["expression"][0].startswith("Bundle.entry")


def test_no_remark_is_there_twice() -> None:
    twice = observation("24323-8", system=LOINC, name="x", day="2020-01-01", component=[
        {"code": concept(("89247-1", LOINC)), "valueInteger": 1},
        {"code": concept(("89247-1", LOINC)), "valueInteger": 1},
    ])  # fmt: skip
    ledger = take(bundle(metastasis(), twice)).ledger
    assert len(ledger) == len(set(ledger)) == 1


def test_a_record_that_needs_no_remark_says_so() -> None:
    outcome = a.one(answer(assess(bundle(metastasis()), when(AS_OF))), "OperationOutcome")
    assert [a.code(i["details"], "ledger") for i in outcome["issue"]] == ["no-remarks"]


@pytest.mark.parametrize(
    "kind",
    [
        "QuestionnaireResponse",
        "MedicationRequest",
        "MedicationAdministration",
        "MedicationDispense",
        "MedicationStatement",
    ],
)
def test_what_may_carry_a_finding_and_cannot_be_known_is_said_once_for_its_type(kind: str) -> None:
    """Answers to other questionnaires, and drugs without a name."""
    found = {"resourceType": kind, "subject": {"reference": "Patient/p1"}}
    intake = take(bundle(metastasis(), found | {"id": "1"}, found | {"id": "2"}))
    assert remarks(intake) == {kind: {"not-read"}}
    assert intake.ledger[0].text.startswith("2 of this type")


def test_without_a_tumour_the_ledger_keeps_quiet_about_old_results() -> None:
    assert remarks(take(bundle(observation("ecog", 1, day="2020-01-01")))) == {}


def test_an_observation_that_is_a_finding_by_its_words_alone_is_never_dropped_in_silence() -> None:
    local = observation(
        "x", 1, name="x", code={"coding": [{"system": "urn:local", "code": "1", "display": "ECOG performance status"}]}
    )
    text = observation("x", 1, name="y", code={"text": "Karnofsky"})
    found = remarks(take(bundle(metastasis(), local, text)))
    assert found == {"Observation/x": {"not-understood"}, "Observation/y": {"not-understood"}}


def test_one_procedure_of_two_findings_is_one_remark_each() -> None:
    gone = procedure("367336001", name="r", status="not-done")
    assert remarks(take(bundle(metastasis(), gone))) == {"Procedure/r": {"status"}}


def test_a_number_of_metastases_below_that_of_the_lesions_is_remarked() -> None:
    solitary = observation("bone-metastases", "solitary", name="s")
    one = observation("vertebral-metastasis-count", 1, name="n")
    found = remarks(take(bundle(metastasis("T6"), metastasis("L2"), solitary, one)))
    assert found == {"Observation/s": {"conflict"}, "Observation/n": {"conflict"}}
    both = take(bundle(metastasis("T6"), metastasis("L2"), solitary, one))
    assert possible(both, "bone-metastases") == {"solitary", "multiple"}
    assert possible(both, "vertebral-metastasis-count") == {Span.point(1), Span(2, 999)}
    assert remarks(take(bundle(metastasis("T6"), solitary, one))) == {}


@pytest.mark.parametrize(
    ("said", "vertebral", "extraspinal", "expected"),
    [
        ("solitary", 3, 4, {"solitary", "multiple"}),
        ("solitary", 1, 1, {"solitary", "multiple"}),
        ("solitary", 1, 0, {"solitary"}),
        ("solitary", 1, None, {"solitary"}),
        ("multiple", 1, 0, {"solitary", "multiple"}),
        ("multiple", 1, None, {"multiple"}),
        ("multiple", 2, 0, {"multiple"}),
        ("multiple", 0, 2, {"multiple"}),
    ],
)
def test_solitary_or_multiple_that_does_not_go_with_the_numbers_leaves_both_possible(
    said: str, vertebral: int, extraspinal: int | None, expected: set[str]
) -> None:
    listed = [
        observation("bone-metastases", said, name="s"),
        observation("vertebral-metastasis-count", vertebral, name="v"),
    ]
    if extraspinal is not None:
        listed.append(observation("extraspinal-bone-metastasis-count", extraspinal, name="x"))
    intake = take(bundle(metastasis("T6"), *listed))
    assert possible(intake, "bone-metastases") == expected
    assert remarks(intake).get("Observation/s", set()) == ({"conflict"} if len(expected) > 1 else set())


def test_a_death_counts_from_its_date() -> None:
    assert "deceased" in str(take(bundle(patient(deceasedDateTime="2026-10-01"), metastasis())).ledger)
    for alive in ({"deceasedDateTime": "2026-10-03"}, {"deceasedBoolean": False}):
        assert take(bundle(patient(**alive), metastasis())).ledger == ()
