"""The history of the figures: a line of JSON for each section of each run, in ``tests/bench/history.jsonl``.

It tells the machine by its processor alone: no names, no paths. Committing it is for those who want the figures of
their machine in the project; lines are only ever added.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from service import KNOWLEDGE_VERSION
from tests.bench.figures import Section, high_is_good, is_judged

FILE = Path(__file__).parent / "history.jsonl"
_PACKAGES = ("orjson", "pysimdjson", "msgspec", "flask", "gunicorn", "pyarrow")
_WORSE = 1.1
_LONGEST_LINE = 100_000
#: By what lines have to be alike, for their figures to be compared.
_ALIKE = ("section", "processor", "cores", "python", "quick")


@dataclass(frozen=True)
class Change:
    """A figure that is worse than it was."""

    section: str
    name: str
    before: float
    now: float
    is_ratio: bool

    def __str__(self) -> str:
        return f"{self.section}, {self.name}: {self.before:.3g} before, {self.now:.3g} now"


def line_of(section: Section, *, quick: bool) -> dict[str, Any]:
    """The line of a section of a run that has just ended."""
    return {
        "section": section.name,
        "ratios": _rounded(section.ratios),
        "figures": _rounded(section.figures),
        "left out": section.left_out,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"),
        "quick": quick,
        **_measured_here(),
    }


@cache
def _measured_here() -> dict[str, Any]:
    """What was measured, and on what."""
    return {
        "commit": _commit(),
        "knowledge": KNOWLEDGE_VERSION,
        "python": platform.python_version(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "packages": {name: version(name) for name in _PACKAGES},
    }


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    """Four digits: more would say more than was measured."""
    return {name: float(f"{value:.4g}") for name, value in figures.items()}


def _processor() -> str:
    try:
        said = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        said = None
    return said[1].strip() if said else platform.processor() or platform.machine()


def _commit() -> str:
    """The commit of the working tree, with a plus where something is not committed; empty outside of git."""
    here = Path(__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=True).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", ":/service", ":/deploy")
        return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def read(file: Path = FILE) -> list[dict[str, Any]]:
    """The lines, the oldest first.

    Raises:
        SystemExit: a line is none of ours; it is named.
    """
    found = []
    for number, line in enumerate(file.read_bytes().splitlines() if file.exists() else (), 1):
        try:
            read_line = orjson.loads(line[:_LONGEST_LINE])
            assert set(_ALIKE) | {"ratios", "figures", "date"} <= set(read_line)
        except (orjson.JSONDecodeError, AssertionError, TypeError):
            raise SystemExit(f"Line {number} of {file.name} is no line of a run. Take it out.") from None
        found.append(read_line)
    return found


def append(lines: Sequence[dict[str, Any]], file: Path = FILE) -> None:
    """Adds lines at the end."""
    with file.open("ab") as opened:
        for line in lines:
            opened.write(orjson.dumps(line) + b"\n")


def worse(past: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> Iterator[Change]:
    """What is worse by more than a tenth than in the last run of its kind on such a machine, ratios first."""
    found = []
    for line in now:
        last = next((each for each in reversed(past) if all(each[name] == line[name] for name in _ALIKE)), None)
        for kind in ("ratios", "figures") if last else ():
            for name, value in line[kind].items():
                before = last[kind].get(name) if last else None
                if before and is_judged(name) and _is_worse(name, before, value):
                    found.append(Change(line["section"], name, before, value, kind == "ratios"))
    yield from sorted(found, key=lambda change: not change.is_ratio)


def _is_worse(name: str, before: float, now: float) -> bool:
    return now * _WORSE < before if high_is_good(name) else now > before * _WORSE
