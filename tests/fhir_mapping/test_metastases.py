"""Observations about distant metastases as such: sites prove them, a category or a history proves none at a site."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.others import german
from tests.support.records import (
    LOINC,
    SNOMED,
    Resource,
    bundle,
    concept,
    lesion_names,
    level,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)
from tests.support.stored import record

SITES = german("fernmetastasen")
TNM = "https://www.uicc.org/resources/tnm"
ELSEWHERE = ("visceral-metastases", "brain-metastases", "bone-marrow-carcinomatosis")


def coded(what: str, *value: tuple[str, str], system: str = SNOMED, **more: Any) -> Resource:
    return observation(
        what, {"valueCodeableConcept": concept(*value)} if value else None, system=system, name="o", **more
    )


def site(code: str, **more: Any) -> Resource:
    return coded("385421009", (code, SITES), **more)


def test_metastases_to_lung_and_liver_are_visceral() -> None:
    for code in ("PUL", "HEP"):
        intake = take(bundle(metastasis(), site(code)))
        assert "none" not in possible(intake, "visceral-metastases")
        assert "Observation/o" in intake.inputs


def test_metastases_to_brain_and_marrow_are_findings_of_their_own() -> None:
    assert possible(take(bundle(metastasis(), site("BRA"))), "brain-metastases") == {True}
    assert possible(take(bundle(metastasis(), site("MAR"))), "bone-marrow-carcinomatosis") == {True}


def test_a_metastasis_to_bone_is_in_the_spine_only_where_its_body_site_is() -> None:
    somewhere = take(bundle(site("OSS")))
    assert (lesion_names(somewhere), somewhere.bone_elsewhere) == ([], True)
    assert remarks(somewhere) == {"Observation/o": {"not-in-the-spine"}}
    vertebra = take(bundle(site("OSS", bodySite=level("T8"))))
    assert lesion_names(vertebra) == ["T8"]
    assert vertebra.case.conditions == (), "an Observation is no diagnosis that a plan addresses"
    assert vertebra.case.lesions[0].conditions == ()


@pytest.mark.parametrize("code", ["LYM", "SKI", "GEN", "OTH", "XXX"])
def test_a_site_that_says_no_finding_is_named_and_denies_none(code: str) -> None:
    intake = take(bundle(metastasis(), site(code)), assume_complete=True)
    assert "Observation/o" in remarks(intake) or "Observation/o" in intake.inputs
    assert possible(intake, "brain-metastases") == {True, False}


@pytest.mark.parametrize(
    "value",
    [
        [("M1", TNM)],
        [("cM1b", "http://cancerstaging.org")],
        [("pM1", "urn:local")],
        [("MX", TNM)],
        [("x", "urn:local")],
        [],
    ],
)
@pytest.mark.parametrize(
    ("what", "system"), [("399387003", SNOMED), ("371497001", SNOMED), ("21907-1", LOINC), ("21901-4", LOINC)]
)
def test_a_category_with_metastases_says_not_where_and_is_no_silence(
    what: str, system: str, value: list[tuple[str, str]]
) -> None:
    intake = take(bundle(metastasis(), coded(what, *value, system=system)), assume_complete=True)
    assert remarks(intake)["Observation/o"] == {"not-read"}
    for finding in ELSEWHERE:
        assert not said(intake, finding)


@pytest.mark.parametrize("value", [("M0", TNM), ("cM0", "http://cancerstaging.org"), ("1229901006", SNOMED)])
def test_m0_is_true_of_the_day_of_staging_and_neither_proves_nor_forbids(value: tuple[str, str]) -> None:
    staged = coded("399387003", value, day="2020-01-01")
    intake = take(bundle(metastasis(), staged))
    assert not any(said(intake, finding) for finding in ELSEWHERE)
    assert "M0" in intake.ledger[0].text
    assert possible(take(bundle(metastasis(), staged), assume_complete=True), "brain-metastases") == {False}


def test_the_m0_of_mcode_is_read_like_any_other() -> None:
    example = next(
        entry["resource"]
        for entry in record("mcode-ig-stu4-examples/Bundle-mcode-patient-bundle-jenny-m")["entry"]
        if "clinical-distant-metastases" in entry["resource"]["id"]
    )
    intake = take(bundle(metastasis(), {**example, "subject": {"reference": "Patient/p1"}}))
    assert "M0" in intake.ledger[0].text


@pytest.mark.parametrize("code", ["1287652008", "1098951000119108"])
def test_a_history_of_metastases_proves_none_now_and_denies_none(code: str) -> None:
    for value in (True, None):
        intake = take(bundle(metastasis(), observation(code, value, system=SNOMED, name="o")), assume_complete=True)
        assert remarks(intake)["Observation/o"] == {"not-read"}
        assert not said(intake, "visceral-metastases")


def test_no_history_of_metastases_is_never_a_metastasis() -> None:
    denied = observation("1287652008", False, system=SNOMED, name="o")
    intake = take(bundle(metastasis(), denied))
    assert not said(intake, "visceral-metastases")
    assert remarks(intake) == {"Observation/o": {"not-read"}}
    assert possible(take(bundle(metastasis(), denied), assume_complete=True), "visceral-metastases") == {"none"}


@pytest.mark.parametrize(("code", "denied"), [("K", True), ("P", False), ("M", False)])
def test_the_course_of_metastases_denies_them_only_where_none_were_found(code: str, denied: bool) -> None:
    part = {
        "code": concept(("399608002", SNOMED)),
        "valueCodeableConcept": concept((code, german("verlauf-fernmetastasen"))),
    }
    course = coded("396432002", ("P", german("verlauf-gesamtbeurteilung")), component=[part])
    intake = take(bundle(metastasis(), course), assume_complete=True)
    assert possible(intake, "prior-therapy-response") == {"progression"}
    assert (possible(intake, "brain-metastases") == {False}) is denied
    assert remarks(intake)["Observation/o"] == {"not-read"}


def test_a_site_that_is_given_as_absent_stays_unknown() -> None:
    absent = coded("385421009", dataAbsentReason=concept(("unknown", "urn:x")))
    intake = take(bundle(metastasis(), absent), assume_complete=True)
    assert remarks(intake)["Observation/o"] == {"data-absent"}
    assert not said(intake, "brain-metastases")


@pytest.mark.parametrize(("status", "denied"), [("entered-in-error", True), ("registered", False)])
def test_a_site_that_is_withdrawn_is_none_and_one_to_come_is_not_denied(status: str, denied: bool) -> None:
    intake = take(bundle(metastasis(), site("BRA", status=status)), assume_complete=True)
    assert remarks(intake)["Observation/o"] == {"status"}
    assert (possible(intake, "brain-metastases") == {False}) is denied


def test_distant_metastases_are_a_cancer_wherever_they_are() -> None:
    for there in (site("HEP"), site("LYM"), coded("399387003", ("cM1b", TNM))):
        intake = take(bundle(there))
        assert intake.case.has_cancer
        assert intake.case.conditions == (), "an Observation is no diagnosis that a plan addresses"
    for none in (coded("399387003", ("M0", TNM)), site("XXX"), coded("1287652008", ("x", "urn:local"))):
        assert not take(bundle(none)).case.has_cancer
