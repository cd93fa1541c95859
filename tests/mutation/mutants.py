"""The mutants: what cosmic-ray makes of a module, and what each is known by."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

from tests.mutation.packages import ROOT, Package
from tests.mutation.runs import Outcome

_SESSIONS = ROOT / "build" / "mutation"


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
    package: Package
    path: Path
    operator: str
    occurrence: int
    row: int
    job: str
    """Its name in the session."""

    @property
    def name(self) -> str:
        """Of the module, as it is shown: ``scoring.sins``."""
        return self.package.name_of(self.path)

    @property
    def module(self) -> str:
        return f"service.{self.name}".removesuffix(".__init__")

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


def mutants(package: Package, path: Path, left_out: Sequence[Mapping[str, str]]) -> list[Mutant]:
    """What cosmic-ray makes of a module, without what is left out for a reason."""
    _SESSIONS.mkdir(parents=True, exist_ok=True)
    with use_db(_session(package.name_of(path))) as session:
        init([path], session, {})
        specs = [(item.mutations[0], item.job_id) for item in session.work_items]
    every = [Mutant(package, path, spec.operator_name, spec.occurrence, spec.start_pos[0], job) for spec, job in specs]
    every.sort(key=lambda mutant: (mutant.row, mutant.operator, mutant.occurrence))
    return [
        mutant
        for mutant in every
        if not any(re.search(e["operator"], mutant.operator) and re.search(e["line"], mutant.line) for e in left_out)
    ]


def keep(name: str, found: Mapping[Mutant, Outcome]) -> None:
    """Write what was found of a module into its session."""
    with use_db(_session(name)) as session:
        for mutant, outcome in found.items():
            if outcome == Outcome.UNCHANGED:
                session.set_result(mutant.job, WorkResult(WorkerOutcome.SKIPPED))
            else:
                said = TestOutcome.SURVIVED if outcome == Outcome.SURVIVED else TestOutcome.KILLED
                session.set_result(mutant.job, WorkResult(WorkerOutcome.NORMAL, str(outcome), said, mutant.diff()))


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
    return ".".join(
        names or [ast.unparse(_target(node)) for node in around if isinstance(node, ast.Assign | ast.AnnAssign)]
    )


def _target(node: ast.Assign | ast.AnnAssign) -> ast.expr:
    return node.targets[0] if isinstance(node, ast.Assign) else node.target


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _last(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno
