"""Procedures: what was done, where, and whether it happened."""

from __future__ import annotations

from typing import Any

import pytest

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from tests.support.records import (
    AS_OF,
    ICD_O_3,
    SNOMED,
    bundle,
    concept,
    condition,
    lesion_names,
    metastasis,
    observation,
    possible,
    primary,
    procedure,
    remarks,
    said,
    take,
)

CPT = "http://www.ama-assn.org/go/cpt"


@pytest.mark.parametrize(
    ("code", "system"),
    [
        ("108290001", SNOMED),
        ("53438000", SNOMED),
        ("33195004", SNOMED),
        ("1217123003", SNOMED),
        ("115959002", SNOMED),
        ("77373", CPT),
        ("77412", CPT),
    ],
)
def test_radiotherapy_of_a_level_is_earlier_radiotherapy_there(code: str, system: str) -> None:
    intake = take(bundle(metastasis("T6"), metastasis("L2"), procedure(code, system, "T6")))
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True}
    assert not said(intake, "prior-radiotherapy-at-level", "L2")
    assert remarks(intake) == {}


@pytest.mark.parametrize(
    "code", ["10836008", "260647003", "55705006", "112721006", "107755006", "401226007", "426243004"]
)
def test_an_operation_of_a_level_is_earlier_surgery_there(code: str) -> None:
    intake = take(bundle(metastasis(), procedure(code, at="T6")))
    assert possible(intake, "prior-surgery-at-level", "T6") == {True}


@pytest.mark.parametrize(
    ("code", "chemotherapy"),
    [("367336001", True), ("38216008", True), ("266719004", True), ("76334006", False), ("169413002", False)],
)
def test_systemic_treatment_is_of_the_patient(code: str, chemotherapy: bool) -> None:
    intake = take(bundle(metastasis(), procedure(code)))
    assert possible(intake, "previous-systemic-therapy") == {True}
    assert said(intake, "previous-chemotherapy") is chemotherapy


def test_what_was_done_somewhere_shows_no_tumour() -> None:
    intake = take(bundle(procedure("108290001", at="T6", name="r")))
    assert lesion_names(intake) == []
    assert remarks(intake) == {"Procedure/r": {"unassigned"}}


def test_radiotherapy_of_a_region_may_or_may_not_have_met_the_level() -> None:
    lumbar = procedure("108290001", bodySite=[concept(("122496007", SNOMED))])
    intake = take(bundle(metastasis("L2"), metastasis("T6"), lumbar))
    assert possible(intake, "prior-radiotherapy-at-level", "L2") == {True, False}
    assert said(intake, "prior-radiotherapy-at-level", "L2")
    assert not said(intake, "prior-radiotherapy-at-level", "T6")


@pytest.mark.parametrize(
    "site",
    [
        [concept(("73056007", SNOMED), text="Right breast structure")],
        [{"coding": [{"system": SNOMED, "code": "73056007", "display": "Right breast structure"}]}],
        [concept(("10200004", SNOMED))],
        [concept(("C50.9", ICD_O_3))],
        [{"text": "Brustwand"}],
        [{"text": "linker Oberschenkel"}],
    ],
)
def test_radiotherapy_elsewhere_says_nothing_about_a_level_and_is_in_the_ledger(site: Any) -> None:
    intake = take(bundle(metastasis(), procedure("108290001", name="r", bodySite=site)))
    assert not said(intake, "prior-radiotherapy-at-level", "T6")
    assert remarks(intake) == {"Procedure/r": {"not-in-the-spine"}}


def test_radiotherapy_of_another_level_is_in_the_ledger() -> None:
    intake = take(bundle(metastasis("T6"), procedure("108290001", at="L5", name="r")))
    assert not said(intake, "prior-radiotherapy-at-level", "T6")
    assert remarks(intake) == {"Procedure/r": {"unassigned"}}


@pytest.mark.parametrize("status", ["completed", "stopped"])
def test_what_was_given_counts(status: str) -> None:
    assert said(
        take(bundle(metastasis(), procedure("108290001", at="T6", status=status))), "prior-radiotherapy-at-level", "T6"
    )


@pytest.mark.parametrize("status", ["on-hold", "unknown", "nonsense", "in-progress"])
def test_what_was_perhaps_done_leaves_both_open_and_is_no_silence(status: str) -> None:
    """On hold means that it was begun; NOMS reads silence about radiotherapy, and this is none."""
    intake = take(bundle(metastasis(), procedure("108290001", at="T6", status=status, name="r")))
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}
    assert remarks(intake) == {"Procedure/r": {"unconfirmed"}}


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        ("108290001", "prior-radiotherapy-at-level"),
        ("367336001", "previous-chemotherapy"),
        ("169413002", "previous-systemic-therapy"),
    ],
)
def test_what_is_in_progress_is_no_earlier_course_that_is_over(code: str, finding: str) -> None:
    """A course that has just begun is not the earlier one that the scores ask for; it may be the last of several."""
    level = "T6" if finding.endswith("level") else None
    course = procedure(code, at="T6", status="in-progress", name="r")
    intake = take(bundle(metastasis(), course))
    assert possible(intake, finding, level) == {True, False}
    (text,) = (e.text for e in intake.ledger if e.code == "unconfirmed")
    assert text.startswith("in progress, so it is no earlier course that is over")
    assert possible(take(bundle(metastasis(), course, procedure(code, at="T6"))), finding, level) == {True}


_LOW_GRADE = [
    metastasis(),
    primary("breast"),
    *(
        observation(finding, value, "T6")
        for finding, value in (
            ("sins-pain", "pain-free"),
            ("sins-bone-lesion", "blastic"),
            ("sins-alignment", "normal"),
            ("sins-collapse", "none"),
            ("sins-posterolateral", "none"),
            ("escc-grade", "escc-0"),
            ("myelopathy", False),
        )
    ),
]


@pytest.mark.parametrize(
    "course",
    [
        procedure("108290001", at="T6", status="on-hold"),
        procedure("108290001", at="T6", status="unknown"),
        procedure("x", code={"text": "Bestrahlung BWS"}),
        procedure("x", code={"text": "XRT T7-9"}),
        procedure("x", code={"text": "30 Gy in 10 fx"}),
        procedure("x", reasonCode=[concept(("C50.911", "http://hl7.org/fhir/sid/icd-10-cm"))]),
    ],
)
def test_radiotherapy_that_was_perhaps_given_unsettles_another_course(course: dict[str, Any]) -> None:
    settled = {
        given: next(
            each.settled
            for each in assess(bundle(*_LOW_GRADE, *more), when(AS_OF)).plan.recommendations
            if each.treatment == "cebrt"
        )
        for given, more in ((False, ()), (True, (course,)))
    }
    assert settled == {False: True, True: False}


@pytest.mark.parametrize("status", ["not-done", "preparation", "entered-in-error"])
def test_what_did_not_happen_does_not_count(status: str) -> None:
    intake = take(bundle(metastasis(), procedure("108290001", at="T6", status=status, name="r")))
    assert not said(intake, "prior-radiotherapy-at-level", "T6")
    assert remarks(intake) == {"Procedure/r": {"status"}}


@pytest.mark.parametrize(
    "when", [{"performedDateTime": "2026-11-01"}, {"performedDateTime": None, "performedPeriod": {"start": "2026-11"}}]
)
def test_what_was_done_later_does_not_count(when: dict[str, Any]) -> None:
    intake = take(bundle(metastasis(), procedure("108290001", at="T6", name="r", **when)))
    assert remarks(intake) == {"Procedure/r": {"after-as-of"}}


def test_an_operation_without_a_date_counts() -> None:
    given = procedure("108290001", at="T6")
    del given["performedDateTime"]
    assert said(take(bundle(metastasis(), given)), "prior-radiotherapy-at-level", "T6")


def test_an_old_operation_is_never_stale() -> None:
    given = procedure("108290001", at="T6", performedDateTime="2001")
    assert remarks(take(bundle(metastasis(), given))) == {}


def test_a_procedure_of_another_kind_is_somebody_elses_business() -> None:
    assert remarks(take(bundle(metastasis(), procedure("71651007")))) == {}


@pytest.mark.parametrize(
    "words", ["Brachytherapy (procedure)", "Radiation therapy", "Chemotherapy", "Irradiation of bone"]
)
def test_a_treatment_of_a_tumour_by_its_words_is_never_dropped_in_silence(words: str) -> None:
    """A local code with a plain display, and the code for brachytherapy that mCODE uses in its examples."""
    local = procedure("x", name="r", code={"coding": [{"system": "urn:local", "code": "1", "display": words}]})
    assert "not-understood" in remarks(take(bundle(metastasis(), local)))["Procedure/r"]


@pytest.mark.parametrize(
    "words",
    [
        "RT spine 30 Gy",
        "RT",
        "XRT T7-9",
        "SBRT spine",
        "CyberKnife Th8",
        "Gamma knife",
        "30 Gy in 10 fx",
        "Radiatio",
        "percutane RTX",
        "Strahlentherapie",
    ],
)
def test_radiotherapy_in_words_alone_was_perhaps_given(words: str) -> None:
    intake = take(bundle(metastasis(), procedure("x", name="r", code={"text": words})))
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}
    assert "not-understood" in remarks(intake)["Procedure/r"]


@pytest.mark.parametrize(
    "words",
    ["dorsale Stabilisierung", "Pedicle screw fixation", "Decompression", "Wirbelkörperersatz", "Spondylodese L1-L3"],
)
def test_an_operation_of_the_spine_in_words_alone_was_perhaps_done(words: str) -> None:
    intake = take(bundle(metastasis(), procedure("x", name="r", code={"text": words})))
    assert possible(intake, "prior-surgery-at-level", "T6") == {True, False}
    assert said(intake, "prior-surgery-at-level", "T6")


@pytest.mark.parametrize("words", ["Chemo", "TACE", "Chemotherapie Zyklus 3"])
def test_chemotherapy_in_words_alone_is_not_denied(words: str) -> None:
    intake = take(bundle(metastasis(), procedure("x", code={"text": words})), assume_complete=True)
    assert possible(intake, "previous-chemotherapy") == {True, False}


@pytest.mark.parametrize("words", ["Knee arthroplasty RT", "Carpal tunnel decompression", "Mammography", "Dental care"])
def test_what_is_no_treatment_of_a_tumour_is_left_alone(words: str) -> None:
    assert remarks(take(bundle(metastasis(), procedure("x", code={"text": words})))) == {}


def test_radiotherapy_whose_words_name_another_part_of_the_body_was_not_at_the_level() -> None:
    intake = take(bundle(metastasis(), procedure("x", name="r", code={"text": "Bestrahlung Mamma rechts"})))
    assert not said(intake, "prior-radiotherapy-at-level", "T6")
    assert remarks(intake) == {"Procedure/r": {"not-understood", "not-in-the-spine"}}


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "preparation"])
def test_radiotherapy_in_words_that_was_not_given_says_nothing(status: str) -> None:
    intake = take(bundle(metastasis(), procedure("x", code={"text": "Bestrahlung BWS"}, status=status)))
    assert not said(intake, "prior-radiotherapy-at-level", "T6")


@pytest.mark.parametrize(
    "given",
    [
        {"resourceType": "MedicationAdministration", "status": "completed"},
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order"},
        {"resourceType": "MedicationStatement", "status": "completed"},
    ],
)
def test_chemotherapy_as_a_medication_is_read_or_at_least_never_declared_absent(given: dict[str, Any]) -> None:
    """The interface: previous chemotherapy also comes from MedicationRequest and MedicationAdministration."""
    paclitaxel = concept(("56946", "http://www.nlm.nih.gov/research/umls/rxnorm"))
    drug = {**given, "id": "m", "subject": {"reference": "Patient/p1"}, "medicationCodeableConcept": paclitaxel}
    intake = take(bundle(metastasis(), drug), assume_complete=True)
    assert True in possible(intake, "previous-chemotherapy")


def test_radiotherapy_at_no_stated_site_was_perhaps_given_at_each_lesion() -> None:
    intake = take(bundle(metastasis("T6"), metastasis("L2"), procedure("108290001", name="r")))
    for name in ("T6", "L2"):
        assert possible(intake, "prior-radiotherapy-at-level", name) == {False, True}
        assert said(intake, "prior-radiotherapy-at-level", name)
    assert remarks(intake) == {"Procedure/r": {"not-in-the-spine"}}


def test_radiotherapy_that_may_have_been_at_the_level_settles_no_radiotherapy() -> None:
    stable = {"sins-pain": "pain-free", "sins-bone-lesion": "blastic", "sins-alignment": "normal"}
    said_of = [observation(code, value, "T6") for code, value in stable.items()]
    record = [metastasis("T6"), primary("breast"), observation("escc-grade", "escc-0", "T6"), *said_of]
    record += [observation("myelopathy", False, "T6"), observation("sins-collapse", "none", "T6")]

    def settled(*more: dict[str, Any]) -> set[str]:
        found = assess(bundle(*record, *more), when("2026-10-02")).plan.recommendations
        return {r.treatment for r in found if r.settled}

    assert "cebrt" in settled()
    assert not {"cebrt", "srs"} & settled(procedure("108290001"))
    both = [metastasis("L2"), observation("prior-radiotherapy-at-level", True)]
    assert not {"cebrt", "srs"} & settled(*both)


def test_the_category_tells_where_the_code_does_not() -> None:
    irradiated = procedure("x", "urn:local", "T6", category=concept(("108290001", SNOMED)))
    assert possible(take(bundle(metastasis(), irradiated)), "prior-radiotherapy-at-level", "T6") == {True}


@pytest.mark.parametrize("text", ["BWS", "thoracic spine", "Wirbelsäule", "rachis dorsal"])
def test_a_region_in_words_may_or_may_not_have_met_the_level(text: str) -> None:
    intake = take(bundle(metastasis(), procedure("108290001", name="r", bodySite=[{"text": text}])))
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}


@pytest.mark.parametrize("text", ["BWK 5-7", "T6", "D6", "6. Brustwirbel", "Th 5/6", "sixth thoracic vertebra"])
def test_a_level_in_words_was_treated(text: str) -> None:
    intake = take(bundle(metastasis(), procedure("108290001", bodySite=[{"text": text}])))
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True}


@pytest.mark.parametrize(
    "site",
    [
        [concept(("6.5", "urn:local"))],
        [concept(("38266002", SNOMED))],
        [concept(("73056007", SNOMED))],
        [concept(("C41.9", ICD_O_3))],
        [concept(("C80.9", ICD_O_3))],
        [concept(("272673000", SNOMED))],
        [{"text": "Rücken"}],
        [{"text": "whole body (TBI)"}],
        [{"text": "mediastinum"}],
        [{"text": "head and neck"}],
        [{"text": "breast, and BWS"}],
        [{"text": "breast"}, {"text": "field 2"}],
    ],
)
def test_a_site_that_may_be_in_the_spine_was_perhaps_at_the_lesion(site: list[dict[str, Any]]) -> None:
    intake = take(bundle(metastasis(), procedure("108290001", name="r", bodySite=site)))
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}
    assert remarks(intake) == {"Procedure/r": {"not-in-the-spine"}}


@pytest.mark.parametrize(
    "reason",
    [
        {"reasonReference": [{"reference": "Condition/c"}]},
        {"reasonCode": [concept(("254837009", SNOMED))]},
        {"reasonCode": [{"text": "Mammakarzinom"}]},
        {"reasonReference": [{"display": "Breast cancer"}]},
        {},
    ],
)
def test_an_operation_for_a_tumour_is_named(reason: dict[str, Any]) -> None:
    operation = procedure("x", "urn:local", name="r", **reason)
    operation["code"]["text"] = "Lumpectomy"
    intake = take(bundle(metastasis(), condition("C50.9", name="c"), operation), assume_complete=True)
    assert remarks(intake)["Procedure/r"] == {"not-read"}
    assert possible(intake, "previous-chemotherapy") == {False}


def test_a_procedure_for_a_tumour_without_words_may_have_been_any_treatment() -> None:
    operation = procedure("x", "urn:local", name="r", reasonReference=[{"reference": "Condition/c"}])
    intake = take(bundle(metastasis(), condition("C50.9", name="c"), operation), assume_complete=True)
    assert possible(intake, "previous-chemotherapy") == {True, False}


def test_a_procedure_for_another_reason_is_somebody_elses_business_whatever_its_form() -> None:
    others = [
        procedure("x", "urn:local", reasonReference=[{"reference": "Condition/d"}], status=7),
        procedure("x", "urn:local", reasonReference=7),
        procedure("x", "urn:local", reasonCode=[{"text": "Diabetes"}], subject=None),
    ]
    assert remarks(take(bundle(metastasis(), condition("E11.9", name="d"), *others))) == {}


def test_an_operation_of_the_spine_by_its_words_is_never_dropped_in_silence() -> None:
    local = procedure("x", name="r", code={"text": "Laminectomy T6"})
    intake = take(bundle(metastasis(), local), assume_complete=True)
    assert "not-understood" in remarks(intake)["Procedure/r"]
    assert possible(intake, "prior-surgery-at-level", "T6") == {True, False}
