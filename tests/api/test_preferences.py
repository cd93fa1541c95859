"""How a caller wants the answer: ``Prefer``, ``Accept``, ``_format``, ``_pretty``, and parameters in the URL."""

from __future__ import annotations

import orjson
import pytest
from flask import Request
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from service.api.preferences import Preferences, preferences
from tests.support.door import FHIR_JSON, assess, check_refusal, json_of, parameters, post
from tests.support.records import bundle, observation
from tests.support.stored import contract


def said(*headers: str) -> Preferences:
    return preferences(Request(EnvironBuilder(headers=[("Prefer", header) for header in headers]).get_environ()))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], Preferences()),
        (["handling=strict"], Preferences(strict=True)),
        (["HANDLING = Strict"], Preferences(strict=True)),
        (['handling="strict"'], Preferences(strict=True)),
        (["return=minimal, handling=strict"], Preferences(strict=True, returned="minimal")),
        (["return=minimal", "handling=strict"], Preferences(strict=True, returned="minimal")),
        (["return=representation; handling=strict"], Preferences(strict=True, returned="representation")),
        (["return=operationoutcome"], Preferences(returned="OperationOutcome")),
        (["respond-async, wait=10"], Preferences(asynchronous=True)),
        (["Respond-Async"], Preferences(asynchronous=True)),
        (["handling=lenient, handling=strict"], Preferences()),
        (["handling=strict", "handling=lenient"], Preferences(strict=True)),
        (["handling=stricter, return=none"], Preferences()),
        (['x="handling=strict"'], Preferences()),
        (['x="a, handling=strict, b"'], Preferences()),
        (["nothandling=strict"], Preferences()),
        ([",,;=;,"], Preferences()),
    ],
)
def test_a_preference_is_read_as_the_rfc_writes_it(headers: list[str], expected: Preferences) -> None:
    assert said(*headers) == expected


@settings(max_examples=200, deadline=None)
@given(header=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60))
def test_any_header_is_read_without_a_fault(client: FlaskClient, header: str) -> None:
    for name in ("Prefer", "Accept", "Content-Type", "Accept-Encoding", "If-None-Match"):
        assert client.get("/fhir/CodeSystem/ledger", headers={name: header}).status_code in (200, 304, 400, 406)
    assert post(client, b"", {"Content-Type": header}).status_code in (400, 415)


def test_the_ledger_alone_is_given_to_who_prefers_it(client: FlaskClient) -> None:
    whole = assess(client, contract("c"))
    response = post(client, contract("c"), {"Prefer": "return=OperationOutcome"})
    assert response.headers["Preference-Applied"] == "return=OperationOutcome"
    assert json_of(response) == whole["entry"][-1]["resource"]
    stored = post(client, parameters(contract("c"), return_="transaction"), {"Prefer": "return=OperationOutcome"})
    assert json_of(stored)["issue"] == whole["entry"][-1]["resource"]["issue"]


@pytest.mark.parametrize("value", ["minimal", "representation"])
def test_an_answer_that_is_kept_nowhere_is_always_given(client: FlaskClient, value: str) -> None:
    response = post(client, contract("a"), {"Prefer": f"return={value}"})
    assert response.get_data() == post(client, contract("a")).get_data()
    assert "Preference-Applied" not in response.headers


# Media types


@pytest.mark.parametrize(
    ("accept", "version"),
    [
        ("application/fhir+json; fhirVersion=4.0", "4.0"),
        ("application/fhir+json;fhirVersion=4.0.1", "4.0"),
        ('application/fhir+json; fhirVersion="4.3"', "4.3"),
        ("application/fhir+json; fhirVersion=5.0, application/fhir+json; fhirVersion=4.0;q=0.5", "4.0"),
        ("application/fhir+json; fhirVersion=4.0;q=0.2, application/fhir+json; fhirVersion=4.3;q=0.9", "4.3"),
    ],
)
def test_the_version_that_a_caller_names_is_on_the_answer(client: FlaskClient, accept: str, version: str) -> None:
    for response in (
        post(client, contract("a"), {"Accept": accept}),
        client.get("/fhir/metadata", headers={"Accept": accept}),
    ):
        assert response.status_code == 200
        assert response.content_type == f"{FHIR_JSON}; fhirVersion={version}; charset=utf-8"


def test_the_version_may_be_named_in_the_url(client: FlaskClient) -> None:
    response = client.get("/fhir/CodeSystem/ledger?_format=application/fhir%2Bjson;%20fhirVersion=4.0")
    assert response.content_type == f"{FHIR_JSON}; fhirVersion=4.0; charset=utf-8"
    check_refusal(client.get("/fhir/CodeSystem/ledger?_format=application/fhir%2Bjson;fhirVersion=3.0"), 406, "_format")


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json;q=0",
        "*/*;q=0",
        "text/html;q=1, application/fhir+xml",
    ],
)
@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/CodeSystem/ledger", "/fhir/CodeSystem", "/fhir"])
def test_what_cannot_be_given_is_406_at_every_door(client: FlaskClient, accept: str, path: str) -> None:
    check_refusal(client.get(path, headers={"Accept": accept}), 406, "Accept")


def test_who_wants_xml_is_told_that_it_is_only_read(client: FlaskClient) -> None:
    for response in (
        client.get("/fhir/metadata?_format=xml"),
        post(client, contract("a"), {"Accept": "application/fhir+xml"}),
    ):
        assert "XML is read here" in check_refusal(response, 406)["issue"][0]["diagnostics"]


@pytest.mark.parametrize("version", ["4.0", "4.0.1", "4.3", "4.3.0"])
def test_r4_and_r4b_are_read(client: FlaskClient, version: str) -> None:
    content_type = f"application/fhir+json; fhirVersion={version}"
    assert post(client, contract("a"), {"Content-Type": content_type}).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "word"),
    [
        ("", "Content-Type"),
        ("application/x-www-form-urlencoded", "form"),
        ("multipart/form-data; boundary=x", "form"),
        ("application/fhir+ndjson", "NDJSON"),
        ("x-application/hl7-v2+er7", "version 2"),
        ("application/cda+xml", "CDA"),
        ("application/fhir+turtle", "Turtle"),
        ("application/fhir+json; fhirVersion=3.0", "Convert"),
        ("application/fhir+xml; fhirVersion=5.0", "Convert"),
    ],
)
def test_another_media_type_is_said_by_its_name(client: FlaskClient, content_type: str, word: str) -> None:
    outcome = check_refusal(post(client, contract("a"), {"Content-Type": content_type}), 415, "Content-Type")
    assert word in outcome["issue"][0]["diagnostics"]


def test_an_answer_is_laid_out_for_who_wants_to_read_it(client: FlaskClient) -> None:
    plain, pretty = post(client, contract("a")), post(client, contract("a"), query="?_pretty=true")
    assert json_of(plain) == json_of(pretty)
    assert pretty.get_data() == orjson.dumps(json_of(plain), option=orjson.OPT_INDENT_2)
    assert b"\n" in post(client, b"{", query="?_pretty=true").get_data()
    assert client.get("/fhir/CodeSystem/ledger?_pretty=true").get_data().count(b"\n") > 10


# Parameters in the URL


def test_parameters_in_the_url_are_those_of_the_operation(client: FlaskClient) -> None:
    options = {"asOf": "2026-11-01", "assumeComplete": True, "policy": "default", "return_": "transaction"}
    in_url = "?asOf=2026-11-01&assumeComplete=true&policy=default&return=transaction&_format=json"
    assert (
        post(client, contract("b"), query=in_url).get_data()
        == post(client, parameters(contract("b"), **options)).get_data()
    )


@pytest.mark.parametrize(
    ("query", "expression"),
    [
        ("?asOf=yesterday", "asOf"),
        ("?assumeComplete=yes", "assumeComplete"),
        ("?return=html", "return"),
        ("?return=collection&return=transaction", "Parameters.parameter"),
    ],
)
def test_a_wrong_parameter_in_the_url_is_422_and_is_named(client: FlaskClient, query: str, expression: str) -> None:
    check_refusal(post(client, contract("a"), query=query), 422, expression)


@pytest.mark.parametrize("query", ["?asof=2020-01-01", "?assumecomplete=true", "?POLICY=x"])
def test_a_parameter_in_other_letters_is_not_passed_over(client: FlaskClient, query: str) -> None:
    check_refusal(post(client, contract("a"), query=query), 400, "Parameters")


def test_a_policy_in_the_url_that_is_not_there_is_not_passed_over(client: FlaskClient) -> None:
    check_refusal(post(client, contract("a"), query="?policy=no-such"), 422)


def test_parameters_in_two_places_are_422(client: FlaskClient) -> None:
    given = parameters(contract("a"), asOf="2026-11-01")
    check_refusal(post(client, given, query="?policy=default"), 422, "Parameters.parameter")


@pytest.mark.parametrize("path", ["/fhir/$assess-spinal-tumour", "/fhir/$process-message"])
def test_an_unknown_parameter_is_refused_where_the_caller_is_strict(client: FlaskClient, path: str) -> None:
    body = bundle(observation("ecog", 1))
    for headers, status in (({"Prefer": "handling=strict"}, 400), ({}, 200)):
        response = client.post(f"{path}?day=2026", json=body, headers={"Content-Type": FHIR_JSON, **headers})
        assert response.status_code == status
    check_refusal(client.get("/fhir/CodeSystem/ledger?x=1", headers={"Prefer": "handling=strict"}), 400)


# The base, and what a server does not do


def test_the_base_says_where_to_go(client: FlaskClient) -> None:
    outcome = json_of(client.get("/fhir"))
    assert outcome["issue"][0]["severity"] == "information"
    assert "/fhir/$assess-spinal-tumour" in outcome["issue"][0]["diagnostics"]


def test_a_bundle_posted_to_the_base_is_told_where_to_go(client: FlaskClient) -> None:
    response = client.post("/fhir", json=contract("a"), headers={"Content-Type": FHIR_JSON})
    outcome = check_refusal(response, 405, "Bundle")
    assert "/fhir/$assess-spinal-tumour" in outcome["issue"][0]["diagnostics"]
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/fhir", {"GET", "HEAD", "OPTIONS"}),
        ("/fhir/metadata", {"GET", "HEAD", "OPTIONS"}),
        ("/fhir/CodeSystem/ledger", {"GET", "HEAD", "OPTIONS"}),
        ("/fhir/$assess-spinal-tumour", {"POST", "OPTIONS"}),
        ("/fhir/$process-message", {"POST", "OPTIONS"}),
    ],
)
def test_options_name_the_methods_and_head_has_no_body(client: FlaskClient, path: str, allowed: set[str]) -> None:
    response = client.options(path)
    assert response.status_code == 200
    assert allowed <= set(response.headers["Allow"].split(", "))
    if "HEAD" in allowed:
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.get_data()) == (200, b"")
        assert head.headers["Content-Length"] == get.headers["Content-Length"]


def test_a_tag_among_several_is_enough_for_304(client: FlaskClient) -> None:
    tag = client.get("/fhir/ValueSet/score").headers["ETag"]
    for tags in (f'W/"a", {tag}', f'"x",{tag},"y"', "*", tag.removeprefix("W/")):
        response = client.get("/fhir/ValueSet/score", headers={"If-None-Match": tags})
        assert (response.status_code, response.get_data()) == (304, b"")
        assert response.headers["ETag"] == tag
    assert client.get("/fhir/ValueSet/score", headers={"If-None-Match": '"a", W/"b"'}).status_code == 200
