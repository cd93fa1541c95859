"""The assessment as plain text: lesion by lesion, what a registrar would like to read."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from service import KNOWLEDGE_VERSION, __version__, wording
from service.assessment import Assessment
from service.decision.model import Recommendation
from service.findings import FINDINGS
from service.scoring.engine import Missing, Result

_WIDTH = 100


def text(assessment: Assessment) -> str:
    """The report; ends with a line break."""
    return "\n".join(_lines(assessment)) + "\n"


def _lines(assessment: Assessment) -> Iterator[str]:
    case = assessment.case
    who = ", ".join(filter(None, (f"{case.age} years" if case.age is not None else "", case.sex or "")))
    yield f"TUMOUR OF THE SPINE: ADVICE FOR THE BOARD   as of {assessment.as_of.text}" + (f"   {who}" if who else "")
    if not assessment.has_tumour:
        yield ""
        yield "No tumour of the spine is proven in this record, so no score is given."
        if assessment.plan.recommendations:
            yield ""
            yield "PLAN"
            yield from _plan(assessment)
        yield from _remarks(assessment)
        return
    yield ""
    yield "PLAN"
    yield from _plan(assessment)
    for lesion in case.lesions:
        yield ""
        yield f"LESION {lesion.name}"
        for result in assessment.results:
            if result.lesion is lesion:
                yield from _score(result)
    yield ""
    yield "PATIENT"
    for result in assessment.results:
        if result.lesion is None:
            yield from _score(result)
    for left_out in assessment.not_computed:
        yield from _wrapped(f"{left_out.score.title}: not given, {left_out.reason}", "  ")
    yield from _missing(assessment)
    yield from _remarks(assessment)
    yield ""
    yield from _wrapped(
        "Survival figures are of groups, mostly before today's systemic treatment, and none of the models is "
        "calibrated for today (Bindels 2025). Advice, not an order: the board decides.",
        "",
    )
    yield f"spinemets-cds {__version__}, knowledge {KNOWLEDGE_VERSION}, policy {assessment.policy.name}"


def _plan(assessment: Assessment) -> Iterator[str]:
    """The recommendations in their order; reasons and remarks that several of a lesion share are said once."""
    said: set[tuple[str, str]] = set()
    because: tuple[str, list[str]] = ("", [])
    for n, recommendation in enumerate(assessment.plan.recommendations, 1):
        name = recommendation.lesion.name if recommendation.lesion else ""
        yield from _recommendation(n, recommendation)
        reasons = [advice.reason for advice in recommendation.advice]
        if because != (name, reasons):
            for reason in reasons:
                yield from _wrapped(reason, "     ")
        because = (name, reasons)
        for note in recommendation.notes:
            if (name, note) not in said:
                said.add((name, note))
                yield from _wrapped(note, f"     ! {name}: " if name else "     ! ")


def _recommendation(n: int, recommendation: Recommendation) -> Iterator[str]:
    where = f" at {recommendation.lesion.name}" if recommendation.lesion else ""
    urgent = "URGENT: " if recommendation.urgent else ""
    when = "" if recommendation.settled else f" - {wording.condition(recommendation)}"
    yield from _wrapped(f"{urgent}{wording.treatment(recommendation.treatment)}{where}{when}", f"{n:>3}. ")


def _score(result: Result) -> Iterator[str]:
    settled = "" if result.exact else (", settled" if result.settled else ", open")
    yield from _wrapped(f"{result.score.title}: {wording.total(result)}{settled}", "  ")
    for band in result.bands:
        figures = "; ".join(wording.figure(figure) for figure in band.figures)
        yield from _wrapped(f"{band.title}: {band.meaning}" + (f". {figures}" if figures else ""), "      = ")
    for item in result.items:
        yield from _wrapped(f"{item.item.title}: {wording.row(item)}", f"      {wording.points(item.points):>9}  ")
    for missing in result.missing[:3] if not result.settled else ():
        yield from _wrapped(_outcomes(missing), "      ? ")


def _outcomes(missing: Missing) -> str:
    """What each answer to a missing finding would make of the score."""
    answers = (
        f"{wording.values_of(missing.finding, o.values)}: {wording.listed(b.title for b in o.bands)}"
        for o in missing.outcomes
    )
    return f"{FINDINGS[missing.finding].title}. {'; '.join(answers)}"


def _missing(assessment: Assessment) -> Iterator[str]:
    if not assessment.plan.needed:
        return
    yield ""
    yield "MISSING, THE MOST DECISIVE FIRST"
    for n, need in enumerate(assessment.plan.needed, 1):
        where = f" at {need.lesion.name}" if need.lesion else ""
        title = FINDINGS[need.finding].title
        yield from _wrapped(f"{title}{where}: would decide {wording.listed(need.decides, 'and')}", f"{n:>3}. ")


def _remarks(assessment: Assessment) -> Iterator[str]:
    if not assessment.ledger:
        return
    yield ""
    yield "WHAT BECAME OF THE INPUT"
    for entry in assessment.ledger:
        yield from _wrapped(f"{entry.resource}: {entry.text}", "  - ")


def _wrapped(words: str, indent: str) -> list[str]:
    words = "".join(c if c.isprintable() else " " for c in words)  # the record's words make no line of their own
    return textwrap.wrap(
        words, _WIDTH, initial_indent=indent, subsequent_indent=" " * len(indent), break_on_hyphens=False
    )
