"""The one function behind every door: a Bundle in, an assessment out.

It is pure: no network, no clock, no globals. The same Bundle, policy, maps and time give the same answer.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from service import decision, derivations, handoffs
from service.assessment import Assessment
from service.case import Case, Lesion
from service.decision.model import NotComputed
from service.evidence import When
from service.fhir_mapping.inbound import take_in
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.findings import LESION
from service.policy import DEFAULT, Policy
from service.scoring import ENGINES
from service.scoring.engine import Engine
from service.scoring.results import Result

#: The findings that a score, rule or hand-off reads; the others are known, and the ledger says that nothing reads them.
READS = (
    frozenset(code for engine in ENGINES.values() for code in engine.mentions)
    | decision.READS
    | derivations.READS
    | handoffs.READS
)


def assess(
    bundle: Any,
    as_of: When,
    policy: Policy = DEFAULT,
    *,
    assume_complete: bool = False,
    terms: Terminology = STANDARD,
    bounds: Bounds = USUAL,
) -> Assessment:
    """Everything the record allows: scores, plan, what is missing, and what became of each resource.

    ``terms`` says which code means what: the maps of the package, or these with a site's own on top. ``bounds`` says
    how much a record may be.

    Raises:
        Rejected: the Bundle cannot be assessed.
    """
    policy = _in_force(policy, as_of)
    intake = take_in(bundle, as_of, policy, READS, assume_complete=assume_complete, terms=terms, bounds=bounds)
    case = derivations.derive(intake.case)
    results, not_computed = _scores(case)
    return Assessment(
        case=case,
        results=results,
        not_computed=not_computed,
        plan=decision.plan(case, results, policy),
        ledger=intake.ledger,
        inputs=intake.inputs,
        bone_elsewhere=intake.bone_elsewhere,
        as_of=as_of,
        policy=policy,
        handoffs=handoffs.collect(case),
        returned=intake.returned,
        maps=None if terms is STANDARD else terms.version,
    )


def _in_force(policy: Policy, as_of: When) -> Policy:
    """The policy at the time of the assessment, when a recalibration of it may be too old."""
    if not policy.recalibrations or not isfinite(as_of.end):
        return policy
    return policy.on(datetime.fromtimestamp(as_of.end, UTC).date())


def _scores(case: Case) -> tuple[tuple[Result, ...], tuple[NotComputed, ...]]:
    results: list[Result] = []
    left_out: list[NotComputed] = []
    for engine in ENGINES.values():
        score = engine.score
        lesions = [lesion for lesion in case.lesions if _is_for(engine, case, lesion)]
        if not lesions:
            if case.lesions and not score.rare:
                left_out.append(NotComputed(score, "made for metastases, and this is a primary tumour of the spine"))
        elif score.scope == LESION:
            results += [engine.result(case, lesion) for lesion in lesions]
        else:
            results.append(engine.result(case))
    return tuple(results), tuple(left_out)


def _is_for(engine: Engine, case: Case, lesion: Lesion) -> bool:
    """Whether a score is given for a lesion: its origin may be one that the score is for.

    A score for a rare tumour needs to be told of it, or of what it reads; where the origin is another, it is marked.
    """
    score = engine.score
    origin = case.about("tumour-origin", lesion)
    possible = not score.origins.isdisjoint(str(value) for value in origin.values)
    if not score.rare:
        return possible
    told = any(case.about(code, lesion).statements for code in engine.reads)
    return told or (possible and bool(origin.statements))
