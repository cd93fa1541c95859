"""``spinemets pull``: the record of a patient on a FHIR server, and the answer written back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import orjson
from tqdm import tqdm

from service import report
from service.assessment import Assessment
from service.cli import access, site
from service.cli.failure import Failure
from service.client import (
    ExchangeFailed,
    Limits,
    Record,
    Server,
    Written,
    changed_since,
    connect,
    patient_id,
    read_patient,
    scopes,
    write,
)
from service.client.places import on_the_server
from service.client.reading import Progress
from service.evidence import When
from service.fhir_mapping.inbound.parameters import Question, time
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.languages import in_language
from service.language import speaking
from service.pipeline import Site, answered
from service.problems import Rejected

_EXAMPLES = """
examples:
  A sandbox that asks nobody, the report to read:
    spinemets pull --server https://hospital.example/fhir --patient 123 --format text
  A token in the environment, and the results written back:
    spinemets pull --server https://hospital.example/fhir --patient 123 --token-env FHIR_TOKEN --write-back
  SMART Backend Services, with a key whose public half is registered with the server:
    spinemets pull --server https://hospital.example/fhir --patient 123 --client-id spine --key spine.pem --key-id k1

The answer goes to standard output; what was read and written, and what the server does not offer, to standard error.
Exit code 0, or 2 with one line on standard error: then nothing is on standard output, and nothing half-written on the
server. It may be run again at any time; what the server holds already is not written twice.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "pull",
        help="assess a patient of a FHIR server",
        description="Reads the record of one patient from a FHIR R4 server, assesses it, and with --write-back makes "
        "the server hold the answer: what is new is created, what has changed is updated, what no longer holds is "
        "marked so, all in one transaction.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--server", required=True, metavar="URL", help="base address of the server, of https")
    parser.add_argument("--patient", required=True, metavar="ID", help="id of the Patient on that server")
    parser.add_argument("--write-back", action="store_true", help="write the results to the server")
    parser.add_argument(
        "--since",
        metavar="TIME",
        help="do nothing, and say so, if nothing of the record has changed since, such as 2026-10-01T00:00:00Z",
    )
    _add_assessment(parser)
    group = access.add(parser, "the types that are read and, with it, written")
    group.add_argument("--page-size", type=int, default=200, metavar="N", help="resources in a page (default: 200)")
    parser.set_defaults(run=_run)


def _add_assessment(parser: argparse.ArgumentParser) -> None:
    asked = parser.add_argument_group("assessment, as in spinemets assess")
    asked.add_argument("--as-of", metavar="TIME", help="time of the assessment (default: today in UTC)")
    asked.add_argument(
        "--assume-complete", action="store_true", help="declare that what the record does not mention is absent"
    )
    site.add(asked)
    asked.add_argument("--format", choices=("fhir", "text"), default="fhir", help="fhir: a Bundle; text: a report")
    site.add_language(asked)


def _run(options: argparse.Namespace) -> int:
    try:
        return _pull(options)
    except ExchangeFailed as failed:
        raise Failure(str(failed)) from None


def _pull(options: argparse.Namespace) -> int:
    # All that can be wrong with the call is said before a word goes over the network.
    patient = patient_id(options.patient)
    if not 1 <= options.page_size <= 10_000:
        raise Failure("--page-size: a number from 1 to 10000.")
    here, policy = site.of(options)
    question = _question(options, policy)
    since = _instant(options.since) if options.since else None
    server = connect(
        options.server,
        access.auth(options, scopes(write=options.write_back)),
        Limits(page_size=options.page_size),
        reach=access.reach(options),
        insecure_http=options.insecure_http,
    )
    if since and not changed_since(server, patient, since):
        print("nothing has changed since then; nothing was read or written", file=sys.stderr)
        return 0
    with _progress() as progress:
        record = read_patient(server, patient, progress=progress)
    assessment = _assess(record, question, here)
    written = write(server, patient, answer(assessment, "transaction")) if options.write_back else None
    print("\n".join(_summary(server, record, written)), file=sys.stderr)
    if options.format == "text":
        with speaking(options.language):
            sys.stdout.write(report.text(assessment))
    else:
        option = orjson.OPT_APPEND_NEWLINE | orjson.OPT_INDENT_2
        sys.stdout.buffer.write(orjson.dumps(in_language(answer(assessment), options.language), option=option))
    sys.stdout.flush()
    return 0


def _question(options: argparse.Namespace, policy: str | None) -> Question:
    """What is asked of the record that is still to be read."""
    as_of = _time(options.as_of, "--as-of") if options.as_of is not None else None
    return Question(None, as_of, options.assume_complete, policy)


def _time(given: str, option: str) -> When:
    try:
        return time(given, option)
    except Rejected as rejected:
        raise Failure(f"{option}: {rejected.problems[0].message}") from None


def _instant(given: str) -> str:
    """A time as a search takes it: a day, or an instant with its zone."""
    return _time(given, "--since").text


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on standard error that is gone when the work is done; none where nobody looks."""
    with tqdm(unit=" resources", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr) as bar:

        def show(kind: str, number: int) -> None:
            bar.set_description(kind, refresh=False)
            bar.update(number - bar.n)

        yield show


def _assess(record: Record, asked: Question, here: Site) -> Assessment:
    try:
        return answered(replace(asked, bundle=record.bundle), datetime.now(UTC).date(), here)
    except Rejected as rejected:
        first, *more = rejected.problems
        others = f" (and {len(more)} more)" if more else ""
        where = on_the_server(first.expression, record)
        raise Failure(f"the record cannot be assessed: {where}: {first.message}{others}") from None


def _summary(server: Server, record: Record, written: Written | None) -> Iterator[str]:
    yield f"server   {server.capability.software or 'without a name'}, FHIR {server.capability.fhir_version}"
    yield "read     " + ", ".join(f"{kind} {number}" for kind, number in record.counts.items())
    if record.own:
        yield f"left out {record.own} results that were written from here earlier"
    yield from (f"note     {note}" for note in record.notes)
    if written is None:
        return
    numbers = ("created", "updated", "unchanged", "withdrawn")
    yield "written  " + ", ".join(f"{name} {getattr(written, name)}" for name in numbers)
    yield from (f"note     {note}" for note in written.notes)
