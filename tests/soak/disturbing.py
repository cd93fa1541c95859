"""What goes wrong meanwhile: workers are killed, the server is told to begin anew, clients are slow or go away."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.calls import Call
from tests.soak.load import Answer, Load
from tests.support.serving import Served

_PIECES = 8
_PAUSE_SECONDS = 0.1
#: A silent client is sent away by then, and so is one that stops in the middle.
_PATIENCE_SECONDS = 30.0


@dataclass
class Disturbed:
    """What was done."""

    kills: list[float] = field(default_factory=list)
    reloads: list[float] = field(default_factory=list)
    slow: int = 0
    silent: int = 0
    aborted: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Seconds since the beginning, and the memory of all processes in MiB: shared pages count once."""


class Disturber:
    """Disturbs a server under load."""

    def __init__(self, served: Served, load: Load, call: Call) -> None:
        self._served = served
        self._load = load
        self._call = call
        """What the odd clients ask."""
        self.done = Disturbed()

    async def every(self, seconds: float, what: Callable[[], Awaitable[None]], first: float | None = None) -> None:
        """Does something again and again, until it is cancelled."""
        await asyncio.sleep(seconds if first is None else first)
        while True:
            await what()
            await asyncio.sleep(seconds)

    async def kill(self) -> None:
        """A worker is gone at once, with whatever it was doing."""
        workers = self._served.workers()
        if workers:
            with suppress(ProcessLookupError):
                os.kill(self._load.random.choice(workers), signal.SIGKILL)
            self.done.kills.append(self._load.now())

    async def reload(self) -> None:
        """New workers take the place of the old ones, which end what they have begun."""
        os.kill(self._served.process.pid, signal.SIGHUP)
        self.done.reloads.append(self._load.now())

    async def slow(self) -> None:
        """A client that sends in pieces is answered like any other."""
        self.done.slow += 1
        name, sent = self._load.written(self._call)
        size = len(sent) // _PIECES + 1
        notes = self._load.notes
        reader, writer = await asyncio.open_connection("127.0.0.1", self._served.port, limit=1 << 20)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                for start in range(0, len(sent), size):
                    writer.write(sent[start : start + size])
                    await writer.drain()
                    await asyncio.sleep(_PAUSE_SECONDS)
                found = await self._load.taken(reader)
        except (TimeoutError, ConnectionError):
            notes.unknown[self._call.door] += 1
            return
        finally:
            writer.close()
        if isinstance(found, Answer):
            self._load.note(self._call, name, found)
            self._load.judged(self._call, found)
        else:
            notes.unknown[self._call.door] += 1

    async def silent(self) -> None:
        """A client that says half a word and then nothing is sent away."""
        self.done.silent += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self._served.port)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                writer.write(b"POST /fhir/$assess-spinal-tumour HTTP/1.1\r\nHost:")
                await writer.drain()
                with suppress(ConnectionError):
                    await reader.read()
        except TimeoutError:
            self._load.notes.findings["a silent client is never sent away"] += 1
        finally:
            writer.close()
        self._load.notes.unknown["none"] += 1

    async def abort(self) -> None:
        """A client sends a call, or half of one, and is gone without a word."""
        self.done.aborted += 1
        _, sent = self._load.written(self._call)
        half = self.done.aborted % 2
        _, writer = await asyncio.open_connection("127.0.0.1", self._served.port)
        own = writer.get_extra_info("socket")
        with suppress(ConnectionError):
            writer.write(sent[: len(sent) // 2] if half else sent)
            await writer.drain()
        # With this, the system forgets the connection instead of ending it.
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        self._load.notes.unknown[self._call.door] += 1

    async def look(self) -> None:
        """Notes what the server takes."""
        now = self._load.now()
        self.done.memory.append((now, _memory(self._served)))


def _memory(served: Served) -> float:
    """The memory of all processes in MiB."""
    total = 0
    for process in (served.process.pid, *served.workers()):
        with suppress(OSError):
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
