"""What is true of a synthetic cohort, by arithmetic from its laws: nothing here looks at the times that were drawn."""

from __future__ import annotations

from collections.abc import Mapping

from service.scoring.laws import Law
from service.validation.laws import Shift

_STEPS = 4000


def concordance(
    laws: Mapping[str, Law], shares: Mapping[str, float], until: float, shift: Shift | None = None
) -> float:
    """Harrell's C of the bands without censoring, for deaths up to a day; ``shares`` are those of the patients.

    Of two patients of whom one dies first, within ``until`` days: the probability that this one had the worse band,
    where two of one band count half. The worse of two bands is that with fewer alive at one year, as the evaluation
    orders them.
    """
    shifted = shift or Shift()
    codes = [code for code in laws if shares.get(code)]
    right = comparable = 0.0
    alive = dict.fromkeys(codes, 1.0)
    for step in range(1, _STEPS + 1):
        day = until * step / _STEPS
        now = {code: shifted.alive(laws[code].alive(day)) for code in codes}
        for first in codes:
            dying = shares[first] * (alive[first] - now[first])
            for other in codes:
                # In the middle of the step, for who dies in the same step is as often before as after.
                pairs = dying * shares[other] * (alive[other] + now[other]) / 2
                comparable += pairs
                right += pairs * _worse(laws[first], laws[other])
        alive = now
    return right / comparable


def _worse(first: Law, other: Law) -> float:
    left, right = first.alive(365), other.alive(365)
    return 0.5 if left == right else float(left < right)
