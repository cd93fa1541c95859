"""The words that the form has beside its questions: hints, what grades mean, and further units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HINTS: Mapping[str, str] = {
    "ecog": "0 fully active, 1 light work, 2 up for more than half of the day, 3 in bed for more than half of it, "
    "4 always in bed",
    "ambulatory-status": "Impaired: walks with help or with difficulty.",
    "vertebral-metastasis-count": "All vertebrae with a metastasis, those below included.",
    "extraspinal-bone-metastasis-count": "Bones other than the spine; 0 if there are none.",
    "visceral-metastases": "Lung, liver, kidney and other organs; the brain is asked for below.",
    "metastatic-organ-system-count": "Other than bone.",
    "escc-grade": "Epidural spinal cord compression on MRI, by Bilsky.",
    "progressive-deficit": "A weakness that is new or gets worse.",
    "tumour-origin": "A primary tumour began in the spine.",
    "mechanical-stability": "For a SINS of 7 to 12.",
    "time-developing-motor-deficit": "From the first weakness to not walking.",
    "life-expectancy": "The clinician's own estimate.",
    "frankel-grade": "A nothing, B feeling only, C movement of no use, D useful movement, E normal",
    "asia-impairment": "A nothing, B feeling only, C most muscles below grade 3, D most of grade 3 or more, E normal",
    "wbb-zones": "Zones 1 to 12, such as 4-8 or 4,5,6.",
    "wbb-layers": "Layers A to E, such as A,B,C.",
    "dumbbell-diameter": "The largest one.",
}
#: What a value means, where its name does not say it. The ESCC grades as in Bilsky 2010.
OPTIONS: Mapping[tuple[str, str], str] = {
    ("escc-grade", "escc-0"): "bone only",
    ("escc-grade", "escc-1a"): "epidural, thecal sac not deformed",
    ("escc-grade", "escc-1b"): "thecal sac deformed, cord not touched",
    ("escc-grade", "escc-1c"): "cord touched, not compressed",
    ("escc-grade", "escc-2"): "cord compressed, CSF visible",
    ("escc-grade", "escc-3"): "cord compressed, no CSF visible",
    ("visceral-metastases", "removable"): "for Tokuhashi",
    ("visceral-metastases", "treatable"): "for Tomita",
    ("visceral-metastases", "nodular"): "for Katagiri",
}


@dataclass(frozen=True)
class _Units:
    more: Mapping[str, tuple[str, ...]]
    """By finding: further UCUM units in which laboratories report it."""
    printed: Mapping[str, str]
    """UCUM units as people write them."""


_CELLS = ("/uL",)
UNITS = _Units(
    more={
        "albumin": ("g/dL", "g/L"),
        "haemoglobin": ("g/dL", "g/L", "mmol/L"),
        "crp": ("mg/dL", "mg/L"),
        "bilirubin": ("mg/dL", "umol/L"),
        "calcium": ("mg/dL", "mmol/L"),
        "creatinine": ("mg/dL", "umol/L"),
        "leucocytes": _CELLS,
        "lymphocytes": _CELLS,
        "neutrophils": _CELLS,
        "platelets": _CELLS,
        "ldh": ("U/L", "ukat/L"),
        "alkaline-phosphatase": ("U/L", "ukat/L"),
        "time-from-cancer-diagnosis": ("mo", "a"),
        "life-expectancy": ("mo", "a"),
        "time-developing-motor-deficit": ("d", "h", "wk"),
        "dumbbell-diameter": ("cm", "mm"),
    },
    printed={
        "1": "",
        "a": "years",
        "mo": "months",
        "wk": "weeks",
        "d": "days",
        "h": "hours",
        "10*3/uL": "× 10³/µL",
        "/uL": "/µL",
        "umol/L": "µmol/L",
        "ukat/L": "µkat/L",
        "kg/m2": "kg/m²",
    },
)
