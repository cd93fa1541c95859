"""Codes that cannot be judged: malformed ones are refused, and those of unknown systems are never passed over."""

from __future__ import annotations

from typing import Any

import pytest

from service.problems import Rejected
from tests.support.records import (
    ICD_10_CM,
    LOINC,
    SNOMED,
    bundle,
    condition,
    metastasis,
    observation,
    possible,
    procedure,
    remarks,
    said,
    take,
)

CODE = {"system": ICD_10_CM, "code": "C79.51"}


MALFORMED = [
    "C79.51",
    ["C79.51"],
    [CODE],
    7,
    {"coding": CODE},
    {"coding": "C79.51"},
    {"coding": [["x"]]},
    {"coding": [{"system": SNOMED, "code": 423740007}]},
    {"coding": [{"system": 1, "code": "x"}]},
    {"text": 7},
]


@pytest.mark.parametrize("code", MALFORMED)
@pytest.mark.parametrize("kind", [condition("x"), procedure("x")], ids=["Condition", "Procedure"])
def test_what_has_not_the_form_of_a_code_is_refused_with_the_mend(kind: dict[str, Any], code: Any) -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), kind | {"code": code}))
    assert refused.value.status == 422
    assert any(p.expression.startswith("Bundle.entry[2].resource.code") for p in refused.value.problems)


@pytest.mark.parametrize("code", MALFORMED)
def test_an_observation_whose_code_has_not_the_form_of_one_is_named(code: Any) -> None:
    intake = take(bundle(metastasis(), observation("x", name="o") | {"code": code}))
    assert remarks(intake) == {"Observation/o": {"not-understood"}}


@pytest.mark.parametrize(
    "codings",
    [
        [{"code": "C79.51"}],
        [{"code": "C79.51"}, {"code": "C50.9"}],
        [{"system": "http://hospital.example/icd", "code": "C79.51"}],
        [{"system": "ICD-10-GM", "code": "C79.5"}],
    ],
)
def test_a_diagnosis_in_a_system_that_is_not_known_is_said_once_for_all(codings: list[dict[str, str]]) -> None:
    strange = [condition("x", name=name) | {"code": {"coding": codings}} for name in ("a", "b")]
    (line,) = take(bundle(metastasis(), *strange)).ledger
    assert (line.code, line.expression) == ("not-understood", "Bundle.entry.resource.ofType(Condition)")
    assert line.text.startswith("2 of this type have codes without words")
    assert codings[0].get("system", "no system") in line.text


def test_what_is_strange_is_not_denied_by_silence() -> None:
    strange = condition("x") | {"code": {"coding": [{"code": "C78.7"}]}}
    assert len(possible(take(bundle(metastasis(), strange), assume_complete=True), "visceral-metastases")) > 1


@pytest.mark.parametrize(
    "resource",
    [
        condition("I10"),
        condition("38341003", SNOMED),
        observation("8867-4", (70, "/min"), system=LOINC),
        condition("x") | {"code": {"text": "Hypertension"}},
        condition("x") | {"code": {"coding": [{"system": "urn:local", "code": "1", "display": "Hypertension"}]}},
        condition("x") | {"code": {"coding": [{"system": "urn:local", "code": "1"}, {"system": SNOMED, "code": "1"}]}},
        condition("x") | {"code": None},
    ],
)
def test_what_is_known_to_be_something_else_is_nobodys_business(resource: dict[str, Any]) -> None:
    assert take(bundle(metastasis(), resource)).ledger == ()


def test_of_many_systems_a_few_are_named_and_none_that_may_be_anything() -> None:
    systems = ["urn:a", "urn:b", "<script>", "urn:d", "urn:e"]
    strange = [observation("1", 1, system=system) for system in systems]
    (line,) = take(bundle(metastasis(), *strange)).ledger
    assert "(another, urn:a, urn:b and 2 more)" in line.text
    assert "script" not in line.text


def test_each_type_has_its_own_line() -> None:
    intake = take(bundle(metastasis(), condition("1", "urn:a"), procedure("1", "urn:b")))
    assert remarks(intake) == {"Condition": {"not-understood"}, "Procedure": {"not-understood"}}


@pytest.mark.parametrize("words", ["Zustand nach Bestrahlung der BWS", "Vorbestrahlung", "s/p XRT spine"])
@pytest.mark.parametrize("kind", [condition, observation])
def test_earlier_radiotherapy_in_the_words_of_a_code_was_perhaps_at_the_lesion(kind: Any, words: str) -> None:
    intake = take(bundle(metastasis(), kind("x", name="x") | {"code": {"text": words}}))
    assert said(intake, "prior-radiotherapy-at-level", "T6")
    assert possible(intake, "prior-radiotherapy-at-level", "T6") == {True, False}
    assert [code for codes in remarks(intake).values() for code in codes] == ["not-understood"]


@pytest.mark.parametrize(
    "resource",
    [
        observation("x", False) | {"code": {"text": "Vorbestrahlung"}},
        observation("x", True, status="entered-in-error") | {"code": {"text": "Vorbestrahlung"}},
        condition("x", verification="refuted") | {"code": {"text": "Vorbestrahlung"}},
        condition("x") | {"code": {"text": "Zustand nach Bestrahlung der Mamma"}},
    ],
)
def test_what_is_denied_or_elsewhere_was_not_at_the_lesion(resource: dict[str, Any]) -> None:
    assert not said(take(bundle(metastasis(), resource)), "prior-radiotherapy-at-level", "T6")
