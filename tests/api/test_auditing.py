"""Every door that handles a record writes who asked about whom, before it answers; and no door is forgotten."""

from __future__ import annotations

import logging
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask, Response, g
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.audited import AUDITED, NOT_AUDITED
from service.api.auditing import BadAudit
from service.api.settings import Settings
from service.audit import Unwritable, check, key_beside, read_key
from service.audit.event import hashes_in
from service.callers.caller import Caller, Kind
from service.operations import meters
from tests.support.audited import detail, events, hashes
from tests.support.calls import VIEW, call_of, patient_of
from tests.support.door import check_refusal, json_of, post
from tests.support.figures import figure
from tests.support.records import SERVER, bundle, metastasis, observation, patient, primary

MRN = {"system": "https://hospital.example/mrn", "value": "Zwiebelfisch"}
RECORD = bundle(patient(identifier=[MRN]), metastasis(), primary("breast"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def app(file: Path, tmp_path: Path) -> Flask:
    jobs = tmp_path / "jobs"
    return create_app(Settings(audit=file, async_from_bytes=1, jobs=jobs, max_jobs=2, fhir_servers=(SERVER,)))


@pytest.fixture
def server(app: Flask) -> FlaskClient:
    return app.test_client()


def only(file: Path) -> dict[str, Any]:
    (found,) = events(file)
    return found


def hashed(file: Path, name: str) -> str:
    return read_key(key_beside(file)).hashed(name)


def door(found: dict[str, Any]) -> str:
    return next(entity["name"] for entity in found["entity"] if "name" in entity)


def request_id(found: dict[str, Any]) -> str:
    return str(found["entity"][-1]["what"]["identifier"]["value"])


def test_every_door_is_either_written_to_the_trail_or_said_not_to_be(app: Flask) -> None:
    doors = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert not set(AUDITED) & NOT_AUDITED
    assert doors <= (set(AUDITED) | NOT_AUDITED), doors - set(AUDITED) - NOT_AUDITED


def test_an_assessment_is_written_with_the_patient_the_request_and_the_outcome(server: FlaskClient, file: Path) -> None:
    response = post(server, RECORD, {"X-Request-Id": "r-1"})
    found = only(file)
    assert response.status_code == 200
    assert (found["outcome"], found["action"], door(found)) == ("0", "E", "POST /fhir/$assess-spinal-tumour")
    assert (request_id(found), response.headers["X-Request-Id"]) == ("r-1", "r-1")
    assert hashes(found) == [hashed(file, "identifier https://hospital.example/mrn|Zwiebelfisch")]
    assert hashed(file, f"address {SERVER}/Patient/p1") in dict(hashes_in(found))
    assert check([file]).rows == 1


def test_no_word_of_the_record_is_in_the_trail(server: FlaskClient, file: Path) -> None:
    post(server, RECORD)
    assert b"Zwiebelfisch" not in file.read_bytes()
    assert b"p1" not in file.read_bytes()


def test_a_record_that_is_refused_names_its_patient_and_one_that_cannot_be_read_names_none(
    server: FlaskClient, file: Path
) -> None:
    check_refusal(post(server, bundle(patient(), metastasis(), observation("ecog", 9))), 422)
    check_refusal(post(server, b"{"), 400)
    wrong, unread = events(file)
    assert (wrong["outcome"], hashes(wrong)) == ("4", [hashed(file, f"address {SERVER}/Patient/p1")])
    assert (unread["outcome"], unread["outcomeDesc"], hashes(unread)) == ("4", "HTTP 400", [])


def test_a_fault_of_ours_is_written_as_one(server: FlaskClient, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("Zwiebelfisch")

    monkeypatch.setattr("service.api.fhir.answered", fail)
    assert post(server, RECORD).status_code == 500
    assert (only(file)["outcome"], len(hashes(only(file)))) == ("8", 1)
    assert b"Zwiebelfisch" not in file.read_bytes()


def test_the_same_patient_has_a_hash_in_common_at_every_door(server: FlaskClient, file: Path) -> None:
    post(server, RECORD)
    server.post("/fhir/$process-message", json=message(RECORD))
    server.post(f"/cds-services/{VIEW}", json=call_of(RECORD, fhirServer=SERVER))
    server.post("/app", data={"paste": orjson.dumps(RECORD).decode(), "do": "open"})
    server.post("/app/download/pdf", data={"paste": "", "record": packed(RECORD)})
    found = events(file)
    assert [door(each).split()[1] for each in found] == [
        "/fhir/$assess-spinal-tumour",
        "/fhir/$process-message",
        "/cds-services/<service_id>",
        "/app",
        "/app/download/<kind>",
    ]
    assert all(hashes(each) == [hashed(file, f"identifier {MRN['system']}|{MRN['value']}")] for each in found)


def packed(record: Any) -> str:
    from service.page.record import packed as pack  # noqa: PLC0415

    return pack(orjson.dumps(record))


def message(record: dict[str, Any]) -> dict[str, Any]:
    header = {
        "resourceType": "MessageHeader",
        "id": "1cbdfb97-5859-48a4-8301-d54eab818d68",
        "eventUri": "https://w3id.org/spinemets/event/spinal-tumour-record",
        "source": {"name": "Laboratory", "endpoint": "https://engine.example/in"},
    }
    entry = {"fullUrl": f"urn:uuid:{header['id']}", "resource": header}
    return record | {"type": "message", "entry": [entry, *record["entry"]]}


def test_a_call_names_the_professional_who_looks(server: FlaskClient, file: Path) -> None:
    server.post(f"/cds-services/{VIEW}", json=call_of(RECORD, fhirServer=SERVER))
    user = only(file)["agent"][0]
    assert user["who"]["identifier"] == {"system": SERVER, "value": "Practitioner/7"}
    assert detail(only(file), "server") == SERVER


def test_a_server_that_the_site_does_not_name_is_not_written(server: FlaskClient, file: Path) -> None:
    elsewhere = "https://zwiebelfisch.example/fhir"
    assert server.post(f"/cds-services/{VIEW}", json=call_of(RECORD, fhirServer=elsewhere)).status_code == 200
    assert b"wiebel" not in file.read_bytes()
    assert hashed(file, f"address {elsewhere}/Patient/p1") in dict(hashes_in(only(file)))


@pytest.mark.parametrize("user", ["Patient/Zwiebelfisch", "RelatedPerson/Zwiebelfisch", "Practitioner/Zwiebel fisch"])
def test_a_user_who_may_be_a_patient_is_hashed(server: FlaskClient, file: Path, user: str) -> None:
    call = call_of(RECORD)
    call["context"]["userId"] = user
    assert server.post(f"/cds-services/{VIEW}", json=call).status_code == 200
    assert b"wiebel" not in file.read_bytes()
    assert only(file)["agent"][0]["who"]["identifier"]["value"] == hashed(file, f"user {user}")
    assert patient_of(RECORD)


def test_an_answer_that_is_fetched_later_is_about_the_same_patient(app: Flask, server: FlaskClient, file: Path) -> None:
    begun = post(server, RECORD, {"Prefer": "respond-async"})
    app.config["JOBS"]._workers().submit(int).result(30)
    path = begun.headers["Content-Location"].removeprefix("http://localhost")
    manifest = json_of(server.get(path))
    output = manifest["output"][0]["url"].removeprefix("http://localhost")
    assert server.get(output).status_code == 200
    assert server.delete(path).status_code == 202
    assert server.get(output).status_code == 404
    begin, fetch, cancel, gone = events(file)
    assert [each["action"] for each in (begin, fetch, cancel)] == ["E", "R", "D"]
    assert list(hashes_in(begin)) == list(hashes_in(fetch)) == list(hashes_in(cancel))
    assert (gone["outcome"], hashes(gone)) == ("4", [])
    assert path.rpartition("/")[2].encode() not in file.read_bytes()


def test_what_is_published_and_how_the_server_is_are_not_written(server: FlaskClient, file: Path) -> None:
    for path in (
        "/",
        "/healthz",
        "/fhir/metadata",
        "/cds-services",
        "/knowledge",
        "/app",
        "/fhir/ValueSet",
        "/nothing",
    ):
        server.get(path)
    server.options("/fhir/$assess-spinal-tumour")
    assert not file.exists() or not file.read_bytes()


@pytest.mark.parametrize("status", [401, 403, 429])
def test_who_is_refused_is_written_whichever_door_it_was(app: Flask, file: Path, status: int) -> None:
    @app.before_request
    def _refuse() -> Response:
        g.caller = Caller("engine", Kind.TOKEN, issuer="https://issuer.example")
        return Response(status=status)

    client = app.test_client()
    client.get("/healthz")
    client.open("/Zwiebelfisch", method="ZWIEBELFISCH")
    known, unknown = events(file)
    assert (known["outcome"], known["outcomeDesc"], door(known)) == ("4", f"HTTP {status}", "GET /healthz")
    assert door(unknown) == "no such door"
    assert known["agent"][0]["who"]["identifier"] == {"system": "https://issuer.example", "value": "engine"}
    assert b"wiebel" not in file.read_bytes().lower()


def test_where_too_many_patients_are_in_a_record_the_rest_is_counted(server: FlaskClient, file: Path) -> None:
    many = [patient(f"p{n}") for n in range(30, 1, -1)]
    assert post(server, bundle(*many, patient("p1"), metastasis())).status_code == 200
    found = only(file)
    assert (len(hashes(found)), detail(found, "more patients")) == (20, "10")
    assert hashes(found)[0] == hashed(file, f"address {SERVER}/Patient/p1")  # whom the findings are about


# Where it cannot be written


@pytest.fixture
def breaking(file: Path) -> Callable[..., FlaskClient]:
    """A client of a server whose trail cannot be written any more."""

    def broken(*, required: bool) -> FlaskClient:
        client = create_app(Settings(audit=file, audit_required=required)).test_client()
        file.touch(mode=0o600)
        file.chmod(0o666)
        return client

    return broken


def test_without_the_trail_the_answer_is_given_and_the_fault_is_logged(
    breaking: Callable[..., FlaskClient], file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = breaking(required=False)
    with caplog.at_level(logging.ERROR, "spinemets"):
        assert post(client, RECORD).status_code == 200
    assert "the audit trail fails: Others may read or write" in caplog.text
    assert not file.read_bytes()


def test_where_the_trail_is_required_nothing_is_done_without_it(
    breaking: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = breaking(required=True)
    monkeypatch.setattr("service.api.fhir.answered", lambda *_: pytest.fail("the work was done"))
    refused = post(client, RECORD)
    check_refusal(refused, 503)
    assert refused.headers["Retry-After"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/app").status_code == 200


def test_where_it_fails_only_when_it_is_written_the_answer_is_not_given(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(Settings(audit=file, audit_required=True)).test_client()

    def full(*_: Any) -> None:
        raise Unwritable("The audit trail cannot be written: the disk is full.")

    monkeypatch.setattr("service.audit.Trail.append", full)
    refused = post(client, RECORD)
    check_refusal(refused, 503)
    assert b"RiskAssessment" not in refused.get_data()
    assert client.post("/app", data={"do": "add"}).status_code == 503


def test_a_trail_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    for wrong in (
        Settings(audit=tmp_path / "nowhere" / "audit.jsonl"),
        Settings(audit=tmp_path / "audit.jsonl", audit_key=tmp_path / "nothing"),
    ):
        with pytest.raises(BadAudit, match="SPINEMETS_AUDIT"):
            create_app(wrong)


def test_the_check_of_readiness_says_what_is_wrong_and_the_position_is_the_last_row(file: Path) -> None:
    app = create_app(Settings(audit=file, audit_required=True))
    (found,) = [each for each in app.config["CHECKS"] if each.name == "audit"]
    (position,) = [each for each in app.config["GAUGES"] if each.short == "audit_rows"]
    post(app.test_client(), RECORD)
    assert (found.needed, found.does(), list(position.read())) == (True, None, [((), 1)])
    file.chmod(0o666)
    assert "chmod 600" in found.does()


def test_a_trail_that_is_cut_while_the_server_runs_is_noticed_logged_and_counted(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    post(create_app(Settings(audit=file)).test_client(), RECORD)
    client, before = create_app(Settings(audit=file)).test_client(), figure(meters.AUDIT, outcome="cut")
    post(client, RECORD)
    assert figure(meters.AUDIT, outcome="cut") == before
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
    with caplog.at_level(logging.ERROR):
        assert post(client, RECORD).status_code == 200
    assert figure(meters.AUDIT, outcome="cut") == before + 1
    assert "was cut" in caplog.text
    assert len(events(file)) == 2


def test_rows_that_go_before_the_first_request_are_missed_as_well(file: Path) -> None:
    post(create_app(Settings(audit=file)).test_client(), RECORD)
    client, before = create_app(Settings(audit=file)).test_client(), figure(meters.AUDIT, outcome="cut")
    file.write_bytes(b"")
    post(client, RECORD)
    assert figure(meters.AUDIT, outcome="cut") == before + 1


@pytest.mark.parametrize(
    ("way", "written"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("198.51.100.9, 203.0.113.5", "203.0.113.5"),
        ("203.0.113.5, 10.0.0.7", "203.0.113.5"),
        ("", "10.0.0.2"),
        ("Zwiebelfisch", "10.0.0.2"),
    ],
)
def test_behind_a_proxy_of_the_site_the_address_is_the_one_that_it_has_seen(file: Path, way: str, written: str) -> None:
    app = create_app(Settings(audit=file, anyone_may_call=True, trusted_proxies=(ip_network("10.0.0.0/8"),)))
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "10.0.0.2"
    post(client, RECORD, {"X-Forwarded-For": way})
    assert only(file)["agent"][0]["network"]["address"] == written


def test_the_word_of_a_stranger_on_his_address_is_not_written(file: Path) -> None:
    app = create_app(Settings(audit=file, anyone_may_call=True, trusted_proxies=(ip_network("10.0.0.0/8"),)))
    client = app.test_client()
    client.environ_base["REMOTE_ADDR"] = "203.0.113.5"
    post(client, RECORD, {"X-Forwarded-For": "10.0.0.7"})
    assert only(file)["agent"][0]["network"]["address"] == "203.0.113.5"
