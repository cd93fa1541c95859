"""Ten published cases as a board reads them: a short head, emergencies first, a source for each advice, no jargon."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle

from service import report, wording
from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.scoring.sources import Source
from service.wording import short, treatment
from tests.support.stored import EXAMPLES

BOARD = EXAMPLES / "board"
NAMES = sorted(path.stem for path in BOARD.glob("*.json"))
#: Words of the program, which mean nothing to a board.
JARGON = re.compile(
    r"\b(settled|paths?|findings?|Span|None|mo)\b|10\*3|, open\b| at (spine|thoracic|lumbar|cervical)\b"
)
#: Rules of this project, which no publication has.
OWN_RULES = {"availability", "systemic-fitness"}
_WIDTH = 100
#: A numbered line of the plan.
ITEM = re.compile(r" *\d+\. ")


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
    """Entries, of which the lines after the first are moved in."""
    joined: list[str] = []
    for line in lines:
        if line.startswith("    "):
            joined[-1] += f" {line.strip()}"
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
        sourced = " ".join(wording.reasons(recommendation))
        for advice in recommendation.advice:
            rule = advice.rule
            if rule.plan == "missing-data":
                continue
            assert isinstance(rule.source, Source) or rule.plan in OWN_RULES, advice.treatment
            if rule.source:
                # With its source, or with that of the guideline in the reason itself.
                assert rule.source.short in sourced
                assert rule.source.short in said


@pytest.mark.parametrize("name", NAMES)
def test_every_reason_is_in_the_report(name: str) -> None:
    found, said = assessed(name), " ".join(text(name).split())
    for recommendation in found.plan.recommendations:
        if recommendation.urgent or recommendation.advice[0].rule.plan == "missing-data":
            continue
        possible = wording.left_open(found.plan.judged or found.case, recommendation.lesion)
        for reason in wording.reasons(recommendation, possible, brief=True):
            assert reason in said, recommendation.treatment
        for advice in recommendation.advice if recommendation.treatment == "mdt-review" else ():
            assert wording.in_brief(wording.cited(advice))[1] in said


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_dropped_in_silence(name: str) -> None:
    found, said = assessed(name), " ".join(text(name).split())
    for recommendation in found.plan.recommendations:
        for note in recommendation.notes:
            assert note.removeprefix("SINS 7-12 with collapse over 50 % is read as unstable (").rstrip(").") in said
        for fact in recommendation.facts:
            assert said.count(fact) == 1
    for each in found.plan.against:
        assert each.why in said
    for need in found.plan.needed:
        assert wording.asked(need.finding).lower() in said.lower()
    for entry in found.ledger:
        assert " ".join(entry.text.split()) in said
    for result in found.results:
        assert result.score.title in said or f" {wording.model(result.score)} {wording.total(result)}" in said
    for hand_off in found.handoffs:
        assert hand_off.hand_off.title in said


@pytest.mark.parametrize("name", NAMES)
def test_emergencies_come_first(name: str) -> None:
    recommendations = assessed(name).plan.recommendations
    urgent = [each.urgent for each in recommendations]
    assert urgent == sorted(urgent, reverse=True)
    head, plan = section(name, "IN SHORT"), section(name, "PLAN")
    assert ("EMERGENCY" in head[0]) == any(urgent)
    assert plan[0].startswith("  EMERGENCY") == any(urgent)
    items = [line for line in plan if ITEM.match(line)]
    assert treatment(recommendations[0].treatment) in items[0] or not any(urgent)


@pytest.mark.parametrize("name", NAMES)
def test_the_items_of_the_plan_are_numbered_from_one_and_none_is_left_out(name: str) -> None:
    items = [line for line in section(name, "PLAN") if ITEM.match(line)]
    assert [int(line.split(".")[0]) for line in items] == list(range(1, len(items) + 1))
    said = " ".join(" ".join(section(name, "PLAN")).split())
    for recommendation in assessed(name).plan.recommendations:
        assert treatment(recommendation.treatment) in said or f"as {short(recommendation.treatment)}" in said


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_goes_lesion_by_lesion_and_each_is_named_once(name: str) -> None:
    headings = [line for line in section(name, "PLAN") if re.match(r"  [A-Z]", line) and "EMERGENCY" not in line]
    named = [place for line in headings for place in line.strip().split(":")[0].split(", ") if place != "URGENT"]
    lesions = [wording.capital(wording.place(each)) for each in assessed(name).case.lesions]
    assert sorted(named) == sorted([*lesions, *(["PATIENT"] if "PATIENT" in named else [])])
    assert "PATIENT" not in named or headings[-1] == "  PATIENT:"


@pytest.mark.parametrize("name", NAMES)
def test_no_remark_of_the_plan_stands_twice(name: str) -> None:
    found = [line for line in section(name, "PLAN") if line.startswith(("     ! ", "  ! ")) and "as for" not in line]
    assert len(found) == len({*found})


@pytest.mark.parametrize("name", NAMES)
def test_a_board_can_read_it(name: str) -> None:
    lines = text(name).splitlines()
    assert len(lines) <= 190
    assert lines.index("PLAN") <= 14
    assert max(map(len, entries(section(name, "IN SHORT")))) <= 205


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "kidney-l1-emergency",
            [
                "EMERGENCY at L1: urgent referral to the spine service, MRI of the whole spine and dexamethasone.",
                "L1: if fit: embolisation, decompression and stabilisation, then SRS. If not: cEBRT; embolise and "
                "stabilise first if unstable (SINS). Multidisciplinary review.",
            ],
        ),
        (
            "breast-oligometastatic",
            [
                "S1: cEBRT; stabilise first if unstable (SINS).",
                "C4, T3, T10: cEBRT; stabilise first if unstable (SINS); review instead if myelopathy with ESCC 0 to ",
            ],
        ),
        ("unknown-primary-t7", ["First: staging and biopsy; T7: Stabilise if unstable (SINS); not if myelopathy with"]),
        ("prostate-not-walking", ["EMERGENCY (level not recorded): urgent referral", "Level not recorded: cEBRT; "]),
        (
            "lung-irradiated-before",
            ["Thoracic spine: ESCC 0 to 1b (not if myelopathy): SRS; stabilise first if unstable"],
        ),
    ],
)
def test_the_head_says_what_a_board_would(name: str, said: list[str]) -> None:
    found = entries(section(name, "IN SHORT"))
    for words in said:
        assert any(entry.startswith(words) for entry in found), words
    assert found[-1].startswith("Find out first: ")
    assert any(entry.startswith(("Survival: ", "Likely ", "Not likely ")) for entry in found)


def test_lesions_with_one_plan_share_it_and_what_was_said_of_another_is_not_said_again() -> None:
    plan = section("breast-oligometastatic", "PLAN")
    (heading,) = [line for line in plan if line.startswith("  C4, T3, T10: ")]
    assert "SINS 2 to 17 (C4), " in heading
    assert "SINS 1 to 16 (T3, T10)" in heading
    below = plan[plan.index(heading) :]
    assert "     as for S1" in below
    assert "  ! as for S1" in below


@pytest.mark.parametrize("name", NAMES)
def test_what_is_known_of_the_treatments_stands_at_the_end(name: str) -> None:
    titles = [line for line in text(name).splitlines() if re.fullmatch(r"[A-Z][A-Z ,]+", line)]
    assert titles[-1] == "KNOWN OF THESE TREATMENTS"
