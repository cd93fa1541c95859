"""The command line: ``spinemets assess``, ``spinemets knowledge``, ``spinemets serve``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson

from service import KNOWLEDGE_VERSION, __version__, policies, report
from service.assessment import Assessment
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.parameters import Question, question, time
from service.fhir_mapping.outbound import answer
from service.knowledge import content, markdown
from service.pipeline import answered
from service.policy import DEFAULT
from service.problems import Rejected

_BAD_INPUT = 2


class _Failure(Exception):
    """Something to say in one line before leaving with exit code 2."""


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
    except _Failure as failure:
        print(f"spinemets: {failure}", file=sys.stderr)
        return _BAD_INPUT
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
    assess = commands.add_parser(
        "assess",
        help="assess the record in a file",
        description="Reads a Bundle (or Parameters) from each FILE and writes the answer to standard output: one "
        "indented Bundle for one file, a line of JSON each for several. Exit code 0, or 2 on bad input with one line "
        "on standard error.",
    )
    assess.add_argument("files", nargs="+", metavar="FILE", help="a Bundle as JSON, or - for standard input")
    assess.add_argument(
        "--as-of",
        metavar="TIME",
        help="time of the assessment, such as 2026-10-01; later findings are left out "
        "(default: the date of Bundle.timestamp, else today in UTC)",
    )
    assess.add_argument(
        "--assume-complete",
        action="store_true",
        help="declare that what the record does not mention (metastases, deficits, earlier treatment) is absent",
    )
    assess.add_argument(
        "--policy", metavar="FILE", type=Path, help="a site's policy as JSON (default: the built-in one)"
    )
    assess.add_argument(
        "--format",
        choices=("fhir", "transaction", "text"),
        default="fhir",
        help="fhir: a Bundle of type collection (default); transaction: the same, ready to post to a server; "
        "text: a report to read",
    )
    assess.set_defaults(run=_assess)
    knowledge = commands.add_parser(
        "knowledge",
        help="print the scores and rules with their sources",
        description="Prints what the answers rest on, as Markdown: each score as its paper prints it, with how a line "
        "is read in a record, its bands and figures, how it did in patients and where sources disagree; the primary "
        "tumours, NOMS, the emergencies and conversions; and every source. It is made from the data that computes. "
        "Without SECTION: an overview and the names there are. Exit code 0, or 2 for a name that there is not, with "
        "one line on standard error.",
        epilog="Examples: spinemets knowledge sins; spinemets knowledge tumours; spinemets knowledge --all",
    )
    which = knowledge.add_mutually_exclusive_group()
    which.add_argument(
        "section", nargs="?", metavar="SECTION", help="the code of a score, such as sins, or another name, such as noms"
    )
    which.add_argument("--all", action="store_true", help="print the whole document")
    knowledge.set_defaults(run=_knowledge)
    serve = commands.add_parser("serve", help="run the server", description="Runs the server with gunicorn.")
    serve.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1 (default: 8000)")
    serve.set_defaults(run=_serve)
    return parser


def _assess(options: argparse.Namespace) -> int:
    several = len(options.files) > 1
    for name in options.files:
        asked, assessment = _read(name, options)
        if options.format == "text":
            sys.stdout.write((f"== {name}\n" if several else "") + report.text(assessment))
            continue
        form = "transaction" if options.format == "transaction" else asked.form
        indent = 0 if several else orjson.OPT_INDENT_2
        sys.stdout.buffer.write(orjson.dumps(answer(assessment, form), option=orjson.OPT_APPEND_NEWLINE | indent))
    sys.stdout.flush()
    return 0


def _read(name: str, options: argparse.Namespace) -> tuple[Question, Assessment]:
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        policy = policies.load(options.policy) if options.policy else DEFAULT
    except OSError as error:
        raise _Failure(f"{name}: {error.strerror}") from None
    except policies.BadPolicy as error:
        raise _Failure(str(error)) from None
    try:
        asked = question(decode(body))
        given = Question(
            bundle=asked.bundle,
            as_of=time(options.as_of, "--as-of") if options.as_of else asked.as_of,
            assume_complete=options.assume_complete or asked.assume_complete,
            policy=policy.name if options.policy else asked.policy,
            form=asked.form,
        )
        return given, answered(given, datetime.now(UTC).date(), {DEFAULT.name: DEFAULT, policy.name: policy})
    except Rejected as rejected:
        first, *more = rejected.problems
        others = f" (and {len(more)} more)" if more else ""
        raise _Failure(f"{name}: {first.expression}: {first.message}{others}") from None


def _knowledge(options: argparse.Namespace) -> int:
    if options.all:
        sys.stdout.write(markdown.whole())
        return 0
    name = "overview" if options.section is None else options.section
    section = content.by_id().get(name)
    if section is None:
        raise _Failure(f"there is no section {name!r} of the knowledge; there are {', '.join(content.by_id())}")
    sys.stdout.write(markdown.render([content.alone(section)]))
    if options.section is None:
        sys.stdout.write(f"\n{markdown.names()}")
    return 0


def _serve(options: argparse.Namespace) -> int:
    gunicorn = Path(sys.executable).with_name("gunicorn")
    bind = f"127.0.0.1:{options.port}"
    os.execv(gunicorn, [str(gunicorn), "--bind", bind, "--preload", "service.api.app:create_app()"])  # noqa: S606  # no shell
