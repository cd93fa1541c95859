"""Servers to measure: the service as it is deployed, and others beside it, each on a port of 127.0.0.1."""

from __future__ import annotations

import compileall
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
OURS = "service.api.app:create_app()"
ECHOING = "tests.bench.echo:echo()"
_TICKS = os.sysconf("SC_CLK_TCK")
_LONGEST_START = 120.0
_LONGEST_STOP = 60
_LOOK_AGAIN = 0.01
_REST, _IDLE = 1.0, 0.05
"""A server that takes less processor time than this in so many seconds is at rest."""


_running: set[subprocess.Popen[bytes]] = set()


def end_with_this_process() -> None:
    """From now on, ending this process by SIGTERM ends at once the servers and processes that it has started."""
    own = os.getpid()

    def end(*_: object) -> None:
        if os.getpid() == own:
            for server in _running:
                server.terminate()
            for child in multiprocessing.active_children():
                child.kill()
        os._exit(143)

    signal.signal(signal.SIGTERM, end)


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    port: int
    pid: int
    seconds: float
    """From the start of its process to its first answer."""

    def workers(self) -> list[int]:
        """Its worker processes. Linux only."""
        found = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(each) for each in found]

    def processor_time(self) -> float:
        """What its processes have taken in seconds, those that are over included. Linux only."""
        taken = sum(map(int, _stat(self.pid)[11:15]))
        for worker in self.workers():
            taken += sum(map(int, _stat(worker)[11:13]))
        return taken / _TICKS

    def settle(self, workers: int) -> None:
        """Waits until it has its workers, and does nothing more of itself: it answers before it has asked itself all.

        Raises:
            SystemExit: it does not come to rest.
        """
        until = time.monotonic() + _LONGEST_START
        before = float("-inf")
        while time.monotonic() < until:
            taken = self.processor_time()
            if len(self.workers()) >= workers and taken - before < _IDLE:
                return
            before = taken
            time.sleep(_REST)
        raise SystemExit("The server does not come to rest.")


def _stat(pid: int) -> list[str]:
    """The fields of a process after its name."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 20  # it has just ended, and is counted with what is over


@contextmanager
def under_gunicorn(app: str, workers: int, *, settled: bool = True) -> Iterator[Server]:
    """An application under gunicorn with the configuration of the deployment; settled, or from its first answer on."""
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--log-level", "warning", app]
    with tempfile.TemporaryDirectory() as folder:
        more = {"WEB_CONCURRENCY": str(workers), "SPINEMETS_DATABASE": f"sqlite:///{folder}/bench.sqlite"}
        with running(command, "/readyz", more) as server:
            if settled:
                server.settle(workers)
            yield server


def as_installed() -> dict[str, str]:
    """The environment of a process: without the settings of who measures, and with bytecode, as pip leaves it."""
    compileall.compile_dir(ROOT / "service", quiet=2)
    own = {name: value for name, value in os.environ.items() if not name.startswith("SPINEMETS_")}
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own


@contextmanager
def running(command: Sequence[str], ready: str, more: dict[str, str]) -> Iterator[Server]:
    """A server by its command, from its first answer with status 200 at ``ready`` on; it finds its port in PORT.

    What it writes about each call goes nowhere. The settings of who measures do not reach it.

    Raises:
        SystemExit: it did not start; what it said of that is told.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {**as_installed(), "PORT": str(port), "PYTHONPATH": str(ROOT), **more}
    filled = [each.replace("$PORT", str(port)) for each in command]
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(filled, cwd=ROOT, env=own, stdout=subprocess.DEVNULL, stderr=said)
        _running.add(process)
        try:
            if not _answers(process, f"http://127.0.0.1:{port}{ready}"):
                said.seek(0)
                raise SystemExit(f"{filled[2]} did not start: {said.read()[-2000:].decode(errors='replace')}")
            yield Server(port, process.pid, time.perf_counter() - start)
        finally:
            process.terminate()
            try:
                process.wait(_LONGEST_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
            _running.discard(process)


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    until = time.monotonic() + _LONGEST_START
    while process.poll() is None and time.monotonic() < until:
        try:
            with urlopen(url, timeout=10) as answer:
                if answer.status == 200:
                    return True
        except (HTTPError, OSError):
            pass
        time.sleep(_LOOK_AGAIN)  # there is no other sign of it
    return False
