"""What the rules advise, and the plan that they make together."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from service.case import Case, Lesion
from service.conditions import ALWAYS, Condition
from service.evidence import Values
from service.scoring.model import Score
from service.scoring.sources import Source

if TYPE_CHECKING:  # the prognosis knows nothing of plans
    from service.decision.prognosis import Prognosis


class Rule(NamedTuple):
    """One rule of the literature. ``plan`` is the id of its PlanDefinition."""

    plan: str
    title: str
    source: Source | None


class Urgency(IntEnum):
    """How soon, the most urgent first."""

    STAT = 0
    """An emergency: before everything else."""
    URGENT = 1
    """Within days."""
    ROUTINE = 2


@dataclass(frozen=True)
class Advice:
    """One step that a rule leads to."""

    treatment: str
    rule: Rule
    reason: str
    urgency: Urgency = Urgency.ROUTINE
    paths: tuple[Path, ...] = ()
    """When the reason holds, beside others that hold anyway; none where it holds whenever the treatment is advised."""


@dataclass(frozen=True, eq=False)
class Row:
    """One line of a rule: when it applies, what is advised then, in this order, and why."""

    rule: Rule
    when: Condition
    do: tuple[str, ...]
    why: str
    urgency: Urgency = Urgency.ROUTINE
    told: tuple[str, ...] = ()
    """Findings of which the record has to say something before the row is given as a possibility."""
    form_of: tuple[str, ...] = ()
    """Treatments of which these are a form: given only where one of them is advised."""
    certain: bool = False
    """Given only where it certainly holds, and never as a possibility."""


@dataclass(frozen=True, eq=False)
class Note:
    """What is said beside a treatment where a condition holds, or may hold."""

    on: tuple[str, ...]
    """Treatments."""
    text: str
    source: Source | None = None
    when: Condition = ALWAYS
    perhaps: str = ""
    """What is said where the condition may hold and the record does not settle it; nothing is said if empty."""


@dataclass(frozen=True, eq=False)
class Bar:
    """Why a treatment is not to be given: a contraindication."""

    treatments: tuple[str, ...]
    when: Condition
    why: str
    source: Source | None


@dataclass(frozen=True, eq=False)
class Criterion:
    """One of several things that have to be so for a treatment."""

    text: str
    when: Condition


@dataclass(frozen=True, eq=False)
class Checklist:
    """Criteria for a treatment that have to hold together: those that do not are said."""

    rule: Rule
    title: str
    criteria: tuple[Criterion, ...]
    considered: Condition
    """When the treatment comes into question at all."""


class Premise(NamedTuple):
    """A finding that has to have one of some values."""

    finding: str
    values: Values


Path = tuple[Premise, ...]


@dataclass(frozen=True)
class Overturn:
    """What would be advised instead, were one finding other than the record says."""

    premise: Premise
    instead: tuple[str, ...]
    """The treatments that would then be settled, in their order; empty where none would be."""
    depends_on: tuple[str, ...] = ()
    """The findings on which others would then depend."""


@dataclass(frozen=True)
class Recommendation:
    """A treatment advised for a lesion or the patient, settled or with what it depends on."""

    treatment: str
    advice: tuple[Advice, ...]
    """The rules that lead to it, each with its reason."""
    lesion: Lesion | None
    paths: tuple[Path, ...] = ()
    """Ways in which the record may turn out that lead to this; none where every way does."""
    reads: tuple[str, ...] = ()
    """The findings that it rests on."""
    scores: tuple[str, ...] = ()
    """Codes of the scores that it rests on."""
    notes: tuple[str, ...] = ()
    """What is to be minded in this patient."""
    facts: tuple[str, ...] = ()
    """What is known of the treatment, whoever the patient is."""
    form_of: str = ""
    """The treatment of the same lesion that this is a form of; empty where it stands by itself."""
    overturns: tuple[Overturn, ...] = ()
    """Answers other than those of the record with which this would not be advised."""

    @property
    def settled(self) -> bool:
        return not self.paths

    @property
    def urgency(self) -> Urgency:
        return min(advice.urgency for advice in self.advice if not advice.paths)

    @property
    def urgent(self) -> bool:
        """Whether it is a step of an emergency."""
        return self.urgency is Urgency.STAT

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The findings that decide, most decisive first."""
        return tuple(dict.fromkeys(premise.finding for path in self.paths for premise in path))

    def but(self, **changes: object) -> Recommendation:
        """As :func:`dataclasses.replace`, in a fifth of the time: a plan changes some fifty of them.

        Raises:
            TypeError: it has no such field.
        """
        if not changes.keys() <= self.__dict__.keys():
            raise TypeError(f"no field of a recommendation: {', '.join(changes.keys() - self.__dict__.keys())}")
        made = object.__new__(Recommendation)
        made.__dict__.update(self.__dict__, **changes)
        return made


@dataclass(frozen=True)
class Needed:
    """A missing finding that could change the answer."""

    finding: str
    lesion: Lesion | None
    decides: tuple[str, ...]
    """What it would decide, for reading: the plan of a lesion, the band of a score."""


@dataclass(frozen=True)
class Against:
    """A treatment that is not advised for a lesion or the patient, with the reason."""

    treatment: str
    lesion: Lesion | None
    why: str
    source: Source | None
    barred: bool
    """Contraindicated; else considered, and a criterion for it is not met or not known."""


@dataclass(frozen=True)
class Plan:
    recommendations: tuple[Recommendation, ...]
    needed: tuple[Needed, ...]
    """Missing findings that could change the answer, the most decisive first."""
    against: tuple[Against, ...] = ()
    """What is not advised, and why."""
    prognosis: Prognosis | None = None
    judged: Case | None = None
    """The case with life expectancy and fitness for surgery as the rules worked them out."""
    unfit: tuple[str, ...] = ()
    """What bars an operation by the rules."""


@dataclass(frozen=True)
class NotComputed:
    """A score that is not given, with the reason."""

    score: Score
    reason: str
