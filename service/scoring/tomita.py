"""Tomita score (2001): three factors, 2 to 10; high is bad.

Liver, colon and others are placed by no source that could be checked: any growth is possible.
"""

from service.conditions import is_
from service.findings import LUNG, MENINGEAL, PATIENT, visceral
from service.scoring.model import Band, Item, Score, row
from service.scoring.sources import BINDELS_2025, BOLLEN_2015, TABOUREL_2021, TOMITA_2001

TOMITA = Score(
    code="tomita",
    title="Tomita score",
    scope=PATIENT,
    items=(
        Item(
            "primary-growth",
            "Growth of the primary tumour",
            (
                row(
                    1,
                    "slow: breast, thyroid, prostate",
                    is_("primary-tumour", "breast", "thyroid", "prostate"),
                ),
                row(2, "moderate: kidney, uterus", is_("primary-tumour", "kidney", "uterus")),
                row(
                    4,
                    "rapid: lung, stomach, unknown primary",
                    is_("primary-tumour", *LUNG, "stomach", "unknown-primary"),
                ),
            ),
        ),
        Item(
            "visceral",
            "Visceral metastases",
            (
                row(0, "none", is_("visceral-metastases", "none", MENINGEAL)),
                row(2, "treatable", is_("visceral-metastases", *visceral("treatable"))),
                row(4, "untreatable", is_("visceral-metastases", *visceral("untreatable"))),
            ),
        ),
        Item(
            "bone",
            "Bone metastases",
            (
                row(1, "solitary or isolated", is_("bone-metastases", "solitary")),
                row(2, "multiple", is_("bone-metastases", "multiple")),
            ),
        ),
    ),
    bands=(
        Band(
            "2-3",
            "2-3",
            2,
            3,
            "Long-term local control: wide or marginal excision; over 2 years expected",
            "low",
        ),
        Band(
            "4-5",
            "4-5",
            4,
            5,
            "Middle-term local control: marginal or intralesional excision; 1 to 2 years expected",
            "moderate",
        ),
        Band("6-7", "6-7", 6, 7, "Short-term palliation: palliative surgery; 6 to 12 months expected", "high"),
        Band("8-10", "8-10", 8, 10, "Terminal care: supportive, no surgery; under 3 months expected", "high"),
    ),
    sources=(TOMITA_2001, TABOUREL_2021, BINDELS_2025, BOLLEN_2015),
    predicts="survival, and the surgical strategy",
    population="patients with spinal metastases; the years before modern systemic treatment",
    caveats=(
        "Put 25.6 % of patients into the right class of survival (Tabourel 2021, France).",
        "Not calibrated for today's patients: none of twelve survival models was (Bindels 2025, n = 953).",
        "Breast counts as slow, but triple-negative breast cancer does not do so well: median survival "
        "6.7 against 22.5 months (Bollen 2015, n = 111).",
    ),
)
