"""Fitness for surgery (the S of NOMS, the P of LMNOP), where no clinician has judged it in the record.

Any bar makes a patient unfit; fit is who is known to have none. A bar that may hold leaves both open.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from service.case import Case
from service.conditions import Condition, all_of, any_of, atoms, below, is_, not_
from service.evidence import Evidence, Values, together
from service.policy import Policy
from service.reading import Standing
from service.scoring.model import Reading
from service.scoring.sources import BADVE_2021, MORIMOTO_2024, PROVAN_2019, Source
from service.text import phrase


@dataclass(frozen=True, eq=False)
class Unfit:
    """One bar to an operation."""

    text: str
    when: Condition
    source: Source


#: Paralysis makes the performance poor by itself, and is what an operation may mend.
_PARALYSED = is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c")


@lru_cache(maxsize=32)
def bars(threshold_months: int) -> tuple[Unfit, ...]:
    return (
        Unfit("bone marrow carcinomatosis", is_("bone-marrow-carcinomatosis", True), MORIMOTO_2024),
        Unfit("ECOG 4, and no paralysis explains it", all_of(is_("ecog", 4, 5), not_(_PARALYSED)), MORIMOTO_2024),
        Unfit(
            phrase("expected survival under {months} months", months=threshold_months),
            below("life-expectancy", threshold_months),
            BADVE_2021,
        ),
        Unfit("platelets under 100 000/uL, to be corrected before", below("platelets", 100), PROVAN_2019),
    )


@lru_cache(maxsize=32)
def _barred(threshold_months: int) -> Standing:
    return Standing(any_of(*(bar.when for bar in bars(threshold_months))))


@lru_cache(maxsize=32)
def _each(threshold_months: int) -> tuple[tuple[Unfit, Standing], ...]:
    return tuple((bar, Standing(bar.when)) for bar in bars(threshold_months))


READS = frozenset(atom.finding for bar in bars(3) for atom in atoms(bar.when))


def fitness(case: Case, policy: Policy) -> Evidence | None:
    """Evidence for ``surgical-fitness``; None where the record leaves it open."""
    standing = _barred(policy.survival_threshold_months)
    truths = standing.of(case.possible)
    if len(truths) > 1:
        return None
    values: Values = frozenset(("unfit" if True in truths else "fit",))
    basis = {code: case.about(code) for code in standing.reads if case.about(code).statements}
    return together(basis.values(), values, basis)


def reasons(case: Case, policy: Policy) -> tuple[Unfit, ...]:
    """The bars that certainly hold."""
    return tuple(
        bar for bar, standing in _each(policy.survival_threshold_months) if standing.of(case.possible) == {True}
    )


READINGS: tuple[Reading, ...] = (
    Reading(
        "The survival from which an operation is worth while is 3 months (NICE 2008, GSTSG), 3 to 6 (Badve 2021, "
        "Morimoto 2024), or 6 (Matsumoto 2024).",
        "3 months, as the policy says; from there to 6 months minimally invasive; never an absolute bar: an operation "
        "that NOMS advises all the same is put to the board.",
    ),
    Reading(
        "A review names poor performance or general condition as a contraindication, without a grade.",
        "ECOG 4, unless paralysis (Frankel A-C) explains it. ECOG 3 is no bar: minimally invasive is preferred.",
    ),
    Reading(
        "Which laboratory values bar an operation, no source on spinal metastases says with numbers; the consensus on "
        "platelets is on immune thrombocytopenia.",
        "Platelets under 100 000/uL, as for major neurosurgery (Provan 2019), to be corrected before. Coagulation "
        "(INR) and others are for the anaesthetist; they count through the survival model where it reads them.",
    ),
    Reading(
        "Excessive multiple bone metastases are named as a contraindication, without a number.",
        "They are not counted here; the survival model counts multiple bone metastases.",
    ),
)
