"""What can be evaluated of one model: who has one prediction, who a range, who no outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan
from typing import Any

import numpy as np

from service.scoring import ENGINES
from service.scoring.laws import law
from service.validation.names import title
from service.validation.sample import Floats, Sample
from service.validation.statistics import calibration_groups
from service.validation.synthetic import HORIZONS
from service.validation.table import Row, Table

#: Risk is ordered by the predicted share alive at the horizon that is nearest to it, in days.
REFERENCE = 365
#: A death on the index date counts as after so many days: the libraries want more than none.
_SAME_DAY = 0.5
#: The name of those of whom several classes are possible.
SEVERAL = "several possible"
#: Rows of which a model gives a share at a horizon, for the horizon to count as one of the model's.
_GIVES = 0.5


@dataclass(frozen=True, eq=False)
class ModelData:
    """All rows of one model whose outcome is known, and counts of those whose is not."""

    model: str
    horizons: tuple[int, ...]
    from_bands: bool
    """The shares alive are those that the bands publish, as the table gives none."""
    rows: tuple[Row, ...]
    low: Floats
    """The lowest share alive, patients by horizons; nan where the model has no horizon."""
    high: Floats
    risk_low: Floats
    """Risk at the end where most are alive; only the order counts."""
    risk_high: Floats
    exact: np.ndarray
    """Who has one prediction, whatever is missing."""
    without_end: int
    """Rows without an end date: nothing is known of the outcome."""
    dead_without_end: int
    """Rows of the dead without the day: counted in ``without_end`` as well."""
    groups: tuple[str, ...]
    """Names of the groups that patients are shown in, the best outlook first: bands, or tenths of the prediction."""
    group: np.ndarray
    """The group of each patient; the number after the last where several are possible."""

    @property
    def title(self) -> str:
        return title(self.model)

    @property
    def beyond(self) -> tuple[int, ...]:
        """The horizons after the last time that is published for one of the classes, where these are the prediction."""
        laws = [law(band) for band in ENGINES[self.model].score.bands] if self.from_bands else []
        # A class of which nobody is left at its last time says all there is to say; a day is rounding.
        last = min((each.points[-1][0] for each in laws if each and each.points[-1][1] > 0), default=inf)
        return tuple(horizon for horizon in self.horizons if horizon > last + 1)

    @cached_property
    def certain(self) -> Sample:
        """The patients with one prediction: what the main results are of."""
        return self._sample(self.low, self.risk_low).take(np.flatnonzero(self.exact))

    @cached_property
    def at_best(self) -> Sample:
        """All patients, each range at its end with most alive."""
        return self._sample(self.high, self.risk_low)

    @cached_property
    def at_worst(self) -> Sample:
        """All patients, each range at its end with fewest alive."""
        return self._sample(self.low, self.risk_high)

    @cached_property
    def certain_rows(self) -> tuple[Row, ...]:
        return tuple(row for row, exact in zip(self.rows, self.exact, strict=True) if exact)

    def _sample(self, alive: Floats, risk: Floats) -> Sample:
        days = [(row.end - row.index).days if row.end else nan for row in self.rows]
        return Sample(
            time=np.maximum(np.array(days, dtype=float), _SAME_DAY),
            event=np.array([row.died for row in self.rows], dtype=bool),
            risk=risk,
            alive=alive,
            horizons=self.horizons,
            group=self.group,
        )


def by_model(table: Table) -> list[ModelData]:
    """What each model of a table has, in the order of the scores and then of the names."""
    rows: dict[str, list[Row]] = {}
    for row in table.rows:
        rows.setdefault(row.model, []).append(row)
    order = list(ENGINES)
    names = sorted(rows, key=lambda name: (order.index(name) if name in order else len(order), name))
    return [_data(name, rows[name], table.horizons) for name in names]


def _data(model: str, given: list[Row], horizons: tuple[int, ...]) -> ModelData:
    rows = tuple(row for row in given if row.end is not None)
    own = tuple(
        n for n in range(len(horizons)) if sum(row.alive[n] is not None for row in given) >= _GIVES * len(given)
    )
    published = not own and model in ENGINES
    # Rows of one prediction are looked at once: a score has a few of them, in very many rows.
    said: dict[Any, int] = {}
    of = np.array([said.setdefault(row.bands if published else row.alive, len(said)) for row in rows], dtype=np.int64)
    ranges = [_published(model, each) if published else [each[n] for n in own] for each in said]
    if published and (not ranges or any(None in found for found in ranges)):
        published, ranges = False, [[] for _ in ranges]
    days = HORIZONS if published else tuple(horizons[n] for n in own)
    # What a model does not say of one patient may be anything.
    ends = np.array([[each or (0.0, 1.0) for each in found] for found in ranges], dtype=float)
    ends = ends.reshape(len(ranges), len(days), 2)[of]
    low, high = ends[:, :, 0], ends[:, :, 1]
    single = np.array([len(row.bands) <= 1 for row in rows], dtype=bool)
    exact = np.all(high - low < 1e-9, axis=1) & (single if not days else True)
    if days:
        nearest = min(range(len(days)), key=lambda n: abs(days[n] - REFERENCE))
        risk_low, risk_high = 1 - high[:, nearest], 1 - low[:, nearest]
    else:
        risk_low, risk_high = _band_risks(model, rows)
    names, group = _groups(model, rows, exact, low[:, nearest] if days else -risk_low, single)
    return ModelData(
        model=model,
        horizons=days,
        from_bands=published,
        rows=rows,
        low=low,
        high=high,
        risk_low=risk_low,
        risk_high=risk_high,
        exact=exact,
        without_end=sum(row.end is None for row in given),
        dead_without_end=sum(row.end is None and row.died for row in given),
        groups=names,
        group=group,
    )


def _published(model: str, codes: tuple[str, ...]) -> list[tuple[float, float] | None]:
    """What the bands of a row publish at the usual horizons; None where one of them publishes nothing of its own."""
    bands = {band.code: band for band in ENGINES[model].score.bands}
    laws = [law(bands[code]) if code in bands else None for code in codes]
    known = [each for each in laws if each is not None and each.published]
    if not known or len(known) < len(laws):
        return [None] * len(HORIZONS)
    return [(min(each.alive(day) for each in known), max(each.alive(day) for each in known)) for day in HORIZONS]


def _worse(model: str, codes: Sequence[str]) -> dict[str, int]:
    """The place of each band, the best first; in alphabetical order where the model is not one of ours."""
    if model not in ENGINES:
        return {code: place for place, code in enumerate(sorted(set(codes)))}
    score = ENGINES[model].score
    bands = reversed(score.bands) if score.high_is_good else score.bands
    return {band.code: place for place, band in enumerate(bands)}


def _band_risks(model: str, rows: tuple[Row, ...]) -> tuple[Floats, Floats]:
    place = _worse(model, [code for row in rows for code in row.bands])
    # The order of the bands of a model that is not known here is not known either: all have one risk.
    known = model in ENGINES
    places = [[place.get(code, 0) if known else 0 for code in row.bands] or [0] for row in rows]
    return np.array([min(p) for p in places], dtype=float), np.array([max(p) for p in places], dtype=float)


def _groups(
    model: str, rows: tuple[Row, ...], exact: np.ndarray, outlook: Floats, single: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray]:
    """Bands where every exact row has one, else groups of like prediction; the best outlook first."""
    if all(row.bands for row in rows):
        place = _worse(model, [code for row in rows for code in row.bands])
        there = Counter(row.bands[0] for row, one in zip(rows, single, strict=True) if one)
        names = sorted(there, key=lambda code: (place.get(code, len(place)), code))
        of = {code: n for n, code in enumerate(names)}
        numbers = [of[row.bands[0]] if one else len(names) for row, one in zip(rows, single, strict=True)]
        return tuple(names), np.array(numbers, dtype=np.int64)
    numbers_of = np.full(len(rows), 0, dtype=np.int64)
    if np.any(exact):
        found = calibration_groups(-outlook[exact])
        values, compact = np.unique(found, return_inverse=True)
        numbers_of[exact] = compact
        numbers_of[~exact] = len(values)
        shares = [float(np.mean(outlook[exact][compact == n])) for n in range(len(values))]
        return tuple(f"{n + 1}: {share:.0%} alive predicted" for n, share in enumerate(shares)), numbers_of
    return (), numbers_of
