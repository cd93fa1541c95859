"""The assessment as plain text: lesion by lesion, what a registrar would like to read."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Hashable, Iterator

from service import KNOWLEDGE_VERSION, __version__, summary, wording
from service.assessment import Assessment
from service.case import Lesion
from service.conditions import ALWAYS
from service.decision.lmnop import LETTERS
from service.decision.model import Recommendation, Urgency
from service.decision.prognosis import HORIZONS
from service.findings import FINDINGS
from service.handoffs import Returned, State, exclusions
from service.reading import joined
from service.scoring.engine import Missing, Result
from service.scoring.model import Band

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
    yield "IN SHORT"
    for line in summary.head(assessment):
        yield from _wrapped(line, "  ")
    yield ""
    yield "PLAN"
    yield from _plan(assessment)
    yield from _against(assessment)
    yield from _overturns(assessment)
    yield from _prognosis(assessment)
    for lesion in case.lesions:
        yield ""
        yield f"LESION {lesion.name}"
        yield from _letters(assessment, lesion)
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
    for returned in assessment.returned:
        yield from _returned(returned, assessment)
    yield from _missing(assessment)
    yield from _facts(assessment)
    yield from _elsewhere(assessment)
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
        reasons = [wording.reason(advice) for advice in recommendation.advice]
        if because != (name, reasons):
            for reason in reasons:
                yield from _wrapped(reason, "     ")
        because = (name, reasons)
        for note in recommendation.notes:
            if (name, note) not in said:
                said.add((name, note))
                yield from _wrapped(note, "     ! ")


def _recommendation(n: int, recommendation: Recommendation) -> Iterator[str]:
    where = f" at {recommendation.lesion.name}" if recommendation.lesion else ""
    urgent = _URGENCY[recommendation.urgency]
    form = f" (as {wording.short(recommendation.form_of)})" if recommendation.form_of else ""
    when = "" if recommendation.settled else f" - {wording.condition(recommendation)}"
    yield from _wrapped(f"{urgent}{wording.treatment(recommendation.treatment)}{form}{where}{when}", f"{n:>3}. ")


_URGENCY = {Urgency.STAT: "EMERGENCY: ", Urgency.URGENT: "URGENT: ", Urgency.ROUTINE: ""}


def _overturns(assessment: Assessment) -> Iterator[str]:
    """What would change what is settled, each answer once for a lesion."""
    said: dict[str, None] = {}
    for recommendation in assessment.plan.recommendations:
        where = f"{recommendation.lesion.name}: " if recommendation.lesion else ""
        for each in recommendation.overturns:
            without = f"if {wording.premise(each.premise)}: no {wording.short(recommendation.treatment)}"
            said[where + (wording.overturn(each) if each.instead or each.depends_on else without)] = None
    if said:
        yield ""
        yield "WHAT WOULD CHANGE THE PLAN"
    for text in said:
        yield from _wrapped(text, "  - ")


def _facts(assessment: Assessment) -> Iterator[str]:
    """What is known of the treatments of the plan, whoever the patient is."""
    known: dict[str, dict[str, None]] = {}
    for recommendation in assessment.plan.recommendations:
        known.setdefault(recommendation.treatment, {}).update(dict.fromkeys(recommendation.facts))
    known = {treatment: facts for treatment, facts in known.items() if facts}
    if known:
        yield ""
        yield "KNOWN OF THESE TREATMENTS"
    seen: set[str] = set()
    for treatment, facts in known.items():
        new = [fact for fact in facts if fact not in seen]
        seen.update(new)
        if new:
            yield f"  {wording.treatment(treatment)}"
        for fact in new:
            yield from _wrapped(fact, "      - ")


def _against(assessment: Assessment) -> Iterator[str]:
    if assessment.plan.against:
        yield ""
        yield "NOT ADVISED"
    for text in wording.against(assessment.plan):
        yield from _wrapped(text, "  - ")


def _prognosis(assessment: Assessment) -> Iterator[str]:
    """Every model side by side; what counts is marked, and what contradicts it is said."""
    found = assessment.plan.prognosis
    if found is None:
        return
    yield ""
    yield f"{'LIKELY TO LIVE LONGER THAN':<{_NAME}}" + "".join(f"{f'{m} months':>{_CELL}}" for m in HORIZONS)
    if found.judged:
        yield _answers("* A clinician's estimate", found.outlives)
    silent = []
    for outlook in found.models:
        counts = outlook is found.lead and not found.judged
        if counts or any(outlook.outlives(months) is not None for months in HORIZONS):
            yield _answers(f"{'*' if counts else ' '} {wording.modelled(outlook)}", outlook.outlives)
        else:
            silent.append(wording.modelled(outlook))
    if silent:
        yield from _wrapped(f"The record is too open for {wording.listed(silent, 'and')}.", "  ")
    yield from _wrapped(
        "* is what counts. Likely: more than half of such patients lived longer. ? cannot be told. Models are shown "
        "beside one another and never averaged.",
        "  ",
    )
    for months in HORIZONS:
        contrary = found.disagreeing(months)
        if contrary:
            names = wording.listed((wording.modelled(outlook) for outlook in contrary), "and")
            yield from _wrapped(f"At {months} months the contrary is said by {names}.", "  ! ")


_NAME, _CELL = 56, 11


def _answers(name: str, outlives: Callable[[int], bool | None]) -> str:
    words = {True: "yes", False: "no", None: "?"}
    return f"{name:<{_NAME}}" + "".join(f"{words[outlives(months)]:>{_CELL}}" for months in HORIZONS)


def _letters(assessment: Assessment, lesion: Lesion) -> Iterator[str]:
    """LMNOP, a line for each letter."""
    case = assessment.plan.judged or assessment.case
    for letter in LETTERS:
        scored = [
            f"{result.score.code.upper()}: {wording.total(result)}"
            for result in assessment.results
            if result.score.code in letter.scores and result.lesion is lesion
        ]
        said = [
            f"{wording.asked(code)}: {wording.values_of(code, case.possible(code, lesion))}"
            for code in letter.findings
            if case.about(code, lesion).statements
        ]
        yield from _wrapped(
            f"{letter.title}: {'; '.join((*scored, *said)) or 'not in the record'}", f"  {letter.letter}  "
        )


def _score(result: Result) -> Iterator[str]:
    settled = "" if result.exact else (", settled" if result.settled else ", open")
    yield from _wrapped(f"{result.score.title}: {wording.total(result)}{settled}", "  ")
    for band in result.bands:
        figures = wording.figures(band)
        yield from _wrapped(f"{band.title}: {band.meaning}" + (f". {figures}" if figures else ""), "      = ")
    for item in result.items:
        yield from _wrapped(f"{item.item.title}: {wording.row(item)}", f"      {wording.points(item.points):>9}  ")
    for said in result.outside:
        yield from _wrapped(wording.outside(said), "      ! ")
    for on in result.boundaries:
        yield from _wrapped(wording.boundary(on), "      ! ")
    for said in result.remarks:
        if said.remark.when is not ALWAYS:  # what is said of every patient is in the knowledge
            yield from _wrapped(wording.remark(said), "      ! ")
    telling = (_outcomes(missing) for missing in result.missing) if not result.settled else ()
    for outcomes in [each for each in telling if each][:3]:
        yield from _wrapped(outcomes, "      ? ")


def _outcomes(missing: Missing) -> str:
    """What each answer to a missing finding would make of the bands; nothing where all would make the same."""
    merged: dict[tuple[Band, ...], set[Hashable]] = {}
    for outcome in missing.outcomes:
        merged.setdefault(outcome.bands, set()).update(outcome.values)
    answers = (
        f"{wording.values_of(missing.finding, joined(values))}: {wording.listed(b.title for b in bands)}"
        for bands, values in merged.items()
    )
    if len(merged) == 1:
        return ""
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


def _returned(returned: Returned, assessment: Assessment) -> Iterator[str]:
    """A result that was computed elsewhere."""
    when = returned.occurrence
    dated = wording.listed(filter(None, (when.at, when.start, when.end)), "to")
    yield from _wrapped(f"{returned.title}: received{f', {dated}' if dated else ''}", "  ")
    for predicted in returned.predictions:
        yield from _wrapped(wording.prediction(predicted), "      = ")
    yield from _wrapped(wording.received(returned), "      ! ")
    for said in exclusions(returned.hand_off, assessment.case):
        yield from _wrapped(wording.outside(said), "      ! ")


def _elsewhere(assessment: Assessment) -> Iterator[str]:
    """The models that are computed elsewhere, with what the record says of their inputs."""
    if not assessment.handoffs:
        return
    yield ""
    yield "CALCULATORS ELSEWHERE"
    for found in assessment.handoffs:
        hand_off = found.hand_off
        yield from _wrapped(f"{hand_off.title}: {wording.handed_off(found)}", "  ")
        if hand_off.url:
            yield from _wrapped(hand_off.url, "      > ")
        if not found.applicable:
            continue
        for title, state in (
            ("missing", State.MISSING),
            ("to be looked up", State.NOT_READ),
            ("outside of its range", State.OUT_OF_RANGE),
            ("perhaps outside of its range", State.STRADDLES),
        ):
            labels = [each.input.label for each in found.of(state)]
            if labels:
                yield from _wrapped(f"{title}: {'; '.join(labels)}", "      ? ")
        for said in found.excluded:
            yield from _wrapped(f"perhaps not applicable: {said.remark.text}", "      ! ")
        for said in found.cautions:
            yield from _wrapped(wording.caution(said), "      ! ")


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
