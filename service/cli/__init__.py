"""The command line: a module for each command, and what they share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from service import KNOWLEDGE_VERSION, __version__
from service.cli import (
    assess,
    audit,
    codes,
    cohort,
    key,
    knowledge,
    pull,
    serve,
    settings,
    synthetic,
    token,
    validate,
)
from service.cli.failure import BAD_INPUT, Failure

_COMMANDS = (assess, cohort, codes, pull, knowledge, serve, settings, key, token, audit, validate, synthetic)


class _Help(argparse.HelpFormatter):
    """Leaves room for the names of commands, which argparse measures without their indent."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit code: 0, or 2 on bad input with one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        run: int = options.run(options)
    except Failure as failure:
        print(f"spinemets: {failure}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of a pipe has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="spinemets",
        description="Decision support for tumours of the spine: reads a FHIR R4 Bundle, answers with every score that "
        "the record allows, the NOMS plan, why, and what is still missing.",
        epilog="Example: spinemets assess record.json --format text",
        formatter_class=_Help,
    )
    parser.add_argument(
        "--version", action="version", version=f"spinemets-cds {__version__}, knowledge {KNOWLEDGE_VERSION}"
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
