"""``make sandbox SERVER=url``: seeds synthetic patients, makes the round trip, and prints what the server could do."""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from collections.abc import Sequence

import orjson

from service.client import BearerToken, ExchangeFailed, connect
from tests.sandbox.checks import Line, Run, all_checks, round_trip
from tests.support.stored import EXAMPLES

#: The first is put through every check.
PATIENTS = ("kidney-complete", "breast-two-levels", "prostate-emergency")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the checks; 0 if the server did all that it was asked, 1 if not, 2 if it could not be asked."""
    parser = argparse.ArgumentParser(prog="make sandbox", description=__doc__)
    parser.add_argument("--server", default="", help="base address of a FHIR R4 server for trying out")
    parser.add_argument("--token-env", metavar="NAME", help="the environment variable that holds a bearer token")
    parser.add_argument("--insecure-http", action="store_true", help="allow an address without TLS")
    options = parser.parse_args(arguments)
    if not options.server:
        print(
            "make sandbox: name the server, such as make sandbox SERVER=https://hospital.example/fhir", file=sys.stderr
        )
        return 2
    print(f"This writes {len(PATIENTS)} synthetic patients, and results for them, to {options.server}.", flush=True)
    try:
        auth = BearerToken(os.environ.get(options.token_env, "")) if options.token_env else None
        server = connect(options.server, auth, insecure_http=options.insecure_http)
    except ExchangeFailed as failed:
        print(f"make sandbox: {failed}", file=sys.stderr)
        return 2
    label = uuid.uuid4().hex
    lines: list[Line] = []
    for number, name in enumerate(PATIENTS):
        run = Run(server, orjson.loads((EXAMPLES / f"{name}.json").read_bytes()), f"{label}-{number}")
        if number:
            run.check("transaction", run.seed)
        for check, ask in round_trip(run) if number else all_checks(run):
            run.check(check, ask)
        lines += [Line(f"{line.check}, {name}" if number else line.check, line.result, line.note) for line in run.lines]
    print(table(lines))
    return 1 if any(line.result == "no" for line in lines) else 0


def table(lines: Sequence[Line]) -> str:
    """The lines as a Markdown table."""
    rows = [("check", "result", "note"), *((line.check, line.result, line.note.replace("|", "/")) for line in lines)]
    widths = [max(len(row[n]) for row in rows) for n in (0, 1)]
    made = [f"| {check:{widths[0]}} | {result:{widths[1]}} | {note} |" for check, result, note in rows]
    made.insert(1, f"| {'-' * widths[0]} | {'-' * widths[1]} | --- |")
    return "\n".join(made)


if __name__ == "__main__":
    sys.exit(main())
