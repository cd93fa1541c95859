"""The command line: a module for each command, and what they share."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from service import KNOWLEDGE_VERSION, __version__
from service.cli.failure import BAD_INPUT, FAULT, Failure

#: The commands, each a module here, with what it is for. Only that of the command that is run is loaded.
COMMANDS = {
    "assess": "assess the record in a file",
    "cohort": "assess a Bulk Data export into a table",
    "codes": "print which code means what, and which codes of a record are not known",
    "pull": "assess a patient of a FHIR server",
    "knowledge": "print the scores and rules with their sources",
    "serve": "run the server",
    "settings": "print the settings in force, and check them",
    "key": "make a key pair for a caller, or print its public half",
    "token": "get an access token, to try what is set up",
    "audit": "check, send and search the audit trail",
    "validate": "which survival model is right here",
    "synthetic": "make a cohort whose truth is known",
}


class _Help(argparse.HelpFormatter):
    """Leaves room for the names of commands, which argparse measures without their indent."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; gives its exit code: 0, or with one line on stderr 2 on bad input and 70 for a fault of ours."""
    given = sys.argv[1:] if arguments is None else arguments
    options = parser(next((each for each in given if not each.startswith("-")), "")).parse_args(given)
    try:
        run: int = options.run(options)
    except Failure as failure:
        print(f"spinemets: {failure}", file=sys.stderr)
        return BAD_INPUT
    except BrokenPipeError:  # the reader of a pipe has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:  # a traceback may have words of the record
        from service.operations.logs import place  # noqa: PLC0415  # what writes logs is loaded when it is needed

        where = f"{type(fault).__name__} at {place(fault.__traceback__)}"
        print(f"spinemets: this is a fault of the program ({where}). Please report it.", file=sys.stderr)
        return FAULT
    return run


def parser(wanted: str) -> argparse.ArgumentParser:
    """What reads the command line: it knows the options of one command, and of the others what they are for."""
    made = argparse.ArgumentParser(
        prog="spinemets",
        description="Decision support for tumours of the spine: reads a FHIR R4 Bundle, answers with every score that "
        "the record allows, the NOMS plan, why, and what is still missing.",
        epilog="Example: spinemets assess record.json --format text",
        formatter_class=_Help,
    )
    made.add_argument(
        "--version", action="version", version=f"spinemets-cds {__version__}, knowledge {KNOWLEDGE_VERSION}"
    )
    commands = made.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name, does in COMMANDS.items():
        if name == wanted:
            import_module(f"service.cli.{name}").add(commands)
        else:
            commands.add_parser(name, help=does)
    return made
