"""What the plan rests on: models that are computed elsewhere, what is known of the treatments, and the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from service import wording
from service.assessment import Assessment
from service.decision.model import Recommendation
from service.handoffs import Collected, State
from service.report.layout import ELSEWHERE, wrapped


def calculators(assessment: Assessment) -> Iterator[str]:
    """Those with half of their inputs in the record, with what is missing; the others by name."""
    applicable = [found for found in assessment.handoffs if found.applicable]
    ready = [found for found in applicable if 2 * _known(found) >= len(found.inputs)]
    for found in ready:
        yield from _ready(found)
    others = [f"{f.hand_off.title}, {_known(f)} of {len(f.inputs)}" for f in applicable if f not in ready]
    if others:
        words = f"With less than half of their inputs known (what they ask for: {ELSEWHERE})"
        yield from wrapped(f"{words}: {'; '.join(others)}.", "  ", 4)
    left_out: dict[str, list[str]] = {}
    for found in assessment.handoffs:
        if not found.applicable:
            reason = wording.listed((said.remark.text for said in found.excluded if said.certain), "and")
            left_out.setdefault(reason, []).append(found.hand_off.title)
    for reason, titles in left_out.items():
        yield from wrapped(f"Not applicable, {reason}: {', '.join(titles)}.", "  ", 4)


def _known(found: Collected) -> int:
    return sum(each.state is State.KNOWN for each in found.inputs)


def _ready(found: Collected) -> Iterator[str]:
    hand_off = found.hand_off
    partly = len([*found.of(State.PARTLY)])
    parts = [f"{_known(found)} of {len(found.inputs)} inputs known" + (f", {partly} partly" if partly else "")]
    for title, state in (
        ("missing", State.MISSING),
        ("to be looked up", State.NOT_READ),
        ("outside of its range", State.OUT_OF_RANGE),
        ("perhaps outside of its range", State.STRADDLES),
    ):
        labels = [each.input.label for each in found.of(state)]
        if labels:
            parts.append(f"{title}: {', '.join(labels)}")
    where = f" ({hand_off.url})" if hand_off.url else ""
    yield from wrapped(f"{hand_off.title}{where}: {'; '.join(parts)}", "  ", 6)
    for said in found.excluded:
        yield from wrapped(f"perhaps not applicable: {said.remark.text}", "      ! ")
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
                yield f"{fact}."


def _paragraph(title: str, texts: Iterable[str]) -> list[str]:
    return wrapped(f"{title}: {' '.join(texts)}", "  ", 4)


def ledger(assessment: Assessment) -> Iterator[str]:
    """What became of each resource of the input, where there is anything to say of it."""
    for entry in assessment.ledger:
        yield from wrapped(f"{entry.resource}: {entry.text}", "  - ")
