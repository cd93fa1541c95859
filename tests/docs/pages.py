"""Reading the pages, and comparing what they show with what the product prints."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")
CUT = "[...]"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def blocks(text: str, kind: str) -> list[str]:
    """The fenced blocks of a kind, such as ``sh``."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def rows(text: str, first: str) -> Iterator[list[str]]:
    """The rows of the table whose first head is ``first``."""
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        cells = [cell.strip("| ") for cell in cells]
        if inside and not set(line) <= set("|- "):
            yield cells
        inside = inside or cells[0] == first


def code(cell: str) -> str:
    return cell.strip("`")


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """What ``spinemets`` prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assess_command(text: str) -> list[str]:
    """The arguments of the first ``spinemets assess`` in a page."""
    found = re.search(r"^\.venv/bin/spinemets (assess .*)$", text, re.MULTILINE)
    assert found, "the page has no `.venv/bin/spinemets assess` command"
    return shlex.split(found[1])


def check_is_cut_from(shown: str, true: str) -> None:
    """Checks that each stretch between cuts stands in the true output, whole and in order."""
    lines = true.rstrip("\n").splitlines()
    stretches: list[list[str]] = [[]]
    for line in shown.rstrip("\n").splitlines():
        if line == CUT:
            stretches.append([])
        else:
            stretches[-1].append(line)
    at = 0
    for n, stretch in enumerate(stretches):
        starts = range(at, len(lines) - len(stretch) + 1)
        start = next((i for i in starts if lines[i : i + len(stretch)] == stretch), None)
        if start is None:
            pytest.fail(_difference(stretch, lines[at:]))
        assert n > 0 or start == 0, "the output begins elsewhere: mark the cut"
        at = start + len(stretch)
    assert at == len(lines) or not stretches[-1], "the output goes on: mark the cut"


def _difference(stretch: list[str], lines: list[str]) -> str:
    size = len(stretch)
    nearest = max(
        (lines[i : i + size] for i in range(max(1, len(lines) - size + 1))),
        key=lambda part: difflib.SequenceMatcher(None, "\n".join(part), "\n".join(stretch)).quick_ratio(),
    )
    return "the page shows what the product does not print:\n" + "\n".join(
        difflib.unified_diff(stretch, nearest, "page", "product", lineterm="")
    )


def check_is_part_of(shown: Any, true: Any, path: str = "$") -> None:
    """Checks that shown JSON is the true one with members and list elements left out."""
    if isinstance(shown, dict):
        assert isinstance(true, dict), path
        for name, value in shown.items():
            assert name in true, f"{path}.{name} is not in the answer"
            check_is_part_of(value, true[name], f"{path}.{name}")
    elif isinstance(shown, list):
        rest = iter(true)
        for n, value in enumerate(shown):
            assert any(_is_part_of(value, each) for each in rest), f"{path}[{n}] is not in the answer: {value}"
    else:
        assert shown == true, f"{path} is {true!r}, and the page says {shown!r}"


def _is_part_of(shown: Any, true: Any) -> bool:
    try:
        check_is_part_of(shown, true)
    except AssertionError:
        return False
    return True
