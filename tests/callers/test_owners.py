"""What a caller began is for that caller: answers that are fetched later, and records that were launched."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient

from service.callers.caller import Kind
from tests.callers.attacks import ask_token
from tests.support.door import FHIR_JSON, PATH
from tests.support.stored import contract
from tests.support.tokens import ACCESS, HERE, World, access_claims, assertion_claims

CLIENTS = """
[[issuer.client]]
id = "mirth"
name = "Mirth"

[[issuer.client]]
id = "reader"
name = "Reader"
scopes = ["system/ConceptMap.r"]
"""


@pytest.fixture
def client(world: World, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    return world.app(patch=monkeypatch.setattr, async_from_bytes=1).test_client()


def begun(client: FlaskClient, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON, "Prefer": "respond-async"}
    response = client.post(PATH, data=orjson.dumps(contract("a")), headers=headers)
    assert response.status_code == 202, response.text
    return response.headers["Content-Location"].removeprefix(HERE)


def finished(client: FlaskClient, path: str, token: str) -> list[str]:
    """The addresses of the results."""
    for _ in range(2000):
        response = client.get(path, headers={"Authorization": f"Bearer {token}"})
        if response.status_code == 200:
            assert response.json["requiresAccessToken"] is True
            return [each["url"].removeprefix(HERE) for each in response.json["output"]]
        assert response.status_code == 202
    raise AssertionError("the job does not end")


def test_an_answer_that_is_fetched_later_is_for_the_caller_that_asked(client: FlaskClient, world: World) -> None:
    mine = world.es.sign(world.es.header(), access_claims())
    again = world.rs.sign(world.rs.header(), access_claims())  # another token of the same caller
    same_issuer = world.es.sign(world.es.header(), access_claims(sub="other", client_id="other"))
    given = ask_token(client, world.es.sign(world.es.header(), assertion_claims())).json["access_token"]
    path = begun(client, mine)
    results = finished(client, path, again)
    assert results
    for other in (same_issuer, given):
        headers = {"Authorization": f"Bearer {other}"}
        assert client.get(path, headers=headers).status_code == 404
        assert client.delete(path, headers=headers).status_code == 404
        assert [client.get(each, headers=headers).status_code for each in results] == [404] * len(results)
    assert client.get(path).status_code == 401
    assert [client.get(each).status_code for each in results] == [401] * len(results)
    headers = {"Authorization": f"Bearer {again}"}
    assert all(client.get(each, headers=headers).status_code == 200 for each in results)
    assert client.delete(path, headers=headers).status_code == 202
    assert client.get(path, headers=headers).status_code == 404


def test_a_folder_of_jobs_holds_no_name_of_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    client = world.app(patch=monkeypatch.setattr, async_from_bytes=1, jobs=tmp_path / "jobs").test_client()
    begun(client, world.es.sign(world.es.header(), access_claims(sub="marked", client_id="marked")))
    owners = [file.read_text() for file in (tmp_path / "jobs").rglob("owner")]
    assert len(owners) == 1
    assert "marked" not in owners[0]


# The clients of an issuer


def test_of_an_issuer_with_listed_clients_only_those_may_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    head, _, rest = ACCESS.partition('\n[[issuer]]\niss = "https://login.other.example"')
    text = f'{head}{CLIENTS}\n[[issuer]]\niss = "https://login.other.example"{rest}'
    client = world.app(text, patch=monkeypatch.setattr).test_client()

    def answered(**more: object) -> tuple[int, str, Kind]:
        from service.api.callers import caller  # noqa: PLC0415  # only here

        token = world.es.sign(world.es.header(), access_claims(**more))
        with client as held:
            response = held.get(
                "/fhir/ConceptMap/$translate?system=http://loinc.org&code=89247-1",
                headers={"Authorization": f"Bearer {token}"},
            )
            return response.status_code, caller().name, caller().kind

    assert answered() == (200, "Mirth", Kind.TOKEN)
    assert answered(client_id=None, azp="mirth") == (200, "Mirth", Kind.TOKEN)
    assert answered(client_id=None, sub="mirth") == (200, "Mirth", Kind.TOKEN)
    assert answered(client_id="reader", scope=None) == (200, "Reader", Kind.TOKEN)
    assert answered(client_id="stranger")[0] == 401
    assert answered(client_id="stranger", sub="mirth")[0] == 401
    assert answered(client_id=None, sub=None)[0] == 401
    assert answered(client_id="mirth", scope=None)[0] == 403


# The page


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_page_is_for_records_that_are_opened_in_an_ehr(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    client = world.app(patch=monkeypatch.setattr).test_client()
    for path in ("/app", "/app?example=kidney-complete", f"/app?smart={'a' * 43}"):
        response = client.open(path, method=method)
        assert response.status_code == 401
        assert response.mimetype == "text/html"
        assert "Open the record there" in response.text
    assert client.post("/app/download/pdf").status_code == 401
    assert client.get("/app/launch").status_code == 404  # it is not set up here, and says so by itself


def test_the_page_may_be_open_to_everyone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.app(f'{ACCESS}\n[page]\nallow = "everyone"\n', patch=monkeypatch.setattr).test_client()
    assert client.get("/app").status_code == 200
    assert client.post(PATH, data=b"{}").status_code == 401
