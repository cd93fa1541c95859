"""Conditions: which primary, which metastasis, where; and what each status means."""

from __future__ import annotations

from typing import Any

import pytest

from service.findings import visceral
from tests.support.records import (
    ICD_10_CM,
    ICD_O_3,
    SNOMED,
    bundle,
    concept,
    condition,
    lesion_names,
    metastasis,
    possible,
    remarks,
    said,
    take,
)

HISTOLOGY = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"


def of(what: str, system: str = ICD_10_CM, **more: Any) -> Any:
    return take(bundle(metastasis(), condition(what, system, name="c", **more)))


@pytest.mark.parametrize(
    ("code", "system", "tumours"),
    [
        ("C34.90", ICD_10_CM, {"lung-nsclc", "lung-sclc"}),
        ("C50.911", ICD_10_CM, {"breast"}),
        ("C61", ICD_10_CM, {"prostate"}),
        ("C64.9", ICD_10_CM, {"kidney"}),
        ("C73", ICD_10_CM, {"thyroid"}),
        ("C22.0", ICD_10_CM, {"liver"}),
        ("C23", ICD_10_CM, {"gallbladder-biliary"}),
        ("C16.9", ICD_10_CM, {"stomach"}),
        ("C15.5", ICD_10_CM, {"oesophagus"}),
        ("C25.0", ICD_10_CM, {"pancreas"}),
        ("C18.7", ICD_10_CM, {"colon"}),
        ("C20", ICD_10_CM, {"rectum"}),
        ("C67.9", ICD_10_CM, {"bladder"}),
        ("C54.1", ICD_10_CM, {"uterus"}),
        ("C53.9", ICD_10_CM, {"cervix"}),
        ("C56.9", ICD_10_CM, {"ovary"}),
        ("C43.9", ICD_10_CM, {"melanoma"}),
        ("C45.0", ICD_10_CM, {"mesothelioma"}),
        ("C90.0", ICD_10_CM, {"myeloma"}),
        ("C90.00", ICD_10_CM, {"myeloma"}),
        ("C90.30", ICD_10_CM, {"plasmacytoma"}),
        ("C83.30", ICD_10_CM, {"lymphoma"}),
        ("C91.10", ICD_10_CM, {"leukaemia"}),
        ("C7A.00", ICD_10_CM, {"neuroendocrine"}),
        ("254637007", SNOMED, {"lung-nsclc"}),
        ("254632001", SNOMED, {"lung-sclc"}),
        ("363358000", SNOMED, {"lung-nsclc", "lung-sclc"}),
        ("254837009", SNOMED, {"breast"}),
        ("408643008", SNOMED, {"breast"}),
        ("399068003", SNOMED, {"prostate"}),
        ("702391001", SNOMED, {"kidney"}),
        ("109841003", SNOMED, {"liver"}),
        ("93761005", SNOMED, {"colon"}),
        ("109989006", SNOMED, {"myeloma"}),
        ("1259804001", SNOMED, {"chordoma"}),
        ("9180/3", ICD_O_3, {"osteosarcoma"}),
        ("9220/3", ICD_O_3, {"chondrosarcoma"}),
        ("9260/3", ICD_O_3, {"ewing-sarcoma"}),
        ("9370/3", ICD_O_3, {"chordoma"}),
        ("9250/1", ICD_O_3, {"giant-cell-tumour-of-bone"}),
        ("9540/3", ICD_O_3, {"mpnst"}),
        ("9560/0", ICD_O_3, {"schwannoma"}),
        ("C80.1", ICD_10_CM, {"unknown-primary"}),
    ],
)
def test_a_diagnosis_names_its_primary(code: str, system: str, tumours: set[str]) -> None:
    assert possible(of(code, system), "primary-tumour") == tumours


@pytest.mark.parametrize(
    ("code", "system", "finding", "value"),
    [
        ("C79.31", ICD_10_CM, "brain-metastases", {True}),
        ("94225005", SNOMED, "brain-metastases", {True}),
        ("94217008", SNOMED, "bone-marrow-carcinomatosis", {True}),
        ("C79.52", ICD_10_CM, "bone-marrow-carcinomatosis", {True}),
    ],
)
def test_a_metastasis_elsewhere_is_a_finding_of_the_patient(
    code: str, system: str, finding: str, value: set[Any]
) -> None:
    assert possible(of(code, system), finding) == value


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("C78.7", ICD_10_CM),
        ("94381002", SNOMED),
        ("C78.00", ICD_10_CM),
        ("94391008", SNOMED),
        ("C78.2", ICD_10_CM),
        ("C79.70", ICD_10_CM),
    ],
)
def test_an_organ_metastasis_is_present_and_never_none(code: str, system: str) -> None:
    intake = of(code, system)
    assert said(intake, "visceral-metastases")
    assert "none" not in possible(intake, "visceral-metastases")


def test_a_pleural_metastasis_is_disseminated_for_katagiri() -> None:
    found = possible(of("C78.2"), "visceral-metastases")
    assert all("disseminated" in str(value) for value in found)


@pytest.mark.parametrize(
    ("code", "system"),
    [("94602001", SNOMED), ("94274006", SNOMED), ("94389000", SNOMED), ("94250008", SNOMED), ("866087009", SNOMED)],
)
def test_a_vertebral_metastasis_is_a_lesion_by_its_code(code: str, system: str) -> None:
    intake = take(bundle(condition(code, system)))
    (lesion,) = intake.case.lesions
    assert intake.case.possible("tumour-origin", lesion) == {"metastatic"}
    assert not lesion.levels


@pytest.mark.parametrize(
    ("code", "system"), [("C79.51", ICD_10_CM), ("94222008", SNOMED), ("C7951", ICD_10_CM), ("C7B.03", ICD_10_CM)]
)
def test_a_bone_metastasis_is_a_lesion_only_with_a_vertebra(code: str, system: str) -> None:
    with_site = take(bundle(condition(code, system, at="L3", name="c")))
    assert lesion_names(with_site) == ["L3"]
    assert with_site.case.lesions[0].conditions == ("Condition/c",)
    without = take(bundle(condition(code, system, name="c")))
    assert lesion_names(without) == []
    assert without.bone_elsewhere
    assert remarks(without) == {"Condition/c": {"not-in-the-spine"}}


def test_a_primary_tumour_in_a_vertebra_is_a_lesion_that_is_no_metastasis() -> None:
    intake = take(bundle(condition("9220/3", ICD_O_3, at="L2")))
    (lesion,) = intake.case.lesions
    assert intake.case.possible("tumour-origin", lesion) == {"primary"}


def test_a_prostate_cancer_metastatic_to_bone_says_both() -> None:
    intake = take(bundle(condition("712849003", SNOMED, at="L2")))
    assert possible(intake, "primary-tumour") == {"prostate"}
    assert lesion_names(intake) == ["L2"]


def test_the_primary_of_synthea_says_metastasis_without_a_site() -> None:
    intake = take(bundle(condition("314994000", SNOMED, name="c")))
    assert possible(intake, "primary-tumour") == {"prostate"}
    assert lesion_names(intake) == []


@pytest.mark.parametrize(
    ("site", "histology", "tumours"),
    [
        (("C34.9", ICD_10_CM), "8140/3", {"lung-nsclc"}),
        (("C34.9", ICD_10_CM), "8041/3", {"lung-sclc"}),
        (("C34.9", ICD_10_CM), "8070/3", {"lung-nsclc"}),
        (("C34.9", ICD_10_CM), "80463/3", {"lung-nsclc"}),
        (("C34.9", ICD_10_CM), "80463/6", {"lung-nsclc", "lung-sclc"}),
        (("C50.9", ICD_10_CM), "8140/3", {"breast"}),
    ],
)
def test_a_histology_narrows_the_site_in_the_extension_and_beside_the_code(
    site: tuple[str, str], histology: str, tumours: set[str]
) -> None:
    extension = {"url": HISTOLOGY, "valueCodeableConcept": concept((histology, ICD_O_3))}
    assert possible(of(*site, extension=[extension]), "primary-tumour") == tumours
    assert possible(of(*site, code=concept(site, (histology, ICD_O_3))), "primary-tumour") == tumours


def test_a_histology_that_does_not_go_with_the_site_is_in_the_ledger() -> None:
    extension = {"url": HISTOLOGY, "valueCodeableConcept": concept(("9180/3", ICD_O_3))}
    intake = of("C64.9", extension=[extension])
    assert possible(intake, "primary-tumour") == {"kidney"}
    assert remarks(intake) == {"Condition/c": {"not-read"}}


def test_two_codes_for_one_diagnosis_narrow_each_other() -> None:
    both = of("x", code=concept(("C34.9", ICD_10_CM), ("254637007", SNOMED)))
    assert possible(both, "primary-tumour") == {"lung-nsclc"}


def test_two_codes_that_disagree_are_a_conflict() -> None:
    intake = of("x", code=concept(("C61", ICD_10_CM), ("C50.9", ICD_10_CM)))
    assert possible(intake, "primary-tumour") == {"prostate", "breast"}
    assert remarks(intake) == {"Condition/c": {"conflict"}}


def test_two_primaries_leave_each_possible_and_say_so() -> None:
    intake = take(bundle(metastasis(), condition("C64.9", name="a"), condition("C50.9", name="b")))
    assert possible(intake, "primary-tumour") == {"kidney", "breast"}
    assert remarks(intake) == {"Condition/a": {"conflict"}, "Condition/b": {"conflict"}}


def test_an_unknown_primary_says_nothing_once_a_primary_is_named() -> None:
    intake = take(bundle(metastasis(), condition("C80.1", name="a"), condition("C50.9", name="b")))
    assert possible(intake, "primary-tumour") == {"breast"}
    assert remarks(intake) == {"Condition/a": {"superseded"}}


ICD_10_GM = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("C26.9", ICD_10_CM),
        ("C39.9", ICD_10_GM),
        ("C76.1", ICD_10_CM),
        ("C97", ICD_10_GM),
        ("363346000", SNOMED),
        ("C76.0", ICD_O_3),
        ("8000/3", ICD_O_3),
        ("8140/3", ICD_O_3),
    ],
)
def test_a_cancer_without_a_site_is_a_cancer_and_no_primary_tumour(code: str, system: str) -> None:
    intake = take(bundle(condition(code, system, name="c")))
    assert intake.case.has_cancer
    assert intake.case.conditions == ("Condition/c",)
    assert not said(intake, "primary-tumour")
    assert remarks(intake) == {"Condition/c": {"not-read"}}
    complete = take(bundle(metastasis(), condition(code, system, name="c")), assume_complete=True)
    for finding in ("visceral-metastases", "brain-metastases", "extraspinal-bone-metastasis-count"):
        assert not said(complete, finding), "a cancer of which so little is said has perhaps spread"


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("8000/0", {}),
        ("8140/2", {}),
        ("8000/1", {}),
        ("Z80.3", {"system": ICD_10_CM}),
        ("C76.1", {"system": ICD_10_CM, "verification": "refuted"}),
        ("C76.1", {"system": ICD_10_CM, "verification": "unconfirmed"}),
        ("G83.4", {"system": ICD_10_CM}),
    ],
)
def test_what_is_no_cancer_makes_none(code: str, more: dict[str, Any]) -> None:
    assert not take(bundle(condition(code, **{"system": ICD_O_3, **more}))).case.has_cancer


@pytest.mark.parametrize("code", ["C78.7", "C79.9", "C77.9", "C79.31"])
def test_a_metastasis_anywhere_is_a_cancer(code: str) -> None:
    intake = take(bundle(condition(code, name="c")))
    assert intake.case.has_cancer
    assert intake.case.conditions == ("Condition/c",)
    assert not intake.case.lesions


def test_a_cancer_by_a_code_of_its_chapter_that_is_not_known_is_a_cancer_all_the_same() -> None:
    unknown = condition("C9Z.9", name="c")
    unknown["code"]["text"] = "Malignant neoplasm, not classified here"
    intake = take(bundle(unknown))
    assert intake.case.has_cancer
    assert remarks(intake) == {"Condition/c": {"not-understood"}}
    benign = condition("x", "urn:local", name="c")
    benign["code"]["text"] = "Tumour of the skin"
    assert not take(bundle(benign)).case.has_cancer


@pytest.mark.parametrize("system", [ICD_10_GM, "http://hl7.org/fhir/sid/icd-10"])
def test_brain_or_meninges_by_a_code_that_does_not_tell_them_apart_leaves_both_open(system: str) -> None:
    record = bundle(metastasis(), condition("C79.3", system, name="c"))
    for intake in (take(record), take(record, assume_complete=True)):
        assert said(intake, "brain-metastases")
        assert possible(intake, "brain-metastases") == {True, False}
        assert {"none", "meningeal-only"} < possible(intake, "visceral-metastases")
    assert remarks(take(record)) == {}
    assert possible(take(bundle(condition("C79.31"))), "brain-metastases") == {True}


@pytest.mark.parametrize(
    ("code", "system", "findings"),
    [
        ("Z92.6", "http://hl7.org/fhir/sid/icd-10", {"previous-chemotherapy", "previous-systemic-therapy"}),
        ("Z92.6", ICD_10_GM, {"previous-chemotherapy", "previous-systemic-therapy"}),
        ("Z51.1", ICD_10_GM, {"previous-chemotherapy", "previous-systemic-therapy"}),
        ("Z79.810", ICD_10_CM, {"previous-systemic-therapy"}),
    ],
)
def test_a_code_for_a_treatment_of_the_past_is_that_treatment(code: str, system: str, findings: set[str]) -> None:
    intake = of(code, system)
    for finding in ("previous-chemotherapy", "previous-systemic-therapy"):
        assert said(intake, finding) is (finding in findings)


@pytest.mark.parametrize(
    ("code", "system", "finding"),
    [
        ("Z51.82", ICD_10_GM, "prior-radiotherapy-at-level"),
        ("Z98.1", ICD_10_CM, "prior-surgery-at-level"),
    ],
)
def test_a_code_for_a_treatment_without_a_site_leaves_open_whether_it_was_at_the_level(
    code: str, system: str, finding: str
) -> None:
    intake = of(code, system)
    assert said(intake, finding, "T6")
    assert possible(intake, finding, "T6") == {True, False}


@pytest.mark.parametrize("code", ["Z79.899", "Z79.83"])
def test_a_drug_that_is_taken_for_long_is_no_tumour(code: str) -> None:
    intake = take(bundle(metastasis(), condition(code, name="c")), assume_complete=True)
    assert remarks(intake)["Condition/c"] == {"not-read"}
    assert possible(intake, "brain-metastases") == {False}


@pytest.mark.parametrize("code", ["J91.0", "R18.0"])
def test_a_malignant_effusion_is_spread_to_the_pleura_or_the_peritoneum(code: str) -> None:
    assert possible(of(code), "visceral-metastases") == visceral("disseminated")


def test_a_histology_that_tells_no_more_than_the_site_is_not_said_to_contradict_it() -> None:
    extension = {"url": HISTOLOGY, "valueCodeableConcept": concept(("8140/3", ICD_O_3))}
    (remark,) = (each for each in of("C50.9", extension=[extension]).ledger if each.resource == "Condition/c")
    assert "tells nothing more" in remark.text


def test_a_histology_of_the_metastasis_is_that_of_the_primary_tumour() -> None:
    extension = {"url": HISTOLOGY, "valueCodeableConcept": concept(("8041/6", ICD_O_3))}
    spread = condition("C79.51", at="T6", name="m", extension=[extension])
    intake = take(bundle(spread, condition("C34.9", name="c")))
    assert possible(intake, "primary-tumour") == {"lung-sclc"}
    assert "not-read" in remarks(take(bundle(spread)))["Condition/m"]
