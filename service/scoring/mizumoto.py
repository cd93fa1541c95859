"""Mizumoto score (2008): seven factors, 0 to 14; high is bad.

Which tumours are unfavourable could not be read, so that item is always open: 0 or 3 points.
"""

from service.conditions import ALWAYS, at_least, is_, not_
from service.findings import PATIENT
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED
from service.scoring.model import Band, Figure, Item, Kind, Measure, Reading, Row, Score, Status, Time, row
from service.scoring.sources import MIZUMOTO_2008

#: Of the 544, those who were followed for a year or until death and put into groups.
_FOLLOWED = 503


def _figures(median: float, *alive: float) -> tuple[Figure, ...]:
    at_times = zip(alive, (6, 12, 24), strict=True)
    return (
        *(
            Figure(Measure.SURVIVAL, percent, MIZUMOTO_2008, _FOLLOWED, Time(months), whole=True)
            for percent, months in at_times
        ),
        Figure(Measure.MEDIAN_SURVIVAL, median, MIZUMOTO_2008, _FOLLOWED, whole=True),
    )


MIZUMOTO = Score(
    code="mizumoto",
    title="Mizumoto score",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=(
        Item("tumour-type", "Unfavourable type of tumour", (Row((0, 3), "no source", ALWAYS),)),
        Item(
            "ecog",
            "ECOG performance status of 3 or more",
            (row(3, "yes", is_("ecog", 3, 4)), row(0, "no", is_("ecog", 0, 1, 2))),
        ),
        Item(
            "hypercalcaemia",
            "Hypercalcaemia",
            (row(2, "yes", is_("hypercalcaemia", True)), row(0, "no", is_("hypercalcaemia", False))),
        ),
        Item("visceral", "Visceral metastases", (row(2, "yes", not_(NO_VISCERAL)), row(0, "no", NO_VISCERAL))),
        Item(
            "previous-chemotherapy",
            "Previous chemotherapy",
            (row(2, "yes", is_("previous-chemotherapy", True)), row(0, "no", is_("previous-chemotherapy", False))),
        ),
        Item(
            "multiple-bone",
            "Multiple bone metastases",
            (row(1, "yes", is_("bone-metastases", "multiple")), row(0, "no", is_("bone-metastases", "solitary"))),
        ),
        Item(
            "age",
            "Age of 71 years or more",
            (row(1, "yes", at_least("age", 71)), row(0, "no", not_(at_least("age", 71)))),
        ),
    ),
    bands=(
        Band("a", "0-4", 0, 4, "Group A", "low", _figures(27.1, 89, 77, 54)),
        Band("b", "5-9", 5, 9, "Group B", "moderate", _figures(5.4, 46, 22, 9)),
        Band("c", "10-14", 10, 14, "Group C", "high", _figures(1.8, 7, 4, 0)),
    ),
    sources=(MIZUMOTO_2008,),
    status=Status.VERIFIED,
    predicts="survival",
    population="544 patients given radiotherapy for spinal metastases, 2002-2006",
    setting="radiotherapy",
    clock="from radiotherapy",
    validations=(AMONG_THE_NINE,),
    remarks=(NOT_CALIBRATED,),
    readings=(
        Reading(
            "The abstract does not say which tumours are unfavourable.", "That item is always open: 0 or 3 points."
        ),
        Reading(
            "The abstract gives no limit for hypercalcaemia.",
            "Only a finding or diagnosis of hypercalcaemia counts; a value of calcium leaves the item open.",
        ),
    ),
)
