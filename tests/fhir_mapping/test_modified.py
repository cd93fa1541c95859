"""What a modifier extension may turn is not read as it stands."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.records import (
    bundle,
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

NEGATED = {"modifierExtension": [{"url": "http://hospital.example/negated", "valueBoolean": True}]}
MODIFIERS = [NEGATED, {"implicitRules": "http://hospital.example/rules"}]


@pytest.mark.parametrize("modifier", MODIFIERS, ids=["extension", "rules"])
@pytest.mark.parametrize(
    ("resource", "finding"),
    [
        (condition("C78.7", name="x"), "visceral-metastases"),
        (observation("ecog", 4, name="x"), "ecog"),
        (observation("brain-metastases", True, name="x"), "brain-metastases"),
        (procedure("367336001", name="x"), "previous-chemotherapy"),
    ],
)
def test_a_resource_that_is_modified_says_nothing_and_is_in_the_ledger(
    resource: dict[str, Any], finding: str, modifier: dict[str, Any]
) -> None:
    plain, modified = (take(bundle(metastasis(), primary("breast"), {**resource, **m})) for m in ({}, modifier))
    assert possible(plain, finding) < possible(modified, finding)
    assert remarks(modified)[f"{resource['resourceType']}/x"] == {"not-understood"}


def test_a_modifier_within_a_component_counts_too() -> None:
    parts = [{"code": observation("ecog")["code"], "valueInteger": 4, **NEGATED}]
    panel = observation("x", system="urn:local", name="x", component=parts)
    assert not said(take(bundle(metastasis(), panel)), "ecog")


def test_a_lesion_is_not_made_by_what_is_modified() -> None:
    assert lesion_names(take(bundle({**metastasis(), **NEGATED}))) == []


def test_what_is_modified_is_not_denied_by_silence() -> None:
    intake = take(bundle(metastasis(), {**condition("C78.7"), **NEGATED}), assume_complete=True)
    assert len(possible(intake, "visceral-metastases")) > 1


def test_a_treatment_that_is_modified_was_perhaps_given() -> None:
    irradiated = procedure("108290001", at="T6")
    assert possible(take(bundle(metastasis(), irradiated)), "prior-radiotherapy-at-level", "T6") == {True}
    perhaps = take(bundle(metastasis(), {**irradiated, **NEGATED}))
    assert said(perhaps, "prior-radiotherapy-at-level", "T6")
    assert possible(perhaps, "prior-radiotherapy-at-level", "T6") == {True, False}
