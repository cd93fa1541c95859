"""Which model fits best: all models on the same patients, at the same horizons, by one error that counts everything.

The integrated Brier score is small where patients are told apart *and* the probabilities are right, so that no model
wins by one of the two alone. The same draws of patients are used for every model, so that differences are of the models
and not of chance in who was drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isnan

import numpy as np

from service.validation.evaluation import Estimate, Figures, Key, with_intervals
from service.validation.sample import Sample
from service.validation.samples import ModelData
from service.validation.statistics import harrell_c, integrated_brier

#: Fewer patients or deaths in common than these give no answer.
ENOUGH_PATIENTS = 50
ENOUGH_DEATHS = 20
#: A model with one prediction for fewer of its patients than this would leave too few for the others.
ENOUGH_KNOWN = 0.5


class Verdict(StrEnum):
    CLEAR = "clear"
    """The best model is better than each other one, beyond the play of chance."""
    LEANING = "leaning"
    """It is the best here, and one other may be as good."""
    ONE = "one model"
    NONE = "none"


@dataclass(frozen=True)
class Standing:
    model: str
    error: Estimate
    """Integrated Brier score on the common patients; less is better."""
    behind: Estimate
    """How much more than the best model's."""
    concordance: float


@dataclass(frozen=True)
class Comparison:
    verdict: Verdict
    standings: tuple[Standing, ...]
    """The best first."""
    patients: int
    deaths: int
    horizons: tuple[int, ...]
    left_out: dict[str, str]
    """Models that could not be compared, and why."""
    compared: int = 0
    """The number of the others."""

    @property
    def best(self) -> str | None:
        return self.standings[0].model if self.standings and self.verdict is not Verdict.NONE else None


def compare(models: list[ModelData], draws: int, seed: int) -> Comparison:
    """Compares the models that give probabilities for most of their patients."""
    left_out: dict[str, str] = {}
    chosen = []
    for data in models:
        if not data.horizons:
            left_out[data.model] = "it gives no probability to be alive"
        elif not len(data.rows) or np.mean(data.exact) < ENOUGH_KNOWN:
            left_out[data.model] = "findings are missing for more than half of its patients"
        else:
            chosen.append(data)
    common = _common(chosen)
    samples = {data.model: _of(data, common) for data in chosen}
    first = next(iter(samples.values()), None)
    shared = [set(data.horizons) for data in chosen]
    horizons = tuple(h for h in sorted(set.intersection(*shared) if shared else ()) if first and first.followed(h))
    deaths = int(np.sum(first.event)) if first else 0
    if first is None or not horizons or len(common) < ENOUGH_PATIENTS or deaths < ENOUGH_DEATHS:
        return Comparison(Verdict.NONE, (), len(common), deaths, horizons, left_out, len(chosen))
    standings = _standings(samples, horizons, draws, seed)
    if any(isnan(each.error.value) for each in standings):
        return Comparison(Verdict.NONE, (), len(common), deaths, horizons, left_out, len(chosen))
    return Comparison(_verdict(standings), standings, len(common), deaths, horizons, left_out, len(chosen))


def _common(models: list[ModelData]) -> list[str]:
    each = [{row.patient for row in data.certain_rows} for data in models]
    return sorted(set.intersection(*each)) if each else []


def _of(data: ModelData, patients: list[str]) -> Sample:
    """The patients in one order for all models."""
    place = {row.patient: n for n, row in enumerate(data.certain_rows)}
    return data.certain.take(np.array([place[p] for p in patients], dtype=np.int64))


def _standings(samples: dict[str, Sample], horizons: tuple[int, ...], draws: int, seed: int) -> tuple[Standing, ...]:
    first = next(iter(samples.values()))
    errors = {model: integrated_brier(sample, horizons) for model, sample in samples.items()}
    best = min(errors, key=lambda model: (isnan(errors[model]), errors[model]))
    # The sample that is drawn from holds the numbers of the patients, so that every model gets the same ones.
    numbers = Sample(
        time=first.time, event=first.event, risk=np.arange(len(first), dtype=float), alive=first.alive,
        horizons=first.horizons, group=first.group,
    )  # fmt: skip

    def figures(drawn: Sample) -> Figures:
        rows = drawn.risk.astype(np.int64)
        now = {model: integrated_brier(sample.take(rows), horizons) for model, sample in samples.items()}
        found = {Key("error", 0, model): value for model, value in now.items()}
        return found | {Key("behind", 0, model): value - now[best] for model, value in now.items()}

    found = with_intervals(figures, numbers, draws, np.random.default_rng([seed, 1]))
    standings = (
        Standing(model, found[Key("error", 0, model)], found[Key("behind", 0, model)], harrell_c(samples[model]))
        for model in samples
    )
    return tuple(sorted(standings, key=lambda each: (isnan(each.error.value), each.error.value)))


def _verdict(standings: tuple[Standing, ...]) -> Verdict:
    if len(standings) == 1:
        return Verdict.ONE
    return Verdict.CLEAR if all(each.behind.low > 0 for each in standings[1:]) else Verdict.LEANING
