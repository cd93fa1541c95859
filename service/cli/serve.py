"""``spinemets serve``: the server, as it is deployed."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

APPLICATION = "service.api.app:create_app()"
CONFIGURATION = "python:service.server.gunicorn_conf"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "serve",
        help="run the server",
        description="Runs the server with gunicorn. The variables BIND, PORT and WEB_CONCURRENCY say the same as the "
        "options, which stand above them; the settings of the service are variables as well.",
    )
    parser.add_argument("--host", help="address to serve on (default: 127.0.0.1, this machine alone)")
    parser.add_argument("--port", type=_port, help="port (default: 8000)")
    parser.add_argument("--workers", type=_workers, help="worker processes (default: one for each processor)")
    parser.set_defaults(run=_run)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _workers(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise argparse.ArgumentTypeError("give a number of processes, 1 or more")
    return int(text)


def _run(options: argparse.Namespace) -> int:
    gunicorn = Path(sys.executable).with_name("gunicorn")
    os.execve(gunicorn, [str(gunicorn), "-c", CONFIGURATION, APPLICATION], _environment(options))  # noqa: S606  # no shell


def _environment(options: argparse.Namespace) -> dict[str, str]:
    """The environment with what the options say."""
    environment = dict(os.environ)
    if options.host is not None:
        host = f"[{options.host}]" if ":" in options.host else options.host
        environment["BIND"] = f"{host}:{options.port or environment.get('PORT') or 8000}"
    elif options.port is not None:
        environment.pop("BIND", None)
        environment["PORT"] = str(options.port)
    if options.workers is not None:
        environment["WEB_CONCURRENCY"] = str(options.workers)
    return environment
