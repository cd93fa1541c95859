"""The plan lesion by lesion: emergencies first, what is said of a lesion once, and lesions with one plan together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from service import wording
from service.assessment import Assessment
from service.case import Case, Lesion
from service.decision.model import Recommendation, Urgency
from service.decision.noms import KIM_NOTE
from service.report.layout import wrapped
from service.scoring.sources import KIM_2020
from service.wording.ways import MEANING, Possible

_REQUESTS = "missing-data"
#: What is said of a lesion in the line that names it, where it is known.
_STATE = (
    "mechanical-stability", "myelopathy", "progressive-deficit", "sphincter-dysfunction", "cauda-equina-syndrome",
    "spinal-cord-compression", "pathologic-fracture", "prior-radiotherapy-at-level",
)  # fmt: skip
#: Of these the absence counts too.
_ABSENCE = frozenset(("myelopathy", "prior-radiotherapy-at-level"))


Said = dict[tuple[str, str], frozenset[str]]
"""What was said of a treatment and of lesions."""


@dataclass(frozen=True)
class Block:
    """What is advised for lesions that have one plan, or for the patient."""

    lesions: tuple[Lesion, ...]
    advised: tuple[Recommendation, ...]


def lines(assessment: Assessment) -> Iterator[str]:
    numbers = count(1)
    every = assessment.plan.recommendations
    for block in blocks(r for r in every if r.urgent):
        yield from _emergency(block, numbers)
    said: Said = {}
    for block in blocks(r for r in every if not r.urgent):
        yield from _Lesions(assessment, block, said).lines(numbers)


def blocks(recommendations: Iterable[Recommendation]) -> list[Block]:
    """By lesion, those of the patient last; lesions of which the same is said together."""
    by_lesion: dict[str, tuple[Lesion | None, list[Recommendation]]] = {}
    for each in recommendations:
        name = each.lesion.name if each.lesion else ""
        by_lesion.setdefault(name, (each.lesion, []))[1].append(each)
    alike: dict[tuple[object, ...], Block] = {}
    for lesion, advised in sorted(by_lesion.values(), key=lambda each: each[0] is None):
        key = (lesion is None, *((r.treatment, r.advice, r.paths, r.notes, r.form_of) for r in advised))
        before = alike[key].lesions if key in alike else ()
        alike[key] = Block((*before, lesion) if lesion else (), tuple(advised))
    return list(alike.values())


def places(lesions: Iterable[Lesion]) -> str:
    return ", ".join(wording.capital(wording.place(lesion)) for lesion in lesions)


# Emergencies


def _emergency(block: Block, numbers: Iterator[int]) -> Iterator[str]:
    """What makes it one and who says so stand in the heading, not with every step."""
    reasons = [wording.reason(advice) for r in block.advised for advice in r.advice]
    cause, said = _shared(reasons)
    source = ""
    if all(text.endswith(")") for text in said):
        ends = {text.rpartition(" (")[2] for text in said}
        if len(ends) == 1:
            (end,) = ends
            source, said = f" ({end}", [text.removesuffix(f" ({end}") for text in said]
    kind = "EMERGENCY" if any(r.settled for r in block.advised) else "POSSIBLE EMERGENCY"
    where = wording.listed((wording.at(lesion) for lesion in block.lesions), "and")
    yield from wrapped(f"{kind}{where}{f': {cause}' if cause else ''}{source}", "  ", 4)
    texts = iter(said)
    for each in block.advised:
        when = "" if each.settled else f" - {wording.condition(each)}"
        why = "; ".join(next(texts) for _ in each.advice)
        yield from wrapped(f"{_named(each, why, when)}", f"{next(numbers):>3}. ")
        yield from _remarks(each.notes)


def _shared(reasons: Sequence[str]) -> tuple[str, list[str]]:
    """What all reasons begin with, up to a colon, and what is left of each."""
    cause, colon, _ = reasons[0].partition(": ")
    if not colon or not all(text.startswith(f"{cause}: ") for text in reasons):
        return "", list(reasons)
    return cause, [text.removeprefix(f"{cause}: ") for text in reasons]


def _named(each: Recommendation, why: str, when: str) -> str:
    """The treatment and why; its name is not said twice."""
    name = wording.treatment(each.treatment)
    if why.lower().startswith(name.lower()):
        return f"{wording.capital(why)}{when}"
    return f"{name}{when}: {why}"


# Lesions, and the patient


def _place(each: Recommendation) -> tuple[int, int]:
    """What is found out at once, then treatment in its order, then what goes with it, and what is to be asked."""
    if each.advice[0].rule.plan == _REQUESTS:
        return 3, 0
    if each.treatment in wording.DIAGNOSTIC and each.urgency is Urgency.URGENT:
        return 0, 0
    return (2 if each.treatment in wording.BESIDE else 1), wording.order(each.treatment)


class _Lesions:
    """What is advised for lesions that have one plan. ``said`` is what stands at the lesions before."""

    def __init__(self, assessment: Assessment, block: Block, said: Said) -> None:
        self._assessment, self._lesions, self._said = assessment, block.lesions, said
        self._case: Case = assessment.plan.judged or assessment.case
        self._possible: Possible = wording.left_open(self._case, block.lesions[0] if block.lesions else None)
        parents = {r.treatment for r in block.advised if not r.form_of}
        # A review stands by itself, though one of its reasons may be of a treatment.
        self._forms = [r for r in block.advised if r.form_of in parents and r.treatment not in wording.BESIDE]
        self._own = sorted((r for r in block.advised if r not in self._forms), key=_place)
        treated = [r for r in self._own if r.treatment not in (*wording.BESIDE, *wording.DIAGNOSTIC)]
        self._urgent = bool(treated) and all(r.urgency is Urgency.URGENT for r in treated)
        self._at: dict[str, int] = {}  # the item at which a reason stands
        counted = Counter(note for r in (*self._own, *self._forms) for note in r.notes)
        self._shared = [note for note, n in counted.items() if n > 1]

    def lines(self, numbers: Iterator[int]) -> Iterator[str]:
        urgent = ", URGENT" if self._urgent else ""
        heading = f"{places(self._lesions)}{urgent}: {self._states()}" if self._lesions else "PATIENT:"
        yield from wrapped(heading, "  ", 4)
        for each in self._own:
            yield from self._item(each, next(numbers))
            for form in self._forms:
                if form.form_of == each.treatment:
                    yield from self._form(form, each)
        yield from self._new("", 0, (), [*self._of_all()])

    def _states(self) -> str:
        """What is known of the lesions; where they differ, with the lesions of which it is."""
        of: dict[str, list[Lesion]] = {}
        for lesion in self._lesions:
            for part in self._state(lesion):
                of.setdefault(part, []).append(lesion)
        every = len(self._lesions)
        return ", ".join(part + ("" if len(those) == every else f" ({places(those)})") for part, those in of.items())

    def _state(self, lesion: Lesion) -> Iterator[str]:
        for result in self._assessment.results:
            if result.score.code == "sins" and result.lesion is lesion:
                yield f"SINS {wording.total(result)}" + (f" ({result.bands[0].title})" if result.settled else "")
        grade = self._case.about("escc-grade", lesion)
        yield wording.known("escc-grade", grade.values) if grade.statements else "ESCC grade not known"
        for code in _STATE:
            values = self._case.possible(code, lesion)
            if self._case.about(code, lesion).statements and (values != {False} or code in _ABSENCE):
                yield wording.known(code, values)

    def _when(self, each: Recommendation) -> str:
        return "" if each.settled else f" - {wording.condition(each, self._possible, brief=True)}"

    def _item(self, each: Recommendation, number: int) -> Iterator[str]:
        urgent = "" if self._urgent or each.urgency is not Urgency.URGENT else "URGENT: "
        name, indent = wording.treatment(each.treatment), f"{number:>3}. "
        asked, reasons = "", wording.reasons(each, self._possible, brief=True)
        if each.advice[0].rule.plan == _REQUESTS:
            asked, reasons = f", to find out: {', '.join(map(wording.asked, each.reads))}", []
        yield from wrapped(f"{urgent}{name}{self._when(each)}{asked}", indent)
        yield from self._new(each.treatment, number, reasons, self._notes(each))

    def _form(self, form: Recommendation, parent: Recommendation) -> Iterator[str]:
        """A form of a treatment, under it; its condition where that is not the same."""
        when = self._when(form)
        when = "" if when == self._when(parent) else when
        reasons = wording.reasons(form, self._possible, brief=True)
        why = f"as {wording.short(form.treatment)}{when}: {'; '.join(reasons)}"
        yield from self._new(f"{form.treatment} as {parent.treatment}", 0, [why], self._notes(form))

    def _notes(self, each: Recommendation) -> list[str]:
        return [note for note in each.notes if note not in self._shared]

    def _new(self, treatment: str, number: int, reasons: Sequence[str], notes: Sequence[str]) -> Iterator[str]:
        """Reasons and notes. What was said before is not said again, but where it stands.

        That is another item of the lesion, by its number, or a lesion before, where all that was said there holds here.
        """
        here, texts = places(self._lesions), frozenset((*reasons, *notes))
        alike = [(where, old) for (what, where), old in self._said.items() if what == treatment and old <= texts]
        where, old = max(alike, key=lambda each: len(each[1]), default=("", frozenset[str]()))
        above = sorted({self._at[text] for text in reasons if self._at.get(text, number) != number})
        for text in reasons:
            if text not in old and self._at.setdefault(text, number) == number:
                yield from wrapped(text, "     " if number else "     + ")
        if above and not old:
            yield from wrapped(f"as for {wording.listed(map(str, above), 'and')}", "     ")
        for text in notes:
            if text not in old:
                yield from wrapped(text, "     ! " if treatment else "  ! ")
        if old:
            yield from wrapped(f"as for {where}", "     " if treatment else "  ! ")
        if here and len(texts) > len(old):
            self._said[treatment, here] = texts

    def _of_all(self) -> Iterator[str]:
        """What is said of the lesions: what unstable means in the conditions above, and the notes of several items."""
        every = (*self._own, *self._forms)
        said = [wording.condition(r, self._possible) for r in every if not r.settled]
        said += [reason for r in every for reason in wording.reasons(r, self._possible)]
        notes = [*self._shared]
        for name, meaning in MEANING.items():
            if any(f"{name} ({meaning})" in text for text in said):
                source = f" ({KIM_2020})" if name == "unstable" and f"{KIM_NOTE}." in notes else ""
                notes = [note for note in notes if not (source and note == f"{KIM_NOTE}.")]
                yield f"{wording.capital(name)}: {meaning}{source}."
        yield from notes


def _remarks(notes: Iterable[str]) -> Iterator[str]:
    for note in notes:
        yield from wrapped(note, "     ! ")
