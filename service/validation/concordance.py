"""The share of pairs of patients in the right order, counted in n log n where a model has few distinct risks.

lifelines and scikit-survival go over every pair, or over a tree of Python objects: right, and too slow for 200 draws
of tens of thousands of patients. A score has a handful of classes; then patients can be counted by class, and the
figure is just theirs (the tests compare them). Where a model has many risks they are used, on a sample that is said.
"""

from __future__ import annotations

from math import nan

import numpy as np
from numpy.typing import NDArray

#: Up to so many distinct risks patients are counted by risk.
FEW_RISKS = 64
#: More patients than that, with many distinct risks, are sampled before the pairs are counted.
MOST_PATIENTS = 3000

Floats = NDArray[np.float64]


def concordance(time: Floats, event: NDArray[np.bool_], place: NDArray[np.int64], weight: Floats) -> float:
    """Of two patients of whom one is known to die first: how often that one has the higher place, ties a half.

    ``place`` is the rank of the risk from 0; ``weight`` is what a pair counts by who dies first. Who was lost from
    sight on the day of a death is known to have lived longer, and two who die on one day are no pair. nan without any.
    """
    # Deaths come before losses of the same day, so that what follows the last death of a day outlived it.
    moment = np.unique(time, return_inverse=True)[1] * 2 + ~event
    order = np.argsort(moment, kind="stable")
    moment, event, place, weight = moment[order], event[order], place[order], weight[order]
    counts = np.zeros((len(time) + 1, int(place.max(initial=0)) + 2), dtype=np.int64)
    counts[np.arange(len(time)), place + 1] = 1
    # By position and place: how many from here on have a lower place.
    lower = np.cumsum(np.cumsum(counts[::-1], axis=0)[::-1], axis=1)
    first = np.flatnonzero(event & (weight > 0))
    rest = np.searchsorted(moment, moment[first], side="right")
    below, up_to, whole = lower[rest, place[first]], lower[rest, place[first] + 1], lower[rest, -1]
    pairs = float(np.sum(weight[first] * whole))
    return float(np.sum(weight[first] * (below + up_to) / 2)) / pairs if pairs else nan
