"""The one function behind every door: a Bundle in, an assessment out.

It is pure: no network, no clock, no globals. The same Bundle, policy and time give the same answer.
"""

from __future__ import annotations

from typing import Any

from service import decision, derivations
from service.assessment import Assessment
from service.case import Case
from service.decision.model import NotComputed
from service.evidence import When
from service.fhir_mapping.inbound import take_in
from service.findings import LESION
from service.policy import DEFAULT, Policy
from service.scoring import ENGINES, SCORES
from service.scoring.engine import Result

#: The findings that some score or rule reads; the others are known, and the ledger says that nothing reads them.
READS = frozenset(code for engine in ENGINES.values() for code in engine.reads) | decision.READS | derivations.READS
_NOT_METASTATIC = frozenset(("primary", "dumbbell"))


def assess(bundle: Any, as_of: When, policy: Policy = DEFAULT, *, assume_complete: bool = False) -> Assessment:
    """Everything the record allows: scores, plan, what is missing, and what became of each resource.

    Raises:
        Rejected: the Bundle cannot be assessed.
    """
    intake = take_in(bundle, as_of, policy, READS, assume_complete=assume_complete)
    case = derivations.derive(intake.case)
    results, not_computed = _scores(case)
    return Assessment(
        case=case,
        results=results,
        not_computed=not_computed,
        plan=decision.plan(case, results),
        ledger=intake.ledger,
        inputs=intake.inputs,
        bone_elsewhere=intake.bone_elsewhere,
        as_of=as_of,
        policy=policy,
    )


def _scores(case: Case) -> tuple[tuple[Result, ...], tuple[NotComputed, ...]]:
    if not case.lesions:
        return (), ()
    primary = all(case.possible("tumour-origin", lesion) <= _NOT_METASTATIC for lesion in case.lesions)
    results: list[Result] = []
    left_out: list[NotComputed] = []
    for score in SCORES:
        engine = ENGINES[score.code]
        if score.metastatic_only and primary:
            left_out.append(NotComputed(score, "made for metastases, and this is a primary tumour of the spine"))
        elif score.scope == LESION:
            results += [engine.result(case, lesion) for lesion in case.lesions]
        else:
            results.append(engine.result(case))
    return tuple(results), tuple(left_out)
