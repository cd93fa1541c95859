"""A disk that is full and a database that is locked or gone: what needs them says so, and records are assessed."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.jobs import Jobs
from service.api.settings import Settings

ROOT = Path(__file__).parents[2]
BUNDLE = (ROOT / "examples" / "kidney-complete.json").read_bytes()
ASSESS = "/fhir/$assess-spinal-tumour"
FEEDBACK = "/cds-services/spinal-tumour-patient-view/feedback"
TOLD = {
    "card": "f8d7b8a2-1d60-4a0a-9a4a-1d2f2d0f1c11",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "e56e1945-20b3-4393-8503-a1a20fd73152"}],
    "outcomeTimestamp": "2026-10-01T09:30:00Z",
}
FHIR = {"Content-Type": "application/fhir+json"}


def statuses(client: FlaskClient) -> dict[str, int]:
    """What each door says; a record is to be assessed at once, later, as a message and in a form, whatever happens."""
    later = {**FHIR, "Prefer": "respond-async"}
    return {
        "assess": client.post(ASSESS, data=BUNDLE, headers=FHIR).status_code,
        "later": client.post(ASSESS, data=BUNDLE, headers=later).status_code,
        "feedback": client.post(FEEDBACK, json={"feedback": [TOLD]}).status_code,
        "page": client.post("/app", data={"do": "open", "paste": BUNDLE.decode()}).status_code,
        "health": client.get("/healthz").status_code,
        "ready": client.get("/readyz").status_code,
        "metrics": client.get("/metrics").status_code,
    }


def settings(folder: Path) -> Settings:
    (folder / "jobs").mkdir(mode=0o700)
    database = f"sqlite:///{folder}/kept.sqlite"
    return Settings(jobs=folder / "jobs", async_from_bytes=1, database=database, audit=folder / "audit.jsonl")


def on_a_full_disk(folder: Path) -> None:
    """In a process of its own, in which no file may grow any more: what all doors say before, meanwhile and after."""
    client = create_app(settings(folder)).test_client()
    found = [statuses(client)]
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    TOLD["outcomeTimestamp"] = "2026-10-01T10:30:00Z"
    found.append(statuses(client))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    found.append(statuses(client))
    print(json.dumps(found))


def test_on_a_full_disk_records_are_assessed_and_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    module = "tests.faults.test_disk_and_database"
    code = f"import pathlib, {module} as here; here.on_a_full_disk(pathlib.Path({str(tmp_path)!r}))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    before, full, after = json.loads(done.stdout.splitlines()[-1])
    usual = {"assess": 200, "later": 202, "feedback": 200, "page": 200, "health": 200, "ready": 200, "metrics": 200}
    assert before == after == usual
    # A preference for later is no demand: where nothing can be kept, the answer is given at once.
    assert full == {**usual, "later": 200, "feedback": 503}


def test_on_a_full_disk_nothing_of_a_job_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(None, 4, 60)
    monkeypatch.setattr("service.api.job_files.write", full)
    with pytest.raises(OSError, match="No space"):
        jobs.start("http://127.0.0.1/", dict)
    monkeypatch.undo()
    assert jobs.start("http://127.0.0.1/", dict)
    assert jobs.number() == 1


def test_on_a_full_disk_no_file_of_a_job_stays_open(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(None, 4, 60)
    monkeypatch.setattr(os, "write", full)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with pytest.raises(OSError, match="No space"):
            jobs.start("http://127.0.0.1/", dict)
    assert len(os.listdir("/proc/self/fd")) == before
    assert jobs.number() == 0


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_of_jobs_that_cannot_be_read_stops_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = create_app(settings(tmp_path)).test_client()
    monkeypatch.setattr("service.api.jobs._SWEEP_EVERY_S", -1)
    monkeypatch.setattr(os, "listdir", full)
    assert client.post(ASSESS, data=BUNDLE, headers=FHIR).status_code == 200


@pytest.mark.parametrize("fault", ["locked", "gone"])
def test_without_its_database_feedback_is_refused_and_records_are_assessed(tmp_path: Path, fault: str) -> None:
    client = create_app(settings(tmp_path)).test_client()
    file = tmp_path / "kept.sqlite"
    assert statuses(client)["feedback"] == 200
    other = sqlite3.connect(file, isolation_level=None)
    if fault == "locked":
        other.execute("BEGIN EXCLUSIVE")
    else:
        other.execute("DROP TABLE feedback")
    later = {**TOLD, "outcomeTimestamp": "2026-10-01T11:30:00Z"}
    refused = client.post(FEEDBACK, json={"feedback": [later]})
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert client.post(ASSESS, data=BUNDLE, headers=FHIR).status_code == 200
    assert client.get("/readyz").status_code == 200
    if fault == "locked":
        other.execute("ROLLBACK")
        assert client.post(FEEDBACK, json={"feedback": [later]}).status_code == 200
    other.close()


@pytest.mark.parametrize("jump", [-10 * 365 * 86400, -3600, 600])
def test_a_clock_that_jumps_loses_no_job_before_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: int
) -> None:
    jobs = Jobs(None, 4, 3600)
    name = jobs.start("http://127.0.0.1/", lambda: {"Basic": [{}]})
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    jobs.sweep()
    end = time.monotonic() + 10
    while not hasattr(jobs.look(name), "counts"):
        assert time.monotonic() < end
    assert jobs.output(name, "Basic")
