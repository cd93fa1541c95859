"""The published artefacts at the door: read, search, and everything that answers refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service import BASE
from service.api.app import create_app
from service.api.settings import Settings
from service.fhir_mapping.artefacts import KINDS, artefacts
from tests.support.door import FHIR_JSON, assess, check_refusal, json_of
from tests.support.stored import EXAMPLES

Resource = dict[str, Any]
IDS = [f"{kind}/{name}" for kind in KINDS for name in artefacts()[kind]]
_CANONICAL = re.compile(rf"{re.escape(BASE)}/([A-Z]\w+/[^|#/]+)(?:\|(.+))?")


@pytest.fixture(scope="module")
def examples() -> list[Resource]:
    """The answers to the demonstrations."""
    client = create_app(Settings()).test_client()
    return [assess(client, orjson.loads(path.read_bytes())) for path in sorted(EXAMPLES.glob("*.json"))]


def values(value: Any) -> Iterator[Any]:
    """Every dict and string in a value, at any depth."""
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values(child)


def named(value: Any) -> set[tuple[str, str | None]]:
    """The artefacts of ours that a value refers to, as type and id, with the version that it wants."""
    strings = (each for each in values(value) if isinstance(each, str))
    return {(match[1], match[2]) for each in strings if (match := _CANONICAL.fullmatch(each))}


# Reading


@pytest.mark.parametrize("path", IDS)
def test_every_artefact_is_read_by_its_id(client: FlaskClient, path: str) -> None:
    response = client.get(f"/fhir/{path}")
    assert response.status_code == 200
    assert response.content_type.startswith(FHIR_JSON)
    kind, name = path.split("/")
    assert json_of(response) == artefacts()[kind][name]


@pytest.mark.parametrize("path", [f"{kind}/nowhere" for kind in (*KINDS, "CapabilityStatement")])
def test_an_unknown_id_is_404_and_says_where_the_ids_are(client: FlaskClient, path: str) -> None:
    outcome = check_refusal(client.get(f"/fhir/{path}"), 404, f"{path.split('/', maxsplit=1)[0]}.id")
    assert outcome["issue"][0]["code"] == "not-found"
    assert f"GET /fhir/{path.split('/', maxsplit=1)[0]}" in outcome["issue"][0]["diagnostics"]
    assert "nowhere" not in str(outcome)


@pytest.mark.parametrize("path", ["StructureMap/x", "StructureMap", "codesystem/finding", "Patient", "Patient/1"])
def test_an_unknown_type_is_404(client: FlaskClient, path: str) -> None:
    outcome = check_refusal(client.get(f"/fhir/{path}"), 404)
    assert outcome["issue"][0]["code"] == "not-found"


@pytest.mark.parametrize("path", ["CodeSystem/finding", "CodeSystem"])
def test_artefacts_are_only_read(client: FlaskClient, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = client.open(f"/fhir/{path}", method=method)
        check_refusal(response, 405)
        assert "GET" in response.headers["Allow"]
    assert client.head(f"/fhir/{path}").get_data() == b""


@pytest.mark.parametrize("path", ["CodeSystem/finding", "CodeSystem"])
def test_answers_are_json_or_406(client: FlaskClient, path: str) -> None:
    check_refusal(client.get(f"/fhir/{path}", headers={"Accept": "application/fhir+xml"}), 406, "Accept")
    check_refusal(client.get(f"/fhir/{path}?_format=xml"), 406, "_format")
    assert client.get(f"/fhir/{path}?_format=json", headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.parametrize("path", ["CodeSystem/finding", "CodeSystem?_id=finding"])
def test_who_has_an_artefact_is_told_so(client: FlaskClient, path: str) -> None:
    first = client.get(f"/fhir/{path}")
    assert first.headers["ETag"].startswith('W/"')
    assert "public" in first.headers["Cache-Control"]
    assert {"Accept", "Accept-Encoding"} <= set(first.headers["Vary"].split(", "))
    packed = client.get(f"/fhir/{path}", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] == first.headers["ETag"]
    assert json_of(packed) == json_of(first)
    again = client.get(f"/fhir/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.get(f"/fhir/{path}", headers={"If-None-Match": 'W/"other"'}).status_code == 200
    assert client.get("/fhir/CodeSystem/nowhere").headers["Cache-Control"] == "no-store"


# Searching


def found(client: FlaskClient, query: str, **headers: str) -> list[str]:
    bundle = json_of(client.get(f"/fhir/{query}", headers=headers))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    entries = bundle.get("entry", [])
    assert bundle["total"] == len(entries)
    assert all(entry["fullUrl"].endswith(f"/{entry['resource']['id']}") for entry in entries)
    return [entry["resource"]["id"] for entry in entries]


def test_a_search_without_parameters_finds_all(client: FlaskClient) -> None:
    for kind in KINDS:
        assert found(client, kind) == list(artefacts()[kind])


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("CodeSystem?_id=finding", ["finding"]),
        ("CodeSystem?_id=score,item", ["score", "item"]),
        ("CodeSystem?_id=Finding", []),
        ("CodeSystem?_id=score&_id=item", []),
        (f"CodeSystem?url={BASE}/CodeSystem/band", ["band"]),
        (f"CodeSystem?url={BASE}/CodeSystem", []),
        (f"ValueSet?url={BASE}/CodeSystem/band", []),
        ("CodeSystem?name=find", ["finding", "finding-value"]),
        ("CodeSystem?name:exact=Finding", ["finding"]),
        ("CodeSystem?name:exact=finding", []),
        ("CodeSystem?name:contains=VALUE", ["finding-value"]),
        ("CodeSystem?name=find&_id=finding", ["finding"]),
        ("CodeSystem?version=1999", []),
        ("CodeSystem?_id=", list(artefacts()["CodeSystem"])),
        ("CodeSystem?_id=finding&_pretty=true&bogus=1", ["finding"]),
        (f"ConceptMap?version={artefacts()['ConceptMap']['vertebrae']['version']}&_id=vertebrae", ["vertebrae"]),
        ("CapabilityStatement", ["spinemets-cds"]),
    ],
)
def test_a_search_finds_what_matches_every_parameter(client: FlaskClient, query: str, ids: list[str]) -> None:
    assert found(client, query) == ids


def test_an_artefact_is_found_by_its_url_and_version(client: FlaskClient) -> None:
    for kind in KINDS:
        for name, artefact in artefacts()[kind].items():
            assert found(client, f"{kind}?url={artefact['url']}&version={artefact['version']}") == [name]
            assert found(client, f"{kind}?url={artefact['url']}|{artefact['version']}") == [name]


def test_the_self_link_has_the_parameters_that_were_used(client: FlaskClient) -> None:
    bundle = json_of(client.get("/fhir/CodeSystem?_id=a%26b&bogus=1&version="))
    assert bundle["link"] == [{"relation": "self", "url": "CodeSystem?_id=a%26b"}]


def test_an_unknown_parameter_is_refused_where_the_caller_is_strict(client: FlaskClient) -> None:
    strict = {"Prefer": "handling=strict"}
    outcome = check_refusal(client.get("/fhir/CodeSystem?bogus=secret", headers=strict), 400)
    assert "bogus" not in str(outcome)
    assert "secret" not in str(outcome)
    assert found(client, "CodeSystem?_id=finding&_format=json", **strict) == ["finding"]
    assert found(client, "CodeSystem?bogus=secret&_id=finding", Prefer="handling=lenient") == ["finding"]


@pytest.mark.parametrize("parameter", ["url:below", "_id:not", "name:missing", "name:text", "version:x"])
def test_an_unknown_modifier_is_refused(client: FlaskClient, parameter: str) -> None:
    check_refusal(client.get(f"/fhir/CodeSystem?{parameter}=x"), 400)


def test_a_searchset_fits_its_model(client: FlaskClient) -> None:
    model = import_module("fhir.resources.R4B.bundle").Bundle
    for kind in (*KINDS, "CapabilityStatement"):
        model.model_validate(json_of(client.get(f"/fhir/{kind}")))


# What answers and artefacts refer to


def test_every_code_of_ours_in_an_answer_is_published_with_its_display(
    answers: dict[str, Resource], examples: list[Resource]
) -> None:
    published = {
        system["url"]: {concept["code"]: concept["display"] for concept in system["concept"]}
        for system in artefacts()["CodeSystem"].values()
    }
    seen = set()
    for answer in (*answers.values(), *examples):
        for coding in (v for v in values(answer) if isinstance(v, dict) and str(v.get("system")).startswith(BASE)):
            codes = published[coding["system"]]
            assert coding["code"] in codes, coding
            assert coding.get("display", codes[coding["code"]]) == codes[coding["code"]]
            seen.add(coding["system"].rsplit("/", 1)[1])
    assert {"finding", "vertebra", "score", "item", "band", "treatment", "ledger"} <= seen


def check_resolves(client: FlaskClient, value: Any) -> None:
    for path, version in named(value):
        response = client.get(f"/fhir/{path}")
        assert response.status_code == 200, path
        assert version in (None, json_of(response)["version"]), path


def test_every_canonical_of_ours_in_an_answer_resolves(
    client: FlaskClient, answers: dict[str, Resource], examples: list[Resource]
) -> None:
    listed = [*answers.values(), *examples]
    assert {"PlanDefinition/noms", "StructureDefinition/vertebral-level"} <= {path for path, _ in named(listed)}
    check_resolves(client, listed)


def test_every_canonical_of_ours_in_an_artefact_resolves(client: FlaskClient) -> None:
    statement = json_of(client.get("/fhir/metadata"))
    assert ("OperationDefinition/assess-spinal-tumour", None) in named(statement)
    check_resolves(client, [statement, *(dict(artefacts()[kind]) for kind in KINDS)])


def test_the_capability_statement_lists_what_is_published(client: FlaskClient) -> None:
    statement = json_of(client.get("/fhir/metadata"))
    assert json_of(client.get("/fhir/CapabilityStatement/spinemets-cds")) == statement
    import_module("fhir.resources.R4B.capabilitystatement").CapabilityStatement.model_validate(statement)
    (rest,) = statement["rest"]
    assert {each["type"] for each in rest["resource"]} == {*KINDS, "CapabilityStatement"}
    for each in rest["resource"]:
        assert [interaction["code"] for interaction in each["interaction"]] == ["read", "search-type"]
        for parameter in each["searchParam"]:
            check_refusal(client.get(f"/fhir/{each['type']}?{parameter['name']}:bogus=x"), 400)


def test_the_capability_statement_names_what_the_doors_do(client: FlaskClient) -> None:
    statement = json_of(client.get("/fhir/metadata"))
    (rest,) = statement["rest"]
    for operation in rest["operation"]:
        definition = json_of(client.get(f"/fhir/{operation['definition'].removeprefix(BASE).lstrip('/')}"))
        assert (definition["code"], definition["system"]) == (operation["name"], True)
        check_refusal(client.get(f"/fhir/${operation['name']}"), 405)
    assert "xml" in statement["format"]
    assert "patchFormat" not in statement
    assert "document" not in statement
    assert "interaction" not in rest
    (messaging,) = statement["messaging"]
    assert {each["mode"] for each in messaging["supportedMessage"]} == {"receiver", "sender"}
    assert "endpoint" not in messaging  # only the site knows it
