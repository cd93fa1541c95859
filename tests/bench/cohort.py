"""``python -m tests.bench.cohort``: what a cohort costs, as a ratio to reading and decoding the same lines.

Makes an export of patients who all have a tumour of the spine, which is the most that a patient can cost, and a second
one in which one in fifty has, while the others have a history of the same length without one. Times are CPU time of one
process, so that they do not hang on what else a machine does.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import BinaryIO

import orjson
from tqdm import tqdm

from service.cohort.assessing import Setup
from service.cohort.running import run
from tests.bench.figures import Section
from tests.bench.records import record

_SETUP = Setup("2024-01-01")
_WARM_UP = 20
_SHOWN = 18


@dataclass(frozen=True)
class Depth:
    """How much is measured."""

    patients: Mapping[int, int]
    """By the lines of each of them."""
    every: Sequence[int] = (1, 50)
    """Of so many patients one has a tumour."""


FULL = Depth({50: 1000, 500: 200})
QUICK = Depth({50: 400, 500: 50}, (50,))
SMALLEST = Depth({50: 4}, (2,))
_HEAD = "lines  one in  MB     orjson.loads s  sorting s  assessing s  ratio  patients/s and core"


@dataclass(frozen=True)
class Cost:
    """What an export of some patients costs: CPU time of one process, in seconds."""

    patients: int
    size: int
    """Bytes."""
    decoding: float
    """Reading the lines and decoding each with ``orjson.loads``."""
    sorting: float
    assessing: float

    @property
    def ratio(self) -> float:
        """Of the whole run to reading and decoding."""
        return (self.sorting + self.assessing) / self.decoding

    @property
    def rate(self) -> float:
        """Patients a second."""
        return self.patients / (self.sorting + self.assessing)

    def __str__(self) -> str:
        return (
            f"{self.size / 1e6:5.1f}  {self.decoding:14.2f}  {self.sorting:9.2f}  {self.assessing:11.2f}  "
            f"{self.ratio:5.1f}  {self.rate:6.0f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cohort", description=__doc__)
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--entries", type=int, nargs="+", default=[50, 500], help="lines of a patient")
    parser.add_argument("--every", type=int, nargs="+", default=[1, 50], help="of so many patients one has a tumour")
    parser.add_argument("--profile", action="store_true", help="print where the time goes, and no times")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, orjson {version('orjson')}, pyarrow {version('pyarrow')}, ", end="")
    print(f"{os.cpu_count()} cores")
    if options.profile:
        for entries in options.entries:
            for every in options.every:
                _profile(options.patients, entries, every)
    else:
        measure(Depth(dict.fromkeys(options.entries, options.patients), options.every))


def measure(depth: Depth) -> Section:
    """Measures and prints."""
    section = Section("cohort")
    print(f"\nCohorts: an export to a table, CPU time of one process\n\n{_HEAD}", flush=True)
    kinds = [(entries, every) for entries in depth.patients for every in depth.every]
    with tqdm(kinds, "exports", leave=False, disable=None) as bar:
        for entries, every in bar:
            cost = _cost(depth.patients[entries], entries, every)
            tqdm.write(f"{entries:5}  {every:6}  {cost}")
            name = f"{entries} lines, one in {every}"
            section.ratios[f"ratio: {name}"] = cost.ratio
            section.figures[f"patients/s: {name}"] = cost.rate
    return section


def _profile(patients: int, entries: int, every: int) -> None:
    with TemporaryDirectory() as name:
        folder = _exported(Path(name), patients, entries, every)[0]
        with cProfile.Profile() as found:
            run(folder, Path(name) / "out", _SETUP)
        pstats.Stats(found).sort_stats("tottime").print_stats(_SHOWN)


def _cost(patients: int, entries: int, every: int) -> Cost:
    with TemporaryDirectory() as name:
        folder, size = _exported(Path(name), patients, entries, every)
        before = _time(lambda: decode(folder))
        stages = _Stages()
        run(folder, Path(name) / "out", _SETUP, progress=stages)
        stages.begin("", 0)
        after = _time(lambda: decode(folder))  # for the processor is not equally fast all the time
        return Cost(patients, size, (before + after) / 2, stages.times["reading"], stages.times["assessing"])


def _exported(folder: Path, patients: int, entries: int, every: int) -> tuple[Path, int]:
    """An export and its bytes, after another one went through the whole run."""
    size = write(folder / "export", patients, entries, every)
    write(folder / "warm", _WARM_UP, entries, 1, start=patients)
    run(folder / "warm", folder / "warmed", _SETUP)
    return folder / "export", size


class _Stages:
    """CPU time of each stage."""

    def __init__(self) -> None:
        self.times: dict[str, float] = {}
        self._last = ("", 0.0)

    def begin(self, stage: str, total: int) -> None:
        name, began = self._last
        self.times[name] = process_time() - began
        self._last = (stage, process_time())

    def advance(self, done: int) -> None:
        pass


def _time(do: Callable[[], None]) -> float:
    began = process_time()
    do()
    return process_time() - began


def decode(export: Path) -> None:
    """What everything is compared with."""
    for path in sorted(export.iterdir()):
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)


def write(folder: Path, patients: int, entries: int, every: int, start: int = 0) -> int:
    """An export of records of the benchmark, a file for each type; gives its bytes."""
    folder.mkdir()
    files: dict[str, BinaryIO] = {}
    size = 0
    for n in range(start, start + patients):
        listed = orjson.loads(record(entries, n, lesions=int(n % every == 0)).compact)["entry"]
        name = next(entry["resource"]["id"] for entry in listed if entry["resource"]["resourceType"] == "Patient")
        for entry in listed:
            resource = entry["resource"]
            kind = resource["resourceType"]
            # Every record is of the same person, whom it names by a UUID.
            content = orjson.dumps(resource).replace(name.encode(), f"p{n}".encode())
            if kind not in files:
                files[kind] = (folder / f"{kind}.ndjson").open("wb")
            size += files[kind].write(content + b"\n")
    for file in files.values():
        file.close()
    return size


if __name__ == "__main__":
    main()
