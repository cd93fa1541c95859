"""The hand-offs in answers and reports."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.parameters import Parameters

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.handoffs import HANDOFFS
from service.report import text
from tests.support import answers as a
from tests.support.answered import FORMS, answer_to
from tests.support.records import AS_OF, Resource, bundle, condition, metastasis, observation, primary, quantity
from tests.support.results import DEATH, patient_with_results, risk
from tests.support.stored import ROOT

VALIDATORS = ROOT / "tests" / "validators"


def hand_offs(answer: Resource) -> dict[str, list[Resource]]:
    """The parts of each hand-off of an answer, by its code."""
    response = a.one(answer, "GuidanceResponse")
    assert response["outputParameters"] == {"reference": "#handoffs", "type": "Parameters"}
    (contained,) = [c for c in response["contained"] if c["id"] == "handoffs"]
    Parameters.model_validate(contained)
    return {
        first(p["part"], "code")["valueCoding"]["code"]: p["part"]
        for p in contained["parameter"]
        if p["name"] == "hand-off"
    }


def first(parts: list[Resource], name: str) -> Resource:
    return next(part for part in parts if part["name"] == name)


def inputs(parts: list[Resource]) -> dict[str, list[Resource]]:
    """The parts of each input of a hand-off, by its finding."""
    listed = [part["part"] for part in parts if part["name"] == "input"]
    return {first(i, "finding")["valueCode"]: i for i in listed if i[0]["name"] == "finding"}


RECORD = bundle(
    metastasis(),
    primary("myeloma"),
    observation("karnofsky", 60, name="k"),
    observation("haemoglobin", (6.1, "g/dL"), name="hb"),
    observation("platelets", {"valueRange": {"low": quantity(10, "10*3/uL"), "high": quantity(40, "10*3/uL")}}),
    observation("albumin", (38, "g/L"), name="alb"),
)


@pytest.mark.parametrize("form", FORMS)
def test_every_hand_off_is_in_the_guidance_response(form: str) -> None:
    found = hand_offs(answer_to(RECORD, form))
    assert list(found) == [hand_off.code for hand_off in HANDOFFS]
    for hand_off in HANDOFFS:
        parts = found[hand_off.code]
        assert len([part for part in parts if part["name"] == "input"]) == len(hand_off.inputs)
        assert first(parts, "title")["valueString"] == hand_off.title
        assert [p["valueUri"] for p in parts if p["name"] == "calculator"] == [hand_off.url] * bool(hand_off.url)


def test_an_input_says_what_is_known_of_it() -> None:
    asked = inputs(hand_offs(answer_to(RECORD))["sorg-ml"])

    def told(finding: str) -> dict[str, Any]:
        return {p["name"]: next(v for k, v in p.items() if k != "name") for p in asked[finding]}

    unit = {"unit": "g/dL", "system": "http://unitsofmeasure.org", "code": "g/dL"}
    assert told("haemoglobin") == {
        "finding": "haemoglobin",
        "state": "out-of-range",
        "value": {"value": 6.1, **unit},
        "accepts": {"low": {"value": 7, **unit}, "high": {"value": 17, **unit}},
        "reference": {"reference": "Observation/hb", "type": "Observation"},
    }
    assert told("albumin")["value"] == {"value": 3.8, **unit}
    assert told("platelets")["state"] == "straddles-range"
    assert told("platelets")["value"] == "10 to 40 x 10^3/uL"
    assert told("ecog") == {
        "finding": "ecog",
        "state": "known",
        "value": "2",
        "group": "0-2",
        "reference": {"reference": "Observation/k", "type": "Observation"},
    }
    assert told("inr")["state"] == "missing"
    assert "value" not in told("inr")


def test_a_hand_off_that_was_not_made_for_the_patient_says_so() -> None:
    parts = hand_offs(answer_to(RECORD))["bollen"]
    assert first(parts, "applicable")["valueBoolean"] is False
    assert first(parts, "reason")["valueString"] == (
        "Not applicable: its cohort left out haematological and unknown primaries."
    )
    other = hand_offs(answer_to(bundle(metastasis("S1"), metastasis("T6"), primary("breast"))))["bollen"]
    assert first(other, "applicable")["valueBoolean"] is True
    assert (
        first(other, "reason")["valueString"] == "Perhaps not applicable: its cohort left out metastases of the sacrum."
    )
    assert first(other, "caution")["valueString"].startswith("Perhaps mind: triple-negative breast cancer")


def test_without_a_possible_metastasis_there_are_none() -> None:
    for record in (bundle(condition("C50")), bundle(observation("tumour-origin", "primary", "T6"))):
        response = a.one(answer_to(record), "GuidanceResponse")
        assert "outputParameters" not in response
        assert "contained" not in response


def test_a_transaction_contains_the_hand_offs_and_the_ledger() -> None:
    response = a.one(answer_to(RECORD, "transaction"), "GuidanceResponse")
    assert [c["id"] for c in response["contained"]] == ["handoffs", "ledger"]
    assert response["evaluationMessage"] == [{"reference": "#ledger", "type": "OperationOutcome"}]


def test_the_narrative_has_a_line_for_each() -> None:
    div = a.one(answer_to(RECORD), "GuidanceResponse")["text"]["div"]
    assert "<li>H2-FAILS: 1 of 6 inputs known, 5 missing</li>" in div
    assert "<li>Bollen model: not applicable, its cohort left out haematological and unknown primaries</li>" in div
    assert "1 outside of its range, 1 perhaps outside of its range" in div


def test_the_report_has_the_hand_offs_and_the_results() -> None:
    record = bundle(*patient_with_results(), observation("triple-negative", value=True))
    said = " ".join(text(assess(decode(orjson.dumps(record)), when(AS_OF))).split())
    section = said.split("CALCULATORS ELSEWHERE ")[1].split(" WHAT BECAME OF THE INPUT")[0]
    assert section.startswith("Bollen model: 2 of 4 inputs known; missing: Visceral metastases, Brain metastases")
    assert "! Mind: triple-negative breast cancer" in section
    assert "Oswestry Spinal Risk Index (OSRI): 2 of 2 inputs known" in section
    assert (
        "With less than half of their inputs known (what they ask for: see the FHIR answer): SORG nomogram" in section
    )
    assert "; PATHFx 3.0, 5 of 11; " in section
    shown = said.split(" PATIENT ")[1].split(" MISSING, ")[0]
    assert "SORG machine-learning models (90 days and 1 year): received, 2026-10-01" in shown
    assert "= death within 90 days: 23.5 %, low likelihood, at 90 days" in shown
    assert "= alive <b>& well</b>: 40 to 60 %, from 2026-10-01 until 2027-10-01" in shown
    assert "! Received in RiskAssessment/r1; computed elsewhere, not here." in shown


@pytest.mark.parametrize("form", FORMS)
def test_the_answer_to_a_record_with_results_is_valid(form: str, tmp_path: Path) -> None:
    made = answer_to(
        bundle(*patient_with_results(), risk("pathfx", DEATH | {"probabilityDecimal": 0.5}, name="p")), form
    )
    Bundle.model_validate(made)
    assert len([r for r in a.resources(made, "RiskAssessment") if "performer" not in r]) == 7
    if shutil.which("node") is None or not (VALIDATORS / "node_modules").is_dir():
        return  # the two other validators are a command of their own: make validate
    path = tmp_path / "answer.json"
    path.write_bytes(orjson.dumps(made))
    done = subprocess.run(
        ["node", str(VALIDATORS / "validate.mjs"), str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.rstrip().endswith("0 errors, 0 warnings")


def test_the_same_record_gives_the_same_bytes() -> None:
    record = bundle(*patient_with_results())
    assert orjson.dumps(answer_to(record)) == orjson.dumps(answer_to(record))
