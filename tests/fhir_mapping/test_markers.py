"""Receptors, variants of genes, smoking and other illness, by standard codes."""

from __future__ import annotations

from typing import Any

import pytest

from service.evidence import Span
from tests.support.records import (
    ICD_10_CM,
    LOINC,
    SNOMED,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    possible,
    quantity,
    remarks,
    said,
    take,
)

HGNC = "http://www.genenames.org"
POSITIVE, NEGATIVE = ("LA6576-8", LOINC), ("LA6577-6", LOINC)
RECEPTORS = {
    "oestrogen-receptor": ["85337-4", "16112-5", "40556-3"],
    "progesterone-receptor": ["85339-0", "16113-3", "40557-1"],
    "her2": ["48676-1", "85319-2", "85318-4", "18474-7", "72383-3", "31150-6"],
}


def coded(code: str, *answer: tuple[str, str], **more: Any) -> dict[str, Any]:
    return observation(code, {"valueCodeableConcept": concept(*answer)}, system=LOINC, name="o", **more)


@pytest.mark.parametrize(("finding", "code"), [(f, code) for f, codes in RECEPTORS.items() for code in codes])
def test_a_receptor_is_positive_or_negative(finding: str, code: str) -> None:
    for answers, value in (((POSITIVE, ("10828004", SNOMED)), True), ((NEGATIVE, ("260385009", SNOMED)), False)):
        for answer in answers:
            assert possible(take(bundle(metastasis(), coded(code, answer))), finding) == {value}


@pytest.mark.parametrize(
    "value", [{"valueString": "Positive"}, {"valueQuantity": quantity(90, "%")}, {"valueInteger": 3}]
)
def test_a_receptor_that_is_given_in_another_form_is_in_the_ledger_and_no_error(value: dict[str, Any]) -> None:
    intake = take(bundle(metastasis(), observation("85337-4", value, system=LOINC, name="o")))
    assert not said(intake, "oestrogen-receptor")
    assert remarks(intake) == {"Observation/o": {"no-value"}}


@pytest.mark.parametrize("code", ["14228-1", "14130-9", "10861-3"])
def test_amounts_of_a_receptor_are_known_and_not_read(code: str) -> None:
    amount = observation(code, (90, "%"), system=LOINC, name="o")
    assert remarks(take(bundle(metastasis(), amount))) == {"Observation/o": {"not-read"}}


def variant(answer: str, *genes: str, system: str = HGNC, **more: Any) -> dict[str, Any]:
    parts = [
        {"code": concept(("48018-6", LOINC)), "valueCodeableConcept": concept((gene, system))} for gene in genes
    ] + more.pop("parts", [])
    return coded("69548-6", (answer, LOINC), component=parts, **more)


NAMED = {
    "code": concept(("81290-9", LOINC)),
    "valueCodeableConcept": concept(("NM_005228.5:c.2573T>G", "http://varnomen.hgvs.org")),
}
GAIN = {
    "code": {"text": "consequence"},
    "valueCodeableConcept": concept(("SO:0001742", "http://www.sequenceontology.org/")),
}
AMPLIFIED = [concept(("12645001", SNOMED))]


@pytest.mark.parametrize("system", [HGNC, f"{HGNC}/geneId"])
def test_a_variant_of_egfr_is_a_mutation(system: str) -> None:
    for parts in ([], [NAMED]):
        intake = take(bundle(metastasis(), variant("LA9633-4", "HGNC:3236", system=system, parts=parts)))
        assert possible(intake, "egfr-mutation") == {True}
        assert remarks(intake) == {}


def test_no_variant_of_a_gene_is_no_mutation_and_no_single_variant_says_nothing() -> None:
    assert possible(take(bundle(metastasis(), variant("LA9634-2", "HGNC:3236"))), "egfr-mutation") == {False}
    several = take(bundle(metastasis(), variant("LA9634-2", "HGNC:3236", "HGNC:1097")))
    assert possible(several, "egfr-mutation") == {False}
    one = take(bundle(metastasis(), variant("LA9634-2", "HGNC:3236", parts=[NAMED])))
    assert not said(one, "egfr-mutation")
    assert remarks(one) == {"Observation/o": {"no-value"}}


@pytest.mark.parametrize(
    "unclear",
    [
        variant("LA9633-4", "HGNC:3236", "HGNC:427"),
        variant("LA9633-4", "HGNC:3236", parts=[GAIN]),
        variant("LA9633-4", "HGNC:3236", interpretation=AMPLIFIED),
        variant("LA18198-4", "HGNC:3236"),
    ],
)
def test_a_fusion_an_amplification_and_no_call_are_no_mutation_that_is_said(unclear: dict[str, Any]) -> None:
    intake = take(bundle(metastasis(), unclear))
    assert not said(intake, "egfr-mutation")
    assert remarks(intake)["Observation/o"] <= {"no-value", "not-understood"}


def test_a_variant_of_another_gene_is_known_and_not_read() -> None:
    assert remarks(take(bundle(metastasis(), variant("LA9633-4", "HGNC:1097")))) == {"Observation/o": {"not-read"}}


def test_a_lung_cancer_with_a_mutation_of_egfr_says_both() -> None:
    intake = take(bundle(metastasis(), condition("703228009", SNOMED)))
    assert possible(intake, "primary-tumour") == {"lung-nsclc"}
    assert possible(intake, "egfr-mutation") == {True}


@pytest.mark.parametrize(
    ("answer", "smokes"),
    [
        ("449868002", {True}),
        ("428041000124106", {True}),
        ("428071000124103", {True}),
        ("428061000124105", {True}),
        ("8517006", {False}),
        ("266919005", {False}),
        ("77176002", {True, False}),
        ("266927001", {True, False}),
    ],
)
def test_smoking_is_read_by_its_answers(answer: str, smokes: set[bool]) -> None:
    intake = take(bundle(metastasis(), coded("72166-2", (answer, SNOMED))))
    assert possible(intake, "smoking") == smokes
    assert remarks(intake) == ({} if len(smokes) == 1 else {"Observation/o": {"no-value"}})


def test_the_body_mass_index_is_read_by_loinc() -> None:
    for unit in ("kg/m2", "kg/m^2"):
        assert possible(
            take(bundle(metastasis(), observation("39156-5", (31, unit), system=LOINC))), "body-mass-index"
        ) == {Span.point(31)}


@pytest.mark.parametrize(
    ("code", "finding"),
    [("I50", "heart-failure"), ("I50.9", "heart-failure"), ("I50.814", "heart-failure"), ("E83.52", "hypercalcaemia")],
)
def test_other_illness_is_read_from_diagnoses(code: str, finding: str) -> None:
    assert possible(take(bundle(metastasis(), condition(code, ICD_10_CM))), finding) == {True}
    over = take(bundle(metastasis(), condition(code, ICD_10_CM, clinical="resolved")))
    assert not said(over, finding)


@pytest.mark.parametrize("code", ["E83.5", "E83.51", "I51.9", "I11.0"])
def test_neighbouring_codes_are_somebody_elses_business(code: str) -> None:
    intake = take(bundle(metastasis(), condition(code, ICD_10_CM)))
    assert not said(intake, "heart-failure")
    assert not said(intake, "hypercalcaemia")


def test_silence_denies_heart_failure_and_no_marker() -> None:
    intake = take(bundle(metastasis()), assume_complete=True)
    assert possible(intake, "heart-failure") == {False}
    for finding in ("her2", "triple-negative", "smoking", "hypercalcaemia", "functional-dependence"):
        assert possible(intake, finding) == {True, False}
