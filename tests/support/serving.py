"""The service under gunicorn, as it is deployed: for what only a real server can show."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.gunicorn_told import TOLD

ROOT = Path(__file__).parents[2]
CONFIGURATION = "python:tests.support.gunicorn_told"
_START_SECONDS = 180


@dataclass(frozen=True)
class Answer:
    """What a server has answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    """A server on 127.0.0.1."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def workers(self) -> list[int]:
        """The worker processes."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(each) for each in found]

    def ask(
        self,
        path: str,
        body: bytes | None = None,
        kind: str = "application/fhir+json",
        seconds: float = 30,
        **headers: str,
    ) -> Answer:
        """A call; a body makes it a POST."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if body is not None:
                named.setdefault("Content-Type", kind)
            connection.request("GET" if body is None else "POST", path, body, named)
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def connected(self) -> socket.socket:
        """A connection on which nothing was sent."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def stop(self, seconds: float = 40) -> int:
        """Stops it as a supervisor does; gives its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(
    folder: Path, *, workers: int = 2, app: str = "service.api.app:create_app()", **settings: Any
) -> Iterator[Served]:
    """A server with these settings, whose state is in ``folder``; it is stopped at the end."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINEMETS_")}
    given = {f"SPINEMETS_{name.upper()}": str(value) for name, value in settings.items()}
    own = {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": str(workers), "XDG_STATE_HOME": str(folder / "state")}
    (folder / "tmp").mkdir(exist_ok=True)
    warm = folder / "warm"
    warm.unlink(missing_ok=True)
    environment = {**kept, "TMPDIR": str(folder / "tmp"), TOLD: str(warm), **own, **given}
    log = folder / "server.log"
    command = [sys.executable, "-m", "gunicorn", "-c", CONFIGURATION, app]
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
    served = Served(port, process, log)
    try:
        _wait(served, workers, warm)
        yield served
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(served: Served, workers: int, warm: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            # The first worker answers before the others are there, and leaves when they are.
            there = {str(each) for each in served.workers()} if warm.exists() else set()
            if len(there) >= workers and not there & set(warm.read_text().split()):
                assert served.ask("/healthz").status == 200
                return
        except OSError:
            assert served.process.poll() is None, served.log.read_text()
        assert time.monotonic() < end, "the server does not answer"
        time.sleep(0.05)
