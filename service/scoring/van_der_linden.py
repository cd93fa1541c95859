"""Van der Linden score (2005): three factors, 0 to 6; high is good."""

from service.conditions import any_of, is_, not_
from service.findings import LUNG, PATIENT
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED, TRIPLE_NEGATIVE
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
    Score,
    Status,
    Time,
    row,
)
from service.scoring.sources import HINDAWI_2017, MEDICAL_ALGORITHMS, VAN_DER_LINDEN_2005

_LISTED = is_("primary-tumour", "breast", "prostate", *LUNG)
#: Read from the top: what the record seldom speaks of comes first, so that "perhaps" is not said of every patient.
_NEUROLOGICAL = any_of(
    is_("cauda-equina-syndrome", True),
    is_("myelopathy", True),
    is_("progressive-deficit", True),
    is_("sphincter-dysfunction", True),
    is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c", "frankel-d"),
    is_("spinal-cord-compression", True),
    is_("escc-grade", "escc-2", "escc-3"),
)


def _figures(median: float, alive: float) -> tuple[Figure, Figure]:
    return (
        Figure(Measure.MEDIAN_SURVIVAL, median, VAN_DER_LINDEN_2005, 342, whole=True),
        Figure(
            Measure.SURVIVAL,
            alive,
            MEDICAL_ALGORITHMS,
            342,
            Time(24),
            remark="read off a curve of the paper",
            whole=True,
        ),
    )


VAN_DER_LINDEN = Score(
    code="van-der-linden",
    title="Van der Linden score",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=(
        Item(
            "karnofsky",
            "Karnofsky performance status",
            (
                row(2, "80-100", is_("karnofsky", 80, 90, 100)),
                row(1, "50-70", is_("karnofsky", 50, 60, 70)),
                row(0, "20-40", is_("karnofsky", 20, 30, 40)),
            ),
        ),
        Item(
            "primary-site",
            "Primary tumour",
            (
                row(3, "breast", is_("primary-tumour", "breast")),
                row(2, "prostate", is_("primary-tumour", "prostate")),
                row(1, "lung", is_("primary-tumour", *LUNG)),
                row(0, "other", not_(_LISTED)),
            ),
        ),
        Item(
            "visceral",
            "Visceral metastases",
            (row(1, "no", NO_VISCERAL), row(0, "yes", not_(NO_VISCERAL))),
        ),
    ),
    bands=(
        Band("a", "0-3", 0, 3, "Group A: median survival 3 months", "high", _figures(3, 4)),
        Band("b", "4-5", 4, 5, "Group B: median survival 9 months", "moderate", _figures(9, 22)),
        Band("c", "6", 6, 6, "Group C: median survival 19 months", "low", _figures(19, 37)),
    ),
    sources=(VAN_DER_LINDEN_2005, MEDICAL_ALGORITHMS),
    status=Status.VERIFIED,
    predicts="survival",
    population="342 patients given radiotherapy for painful spinal metastases, without neurological impairment",
    setting="radiotherapy",
    clock="from radiotherapy",
    limits=(
        ADULTS,
        METASTASES,
        Remark("its table begins at a Karnofsky status of 20", when=is_("karnofsky", 0, 10)),
        Remark(
            "it was made in patients without neurological impairment, of whom 3 % had cord compression later",
            VAN_DER_LINDEN_2005,
            _NEUROLOGICAL,
        ),
    ),
    validations=(AMONG_THE_NINE,),
    remarks=(
        NOT_CALIBRATED,
        TRIPLE_NEGATIVE,
        Remark("The three groups did not come apart in one small series (Hindawi 2017, n = 61).", HINDAWI_2017),
    ),
    readings=(
        Reading(
            "The table begins at a Karnofsky status of 20.",
            "No row applies below: every number of points stays possible, and the answer is marked.",
        ),
        Reading(
            "Its patients had no neurological impairment, and 3 % had compression of the cord 3.5 months later.",
            "Marked as outside the validity with myelopathy, a deficit, cauda equina syndrome or a cord that is compressed, by the record or by ESCC 2 or 3.",
        ),
    ),
    high_is_good=True,
)
