"""``spinemets audit``: checks the audit trail, sets its file aside, looks a patient up in it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from service.audit import (
    BadKey,
    Broken,
    Key,
    Row,
    Unwritable,
    check,
    key_beside,
    last_row,
    person_named,
    read_key,
    rotate,
    rows,
)
from service.audit.event import hashes_in
from service.cli import audit_sending
from service.cli.failure import Failure

_EXAMPLES = """
examples:
  Is the trail whole, those parts included that were set aside?
    spinemets audit verify audit-20260801T000000Z.jsonl audit.jsonl
  Note its end elsewhere, and later see that nothing up to there was cut off:
    spinemets audit last audit.jsonl
    spinemets audit verify audit.jsonl --last HASH
  Who has asked about a patient?
    spinemets audit find audit.jsonl --patient 'https://hospital.example/mrn|4711'
  Send what is new to a FHIR server, and go on doing so:
    spinemets audit send audit.jsonl --server https://hospital.example/fhir --token-env FHIR_TOKEN --follow
"""
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "audit",
        help="check, send and search the audit trail",
        description="Works on the file that SPINEMETS_AUDIT names, while the server goes on writing it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_verify(actions)
    last = actions.add_parser(
        "last",
        help="the number and the hash of the last row, to be noted elsewhere",
        description="Prints the number and the hash of the last row. Note them where those who can write the trail "
        "cannot: what is cut off at the end shows by nothing else.",
    )
    last.add_argument("file", metavar="FILE", type=Path)
    last.set_defaults(run=_last)
    aside = actions.add_parser(
        "rotate",
        help="set the file aside and begin a new one",
        description="Sets the file aside under a name with the time, and begins a new one that goes on with the chain. "
        "The server need not be stopped. Prints the name.",
    )
    aside.add_argument("file", metavar="FILE", type=Path)
    aside.set_defaults(run=_rotate)
    _add_find(actions)
    audit_sending.add(actions)


def _add_verify(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    verify = actions.add_parser(
        "verify",
        help="see whether a trail is whole",
        description="Sees whether every row is as it was written, none is missing and none was added. Exit code 0, or "
        "2 with the first line that is wrong on standard error.",
    )
    verify.add_argument("files", metavar="FILE", type=Path, nargs="+", help="the files of a trail, oldest first")
    verify.add_argument("--last", metavar="HASH", type=_hash, help="a hash that was noted, which must be in the trail")
    verify.add_argument(
        "--after", metavar="HASH", type=_hash, help="the hash of the last row of an older file that is not there"
    )
    verify.set_defaults(run=_verify)


def _add_find(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    find = actions.add_parser(
        "find",
        help="the events about a patient",
        description="Prints the events about a patient, one on each line. It needs the key by which patients are "
        "hashed. The trail is not verified: do that first.",
    )
    find.add_argument("files", metavar="FILE", type=Path, nargs="+", help="the files of a trail, oldest first")
    find.add_argument(
        "--patient",
        metavar="NAME",
        required=True,
        help="SYSTEM|VALUE of an identifier, the address of the Patient on its server, or its id there; - reads it "
        "from standard input, so that it is in no list of processes",
    )
    find.add_argument("--key", metavar="FILE", type=Path, help="the key (default: FILE.key beside the last file)")
    find.set_defaults(run=_find)


def _hash(given: str) -> str:
    if not _HASH.fullmatch(given):
        raise argparse.ArgumentTypeError("a hash has 64 hexadecimal digits")
    return given


def _verify(options: argparse.Namespace) -> int:
    try:
        found = check(options.files, after=options.after, last=options.last)
    except Broken as broken:
        raise Failure(str(broken)) from None
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None
    print(f"whole: rows {found.first} to {found.last}, last hash {found.hash}")
    if found.torn:
        print(f"note: writes that were cut off, each noted by the row after it: {found.torn}", file=sys.stderr)
    if found.open_end:
        print("note: the last write is under way, or was cut off; the next row will say so", file=sys.stderr)
    return 0


def _last(options: argparse.Namespace) -> int:
    try:
        row = last_row(options.file)
    except Unwritable as error:
        raise Failure(f"{options.file}: {error}") from None
    if row is None:
        raise Failure(f"{options.file}: there is no row in it.")
    print(row.number, row.hash)
    return 0


def _rotate(options: argparse.Namespace) -> int:
    try:
        print(rotate(options.file, datetime.now(UTC)))
    except Unwritable as error:
        raise Failure(str(error)) from None
    return 0


def _find(options: argparse.Namespace) -> int:
    try:
        key = read_key(options.key or key_beside(options.files[-1]))
    except BadKey as error:
        raise Failure(str(error)) from None
    wanted = key.hashed(person_named(sys.stdin.readline() if options.patient == "-" else options.patient))
    others = 0
    for row in _all(options.files):
        hashes = list(hashes_in(row.event))
        if any(each == wanted for each, _ in hashes):
            sys.stdout.buffer.write(orjson.dumps(row.event) + b"\n")
        others += any(_is_of_another(sign, key) for _, sign in hashes)
    sys.stdout.flush()
    if others:
        print(
            f"note: the patients of {others} events are hashed with another key; look again with that one",
            file=sys.stderr,
        )
    return 0


def _is_of_another(sign: str, key: Key) -> bool:
    return sign != key.sign


def _all(files: list[Path]) -> Iterator[Row]:
    try:
        for file in files:
            with file.open("rb") as opened:
                yield from rows(opened)
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None
