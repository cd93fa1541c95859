"""What a hand-off is: a model that is not computed here, the inputs that it asks for, and a result that comes back.

Like the tables of scores, hand-offs are data, made once; each is equal to itself alone (``eq=False``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from service.conditions import Condition
from service.evidence import Evidence, Values, When
from service.findings import FINDINGS
from service.scoring.model import ADULTS, METASTASES, Reading, Remark, Validation
from service.scoring.results import Said
from service.scoring.sources import Source


@dataclass(frozen=True, eq=False)
class Group:
    """How a model groups the values of an input, where that is known: ``0-2`` or ``3-4``."""

    label: str
    when: Condition


@dataclass(frozen=True, eq=False)
class Input:
    """One question of a model. The unit is that of the finding."""

    finding: str
    """A code of :data:`service.findings.FINDINGS`; empty where no finding answers the question."""
    asks: str = ""
    """The question as the model puts it, where the title of the finding does not say it."""
    low: float | None = None
    """Where the range of the model begins; none where no range is known."""
    high: float | None = None
    groups: tuple[Group, ...] = ()
    note: str = ""

    @property
    def label(self) -> str:
        return self.asks or FINDINGS[self.finding].title


@dataclass(frozen=True, eq=False)
class HandOff:
    """A model that is computed elsewhere."""

    code: str
    title: str
    predicts: str
    why: str
    """Why it is not computed here."""
    setting: str
    """The treatment that its patients were given; empty where what could be read does not say."""
    clock: str
    """What its times are counted from; empty as above."""
    inputs: tuple[Input, ...]
    sources: tuple[Source, ...]
    """The publication first, then where the inputs were read."""
    url: str = ""
    """The calculator; empty where none is known."""
    exclusions: tuple[Remark, ...] = (ADULTS, METASTASES)
    """Patients whom it was not made for, as its publications say."""
    cautions: tuple[Remark, ...] = ()
    """What to keep in mind of its result in some patients, whom it was made for all the same."""
    validations: tuple[Validation, ...] = ()
    readings: tuple[Reading, ...] = ()
    """What is known of its figures and not used, and why."""
    also: tuple[tuple[str, str], ...] = ()
    """Further codes under which a result may come back, each with its title: one outcome of several."""

    @property
    def codes(self) -> tuple[tuple[str, str], ...]:
        """Every code under which a result may come back, with its title."""
        return ((self.code, self.title), *self.also)


class State(StrEnum):
    """How well the record answers a question of a model."""

    KNOWN = "known"
    """One value, or several that the model treats as one."""
    PARTLY = "partly-known"
    """Several values are possible: a range, or sources that disagree."""
    MISSING = "missing"
    OUT_OF_RANGE = "out-of-range"
    """Known, and outside what the model accepts."""
    STRADDLES = "straddles-range"
    """Possible values lie inside and outside of what the model accepts."""
    NOT_READ = "not-read"
    """No finding of this service answers the question: whoever fills in the form looks it up."""


@dataclass(frozen=True, eq=False)  # made once for values and kept, so identity is enough
class Answered:
    """A question of a model, with how well some possible values answer it."""

    input: Input
    state: State
    values: Values
    group: str = ""
    """The group of the model in which every possible value lies."""


class CollectedInput(NamedTuple):
    """A question of a model with what the record says."""

    answered: Answered
    evidence: Evidence

    @property
    def input(self) -> Input:
        return self.answered.input

    @property
    def state(self) -> State:
        return self.answered.state

    @property
    def group(self) -> str:
        return self.answered.group


@dataclass(frozen=True, eq=False)
class Collected:
    """A hand-off with what the record says of each of its inputs."""

    hand_off: HandOff
    inputs: tuple[CollectedInput, ...]
    excluded: tuple[Said, ...] = ()
    """Patients whom the model was not made for, of which this is one, certainly or perhaps."""
    cautions: tuple[Said, ...] = ()

    @property
    def applicable(self) -> bool:
        """Whether no publication of the model leaves out such a patient for certain."""
        return not any(said.certain for said in self.excluded)

    def of(self, *states: State) -> tuple[CollectedInput, ...]:
        """The inputs in one of the states."""
        return tuple(each for each in self.inputs if each.state in states)


#: The codes of FHIR's risk-probability, in words.
BY_RISK = {
    "negligible": "negligible likelihood",
    "low": "low likelihood",
    "moderate": "moderate likelihood",
    "high": "high likelihood",
    "certain": "certain",
}

Length = tuple[float, str]
"""A length of time: number, and UCUM code."""


@dataclass(frozen=True)
class Prediction:
    """One prediction of a result that came back. Nothing of it was computed or checked here, but for its form."""

    outcome: str
    """What is predicted, as the sender says it, or as the model has it where the sender does not."""
    probability: float | tuple[float | None, float | None] | None = None
    """Per cent: a number, or the low and high end of a range."""
    risk: str = ""
    """A code of FHIR's risk-probability."""
    risk_text: str = ""
    """The risk in words; empty where there is none."""
    within: tuple[Length | None, Length | None] | None = None
    period: tuple[str, str] | None = None
    """Start and end as FHIR dates; either may be empty."""


@dataclass(frozen=True)
class Occurrence:
    """When a result was made, as FHIR dates: a moment, or a period; all empty where the sender does not say."""

    at: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True)
class Returned:
    """A result of a model that was computed elsewhere."""

    hand_off: HandOff
    code: str
    """The code under which it came, of ``CodeSystem/score``."""
    source: str
    """What the resource is called here: its reference, or its place where it has none."""
    referable: bool
    """Whether it is a reference."""
    kind: str
    """The type of the resource."""
    occurrence: Occurrence
    then: When
    predictions: tuple[Prediction, ...]

    @property
    def title(self) -> str:
        return dict(self.hand_off.codes)[self.code]
