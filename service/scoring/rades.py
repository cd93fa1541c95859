"""Rades score for death within two months (Rades 2013): seven factors, 6 to 25; high is bad.

The points are the percentage of patients with that factor who died within two months, divided by ten.
"""

from math import inf

from service.conditions import above, all_of, at_most, is_, not_
from service.findings import PATIENT
from service.scoring.common import NO_VISCERAL, NOT_RECALIBRATED, TRIPLE_NEGATIVE
from service.scoring.model import (
    ADULTS,
    METASTASES,
    Band,
    Figure,
    Item,
    Kind,
    Measure,
    Reading,
    Remark,
    Row,
    Score,
    Status,
    Time,
    Validation,
    row,
)
from service.scoring.sources import MEDICAL_ALGORITHMS_RADES, RADES_2013

_ONE = is_("primary-tumour", "breast", "myeloma", "lymphoma")
_TWO = is_("primary-tumour", "prostate")
#: Solitary plasmacytoma is a plasma cell tumour and not myeloma: no source places it.
_UNPLACED = is_("primary-tumour", "plasmacytoma")

RADES_SHORT_SURVIVAL = Score(
    code="rades-short-survival",
    title="Rades score for death within two months",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=(
        Item(
            "ecog",
            "ECOG performance status",
            # No row for 0 and 1: no patient of the cohort had them.
            (row(0, "2", is_("ecog", 2)), row(4, "3 or 4", is_("ecog", 3, 4))),
        ),
        Item(
            "primary-site",
            "Type of cancer",
            (
                Row((1, 3), "no source", _UNPLACED),
                row(1, "breast; myeloma, lymphoma", _ONE),
                row(2, "prostate", _TWO),
                row(3, "lung, other", all_of(not_(_ONE), not_(_TWO))),
            ),
        ),
        Item(
            "other-bone",
            "Further bone metastases",
            (row(1, "no", is_("bone-metastases", "solitary")), row(3, "yes", is_("bone-metastases", "multiple"))),
        ),
        Item("visceral", "Visceral metastases", (row(1, "no", NO_VISCERAL), row(4, "yes", not_(NO_VISCERAL)))),
        Item(
            "interval",
            "From the diagnosis of cancer to the cord compression",
            (
                row(3, "15 months or less", at_most("time-from-cancer-diagnosis", 15)),
                row(1, "more than 15 months", above("time-from-cancer-diagnosis", 15)),
            ),
        ),
        Item(
            "ambulatory",
            "Walking before treatment",
            (
                row(1, "able to walk", is_("ambulatory-status", "intact", "impaired")),
                row(4, "not able to walk", is_("ambulatory-status", "non-ambulatory")),
            ),
        ),
        Item(
            "motor-deficit",
            "Time developing motor deficits",
            (
                row(4, "7 days or less", at_most("time-developing-motor-deficit", 7)),
                row(1, "more than 7 days", above("time-developing-motor-deficit", 7)),
            ),
        ),
    ),
    bands=(
        Band("6-18", "6-18", 6, 18, "Death within two months is not predicted", "low", expected=(2, inf)),
        Band(
            "19-23",
            "19-23",
            19,
            23,
            "Death within two months is predicted: best supportive care suggested",
            "high",
            expected=(0, 2),
        ),
        Band(
            "24-25",
            "24-25",
            24,
            25,
            "Death within two months is very likely: best supportive care suggested",
            "high",
            (
                Figure(
                    Measure.MORTALITY,
                    96.0,
                    RADES_2013,
                    2029,
                    Time(2),
                    remark="positive predictive value of 24 or more",
                    whole=True,
                ),
            ),
            expected=(0, 2),
        ),
    ),
    sources=(RADES_2013, MEDICAL_ALGORITHMS_RADES),
    status=Status.VERIFIED,
    predicts="death within two months",
    population="2,029 patients given radiotherapy for metastatic compression of the spinal cord",
    setting="radiotherapy",
    clock="from radiotherapy",
    limits=(
        ADULTS,
        METASTASES,
        Remark("no patient of its cohort had an ECOG status of 0 or 1", when=is_("ecog", 0, 1)),
        Remark(
            "it was made in patients with compression of the spinal cord",
            when=is_("escc-grade", "escc-0", "escc-1a", "escc-1b"),
        ),
    ),
    validations=(
        Validation("sensitivity of 19 or more, %", 81, MEDICAL_ALGORITHMS_RADES, 2029, external=False),
        Validation("specificity of 19 or more, %", 84, MEDICAL_ALGORITHMS_RADES, 2029, external=False),
        Validation("negative predictive value of 19 or more, %", 95, MEDICAL_ALGORITHMS_RADES, 2029, external=False),
        Validation("specificity of 24 or more, %", 99.8, RADES_2013, 2029, external=False),
        Validation("positive predictive value of 24 or more, %", 96.0, RADES_2013, 2029, external=False),
    ),
    remarks=(NOT_RECALIBRATED, TRIPLE_NEGATIVE),
    readings=(
        Reading(
            "The abstract puts the cut-off at 24 or more, the calculator that reproduces the table at 19 or more.",
            "Both are shown: supportive care is suggested from 19, and 24 or more is a band of its own.",
        ),
        Reading(
            "The table has no row for ECOG 0 and 1.",
            "The item stays open (0 or 4 points), and the answer is marked as outside the validity.",
        ),
        Reading("Plasmacytoma is not named.", "1 point as myeloma, or 3 as other: open."),
    ),
)
