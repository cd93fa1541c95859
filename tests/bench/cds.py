"""``python -m tests.bench.cds``: the time that CDS Hooks calls take on the server as it is run, from its clients' side.

Two gunicorn workers, sixteen clients without pauses, a prefetch of fifty entries, another patient in every call. Beside
it the same bodies go to a hook that does nothing: Flask, decoding and encoding of the body, no cards.

The clients are a process of their own on the same processors, so what they take is missing to the server; that is
printed too. They keep connections open if the server does. Workers are replaced in between, as in the service.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.request import urlopen

import orjson
from flask import Flask, Response, request

from service.cds_hooks.prefetch import TEMPLATES
from tests.bench.records import record
from tests.interop.seeding import seeded

_ROOT = Path(__file__).parents[2]
_SERVICE = "spinal-tumour-patient-view"
_LONG = 90  # entries of a record, of which enough are of types that are prefetched
_WARM_UP = 200
_TARGET_MS = 50.0
_TICKS = os.sysconf("SC_CLK_TCK")
_OURS = "service.api.app:create_app()"
_NOTHING = f"{__spec__.name}:nothing()"


@dataclass(frozen=True)
class Load:
    """What the clients met."""

    milliseconds: list[float]
    """The time of each call, to the last byte of its answer."""
    seconds: float
    """The time of all of them."""
    own_cpu: float
    """Processor time of the clients, in seconds."""
    cards: int
    """Cards in all answers."""


def nothing() -> Flask:
    """A hook that only reads and writes: what is left when nothing is decided."""
    app = Flask(__name__)

    @app.get("/<path:asked>")
    def anything(asked: str) -> Response:
        return Response(b"{}", content_type="application/json")  # gunicorn asks its first questions

    @app.post("/cds-services/<name>")
    def call(name: str) -> Response:
        orjson.dumps(orjson.loads(request.get_data()))
        return Response(b'{"cards": []}', content_type="application/json")

    return app


def body(entries: int, patients: int, firing: int) -> bytes:
    """A call whose prefetch has so many entries; every patient has other values, ids, and findings missing."""
    variant = firing if firing < 0 or not patients else firing % patients
    patient, transaction = seeded(orjson.loads(record(_LONG, variant).compact), f"v{variant}")
    resources = [entry["resource"] for entry in transaction["entry"]]
    # The findings are at the end of a record, so it is the history that is cut.
    kept = [each for each in resources if each["resourceType"] in TEMPLATES][1:][1 - entries :]
    found: dict[str, list[Any]] = {kind: [] for kind in TEMPLATES}
    for each in kept:
        found[each["resourceType"]].append({"fullUrl": f"https://ehr.example/fhir/{each['id']}", "resource": each})
    prefetch: dict[str, Any] = {
        template.key: {"resourceType": "Bundle", "type": "searchset", "total": len(found[kind]), "entry": found[kind]}
        for kind, template in TEMPLATES.items()
    }
    prefetch["patient"] = resources[0]
    assert resources[0]["resourceType"] == "Patient"
    assert sum(map(len, found.values())) == entries - 1
    call = {
        "hook": "patient-view",
        "hookInstance": f"00000000-0000-4000-8000-{firing + _WARM_UP:012}",
        "context": {"userId": "Practitioner/7", "patientId": patient},
        "prefetch": prefetch,
    }
    return orjson.dumps(call)


@contextmanager
def _serving(app: str, workers: int) -> Iterator[tuple[int, int]]:
    """The application under gunicorn, as it is deployed; gives its port and the id of its first process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        more = {"PORT": str(port), "WEB_CONCURRENCY": str(workers), "PYTHONPATH": str(_ROOT)}
        more["SPINEMETS_DATABASE"] = f"sqlite:///{folder}/bench.sqlite"
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--log-level", "warning", app]
        process = subprocess.Popen(command, cwd=_ROOT, env={**os.environ, **more})
        try:
            _wait_for(port, process)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/cds-services", timeout=10):
                return
        except OSError:
            time.sleep(0.1)  # there is no other sign of it
    raise SystemExit("The server did not start.")


def _processor_time(first: int) -> float:
    """What the processes of a server have taken in seconds, those that are over included. Linux only."""
    taken = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[1]) == first:
            taken += int(fields[11]) + int(fields[12])
        if stat.parent.name == str(first):
            taken += sum(map(int, fields[11:15]))
    return taken / _TICKS


def _loaded(port: int, bodies: Sequence[bytes], clients: int) -> Load:
    """Sends the bodies from a process of its own."""
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump((port, bodies, clients), file)
        file.flush()
        command = [sys.executable, "-m", __spec__.name, "--load", file.name]
        told = subprocess.run(command, cwd=_ROOT, check=True, stdout=subprocess.PIPE).stdout
    return Load(**orjson.loads(told))


async def _send(port: int, bodies: Sequence[bytes], clients: int) -> Load:
    head = (
        f"POST /cds-services/{_SERVICE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        "Content-Length: "
    ).encode()
    wanted = iter([head + str(len(each)).encode() + b"\r\n\r\n" + each for each in bodies])
    times: list[float] = []
    cards = 0

    async def client() -> None:
        nonlocal cards
        reader = writer = None
        for sent in wanted:
            start = time.perf_counter()
            if writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert reader is not None
            writer.write(sent)
            told = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(told.partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await reader.readexactly(length)
            times.append((time.perf_counter() - start) * 1000)
            if not told.startswith(b"http/1.1 200"):
                raise SystemExit(f"Not answered: {told[:60]!r} {answer[:600]!r}")
            cards += answer.count(b'"indicator"')
            if b"connection: close" in told:
                writer.close()
                writer = None

    start, own = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(times, time.perf_counter() - start, time.process_time() - own, cards)


def _measured(app: str, bodies: Sequence[bytes], warming: Sequence[bytes], clients: int, workers: int) -> Load:
    """Measures one application, and prints it."""
    name = "spinemets-cds" if app == _OURS else "a hook that does nothing"
    with _serving(app, workers) as (port, first):
        _loaded(port, warming, clients)
        before = _processor_time(first)
        load = _loaded(port, bodies, clients)
        taken = _processor_time(first) - before
    marks = quantiles(load.milliseconds, n=100, method="inclusive")
    number = len(bodies)
    print(
        f"{name:26} {marks[49]:7.1f} {marks[94]:7.1f} {marks[98]:7.1f} {max(load.milliseconds):7.1f}"
        f" {number / load.seconds:7.0f} {taken / number * 1000:8.2f} {load.own_cpu / number * 1000:8.2f}"
        f" {load.own_cpu / load.seconds:6.0%} {load.cards / number:6.2f}",
        flush=True,
    )
    return load


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cds", description=__doc__)
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--entries", type=int, default=50, help="of the prefetch, the patient included")
    parser.add_argument(
        "--patients", type=int, default=0, help="calls come from so many patients in turn; 0 for another in every call"
    )
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        port, bodies, clients = pickle.loads(options.load.read_bytes())
        sys.stdout.buffer.write(orjson.dumps(asyncio.run(_send(port, bodies, clients))))
        return 0
    with ProcessPoolExecutor() as pool:
        firings = range(-_WARM_UP, options.calls)
        made = list(pool.map(partial(body, options.entries, options.patients), firings, chunksize=50))
    warming, bodies = made[:_WARM_UP], made[_WARM_UP:]
    size = sum(map(len, bodies)) / len(bodies) / 1000
    print(f"{options.calls} calls, {options.clients} clients, {options.workers} workers, {os.cpu_count()} processors,")
    whose = f"{options.patients} patients in turn" if options.patients else "another patient in every call"
    print(f"{options.entries} entries ({size:.0f} KB), {whose}; times in ms\n")
    print(f"{'':26} {'p50':>7} {'p95':>7} {'p99':>7} {'max':>7} {'calls/s':>7} {'CPU ms':>8} {'clients':>8}", end="")
    print(f" {'':>6} {'cards':>6}")
    loads = [_measured(app, bodies, warming, options.clients, options.workers) for app in (_NOTHING, _OURS)]
    marks = [quantiles(load.milliseconds, n=100, method="inclusive") for load in loads]
    ratios = ", ".join(f"p{p} {marks[1][p - 1] / marks[0][p - 1]:.1f}" for p in (50, 95, 99))
    print(f"\nRatio to the hook that does nothing: {ratios}. Target: p99 under {_TARGET_MS:.0f} ms.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
