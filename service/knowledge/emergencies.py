"""The section on emergencies: which findings raise an alarm, and what each guideline has done then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service import wording
from service.case import Case, Lesion
from service.decision import emergency
from service.decision.alarms import ALARMS, NEUROLOGY
from service.decision.guideline_words import radiotherapy_within
from service.decision.guidelines import GUIDELINES, Guideline
from service.decision.model import Recommendation
from service.evidence import Evidence, Values
from service.knowledge.document import Link, Paragraph, Section, Table, Words, cite
from service.knowledge.parts import disagree
from service.knowledge.read_as import about, all_said, values_said
from service.policy import DEFAULT
from service.text import partition, phrase

_INTRODUCTION = (
    "What heads every plan, before any score. An alarm that the record raises counts even where another source denies "
    "it; silence raises none. Compression and cauda equina syndrome count when they are suspected. The alarms are the "
    "same under every guideline; the policy names the one whose time limits and doses are given, see "
)
_STEROID = (
    "Dexamethasone is for neurological symptoms or signs: of an alarm that is none itself it depends on them, and "
    "where the record denies them all it is not advised."
)
_YES: Values = frozenset((True,))
_ALARMS: tuple[Mapping[str, Values], ...] = (
    *({finding: _YES} for finding in ALARMS),
    {"escc-grade": frozenset(("escc-2", "escc-3")), "myelopathy": _YES},
)
#: An alarm that says that there are symptoms or signs, and one that does not.
_WITH, _WITHOUT = ({finding: _YES} for finding in ("progressive-deficit", "spinal-cord-compression"))


def section() -> Section:
    name = emergency.EMERGENCY.plan
    return Section(
        name,
        "Emergencies",
        (
            Paragraph((_INTRODUCTION, Link("Guidelines", "guidelines"), ".", *cite(emergency.EMERGENCY.source))),
            Table("Alarms and what is advised", (("Read as",), ("Advice",), ("Depends on",)), tuple(_alarms())),
            Paragraph((_STEROID,)),
            Table("Neurological symptoms and signs", (("Read as",), ("Said as",)), tuple(_neurology())),
        ),
        (
            *(_by(guideline) for guideline in GUIDELINES.values()),
            *disagree(name, emergency.READINGS),
        ),
    )


def steps(values: Mapping[str, Values], guideline: Guideline) -> list[Recommendation]:
    """What is advised where a lesion has these findings, and nothing else is known."""
    evidence = {finding: Evidence(each) for finding, each in values.items()}
    case = Case(lesions=(Lesion("spine", evidence=evidence),), has_cancer=True)
    return emergency.emergencies(case, guideline)


def alarms() -> Iterator[tuple[str, list[Recommendation]]]:
    """Each alarm in words, with the steps that the guideline of the default policy has."""
    for values in _ALARMS:
        yield _said(values), steps(values, GUIDELINES[DEFAULT.guideline])


def _said(values: Mapping[str, Values]) -> str:
    return all_said(about(finding, values_said(finding, each)) for finding, each in values.items())


def _alarms() -> Iterator[tuple[Words | None, ...]]:
    for said, advised in alarms():
        reads: Words | None = (said,)
        for step in advised:
            yield (reads, (wording.treatment(step.treatment),), ("-" if step.settled else wording.condition(step),))
            reads = None


def _neurology() -> Iterator[tuple[Words, Words]]:
    for finding, (values, words) in NEUROLOGY.items():
        yield (_said({finding: values}),), (words,)


def _by(guideline: Guideline) -> Section:
    """What the steps are under one guideline."""
    head = (("Advice",), ("What is said of it",))
    by_default = (" It is that of the default policy.",) if guideline.code == DEFAULT.guideline else ()
    text: Words = ("As it is said of a new or progressive deficit.", *by_default)
    return Section(
        f"{emergency.EMERGENCY.plan}-{guideline.code}",
        phrase("By {guideline}", guideline=guideline.short),
        (
            Paragraph((*text, *cite(guideline.sources[0]))),
            Table(phrase("By {guideline}", guideline=guideline.name), head, tuple(_steps(guideline))),
        ),
    )


def _steps(guideline: Guideline) -> Iterator[tuple[Words | None, ...]]:
    without = {step.treatment: step.notes for step in steps(_WITHOUT, guideline)}
    for step in steps(_WITH, guideline):
        head: Words | None = (wording.treatment(step.treatment),)
        # The reason begins with what raised the alarm; the notes of the other alarm say what is different there.
        said = partition(step.advice[0].reason, ": ")[2]
        more = () if step.treatment == emergency.DEXAMETHASONE else without[step.treatment]
        for text in (said, *step.facts, *more):
            yield head, (text,)
            head = None
    yield ("Radiotherapy of the lesion",), (radiotherapy_within(guideline),)
