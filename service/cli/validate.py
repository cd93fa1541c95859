"""``spinemets validate``: the survival models against the outcomes of a hospital."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from service.cli.failure import Failure

#: Draws of patients for the intervals; more than the second take hours.
_DRAWS = (0, 10_000)
_EXAMPLES = """
With --cohort, the scores are those of a folder that spinemets cohort wrote, and OUTCOMES says what became of the
patients: a CSV with the columns patient, end_date, died and, if there is one, index_date; or the folder of the Bulk
Data export itself, whose deaths and last contacts are then taken. Without --cohort it is a table with one row for
each patient and model. docs/validation.md defines all columns. The folder for the results has to be new or empty, but
for the folder recalibrations, which is only ever added to. What is written holds no patient: identifiers tell rows
apart, and go nowhere.

examples:
  spinemets validate outcomes.csv --cohort cohort --report report
  spinemets validate export --cohort cohort --report report
  spinemets validate table.csv --report report --bootstrap 1000 --recalibrate katagiri-revised
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "validate",
        help="which survival model is right here",
        description="Compares what survival models predicted with what became of the patients: discrimination, "
        "calibration, error, net benefit, survival by class, tumour and period, with intervals. Writes report.html, "
        "results.json, tables and pictures. Needs the extra validation: pip install 'spinemets-cds[validation]'.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source", metavar="OUTCOMES", help="a Parquet file (.parquet) or CSV with commas; or the folder of an export"
    )
    parser.add_argument("out", metavar="OUT", nargs="?", help="the same as --report OUT")
    parser.add_argument("--cohort", metavar="DIR", type=Path, help="the folder that spinemets cohort wrote")
    parser.add_argument("--report", metavar="OUT", help="a folder for the results, new or empty")
    parser.add_argument(
        "--bootstrap", type=int, default=200, metavar="N", help="draws for intervals, which take 50 (default: 200)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="a whole number from 0 (default: 1)")
    parser.add_argument(
        "--smallest-cell", type=int, default=5, metavar="N", help="show no count under it; 1 shows all (default: 5)"
    )
    parser.add_argument("--recalibrate", metavar="NAME", help="fit the probabilities of a model to these patients")
    parser.add_argument(
        "--min-events", type=int, default=100, metavar="N", help="deaths by each horizon to recalibrate (at least 100)"
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if not _DRAWS[0] <= options.bootstrap <= _DRAWS[1]:
        raise Failure(f"--bootstrap: a number from {_DRAWS[0]} to {_DRAWS[1]}.")
    if not 0 <= options.seed < 2**32:
        raise Failure("--seed: a whole number from 0 to 4294967295.")
    if not 1 <= options.smallest_cell <= 1000:
        raise Failure("--smallest-cell: a number from 1 to 1000.")
    if (options.out is None) == (options.report is None):
        raise Failure("--report: name one folder for the results.")
    out = Path(options.report if options.out is None else options.out)
    if options.cohort is not None and not options.cohort.is_dir():
        raise Failure("--cohort: no such folder: name the one that spinemets cohort wrote.")
    if options.cohort is None and Path(options.source).is_dir():
        raise Failure("OUTCOMES: a folder. Name the cohort beside an export: --cohort DIR.")
    if out.exists() and (not out.is_dir() or any(path.name != "recalibrations" for path in out.iterdir())):
        raise Failure("OUT: it holds something already: name a new folder.")
    try:
        # Other commands do without the packages of the extra, and are quick for it.
        from service.validation import evaluating  # noqa: PLC0415
    except ImportError as error:
        raise Failure(f"the package {error.name} is missing: pip install 'spinemets-cds[validation]'") from None
    try:
        today = datetime.now(UTC).date()
        said = evaluating.evaluated(
            evaluating.table_of(Path(options.source), options.cohort, today),
            out,
            today,
            evaluating.Asked(
                options.bootstrap, options.seed, options.smallest_cell, options.recalibrate, options.min_events
            ),
        )
    except evaluating.TableRefused as refused:
        raise Failure(f"OUTCOMES: {refused}") from None
    except evaluating.RecalibrationRefused as refused:
        raise Failure(f"--recalibrate: refused: {refused}. The report is written.") from None
    except OSError as error:
        raise Failure(f"a file cannot be read or written: {error.strerror}") from None
    print("\n".join(said), file=sys.stderr)
    return 0
