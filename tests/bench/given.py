"""Records of whoever measures: every JSON Bundle in a folder, each assessed once as new.

Each setting of the garbage collector has a process of its own, so that none profits from what another has remembered.
Nothing of a record is printed, nor the name of its file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import orjson

from service.problems import Rejected
from tests.bench import measure
from tests.bench.records import record

#: Sizes by which the table is divided: from so many entries on.
_CLASSES = (0, 100, 500, 5_000)
_WARM_UP = 30


@dataclass
class _Found:
    """What came out with one setting of the collector."""

    measured: list[tuple[int, float, float]] = field(default_factory=list)
    """Entries, and CPU milliseconds of ``orjson.loads`` and of the assessment."""
    not_measured: Counter[str] = field(default_factory=Counter)


def run(folder: Path) -> None:
    """Measures and prints.

    Raises:
        SystemExit: there is no such folder.
    """
    if not folder.is_dir():
        raise SystemExit("--records is not a folder. Name the folder of the records.")
    found = []
    for collector in (False, True):
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            found.append(pool.submit(measured, folder, collector).result())
    print(f"\nRecords of the folder: {len(found[0].measured)} measured, each once", end="")
    print("".join(f"; {number} {why}" for why, number in found[0].not_measured.items()))
    if not found[0].measured:
        return
    print(f"\n{'entries':>12} {'records':>8}  garbage collector off: ratio, CPU ms   on: ratio, CPU ms\n")
    for low, high in zip(_CLASSES, (*_CLASSES[1:], None), strict=True):
        cells = [_cell(each, low, high) for each in found]
        if cells[0]:
            label = f"from {low}" if high is None else f"{low} to {high - 1}"
            number = sum(low <= entries and (high is None or entries < high) for entries, *_ in found[0].measured)
            print(f"{label:>12} {number:8}  {cells[0]:>37} {cells[1]:>19}")
    for name, each in zip(("off", "on"), found, strict=True):
        parse, assess = (sum(times[n] for times in each.measured) for n in (1, 2))
        print(f"All together, collector {name}: {assess / parse:.2f} times orjson.loads")


def _cell(found: _Found, low: int, high: int | None) -> str:
    own = [each for each in found.measured if low <= each[0] and (high is None or each[0] < high)]
    if not own:
        return ""
    return f"{median(assess / parse for _, parse, assess in own):7.2f} {median(each[2] for each in own):10.3f}"


def measured(folder: Path, collector: bool) -> _Found:
    """Parses and assesses each record, the one first for every other record."""
    found = _Found()
    for n in range(_WARM_UP):
        measure.assess(record(50, -100 - n).pretty)
    for n, content in enumerate(_contents(folder)):
        try:
            listed = orjson.loads(content)
            entries = len(listed["entry"]) if listed["resourceType"] == "Bundle" else -1
        except (orjson.JSONDecodeError, KeyError, TypeError):
            entries = -1
        if entries < 0:
            found.not_measured["no Bundle with entries"] += 1
            continue
        del listed
        try:
            times = {}
            for contender in (measure.parse, measure.assess)[:: 1 if n % 2 else -1]:
                times[contender] = measure.milliseconds(contender, content, collector)[0]
        except Rejected as rejected:
            found.not_measured[f"refused with {rejected.status}"] += 1
            continue
        found.measured.append((entries, times[measure.parse], times[measure.assess]))
    return found


def _contents(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*.json")):
        if path.is_file():
            yield path.read_bytes()
