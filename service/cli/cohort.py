"""``spinemets cohort``: a FHIR Bulk Data export to Parquet, a row for each patient and lesion."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from service import policies
from service.cli import site
from service.cli.failure import Failure
from service.fhir_mapping.inbound.parameters import time
from service.fhir_mapping.terminology.own_maps import BadMaps, load
from service.policy import DEFAULT
from service.problems import Rejected
from service.tabular import TableRefused

if TYPE_CHECKING:  # it needs pyarrow, which only this command does
    from contextlib import AbstractContextManager

    from service.cohort.manifest import Bounds
    from service.cohort.running import Engine
    from service.cohort.summary import Summary

_MEGABYTE = 1024 * 1024
_MOST = 2048
"""Of any number: of megabytes, a line has to fit into what is written of it."""
_ENGINES = ("local", "spark")
_LOOK = 1
"""The exit code where the run is finished and somebody has to look at something."""
_INTERRUPTED = 130
_DESCRIPTION = """
Reads every file of the folder EXPORT, whatever its name, packed with gzip or not, and of whatever types: a line is a
resource. Writes Parquet files to the folder --out: a row for each patient and lesion of the spine with every score as a
range, the plan, emergencies, what is missing, conflicts and the evidence; a patient without a lesion has one row that
says why. The columns are in docs/cohort.md.

Two passes: every line goes to its patient, then the patients are assessed one by one. Memory is bounded, about
--part-megabytes and 250 MB for each process; the disk has to hold what is needed of the export once more, in
--out. A run that was stopped, at whatever moment, goes on where it was when the same command is given again, and two
runs of one export give equal files.

Lines that cannot be used (no JSON, no patient, broken off, ...) are in _kept-aside.ndjson of --out with their file and
line. A patient whose record is refused has a row with the reason. At the end every line of the export is accounted for.
The folder holds data of patients: its files can be read by their owner only.
"""
_EPILOG = """
exit code:
  0    every patient was assessed, and every line used that is needed
  1    the run is finished; some patients could not be assessed, or lines were kept aside: the summary says how many
  2    bad input, with one line on standard error
  130  interrupted; the same command goes on

examples:
  spinemets cohort export --out cohort --as-of 2026-10-01
  spinemets cohort export --out study --index-dates outcomes.csv
  spinemets cohort export --out strict --policy ours.json --processes 8 --quiet
  python -c 'import pandas; print(pandas.read_parquet("cohort").groupby("sins_band").size())'
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "cohort",
        help="assess a Bulk Data export into a table",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("export", metavar="EXPORT", type=Path, help="the folder of an export, with the folders in it")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="the folder to write to, new or that of a stopped run"
    )
    parser.add_argument(
        "--as-of",
        metavar="TIME",
        help="time of the assessments, such as 2026-10-01; later findings are left out (default: today in UTC; of a "
        "run that was stopped, the day on which it began)",
    )
    parser.add_argument(
        "--index-dates",
        metavar="FILE",
        type=Path,
        help="in place of --as-of: a CSV or Parquet with the columns patient and index_date; each patient is assessed "
        "at the own day, and who is not in it has a row that says so",
    )
    parser.add_argument(
        "--assume-complete",
        action="store_true",
        help="declare that what a record does not mention (metastases, deficits, earlier treatment) is absent",
    )
    site.add_files(parser)
    parser.add_argument(
        "--processes",
        metavar="N",
        type=_number,
        default=_processors(),
        help="at a time (default: %(default)s, as many as processors)",
    )
    parser.add_argument(
        "--engine",
        choices=_ENGINES,
        default=_ENGINES[0],
        help="where it runs: local, in processes of this machine; spark, on Apache Spark. The files are the same "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--master",
        metavar="URL",
        default="local[*]",
        help="with --engine spark: the cluster, such as spark://host:7077; every machine of it has to see EXPORT and "
        "--out, and to have spinemets-cds[spark] (default: %(default)s, this machine)",
    )
    parser.add_argument(
        "--part-megabytes",
        metavar="N",
        type=_number,
        default=64,
        help="lines that a process holds at a time, and by that the number of Parquet files (default: %(default)s)",
    )
    parser.add_argument(
        "--patient-megabytes",
        metavar="N",
        type=_number,
        default=64,
        help="the largest record of a patient that is read (default: %(default)s)",
    )
    parser.add_argument(
        "--longest-line",
        metavar="MEGABYTES",
        type=_number,
        default=64,
        help="the longest line that is read (default: %(default)s)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no summary")
    parser.set_defaults(run=_run)


def _number(given: str) -> int:
    if not given.isascii() or not given.isdigit() or len(given) > 4 or not 0 < int(given) <= _MOST:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {_MOST}")
    return int(given)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(options: argparse.Namespace) -> int:
    try:
        from service.cohort import running as _  # noqa: F401, PLC0415  # it needs pyarrow
    except ModuleNotFoundError as missing:
        if missing.name != "pyarrow":
            raise
        raise Failure(
            "cohort writes Parquet, and pyarrow is not installed. Run: pip install 'spinemets-cds[cohort]'"
        ) from None
    from service.cohort.manifest import Bounds  # noqa: PLC0415

    bounds = Bounds(
        longest_line=options.longest_line * _MEGABYTE,
        part_bytes=options.part_megabytes * _MEGABYTE,
        patient_bytes=options.patient_megabytes * _MEGABYTE,
    )
    try:
        summary = _summary(options, bounds)
    except KeyboardInterrupt:
        print("spinemets: stopped. The same command goes on where it was.", file=sys.stderr)
        return _INTERRUPTED
    if not options.quiet:
        print("\n".join(summary.text()))
    return 0 if summary.whole else _LOOK


def _summary(options: argparse.Namespace, bounds: Bounds) -> Summary:
    from service.cohort.assessing import ChangedMaps, Setup  # noqa: PLC0415  # as above
    from service.cohort.indexing import given  # noqa: PLC0415
    from service.cohort.manifest import CannotRun, earlier  # noqa: PLC0415
    from service.cohort.running import EngineFailed, run  # noqa: PLC0415
    from service.cohort.sorting import ChangedExport  # noqa: PLC0415
    from service.cohort.summary import Unbalanced  # noqa: PLC0415

    if options.as_of is not None and options.index_dates:
        raise Failure("--index-dates: each patient has a day of its own by it. Give it without --as-of.")
    try:
        begun = earlier(options.out)
        today = str(begun["as_of"]) if begun else datetime.now(UTC).date().isoformat()
        setup = Setup(
            as_of=time(options.as_of, "--as-of").text if options.as_of is not None else today,
            policy=policies.load(options.policy) if options.policy else DEFAULT,
            assume_complete=options.assume_complete,
            maps=options.maps,
            maps_version=load(options.maps).terminology.version,
            index_dates=given(options.index_dates) if options.index_dates else None,
        )
        bar = None if options.quiet else _Bar()
        return run(options.export, options.out, setup, bounds=bounds, engine=_engine(options), progress=bar)
    except (CannotRun, ChangedExport, ChangedMaps, EngineFailed, Unbalanced, BadMaps, policies.BadPolicy) as error:
        raise Failure(str(error)) from None
    except TableRefused as refused:
        raise Failure(f"--index-dates: {refused}") from None
    except Rejected as rejected:
        raise Failure(f"{rejected.problems[0].expression}: {rejected.problems[0].message}") from None
    except BrokenProcessPool:
        raise Failure(
            "a process was killed, mostly for the memory that it took. The same command with fewer --processes goes on "
            "where it was."
        ) from None
    except OSError as error:
        raise Failure(
            f"{error.filename or options.out}: {error.strerror}. Mend it; the same command goes on."
        ) from None


def _engine(options: argparse.Namespace) -> AbstractContextManager[Engine]:
    if options.engine == "local":
        from service.cohort.local import local  # noqa: PLC0415  # as above

        return local(options.processes)
    from service.cohort.manifest import WORK  # noqa: PLC0415

    try:
        from service.cohort.spark import spark  # noqa: PLC0415  # it needs pyspark
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise Failure(
            "the engine spark needs PySpark, which is not installed. Run: pip install 'spinemets-cds[spark]'"
        ) from None
    return spark(options.master, options.out / WORK)


class _Bar:
    """The progress, on a terminal only."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def begin(self, stage: str, total: int) -> None:
        if self._bar is not None:
            self._bar.close()
        counts_bytes = stage == "reading"
        self._bar = tqdm(
            desc=stage, total=total, unit="B" if counts_bytes else "part", unit_scale=counts_bytes, disable=None
        )

    def advance(self, done: int) -> None:
        if self._bar is not None:
            self._bar.update(done)
            if self._bar.n >= (self._bar.total or 0):
                self._bar.close()
