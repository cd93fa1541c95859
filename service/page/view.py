"""What the page says of an assessment beside its pictures: the plan with its reasons, what is missing, the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from service import summary, wording
from service.assessment import Assessment
from service.case import Case, Lesion
from service.decision.model import Needed, Recommendation, Urgency
from service.findings import FINDINGS, LESION
from service.handoffs import Collected, State
from service.knowledge import content
from service.knowledge.sources import entry_id
from service.page.answers import Typed, lesion_field
from service.page.record import group_of
from service.page.spine import anchor
from service.report.plan import blocks
from service.scoring.sources import Source
from service.text import cased, phrase, series
from service.wording.conditional import MEANING
from service.wording.ways import Possible

#: What was typed, as it is called in the ledger.
TYPED = "What was typed into the form"
_REQUESTS = "missing-data"
_FIRST = 5
"""Missing findings that are shown at once."""


@dataclass(frozen=True)
class Link:
    """A text that leads somewhere; to nowhere where it has no address."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Basis:
    """A rule behind a recommendation."""

    rule: Link
    reason: str
    source: Link | None


@dataclass(frozen=True)
class Step:
    """One recommendation."""

    number: int
    name: str
    brief: str
    """The name as it stands in a sentence."""
    condition: str
    urgent: bool
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    basis: tuple[Basis, ...]
    overturns: tuple[str, ...]
    facts: tuple[str, ...]
    forms: tuple[Step, ...] = ()

    @property
    def as_form(self) -> str:
        """In one line, where it is a form of another treatment."""
        return phrase("As {treatment}: {reasons}", treatment=self.brief, reasons=series("; ", self.reasons))


@dataclass(frozen=True)
class Block:
    """What is advised for lesions that have one plan; for the patient where there is no lesion."""

    lesions: tuple[Lesion, ...]
    places: tuple[str, ...]
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()

    @property
    def anchors(self) -> tuple[str, ...]:
        return tuple(map(anchor, self.lesions))


@dataclass(frozen=True)
class Need:
    """A missing finding: the fields of the form that ask for it, how it is found out, and what it decides."""

    title: str
    fields: tuple[Link, ...]
    how: str
    decides: tuple[str, ...]


@dataclass(frozen=True)
class Remark:
    """An entry of the ledger."""

    resource: str
    text: str
    used: bool


@dataclass(frozen=True)
class Calculator:
    """A model that is computed elsewhere."""

    title: Link
    known: int
    inputs: int
    missing: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """All of it."""

    has_tumour: bool
    alarm: str
    """The line of the head that says that there is an emergency, or may be one."""
    steps: tuple[Step, ...]
    """What is to be done in it."""
    head: tuple[str, ...]
    lesions: tuple[Block, ...]
    patient: Block | None
    needs: tuple[Need, ...]
    more_needs: tuple[Need, ...]
    against: tuple[str, ...]
    ledger: tuple[Remark, ...]
    calculators: tuple[Calculator, ...]
    not_for: tuple[Link, ...]
    """Models that were not made for this patient, with why."""
    not_computed: tuple[tuple[str, str], ...]


def view(assessment: Assessment, typed: Typed, sent: str = "") -> View:
    """What the page says. ``typed`` are the fields that there are; ``sent`` is the id of what was typed."""
    every = assessment.plan.recommendations
    urgent = [each for each in every if each.urgent]
    head = tuple(summary.head(assessment)) if assessment.has_tumour else ()
    numbers = count(1)
    steps = tuple(_step(each, numbers, (), wording.left_open(_case(assessment), each.lesion)) for each in urgent)
    found = [*_blocks(assessment, numbers)]
    needs = [*_needs(assessment, typed)]
    ready = [_calculator(each) for each in assessment.handoffs if each.applicable]
    return View(
        has_tumour=assessment.has_tumour,
        alarm=head[0] if urgent and head else "",
        steps=steps,
        head=head[1:] if urgent else head,
        lesions=tuple(block for block in found if block.lesions),
        patient=next((block for block in found if not block.lesions), None),
        needs=tuple(needs[:_FIRST]),
        more_needs=tuple(needs[_FIRST:]),
        against=tuple(map(wording.capital, wording.against(assessment.plan))),
        ledger=tuple(_remarks(assessment, sent)),
        calculators=tuple(sorted(ready, key=lambda each: each.known / each.inputs, reverse=True)),
        not_for=tuple(_not_for(assessment)),
        not_computed=tuple((wording.model(each.score), each.reason) for each in assessment.not_computed),
    )


def _case(assessment: Assessment) -> Case:
    return assessment.plan.judged or assessment.case


# The plan


def _blocks(assessment: Assessment, numbers: Iterator[int]) -> Iterator[Block]:
    """Lesions of which the same is advised together, in the order of the plan; then lesions of which nothing is."""
    shown: set[str] = set()
    for block in blocks(each for each in assessment.plan.recommendations if not each.urgent):
        shown |= {lesion.name for lesion in block.lesions}
        possible = wording.left_open(_case(assessment), block.lesions[0] if block.lesions else None)
        parents = {each.treatment for each in block.advised if not each.form_of}
        forms = [r for r in block.advised if r.form_of in parents and r.treatment not in wording.BESIDE]
        own = sorted((r for r in block.advised if r not in forms), key=_order)
        counted = [note for each in (*own, *forms) for note in each.notes]
        shared = tuple(dict.fromkeys(note for note in counted if counted.count(note) > 1))
        steps = tuple(
            _step(each, numbers, shared, possible, tuple(f for f in forms if f.form_of == each.treatment))
            for each in own
        )
        yield Block(
            block.lesions, tuple(map(_place, block.lesions)), steps, (*_meanings(block.advised, possible), *shared)
        )
    for lesion in assessment.case.lesions:
        if lesion.name not in shown:
            yield Block((lesion,), (_place(lesion),), ())


def _meanings(advised: Iterable[Recommendation], possible: Possible) -> Iterator[str]:
    """What stable and unstable mean, where the conditions and reasons name them in brief."""
    listed = [*advised]
    said = [wording.condition(each, possible) for each in listed if not each.settled]
    said += [reason for each in listed for reason in wording.reasons(each, possible)]
    for name, meaning in MEANING.items():
        if any(f"{name} ({meaning})" in text for text in said):
            yield phrase("{word}: {meaning}.", word=cased(name, wording.capital), meaning=meaning)


def _place(lesion: Lesion) -> str:
    return wording.capital(wording.place(lesion))


def _order(each: Recommendation) -> tuple[int, int]:
    """What is found out at once, then treatment in its order, then what goes with it, and what is to be asked."""
    if each.advice[0].rule.plan == _REQUESTS:
        return 3, 0
    if each.treatment in wording.DIAGNOSTIC and each.urgency is Urgency.URGENT:
        return 0, 0
    return (2 if each.treatment in wording.BESIDE else 1), wording.order(each.treatment)


def _step(
    each: Recommendation,
    numbers: Iterator[int],
    shared: tuple[str, ...],
    possible: Possible,
    forms: Iterable[Recommendation] = (),
) -> Step:
    asks = each.advice[0].rule.plan == _REQUESTS
    reasons = wording.reasons(each, possible, brief=True)
    if asks:
        reasons = [phrase("to find out: {findings}", findings=wording.listed(map(wording.asked, each.reads), "and"))]
    return Step(
        number=next(numbers),
        name=wording.treatment(each.treatment),
        brief=wording.short(each.treatment),
        condition="" if each.settled else wording.condition(each, possible, brief=True),
        urgent=each.urgency is not Urgency.ROUTINE,
        reasons=tuple(reasons),
        notes=tuple(note for note in each.notes if note not in shared),
        basis=() if asks else tuple(_basis(each)),
        overturns=tuple(wording.overturn(overturn) for overturn in each.overturns),
        facts=each.facts,
        forms=tuple(_step(form, iter((0,)), shared, possible) for form in forms),
    )


def _basis(each: Recommendation) -> Iterator[Basis]:
    """The rules, each with its own words and where they come from; a rule that says the same twice, once."""
    for advice in dict.fromkeys(each.advice):
        section = advice.rule.plan
        rule = Link(advice.rule.title, f"/knowledge/{section}" if section in content.IDS else "")
        yield Basis(rule, advice.reason, _cited(advice.rule.source))


def _cited(source: Source | None) -> Link | None:
    return Link(str(source), f"/knowledge/sources#{entry_id(source)}") if source else None


# What is missing


def _needs(assessment: Assessment, typed: Typed) -> Iterator[Need]:
    grouped: dict[str, list[Needed]] = {}
    for need in assessment.plan.needed:
        grouped.setdefault(need.finding, []).append(need)
    several = len(assessment.case.lesions) > 1
    for code, needs in grouped.items():
        fields = tuple(
            Link(_place(need.lesion) if several and need.lesion else "", f"#{field_id(code, need.lesion, typed)}")
            for need in needs
        )
        yield Need(
            title=wording.capital(wording.asked(code)),
            fields=fields,
            how=summary.WAYS.get(FINDINGS[code].find_out, ""),
            decides=tuple(dict.fromkeys(what for need in needs for what in need.decides)),
        )


def field_id(code: str, lesion: Lesion | None, typed: Typed) -> str:
    """The id of the field that asks for a finding; of all lesions where no group of fields is of that one."""
    if FINDINGS[code].scope != LESION:
        return f"f-{code}"
    n = group_of(lesion, typed) if lesion is not None else None
    if n is None and len(typed.lesions) == 1:
        n = 0
    return "lesions" if n is None else f"f-{lesion_field(n, code)}".replace(".", "-")


# The rest


def _remarks(assessment: Assessment, sent: str) -> Iterator[Remark]:
    for entry in assessment.ledger:
        own = bool(sent) and sent in entry.resource
        yield Remark(TYPED if own else entry.resource, entry.text, entry.used)


def _calculator(found: Collected) -> Calculator:
    states: Mapping[State, list[str]] = {
        state: [each.input.label for each in found.of(state)] for state in (State.KNOWN, State.MISSING, State.NOT_READ)
    }
    remarks = (
        *(phrase("Perhaps not applicable: {reason}.", reason=said.remark.text) for said in found.excluded),
        *map(wording.caution, found.cautions),
    )
    return Calculator(
        Link(found.hand_off.title, found.hand_off.url),
        len(states[State.KNOWN]),
        len(found.inputs),
        (*states[State.MISSING], *states[State.NOT_READ]),
        remarks,
    )


def _not_for(assessment: Assessment) -> Iterator[Link]:
    for found in assessment.handoffs:
        if not found.applicable:
            why = wording.listed((said.remark.text for said in found.excluded if said.certain), "and")
            yield Link(phrase("{title}: {reason}", title=found.hand_off.title, reason=why))
