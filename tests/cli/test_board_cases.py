"""Ten published cases as a board reads them: a short head, emergencies first, a source for each advice, no jargon."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle

from service import report
from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.scoring.sources import Source
from service.wording import treatment
from tests.support.stored import EXAMPLES

BOARD = EXAMPLES / "board"
NAMES = sorted(path.stem for path in BOARD.glob("*.json"))
#: Words of the program, which mean nothing to a board.
JARGON = re.compile(r"\b(settled|paths?|findings?|Span|None)\b")
#: Rules of this project, which no publication has.
OWN_RULES = {"availability", "systemic-fitness"}
_WIDTH = 100


def path_of(name: str) -> Path:
    return BOARD / f"{name}.json"


@cache
def assessed(name: str) -> Assessment:
    record = orjson.loads(path_of(name).read_bytes())
    return assess(record, when(record["timestamp"]))


@cache
def text(name: str) -> str:
    return report.text(assessed(name))


def section(name: str, title: str) -> list[str]:
    """The lines under a title, up to the next empty line."""
    lines = text(name).splitlines()
    start = lines.index(title) + 1
    return lines[start : lines.index("", start)]


def entries(lines: list[str]) -> list[str]:
    """Lines that begin an entry; what a long one goes on with counts with it."""
    joined: list[str] = []
    for line, before in zip(lines, ["", *lines], strict=False):
        # A line is wrapped where its first word did not fit on the one before.
        wrapped = before and len(before) + 1 + len(line.split()[0]) > _WIDTH
        if wrapped:
            joined[-1] += " " + line.strip()
        else:
            joined.append(line.strip())
    return joined


def test_there_are_ten() -> None:
    assert len(NAMES) == 10
    table = (BOARD / "README.md").read_text()
    assert all(f"| `{name}.json` |" in table for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_valid_collection_without_identifiers(name: str) -> None:
    raw = path_of(name).read_bytes()
    Bundle.model_validate_json(raw)
    record = orjson.loads(raw)
    assert record["type"] == "collection"
    resources = [entry["resource"] for entry in record["entry"]]
    (patient,) = [each for each in resources if each["resourceType"] == "Patient"]
    assert patient.keys() <= {"resourceType", "id", "gender", "birthDate"}
    assert not any("identifier" in each or "text" in each for each in resources)


@pytest.mark.parametrize("name", NAMES)
def test_the_head_has_at_most_five_entries(name: str) -> None:
    assert 1 <= len(entries(section(name, "IN SHORT"))) <= 5


@pytest.mark.parametrize("name", NAMES)
def test_no_line_is_over_100_columns(name: str) -> None:
    assert max(map(len, text(name).splitlines())) <= _WIDTH


@pytest.mark.parametrize("name", NAMES)
def test_no_word_of_the_program_occurs(name: str) -> None:
    assert not [line for line in text(name).splitlines() if JARGON.search(line)]


@pytest.mark.parametrize("name", NAMES)
def test_each_advice_names_its_source_in_the_report_or_is_a_rule_of_this_project(name: str) -> None:
    said = " ".join(text(name).split())
    for recommendation in assessed(name).plan.recommendations:
        for advice in recommendation.advice:
            rule = advice.rule
            if rule.plan == "missing-data":
                continue
            assert isinstance(rule.source, Source) or rule.plan in OWN_RULES, advice.treatment
            if rule.source:
                # With its source, or with that of the guideline in the reason itself.
                assert rule.source.short in advice.reason or f"{advice.reason} ({rule.source.short})" in said


@pytest.mark.parametrize("name", NAMES)
def test_emergencies_come_first(name: str) -> None:
    recommendations = assessed(name).plan.recommendations
    urgent = [each.urgent for each in recommendations]
    assert urgent == sorted(urgent, reverse=True)
    head, plan = section(name, "IN SHORT"), section(name, "PLAN")
    assert ("EMERGENCY" in head[0]) == any(urgent)
    assert plan[0].startswith(f"  1. {'EMERGENCY: ' * any(urgent)}") or not any(urgent)
    assert treatment(recommendations[0].treatment) in " ".join(plan[:2])
