"""Spinal Instability Neoplastic Score (Fisher 2010): six components, 0 to 18 points.

Collapse of exactly 50 % has no row in the paper; as a number it is read as "under 50 %".
"""

from service.conditions import includes, is_
from service.findings import LESION
from service.scoring.model import Band, Item, Score, row
from service.scoring.sources import FISHER_2010, FOURNEY_2011
from service.vertebrae import levels

# A lesion of several levels scores at its least stable one: the rows are read from the top.
LOCATION = Item(
    "location",
    "Location",
    (
        row(
            3,
            "junctional: occiput-C2, C7-T2, T11-L1, L5-S1",
            includes(
                "vertebral-level",
                *levels("C0", "C2"), *levels("C7", "T2"), *levels("T11", "L1"), *levels("L5", "S1"),
            ),
        ),
        row(2, "mobile: C3-C6, L2-L4", includes("vertebral-level", *levels("C3", "C6"), *levels("L2", "L4"))),
        row(1, "semirigid: T3-T10", includes("vertebral-level", *levels("T3", "T10"))),
        row(0, "rigid: S2-S5", includes("vertebral-level", *levels("S2", "S5"))),
    ),
)  # fmt: skip

SINS = Score(
    code="sins",
    title="Spinal Instability Neoplastic Score (SINS)",
    scope=LESION,
    items=(
        LOCATION,
        Item(
            "pain",
            "Pain",
            (
                row(
                    3,
                    "mechanical: relief when lying down, or pain on movement or load",
                    is_("sins-pain", "mechanical"),
                ),
                row(1, "occasional, not mechanical", is_("sins-pain", "occasional-non-mechanical")),
                row(0, "pain-free lesion", is_("sins-pain", "pain-free")),
            ),
        ),
        Item(
            "bone-lesion",
            "Bone lesion",
            (
                row(2, "lytic", is_("sins-bone-lesion", "lytic")),
                row(1, "mixed", is_("sins-bone-lesion", "mixed")),
                row(0, "blastic", is_("sins-bone-lesion", "blastic")),
            ),
        ),
        Item(
            "alignment",
            "Alignment",
            (
                row(4, "subluxation or translation", is_("sins-alignment", "subluxation-translation")),
                row(2, "de novo deformity (kyphosis, scoliosis)", is_("sins-alignment", "de-novo-deformity")),
                row(0, "normal", is_("sins-alignment", "normal")),
            ),
        ),
        Item(
            "collapse",
            "Vertebral body collapse",
            (
                row(3, "over 50 %", is_("sins-collapse", "over-50")),
                row(2, "under 50 %", is_("sins-collapse", "under-50")),
                row(
                    1,
                    "none, over 50 % of the body involved",
                    is_("sins-collapse", "no-collapse-over-50-involved"),
                ),
                row(0, "none of these", is_("sins-collapse", "none")),
            ),
        ),
        Item(
            "posterolateral",
            "Posterolateral involvement",
            (
                row(3, "bilateral", is_("sins-posterolateral", "bilateral")),
                row(1, "unilateral", is_("sins-posterolateral", "unilateral")),
                row(0, "none", is_("sins-posterolateral", "none")),
            ),
        ),
    ),
    bands=(
        Band("stable", "stable", 0, 6, "Stable", "low"),
        Band("indeterminate", "indeterminate", 7, 12, "Indeterminate, potentially unstable", "moderate"),
        Band("unstable", "unstable", 13, 18, "Unstable", "high"),
    ),
    sources=(FISHER_2010, FOURNEY_2011),
    predicts="mechanical stability of the lesion",
    population="neoplastic disease of the spine; each lesion is scored by itself",
    caveats=(
        "Sensitivity 95.7 % and specificity 79.5 % for potentially unstable or unstable (7 or more), "
        "30 cases (Fourney 2011).",
        "Bone lesion quality is the component on which raters agree least (kappa 0.244, Fourney 2011).",
    ),
    metastatic_only=False,
)
