"""The head of a plan: what a clinician reads first, in five lines at most."""

from __future__ import annotations

from collections.abc import Iterator

from service import wording
from service.assessment import Assessment
from service.decision.model import Path, Recommendation
from service.decision.prognosis import HORIZONS, Prognosis
from service.findings import FINDINGS, FindOut

MOST = 5
_WAYS = {
    FindOut.MRI: "MRI",
    FindOut.CT: "CT",
    FindOut.STAGING: "staging",
    FindOut.LAB: "laboratory",
    FindOut.BIOPSY: "biopsy",
}
_FEW = 3
#: What is done for the sake of the treatment, which is named itself.
_PRELIMINARY = frozenset(("embolisation",))


def head(assessment: Assessment) -> list[str]:
    """Emergency, the worst lesions, how long the patient is likely to live, and what to find out first."""
    emergency = [*_emergency(assessment)]
    after = [*_prognosis(assessment), *_missing(assessment)]
    room = MOST - len(emergency) - len(after)
    lesions = [*_lesions(assessment)]
    if len(lesions) > room:
        left = len(lesions) - room + 1
        lesions = [*lesions[: room - 1], f"And {left} more lesions: see the plan."]
    return [*emergency, *lesions, *after]


def _emergency(assessment: Assessment) -> Iterator[str]:
    urgent = [r for r in assessment.plan.recommendations if r.urgent]
    if not urgent:
        return
    places = dict.fromkeys(r.lesion.name for r in urgent if r.lesion)
    where = f" at {wording.listed(places, 'and')}" if places else ""
    steps = dict.fromkeys(wording.TREATMENTS[r.treatment] for r in urgent)
    listed = wording.listed(
        (step[0].lower() + step[1:] if not step.startswith("MRI") else step for step in steps), "and"
    )
    certain = any(r.settled for r in urgent)
    yield f"{'EMERGENCY' if certain else 'POSSIBLE EMERGENCY'}{where}: {listed}."


def _lesions(assessment: Assessment) -> Iterator[str]:
    by_lesion: dict[str, list[Recommendation]] = {lesion.name: [] for lesion in assessment.case.lesions}
    for recommendation in assessment.plan.recommendations:
        plan = recommendation.advice[0].rule.plan
        if recommendation.lesion and not recommendation.urgent and plan != "missing-data":
            by_lesion[recommendation.lesion.name].append(recommendation)
    order = dict.fromkeys(r.lesion.name for r in assessment.plan.recommendations if r.lesion)
    for name in order:
        if by_lesion[name]:
            yield f"{name}: {_steps(by_lesion[name])}."


def _steps(advised: list[Recommendation]) -> str:
    """What is settled, then each way in which it may turn out: ``if ESCC 2 and fit for surgery: ..., then SRS``."""
    own = [r for r in advised if not r.form_of and r.treatment not in wording.BESIDE]
    settled = [wording.short(r.treatment) for r in own if r.settled]
    beside = [wording.short(r.treatment) for r in advised if r.settled and r.treatment in ("mdt-review", "referral")]
    parts = [", then ".join(settled), wording.listed(dict.fromkeys(beside), "and")]
    open_ = [r for r in own if not r.settled]
    branches: dict[tuple[Path, ...], list[Recommendation]] = {}
    for each in open_:
        if each.treatment not in _PRELIMINARY:
            branches.setdefault(each.paths, []).append(each)
    if len(branches) <= _FEW and all(len(each[0].paths) == 1 for each in branches.values()):
        parts += [
            f"{wording.condition(each[0])}: {', then '.join(wording.short(r.treatment) for r in each)}"
            for each in branches.values()
        ]
    elif open_:
        hangs = dict.fromkeys(wording.asked(code) for r in open_ for code in r.depends_on)
        found = wording.listed(dict.fromkeys(wording.short(r.treatment) for r in open_))
        parts.append(f"{found}, depending on {wording.listed([*hangs][:3], 'and')}")
    said = "; ".join(filter(None, parts)) or "nothing but what is asked for"
    return said if said.startswith(("cEBRT", "if ")) else said[0].upper() + said[1:]


def _prognosis(assessment: Assessment) -> Iterator[str]:
    found = assessment.plan.prognosis
    if found is not None:
        yield f"{prognosis(found)}."


def prognosis(found: Prognosis) -> str:
    """``Likely to live longer than 6 months, not longer than 12 (Revised Katagiri score)``."""
    source = "a clinician's estimate" if found.judged else found.lead.score.title if found.lead else "no model"
    yes = [months for months in HORIZONS if found.outlives(months) is True]
    no = [months for months in HORIZONS if found.outlives(months) is False]
    if not yes and not no:
        return f"How long the patient is likely to live cannot be told from the record ({source})"
    parts = [f"likely to live longer than {max(yes)} months"] if yes else []
    if no:
        parts.append(f"not likely to live longer than {min(no)} months")
    said = ", ".join(parts)
    return f"{said[0].upper()}{said[1:]} ({source})"


def _missing(assessment: Assessment) -> Iterator[str]:
    needed = assessment.plan.needed[:3]
    if needed:
        said = (
            wording.asked(need.finding)
            + (f" at {need.lesion.name}" if need.lesion and len(assessment.case.lesions) > 1 else "")
            + (f" ({_WAYS[how]})" if (how := FINDINGS[need.finding].find_out) in _WAYS else "")
            for need in needed
        )
        yield f"Find out first: {', '.join(said)}."
