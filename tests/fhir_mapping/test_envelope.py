"""What a Bundle holds besides resources: pages, outcomes, Bundles within it, contained resources, misspelt types."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir_mapping.inbound.releases import TYPES
from service.problems import Rejected
from tests.support.records import (
    bare,
    bundle,
    condition,
    lesion_names,
    metastasis,
    observation,
    possible,
    remarks,
    take,
)

Resource = dict[str, Any]
NEXT = [{"relation": "next", "url": "https://example.org/fhir?page=2"}]


def outcome(severity: str) -> Resource:
    issue = {"severity": severity, "code": "incomplete"}
    return {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}


def searchset(*extra: Resource, **more: Any) -> Resource:
    made = bundle(metastasis(), type="searchset", **more)
    made["entry"] += extra
    return made


@pytest.mark.parametrize("severity", ["fatal", "error", "warning"])
def test_a_searchset_in_which_a_server_reports_trouble_is_read_and_said_to_be_incomplete(severity: str) -> None:
    intake = take(searchset(outcome(severity)))
    assert lesion_names(intake) == ["T6"]
    assert remarks(intake) == {"Bundle.entry[2].resource": {"incomplete"}}


def test_an_information_of_the_server_is_no_gap() -> None:
    assert take(searchset(outcome("information"))).ledger == ()
    assert take(searchset({"resource": {"resourceType": "OperationOutcome", "issue": "?"}})).ledger == ()


def test_one_page_of_several_is_said_to_be_incomplete() -> None:
    assert remarks(take(searchset(link=NEXT))) == {"Bundle": {"incomplete"}}
    assert take(searchset(link=[{"relation": "self", "url": "https://example.org/fhir"}])).ledger == ()


def test_a_total_above_the_number_of_matches_is_said_to_be_incomplete() -> None:
    assert remarks(take(searchset(total=3))) == {"Bundle": {"incomplete"}}
    assert take(searchset(total=2)).ledger == ()
    included = {"resource": {"resourceType": "Organization", "id": "o"}, "search": {"mode": "include"}}
    assert remarks(take(searchset(included, total=3))) == {"Bundle": {"incomplete"}}
    assert take(bundle(metastasis(), total=9)).ledger == ()  # only a search has one
    assert take(searchset(total="9")).ledger == ()


@pytest.mark.parametrize("made", [searchset(link=NEXT), searchset(outcome("error")), searchset(total=9)])
def test_what_is_not_all_of_a_record_cannot_be_declared_complete(made: Resource) -> None:
    with pytest.raises(Rejected) as refused:
        take(made, assume_complete=True)
    (problem,) = refused.value.problems
    assert (refused.value.status, problem.code) == (422, "incomplete")
    assert "assumeComplete" in problem.message


def test_the_answer_to_a_batch_of_searches_is_read_through_the_searchsets_in_it() -> None:
    answers = [
        {"resource": bundle(metastasis(), type="searchset"), "response": {"status": "200 OK"}},
        {"resource": bare(observation("ecog", 2, name="e"), type="searchset"), "response": {"status": "200 OK"}},
        {"response": {"status": "403 Forbidden"}},
    ]
    intake = take({"resourceType": "Bundle", "type": "batch-response", "entry": answers})
    assert lesion_names(intake) == ["T6"]
    assert possible(intake, "ecog") == {2}
    assert remarks(intake) == {"Bundle.entry[2]": {"incomplete"}}


def test_what_is_wrong_in_a_bundle_within_a_bundle_is_named_where_it_is() -> None:
    inner = bundle(metastasis(), observation("ecog", 9, name="e"))
    with pytest.raises(Rejected) as refused:
        take(bundle(entry=[{"resource": inner}]))
    (problem,) = refused.value.problems
    assert problem.expression.startswith("Bundle.entry[0].resource.entry[2].resource")


def test_bundles_are_not_unpacked_without_end() -> None:
    made = bundle(metastasis())
    for _ in range(4):
        made = bundle(entry=[{"resource": made}])
    with pytest.raises(Rejected) as refused:
        take(made)
    assert refused.value.problems[0].code == "structure"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_batch_of_requests_is_no_record(method: str) -> None:
    made = bundle(entry=[{"request": {"method": method, "url": "Observation?patient=1"}}] * 3, type="batch")
    with pytest.raises(Rejected) as refused:
        take(made)
    assert (refused.value.status, refused.value.problems[0].expression) == (422, "Bundle.entry")


@pytest.mark.parametrize(
    ("entry", "expression"),
    [
        (7, "Bundle.entry[2]"),
        ({}, "Bundle.entry[2].resource"),
        ({"resource": "{}"}, "Bundle.entry[2].resource"),
        (observation("ecog", 1), "Bundle.entry[2].resource"),
        ({"resource": {"id": "x"}}, "Bundle.entry[2].resource.resourceType"),
        ({"resource": {"resourceType": "observation"}}, "Bundle.entry[2].resource.resourceType"),
        ({"resource": {"resourceType": "Conditions"}}, "Bundle.entry[2].resource.resourceType"),
    ],
)
def test_each_wrong_entry_is_named_with_the_mend(entry: Any, expression: str) -> None:
    made = bundle(metastasis())
    made["entry"].append(entry)
    with pytest.raises(Rejected) as refused:
        take(made)
    (problem,) = refused.value.problems
    assert (refused.value.status, problem.expression) == (422, expression)
    assert any(word in problem.message for word in ("Send", "Add", "Put"))


def test_a_type_that_fhir_does_not_have_is_named_and_does_no_harm() -> None:
    intake = take(bundle(metastasis(), {"resourceType": "TumourBoardNote", "id": "x"}))
    assert lesion_names(intake) == ["T6"]
    assert remarks(intake) == {"Bundle.entry[2].resource": {"not-read"}}


def test_every_type_of_r4_and_r4b_may_be_in_a_record() -> None:
    plain = sorted(TYPES - {"Bundle", "Patient", "Observation", "RiskAssessment"})
    intake = take(bundle(metastasis(), *({"resourceType": kind, "id": "x"} for kind in plain)))
    assert lesion_names(intake) == ["T6"]
    assert "no resource type" not in str(intake.ledger)


def test_a_laboratory_report_that_contains_its_results_is_read() -> None:
    inside = observation("ecog", 2, name="r1")
    del inside["subject"]
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "code": {"text": "performance"},
        "subject": {"reference": "Patient/p1"},
        "contained": [inside],
        "result": [{"reference": "#r1"}],
    }
    intake = take(bundle(metastasis(), report))
    assert possible(intake, "ecog") == {2}
    assert intake.inputs["DiagnosticReport/d"] == "DiagnosticReport"


def test_a_contained_result_of_another_patient_is_another_patient() -> None:
    inside = observation("ecog", 2, name="r1") | {"subject": {"reference": "Patient/p2"}}
    report = {"resourceType": "DiagnosticReport", "id": "d", "status": "final", "contained": [inside]}
    with pytest.raises(Rejected):
        take(bundle(metastasis(), report))


def test_two_contained_resources_are_named_apart_in_the_ledger() -> None:
    withdrawn = [observation("ecog", 1, name=name, status="cancelled") for name in ("a", "b")]
    report = {"resourceType": "DiagnosticReport", "id": "d", "status": "final", "contained": withdrawn}
    intake = take(bundle(metastasis(), report))
    found = [remark.expression for remark in intake.ledger if remark.code == "status"]
    assert [expression.rsplit(".contained", 1)[1] for expression in found] == [".where(id='a')", ".where(id='b')"]


def test_what_a_relative_has_is_not_what_the_patient_has() -> None:
    family = {
        "resourceType": "FamilyMemberHistory",
        "id": "f",
        "status": "completed",
        "patient": {"reference": "Patient/p1"},
        "contained": [condition("C50", name="c")],
    }
    intake = take(bundle(metastasis(), family))
    assert len(possible(intake, "primary-tumour")) > 1
