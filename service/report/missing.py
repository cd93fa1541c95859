"""What is missing: first what decides the plan, then what decides scores."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from service import wording
from service.assessment import Assessment
from service.decision.model import Needed
from service.findings import FINDINGS, FindOut
from service.report.layout import wrapped
from service.summary import WAYS, wanted_at
from service.text import phrase, series

_MOST = 5
_ALSO = "For the plan also: {findings}."
_OF_SCORES = "And for the scores: {findings}."


def lines(assessment: Assessment) -> Iterator[str]:
    by_finding: dict[str, list[Needed]] = {}
    for need in assessment.plan.needed:
        by_finding.setdefault(need.finding, []).append(need)
    of_plan = [code for code, needs in by_finding.items() if any(_is_of_plan(need) for need in needs)]
    lesions = len(assessment.case.lesions)
    for n, code in enumerate(of_plan[:_MOST], 1):
        how = WAYS.get(FINDINGS[code].find_out)
        where = wanted_at(by_finding[code], lesions)
        text = phrase("{finding}{place}", finding=wording.capital(wording.asked(code)), place=where)
        yield from wrapped(phrase("{text} ({source})", text=text, source=how) if how else text, f"{n:>3}. ")
    requests = [r for r in assessment.plan.recommendations if r.advice[0].rule.plan == "missing-data"]
    requested = {code for request in requests for code in request.reads}
    of_scores = [code for code in by_finding if code not in of_plan]
    for template, codes in ((_ALSO, of_plan[_MOST:]), (_OF_SCORES, of_scores)):
        if codes:
            yield from wrapped(phrase(template, findings=series("; ", _by_way(codes, requested))), "     ")


def _is_of_plan(need: Needed) -> bool:
    """Whether it decides the plan, or whether there is an emergency; what decides scores is named by their titles."""
    return any(what.startswith(("the plan", "whether")) for what in need.decides)


def _by_way(codes: Iterable[str], requested: Collection[str]) -> Iterator[str]:
    """``ECOG, walking; by MRI: ESCC grade; CT and staging as in the plan``, which names what they are to find out."""
    by_way: dict[FindOut, list[str]] = {}
    planned: dict[str, None] = {}
    for code in codes:
        how = FINDINGS[code].find_out
        if code in requested:
            planned[WAYS[how]] = None
        else:
            by_way.setdefault(how, []).append(wording.asked(code))
    for how, words in sorted(by_way.items(), key=lambda each: each[0] in WAYS):
        found = series(", ", words)
        yield phrase("by {test}: {findings}", test=WAYS[how], findings=found) if how in WAYS else found
    if planned:
        yield phrase("{tests} as in the plan", tests=wording.listed(planned, "and"))
