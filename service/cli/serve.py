"""``spinemets serve``: the server."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser("serve", help="run the server", description="Runs the server with gunicorn.")
    parser.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (default: 8000)")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    gunicorn = Path(sys.executable).with_name("gunicorn")
    bind = f"127.0.0.1:{options.port}"
    os.execv(gunicorn, [str(gunicorn), "--bind", bind, "--preload", "service.api.app:create_app()"])  # noqa: S606  # no shell
