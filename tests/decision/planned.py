"""A plan with the results of every score that it may rest on."""

from __future__ import annotations

from service.case import Case
from service.decision.model import Plan
from service.decision.plan import plan
from service.scoring import ENGINES, SCORES


def planned(whole: Case) -> Plan:
    """The plan with the results of every score, as the product computes them."""
    return plan(
        whole,
        tuple(
            ENGINES[score.code].result(whole, one)
            for score in SCORES
            for one in (whole.lesions if score.scope == "lesion" else (None,))
        ),
    )
