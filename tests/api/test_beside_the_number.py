"""What stands beside each number at the HTTP door: figures, validations, validity, modifiers, boundaries."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service import BASE
from service.scoring import SCORES
from service.scoring.model import Kind
from tests.support import answers as a
from tests.support.door import assess
from tests.support.records import bundle, metastasis, observation, patient, primary

SURVIVAL = [score.code for score in SCORES if score.kind is Kind.SURVIVAL]
OUTSIDE = f"{BASE}/StructureDefinition/outside-validity"


def notes(resource: dict[str, Any]) -> str:
    return " ".join(note["text"] for note in resource.get("note", ()))


def marks(risk: dict[str, Any]) -> list[str]:
    return [e["valueString"] for e in risk.get("extension", ()) if e["url"] == OUTSIDE]


def at(answer: dict[str, Any], code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The Observation and the RiskAssessment of a score, of the one lesion or the patient."""
    site = "T6" if next(s for s in SCORES if s.code == code).scope == "lesion" else ""
    return a.score(answer, code, site), a.risk(answer, code, site)


# Figures and validations


def test_each_prediction_of_survival_says_how_the_model_did_and_that_it_is_not_calibrated(client: FlaskClient) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast")))
    for code in SURVIVAL:
        for prediction in at(answer, code)[1]["prediction"]:
            assert "calibrated for today's patients" in prediction["rationale"], code
            assert "How it did: " in prediction["rationale"], code


@pytest.mark.parametrize(
    ("code", "figure"),
    [
        ("katagiri-revised", "0.79 to 0.81 (Bindels et al. 2025"),
        ("tokuhashi-revised", "right class of survival, %: 42.8 (Tabourel et al. 2021"),
        ("tomita", "right class of survival, %: 25.6 (Tabourel et al. 2021"),
        ("nesms", "0.79 (Schoenfeld et al. 2021"),
        ("prism", "0.69 (Florez et al. 2024"),
    ],
)
def test_the_known_external_validations_are_said_with_each_prediction(
    client: FlaskClient, code: str, figure: str
) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast")))
    assert all(figure in prediction["rationale"] for prediction in at(answer, code)[1]["prediction"])


def test_the_text_of_a_risk_says_patients_treatment_clock_and_sources(client: FlaskClient) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast")))
    for risk in a.resources(answer, "RiskAssessment"):
        said = notes(risk)
        assert "Made in: " in said
        assert "Treatment: " in said
        assert "Times are counted " in said
        assert "Sources: " in said


# Validity


def test_a_child_is_marked_in_every_score_and_the_score_is_given(client: FlaskClient) -> None:
    answer = assess(client, bundle(patient(birthDate="2015-01-01"), metastasis(), primary("breast")))
    risks = a.resources(answer, "RiskAssessment")
    assert len(risks) == len([score for score in SCORES if not score.rare])
    for risk in risks:
        assert any("younger than 18" in mark for mark in marks(risk))
        assert "Outside its validity: it was made in adults" in notes(risk)
    for observed in a.resources(answer, "Observation"):
        assert "Outside its validity: it was made in adults" in notes(observed)


def test_an_adult_is_not_marked(client: FlaskClient) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast"), observation("ecog", 2)))
    assert not any(marks(risk) for risk in a.resources(answer, "RiskAssessment"))


@pytest.mark.parametrize(
    ("code", "finding", "value", "mark"),
    [
        ("rades-short-survival", "ecog", 1, "ECOG status of 0 or 1"),
        ("van-der-linden", "karnofsky", 10, "begins at a Karnofsky status of 20"),
    ],
)
def test_a_patient_whom_the_cohort_did_not_have_is_marked(
    client: FlaskClient, code: str, finding: str, value: int, mark: str
) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast"), observation(finding, value)))
    assert [text for text in marks(at(answer, code)[1]) if mark in text]


@pytest.mark.parametrize("code", ["bauer", "bauer-modified", "nesms", "soma"])
def test_a_score_of_operated_patients_is_marked_in_one_who_is_unfit_for_surgery(client: FlaskClient, code: str) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast"), observation("surgical-fitness", "unfit")))
    assert [text for text in marks(at(answer, code)[1]) if "operated on" in text]
    assert not marks(at(answer, "van-der-linden")[1])


def test_what_may_be_outside_says_perhaps(client: FlaskClient) -> None:
    two = (observation("ecog", 1), observation("ecog", 3))
    answer = assess(client, bundle(metastasis(), primary("breast"), *two))
    assert any(text.startswith("Perhaps outside its validity") for text in marks(at(answer, "rades-short-survival")[1]))


def test_scores_of_metastases_are_not_given_for_a_primary_tumour_and_the_ledger_says_so(client: FlaskClient) -> None:
    answer = assess(client, bundle(observation("tumour-origin", "primary", "T6"), primary("chordoma")))
    assert [a.code(r["method"], "score") for r in a.resources(answer, "RiskAssessment")] == ["sins"]
    issues = a.one(answer, "OperationOutcome")["issue"]
    said = [i["diagnostics"] for i in issues if i["details"]["coding"][0]["code"] == "score-not-given"]
    assert len(said) == len([score for score in SCORES if score.origins == {"metastatic"}])


def test_the_dumbbell_score_is_given_for_a_dumbbell_tumour_only_and_marked_elsewhere(client: FlaskClient) -> None:
    size = observation("dumbbell-diameter", (6.0, "cm"), "T6")
    none = assess(client, bundle(metastasis(), primary("breast")))
    assert "dumbbell" not in [a.code(r["method"], "score") for r in a.resources(none, "RiskAssessment")]
    dumbbell = assess(client, bundle(observation("tumour-origin", "dumbbell", "T6"), size))
    assert not marks(a.risk(dumbbell, "dumbbell", "T6"))
    elsewhere = assess(client, bundle(metastasis(), size))
    assert marks(a.risk(elsewhere, "dumbbell", "T6")) == [
        "Outside its validity: it was made for dumbbell tumours, and this is none."
    ]


# Warnings and modifiers


def favours_breast() -> list[str]:
    """The scores in which breast has the best points of the item that reads the primary tumour."""
    found = []
    for score in SCORES:
        for item in score.items:
            if "primary-tumour" not in item.reads or len(item.points) < 2:
                continue
            best = max(item.points) if score.high_is_good else min(item.points)
            rows = [row for row in item.rows if best in row.points]
            if any("breast" in row.label or row.label == "yes" for row in rows) and "not-lung" not in item.code:
                found.append(score.code)
    return list(dict.fromkeys([*found, "nesms"]))  # NESMS holds the modified Bauer score


def test_every_score_that_favours_breast_warns_of_triple_negative_tumours(client: FlaskClient) -> None:
    answer = assess(client, bundle(metastasis(), primary("breast")))
    assert len(favours_breast()) >= 8
    for code in favours_breast():
        assert "triple-negative" in notes(at(answer, code)[1]), code


def test_the_warning_stays_where_the_tumour_is_triple_negative_and_goes_where_it_has_a_receptor(
    client: FlaskClient,
) -> None:
    receptors = ("oestrogen-receptor", "progesterone-receptor", "her2")
    for positive, warned in ((False, True), (True, False)):
        listed = [observation(receptor, value=positive) for receptor in receptors]
        answer = assess(client, bundle(metastasis(), primary("breast"), *listed))
        assert ("triple-negative" in notes(at(answer, "tokuhashi-revised")[1])) == warned


def test_no_other_tumour_has_the_warning(client: FlaskClient) -> None:
    answer = assess(client, bundle(metastasis(), primary("kidney")))
    assert "triple-negative" not in "".join(notes(r) for r in a.resources(answer, "RiskAssessment"))


def test_egfr_and_the_time_since_diagnosis_are_named_beside_nesms_and_change_no_number(client: FlaskClient) -> None:
    lung = (metastasis(), primary("lung-nsclc"))
    more = (observation("egfr-mutation", value=True), observation("time-from-cancer-diagnosis", (8.0, "mo")))
    before, after = assess(client, bundle(*lung)), assess(client, bundle(*lung, *more))
    assert at(before, "nesms")[0]["valueRange"] == at(after, "nesms")[0]["valueRange"]
    assert "EGFR mutation: unknown. A modifier" in notes(at(before, "nesms")[1])
    assert "EGFR mutation: yes. A modifier" in notes(at(after, "nesms")[1])
    assert "Time from cancer diagnosis: 8 months. A modifier" in notes(at(after, "nesms")[1])
    assert "EGFR" not in notes(at(assess(client, bundle(metastasis(), primary("breast"))), "nesms")[1])


# Boundaries


@pytest.mark.parametrize(
    ("size", "unit", "total", "other"),
    [(4.9, "cm", 1, False), (5.0, "cm", 3, True), (50, "mm", 3, True), (5.1, "cm", 3, False)],
)
def test_a_diameter_of_exactly_5_cm_scores_two_and_shows_the_other_total(
    client: FlaskClient, size: float, unit: str, total: int, other: bool
) -> None:
    parts = [
        observation("tumour-origin", "dumbbell", "T6"),
        observation("dumbbell-boundary", "distinguishable", "T6"),
        observation("dumbbell-lobulated", True, "T6"),
        observation("dumbbell-osteolysis", False, "T6"),
    ]
    answer = assess(client, bundle(*parts, observation("dumbbell-diameter", (size, unit), "T6")))
    for resource in at(answer, "dumbbell"):
        assert ("With 0 points there, the total is 1 (Benign" in notes(resource)) == other
    assert at(answer, "dumbbell")[0]["valueQuantity"]["value"] == total


def test_a_collapse_of_exactly_half_scores_two_and_shows_the_total_with_the_point_more(client: FlaskClient) -> None:
    answer = assess(client, bundle(metastasis(), observation("sins-collapse", (50.0, "%"), "T6")))
    observed, risk = at(answer, "sins")
    assert a.items(observed)["collapse"] == 2
    low, high = observed["valueRange"]["low"]["value"], observed["valueRange"]["high"]["value"]
    for resource in (observed, risk):
        assert f"With 3 points there, the total is {low + 1} to {high + 1}" in notes(resource)


def test_half_points_are_written_as_such_and_whole_ones_without_a_dot(client: FlaskClient) -> None:
    listed = (observation("ecog", 1), observation("metastatic-organ-system-count", 0))
    answer = assess(client, bundle(metastasis(), *listed))
    observed = at(answer, "prism")[0]
    assert a.items(observed)["ecog"] == 1.5
    assert isinstance(a.items(observed)["sex"], int)
