"""``make mutate``, or ``python -m tests.mutation``: does a test fail for every small change of service/scoring?

cosmic-ray makes the changes (mutants). One that no test notices has to stand in survivors.toml with the reason.
The sessions in build/mutation are cosmic-ray's own: ``cr-html build/mutation/sins.sqlite`` shows all of a module.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import re
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

from tests.mutation import runs
from tests.mutation.runs import PACKAGE, ROOT, Outcome

_ENOUGH = 95  # per cent, of all mutants
_FOLDER = ROOT.joinpath(*PACKAGE.split("."))
_SESSIONS = ROOT / "build" / "mutation"
_KNOWN = Path(__file__).with_name("survivors.toml")


@dataclass(frozen=True)
class Place:
    """What a mutant is known by, also after lines have moved."""

    module: str
    within: str
    """The definition around it, such as ``Item.points``, or the name of a table."""
    line: str
    becomes: str
    """The line after the change; empty where it is taken away."""


@dataclass(frozen=True)
class Mutant:
    path: Path
    operator: str
    occurrence: int
    row: int
    job: str
    """Its name in the session."""

    @property
    def name(self) -> str:
        """Of the module, as it is shown: ``sins``."""
        return ".".join(self.path.relative_to(_FOLDER).with_suffix("").parts)

    @property
    def module(self) -> str:
        return f"{PACKAGE}.{self.name}".removesuffix(".__init__")

    @property
    def line(self) -> str:
        return " ".join(_text(self.path).splitlines()[self.row - 1].split())

    def changed(self) -> str:
        text: str = mutate_code(_text(self.path), get_operator(self.operator)(), self.occurrence)
        return text

    def source(self) -> str | None:
        changed = self.changed()
        return changed if _what_runs(changed) not in (None, _what_runs(_text(self.path))) else None

    def place(self) -> Place:
        taken_away = self.operator.endswith("RemoveDecorator")
        becomes = "" if taken_away else " ".join(self.changed().splitlines()[self.row - 1].split())
        return Place(self.name, _within(ast.parse(_text(self.path)), self.row), self.line, becomes)

    def diff(self) -> str:
        return "\n".join(difflib.unified_diff(_text(self.path).splitlines(), self.changed().splitlines(), lineterm=""))


Found = dict[Mutant, Outcome]


def main() -> int:
    options = _options()
    known = tomllib.loads(_KNOWN.read_text("utf-8"))
    begun = time.monotonic()
    runs.prepare()
    durations = runs.baseline()
    paths = _modules(options.module)
    mutants = [mutant for path in paths.values() for mutant in _mutants(path, known.get("left-out", []))]
    print(f"{len(durations)} tests pass with nothing changed.\n")
    found = _run(list(paths), mutants, durations, options.jobs)
    print(f"\n{time.monotonic() - begun:.0f} s, {options.jobs} at a time")
    return _verdict(found, _places(known.get("survivor", []), set(paths)), options.list_survivors)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--module", action="append", help="only this one, such as sins; may be given several times")
    parser.add_argument("--list-survivors", action="store_true", help="also those whose reason is known")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time (default: one per processor)")
    return parser.parse_args()


# -- the mutants


def _modules(only: Sequence[str] | None) -> dict[str, Path]:
    paths = {Mutant(path, "", 0, 0, "").name: path for path in sorted(_FOLDER.rglob("*.py"))}
    unknown = set(only or ()) - paths.keys()
    if unknown:
        raise SystemExit(f"no module of {PACKAGE}: {', '.join(sorted(unknown))}")
    return {name: paths[name] for name in only or paths}


def _mutants(path: Path, left_out: Sequence[dict[str, str]]) -> list[Mutant]:
    """What cosmic-ray makes of a module, without what is left out for a reason."""
    name = Mutant(path, "", 0, 0, "").name
    _SESSIONS.mkdir(parents=True, exist_ok=True)
    with use_db(_session(name)) as session:
        init([path], session, {})
        specs = [(item.mutations[0], item.job_id) for item in session.work_items]
    every = [Mutant(path, spec.operator_name, spec.occurrence, spec.start_pos[0], job) for spec, job in specs]
    every.sort(key=lambda mutant: (mutant.row, mutant.operator, mutant.occurrence))
    return [
        mutant
        for mutant in every
        if not any(re.search(e["operator"], mutant.operator) and re.search(e["line"], mutant.line) for e in left_out)
    ]


def _session(name: str) -> str:
    return str(_SESSIONS / f"{name}.sqlite")


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def _what_runs(source: str) -> str | None:
    """The module without its annotations; nothing where it is not Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        match node:
            case ast.arg() | ast.AnnAssign():
                node.annotation = ast.Constant(None)
            case ast.FunctionDef():
                node.returns = None
    return ast.dump(tree)


def _within(tree: ast.Module, row: int) -> str:
    around = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _first(node) <= row <= _last(node)]
    names = [node.name for node in around if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    return ".".join(names or [ast.unparse(node.targets[0]) for node in around if isinstance(node, ast.Assign)])


def _first(node: ast.stmt) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


# -- the runs


def _run(names: Sequence[str], mutants: Sequence[Mutant], durations: runs.Durations, jobs: int) -> Found:
    """Try all, with a line for each module when it is through."""
    width = max(map(len, names))
    print(f"{'module':{width}}  mutants  killed  survived  timeouts        %")
    left = Counter(mutant.name for mutant in mutants)
    found: Found = {}
    for done, (mutant, outcome) in enumerate(runs.outcomes(mutants, durations, jobs), 1):
        found[mutant] = outcome
        left[mutant.name] -= 1
        if sys.stdout.isatty():
            print(f"\r{done} of {len(mutants)} ", end="", flush=True)
        if not left[mutant.name]:
            some = {m: o for m, o in found.items() if m.name == mutant.name}
            _keep(mutant.name, some)
            print(f"\r{_row(mutant.name, width, some)}", flush=True)
    print(_row("all", width, found))
    return found


def _keep(name: str, found: Found) -> None:
    """Write what was found into the session."""
    with use_db(_session(name)) as session:
        for mutant, outcome in found.items():
            if outcome == Outcome.UNCHANGED:
                session.set_result(mutant.job, WorkResult(WorkerOutcome.SKIPPED))
            else:
                said = TestOutcome.SURVIVED if outcome == Outcome.SURVIVED else TestOutcome.KILLED
                session.set_result(mutant.job, WorkResult(WorkerOutcome.NORMAL, str(outcome), said, mutant.diff()))


def _row(name: str, width: int, found: Found) -> str:
    n = Counter(found.values())
    cells = f"{_tried(found):7}  {n[Outcome.KILLED]:6}  {n[Outcome.SURVIVED]:8}  {n[Outcome.TIMEOUT]:8}"
    return f"{name:{width}}  {cells}  {_percent(found):7.1f}"


def _tried(found: Found) -> int:
    return sum(outcome != Outcome.UNCHANGED for outcome in found.values())


def _percent(found: Found) -> float:
    """Of mutants that made a test fail or run out of time."""
    return 100 * (1 - Counter(found.values())[Outcome.SURVIVED] / (_tried(found) or 1))


# -- the verdict


def _places(listed: Sequence[dict[str, Any]], names: set[str]) -> Counter[Place]:
    """The survivors that have a reason, as many times as they are listed."""
    for each in listed:
        if not each["reason"].strip():
            raise SystemExit(f"survivors.toml: no reason for {each}")
    return Counter(
        Place(each["module"], each["within"], each["line"], becomes)
        for each in listed
        for becomes in each["becomes"]
        if each["module"] in names
    )


def _verdict(found: Found, known: Counter[Place], list_all: bool) -> int:
    survivors = Counter(mutant.place() for mutant, outcome in found.items() if outcome == Outcome.SURVIVED)
    if list_all:
        _print("All survivors", survivors)
    _print("Not in survivors.toml: write a test that fails for them, or the reason", survivors - known)
    _print("In survivors.toml, but killed or no longer there: take them out", known - survivors)
    percent = _percent(found)
    if percent < _ENOUGH:
        print(f"\nOnly {percent:.1f} % are killed; {_ENOUGH} % have to be.")
    return int(percent < _ENOUGH or survivors != known)


def _print(title: str, places: Counter[Place]) -> None:
    """As survivors.toml has them."""
    if not places:
        return
    print(f"\n{title}:")
    by_line: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for place in places.elements():
        by_line[place.module, place.within, place.line].append(place.becomes)
    for (name, within, line), becomes in by_line.items():
        print("\n[[survivor]]")
        for key, value in (("module", name), ("within", within), ("line", line), ("becomes", becomes)):
            print(f"{key} = {json.dumps(value, ensure_ascii=False)}")
        print('reason = ""')


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except runs.Broken as error:
        raise SystemExit(f"make mutate: {error}") from None
