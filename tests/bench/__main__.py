"""``make bench``, or ``python -m tests.bench``: every figure of docs/performance.md from one run."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any

from service import KNOWLEDGE_VERSION
from tests.bench import history, serving
from tests.bench.figures import SECTIONS, SIZES, Section

_DESCRIPTION = """
Measures what the service costs, mostly as ratios to something simpler that is measured beside it in the same run:

  assessment  bytes in, bytes out, to orjson.loads of the same bytes; 50 to 50,000 entries; no HTTP
  http        calls a second to those of an echo under the same gunicorn configuration
  cds         calls of CDS Hooks to those of an echo, and to those of HealthChain with the same cards
  start       from a cold start to ready, and imports
  memory      peak of an assessment to that of orjson.loads; a worker after its start and after 1,000 calls
  cohort      a Bulk Data export to a table, to reading and decoding its lines

Times are CPU time where nothing waits, so other work on the machine moves them little; calls a second are wall time,
with what the load client took of a processor beside them. Let the machine do nothing else.

Each section adds a line to tests/bench/history.jsonl, is compared with its last line of the same kind of machine, and
is drawn into docs/images/performance.svg. Commit both if the figures are worth keeping. Nothing fails for being slow.
"""
_EPILOG = """
examples:
  make bench                                                       everything, five to six minutes on two processors
  make bench BENCH_ARGS='--quick'                                  a first look, about two minutes
  python -m tests.bench --only assessment --entries 50 500         where an assessment stands
  python -m tests.bench --only assessment --records synthea/fhir   the same over records of your own
  python -m tests.bench --write-docs                               also renew the tables of docs/performance.md
"""


def main() -> int:
    options = _options()
    serving.end_with_this_process()
    began = monotonic()
    print(f"Knowledge {KNOWLEDGE_VERSION}, Python {platform.python_version()}, orjson {version('orjson')}, ", end="")
    print(f"{os.cpu_count()} processors")
    depth = "SMALLEST" if options.smallest else "QUICK" if options.quick else "FULL"
    keeps = not (options.smallest or options.no_history or options.entries or options.lesions != 1)
    past = history.read() if keeps else []
    runs = _runs(options, depth)
    done: list[Section] = []
    now: list[dict[str, Any]] = []
    for number, name in enumerate(options.only, 1):
        print(f"[{number}/{len(options.only)}] {name}, {monotonic() - began:.0f} s so far", file=sys.stderr, flush=True)
        done.append(runs[name]())
        if keeps:
            now.append(history.line_of(done[-1], quick=options.quick))
            history.append(now[-1:])
    _say(done, monotonic() - began)
    if keeps:
        _compare(past, now)
        _draw([*past, *now], tables=options.write_docs)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", type=_sections, metavar="NAMES", help=f"sections with commas: {','.join(SECTIONS)}")
    parser.add_argument("--quick", action="store_true", help="few rounds: a first look, not figures to quote")
    parser.add_argument("--smallest", action="store_true", help="one round of next to nothing, to see that it runs")
    parser.add_argument(
        "--records",
        type=Path,
        metavar="FOLDER",
        help="measure assessments of these JSON Bundles as well, such as Synthea's; they are only read",
    )
    parser.add_argument(
        "--entries",
        type=int,
        nargs="+",
        choices=SIZES,
        metavar="N",
        help=f"assessments of these sizes alone ({', '.join(map(str, SIZES))}); without --only, nothing else",
    )
    parser.add_argument(
        "--lesions",
        type=int,
        choices=range(1, 4),
        default=1,
        help="in each record (default: 1, the only ones in the history)",
    )
    parser.add_argument("--no-validation", action="store_true", help="leave out the R4B validation, which is slow")
    parser.add_argument("--no-history", action="store_true", help="keep nothing of this run, and draw nothing")
    parser.add_argument("--write-docs", action="store_true", help="renew the tables of docs/performance.md as well")
    options = parser.parse_args()
    options.only = options.only or (("assessment",) if options.entries else SECTIONS)
    return options


def _sections(given: str) -> tuple[str, ...]:
    names = given.split(",")
    if unknown := set(names) - set(SECTIONS):
        raise argparse.ArgumentTypeError(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    return tuple(name for name in SECTIONS if name in names)


def _runs(options: argparse.Namespace, depth: str) -> dict[str, Callable[[], Section]]:
    """What runs each section; a section is loaded when it runs, for memory is measured of fresh processes alone."""
    from tests.bench import assessment, cds, cohort, given, memory, over_http, starting  # noqa: PLC0415  # as --help is quick

    def assess() -> Section:
        how = replace(getattr(assessment, depth), lesions=options.lesions)
        if options.no_validation:
            how = replace(how, validations={})
        if options.entries:
            how = replace(how, rounds={each: assessment.FULL.rounds[each] for each in options.entries})
        found = assessment.run(how)
        if options.records:
            given.run(options.records)
        return found

    def run(module: ModuleType) -> Callable[[], Section]:
        return lambda: module.measure(getattr(module, depth))

    return {
        "assessment": assess,
        "http": run(over_http),
        "cds": run(cds),
        "start": run(starting),
        "memory": lambda: memory.run(getattr(memory, depth)),
        "cohort": run(cohort),
    }


def _say(done: list[Section], seconds: float) -> None:
    """What was missed and left out."""
    print(f"\n{seconds:.0f} s in all.")
    for section in done:
        for missed in section.missed():
            print(f"Missed: {section.name}, {missed}")
        for reason in section.left_out:
            print(f"Left out: {section.name}, {reason}")


def _compare(past: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]]) -> None:
    """What got worse since the last run."""
    changes = [*history.worse(past, now)]
    if changes:
        print("Worse by more than a tenth than in the last run of the same kind on such a machine:")
    for change in changes:
        print(f"  {change}")


def _draw(lines: Sequence[dict[str, Any]], *, tables: bool) -> None:
    from tests.bench import page, picture  # noqa: PLC0415  # matplotlib is only needed here

    picture.write(lines)
    if tables:
        page.write(lines)
    print("Kept in tests/bench/history.jsonl, drawn in docs/images/performance.svg.")


if __name__ == "__main__":
    raise SystemExit(main())
