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
from service.text import partition, phrase, series
from service.wording.conditional import MEANING
from service.wording.ways import Possible

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
    return series(", ", (wording.capital(wording.place(lesion)) for lesion in lesions))


# Emergencies


def _emergency(block: Block, numbers: Iterator[int]) -> Iterator[str]:
    """What makes it one and who says so stand in the heading, not with every step."""
    reasons = [wording.reason(advice) for r in block.advised for advice in r.advice]
    cause, said = _shared(reasons)
    source = ""
    apart = [wording.without_source(text) for text in said]
    if len({source for _, source in apart}) == 1:
        (_, source), *_ = apart
        said = [text for text, _ in apart]
    certain = any(r.settled for r in block.advised)
    where = wording.at_all(block.lesions) if block.lesions else ""
    heading: str = phrase("EMERGENCY{place}" if certain else "POSSIBLE EMERGENCY{place}", place=where)
    heading = series(": ", (heading, cause)) if cause else heading
    yield from wrapped(phrase("{text} ({source})", text=heading, source=source) if source else heading, "  ", 4)
    texts = iter(said)
    for each in block.advised:
        when = "" if each.settled else wording.condition(each)
        why = series("; ", [next(texts) for _ in each.advice])
        yield from wrapped(_named(each, why, when), f"{next(numbers):>3}. ")
        yield from _remarks(each.notes)


def _shared(reasons: Sequence[str]) -> tuple[str, list[str]]:
    """What all reasons begin with, up to a colon, and what is left of each."""
    apart = [partition(text, ": ") for text in reasons]
    if len({cause for cause, _, _ in apart}) > 1 or not all(colon for _, colon, _ in apart):
        return "", list(reasons)
    return apart[0][0], [rest for _, _, rest in apart]


def _named(each: Recommendation, why: str, when: str) -> str:
    """The treatment and why; its name is not said twice."""
    name = wording.treatment(each.treatment)
    if why.lower().startswith(name.lower()):
        return _given_when(wording.capital(why), when)
    return series(": ", (_given_when(name, when), why))


def _given_when(text: str, when: str) -> str:
    return phrase("{treatment} - {condition}", treatment=text, condition=when) if when else text


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
        heading: str = "PATIENT:"
        if self._lesions:
            template = "{places}, URGENT: {states}" if self._urgent else "{places}: {states}"
            heading = phrase(template, places=places(self._lesions), states=self._states())
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
        return series(
            ", ",
            (
                part if len(those) == every else phrase("{state} ({places})", state=part, places=places(those))
                for part, those in of.items()
            ),
        )

    def _state(self, lesion: Lesion) -> Iterator[str]:
        for result in self._assessment.results:
            if result.score.code == "sins" and result.lesion is lesion:
                total = phrase("SINS {total}", total=wording.total(result))
                band = result.bands[0].title
                yield phrase("{total} ({band})", total=total, band=band) if result.settled else total
        grade = self._case.about("escc-grade", lesion)
        yield wording.known("escc-grade", grade.values) if grade.statements else "ESCC grade not known"
        for code in _STATE:
            values = self._case.possible(code, lesion)
            if self._case.about(code, lesion).statements and (values != {False} or code in _ABSENCE):
                yield wording.known(code, values)

    def _when(self, each: Recommendation) -> str:
        return "" if each.settled else wording.condition(each, self._possible, brief=True)

    def _item(self, each: Recommendation, number: int) -> Iterator[str]:
        urgent = not self._urgent and each.urgency is Urgency.URGENT
        line = _given_when(wording.treatment(each.treatment), self._when(each))
        reasons = wording.reasons(each, self._possible, brief=True)
        if each.advice[0].rule.plan == _REQUESTS:
            asked, reasons = series(", ", map(wording.asked, each.reads)), []
            line = phrase("{treatment}, to find out: {findings}", treatment=line, findings=asked)
        yield from wrapped(phrase("URGENT: {text}", text=line) if urgent else line, f"{number:>3}. ")
        yield from self._new(each.treatment, number, reasons, self._notes(each))

    def _form(self, form: Recommendation, parent: Recommendation) -> Iterator[str]:
        """A form of a treatment, under it; its condition where that is not the same."""
        when = self._when(form)
        when = "" if when == self._when(parent) else when
        reasons = wording.reasons(form, self._possible, brief=True)
        named = _given_when(phrase("as {form}", form=wording.short(form.treatment)), when)
        why = series(": ", (named, series("; ", reasons)))
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
            yield from wrapped(phrase("as for {items}", items=wording.listed(map(str, above), "and")), "     ")
        for text in notes:
            if text not in old:
                yield from wrapped(text, "     ! " if treatment else "  ! ")
        if old:
            yield from wrapped(phrase("as for {places}", places=where), "     " if treatment else "  ! ")
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
                said_once = name == "unstable" and KIM_NOTE in notes
                notes = [note for note in notes if not (said_once and note == KIM_NOTE)]
                text = phrase("{name}: {meaning}", name=wording.capital(name), meaning=meaning)
                yield (
                    phrase("{text} ({source}).", text=text, source=str(KIM_2020))
                    if said_once
                    else phrase("{text}.", text=text)
                )
        yield from notes


def _remarks(notes: Iterable[str]) -> Iterator[str]:
    for note in notes:
        yield from wrapped(note, "     ! ")
