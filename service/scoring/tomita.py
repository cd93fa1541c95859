"""Tomita score (2001): three factors, 2 to 10; high is bad."""

from math import inf

from service.conditions import is_
from service.findings import LUNG, PATIENT, visceral
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED, TRIPLE_NEGATIVE, post
from service.scoring.model import Band, Item, Kind, Reading, Remark, Score, Status, Validation, row
from service.scoring.sources import TABOUREL_2021, TOMITA_2001, YAN_2022

TOMITA = Score(
    code="tomita",
    title="Tomita score",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=(
        Item(
            "primary-growth",
            "Growth of the primary tumour",
            (
                row(1, "slow: breast, thyroid, prostate", is_("primary-tumour", "breast", "thyroid", "prostate")),
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
                row(0, "none", NO_VISCERAL),
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
            expected=(24, inf),
        ),
        Band(
            "4-5",
            "4-5",
            4,
            5,
            "Middle-term local control: marginal or intralesional excision; 1 to 2 years expected",
            "moderate",
            expected=(12, 24),
        ),
        Band(
            "6-7",
            "6-7",
            6,
            7,
            "Short-term palliation: palliative surgery; 6 to 12 months expected",
            "high",
            expected=(6, 12),
        ),
        Band(
            "8-10",
            "8-10",
            8,
            10,
            "Terminal care: supportive, no surgery; under 3 months expected",
            "high",
            expected=(0, 3),
        ),
    ),
    sources=(TOMITA_2001,),
    status=Status.SECONDARY,
    predicts="survival, and the surgical strategy",
    population="patients with spinal metastases; the years before modern systemic treatment",
    setting="surgery of spinal metastases",
    clock="not stated in the sources that could be checked",
    validations=(
        Validation("right class of survival, %", 25.6, TABOUREL_2021, remark="nationwide, France"),
        AMONG_THE_NINE,
        post(0.69),
        Validation("c-statistic", 0.58, YAN_2022, 179),
    ),
    remarks=(
        Remark("Put 25.6 % of patients into the right class of survival (Tabourel 2021, France).", TABOUREL_2021),
        NOT_CALIBRATED,
        TRIPLE_NEGATIVE,
    ),
    readings=(
        Reading(
            "A review of 2021 prints bands of survival that overlap: 2-4, 4-6, 6-8, 8-10.",
            "2-3, 4-5, 6-7, 8-10. Between 3 months (8-10) and 6 months (6-7) the table says nothing.",
        ),
        Reading("The row for no visceral metastases is missing there.", "0 points."),
        Reading(
            "A review of 2018 and another of 2019 print 3 points for rapid growth, which would end the score at 9.",
            "4 points, as the published range of 2 to 10 demands.",
        ),
        Reading(
            "Liver and colon are listed under rapid growth by a review that prints wrong points for that row "
            "(Adler et al. 2019, J Cancer Metastasis Treat 5:45), and by no source that could be checked; other tumours by none.",
            "The growth of those tumours stays open: 1, 2 or 4 points.",
        ),
    ),
)
