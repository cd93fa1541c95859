"""The answer as FHIR: valid, closed in itself, named by its content, safe to show, ready to post."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from tests.support import answers as a
from tests.support.answered import FORMS, answer_to, every_answer, stored
from tests.support.records import (
    bundle,
    condition,
    metastasis,
    observation,
    patient,
    primary,
    take,
)


def test_there_are_records_to_answer() -> None:
    assert {"contract/a", "contract/b", "contract/c", "contract/d"} <= set(stored())
    assert len(stored()) >= 20


@pytest.mark.parametrize("form", FORMS)
def test_every_answer_is_a_valid_bundle(form: str) -> None:
    for name, assessment in stored().items():
        made = Bundle.model_validate(answer(assessment, form))
        assert made.type == form, name


def test_every_element_has_a_value() -> None:
    def check(value: Any, path: str) -> None:
        assert value not in (None, "", [], {}), path
        for key, child in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            check(child, f"{path}.{key}")

    for name, made in every_answer():
        check(made, name)


def test_every_reference_within_an_answer_resolves() -> None:
    for name, made in every_answer():
        inside = {e["fullUrl"] for e in made["entry"]}
        given = set(stored()[name.split()[0]].inputs) | {stored()[name.split()[0]].case.patient}
        for resource in a.resources(made):
            contained = {f"#{c['id']}" for c in resource.get("contained", ())}
            for reference in a.references(resource):
                assert reference in inside | given | contained | set(stored()[name.split()[0]].case.conditions), (
                    name,
                    reference,
                )


def test_ids_follow_from_the_content_and_are_unique() -> None:
    for name, made in every_answer():
        ids = [r["id"] for r in a.resources(made) if r["resourceType"] != "OperationOutcome"]
        assert all(uuid.UUID(i).version == 5 for i in ids), name
        assert len(set(ids)) == len(ids), name
        for entry in made["entry"]:
            url = entry["fullUrl"].removeprefix("urn:uuid:")
            assert uuid.UUID(url).version == 5
            assert entry["resource"].get("id", url) == url
            identifiers = entry["resource"].get("identifier")
            if identifiers:
                assert identifiers == [{"system": "urn:ietf:rfc:3986", "value": entry["fullUrl"]}]


def test_both_forms_have_the_same_ids() -> None:
    for assessment in stored().values():
        plain, posted = (
            [
                e["fullUrl"]
                for e in answer(assessment, form)["entry"]
                if e["resource"]["resourceType"] != "OperationOutcome"
            ]
            for form in FORMS
        )
        assert plain == posted


def test_answers_for_two_patients_share_nothing_but_the_device() -> None:
    def of(name: str) -> set[str]:
        record = bundle(patient(name), metastasis() | {"subject": {"reference": f"Patient/{name}"}})
        return {e["fullUrl"] for e in answer_to(record)["entry"]}

    common = of("p1") & of("p2")
    device = next(
        e["fullUrl"] for e in answer_to(bundle(metastasis()))["entry"] if e["resource"]["resourceType"] == "Device"
    )
    assert common - {device} <= {
        e["fullUrl"]
        for e in answer_to(bundle(metastasis()))["entry"]
        if e["resource"]["resourceType"] == "OperationOutcome"
    }
    assert device in common


def test_a_transaction_creates_each_resource_once() -> None:
    for name, made in every_answer():
        for entry in made["entry"]:
            if made["type"] == "collection":
                assert "request" not in entry
                continue
            request, kind, url = entry["request"], entry["resource"]["resourceType"], entry["fullUrl"]
            if kind == "Provenance":
                assert request == {"method": "PUT", "url": f"Provenance/{entry['resource']['id']}"}, name
            else:
                only_if = f"identifier=urn:ietf:rfc:3986|{url}"
                assert request == {"method": "POST", "url": kind, "ifNoneExist": only_if}, name


def test_a_transaction_keeps_the_ledger_within_the_guidance_response() -> None:
    for name, assessment in stored().items():
        plain, posted = (answer(assessment, form) for form in FORMS)
        outcome = a.one(plain, "OperationOutcome")
        guidance = a.one(posted, "GuidanceResponse")
        (inside,) = [c for c in guidance["contained"] if c["resourceType"] == "OperationOutcome"]
        assert inside["issue"] == outcome["issue"], name
        assert guidance["evaluationMessage"][0]["reference"] == f"#{inside['id']}"


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@pytest.mark.parametrize("as_of", ["2026-10-02", "2026-10-02T09:30:00Z", "2026-10-02T09:30:00.123+02:00"])
def test_every_time_of_an_answer_has_the_form_of_its_type(as_of: str) -> None:
    made = answer(assess(bundle(metastasis()), when(as_of)))
    assert INSTANT.fullmatch(made["timestamp"])
    assert INSTANT.fullmatch(a.one(made, "Provenance")["recorded"])
    assert a.one(made, "CarePlan")["created"] == as_of
    assert all(len(g["startDate"]) == 10 for g in a.resources(made, "Goal"))


def test_a_record_without_a_tumour_of_the_spine_gets_an_answer_that_says_so() -> None:
    made = answer_to(bundle(condition("C50.9", name="c")))
    assert [r["resourceType"] for r in a.resources(made)] == [
        "GuidanceResponse",
        "Device",
        "Provenance",
        "OperationOutcome",
    ]
    guidance = a.one(made, "GuidanceResponse")
    assert guidance["status"] == "data-required"
    assert "No tumour of the spine" in guidance["note"][0]["text"]
    assert guidance["dataRequirement"][0]["type"] == "Condition"
    assert "result" not in guidance


def test_a_bone_metastasis_without_a_vertebra_gets_an_answer_that_asks_for_it() -> None:
    guidance = a.one(answer_to(bundle(condition("C79.51"))), "GuidanceResponse")
    assert "bodySite" in guidance["note"][0]["text"]


def test_a_lesion_of_several_levels_names_each_of_them() -> None:
    run = condition("C79.51", name="c", bodySite=[{"text": "T8"}, {"text": "T9"}])
    made = answer_to(bundle(run, primary("breast"), observation("escc-grade", "escc-0", "T8")))
    sins = a.score(made, "sins", "T8-T9")
    levels = [e["valueCodeableConcept"]["coding"][0]["code"] for e in sins["extension"]]
    assert levels == ["T8", "T9"]
    assert sins["focus"] == [{"reference": "Condition/c", "type": "Condition"}]
    assert [s["text"] for s in a.requests(made)[0]["bodySite"]] == ["T8", "T9"]
    assert a.risk(made, "sins", "T8-T9")["condition"]["reference"] == "Condition/c"


def test_the_answer_names_the_patient_and_the_lesion_as_the_sender_does() -> None:
    made = bundle(metastasis() | {"subject": {"reference": "urn:uuid:7"}})
    made["entry"] = [{"fullUrl": "urn:uuid:7", "resource": patient()}, made["entry"][1]]
    assert take(made).case.patient == "urn:uuid:7"
    subjects = {r["subject"]["reference"] for r in a.resources(answer_to(made)) if "subject" in r}
    assert subjects == {"urn:uuid:7"}


def _from_other_types() -> Any:
    """An answer that rests on a questionnaire and on a report."""
    local = {"system": "https://w3id.org/spinemets/CodeSystem/finding-value", "code": "lytic"}
    level = {"system": "https://w3id.org/spinemets/CodeSystem/vertebra", "code": "T6"}
    questions = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "questionnaire": "https://w3id.org/spinemets/Questionnaire/spinal-tumour",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "authored": "2026-10-01",
        "item": [
            {
                "linkId": "lesion",
                "item": [
                    {"linkId": "level", "answer": [{"valueCoding": level}]},
                    {"linkId": "sins-bone-lesion", "answer": [{"valueCoding": local}]},
                ],
            }
        ],
    }
    report = {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "Biopsy"},
        "conclusionCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.9"}]}],
    }
    record = bundle(metastasis("T6"), questions, report, observation("pain-controlled", False))
    return answer(assess(record, as_of=when("2026-10-02")))


def test_a_score_is_derived_from_every_type_that_may_be_named_so() -> None:
    made = _from_other_types()
    Bundle.model_validate(made)
    named = {(d["reference"], d["type"]) for d in a.score(made, "sins", "T6")["derivedFrom"]}
    assert ("QuestionnaireResponse/q", "QuestionnaireResponse") in named
    every = [d["type"] for o in a.resources(made, "Observation") for d in o.get("derivedFrom", ())]
    # A score that rests on the report names it in its RiskAssessment, for an Observation may not be derived from one.
    assert set(every) <= {"Observation", "QuestionnaireResponse", "ImagingStudy"}
    based = {b["reference"] for r in a.resources(made, "RiskAssessment") for b in r["basis"]}
    assert {"DiagnosticReport/d", "QuestionnaireResponse/q"} <= based


def test_a_proposal_has_a_report_as_its_reason_and_no_questionnaire() -> None:
    made = _from_other_types()
    proposals = a.resources(made, "ServiceRequest")
    reasons = {(r["reference"], r["type"]) for s in proposals for r in s.get("reasonReference", ())}
    assert ("DiagnosticReport/d", "DiagnosticReport") in reasons
    assert {kind for _, kind in reasons} <= {"Condition", "DiagnosticReport", "Observation"}
