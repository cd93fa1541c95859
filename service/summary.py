"""The head of a plan: what a clinician reads first, in five lines at most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from service import KNOWLEDGE_VERSION, __version__, wording
from service.assessment import Assessment
from service.case import Lesion
from service.decision.model import Needed, Recommendation
from service.decision.prognosis import HORIZONS, Outlook, Prognosis
from service.findings import FINDINGS, FindOut
from service.text import phrase, quoted, series

MOST = 5
WAYS = {
    FindOut.MRI: "MRI",
    FindOut.CT: "CT",
    FindOut.STAGING: "staging",
    FindOut.LAB: "laboratory",
    FindOut.BIOPSY: "biopsy",
}
_FEW, _SEVERAL = 3, 2
_FEW_IN_EMERGENCY = 5
_MOST_PLACES = 8
_LONGEST = 205
"""Letters of a line."""
#: What has to be known first in an emergency, in this order.
_AT_ONCE = (
    "escc-grade", "prior-radiotherapy-at-level", "surgical-fitness", "time-developing-motor-deficit",
    "ambulatory-status",
)  # fmt: skip
#: Findings that are one step to find out, and what that is called.
_STEPS = {FindOut.STAGING: "staging", FindOut.LAB: "laboratory values"}


def head(assessment: Assessment) -> list[str]:
    """Emergency, the worst lesions, how long the patient is likely to live, and what to find out first."""
    emergency = [*_emergency(assessment)]
    after = [*_prognosis(assessment), *_missing(assessment)]
    room = MOST - len(emergency) - len(after)
    lesions = _lesions(assessment)
    lines: list[str] = [
        phrase("{places}: {plan}.", places=_places(names), plan=text) for text, names in lesions.items()
    ]
    if len(lines) > room:
        left = [name for names in [*lesions.values()][room - 1 :] for name in names]
        lines = [*lines[: room - 1], phrase("{places}: see the plan.", places=_places(left))]
    first = _first(assessment)
    if first and lines:
        lines[0] = phrase("First: {tests}; {plan}", tests=wording.listed(first, "and"), plan=lines[0])
    return [*emergency, *lines, *after]


def _places(names: Sequence[str]) -> str:
    more = len(names) - _MOST_PLACES
    first = series(", ", map(wording.capital, names[:_MOST_PLACES] if more > 1 else names))
    return phrase("{places} and {n} more", places=first, n=more) if more > 1 else first


def _emergency(assessment: Assessment) -> Iterator[str]:
    urgent = [r for r in assessment.plan.recommendations if r.urgent]
    if not urgent:
        return
    lesions = {r.lesion.name: r.lesion for r in urgent if r.lesion}
    steps = dict.fromkeys(wording.in_sentence(wording.TREATMENTS[r.treatment]) for r in urgent)
    certain = any(r.settled for r in urgent)
    yield phrase(
        "EMERGENCY{place}: {steps}." if certain else "POSSIBLE EMERGENCY{place}: {steps}.",
        place=wording.at_all(lesions.values()) if lesions else "",
        steps=wording.listed(steps, "and"),
    )


def _first(assessment: Assessment) -> list[str]:
    """The work-up of the patient, where the primary tumour was looked for and not found."""
    settled = [r for r in assessment.plan.recommendations if r.lesion is None and r.settled]
    if not any(r.treatment == "biopsy" for r in settled):
        return []
    return [wording.short(code) for code in ("staging", "biopsy") if any(r.treatment == code for r in settled)]


def _lesions(assessment: Assessment) -> dict[str, list[str]]:
    """What is advised, with the lesions that it is advised for, in the order of the plan."""
    by_lesion: dict[str, tuple[Lesion, list[Recommendation]]] = {}
    for recommendation in assessment.plan.recommendations:
        if recommendation.lesion and not recommendation.urgent:
            lesion = recommendation.lesion
            by_lesion.setdefault(lesion.name, (lesion, []))[1].append(recommendation)
    case = assessment.plan.judged or assessment.case
    found: dict[str, list[str]] = {}
    for lesion, advised in by_lesion.values():
        place = wording.place(lesion)
        text = wording.outline(advised, wording.left_open(case, lesion), _LONGEST - len(place))
        if text:
            found.setdefault(text, []).append(place)
    return found


def _prognosis(assessment: Assessment) -> Iterator[str]:
    found = assessment.plan.prognosis
    if found is not None:
        yield phrase("{text}.", text=prognosis(found))


def prognosis(found: Prognosis) -> str:
    """``Likely to live longer than 6 months, not longer than 12 (Revised Katagiri score)``; never an average."""
    yes = [months for months in HORIZONS if found.outlives(months) is True]
    no = [months for months in HORIZONS if found.outlives(months) is False]
    if not yes and not no:
        return _by_others(found)
    source = "a clinician's estimate" if found.judged else "no model"
    if found.lead and not found.judged:
        source = wording.here_or_not(found.lead.score.title, found.lead)
    if found.lead and not found.judged and any(said.certain for said in found.lead.result.outside):
        source = phrase("{model}, which was not made for this patient", model=source)
    parts = [phrase("likely to live longer than {months} months", months=max(yes))] if yes else []
    if no:
        parts.append(phrase("not likely to live longer than {months} months", months=min(no)))
    return phrase("{text} ({source})", text=wording.capital(series(", ", parts)), source=source)


def _by_others(found: Prognosis) -> str:
    """``Survival: open by Katagiri (ECOG missing); over 6 months by Tomita and Bauer; beyond that they disagree``."""
    lead = found.lead
    open_: str = "cannot be told from the record"
    if lead is not None and not found.judged:
        steps = steps_to(m.finding for m in lead.result.missing)
        missing = wording.listed([*steps[:_FEW], *(["more"] if len(steps) > _FEW else [])], "and")
        open_ = phrase("open by {model}", model=wording.model(lead.score))
        if missing:
            open_ = phrase("{text} ({findings} missing)", text=open_, findings=missing)
    others = [outlook for outlook in found.models if outlook is not lead]
    answers = {months: {outlook.outlives(months) for outlook in others} for months in HORIZONS}
    longer = [months for months in HORIZONS if True in answers[months] and False not in answers[months]]
    shorter = [months for months in HORIZONS if False in answers[months] and True not in answers[months]]
    parts = [open_]
    if longer:
        by = _saying(others, max(longer), answer=True)
        parts.append(phrase("over {months} months by {models}", months=max(longer), models=by))
    if shorter:
        by = _saying(others, min(shorter), answer=False)
        parts.append(phrase("not over {months} months by {models}", months=min(shorter), models=by))
    apart = [str(months) for months in HORIZONS if {True, False} <= answers[months]]
    if apart:
        parts.append(phrase("at {months} months models disagree", months=wording.listed(apart, "and")))
    return phrase("Survival: {text}", text=series("; ", parts))


def _saying(outlooks: Iterable[Outlook], months: int, *, answer: bool) -> str:
    names = (wording.model_at(o) for o in outlooks if o.outlives(months) is answer)
    return wording.listed(dict.fromkeys(names), "and")


def _missing(assessment: Assessment) -> Iterator[str]:
    """What to find out first: in an emergency what that needs, before the details of a score."""
    by_finding: dict[str, list[Needed]] = {}
    for need in assessment.plan.needed:
        by_finding.setdefault(need.finding, []).append(need)
    few = _FEW
    codes = list(by_finding)
    if any(r.urgent for r in assessment.plan.recommendations):
        few = _FEW_IN_EMERGENCY
        codes.sort(key=lambda code: _AT_ONCE.index(code) if code in _AT_ONCE else len(_AT_ONCE))
    # What is found out in one go is one thing to find out: two details of a CT, all that is staging.
    steps: dict[tuple[str, str], list[str]] = {}
    for code in codes:
        how = FINDINGS[code].find_out
        step = (_STEPS.get(how) or WAYS.get(how) or code, wanted_at(by_finding[code], len(assessment.case.lesions)))
        if step not in steps and len(steps) == few:
            break
        if step not in steps or step == [*steps][-1]:
            steps.setdefault(step, []).append(code)
    if steps:
        found_out = (_step(found, where) for (_, where), found in steps.items())
        yield phrase("Find out first: {findings}.", findings=series(", ", found_out))


def _step(codes: list[str], where: str) -> str:
    """``spinal alignment and vertebral body collapse at T8 (CT)``, ``staging``."""
    how = FINDINGS[codes[0]].find_out
    if how in _STEPS:
        return _STEPS[how]
    words = wording.listed(map(wording.asked, codes[:2]), "and")
    if how in WAYS:
        return phrase("{findings}{place} ({test})", findings=words, place=where, test=WAYS[how])
    return phrase("{findings}{place}", findings=words, place=where) if where else words


def steps_to(findings: Iterable[str]) -> list[str]:
    """The findings as things to find out: those of the laboratory, and those of staging, are one each."""
    return [*dict.fromkeys(_STEPS.get(FINDINGS[code].find_out) or wording.asked(code) for code in findings)]


def wanted_at(needs: list[Needed], lesions: int) -> str:
    """`` at T8 and L1``, where a patient with several lesions needs it found out."""
    places = [wording.place(need.lesion) for need in needs if need.lesion]
    if lesions < _SEVERAL or not places:
        return ""
    return " at each lesion" if len(places) == lesions else phrase(" at {place}", place=wording.listed(places, "and"))


def made_with(assessment: Assessment) -> str:
    """What an answer follows from, besides the record and its time."""
    made = phrase(
        "spinemets-cds {version}, knowledge {knowledge}, policy {policy}",
        version=__version__,
        knowledge=KNOWLEDGE_VERSION,
        policy=quoted(assessment.policy.name),
    )
    return phrase("{made}, maps {maps}", made=made, maps=quoted(assessment.maps)) if assessment.maps else made
