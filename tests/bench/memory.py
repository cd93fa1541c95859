"""The most memory that a contender takes at once, measured as the operating system sees it.

Each contender gets a process of its own. ``tracemalloc`` would not do: it does not see what a C++ parser takes.
Linux only, because it reads the peak of one process from ``/proc``.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import measure
from tests.bench.records import record

_STATUS = Path("/proc/self/status")
_RESET = Path("/proc/self/clear_refs")


def ratio(body: bytes) -> float | None:
    """The peak of an assessment as a ratio to that of parsing, the body itself not counted; None if unknown."""
    if not (_STATUS.exists() and _RESET.exists()):
        return None
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        assess, parse = (_of(name, file.name) for name in ("assess", "parse"))
    return assess / parse


def _of(contender: str, path: str) -> int:
    command = [sys.executable, "-m", __spec__.name, contender, path]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _kilobytes(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def _main(contender: str, path: str) -> None:
    run = {"assess": measure.assess, "parse": measure.parse}[contender]
    small = record(50, -1).pretty
    body = Path(path).read_bytes()
    for _ in range(3):
        run(small)
    gc.collect()
    _RESET.write_text("5")  # forgets the peak so far
    before = _kilobytes("VmRSS")
    run(body)
    print(_kilobytes("VmHWM") - before)


if __name__ == "__main__":
    _main(*sys.argv[1:])
