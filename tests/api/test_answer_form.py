"""What every answer has, whatever the case: order, pairs of resources, proposals, plan and provenance."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from service import BASE
from tests.support import answers as a
from tests.support.stored import CASES, contract

ORDER = [
    "CarePlan",
    "GuidanceResponse",
    "RiskAssessment",
    "Observation",
    "ServiceRequest",
    "Goal",
    "Device",
    "Provenance",
    "OperationOutcome",
]


@pytest.mark.parametrize("case", CASES)
def test_the_resources_come_in_the_order_of_the_interface(answers: dict[str, Any], case: str) -> None:
    kinds = [kind for kind, _ in groupby(r["resourceType"] for r in a.resources(answers[case]))]
    assert kinds == ORDER


@pytest.mark.parametrize("case", CASES)
def test_every_score_has_one_observation_and_one_risk_assessment(answers: dict[str, Any], case: str) -> None:
    answer = answers[case]
    observed = [(a.code(r["code"], "score"), a.site(r)) for r in a.resources(answer, "Observation")]
    judged = [(a.code(r["method"], "score"), a.site(r)) for r in a.resources(answer, "RiskAssessment")]
    assert observed == judged
    assert len(set(observed)) == len(observed)
    for name, at in observed:
        observation, risk = a.score(answer, str(name), at), a.risk(answer, str(name), at)
        assert observation["status"] == risk["status"] == ("final" if "valueQuantity" in observation else "preliminary")
        assert a.bands(observation) == a.bands(risk)
        assert risk["basis"][0]["reference"] == f"urn:uuid:{observation['id']}"
        assert isinstance(risk["mitigation"], str)
        assert risk["performer"]["reference"] == f"urn:uuid:{a.one(answer, 'Device')['id']}"


@pytest.mark.parametrize("case", CASES)
def test_every_prediction_has_a_risk_and_a_published_figure_or_none(answers: dict[str, Any], case: str) -> None:
    for risk in a.resources(answers[case], "RiskAssessment"):
        for prediction in risk["prediction"]:
            assert prediction["qualitativeRisk"]["coding"][0]["code"] in {
                "negligible",
                "low",
                "moderate",
                "high",
                "certain",
            }
            assert prediction["rationale"]
            if "probabilityDecimal" in prediction:
                assert 0 <= prediction["probabilityDecimal"] <= 100, "a percentage"
                assert not 0 < prediction["probabilityDecimal"] < 1, "a fraction"
                assert prediction["whenRange"]["high"]["code"] in ("mo", "d")
                assert "n = " in prediction["rationale"]
            else:
                assert set(prediction["probabilityRange"]) == {"extension"}


@pytest.mark.parametrize("name", ["sins", "tokuhashi-revised", "tomita", "bauer-modified"])
def test_no_figure_is_invented_for_a_score_that_publishes_none(answers: dict[str, Any], name: str) -> None:
    for answer in answers.values():
        for risk in a.resources(answer, "RiskAssessment"):
            if a.code(risk["method"], "score") == name:
                assert not any("probabilityDecimal" in p for p in risk["prediction"])


OF_PATIENT = (
    "rehabilitation", "bone-modifying-agent", "systemic-therapy", "supportive-care", "staging", "biopsy", "mdt-review",
)  # fmt: skip
"""Proposals for the patient as a whole."""


@pytest.mark.parametrize("case", CASES)
def test_every_proposal_is_a_draft_that_names_rule_reason_and_urgency(answers: dict[str, Any], case: str) -> None:
    answer = answers[case]
    assert len(a.requests(answer)) == len(a.resources(answer, "ServiceRequest"))
    for proposal in a.requests(answer):
        assert (proposal["status"], proposal["intent"]) == ("draft", "proposal")
        assert all(url.startswith(f"{BASE}/PlanDefinition/") for url in proposal["instantiatesCanonical"])
        assert (proposal["priority"] == "stat") == (a.rules(proposal) == ["emergency"])
        assert proposal["priority"] in ("stat", "urgent", "routine")
        assert proposal["reasonCode"][0]["text"]
        assert proposal["code"]["text"]
        if a.rules(proposal) != ["missing-data"]:
            assert proposal["reasonReference"]
            of_patient = a.code(proposal["code"], "treatment") in OF_PATIENT
            assert of_patient or proposal["bodySite"]
        if not a.settled(proposal):
            assert proposal["asNeededCodeableConcept"]["text"].startswith("if ")
            assert a.deciding(proposal)


@pytest.mark.parametrize("case", CASES)
def test_the_plan_is_a_proposal_of_the_device_on_the_scores(answers: dict[str, Any], case: str) -> None:
    answer = answers[case]
    plan = a.one(answer, "CarePlan")
    device = f"urn:uuid:{a.one(answer, 'Device')['id']}"
    assert (plan["status"], plan["intent"]) == ("draft", "proposal")
    assert plan["author"]["reference"] == device
    assert plan["subject"]["reference"] == "Patient/p1"
    (canonical,) = plan["instantiatesCanonical"]
    assert canonical.startswith(f"{BASE}/PlanDefinition/")
    assert "|" in canonical
    risks = [f"urn:uuid:{r['id']}" for r in a.resources(answer, "RiskAssessment")]
    assert [r["reference"] for r in plan["supportingInfo"]] == risks
    assert len(plan["goal"]) == len(a.resources(answer, "Goal"))
    guidance = a.one(answer, "GuidanceResponse")
    assert guidance["result"]["reference"] == f"urn:uuid:{plan['id']}"
    assert guidance["status"] == "data-requested"
    assert guidance["dataRequirement"]


@pytest.mark.parametrize("case", CASES)
def test_the_provenance_names_every_observation_that_was_used_and_the_policy(
    answers: dict[str, Any], case: str
) -> None:
    provenance = a.one(answers[case], "Provenance")
    given = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in contract(case)["entry"]}
    used = {e["what"]["reference"] for e in provenance["entity"]}
    assert used == given - {"Condition/c2"}, "the refuted diagnosis, and nothing else, has no part in it"
    assert "policy default" in provenance["agent"][0]["who"]["display"]
