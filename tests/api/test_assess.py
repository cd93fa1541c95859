"""The four cases of the contract, line by line, on the FHIR that the operation answers with."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import answers as a
from tests.support.door import assess
from tests.support.stored import contract

# a. Settled although incomplete


def test_a_sins_is_settled_as_stable_although_one_item_is_missing(answers: dict[str, Any]) -> None:
    sins = a.score(answers["a"], "sins", "T6")
    assert sins["status"] == "preliminary"
    assert a.number(sins) == (1, 4)
    assert a.items(sins) == {
        "location": 1,
        "pain": 0,
        "bone-lesion": 0,
        "alignment": 0,
        "collapse": 0,
        "posterolateral": "unknown",
    }
    assert a.bands(sins) == ["sins.stable"]
    assert sins["note"] == [{"text": "Possible totals: 1, 2, 4."}]
    assert a.code(sins["bodySite"], "vertebra") == "T6"


def test_a_radiotherapy_is_settled_whatever_is_missing(answers: dict[str, Any]) -> None:
    assert a.treatments(answers["a"], "T6") == ["cebrt"]
    proposal = a.request(answers["a"], "cebrt", "T6")
    assert a.settled(proposal)
    assert a.rules(proposal) == ["noms"]
    assert {"system": "http://snomed.info/sct", "code": "1156506007"} in proposal["code"]["coding"]


def test_a_what_is_missing_could_change_survival_scores_only(answers: dict[str, Any]) -> None:
    needed = a.needed(answers["a"])
    assert not {"escc-grade", "surgical-fitness", "sins-posterolateral"} & set(needed)
    assert {"visceral-metastases", "bone-metastases", "albumin", "karnofsky"} <= set(needed)


# b. Urgent and conditional


def test_b_sins_is_12_and_indeterminate(answers: dict[str, Any]) -> None:
    sins = a.score(answers["b"], "sins", "L1")
    assert sins["status"] == "final"
    assert a.number(sins) == 12
    assert list(a.items(sins).values()) == [3, 3, 2, 0, 3, 1]
    assert a.bands(sins) == ["sins.indeterminate"]


def test_b_the_emergency_heads_the_plan(answers: dict[str, Any]) -> None:
    plan = a.requests(answers["b"])
    assert a.treatments(answers["b"])[:2] == ["urgent-spine-referral", "mri-whole-spine"]
    assert [p["priority"] for p in plan[:2]] == ["stat", "stat"]
    assert all(a.settled(p) and a.rules(p) == ["emergency"] for p in plan[:2])
    assert "within 24 hours" in plan[1]["reasonCode"][0]["text"]


@pytest.mark.parametrize(
    ("treatment", "words"),
    [
        ("embolisation", "if ESCC 2 or 3"),
        ("decompression-stabilisation", "if ESCC 2 or 3, and fit for surgery"),
        ("srs", "if ESCC 2 or 3, and fit for surgery"),
        ("stabilisation", "if ESCC 2 or 3, and not fit for open decompression"),
        ("cebrt", "if ESCC 2 or 3, and not fit for surgery"),
    ],
)
def test_b_noms_is_conditional_on_the_escc_grade_and_fitness(
    answers: dict[str, Any], treatment: str, words: str
) -> None:
    proposal = a.request(answers["b"], treatment, "L1")
    assert proposal["asNeededCodeableConcept"]["text"] == words
    assert a.deciding(proposal) == ["escc-grade", "surgical-fitness"][: words.count(" and ") + 1]
    assert [n["text"] for n in proposal["note"] if "Kim" in n["text"] and "unstable" in n["text"]]


def test_b_surgery_comes_before_radiotherapy_and_embolisation_before_surgery(answers: dict[str, Any]) -> None:
    order = a.treatments(answers["b"], "L1")
    assert order.index("embolisation") < order.index("decompression-stabilisation") < order.index("srs")
    assert order.index("stabilisation") < order.index("cebrt")
    assert "24 hours before" in a.request(answers["b"], "embolisation")["reasonCode"][0]["text"]


def test_b_low_grade_with_myelopathy_goes_to_the_board(answers: dict[str, Any]) -> None:
    review = a.request(answers["b"], "mdt-review", "L1")
    assert review["asNeededCodeableConcept"]["text"].startswith("if ESCC 0 to 1b; or if ")
    assert any("low-grade ESCC with myelopathy" in r["text"] for r in review["reasonCode"])


def test_b_the_escc_grade_is_asked_for_first_and_fitness_second(answers: dict[str, Any]) -> None:
    assert a.needed(answers["b"])[:2] == ["escc-grade", "surgical-fitness"]


def test_b_tokuhashi_is_a_range_with_two_bands(answers: dict[str, Any]) -> None:
    tokuhashi = a.score(answers["b"], "tokuhashi-revised")
    assert a.number(tokuhashi) == (5, 11)
    found = a.items(tokuhashi)
    assert (found["general-condition"], found["palsy"], found["primary-site"]) == (1, 1, 3)
    assert [found[i] for i in ("extraspinal-bone", "vertebral", "major-organs")] == ["unknown"] * 3
    assert a.bands(tokuhashi) == ["tokuhashi-revised.under-6-months", "tokuhashi-revised.6-months-or-more"]


# c. Comparator, conflict, ceiling


def test_c_modified_bauer_is_4_and_nesms_3(answers: dict[str, Any]) -> None:
    bauer = a.score(answers["c"], "bauer-modified")
    assert (a.number(bauer), list(a.items(bauer).values())) == (4, [1, 1, 1, 1])
    nesms = a.score(answers["c"], "nesms")
    assert a.number(nesms) == 3
    assert a.items(nesms) == {"modified-bauer": 2, "albumin": 0, "ambulatory": 1}


def test_c_nesms_is_capped_at_3_where_albumin_is_normal(client: FlaskClient) -> None:
    record = contract("c")
    for entry in record["entry"]:
        if entry["resource"]["id"] == "o1":
            entry["resource"]["valueQuantity"] = {"value": 4.0, "code": "g/dL"}
    nesms = a.score(assess(client, record), "nesms")
    assert a.number(nesms) == 3
    assert a.items(nesms) == {"modified-bauer": 2, "albumin": 1, "ambulatory": 1}


def test_c_katagiri_keeps_the_comparator_and_the_conflict(answers: dict[str, Any]) -> None:
    katagiri = a.score(answers["c"], "katagiri-revised")
    assert a.number(katagiri) == (2, 4)
    assert a.items(katagiri) == {
        "primary-site": 0,
        "visceral": 0,
        "laboratory": (1, 2),
        "ecog": (0, 1),
        "previous-chemotherapy": 1,
        "multiple-skeletal": 0,
    }
    assert a.bands(katagiri) == ["katagiri-revised.low", "katagiri-revised.intermediate"]


def test_c_the_ledger_says_that_the_two_ecog_disagree(answers: dict[str, Any]) -> None:
    assert a.ledger(answers["c"]) == {"Observation/o7": {"conflict"}, "Observation/o8": {"conflict"}}
    for issue in a.one(answers["c"], "OperationOutcome")["issue"]:
        assert (issue["severity"], issue["code"]) == ("warning", "conflict")
        assert issue["expression"][0].startswith("Bundle.entry.where(fullUrl=")


# d. Two lesions, one refuted diagnosis


def test_d_each_lesion_has_its_own_sins(answers: dict[str, Any]) -> None:
    t8, t12 = a.score(answers["d"], "sins", "T8"), a.score(answers["d"], "sins", "T12")
    assert (a.number(t8), a.bands(t8)) == (1, ["sins.stable"])
    assert (a.number(t12), list(a.items(t12).values())) == (16, [3, 3, 2, 2, 3, 3])
    assert a.bands(t12) == ["sins.unstable"]
    assert [a.code(r["bodySite"], "vertebra") for r in (t8, t12)] == ["T8", "T12"]
    assert [a.site(a.risk(answers["d"], "sins", at)) for at in ("T8", "T12")] == ["T8", "T12"]


def test_d_the_refuted_diagnosis_is_left_out_and_the_ledger_says_why(answers: dict[str, Any]) -> None:
    assert a.ledger(answers["d"])["Condition/c2"] == {"refuted"}
    assert a.one(answers["d"], "CarePlan")["addresses"] == [{"reference": "Condition/c1", "type": "Condition"}]
    assert "Condition/c2" not in set(a.references(answers["d"]))


def test_d_t12_is_stabilised_then_irradiated_and_the_unfitness_goes_to_the_board(answers: dict[str, Any]) -> None:
    proposals = [p for p in a.requests(answers["d"], "T12") if p["priority"] == "routine"]
    assert [a.code(p["code"], "treatment") for p in proposals] == [
        "stabilisation",
        "mis-fixation",
        "cebrt",
        "mdt-review",
    ]
    assert all(map(a.settled, proposals))
    assert proposals[1]["basedOn"] == [{"reference": f"urn:uuid:{proposals[0]['id']}", "type": "ServiceRequest"}]
    reason = proposals[3]["reasonCode"][0]["text"]
    assert "unfit for surgery" in reason
    assert "minimally invasive" in reason


def test_d_t8_is_not_irradiated_conventionally_again(answers: dict[str, Any]) -> None:
    found = a.treatments(answers["d"], "T8")
    assert "cebrt" not in found
    assert set(found) == {"srs", "mdt-review", "surveillance"}
    assert any("irradiated before" in r["text"] for r in a.request(answers["d"], "srs", "T8")["reasonCode"])


def test_d_the_finding_that_decides_on_an_emergency_is_asked_for_at_its_level(answers: dict[str, Any]) -> None:
    """High-grade ESCC at T12: whether there is myelopathy decides on an urgent referral."""
    assert a.deciding(a.request(answers["d"], "urgent-spine-referral", "T12")) == ["myelopathy"]
    asked = [
        (r["codeFilter"][0]["code"][0]["code"], r["codeFilter"][1]["code"][0]["code"])
        for r in a.one(answers["d"], "GuidanceResponse")["dataRequirement"]
        if len(r["codeFilter"]) > 1
    ]
    assert ("myelopathy", "T12") in asked
