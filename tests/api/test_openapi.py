"""The OpenAPI document and the page made of it say what the doors do: every door, and no other."""

from __future__ import annotations

import re
import shlex
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.api.openapi.document import DESCRIBED, paths_of
from service.api.openapi.model import FORM, Door
from service.api.settings import Settings
from tests.support.door import json_of
from tests.support.stored import EXAMPLES
from tests.support.tokens import SCOPE, World, assertion_claims

WITH_EXAMPLES = [
    pytest.param(door, value, id=f"{door.id}: {name}")
    for door in DESCRIBED
    if door.body
    for name, value in door.body.examples.items()
]
CALLED = [door for door in DESCRIBED if door.call]
#: What stands for something that is not there, so that the call is refused.
MADE_UP = ("NAME", "JWT")


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> Any:
    return json_of(client.get("/openapi.json"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Callers of a server that asks who calls, which has all doors that are described."""
    return World(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def asking(world: World) -> Iterator[FlaskClient]:
    with pytest.MonkeyPatch.context() as patch:
        yield world.app(patch=patch.setattr).test_client()


def body_schema(document: Any, door: Door, status: int, mimetype: str) -> Any:
    """What the document says of an answer, with the schemas that it refers to."""
    answers = document["paths"][door.path][door.method.lower()]["responses"]
    assert str(status) in answers, f"{door.id} does not say that it answers {status}"
    return {**answers[str(status)]["content"][mimetype]["schema"], "components": document["components"]}


def check_answer(document: Any, door: Door, response: TestResponse) -> None:
    """Checks status, media type, headers and body of an answer against the document."""
    answers = document["paths"][door.path][door.method.lower()]["responses"]
    schema = body_schema(document, door, response.status_code, response.mimetype)
    for name in answers[str(response.status_code)]["headers"]:
        if document["components"]["headers"][name]["required"]:
            assert name in response.headers, name
    if "json" in response.mimetype and "ndjson" not in response.mimetype:
        Draft202012Validator(schema).validate(json_of(response))


# The document


def test_the_document_is_openapi(document: Any) -> None:
    validate(document)


def test_the_document_has_every_door_and_no_other(client: FlaskClient, document: Any) -> None:
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == paths_of(client.application.url_map.iter_rules())


def test_no_door_is_described_twice() -> None:
    assert len({(door.method, door.path) for door in DESCRIBED}) == len(DESCRIBED)
    assert len({door.id for door in DESCRIBED}) == len(DESCRIBED)


@pytest.mark.parametrize("door", DESCRIBED, ids=lambda door: door.id)
def test_the_parameters_of_a_path_are_all_described(door: Door) -> None:
    assert set(re.findall(r"{(\w+)}", door.path)) == {each.name for each in door.parameters if each.where == "path"}


@pytest.mark.parametrize("door", [door for door in DESCRIBED if "FHIR" in door.group or "CDS" in door.group])
def test_a_door_that_reads_a_record_says_who_may_call_it_and_how_it_refuses(door: Door) -> None:
    said = {answer.status for answer in door.answers}
    assert 500 in said
    if door.callers:
        assert {401, 403} <= said
    if door.body and door.callers:
        assert {400, 413, 415} <= said


def test_a_server_that_asks_who_calls_says_so(asking: FlaskClient) -> None:
    told = json_of(asking.get("/openapi.json"))
    validate(told)
    assert {(method.upper(), path) for path, methods in told["paths"].items() for method in methods} == {
        (door.method, door.path) for door in DESCRIBED
    }
    security = told["paths"]["/fhir/$assess-spinal-tumour"]["post"]["security"]
    assert {name for each in security for name in each} == {"bearer", "backendServices", "certificate"}
    assert {} not in security
    assert "/auth/token" in asking.get("/docs").get_data(as_text=True)


def test_a_token_and_a_refusal_of_one_are_as_the_document_says(world: World, asking: FlaskClient) -> None:
    told = json_of(asking.get("/openapi.json"))
    door = next(each for each in DESCRIBED if each.path == "/auth/token")
    form = {
        "grant_type": "client_credentials",
        "scope": SCOPE,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": world.es.sign(world.es.header(), assertion_claims()),
    }
    given = asking.post("/auth/token", data=form)
    assert given.status_code == 200
    check_answer(told, door, given)
    again = asking.post("/auth/token", data=form)  # an assertion is good for once
    assert again.status_code in (400, 401)
    check_answer(told, door, again)


def test_a_server_that_asks_nobody_says_so(document: Any) -> None:
    assert {} in document["paths"]["/fhir/$assess-spinal-tumour"]["post"]["security"]
    assert document["paths"]["/fhir/metadata"]["get"]["security"] == []


def test_the_document_names_the_address_of_the_site() -> None:
    site = create_app(Settings(public_url="https://hospital.example")).test_client()
    assert json_of(site.get("/openapi.json"))["servers"] == [{"url": "https://hospital.example"}]
    assert "https://hospital.example/fhir/$assess-spinal-tumour" in site.get("/docs").get_data(as_text=True)


def test_whoever_has_it_is_told_that_it_is_the_same(client: FlaskClient) -> None:
    for path in ("/openapi.json", "/docs"):
        tag = client.get(path).headers["ETag"]
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304


# The examples


@pytest.mark.parametrize(("door", "value"), WITH_EXAMPLES)
def test_an_example_is_answered_as_the_document_says(
    client: FlaskClient, document: Any, door: Door, value: Any
) -> None:
    assert door.body is not None
    media, schema = next(iter(door.body.media.items()))
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)
    path = door.path
    for each in door.parameters:
        if each.where == "path":
            path = path.replace(f"{{{each.name}}}", each.example)
    if media == FORM:
        response = client.post(path, data=value)
    else:
        response = client.post(path, data=orjson.dumps(value), headers={"Content-Type": media})
    assert response.status_code == 200, response.get_data(as_text=True)[:500]
    check_answer(document, door, response)


@pytest.mark.parametrize("door", CALLED, ids=lambda door: door.id)
def test_a_call_with_curl_is_answered_as_the_document_says(
    client: FlaskClient, asking: FlaskClient, document: Any, door: Door
) -> None:
    """What the page tells people to type; a body that is in a file is the example."""
    if (door.method, door.path) not in paths_of(client.application.url_map.iter_rules()):
        client, document = asking, json_of(asking.get("/openapi.json"))
    method, url, headers, data = read_curl(door)
    response = client.open(url, method=method, headers=headers, data=data)
    wanted = (
        (400, 401, 404)
        if any(word in door.call for word in MADE_UP)
        else (200, 503)
        if door.path == "/readyz"
        else (200,)
    )
    assert response.status_code in wanted
    check_answer(document, door, response)
    if door.shown and response.status_code == 200:
        check_holds(orjson.loads(door.shown), json_of(response))


def read_curl(door: Door) -> tuple[str, str, dict[str, str], Any]:
    """Method, URL, headers and body of the call of a door."""
    words = shlex.split(door.call.replace("{address}", ""))
    assert words.pop(0) == "curl"
    method, headers, form, data = "GET", {}, {}, None
    url = words.pop()
    while words:
        option, value = words.pop(0), words.pop(0)
        match option:
            case "-X":
                method = value
            case "-H":
                name, _, content = value.partition(": ")
                headers[name] = content
            case "-d":
                name, _, content = value.partition("=")
                form[name] = content
            case "--data-binary":
                assert value.startswith("@")
                assert door.body
                data = orjson.dumps(next(iter(door.body.examples.values())))
            case _:
                pytest.fail(f"{option} is no option that is read here")
    return "POST" if form or data else method, url, headers, form or data


def check_holds(shown: Any, answer: Any) -> None:
    """Checks that an answer holds what is shown of it; ``...`` stands for what is left out."""
    if shown == "...":
        return
    if isinstance(shown, dict):
        for name, value in shown.items():
            check_holds(value, answer[name])
    elif isinstance(shown, list):
        for n, value in enumerate(shown):
            check_holds(value, answer[n])
    elif isinstance(shown, str | bool):
        assert answer == shown


def test_a_record_of_the_examples_is_answered_as_the_document_says(client: FlaskClient, document: Any) -> None:
    door = next(each for each in DESCRIBED if each.path == "/fhir/$assess-spinal-tumour")
    for path in sorted(EXAMPLES.glob("*.json")):
        response = client.post(door.path, data=path.read_bytes(), headers={"Content-Type": "application/fhir+json"})
        assert response.status_code == 200
        check_answer(document, door, response)


# The page


class Page(HTMLParser):
    """The elements of a page, and whether all of them are closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_has_every_door_and_each_of_its_links_leads_somewhere(client: FlaskClient, document: Any) -> None:
    page = Page(client.get("/docs").get_data(as_text=True))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {each["operationId"] for methods in document["paths"].values() for each in methods.values()} <= set(ids)
    for tag, attrs in page.elements:
        href = attrs.get("href") or ""
        if tag == "a" and href.startswith("#"):
            assert href[1:] in ids, href


def test_the_page_runs_and_loads_nothing(client: FlaskClient) -> None:
    response = client.get("/docs")
    text = response.get_data(as_text=True)
    page = Page(text)
    assert not {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "form"}
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on") or name == "style"]
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
    wanted = b64encode(sha256(style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{wanted}'; ")
    assert "unsafe" not in policy


def test_a_caller_of_the_page_cannot_put_anything_into_it() -> None:
    client = create_app(Settings(anyone_may_call=True)).test_client()
    response = client.get("/docs", headers={"Host": "x\"><img src=x onerror='1'>"})
    assert response.status_code in (200, 400)
    assert "<img" not in response.get_data(as_text=True)
