"""Spinal Instability Neoplastic Score (Fisher 2010): six components, 0 to 18 points."""

from service.conditions import includes, is_
from service.findings import LESION
from service.scoring.common import post
from service.scoring.model import ADULTS, Band, Boundary, Item, Kind, Reading, Remark, Score, Status, Validation, row
from service.scoring.sources import FISHER_2010, FOURNEY_2011, KAKUTANI_2023, KIM_2020, LENSCHOW_2022, NAKANISHI_2024
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

PAIN = Item(
    "pain",
    "Pain",
    (
        row(3, "mechanical: relief when lying down, or pain on movement or load", is_("sins-pain", "mechanical")),
        row(1, "occasional, not mechanical", is_("sins-pain", "occasional-non-mechanical")),
        row(0, "pain-free lesion", is_("sins-pain", "pain-free")),
    ),
)

BONE_LESION = Item(
    "bone-lesion",
    "Bone lesion",
    (
        row(2, "lytic", is_("sins-bone-lesion", "lytic")),
        row(1, "mixed", is_("sins-bone-lesion", "mixed")),
        row(0, "blastic", is_("sins-bone-lesion", "blastic")),
    ),
)

ALIGNMENT = Item(
    "alignment",
    "Alignment",
    (
        row(4, "subluxation or translation", is_("sins-alignment", "subluxation-translation")),
        row(2, "de novo deformity (kyphosis, scoliosis)", is_("sins-alignment", "de-novo-deformity")),
        row(0, "normal", is_("sins-alignment", "normal")),
    ),
)

COLLAPSE = Item(
    "collapse",
    "Vertebral body collapse",
    (
        row(3, "over 50 %", is_("sins-collapse", "over-50")),
        row(2, "under 50 %", is_("sins-collapse", "under-50", "exactly-50")),
        row(1, "none, over 50 % of the body involved", is_("sins-collapse", "no-collapse-over-50-involved")),
        row(0, "none of these", is_("sins-collapse", "none")),
    ),
    (
        Boundary(
            is_("sins-collapse", "exactly-50"),
            3,
            "the collapse is exactly 50 %, which the paper leaves open; judged as over 50 % it has 3 points",
        ),
    ),
)

POSTEROLATERAL = Item(
    "posterolateral",
    "Posterolateral involvement",
    (
        row(3, "bilateral", is_("sins-posterolateral", "bilateral")),
        row(1, "unilateral", is_("sins-posterolateral", "unilateral")),
        row(0, "none", is_("sins-posterolateral", "none")),
    ),
)

SINS = Score(
    code="sins",
    title="Spinal Instability Neoplastic Score (SINS)",
    kind=Kind.STABILITY,
    scope=LESION,
    items=(LOCATION, PAIN, BONE_LESION, ALIGNMENT, COLLAPSE, POSTEROLATERAL),
    bands=(
        Band("stable", "stable", 0, 6, "Stable", "low"),
        Band("indeterminate", "indeterminate", 7, 12, "Indeterminate, potentially unstable", "moderate"),
        Band("unstable", "unstable", 13, 18, "Unstable", "high"),
    ),
    sources=(FISHER_2010, FOURNEY_2011),
    status=Status.VERIFIED,
    predicts="mechanical stability of the lesion",
    population="neoplastic disease of the spine; each lesion is scored by itself",
    setting="before any treatment is chosen",
    clock="none: it describes the spine as it is imaged",
    limits=(ADULTS,),
    validations=(
        Validation(
            "sensitivity for potentially unstable or unstable (7 or more), %", 95.7, FOURNEY_2011, 30, external=False
        ),
        Validation(
            "specificity for potentially unstable or unstable (7 or more), %", 79.5, FOURNEY_2011, 30, external=False
        ),
        Validation(
            "agreement between raters (intraclass correlation)", 0.846, FOURNEY_2011, 30, (0.773, 0.911), external=False
        ),
        Validation(
            "agreement of a rater with an earlier rating (intraclass correlation)",
            0.886,
            FOURNEY_2011,
            30,
            (0.868, 0.902),
            external=False,
        ),
        Validation(
            "kappa of the class against the raters' consensus (predictive validity)",
            0.712,
            FOURNEY_2011,
            30,
            external=False,
        ),
        Validation("kappa between raters: location", 0.790, FOURNEY_2011, 30, external=False),
        Validation("kappa between raters: pain", 0.841, FOURNEY_2011, 30, external=False),
        Validation("kappa between raters: bone lesion", 0.244, FOURNEY_2011, 30, external=False),
        Validation("kappa between raters: alignment", 0.456, FOURNEY_2011, 30, external=False),
        Validation("kappa between raters: collapse", 0.462, FOURNEY_2011, 30, external=False),
        Validation("kappa between raters: posterolateral involvement", 0.492, FOURNEY_2011, 30, external=False),
        Validation("AUC for a skeletal-related event (121 of the patients had one)", 0.832, NAKANISHI_2024, 1041),
        post(0.54),
    ),
    remarks=(
        Remark(
            "Bone lesion quality is the component on which raters agree least (kappa 0.244, Fourney 2011).",
            FOURNEY_2011,
        ),
        Remark(
            "In patients without symptoms a score of 10 or more marked a high risk of symptoms later "
            "(Kakutani 2023, n = 128).",
            KAKUTANI_2023,
        ),
        Remark(
            "With 7 to 12 and no deficit, 33 % of the patients treated without surgery came to surgery within a year "
            "(Kim 2020, 47 of 79 patients were treated so).",
            KIM_2020,
        ),
        Remark(
            "With 7 to 12, instrumentation brought no neurological benefit and more complications of surgery "
            "(Lenschow 2022, n = 331).",
            LENSCHOW_2022,
        ),
    ),
    readings=(
        Reading(
            "Collapse of exactly 50 % has no row in the paper, which has over and under 50 %; a review of 2021 prints 50 % in both.",
            "As a number, exactly 50 % is read as under 50 %, and the answer shows the total with the point more.",
        ),
        Reading(
            "A review of 2021 leaves out that over 50 % of the body has to be involved where there is no collapse.",
            "Over 50 %.",
        ),
        Reading(
            'Tables that print "yes" for pain mean mechanical pain by a footnote.',
            "3 points for mechanical pain only: relief when lying down, or pain on movement or load.",
        ),
        Reading(
            "The paper scores a level; records name lesions of several.",
            "The least stable level of a lesion counts. Lesions are scored one by one and never added up.",
        ),
        Reading(
            "Sensitivity 95.7 % and specificity 79.5 % are often cited as Fisher 2010.",
            "They are of Fourney 2011, 30 cases, and are cited so.",
        ),
        Reading(
            "A review compares 10 or more with under 9, so that 9 belongs to neither.",
            "10 or more against 9 or less.",
        ),
        Reading("One text says that the components give 1 to 3 points.", "0 to 4, as in the paper."),
    ),
    origins=frozenset(("metastatic", "primary", "dumbbell")),
)
