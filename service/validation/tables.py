"""The tables that leave the house: every count and figure of an evaluation, without the cells of too few patients.

Files, results.json and the report are all written from these rows, so that what is withheld here is nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from service.validation.comparison import Comparison
from service.validation.evaluation import Estimate, Evaluation, Key
from service.validation.figures import AT_RISK, groups
from service.validation.statistics import median_days, observed
from service.validation.synthetic import HORIZONS
from service.validation.table import Counted
from service.validation.withholding import hidden, hidden_groups, is_shown

Cell = str | int | float | None
#: In place of a count or figure that could be of one person, or from which one could be worked out.
WITHHELD = "withheld"


@dataclass(frozen=True)
class Grid:
    name: str
    columns: tuple[str, ...]
    rows: list[tuple[Cell, ...]]

    def of(self, model: str) -> list[tuple[Cell, ...]]:
        """The rows of a model, without its name."""
        return [row[1:] for row in self.rows if row[0] == model]


def grids(evaluations: Sequence[Evaluation], comparison: Comparison, smallest: int) -> list[Grid]:
    """All tables, of evaluations without the figures of too few (``withholding.to_show``).

    ``smallest`` is the number of patients from which a cell is shown; 1 shows all.
    """
    return [
        _patients(evaluations, smallest),
        _figures(evaluations),
        _classes(evaluations, smallest),
        _survival(evaluations, smallest),
        _strata(evaluations, smallest),
        _comparison(comparison, smallest),
    ]


def count(number: int, smallest: int) -> Cell:
    return f"<{smallest}" if 0 < number < smallest else number


def balanced(balance: Sequence[Counted], smallest: int) -> Grid:
    """Who of a cohort is not evaluated and why, and who is with a caution."""
    left_out = [each for each in balance if each.kind == "left out"]
    small = hidden([each.patients for each in left_out], smallest)
    withheld = {left_out[n].says for n in small}
    # The number of all, less those who were evaluated, would give a single small reason away.
    alone = len(small) == 1
    rows: list[tuple[Cell, ...]] = []
    for each in balance:
        number: Cell = count(each.patients, smallest)
        if each.says in withheld or (alone and each.kind == "all"):
            number = WITHHELD
        rows.append((each.kind, each.says, number))
    return Grid("balance", ("kind", "what", "patients"), rows)


def _number(value: float) -> Cell:
    return None if isnan(value) else round(value, 4)


def _patients(evaluations: Iterable[Evaluation], smallest: int) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for each in evaluations:
        data = each.data
        total, certain = len(data.rows), len(data.certain)
        ranges, deaths = total - certain, int(np.sum(data.at_best.event))
        # A small rest would follow from the whole and its other part.
        shown: Cell = f">={total - smallest + 1}" if 0 < ranges < smallest else count(certain, smallest)
        rest: Cell = f">={total - smallest + 1}" if 0 < certain < smallest else count(ranges, smallest)
        rows.append(
            (
                data.model, count(total, smallest), count(deaths, smallest), shown, rest,
                count(data.without_end, smallest), count(data.dead_without_end, smallest),
            )
        )  # fmt: skip
    columns = "model patients deaths one_prediction range_of_predictions outcome_missing died_day_missing".split()
    return Grid("patients", tuple(columns), rows)


def _figures(evaluations: Iterable[Evaluation]) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for each in evaluations:
        for key, found in sorted(each.estimates.items()):
            ends = (each.at_best.get(key, float("nan")), each.at_worst.get(key, float("nan")))
            numbers = map(_number, (found.value, found.low, found.high, *ends))
            rows.append((each.data.model, key.measure, key.horizon or None, key.part, *numbers))
    columns = "model measure horizon_days part value low_95 high_95 all_patients_at_best all_patients_at_worst".split()
    return Grid("figures", tuple(columns), rows)


def _classes(evaluations: Iterable[Evaluation], smallest: int) -> Grid:
    """Each class as a study prints it: patients, deaths, median survival, share alive at the horizons."""
    rows: list[tuple[Cell, ...]] = []
    for each in evaluations:
        left_out = hidden_groups(each.data, smallest)
        for name, sample in groups(each):
            if name in left_out:
                rows.append((each.data.model, name, WITHHELD, *[None] * (4 + len(HORIZONS))))
                continue
            deaths = count(int(np.sum(sample.event)), smallest)
            drawn = each.estimates.get(Key("median_days", 0, name), Estimate(nan))
            enough = len(sample) >= smallest and not isinstance(deaths, str)
            value = median_days(sample) if enough else nan
            median = map(_number, (value, drawn.low, drawn.high) if enough else (nan, nan, nan))
            # As far as enough are at risk, as a curve is drawn.
            shown = [enough and is_shown(sample, day, smallest) for day in HORIZONS]
            alive = [observed(sample, day) if show else nan for day, show in zip(HORIZONS, shown, strict=True)]
            rows.append((each.data.model, name, count(len(sample), smallest), deaths, *median, *map(_number, alive)))
    columns = "model class patients deaths median_days low_95 high_95".split()
    return Grid("classes", (*columns, *(f"alive_{day}_days" for day in HORIZONS)), rows)


def _survival(evaluations: Iterable[Evaluation], smallest: int) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for each in evaluations:
        left_out = hidden_groups(each.data, smallest)
        for name, sample in groups(each):
            for day in AT_RISK:
                number = sample.at_risk(day)
                if name in left_out:
                    rows.append((each.data.model, name, day, WITHHELD, None, None, None))
                    continue
                alive = observed(sample, day) if is_shown(sample, day, smallest) else float("nan")
                # The classes of the intervals are the same, but for patients without one prediction who have one class.
                drawn = each.estimates.get(Key("observed_alive", day, name), Estimate(alive))
                interval = (drawn.low, drawn.high) if number >= smallest else (nan, nan)
                rows.append((each.data.model, name, day, count(number, smallest), *map(_number, (alive, *interval))))
    return Grid("survival", ("model", "class", "day", "at_risk", "alive", "low_95", "high_95"), rows)


def _strata(evaluations: Iterable[Evaluation], smallest: int) -> Grid:
    rows: list[tuple[Cell, ...]] = []
    for each in evaluations:
        for kind in dict.fromkeys(stratum.kind for stratum in each.strata):
            parts = [stratum for stratum in each.strata if stratum.kind == kind]
            left_out = hidden([part.patients for part in parts], smallest)
            for n, part in enumerate(parts):
                if n in left_out or 0 < part.deaths < smallest:
                    rows.append((each.data.model, kind, part.name, WITHHELD, None, "", None, None, None, None))
                    continue
                for key, found in sorted(part.estimates.items()):
                    numbers = map(_number, (found.value, found.low, found.high))
                    where = (each.data.model, kind, part.name, part.patients, part.deaths)
                    rows.append((*where, key.measure, key.horizon or None, *numbers))
    columns = "model by name patients deaths measure horizon_days value low_95 high_95".split()
    return Grid("strata", tuple(columns), rows)


def _comparison(comparison: Comparison, smallest: int) -> Grid:
    shown = count(comparison.patients, smallest)
    rows: list[tuple[Cell, ...]] = [
        (
            each.model, place, shown, *_three(each.error), *_three(each.behind), _number(each.concordance), "",
        )
        for place, each in enumerate(comparison.standings, start=1)
    ]  # fmt: skip
    rows += [(model, None, *[None] * 8, why) for model, why in comparison.left_out.items()]
    columns = (
        "model place patients integrated_brier low_95 high_95 behind behind_low_95 behind_high_95 harrell_c left_out"
    )
    return Grid("comparison", tuple(columns.split()), rows)


def _three(found: Estimate) -> tuple[Cell, Cell, Cell]:
    return _number(found.value), _number(found.low), _number(found.high)


def estimate(evaluation: Evaluation, measure: str, horizon: int = 0) -> Estimate:
    """A figure of the whole, nan where there is none."""
    return evaluation.estimates.get(Key(measure, horizon), Estimate(float("nan")))
