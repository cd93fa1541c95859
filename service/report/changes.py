"""What would change the plan: other answers that a board would weigh, and what each would lead to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache, partial

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.decision import noms
from service.decision.facts import DOMAINS, View
from service.decision.model import Overturn, Recommendation
from service.decision.tree import Decision, Rules
from service.findings import FINDINGS
from service.language import told
from service.report.layout import ELSEWHERE, wrapped
from service.report.plan import places
from service.text import phrase, series
from service.wording.conditional import rank

_MOST = 5
#: What a record proves and nobody can change: the histology, where the tumour comes from, and what was done before.
_PROVEN = frozenset(("tumour-origin", "primary-tumour"))
_UNKNOWN = "unknown-primary"


def lines(assessment: Assessment) -> Iterator[str]:
    """For each lesion the most important ones; lesions of which the same is said together."""
    for said, lesions in by_lesion(assessment).items():
        for text in said[:_MOST]:
            yield from wrapped(series(": ", (places(lesions), text)), "  - ")
        if len(said) > _MOST:
            more = phrase("{places}: {n} more, {where}", places=places(lesions), n=len(said) - _MOST, where=ELSEWHERE)
            yield f"  - {told(more)}"


def by_lesion(assessment: Assessment) -> dict[tuple[str, ...], list[Lesion]]:
    """All that would change the plan, the most important first, with the lesions of which it is said."""
    alike: dict[tuple[str, ...], list[Lesion]] = {}
    for lesion in assessment.case.lesions:
        said = tuple(_of(assessment, lesion))
        if said:
            alike.setdefault(said, []).append(lesion)
    return alike


def _of(assessment: Assessment, lesion: Lesion) -> list[str]:
    """``if ESCC 2 or 3: decompression and stabilisation, then SRS``; answers that lead to the same together."""
    lost: dict[Overturn, list[Recommendation]] = {}
    for each in assessment.plan.recommendations:
        if each.lesion is lesion and _is_main(each):
            for overturn in each.overturns:
                if _can_be(assessment, lesion, overturn):
                    lost.setdefault(overturn, []).append(each)
    by_text: dict[str, list[Overturn]] = {}
    for overturn, those in lost.items():
        by_text.setdefault(_leads_to(assessment, lesion, overturn, those), []).append(overturn)
    found = [
        (min(rank(each.premise.finding) for each in overturns), overturns, text) for text, overturns in by_text.items()
    ]
    found.sort(key=lambda each: each[0])
    return [
        phrase(
            "if {premise}: {advice}",
            premise=wording.listed(dict.fromkeys(wording.clause(each.premise) for each in overturns)),
            advice=text,
        )
        for _, overturns, text in found
    ]


def _is_main(each: Recommendation) -> bool:
    beside = (*wording.BESIDE, *wording.DIAGNOSTIC)
    return not each.form_of and not each.urgent and each.treatment not in beside


def _can_be(assessment: Assessment, lesion: Lesion, overturn: Overturn) -> bool:
    """Whether the answer can still turn out so."""
    finding, values = overturn.premise.finding, overturn.premise.values
    if finding == "prior-radiotherapy-at-level" and values == {False}:
        return False
    sign = finding in FINDINGS and FINDINGS[finding].is_yes_no
    if sign and assessment.case.about(finding, lesion).derived_from == ("vertebral-level",):
        return False  # it follows from the place
    if finding == "primary-tumour" and _UNKNOWN in assessment.case.possible(finding, lesion):
        return True
    return finding not in _PROVEN


def _leads_to(assessment: Assessment, lesion: Lesion, overturn: Overturn, lost: list[Recommendation]) -> str:
    """What would be advised, and what would then depend on what; where nothing would be, what falls away."""
    settled = wording.steps(overturn.instead)
    if not overturn.depends_on:
        fallen = dict.fromkeys(wording.short(r.treatment) for r in lost)
        return settled or phrase("no {treatments}", treatments=wording.listed(fallen, "and no"))
    decision = _by_noms(assessment, lesion, overturn) if lost[0].advice[0].rule.plan == noms.NOMS.plan else None
    perhaps = [r.treatment for r in lost]
    if decision is not None:
        perhaps = [o.treatment for o in decision.options if o.paths and o.treatment not in wording.BESIDE]
    hangs = wording.listed(map(wording.asked, overturn.depends_on[:3]), "and")
    names = wording.listed(dict.fromkeys(map(wording.short, perhaps)))
    open_ = phrase("{treatments}, depending on {findings}", treatments=names, findings=hangs) if names else ""
    return series("; ", filter(None, (settled, open_))) or "not advised"


@lru_cache(maxsize=64)
def _rules(setting: noms.Setting) -> Rules:
    return Rules(noms.TESTS, partial(noms.advise, setting=setting), DOMAINS)


def _by_noms(assessment: Assessment, lesion: Lesion, overturn: Overturn) -> Decision | None:
    """What NOMS leads to with the answer; None where that is not what the plan says of it."""
    policy = assessment.policy
    view = View(assessment.plan.judged or assessment.case, lesion, {})
    rules = _rules(noms.Setting(policy.escc_1c, policy.unavailable, view.told("mechanical-stability")))
    left_open = wording.left_open(view.case, lesion)
    possible = {code: left_open(code) for code in rules.reads}
    silent = not view.told("prior-radiotherapy-at-level") and policy.unsaid_radiotherapy == "none"
    if silent and "prior-radiotherapy-at-level" in possible:
        possible["prior-radiotherapy-at-level"] = frozenset((False,))
    possible[overturn.premise.finding] = overturn.premise.values
    decision = rules.decide(possible)
    return decision if {*decision.settled} == {*overturn.instead} else None
