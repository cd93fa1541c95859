"""``python -m tests.faults``: attacks and faults, with real servers, and a table of what got through."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
#: What is attacked or broken, and where that is tried.
TABLE = (
    ("Callers: tokens, keys, replay", "tests/callers"),
    ("Outgoing calls: forged addresses", "tests/outgoing"),
    ("Faults of a FHIR server", "tests/faults/test_fhir_server.py"),
    ("Slow, stuck and refused requests", "tests/server"),
    ("Workers killed, stops and reloads under load", "tests/faults/test_workers.py"),
    ("Disk full, database locked or gone, clock jumps", "tests/faults/test_disk_and_database.py"),
    ("Bounds of records", "tests/fhir_mapping/inbound/test_bounds.py"),
    ("Bombs of gzip", "tests/fhir_mapping/inbound/test_unpacking.py"),
)
_WIDTH = 50


def main() -> int:
    """Runs them all; 1 if anything got through."""
    report = ROOT / "build" / "faults.xml"
    report.parent.mkdir(exist_ok=True)
    print(f"{'attacked or broken':{_WIDTH}} {'tried':>6} {'left out':>9} {'got through':>12}")
    through = 0
    for title, place in TABLE:
        if not (ROOT / place).exists():
            print(f"{title:{_WIDTH}}  there are no tests at {place}")
            through += 1
            continue
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", place]
        done = subprocess.run(
            [*command, *sys.argv[1:]],
            cwd=ROOT,
            env={**os.environ, "FAULTS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        found = _counted(report)
        failed = found["failed"] or int(done.returncode not in (0, 5) or not found["tried"])
        print(f"{title:{_WIDTH}} {found['tried']:>6} {found['skipped']:>9} {failed:>12}", flush=True)
        if failed:
            print(done.stdout[-4000:])
        through += failed
    print("Left out here, as a command of its own: the write-back killed at every step (make interop, needs Java).")
    return int(through > 0)


def _counted(report: Path) -> Counter[str]:
    if not report.exists():
        return Counter(failed=1)
    found: Counter[str] = Counter()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        number = {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
        found["tried"] += number["tests"] - number["skipped"]
        found["failed"] += number["failures"] + number["errors"]
        found["skipped"] += number["skipped"]
    return found


if __name__ == "__main__":
    sys.exit(main())
