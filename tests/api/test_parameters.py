"""The Parameters form: asOf, assumeComplete, policy and return."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support import answers as a
from tests.support.door import assess, check_refusal, parameters, post
from tests.support.records import bundle, metastasis, observation, primary
from tests.support.stored import contract


def record(**more: Any) -> dict[str, Any]:
    return bundle(metastasis("T6"), primary("breast"), observation("ecog", 1, name="ecog"), **more)


def test_as_of_leaves_out_what_came_later(client: FlaskClient) -> None:
    answer = assess(client, contract("a"), asOf="2026-09-30")
    assert a.one(answer, "GuidanceResponse")["status"] == "data-required"
    assert {codes for found in a.ledger(answer).values() for codes in found} == {"after-as-of"}
    assert answer["timestamp"] == "2026-09-30T00:00:00Z"


def test_as_of_may_be_a_time_with_its_zone(client: FlaskClient) -> None:
    answer = assess(client, record(), asOf="2026-10-02T11:30:00+02:00")
    assert answer["timestamp"] == "2026-10-02T11:30:00+02:00"
    assert a.one(answer, "CarePlan")["created"] == "2026-10-02T11:30:00+02:00"


def test_without_as_of_the_date_of_the_bundle_counts(client: FlaskClient) -> None:
    answer = assess(client, record(timestamp="2026-10-01T23:30:00-05:00"))
    assert a.one(answer, "GuidanceResponse")["occurrenceDateTime"] == "2026-10-01"


def test_without_any_date_today_counts(client: FlaskClient) -> None:
    given = record()
    del given["timestamp"]
    when = a.one(assess(client, given), "GuidanceResponse")["occurrenceDateTime"]
    assert len(when) == 10
    assert when >= "2025-01-01"


def test_assume_complete_makes_silence_say_no(client: FlaskClient) -> None:
    open_ = a.score(assess(client, record()), "tomita")
    closed = a.score(assess(client, record(), assumeComplete=True), "tomita")
    assert a.items(open_) == {"primary-growth": 1, "visceral": "unknown", "bone": "unknown"}
    assert a.items(closed) == {"primary-growth": 1, "visceral": 0, "bone": 1}
    assert closed["status"] == "final"


def test_assume_complete_never_contradicts_the_record(client: FlaskClient) -> None:
    given = bundle(metastasis("T6"), primary("breast"), observation("visceral-metastases", "untreatable"))
    assert a.items(a.score(assess(client, given, assumeComplete=True), "tomita"))["visceral"] == 4


def test_a_policy_is_named(site_client: FlaskClient) -> None:
    old = bundle(metastasis("T6"), primary("breast"), observation("ecog", 3, day="2026-07-20", name="ecog"))
    used = a.score(assess(site_client, old), "katagiri-revised")
    left = assess(site_client, old, policy="strict")
    assert a.items(used)["ecog"] == 1
    assert a.items(a.score(left, "katagiri-revised"))["ecog"] == "unknown"
    assert a.ledger(left) == {"Observation/ecog": {"stale"}}
    assert "policy strict" in a.one(left, "Provenance")["agent"][0]["who"]["display"]


def test_an_unknown_policy_is_refused_with_the_names_that_there_are(site_client: FlaskClient) -> None:
    outcome = check_refusal(post(site_client, parameters(record(), policy="none-such")), 422)
    assert "default, strict" in outcome["issue"][0]["diagnostics"]


def test_return_transaction_is_ready_to_post(client: FlaskClient) -> None:
    answer = assess(client, record(), return_="transaction")
    assert answer["type"] == "transaction"
    assert all(e["request"]["method"] in ("POST", "PUT") for e in answer["entry"])
    assert "OperationOutcome" not in {r["resourceType"] for r in a.resources(answer)}


@pytest.mark.parametrize(
    ("name", "value", "expression"),
    [
        ("asOf", "soon", "valueDateTime"),
        ("asOf", "2026-13-01", "valueDateTime"),
        ("asOf", "2026-02-30", "valueDateTime"),
        ("asOf", "2026-10-01T09:30:00", "valueDateTime"),
        ("asOf", "2026-10-01T09:30Z", "valueDateTime"),
        ("asOf", "2026-10-01T24:30:00Z", "valueDateTime"),
        ("asOf", "2026-10-01T09:30:00+99:00", "valueDateTime"),
        ("asOf", "", "valueDateTime"),
        ("asOf", 20261001, "valueDateTime"),
        ("asOf", None, "valueDateTime"),
        ("asOf", ["2026-10-01"], "valueDateTime"),
        ("assumeComplete", "true", "valueBoolean"),
        ("assumeComplete", 1, "valueBoolean"),
        ("assumeComplete", None, "valueBoolean"),
        ("return", "batch", "valueCode"),
        ("return", True, "valueCode"),
        ("return", {"code": "transaction"}, "valueCode"),
        ("return", ["transaction"], "valueCode"),
        ("policy", 1, "valueString"),
        ("policy", {"name": "default"}, "valueString"),
    ],
)
def test_a_wrong_value_is_refused_at_its_element(client: FlaskClient, name: str, value: Any, expression: str) -> None:
    response = post(client, parameters(record(), **{f"{name}_": value}))
    check_refusal(response, 422, f"Parameters.parameter[1].{expression}")


@pytest.mark.parametrize("name", ["asof", "Bundle", "", None, 1, ["bundle"], {"bundle": 1}])
def test_an_unknown_name_is_refused(client: FlaskClient, name: Any) -> None:
    given = parameters(record())
    given["parameter"].append({"name": name, "valueString": "x"})
    check_refusal(post(client, given), 422, "Parameters.parameter[1].name")


@pytest.mark.parametrize("parameter", [None, "bundle", 1, [], {}])
def test_a_parameter_that_is_none_is_refused(client: FlaskClient, parameter: Any) -> None:
    given = parameters(record())
    given["parameter"].insert(0, parameter)
    check_refusal(post(client, given), 422, "Parameters.parameter[0].name")


def test_a_parameter_that_is_there_twice_is_refused(client: FlaskClient) -> None:
    given = parameters(record(), assumeComplete=True)
    given["parameter"].append({"name": "assumeComplete", "valueBoolean": False})
    check_refusal(post(client, given), 422, "Parameters.parameter[2].name")


def test_a_parameter_without_value_is_refused(client: FlaskClient) -> None:
    given = parameters(record())
    given["parameter"].append({"name": "asOf"})
    check_refusal(post(client, given), 422, "Parameters.parameter[1]")


@pytest.mark.parametrize("listed", [None, [], {}, "bundle", [{"name": "asOf", "valueDateTime": "2026-10-01"}]])
def test_parameters_without_a_bundle_are_refused(client: FlaskClient, listed: Any) -> None:
    check_refusal(post(client, {"resourceType": "Parameters", "parameter": listed}), 422, "Parameters.parameter")


@pytest.mark.parametrize("resource", [None, [], "x", 1, {}, {"resourceType": "Patient", "id": "p1"}])
def test_a_bundle_parameter_that_holds_none_is_refused(client: FlaskClient, resource: Any) -> None:
    check_refusal(post(client, parameters(resource)), 400)
