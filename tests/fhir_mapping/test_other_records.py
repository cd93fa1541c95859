"""Records of others: the forms that they take, and what becomes of every stored one, by a judge of its own."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest

from service.fhir_mapping.inbound import Intake
from tests.docs.pages import page
from tests.support.coverage import Coverage, counted, coverage, is_relevant, table, with_a_lesion
from tests.support.others import GIVES, SAID
from tests.support.records import Resource, bundle, condition, metastasis, observation, patient, possible, said, take
from tests.support.stored import RECORDS

#: Those that may be about metastases outside the spine.
NAMES_METASTASES = (
    "the pathological category of metastases",
    "sites of metastases in a registry",
    "new metastases in the course of the disease",
    "a cancer in words alone",
)


def judged(*resources: Resource) -> tuple[Intake, Coverage]:
    """The intake of a record with a lesion at T6, and what became of the rest."""
    record = bundle(metastasis(), *resources)
    intake = take(record)
    return intake, coverage(record, intake)


@pytest.mark.parametrize("form", GIVES)
def test_a_form_of_others_gives_its_findings(form: str) -> None:
    resources, findings = GIVES[form]
    intake, found = judged(*resources)
    assert found.missed == ()
    for finding, values in findings.items():
        lesion = "T6" if finding.endswith("-at-level") else None
        assert said(intake, finding, lesion), finding
        assert possible(intake, finding, lesion) == values


@pytest.mark.parametrize("form", SAID)
def test_a_form_of_others_that_gives_no_finding_is_in_the_ledger(form: str) -> None:
    _, found = judged(*SAID[form])
    assert found.missed == ()
    assert set(found.used) | set(found.explained) >= {f"{r['resourceType']}/{r['id']}" for r in SAID[form]}


@pytest.mark.parametrize("form", SAID)
def test_a_form_that_gives_no_finding_neither_proves_nor_denies_metastases(form: str) -> None:
    intake, _ = judged(*SAID[form])
    for finding in ("visceral-metastases", "brain-metastases"):
        assert possible(intake, finding) == possible(take(bundle(metastasis())), finding)


@pytest.mark.parametrize("form", NAMES_METASTASES)
def test_a_complete_record_does_not_deny_metastases_that_it_names_in_a_form_that_is_not_read(form: str) -> None:
    intake = take(bundle(metastasis(), *SAID[form]), assume_complete=True)
    assert possible(intake, "visceral-metastases") != {"none"}
    assert possible(intake, "brain-metastases") == {True, False}


def test_every_relevant_resource_of_the_stored_records_is_used_or_explained(stored: dict[str, Counter[str]]) -> None:
    assert {folder: total["missed"] for folder, total in stored.items() if total["missed"]} == {}


def test_the_page_shows_what_became_of_the_stored_records(stored: dict[str, Counter[str]]) -> None:
    """`python -m tests.support.coverage tests/data/records` prints the rows."""
    shown = [line for line in page("records.md").splitlines() if line.startswith("| `")]
    assert shown == table(stored)


@pytest.fixture(scope="module")
def stored() -> dict[str, Counter[str]]:
    return counted(RECORDS)


def test_the_judge_sees_what_is_dropped_in_silence() -> None:
    """With a ledger and inputs that are empty, everything that matters was missed."""
    record = bundle(metastasis(), condition("C61", name="c"), observation("89247-1", 1, system="http://loinc.org"))
    intake = take(bundle(patient()))
    assert len(coverage(record, intake).missed) == 2


@pytest.mark.parametrize(
    "resource",
    [
        condition("I10"),
        observation("8867-4", 70, system="http://loinc.org"),
        {"resourceType": "Procedure", "code": {"text": "Screening mammography for breast cancer"}},
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "Metformin 500 mg"}},
        {"resourceType": "Encounter", "reasonCode": [{"text": "cancer"}]},
    ],
)
def test_the_judge_leaves_alone_what_does_not_matter(resource: Resource) -> None:
    assert not is_relevant(resource)


@pytest.mark.parametrize("made", [metastasis(), bundle(patient("x")), {"resourceType": "Bundle", "type": "batch"}])
def test_a_lesion_is_put_beside_any_record(made: Resource) -> None:
    assert take(orjson.loads(orjson.dumps(with_a_lesion(made)))).case.lesions
