"""Conversions, the policy, the hand-offs and the page on readings are rendered whole."""

from __future__ import annotations

from dataclasses import fields

import pytest

from service import derivations
from service.conversions import RULES, Conversion
from service.handoffs import HANDOFFS
from service.knowledge import content, conversions
from service.knowledge.read_as import title, values_said
from service.policy import Policy
from tests.core.cases import case, lesion
from tests.knowledge.rendered import KINDS, rendered

each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_every_conversion_has_a_line_for_every_value(kind: str) -> None:
    rows = rendered(kind, "conversions").rows
    for to, origins, rule in RULES:
        if isinstance(rule, Conversion):
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
def test_what_follows_without_a_table_is_said_as_the_engine_derives_it(kind: str) -> None:
    said = {cells[0]: cells[1] for cells in rendered(kind, "conversions").rows if len(cells) == 2}
    for finding, text in conversions.OTHERS:
        assert said[title(finding)] == text
    paralysed = derivations.derive(case(lesion("T8"), frankel_grade="frankel-c"))
    assert paralysed.possible("progressive-deficit") == {True, False}
    assert said["New or progressive deficit"].startswith("Yes or no, ")
    record = derivations.derive(
        case(
            lesion("T8", spinal_cord_compression=True, progressive_deficit=True),
            lesion("L2"),
            primary_tumour="breast",
            triple_negative=True,
            brain_metastases=True,
        )
    )
    upper, lower = record.lesions
    assert [record.possible("myelopathy", each) for each in (upper, lower)] == [{True}, {False}]
    derived = {*record.evidence, *upper.evidence} - {code for code, _, _ in RULES}
    given = {"primary-tumour", "triple-negative", "brain-metastases", "vertebral-level", "tumour-origin"}
    given |= {"spinal-cord-compression", "progressive-deficit"}
    assert derived - given | {"progressive-deficit"} == {finding for finding, _ in conversions.OTHERS}


@each_kind
def test_every_reading_of_a_conversion_is_said(kind: str) -> None:
    text = rendered(kind, "conversions").text
    for reading in conversions.READINGS:
        assert reading.differ in text
        assert reading.read in text


@each_kind
def test_every_setting_of_a_policy_is_said_with_its_default(kind: str) -> None:
    rows = {cells[0]: cells[1:] for cells in rendered(kind, "policy").rows}
    for setting in fields(Policy):
        default, meaning = rows[setting.name]
        value = getattr(Policy(), setting.name)
        assert default == ("none" if value in (frozenset(), ()) else str(value))
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
    leading = [s for s in content.sections() if any(part.id == f"{s.id}-readings" for part in s.parts)]
    assert {"noms", "emergency", "tumours", "conversions", "surgery", "care", "tokuhashi-revised"} <= {
        section.id for section in leading
    }
    for section in leading:
        assert section.title in text


def test_the_ids_that_are_known_beforehand_are_those_of_the_sections() -> None:
    assert tuple(content.by_id()) == content.IDS


@each_kind
def test_the_rules_of_the_plan_are_sections_of_their_own(kind: str) -> None:
    names = """prognosis emergency guidelines tumours systemic-fitness noms availability surgery kyphoplasty
    radiotherapy en-bloc primary-tumour care lmnop""".split()
    there = list(content.by_id())
    assert [name for name in there if name in names] == names
    assert all(rendered(kind, name).rows for name in names)
