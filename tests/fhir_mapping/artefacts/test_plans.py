"""The PlanDefinitions are the rules: one for each that a proposal can name, with an action for each row."""

from __future__ import annotations

from typing import Any

import pytest

from service import KNOWLEDGE_VERSION, wording
from service.conditions import ALWAYS, above, all_of, any_of, at_least, at_most, below, includes, is_, not_, within
from service.decision import noms
from service.decision.alarms import ALARMS
from service.decision.emergency import cautions
from service.decision.fitness import bars
from service.decision.guideline_notes import notes
from service.decision.guidelines import GUIDELINES, Guideline
from service.decision.model import Bar, Note, Row, Rule
from service.decision.tumours import SENSITIVE
from service.fhir_mapping.artefacts import artefacts
from service.fhir_mapping.artefacts.phrases import said
from service.fhir_mapping.artefacts.plans import rules
from service.fhir_mapping.outbound.plan import PLAN_DEFINITION
from service.policy import DEFAULT
from tests.knowledge.decided import every

PLANS = artefacts()["PlanDefinition"]
#: What the default policy does not have: the sources of other guidelines, and the notes that are theirs alone.
OTHERS = [guideline for guideline in GUIDELINES.values() if guideline.code != DEFAULT.guideline]
OTHER_GUIDELINES = {source for guideline in OTHERS for source in guideline.sources}
Action = dict[str, Any]


def rows_of(name: str) -> list[Row]:
    """The rows of the rules of a PlanDefinition, each once however many modules show it."""
    found = {
        (row.why, said(row.when), row.do): row
        for row in every(Row)
        if row.rule.plan == name and not (row.rule.title == "Emergency" and row.rule.source in OTHER_GUIDELINES)
    }
    return list(found.values())


def codes(action: Action) -> tuple[str, ...]:
    return tuple(step["code"][0]["coding"][0]["code"] for step in action["action"])


def condition(action: Action) -> str:
    (found,) = action["condition"]
    assert found["kind"] == "applicability"
    assert found["expression"]["language"] == "text/plain"
    return str(found["expression"]["expression"])


def test_there_is_one_for_each_rule_one_for_all_and_one_for_what_is_said_beside() -> None:
    assert {*rules(), "spinal-tumour", "remarks"} == set(PLANS)
    assert {rule.plan for rule in every(Rule)} | {row.rule.plan for row in every(Row)} == set(rules())
    whole = PLANS["spinal-tumour"]
    assert whole["url"] == PLAN_DEFINITION
    assert [action["definitionCanonical"] for action in whole["action"]] == [
        f"{PLANS[name]['url']}|{KNOWLEDGE_VERSION}" for name in (*rules(), "remarks")
    ]
    assert next(iter(rules())) == "emergency"
    assert [*rules()][-1] == "missing-data"


def test_each_cites_its_sources() -> None:
    for name, listed in rules().items():
        cited = [artefact["citation"] for artefact in PLANS[name].get("relatedArtifact", ())]
        assert cited == list(dict.fromkeys(str(rule.source) for rule in listed if rule.source))


@pytest.mark.parametrize("name", sorted({row.rule.plan for row in every(Row)}))
def test_each_has_an_action_for_each_of_its_rows(name: str) -> None:
    actions = {each["id"]: each for each in PLANS[name]["action"]}
    of_rows = [each for key, each in actions.items() if key.startswith("row-")]
    assert len(of_rows) == len(rows_of(name))
    assert len(actions) - len(of_rows) == (5 if name == "emergency" else 0)
    for row in rows_of(name):
        mine = [a for a in of_rows if (a["textEquivalent"], condition(a)) == (row.why, said(row.when))]
        (action,) = mine
        assert codes(action) == row.do
        assert action["title"] == "; ".join(map(wording.treatment, row.do))
        assert action["priority"] == row.urgency.name.lower()
        assert [each["citation"] for each in action["documentation"]] == [str(row.rule.source)]
        for parent in row.form_of:
            assert wording.short(parent) in action["description"]
        if row.certain:
            assert "only where it certainly holds" in action["description"]


def test_a_rule_without_rows_has_no_action() -> None:
    without = {name for name in rules() if "action" not in PLANS[name]}
    assert without == {"availability", "missing-data", "systemic-fitness"}


def test_fitness_says_what_makes_a_patient_unfit() -> None:
    for bar in bars(DEFAULT.survival_threshold_months):
        assert bar.text in PLANS["systemic-fitness"]["description"]


def test_emergencies_have_an_action_for_each_alarm_with_its_three_steps() -> None:
    alarms = [action for action in PLANS["emergency"]["action"] if action["id"].startswith("alarm-")]
    assert len(alarms) == len(ALARMS) + 1
    for action in alarms:
        assert action["priority"] == "stat"
        assert codes(action) == ("urgent-spine-referral", "mri-whole-spine", "dexamethasone")
        assert "within 24 hours" in action["action"][1]["textEquivalent"]
    depends = [condition(action) for action in alarms if "condition" in action["action"][2]]
    assert depends == ["Spinal cord compression: yes"]


def test_noms_has_an_action_for_each_row() -> None:
    actions = PLANS["noms"]["action"]
    assert [action["textEquivalent"] for action in actions] == [row.why for row in noms.ROWS]
    for action, row in zip(actions, noms.ROWS, strict=True):
        assert codes(action) == row.do
        assert condition(action) == said(row.when)
    assert len({condition(action) for action in actions}) == len(actions)


def notes_of(guideline: Guideline) -> set[str]:
    return {note.text for note in (*cautions(guideline), *notes(guideline))}


def test_every_note_and_contraindication_is_a_remark_on_each_of_its_treatments() -> None:
    remarks = {action["id"]: action["documentation"] for action in PLANS["remarks"]["action"]}
    others = set().union(*map(notes_of, OTHERS)) - notes_of(GUIDELINES[DEFAULT.guideline])
    assert others
    for note in every(Note):
        if note.text in others:
            continue
        for treatment in note.on:
            for text in displayed(note):
                citation = {"citation": str(note.source)} if note.source else {}
                assert {"type": "documentation", "display": text} | citation in remarks[treatment], text
    for bar in every(Bar):
        for treatment in bar.treatments:
            mine = [each for each in remarks[treatment] if each["display"].endswith(f": {bar.why}")]
            assert [each for each in mine if each["display"].startswith("Not to be given where ")], bar.why


def displayed(note: Note) -> list[str]:
    """A note with its condition, certain and possible."""
    when = wording.in_sentence(said(note.when))
    if note.when == ALWAYS:
        return [note.text]
    if note.text == note.perhaps:
        return [f"Where certainly or perhaps {when}: {note.text}"]
    certain = [f"Where {when}: {note.text}"] if note.text else []
    return certain + ([f"Where perhaps {when}: {note.perhaps}"] if note.perhaps else [])


def test_a_remark_is_on_a_treatment_that_has_a_code() -> None:
    for action in PLANS["remarks"]["action"]:
        assert action["code"][0]["coding"][0]["code"] == action["id"]
        assert action["id"] in wording.TREATMENTS


def test_conditions_read_as_sentences() -> None:
    fit, grade = is_("surgical-fitness", "fit"), is_("escc-grade", "escc-2", "escc-3")
    assert said(all_of(grade, fit)) == "(ESCC 2 or ESCC 3) and fit for surgery"
    assert said(any_of(fit, all_of(grade, fit))) == "fit for surgery or ((ESCC 2 or ESCC 3) and fit for surgery)"
    assert said(not_(grade)) == "not (ESCC 2 or ESCC 3)"
    assert said(at_least("albumin", 3.5)) == "Serum albumin 3.5 g/dL or more"
    assert said(below("albumin", 3.5)) == "Serum albumin under 3.5 g/dL"
    assert said(above("albumin", 3.5)) == "Serum albumin over 3.5 g/dL"
    assert said(at_most("albumin", 3.5)) == "Serum albumin 3.5 g/dL or less"
    assert said(includes("vertebral-level", "C1", "C2")) == "Vertebral level with C1 or C2"
    assert said(all_of()) == "always"
    assert said(any_of()) == "never"
    assert said(below("life-expectancy", 6)) == "Expected survival under 6 months"
    assert said(within("wbb-zones", *range(4, 9))) == "WBB zones none but 4-8"
    assert said(is_("pain-controlled", False)) == "not (pain controlled)"
    assert said(is_("ecog", 0)) == "ECOG performance status: 0"
    assert said(all_of(fit, all_of(grade, any_of(fit, any_of(grade))))) == (
        "fit for surgery and (ESCC 2 or ESCC 3) and (fit for surgery or (ESCC 2 or ESCC 3))"
    )


def test_a_class_of_tumours_is_named_and_any_other_list_is_said_tumour_by_tumour() -> None:
    assert said(SENSITIVE) == "a radiosensitive primary tumour"
    some = is_("primary-tumour", "lymphoma", "myeloma", "plasmacytoma", "breast", "prostate")
    assert said(some) == "primary tumour breast, prostate, lymphoma, myeloma or plasmacytoma"
