"""``spinemets assess``: the record in a file."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson

from service import report
from service.assessment import Assessment
from service.cli import site
from service.cli.failure import Failure
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.parameters import Question, question, time
from service.fhir_mapping.inbound.xml import from_xml
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.languages import in_language
from service.language import speaking
from service.pipeline import answered
from service.problems import Rejected


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "assess",
        help="assess the record in a file",
        description="Reads a Bundle (or Parameters) from each FILE and writes the answer to standard output: one "
        "indented Bundle for one file, a line of JSON each for several. Exit code 0, or 2 on bad input with one line "
        "on standard error.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a Bundle as JSON or XML, or - for standard input")
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        help="time of the assessment, such as 2026-10-01; later findings are left out "
        "(default: the date of Bundle.timestamp, else today in UTC)",
    )
    parser.add_argument(
        "--assume-complete",
        action="store_true",
        help="declare that what the record does not mention (metastases, deficits, earlier treatment) is absent",
    )
    site.add(parser)
    parser.add_argument(
        "--format",
        choices=("fhir", "transaction", "text"),
        default="fhir",
        help="fhir: a Bundle of type collection (default); transaction: the same, ready to post to a server; "
        "text: a report to read",
    )
    site.add_language(parser)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    several = len(options.files) > 1
    for name in options.files:
        asked, assessment = _read(name, options)
        if options.format == "text":
            with speaking(options.language):
                sys.stdout.write((f"== {name}\n" if several else "") + report.text(assessment))
            continue
        form = "transaction" if options.format == "transaction" else asked.form
        indent = 0 if several else orjson.OPT_INDENT_2
        said = in_language(answer(assessment, form), options.language)
        sys.stdout.buffer.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE | indent))
    sys.stdout.flush()
    return 0


def _read(name: str, options: argparse.Namespace) -> tuple[Question, Assessment]:
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Failure(f"{name}: {error.strerror}") from None
    here, policy = site.of(options)
    try:
        asked = question(from_xml(body) if body.lstrip().startswith(b"<") else decode(body))
        given = Question(
            bundle=asked.bundle,
            as_of=time(options.as_of, "--as-of") if options.as_of is not None else asked.as_of,
            assume_complete=options.assume_complete or asked.assume_complete,
            policy=policy or asked.policy,
            form=asked.form,
        )
        return given, answered(given, datetime.now(UTC).date(), here)
    except Rejected as rejected:
        first, *more = rejected.problems
        others = f" (and {len(more)} more)" if more else ""
        raise Failure(f"{name}: {first.expression}: {first.message}{others}") from None
