"""The comorbidities of mCODE: illnesses that are named as present, and others as absent, which is a negation."""

from __future__ import annotations

import pytest

from tests.support.records import (
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)

MCODE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-related-condition"
DIABETES, OBESITY = ("73211009", SNOMED), ("414916001", SNOMED)


def comorbidities(*extensions: Resource) -> Resource:
    return observation("398192003", system=SNOMED, name="o", extension=list(extensions))


def present(code: tuple[str, str]) -> Resource:
    return {"url": MCODE, "valueCodeableConcept": concept(code)}


def absent(code: tuple[str, str]) -> Resource:
    return {"url": f"{MCODE}-absent", "valueCodeableConcept": concept(code)}


@pytest.mark.parametrize(("named", "values"), [(present(DIABETES), {True}), (absent(DIABETES), {False})])
def test_an_illness_is_present_or_absent_as_its_extension_says(named: Resource, values: set[bool]) -> None:
    intake = take(bundle(metastasis(), comorbidities(absent(OBESITY), named)))
    assert (possible(intake, "diabetes"), remarks(intake)) == (values, {})


def test_an_illness_may_be_a_condition_of_the_record() -> None:
    failure = condition("I50.9", name="c", clinical="resolved")
    named = {"url": MCODE, "valueReference": {"reference": "Condition/c"}}
    assert possible(take(bundle(metastasis(), failure, comorbidities(named))), "heart-failure") == {True}


def test_a_tumour_among_the_comorbidities_is_no_metastasis() -> None:
    intake = take(bundle(metastasis(), comorbidities(absent(("94225005", SNOMED)), present(("94225005", SNOMED)))))
    assert not said(intake, "brain-metastases")


def test_comorbidities_that_nothing_reads_are_named_once() -> None:
    intake = take(bundle(metastasis(), comorbidities(present(OBESITY), {"url": "urn:x"})))
    assert remarks(intake) == {"Observation/o": {"not-read"}}
