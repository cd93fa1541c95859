"""Revised Tokuhashi score (2005): six items, 0 to 15. The table is that of NICE CG75, appendix 3."""

from math import inf

from service.conditions import above, all_of, at_least, at_most, below, is_, not_
from service.findings import LUNG, PATIENT, visceral
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED, TRIPLE_NEGATIVE, post
from service.scoring.model import Band, Item, Kind, Reading, Remark, Score, Status, Validation, row
from service.scoring.sources import CARRWIK_2020, NICE_CG75, TABOUREL_2021, TOKUHASHI_2005, YAN_2022

_ZERO = is_("primary-tumour", *LUNG, "osteosarcoma", "stomach", "bladder", "oesophagus", "pancreas")
_ONE = is_("primary-tumour", "liver", "gallbladder-biliary", "unknown-primary")
_THREE = is_("primary-tumour", "kidney", "uterus")
_FOUR = is_("primary-tumour", "rectum")
_FIVE = is_("primary-tumour", "thyroid", "breast", "prostate", "neuroendocrine")

TOKUHASHI_REVISED = Score(
    code="tokuhashi-revised",
    title="Revised Tokuhashi score",
    kind=Kind.SURVIVAL,
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
                row(2, "1", all_of(above("vertebral-metastasis-count", 0), at_most("vertebral-metastasis-count", 1))),
            ),
        ),
        Item(
            "major-organs",
            "Metastases to the major internal organs",
            (
                row(0, "unremovable", is_("visceral-metastases", *visceral("unremovable"))),
                row(1, "removable", is_("visceral-metastases", *visceral("removable"))),
                row(2, "none", NO_VISCERAL),
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
            expected=(0, 6),
        ),
        Band(
            "6-months-or-more",
            "9-11",
            9,
            11,
            "6 months or more: palliative surgery; excisional only for a single lesion without organ metastases",
            "moderate",
            expected=(6, inf),
        ),
        Band("1-year-or-more", "12-15", 12, 15, "1 year or more: excisional surgery", "low", expected=(12, inf)),
    ),
    sources=(TOKUHASHI_2005, NICE_CG75),
    status=Status.VERIFIED,
    predicts="survival",
    population="patients with spinal metastases; the years before modern systemic treatment",
    setting="operated on or not",
    clock="not stated in the sources that could be checked",
    validations=(
        Validation("right class of survival, %", 42.8, TABOUREL_2021, remark="nationwide, France"),
        AMONG_THE_NINE,
        post(0.67),
        Validation("c-statistic", 0.55, YAN_2022, 179),
    ),
    remarks=(
        Remark("Put 42.8 % of patients into the right class of survival (Tabourel 2021, France).", TABOUREL_2021),
        NOT_CALIBRATED,
        Remark(
            "Four survival scores all gave patients too little time in Sweden (Carrwik 2020, n = 315).", CARRWIK_2020
        ),
        TRIPLE_NEGATIVE,
    ),
    readings=(
        Reading(
            "The print of 2005 has an error of layout, and a review of 2021 (doi:10.13107/jcorth.2021.v06i02.444) prints "
            "the primary sites one row off, so that the score would end at 14.",
            "The table in NICE CG75, appendix 3, printed with corrections by the author: 0 to 15.",
        ),
        Reading(
            "For the vertebral bodies some reproductions repeat the row above: 3 or more, 1 or 2, none.",
            "3 or more is 0, two is 1, one is 2. No row applies to none: every number of points stays possible.",
        ),
        Reading("Only the rectum is listed, the colon is not.", "Colon is among the others, with 2 points."),
        Reading(
            'One text says "6 months or less" of 0 to 8, and others "6 to 12 months" of 9 to 11, of whom more than half '
            "lived longer than a year in one series (Yamashita 2011, 25 of 44).",
            "0 to 8 is under 6 months, 9 to 11 is 6 months or more and has no upper end.",
        ),
        Reading("One page has all signs of inequality the wrong way round.", "A high score goes with long survival."),
        Reading("Cut-offs such as 41 to 49 do not exist on the Karnofsky scale.", "Steps of 10; others are refused."),
        Reading(
            "Carcinoid is in the table, neuroendocrine tumours are not.",
            "Neuroendocrine is read as carcinoid, with 5 points.",
        ),
        Reading("Uterus is in the table, cervix is not.", "Cervix is among the others, with 2 points."),
        Reading("Gallbladder is in the table, bile ducts are not.", "They are one tumour here, with 1 point."),
    ),
    high_is_good=True,
)
