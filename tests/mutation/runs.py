"""Runs the tests of a package against changed modules, each in a fork of this process.

A fork has pytest and all that the package stands on loaded already, so it costs what the import of the package and its
tests cost: for the scores 0.2 s instead of 2.4 s. Nothing is written to disk: the module is changed when the tests
import it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from math import inf
from pathlib import Path
from types import CodeType
from typing import Any, Protocol, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.mutation.packages import ROOT, Package

_ARGS = ("-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib")
_BYTES = 4 << 30
_UNCHANGED = 100  # an exit code that pytest does not use
_OWN = 20  # seconds that the tests of the module itself may take together, the slow ones among them

Durations = dict[str, float]
"""Seconds that each test takes with nothing changed."""


class Outcome(StrEnum):
    KILLED = "killed"
    """A test failed, or the tests could not even be loaded."""
    SURVIVED = "survived"
    TIMEOUT = "timeout"
    """A test took many times what it takes with nothing changed; this counts as killed."""
    UNCHANGED = "unchanged"
    """What runs is what ran before, or no Python at all: it says nothing of the tests."""


class Broken(Exception):
    """The tests ended in a way that says nothing of a change."""


class Change(Protocol):
    @property
    def package(self) -> Package: ...
    @property
    def module(self) -> str: ...
    @property
    def path(self) -> Path: ...
    def source(self) -> str | None:
        """The changed text of the module, or nothing where what runs is not changed."""


C = TypeVar("C", bound=Change)


class _Changed(SourceFileLoader, MetaPathFinder):
    """Finds and loads the one changed module."""

    def __init__(self, change: Change, source: str) -> None:
        super().__init__(change.module, str(change.path))
        self._source = source

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _Quickest:
    """Plugin of pytest: the quickest tests first, the slow ones not at all, and none for ever."""

    def __init__(self, durations: Durations, slow: float = inf) -> None:
        self._durations = durations
        self._slow = slow
        self.took: Durations = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._durations.get(item.nodeid, 0) < self._slow]
        items.sort(key=lambda item: self._durations.get(item.nodeid, 0))

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        _allow(10 + 5 * self._durations.get(item.nodeid, 60))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            self.took[report.nodeid] = report.duration


def _allow(seconds: float) -> None:
    """Then a signal ends the process. Time on the processor is what counts, for the machine may be busy."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def prepare(package: Package) -> None:
    """Load what all runs have in common."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # The same examples in every run, and no search for the smallest that fails.
    settings.register_profile(
        "mutation",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("mutation")
    for module in package.below:
        importlib.import_module(module)
    if any(module.startswith(package.module) for module in sys.modules):
        raise Broken(f"{package.module} is loaded before it is changed")


def baseline(package: Package) -> Durations:
    """The tests with nothing changed. All have to pass, or a failure would say nothing of a change."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        plugin = _Quickest({})
        code = pytest.main([*_ARGS, "--tb=short", package.tests], [plugin])
        sys.stdout.flush()
        with open(writing, "w") as pipe:
            json.dump(plugin.took, pipe)
        os._exit(code)
    os.close(writing)
    with open(reading) as pipe:
        durations: Durations = json.load(pipe)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        raise Broken("the tests fail with nothing changed")
    return durations


def outcomes(changes: Iterable[C], durations: Durations, jobs: int) -> Iterator[tuple[C, Outcome]]:
    """What the tests say of each change, as it comes."""
    gc.freeze()  # what is loaded by now stays, so the forks need not look at it again
    running: dict[int, C] = {}
    for change in changes:
        if len(running) == jobs:
            yield _ended(running)
        running[_start(change, durations)] = change
    while running:
        yield _ended(running)


def _start(change: Change, durations: Durations) -> int:
    child = os.fork()
    if not child:
        code = -1
        try:
            code = _test(change, durations)
        finally:
            os._exit(code)
    return child


def _test(change: Change, durations: Durations) -> int:
    source = change.source()
    if source is None:
        return _UNCHANGED
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES))
    sys.meta_path.insert(0, _Changed(change, source))
    package = change.package
    own = _own(change)
    for tests, slow in ((own, _patience(own, durations, package)), (_others(package, own), package.slow)):
        _allow(30)  # to load them
        code = pytest.main([*_ARGS, "--tb=no", *tests], [_Quickest(durations, slow)]) if tests else 0
        if code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):  # all of them may be slow
            return code
    return 0


def _own(change: Change) -> list[str]:
    """The files of tests that are named for the module: ``test_plan.py``, ``test_plan_rules.py``."""
    folder, stem = ROOT / change.package.tests, change.path.stem
    return [
        f"{change.package.tests}/{path.name}"
        for path in sorted(folder.glob(f"test_{stem}*.py"))
        if path.stem == f"test_{stem}" or path.stem.startswith(f"test_{stem}_")
    ]


def _others(package: Package, own: list[str]) -> list[str]:
    return [package.tests, *(f"--ignore={each}" for each in own)]


def _patience(own: list[str], durations: Durations, package: Package) -> float:
    """From how many seconds on a test of the module itself is left out: none is where all are quick enough."""
    together = sum(took for test, took in durations.items() if test.partition("::")[0] in own)
    return inf if together < _OWN else package.slow


def _ended(running: dict[int, C]) -> tuple[C, Outcome]:
    child, status = os.wait()
    change = running.pop(child)
    code = os.waitstatus_to_exitcode(status)
    found = {
        0: Outcome.SURVIVED,
        1: Outcome.KILLED,
        2: Outcome.KILLED,  # the tests could not be loaded
        -signal.SIGPROF: Outcome.TIMEOUT,
        _UNCHANGED: Outcome.UNCHANGED,
    }
    if code not in found:
        raise Broken(f"pytest ended with {code} for {change}")
    return change, found[code]
