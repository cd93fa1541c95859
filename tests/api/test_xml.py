"""Records in XML: the same answer as in JSON, the same refusals, and nothing that XML can do beyond it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.fhir_mapping.inbound.bounds import Bounds
from service.fhir_mapping.inbound.xml import from_xml
from service.problems import Rejected
from tests.support.as_xml import as_xml
from tests.support.door import check_refusal, parameters, post
from tests.support.records import bundle, condition, metastasis, observation
from tests.support.stored import CASES, EXAMPLES, contract, record

FHIR_XML = "application/fhir+xml"
EMPTY = '<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>%s</Bundle>'
XHTML = "http://www.w3.org/1999/xhtml"
NAME = {"given": ["A", None], "_given": [None, {"id": "g"}]}
ENTRY = EMPTY % "<entry><resource>%s</resource></entry>"


def send(client: FlaskClient, body: Any, content_type: str = FHIR_XML) -> TestResponse:
    data = as_xml(body) if isinstance(body, dict) else body if isinstance(body, bytes) else body.encode()
    return post(client, data, {"Content-Type": content_type})


# The same record, written otherwise


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("content_type", [FHIR_XML, "application/xml", "text/xml", "application/xml+fhir"])
def test_a_record_in_xml_gets_the_bytes_that_it_gets_in_json(client: FlaskClient, case: str, content_type: str) -> None:
    assert send(client, contract(case), content_type).get_data() == post(client, contract(case)).get_data()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_demonstration_in_xml_gets_the_bytes_that_it_gets_in_json(client: FlaskClient, path: Path) -> None:
    given = orjson.loads(path.read_bytes())
    assert send(client, given).get_data() == post(client, given).get_data()


@pytest.mark.parametrize(
    "name",
    [
        "mcode-ig-stu4-examples/Bundle-mcode-patient-bundle-jenny-m",
        "mcode-trial-matching/TrialMatching_Patient02",
        "synthea-r4-cancer/Darin_Skiles_31c343e9-5d7f-444e-9be4-56b1a6ec6146",
        "mcode-extraction-framework/csv-staging-bundle",
        "us-core-examples/bundle-docref-example1",
    ],
)
def test_a_real_record_in_xml_gets_the_bytes_that_it_gets_in_json(client: FlaskClient, name: str) -> None:
    assert send(client, record(name)).get_data() == post(client, record(name)).get_data()


def test_parameters_in_xml_are_read(client: FlaskClient) -> None:
    given = parameters(contract("a"), asOf="2026-11-01", assumeComplete=True, return_="transaction")
    assert send(client, given).get_data() == post(client, given).get_data()
    assert orjson.loads(send(client, given).get_data())["type"] == "transaction"


@pytest.mark.parametrize(
    "value",
    [
        {"valueInteger": 1},
        {"valueQuantity": {"value": 1.50}},
        {"valueQuantity": {"value": -3}},
        {"valueBoolean": True},
        {"valueInteger": 99},
        {"valueBoolean": "yes"},
        {"valueQuantity": {"value": "3,5"}},
        {"valueInteger": "1e400"},
        {"valueString": 'a "quoted" <text> & more\nin two lines'},
        {"valueCodeableConcept": {"text": "ä\u2028𝕏"}},
        {"_valueInteger": {"extension": [{"url": "urn:x", "valueCode": "unknown"}]}},
        {"valueInteger": 1, "_valueInteger": {"id": "v1"}},
        {
            "contained": [
                {"resourceType": "Patient", "id": "c", "name": [{"given": ["A", None], "_given": [None, {"id": "g"}]}]}
            ]
        },
        {
            "text": {
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a">1 &lt; 2</p></div>',
            }
        },
    ],
    ids=str,
)
def test_a_value_reads_in_xml_as_in_json_right_or_wrong(client: FlaskClient, value: dict[str, Any]) -> None:
    for code in ("ecog", "albumin", "myelopathy"):
        given = bundle(metastasis(), observation(code) | value)
        there, here = send(client, given), post(client, given)
        assert (there.status_code, there.get_data()) == (here.status_code, here.get_data())


def test_a_prefix_comments_and_processing_instructions_do_no_harm(client: FlaskClient) -> None:
    plain = as_xml(contract("a")).decode()
    marked = (
        f'<?xml version="1.0" encoding="UTF-8"?><?style x?><!-- a -->{plain.replace("<entry>", "<!-- e --><entry>")}'
    )
    assert send(client, marked).get_data() == send(client, plain).get_data()
    with_prefix = EMPTY % ""
    renamed = (
        with_prefix.replace("<Bundle xmlns=", "<f:Bundle xmlns:f=").replace("<type", "<f:type").replace("</B", "</f:B")
    )
    assert send(client, renamed).get_data() == send(client, with_prefix).get_data()


def test_what_is_not_read_may_have_elements_that_r4_does_not_have(client: FlaskClient) -> None:
    given = bundle(metastasis(), {"resourceType": "Questionnaire", "id": "q", "status": "active", "options": "x"})
    assert send(client, given).status_code == 200


def test_strict_handling_holds_for_xml(client: FlaskClient) -> None:
    given = bundle(metastasis(), observation("ecog", 1) | {"status": "no-such-status"})
    wrong = copy.deepcopy(given)
    del wrong["entry"][2]["resource"]["code"]["coding"][0]["code"]
    strict = {"Content-Type": FHIR_XML, "Prefer": "handling=strict"}
    for each in (given, wrong):
        there = post(client, as_xml(each), strict)
        here = post(client, each, {"Prefer": "handling=strict"})
        assert (there.status_code, there.get_data()) == (here.status_code, here.get_data())


# What is wrong


@pytest.mark.parametrize(
    ("body", "expression"),
    [
        (EMPTY % '<bogus value="1"/>', "Bundle.bogus"),
        (EMPTY % '<type value="batch"/>', "Bundle.type"),
        (EMPTY % '<id val="1"/>', "Bundle.id"),
        (EMPTY % "text", "Bundle"),
        (EMPTY % '<x xmlns="urn:other"/>', "Bundle"),
        (ENTRY % '<Observation><valeu value="1"/></Observation>', "Bundle.entry[0].resource.valeu"),
        (
            ENTRY % '<Observation><category/><category><codign value="1"/></category></Observation>',
            "Bundle.entry[0].resource.category[1].codign",
        ),
        (ENTRY % '<Observation><valueQuantity value="1"/></Observation>', "Bundle.entry[0].resource.valueQuantity"),
        (ENTRY % '<Observation><status value="x"><y/></status></Observation>', "Bundle.entry[0].resource.status.y"),
        (ENTRY % "<Patient/><Patient/>", "Bundle.entry[0].resource"),
        (ENTRY % "<NoSuchType/>", "Bundle.entry[0].resource"),
        (ENTRY % "<HumanName/>", "Bundle.entry[0].resource"),
        (ENTRY % '<div xmlns="http://www.w3.org/1999/xhtml"/>', "Bundle.entry[0].resource"),
        ("<entry/>".join(EMPTY.split("%s")), "Bundle.entry[0].resource"),
    ],
)
def test_what_fhir_does_not_have_is_422_and_is_named(client: FlaskClient, body: str, expression: str) -> None:
    found = send(client, body)
    outcome = check_refusal(found, 422)
    named = [each for issue in outcome["issue"] for each in issue["expression"]]
    assert expression in named or any(each.startswith(expression) for each in named), named


def test_a_thousand_wrong_elements_get_a_short_answer(client: FlaskClient) -> None:
    outcome = check_refusal(send(client, EMPTY % ('<bogus value="1"/>' * 1_000)), 422, "Bundle.bogus")
    assert len(outcome["issue"]) <= 50


def test_another_version_of_fhir_is_415_before_its_elements_are_judged(client: FlaskClient) -> None:
    given = condition("C79.51", at="T6") | {"clinicalStatus": "active", "assertedDate": "2017-01-01"}
    check_refusal(send(client, bundle(given)), 415)
    check_refusal(send(client, parameters(bundle(given))), 415)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("", "empty"),
        ("MSH|^~\\&|LAB|", "version 2"),
        ('<ClinicalDocument xmlns="urn:hl7-org:v3"/>', "CDA"),
        ("<html><body><p>Sign in</body></html>", "web page"),
        ("<!DOCTYPE html><html/>", "document type"),
        ('<Bundle><type value="collection"/></Bundle>', "xmlns"),
        ('<Bundle xmlns="urn:x"/>', "xmlns"),
        ('<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"/>', "SOAP"),
        (EMPTY[:50], "line 1, column"),
        (EMPTY % '<id value="a&nbsp;b"/>', "undefined entity"),
        ('<?xml version="1.0" encoding="no-such"?><x/>', "UTF-8"),
        ('<Patient xmlns="http://hl7.org/fhir"/>', "Bundle"),
    ],
)
def test_what_is_no_bundle_in_xml_is_400_and_recognised(client: FlaskClient, body: str, word: str) -> None:
    outcome = check_refusal(send(client, body), 400, "Bundle")
    assert word in outcome["issue"][0]["diagnostics"]


def test_json_sent_as_xml_is_415_and_xml_sent_as_json_is_400(client: FlaskClient) -> None:
    check_refusal(send(client, orjson.dumps(contract("a"))), 415, "Content-Type")
    outcome = check_refusal(post(client, as_xml(contract("a"))), 400, "Bundle")
    assert "application/fhir+xml" in outcome["issue"][0]["diagnostics"]


# What XML can do beyond JSON


def _laughs() -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE b [<!ENTITY l0 "ha">{entities}]>'


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + EMPTY % '<id value="&x;"/>',
        '<!DOCTYPE b [<!ENTITY x SYSTEM "http://127.0.0.1:1/x">]>' + EMPTY % "<entry>&x;</entry>",
        '<!DOCTYPE b [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]>' + EMPTY % "",
        '<!DOCTYPE b SYSTEM "http://127.0.0.1:1/x.dtd">' + EMPTY % "",
        '<!DOCTYPE b [<!ENTITY x "y">]>' + EMPTY % "",
        _laughs() + EMPTY % '<id value="&l9;"/>',
        '<!DOCTYPE b [<!ENTITY x "' + "y" * 100_000 + '">]>' + EMPTY % ("&x;" * 10_000),
    ],
    ids=["file", "network", "parameter", "external", "internal", "billion laughs", "quadratic"],
)
def test_a_document_type_is_refused_whatever_is_in_it(client: FlaskClient, body: str) -> None:
    outcome = check_refusal(send(client, body), 400, "Bundle")
    assert outcome["issue"][0]["code"] == "security"


@pytest.mark.parametrize("depth", [101, 10_000, 100_000])
@pytest.mark.parametrize("name", ["entry", "extension", "no-such"])
def test_deep_nesting_is_400(client: FlaskClient, depth: int, name: str) -> None:
    outcome = check_refusal(send(client, EMPTY % (f"<{name}>" * depth + f"</{name}>" * depth)), 400, "Bundle")
    assert "deep" in outcome["issue"][0]["diagnostics"]


def test_a_deep_narrative_is_400(client: FlaskClient) -> None:
    inner = "<b>" * 10_000 + "</b>" * 10_000
    div = f'<text><div xmlns="http://www.w3.org/1999/xhtml">{inner}</div></text>'
    check_refusal(send(client, ENTRY % f"<Patient>{div}</Patient>"), 400, "Bundle")


@pytest.mark.parametrize(
    "body",
    [
        EMPTY % '<Zwiebelfisch value="1"/>',
        EMPTY % "Zwiebelfisch",
        ENTRY % '<Patient><id value="Zwiebelfisch"><b/></id></Patient>',
    ],
)
def test_a_refusal_holds_no_value_of_the_record(client: FlaskClient, body: str) -> None:
    """The name of an element is no value; the value of one is not said."""
    found = send(client, body)
    said = found.get_data(as_text=True).replace("Bundle.Zwiebelfisch", "")
    assert "Zwiebelfisch" not in said


def test_too_many_entries_are_refused_while_they_are_read() -> None:
    """Nothing is made of the rest of the document, be it what it may."""
    body = (EMPTY % ("<entry/>" * 4)).encode()
    assert from_xml(body, Bounds(entries=4))
    with pytest.raises(Rejected) as refused:
        from_xml(body.removesuffix(b"</Bundle>") + b"no XML", Bounds(entries=3))
    assert refused.value.status == 413
