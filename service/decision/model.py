"""What the rules advise, and the plan that they make together."""

from __future__ import annotations

from dataclasses import dataclass

from service.case import Lesion
from service.evidence import Values
from service.scoring.model import Score
from service.scoring.sources import Source


@dataclass(frozen=True)
class Rule:
    """One rule of the literature. ``plan`` is the id of its PlanDefinition."""

    plan: str
    title: str
    source: Source | None


@dataclass(frozen=True)
class Advice:
    """One step that a rule leads to."""

    treatment: str
    rule: Rule
    reason: str
    urgent: bool = False


@dataclass(frozen=True)
class Premise:
    """A finding that has to have one of some values."""

    finding: str
    values: Values


Path = tuple[Premise, ...]


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

    @property
    def settled(self) -> bool:
        return not self.paths

    @property
    def urgent(self) -> bool:
        return any(advice.urgent for advice in self.advice)

    @property
    def depends_on(self) -> tuple[str, ...]:
        """The findings that decide, most decisive first."""
        return tuple(dict.fromkeys(premise.finding for path in self.paths for premise in path))


@dataclass(frozen=True)
class Needed:
    """A missing finding that could change the answer."""

    finding: str
    lesion: Lesion | None
    decides: tuple[str, ...]
    """What it would decide, for reading: the plan of a lesion, the band of a score."""


@dataclass(frozen=True)
class Plan:
    recommendations: tuple[Recommendation, ...]
    needed: tuple[Needed, ...]
    """Missing findings that could change the answer, the most decisive first."""


@dataclass(frozen=True)
class NotComputed:
    """A score that is not given, with the reason."""

    score: Score
    reason: str
