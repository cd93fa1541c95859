"""From a cold start to the first answer, and what importing costs: fresh processes, files in memory and compiled."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from statistics import median

from tqdm import tqdm

from tests.bench.figures import Section, target
from tests.bench.serving import OURS, ROOT, as_installed, under_gunicorn

WORKERS = 2
#: What is imported, by the name under which its time is told.
_IMPORTS = {
    "the core": "service.scoring, service.decision, service.handoffs, service.case",
    "an assessment": "service.pipeline, service.fhir_mapping.outbound",
    "the command line": "service.cli",
}
_TIMED = "import time; start = time.process_time(); import {}; print(time.process_time() - start)"


@dataclass(frozen=True)
class Depth:
    """How often everything is measured."""

    starts: int
    imports: int


FULL = Depth(5, 7)
QUICK = Depth(3, 3)
SMALLEST = Depth(1, 1)


def measure(depth: Depth) -> Section:
    """Measures and prints."""
    section = Section("start")
    with tqdm(total=depth.starts + len(_IMPORTS) * depth.imports, leave=False, disable=None) as bar:
        ready, taken, settled = [], [], []
        for _ in range(depth.starts):
            with under_gunicorn(OURS, WORKERS, settled=False) as server:
                ready.append(server.seconds)
                taken.append(server.processor_time())
                server.settle(WORKERS)
                settled.append(server.processor_time())
            bar.update()
        section.figures |= {"s to ready": median(ready), "CPU s to ready": median(taken)}
        section.figures["CPU s until all workers are warm"] = median(settled)
        for name, modules in _IMPORTS.items():
            times = []
            for _ in range(depth.imports):
                times.append(_import(modules))
                bar.update()
            section.figures[f"ms to import {name}"] = median(times)
    print(f"\nStart, {WORKERS} workers: to the first 200 of /readyz; imports in a fresh interpreter, CPU time\n")
    for name, value in section.figures.items():
        print(f"{name:40} {value:8.2f}   {target('start', name) or ''}".rstrip())
    return section


def _import(modules: str) -> float:
    """In milliseconds."""
    command = [sys.executable, "-c", _TIMED.format(modules)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=as_installed())
    return float(done.stdout) * 1000
