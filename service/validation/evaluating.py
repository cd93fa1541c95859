"""The whole of ``spinemets validate``: a table, or a cohort and outcomes, in; a folder out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tqdm import tqdm

from service.policies.recalibrations import MIN_EVENTS
from service.tabular import TableRefused
from service.validation.comparison import compare
from service.validation.evaluation import evaluate
from service.validation.outcomes import recorded, stated
from service.validation.page import About
from service.validation.recalibration import RecalibrationRefused, fit, keep
from service.validation.samples import by_model
from service.validation.summary import summarised
from service.validation.table import Table, read
from service.validation.writing import write

__all__ = ["Asked", "RecalibrationRefused", "TableRefused", "evaluated", "table_of"]


@dataclass(frozen=True)
class Asked:
    """What is asked of an evaluation."""

    draws: int = 200
    seed: int = 1
    smallest: int = 5
    recalibrate: str | None = None
    min_events: int = MIN_EVENTS


def table_of(source: Path, cohort: Path | None, today: date) -> Table:
    """The table in a file; or of a cohort, with the outcomes in a file or in the folder of a Bulk Data export.

    Raises:
        TableRefused: something in it is wrong.
        OSError: a file cannot be read.
    """
    if cohort is None:
        return read(source, today)
    from service.validation.joining import joined  # noqa: PLC0415  # it needs pyarrow, which a CSV does not

    outcomes = recorded(source, today) if source.is_dir() else stated(source, today)
    return joined(cohort, outcomes, today)


def evaluated(table: Table, out: Path, today: date, asked: Asked) -> list[str]:
    """Evaluates a table and writes the folder; gives the lines to say.

    Raises:
        TableRefused: nothing in the table can be evaluated; nothing is written.
        RecalibrationRefused: it is not enough to recalibrate; the report is written.
        OSError: a file cannot be written.
    """
    models = by_model(table)
    if not any(len(data.rows) for data in models):
        raise TableRefused(["no row has an end_date: give the day of death or of the last contact"])
    if asked.recalibrate is not None and asked.recalibrate not in {data.model for data in models}:
        raise TableRefused(["--recalibrate names a model that the table does not have"])
    shown = tqdm(models, desc="models", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr)
    evaluations = [evaluate(data, asked.draws, asked.seed, asked.smallest) for data in shown]
    comparison = compare(models, asked.draws, asked.seed)
    out.mkdir(parents=True, exist_ok=True)
    about = About(
        made=today.isoformat(),
        data_sha256=table.fingerprint,
        seed=asked.seed,
        draws=asked.draws,
        smallest=asked.smallest,
        unread=", ".join(table.unread),
        synthetic=table.synthetic,
    )
    write(out, evaluations, comparison, about, table.balance)
    said = [summarised(evaluations, comparison).verdict]
    if asked.recalibrate is not None:
        data = next(data for data in models if data.model == asked.recalibrate)
        lines = fit(data, max(asked.draws, 1), asked.seed, asked.min_events)
        made = {"synthetic": True} if table.synthetic else {}
        how = {"seed": asked.seed, "draws": asked.draws, **made}
        kept = keep(out / "recalibrations", data, lines, table.fingerprint, today, **how)
        said.append(f"recalibrated: recalibrations/{kept.name}")
    return said
