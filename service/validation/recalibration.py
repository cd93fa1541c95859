"""Recalibration: a model's probabilities made right for the patients here, where the data are enough to do so.

At each horizon the logit of having died becomes ``intercept + slope * logit`` (a logistic regression weighted for
censoring). The order of patients stays; only the probabilities move. It is refused unless patients who were not used
for the fit show that it helps. What is fitted is kept as a numbered file and never written over.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from itertools import pairwise
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit

from service.policies.recalibrations import MIN_EVENTS, PREDICTIONS
from service.scoring import ENGINES
from service.scoring.laws import law
from service.validation import statistics
from service.validation.evaluation import FEWEST_DRAWS
from service.validation.sample import Floats, Sample
from service.validation.samples import ModelData

#: In so many of the draws the error has to fall in the patients who were left out of the draw.
_HELPS_IN = 0.9
#: Shares that are nearer are one: tables round.
_SAME = 1e-4
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


class RecalibrationRefused(ValueError):
    """The data do not allow it, or it does not help; the message says why."""


@dataclass(frozen=True)
class Line:
    """The line of one horizon, with what it does to patients who were not used for the fit (means over the draws)."""

    horizon: int
    events: int
    slope: float
    intercept: float
    brier_before: float
    brier_after: float
    calibration_error_before: float
    calibration_error_after: float
    helps_in: float
    """Share of the draws in which the Brier score fell."""

    def alive(self, alive: Floats) -> Floats:
        """Recalibrated shares alive."""
        return recalibrated(alive, self.slope, self.intercept)


def recalibrated(alive: Floats, slope: float, intercept: float) -> Floats:
    found: Floats = 1 - expit(intercept + slope * statistics.log_odds(alive))
    return found


def fit(data: ModelData, draws: int, seed: int, min_events: int = MIN_EVENTS) -> tuple[Line, ...]:
    """The line of each horizon of a model, from the patients with one prediction.

    Raises:
        RecalibrationRefused: too few died, or it does not help.
    """
    if min_events < MIN_EVENTS:
        raise RecalibrationRefused(f"the number of deaths that is asked for can only be raised from {MIN_EVENTS}")
    if draws < FEWEST_DRAWS:
        raise RecalibrationRefused(
            f"at least {FEWEST_DRAWS} draws are needed to see whether it helps: give --bootstrap 200"
        )
    sample = data.certain
    horizons = tuple(h for h in data.horizons if sample.followed(h))
    if not horizons:
        raise RecalibrationRefused("the model gives no probability at a time to which patients were followed")
    for horizon in horizons:
        if (events := sample.deaths_by(horizon)) < min_events:
            raise RecalibrationRefused(
                f"{events} patients died within {horizon} days, and {min_events} are needed: "
                "collect more, or leave this horizon out of the table"
            )
    lines = tuple(_line(sample, horizon, draws, seed) for horizon in horizons)
    _check_falling(sample, lines)
    return lines


def _line(sample: Sample, horizon: int, draws: int, seed: int) -> Line:
    slope, intercept = statistics.calibration_line(sample, horizon)
    if isnan(slope) or slope <= 0:
        raise RecalibrationRefused(
            f"at {horizon} days those whom the model gives a worse outlook do not live shorter: "
            "no line can mend that, the model does not fit here"
        )
    generator = np.random.default_rng([seed, horizon])
    found = [each for _ in range(draws) if not any(map(isnan, each := _left_out(sample, horizon, generator)))]
    if len(found) < _HELPS_IN * draws:
        raise RecalibrationRefused(f"at {horizon} days too few draws of patients can be fitted")
    before, after, error_before, error_after = np.mean(found, axis=0)
    helps_in = float(np.mean([each[1] < each[0] for each in found]))
    if not (after < before and helps_in >= _HELPS_IN and error_after < error_before):
        raise RecalibrationRefused(
            f"at {horizon} days it does not help patients who were not used for the fit: Brier score "
            f"{before:.4f} before and {after:.4f} after, lower in {helps_in:.0%} of the draws; calibration error "
            f"{error_before:.4f} before and {error_after:.4f} after"
        )
    return Line(
        horizon, sample.deaths_by(horizon), slope, intercept,
        float(before), float(after), float(error_before), float(error_after), helps_in,
    )  # fmt: skip


def _left_out(sample: Sample, horizon: int, generator: np.random.Generator) -> tuple[float, float, float, float]:
    """Brier score and calibration error before and after, in those whom a draw left out; nan where unknown."""
    rows = generator.integers(0, len(sample), len(sample))
    rest = sample.take(np.setdiff1d(np.arange(len(sample)), rows))
    slope, intercept = statistics.calibration_line(sample.take(rows), horizon)
    if isnan(slope) or not rest.followed(horizon):
        return nan, nan, nan, nan
    before = rest.at(horizon)
    after = recalibrated(before, slope, intercept)
    briers = [statistics.briers(rest, (horizon,), said.reshape(-1, 1))[0] for said in (before, after)]
    errors = [statistics.calibration_error(rest, horizon, said) for said in (before, after)]
    return briers[0], briers[1], errors[0], errors[1]


def _check_falling(sample: Sample, lines: tuple[Line, ...]) -> None:
    """Lines that are fitted apart could say that more are alive at a later time."""
    for earlier, later in pairwise(lines):
        if np.any(later.alive(sample.at(later.horizon)) > earlier.alive(sample.at(earlier.horizon)) + 1e-9):
            raise RecalibrationRefused(
                f"more would be alive at {later.horizon} than at {earlier.horizon} days: leave out one of the horizons"
            )


def keep(folder: Path, data: ModelData, lines: tuple[Line, ...], fingerprint: str, made: date, **more: Any) -> Path:
    """Writes the next version into the folder and gives its path; what is there already is never touched.

    Raises:
        RecalibrationRefused: the name of the model cannot be the name of a file.
        OSError: the folder cannot be written to.
    """
    if not _NAME.fullmatch(data.model):
        raise RecalibrationRefused("the name of the model has to be letters, digits, - and _ to become a file")
    folder.mkdir(parents=True, exist_ok=True)
    version = 1 + max((_version(path, data.model) for path in folder.iterdir()), default=0)
    content = {
        "model": data.model,
        "version": version,
        "made": made.isoformat(),
        "data_sha256": fingerprint,
        "patients": len(data.certain),
        "events": int(np.sum(data.certain.event)),
        "patients_with_a_range_left_out": len(data.rows) - len(data.certain),
        "predictions": PREDICTIONS if _is_published(data) else "of the table",
        "scale": "logit of having died by the horizon, as 1 - alive; predictions are kept within 0.001 and 0.999",
        "horizons": [asdict(line) for line in lines],
        **more,
    }
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".json")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2) + "\n")
        path = folder / f"{data.model}-{version:04}.json"
        # A link to a name that is taken fails, whoever took it in the meantime.
        os.link(temporary, path)
    except FileExistsError:
        raise RecalibrationRefused("another run has just written this version: run it again") from None
    else:
        return path
    finally:
        Path(temporary).unlink()


def _is_published(data: ModelData) -> bool:
    """Whether the probabilities are those that are published for the classes, which an answer of the service gives."""
    if data.from_bands:
        return True
    if data.model not in ENGINES:
        return False
    laws = {band.code: law(band) for band in ENGINES[data.model].score.bands}
    for row, said in zip(data.certain_rows, data.certain.alive, strict=True):
        published = laws.get(row.bands[0]) if len(row.bands) == 1 else None
        if published is None or not published.published:
            return False
        if any(abs(published.alive(day) - share) > _SAME for day, share in zip(data.horizons, said, strict=True)):
            return False
    return True


def _version(path: Path, model: str) -> int:
    match = re.fullmatch(rf"{re.escape(model)}-([0-9]{{4,9}})\.json", path.name)
    return int(match[1]) if match else 0
