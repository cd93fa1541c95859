"""The worked examples of ``tests/data/clinical-vectors.json``, and how the words of their inputs read as findings."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Inputs = dict[str, Any]

VECTORS: list[Inputs] = json.loads((Path(__file__).parents[1] / "data" / "clinical-vectors.json").read_text("utf-8"))[
    "vectors"
]


def of_system(*systems: str) -> list[Inputs]:
    return [vector for vector in VECTORS if vector["system"] in systems]


def _organs(present: bool) -> str:
    return "present" if present else "none"


def _bones(solitary: bool) -> str:
    return "solitary" if solitary else "multiple"


def _sins(given: Inputs) -> Inputs:
    collapse = {"gt50": "over-50", "lt50": "under-50", "none_gt50_body_involved": "no-collapse-over-50-involved"}
    pain = {"none": "pain-free", "occasional_nonmechanical": "occasional-non-mechanical"}
    return {
        "vertebral-level": (given["level"],),
        "sins-pain": pain.get(given["pain"], given["pain"]),
        "sins-bone-lesion": given["lesion"],
        "sins-alignment": given["alignment"].replace("_", "-"),
        "sins-collapse": collapse.get(given["collapse"], given["collapse"]),
        "sins-posterolateral": given["posterolateral"],
    }


def _tokuhashi(given: Inputs) -> Inputs:
    return {
        "karnofsky": given["kps"],
        "extraspinal-bone-metastasis-count": given["extraspinal_bone_foci"],
        "vertebral-metastasis-count": given["vertebral_mets"],
        "visceral-metastases": given["major_organ_mets"],
        "primary-tumour": given["primary"],
        "frankel-grade": f"frankel-{given['frankel'].lower()}",
    }


def _tomita(given: Inputs) -> Inputs:
    return {
        "primary-tumour": {"slow": "breast", "moderate": "kidney", "rapid": "stomach"}[given["growth"]],
        "visceral-metastases": given["visceral"],
        "bone-metastases": _bones(given["bone"] == "solitary_or_isolated"),
    }


def _bauer(given: Inputs) -> Inputs:
    return {
        "primary-tumour": given["primary"],
        "visceral-metastases": _organs(given["visceral_mets"]),
        "bone-metastases": _bones(given["solitary_skeletal_met"]),
    }


def _bauer_original(given: Inputs) -> Inputs:
    return {**_bauer(given), "pathologic-fracture": given["pathologic_fracture"]}


def _katagiri(given: Inputs) -> Inputs:
    labs = {name.split("_")[0]: value for name, value in given["labs"].items()}
    return {
        "primary-tumour": {"slow": "thyroid", "moderate": "kidney", "rapid": "colon"}[given["site_group"]],
        "visceral-metastases": given["visceral"],
        "brain-metastases": False,
        **labs,
        "ecog": given["ecog"],
        "previous-chemotherapy": given["previous_chemo"],
        "bone-metastases": _bones(not given["multiple_skeletal"]),
    }


def _nesms(given: Inputs) -> Inputs:
    primary, organs, bone = {
        0: ("lung", "present", "multiple"),
        1: ("colon", "present", "multiple"),
        2: ("kidney", "present", "multiple"),
        3: ("breast", "none", "multiple"),
        4: ("breast", "none", "solitary"),
    }[given["modified_bauer"]]
    return {
        "primary-tumour": primary,
        "visceral-metastases": organs,
        "bone-metastases": bone,
        "albumin": given["albumin_g_dl"],
        "ambulatory-status": given["ambulatory"].replace("_", "-"),
    }


def _dumbbell(given: Inputs) -> Inputs:
    return {
        "dumbbell-diameter": given["max_diameter_cm"],
        "dumbbell-boundary": "indistinguishable" if given["boundary_indistinguishable"] else "distinguishable",
        "dumbbell-lobulated": given["irregularly_lobulated"],
        "dumbbell-osteolysis": given["osteolytic"],
    }


def _van_der_linden(given: Inputs) -> Inputs:
    return {
        "karnofsky": given["kps"],
        "primary-tumour": given["primary"],
        "visceral-metastases": _organs(given["visceral_mets"]),
    }


def _rades(given: Inputs) -> Inputs:
    return {
        "ecog": given["ecog"],
        "primary-tumour": {"myeloma_lymphoma": "myeloma"}.get(given["site"], given["site"]),
        "bone-metastases": _bones(not given["other_bone_mets"]),
        "visceral-metastases": _organs(given["visceral_mets"]),
        "time-from-cancer-diagnosis": given["interval_months"],
        "ambulatory-status": "impaired" if given["ambulatory"] else "non-ambulatory",
        "time-developing-motor-deficit": given["motor_deficit_days"],
    }


def _prism(given: Inputs) -> Inputs:
    return {
        "sex": given["sex"],
        "ecog": given["ecog"],
        "prior-surgery-at-level": given["prior_surgery_at_site"],
        "prior-radiotherapy-at-level": given["prior_rt_at_site"],
        "metastatic-organ-system-count": given["other_organ_systems"],
        "bone-metastases": _bones(given["solitary_bone"]),
        "time-from-cancer-diagnosis": 72 if given["dx_to_met_gt_5y"] else 12,
    }


def _soma(given: Inputs) -> Inputs:
    return {
        "age": given["age"],
        "albumin": 3.4 if given["hypoalbuminemia"] else 3.5,
        "karnofsky": given["kps"],
        "frankel-grade": f"frankel-{given['frankel'].lower()}",
        "contiguous-level-count": given["contiguous_levels"],
    }


@dataclass(frozen=True)
class System:
    """A score of the examples."""

    score: str
    read: Callable[[Inputs], Inputs]
    """The findings that the inputs of an example stand for."""
    bands: dict[str, str]
    """The bands of the score by the names of the examples."""


SYSTEMS: dict[str, System] = {
    "SINS": System(
        "sins", _sins, {"stable": "stable", "potentially_unstable": "indeterminate", "unstable": "unstable"}
    ),
    "TOKUHASHI_REVISED": System(
        "tokuhashi-revised",
        _tokuhashi,
        {"lt_6_months": "under-6-months", "ge_6_months": "6-months-or-more", "ge_1_year": "1-year-or-more"},
    ),
    "TOMITA": System(
        "tomita",
        _tomita,
        {
            "wide_or_marginal_excision_long_term_local_control": "2-3",
            "marginal_or_intralesional_excision_middle_term_local_control": "4-5",
            "palliative_surgery_short_term_palliation": "6-7",
            "supportive_care": "8-10",
        },
    ),
    "BAUER_ORIGINAL": System("bauer", _bauer_original, {"lt_6_months": "0-1", "gt_6_months": "2-3"}),
    "BAUER_MODIFIED": System(
        "bauer-modified",
        _bauer,
        {
            "supportive_no_surgery": "0-1",
            "short_term_palliation_dorsal": "2",
            "middle_term_local_control_ventral_dorsal": "3-4",
        },
    ),
    "KATAGIRI_2014": System(
        "katagiri-revised",
        _katagiri,
        {"low_risk": "low", "intermediate_risk": "intermediate", "high_risk": "high"},
    ),
    "NESMS": System("nesms", _nesms, {f"NESMS_{n}": str(n) for n in range(4)}),
    "DUMBBELL_DSS": System(
        "dumbbell", _dumbbell, {"benign_more_likely": "benign", "malignancy_suspected": "malignant"}
    ),
    "VAN_DER_LINDEN": System(
        "van-der-linden", _van_der_linden, {"A_3_months": "a", "B_9_months": "b", "C_19_months": "c"}
    ),
    "RADES_SHORT_SURVIVAL": System(
        "rades-short-survival", _rades, {"not_flagged": "6-18", "best_supportive_care_suggested": "19-23"}
    ),
    "PRISM": System(
        "prism",
        _prism,
        {"1_excellent": "excellent", "2_good": "good", "3_intermediate": "intermediate", "4_poor": "poor"},
    ),
    "SOMA": System("soma", _soma, {"4.6%": "0", "30.0%": "1", "53.9%": "2", "64.7%": "3-5"}),
}
SCORED = of_system(*SYSTEMS)

#: Systems that examples exist for, and that are not computed.
NOT_COMPUTED = {
    "WBB_APPROACH": "the zones are kept as findings; no score follows from them",
    "H2_FAILS": "the limits of albumin, INR and leucocytes are in no source that could be read",
    "OSRI": "the points of its tumour groups are in no source that could be read",
}


def points(vector: Inputs) -> list[float]:
    """The points of the items, in the order of the score; the sum before a ceiling is no item."""
    given = vector["expected_points_by_component"]
    return [value for name, value in given.items() if name not in ("raw_sum", "ceiling_applied")]
