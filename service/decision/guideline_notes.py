"""What a guideline says beside the treatments of a lesion; an emergency has notes of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from service.conditions import ALWAYS, Condition, all_of, any_of, is_, not_
from service.decision.alarms import HIGH_GRADE, NEUROLOGY
from service.decision.emergency import MRI
from service.decision.guideline_words import noted, of_imaging
from service.decision.guidelines import Fact, Guideline
from service.decision.imaging import PAIN
from service.decision.model import Note
from service.evidence import Values
from service.findings import FINDINGS
from service.text import phrase, series

_YES: Values = frozenset((True,))
_NEUROLOGICAL = any_of(*(is_(finding, *values) for finding, (values, _) in NEUROLOGY.items() if values == _YES))
_COMPRESSED = any_of(is_("escc-grade", *HIGH_GRADE), is_("spinal-cord-compression", True))
_RADIOTHERAPY = ("cebrt", "srs", "carbon-ion", "short-course-rt")
_CONVENTIONAL = ("cebrt", "short-course-rt")
_BONE = ("bone-modifying-agent",)
_OPERATIONS = ("decompression-stabilisation", "separation-surgery", "stabilisation", "mis-fixation")


@cache
def notes(guideline: Guideline) -> tuple[Note, ...]:
    """What the guideline says beside treatments of a lesion, for the plan; those of an emergency stand with it."""
    return tuple(_notes(guideline))


def _notes(guideline: Guideline) -> Iterator[Note]:
    source = guideline.sources[0]

    def note(
        on: tuple[str, ...], text: str, fact: Fact[Any] | None, when: Condition = ALWAYS, perhaps: str = ""
    ) -> Iterator[Note]:
        if fact:
            facts = _said(fact)
            said, open_ = (noted(phrase(t, facts=facts), guideline) if t else "" for t in (text, perhaps))
            yield Note(on, said, source, when, open_)

    for text in of_imaging(guideline):
        yield Note((MRI,), text, source)
    yield from note((MRI,), "Pain that suggests a metastasis: {facts}", guideline.pain_red_flags, PAIN)
    yield from note(
        (MRI,), "Should there be {facts}: an emergency, not pain alone", guideline.neurological_symptoms, PAIN
    )
    yield from note(
        _RADIOTHERAPY,
        "Without pain and neurological symptoms, radiotherapy is for these reasons only: {facts}",
        guideline.asymptomatic,
        all_of(is_("sins-pain", "pain-free"), not_(any_of(_NEUROLOGICAL, _COMPRESSED))),
        "Should the lesion cause neither pain nor neurological symptoms, radiotherapy is for these reasons only: "
        "{facts}",
    )
    not_mechanical = is_("sins-pain", "occasional-non-mechanical")
    dose = "For pain that is not mechanical: {facts} Gy in a single fraction"
    yield from note(_CONVENTIONAL, dose, guideline.non_mechanical_pain_gy, not_mechanical)
    if guideline.combined_tumours:
        of_this_kind = is_("primary-tumour", *guideline.combined_tumours.value)
        combined = "Compression by a tumour of this kind: {facts}"
        yield from note((*_RADIOTHERAPY, "systemic-therapy"), combined, guideline.combined, of_this_kind)
    yield from note(_CONVENTIONAL, "A short course for {facts}", guideline.short_course, _COMPRESSED)
    yield from note(_CONVENTIONAL, "A long course for {facts}", guideline.long_course, _COMPRESSED)
    yield from note((*_RADIOTHERAPY, *_OPERATIONS), "Before treatment, {facts}", guideline.scales_first, _COMPRESSED)
    bisphosphonates = "Bisphosphonates for pain of the spine are for {facts} cancer only"
    yield from note(_BONE, bisphosphonates, guideline.bisphosphonate_tumours)
    too = "Bisphosphonates for pain of the spine are for {facts} cancer too, if analgesia fails"
    yield from note(_BONE, too, guideline.bisphosphonate_if_analgesia_fails)


def _said(fact: Fact[Any]) -> str:
    """A number or a text as it is; several texts as a list, tumours by their labels."""
    if not isinstance(fact.value, tuple):
        return str(fact.value)
    *first, last = (FINDINGS["primary-tumour"].labels.get(word, word) for word in fact.value)
    return phrase("{first} or {last}", first=series(", ", first), last=last) if first else last
