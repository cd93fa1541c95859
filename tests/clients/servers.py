"""The two servers of these tests, processes on 127.0.0.1: ours under gunicorn, and a FHIR server by others on Node."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import requests

from tests.interop.seeding import seeded

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
#: Node 20 has the WebSocket that Medplum's packages name only behind this; later ones have it anyway.
NODE = ("node", "--experimental-websocket", "--no-warnings")
_START_SECONDS = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def fhir_server() -> Iterator[str]:
    """Medplum's FHIR server in memory; gives its base."""
    process = subprocess.Popen(
        [*NODE, "fhir.mjs"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    too_late = threading.Timer(_START_SECONDS, process.kill)
    too_late.start()
    port = process.stdout.readline().strip()
    too_late.cancel()
    try:
        assert port, "the FHIR server did not start: see above what node says"
        yield f"http://127.0.0.1:{port}/fhir/R4"
    finally:
        _end(process)


def seed(base: str, record: Mapping[str, Any], label: str) -> str:
    """Puts a record on the FHIR server; gives the id of its patient."""
    patient, transaction = seeded(dict(record), label)
    response = requests.post(f"{base}/", json=transaction, timeout=60)
    assert response.ok, response.text
    failed = [e["response"] for e in response.json()["entry"] if not str(e["response"]["status"]).startswith("20")]
    assert not failed, failed[:3]
    return patient


@contextmanager
def service(folder: Path, **settings: str) -> Iterator[str]:
    """Our service as it is run, with one worker and a database of its own; gives its address."""
    port = free_port()
    named = {f"SPINEMETS_{name.upper()}": value for name, value in settings.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINEMETS_")}
    database = f"sqlite:///{folder / 'spinemets.sqlite'}"
    environment = {**kept, "PORT": str(port), "WEB_CONCURRENCY": "1", "SPINEMETS_DATABASE": database, **named}
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "service.api.app:create_app()"]
    with (folder / "service.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{base}/cds-services", process, folder / "service.log")
        yield base
    finally:
        _end(process)


def _wait_for(url: str, process: subprocess.Popen[Any], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.1)  # there is no other sign of it
    raise AssertionError(f"the service did not start:\n{log.read_text('utf-8')[-3000:]}")


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    streams: tuple[IO[Any] | None, ...] = (process.stdin, process.stdout)
    for stream in streams:
        if stream:
            stream.close()
