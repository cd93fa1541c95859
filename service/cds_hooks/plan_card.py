"""The card of the plan: what is left to decide of it, lesion by lesion, and for the patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from service import summary, wording
from service.assessment import Assessment
from service.case import Lesion
from service.cds_hooks.advice import asks, deciding, not_looked_at
from service.cds_hooks.call import Call
from service.cds_hooks.card import INFO, LONGEST, WARNING, Card
from service.cds_hooks.markdown import bold, item, said
from service.cds_hooks.repeats import Repeats
from service.cds_hooks.suggestions import proposal
from service.decision.model import Needed, Recommendation
from service.decision.noms import COLLAPSE, STABILITY, UNSTABLE
from service.language import told
from service.report.plan import places
from service.text import phrase, series
from service.wording.ways import IS_UNSTABLE, MECHANICS, Possible

_HIGH = frozenset(("escc-2", "escc-3"))
_FEW, _MOST_LESIONS, _MOST_REASONS, _MOST_AGAINST, _MOST_OFFERED = 3, 5, 2, 3, 8
_IN_SUMMARY, _IN_DETAIL = 105, 205
"""Letters of the outline of a plan."""
_ADVICE = "For the multidisciplinary tumour board to decide on. Advice, not an order."


@dataclass(frozen=True)
class _Part:
    """What is advised for a lesion."""

    lesion: Lesion
    advised: tuple[Recommendation, ...]
    possible: Possible
    line: str
    """The plan in a line."""

    def outline(self, longest: int) -> str:
        return wording.outline(self.advised, self.possible, longest) or "see the whole assessment"

    @property
    def grave(self) -> bool:
        """An unstable spine, or high-grade ESCC, for certain."""
        unstable = self.possible(STABILITY) <= {UNSTABLE, COLLAPSE} or self.possible(MECHANICS) <= IS_UNSTABLE
        return unstable or self.possible("escc-grade") <= _HIGH


def plan_card(assessment: Assessment, there: Repeats, call: Call, gaps: Sequence[str]) -> Card | None:
    """The plan, of what is left to decide of it; None where nothing is."""
    left = {name: advised for name, advised in _by_lesion(assessment).items() if not there.decided(advised)}
    if not left:
        return None
    of_patient = left.get("", [])
    parts = [_part(lesion, left[lesion.name], assessment) for lesion in _lesions(left)]
    alike: dict[str, list[_Part]] = {}
    for part in parts:
        alike.setdefault(part.line, []).append(part)
    groups = [*alike.values()]
    needs = deciding(assessment)
    detail = [tuple(_of_lesions(group, assessment, needs)) for group in groups[:_MOST_LESIONS]]
    if len(groups) > _MOST_LESIONS:
        more = places(part.lesion for group in groups[_MOST_LESIONS:] for part in group)
        detail.append((item(phrase("{places}: see the whole assessment", places=more)),))
    if of_patient:
        detail.append((item(_of_patient(of_patient), "For the patient"),))
    if parts and assessment.plan.prognosis is not None:
        detail.append((said(summary.prognosis(assessment.plan.prognosis)),))
    every = [r for advised in left.values() for r in advised]
    proposals = [r for r in _offered(every) if not there.has(r)][:_MOST_OFFERED]
    leading = min(every, key=lambda r: (r.treatment in (*wording.BESIDE, *wording.DIAGNOSTIC), not r.settled))
    return Card(
        "plan",
        WARNING if any(part.grave for part in parts) else INFO,
        tuple(_until_short(_summaries(groups, of_patient))),
        (*detail, not_looked_at(gaps), (said(_ADVICE),)),
        leading.advice[0].rule,
        tuple(proposal(r, assessment, call.patient_id) for r in proposals),
    )


def _by_lesion(assessment: Assessment) -> dict[str, list[Recommendation]]:
    """What is advised by the name of the lesion, the patient last and without one; not what is to be found out."""
    found: dict[str, list[Recommendation]] = {}
    for each in assessment.plan.recommendations:
        if not each.urgent and not asks(each):
            found.setdefault(each.lesion.name if each.lesion else "", []).append(each)
    return dict(sorted(found.items(), key=lambda entry: not entry[0]))


def _lesions(left: dict[str, list[Recommendation]]) -> Iterator[Lesion]:
    yield from (advised[0].lesion for advised in left.values() if advised[0].lesion)


def _part(lesion: Lesion, advised: Sequence[Recommendation], assessment: Assessment) -> _Part:
    # Everything said of a lesion asks for the same few findings, and stability takes long to work out.
    possible = lru_cache(maxsize=None)(wording.left_open(assessment.plan.judged or assessment.case, lesion))
    part = _Part(lesion, tuple(advised), possible, "")
    return replace(part, line=part.outline(_IN_DETAIL))


def _offered(advised: Iterable[Recommendation]) -> list[Recommendation]:
    """What is offered to be created, the settled first.

    Nobody chooses among twenty: forms of what is open, and reviews that may not be needed, are left to the whole
    assessment.
    """
    listed = list(advised)
    open_ = [r for r in listed if not r.settled and not r.form_of and r.treatment not in wording.BESIDE]
    return [*(r for r in listed if r.settled), *open_]


def _of_patient(advised: Iterable[Recommendation]) -> str:
    """``rehabilitation; best supportive care if expected survival under 3 months``."""
    listed = list(advised)
    parts = [wording.listed(dict.fromkeys(wording.short(r.treatment) for r in listed if r.settled), "and")]
    parts += [
        phrase("{treatment} {condition}", treatment=wording.short(r.treatment), condition=wording.condition(r))
        for r in listed
        if not r.settled
    ]
    return series("; ", filter(None, parts))


def _until_short(texts: Iterable[str]) -> Iterator[str]:
    """Texts up to the first that is short enough: the others take long to make."""
    for text in texts:
        yield text
        if len(told(text)) <= LONGEST:
            return


def _summaries(groups: Sequence[Sequence[_Part]], of_patient: Sequence[Recommendation]) -> Iterator[str]:
    if not groups:
        yield phrase("For the patient: {treatments}", treatments=_of_patient(of_patient))
        yield "A proposal for the patient"
        return
    lines = [phrase("{places}: {plan}", places=places(p.lesion for p in group), plan=group[0].line) for group in groups]
    yield series("; ", lines)
    first, more = lines[0], len(lines) - 1
    if more:
        yield phrase("{plan} (and {count} more)", plan=first, count=more)
    part = groups[0][0]
    where = places(each.lesion for each in groups[0][:_FEW])
    brief = phrase("{places}: {plan}", places=where, plan=part.outline(_IN_SUMMARY))
    yield phrase("{plan} (and {count} more)", plan=brief, count=more) if more else brief
    yield brief
    main, tests = _treated(part), _found_out(part)
    if not all(r.settled for r in main):
        names = wording.listed(dict.fromkeys(wording.short(r.treatment) for r in main))
        template = "{places}: {treatments}, depending on what is missing"
        if tests:
            template = "{places}: {tests} first; {treatments}, depending on what is missing"
        first_of_all = wording.listed((wording.short(r.treatment) for r in tests), "and")
        yield phrase(template, places=where, treatments=names, tests=first_of_all)
    yield phrase("Plan for {places}", places=where)


def _treated(part: _Part) -> list[Recommendation]:
    """The treatments themselves, settled or not."""
    beside = (*wording.BESIDE, *wording.DIAGNOSTIC)
    return [r for r in part.advised if r.treatment not in beside and not r.form_of]


def _found_out(part: _Part) -> list[Recommendation]:
    """What is to be found out before a treatment, for certain."""
    return [r for r in part.advised if r.treatment in wording.DIAGNOSTIC and r.settled]


def _of_lesions(group: Sequence[_Part], assessment: Assessment, needs: Iterable[Needed]) -> Iterator[str]:
    """The plan of lesions that have the same: what is known, what is advised, and why."""
    first, names = group[0], {part.lesion.name for part in group}
    states = dict.fromkeys(_state(part, assessment) for part in group)
    yield bold(series(" \u2013 ", (places(part.lesion for part in group), series("; ", states))))
    yield item(first.line, "Advised")
    treated = _treated(first)
    main = [*([r for r in treated if r.settled] or treated)[:_FEW], *_found_out(first)] or first.advised
    reasons = dict.fromkeys(why for r in main for why in wording.reasons(r, first.possible, brief=True))
    yield from (item(reason, "Why") for reason in [*reasons][:_MOST_REASONS])
    against = tuple(a for a in assessment.plan.against if a.barred and a.lesion and a.lesion.name in names)
    for text in wording.against(replace(assessment.plan, against=against))[:_MOST_AGAINST] if against else ():
        yield item(text, "Not advised")
    asked = dict.fromkeys(need.finding for need in needs if need.lesion is None or need.lesion.name in names)
    if asked:
        yield item(wording.listed(summary.steps_to(asked)[:_FEW], "and"), "Find out first")


def _state(part: _Part, assessment: Assessment) -> str:
    """``SINS 16 (unstable), ESCC 2``."""
    case, lesion = assessment.plan.judged or assessment.case, part.lesion
    parts: list[str] = []
    for result in assessment.results:
        if result.score.code == "sins" and result.lesion is not None and result.lesion.name == lesion.name:
            total = phrase("SINS {total}", total=wording.total(result))
            band = result.bands[0].title
            parts.append(phrase("{total} ({band})", total=total, band=band) if result.settled else total)
    grade = case.about("escc-grade", lesion)
    parts.append(wording.known("escc-grade", grade.values) if grade.statements else "ESCC grade not known")
    if part.possible("prior-radiotherapy-at-level") == {True}:
        parts.append(wording.known("prior-radiotherapy-at-level", frozenset((True,))))
    return series(", ", parts)
