"""The six published scores once more, as plain functions: what the engine's answers are held against.

Written from the published tables and not from the product's rows. A record is one value per finding.
Each function gives the points of every item: one number, or several where no source places the value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

Record = Mapping[str, Any]
Points = dict[str, tuple[int, ...]]

LEVELS = "C0 C1 C2 C3 C4 C5 C6 C7 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11 T12 L1 L2 L3 L4 L5 S1 S2 S3 S4 S5".split()
JUNCTIONAL = "C0 C1 C2 C7 T1 T2 T11 T12 L1 L5 S1".split()
MOBILE = "C3 C4 C5 C6 L2 L3 L4".split()
SEMIRIGID = "T3 T4 T5 T6 T7 T8 T9 T10".split()
RIGID = "S2 S3 S4 S5".split()

TUMOURS = tuple(
    "lung-nsclc lung-sclc breast prostate kidney thyroid liver gallbladder-biliary stomach oesophagus pancreas "
    "small-bowel colon rectum bladder uterus cervix ovary germ-cell-seminoma germ-cell-non-seminoma head-neck "
    "melanoma neuroendocrine lymphoma myeloma plasmacytoma leukaemia mesothelioma thymus adrenal "
    "soft-tissue-sarcoma osteosarcoma chondrosarcoma ewing-sarcoma chordoma giant-cell-tumour-of-bone mpnst "
    "schwannoma unknown-primary other".split()
)
LUNG = ("lung-nsclc", "lung-sclc")
ORGAN_STATES = tuple(
    f"{surgery}/{treatment}/{spread}"
    for surgery in ("removable", "unremovable")
    for treatment in ("treatable", "untreatable")
    for spread in ("nodular", "disseminated")
)
VISCERAL = ("none", "meningeal-only", *ORGAN_STATES)


def sins(record: Record) -> Points:
    """Fisher 2010. The level is a run of levels; the least stable one counts."""
    location = {
        **dict.fromkeys(JUNCTIONAL, 3),
        **dict.fromkeys(MOBILE, 2),
        **dict.fromkeys(SEMIRIGID, 1),
        **dict.fromkeys(RIGID, 0),
    }
    pain = {"mechanical": 3, "occasional-non-mechanical": 1, "pain-free": 0}
    bone = {"lytic": 2, "mixed": 1, "blastic": 0}
    alignment = {"subluxation-translation": 4, "de-novo-deformity": 2, "normal": 0}
    collapse = {"over-50": 3, "under-50": 2, "no-collapse-over-50-involved": 1, "none": 0}
    posterolateral = {"bilateral": 3, "unilateral": 1, "none": 0}
    return {
        "location": (max(location[level] for level in record["vertebral-level"]),),
        "pain": (pain[record["sins-pain"]],),
        "bone-lesion": (bone[record["sins-bone-lesion"]],),
        "alignment": (alignment[record["sins-alignment"]],),
        "collapse": (collapse[record["sins-collapse"]],),
        "posterolateral": (posterolateral[record["sins-posterolateral"]],),
    }


def tokuhashi(record: Record) -> Points:
    """Tokuhashi 2005, as corrected in NICE CG75. Karnofsky 0 and no vertebral metastasis are not in the table."""
    karnofsky = record["karnofsky"]
    general = (0, 1, 2) if karnofsky == 0 else (0 if karnofsky <= 40 else 1 if karnofsky <= 70 else 2,)
    elsewhere = record["extraspinal-bone-metastasis-count"]
    vertebrae = record["vertebral-metastasis-count"]
    organs = record["visceral-metastases"].split("/")[0]
    site = record["primary-tumour"]
    if site in (*LUNG, "osteosarcoma", "stomach", "bladder", "oesophagus", "pancreas"):
        primary = 0
    elif site in ("liver", "gallbladder-biliary", "unknown-primary"):
        primary = 1
    elif site in ("kidney", "uterus"):
        primary = 3
    elif site == "rectum":
        primary = 4
    elif site in ("thyroid", "breast", "prostate", "neuroendocrine"):
        primary = 5
    else:
        primary = 2
    return {
        "general-condition": general,
        "extraspinal-bone": (2 if elsewhere == 0 else 1 if elsewhere <= 2 else 0,),
        "vertebral": {0: (0, 1, 2), 1: (2,), 2: (1,)}.get(vertebrae, (0,)),
        "major-organs": ({"unremovable": 0, "removable": 1, "none": 2, "meningeal-only": 2}[organs],),
        "primary-site": (primary,),
        "palsy": ({"a": 0, "b": 0, "c": 1, "d": 1, "e": 2}[record["frankel-grade"][-1]],),
    }


def tomita(record: Record) -> Points:
    """Tomita 2001. The growth of primaries beyond the named ones is in no source that was checked."""
    growth = {
        **dict.fromkeys(("breast", "thyroid", "prostate"), (1,)),
        **dict.fromkeys(("kidney", "uterus"), (2,)),
        **dict.fromkeys((*LUNG, "stomach", "unknown-primary"), (4,)),
    }
    organs = record["visceral-metastases"]
    return {
        "primary-growth": growth.get(record["primary-tumour"], (1, 2, 4)),
        "visceral": (0 if "/" not in organs else 2 if organs.split("/")[1] == "treatable" else 4,),
        "bone": (1 if record["bone-metastases"] == "solitary" else 2,),
    }


def bauer_modified(record: Record) -> Points:
    """Leithner 2008. Plasmacytoma is not the multiple myeloma of the table, and nothing else says where it is."""
    site = record["primary-tumour"]
    favourable = (1,) if site in ("breast", "kidney", "lymphoma", "myeloma") else (0,)
    return {
        "no-visceral": (0 if "/" in record["visceral-metastases"] else 1,),
        "not-lung": (0 if site in LUNG else 1,),
        "favourable-primary": (0, 1) if site == "plasmacytoma" else favourable,
        "solitary-skeletal": (1 if record["bone-metastases"] == "solitary" else 0,),
    }


def katagiri(record: Record) -> Points:
    """Katagiri 2014. Primaries that are only listed from memory are not placed."""
    site = record["primary-tumour"]
    rapid = "colon rectum stomach pancreas head-neck oesophagus liver melanoma unknown-primary".split()
    moderate = "kidney soft-tissue-sarcoma osteosarcoma chondrosarcoma ewing-sarcoma mpnst".split()
    primary: tuple[int, ...] = (0, 2, 3)
    if site in ("breast", "prostate"):
        primary = (0,) if record["hormone-dependent"] else (2,)
    elif site in LUNG:
        primary = (2,) if record["targeted-therapy"] else (3,)
    elif site in ("thyroid", "myeloma", "lymphoma"):
        primary = (0,)
    elif site in moderate:
        primary = (2,)
    elif site in rapid:
        primary = (3,)
    organs = record["visceral-metastases"]
    if organs == "meningeal-only" or organs.endswith("disseminated"):
        visceral = 2
    elif organs.endswith("nodular") or record["brain-metastases"]:
        visceral = 1
    else:
        visceral = 0
    critical = record["platelets"] < 100 or record["calcium"] >= 10.3 or record["bilirubin"] >= 1.4
    abnormal = record["crp"] >= 0.4 or record["ldh"] >= 250 or record["albumin"] < 3.7
    ecog = record["ecog"]
    return {
        "primary-site": primary,
        "visceral": (visceral,),
        "laboratory": (2 if critical else 1 if abnormal else 0,),
        "ecog": (0, 1) if ecog == 5 else (1 if ecog >= 3 else 0,),
        "previous-chemotherapy": (1 if record["previous-chemotherapy"] else 0,),
        "multiple-skeletal": (0 if record["bone-metastases"] == "solitary" else 1,),
    }


def nesms(record: Record) -> Points:
    """Ghori 2015: two points for a modified Bauer score of 3 or more. The sum is capped at 3."""
    bauer = {sum(points) for points in product(*bauer_modified(record).values())}
    return {
        "modified-bauer": tuple(sorted({2 if total >= 3 else 0 for total in bauer})),
        "albumin": (1 if record["albumin"] >= 3.5 else 0,),
        "ambulatory": (0 if record["ambulatory-status"] == "non-ambulatory" else 1,),
    }


@dataclass(frozen=True)
class Published:
    """A score, with the values to try: a number at, just below and just above each cut-off."""

    points: Callable[[Record], Points]
    bands: tuple[tuple[int, int, str], ...]
    domains: Mapping[str, tuple[Hashable, ...]]
    """For each finding that the score reads, what it may be when nothing is said."""
    only_said: Mapping[str, tuple[Hashable, ...]] = field(default_factory=dict)
    """Values that are possible only when the record gives them."""
    cuts: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    ceiling: int | None = None

    def vectors(self, record: Record) -> tuple[tuple[int, ...], ...]:
        """The possible points, in the order of the items; one tuple where the sources place everything."""
        return tuple(product(*self.points(record).values()))

    def total(self, points: tuple[int, ...]) -> int:
        return sum(points) if self.ceiling is None else min(self.ceiling, sum(points))

    def band(self, total: int) -> str:
        return next(code for low, high, code in self.bands if low <= total <= high)


BONE = ("solitary", "multiple")
YES_NO = (False, True)

PUBLISHED: dict[str, Published] = {
    "sins": Published(
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
    ),
    "tokuhashi-revised": Published(
        tokuhashi,
        ((0, 8, "under-6-months"), (9, 11, "6-months-or-more"), (12, 15, "1-year-or-more")),
        {
            "karnofsky": tuple(range(10, 101, 10)),
            "extraspinal-bone-metastasis-count": (0, 1, 2, 3, 4),
            "vertebral-metastasis-count": (1, 2, 3, 4),
            "visceral-metastases": VISCERAL,
            "primary-tumour": TUMOURS,
            "frankel-grade": tuple(f"frankel-{letter}" for letter in "abcde"),
        },
        only_said={"karnofsky": (0,), "vertebral-metastasis-count": (0,)},
        cuts={"extraspinal-bone-metastasis-count": (1, 3), "vertebral-metastasis-count": (1, 2, 3)},
    ),
    "tomita": Published(
        tomita,
        ((2, 3, "2-3"), (4, 5, "4-5"), (6, 7, "6-7"), (8, 10, "8-10")),
        {"primary-tumour": TUMOURS, "visceral-metastases": VISCERAL, "bone-metastases": BONE},
    ),
    "bauer-modified": Published(
        bauer_modified,
        ((0, 1, "0-1"), (2, 2, "2"), (3, 4, "3-4")),
        {"visceral-metastases": VISCERAL, "primary-tumour": TUMOURS, "bone-metastases": BONE},
    ),
    "katagiri-revised": Published(
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
            "ecog": (0, 1, 2, 3, 4),
            "previous-chemotherapy": YES_NO,
            "bone-metastases": BONE,
        },
        only_said={"ecog": (5,)},
        cuts={
            "platelets": (100,), "calcium": (10.3,), "bilirubin": (1.4,),
            "crp": (0.4,), "ldh": (250,), "albumin": (3.7,),
        },
    ),
    "nesms": Published(
        nesms,
        ((0, 0, "0"), (1, 1, "1"), (2, 2, "2"), (3, 3, "3")),
        {
            "visceral-metastases": VISCERAL,
            "primary-tumour": TUMOURS,
            "bone-metastases": BONE,
            "albumin": (3.4, 3.5, 3.6),
            "ambulatory-status": ("intact", "impaired", "non-ambulatory"),
        },
        cuts={"albumin": (3.5,)},
        ceiling=3,
    ),
}  # fmt: skip
