"""What the rules read beside the findings of the record: facts that follow from scores and from the policy.

Like findings they are sets of possible values, so a rule over them is settled or conditional like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from service.case import Case, Lesion
from service.conditions import Condition
from service.decision import noms
from service.decision.fitness import fitness
from service.decision.prognosis import expected_survival
from service.evidence import Evidence, Values
from service.findings import FINDINGS
from service.policy import Policy
from service.reading import Standing
from service.scoring import ENGINES
from service.scoring.results import Result

STABILITY = noms.STABILITY
DUMBBELL = "dumbbell"
"""The band of the dumbbell score, by its code: benign or malignant."""
DOMAINS: Mapping[str, Values] = {STABILITY: noms.STATES, DUMBBELL: frozenset(("benign", "malignant"))}
SURVIVAL, FITNESS = "life-expectancy", "surgical-fitness"
_OVER_50: Values = frozenset(("over-50",))


def judged(case: Case, results: tuple[Result, ...], policy: Policy) -> Case:
    """The case with life expectancy by the lead model, and fitness for surgery by the rules.

    What a clinician says of either in the record overrides it.
    """
    added: dict[str, Evidence] = {}
    if not case.about(SURVIVAL).statements:
        survival = expected_survival(case, results, policy.lead_model, policy.in_use)
        if survival is not None:
            added[SURVIVAL] = survival
    whole = replace(case, evidence={**case.evidence, **added})
    if not case.about(FITNESS).statements:
        fit = fitness(whole, policy)
        if fit is not None:
            added[FITNESS] = fit
    return replace(case, evidence={**case.evidence, **added})


def stability(case: Case, lesion: Lesion) -> Values:
    """The possible mechanical states, with the collapse that decides how SINS 7-12 is read."""
    sins = ENGINES["sins"]
    states: set[str] = set()
    collapse = case.possible("sins-collapse", lesion)
    for part, over_50 in ((collapse & _OVER_50, True), (collapse - _OVER_50, False)):
        if part:
            totals = sins.totals(case, lesion, {"sins-collapse": part})
            states.update(_state(sins.score.band(total).code, total, over_50=over_50) for total in totals)
    return frozenset(states)


def _state(band: str, total: float, *, over_50: bool) -> str:
    if band != "indeterminate":
        return band
    if over_50:
        return noms.COLLAPSE
    return noms.INDETERMINATE_HIGH if total >= HIGH_INDETERMINATE else noms.INDETERMINATE


HIGH_INDETERMINATE = 10
"""Kakutani 2023: from here on a lesion without symptoms is likely to become symptomatic."""


class _Asked(dict[str, Values]):
    """Possible values, worked out when they are first asked for."""

    def __init__(self, work_out: Callable[[str], Values]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, code: str) -> Values:
        found = self[code] = self._work_out(code)
        return found


@dataclass(frozen=True)
class View:
    """What the rules see of a lesion, or of the patient as a whole."""

    case: Case
    lesion: Lesion | None
    assumed: Mapping[str, Values]
    """Possible values that the rules start from instead of those of the record."""

    @cached_property
    def possible(self) -> Callable[[str], Values]:
        """The possible values of a finding or fact; what was asked for before is remembered, for many rules read it."""
        return _Asked(self._possible).__getitem__

    def _possible(self, code: str) -> Values:
        if code in self.assumed:
            return self.assumed[code]
        if code not in DOMAINS:
            return self.case.possible(code, self.lesion)
        if self.lesion is None:
            return DOMAINS[code]
        if code == STABILITY:
            return stability(self.case, self.lesion)
        return frozenset([band.code for band in ENGINES[code].bands(self.case, self.lesion)])

    def told(self, code: str) -> bool:
        """Whether the record says anything of it."""
        if code in DOMAINS:
            return self.possible(code) != DOMAINS[code]
        return bool(self.case.about(code, self.lesion).statements)

    def truths(self, standing: Standing) -> frozenset[bool]:
        return standing.of(self.possible)


def standing(condition: Condition) -> Standing:
    return Standing(condition)


def missing_for(code: str, case: Case, lesion: Lesion | None, results: tuple[Result, ...], lead: str) -> list[str]:
    """The findings to find out for what a rule asks: those of the score behind a fact."""
    score = {STABILITY: "sins", DUMBBELL: "dumbbell", SURVIVAL: lead}.get(code)
    if score is None:
        return [code]
    for result in results:
        if result.score.code == score and result.lesion in (None, lesion):
            found = [missing.finding for missing in result.missing]
            return found or ([code] if code in FINDINGS else [])
    return [code] if code in FINDINGS else []
