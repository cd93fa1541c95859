"""``spinemets serve``: the server as it is deployed, where the options say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.cli.serve import APPLICATION, CONFIGURATION


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been started: the command, and its environment."""
    found: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda path, command, environment: found.extend((command, environment)))
    for name in ("BIND", "PORT", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)
    return found


@pytest.mark.parametrize(
    ("arguments", "bind", "port", "workers"),
    [
        ([], None, None, None),
        (["--port", "9000"], None, "9000", None),
        (["--host", "0.0.0.0"], "0.0.0.0:8000", None, None),
        (["--host", "::1", "--port", "9000", "--workers", "3"], "[::1]:9000", None, "3"),
    ],
)
def test_the_options_stand_above_the_environment(
    started: list[Any], arguments: list[str], bind: str | None, port: str | None, workers: str | None
) -> None:
    main(["serve", *arguments])
    command, environment = started
    assert Path(command[0]).name == "gunicorn"
    assert command[1:] == ["-c", CONFIGURATION, APPLICATION]
    assert [environment.get(name) for name in ("BIND", "PORT", "WEB_CONCURRENCY")] == [bind, port, workers]


def test_a_port_that_is_given_stands_above_an_address_of_the_environment(
    started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIND", "0.0.0.0:80")
    main(["serve", "--port", "9000"])
    assert "BIND" not in started[1]


@pytest.mark.parametrize("arguments", [["--port", "0"], ["--port", "65536"], ["--port", "x"], ["--workers", "0"]])
def test_what_cannot_be_is_refused(started: list[Any], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["serve", *arguments])
    assert left.value.code == 2
    assert not started
