"""One model against the outcomes: every figure with the interval that drawing the patients again gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from math import isnan, nan

import numpy as np

from service.validation import statistics
from service.validation.concordance import MOST_PATIENTS
from service.validation.names import when
from service.validation.sample import Sample
from service.validation.samples import ModelData
from service.validation.table import STRATA

#: Thresholds of the decision curve: probabilities to have died by the horizon at which one would act.
THRESHOLDS = tuple(round(0.05 * n, 2) for n in range(1, 20))
#: From fewer draws the ends of an interval are those of the luckiest ones, too near to each other.
FEWEST_DRAWS = 50
#: An interval is given where so many of the draws gave the figure.
_ENOUGH_DRAWS = 0.8


@dataclass(frozen=True, order=True)
class Key:
    """What a figure is of."""

    measure: str
    horizon: int = 0
    """Days; 0 where the figure has no horizon."""
    part: str = ""
    """The group, or the threshold."""


@dataclass(frozen=True)
class Estimate:
    """A figure with the 95 % percentile interval; nan where the data cannot give it."""

    value: float
    low: float = nan
    high: float = nan


#: What the data cannot give, or what is withheld.
NOTHING = Estimate(nan)

Figures = dict[Key, float]
Estimates = dict[Key, Estimate]


@dataclass(frozen=True)
class Stratum:
    """The patients of one tumour or one period."""

    kind: str
    name: str
    patients: int
    deaths: int
    estimates: Estimates


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that was found of a model."""

    data: ModelData
    estimates: Estimates
    at_best: Figures
    """The same figures with all patients, ranges at the end with most alive."""
    at_worst: Figures
    strata: tuple[Stratum, ...] = ()
    followed: tuple[int, ...] = ()
    """The horizons of the model that the patients were followed to."""
    notes: tuple[str, ...] = field(default=())


def evaluate(data: ModelData, draws: int, seed: int, smallest: int) -> Evaluation:
    """Evaluates a model. ``smallest`` is the number of patients and deaths under which nothing is computed."""
    sample = data.certain
    if len(sample) < smallest or 0 < np.sum(sample.event) < smallest:
        few = "Too few patients with one prediction, or too few deaths among them, to show a figure."
        return Evaluation(data, {}, {}, {}, notes=(few,))
    followed = tuple(h for h in data.horizons if sample.followed(h))
    generator = np.random.default_rng([seed, len(sample)])
    estimates = with_intervals(lambda s: figures(s, data.groups, followed), sample, draws, generator)
    # Of the classes as they are: what a draw of patients does to a test is not what anybody asks.
    estimates[Key("log_rank_p")] = Estimate(statistics.log_rank(sample))
    core = {key for key in estimates if key.measure not in ("net_benefit", "net_benefit_all")}
    return Evaluation(
        data=data,
        estimates=estimates,
        at_best={k: v for k, v in figures(data.at_best, (), followed).items() if k in core},
        at_worst={k: v for k, v in figures(data.at_worst, (), followed).items() if k in core},
        strata=tuple(_strata(data, followed, draws, generator, smallest)),
        followed=followed,
        notes=tuple(_notes(data, followed)),
    )


def with_intervals(
    compute: Callable[[Sample], Figures], sample: Sample, draws: int, generator: np.random.Generator
) -> Estimates:
    """The figures of a sample, with percentile intervals over samples of as many patients drawn with return.

    Without intervals where there are fewer than ``FEWEST_DRAWS``.
    """
    values = compute(sample)
    drawn: dict[Key, list[float]] = {key: [] for key in values}
    for _ in range(draws if len(sample) and draws >= FEWEST_DRAWS else 0):
        again = compute(sample.take(generator.integers(0, len(sample), len(sample))))
        for key, found in drawn.items():
            value = again.get(key, nan)
            if not isnan(value):
                found.append(value)
    return {key: _estimate(value, drawn[key], draws) for key, value in values.items()}


def _estimate(value: float, drawn: list[float], draws: int) -> Estimate:
    if isnan(value) or draws < FEWEST_DRAWS or len(drawn) < _ENOUGH_DRAWS * draws:
        return Estimate(value)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(value, float(low), float(high))


def figures(sample: Sample, groups: tuple[str, ...], horizons: tuple[int, ...]) -> Figures:
    """Every statistic of a sample at the horizons."""
    found = core_figures(sample, horizons)
    found[Key("median_days")] = statistics.median_days(sample)
    for n, name in enumerate(groups):
        rows = np.flatnonzero(sample.group == n)
        part = sample.take(rows)
        found[Key("median_days", 0, name)] = statistics.median_days(part)
        for horizon in horizons or (91, 183, 365, 730):
            found[Key("observed_alive", horizon, name)] = statistics.observed(part, horizon)
            if sample.says(horizon):
                found[Key("predicted_alive", horizon, name)] = float(np.mean(part.at(horizon))) if len(rows) else nan
    for horizon in horizons:
        gains = statistics.net_benefits(sample, horizon, THRESHOLDS)
        everybody = statistics.net_benefits(sample, horizon, THRESHOLDS, np.zeros(len(sample)))
        for threshold, gain, of_all in zip(THRESHOLDS, gains, everybody, strict=True):
            found[Key("net_benefit", horizon, f"{threshold:.2f}")] = gain
            found[Key("net_benefit_all", horizon, f"{threshold:.2f}")] = of_all
    return found


def core_figures(sample: Sample, horizons: tuple[int, ...], *, brief: bool = False) -> Figures:
    """Discrimination, calibration and error: what is compared between models; ``brief`` is what each stratum gets."""
    found: Figures = {Key("harrell_c"): statistics.harrell_c(sample) if len(sample) else nan}
    if len(sample) and not brief:
        found[Key("uno_c")] = statistics.uno_c(sample, max(horizons, default=730))
    said = tuple(h for h in horizons if sample.says(h))
    errors = statistics.briers(sample, said)
    for horizon, error in zip(said, errors, strict=True):
        found |= {
            Key("alive", horizon): statistics.observed(sample, horizon),
            Key("alive_predicted", horizon): float(np.mean(sample.at(horizon))),
            Key("observed_to_expected_deaths", horizon): statistics.observed_to_expected(sample, horizon),
            Key("brier", horizon): error,
        }
    if brief:
        return found
    same = np.array([[found[Key("alive", h)] for h in said]] * len(sample)).reshape(len(sample), len(said))
    without = statistics.briers(sample, said, same)
    areas = statistics.aucs(sample, said)
    for horizon, error, null, area in zip(said, errors, without, areas, strict=True):
        slope, intercept = statistics.calibration_line(sample, horizon)
        found |= {
            Key("auc", horizon): area,
            Key("calibration_slope", horizon): slope,
            Key("calibration_intercept", horizon): intercept,
            Key("calibration_in_the_large", horizon): statistics.intercept_alone(sample, horizon),
            Key("brier_skill", horizon): 1 - error / null if null else nan,
        }
    if said:
        found[Key("integrated_brier")] = statistics.integrated_brier(sample, said)
    return found


def _strata(
    data: ModelData, horizons: tuple[int, ...], draws: int, generator: np.random.Generator, smallest: int
) -> list[Stratum]:
    found = []
    for kind in STRATA:
        names = np.array([getattr(row, kind) for row in data.certain_rows])
        for name in sorted(set(names.tolist()) - {""}):
            part = data.certain.take(np.flatnonzero(names == name))
            deaths = int(np.sum(part.event))
            if len(part) < smallest:
                found.append(Stratum(kind, name, len(part), deaths, {}))
                continue
            # As a curve ends where few are at risk; elsewhere the share alive would be their number.
            followed = tuple(h for h in horizons if part.followed(h) and part.at_risk(h) >= smallest)
            estimates = with_intervals(partial(core_figures, horizons=followed, brief=True), part, draws, generator)
            found.append(Stratum(kind, name, len(part), deaths, estimates))
    return found


def _notes(data: ModelData, followed: tuple[int, ...]) -> list[str]:
    notes = []
    if not data.horizons:
        notes.append(
            "The model gives no probability to be alive, only classes: how well it tells patients apart and the "
            "survival of each class are shown; calibration, error and net benefit cannot be."
        )
    if data.from_bands:
        notes.append("The table has classes alone: the probabilities are those that are published for the classes.")
    if data.beyond:
        notes.append(
            f"For some of its classes nothing is published as late as {' and '.join(map(when, data.beyond))}: what is "
            "said of these times is worked out, as if patients went on dying as fast as before."
        )
    if statistics.is_sampled(data.certain):
        notes.append(f"Harrell's and Uno's C are of {MOST_PATIENTS} patients drawn from all: there are too many pairs.")
    left = [str(h) for h in data.horizons if h not in followed]
    if left:
        notes.append(f"Too few were followed to say anything of {', '.join(left)} days.")
    return notes


def values(estimates: Mapping[Key, Estimate]) -> Figures:
    return {key: each.value for key, each in estimates.items()}
