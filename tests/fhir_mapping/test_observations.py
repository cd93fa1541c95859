"""Observations: findings by each code, status, components, focus, and where they belong."""

from __future__ import annotations

from typing import Any

import pytest

from service import BASE
from service.findings import FINDINGS, LESION
from service.problems import Rejected
from tests.support.records import (
    LOINC,
    SNOMED,
    UCUM,
    VALUE,
    bare,
    bundle,
    concept,
    condition,
    lesion_names,
    metastasis,
    observation,
    possible,
    quantity,
    remarks,
    said,
    take,
)


def a_value(finding: str) -> Any:
    """A value that a finding can have."""
    domain = FINDINGS[finding].domain
    if finding == "wbb-zones":
        return {"valueString": "4-8"}
    if finding == "wbb-layers":
        return {"valueString": "A,B"}
    if hasattr(domain, "unit"):
        return (max(domain.low, 1), domain.unit) if domain.unit not in ("1", "") else 2
    first = next(value for value in domain.values if value in domain.unknown)
    return (
        first
        if isinstance(first, bool | int)
        else {"valueCodeableConcept": concept((str(first).split("/", 1)[0], VALUE))}
    )


@pytest.mark.parametrize("finding", [f for f in FINDINGS if f != "vertebral-level"])
def test_every_finding_of_the_interface_is_read_by_its_local_code(finding: str) -> None:
    about_lesion = FINDINGS[finding].scope == LESION
    nobody = {"resourceType": "Patient", "id": "p1"}  # of whom age and sex are known by nothing else
    intake = take(
        bundle(nobody, metastasis(), observation(finding, a_value(finding), "T6" if about_lesion else None, name="o"))
    )
    assert remarks(intake) == {}
    assert "Observation/o" in intake.inputs
    assert said(intake, finding, "T6" if about_lesion else None)


@pytest.mark.parametrize(
    ("code", "finding", "unit"),
    [
        ("1751-7", "albumin", "g/dL"),
        ("61151-7", "albumin", "g/dL"),
        ("2862-1", "albumin", "g/dL"),
        ("54347-0", "albumin", "umol/L"),
        ("718-7", "haemoglobin", "g/dL"),
        ("59260-0", "haemoglobin", "mmol/L"),
        ("6690-2", "leucocytes", "10*3/uL"),
        ("26464-8", "leucocytes", "10*9/L"),
        ("731-0", "lymphocytes", "10*3/uL"),
        ("26474-7", "lymphocytes", "10*9/L"),
        ("732-8", "lymphocytes", "K/uL"),
        ("751-8", "neutrophils", "10*3/uL"),
        ("26499-4", "neutrophils", "10*9/L"),
        ("753-4", "neutrophils", "/uL"),
        ("6768-6", "alkaline-phosphatase", "U/L"),
        ("777-3", "platelets", "10*3/uL"),
        ("26515-7", "platelets", "10*9/L"),
        ("1988-5", "crp", "mg/L"),
        ("30522-7", "crp", "mg/L"),
        ("2532-0", "ldh", "U/L"),
        ("14804-9", "ldh", "U/L"),
        ("1975-2", "bilirubin", "mg/dL"),
        ("14631-6", "bilirubin", "umol/L"),
        ("17861-6", "calcium", "mg/dL"),
        ("2000-8", "calcium", "mmol/L"),
        ("2160-0", "creatinine", "mg/dL"),
        ("14682-9", "creatinine", "umol/L"),
        ("6301-6", "inr", "1"),
        ("34714-6", "inr", "{INR}"),
    ],
)
def test_laboratory_values_are_read_by_loinc(code: str, finding: str, unit: str) -> None:
    usual = {("albumin", "umol/L"): 600, ("ldh", "U/L"): 200, ("creatinine", "umol/L"): 90}.get((finding, unit), 3)
    assert said(take(bundle(metastasis(), observation(code, (usual, unit), system=LOINC))), finding)


@pytest.mark.parametrize("code", ["1994-3", "29265-6"])
def test_ionised_and_corrected_calcium_are_not_total_calcium(code: str) -> None:
    intake = take(bundle(metastasis(), observation(code, (5, "mg/dL"), system=LOINC)))
    assert not said(intake, "calcium")


def test_lansky_is_not_karnofsky() -> None:
    system = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
    intake = take(bundle(metastasis(), observation("C38144", 20, system=system, name="lansky")))
    assert not said(intake, "karnofsky")
    assert remarks(intake) == {"Observation/lansky": {"not-read"}}


@pytest.mark.parametrize("value", [True, False])
def test_a_history_of_metastatic_cancer_proves_no_metastasis(value: bool) -> None:
    intake = take(bundle(observation("1287652008", value, system=SNOMED, name="h")))
    assert lesion_names(intake) == []
    assert not said(intake, "visceral-metastases")
    assert remarks(intake) == {"Observation/h": {"not-read"}}


@pytest.mark.parametrize("status", ["final", "amended", "corrected", "preliminary"])
def test_a_result_counts(status: str) -> None:
    assert possible(take(bundle(metastasis(), observation("ecog", 3, status=status))), "ecog") == {3}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "unknown", "nonsense"])
def test_what_is_no_result_does_not_count(status: str) -> None:
    intake = take(bundle(metastasis(), observation("ecog", 3, status=status, name="e")))
    assert not said(intake, "ecog")
    assert remarks(intake) == {"Observation/e": {"status"}}


def test_a_lesion_that_was_entered_in_error_is_none() -> None:
    assert lesion_names(take(bundle(metastasis() | {"status": "entered-in-error"}))) == []


def test_components_are_read_with_the_date_and_level_of_the_whole() -> None:
    parts = [
        {
            "code": concept(("sins-pain", "https://w3id.org/spinemets/CodeSystem/finding")),
            "valueCodeableConcept": concept(("mechanical", VALUE)),
        },
        {
            "code": concept(("sins-collapse", "https://w3id.org/spinemets/CodeSystem/finding")),
            "valueQuantity": quantity(60, "%"),
        },
        {"code": concept(("1751-7", LOINC)), "valueQuantity": quantity(30, "g/L")},
        {"code": concept(("89247-1", LOINC)), "dataAbsentReason": concept(("unknown", "x"))},
        {"code": {"text": "something else"}, "valueString": "x"},
    ]
    panel = observation("24323-8", system=LOINC, at="T6", component=parts, name="panel")
    intake = take(bundle(panel))
    assert lesion_names(intake) == ["T6"]
    assert possible(intake, "sins-pain", "T6") == {"mechanical"}
    assert possible(intake, "sins-collapse", "T6") == {"over-50"}
    assert said(intake, "albumin")
    assert not said(intake, "ecog")
    assert remarks(intake) == {"Observation/panel": {"data-absent"}}


def test_a_panel_with_a_known_code_and_no_value_of_its_own_is_no_remark() -> None:
    parts = [{"code": concept(("1751-7", LOINC)), "valueQuantity": quantity(30, "g/L")}]
    assert remarks(take(bundle(metastasis(), observation("ecog", component=parts)))) == {}


def test_members_of_a_group_are_read_themselves() -> None:
    group = observation("24323-8", system=LOINC, hasMember=[{"reference": "Observation/m"}])
    assert said(take(bundle(metastasis(), group, observation("ecog", 1, name="m"))), "ecog")


@pytest.mark.parametrize("reference", ["Condition/c", "https://example.org/fhir/Condition/c", "Condition/c/_history/3"])
def test_a_focus_on_a_condition_gives_the_level(reference: str) -> None:
    pain = observation("sins-pain", "mechanical", focus=[{"reference": reference}])
    intake = take(bundle(condition("C79.51", at="L2", name="c"), metastasis("T6"), pain))
    assert possible(intake, "sins-pain", "L2") == {"mechanical"}
    assert not said(intake, "sins-pain", "T6")


def test_a_focus_by_urn_gives_the_level() -> None:
    made = bundle(metastasis("T6"), observation("sins-pain", "mechanical", focus=[{"reference": "urn:uuid:1"}]))
    made["entry"].append({"fullUrl": "urn:uuid:1", "resource": condition("C79.51", at="L2")})
    assert possible(take(made), "sins-pain", "L2") == {"mechanical"}


def test_a_focus_on_a_contained_condition_gives_the_level() -> None:
    inside = condition("C79.51", at="T6", name="inside")
    pain = observation("sins-pain", "mechanical", contained=[inside], focus=[{"reference": "#inside"}])
    intake = take(bundle(metastasis("T6"), metastasis("L2"), pain))
    assert possible(intake, "sins-pain", "T6") == {"mechanical"}


def test_a_focus_on_something_else_in_the_bundle_is_no_error() -> None:
    made = bundle(metastasis("T6"), observation("sins-pain", "mechanical", focus=[{"reference": "urn:uuid:1"}]))
    made["entry"].append({"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Specimen", "id": "s"}})
    assert possible(take(made), "sins-pain", "T6") == {"mechanical"}


def test_a_body_site_counts_more_than_a_focus() -> None:
    pain = observation("sins-pain", "mechanical", "T6", focus=[{"reference": "Condition/c"}])
    intake = take(bundle(condition("C79.51", at="L2", name="c"), metastasis("T6"), pain))
    assert said(intake, "sins-pain", "T6")


def test_a_focus_that_is_refuted_still_gives_the_level_but_makes_no_lesion_of_its_own() -> None:
    pain = observation("sins-pain", "mechanical", focus=[{"reference": "Condition/c"}], name="o")
    wrong = condition("C79.51", at="L2", name="c", verification="refuted")
    intake = take(bundle(wrong, metastasis("T6"), pain))
    assert remarks(intake)["Condition/c"] == {"refuted"}
    assert "T6" in lesion_names(intake)
    assert not said(intake, "sins-pain", "T6")


def test_an_unknown_finding_of_the_local_system_is_in_the_ledger() -> None:
    intake = take(bundle(metastasis(), observation("sins-paint", "mechanical", "T6", name="o")))
    assert remarks(intake) == {"Observation/o": {"not-understood"}}


def test_an_observation_of_something_else_is_somebody_elses_business() -> None:
    weight = observation("29463-7", {"valueQuantity": {"value": "heavy"}}, system=LOINC)
    assert remarks(take(bundle(metastasis(), weight))) == {}


def test_the_version_of_a_system_does_not_matter() -> None:
    assert said(take(bundle(metastasis(), observation("89247-1", 1, system=f"{LOINC}|2.77"))), "ecog")
    assert said(take(bundle(metastasis(), observation("89247-1", 1, system="urn:oid:2.16.840.1.113883.6.1"))), "ecog")


def test_a_code_without_system_is_not_taken_for_one_of_a_system() -> None:
    lost = observation("x", 1, code={"coding": [{"code": "89247-1"}]})
    assert not said(take(bundle(metastasis(), lost)), "ecog")


def test_several_codes_of_one_observation_are_one_finding() -> None:
    both = observation("x", 2, code=concept(("89247-1", LOINC), ("423740007", SNOMED), ("ps", "urn:local")))
    intake = take(bundle(metastasis(), both))
    assert possible(intake, "ecog") == {2}
    assert remarks(intake) == {}


def test_a_missing_status_is_refused() -> None:
    lost = observation("ecog", 1)
    del lost["status"]
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), lost))
    assert refused.value.problems[0].expression == "Bundle.entry[2].resource.status"


def test_remarks_on_resources_without_a_name_stay_with_their_resource() -> None:
    nameless = [observation("ecog", 1, day="2025-01-01"), observation("albumin", (3, "g/dL"), day="2025-01-01")]
    for resource in nameless:
        del resource["id"]
    intake = take(bare(metastasis(), *nameless))
    assert remarks(intake) == {"Bundle.entry[1].resource": {"stale"}, "Bundle.entry[2].resource": {"stale"}}


def test_remarks_on_resources_of_two_servers_with_one_id_stay_with_their_resource() -> None:
    made = bundle(metastasis())
    for server, code in (("https://a.example", "ecog"), ("https://b.example", "karnofsky")):
        given = observation(code, 0 if code == "ecog" else 50, name="1", day="2025-01-01")
        made["entry"].append({"fullUrl": f"{server}/Observation/1", "resource": given})
    expressions = {(line.expression, line.text.split(":")[0]) for line in take(made).ledger}
    assert expressions == {
        ("Bundle.entry.where(fullUrl='https://a.example/Observation/1').resource", "ECOG performance status"),
        ("Bundle.entry.where(fullUrl='https://b.example/Observation/1').resource", "Karnofsky performance status"),
    }


def test_a_quantity_in_the_unit_system_of_another_is_still_read_by_its_code() -> None:
    value = {"valueQuantity": {"value": 35, "system": UCUM, "code": "g/L", "unit": "Gramm pro Liter"}}
    assert said(take(bundle(metastasis(), observation("albumin", value))), "albumin")


@pytest.mark.parametrize("system", ["findings", "Finding", "sins"])
def test_a_system_of_this_project_that_there_is_not_is_named_with_the_right_one(system: str) -> None:
    intake = take(
        bundle(
            metastasis(), observation("sins-pain", "mechanical", "T6", system=f"{BASE}/CodeSystem/{system}", name="o")
        )
    )
    (remark,) = (each for each in intake.ledger if each.resource == "Observation/o")
    assert remark.code == "not-understood"
    assert f"{BASE}/CodeSystem/finding" in remark.text


def test_the_response_to_treatment_of_the_first_mcode_is_read() -> None:
    response = {"valueCodeableConcept": concept(("268910001", SNOMED))}
    by = [take(bundle(metastasis(), observation(code, response, system=LOINC))) for code in ("97509-4", "88040-1")]
    assert possible(by[0], "prior-therapy-response") == possible(by[1], "prior-therapy-response")
    assert said(by[1], "prior-therapy-response")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueBoolean": "true"}, "true or false, without quotes, and not a text"),
        ({"valueInteger": "2"}, "a whole number, without quotes, and not a text"),
        ({"valueCodeableConcept": []}, "an object, in { }, and not a list"),
    ],
)
def test_an_element_of_the_wrong_type_is_refused_in_words_of_json(value: Any, words: str) -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), observation("ecog", value)))
    assert words in str(refused.value)
