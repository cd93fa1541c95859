"""New England Spinal Metastasis Score (Ghori 2015): modified Bauer, albumin, walking; 0 to 3.

The points add up to 4; the derivation caps the score at 3.
"""

from itertools import combinations

from service.conditions import all_of, any_of, at_least, below, is_, not_
from service.findings import PATIENT
from service.scoring.bauer import FAVOURABLE, NOT_LUNG, SOLITARY, UNPLACED
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED, TRIPLE_NEGATIVE, post
from service.scoring.model import (
    ADULTS,
    METASTASES,
    OPERATED,
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
from service.scoring.sources import GHORI_2015, KIM_2021, LEITHNER_2008, SCHOENFELD_2021, YAN_2022

_QUESTIONS = (NO_VISCERAL, NOT_LUNG, FAVOURABLE, SOLITARY)
BAUER_3_OR_MORE = any_of(*(all_of(*three) for three in combinations(_QUESTIONS, 3)))
#: With a primary that Bauer does not place, its point decides just where the other three give two.
BAUER_OPEN = all_of(UNPLACED, any_of(*(all_of(*two) for two in combinations((NO_VISCERAL, NOT_LUNG, SOLITARY), 2))))

_YAN = "one cohort, 64 % operated, 47 % lung; from when is not stated; not the score's own table"
_AGAINST = "against a score of 3, death within a year"


def _yan(died: float, interval: tuple[float, float], median: float, n: int) -> tuple[Figure, Figure]:
    return (
        Figure(Measure.MORTALITY, died, YAN_2022, n, Time(12), interval, f"{_YAN}; interval by Wilson"),
        Figure(Measure.MEDIAN_SURVIVAL, median, YAN_2022, n, remark=_YAN),
    )


def _odds(ratio: float, interval: tuple[float, float]) -> Figure:
    return Figure(Measure.ODDS_RATIO, ratio, SCHOENFELD_2021, 180, Time(12), interval, _AGAINST, whole=True)


NESMS = Score(
    code="nesms",
    title="New England Spinal Metastasis Score (NESMS)",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=(
        Item(
            "modified-bauer",
            "Modified Bauer score",
            (
                row(2, "3 or more", BAUER_3_OR_MORE),
                Row((0, 2), "no source", BAUER_OPEN),
                row(0, "2 or less", not_(BAUER_3_OR_MORE)),
            ),
        ),
        Item(
            "albumin",
            "Serum albumin",
            (
                row(1, "3.5 g/dL or more", at_least("albumin", 3.5)),
                row(0, "below 3.5 g/dL", below("albumin", 3.5)),
            ),
        ),
        Item(
            "ambulatory",
            "Walking",
            (
                row(1, "intact or impaired", is_("ambulatory-status", "intact", "impaired")),
                row(0, "not able to walk", is_("ambulatory-status", "non-ambulatory")),
            ),
        ),
    ),
    bands=(
        Band("0", "0", 0, 0, "Worst of four classes", "high", _yan(100, (77, 100), 3, 13)),
        Band(
            "1",
            "1",
            1,
            1,
            "Second worst of four classes",
            "high",
            (*_yan(87.5, (75, 94), 4, 48), _odds(31.30, (8.82, 111.04))),
        ),
        Band(
            "2",
            "2",
            2,
            2,
            "Second best of four classes",
            "moderate",
            (*_yan(71.6, (61, 80), 8, 88), _odds(7.04, (2.47, 20.08))),
        ),
        Band("3", "3", 3, 3, "Best of four classes", "low", _yan(66.7, (49, 81), 10, 30)),
    ),
    sources=(GHORI_2015, LEITHNER_2008),
    status=Status.VERIFIED,
    predicts="death within a year",
    population="318 patients operated on for spinal metastases",
    setting="surgery of spinal metastases; later used after radiotherapy alone too",
    clock="from surgery",
    limits=(ADULTS, METASTASES, OPERATED),
    validations=(
        AMONG_THE_NINE,
        post(0.79),
        Validation("c-statistic", 0.63, YAN_2022, 179),
        Validation("variation explained, % (64 by modified Bauer alone)", 74, GHORI_2015, 307, external=False),
    ),
    remarks=(
        NOT_CALIBRATED,
        TRIPLE_NEGATIVE,
        Remark(
            "A modifier, not in the points: in operated non-small-cell lung cancer EGFR status went with survival (hazard "
            "ratio 2.10; that patients without the mutation are the worse off is inferred; Kim 2021, n = 85).",
            KIM_2021,
            is_("primary-tumour", "lung-nsclc"),
            shows="egfr-mutation",
        ),
        Remark(
            "A modifier, not in the points: in operated non-small-cell lung cancer the time since diagnosis went with "
            "survival (hazard ratio 1.88; that metastases found later are the worse is inferred; Kim 2021, n = 85).",
            KIM_2021,
            is_("primary-tumour", "lung-nsclc"),
            shows="time-from-cancer-diagnosis",
        ),
    ),
    readings=(
        Reading(
            "The points add up to 4, and publications say 0 to 3.",
            "The sum is capped at 3, as the derivation does (Ghori 2015).",
        ),
        Reading(
            "A summary of the derivation gives the point to intact walking only; later literature to intact or impaired.",
            "Only who cannot walk loses the point.",
        ),
        Reading(
            "Mortality by score: the derivation gives none that could be read.",
            "That of Yan 2022 (179 patients, one cohort), labelled as such, and the odds ratios of Schoenfeld 2021.",
        ),
        Reading(
            "Yan 2022 prints an AUC of 1.00 at 3 months, and a page in the United Kingdom a 12-month mortality of 5 %.",
            "Neither is plausible, and neither is shown.",
        ),
        Reading(
            "No points are published for EGFR and for the time since diagnosis.",
            "They are shown as modifiers beside the score, and change no number.",
        ),
    ),
    ceiling=3,
    high_is_good=True,
)
