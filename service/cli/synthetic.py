"""``spinemets synthetic``: a cohort with known truth, to try an evaluation on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from service.cli.failure import Failure
from service.validation.export import write
from service.validation.laws import NoLaw, Shift
from service.validation.synthetic import SURVIVAL_MODELS, Design


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "synthetic",
        help="make a cohort whose truth is known",
        description="Makes patients who were never there: their findings, what a survival model says of them, and how "
        "long they live by what that model publishes. Writes table.csv for spinemets validate, the records as "
        "fhir/*.ndjson, and truth.json into a new folder. The same seed gives the same bytes.",
    )
    parser.add_argument("out", metavar="OUT", help="a folder that is not there yet")
    parser.add_argument("--patients", type=int, required=True, metavar="N", help="number of patients")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="a whole number (default: 0)")
    parser.add_argument("--model", required=True, metavar="NAME", help=f"the truth: {', '.join(SURVIVAL_MODELS)}")
    parser.add_argument(
        "--also", action="append", default=[], metavar="NAME", help="a further model that predicts the same patients"
    )
    parser.add_argument(
        "--censoring", type=float, default=0.05, metavar="RATE", help="share lost from sight in a year (default: 0.05)"
    )
    parser.add_argument(
        "--missing", type=float, default=0.0, metavar="RATE", help="probability of a finding to be missing (default: 0)"
    )
    parser.add_argument(
        "--miscalibration",
        default="1,0",
        metavar="SLOPE,INTERCEPT",
        help="how the truth departs from the model, on the logit of having died (default: 1,0)",
    )
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        slope, intercept = (float(part) for part in options.miscalibration.split(","))
    except ValueError:
        raise Failure("--miscalibration: two numbers with a comma, such as 0.7,0.3") from None
    try:
        design = Design(
            options.model,
            options.patients,
            options.seed,
            options.censoring,
            Shift(slope, intercept),
            options.missing,
            tuple(options.also),
        )
        shares = write(design, Path(options.out))
    except NoLaw as none:
        raise Failure(f"--model: {none}; it can be given with --also") from None
    except ValueError as wrong:
        raise Failure(str(wrong)) from None
    except OSError as error:
        raise Failure(f"OUT: {error.strerror}") from None
    print(", ".join(f"{code} {n}" for code, n in shares.items()), file=sys.stderr)
    return 0
