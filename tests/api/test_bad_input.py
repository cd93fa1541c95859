"""Bad input: the right status, and an OperationOutcome that names the element and the mend.

Here the envelope: bytes, JSON, the Bundle and its entries. Elements that findings are read from are
in ``test_bad_elements.py``, headers and compression in ``test_bad_requests.py``.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.support.door import check_refusal, post
from tests.support.records import bundle, metastasis
from tests.support.stored import contract, contract_path, record


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
def test_an_empty_body_is_400(client: FlaskClient, body: bytes) -> None:
    outcome = check_refusal(post(client, body), 400, "Bundle")
    assert outcome["issue"][0]["code"] == "required"


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"{",
        b'{"resourceType": "Bundle"',
        b'{"resourceType": "Bundle",}',
        b"{'resourceType': 'Bundle'}",
        b'{"resourceType": "Bundle"} {"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "type": "collection", "total": NaN}',
        b'{"resourceType": "Bundle", "type": "collection", "total": Infinity}',
        b'{"resourceType": "Bundle", "type": "collection", "total": 01}',
        b'{"resourceType": "Bundle", "type": "collection" /* a comment */}',
        b'{"resourceType": "Bundle\n"}',
        b'{"resourceType": "Bundle", "type": "\xff"}',
        b'{"resourceType": "Bundle", "type": "\\ud800"}',
        b"<Bundle xmlns='http://hl7.org/fhir'/>",
        b"MSH|^~\\&|SENDER|",
        b"\x00",
        b"\x1f\x8b\x08\x00",
    ],
    ids=range(17),
)
def test_what_is_not_json_is_400(client: FlaskClient, body: bytes) -> None:
    outcome = check_refusal(post(client, body), 400, "Bundle")
    assert outcome["issue"][0]["code"] in ("structure", "invalid")
    assert "Bundle" in outcome["issue"][0]["diagnostics"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_another_encoding_than_utf_8_is_400(client: FlaskClient, encoding: str) -> None:
    text = contract_path("a").read_text().replace("Bundle", "Bundle", 1).replace('"p1"', '"ü"', 1)
    check_refusal(post(client, text.encode(encoding)), 400, "Bundle")


def test_a_byte_order_mark_of_utf_8_does_no_harm(client: FlaskClient) -> None:
    body = contract_path("a").read_bytes()
    assert post(client, b"\xef\xbb\xbf" + body).get_data() == post(client, body).get_data()


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "Bundle", [], {}, [contract("a")], {"resourceType": None}])
def test_json_that_is_no_resource_is_400(client: FlaskClient, value: Any) -> None:
    check_refusal(post(client, value), 400, "Bundle")


@pytest.mark.parametrize("kind", [["Bundle"], {"Bundle": 1}, 1, "bundle", "", "Patient", "Observation"])
def test_a_resource_that_is_no_bundle_is_400(client: FlaskClient, kind: Any) -> None:
    check_refusal(post(client, {"resourceType": kind, "type": "collection"}), 400, "Bundle")


@pytest.mark.parametrize(
    "name", ["condition-example", "observation-example", "patient-example", "riskassessment-example"]
)
def test_an_example_of_the_specification_that_is_no_bundle_is_400(client: FlaskClient, name: str) -> None:
    check_refusal(post(client, record(f"fhir-test-cases-r4/{name}")), 400, "Bundle")


IN_A_BUNDLE = b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": %s}]}'
FINDING = (
    b'{"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", '
    b'"code": "89247-1"}]}, '
)


@pytest.mark.parametrize("depth", [200, 300, 900, 1_100, 10_000, 100_000])
@pytest.mark.parametrize(("start", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
@pytest.mark.parametrize(
    "frame",
    [
        b"%s",
        IN_A_BUNDLE.replace(b"%s", b'{"resourceType": "Basic", "x": %s}'),
        IN_A_BUNDLE.replace(b"%s", FINDING + b'"x": %s}'),
        IN_A_BUNDLE.replace(b"%s", FINDING + b'"valueInteger": 1, "valueInteger": 2, "x": %s}'),
        IN_A_BUNDLE.replace(b"%s", b'{"resourceType": "Observation", "status": "final", "code": {"coding": %s}}'),
        b'{"resourceType": "Parameters", "parameter": [{"name": "asOf", "valueDateTime": %s}]}',
        b'{"resourceType": "Bundle", "type": %s}',
        IN_A_BUNDLE.replace(b"%s", FINDING + b'"valueInteger": ' + b"9" * 100 + b', "x": %s}'),
    ],
    ids=[
        "alone",
        "not read",
        "read",
        "beside a repeated member",
        "in a code",
        "in a parameter",
        "in the type",
        "beside a number of a hundred digits",
    ],
)
def test_any_depth_of_nesting_gets_an_answer(
    client: FlaskClient, depth: int, start: bytes, end: bytes, frame: bytes
) -> None:
    response = post(client, frame % (start * depth + b"1" + end * depth))
    assert response.status_code in ((200, 400, 422) if depth <= 1_100 else (400,))
    if response.status_code != 200:
        check_refusal(response, response.status_code)


@pytest.mark.parametrize("depth", [10_000, 100_000])
def test_deep_nesting_is_400_and_says_so(client: FlaskClient, depth: int) -> None:
    outcome = check_refusal(post(client, b"[" * depth + b"]" * depth), 400, "Bundle")
    assert "deep" in outcome["issue"][0]["diagnostics"].lower()


ECOG = '"code":{"coding":[{"system":"http://loinc.org","code":"89247-1"}]}'


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        ('{"resourceType":"Bundle","type":"collection","type":"message","entry":[]}', "Bundle.type"),
        ('{"resourceType":"Bundle","type":"collection","entry":[],"entry":[]}', "Bundle.entry"),
        ('{"resourceType":"Bundle","resourceType":"Bundle","type":"collection"}', "Bundle.resourceType"),
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:a","fullUrl":"urn:b","resource":'
            '{"resourceType":"Observation","status":"final",' + ECOG + "}}]}",
            "Bundle.entry[0].fullUrl",
        ),
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation",'
            '"status":"final","valueInteger":1,"valueInteger":3,' + ECOG + "}}]}",
            "Bundle.entry[0].resource.valueInteger",
        ),
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation",'
            '"status":"final","valueQuantity":{"value":1,"value":3},' + ECOG + "}}]}",
            "Bundle.entry[0].resource.valueQuantity.value",
        ),
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation",'
            '"status":"final","valueQuantity":{"value":1,"\\u0076alue":3},' + ECOG + "}}]}",
            "Bundle.entry[0].resource.valueQuantity.value",
        ),
        (
            '{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Observation",'
            '"status":"final","valueQuantity":{"value":1,"value":3},"id":"\\u003a",' + ECOG + "}}]}",
            "Bundle.entry[0].resource.valueQuantity.value",
        ),
        (
            '{"resourceType":"Bundle","type":"collection","total":'
            + "9" * 100
            + ',"entry":[{"resource":{"resourceType":'
            '"Observation","status":"final","valueInteger":1,"valueInteger":3,' + ECOG + "}}]}",
            "Bundle.entry[0].resource.valueInteger",
        ),
        (
            '{"resourceType":"Parameters","parameter":[],"parameter":[{"name":"bundle","resource":'
            '{"resourceType":"Bundle","type":"collection"}}]}',
            "Parameters.parameter",
        ),
        (
            '{"resourceType":"Parameters","parameter":[{"name":"bundle","resource":'
            '{"resourceType":"Bundle","type":"collection","type":"batch"}}]}',
            "Bundle.type",
        ),
    ],
    ids=[
        "type",
        "entry",
        "resourceType",
        "fullUrl",
        "value of a finding",
        "deeper in a finding",
        "one name as an escape",
        "a colon as an escape",
        "beside a number of a hundred digits",
        "parameter",
        "within a parameter",
    ],
)
def test_a_member_that_is_there_twice_is_400_and_is_named(client: FlaskClient, body: str, expression: str) -> None:
    outcome = check_refusal(post(client, body.encode()), 400, expression)
    assert "twice" in outcome["issue"][0]["diagnostics"]


@pytest.mark.parametrize("value", ["12:30", ":", "a\\u003ab", "\\u003A::"])
def test_a_colon_in_a_text_is_no_repeated_member(client: FlaskClient, value: str) -> None:
    body = contract_path("a").read_text().replace('"id": "o3"', f'"id": "o3", "note": [{{"text": "{value}"}}]', 1)
    assert value in body
    assert post(client, body.encode()).status_code == 200


def test_a_bundle_without_type_is_422(client: FlaskClient) -> None:
    given = contract("a")
    del given["type"]
    check_refusal(post(client, given), 422, "Bundle.type")
    check_refusal(post(client, record("fhir-test-cases-r4/bundle-with-no-type")), 422, "Bundle.type")


@pytest.mark.parametrize(
    "kind", ["", "Collection", "subscription-notification", "collection ", 1, True, [], ["collection"], {}]
)
def test_an_unknown_type_of_bundle_is_422(client: FlaskClient, kind: Any) -> None:
    check_refusal(post(client, bundle(metastasis(), type=kind)), 422, "Bundle.type")


@pytest.mark.parametrize("entries", [{}, "entry", 1, True, {"resource": {}}])
def test_entries_that_are_no_list_are_422(client: FlaskClient, entries: Any) -> None:
    check_refusal(post(client, bundle(entry=entries)), 422, "Bundle.entry")


@pytest.mark.parametrize("given", [None, 1, "x", True, []])
def test_an_entry_that_is_no_object_is_422(client: FlaskClient, given: Any) -> None:
    made = bundle(metastasis())
    made["entry"].insert(1, given)
    check_refusal(post(client, made), 422, "Bundle.entry[1]")


@pytest.mark.parametrize("given", [{}, {"fullUrl": "urn:uuid:1"}, {"resource": None}, metastasis()])
def test_an_entry_without_resource_is_422(client: FlaskClient, given: Any) -> None:
    made = bundle(metastasis())
    made["entry"].insert(1, given)
    check_refusal(post(client, made), 422, "Bundle.entry[1].resource")


@pytest.mark.parametrize("resource", [1, "Observation", True, [], [metastasis()]])
def test_a_resource_that_is_no_object_is_422(client: FlaskClient, resource: Any) -> None:
    made = bundle(metastasis())
    made["entry"].append({"resource": resource})
    check_refusal(post(client, made), 422, "Bundle.entry[2].resource")


@pytest.mark.parametrize("kind", [None, 1, [], {}, ["Observation"]])
def test_a_resource_without_resource_type_is_422(client: FlaskClient, kind: Any) -> None:
    made = bundle(metastasis())
    made["entry"].append({"resource": {"resourceType": kind}})
    check_refusal(post(client, made), 422, "Bundle.entry[2].resource.resourceType")


def test_every_wrong_entry_is_named_at_once(client: FlaskClient) -> None:
    made = bundle(metastasis())
    made["entry"] += [None, {}, {"resource": 1}]
    check_refusal(post(client, made), 422, "Bundle.entry[2]", "Bundle.entry[3].resource", "Bundle.entry[4].resource")


def test_a_thousand_wrong_entries_get_a_short_answer(client: FlaskClient) -> None:
    outcome = check_refusal(post(client, bundle(entry=[None] * 1_000)), 422)
    assert len(outcome["issue"]) <= 100


@pytest.mark.parametrize(
    "extra", [{"request": {"method": "DELETE", "url": "Observation/1"}}, {"response": {"status": "404"}}]
)
def test_an_entry_with_a_request_or_response_needs_no_resource(client: FlaskClient, extra: dict[str, Any]) -> None:
    made = bundle(metastasis(), type="transaction")
    made["entry"].append(extra)
    assert post(client, made).status_code == 200


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"link": [{"relation": "self", "url": "https://example.org"}]},
        {"search": {"mode": "match"}},
        {"id": "x", "extension": []},
    ],
)
def test_too_many_entries_are_413_and_a_full_url_that_is_no_text_does_no_harm(
    client: FlaskClient, extra: dict[str, Any]
) -> None:
    made = bundle(metastasis())
    made["entry"][1] |= {"fullUrl": 7, **extra}
    assert post(client, made).status_code == 200
    check_refusal(post(client, bundle(entry=[{}] * 100_001)), 413, "Bundle.entry")
