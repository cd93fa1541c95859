"""Whether the service answers, whether it is ready, and its figures."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from service import KNOWLEDGE_VERSION, __version__
from service.api import self_check
from service.api.app import create_app
from service.api.limits import BUSY, REFUSED, STOPPING
from service.api.settings import Settings
from service.operations import draining, meters
from service.operations.readiness import Check
from service.page.record import example
from service.pipeline import Site
from service.policy import DEFAULT
from service.storage import Database, Unavailable
from tests.support.calls import VIEW
from tests.support.door import PATH, post
from tests.support.figures import figure, figure_in
from tests.support.stored import CASES, contract


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return create_app(Settings(database=f"sqlite:///{tmp_path}/db", ready_seconds=10)).test_client()


def ready(client: FlaskClient) -> tuple[int, Any]:
    response = client.get("/readyz")
    told = orjson.loads(response.get_data())
    if response.status_code == 503:
        assert response.headers["Retry-After"]
    return response.status_code, told


def states(told: Any) -> dict[str, str]:
    return {name: each["status"] for name, each in told["checks"].items() if each["status"] != "ready"}


def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise Unavailable

    monkeypatch.setattr(Database, "_made", gone)


# Health


def test_health_hangs_on_nothing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    no_database(monkeypatch)
    client.application.config["CHECKS"].append(Check("never", lambda: "It is broken.", needed=True))
    assert client.get("/healthz").get_json() == {
        "status": "ok",
        "version": __version__,
        "knowledge": KNOWLEDGE_VERSION,
    }


def test_a_service_that_is_well_is_ready(client: FlaskClient) -> None:
    status, told = ready(client)
    assert (status, told["status"], states(told)) == (200, "ready", {})
    assert {"serving", "answer", "database", "jobs", "metrics"} <= told["checks"].keys()
    assert all(each["ms"] >= 0 and each["says"] == "ok" for each in told["checks"].values())
    assert (told["version"], told["knowledge"]) == (__version__, KNOWLEDGE_VERSION)


def test_without_its_database_it_is_degraded_and_takes_requests(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_database(monkeypatch)
    status, told = ready(client)
    assert (status, told["status"], states(told)) == (200, "degraded", {"database": "degraded"})
    assert "sqlite" not in told["checks"]["database"]["says"]
    assert post(client, contract(CASES[0])).status_code == 200


def test_a_database_whose_file_is_gone_is_degraded_until_it_is_back(client: FlaskClient, tmp_path: Path) -> None:
    assert states(ready(client)[1]) == {}
    (tmp_path / "db").rename(tmp_path / "moved")
    assert states(ready(client)[1]) == {"database": "degraded"}
    (tmp_path / "moved").rename(tmp_path / "db")
    assert states(ready(client)[1]) == {}


def test_without_room_for_jobs_it_is_degraded(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(client.application.config["JOBS"]), "room", lambda _: 1)
    status, told = ready(client)
    assert (status, states(told)) == (200, {"jobs": "degraded"})


def test_a_folder_for_jobs_that_cannot_be_written_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    client = create_app(Settings(jobs=folder, ready_seconds=10)).test_client()
    assert states(ready(client)[1]) == {}
    folder.chmod(0o755)  # others may look into it
    assert states(ready(client)[1]) == {"jobs": "degraded"}


def test_a_service_that_stops_is_not_ready(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_begun", threading.Event())
    assert ready(client)[0] == 200
    draining.begin()
    status, told = ready(client)
    assert (status, told["status"], states(told)) == (503, "unready", {"serving": "unready"})


def test_a_service_that_answers_wrongly_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_POINTS", 11)
    client = create_app(Settings(ready_seconds=10)).test_client()
    status, told = ready(client)
    assert (status, states(told)) == (503, {"answer": "unready"})


def test_the_known_record_is_asked_under_every_policy() -> None:
    other = replace(DEFAULT, name="other", stale_after_days=30)
    assert self_check.wrong(Site({DEFAULT.name: DEFAULT, "other": other})) is None


def test_a_check_that_hangs_makes_the_probe_late_and_not_endless() -> None:
    app = create_app(Settings(ready_seconds=0.2))
    hanging = threading.Event()
    app.config["CHECKS"].append(Check("disk", lambda: hanging.wait(60) and None, needed=True))
    try:
        client = app.test_client()
        for _ in range(3):
            status, told = ready(client)
            assert (status, told["checks"]["disk"]["says"]) == (503, "No answer within 0.2 s.")
        assert [each.name for each in threading.enumerate()].count("check-disk") == 1
    finally:
        hanging.set()


# Figures


def scraped(client: FlaskClient) -> str:
    response = client.get("/metrics")
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.fixture
def counted(client: FlaskClient) -> Iterator[Any]:
    """How much a figure has grown since the test began."""
    before = scraped(client)

    def grown(meter: meters.Meter, **labels: str) -> float:
        return figure(meter, **labels) - figure_in(before, meter, **labels)

    return grown


def test_a_request_is_counted_at_its_door_and_never_by_its_path(client: FlaskClient, counted: Any) -> None:
    client.get("/fhir/CodeSystem/score").get_data()
    client.get("/fhir/CodeSystem/Mustermann").get_data()
    client.get("/Mustermann").get_data()
    client.open("/healthz", method="MUSTERMANN").get_data()
    client.post("/cds-services/Mustermann", json={}).get_data()
    client.get("/fhir/$job-status/Mustermann").get_data()
    assert counted(meters.REQUESTS, door="artefacts", method="GET", status="200") == 1
    assert counted(meters.REQUESTS, door="artefacts", method="GET", status="404") == 1
    assert counted(meters.REQUESTS, door="none", method="GET", status="404") == 1
    assert counted(meters.REQUESTS, door="none", method="other", status="405") == 1
    assert counted(meters.REQUESTS, door="jobs", method="GET", status="404") == 1
    assert "ustermann" not in scraped(client).lower()


def test_an_assessment_is_counted_with_what_it_says(client: FlaskClient, counted: Any) -> None:
    assert post(client, example("kidney-complete") or b"").status_code == 200
    assert counted(meters.ASSESSMENTS, door="assess", outcome="tumour") == 1
    assert (
        counted(meters.RESULTS, score="sins", band="open")
        + counted(meters.RESULTS, score="sins", band="unstable")
        + counted(meters.RESULTS, score="sins", band="indeterminate")
        + counted(meters.RESULTS, score="sins", band="stable")
        == 1
    )


def test_a_record_without_a_tumour_is_counted_as_one(client: FlaskClient, counted: Any) -> None:
    record = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "Patient"}}]}
    assert post(client, record).status_code == 200
    assert counted(meters.ASSESSMENTS, door="assess", outcome="no-tumour") == 1
    assert counted(meters.ASSESSMENTS, door="assess", outcome="tumour") == 0


def test_an_emergency_is_counted(client: FlaskClient, counted: Any) -> None:
    assert post(client, example("prostate-emergency") or b"").status_code == 200
    assert counted(meters.EMERGENCIES, door="assess") == 1
    assert counted(meters.COMPLETE, complete="no") == 1


def test_a_refusal_is_counted_by_its_codes(client: FlaskClient, counted: Any) -> None:
    client.post(PATH, data=b"{", content_type="application/fhir+json").get_data()
    assert counted(meters.REFUSALS, door="assess", code="structure") == 1
    assert counted(meters.REQUESTS, door="assess", method="POST", status="400") == 1


def test_a_limit_that_is_met_is_counted(counted: Any) -> None:
    client = create_app(Settings(max_body_bytes=100, max_entries=1)).test_client()
    client.post(PATH, data=b" " * 101, content_type="application/fhir+json").get_data()
    assert counted(meters.LIMITED, limit="size") == 1
    entry: dict[str, Any] = {}
    record = {"resourceType": "Bundle", "type": "collection", "entry": [entry, entry]}
    post(client, record).get_data()
    assert counted(meters.LIMITED, limit="number") == 1
    for refused, limit in ((BUSY, "waiting"), (STOPPING, "draining")):
        response = client.get("/fhir/metadata", environ_overrides={REFUSED: refused})
        assert response.status_code == 503
        response.get_data()
        assert counted(meters.LIMITED, limit=limit) == 1


def test_the_page_counts_a_record_once_though_it_assesses_it_several_times(client: FlaskClient, counted: Any) -> None:
    client.get("/app?example=kidney-complete").get_data()
    assert counted(meters.ASSESSMENTS, door="page", outcome="tumour") == 1


def test_an_answer_that_is_fetched_later_is_counted_at_the_door_where_it_was_asked_for(tmp_path: Path) -> None:
    app = create_app(Settings(async_from_bytes=1))
    client = app.test_client()
    before = figure(meters.ASSESSMENTS, door="assess", outcome="tumour")
    response = post(client, contract(CASES[0]), {"Prefer": "respond-async"})
    assert response.status_code == 202
    path = "/" + response.headers["Content-Location"].split("/", 3)[3]
    done = threading.Event()
    while client.get(path).status_code == 202:
        done.wait(0.02)
    assert figure(meters.ASSESSMENTS, door="assess", outcome="tumour") == before + 1


def test_a_call_is_counted_at_the_door_of_its_service(client: FlaskClient, counted: Any) -> None:
    client.post(f"/cds-services/{VIEW}", json={}).get_data()
    assert counted(meters.REQUESTS, door=VIEW, method="POST", status="400") == 1


def feedback(client: FlaskClient, reason: dict[str, str] | None, n: int) -> None:
    given: dict[str, Any] = {"card": f"00000000-0000-4000-8000-00000000000{n}", "outcome": "overridden"}
    given["outcomeTimestamp"] = "2026-01-02T03:04:05Z"
    if reason is not None:
        given["overrideReason"] = {"reason": reason, "userComment": "Mustermann"}
    response = client.post(f"/cds-services/{VIEW}/feedback", json={"feedback": [given]})
    assert response.status_code == 200, response.get_data()


def test_feedback_is_counted_by_reasons_that_are_ours(client: FlaskClient) -> None:
    feedback(client, {"code": "board"}, 1)
    feedback(client, {"code": "Mustermann said so"}, 2)
    feedback(client, {"code": "none of these"}, 3)
    feedback(client, None, 4)
    text = scraped(client)
    name = f'spinemets_feedback{{outcome="overridden",reason="%s",service="{VIEW}"}} %s'
    for reason, number in (("board", "1.0"), ("other", "2.0"), ("none", "1.0")):
        assert name % (reason, number) in text
    assert "ustermann" not in text.lower()


def test_feedback_is_absent_while_the_database_does_not_answer(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_database(monkeypatch)
    text = scraped(client)
    assert "spinemets_database_up 0.0" in text
    assert "spinemets_feedback{" not in text
    assert "spinemets_build_info{" in text


def test_figures_that_cannot_be_read_are_no_empty_success(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OSError

    monkeypatch.setattr("service.operations.slots.folder", gone)
    response = client.get("/metrics")
    assert response.status_code == 503
    assert response.headers["Retry-After"]


# Lines of requests


def test_a_request_is_logged_with_its_door_and_without_its_path(
    client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "spinemets"):
        client.get("/fhir/CodeSystem/Mustermann?x=Mustermann", headers={"X-Request-Id": "abc"}).get_data()
    line = next(record.msg for record in caplog.records if record.name == "spinemets.requests")
    assert line["door"] == "artefacts"
    assert (line["request"], line["method"], line["status"]) == ("abc", "GET", 404)
    assert line["refused"] == "not-found"
    assert line["sent"] > 0
    assert "Mustermann" not in caplog.text


def test_probes_are_logged_for_who_looks_for_them(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "spinemets"):
        for path in ("/healthz", "/readyz", "/metrics"):
            client.get(path).get_data()
    assert not [record for record in caplog.records if record.name == "spinemets.requests"]


def test_a_fault_is_logged_with_its_place_and_its_request(
    client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("Mustermann")

    monkeypatch.setattr("service.pipeline.assess", fails)
    with caplog.at_level(logging.INFO, "spinemets"):
        assert post(client, contract(CASES[0]), {"X-Request-Id": "abc"}).status_code == 500
    fault = next(record for record in caplog.records if record.levelname == "ERROR")
    assert "request abc failed: ValueError at tests.api.test_operations:" in fault.getMessage()
    assert "Mustermann" not in caplog.text
