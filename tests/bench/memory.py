"""Memory: the most that an assessment takes at once beside ``orjson.loads``, and what a worker of the server holds.

Each contender gets a process of its own. ``tracemalloc`` would not do: it does not see what a C++ parser takes.
Linux only, because it reads the peak of one process from ``/proc``.
"""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from service.api.fhir import OPERATION
from tests.bench import measure
from tests.bench.contest import made
from tests.bench.figures import Section, target
from tests.bench.load import loaded
from tests.bench.over_http import body
from tests.bench.records import record
from tests.bench.serving import OURS, under_gunicorn

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")
_LARGE, _STEP = 50_000, 5_000
_FORM = "pretty"
_VARIANT = 5000


@dataclass(frozen=True)
class Depth:
    """How much is measured."""

    sizes: Sequence[int]
    """Entries; below 500 the memory is less than what a process has lying about."""
    calls: int
    """Between two looks at a worker."""


FULL = Depth((500, 5_000, 50_000), 1000)
QUICK = Depth((500, 5_000), 200)
SMALLEST = Depth((500,), 4)


def run(depth: Depth) -> Section:
    """Measures and prints."""
    section = Section("memory")
    if not (_STATUS.exists() and _RESET.exists()):
        section.left_out.append("all of it: it is read from /proc, which is not here.")
        return section
    print(f"\nMemory: peak without the body itself, {_FORM} records\n")
    print(f"{'entries':>7} {'orjson.loads MB':>16} {'assessment MB':>14} {'ratio':>6}   target")
    peaks = {}
    for entries in depth.sizes:
        parse, assess = peaks[entries] = _peaks(getattr(record(entries, _VARIANT), _FORM))
        section.ratios[f"growth: {entries} entries"] = assess / parse
        section.figures[f"MB: peak, {entries} entries"] = assess / 1000
        limit = target("memory", f"growth: {entries} entries")
        print(f"{entries:7} {parse / 1000:16.1f} {assess / 1000:14.1f} {assess / parse:6.2f}   {limit}", flush=True)
    if {_STEP, _LARGE} <= set(peaks):
        parse, assess = (
            large / small / (_LARGE / _STEP) for small, large in zip(peaks[_STEP], peaks[_LARGE], strict=True)
        )
        section.ratios[f"linear: growth for an entry, {_LARGE} to {_STEP}"] = assess
        print(f"\nGrowth for an entry at {_LARGE} to that at {_STEP}: {assess:.2f}; of orjson.loads {parse:.2f}")
    _worker(section, depth.calls)
    return section


def _worker(section: Section, calls: int) -> None:
    """What a worker has in memory, and what of it is not shared with the others."""
    bodies = made(partial(body, 50), range(calls), "records")
    with under_gunicorn(OURS, 1) as server:
        (worker,) = server.workers()
        for when in ("after the start", f"after {calls} calls"):
            if when != "after the start":
                loaded(server.port, f"/fhir/${OPERATION}", bodies, 1, "application/fhir+json")
            if worker not in server.workers():
                section.left_out.append(f"the memory of a worker {when}: it was replaced.")
                return
            section.figures[f"MB: worker {when}"] = _in_rollup(worker, "Rss")
            section.figures[f"MB: worker {when}, not shared"] = _in_rollup(worker, "Private_Clean", "Private_Dirty")
    print("\nA worker of the server, one of one\n")
    for name, value in section.figures.items():
        if name.startswith("MB: worker"):
            print(f"{name.removeprefix('MB: worker '):40} {value:8.1f} MB")


def _in_rollup(pid: int, *names: str) -> float:
    """Megabytes of a process, by the names that Linux gives them."""
    said = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(re.search(rf"^{name}:\s+(\d+) kB", said, re.MULTILINE)[1]) for name in names) / 1000


def _peaks(content: bytes) -> tuple[int, int]:
    """Of parsing and of assessing, in kilobytes."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        return _of("parse", file.name), _of("assess", file.name)


def _of(contender: str, path: str) -> int:
    command = [sys.executable, "-m", __spec__.name, contender, path]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _kilobytes(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def _main(contender: str, path: str) -> None:
    contend = {"assess": measure.assess, "parse": measure.parse}[contender]
    small = record(50, -1).pretty
    content = Path(path).read_bytes()
    for _ in range(3):
        contend(small)
    gc.collect()
    _RESET.write_text("5")  # forgets the peak so far
    before = _kilobytes("VmRSS")
    contend(content)
    print(_kilobytes("VmHWM") - before)


if __name__ == "__main__":
    _main(*sys.argv[1:])
