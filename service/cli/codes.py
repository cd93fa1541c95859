"""``spinemets codes``: which code means what, what a site's own maps change, and which codes no map knows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import orjson
from tqdm import tqdm

from service.cli.failure import Failure
from service.fhir_mapping.terminology import Terminology
from service.fhir_mapping.terminology.layering import Layered, Outcome
from service.fhir_mapping.terminology.own_maps import BadMaps, load
from service.fhir_mapping.terminology.senses import feeding, senses
from service.fhir_mapping.terminology.systems import TITLES, UNREAD, named
from service.fhir_mapping.terminology.unknown import Seen, skeleton, unknown
from service.findings import FINDINGS

#: From so many files on, a bar shows how far it is.
_MANY = 20


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "codes",
        help="print which code means what, and which codes of a record are not known",
        description="Without CODE: every finding with the codes that feed it. With CODE: what it means, and by which "
        "map. With --maps alone: what a site's own ConceptMaps change. With --unknown: the codes of the records that "
        "no map knows. Exit code 0, or 2 on bad input with one line on standard error.",
        epilog="Examples: spinemets codes C79.51; spinemets codes 'http://snomed.info/sct|94602001'; "
        "spinemets codes --unknown record.json --skeleton > maps/ours.json; spinemets codes --maps maps",
    )
    parser.add_argument("code", nargs="*", metavar="CODE", help="a code, or system|code to say of which system")
    parser.add_argument("--maps", metavar="DIR", type=Path, help="a folder of ConceptMaps to put on top")
    parser.add_argument("--unknown", nargs="+", metavar="RECORD", help="records as JSON or NDJSON")
    parser.add_argument(
        "--skeleton", action="store_true", help="with --unknown: print a ConceptMap to fill in, and no table"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        in_force = load(options.maps)
    except BadMaps as error:
        raise Failure(str(error)) from None
    if options.skeleton and not options.unknown:
        raise Failure("--skeleton needs --unknown with the records to read")
    if options.unknown:
        _print_unknown(_seen(options.unknown, in_force.terminology), skeleton_only=options.skeleton)
    for code in options.code:
        _print_code(in_force.terminology, code)
    if not options.unknown and not options.code:
        _print_report(in_force) if options.maps else _print_all(in_force.terminology)
    return 0


def _print_all(terms: Terminology) -> None:
    feeds = feeding(terms)
    for finding in FINDINGS.values():
        print(f"{finding.code}  {finding.title}")
        for system, codes in feeds[finding.code].items():
            print(f"    {system}: {' '.join(codes)}")


def _print_code(terms: Terminology, code: str) -> None:
    system, bar, symbol = code.rpartition("|")
    if bar and system:
        found = [(system, symbol)]
    else:
        found = [(name, symbol) for name in TITLES if name not in UNREAD and terms.is_known(name, symbol)]
    known = False
    for name, plain in found:
        said = senses(terms, name, plain)
        known = known or bool(said)
        if said:
            print(f"{named(name)}|{plain.strip()} ({TITLES.get(named(name), 'a code system of the site')})")
        for sense in said:
            print(f"    {sense.words()}    [{sense.map}]")
    if not known:
        print(f"{code}: no map knows it")


def _print_report(layered: Layered) -> None:
    for change in layered.changes:
        if change.outcome is not Outcome.SAME:
            print(change.line())
    counts = ", ".join(f"{count} {outcome}" for outcome, count in layered.counts().items())
    maps = "map" if len(layered.names) == 1 else "maps"
    print(f"{len(layered.names)} {maps}: {counts}; version of the maps in force: {layered.terminology.version}")


def _seen(names: list[str], terms: Terminology) -> list[Seen]:
    bar = tqdm(names, unit="file", disable=None if len(names) >= _MANY else True)
    return unknown((_read(name) for name in bar), terms)


def _read(name: str) -> list[object]:
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        if name.endswith(".ndjson"):
            return [orjson.loads(line) for line in body.splitlines() if line.strip()]
        return [orjson.loads(body)]
    except OSError as error:
        raise Failure(f"{name}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise Failure(f"{name}: not JSON: {error}") from None


def _print_unknown(found: Iterable[Seen], *, skeleton_only: bool) -> None:
    listed = list(found)
    if skeleton_only:
        sys.stdout.buffer.write(orjson.dumps(skeleton(listed), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        sys.stdout.flush()
        return
    for seen in listed:
        note = f"    [{UNREAD[seen.system]} is not read]" if seen.system in UNREAD else ""
        print(f"{seen.count:6}  {seen.element}  {seen.system or '(no system)'}|{seen.code}  {seen.display}{note}")
    print("1 code that no map knows" if len(listed) == 1 else f"{len(listed)} codes that no map knows")
