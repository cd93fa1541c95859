"""The published scores as a whole, written a second time: points, bands, and the values to try of each finding.

The points are the plain functions of ``points``.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import product

from tests.scoring.points import (
    LEVELS,
    TUMOURS,
    VISCERAL,
    Points,
    Record,
    bauer,
    bauer_modified,
    dumbbell,
    katagiri,
    mizumoto,
    nesms,
    prism,
    rades,
    sins,
    soma,
    tokuhashi,
    tomita,
    van_der_linden,
)


@dataclass(frozen=True)
class Published:
    """A score, with the values to try: a number at, just below and just above each cut-off."""

    points: Callable[[Record], Points]
    bands: tuple[tuple[float, float, str], ...]
    domains: Mapping[str, tuple[Hashable, ...]]
    """For each finding that the score reads, what it may be when nothing is said."""
    only_said: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)
    """Values that are possible only when the record gives them."""
    moves: Mapping[str, int] = field(default_factory=dict)
    """For each finding with an order: 1 where more of it never lowers the total, -1 where it never raises it."""
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    ceiling: float | None = None

    def vectors(self, record: Record) -> tuple[tuple[float, ...], ...]:
        """The possible points, in the order of the items; one tuple where the sources place everything."""
        return tuple(product(*self.points(record).values()))

    def total(self, points: tuple[float, ...]) -> float:
        return sum(points) if self.ceiling is None else min(self.ceiling, sum(points))

    def band(self, total: float) -> str:
        return next(code for low, high, code in self.bands if low <= total <= high)

    @property
    def every(self) -> dict[str, tuple[Hashable, ...]]:
        """The values to try, those that only a record gives among them."""
        return {finding: (*domain, *self.only_said.get(finding, ())) for finding, domain in self.domains.items()}


BONE = ("solitary", "multiple")
YES_NO = (False, True)
ECOG = (0, 1, 2, 3, 4)
KARNOFSKY = tuple(range(10, 101, 10))
FRANKEL = tuple(f"frankel-{letter}" for letter in "abcde")
WALKING = ("intact", "impaired", "non-ambulatory")
DEAD = {"ecog": (5,), "karnofsky": (0,)}

#: The findings whose values have an order, from less to more; numbers go up by themselves.
ORDER: dict[str, tuple[Hashable, ...]] = {
    "ecog": (*ECOG, 5),
    "karnofsky": (0, *KARNOFSKY),
    "frankel-grade": FRANKEL,
    "ambulatory-status": ("non-ambulatory", "impaired", "intact"),
    "bone-metastases": BONE,
    "sins-pain": ("pain-free", "occasional-non-mechanical", "mechanical"),
    "sins-bone-lesion": ("blastic", "mixed", "lytic"),
    "sins-alignment": ("normal", "de-novo-deformity", "subluxation-translation"),
    "sins-collapse": ("none", "no-collapse-over-50-involved", "under-50", "exactly-50", "over-50"),
    "sins-posterolateral": ("none", "unilateral", "bilateral"),
    "dumbbell-boundary": ("distinguishable", "indistinguishable"),
}


def _published(
    points: Callable[[Record], Points],
    bands: tuple[tuple[float, float, str], ...],
    domains: Mapping[str, tuple[Hashable, ...]],
    *,
    up: str = "",
    down: str = "",
    cuts: Mapping[str, tuple[float, ...]] | None = None,
    only_said: Mapping[str, tuple[Hashable, ...]] | None = None,
    ceiling: float | None = None,
) -> Published:
    """A score; ``up`` and ``down`` name the findings of which more raises, and lowers, the total."""
    dead = {finding: values for finding, values in DEAD.items() if finding in domains}
    moves = {**dict.fromkeys(up.split(), 1), **dict.fromkeys(down.split(), -1)}
    return Published(points, bands, domains, {**dead, **(only_said or {})}, moves, cuts or {}, ceiling)


PUBLISHED: dict[str, Published] = {
    "sins": _published(
        sins,
        ((0, 6, "stable"), (7, 12, "indeterminate"), (13, 18, "unstable")),
        {
            "vertebral-level": tuple((level,) for level in LEVELS),
            "sins-pain": ("mechanical", "occasional-non-mechanical", "pain-free"),
            "sins-bone-lesion": ("lytic", "mixed", "blastic"),
            "sins-alignment": ("subluxation-translation", "de-novo-deformity", "normal"),
            "sins-collapse": ("over-50", "under-50", "no-collapse-over-50-involved", "none"),
            "sins-posterolateral": ("bilateral", "unilateral", "none"),
        },
        only_said={"sins-collapse": ("exactly-50",)},
        up="sins-pain sins-bone-lesion sins-alignment sins-collapse sins-posterolateral",
    ),
    "dumbbell": _published(
        dumbbell,
        ((0, 2, "benign"), (3, 6, "malignant")),
        {
            "dumbbell-diameter": (4.9, 5, 5.1),
            "dumbbell-boundary": ("distinguishable", "indistinguishable"),
            "dumbbell-lobulated": YES_NO,
            "dumbbell-osteolysis": YES_NO,
        },
        up="dumbbell-diameter dumbbell-boundary dumbbell-lobulated dumbbell-osteolysis",
        cuts={"dumbbell-diameter": (5,)},
    ),
    "katagiri-revised": _published(
        katagiri,
        ((0, 3, "low"), (4, 6, "intermediate"), (7, 10, "high")),
        {
            "primary-tumour": TUMOURS,
            "hormone-dependent": YES_NO,
            "targeted-therapy": YES_NO,
            "visceral-metastases": VISCERAL,
            "brain-metastases": YES_NO,
            "platelets": (99.9, 100, 100.1),
            "calcium": (10.2, 10.3, 10.4),
            "bilirubin": (1.3, 1.4, 1.5),
            "crp": (0.39, 0.4, 0.41),
            "ldh": (249, 250, 251),
            "albumin": (3.6, 3.7, 3.8),
            "ecog": ECOG,
            "previous-chemotherapy": YES_NO,
            "bone-metastases": BONE,
        },
        up="brain-metastases calcium bilirubin crp ldh ecog previous-chemotherapy bone-metastases",
        down="hormone-dependent targeted-therapy platelets albumin",
        cuts={
            "platelets": (100,), "calcium": (10.3,), "bilirubin": (1.4,),
            "crp": (0.4,), "ldh": (250,), "albumin": (3.7,),
        },
    ),
    "tokuhashi-revised": _published(
        tokuhashi,
        ((0, 8, "under-6-months"), (9, 11, "6-months-or-more"), (12, 15, "1-year-or-more")),
        {
            "karnofsky": KARNOFSKY,
            "extraspinal-bone-metastasis-count": (0, 1, 2, 3, 4),
            "vertebral-metastasis-count": (1, 2, 3, 4),
            "visceral-metastases": VISCERAL,
            "primary-tumour": TUMOURS,
            "frankel-grade": FRANKEL,
        },
        only_said={"vertebral-metastasis-count": (0,)},
        up="karnofsky frankel-grade",
        down="extraspinal-bone-metastasis-count vertebral-metastasis-count",
        cuts={"extraspinal-bone-metastasis-count": (1, 3), "vertebral-metastasis-count": (1, 2, 3)},
    ),
    "tomita": _published(
        tomita,
        ((2, 3, "2-3"), (4, 5, "4-5"), (6, 7, "6-7"), (8, 10, "8-10")),
        {"primary-tumour": TUMOURS, "visceral-metastases": VISCERAL, "bone-metastases": BONE},
        up="bone-metastases",
    ),
    "bauer": _published(
        bauer,
        ((0, 1, "0-1"), (2, 3, "2-3"), (4, 5, "4-5")),
        {
            "visceral-metastases": VISCERAL,
            "primary-tumour": TUMOURS,
            "bone-metastases": BONE,
            "pathologic-fracture": YES_NO,
        },
        down="bone-metastases pathologic-fracture",
    ),
    "bauer-modified": _published(
        bauer_modified,
        ((0, 1, "0-1"), (2, 2, "2"), (3, 4, "3-4")),
        {"visceral-metastases": VISCERAL, "primary-tumour": TUMOURS, "bone-metastases": BONE},
        down="bone-metastases",
    ),
    "nesms": _published(
        nesms,
        ((0, 0, "0"), (1, 1, "1"), (2, 2, "2"), (3, 3, "3")),
        {
            "visceral-metastases": VISCERAL,
            "primary-tumour": TUMOURS,
            "bone-metastases": BONE,
            "albumin": (3.4, 3.5, 3.6),
            "ambulatory-status": WALKING,
        },
        up="albumin ambulatory-status",
        down="bone-metastases",
        cuts={"albumin": (3.5,)},
        ceiling=3,
    ),
    "van-der-linden": _published(
        van_der_linden,
        ((0, 3, "a"), (4, 5, "b"), (6, 6, "c")),
        {"karnofsky": KARNOFSKY, "primary-tumour": TUMOURS, "visceral-metastases": VISCERAL},
        up="karnofsky",
    ),
    "rades-short-survival": _published(
        rades,
        ((6, 18, "6-18"), (19, 23, "19-23"), (24, 25, "24-25")),
        {
            "ecog": ECOG,
            "primary-tumour": TUMOURS,
            "bone-metastases": BONE,
            "visceral-metastases": VISCERAL,
            "time-from-cancer-diagnosis": (14.9, 15, 15.1),
            "ambulatory-status": WALKING,
            "time-developing-motor-deficit": (6.9, 7, 7.1),
        },
        up="ecog bone-metastases",
        down="time-from-cancer-diagnosis time-developing-motor-deficit ambulatory-status",
        cuts={"time-from-cancer-diagnosis": (15,), "time-developing-motor-deficit": (7,)},
    ),
    "mizumoto": _published(
        mizumoto,
        ((0, 4, "a"), (5, 9, "b"), (10, 14, "c")),
        {
            "ecog": ECOG,
            "hypercalcaemia": YES_NO,
            "visceral-metastases": VISCERAL,
            "previous-chemotherapy": YES_NO,
            "bone-metastases": BONE,
            "age": (70, 70.9, 71, 72),
        },
        up="ecog hypercalcaemia previous-chemotherapy bone-metastases age",
        cuts={"age": (71,)},
    ),
    "prism": _published(
        prism,
        ((-11, 0.5, "poor"), (1, 3.5, "intermediate"), (4, 7, "good"), (7.5, 12.5, "excellent")),
        {
            "sex": ("female", "male"),
            "ecog": ECOG,
            "prior-surgery-at-level": YES_NO,
            "prior-radiotherapy-at-level": YES_NO,
            "metastatic-organ-system-count": tuple(range(11)),
            "bone-metastases": BONE,
            "time-from-cancer-diagnosis": (59.9, 60, 60.1),
        },
        up="prior-surgery-at-level time-from-cancer-diagnosis",
        down="ecog prior-radiotherapy-at-level metastatic-organ-system-count bone-metastases",
        cuts={"metastatic-organ-system-count": tuple(range(1, 11)), "time-from-cancer-diagnosis": (60,)},
    ),
    "soma": _published(
        soma,
        ((0, 0, "0"), (1, 1, "1"), (2, 2, "2"), (3, 5, "3-5")),
        {
            "age": (69, 69.9, 70, 71),
            "albumin": (3.4, 3.5, 3.6),
            "karnofsky": KARNOFSKY,
            "frankel-grade": FRANKEL,
            "contiguous-level-count": (1, 2, 3),
        },
        up="age contiguous-level-count",
        down="albumin karnofsky frankel-grade",
        cuts={"age": (70,), "albumin": (3.5,), "contiguous-level-count": (2,)},
    ),
}  # fmt: skip
