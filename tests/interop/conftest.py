"""A server for all tests of the folder. They run by ``make interop`` alone: they need Java, and take minutes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import figures
from tests.interop.hapi import Hapi

collect_ignore_glob = [] if os.environ.get("INTEROP") else ["test_*.py"]


@pytest.fixture(scope="session")
def hapi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hapi]:
    folder: Path = tmp_path_factory.mktemp("hapi")
    server = Hapi(folder)
    server.start()
    yield server
    server.kill()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says in figures what was tried, where it was."""
    if figures.killed:
        terminalreporter.write_line(
            f"Writers killed: {figures.killed}, each at a step of its own; results looked at afterwards: "
            f"{figures.resources}; there twice: {figures.twice}; half: {figures.half}."
        )
