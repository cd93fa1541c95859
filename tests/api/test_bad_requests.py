"""Requests that are wrong before the body is read: media types, compression, size, methods, paths, ids."""

from __future__ import annotations

import gzip
import io
import re
import zlib

import pytest
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from tests.support.door import FHIR_JSON, PATH, check_refusal, json_of, post
from tests.support.stored import contract_path

BODY = contract_path("a").read_bytes()
LIMIT = 1024 * 1024


@pytest.mark.parametrize(
    "content_type",
    [
        "application/fhir+json",
        "application/json",
        "text/json",
        "application/json+fhir",
        "APPLICATION/FHIR+JSON; charset=UTF-8",
        "application/fhir+json;fhirVersion=4.0",
        'application/fhir+json; fhirVersion="4.0"',
        "application/fhir+json; charset=utf-8; fhirVersion=4.0.1",
    ],
)
def test_json_in_r4_is_read_under_each_of_its_names(client: FlaskClient, content_type: str) -> None:
    assert post(client, BODY, {"Content-Type": content_type}).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/fhir+xml",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/fhir+ndjson",
        "application/octet-stream",
        "nonsense",
        "application/fhir+json, text/plain",
        "application/fhir+json; fhirVersion=3.0",
        "application/fhir+json; fhirVersion=1.0",
        "application/fhir+json; fhirVersion=5.0",
        "application/fhir+json; fhirVersion=4",
        "application/fhir+json; fhirversion=3.0",
    ],
)
def test_another_media_type_or_version_is_415(client: FlaskClient, content_type: str) -> None:
    outcome = check_refusal(post(client, BODY, {"Content-Type": content_type}), 415, "Content-Type")
    assert outcome["issue"][0]["code"] == "not-supported"


def test_a_body_without_content_type_is_415(client: FlaskClient) -> None:
    check_refusal(client.post(PATH, data=BODY), 415, "Content-Type")


@pytest.mark.parametrize(
    "accept",
    [
        "application/fhir+json",
        "application/json",
        "*/*",
        "application/*",
        "",
        "text/html, application/json;q=0.5",
        "application/json+fhir",
        "application/fhir+json; fhirVersion=4.0",
        "application/fhir+xml, application/fhir+json;q=0.1",
    ],
)
def test_whoever_takes_json_gets_it(client: FlaskClient, accept: str) -> None:
    response = post(client, BODY, {"Accept": accept})
    assert response.status_code == 200
    version = "; fhirVersion=4.0" if "fhirVersion" in accept else ""
    assert response.content_type == f"{FHIR_JSON}{version}; charset=utf-8"


@pytest.mark.parametrize(
    "accept", ["text/csv", "application/fhir+xml", "application/xml", "text/html", "text/*", "application/fhir+turtle"]
)
def test_whoever_takes_no_json_gets_406(client: FlaskClient, accept: str) -> None:
    check_refusal(post(client, BODY, {"Accept": accept}), 406, "Accept")


@pytest.mark.parametrize(
    "form", ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json", "text/json"]
)
def test_format_stands_above_accept(client: FlaskClient, form: str) -> None:
    assert post(client, BODY, {"Accept": "text/csv"}, f"?_format={form}").status_code == 200


@pytest.mark.parametrize("form", ["xml", "ttl", "text/html", "", "application/fhir%2Bxml"])
def test_another_format_is_406(client: FlaskClient, form: str) -> None:
    check_refusal(post(client, BODY, {"Accept": FHIR_JSON}, f"?_format={form}"), 406, "_format")


def test_a_body_of_20_mb_is_413(client: FlaskClient) -> None:
    outcome = check_refusal(post(client, b" " * 20_000_000), 413)
    assert outcome["issue"][0]["code"] == "too-long"
    assert "16 MiB" in outcome["issue"][0]["diagnostics"]


def test_the_limit_itself_is_read(small_client: FlaskClient) -> None:
    assert post(small_client, BODY + b" " * (LIMIT - len(BODY))).status_code == 200
    check_refusal(post(small_client, BODY + b" " * (LIMIT - len(BODY) + 1)), 413)


def test_a_body_of_unknown_length_has_the_same_limit(small_client: FlaskClient) -> None:
    for body, status in ((BODY, 200), (BODY + b" " * LIMIT, 413)):
        builder = EnvironBuilder(path=PATH, method="POST", input_stream=io.BytesIO(body), content_type=FHIR_JSON)
        environ = builder.get_environ()
        environ.pop("CONTENT_LENGTH", None)
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
        environ["wsgi.input_terminated"] = True
        assert small_client.open(environ_overrides=environ).status_code == status


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP", " gzip "])
def test_a_packed_body_is_read(client: FlaskClient, name: str) -> None:
    assert post(client, gzip.compress(BODY), {"Content-Encoding": name}).status_code == 200


def test_a_body_packed_in_several_members_is_read(client: FlaskClient) -> None:
    """RFC 1952 lets a gzip file be a series of members; some packers write one for each block."""
    packed = gzip.compress(BODY[:1000]) + gzip.compress(BODY[1000:])
    assert gzip.decompress(packed) == BODY
    assert post(client, packed, {"Content-Encoding": "gzip"}).status_code == 200


@pytest.mark.parametrize("size", [1, 10, 11, 40, -1, -5, -9])
def test_a_packed_body_that_breaks_off_is_400(client: FlaskClient, size: int) -> None:
    check_refusal(post(client, gzip.compress(BODY)[:size], {"Content-Encoding": "gzip"}), 400, "Content-Encoding")


@pytest.mark.parametrize(
    "body", [BODY, b"\x1f\x8b" + b"x" * 50, zlib.compress(BODY), gzip.compress(BODY)[:-8] + b"x" * 8]
)
def test_a_body_that_is_not_packed_as_it_says_is_400(client: FlaskClient, body: bytes) -> None:
    check_refusal(post(client, body, {"Content-Encoding": "gzip"}), 400, "Content-Encoding")


def test_an_empty_packed_body_is_400(client: FlaskClient) -> None:
    check_refusal(post(client, gzip.compress(b""), {"Content-Encoding": "gzip"}), 400)
    check_refusal(post(client, b"", {"Content-Encoding": "gzip"}), 400)


def test_a_bomb_is_413(small_client: FlaskClient) -> None:
    bomb = gzip.compress(b" " * (200 * LIMIT))
    assert len(bomb) < LIMIT
    check_refusal(post(small_client, bomb, {"Content-Encoding": "gzip"}), 413)


def test_a_bomb_in_many_members_is_413(small_client: FlaskClient) -> None:
    bomb = gzip.compress(b" " * (LIMIT // 2)) * 100
    assert len(bomb) < LIMIT
    response = post(small_client, bomb, {"Content-Encoding": "gzip"})
    assert response.status_code in (400, 413)


@pytest.mark.parametrize("name", ["deflate", "br", "zstd", "gzip, gzip", "nonsense"])
def test_another_packing_is_415(client: FlaskClient, name: str) -> None:
    check_refusal(post(client, BODY, {"Content-Encoding": name}), 415, "Content-Encoding")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method_on_the_operation_is_405_with_those_allowed(client: FlaskClient, method: str) -> None:
    response = client.open(PATH, method=method)
    check_refusal(response, 405)
    assert "POST" in response.headers["Allow"]
    assert method not in response.headers["Allow"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/fhir/nowhere", "/fhir/$other", "/fhir/", "/fhir/Patient/1", "/fhir/Patient?name=x", "/%00"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_404(client: FlaskClient, path: str, method: str) -> None:
    check_refusal(client.open(path, method=method), 404)


def test_an_unknown_path_is_not_echoed(client: FlaskClient) -> None:
    assert "Zwiebelfisch" not in client.get("/fhir/Patient/Zwiebelfisch?name=Zwiebelfisch").get_data(as_text=True)


@pytest.mark.parametrize("given", ["abc", "A-1_b.2", "x" * 64, "0b5ed8c0-9d0a-4d8e-9b0e-6f5c1c6b9e0a"])
def test_a_plain_request_id_comes_back(client: FlaskClient, given: str) -> None:
    for response in (post(client, BODY, {"X-Request-Id": given}), post(client, b"", {"X-Request-Id": given})):
        assert response.headers.getlist("X-Request-Id") == [given]


@pytest.mark.parametrize(
    "given",
    ["", " ", "a b", "x" * 65, "<script>", "a;b", "ä", "${jndi:ldap://x}", "../../etc", "a\tb", "%0d%0aSet-Cookie:x"],
)
def test_a_hostile_request_id_is_replaced(client: FlaskClient, given: str) -> None:
    response = post(client, BODY, {"X-Request-Id": given})
    (found,) = response.headers.getlist("X-Request-Id")
    assert re.fullmatch(r"[0-9a-f-]{36}", found)


def test_every_request_gets_its_own_id(client: FlaskClient) -> None:
    assert len({post(client, b"").headers["X-Request-Id"] for _ in range(5)}) == 5


@pytest.mark.parametrize("query", ["?_pretty=true", "?_summary=false", "?x=1", "?_format=json&_format=xml"])
def test_other_parameters_of_the_url_do_no_harm(client: FlaskClient, query: str) -> None:
    assert post(client, BODY, query=query).status_code == 200


@pytest.mark.parametrize("path", ["/fhir/metadata", "/healthz", "/readyz", "/"])
def test_what_a_server_has_to_have_is_there(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"


def test_the_capability_statement_names_the_operation(client: FlaskClient) -> None:
    statement = json_of(client.get("/fhir/metadata"))
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    operations = [o["name"] for rest in statement["rest"] for o in rest["operation"]]
    assert PATH.rsplit("$", 1)[-1] in operations
    check_refusal(client.get("/fhir/metadata", headers={"Accept": "text/csv"}), 406)


@pytest.mark.parametrize("prefer", ["handling=strict", "return=representation; handling=strict", "handling = strict"])
def test_strict_handling_refuses_what_lenient_handling_lets_pass(client: FlaskClient, prefer: str) -> None:
    body = BODY.replace(b'"id": "o3",', b'"id": "o3", "bogus": 1,')
    assert body != BODY
    assert post(client, body).status_code == 200
    assert post(client, body, {"Prefer": "handling=lenient"}).status_code == 200
    check_refusal(post(client, body, {"Prefer": prefer}), 422, "Bundle.entry[3].resource.bogus")
    assert post(client, BODY, {"Prefer": prefer}).get_data() == post(client, BODY).get_data()
