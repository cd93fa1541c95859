"""A browser and a server for all tests of the folder. ``make browser`` runs them: they need Chromium and node."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.visit import AXE, Visit, free_port, wait_for

collect_ignore_glob = [] if os.environ.get("BROWSER") else ["test_*.py"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server with one worker, on a port that is free."""
    port = free_port()
    database = tmp_path_factory.mktemp("state") / "page.sqlite"
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    environment = {**os.environ, "SPINEMETS_DATABASE": f"sqlite:///{database}"}
    process = subprocess.Popen([*command, "service.api.app:create_app()"], env=environment)
    try:
        yield wait_for(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="make browser installs it")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium; on Debian: apt install chromium, or name one with CHROMIUM=/path")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: object, server: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """A user at the page. At the end there was no error on the console, and nothing left the machine."""
    found = Visit(chromium, server)
    yield found
    found.close()
    assert found.errors == []
    assert found.strangers == []


@pytest.fixture(scope="session")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; make browser does that")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="session", autouse=True)
def shots() -> Path:
    folder = Path(__file__).parents[2] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
