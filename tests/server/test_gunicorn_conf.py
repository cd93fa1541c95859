"""The settings of gunicorn: times that fit one another, and a start that says in one line why it is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def started(app: str = "service.api.app:create_app()", **variables: str) -> subprocess.CompletedProcess[str]:
    """A start that comes to nothing."""
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.server.gunicorn_conf"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINEMETS_")}
    environment = {**kept, **variables}
    return subprocess.run(
        [*command, app],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_setting_that_cannot_be_stops_the_start_with_one_line() -> None:
    done = started(SPINEMETS_REQUEST_SECONDS="secret-value")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "SPINEMETS_REQUEST_SECONDS" in done.stderr
    assert "secret-value" not in done.stderr


def test_a_server_that_others_can_reach_does_not_start_open() -> None:
    done = started(BIND="0.0.0.0:0")
    assert done.returncode != 0
    assert "SPINEMETS_ANYONE_MAY_CALL" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_longest_request_ends_before_its_worker_is_taken_for_stuck_and_before_a_stop_does_not_wait() -> None:
    code = (
        "from service.server import gunicorn_conf as c; from service.server import worker as w;"
        "print(c.timeout, c.graceful_timeout, w.HEAD_SECONDS)"
    )
    environment = {**os.environ, "SPINEMETS_REQUEST_SECONDS": "100", "SPINEMETS_DRAIN_SECONDS": "30"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    timeout, graceful, head = map(int, done.stdout.split())
    assert timeout > 100 + head
    assert graceful > 100
