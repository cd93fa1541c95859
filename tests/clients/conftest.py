"""The servers for all tests of the folder. They run by ``make clients`` alone: they need Node and its packages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients import servers

collect_ignore_glob = [] if os.environ.get("CLIENTS") else ["test_*.py"]
#: These want a browser, and are a command of their own.
collect_ignore = ["browser.py", "sandbox.py"]


@pytest.fixture(scope="session")
def fhir() -> Iterator[str]:
    with servers.fhir_server() as base:
        yield base


@pytest.fixture(scope="session")
def service(fhir: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The service, which may read from the FHIR server."""
    folder: Path = tmp_path_factory.mktemp("service")
    # The server on Node answers one call at a time and is slow at first, which is not what these tests are about.
    with servers.service(folder, fhir_servers=fhir, cds_budget_ms="10000") as base:
        yield base
