"""The PlanDefinitions are the rules."""

from __future__ import annotations

from service import KNOWLEDGE_VERSION
from service.conditions import above, all_of, any_of, at_least, at_most, below, includes, is_, not_
from service.decision import noms
from service.fhir_mapping.artefacts import artefacts
from service.fhir_mapping.artefacts.phrases import said
from service.fhir_mapping.artefacts.plans import rules
from service.fhir_mapping.outbound.plan import PLAN_DEFINITION

PLANS = artefacts()["PlanDefinition"]


def test_there_is_one_for_each_rule_and_one_for_all() -> None:
    assert {*rules(), "spinal-tumour"} == set(PLANS)
    assert {"noms", "emergency", "missing-data", "primary-tumour"} <= set(rules())
    whole = PLANS["spinal-tumour"]
    assert whole["url"] == PLAN_DEFINITION
    assert [action["definitionCanonical"] for action in whole["action"]] == [
        f"{PLANS[name]['url']}|{KNOWLEDGE_VERSION}" for name in rules()
    ]
    assert next(iter(rules())) == "emergency"


def test_each_cites_its_sources() -> None:
    for name, listed in rules().items():
        cited = [artefact["citation"] for artefact in PLANS[name].get("relatedArtifact", ())]
        assert cited == list(dict.fromkeys(str(rule.source) for rule in listed if rule.source))


def test_noms_has_an_action_for_each_row() -> None:
    actions = PLANS["noms"]["action"]
    assert [action["description"] for action in actions] == [row.why for row in noms.ROWS]
    for action, row in zip(actions, noms.ROWS, strict=True):
        assert tuple(step["code"][0]["coding"][0]["code"] for step in action["action"]) == row.do
        (condition,) = action["condition"]
        assert condition["kind"] == "applicability"
        assert condition["expression"]["expression"] == said(row.when)
    assert len({action["condition"][0]["expression"]["expression"] for action in actions}) == len(actions)


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
