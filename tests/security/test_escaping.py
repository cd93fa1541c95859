"""Whatever the texts of a record hold, no element, attribute, link or line arises of it at any door.

The proof is a comparison: the same record with harmless texts has the same structure everywhere.
"""

from __future__ import annotations

import copy
import gzip
import io
import logging
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from defusedxml.ElementTree import fromstring
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.api.openapi import examples
from service.api.settings import Settings
from service.page.record import packed
from tests.support.calls import SIGN, call_of, send
from tests.support.door import PATH, json_of, post
from tests.support.records import SNOMED, concept
from tests.support.stored import contract

HARMLESS = "Plain words"
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</div></p><script>alert(1)</script>",
    "\"><svg/onload=alert(1)> ' autofocus onfocus='1",
    "](javascript:alert(1)) [x](javascript:alert(1)) ![x](https://evil.example/x)",
    "<https://evil.example> https://evil.example www.evil.example x@evil.example",
    "{{7*7}}{% for x in (1,2) %}${7*7}#{7*7}<%= 7*7 %>",
    "a\r\nX-Injected: yes\r\n\r\n# Heading\n- item\n---\n| a | b |\n```",
    "a\u2028b\u2029c\u0085d\u202ee\u200f",
    "\x1b[2J\x1b[31mred\x07",
    "&lt;img src=x onerror=alert(1)&gt; &#60;b&#62; &amp;lt;",
    "<!--><?php ?><![CDATA[ <b> ]]>",
    "`code` **bold** _it_ ~~x~~ <details open ontoggle=alert(1)>",
)
#: Members whose texts are free, or are names that a sender gives.
_FREE = frozenset("display text family given name description title comment label".split())


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


#: What the doors make of harmless texts: once for each, not again for every hostile text.
_harmless: dict[tuple[str, ...], Any] = {}


def both(made: Callable[[str], Any], said: str, *where: str) -> tuple[Any, Any]:
    """What is made of the harmless text and of another; ``where`` names the door."""
    if where not in _harmless:
        _harmless[where] = made(HARMLESS)
    return _harmless[where], made(said)


# Records


def with_texts(value: Any, said: str) -> Any:
    """A record in which every free text is another."""
    if isinstance(value, list):
        return [said if isinstance(each, str) else with_texts(each, said) for each in value]
    if isinstance(value, dict):
        return {
            name: said if name in _FREE and isinstance(each, str) else with_texts(each, said)
            for name, each in value.items()
            if name != "text" or isinstance(each, str)
        }
    return value


def record(said: str) -> Any:
    """A record with the text wherever one may stand, its own among them."""
    found = copy.deepcopy(contract("b"))
    for n, entry in enumerate(found["entry"]):
        resource = entry["resource"]
        kind = resource["resourceType"]
        if kind == "Patient":
            resource["name"] = [{"family": said, "given": [said], "text": said}]
            resource["identifier"] = [{"system": "https://hospital.example/id", "value": "1"}]
        elif "code" in resource:
            if kind == "Observation":  # answers refer to it by its name
                entry["fullUrl"] = f"https://hospital.example/fhir/Observation/{_in_a_name(said)}{n}"
            resource["code"] = {**resource["code"], "text": said}
            resource["note"] = [{"text": said}]
            for coding in resource["code"].get("coding", ()):
                coding["display"] = said
    found["entry"].append({"fullUrl": f"https://hospital.example/fhir/Observation/{said}", "resource": _unknown(said)})
    return with_texts(found, said)


def _in_a_name(said: str) -> str:
    """What of a text may stand in the name of a resource without making the record a wrong one."""
    return "".join(each for each in said if each.isprintable() and each != "#")


def _unknown(said: str) -> Any:
    """What the ledger has a remark on: a code that no map knows, at a site that is none."""
    return {
        "resourceType": "Observation",
        "id": said,
        "status": "final",
        "code": concept(("99999-9", "http://loinc.org"), text=said),
        "valueString": said,
        "bodySite": {"text": said},
        "method": {"text": said},
        "interpretation": [{"text": said}],
    }


def message(said: str) -> Any:
    inside = record(said)
    header = copy.deepcopy(examples.MESSAGE["entry"][0])
    header["resource"]["source"] |= {"name": said, "software": said}
    patient = next(each["fullUrl"] for each in inside["entry"] if each["resource"]["resourceType"] == "Patient")
    header["resource"]["focus"] = [{"reference": patient}]
    return {**inside, "type": "message", "entry": [header, *inside["entry"]]}


def call(said: str) -> Any:
    order = {
        "resourceType": "ServiceRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": concept(("108290001", SNOMED), text=said),
        "note": [{"text": said}],
    }
    made = call_of({**record(said), "entry": [e for e in record(said)["entry"] if "fullUrl" in e]}, SIGN, order)
    return {**made, "context": {**made["context"], "userId": "Practitioner/7"}}


# Structure


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and the addresses that it leads to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.addresses: set[str] = set()
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.addresses |= {value or "" for name, value in attrs if name in ("href", "src", "action", "formaction")}

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", ()))

    def unknown_decl(self, data: str) -> None:
        self.found.append(("declaration", ()))

    def handle_pi(self, data: str) -> None:
        self.found.append(("instruction", ()))


def narratives(value: Any) -> Iterator[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
    """The structure of each narrative in a resource, as XML."""
    if isinstance(value, dict):
        if isinstance(value.get("div"), str):
            root = fromstring(value["div"])
            yield value["div"], [(element.tag, tuple(element.attrib)) for element in root.iter()]
        for each in value.values():
            yield from narratives(each)
    elif isinstance(value, list):
        for each in value:
            yield from narratives(each)


def shape(answer: Any) -> list[list[tuple[str, tuple[str, ...]]]]:
    return [structure for _, structure in narratives(answer)]


# Doors


@pytest.mark.parametrize("said", HOSTILE)
def test_the_narratives_of_an_answer_have_the_same_elements(client: FlaskClient, said: str) -> None:
    harmless, hostile = both(lambda each: json_of(post(client, record(each))), said, "answer")
    assert hostile["type"] == "collection"
    assert shape(hostile) == shape(harmless)
    assert len(shape(hostile)) > 10


@pytest.mark.parametrize("said", HOSTILE)
def test_the_answer_to_a_message_has_the_same_elements(client: FlaskClient, said: str) -> None:
    def answer(each: str) -> Any:
        body, headers = orjson.dumps(message(each)), {"Content-Type": "application/fhir+json"}
        return json_of(client.post("/fhir/$process-message", data=body, headers=headers))

    harmless, hostile = both(answer, said, "message")
    assert hostile["entry"][0]["resource"]["response"]["code"] == "ok"
    assert shape(hostile) == shape(harmless)


@pytest.mark.parametrize("said", HOSTILE)
def test_a_refusal_has_the_same_elements(client: FlaskClient, said: str) -> None:
    def refused(each: str) -> Any:
        given = record(each)
        given["entry"][-1]["resource"] |= {
            "code": concept(("ecog", "https://w3id.org/spinemets/CodeSystem/finding"), text=each),
            "valueString": each,
        }
        response = post(client, given)
        assert response.status_code == 422
        return json_of(response)

    harmless, hostile = both(refused, said, "refusal")
    assert hostile == harmless


@pytest.mark.parametrize("said", HOSTILE)
def test_cards_hold_no_html_and_no_link_of_a_record(client: FlaskClient, said: str) -> None:
    def cards(each: str) -> Any:
        response = send(client, call(each), SIGN)
        assert response.status_code == 200, response.get_data(as_text=True)[:300]
        return json_of(response)["cards"]

    harmless, hostile = both(cards, said, "cards")
    assert len(hostile) == len(harmless) > 0
    for card, plain in zip(hostile, harmless, strict=True):
        assert Structure(card["detail"]).found == []
        assert _blocks(card["detail"]) == _blocks(plain["detail"])
        assert not re.search(r"(?<!\\)\]\(|javascript:|evil\.example", card["detail"])
        for line in (card["summary"], *(suggestion["label"] for suggestion in card.get("suggestions", ()))):
            assert line.isprintable()
    for path, text in _texts(hostile):
        if not path.endswith((".resource", ".detail")) and ".resource." not in path:
            assert Structure(text).found == [], path


def _blocks(markdown: str) -> list[str]:
    """How each line begins: what makes a list, a heading, a table or a fence."""
    return [re.match(r"\s*([-+*#>|`=]+|\d+[.)])?", line)[0] for line in markdown.splitlines()]  # type: ignore[index]


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, f"{path}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, path)


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.parametrize("path", ["/app", "/app?lang=ja", "/app/download/sheet"])
def test_the_page_and_the_sheet_have_the_same_elements(client: FlaskClient, path: str, said: str) -> None:
    """With a record of an EHR, whose patient the page names."""
    harmless, hostile = both(lambda each: Structure(sent(client, path, each)), said, "sheet", path)
    assert hostile.found == harmless.found
    assert hostile.addresses == harmless.addresses
    assert len(hostile.found) > 50
    if "download" not in path:
        assert HARMLESS in " ".join(harmless.words)  # else nothing of the record is on the page
        assert "alert(1)" not in said or "alert(1)" in " ".join(hostile.words)


def sent(client: FlaskClient, path: str, said: str) -> str:
    """What is answered to the form with a record that was read from an EHR."""
    held = packed(orjson.dumps(record(said)))
    response = client.post(path, data={"record": held, "origin": "ehr", "read-at": said[:60]})
    assert response.status_code == 200
    return content(response).decode()


def content(response: TestResponse) -> bytes:
    data = response.get_data()
    return gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data


@pytest.mark.parametrize("said", HOSTILE)
def test_what_is_typed_is_given_back_as_text(client: FlaskClient, said: str) -> None:
    """Into every field: the page says what is wrong with it, in the same elements."""

    def typed(each: str) -> Structure:
        data = {"age": each, "ecog": each, "lesion.0.level": "T8", "lesion.0.wbb-zones": each, "as-of": "2026-10-02"}
        response = client.post("/app", data=data)
        assert response.status_code in (200, 422)
        return Structure(response.get_data(as_text=True))

    harmless, hostile = both(typed, said, "typed")
    assert hostile.found == harmless.found


@pytest.mark.parametrize("said", HOSTILE)
def test_a_file_that_is_no_record_is_refused_in_the_same_elements(client: FlaskClient, said: str) -> None:
    def refused(each: str) -> Structure:
        data = {"do": "open", "file": (io.BytesIO(each.encode()), "x.json")}
        response = client.post("/app", data=data, content_type="multipart/form-data")
        assert response.status_code == 400
        return Structure(response.get_data(as_text=True))

    harmless, hostile = both(refused, said, "file")
    assert hostile.found == harmless.found


@pytest.mark.parametrize("said", HOSTILE)
@pytest.mark.parametrize("kind", ["text", "pdf"])
def test_the_report_and_the_sheet_to_print_hold_no_controls(client: FlaskClient, kind: str, said: str) -> None:
    held = packed(orjson.dumps(record(said)))
    response = client.post(f"/app/download/{kind}", data={"record": held, "origin": "ehr", "read-at": said[:60]})
    assert response.status_code == 200
    if kind == "text":
        text = response.get_data(as_text=True)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)
    else:
        document = response.get_data()
        assert document.startswith(b"%PDF-")
        assert not re.search(rb"/(JavaScript|JS|OpenAction|AA|Launch|EmbeddedFile|URI)\b", document)


PLACES = ("/knowledge/{}", "/docs?lang={}", "/knowledge?lang={}", "/?lang={}", "/app?example={}", "/app/launch?iss={}")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("said", HOSTILE)
def test_an_address_puts_nothing_into_a_page(client: FlaskClient, place: str, said: str) -> None:
    def page(each: str) -> Structure:
        text = client.get(place.format(quote(each.replace("/", " "), safe=""))).get_data(as_text=True)
        return Structure(text)

    harmless, hostile = both(page, said, "address", place)
    assert hostile.found == harmless.found


@pytest.mark.parametrize("said", HOSTILE)
def test_a_log_has_one_line_for_each_thing_that_it_says(
    client: FlaskClient, said: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        post(client, record(said), headers={"X-Request-Id": "".join(c for c in said if c >= " ")[:60]})
        client.get("/fhir/Nonsense/" + "".join(c for c in said if c.isalnum()))
        client.post(PATH, data=said.encode(), headers={"Content-Type": "application/fhir+json"})
    lines = capfd.readouterr().err.split("\n")
    for line in (*lines, *(each.getMessage() for each in caplog.records)):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]", line)
        for part in ("onerror", "onload", "evil.example", "X-Injected", "7*7"):
            assert part not in line
