"""Drugs: what was given is earlier treatment; what was planned or refused is not, and some perhaps was."""

from __future__ import annotations

from typing import Any

import pytest

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.problems import Rejected
from tests.support.records import (
    ATC,
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    drug,
    metastasis,
    observation,
    patient,
    possible,
    remarks,
    said,
    take,
)

PACLITAXEL, ANASTROZOLE, DENOSUMAB, DEXAMETHASONE = "56946", "84857", "993449", "3264"
KINDS = ["MedicationAdministration", "MedicationDispense", "MedicationRequest", "MedicationStatement"]
CHEMOTHERAPY, SYSTEMIC = "previous-chemotherapy", "previous-systemic-therapy"
YES, PERHAPS = {True}, {True, False}


def medication(code: Resource | None, name: str = "m", **more: Any) -> Resource:
    found: Resource = {"resourceType": "Medication", "id": name}
    return found | ({"code": code} if code else {}) | more


@pytest.mark.parametrize("kind", KINDS)
def test_chemotherapy_that_was_given_is_earlier_treatment(kind: str) -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, kind=kind, name="d")))
    assert possible(intake, CHEMOTHERAPY) == possible(intake, SYSTEMIC) == YES
    assert remarks(intake) == {}
    assert intake.inputs[f"{kind}/d"] == kind


@pytest.mark.parametrize(
    ("code", "system", "chemotherapy"),
    [
        (PACLITAXEL, "urn:oid:2.16.840.1.113883.6.88", True),
        ("L01CD01", ATC, True),
        ("L01CD01", "http://fhir.de/CodeSystem/bfarm/atc", True),
        (ANASTROZOLE, "http://www.nlm.nih.gov/research/umls/rxnorm", False),
        ("L02BB03", ATC, False),
    ],
)
def test_a_hormone_is_systemic_treatment_and_no_chemotherapy(code: str, system: str, chemotherapy: bool) -> None:
    intake = take(bundle(metastasis(), drug(code, system)))
    assert possible(intake, SYSTEMIC) == YES
    assert said(intake, CHEMOTHERAPY) is chemotherapy


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("MedicationAdministration", "not-done"),
        ("MedicationAdministration", "entered-in-error"),
        ("MedicationDispense", "cancelled"),
        ("MedicationDispense", "preparation"),
        ("MedicationRequest", "draft"),
        ("MedicationRequest", "cancelled"),
        ("MedicationRequest", "entered-in-error"),
        ("MedicationStatement", "intended"),
        ("MedicationStatement", "not-taken"),
        ("MedicationStatement", "entered-in-error"),
    ],
)
def test_what_was_not_given_is_no_treatment(kind: str, status: str) -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, kind=kind, name="d", status=status)))
    assert not said(intake, CHEMOTHERAPY)
    assert remarks(intake) == {f"{kind}/d": {"status"}}
    assert possible(
        take(bundle(metastasis(), drug(PACLITAXEL, kind=kind, status=status)), assume_complete=True), CHEMOTHERAPY
    ) == {False}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", ["unknown", None])
def test_a_status_that_says_nothing_proves_no_treatment_and_denies_none(kind: str, status: str | None) -> None:
    given = drug(PACLITAXEL, kind=kind, name="d", status=status)
    if status is None:
        del given["status"]
    intake = take(bundle(metastasis(), given), assume_complete=True)
    assert possible(intake, CHEMOTHERAPY) == PERHAPS
    assert remarks(intake)[f"{kind}/d"] == {"status"}


@pytest.mark.parametrize(
    ("kind", "status", "values"),
    [
        ("MedicationAdministration", "stopped", YES),
        ("MedicationAdministration", "in-progress", YES),
        ("MedicationAdministration", "on-hold", YES),
        ("MedicationRequest", "stopped", YES),
        ("MedicationRequest", "completed", YES),
        ("MedicationRequest", "on-hold", PERHAPS),
        ("MedicationStatement", "active", YES),
        ("MedicationStatement", "stopped", YES),
        ("MedicationStatement", "on-hold", PERHAPS),
    ],
)
def test_what_was_stopped_had_begun_and_what_is_on_hold_perhaps_had(kind: str, status: str, values: set[bool]) -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, kind=kind, status=status)), assume_complete=True)
    assert possible(intake, CHEMOTHERAPY) == values


@pytest.mark.parametrize("intent", ["proposal", "plan", "option"])
def test_a_plan_is_no_order(intent: str) -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, name="d", intent=intent)))
    assert (said(intake, CHEMOTHERAPY), remarks(intake)) == (False, {"MedicationRequest/d": {"status"}})


def test_an_order_without_intent_is_perhaps_one() -> None:
    order = drug(PACLITAXEL, name="d")
    del order["intent"]
    intake = take(bundle(metastasis(), order))
    assert (possible(intake, CHEMOTHERAPY), remarks(intake)) == (PERHAPS, {"MedicationRequest/d": {"unconfirmed"}})
    assert said(intake, CHEMOTHERAPY)


def test_an_order_not_to_give_a_drug_is_none() -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, name="d", doNotPerform=True)))
    assert (said(intake, CHEMOTHERAPY), remarks(intake)) == (False, {"MedicationRequest/d": {"status"}})


@pytest.mark.parametrize(
    ("kind", "element"),
    [
        ("MedicationRequest", {"authoredOn": "2026-11-01"}),
        ("MedicationAdministration", {"effectiveDateTime": "2026-11-01"}),
        ("MedicationAdministration", {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-11-01"}}),
        ("MedicationDispense", {"whenHandedOver": "2026-11-01"}),
        (
            "MedicationRequest",
            {"dosageInstruction": [{"timing": {"repeat": {"boundsPeriod": {"start": "2026-11-01"}}}}]},
        ),
        ("MedicationRequest", {"dosageInstruction": [{"timing": {"event": ["2026-11-08", "2026-11-01"]}}]}),
        ("MedicationRequest", {"dispenseRequest": {"validityPeriod": {"start": "2026-11-01"}}}),
    ],
)
def test_what_comes_after_the_assessment_is_left_out(kind: str, element: dict[str, Any]) -> None:
    given = {name: value for name, value in (drug(PACLITAXEL, kind=kind, name="d") | element).items() if value}
    intake = take(bundle(metastasis(), given))
    assert (said(intake, CHEMOTHERAPY), remarks(intake)) == (False, {f"{kind}/d": {"after-as-of"}})


def test_an_order_of_which_one_dose_may_be_due_counts() -> None:
    later = {"timing": {"repeat": {"boundsPeriod": {"start": "2026-11-01"}}}}
    intake = take(bundle(metastasis(), drug(PACLITAXEL, dosageInstruction=[later, {"text": "now"}])))
    assert possible(intake, CHEMOTHERAPY) == YES


def test_an_order_whose_first_dose_was_given_counts() -> None:
    events = [{"timing": {"event": ["2026-11-08", "2026-09-01"]}}]
    intake = take(bundle(metastasis(), drug(PACLITAXEL, dosageInstruction=events)))
    assert possible(intake, CHEMOTHERAPY) == YES


ARTHRITIS = concept(("69896004", SNOMED), text="Rheumatoid arthritis")


@pytest.mark.parametrize(
    ("reasons", "values"),
    [
        ([ARTHRITIS], PERHAPS),
        ([concept(("363346000", SNOMED), text="Malignant neoplastic disease")], YES),
        ([concept(("C50.9", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"))], YES),
        ([ARTHRITIS, {"text": "Breast cancer"}], YES),
        ([concept(("b", "http://terminology.hl7.org/CodeSystem/reason-medication-given"))], YES),
        ([{"text": "Palliative chemotherapy"}], YES),
        ([concept(("Z80.3", "http://hl7.org/fhir/sid/icd-10-cm"))], PERHAPS),
        ([concept(("Z12.31", "http://hl7.org/fhir/sid/icd-10-cm"))], PERHAPS),
        ([{"text": "Prevention of breast cancer"}], PERHAPS),
        ([concept(("Z85.3", "http://hl7.org/fhir/sid/icd-10-cm"))], YES),
        ([], YES),
    ],
)
def test_a_drug_for_another_illness_was_perhaps_no_treatment_of_the_tumour(
    reasons: list[Resource], values: set[bool]
) -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, name="d", reasonCode=reasons)))
    assert possible(intake, CHEMOTHERAPY) == values
    assert remarks(intake) == ({} if values == YES else {"MedicationRequest/d": {"unconfirmed"}})


def test_the_reason_may_be_a_condition_of_the_record() -> None:
    reason = {"reasonReference": [{"reference": "Condition/c"}]}
    for code, values in (("M06.9", PERHAPS), ("C50.9", YES)):
        intake = take(bundle(metastasis(), condition(code, name="c"), drug(PACLITAXEL, **reason)))
        assert possible(intake, CHEMOTHERAPY) == values


def test_a_certain_treatment_beside_one_that_is_perhaps_one_is_certain() -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL), drug("11202", reasonCode=[ARTHRITIS])))
    assert possible(intake, CHEMOTHERAPY) == YES


@pytest.mark.parametrize(
    "holder",
    [
        {"medicationReference": {"reference": "Medication/m"}},
        {"medicationReference": {"reference": "https://example.org/fhir/Medication/m"}},
        {
            "medicationReference": {"reference": "#i"},
            "contained": [medication(concept((PACLITAXEL, "http://www.nlm.nih.gov/research/umls/rxnorm")), "i")],
        },
        {
            "medicationReference": {"reference": "#i"},
            "contained": [
                medication(
                    None,
                    "i",
                    ingredient=[
                        {"itemCodeableConcept": concept((PACLITAXEL, "http://www.nlm.nih.gov/research/umls/rxnorm"))}
                    ],
                )
            ],
        },
    ],
)
def test_a_drug_may_be_named_by_its_medication(holder: Resource) -> None:
    named = medication(concept((PACLITAXEL, "http://www.nlm.nih.gov/research/umls/rxnorm")))
    intake = take(bundle(metastasis(), named, drug(None, name="d", **holder)))
    assert possible(intake, CHEMOTHERAPY) == YES
    assert "MedicationRequest/d" in intake.inputs


def test_another_drug_is_somebody_elses_business_however_it_is_named() -> None:
    metformin = medication({"text": "Metformin 500 mg"})
    for given in (
        drug(None, medicationReference={"reference": "Medication/m"}),
        drug(None, medicationReference={"reference": "Medication/not-here", "display": "Metformin"}),
        drug(None, medicationCodeableConcept={"text": "Lisinopril"}, status=17),
        drug("A10BA02", ATC),
    ):
        intake = take(bundle(metastasis(), metformin, given), assume_complete=True)
        assert possible(intake, CHEMOTHERAPY) == {False}
        assert set(remarks(intake)) == {"assumeComplete"}


@pytest.mark.parametrize(
    "words",
    ["Carboplatin AUC 5", "Doxorubicin 50 mg", "Pembrolizumab", "Chemotherapie nach Plan", "Taxotere", "Palbociclib"],
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_drug_for_a_tumour_in_words_alone_is_not_used_and_never_declared_absent(kind: str, words: str) -> None:
    given = drug(None, kind=kind, name="d", medicationCodeableConcept={"text": words})
    intake = take(bundle(metastasis(), given), assume_complete=True)
    assert possible(intake, CHEMOTHERAPY) == possible(intake, SYSTEMIC) == PERHAPS
    assert remarks(intake)[f"{kind}/d"] == {"not-understood"}


@pytest.mark.parametrize(
    "words",
    [
        "Pamorelin LA 11,25 mg",
        "FOLFOX",
        "mFOLFOX6",
        "EC x4 dann Pacli weekly",
        "FEC",
        "R-CHOP",
        "Zytostatika",
        "Zoladex Depot",
        "Trial medication XY-12",
    ],
)
def test_a_regimen_or_a_name_of_the_trade_is_never_declared_absent(words: str) -> None:
    given = drug(None, name="d", medicationCodeableConcept={"text": words})
    intake = take(bundle(metastasis(), given), assume_complete=True)
    assert possible(intake, CHEMOTHERAPY) == possible(intake, SYSTEMIC) == PERHAPS
    assert remarks(intake)["MedicationRequest/d"] == {"not-understood"}


@pytest.mark.parametrize(
    "words", ["Aspirin EC 81 mg", "Metformin 500 mg ac", "Carbo medicinalis", "Vitamin C", "TC 5 mg"]
)
def test_letters_that_are_no_regimen_are_left_alone(words: str) -> None:
    given = drug(None, name="d", medicationCodeableConcept={"text": words})
    assert remarks(take(bundle(metastasis(), given))) == {}


@pytest.mark.parametrize(
    "named",
    [
        {"medicationCodeableConcept": concept(("123", "urn:local"))},
        {"medicationReference": {"reference": "Medication/not-here"}},
        {"medicationReference": {"identifier": {"value": "1"}}},
        {},
    ],
)
def test_a_drug_that_cannot_be_known_is_counted_and_denies_nothing(named: Resource) -> None:
    intake = take(bundle(metastasis(), drug(None, **named)), assume_complete=True)
    assert possible(intake, CHEMOTHERAPY) == PERHAPS
    assert remarks(intake)["MedicationRequest"] == {"not-read"}


@pytest.mark.parametrize("code", [DENOSUMAB, DEXAMETHASONE])
def test_a_bone_agent_and_a_steroid_are_known_and_no_treatment_of_the_tumour(code: str) -> None:
    intake = take(bundle(metastasis(), drug(code, name="d")), assume_complete=True)
    assert possible(intake, SYSTEMIC) == {False}
    assert remarks(intake)["MedicationRequest/d"] == {"not-read"}


def test_of_a_drug_that_is_given_many_times_the_earliest_counts() -> None:
    cycles = [drug(PACLITAXEL, name=f"d{n}", authoredOn=f"2026-0{n}-01") for n in range(1, 6)]
    others = [drug(PACLITAXEL, kind="MedicationAdministration", name="a", effectiveDateTime="2026-03-02")]
    forwards, backwards = (take(bundle(metastasis(), *those)) for those in (cycles + others, others + cycles[::-1]))
    assert [name for name in forwards.inputs if "Medication" in name] == ["MedicationRequest/d1"]
    assert forwards.ledger == backwards.ledger
    assert remarks(forwards) == {"MedicationRequest": {"repeated"}, "MedicationAdministration": {"repeated"}}
    assert forwards.ledger[1].text.startswith("4 more")


def test_two_drugs_are_two_sources() -> None:
    intake = take(bundle(metastasis(), drug(PACLITAXEL, name="d1"), drug("11202", name="d2")))
    assert {name for name in intake.inputs if "Medication" in name} == {"MedicationRequest/d1", "MedicationRequest/d2"}


def test_a_drug_of_another_patient_is_not_this_patients() -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(patient(), patient("p2"), metastasis(), drug(PACLITAXEL, subject={"reference": "Patient/p2"})))
    assert refused.value.problems[0].code == "multiple-matches"


def test_a_drug_of_the_wrong_form_is_refused_at_its_element() -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), drug(PACLITAXEL, authoredOn=2026)))
    assert refused.value.problems[0].expression == "Bundle.entry[2].resource.authoredOn"


def test_an_observation_that_denies_what_a_drug_shows_is_a_conflict() -> None:
    denied = observation(CHEMOTHERAPY, False, name="o")
    intake = take(bundle(metastasis(), drug(PACLITAXEL, name="d"), denied))
    assert possible(intake, CHEMOTHERAPY) == PERHAPS
    assert remarks(intake) == {"Observation/o": {"conflict"}, "MedicationRequest/d": {"conflict"}}


def test_the_katagiri_score_counts_chemotherapy_that_was_ordered() -> None:
    def points(*more: Resource) -> set[Any]:
        found = assess(bundle(metastasis(), *more), when("2026-10-02"))
        (score,) = [r for r in found.results if r.score.code == "katagiri-revised"]
        (item,) = [i for i in score.items if i.item.code == "previous-chemotherapy"]
        return set(item.points)

    assert points(drug(PACLITAXEL)) == {1}
    assert len(points()) == 2
