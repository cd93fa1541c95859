"""Made cohorts as tables, without files."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from service.validation.laws import Shift
from service.validation.samples import ModelData, by_model
from service.validation.statistics import Sample
from service.validation.synthetic import HORIZONS, Design, Made, cohort, predicted
from service.validation.table import Row, Table


@cache
def patients(design: Design) -> tuple[Made, ...]:
    """The patients of a design, made once for all tests."""
    return tuple(cohort(design))


@cache
def table(design: Design, horizons: tuple[int, ...] = HORIZONS) -> Table:
    """The table that the files of a design would give."""
    rows = [
        Row(
            made.patient,
            model,
            made.index,
            made.end,
            made.died,
            tuple(predicted(bands, day, assumed=model == design.model) for day in horizons),
            tuple(band.code for band in bands),
            str(made.findings.values["primary-tumour"]),
            made.period,
        )
        for made in patients(design)
        for model, bands in made.bands.items()
    ]
    return Table(tuple(rows), horizons, "0" * 64, ())


def data(design: Design, horizons: tuple[int, ...] = HORIZONS) -> ModelData:
    """What the model that is the truth has in its cohort."""
    return next(each for each in by_model(table(design, horizons)) if each.model == design.model)


def design(model: str = "katagiri-revised", patients: int = 1500, seed: int = 1, **more: object) -> Design:
    shift = Shift(*more.pop("shift", (1.0, 0.0)))  # type: ignore[misc]
    return replace(Design(model, patients, seed, shift=shift), **more)


def sample(
    time: list[float], event: list[int], risk: list[float] | None = None, alive: list[float] | None = None, day: int = 1
) -> Sample:
    """A few patients, by hand; ``alive`` is what was predicted for ``day``."""
    n = len(time)
    return Sample(
        time=np.array(time, dtype=float),
        event=np.array(event, dtype=bool),
        risk=np.array(risk if risk is not None else [0] * n, dtype=float),
        alive=np.array(alive if alive is not None else [0.5] * n, dtype=float).reshape(n, 1),
        horizons=(day,),
        group=np.zeros(n, dtype=np.int64),
    )
