"""The laws of a whole model, from which times can be drawn, and how the truth of a made cohort departs from them."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

from service.scoring.laws import Law, law
from service.scoring.model import Kind, Score


class NoLaw(ValueError):
    """Nothing that is published of a model tells how long the patients of each band live."""


def laws(score: Score) -> dict[str, Law]:
    """The law of each band of a survival model, by the code of the band.

    Raises:
        NoLaw: it is no survival model, or a band has none.
    """
    found = {band.code: law(band) for band in score.bands}
    if score.kind is not Kind.SURVIVAL or None in found.values():
        raise NoLaw(f"no survival is published for each band of {score.code}")
    return {code: each for code, each in found.items() if each is not None}


@dataclass(frozen=True)
class Shift:
    """How the truth of a made cohort departs from what the model says.

    On the logit of having died: ``truth = intercept + slope * model``, at every time. The calibration slope and
    intercept of the model in such a cohort are these two numbers.
    """

    slope: float = 1.0
    """More than 0, so that survival still falls."""
    intercept: float = 0.0

    def alive(self, alive: float) -> float:
        """The true share alive, for the share that the model says."""
        if not 0 < alive < 1:
            return alive
        return 1 / (1 + exp(self.intercept + self.slope * log((1 - alive) / alive)))

    def model(self, alive: float) -> float:
        """The share that the model says, for the true share alive."""
        if not 0 < alive < 1:
            return alive
        return 1 / (1 + exp((log((1 - alive) / alive) - self.intercept) / self.slope))
