"""``python -m tests.bench.million``: a large cohort is assessed undisturbed, and again while it is killed and goes on.

Makes an export (:mod:`tests.bench.exports`), runs the command on it in processes of its own and watches how much memory
each of them has taken at most. The second run gets SIGKILL as often as is wanted, whenever a further share of its
files is written, by turns to its first process alone and to all of its processes; then the same command goes on.
At the end the files of both have to be equal byte for byte, and every line and every patient has to be there. The exit
code says whether it is so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from tempfile import mkdtemp

import orjson
import pyarrow.parquet as pq

from service.cohort import manifest
from tests.bench import exports

_LOOKS_AFTER = 0.05


@dataclass
class Watched:
    """What was seen of the processes of one run."""

    seconds: float = 0
    most: Counter[int] = field(default_factory=Counter)
    """By process, the most memory that it has taken, in KB."""
    killed: bool = False

    @property
    def peak(self) -> float:
        """MB of the process that took most."""
        return max(self.most.values(), default=0) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.million", description=__doc__)
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=5, help="0 leaves out the second run")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--part-megabytes", type=int, default=64)
    parser.add_argument("--engine", default="local")
    parser.add_argument(
        "--folder", type=Path, help="where the export and the tables are put; by default they are removed"
    )
    options = parser.parse_args()
    folder = options.folder or Path(mkdtemp(prefix="million-"))
    try:
        return _all(folder, options)
    finally:
        if options.folder is None:
            shutil.rmtree(folder)


def _all(folder: Path, options: argparse.Namespace) -> int:
    export = folder / "export"
    if not export.exists():
        lines, size = exports.write(export, options.patients, options.seed)
        print(f"export: {options.patients:,} patients, {lines:,} lines, {size / 1e6:,.1f} MB", flush=True)
    given = ["--as-of", "2026-10-01", "--quiet", "--engine", options.engine]
    given += ["--part-megabytes", str(options.part_megabytes), "--processes", str(options.processes)]
    whole = _watch(_begin(export, folder / "whole", given))
    _tell("undisturbed", [whole])
    problems = [*_unbalanced(export, folder / "whole", options.patients)]
    if options.kills:
        runs = [*_disturbed(export, folder / "killed", given, options.kills)]
        _tell(f"killed {sum(run.killed for run in runs)} times", runs)
        problems += _differences(folder / "whole", folder / "killed")
    for problem in problems:
        print(f"FAILED: {problem}")
    return int(bool(problems))


def _begin(export: Path, out: Path, given: Iterable[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "service", "cohort", str(export), "--out", str(out), *given]
    # Python's own helper says of each process that was killed that it left something behind, which it then removes.
    env = {**os.environ, "PYTHONWARNINGS": "ignore::UserWarning"}
    return subprocess.Popen(command, start_new_session=True, env=env)


def _watch(
    run: subprocess.Popen[bytes], out: Path | None = None, *, files: int = 0, all_of_it: bool = False
) -> Watched:
    """Waits for the end of a run; with an ``out``, kills it when there are so many files in it."""
    seen, began = Watched(), time.monotonic()
    while run.poll() is None:
        for process in processes(run.pid):
            seen.most[process] = max(seen.most[process], _peak(process))
        if out is not None and len(_written(out)) >= files:
            (os.killpg if all_of_it else os.kill)(run.pid, signal.SIGKILL)
            run.wait()
            seen.killed = True
        time.sleep(_LOOKS_AFTER)
    seen.seconds = time.monotonic() - began
    if run.returncode not in (0, 1) and not seen.killed:
        raise SystemExit(f"the run ended with {run.returncode}")
    return seen


def _disturbed(export: Path, out: Path, given: list[str], kills: int) -> Iterator[Watched]:
    """Runs that are killed, and the last that is not; each gets as far as to write one or more new files."""
    expected = len(_written(out.with_name("whole"))) + len(list(export.iterdir()))
    for n in range(kills):
        there = len(_written(out))
        goal = max(there + 1, expected * (n + 1) // (kills + 1))
        yield _watch(_begin(export, out, given), out, files=goal, all_of_it=bool(n % 2))
    yield _watch(_begin(export, out, given))


def _written(out: Path) -> list[Path]:
    """Files that are done, of both passes."""
    return [*out.glob("part-*.parquet"), *(out / manifest.WORK).glob("*.spill")]


def processes(first: int) -> Iterator[int]:
    """A process and all that came from it."""
    found = [first]
    for process in found:
        with suppress(OSError):  # it has ended meanwhile
            for thread in Path(f"/proc/{process}/task").glob("*/children"):
                found += map(int, thread.read_text().split())
    return iter(found)


def _peak(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def _tell(name: str, runs: list[Watched]) -> None:
    seconds = sum(run.seconds for run in runs)
    peak = max(run.peak for run in runs)
    print(f"{name}: {seconds:,.0f} s in all, at most {peak:,.0f} MB in a process", flush=True)


def _unbalanced(export: Path, out: Path, patients: int) -> Iterator[str]:
    """What is not accounted for. Lines are counted anew here, by their ends."""
    there = sum(_lines(path) for path in export.iterdir())
    said = orjson.loads((out / manifest.SUMMARY).read_bytes())
    apart = {name: sum(said[name].values()) for name in ("not_needed", "aside")}
    told = said["used"] + said["shared"] + said["blank"] + sum(apart.values())
    print(f"lines: {there:,} in the export, {told:,} accounted for: {said['used']:,} used, ", end="")
    print(f"{said['shared']:,} shared, {said['blank']:,} blank, {apart['not_needed']:,} not needed, ", end="")
    print(f"{apart['aside']:,} kept aside", flush=True)
    if not there == told == said["lines"]:
        yield f"{there} lines are in the export, {told} accounted for"
    if _lines(out / manifest.ASIDE) != apart["aside"]:
        yield "the lines kept aside are not those that were counted"
    found = set[str]()
    for part in sorted(out.glob("part-*.parquet")):
        found |= set(pq.read_table(part, columns=["patient"])["patient"].to_pylist())
    print(f"patients: {patients:,} made, {len(found):,} in the table", flush=True)
    if len(found) != patients or said["patients"] != patients:
        yield f"{patients} patients were made, {len(found)} are in the table"


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1024 * 1024), b""))


def _differences(one: Path, other: Path) -> Iterator[str]:
    names = sorted({path.name for out in (one, other) for path in out.iterdir()})
    for name in names:
        if not (one / name).exists() or not (other / name).exists():
            yield f"{name} is in one of them only"
        elif _digest(one / name) != _digest(other / name):
            yield f"{name} is not equal"
    print(f"files: {len(names)} compared byte for byte")


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return file_digest(file, "sha256").digest()


if __name__ == "__main__":
    sys.exit(main())
