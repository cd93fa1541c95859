"""Clients that call a server without pauses, in a process of their own.

They share the processors with the server, so what they take is missing to it; they say how much that was. They keep
connections open if the server does.
"""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import orjson

from tests.bench.serving import ROOT


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
    """Cards of CDS Hooks in all answers."""

    @property
    def calls_per_second(self) -> float:
        """Answered calls a second."""
        return len(self.milliseconds) / self.seconds

    @property
    def own_share(self) -> float:
        """What the clients took, as a share of one processor."""
        return self.own_cpu / self.seconds

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        return quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


def together(loads: Sequence[Load]) -> Load:
    """Several loads as one."""
    return Load(
        [each for load in loads for each in load.milliseconds],
        sum(load.seconds for load in loads),
        sum(load.own_cpu for load in loads),
        sum(load.cards for load in loads),
    )


def loaded(port: int, path: str, bodies: Sequence[bytes], clients: int, kind: str = "application/json") -> Load:
    """Sends each body once, from a process of its own.

    Raises:
        SystemExit: a call was not answered with status 200.
    """
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump((port, path, bodies, clients, kind), file)
        file.flush()
        command = [sys.executable, "-m", __spec__.name, file.name]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    if done.returncode:
        raise SystemExit(done.stderr.decode(errors="replace")[-2000:])
    return Load(**orjson.loads(done.stdout))


async def _send(port: int, path: str, bodies: Sequence[bytes], clients: int, kind: str) -> Load:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {kind}\r\nContent-Length: ".encode()
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


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(asyncio.run(_send(*pickle.loads(Path(sys.argv[1]).read_bytes())))))
