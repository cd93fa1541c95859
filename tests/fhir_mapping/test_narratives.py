"""The narratives of an answer: well-formed, and the text of a record stays text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from service.problems import Rejected
from tests.support import answers as a
from tests.support.answered import FORMS, answer_to, every_answer
from tests.support.records import (
    bare,
    bundle,
    condition,
    metastasis,
    observation,
    patient,
    primary,
)


def narratives(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("div"), str):
            yield value["div"]
        for child in value.values():
            yield from narratives(child)
    elif isinstance(value, list):
        for child in value:
            yield from narratives(child)


ALLOWED = {
    "div",
    "p",
    "b",
    "i",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "thead",
    "tbody",
    "span",
    "br",
    "h1",
    "h2",
    "h3",
    "h4",
}


#: What XML 1.0 does not have, not even escaped.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def check_narrative(div: str) -> None:
    """Well-formed, XHTML, with plain elements alone and no attribute but class."""
    assert not NOT_IN_XML.search(div)
    root = ET.fromstring(div)
    assert root.tag == "{http://www.w3.org/1999/xhtml}div"
    assert "".join(root.itertext()).strip()
    for element in root.iter():
        assert element.tag.removeprefix("{http://www.w3.org/1999/xhtml}") in ALLOWED
        assert set(element.attrib) <= {"class", "lang", "{http://www.w3.org/XML/1998/namespace}lang"}


def test_every_resource_has_a_narrative_that_is_well_formed() -> None:
    for name, made in every_answer():
        for resource in a.resources(made):
            assert resource["text"]["status"] == "generated", name
        for div in narratives(made):
            check_narrative(div)


HOSTILE = [
    "<script>alert(1)</script>",
    "\" onload='x' ",
    "]]>",
    "&amp;&lt;",
    "</div><b>",
    "a\u0001b",
    "\ufffe",
    "x\u0000y",
    "\u202e",
    "é\n\tß",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_record_stays_text(text: str) -> None:
    about = {"subject": {"reference": f"Patient/{text}"}}
    resources = [
        metastasis() | about,
        primary("breast") | about,
        observation("ecog", 1, name=text) | about,
        observation("ecog", 3, name="e") | about,
        condition("C79.51", name=text, bodySite=[{"text": text}]) | about,
        observation("albumin", {"valueQuantity": {"value": 3, "unit": text}}, status=text, name="a") | about,
        observation("sins-pain", "mechanical", bodySite={"text": text}, name="s") | about,
    ]
    made = bare(*resources)
    made["entry"][3]["fullUrl"] = f"urn:uuid:{text}"
    try:
        answers = [answer_to(made, form) for form in FORMS]
    except Rejected:
        return  # as good an end
    for found in answers:
        for div in narratives(found):
            check_narrative(div)


def test_hostile_text_is_escaped_and_not_taken_out() -> None:
    made = bare(metastasis() | {"id": "<i>"}, observation("ecog", 1, name="<script>", status="cancelled"))
    found = a.one(answer_to(made), "OperationOutcome")
    assert "Observation/<script>" in found["issue"][0]["diagnostics"]
    assert "Observation/&lt;script&gt;" in found["text"]["div"]


def test_no_text_of_the_record_but_names_comes_back() -> None:
    secret = "Zwiebelfisch"
    made = bundle(
        patient() | {"name": [{"family": secret}], "address": [{"city": secret}]},
        metastasis() | {"note": [{"text": secret}]},
        observation("ecog", 1, code={"coding": [{"system": "http://loinc.org", "code": "89247-1"}], "text": secret}),
        observation("albumin", {"valueQuantity": {"value": 3, "unit": secret, "code": "g/dL"}}),
        condition("C79.51", bodySite=[{"text": secret}]),
        condition("C50.9", code={"coding": [{"system": "urn:x", "code": secret, "display": f"cancer {secret}"}]}),
    )
    for form in FORMS:
        assert secret not in orjson.dumps(answer_to(made, form)).decode()
