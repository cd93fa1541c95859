"""How soon a lesion without an alarm is imaged: one that hurts, and one with myelopathy and no ESCC grade."""

from __future__ import annotations

from functools import cache

from service.case import Case, Lesion
from service.conditions import is_
from service.decision.alarms import ASKED
from service.decision.emergency import EMERGENCY, MRI
from service.decision.guideline_words import cited, contact_within, mri_within
from service.decision.guidelines import GUIDELINES, Guideline
from service.decision.model import Row, Rule, Urgency
from service.evidence import Values
from service.policy import DEFAULT
from service.text import phrase, series

PAIN_ALONE = Rule("pain-alone", "Pain without neurological symptoms or signs", GUIDELINES[DEFAULT.guideline].sources[0])
PAIN = is_("sins-pain", "mechanical", "occasional-non-mechanical")

_YES: Values = frozenset((True,))
#: Pain is not alone where one of these is certain.
_NOT_ALONE = (*ASKED, "spinal-cord-compression")
_WHY = (
    "pain of the spine, no neurological deficit known, and no ESCC grade yet: MRI of the whole spine within {time} of "
    "the suspicion, with a plan"
)


@cache
def pain_alone(guideline: Guideline) -> Row | None:
    """How soon pain of a lesion is imaged; None where the guideline that could be read does not speak of it.

    It counts where :func:`only_pain` says so: whether something is certain, a row cannot ask.
    """
    if guideline.mri_days_pain_only is None:
        return None
    days = guideline.mri_days_pain_only.value
    time = "a week (7 days)" if days == 7 else phrase("{number} days", number=days)
    why: str = phrase(_WHY, time=time)
    if contact := guideline.contact_pain_only:
        why = series("; ", (why, contact_within(contact)))
    return Row(
        Rule(PAIN_ALONE.plan, PAIN_ALONE.title, guideline.sources[0]),
        PAIN,
        (MRI,),
        cited(why, guideline),
        Urgency.URGENT,
        told=("sins-pain",),
    )


@cache
def ungraded(guideline: Guideline) -> Row:
    """Myelopathy of a lesion whose ESCC grade the record does not give: imaging does not wait for the plan."""
    return Row(
        Rule(EMERGENCY.plan, EMERGENCY.title, guideline.sources[0]),
        is_("myelopathy", True),
        (MRI,),
        series(": ", ("myelopathy, and no ESCC grade yet", mri_within(guideline))),
        Urgency.URGENT,
        certain=True,
    )


def only_pain(case: Case, lesion: Lesion) -> bool:
    """Whether the row of :func:`pain_alone` counts: no ESCC grade in the record, and nothing certain that is urgent."""
    if case.about("escc-grade", lesion).statements:
        return False
    return not any(case.possible(finding, lesion) == _YES for finding in _NOT_ALONE)
