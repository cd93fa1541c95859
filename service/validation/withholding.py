"""What is not shown of an evaluation: the cells and figures of too few patients.

Counts are withheld cell by cell, where a table is made. Figures are taken out of the evaluation before anything is
made of it, so that no table, picture or sentence has what another withholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from service.validation.evaluation import Evaluation, Key
from service.validation.sample import Sample
from service.validation.samples import SEVERAL, ModelData
from service.validation.statistics import flagged


def hidden(sizes: Sequence[int], smallest: int) -> set[int]:
    """The places of the parts of a whole that are withheld: those that are small, and one more where it is just one.

    Otherwise the whole less the others would give it away.
    """
    small = {n for n, size in enumerate(sizes) if 0 < size < smallest}
    others = [n for n, size in enumerate(sizes) if size >= smallest]
    if len(small) == 1 and others and smallest > 1:
        small.add(min(others, key=lambda n: sizes[n]))
    return small


def hidden_groups(data: ModelData, smallest: int) -> set[str]:
    """The classes of a model of which nothing is shown."""
    sizes = np.bincount(data.group, minlength=len(data.groups) + 1).tolist()
    names = (*data.groups, SEVERAL)
    return {names[n] for n in hidden(sizes, smallest)}


def is_shown(sample: Sample, day: float, smallest: int) -> bool:
    """Whether the share alive on a day may be shown: enough are at risk, or all is shown."""
    return smallest == 1 or sample.at_risk(day) >= smallest


def to_show(evaluation: Evaluation, smallest: int) -> Evaluation:
    """The evaluation without the figures of too few patients; ``smallest`` is the number from which they are shown."""
    if smallest == 1:
        return evaluation
    left_out = {*_of_classes(evaluation, smallest), *_of_thresholds(evaluation, smallest)}
    hidden_parts = hidden_groups(evaluation.data, smallest)
    shown = {
        key: found
        for key, found in evaluation.estimates.items()
        if key not in left_out
        and not (key.part in hidden_parts and key.measure not in ("net_benefit", "net_benefit_all"))
    }
    return replace(evaluation, estimates=shown)


def _of_classes(evaluation: Evaluation, smallest: int) -> Iterator[Key]:
    """The share alive of a class at a day on which few of it are left, and the median where few died."""
    sample = evaluation.data.certain
    for number, name in enumerate(evaluation.data.groups):
        part = sample.take(np.flatnonzero(sample.group == number))
        if len(part) < smallest or 0 < np.sum(part.event) < smallest:
            yield Key("median_days", 0, name)
        for key in evaluation.estimates:
            if key.measure == "observed_alive" and key.part == name and not is_shown(part, key.horizon, smallest):
                yield key


def _of_thresholds(evaluation: Evaluation, smallest: int) -> Iterator[Key]:
    """The net benefit of acting on few, on all but few, or on those of whom few are left at the day."""
    sample = evaluation.data.certain
    for key in evaluation.estimates:
        if key.measure == "net_benefit":
            rows = flagged(sample.at(key.horizon), float(key.part))
            others = len(sample) - len(rows)
            few = len(rows) > 0 and not is_shown(sample.take(rows), key.horizon, smallest)
            if few or 0 < others < smallest:
                yield key
