"""The findings of a patient who was never there: drawn within the domains, and consistent with one another.

The shares are made up. They are near enough to what is seen that every band of every model is met, and say nothing of
how often anything is in patients.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any, TypeVar

from service.case import Case, Lesion
from service.evidence import Evidence, Span
from service.findings import FINDINGS, LESION

#: Tumours and how often each is drawn.
_TUMOURS = {
    "lung-nsclc": 22, "lung-sclc": 4, "breast": 20, "prostate": 14, "kidney": 8, "myeloma": 6, "lymphoma": 4,
    "thyroid": 3, "colon": 4, "rectum": 3, "liver": 3, "melanoma": 3, "stomach": 2, "bladder": 2,
    "unknown-primary": 2,
}  # fmt: skip
_ECOG = {0: 22, 1: 30, 2: 24, 3: 16, 4: 8}
_KARNOFSKY = {0: (90, 100), 1: (70, 80), 2: (50, 60), 3: (30, 40), 4: (10, 20)}
_FRANKEL = {"frankel-a": 3, "frankel-b": 4, "frankel-c": 10, "frankel-d": 23, "frankel-e": 60}
_WALKING = {"frankel-d": "impaired", "frankel-e": "intact"}
_VISCERAL = {
    "none": 58, "removable/treatable/nodular": 15, "removable/treatable/disseminated": 3,
    "unremovable/treatable/nodular": 8, "unremovable/untreatable/nodular": 8, "unremovable/untreatable/disseminated": 8,
}  # fmt: skip
_LEVELS = ("T4", "T6", "T8", "T10", "T12", "L1", "L2", "L4")
#: Mean and standard deviation, in the unit of the finding, before rounding to one decimal; cut off at the limits.
_LABORATORY = {
    "albumin": (3.8, 0.5, 1.5, 5.5),
    "platelets": (240.0, 80.0, 20.0, 700.0),
    "calcium": (9.4, 0.6, 7.0, 14.0),
    "bilirubin": (0.7, 0.4, 0.2, 8.0),
    "crp": (1.2, 1.6, 0.1, 25.0),
    "ldh": (230.0, 70.0, 90.0, 1500.0),
}

_T = TypeVar("_T", bound=Hashable)
Value = str | int | float | bool


@dataclass(frozen=True)
class Findings:
    """What is known of one patient, by the code of the finding; numbers in the unit of the finding."""

    values: dict[str, Value]
    level: str
    """The vertebra of the lesion."""

    def case(self, known: frozenset[str] | None = None) -> tuple[Case, Lesion]:
        """The case with its one lesion, of all findings or of those that are known."""
        found = {code: _evidence(code, v) for code, v in self.values.items() if known is None or code in known}
        lesion = Lesion(self.level, (self.level,), {c: e for c, e in found.items() if FINDINGS[c].scope == LESION})
        patient = {code: e for code, e in found.items() if FINDINGS[code].scope != LESION}
        return Case(evidence=patient, lesions=(lesion,), has_cancer=True), lesion


@lru_cache(maxsize=8192)
def _evidence(code: str, value: Value) -> Evidence:
    domain = FINDINGS[code].domain
    # A number is a span of one point in a domain of numbers, and a listed value in a domain of those.
    return Evidence(domain.only(_given(code, value)))


def _given(code: str, value: Value) -> Any:
    listed = getattr(FINDINGS[code].domain, "values", None)
    return value if listed is not None or isinstance(value, str | bool) else Span.point(float(value))


def drawn(random: Random) -> Findings:
    """The findings of one patient: all that the survival models read."""
    tumour = _one(random, _TUMOURS)
    ecog = _one(random, _ECOG)
    frankel = _one(random, _FRANKEL)
    visceral = _one(random, _VISCERAL)
    vertebrae = random.choice((1, 1, 2, 3, 4, 6))
    elsewhere = random.choice((0, 0, 0, 1, 2, 3, 5))
    hormonal = tumour in ("breast", "prostate")
    values: dict[str, Value] = {
        "age": random.randint(35, 88),
        "sex": "male"
        if tumour == "prostate"
        else "female"
        if tumour == "breast"
        else random.choice(("female", "male")),
        "primary-tumour": tumour,
        "hormone-dependent": hormonal and random.random() < 0.7,
        "targeted-therapy": random.random() < (0.35 if tumour == "lung-nsclc" else 0.1),
        "visceral-metastases": visceral,
        "brain-metastases": random.random() < 0.1,
        "metastatic-organ-system-count": 0 if visceral == "none" else random.randint(1, 3),
        "bone-metastases": "solitary" if vertebrae == 1 and elsewhere == 0 else "multiple",
        "vertebral-metastasis-count": vertebrae,
        "extraspinal-bone-metastasis-count": elsewhere,
        "pathologic-fracture": random.random() < 0.35,
        "ecog": ecog,
        "karnofsky": random.choice(_KARNOFSKY[ecog]),
        "frankel-grade": frankel,
        "ambulatory-status": _WALKING.get(frankel, "non-ambulatory"),
        "time-developing-motor-deficit": random.randint(1, 40),
        "time-from-cancer-diagnosis": random.randint(0, 120),
        "previous-chemotherapy": random.random() < 0.4,
        "hypercalcaemia": random.random() < 0.1,
        "prior-surgery-at-level": random.random() < 0.15,
        "prior-radiotherapy-at-level": random.random() < 0.2,
    }
    for code, (mean, deviation, low, high) in _LABORATORY.items():
        values[code] = round(min(max(random.gauss(mean, deviation), low), high), 1)
    return Findings(values, random.choice(_LEVELS))


def _one(random: Random, shares: dict[_T, int]) -> _T:
    return random.choices(tuple(shares), tuple(shares.values()))[0]
