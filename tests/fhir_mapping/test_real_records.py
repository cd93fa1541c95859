"""Real records: what is used of each, what is ignored and said, and nothing about a cancer missed in silence."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.evidence import Span
from service.fhir_mapping.inbound import Intake
from service.problems import Rejected
from tests.support.records import SNOMED, VERTEBRA, bare, concept, lesion_names, metastasis, possible, remarks, take
from tests.support.stored import RECORDS, record, title

PATIENT_02 = "mcode-trial-matching/TrialMatching_Patient02"
JENNY = "mcode-ig-stu4-examples/Bundle-mcode-patient-bundle-jenny-m"
COLON = "synthea-r4-cancer/Darin_Skiles_31c343e9-5d7f-444e-9be4-56b1a6ec6146"
TO_COLON = "synthea-r4-cancer/Cleo_Friesen_59907280-53b1-4677-92b9-83c1332a08b3"


def beside_a_metastasis(name: str, **options: Any) -> Intake:
    """A single example, about a patient with a metastasis at T6."""
    resource = record(name)
    subject = resource.get("subject", resource.get("patient"))
    return take(bare(metastasis() | {"subject": subject}, resource), **options)


def short(intake: Intake) -> dict[str, set[str]]:
    """The ledger by the ends of the names, which are long."""
    return {name.rsplit("/", 1)[-1].removeprefix("urn:uuid:"): codes for name, codes in remarks(intake).items()}


def test_patient_02_of_trial_matching_has_a_bone_metastasis_that_is_not_proven_to_be_spinal() -> None:
    intake = take(record(PATIENT_02))
    assert lesion_names(intake) == []
    assert intake.bone_elsewhere
    assert possible(intake, "primary-tumour") == {"breast"}
    assert possible(intake, "ecog") == {1}
    found = short(intake)
    assert found["mCODETrialMatchingSecondaryCancerConditionPatientExample02"] == {"not-in-the-spine"}
    lumbar = "mCODETrialMatchingCancerRelatedRadiationProcedure04PatientEx02"
    assert found[lumbar] == {"unassigned"}
    elsewhere = [codes for name, codes in found.items() if "RadiationProcedure" in name and name != lumbar]
    assert elsewhere == [{"not-in-the-spine"}] * 3
    assert all(codes == {"not-read"} for name, codes in found.items() if "Variant" in name)
    assert found["mCODETrialMatchingTumorMarker04PatientExample02"] == {"not-read"}
    receptors = ("oestrogen-receptor", "progesterone-receptor", "her2")
    assert [possible(intake, finding) for finding in receptors] == [{True}, {True}, {False}]
    assert "MedicationStatement" not in found, "each drug is one of its own"
    assert possible(intake, "previous-chemotherapy") == possible(intake, "previous-systemic-therapy") == {True}


def test_patient_02_with_a_vertebra_is_a_case_whose_lumbar_radiotherapy_may_have_met_the_level() -> None:
    made = record(PATIENT_02)
    for entry in made["entry"]:
        if "SecondaryCancer" in entry["resource"]["id"]:
            entry["resource"]["bodySite"] = [concept(("53983007", SNOMED))]
    intake = take(made)
    assert lesion_names(intake) == ["L2"]
    assert possible(intake, "prior-radiotherapy-at-level", "L2") == {True, False}
    assert possible(intake, "primary-tumour") == {"breast"}
    name = "urn:uuid:mCODETrialMatchingECOGPerformanceStatusPatientExample02"
    assert remarks(intake)[name] == {"stale"}


def test_jenny_m_has_no_tumour_of_the_spine_and_her_breast_cancer_remains_a_primary() -> None:
    intake = take(record(JENNY))
    assert lesion_names(intake) == []
    assert not intake.bone_elsewhere
    assert possible(intake, "primary-tumour") == {"breast"}
    assert possible(intake, "ecog") == {0}
    found = short(intake)
    assert found["primary-cancer-condition-jenny-m"] == {"not-active"}
    receptors = ("oestrogen-receptor", "progesterone-receptor", "her2", "smoking")
    assert [possible(intake, finding) for finding in receptors] == [{True}, {False}, {False}, {True}]
    assert found["radiotherapy-treatment-summary-chest-wall-jenny-m"] == {"not-in-the-spine"}
    assert found["tnm-clinical-distant-metastases-category-jenny-m"] == {"not-read"}
    assert possible(intake, "previous-chemotherapy") == possible(intake, "previous-systemic-therapy") == {True}
    relatives = {name: codes for name, codes in found.items() if "family-member" in name}
    assert len(relatives) == 2, "an aunt and an uncle"
    assert all(codes == {"not-read"} for codes in relatives.values())


def test_jenny_m_with_a_metastasis_is_a_case() -> None:
    made = record(JENNY)
    subject = {"reference": "Patient/cancer-patient-jenny-m"}
    made["entry"].append({"resource": metastasis("T6") | {"subject": subject, "bodySite": concept(("T6", VERTEBRA))}})
    intake = take(made)
    assert (lesion_names(intake), intake.case.age) == (["T6"], 61)
    assert intake.case.conditions == ("Condition/primary-cancer-condition-jenny-m",)


def test_a_whole_synthea_record_gives_its_primary_and_its_last_laboratory_values() -> None:
    intake = take(record(COLON), "2021-12-31")
    assert possible(intake, "primary-tumour") == {"colon"}
    for finding in ("leucocytes", "haemoglobin", "platelets"):
        (span,) = possible(intake, finding)
        assert isinstance(span, Span)
        assert span.is_point
    assert {"not-active"} in remarks(intake).values()


def test_a_metastasis_without_a_primary_is_named_in_the_ledger() -> None:
    """Synthea codes 94260004, a secondary neoplasm of the colon, where it means the primary."""
    intake = take(record(TO_COLON), "2021-12-31")
    (entry,) = [
        e["fullUrl"]
        for e in record(TO_COLON)["entry"]
        if e["resource"]["resourceType"] == "Condition" and "94260004" in str(e["resource"]["code"])
    ]
    assert entry in remarks(intake) or entry in intake.inputs


def test_what_the_record_names_as_metastasis_is_never_declared_absent() -> None:
    made = record(TO_COLON)
    subject = next(e["fullUrl"] for e in made["entry"] if e["resource"]["resourceType"] == "Patient")
    made["entry"].append({"resource": metastasis("T6") | {"subject": {"reference": subject}}})
    intake = take(made, "2026-10-02", assume_complete=True)
    assert possible(intake, "visceral-metastases") != {"none"}


@pytest.mark.parametrize(
    ("name", "finding", "values"),
    [
        ("mcode-ig-stu4-examples/Condition-primary-cancer-condition-nsclc", "primary-tumour", {"lung-nsclc"}),
        ("mcode-ig-stu4-examples/Condition-secondary-cancer-condition-brain-mets", "brain-metastases", {True}),
        ("mcode-ig-stu4-examples/Observation-ecog-performance-status-fully-active", "ecog", {0}),
        ("mcode-ig-stu4-examples/Observation-karnofsky-performance-status-normal-activity", "karnofsky", {90}),
        (
            "mcode-ig-stu4-examples/MedicationRequest-cancer-related-medication-request-cisplatin-stopped",
            "previous-chemotherapy",
            {True},
        ),
        (
            "mcode-ig-stu4-examples/MedicationAdministration-cancer-related-medication-admin-paclitaxel-jenny-m",
            "previous-chemotherapy",
            {True},
        ),
        (
            "mcode-ig-stu4-examples/MedicationRequest-cancer-related-medication-request-gefitinib",
            "previous-systemic-therapy",
            {True},
        ),
        (
            "mcode-ig-stu1-examples/MedicationStatement-mCODECancerRelatedMedicationStatementExample02",
            "previous-systemic-therapy",
            {True},
        ),
        ("mcode-ig-stu1-examples/Condition-mCODEPrimaryCancerConditionExample01", "primary-tumour", {"lung-nsclc"}),
        ("mcode-ig-stu1-examples/Condition-mCODESecondaryCancerConditionExample01", "brain-metastases", {True}),
        ("mcode-ig-stu1-examples/Observation-mCODEECOGPerformanceStatusExample01", "ecog", {0}),
        ("mcode-ig-stu1-examples/Observation-mCODEKarnofskyPerformanceStatusExample01", "karnofsky", {90}),
    ],
)
def test_an_example_of_mcode_is_used(name: str, finding: str, values: set[Any]) -> None:
    intake = beside_a_metastasis(name)
    assert possible(intake, finding) == values
    assert len(intake.inputs) == 2


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("mcode-ig-stu4-examples/Observation-history-of-cancer-metastatic-to-liver", "not-read"),
        ("mcode-ig-stu4-examples/Observation-no-history-of-metastatic-cancer", "not-read"),
        ("mcode-ig-stu4-examples/Observation-lansky-play-performance-status-twenty", "not-read"),
        ("mcode-ig-stu4-examples/Procedure-radiotherapy-treatment-summary-other-with-text", "not-in-the-spine"),
        (
            "mcode-ig-stu4-examples/MedicationAdministration-cancer-related-medication-admin-prednisone-brian-l",
            "not-read",
        ),
        ("mcode-ig-stu4-examples/Observation-cancer-related-comorbidities-john-anyperson", "not-read"),
        ("mcode-ig-stu4-examples/Observation-tnm-clinical-distant-metastases-category-cM0", "not-read"),
        ("mcode-ig-stu4-examples/FamilyMemberHistory-family-member-history-sister-jenny-m", "not-read"),
        ("mcode-ig-stu1-examples/Observation-mCODETNMClinicalDistantMetastasesCategoryExample01", "not-read"),
    ],
)
def test_an_example_of_mcode_that_says_nothing_usable_is_in_the_ledger(name: str, code: str) -> None:
    intake = beside_a_metastasis(name)
    assert list(intake.inputs) == ["Observation/metastasis-T6"]
    assert list(remarks(intake).values()) == [{code}]


@pytest.mark.parametrize(
    "name",
    [
        "mcode-ig-stu4-examples/Condition-primary-cancer-condition-brian-l",
        "mcode-ig-stu4-examples/Condition-primary-cancer-condition-cll",
        "mcode-ig-stu1-examples/Procedure-mCODECancerRelatedRadiationProcedureExample01",
    ],
)
def test_an_example_of_a_cancer_or_its_treatment_is_used_or_in_the_ledger(name: str) -> None:
    """Two leukaemias and a brachytherapy, whose codes are not in the maps."""
    intake = beside_a_metastasis(name)
    assert len(intake.inputs) == 2 or remarks(intake)


USED_OR_SAID = {
    "mcode-extraction-framework/csv-condition-bundle": {"urn:uuid:conditionId-1": None},
    "mcode-trial-matching/query": {"urn:uuid:conditionId-1": None, "urn:uuid:conditionId-2": "not-in-the-spine"},
}


@pytest.mark.parametrize("name", USED_OR_SAID)
def test_what_matters_in_a_fixture_is_used_or_said(name: str) -> None:
    intake = take(record(name))
    for resource, code in USED_OR_SAID[name].items():
        if code is None:
            assert resource in intake.inputs
        else:
            assert code in remarks(intake)[resource]


@pytest.mark.parametrize("name", ["csv-staging-bundle"])
def test_stages_are_known_and_not_read(name: str) -> None:
    made = record(f"mcode-extraction-framework/{name}")
    found = remarks(take(made))
    assert len(found) == len(made["entry"])
    assert all(codes == {"not-read"} for codes in found.values())


WITHOUT_FINDINGS = [
    "csv-adverse-event-bundle",
    "csv-appointment-bundle",
    "csv-clinical-trial-information-bundle",
    "csv-ctc-adverse-event-bundle",
    "csv-encounter-bundle",
    "csv-medication-administration-bundle",
    "csv-medication-request-bundle",
    "csv-observation-bundle",
    "csv-patient-bundle",
    "csv-treatment-plan-change-bundle",
    "emptyBundle",
    "extended-patient-bundle",
    "masked-patient-bundle",
    "patient-bundle",
    "searchsetBundleWithOneEntry",
]


def test_a_searchset_in_which_the_server_reports_an_error_is_said_to_be_incomplete() -> None:
    intake = take(record("mcode-extraction-framework/operation-outcome-bundle"))
    assert [remark.code for remark in intake.ledger] == ["incomplete"]


@pytest.mark.parametrize("name", WITHOUT_FINDINGS)
def test_a_fixture_without_findings_is_a_record_without_remarks(name: str) -> None:
    intake = take(record(f"mcode-extraction-framework/{name}"))
    assert (lesion_names(intake), set(intake.inputs.values()) - {"Patient"}, intake.ledger) == ([], set(), ())


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("mcode-extraction-framework/condition-bundle", 415),
        ("mcode-extraction-framework/searchsetBundleWithMultipleEntries", 415),
        ("mcode-extraction-framework/count-bundle-5-nested", 422),
        ("mcode-extraction-framework/count-bundle-5-same", 422),
        ("mcode-extraction-framework/count-bundle-5-unique", 422),
        ("mcode-extraction-framework/test-bundle", 400),
        ("fhir-test-cases-r4/bundle-with-no-type", 422),
        ("fhir-test-cases-r4/r4-caredove-bundle", 422),
        ("fhir-test-cases-r4/operationoutcome-example", 400),
        ("wrong-version/Jerde_Anthony_41", 415),
        ("wrong-version/Mueller_Cesar_55", 415),
        ("wrong-version/Rau_Bob_66", 415),
    ],
)
def test_a_broken_record_or_one_of_another_version_is_refused(name: str, status: int) -> None:
    with pytest.raises(Rejected) as refused:
        take(record(name))
    assert refused.value.status == status


@pytest.mark.parametrize("path", sorted(Path(RECORDS).rglob("*.json")), ids=title)
def test_every_stored_record_is_read_or_refused(path: Path) -> None:
    with suppress(Rejected):
        take(orjson.loads(path.read_bytes()))
