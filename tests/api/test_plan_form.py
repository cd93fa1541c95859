"""The plan in FHIR: priority, forms, reasons, what would change it, what is not advised, and the prognosis."""

from __future__ import annotations

from typing import Any

import pytest

from service.policy import Policy
from tests.support import answers as a
from tests.support.answered import answer_to
from tests.support.records import Resource, bundle, metastasis, observation, primary, quantity

UNSTABLE = {
    "sins-pain": "mechanical",
    "sins-bone-lesion": "lytic",
    "sins-alignment": "subluxation-translation",
    "sins-collapse": "over-50",
    "sins-posterolateral": "bilateral",
}


def record(*more: Resource, tumour: str = "kidney", level: str = "T8", **findings: Any) -> Resource:
    told = {**UNSTABLE, **{code.replace("_", "-"): value for code, value in findings.items()}}
    return bundle(
        primary(tumour),
        metastasis(level),
        *(observation(code, value, level) for code, value in told.items()),
        *more,
    )


def test_a_form_of_a_treatment_is_based_on_it() -> None:
    answer = answer_to(record(observation("surgical-fitness", "fit"), escc_grade="escc-2", myelopathy=False))
    parent = a.request(answer, "decompression-stabilisation", "T8")
    form = a.request(answer, "separation-surgery", "T8")
    assert form["basedOn"] == [{"reference": f"urn:uuid:{parent['id']}", "type": "ServiceRequest"}]
    assert "basedOn" not in parent


def test_an_emergency_is_stat_its_treatment_urgent_and_the_rest_routine() -> None:
    answer = answer_to(record(progressive_deficit=True, escc_grade="escc-2", tumour="breast"))
    priorities = {a.code(p["code"], "treatment"): p["priority"] for p in a.requests(answer)}
    assert {priorities[t] for t in ("urgent-spine-referral", "mri-whole-spine", "dexamethasone")} == {"stat"}
    assert priorities["stabilisation"] == priorities["cebrt"] == "urgent"
    assert priorities["lab-test"] == "routine"
    order = [p["priority"] for p in a.requests(answer)]
    assert order.index("urgent") > order.index("stat")


def test_a_drug_has_its_rxnorm_code_beside_ours() -> None:
    answer = answer_to(record(progressive_deficit=True))
    codings = a.request(answer, "dexamethasone", "T8")["code"]["coding"]
    assert {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "3264"} in codings


def test_a_settled_proposal_says_which_other_answer_would_change_it() -> None:
    answer = answer_to(record(escc_grade="escc-1b", myelopathy=False, prior_radiotherapy_at_level=False))
    notes = [note["text"] for note in a.request(answer, "srs", "T8")["note"]]
    assert any(note.startswith("What would change this: if myelopathy:") for note in notes)
    (high,) = [note for note in notes if note.startswith("What would change this: if ESCC 2 or 3")]
    assert "fitness for surgery" in high


def test_what_is_not_advised_is_a_note_of_the_plan_with_its_reason() -> None:
    plan = a.one(answer_to(record(escc_grade="escc-0", prior_radiotherapy_at_level=True)), "CarePlan")
    notes = [note["text"] for note in plan["note"]]
    assert all(note.startswith("Not advised: ") for note in notes)
    assert any("(cEBRT)" in note and "contraindicated" in note and "irradiated before" in note for note in notes)


def test_the_description_of_the_plan_is_its_head_and_says_that_the_board_decides() -> None:
    answer = answer_to(record(progressive_deficit=True))
    lines = a.one(answer, "CarePlan")["description"].split("\n")
    assert lines[0].startswith("EMERGENCY at T8: ")
    assert lines[-1] == "For the multidisciplinary tumour board to decide on. Advice, not an order."
    assert len(lines) <= 6


def prognosis(answer: Resource) -> dict[str, Any]:
    response = a.one(answer, "GuidanceResponse")
    (contained,) = [c for c in response["contained"] if c["id"] == "handoffs"]
    (found,) = [p for p in contained["parameter"] if p["name"] == "prognosis"]
    likely = {
        part["part"][0]["valueQuantity"]["value"]: part["part"][1]["valueCode"]
        for part in found["part"]
        if part["name"] == "livesLongerThan"
    }
    models = {
        part["part"][0]["valueCoding"]["code"]: {
            p["part"][0]["valueQuantity"]["value"]: p["part"][1]["valueCode"]
            for p in part["part"]
            if p["name"] == "livesLongerThan"
        }
        for part in found["part"]
        if part["name"] == "model"
    }
    (lead,) = [part["valueCoding"]["code"] for part in found["part"] if part["name"] == "leadModel"]
    source = next((part["valueCode"] for part in found["part"] if part["name"] == "source"), None)
    return {"likely": likely, "models": models, "lead": lead, "source": source}


LOW_RISK = [
    observation("visceral-metastases", "none"),
    observation("brain-metastases", False),
    observation("ecog", 1),
    observation("previous-chemotherapy", False),
    observation("bone-metastases", "solitary"),
]


def test_the_lead_model_answers_at_each_time_and_the_others_stand_beside_it() -> None:
    found = prognosis(answer_to(record(*LOW_RISK, tumour="thyroid")))
    assert found["lead"] == "katagiri-revised"
    assert found["source"] == "lead-model"
    assert found["likely"] == {3: "yes", 6: "yes", 12: "yes", 24: "yes"}
    assert found["models"]["katagiri-revised"] == found["likely"]
    assert found["models"]["van-der-linden"][24] in ("no", "cannot-tell")
    assert len(found["models"]) >= 7


def test_a_record_that_says_little_cannot_tell() -> None:
    found = prognosis(answer_to(record()))
    assert set(found["likely"].values()) == {"cannot-tell"}


def test_a_clinicians_estimate_counts_and_the_models_stand_beside_it() -> None:
    estimate = observation("life-expectancy", valueQuantity=quantity(4, "mo"))
    found = prognosis(answer_to(record(*LOW_RISK, estimate, tumour="thyroid")))
    assert found["source"] == "clinician"
    assert found["likely"] == {3: "yes", 6: "no", 12: "no", 24: "no"}
    assert found["models"]["katagiri-revised"][24] == "yes"


@pytest.mark.parametrize("lead", ["tokuhashi-revised", "tomita", "mizumoto"])
def test_the_policy_names_the_lead_model(lead: str) -> None:
    assert prognosis(answer_to(record(*LOW_RISK), policy=Policy("site", lead_model=lead)))["lead"] == lead


def test_what_the_site_lacks_is_referred_and_what_is_lost_is_said() -> None:
    site = Policy("site", unavailable=frozenset(("srs",)))
    answer = answer_to(record(escc_grade="escc-0", myelopathy=False, tumour="colon"), policy=site)
    assert "srs" not in a.treatments(answer, "T8")
    assert {"stabilisation", "cebrt", "referral"} <= set(a.treatments(answer, "T8"))
    referral = a.request(answer, "referral", "T8")
    assert referral["priority"] == "urgent"
    assert "SRS would be advised and is not to be had here" in referral["reasonCode"][0]["text"]
    assert a.rules(referral) == ["availability"]


def test_the_judgement_of_the_board_on_stability_settles_the_plan() -> None:
    indeterminate = {**UNSTABLE, "sins-alignment": "normal", "sins-collapse": "none", "sins-posterolateral": "none"}
    told = {code.replace("-", "_"): value for code, value in indeterminate.items()}
    rest = {"escc_grade": "escc-0", "myelopathy": False, "tumour": "breast", "level": "L1"}
    before = answer_to(record(**told, **rest))
    stabilisation = a.request(before, "stabilisation", "L1")
    assert a.deciding(stabilisation) == ["mechanical-stability"]
    assert a.settled(a.request(before, "cebrt", "L1"))
    assert a.settled(a.request(before, "mdt-review", "L1"))
    after = answer_to(record(**told, **rest, mechanical_stability="unstable"))
    assert a.settled(a.request(after, "stabilisation", "L1"))
    assert "SINS 7-12 has no row" not in str(a.requests(after, "L1"))
    stable = answer_to(record(**told, **rest, mechanical_stability="stable"))
    assert "stabilisation" not in a.treatments(stable, "L1")
