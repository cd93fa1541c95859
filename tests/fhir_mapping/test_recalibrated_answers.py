"""Under a policy with a recalibration an answer shows both figures and where its own come from; without, nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service import report, wording
from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.page import board
from service.page.survival import survival
from service.policy import DEFAULT, Line
from tests.support.policies import MADE, recalibration

RECORD = json.loads((Path(__file__).parents[2] / "examples" / "kidney-complete.json").read_bytes())
OWN = recalibration(lines=(Line(91, 1.0, 2.0, 210), Line(365, 1.0, 2.5, 480)))
SITE = replace(DEFAULT, name="site", recalibrations=(OWN,))


def assessed(policy: Any, as_of: str = "2026-10-02") -> Assessment:
    return assess(RECORD, when(as_of), policy)


def of(found: Assessment, kind: str) -> list[dict[str, Any]]:
    resources = [entry["resource"] for entry in json.loads(json.dumps(answer(found)))["entry"]]
    return [each for each in resources if each["resourceType"] == kind]


def risk(found: Assessment, code: str = "katagiri-revised") -> dict[str, Any]:
    (one,) = [r for r in of(found, "RiskAssessment") if r["method"]["coding"][0]["code"] == code]
    return one


def test_a_policy_without_one_gives_the_answer_that_it_gave() -> None:
    other = replace(DEFAULT, recalibrations_valid_days=1)
    assert json.dumps(answer(assessed(other))) == json.dumps(answer(assessed(DEFAULT)))
    # Nor does that of one model change anything about another.
    assert risk(assessed(SITE), "tomita")["prediction"] == risk(assessed(DEFAULT), "tomita")["prediction"]


def test_the_figure_of_the_site_and_the_published_one_are_predictions() -> None:
    plain, own = risk(assessed(DEFAULT))["prediction"], risk(assessed(SITE))["prediction"]
    assert [each for each in own if each in plain] == plain
    added = [each for each in own if each not in plain]
    classes = {each["outcome"]["coding"][0]["code"] for each in plain}
    assert len(added) == len(OWN.lines) * len(classes)
    for each in added:
        assert each["outcome"]["text"].endswith("recalibrated to this site")
        assert each["whenRange"]["low"]["value"] in (3, 12)
        assert each["whenRange"]["low"]["code"] == "mo"
        # The score publishes nothing of 3 months.
        at_12 = each["whenRange"]["low"]["value"] == 12
        assert each["rationale"].split("; ")[1].split(". ")[1].startswith("As published: " if at_12 else "By what is ")
        assert OWN.sha256 in each["rationale"]
    # That of the site stands before what is published of the same class.
    first = own[0]
    assert first in added
    assert first["probabilityDecimal"] < 100


def test_where_it_comes_from_is_in_the_answer() -> None:
    found = assessed(SITE)
    notes = [note["text"] for note in risk(found)["note"]]
    said = "Recalibrated to this site: version 3 of 2026-05-01, fitted to 812 patients of whom 530 died; SHA-256 "
    assert any(note == f"{said}{OWN.sha256}." for note in notes)
    assert any("12-month" in note and "at this site" in note and "as published" in note for note in notes)
    assert any("3-month" in note and "by what is published of other times" in note for note in notes)
    (provenance,) = of(found, "Provenance")
    (own,) = [each for each in provenance["entity"] if "identifier" in each["what"]]
    assert own["what"]["identifier"]["value"] == OWN.sha256
    (guidance,) = of(found, "GuidanceResponse")
    (parameters,) = [each for each in guidance["contained"] if each["resourceType"] == "Parameters"]
    (prognosis,) = [each for each in parameters["parameter"] if each["name"] == "prognosis"]
    parts = [part["part"] for part in prognosis["part"] if part["name"] == "model"]
    models = {part[0]["valueCoding"]["code"]: part for part in parts}
    (told,) = [part["part"] for part in models["katagiri-revised"] if part["name"] == "recalibration"]
    values = {part["name"]: part for part in told}
    assert (values["version"]["valueInteger"], values["made"]["valueDate"]) == (3, "2026-05-01")
    assert (values["patients"]["valueInteger"], values["events"]["valueInteger"]) == (812, 530)
    assert values["sha256"]["valueString"] == OWN.sha256
    figures = [{part["name"]: part for part in each["part"]} for each in told if each["name"] == "alive"]
    published = [each for each in figures if "published" in each]
    assert [each["time"]["valueQuantity"]["value"] for each in published] == [12] * len(published)
    assert all(each["here"]["valueDecimal"] < each["published"]["valueDecimal"] for each in published)
    assert len(published) == len(figures) / 2
    assert not [part for part in models["tomita"] if part["name"] == "recalibration"]


def test_the_report_and_the_page_say_so() -> None:
    found = assessed(SITE)
    text = "\n".join(str(line) for line in report.text(found).splitlines())
    assert "recalibrated to this site" in text
    assert "version 3 of 2026-05-01" in text
    shown = survival(found)
    assert shown is not None
    (model,) = [each for each in shown.models if each.code == "katagiri-revised"]
    assert "recalibrated to this site" in str(model.title)
    assert any("as published" in str(each) for each in model.warnings)
    assert "recalibrated" not in report.text(assessed(DEFAULT))
    until = (MADE + timedelta(days=SITE.recalibrations_valid_days)).isoformat()
    assert f"In use until {until}; then it has to be fitted again." in " ".join(text.split())


def test_the_foot_of_report_and_sheet_says_which_model_is_recalibrated() -> None:
    for found in (assessed(SITE), assessed(DEFAULT), assessed(replace(SITE, recalibrations_valid_days=30))):
        is_own = bool(found.policy.in_use)
        feet = {str(board.sheet(found).caveat), str(wording.caveat(found.policy))}
        (foot,) = feet
        assert ("Recalibrated to this site: Katagiri." in foot) is is_own
        assert ("is, as published, calibrated" in foot) is is_own
        assert " ".join(foot.split()) in " ".join(report.text(found).split())


def test_the_plan_uses_it_at_the_threshold_of_the_policy() -> None:
    before, after = assessed(DEFAULT), assessed(SITE)
    assert before.plan.prognosis is not None
    assert after.plan.prognosis is not None
    assert (before.plan.prognosis.outlives(12), after.plan.prognosis.outlives(12)) == (True, False)
    assert before.plan != after.plan


def test_one_that_is_too_old_is_not_used_and_that_is_said() -> None:
    late = replace(SITE, recalibrations_valid_days=30)
    in_time = (MADE + timedelta(days=30)).isoformat()
    assert [each.lapsed for each in assessed(late, in_time).policy.recalibrations] == [False]
    found = assessed(late)
    assert risk(found)["prediction"] == risk(assessed(DEFAULT))["prediction"]
    notes = [note["text"] for note in risk(found)["note"]]
    assert any("is too old and is not used" in note for note in notes)
    assert "is too old and is not used" in " ".join(report.text(found).split())
    assert found.plan == assessed(DEFAULT).plan


@pytest.mark.parametrize("policy", [DEFAULT, SITE])
def test_the_same_policy_gives_the_same_bytes(policy: Any) -> None:
    assert json.dumps(answer(assessed(policy))) == json.dumps(answer(assessed(policy)))
