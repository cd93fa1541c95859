"""NOMS, emergencies, conversions, the policy and the hand-offs are rendered whole."""

from __future__ import annotations

from dataclasses import fields

import pytest

from service import derivations, wording
from service.conditions import AllOf, atoms
from service.decision import emergency, noms
from service.decision.tumours import READINGS as ON_TUMOURS
from service.findings import FINDINGS
from service.handoffs import HANDOFFS
from service.knowledge import conversions, decisions
from service.knowledge.read_as import title, values_said
from service.knowledge.sources import labels
from service.policy import Policy
from service.scoring.model import Reading
from tests.decision.independent import ESCC, FITNESS, STABILITY, is_open, ways
from tests.knowledge.rendered import KINDS, rendered
from tests.scoring.independent import TUMOURS

each_kind = pytest.mark.parametrize("kind", KINDS)


def table(kind: str) -> list[tuple[str, ...]]:
    return [cells for cells in rendered(kind, "noms").rows if cells[0].isdigit()]


@each_kind
def test_every_row_of_noms_is_there_in_its_order(kind: str) -> None:
    rows = table(kind)
    assert [int(cells[0]) for cells in rows] == list(range(1, len(noms.ROWS) + 1))
    for cells, row in zip(rows, noms.ROWS, strict=True):
        *_, published, advice, why = cells
        assert (published == "open") == row.open
        assert why == row.why
        full = [wording.treatment(step) for step in row.do]
        assert [any(short in name for name in full) for short in advice.split(", then ")] == [True] * len(full)


@each_kind
def test_a_cell_that_is_said_to_be_open_is_open_in_the_engine_and_the_other_way_round(kind: str) -> None:
    marked = {int(cells[0]): "open" in cells for cells in table(kind)}
    seen = set()
    for way in ways(
        {
            "escc-grade": ESCC,
            "myelopathy": (False, True),
            "primary-tumour": TUMOURS,
            "stability": STABILITY,
            "surgical-fitness": FITNESS,
            "prior-radiotherapy-at-level": (False, True),
        }
    ):
        row = noms.row_for(lambda atom, way=way: atom.test(way[atom.finding]))
        number = noms.ROWS.index(row) + 1
        assert marked[number] == is_open(way), way
        seen.add(number)
    assert seen == set(marked), "a row that never applies"


def test_every_part_of_a_row_stands_in_one_column() -> None:
    for row in noms.ROWS:
        for part in row.when.parts if isinstance(row.when, AllOf) else (row.when,):
            reads = {atom.finding for atom in atoms(part)}
            assert sum(reads <= column for column in decisions._COLUMNS.values()) == 1, row.why


@each_kind
def test_what_is_added_to_the_rows_is_said_with_its_source(kind: str) -> None:
    rows = rendered(kind, "noms").rows
    for one_c in ("low", "high"):
        for way in ways(
            {
                "escc-grade": ESCC,
                "myelopathy": (False,),
                "primary-tumour": ("kidney", "breast", "melanoma"),
                "stability": STABILITY,
                "surgical-fitness": FITNESS,
                "prior-radiotherapy-at-level": (False,),
            }
        ):
            for step in noms.advise(lambda atom, way=way: atom.test(way[atom.finding]), one_c):
                if step.rule is not noms.NOMS:
                    source = labels()[step.rule.source] if step.rule.source else "none: a rule of this project"
                    assert (wording.treatment(step.treatment), source, step.reason) in rows


@each_kind
def test_every_alarm_is_there_with_both_steps(kind: str) -> None:
    rows = [cells[:2] for cells in rendered(kind, "emergency").rows]
    for finding in emergency.ALARMS:
        for step in ("urgent-spine-referral", "mri-whole-spine"):
            assert (f"{FINDINGS[finding].title}: yes", wording.treatment(step)) in rows
    assert any("ESCC 2 or ESCC 3" in cells[0] and "Myelopathy: yes" in cells[0] for cells in rows)


@each_kind
def test_every_conversion_has_a_line_for_every_value(kind: str) -> None:
    rows = rendered(kind, "conversions").rows
    for to, origins, rule in derivations.RULES:
        if isinstance(rule, derivations.Conversion):
            for value, found in rule.table.items():
                assert (values_said(origins[0], (value,)), values_said(to, found)) in rows
        else:
            for value, when in rule.rows:
                said = "; and ".join(f"{title(f)}: {values_said(f, (v,))}" for f, v in when.items())
                assert (said or "none of these", values_said(to, (value,))) in rows


@each_kind
def test_ecog_1_is_karnofsky_70_or_80(kind: str) -> None:
    assert ("1", "70 or 80") in rendered(kind, "conversions").rows


@each_kind
@pytest.mark.parametrize(
    ("section", "readings"),
    [
        ("noms", noms.READINGS),
        ("emergency", emergency.READINGS),
        ("tumours", ON_TUMOURS),
        ("conversions", conversions.READINGS),
    ],
)
def test_every_reading_of_a_rule_is_said(kind: str, section: str, readings: tuple[Reading, ...]) -> None:
    text = rendered(kind, section).text
    for reading in readings:
        assert reading.differ in text
        assert reading.read in text


@each_kind
def test_every_setting_of_a_policy_is_said_with_its_default(kind: str) -> None:
    rows = {cells[0]: cells[1:] for cells in rendered(kind, "policy").rows}
    for setting in fields(Policy):
        default, meaning = rows[setting.name]
        assert default == str(getattr(Policy(), setting.name))
        assert meaning.endswith("."), setting.name


@each_kind
def test_every_hand_off_has_its_inputs_and_why_it_is_one(kind: str) -> None:
    found = rendered(kind, "handoffs")
    for model in HANDOFFS:
        for said in (model.title, model.code, model.why, model.predicts, model.url, *map(str, model.sources)):
            assert said in found.text, model.code
        for each in model.inputs:
            finding = each.finding or "none: to be looked up"
            rows = [cells for cells in found.rows if cells[:2] == (each.label, finding)]
            assert any(each.note in cells[-1] or (not each.note and cells[-1] == "-") for cells in rows), each.label
        for reading in model.readings:
            assert reading.differ in found.text
            assert reading.read in found.text


@each_kind
def test_the_page_on_readings_leads_to_every_section_that_has_some(kind: str) -> None:
    text = rendered(kind, "readings").text
    for name in ("Revised Tokuhashi score", "NOMS framework", "Primary tumours", "Conversions", "Emergencies"):
        assert name in text
