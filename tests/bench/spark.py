"""``python -m tests.bench.spark``: what a second processor brings, with Spark and with the engine of one machine.

Each run is a process of its own on the same made export (:mod:`tests.bench.exports`): the engine with one task at a
time, and with two. Times are wall time, so the machine has to be idle. What it takes until an engine has begun (Spark
starts a Java machine, which a long run does not notice) is told apart. CPU times are those of the processes that read
and assess, one by one: they say how even the shares are, and what sharing costs, also where the machine is not idle.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.cohort.assessing import Setup
from service.cohort.local import local
from service.cohort.manifest import WORK, Bounds
from service.cohort.running import run
from service.cohort.spark import spark
from tests.bench import exports
from tests.bench.million import processes

_PART = 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.spark", description=__doc__)
    parser.add_argument("--patients", type=int, default=8000)
    parser.add_argument(
        "--engines", nargs="+", default=["local[1]", "local[2]", "1", "2"], help="a master, or processes"
    )
    parser.add_argument("--export", type=Path, help="where it is, or is to be made")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        export = options.export or Path(name) / "export"
        if options.one:
            _one(export, Path(name) / "out", options.engines[0])
            return
        if not export.exists():
            lines, size = exports.write(export, options.patients)
            print(f"{options.patients:,} patients, {lines:,} lines, {size / 1e6:.1f} MB")
        print("engine      to begin s  reading s  assessing s  in all s  CPU s of each process")
        for engine in options.engines:
            command = [sys.executable, "-m", "tests.bench.spark", "--one", "--engines", engine, "--export", str(export)]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def _one(export: Path, out: Path, engine: str) -> None:
    stages = _Stages()
    begins: Any = local(int(engine)) if engine.isdigit() else spark(engine, out / WORK)
    run(export, out, Setup("2026-10-01"), bounds=Bounds(part_bytes=_PART), engine=begins, progress=stages)
    stages.begin("", 0)
    begin, reading, assessing = stages.times
    workers = ", ".join(f"{seconds:.1f}" for seconds in stages.workers)
    print(
        f"{engine:10}  {begin:10.1f}  {reading:9.1f}  {assessing:11.1f}  {sum(stages.times):8.1f}  {workers}",
        flush=True,
    )


class _Stages:
    """Wall time of each stage, and the CPU time of each process when the last part was done."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._last = time.monotonic()
        self.workers: list[float] = []

    def begin(self, stage: str, total: int) -> None:
        now = time.monotonic()
        self.times.append(now - self._last)
        self._last = now

    def advance(self, done: int) -> None:
        found = [(process, *_cpu(process)) for process in processes(os.getpid())]
        python = [seconds for _, name, seconds in found if name.startswith("python") and seconds > 1]
        self.workers = sorted(python, reverse=True)


def _cpu(process: int) -> tuple[str, float]:
    """Name of a process, and the CPU time that it has taken."""
    try:
        name, _, rest = Path(f"/proc/{process}/stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return "", 0
    user, system = rest.split()[11:13]
    return name, (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
