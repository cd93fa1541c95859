"""The statistics of a prediction of survival, by lifelines and scikit-survival wherever these have them.

Times are days; shares run from 0 to 1; ``alive`` is the predicted share alive at each horizon. A statistic that the
data cannot give (nobody died, nobody was followed so long, all predictions are one) is nan.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from math import isfinite, nan

import numpy as np
from lifelines.utils import concordance_index
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sksurv.compare import compare_survival
from sksurv.metrics import concordance_index_ipcw, cumulative_dynamic_auc

from service.validation.concordance import FEW_RISKS, MOST_PATIENTS, concordance
from service.validation.sample import Floats, Sample

#: Predictions are kept off 0 and 1, where the logit has no end.
_CLIP = 0.001
#: At most so many groups in a calibration plot, where a model has more predictions than that.
GROUPS = 10


def or_nan(compute: Callable[[], float]) -> float:
    """The figure, or nan where the libraries say that the data cannot give it."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = float(compute())
        except (ValueError, ZeroDivisionError, FloatingPointError):
            return nan
    return found if isfinite(found) else nan


def _each_or_nan(compute: Callable[[], Iterable[float]], horizons: tuple[int, ...]) -> list[float]:
    found: list[float] = []

    def all_of_them() -> float:
        found.extend(float(each) for each in compute())
        return 0.0

    return found if or_nan(all_of_them) == 0.0 else [nan] * len(horizons)


def _places(sample: Sample) -> NDArray[np.int64] | None:
    """The place of each risk, the lowest first; None where there are too many to count patients by them."""
    values, place = np.unique(sample.risk, return_inverse=True)
    return place.astype(np.int64) if len(values) <= FEW_RISKS else None


def is_sampled(sample: Sample) -> bool:
    """Whether C is that of a sample of the patients."""
    return len(sample) > MOST_PATIENTS and _places(sample) is None


def _some(sample: Sample) -> Sample:
    """All patients, or as many as pairs can be counted of: always the same ones of one sample."""
    if len(sample) <= MOST_PATIENTS:
        return sample
    return sample.take(np.random.default_rng(len(sample)).choice(len(sample), MOST_PATIENTS, replace=False))


def harrell_c(sample: Sample) -> float:
    """Of two patients of whom one is known to die first: how often that one has the higher risk."""
    place = _places(sample)
    if place is not None:
        return concordance(sample.time, sample.event, place, np.ones(len(sample)))
    some = _some(sample)
    return or_nan(lambda: concordance_index(some.time, -some.risk, some.event))


def uno_c(sample: Sample, until: int) -> float:
    """The same for deaths before a day, weighted so that it does not hang on who was lost from sight (Uno 2011)."""
    place = _places(sample)
    if place is not None:
        return or_nan(lambda: concordance(sample.time, sample.event, place, _pair_weights(sample, until)))
    some, end = _some(sample), np.nextafter(until, 0)
    return or_nan(lambda: concordance_index_ipcw(some.outcome, some.outcome, some.risk, tau=end)[0])


def _pair_weights(sample: Sample, until: int) -> Floats:
    """Each death by the square of one over the share still in sight, as every pair needs both in sight."""
    found = np.zeros(len(sample))
    before = sample.event & (sample.time < until)
    found[before] = sample.in_sight(sample.until[before]) ** -2
    return found


def log_rank(sample: Sample) -> float:
    """The probability that chance alone parts the survival of the groups as far; nan where there is one group."""
    if len(np.unique(sample.group)) < 2 or not sample.event.any():
        return nan
    return or_nan(lambda: compare_survival(sample.outcome, sample.group)[1])


def median_days(sample: Sample) -> float:
    """The day by which half have died, by Kaplan and Meier; nan where more than half were seen alive to the end."""
    if not len(sample):
        return nan
    time, share = sample.curve
    reached = np.flatnonzero(share <= 0.5 + 1e-12)
    return float(time[reached[0]]) if len(reached) else nan


def aucs(sample: Sample, horizons: tuple[int, ...]) -> list[float]:
    """How well those dead by a day are told from those alive then (cumulative/dynamic, weighted for censoring)."""
    if not horizons or not all(map(sample.followed, horizons)):
        return [nan] * len(horizons)
    y = sample.outcome
    return _each_or_nan(lambda: cumulative_dynamic_auc(y, y, sample.risk, list(horizons))[0], horizons)


def briers(sample: Sample, horizons: tuple[int, ...], alive: Floats | None = None) -> list[float]:
    """Mean squared error of the predicted share alive at a day, weighted for censoring (Graf 1999); less is better.

    ``alive``, patients by the given horizons, takes the place of what the model says. As scikit-survival's
    ``brier_score``, which goes over all patients one by one at each call to find the weights.
    """
    if not horizons or not all(map(sample.followed, horizons)):
        return [nan] * len(horizons)
    said = sample.alive[:, [sample.horizons.index(h) for h in horizons]] if alive is None else alive
    return [
        float(np.mean(weights(sample, horizon) * (said[:, n] - (sample.time > horizon)) ** 2))
        for n, horizon in enumerate(horizons)
    ]


def integrated_brier(sample: Sample, horizons: tuple[int, ...]) -> float:
    """The Brier score over the time between the first and the last horizon; that of one horizon where there is one."""
    errors = briers(sample, horizons)
    if len(errors) < 2:
        return errors[0] if errors else nan
    return float(np.trapezoid(errors, horizons)) / (horizons[-1] - horizons[0])


def observed(sample: Sample, horizon: int) -> float:
    """The share alive at a day by Kaplan and Meier; nan where the last patient was lost from sight before."""
    if not len(sample):
        return nan
    time, share = sample.curve
    last = int(np.searchsorted(time, horizon, side="right")) - 1
    if last == len(time) - 1 and time[-1] < horizon and share[-1] > 0:
        return nan
    return float(share[last]) if last >= 0 else 1.0


def weights(sample: Sample, horizon: int) -> Floats:
    """How many patients each stands for at a day: those whose state is known then stand for those lost before."""
    known = sample.event | (sample.time > horizon)
    in_sight = sample.in_sight(np.minimum(sample.until, horizon))
    found: Floats = np.where(known & (in_sight > 0), 1 / np.where(in_sight > 0, in_sight, 1), 0.0)
    return found


def log_odds(alive: Floats) -> Floats:
    """The logit of having died, by the predicted share alive."""
    found: Floats = logit(np.clip(1 - alive, _CLIP, 1 - _CLIP))
    return found


def calibration_line(sample: Sample, horizon: int) -> tuple[float, float]:
    """Slope and intercept of the logit of having died by a day on what was predicted: 1 and 0 where all is right.

    A logistic regression of who had died, weighted for censoring. A slope under 1: the predictions lie too far apart.
    """
    if not sample.followed(horizon):
        return nan, nan
    x, w = log_odds(sample.at(horizon)), weights(sample, horizon)
    y = sample.time <= horizon
    if len(np.unique(x[w > 0])) < 2 or len(np.unique(y[w > 0])) < 2:
        return nan, nan
    dead, living = x[(w > 0) & y], x[(w > 0) & ~y]
    if dead.min() >= living.max() or dead.max() <= living.min():
        # A prediction parts the dead from the living: the line is upright, and has no slope.
        return nan, nan
    # Patients of one prediction and one outcome weigh together: the same fit, and much quicker.
    said, of = np.unique(x, return_inverse=True)
    total = np.bincount(2 * of + y, weights=w, minlength=2 * len(said))
    cells = np.column_stack((np.repeat(said, 2), np.tile((False, True), len(said))))[total > 0]
    fitted: list[float] = []

    def fit() -> float:
        line = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000, solver="newton-cholesky")
        line.fit(cells[:, :1], cells[:, 1].astype(bool), sample_weight=total[total > 0])
        fitted.extend((float(line.coef_[0][0]), float(line.intercept_[0])))
        return fitted[0]

    return (fitted[0], fitted[1]) if isfinite(or_nan(fit)) else (nan, nan)


def intercept_alone(sample: Sample, horizon: int) -> float:
    """What has to be added to every predicted logit so that as many die as did: 0 where the mean is right."""
    died = 1 - observed(sample, horizon)
    x = log_odds(sample.at(horizon))
    if not 0 < died < 1:
        return nan
    return or_nan(lambda: brentq(lambda shift: float(np.mean(expit(x + shift))) - died, -30, 30))


def observed_to_expected(sample: Sample, horizon: int) -> float:
    """Deaths by a day against those predicted: over 1, more died than was said."""
    return or_nan(lambda: (1 - observed(sample, horizon)) / float(np.mean(1 - sample.at(horizon))))


def net_benefits(sample: Sample, horizon: int, thresholds: Iterable[float], alive: Floats | None = None) -> list[float]:
    """Net benefit of acting on all whose predicted probability to have died by a day is a threshold or more.

    In true positives for each patient (Vickers 2008, for censored data): a false positive costs the odds of the
    threshold.
    """
    said = sample.at(horizon) if alive is None else alive
    parts: dict[int, float] = {}
    found = []
    for threshold in thresholds:
        rows = flagged(said, threshold)
        # A higher threshold flags a part of those of a lower one, so that their number tells who they are.
        if len(rows) not in parts:
            part = sample if len(rows) == len(sample) else sample.take(rows)
            parts[len(rows)] = observed(part, horizon)
        left = parts[len(rows)]
        gain = (1 - left) - left * threshold / (1 - threshold)
        found.append(len(rows) / len(said) * gain if len(rows) else 0.0)
    return found


def flagged(alive: Floats, threshold: float) -> NDArray[np.int64]:
    """The patients whose predicted probability to have died is a threshold or more."""
    # The margin keeps a prediction of just the threshold on its side in spite of rounding.
    return np.flatnonzero(1 - alive >= threshold - 1e-9)


def calibration_groups(alive: Floats) -> NDArray[np.int64]:
    """Groups of patients of like prediction: each prediction where they are few, else tenths."""
    values = np.unique(np.round(alive, 6))
    if len(values) <= GROUPS:
        return np.searchsorted(values, np.round(alive, 6)).astype(np.int64)
    edges = np.unique(np.quantile(alive, np.linspace(0, 1, GROUPS + 1)[1:-1]))
    return np.searchsorted(edges, alive, side="right").astype(np.int64)


def calibration_error(sample: Sample, horizon: int, alive: Floats | None = None) -> float:
    """Mean distance between the predicted and the observed share alive, over the groups by their size."""
    said = sample.at(horizon) if alive is None else alive
    groups = calibration_groups(said)
    total = 0.0
    for group in np.unique(groups):
        rows = np.flatnonzero(groups == group)
        total += len(rows) * abs(observed(sample.take(rows), horizon) - float(np.mean(said[rows])))
    return total / len(sample)
