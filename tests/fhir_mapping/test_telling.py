"""Of what is said not to tell of a tumour, none comes out of a whole assessment either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import simdjson
from hypothesis import given
from hypothesis import strategies as st

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.bundle import READ
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.telling import OF_ANYBODY, tells
from service.fhir_mapping.terminology import STANDARD
from service.fhir_mapping.terminology.own_maps import load
from service.fhir_mapping.terminology.tables import MAPS
from service.findings import FINDINGS, LESION
from service.problems import Ledger
from tests.cohort.exports import EXAMPLES, NAMES

FINDING = "https://w3id.org/spinemets/CodeSystem/finding"
CONCEPT = "https://w3id.org/spinemets/CodeSystem/concept"
SUBJECT = {"reference": "Patient/p"}
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-01-01"}
#: Lines that say that something could not be told, or that it is of a tumour.
SPEAKS = {Ledger.NOT_UNDERSTOOD, Ledger.NOT_IN_SPINE, Ledger.UNCONFIRMED, Ledger.REFUTED}

Resource = dict[str, Any]


def told(resource: Resource) -> bool:
    """As an export is asked, by the index, and as what the index cannot hold is."""
    content = orjson.dumps(resource)
    answers = {
        tells(resource["resourceType"], raw, STANDARD)
        for raw in (simdjson.Parser().parse(content), orjson.loads(content))
    }
    assert len(answers) == 1
    return answers.pop()


def assessed(listed: list[Resource]) -> Assessment:
    entries = [{"resource": PATIENT}, *({"resource": each} for each in listed)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return assess(decode(orjson.dumps(bundle)), when("2026-10-01"))


def is_without_tumour(found: Assessment) -> bool:
    return not (found.has_tumour or found.case.has_cancer or found.bone_elsewhere or found.returned)


CODES = sorted(
    {
        (group["source"], element["code"])
        for name in MAPS
        for group in STANDARD.maps[name]
        for element in group["element"]
    }
)


def affirmed(system: str, code: str) -> Resource:
    """A value that says yes, where yes is no wrong one."""
    asked = STANDARD.observation(system, code)[0]
    wrong = asked in FINDINGS and not FINDINGS[asked].is_yes_no
    return {"dataAbsentReason": {"text": "not done"}} if wrong else {"valueBoolean": True}


def of_code(system: str, code: str, n: int) -> Iterator[Resource]:
    """A code in every place in which one is read."""
    concept = {"coding": [{"system": system, "code": code}]}
    common = {"id": f"r{n}", "subject": SUBJECT}
    yield {"resourceType": "Condition", **common, "code": concept}
    yield {"resourceType": "Procedure", **common, "status": "completed", "code": concept}
    yield {"resourceType": "Procedure", **common, "id": f"s{n}", "status": "completed", "reasonCode": [concept]}
    yield {"resourceType": "DiagnosticReport", **common, "status": "final", "conclusionCode": [concept]}
    value = affirmed(system, code)
    yield {"resourceType": "Observation", **common, "status": "final", "code": concept, **value}
    asks = {"coding": [{"system": "http://loinc.org", "code": "1-8", "display": "Remark"}]}
    answer = {"status": "final", "code": asks, "valueCodeableConcept": concept}
    yield {"resourceType": "Observation", **common, "id": f"s{n}", **answer}
    part = {"code": concept, **value}
    yield {"resourceType": "Observation", **common, "id": f"t{n}", "status": "final", "code": asks, "component": [part]}


def test_all_that_does_not_tell_is_no_tumour_for_every_code_that_is_known() -> None:
    silent = [each for n, key in enumerate(CODES) for each in of_code(*key, n) if not told(each)]
    assert 0 < len(silent) < len(CODES) * 7
    for start in range(0, len(silent), 1000):
        found = assessed(silent[start : start + 1000])
        assert is_without_tumour(found)
        assert not [line for line in found.ledger if line.code in SPEAKS and "value" not in line.text]


DRUG_CODES = sorted(
    {
        (group["source"], e["code"])
        for name in MAPS
        if name == "drug-concepts"
        for group in STANDARD.maps[name]
        for e in group["element"]
    }
)


def of_drug(kind: str, concept: Resource, n: int) -> Iterator[Resource]:
    """A drug in every place in which another resource names it, and that resource."""
    medication = {"resourceType": "Medication", "id": f"m{n}"}
    ingredient = [{"itemCodeableConcept": concept}]
    order = {"resourceType": kind, "status": "completed", "intent": "order", "subject": SUBJECT}
    yield {**medication, "code": concept}
    yield {**medication, "id": f"i{n}", "ingredient": ingredient}
    for name in (f"m{n}", f"i{n}"):
        yield {**order, "id": f"of-{name}", "medicationReference": {"reference": f"Medication/{name}"}}
    inside = {**medication, "id": "c", "code": concept, "ingredient": ingredient}
    yield {**order, "id": f"c{n}", "medicationReference": {"reference": "#c"}, "contained": [inside]}
    yield {**order, "id": f"d{n}", "medicationReference": {"display": concept.get("text", "Carboplatin")}}


@pytest.mark.parametrize(
    "kind", ["MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"]
)
def test_no_drug_that_is_named_by_reference_is_a_tumour_or_leads_to_advice(kind: str) -> None:
    """So a record whose only sign it is may stay unread, though the drug shows in a record that is read."""
    concepts: list[Resource] = [{"coding": [{"system": system, "code": code}]} for system, code in DRUG_CODES]
    concepts += [{"text": text} for text in ("Carboplatin", "chemotherapy for spinal metastases", "denosumab", "?")]
    listed = [each for n, concept in enumerate(concepts) for each in of_drug(kind, concept, n)]
    assert not any(told(each) for each in listed if each["resourceType"] == kind)
    read: set[str] = set()
    for start in range(0, len(listed), 1200):
        found = assessed(listed[start : start + 1200])
        assert is_without_tumour(found)
        assert not found.plan.recommendations
        read |= found.case.evidence.keys()
    assert read == {"age", "sex", "previous-chemotherapy", "previous-systemic-therapy"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_without_what_tells_has_no_tumour(name: str) -> None:
    bundle = orjson.loads((EXAMPLES / f"{name}.json").read_bytes())
    kept = [entry for entry in bundle["entry"] if not told(entry["resource"])]
    assert len(kept) < len(bundle["entry"])
    assert is_without_tumour(assess(decode(orjson.dumps({**bundle, "entry": kept})), when("2026-10-01")))


@pytest.mark.parametrize("finding", sorted(FINDINGS))
def test_a_finding_tells_unless_people_without_a_tumour_have_it(finding: str) -> None:
    observation = {
        "resourceType": "Observation",
        "subject": SUBJECT,
        "code": {"coding": [{"system": FINDING, "code": finding}]},
    }
    assert told(observation) is (finding not in OF_ANYBODY)
    assert FINDINGS[finding].scope != LESION or finding not in OF_ANYBODY


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition", "code": {"text": "Wirbelsäulenmetastase"}},
        {"resourceType": "Condition", "code": {"text": "Querschnittslähmung"}},
        {"resourceType": "Condition", "code": {"coding": [{"system": "urn:local", "code": "4711"}]}},
        {"resourceType": "Condition", "code": {"coding": [{"code": "4711"}]}},
        {"resourceType": "Condition", "code": "C79.5"},
        {"resourceType": "Condition", "code": {"text": "Diabetes"}, "clinicalStatus": "active"},
        {"resourceType": "Condition", "code": {"text": "Diabetes"}, "assertedDate": "2020-01-01"},
        {"resourceType": "Observation", "code": {"coding": [{"system": "urn:local", "code": "4711"}]}},
        {"resourceType": "Observation", "code": {"coding": [{"system": FINDING, "code": "ecoq"}]}},
        {"resourceType": "Observation", "code": {"text": "Note"}, "valueCodeableConcept": {"text": "Plasmozytom"}},
        {"resourceType": "Observation", "code": {"text": "Metastases on imaging"}},
        {"resourceType": "Observation", "code": {"text": "Panel"}, "component": [{"code": {"text": "Karnofsky"}}]},
        {"resourceType": "Procedure", "code": {"text": "Laminectomy T8"}},
        {"resourceType": "Procedure", "code": {"text": "Biopsy"}, "reasonReference": [{"display": "Lung cancer"}]},
        {"resourceType": "DiagnosticReport", "code": {"text": "MRI spine"}},
        {"resourceType": "DiagnosticReport", "code": {"text": "Chest"}, "conclusion": "Tumour of the upper lobe."},
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "Carboplatin"}},
        {"resourceType": "CarePlan", "title": "Cancer care plan"},
        {"resourceType": "FamilyMemberHistory", "condition": [{"code": {"text": "Breast cancer"}}]},
        {"resourceType": "RiskAssessment", "method": {"text": "Survival, PathFx"}},
        {"resourceType": "ImagingStudy", "description": "Whole spine"},
        {
            "resourceType": "Encounter",
            "contained": [{"resourceType": "Condition", "code": {"text": "Chordoma"}}],
        },
        {"resourceType": "condition", "code": {"text": "Flu"}},
        {"resourceType": "GenomicStudy"},
    ],
)
def test_in_doubt_a_resource_tells(resource: Resource) -> None:
    assert told({**resource, "subject": SUBJECT})


LOCAL = {"coding": [{"system": "http://hospital.example/codes", "code": "4711", "display": "Befund"}]}


@pytest.mark.parametrize(
    ("target", "code", "resource"),
    [
        ("http://hl7.org/fhir/sid/icd-10-cm", "C79.51", {"resourceType": "Condition", "code": LOCAL}),
        ("http://hl7.org/fhir/sid/icd-10-cm", "C50", {"resourceType": "DiagnosticReport", "conclusionCode": [LOCAL]}),
        (
            "https://w3id.org/spinemets/CodeSystem/concept",
            "secondary.bone",
            {"resourceType": "Condition", "code": LOCAL},
        ),
        (FINDING, "vertebral-metastasis-count", {"resourceType": "Observation", "code": LOCAL}),
        (FINDING, "vertebral-metastasis-count", {"resourceType": "Observation", "component": [{"code": LOCAL}]}),
        ("http://snomed.info/sct", "1217123003", {"resourceType": "Procedure", "code": LOCAL}),
    ],
)
def test_a_code_tells_by_the_maps_of_a_site(target: str, code: str, resource: Resource, tmp_path: Path) -> None:
    """Whatever was asked of the same code before, by the maps of the package alone."""
    element = {"code": "4711", "target": [{"code": code, "equivalence": "equivalent"}]}
    group = {"source": LOCAL["coding"][0]["system"], "target": target, "element": [element]}
    (tmp_path / "ours.json").write_bytes(
        orjson.dumps({"resourceType": "ConceptMap", "status": "active", "group": [group]})
    )
    assert not told(resource)
    assert tells(resource["resourceType"], resource, load(tmp_path).terminology)
    assert not told(resource)


def test_a_member_that_is_there_twice_tells() -> None:
    content = b'{"resourceType":"Condition","code":{"text":"Chordoma"},"code":{"text":"Flu"}}'
    assert tells("Condition", simdjson.Parser().parse(content), STANDARD)


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Condition", "code": {"text": "Viral sinusitis"}},
        {"resourceType": "Condition", "code": {"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}]}},
        {"resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}},
        {"resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org", "code": "2857-1"}]}},
        {"resourceType": "Procedure", "code": {"text": "Appendectomy"}, "reasonReference": [{"display": "Pain"}]},
        {"resourceType": "DiagnosticReport", "code": {"text": "Lipid panel"}},
        {"resourceType": "MedicationRequest", "medicationCodeableConcept": {"text": "Simvastatin 10 MG"}},
        {"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/1"}},
        {"resourceType": "CarePlan", "title": "Respiratory therapy"},
    ],
)
def test_what_is_of_anybody_does_not_tell(resource: Resource) -> None:
    assert not told({**resource, "subject": SUBJECT})


NAMES_WITHIN = st.sampled_from("coding code system display text url".split())


@given(
    st.sampled_from(sorted(READ | {"CarePlan", "Encounter"})),
    st.dictionaries(
        st.sampled_from(
            "code category component conclusion conclusionCode contained extension medicationCodeableConcept method "
            "questionnaire reasonCode reasonReference title valueCodeableConcept".split()
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
            lambda inside: (
                st.lists(inside, max_size=2)
                | st.dictionaries(
                    st.sampled_from(["coding", "code", "system", "display", "text", "url"]), inside, max_size=3
                )
            ),
            max_leaves=6,
        ),
    ),
)
def test_asking_never_fails(kind: str, members: dict[str, Any]) -> None:
    told({"resourceType": kind, **members})
