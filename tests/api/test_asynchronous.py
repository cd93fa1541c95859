"""``Prefer: respond-async``: a record that is answered later, and what becomes of its job."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api import fhir
from service.api.app import create_app
from service.api.jobs import Done, Jobs, Underway
from service.api.settings import Settings
from service.problems import Problem, Rejected
from tests.support.door import FHIR_JSON, assess, check_refusal, json_of, parameters, post
from tests.support.records import bundle, metastasis, observation
from tests.support.stored import contract

ASYNC = {"Prefer": "respond-async"}
_WAIT_S = 30


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    """A service that answers all bodies later where that is preferred, and keeps three jobs."""
    return create_app(Settings(async_from_bytes=1, jobs=tmp_path / "jobs", max_jobs=3))


@pytest.fixture
def server(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Assessments that wait until they are let go."""
    go, assess_it = threading.Event(), fhir.answered

    def later(*given: Any) -> Any:
        assert go.wait(_WAIT_S)
        return assess_it(*given)

    monkeypatch.setattr(fhir, "answered", later)
    yield go
    go.set()


def finish(app: Flask) -> None:
    """Waits for the jobs of this process: one thread does them in turn."""
    app.config["JOBS"]._workers().submit(int).result(_WAIT_S)


def begin(client: FlaskClient, body: Any, prefer: str = "respond-async", query: str = "") -> str:
    """The path of the status of a job that was begun."""
    response = post(client, body, {"Prefer": prefer}, query)
    assert response.status_code == 202, response.get_data(as_text=True)
    assert response.headers["Preference-Applied"] == "respond-async"
    assert json_of(response)["issue"][0]["severity"] == "information"
    return path_of(response.headers["Content-Location"])


def path_of(url: str) -> str:
    assert url.startswith("http://localhost/fhir/$job-")
    return url.removeprefix("http://localhost")


def lines(client: FlaskClient, output: dict[str, Any]) -> list[Any]:
    response = client.get(path_of(output["url"]), headers={"Accept": "application/fhir+ndjson"})
    assert (response.status_code, response.content_type) == (200, "application/fhir+ndjson")
    found = [orjson.loads(line) for line in response.get_data().splitlines()]
    assert len(found) == output["count"]
    assert {each["resourceType"] for each in found} == {output["type"]}
    return found


def manifest(response: TestResponse) -> dict[str, Any]:
    assert (response.status_code, response.content_type) == (200, "application/json")
    found: dict[str, Any] = json_of(response)
    assert set(found) == {"transactionTime", "request", "requiresAccessToken", "output", "error"}
    assert response.headers["Expires"]
    return found


def test_the_results_are_the_resources_of_the_answer_by_their_type(app: Flask, server: FlaskClient) -> None:
    status = begin(server, contract("c"))
    finish(app)
    done = manifest(server.get(status))
    assert done["request"] == "http://localhost/fhir/$assess-spinal-tumour"
    assert done["error"] == []
    found = [each for output in done["output"] for each in lines(server, output)]
    alone = [entry["resource"] for entry in assess(server, contract("c"))["entry"]]
    assert found == alone


def test_a_transaction_stays_whole_and_the_options_are_said_again(app: Flask, server: FlaskClient) -> None:
    status = begin(server, contract("a"), query="?return=transaction&asOf=2026-11-01&name=Zwiebelfisch")
    finish(app)
    done = manifest(server.get(status))
    assert done["request"].endswith("?return=transaction&asOf=2026-11-01")
    (output,) = done["output"]
    assert lines(server, output) == [assess(server, contract("a"), return_="transaction", asOf="2026-11-01")]


def test_the_ledger_alone_may_be_preferred(app: Flask, server: FlaskClient) -> None:
    status = begin(server, contract("a"), "respond-async, return=OperationOutcome")
    finish(app)
    assert [output["type"] for output in manifest(server.get(status))["output"]] == ["OperationOutcome"]


def test_a_job_says_how_it_stands(app: Flask, server: FlaskClient, held: threading.Event) -> None:
    first, second = begin(server, contract("a")), begin(server, contract("b"))
    waiting = server.get(second)
    assert waiting.status_code == 202
    assert int(waiting.headers["Retry-After"]) > 0
    assert waiting.headers["X-Progress"] == "waiting for its turn"
    assert server.get(first).status_code == 202
    held.set()
    finish(app)
    assert server.get(first).status_code == server.get(second).status_code == 200


def test_small_records_and_those_who_do_not_prefer_it_are_answered_at_once(
    client: FlaskClient, server: FlaskClient
) -> None:
    assert post(client, contract("a"), ASYNC).get_data() == post(client, contract("a")).get_data()
    assert post(server, contract("a")).status_code == 200


def test_a_record_that_is_refused_is_refused_at_its_status(app: Flask, server: FlaskClient) -> None:
    given = bundle(metastasis(), observation("ecog", 9))
    there = begin(server, given)
    strict = begin(
        server, bundle(metastasis(), observation("ecog", 1) | {"bogus": 1}), "respond-async, handling=strict"
    )
    finish(app)
    outcome = check_refusal(server.get(there), 422)
    assert outcome == json_of(post(server, given))
    check_refusal(server.get(strict), 422, "Bundle.entry[2].resource.bogus")


def test_what_cannot_be_read_is_refused_at_once(server: FlaskClient) -> None:
    check_refusal(post(server, b"{", ASYNC), 400)
    check_refusal(post(server, parameters(contract("a"), asOf="x"), ASYNC), 422)


def test_a_fault_is_said_without_a_word_of_the_record(
    app: Flask, server: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("Zwiebelfisch")

    monkeypatch.setattr(fhir, "answered", fail)
    status = begin(server, contract("a"))
    finish(app)
    response = server.get(status)
    assert (response.status_code, "Zwiebelfisch" in response.get_data(as_text=True)) == (500, False)
    assert "Zwiebelfisch" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_job_is_ended_and_nothing_of_it_is_left(app: Flask, server: FlaskClient, tmp_path: Path) -> None:
    status = begin(server, contract("a"))
    finish(app)
    output = path_of(manifest(server.get(status))["output"][0]["url"])
    assert server.delete(status).status_code == 202
    for response in (server.get(status), server.get(output), server.delete(status)):
        check_refusal(response, 404)
    assert [each.name for each in (tmp_path / "jobs").iterdir()] == [".lock"]


def test_a_job_may_be_ended_before_it_is_done(
    app: Flask, server: FlaskClient, held: threading.Event, tmp_path: Path
) -> None:
    running, waiting = begin(server, contract("a")), begin(server, contract("b"))
    for status in (running, waiting):
        assert server.delete(status).status_code == 202
        check_refusal(server.get(status), 404)
    held.set()
    finish(app)
    assert [each.name for each in (tmp_path / "jobs").iterdir()] == [".lock"]


def test_there_are_only_so_many_jobs(app: Flask, server: FlaskClient) -> None:
    statuses = [begin(server, contract("a")) for _ in range(3)]
    response = post(server, contract("a"), ASYNC)
    check_refusal(response, 429, "Prefer")
    assert int(response.headers["Retry-After"]) > 0
    server.delete(statuses[0])
    begin(server, contract("a"))
    finish(app)


def test_a_job_is_kept_for_its_time_only(app: Flask, server: FlaskClient, tmp_path: Path) -> None:
    status = begin(server, contract("a"))
    finish(app)
    folder = tmp_path / "jobs" / status.rsplit("/", 1)[1]
    old = folder.stat().st_mtime - 3601
    os.utime(folder, (old, old))
    check_refusal(server.get(status), 404)
    app.config["JOBS"].sweep()
    assert not folder.exists()


def test_an_expired_job_goes_with_any_later_request(app: Flask, server: FlaskClient, tmp_path: Path) -> None:
    status = begin(server, contract("a"))
    finish(app)
    folder = tmp_path / "jobs" / status.rsplit("/", 1)[1]
    os.utime(folder, (0, 0))
    app.config["JOBS"]._swept -= 61
    server.get("/healthz")
    assert not folder.exists()


@pytest.mark.parametrize("name", ["x", "..", "%2e%2e", "a" * 43, "a" * 44, ".lock", "%00", "A" * 42 + "."])
def test_another_id_is_404(server: FlaskClient, name: str) -> None:
    begin(server, contract("a"))
    for path in (f"/fhir/$job-status/{name}", f"/fhir/$job-output/{name}/CarePlan"):
        check_refusal(server.get(path), 404)
        assert server.delete(path).status_code in (404, 405)


def test_another_type_is_404(app: Flask, server: FlaskClient) -> None:
    status = begin(server, contract("a"))
    finish(app)
    there = status.replace("job-status", "job-output")
    for name in ("Patient", "done", "..", "alive", "CarePlan.ndjson", "careplan"):
        check_refusal(server.get(f"{there}/{name}"), 404)
    check_refusal(server.get(f"{there}/CarePlan", headers={"Accept": "text/csv"}), 406, "Accept")


def test_ids_cannot_be_guessed_and_say_nothing(server: FlaskClient) -> None:
    names = [begin(server, contract("a")).rsplit("/", 1)[1] for _ in range(3)]
    assert len(set(names)) == 3
    assert all(len(name) * 6 > 128 for name in names)


def test_only_the_user_of_the_server_may_look_into_the_folder(app: Flask, server: FlaskClient, tmp_path: Path) -> None:
    begin(server, contract("a"))
    finish(app)
    for each in [tmp_path / "jobs", *(tmp_path / "jobs").rglob("*")]:
        assert each.stat().st_mode & 0o077 == 0, each
    stored = b"".join(each.read_bytes() for each in (tmp_path / "jobs").rglob("*") if each.is_file())
    assert b"birthDate" not in stored


def test_a_folder_that_others_may_look_into_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(ValueError, match="private"):
        create_app(Settings(jobs=folder))
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        create_app(Settings(jobs=tmp_path / "file" / "jobs"))


def test_the_address_that_the_site_names_is_in_every_url(tmp_path: Path) -> None:
    app = create_app(Settings(async_from_bytes=1, jobs=tmp_path / "jobs", public_url="https://spine.example"))
    response = post(app.test_client(), contract("a"), ASYNC)
    assert response.headers["Content-Location"].startswith("https://spine.example/fhir/$job-status/")
    finish(app)
    done = manifest(app.test_client().get(response.headers["Content-Location"].removeprefix("https://spine.example")))
    assert all(output["url"].startswith("https://spine.example/fhir/$job-output/") for output in done["output"])
    statement = json_of(app.test_client().get("/fhir/metadata"))
    assert statement["implementation"]["url"] == "https://spine.example/fhir"
    assert statement["messaging"][0]["endpoint"][0]["address"] == "https://spine.example/fhir/$process-message"


def test_xml_is_answered_later_as_well(app: Flask, server: FlaskClient) -> None:
    from tests.support.as_xml import as_xml  # noqa: PLC0415  # only here

    headers = {"Content-Type": "application/fhir+xml", **ASYNC}
    status = path_of(post(server, as_xml(contract("a")), headers).headers["Content-Location"])
    finish(app)
    assert manifest(server.get(status))["output"]


# Several workers

_WORKER = """
import os, sys, threading
from pathlib import Path
from service.api.jobs import Jobs
jobs = Jobs(Path(sys.argv[1]), 9, 3600)
begun = threading.Event()
def work():
    begun.set()
    threading.Event().wait()
print(jobs.start("http://localhost/x", work))
print(jobs.start("http://localhost/x", work), flush=True)
begun.wait()
sys.stdin.readline()
os._exit(9)
"""


def test_a_job_of_another_worker_is_seen_and_one_whose_worker_ended_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    here = Jobs(folder, 9, 3600)
    with subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin
        assert worker.stdout
        names = [worker.stdout.readline().strip() for _ in range(2)]
        assert all(isinstance(here.look(name), Underway) for name in names)
        worker.stdin.write("\n")
        worker.stdin.flush()
        assert worker.wait(_WAIT_S) == 9
    for name in names:
        with pytest.raises(Rejected, match="Send the record again") as refused:
            here.look(name)
        assert (refused.value.status, refused.value.problems[0].code) == (500, "incomplete")
        here.cancel(name)


def test_the_results_of_another_worker_are_read(tmp_path: Path) -> None:
    one, other = (Jobs(tmp_path / "jobs", 9, 3600) for _ in range(2))
    name = one.start("http://localhost/x", lambda: {"Patient": [{"a": 1}, {"a": 2}]})
    one._workers().submit(int).result(_WAIT_S)
    found = other.look(name)
    assert isinstance(found, Done)
    assert found.counts == {"Patient": 2}
    assert other.output(name, "Patient") == b'{"a":1}\n{"a":2}\n'


def test_a_refusal_is_kept_with_all_of_its_problems(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "jobs", 9, 3600)
    problems = (Problem("value", "One.", "Bundle.a"), Problem("required", "Two.", "Bundle.b"))

    def work() -> Any:
        raise Rejected(422, *problems)

    name = jobs.start("http://localhost/x", work)
    jobs._workers().submit(int).result(_WAIT_S)
    with pytest.raises(Rejected) as refused:
        jobs.look(name)
    assert (refused.value.status, refused.value.problems) == (422, problems)


def test_a_folder_that_was_made_for_the_server_goes_with_it() -> None:
    code = "from service.api.jobs import Jobs; print(Jobs(None, 1, 1)._folder)"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert "spinemets-jobs-" in made
    assert not Path(made).exists()


def test_a_worker_that_ends_leaves_the_folder_to_the_others() -> None:
    code = (
        "import os, sys; from service.api.jobs import Jobs; jobs = Jobs(None, 1, 1)\n"
        "child = os.fork()\nif not child: sys.exit()\nos.waitpid(child, 0); print(jobs._folder.exists())"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "True\n"


def test_a_server_that_can_make_no_folder_answers_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> str:
        raise PermissionError("read-only")

    monkeypatch.setattr("service.api.job_files.tempfile.mkdtemp", fail)
    client = create_app(Settings(async_from_bytes=1)).test_client()
    assert post(client, contract("a"), ASYNC).status_code == 200
    check_refusal(client.get(f"/fhir/$job-status/{'a' * 43}"), 404)
    assert client.get("/fhir", headers={"Accept": FHIR_JSON}).status_code == 200


def test_a_folder_that_was_cleaned_away_is_made_again(app: Flask, server: FlaskClient, tmp_path: Path) -> None:
    lost = begin(server, contract("a"))
    finish(app)
    shutil.rmtree(tmp_path / "jobs")
    app.config["JOBS"]._swept -= 61
    check_refusal(server.get(lost), 404)
    status = begin(server, contract("a"))
    finish(app)
    assert manifest(server.get(status))["output"]
    assert (tmp_path / "jobs").stat().st_mode & 0o077 == 0


def test_a_job_that_is_ended_while_it_writes_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is made while the folder is being removed would keep the folder, with a result in it."""
    jobs = Jobs(tmp_path / "jobs", 9, 3600)
    remove, writing, removing = shutil.rmtree, threading.Event(), threading.Event()

    def work() -> Any:
        writing.set()
        assert removing.wait(_WAIT_S)
        return {"Patient": [{}]}

    def slowly(folder: Path, **options: Any) -> None:
        removing.set()
        jobs._workers().submit(int).result(_WAIT_S)
        remove(folder, **options)

    monkeypatch.setattr("service.api.job_files.shutil.rmtree", slowly)
    name = jobs.start("http://localhost/x", work)
    assert writing.wait(_WAIT_S)
    jobs.cancel(name)
    assert [each.name for each in (tmp_path / "jobs").iterdir()] == [".lock"]
