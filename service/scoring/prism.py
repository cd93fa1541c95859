"""Prognostic Index for Spine Metastases (PRISM; Tang 2015): seven factors, in half points; high is good."""

from service.conditions import Condition, above, all_of, any_of, at_least, at_most, is_
from service.findings import LESION
from service.scoring.common import NOT_RECALIBRATED
from service.scoring.model import Band, Figure, Item, Kind, Measure, Reading, Score, Status, Validation, row
from service.scoring.sources import FLOREZ_2024, JENSEN_2017, TANG_2015

_SYSTEMS = "metastatic-organ-system-count"
#: The body has eleven organ systems, and bone is not counted.
_COUNTS = range(11)


def _count(n: int) -> Condition:
    return all_of(at_least(_SYSTEMS, n), at_most(_SYSTEMS, n))


_ONLY_SITE = all_of(is_("bone-metastases", "solitary"), _count(0))


_MAYO = "Mayo Clinic"


def _median(months: float, n: int) -> Figure:
    return Figure(Measure.MEDIAN_SURVIVAL, months, FLOREZ_2024, n, remark=_MAYO)


def _hazard(ratio: float, interval: tuple[float, float], n: int) -> Figure:
    return Figure(Measure.HAZARD_RATIO, ratio, FLOREZ_2024, n, None, interval, f"against the excellent group, {_MAYO}")


PRISM = Score(
    code="prism",
    title="Prognostic Index for Spine Metastases (PRISM)",
    kind=Kind.SURVIVAL,
    scope=LESION,
    items=(
        Item("sex", "Sex", (row(2, "female", is_("sex", "female")), row(0, "male", is_("sex", "male")))),
        Item(
            "ecog",
            "ECOG performance status",
            (
                row(3.5, "0", is_("ecog", 0)),
                row(1.5, "1", is_("ecog", 1)),
                row(0.5, "2", is_("ecog", 2)),
                row(0, "3 or more", is_("ecog", 3, 4)),
            ),
        ),
        Item(
            "prior-surgery",
            "Earlier surgery at the site",
            (row(1, "yes", is_("prior-surgery-at-level", True)), row(0, "no", is_("prior-surgery-at-level", False))),
        ),
        Item(
            "prior-radiotherapy",
            "Earlier radiotherapy at the site",
            (
                row(-1, "yes", is_("prior-radiotherapy-at-level", True)),
                row(0, "no", is_("prior-radiotherapy-at-level", False)),
            ),
        ),
        Item(
            "organ-systems",
            "Organ systems involved outside of bone",
            tuple(row(-n, f"{n}", _count(n)) for n in _COUNTS),
        ),
        Item(
            "solitary-bone",
            "The treated bone is the only site of metastatic disease",
            (
                row(3, "yes", _ONLY_SITE),
                row(0, "no", any_of(is_("bone-metastases", "multiple"), at_least(_SYSTEMS, 1))),
            ),
        ),
        Item(
            "latency",
            "From the diagnosis of cancer to the spinal metastasis",
            (
                row(3, "more than 5 years", above("time-from-cancer-diagnosis", 60)),
                row(0, "5 years or less", at_most("time-from-cancer-diagnosis", 60)),
            ),
        ),
    ),
    bands=(
        Band(
            "poor",
            "under 1",
            -11,
            0.5,
            "Group 4, poor prognosis",
            "high",
            (_median(8.8, 59), _hazard(12.9, (7.8, 21.4), 59)),
        ),
        Band(
            "intermediate",
            "1-3.5",
            1,
            3.5,
            "Group 3, intermediate prognosis",
            "high",
            (_median(23.7, 88), _hazard(5.2, (3.2, 8.3), 88)),
        ),
        Band(
            "good",
            "4-7",
            4,
            7,
            "Group 2, good prognosis",
            "moderate",
            (_median(37.0, 188), _hazard(3.0, (1.9, 4.9), 188)),
        ),
        Band("excellent", "over 7", 7.5, 12.5, "Group 1, excellent prognosis", "low", (_median(57.1, 89),)),
    ),
    sources=(TANG_2015, FLOREZ_2024),
    status=Status.SECONDARY,
    predicts="survival",
    population="206 patients of two trials of stereotactic radiosurgery for spinal metastases",
    setting="stereotactic radiosurgery",
    clock="from radiosurgery",
    validations=(
        Validation("C-index of the groups", 0.68, JENSEN_2017, 249, remark="same centre"),
        Validation("C-index of the score", 0.69, FLOREZ_2024, 424, remark="Mayo Clinic"),
        Validation("C-index of the groups", 0.66, FLOREZ_2024, 424, remark="Mayo Clinic"),
        Validation("C-index of the score", 0.70, FLOREZ_2024, 455, remark="MD Anderson"),
        Validation("C-index of the groups", 0.68, FLOREZ_2024, 455, remark="MD Anderson"),
    ),
    remarks=(NOT_RECALIBRATED,),
    readings=(
        Reading(
            "The printed groups (over 7, 4-7, 1-3, under 1) leave 3.5 points to none.",
            "3.5 is intermediate, as a public implementation has it.",
        ),
        Reading(
            "An abstract of the validation prints a latency of 5 months or more; the derivation over 5 years from the diagnosis "
            "to the spinal metastasis.",
            "Over 5 years. The finding time-from-cancer-diagnosis is read.",
        ),
        Reading(
            '"Solitary bone disease" in the table is the treated site as the only site of metastatic disease in the derivation.',
            "3 points where there is one bone metastasis and no other organ system is involved.",
        ),
        Reading(
            "The derivation has the Karnofsky status per 10 points above 60, the published points are by ECOG status.",
            "ECOG; a Karnofsky status is converted where there is no ECOG status.",
        ),
    ),
    high_is_good=True,
)
