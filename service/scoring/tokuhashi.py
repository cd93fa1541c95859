"""Revised Tokuhashi score (2005): six items, 0 to 15.

The table is that of NICE CG75, printed with corrections by the author. Reproductions that print
three or more, one or two, and none for the vertebral bodies copy the row above it.
"""

from service.conditions import above, all_of, at_least, at_most, below, is_, not_
from service.findings import LUNG, MENINGEAL, PATIENT, visceral
from service.scoring.model import Band, Item, Score, row
from service.scoring.sources import BINDELS_2025, BOLLEN_2015, NICE_CG75, TABOUREL_2021, TOKUHASHI_2005

_ZERO = is_("primary-tumour", *LUNG, "osteosarcoma", "stomach", "bladder", "oesophagus", "pancreas")
_ONE = is_("primary-tumour", "liver", "gallbladder-biliary", "unknown-primary")
_THREE = is_("primary-tumour", "kidney", "uterus")
_FOUR = is_("primary-tumour", "rectum")
_FIVE = is_("primary-tumour", "thyroid", "breast", "prostate", "neuroendocrine")

TOKUHASHI_REVISED = Score(
    code="tokuhashi-revised",
    title="Revised Tokuhashi score",
    scope=PATIENT,
    items=(
        Item(
            "general-condition",
            "General condition (Karnofsky)",
            (
                row(0, "poor: 10-40", is_("karnofsky", 10, 20, 30, 40)),
                row(1, "moderate: 50-70", is_("karnofsky", 50, 60, 70)),
                row(2, "good: 80-100", is_("karnofsky", 80, 90, 100)),
            ),
        ),
        Item(
            "extraspinal-bone",
            "Extraspinal bone metastases",
            (
                row(0, "3 or more", at_least("extraspinal-bone-metastasis-count", 3)),
                row(1, "1 or 2", at_least("extraspinal-bone-metastasis-count", 1)),
                row(2, "none", below("extraspinal-bone-metastasis-count", 1)),
            ),
        ),
        Item(
            "vertebral",
            "Metastases in the vertebral bodies",
            (
                row(0, "3 or more", at_least("vertebral-metastasis-count", 3)),
                row(1, "2", at_least("vertebral-metastasis-count", 2)),
                # No row for 0: the table knows no patient without a vertebral metastasis.
                row(
                    2,
                    "1",
                    all_of(above("vertebral-metastasis-count", 0), at_most("vertebral-metastasis-count", 1)),
                ),
            ),
        ),
        Item(
            "major-organs",
            "Metastases to the major internal organs",
            (
                row(0, "unremovable", is_("visceral-metastases", *visceral("unremovable"))),
                row(1, "removable", is_("visceral-metastases", *visceral("removable"))),
                row(2, "none", is_("visceral-metastases", "none", MENINGEAL)),
            ),
        ),
        Item(
            "primary-site",
            "Primary site",
            (
                row(0, "lung, osteosarcoma, stomach, bladder, oesophagus, pancreas", _ZERO),
                row(1, "liver, gallbladder, unidentified", _ONE),
                row(3, "kidney, uterus", _THREE),
                row(4, "rectum", _FOUR),
                row(5, "thyroid, breast, prostate, carcinoid", _FIVE),
                row(2, "others", all_of(*(not_(group) for group in (_ZERO, _ONE, _THREE, _FOUR, _FIVE)))),
            ),
        ),
        Item(
            "palsy",
            "Palsy (Frankel)",
            (
                row(0, "complete: A, B", is_("frankel-grade", "frankel-a", "frankel-b")),
                row(1, "incomplete: C, D", is_("frankel-grade", "frankel-c", "frankel-d")),
                row(2, "none: E", is_("frankel-grade", "frankel-e")),
            ),
        ),
    ),
    bands=(
        Band(
            "under-6-months",
            "0-8",
            0,
            8,
            "Under 6 months: conservative treatment or palliative surgery",
            "high",
        ),
        Band(
            "6-months-or-more",
            "9-11",
            9,
            11,
            "6 months or more: palliative surgery; excisional only for a single lesion without organ metastases",
            "moderate",
        ),
        Band("1-year-or-more", "12-15", 12, 15, "1 year or more: excisional surgery", "low"),
    ),
    sources=(TOKUHASHI_2005, NICE_CG75, TABOUREL_2021, BINDELS_2025, BOLLEN_2015),
    predicts="survival",
    population="patients with spinal metastases; the years before modern systemic treatment",
    caveats=(
        "Put 42.8 % of patients into the right class of survival (Tabourel 2021, France).",
        "Not calibrated for today's patients: none of twelve survival models was (Bindels 2025, n = 953).",
        "Breast has the best points, but triple-negative breast cancer does not do so well: median survival "
        "6.7 against 22.5 months (Bollen 2015, n = 111).",
    ),
    high_is_good=True,
)
