"""What the plan rests on: models that are computed elsewhere, what is known of the treatments, and the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service import wording
from service.assessment import Assessment
from service.decision.model import Recommendation
from service.handoffs import Collected, State
from service.report.layout import ELSEWHERE, wrapped
from service.text import phrase, quoted, series


def calculators(assessment: Assessment) -> Iterator[str]:
    """Those with half of their inputs in the record, with what is missing; the others by name."""
    applicable = [found for found in assessment.handoffs if found.applicable]
    ready = [found for found in applicable if 2 * _known(found) >= len(found.inputs)]
    for found in ready:
        yield from _ready(found)
    others = [
        phrase("{model}, {known} of {all}", model=f.hand_off.title, known=_known(f), all=len(f.inputs))
        for f in applicable
        if f not in ready
    ]
    if others:
        words = "With less than half of their inputs known (what they ask for: {where}): {models}."
        yield from wrapped(phrase(words, where=ELSEWHERE, models=series("; ", others)), "  ", 4)
    left_out: dict[str, list[str]] = {}
    for found in assessment.handoffs:
        if not found.applicable:
            reason = wording.listed((said.remark.text for said in found.excluded if said.certain), "and")
            left_out.setdefault(reason, []).append(found.hand_off.title)
    for reason, titles in left_out.items():
        text = phrase("Not applicable, {reason}: {models}.", reason=reason, models=series(", ", titles))
        yield from wrapped(text, "  ", 4)


def _known(found: Collected) -> int:
    return sum(each.state is State.KNOWN for each in found.inputs)


def _ready(found: Collected) -> Iterator[str]:
    hand_off = found.hand_off
    partly = len([*found.of(State.PARTLY)])
    known: str = phrase("{known} of {all} inputs known", known=_known(found), all=len(found.inputs))
    parts = [phrase("{known}, {n} partly", known=known, n=partly) if partly else known]
    for title, state in (
        ("missing", State.MISSING),
        ("to be looked up", State.NOT_READ),
        ("outside of its range", State.OUT_OF_RANGE),
        ("perhaps outside of its range", State.STRADDLES),
    ):
        labels = [each.input.label for each in found.of(state)]
        if labels:
            parts.append(series(": ", (title, series(", ", labels))))
    named: str = hand_off.title
    if hand_off.url:
        named = phrase("{text} ({source})", text=named, source=quoted(hand_off.url))
    yield from wrapped(series(": ", (named, series("; ", parts))), "  ", 6)
    for said in found.excluded:
        yield from wrapped(phrase("perhaps not applicable: {reason}", reason=said.remark.text), "      ! ")
    for said in found.cautions:
        yield from wrapped(wording.caution(said), "      ! ")


def known(assessment: Assessment) -> Iterator[str]:
    """What is known of the treatments of the plan, whoever the patient is; each fact once."""
    facts: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    for recommendation in assessment.plan.recommendations:
        new = [fact for fact in (*recommendation.facts, *_behind(recommendation)) if fact not in seen]
        seen.update(new)
        facts.setdefault(recommendation.treatment, {}).update(dict.fromkeys(new))
    for treatment, texts in facts.items():
        if texts:
            yield from _paragraph(wording.treatment(treatment), texts)


def _behind(recommendation: Recommendation) -> Iterator[str]:
    """What is known of the reasons for a review, which the plan gives in brief."""
    if recommendation.treatment == "mdt-review":
        for advice in recommendation.advice:
            _, fact = wording.in_brief(wording.cited(advice))
            if fact:
                yield phrase("{text}.", text=fact)


def _paragraph(title: str, texts: Iterable[str]) -> list[str]:
    return wrapped(series(": ", (title, series(" ", texts))), "  ", 4)


def ledger(assessment: Assessment) -> Iterator[str]:
    """What became of each resource of the input, where there is anything to say of it."""
    for entry in assessment.ledger:
        yield from wrapped(series(": ", (quoted(entry.resource), entry.text)), "  - ")
