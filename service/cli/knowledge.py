"""``spinemets knowledge``: the scores and rules with their sources."""

from __future__ import annotations

import argparse
import sys

from service.cli.failure import Failure
from service.knowledge import content, markdown


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "knowledge",
        help="print the scores and rules with their sources",
        description="Prints what the answers rest on, as Markdown: each score as its paper prints it, with how a line "
        "is read in a record, its bands and figures, how it did in patients and where sources disagree; the primary "
        "tumours, NOMS, the emergencies and conversions; and every source. It is made from the data that computes. "
        "Without SECTION: an overview and the names there are. Exit code 0, or 2 for a name that there is not, with "
        "one line on standard error.",
        epilog="Examples: spinemets knowledge sins; spinemets knowledge tumours; spinemets knowledge --all",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "section", nargs="?", metavar="SECTION", help="the code of a score, such as sins, or another name, such as noms"
    )
    which.add_argument("--all", action="store_true", help="print the whole document")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if options.all:
        sys.stdout.write(markdown.whole())
        return 0
    name = "overview" if options.section is None else options.section
    section = content.by_id().get(name)
    if section is None:
        raise Failure(f"there is no section {name!r} of the knowledge; there are {', '.join(content.by_id())}")
    sys.stdout.write(markdown.render([content.alone(section)]))
    if options.section is None:
        sys.stdout.write(f"\n{markdown.names()}")
    return 0
