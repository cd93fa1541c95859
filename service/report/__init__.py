"""The assessment as plain text, for a tumour board: what to do first, then why, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from service import summary, wording
from service.assessment import Assessment
from service.language import told
from service.report import changes, missing, plan, prognosis, reference, scores
from service.report.layout import titled, wrapped
from service.text import phrase, quoted, series

__all__ = ["text"]


def text(assessment: Assessment) -> str:
    """The report; ends with a line break."""
    return "\n".join(_lines(assessment)) + "\n"


def _lines(assessment: Assessment) -> Iterator[str]:
    case = assessment.case
    age = phrase("{number} years", number=case.age) if case.age is not None else ""
    who = told(series(", ", filter(None, (age, case.sex or ""))))
    dated = told(phrase("as of {date}", date=quoted(assessment.as_of.text)))
    yield "   ".join(filter(None, (told("TUMOUR OF THE SPINE: ADVICE FOR THE BOARD"), dated, who)))
    if not assessment.has_tumour:
        yield ""
        yield told("No tumour of the spine is proven in this record, so no score is given.")
        yield from titled("PLAN", plan.lines(assessment))
        yield from titled("WHAT BECAME OF THE INPUT", reference.ledger(assessment))
        return
    yield from titled("IN SHORT", (line for said in summary.head(assessment) for line in wrapped(said, "  ", 4)))
    yield from titled("PLAN", plan.lines(assessment))
    yield from titled(
        "NOT ADVISED", (line for said in wording.against(assessment.plan) for line in wrapped(said, "  - "))
    )
    yield from titled("WHAT WOULD CHANGE THE PLAN", changes.lines(assessment))
    yield from titled("MISSING, THE MOST DECISIVE FIRST", missing.lines(assessment))
    yield from prognosis.lines(assessment)
    for lesion, lines in scores.of_lesions(assessment):
        yield from titled(phrase("LESION {place}", place=wording.place(lesion)), lines)
    yield from titled("PATIENT", scores.of_patient(assessment))
    yield from titled("CALCULATORS ELSEWHERE", reference.calculators(assessment))
    yield from titled("WHAT BECAME OF THE INPUT", reference.ledger(assessment))
    yield from titled("KNOWN OF THESE TREATMENTS", reference.known(assessment))
    yield ""
    yield from wrapped(wording.caveat(assessment.policy), "")
    yield told(summary.made_with(assessment))
