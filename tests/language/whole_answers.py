"""Whole answers in Japanese: of the examples, and of records that are drawn so that every kind of text comes up."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from service import language, report
from service.assess import assess
from service.assessment import Assessment
from service.evidence import Choice, Number
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.languages import Said
from service.fhir_mapping.outbound.outcome import operation_outcome
from service.findings import FINDINGS, LESION
from service.language import speaking
from service.policy import DEFAULT
from service.problems import Rejected
from service.vertebrae import LEVELS, REGIONS
from tests.support.policies import recalibration
from tests.support.records import TUMOUR, bundle, concept, metastasis, observation, primary

ROOT = Path(__file__).parents[2]
FILES = (
    *sorted((ROOT / "examples").rglob("*.json")),
    *sorted((ROOT / "tests" / "data").rglob("*.json")),
)
POLICIES = (
    DEFAULT,
    replace(
        DEFAULT,
        name="other",
        escc_1c="high",
        guideline="cepo-2012",
        unsaid_radiotherapy="unknown",
        unavailable=frozenset(("srs", "embolisation")),
    ),
    replace(
        DEFAULT,
        name="little",
        unavailable=frozenset(("surgery", "kyphoplasty", "carbon-ion", "cebrt")),
        survival_threshold_months=6,
    ),
    replace(
        DEFAULT,
        name="recalibrated",
        recalibrations=(recalibration(), replace(recalibration("nesms"), made=date(2020, 1, 1))),
    ),
)
_NO_OBSERVATION = ("vertebral-level", "wbb-zones", "wbb-layers")
_CODES = sorted(set(FINDINGS) - set(_NO_OBSERVATION))
_DRAWN = 40
AS_OF = when("2026-10-02")


@cache
def records() -> tuple[tuple[str, Any], ...]:
    """Every record of the repository, and drawn ones, each with its name."""
    found = [(file.name, json.loads(file.read_bytes())) for file in FILES]
    chance = random.Random(7)  # drawn, and the same in every run
    return (*found, *((f"drawn {n}", _drawn(chance)) for n in range(_DRAWN)))


def _drawn(chance: random.Random) -> Any:
    places = chance.sample([*LEVELS, *REGIONS], chance.randint(1, 3))
    levels = [place for place in places if place in LEVELS]
    said = []
    for code in chance.sample(_CODES, chance.randint(2, 32)):
        at = chance.choice([*levels, None]) if FINDINGS[code].scope == LESION else None
        said.append(observation(code, _value(chance, code), at, name=f"o{len(said)}"))
    if chance.random() < 0.6:
        tumour = chance.choice(("breast", "kidney", "lung-nsclc", "prostate", "myeloma", "chordoma", "other"))
        said.append(primary(tumour))
    return bundle(*(metastasis(level) for level in levels), *said)


def _value(chance: random.Random, code: str) -> Any:
    domain = FINDINGS[code].domain
    if isinstance(domain, Number):
        if domain.whole:
            return chance.randint(int(domain.low), 9)
        number = chance.randint(int(domain.low) + 1, int(min(domain.high, 500)) // 2)
        return (number, domain.unit, chance.choice((None, "<", ">", "<=", ">=")))
    assert isinstance(domain, Choice)
    coded = [*domain.values, *domain.groups]
    if code == "primary-tumour":
        return {"valueCodeableConcept": concept((str(chance.choice(coded)), TUMOUR))}
    if code == "visceral-metastases":
        return chance.choice(("none", *sorted(set(domain.groups) - {"leptomeningeal"})))
    return chance.choice(coded)


@cache
def assessments() -> tuple[tuple[str, Assessment | Rejected], ...]:
    """What is said of each record, by one policy after another."""
    return tuple(_assessments())


def _assessments() -> Iterator[tuple[str, Assessment | Rejected]]:
    for n, (name, record) in enumerate(records()):
        policy = POLICIES[n % len(POLICIES)]
        try:
            yield f"{name}, {policy.name}", assess(record, AS_OF, policy)
        except Rejected as rejected:
            yield f"{name}, {policy.name}", rejected


def answers() -> Iterator[tuple[str, Any]]:
    """The answers, with their parts."""
    for name, found in assessments():
        if isinstance(found, Rejected):
            yield name, operation_outcome(*found.problems)
        else:
            yield name, answer(found)


def reports() -> Iterator[tuple[str, str]]:
    """The reports of every second record, in the language that is spoken."""
    for name, found in assessments()[::2]:
        if isinstance(found, Assessment):
            yield name, report.text(found)


def asked() -> Iterator[str]:
    """Every text that is looked up when these answers and reports are said."""
    found: dict[str, None] = {}

    def write_down(english: str) -> str:
        found[english] = None
        return english

    said = Said(write_down, "ja")
    for _, resource in answers():
        said.resource(resource)
    with mock.patch.object(language, "translator", return_value=write_down), speaking("ja"):
        for _ in reports():
            pass
    yield from found
