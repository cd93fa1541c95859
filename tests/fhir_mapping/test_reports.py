"""DiagnosticReports: coded conclusions count as diagnoses; the text of a report is named and not read."""

from __future__ import annotations

from typing import Any

import pytest

from service.problems import Rejected
from tests.support.records import (
    ICD_10_CM,
    LOINC,
    SNOMED,
    Resource,
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

THORACIC, BRAIN, BREAST = ("94274006", SNOMED), ("C79.31", ICD_10_CM), ("254837009", SNOMED)


def report(*conclusions: tuple[str, str], **more: Any) -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": concept(("24968-0", LOINC)),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-09-20",
        "conclusionCode": [concept(each) for each in conclusions],
        **more,
    }


def test_a_metastasis_that_a_report_concludes_is_a_lesion() -> None:
    intake = take(bundle(report(THORACIC)))
    assert lesion_names(intake) == ["thoracic"]
    assert intake.inputs["DiagnosticReport/r"] == "DiagnosticReport"
    assert remarks(intake) == {}


def test_a_plan_addresses_conditions_and_no_report() -> None:
    intake = take(bundle(report(THORACIC, BREAST), condition("C79.51", at="T8", name="c")))
    assert intake.case.conditions == ("Condition/c",)
    assert [lesion.conditions for lesion in intake.case.lesions] == [("Condition/c",)]


def test_each_conclusion_counts() -> None:
    intake = take(bundle(metastasis(), report(BRAIN, BREAST)))
    assert possible(intake, "brain-metastases") == {True}
    assert possible(intake, "primary-tumour") == {"breast"}


@pytest.mark.parametrize("status", ["amended", "corrected", "appended"])
def test_a_report_that_was_changed_counts(status: str) -> None:
    assert possible(take(bundle(metastasis(), report(BRAIN, status=status))), "brain-metastases") == {True}


@pytest.mark.parametrize("status", ["preliminary", "partial"])
def test_a_report_that_may_change_counts_and_is_marked(status: str) -> None:
    intake = take(bundle(metastasis(), report(BRAIN, status=status)))
    assert possible(intake, "brain-metastases") == {True}
    assert remarks(intake) == {"DiagnosticReport/r": {"preliminary"}}


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error", "registered", "unknown"])
def test_a_report_that_is_not_there_says_nothing(status: str) -> None:
    intake = take(bundle(metastasis(), report(BRAIN, status=status)))
    assert not said(intake, "brain-metastases")
    assert remarks(intake) == {"DiagnosticReport/r": {"status"}}


@pytest.mark.parametrize(("status", "denied"), [("entered-in-error", True), ("registered", False)])
def test_a_report_to_come_is_no_silence(status: str, denied: bool) -> None:
    intake = take(bundle(metastasis(), report(BRAIN, status=status)), assume_complete=True)
    assert (possible(intake, "brain-metastases") == {False}) is denied


@pytest.mark.parametrize(
    "time",
    [
        {"effectiveDateTime": "2026-11-01"},
        {"effectiveDateTime": None, "effectivePeriod": {"start": "2026-11-01"}},
        {"effectiveDateTime": None, "issued": "2026-11-01T09:00:00Z"},
    ],
)
def test_a_report_after_the_assessment_is_left_out(time: Resource) -> None:
    late = {name: value for name, value in report(BRAIN, **time).items() if value is not None}
    intake = take(bundle(metastasis(), late))
    assert (said(intake, "brain-metastases"), remarks(intake)) == (False, {"DiagnosticReport/r": {"after-as-of"}})


@pytest.mark.parametrize(
    ("conclusion", "code"),
    [(("D05.1", ICD_10_CM), "not-read"), (("162573006", SNOMED), "unconfirmed")],
)
def test_a_conclusion_that_is_no_cancer_is_none(conclusion: tuple[str, str], code: str) -> None:
    intake = take(bundle(metastasis(), report(conclusion)))
    assert remarks(intake) == {"DiagnosticReport/r": {code}}
    assert not said(intake, "primary-tumour")


@pytest.mark.parametrize(
    "more",
    [
        {"conclusion": "Multiple metastases of the thoracic spine."},
        {"code": concept(("22034-3", LOINC), text="Pathology report Cancer Narrative")},
        {"code": {"text": "Histologischer Befund: Karzinom"}},
        {"code": concept(("44139-4", LOINC)), "conclusion": "Multiple liver mets."},
        {"code": concept(("24968-0", LOINC), text="MRI spine"), "presentedForm": [{"title": "x"}]},
        {"conclusion": "Z.n. Bestrahlung BWK 8"},
        {"conclusion": "Compression of the spinal cord"},
    ],
)
def test_a_report_as_text_is_named_and_not_read(more: Resource) -> None:
    intake = take(bundle(metastasis(), report(**more)))
    assert remarks(intake) == {"DiagnosticReport/r": {"not-read"}}


@pytest.mark.parametrize(
    ("words", "finding", "denied"),
    [
        ("Lebermetastasen", "visceral-metastases", {"none"}),
        ("Multiple mets", "visceral-metastases", {"none"}),
        ("Z.n. Bestrahlung BWK 6", "prior-radiotherapy-at-level", {False}),
        ("Status post laminectomy T6", "prior-surgery-at-level", {False}),
        ("Myelonkompression", "spinal-cord-compression", {False}),
        ("Restaging nach Chemotherapie", "previous-chemotherapy", {False}),
    ],
)
def test_what_a_report_mentions_is_not_denied_by_silence(words: str, finding: str, denied: set[Any]) -> None:
    def complete(**more: Any) -> Any:
        return possible(take(bundle(metastasis(), report(**more)), assume_complete=True), finding, "T6")

    assert complete(conclusion=words) != denied
    assert complete(conclusion=words, conclusionCode=[concept(BREAST)]) != denied
    assert complete(conclusion=words, status="entered-in-error") == complete(conclusion="Normal.") == denied


def test_a_conclusion_that_its_words_deny_is_no_fact() -> None:
    doubted = concept(BRAIN, text="Hirnmetastasen ausgeschlossen")
    intake = take(bundle(metastasis(), report(conclusionCode=[doubted])), assume_complete=True)
    assert not said(intake, "brain-metastases")
    assert remarks(intake)["DiagnosticReport/r"] == {"unconfirmed"}


@pytest.mark.parametrize("more", [{}, {"conclusion": "Normal."}, {"conclusionCode": [{"text": "Fracture of wrist"}]}])
def test_another_report_is_somebody_elses_business(more: Resource) -> None:
    assert remarks(take(bundle(metastasis(), report(**more, status=17)))) == {}


def test_a_conclusion_of_the_wrong_form_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(report(THORACIC, effectiveDateTime="soon")))
    assert refused.value.problems[0].expression == "Bundle.entry[1].resource.effectiveDateTime"


@pytest.mark.parametrize(
    ("words", "perhaps"),
    [
        ("Z.n. Bestrahlung BWK 8", True),
        ("Status post radiation. New pain.", True),
        ("Z.n. Radiatio der Mamma rechts", False),
        ("No acute findings.", False),
    ],
)
@pytest.mark.parametrize("day", ["2026-09-01", "2026-12-01", "yesterday"])
def test_radiotherapy_that_a_report_mentions_in_words_was_perhaps_at_the_lesion(
    words: str, perhaps: bool, day: str
) -> None:
    written = {
        "resourceType": "DiagnosticReport",
        "id": "d",
        "status": "final",
        "code": {"text": "Arztbrief"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": day,
        "conclusion": words,
    }
    intake = take(bundle(metastasis("T8"), written))
    late = day == "2026-12-01"
    assert said(intake, "prior-radiotherapy-at-level", "T8") is (perhaps and not late)
    assert possible(intake, "prior-radiotherapy-at-level", "T8") == {True, False}
