"""The whole of ``spinemets validate``: a table in, a folder out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tqdm import tqdm

from service.validation.comparison import compare
from service.validation.evaluation import evaluate
from service.validation.recalibration import MIN_EVENTS, RecalibrationRefused, fit, keep
from service.validation.samples import by_model
from service.validation.summary import summarised
from service.validation.table import TableRefused, read
from service.validation.writing import About, write

__all__ = ["Asked", "RecalibrationRefused", "TableRefused", "evaluated"]


@dataclass(frozen=True)
class Asked:
    """What is asked of an evaluation."""

    draws: int = 200
    seed: int = 1
    smallest: int = 5
    recalibrate: str | None = None
    min_events: int = MIN_EVENTS


def evaluated(path: Path, out: Path, today: date, asked: Asked) -> list[str]:
    """Evaluates a table and writes the folder; gives the lines to say.

    Raises:
        TableRefused: the table is wrong; nothing is written.
        RecalibrationRefused: it is not enough to recalibrate; the report is written.
        OSError: a file cannot be read or written.
    """
    table = read(path, today)
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
    )
    write(out, evaluations, comparison, about)
    said = [summarised(evaluations, comparison).verdict]
    if asked.recalibrate is not None:
        data = next(data for data in models if data.model == asked.recalibrate)
        lines = fit(data, max(asked.draws, 1), asked.seed, asked.min_events)
        kept = keep(out / "recalibrations", data, lines, table.fingerprint, today, seed=asked.seed, draws=asked.draws)
        said.append(f"recalibrated: recalibrations/{kept.name}")
    return said
