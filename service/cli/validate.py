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
The table has one row for each patient and model; docs/validation.md defines its columns. OUT has to be new or empty,
but for the folder recalibrations, which is only ever added to. What is written holds no patient:
identifiers tell rows apart, and go nowhere.

examples:
  spinemets validate cohort.parquet report
  spinemets validate cohort.csv report --bootstrap 1000 --recalibrate katagiri-revised
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
    parser.add_argument("table", metavar="TABLE", help="a Parquet file (.parquet) or CSV with commas")
    parser.add_argument("out", metavar="OUT", help="a folder for the results, new or empty")
    parser.add_argument("--bootstrap", type=int, default=200, metavar="N", help="draws for intervals (default: 200)")
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
    out = Path(options.out)
    if out.exists() and (not out.is_dir() or any(path.name != "recalibrations" for path in out.iterdir())):
        raise Failure("OUT: it holds something already: name a new folder.")
    try:
        # Other commands do without the packages of the extra, and are quick for it.
        from service.validation import evaluating  # noqa: PLC0415
    except ImportError as error:
        raise Failure(f"the package {error.name} is missing: pip install 'spinemets-cds[validation]'") from None
    try:
        said = evaluating.evaluated(
            Path(options.table),
            out,
            datetime.now(UTC).date(),
            evaluating.Asked(
                options.bootstrap, options.seed, options.smallest_cell, options.recalibrate, options.min_events
            ),
        )
    except evaluating.TableRefused as refused:
        raise Failure(f"TABLE: {refused}") from None
    except evaluating.RecalibrationRefused as refused:
        raise Failure(f"--recalibrate: refused: {refused}. The report is written.") from None
    except OSError as error:
        raise Failure(f"a file cannot be read or written: {error.strerror}") from None
    print("\n".join(said), file=sys.stderr)
    return 0
