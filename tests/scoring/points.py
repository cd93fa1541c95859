"""The published scores once more, as plain functions: what the engine's answers are held against.

Written from the published tables and not from the product's rows. A record is one value per finding.
Each function gives the points of every item: one number, or several where no source places the value.
A patient who has died (ECOG 5) is in no row.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

Record = Mapping[str, Any]
Points = dict[str, tuple[float, ...]]

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
    # The paper leaves out 50 % itself; it is read as under, and the other reading is said beside the total.
    collapse = {"over-50": 3, "exactly-50": 2, "under-50": 2, "no-collapse-over-50-involved": 1, "none": 0}
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


def bauer(record: Record) -> Points:
    """Bauer and Wedin 1995: the four points of the modified score, and one more for no pathologic fracture."""
    return {**bauer_modified(record), "no-pathologic-fracture": (0 if record["pathologic-fracture"] else 1,)}


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


def dumbbell(record: Record) -> Points:
    """Matsumoto 2016, by the author's table of points: 5 cm itself is large."""
    return {
        "size": (2 if record["dumbbell-diameter"] >= 5 else 0,),
        "boundary": (2 if record["dumbbell-boundary"] == "indistinguishable" else 0,),
        "lobulated": (1 if record["dumbbell-lobulated"] else 0,),
        "osteolysis": (1 if record["dumbbell-osteolysis"] else 0,),
    }


def van_der_linden(record: Record) -> Points:
    """Van der Linden 2005. The table begins at Karnofsky 20."""
    karnofsky = record["karnofsky"]
    site = record["primary-tumour"]
    return {
        "karnofsky": (0, 1, 2) if karnofsky < 20 else (2 if karnofsky >= 80 else 1 if karnofsky >= 50 else 0,),
        "primary-site": (1 if site in LUNG else {"breast": 3, "prostate": 2}.get(site, 0),),
        "visceral": (0 if "/" in record["visceral-metastases"] else 1,),
    }


def rades(record: Record) -> Points:
    """Rades 2013, death within two months. No patient had ECOG 0 or 1, and plasmacytoma is named nowhere."""
    site = record["primary-tumour"]
    kind = (1,) if site in ("breast", "myeloma", "lymphoma") else (2,) if site == "prostate" else (3,)
    return {
        "ecog": {2: (0,), 3: (4,), 4: (4,)}.get(record["ecog"], (0, 4)),
        "primary-site": (1, 3) if site == "plasmacytoma" else kind,
        "other-bone": (1 if record["bone-metastases"] == "solitary" else 3,),
        "visceral": (4 if "/" in record["visceral-metastases"] else 1,),
        "interval": (3 if record["time-from-cancer-diagnosis"] <= 15 else 1,),
        "ambulatory": (4 if record["ambulatory-status"] == "non-ambulatory" else 1,),
        "motor-deficit": (4 if record["time-developing-motor-deficit"] <= 7 else 1,),
    }


def prism(record: Record) -> Points:
    """Tang 2015, with the points of Florez 2024. Solitary bone disease is the only disease there is."""
    organs = record["metastatic-organ-system-count"]
    return {
        "sex": (2 if record["sex"] == "female" else 0,),
        "ecog": {0: (3.5,), 1: (1.5,), 2: (0.5,), 3: (0,), 4: (0,)}.get(record["ecog"], (0, 0.5, 1.5, 3.5)),
        "prior-surgery": (1 if record["prior-surgery-at-level"] else 0,),
        "prior-radiotherapy": (-1 if record["prior-radiotherapy-at-level"] else 0,),
        "organ-systems": (-organs,),
        "solitary-bone": (3 if record["bone-metastases"] == "solitary" and organs == 0 else 0,),
        "latency": (3 if record["time-from-cancer-diagnosis"] > 5 * 12 else 0,),
    }


def soma(record: Record) -> Points:
    """De la Garza Ramos 2020."""
    return {
        "age": (1 if record["age"] >= 70 else 0,),
        "albumin": (1 if record["albumin"] < 3.5 else 0,),
        "karnofsky": (0, 1) if record["karnofsky"] == 0 else (1 if record["karnofsky"] <= 40 else 0,),
        "frankel": (1 if record["frankel-grade"][-1] in "abc" else 0,),
        "contiguous-levels": (1 if record["contiguous-level-count"] >= 2 else 0,),
    }


def mizumoto(record: Record) -> Points:
    """Mizumoto 2008. The abstract does not say which tumours are unfavourable."""
    ecog = record["ecog"]
    return {
        "tumour-type": (0, 3),
        "ecog": (0, 3) if ecog == 5 else (3 if ecog >= 3 else 0,),
        "hypercalcaemia": (2 if record["hypercalcaemia"] else 0,),
        "visceral": (2 if "/" in record["visceral-metastases"] else 0,),
        "previous-chemotherapy": (2 if record["previous-chemotherapy"] else 0,),
        "multiple-bone": (1 if record["bone-metastases"] == "multiple" else 0,),
        "age": (1 if record["age"] >= 71 else 0,),
    }
