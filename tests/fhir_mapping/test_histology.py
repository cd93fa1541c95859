"""Histology: it narrows the site, beats it within one organ, and yields to a site that it does not go with."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records import (
    ICD_10_CM,
    ICD_O_3,
    LOINC,
    SNOMED,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    possible,
    remarks,
    take,
)

EXTENSION = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior"
LUNG, NSCLC, SCLC = ("C34.9", ICD_10_CM), ("254637007", SNOMED), ("254632001", SNOMED)
TESTIS, NON_SEMINOMA, SEMINOMA = ("C62.9", ICD_10_CM), ("107691000119101", SNOMED), ("443675005", SNOMED)
SMALL_CELL, ADENO, SEMINOMA_O = ("8041/3", ICD_O_3), ("8140/3", ICD_O_3), ("9061/3", ICD_O_3)

BOTH = [
    (LUNG, SMALL_CELL, {"lung-sclc"}, False),
    (LUNG, SCLC, {"lung-sclc"}, False),
    (NSCLC, SMALL_CELL, {"lung-sclc"}, True),
    (SCLC, ADENO, {"lung-nsclc"}, True),
    (LUNG, ADENO, {"lung-nsclc"}, False),
    (TESTIS, SEMINOMA_O, {"germ-cell-seminoma"}, False),
    (TESTIS, SEMINOMA, {"germ-cell-seminoma"}, False),
    (NON_SEMINOMA, SEMINOMA_O, {"germ-cell-seminoma"}, True),
]


def diagnosis(site: tuple[str, str], *more: tuple[str, str], name: str = "c", **others: Any) -> dict[str, Any]:
    return condition(*site, name=name, **{"code": concept(site, *more), **others})


def seen(value: tuple[str, str], code: str = "31206-6", name: str = "h", **more: Any) -> dict[str, Any]:
    return observation(code, {"valueCodeableConcept": concept(value)}, system=LOINC, name=name, **more)


@pytest.mark.parametrize(("site", "histology", "tumour", "beaten"), BOTH)
def test_a_histology_beats_the_site_in_the_extension_of_a_diagnosis(
    site: tuple[str, str], histology: tuple[str, str], tumour: set[str], beaten: bool
) -> None:
    extension = {"url": EXTENSION, "valueCodeableConcept": concept(histology)}
    intake = take(bundle(metastasis(), diagnosis(site, extension=[extension])))
    assert possible(intake, "primary-tumour") == tumour
    assert remarks(intake) == ({"Condition/c": {"conflict"}} if beaten else {})


@pytest.mark.parametrize(("site", "histology", "tumour", "beaten"), [b for b in BOTH if b[1][1] == ICD_O_3])
def test_a_morphology_beats_the_site_among_the_codes_of_a_diagnosis(
    site: tuple[str, str], histology: tuple[str, str], tumour: set[str], beaten: bool
) -> None:
    intake = take(bundle(metastasis(), diagnosis(site, histology)))
    assert possible(intake, "primary-tumour") == tumour
    assert remarks(intake) == ({"Condition/c": {"conflict"}} if beaten else {})


@pytest.mark.parametrize("code", ["31206-6", "59847-4"])
@pytest.mark.parametrize(("site", "histology", "tumour", "beaten"), BOTH)
def test_a_histology_of_its_own_beats_the_site(
    site: tuple[str, str], histology: tuple[str, str], tumour: set[str], beaten: bool, code: str
) -> None:
    intake = take(bundle(metastasis(), diagnosis(site), seen(histology, code)))
    assert possible(intake, "primary-tumour") == tumour
    assert remarks(intake) == ({"Observation/h": {"conflict"}} if beaten else {})
    assert {"Condition/c", "Observation/h"} <= set(intake.case.about("primary-tumour").sources)
    assert intake.inputs["Observation/h"] == "Observation"
    backwards = take(bundle(seen(histology, code), diagnosis(site), metastasis()))
    assert possible(backwards, "primary-tumour") == tumour


@pytest.mark.parametrize(("site", "kept"), [(("C64.9", ICD_10_CM), "kidney"), (("C50.9", ICD_10_CM), "breast")])
def test_a_histology_of_another_organ_is_not_used(site: tuple[str, str], kept: str) -> None:
    intake = take(bundle(metastasis(), diagnosis(site), seen(SMALL_CELL)))
    assert possible(intake, "primary-tumour") == {kept}
    assert remarks(intake) == {"Observation/h": {"not-read"}}


def test_a_histology_is_about_the_diagnosis_in_its_focus() -> None:
    two = (diagnosis(LUNG, name="a"), diagnosis(("C50.9", ICD_10_CM), name="b"))
    about_a = take(bundle(metastasis(), *two, seen(SMALL_CELL, focus=[{"reference": "Condition/a"}])))
    assert possible(about_a, "primary-tumour") == {"lung-sclc", "breast"}
    about_b = take(bundle(metastasis(), *two, seen(SMALL_CELL, focus=[{"reference": "Condition/b"}])))
    assert possible(about_b, "primary-tumour") == {"lung-nsclc", "lung-sclc", "breast"}
    assert remarks(about_b)["Observation/h"] == {"not-read"}


def test_a_histology_of_a_metastasis_is_that_of_the_primary() -> None:
    spread = condition("C79.51", at="T6", name="m")
    intake = take(bundle(spread, diagnosis(LUNG), seen(SMALL_CELL, focus=[{"reference": "Condition/m"}])))
    assert possible(intake, "primary-tumour") == {"lung-sclc"}


def test_two_histologies_that_disagree_leave_each_possible_in_any_order() -> None:
    two = [seen(SMALL_CELL, name="s"), seen(ADENO, name="a", day="2026-09-01")]
    for those in (two, two[::-1]):
        intake = take(bundle(metastasis(), diagnosis(LUNG), *those))
        assert possible(intake, "primary-tumour") == {"lung-nsclc", "lung-sclc"}
        assert remarks(intake)["Observation/s"] == remarks(intake)["Observation/a"] == {"conflict"}


def test_a_histology_that_names_the_tumour_needs_no_site() -> None:
    assert possible(take(bundle(metastasis(), seen(SEMINOMA_O))), "primary-tumour") == {"germ-cell-seminoma"}
    unknown = take(bundle(metastasis(), condition("C80.1", name="u"), seen(SEMINOMA_O)))
    assert possible(unknown, "primary-tumour") == {"germ-cell-seminoma"}
    assert remarks(unknown) == {"Condition/u": {"superseded"}}


def test_a_histology_that_many_organs_share_says_nothing_without_a_site() -> None:
    intake = take(bundle(metastasis(), seen(SMALL_CELL)))
    assert len(possible(intake, "primary-tumour")) > 2
    assert remarks(intake) == {"Observation/h": {"not-read"}}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"valueCodeableConcept": concept(("80463/6", ICD_O_3))}, "not-read"),
        ({"valueCodeableConcept": concept(("8041/2", ICD_O_3))}, "not-read"),
        ({"valueCodeableConcept": {"text": "small cell"}}, "no-value"),
        ({"valueString": "small cell"}, "no-value"),
        ({"dataAbsentReason": concept(("unknown", "x"))}, "data-absent"),
        ({}, "no-value"),
    ],
)
def test_a_histology_that_cannot_be_used_is_in_the_ledger(value: dict[str, Any], code: str) -> None:
    unread = observation("31206-6", value, system=LOINC, name="h")
    intake = take(bundle(metastasis(), diagnosis(LUNG), unread))
    assert possible(intake, "primary-tumour") == {"lung-nsclc", "lung-sclc"}
    assert remarks(intake) == {"Observation/h": {code}}


@pytest.mark.parametrize("more", [{"status": "entered-in-error"}, {"day": "2026-12-01"}])
def test_a_histology_that_does_not_count_changes_nothing(more: dict[str, Any]) -> None:
    intake = take(bundle(metastasis(), diagnosis(LUNG), seen(SMALL_CELL, **more)))
    assert possible(intake, "primary-tumour") == {"lung-nsclc", "lung-sclc"}


def test_a_preliminary_histology_counts_and_is_said_to_be_one() -> None:
    intake = take(bundle(metastasis(), diagnosis(LUNG), seen(SMALL_CELL, status="preliminary")))
    assert possible(intake, "primary-tumour") == {"lung-sclc"}
    assert remarks(intake) == {"Observation/h": {"preliminary"}}
