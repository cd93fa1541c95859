"""The section on fitness for surgery: what bars an operation, where no clinician has judged it."""

from __future__ import annotations

from service.decision import fitness, noms
from service.knowledge.document import Cite, Paragraph, Section, Table
from service.knowledge.names import said
from service.knowledge.parts import disagree
from service.policy import DEFAULT

_INTRODUCTION = (
    "The S of NOMS, and the P of LMNOP. What a clinician says of it in the record counts; else any of these bars makes "
    "a patient unfit, and fit is who is known to have none. A bar that may hold leaves it open. Unfit is never the "
    "end: an operation that NOMS advises all the same is put to the board. The months are those of the default policy."
)


def section() -> Section:
    name = noms.OPERABILITY.plan
    rows = tuple(
        ((bar.text,), (said(bar.when),), (Cite(bar.source),)) for bar in fitness.bars(DEFAULT.survival_threshold_months)
    )
    table = Table("What makes a patient unfit for surgery", (("Bar",), ("Read as",), ("Source",)), rows)
    return Section(name, noms.OPERABILITY.title, (Paragraph((_INTRODUCTION,)), table), disagree(name, fitness.READINGS))
