"""What several scores have in common: remarks that are said with each, and studies that compared many."""

from __future__ import annotations

from service.conditions import all_of, is_, not_
from service.findings import MENINGEAL
from service.scoring.model import Remark, Validation
from service.scoring.sources import BINDELS_2025, BOLLEN_2015, SCHOENFELD_POST_2021

#: Meningeal spread alone is no organ metastasis.
NO_VISCERAL = is_("visceral-metastases", "none", MENINGEAL)

#: Said with every survival score that was among the twelve.
NOT_CALIBRATED = Remark(
    "Not calibrated for today's patients: none of twelve survival models was (Bindels 2025, n = 953).",
    BINDELS_2025,
    with_predictions=True,
)
#: Said with every other survival score.
NOT_RECALIBRATED = Remark(
    "Not known to be calibrated for today's patients: it was not among the twelve models of Bindels 2025, "
    "none of which was (n = 953).",
    BINDELS_2025,
    with_predictions=True,
)
#: Said with every score in which breast has the best points, unless the tumour is known not to be triple-negative.
TRIPLE_NEGATIVE = Remark(
    "Breast has the best points here, and triple-negative breast cancer does not do so well: median survival "
    "6.7 (2.4-10.9) against 22.5 (18.0-26.9) months (Bollen 2015, n = 111).",
    BOLLEN_2015,
    all_of(is_("primary-tumour", "breast"), not_(is_("triple-negative", False))),
)

_NINE = "range over the nine of twelve models that come after the best three; the abstract does not say which has which"
AMONG_THE_NINE = Validation("AUC at 3, 6 and 12 months", (0.59, 0.76), BINDELS_2025, 953, remark=_NINE)


def post(c_statistic: float) -> Validation:
    """What the POST cohort found of a score."""
    return Validation("c-statistic for survival at 1 year", c_statistic, SCHOENFELD_POST_2021, 202)
