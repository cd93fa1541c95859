"""Results that come back, through the HTTP door: read, shown, refused, and never doubled."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service import BASE
from tests.support import answers as a
from tests.support.door import assess, check_refusal, post
from tests.support.records import (
    Resource,
    bare,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    patient,
    primary,
    quantity,
    remarks,
    take,
)
from tests.support.results import DEATH, RISK, SCORE, SURVIVAL, WORDS, patient_with_results, risk, value

TITLE = "SORG machine-learning models (90 days and 1 year)"


def returned(answer: Resource) -> list[Resource]:
    """The RiskAssessments of an answer that are not this service's own."""
    return [r for r in a.resources(answer, "RiskAssessment") if "performer" not in r]


def only(answer: Resource) -> Resource:
    (found,) = returned(answer)
    return found


def test_a_risk_assessment_is_shown_as_it_came(client: FlaskClient) -> None:
    shown = only(assess(client, bundle(metastasis(), risk("sorg-ml", DEATH, SURVIVAL, WORDS))))
    assert shown["status"] == "final"
    assert shown["method"] == concept(("sorg-ml", SCORE)) | {
        "coding": [{"system": SCORE, "code": "sorg-ml", "display": TITLE}],
        "text": TITLE,
    }
    assert shown["subject"]["reference"] == "Patient/p1"
    assert shown["occurrenceDateTime"] == "2026-10-01"
    assert shown["basis"] == [{"reference": "RiskAssessment/r1", "type": "RiskAssessment"}]
    percent = {"unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    days = {"value": 90, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
    first, second, third = shown["prediction"]
    assert first == {
        "outcome": {"text": "death within 90 days"},
        "probabilityDecimal": 23.5,
        "qualitativeRisk": {"coding": [{"system": RISK, "code": "low"}], "text": "low likelihood"},
        "whenRange": {"low": days, "high": days},
    }
    assert second == {
        "outcome": {"text": "alive <b>& well</b>"},
        "probabilityRange": {"low": {"value": 40, **percent}, "high": {"value": 60, **percent}},
        "whenPeriod": {"start": "2026-10-01", "end": "2027-10-01"},
    }
    assert third["outcome"] == {"text": "mortality within 90 days and within 1 year"}
    assert third["qualitativeRisk"] == {"text": "high"}
    assert list(third["probabilityRange"]) == ["extension"]
    notes = [note["text"] for note in shown["note"]]
    assert notes[0] == "Received in RiskAssessment/r1; computed elsewhere, not here."
    assert any(note.startswith("How it did: c-statistic for 90 days: 0.73") for note in notes)
    assert "alive &lt;b&gt;&amp; well&lt;/b&gt;: 40 to 60 %" in shown["text"]["div"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"valueQuantity": quantity(45, "%")}, ("OSRI at home", 45)),
        ({"valueQuantity": {"value": 45, "unit": "percent"}}, ("OSRI at home", 45)),
        ({"valueQuantity": quantity(45, "%", "<")}, ("OSRI at home: <45 %", None)),
        ({"valueQuantity": quantity(4, "{score}")}, ("OSRI at home: 4 {score}", None)),
        ({"valueQuantity": {"value": 4.5}}, ("OSRI at home: 4.5", None)),
        (4, ("OSRI at home: 4", None)),
        ({"valueCodeableConcept": {"text": "group 2"}}, ("OSRI at home: group 2", None)),
        ({"valueCodeableConcept": concept(("B", "urn:x"))}, ("OSRI at home: B", None)),
        ({"valueString": "  about\n4\tpoints\u0007 "}, ("OSRI at home: about 4 points", None)),
    ],
)
def test_an_observation_is_shown_as_a_risk_assessment(client: FlaskClient, given: Any, expected: Any) -> None:
    code = concept(("osri", SCORE), text="OSRI at home")
    shown = only(assess(client, bundle(metastasis(), value("osri", given) | {"code": code})))
    (prediction,) = shown["prediction"]
    assert (prediction["outcome"]["text"], prediction.get("probabilityDecimal")) == expected
    assert shown["basis"] == [{"reference": "Observation/v1", "type": "Observation"}]
    assert a.code(shown["method"], "score") == "osri"


def test_texts_of_the_record_are_cut() -> None:
    long = value("osri", {"valueString": "x" * 5000}) | {"code": concept(("osri", SCORE), text="y" * 5000)}
    (found,) = take(bundle(metastasis(), long)).returned
    assert len(found.predictions[0].outcome) <= 200
    assert found.predictions[0].outcome.endswith("x...")


def test_the_code_may_stand_in_code_and_have_a_version(client: FlaskClient) -> None:
    given = risk("osri") | {"code": concept(("osri", f"{SCORE}|1.0"))}
    del given["method"]
    assert a.code(only(assess(client, bundle(metastasis(), given)))["method"], "score") == "osri"


def test_results_stand_after_our_own_in_the_order_of_the_hand_offs(client: FlaskClient) -> None:
    old, new = (risk("sorg-ml", name=day, occurrenceDateTime=day) for day in ("2026-01-01", "2026-09-01"))
    answer = assess(client, bundle(metastasis(), value("osri", 4), old, new, risk("sorg-nomogram", name="n")))
    listed = a.resources(answer, "RiskAssessment")
    assert listed[-4:] == returned(answer)
    assert [(a.code(r["method"], "score"), r["occurrenceDateTime"]) for r in listed[-4:]] == [
        ("sorg-nomogram", "2026-10-01"),
        ("sorg-ml", "2026-09-01"),
        ("sorg-ml", "2026-01-01"),
        ("osri", "2026-10-01"),
    ]
    urls = {e["fullUrl"] for e in answer["entry"] if e["resource"]["resourceType"] == "RiskAssessment"}
    assert {r["reference"] for r in a.one(answer, "CarePlan")["supportingInfo"]} == urls
    assert {"reference": "RiskAssessment/n", "type": "RiskAssessment"} in [
        e["what"] for e in a.one(answer, "Provenance")["entity"]
    ]


@pytest.mark.parametrize(
    ("when", "shown"),
    [
        ({"occurrenceDateTime": "2026-10"}, {"occurrenceDateTime": "2026-10"}),
        ({"occurrenceDateTime": "2026-10-01T10:00:00+02:00"}, {"occurrenceDateTime": "2026-10-01T10:00:00+02:00"}),
        ({"occurrenceDateTime": "2026-10-01T10:00"}, {"occurrenceDateTime": "2026-10-01T10:00:00Z"}),
        ({"occurrenceDateTime": " 2026-10-01 "}, {"occurrenceDateTime": "2026-10-01"}),
        (
            {"occurrencePeriod": {"start": "2026-09-01", "end": "2026-09-02"}},
            {"occurrencePeriod": {"start": "2026-09-01", "end": "2026-09-02"}},
        ),
        ({"occurrencePeriod": {"start": "2026-09-01"}}, {"occurrencePeriod": {"start": "2026-09-01"}}),
        ({}, {}),
    ],
)
def test_the_time_of_the_original_is_kept(client: FlaskClient, when: Resource, shown: Resource) -> None:
    given = risk("osri")
    del given["occurrenceDateTime"]
    found = only(assess(client, bundle(metastasis(), given | when)))
    assert {k: v for k, v in found.items() if k.startswith("occurrence")} == shown


@pytest.mark.parametrize("name", ["effectiveDateTime", "effectiveInstant", "issued"])
def test_an_observation_has_its_time_in_several_elements(name: str) -> None:
    given = value("osri", 4, day=None) | {name: "2026-09-01T10:00:00Z"}
    (found,) = take(bundle(metastasis(), given)).returned
    assert found.occurrence.at == "2026-09-01T10:00:00Z"


@pytest.mark.parametrize(
    ("given", "code", "shown"),
    [
        (risk("osri", name="x", status="entered-in-error"), "status", False),
        (risk("osri", name="x", status="cancelled"), "status", False),
        (risk("osri", name="x", status="registered"), "status", False),
        (risk("osri", name="x", status="zzz"), "status", False),
        (risk("osri", name="x", status="preliminary"), "preliminary", True),
        (risk("osri", name="x", occurrenceDateTime="2026-12-01"), "after-as-of", False),
        (risk("osri", {"rationale": "none"}, name="x"), "no-value", False),
        (risk("osri", name="x", prediction=[]), "no-value", False),
        (risk("tomita", name="x"), "not-read", False),
        (risk("no-such", name="x"), "not-understood", False),
        (risk("", name="x", method={"text": "Survival in spinal metastases"}), "not-read", False),
        (value("osri", 4, "x", status="cancelled"), "status", False),
        (value("osri", 4, "x", status="preliminary"), "preliminary", True),
        (value("osri", 4, "x", day="2026-12-01"), "after-as-of", False),
        (value("osri", 4, "x", day=None), "undated", True),
        (value("osri", None, "x"), "no-value", False),
        (value("osri", {"valueString": " "}, "x"), "no-value", False),
        (value("osri", {"dataAbsentReason": concept(("unknown", "x"))}, "x"), "data-absent", False),
        (value("sins", 4, "x"), "not-read", False),
        (value("no-such", 4, "x"), "not-understood", False),
    ],
    ids=str,
)
def test_the_ledger_says_what_became_of_a_result(given: Resource, code: str, shown: bool) -> None:
    intake = take(bundle(metastasis(), given))
    assert remarks(intake) == {f"{given['resourceType']}/x": {code}}
    assert bool(intake.returned) is shown
    assert (f"{given['resourceType']}/x" in intake.inputs) is shown


def test_other_risk_assessments_are_left_alone(client: FlaskClient) -> None:
    other = risk("", method={"text": "Framingham"}, prediction=[{"probabilityDecimal": 163}])
    assert remarks(take(bundle(metastasis(), other))) == {}
    assert returned(assess(client, bundle(metastasis(), other))) == []


def test_a_model_that_is_only_known_by_its_words_may_have_any_form() -> None:
    odd = risk("", method={"text": "spinal survival"}, prediction="odd", occurrenceDateTime=3)
    assert remarks(take(bundle(metastasis(), odd))) == {"RiskAssessment/r1": {"not-read"}}


def test_a_result_is_no_finding(client: FlaskClient) -> None:
    plain = assess(client, bundle(metastasis()))
    with_result = assess(client, bundle(metastasis(), value("osri", 4), risk("sorg-ml")))
    assert a.treatments(with_result) == a.treatments(plain)
    assert a.needed(with_result) == a.needed(plain)
    assert [a.number(o) for o in a.resources(with_result, "Observation")] == [
        a.number(o) for o in a.resources(plain, "Observation")
    ]


def test_without_a_tumour_of_the_spine_a_result_is_named_and_not_shown(client: FlaskClient) -> None:
    record = bundle(condition("C50"), risk("osri", name="x"))
    assert remarks(take(record)) == {"RiskAssessment/x": {"not-read"}}
    assert a.resources(assess(client, record), "RiskAssessment") == []


def test_in_a_primary_tumour_of_the_spine_a_result_is_shown_as_outside_its_validity(client: FlaskClient) -> None:
    record = bundle(observation("tumour-origin", "primary", "T6"), risk("osri"))
    shown = only(assess(client, record))
    assert shown["extension"] == [
        {
            "url": f"{BASE}/StructureDefinition/outside-validity",
            "valueString": "Outside its validity: it was made for metastases, and this is a primary tumour of the "
            "spine.",
        }
    ]
    assert "contained" not in a.one(assess(client, record), "GuidanceResponse")


def test_a_result_without_a_name_is_shown_without_a_reference(client: FlaskClient) -> None:
    given = risk("osri")
    del given["id"]
    shown = only(assess(client, bare(patient(), metastasis(), given)))
    assert "basis" not in shown
    assert shown["note"][0]["text"] == "Received in Bundle.entry[2].resource; computed elsewhere, not here."


def test_a_probability_below_one_per_cent_is_pointed_out(client: FlaskClient) -> None:
    for number, said in ((0.63, True), (0, False), (1, False), (63, False)):
        shown = only(assess(client, bundle(metastasis(), risk("osri", DEATH | {"probabilityDecimal": number}))))
        assert shown["prediction"][0]["probabilityDecimal"] == number
        assert any("0.63 is 0.63 %" in note["text"] for note in shown["note"]) is said


PREDICTION = "Bundle.entry[2].resource.prediction[0]"
WRONG: list[tuple[Resource, str]] = [
    (risk("osri", DEATH | {"probabilityDecimal": 101}), f"{PREDICTION}.probabilityDecimal"),
    (risk("osri", DEATH | {"probabilityDecimal": -0.1}), f"{PREDICTION}.probabilityDecimal"),
    (risk("osri", DEATH | {"probabilityDecimal": "63"}), f"{PREDICTION}.probabilityDecimal"),
    (risk("osri", {"probabilityRange": {"low": quantity(101, "%")}}), f"{PREDICTION}.probabilityRange.low.value"),
    (risk("osri", {"probabilityRange": {"high": quantity(-1, "%")}}), f"{PREDICTION}.probabilityRange.high.value"),
    (risk("osri", {"probabilityRange": {"low": quantity(1, "mg")}}), f"{PREDICTION}.probabilityRange.low"),
    (risk("osri", {"probabilityRange": {"low": {"value": 1}}}), f"{PREDICTION}.probabilityRange.low"),
    (
        risk("osri", {"probabilityRange": {"low": quantity(60, "%"), "high": quantity(40, "%")}}),
        f"{PREDICTION}.probabilityRange",
    ),
    (risk("osri", DEATH | {"probabilityRange": {"low": quantity(1, "%")}}), PREDICTION),
    (risk("osri", DEATH | {"whenRange": {"high": quantity(90, "kg")}}), f"{PREDICTION}.whenRange.high.code"),
    (risk("osri", DEATH | {"whenRange": {"high": {"value": 90}}}), f"{PREDICTION}.whenRange.high.unit"),
    (risk("osri", DEATH | {"whenRange": {"high": quantity(-1, "d")}}), f"{PREDICTION}.whenRange.high.value"),
    (
        risk("osri", DEATH | {"whenRange": {"low": quantity(9, "d"), "high": quantity(1, "d")}}),
        f"{PREDICTION}.whenRange",
    ),
    (risk("osri", DEATH | {"whenPeriod": {"start": "soon"}}), f"{PREDICTION}.whenPeriod.start"),
    (
        risk("osri", DEATH | {"whenPeriod": {"start": "2027-01-01", "end": "2026-01-01"}}),
        f"{PREDICTION}.whenPeriod",
    ),
    (risk("osri", DEATH | {"outcome": "death"}), f"{PREDICTION}.outcome"),
    (risk("osri", occurrenceDateTime="soon"), "Bundle.entry[2].resource.occurrenceDateTime"),
    (
        risk("osri", occurrencePeriod={"start": "2026-02-01", "end": "2026-01-01"}),
        "Bundle.entry[2].resource.occurrencePeriod",
    ),
    (risk("osri", status=""), "Bundle.entry[2].resource.status"),
    (risk("osri", prediction={}), "Bundle.entry[2].resource.prediction"),
    (risk("osri", subject={"reference": "Patient/p2"}), "Bundle.entry[2].resource.subject"),
    (risk("tomita", subject={"reference": "Patient/p2"}), "Bundle.entry[2].resource.subject"),
    (value("osri", {"valueQuantity": quantity(101, "%")}), "Bundle.entry[2].resource.valueQuantity.value"),
    (value("osri", {"valueQuantity": {"value": "4"}}), "Bundle.entry[2].resource.valueQuantity.value"),
    (value("osri", 4, status=""), "Bundle.entry[2].resource.status"),
    (value("osri", 4, day="soon"), "Bundle.entry[2].resource.effectiveDateTime"),
    (value("osri", 4, subject={"reference": "Patient/p2"}), "Bundle.entry[2].resource.subject"),
]


@pytest.mark.parametrize(("given", "path"), WRONG, ids=[path for _, path in WRONG])
def test_what_is_malformed_is_refused_with_its_place_and_the_mend(
    client: FlaskClient, given: Resource, path: str
) -> None:
    check_refusal(post(client, bundle(metastasis(), given)), 422, path)


def test_a_member_that_is_there_twice_is_refused(client: FlaskClient) -> None:
    body = b"""{"resourceType": "Bundle", "type": "collection", "entry": [{"resource":
        {"resourceType": "RiskAssessment", "status": "final", "status": "final"}}]}"""
    check_refusal(post(client, body), 400, "Bundle.entry[0].resource.status")


def test_strict_handling_checks_the_whole_of_a_result(client: FlaskClient) -> None:
    record = bundle(metastasis(), risk("osri") | {"mitigation": 3})
    assert post(client, record).status_code == 200
    check_refusal(post(client, record, {"Prefer": "handling=strict"}), 422)
    assert post(client, bundle(metastasis(), risk("osri")), {"Prefer": "handling=strict"}).status_code == 200


# Once


def posted_back(record: Resource, answer: Resource) -> Resource:
    """The record with the RiskAssessments and Observations of its answer."""
    made = [e for e in answer["entry"] if e["resource"]["resourceType"] in ("RiskAssessment", "Observation")]
    return record | {"entry": [*record["entry"], *made]}


def test_an_answer_that_comes_back_with_the_record_doubles_nothing(client: FlaskClient) -> None:
    record = bundle(*patient_with_results())
    first = assess(client, record)
    second = assess(client, posted_back(record, first))
    assert returned(second) == returned(first)
    assert len(returned(first)) == 6
    kept = [a.resources(answer, "Observation") for answer in (first, second)]
    assert kept[0] == kept[1]
    copies = {e["fullUrl"] for e in first["entry"] if e["resource"] in returned(first)}
    said = {issue["diagnostics"].split(": ")[0] for issue in a.one(second, "OperationOutcome")["issue"]}
    assert copies <= said


def test_an_answer_that_comes_back_without_the_record_is_shown_as_received(client: FlaskClient) -> None:
    first = assess(client, bundle(metastasis(), risk("osri")))
    (copy,) = [e for e in first["entry"] if e["resource"] in returned(first)]
    record = bundle(metastasis())
    second = assess(client, record | {"entry": [*record["entry"], copy]})
    assert only(second)["prediction"] == only(first)["prediction"]
    assert only(second)["basis"] == [{"reference": copy["fullUrl"], "type": "RiskAssessment"}]


def test_the_same_result_from_two_senders_is_shown_once() -> None:
    intake = take(bundle(metastasis(), risk("osri", name="b"), risk("osri", name="a")))
    assert [found.source for found in intake.returned] == ["RiskAssessment/a"]
    assert remarks(intake) == {"RiskAssessment/b": {"not-read"}}
    other = take(bundle(metastasis(), risk("osri", name="b"), risk("osri", SURVIVAL, name="a")))
    assert len(other.returned) == 2


def test_the_order_of_the_entries_does_not_matter(client: FlaskClient) -> None:
    resources = [*patient_with_results(), risk("sorg-ml", DEATH, SURVIVAL, WORDS, name="again")]
    forward, backward = (assess(client, bundle(patient(), *order)) for order in (resources, resources[::-1]))
    assert forward == backward
    assert forward == assess(client, bundle(patient(), *resources))


def test_a_lesion_is_still_what_the_findings_say(client: FlaskClient) -> None:
    record = bundle(metastasis(), primary("kidney"), risk("bollen"))
    assert a.score(assess(client, record), "sins", "T6")["bodySite"]["text"] == "T6"
