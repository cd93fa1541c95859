"""Patients with a prediction and an outcome, as arrays: what every statistic is of.

Times are days; shares run from 0 to 1; ``alive`` is the predicted share alive at each horizon.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sksurv.util import Surv

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sample:
    """Patients with a prediction and an outcome."""

    time: Floats
    """Days to death or last contact, more than 0."""
    event: NDArray[np.bool_]
    risk: Floats
    """More is worse; only the order counts."""
    alive: Floats
    """Patients by horizons; nan in the column of a horizon at which the model says nothing."""
    horizons: tuple[int, ...]
    group: NDArray[np.int64]
    """The group that a patient is shown in, such as his band."""

    def __len__(self) -> int:
        return len(self.time)

    def take(self, rows: NDArray[Any]) -> Sample:
        return replace(
            self,
            time=self.time[rows],
            event=self.event[rows],
            risk=self.risk[rows],
            alive=self.alive[rows],
            group=self.group[rows],
        )

    @cached_property
    def _by_day(self) -> tuple[Floats, ...]:
        """The days at which something happened; who died, who was lost, and who was in sight at each."""
        day, at = np.unique(self.time, return_inverse=True)
        left = np.bincount(at, minlength=len(day)).astype(float)
        died: Floats = np.bincount(at, weights=self.event, minlength=len(day)).astype(float)
        at_risk: Floats = len(self) - np.concatenate(([0.0], np.cumsum(left)[:-1]))
        return day, died, left - died, at_risk

    @cached_property
    def curve(self) -> tuple[Floats, Floats]:
        """The days at which something happened, and the share alive after each, by Kaplan and Meier.

        As scikit-survival's ``kaplan_meier_estimator``, which goes over the patients one by one: this is done for each
        class and threshold of each draw.
        """
        day, died, _, at_risk = self._by_day
        share: Floats = np.cumprod(1 - died / at_risk, dtype=float)
        return day, share

    def in_sight(self, days: Floats) -> Floats:
        """The share that was not lost from sight until days, each included, by Kaplan and Meier.

        As scikit-survival's ``CensoringDistributionEstimator``: those who die on a day are not there to be lost on it.
        """
        day, died, lost, at_risk = self._by_day
        share = np.cumprod(1 - lost / np.maximum(at_risk - died, 1))
        found: Floats = np.concatenate(([1.0], share))[np.searchsorted(day, days, side="right")]
        return found

    @cached_property
    def outcome(self) -> NDArray[Any]:
        """As scikit-survival wants it, with deaths before the losses of the same day.

        It weighs a death by those in sight *after* that day. Those who were lost on it were in sight at it (the limit
        from the left of Graf 1999, as in R's pec, riskRegression and timeROC); where days are rounded to months they
        are many.
        """
        found: NDArray[Any] = Surv.from_arrays(self.event, self.until)
        return found

    @property
    def until(self) -> Floats:
        """The time with deaths just before the losses of the same day."""
        found: Floats = np.where(self.event, np.nextafter(self.time, 0), self.time)
        return found

    def at_risk(self, day: float) -> int:
        return int(np.sum(self.time >= day))

    def deaths_by(self, horizon: int) -> int:
        return int(np.sum(self.event & (self.time <= horizon)))

    def followed(self, horizon: int) -> bool:
        """Whether somebody died before and somebody was seen after: nothing can be said of the horizon otherwise."""
        return self.deaths_by(horizon) > 0 and bool(np.any(self.time > horizon))

    def at(self, horizon: int) -> Floats:
        column: Floats = self.alive[:, self.horizons.index(horizon)]
        return column

    def says(self, horizon: int) -> bool:
        return horizon in self.horizons and len(self) > 0 and not bool(np.any(np.isnan(self.at(horizon))))
