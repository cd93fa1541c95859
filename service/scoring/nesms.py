"""New England Spinal Metastasis Score (Ghori 2015): modified Bauer, albumin, walking; 0 to 3.

The points add up to 4; the derivation caps the score at 3.
"""

from itertools import combinations

from service.conditions import all_of, any_of, at_least, below, is_, not_
from service.findings import PATIENT
from service.scoring.bauer import FAVOURABLE, NO_VISCERAL, NOT_LUNG, SOLITARY, UNPLACED
from service.scoring.model import Band, Figure, Item, Row, Score, row
from service.scoring.sources import BINDELS_2025, GHORI_2015, LEITHNER_2008, YAN_2022

_QUESTIONS = (NO_VISCERAL, NOT_LUNG, FAVOURABLE, SOLITARY)
BAUER_3_OR_MORE = any_of(*(all_of(*three) for three in combinations(_QUESTIONS, 3)))
#: With a primary that Bauer does not place, its point decides just where the other three give two.
BAUER_OPEN = all_of(UNPLACED, any_of(*(all_of(*two) for two in combinations((NO_VISCERAL, NOT_LUNG, SOLITARY), 2))))

_YAN = "one cohort, 64 % operated, 47 % lung; interval by Wilson; not the score's own table"


def _mortality(percent: float, n: int, interval: tuple[float, float]) -> Figure:
    return Figure(percent, 12, "mortality", YAN_2022, n, interval, _YAN)


NESMS = Score(
    code="nesms",
    title="New England Spinal Metastasis Score (NESMS)",
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
        Band("0", "0", 0, 0, "Worst of four classes", "high", (_mortality(100, 13, (77, 100)),)),
        Band("1", "1", 1, 1, "Second worst of four classes", "high", (_mortality(87.5, 48, (75, 94)),)),
        Band("2", "2", 2, 2, "Second best of four classes", "moderate", (_mortality(71.6, 88, (61, 80)),)),
        Band("3", "3", 3, 3, "Best of four classes", "low", (_mortality(66.7, 30, (49, 81)),)),
    ),
    sources=(GHORI_2015, LEITHNER_2008, YAN_2022, BINDELS_2025),
    predicts="death within a year",
    population="318 patients operated on for spinal metastases",
    caveats=(
        "Not calibrated for today's patients: none of twelve survival models was (Bindels 2025, n = 953).",
        "A summary of the derivation gives the walking point to intact walking only; as in the later literature, "
        "impaired walking keeps it here.",
    ),
    ceiling=3,
    high_is_good=True,
)
