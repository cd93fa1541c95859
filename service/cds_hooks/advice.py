"""The cards of an emergency, and of what to find out first; and what all cards say of a record with gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from service import summary, wording
from service.assessment import Assessment
from service.case import Lesion
from service.cds_hooks.call import Call
from service.cds_hooks.card import CRITICAL, INFO, WARNING, Card
from service.cds_hooks.markdown import bold, item
from service.cds_hooks.repeats import Repeats
from service.cds_hooks.suggestions import proposal
from service.decision.emergency import EMERGENCY
from service.decision.missing import FIND_OUT
from service.decision.model import Needed, Recommendation
from service.evidence import Evidence, When
from service.fhir_mapping.inbound.drafts import ANYWHERE
from service.findings import FINDINGS
from service.report.plan import blocks, places
from service.text import partition, phrase, series

_FEW, _MOST_NEEDED = 3, 5
#: What nobody was asked for, and what is unknown by that.
_UNKNOWN_BY = {
    "Procedure": "earlier radiotherapy and operations",
    "MedicationRequest": "drugs that were given before",
    "MedicationAdministration": "drugs that were given before",
    "MedicationStatement": "drugs that were given before",
    "CarePlan": "what is planned already",
    "ServiceRequest": "what is ordered already",
    "DiagnosticReport": "findings of reports",
    "QuestionnaireResponse": "answers to questionnaires",
}


def not_looked_at(gaps: Sequence[str]) -> tuple[str, ...]:
    """What the record lacks because it could not be had: a block of the detail."""
    by_cause: dict[str, list[str]] = {}
    for kind in gaps:
        by_cause.setdefault(_UNKNOWN_BY.get(kind, ""), []).append(kind)
    return tuple(
        item(phrase("Not looked at: {types}, so {what} may be missing", types=series(", ", types), what=what))
        if what
        else item(phrase("Not looked at: {types}", types=series(", ", types)))
        for what, types in by_cause.items()
    )


# An emergency


def emergency_card(assessment: Assessment, there: Repeats, call: Call, gaps: Sequence[str]) -> Card | None:
    """The emergency; None where there is none, or each of its steps is under way."""
    urgent = [r for r in assessment.plan.recommendations if r.urgent]
    if call.about_orders:
        # Whoever writes any order is not stopped by what is merely not ruled out: something has to speak for it.
        urgent = [r for r in urgent if r.settled or _is_told(r, assessment)]
    left = [r for r in urgent if not there.has(r, since=_since(r, assessment))]
    if not left:
        return None
    certain = any(r.settled for r in urgent)
    lesions = [*{r.lesion.name: r.lesion for r in left if r.lesion}.values()]
    where = wording.at_all(lesions) if 0 < len(lesions) <= _FEW else ""
    steps = dict.fromkeys(wording.in_sentence(wording.treatment(r.treatment)) for r in left)
    template = "Emergency{place}: {steps}" if certain else "Possible emergency{place}: {steps}"
    summaries: list[str] = [
        phrase(template, place=where, steps=wording.listed(steps, "and")),
        phrase(template, place="", steps=wording.listed(steps, "and")),
        "Emergency of the spine" if certain else "Possible emergency of the spine",
    ]
    if not certain and len({wording.condition(r) for r in left}) == 1:
        when = wording.condition(left[0])
        listed = wording.listed(steps, "and")
        summaries.insert(
            0, phrase("Possible emergency{place}, {condition}: {steps}", place=where, condition=when, steps=listed)
        )
    detail = [tuple(_steps(block.lesions, block.advised, left)) for block in blocks(urgent)]
    return Card(
        "emergency",
        CRITICAL if certain else WARNING,
        tuple(summaries),
        (*detail, not_looked_at(gaps)),
        left[0].advice[0].rule if left[0].advice else EMERGENCY,
        tuple(proposal(r, assessment, call.patient_id) for r in _once(left)),
    )


def _once(steps: Sequence[Recommendation]) -> Iterator[Recommendation]:
    """Steps as they are offered: what is for the whole patient once, or a dose would be ordered for each lesion."""
    alike: dict[str, list[Recommendation]] = {}
    for each in steps:
        alike.setdefault(each.treatment, []).append(each)
    for each in steps:
        same = alike[each.treatment]
        leading = next((step for step in same if step.settled), None)
        if len(same) == 1 or leading is None or each.treatment not in ANYWHERE:
            yield each
        elif each is same[0]:
            yield replace(leading, lesion=None, notes=tuple(dict.fromkeys(note for s in same for note in s.notes)))


def _is_told(recommendation: Recommendation, assessment: Assessment) -> bool:
    """Whether the record speaks of all that one way to the emergency asks for."""

    def told(finding: str) -> bool:
        return bool(assessment.case.about(finding, recommendation.lesion).statements)

    return any(all(told(premise.finding) for premise in path) for path in recommendation.paths)


def _since(recommendation: Recommendation, assessment: Assessment) -> When | None:
    """When the newest alarm began, by what the record dates; None where it dates nothing.

    What is an alarm only together with something else began with the later of the two.
    """
    begun = [
        first
        for code in recommendation.reads
        if (first := _first_said(assessment.case.about(code, recommendation.lesion))) is not None
    ]
    return max(begun, key=lambda when: when.start, default=None)


def _first_said(evidence: Evidence) -> When | None:
    """Since when the record has said what it says now."""
    first = None
    every = {*evidence.statements, *evidence.superseded}
    for statement in sorted(every, key=lambda each: each.when.start, reverse=True):
        if statement.values.isdisjoint(evidence.values):
            break
        if not statement.lasting:
            first = statement.when
    return first


def _steps(lesions: Sequence[Lesion], advised: Iterable[Recommendation], left: list[Recommendation]) -> Iterator[str]:
    """Why it is one and who says so, once; then each step, with what is to be minded."""
    listed = list(advised)
    apart = [partition(wording.reason(r.advice[0]), ": ") for r in listed]
    shared = len({cause for cause, _, _ in apart}) == 1 and all(colon for _, colon, _ in apart)
    texts = [rest if shared else wording.reason(r.advice[0]) for r, (_, _, rest) in zip(listed, apart, strict=True)]
    sourced = [wording.without_source(text) for text in texts]
    heading: str = apart[0][0] if shared else ""
    if len({source for _, source in sourced}) == 1 and heading:
        texts = [text for text, _ in sourced]
        heading = phrase("{text} ({source})", text=heading, source=sourced[0][1])
    if lesions:
        heading = series(": ", (places(lesions), heading)) if heading else places(lesions)
    yield from ((bold(heading),) if heading else ())
    under_way = []
    for each, why in zip(listed, texts, strict=True):
        name = wording.treatment(each.treatment)
        if not any(r.treatment == each.treatment and r.lesion in (None, *lesions) for r in left):
            under_way.append(wording.in_sentence(name))
            continue
        if not each.settled:
            name = phrase("{treatment}, {condition}", treatment=name, condition=wording.condition(each))
        # The name is not said twice.
        twice = why.lower().startswith(wording.treatment(each.treatment).lower())
        yield item(wording.capital(why) if twice and each.settled else why, "" if twice and each.settled else name)
        yield from (item(note, depth=1) for note in each.notes)
    if under_way:
        yield item(phrase("Ordered already: {steps}", steps=wording.listed(under_way, "and")))


# What to find out


def asks(recommendation: Recommendation) -> bool:
    """Whether a recommendation is for finding out what is missing."""
    return recommendation.advice[0].rule.plan == FIND_OUT.plan


def deciding(assessment: Assessment) -> list[Needed]:
    """The missing findings that could change the plan, and not only a score."""
    titles = {result.score.title for result in assessment.results}
    return [need for need in assessment.plan.needed if not titles.issuperset(need.decides)]


def missing_card(assessment: Assessment, there: Repeats, call: Call, gaps: Sequence[str]) -> Card | None:
    """What to find out first; None where nothing could change the plan, or all that can be ordered for it is."""
    needs = deciding(assessment)
    asked = [r for r in assessment.plan.recommendations if asks(r)]
    left = [r for r in asked if not there.has(r)]
    if not needs or (asked and not left):
        return None
    steps = summary.steps_to(need.finding for need in needs)
    summaries = [
        phrase("Find out first: {findings}", findings=wording.listed(steps[:most], "and")) for most in (4, 3, 2, 1)
    ]
    titles = {result.score.title for result in assessment.results}
    by_use: dict[str, list[str]] = {}
    for need in needs[:_MOST_NEEDED]:
        use = wording.listed((what for what in need.decides if what not in titles), "and")
        by_use.setdefault(use, []).append(_finding(need))
    lines = [item(wording.listed(found, "and"), wording.capital(use)) for use, found in by_use.items()]
    return Card(
        "missing",
        INFO,
        (*summaries, "Findings are missing that could change the plan"),
        (tuple(lines), not_looked_at(gaps)),
        FIND_OUT,
        tuple(proposal(r, assessment, call.patient_id) for r in left),
    )


def _finding(need: Needed) -> str:
    """``ESCC grade (MRI)``; with its lesion where several want it is for the plan of each."""
    how = summary.WAYS.get(FINDINGS[need.finding].find_out)
    name = wording.asked(need.finding)
    return phrase("{finding} ({how})", finding=name, how=how) if how else name
