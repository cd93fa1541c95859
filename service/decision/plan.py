"""The plan: emergencies first, then NOMS for each lesion, then what to find out."""

from __future__ import annotations

from functools import partial

from service.case import Case, Lesion
from service.decision import noms
from service.decision.emergency import ALARMS, emergencies
from service.decision.model import Advice, Needed, Plan, Recommendation, Rule
from service.decision.tree import Rules
from service.evidence import Values
from service.findings import FINDINGS, FindOut
from service.policy import DEFAULT, Policy
from service.scoring import ENGINES
from service.scoring.engine import Result
from service.vertebrae import levels

FIND_OUT = Rule("missing-data", "Missing findings", None)
PRIMARY = Rule("primary-tumour", "Primary tumours of the spine", None)

#: NOMS by the policy's reading of ESCC 1c.
_NOMS = {one_c: Rules(noms.TESTS, partial(noms.advise, one_c=one_c)) for one_c in ("low", "high")}
_NOMS_READS = _NOMS["low"].reads
_NOT_METASTATIC = frozenset(("primary", "dumbbell"))
_BELOW_CONUS = frozenset(levels("L2", "S5"))
_ESCC_1C = frozenset(("escc-1c",))
_OVER_50 = frozenset(("over-50",))
_ASK_NOTHING = frozenset((False,))
#: The findings that the rules read.
READS = frozenset((*(code for code in _NOMS_READS if code in FINDINGS), *ALARMS, "tumour-origin", "sins-collapse"))
#: Order within a lesion's plan: what is done first comes first.
_ORDER = {
    code: n
    for n, code in enumerate(
        ("embolisation", "decompression-stabilisation", "stabilisation", "srs", "cebrt", "mdt-review")
    )
}


def plan(case: Case, results: tuple[Result, ...], policy: Policy = DEFAULT) -> Plan:
    """What the rules advise for the case, and which missing findings could change it or a score."""
    urgent = emergencies(case)
    per_lesion = [(lesion, *_lesion_plan(case, lesion, policy)) for lesion in case.lesions]
    alarmed = {r.lesion.name for r in urgent if r.lesion}
    per_lesion.sort(key=lambda each: (each[0].name not in alarmed, -_severity(each[0], results)))
    needed = _needed(case, urgent, [(lesion, asked) for lesion, _, asked in per_lesion], results)
    advised = [r for _, recommendations, _ in per_lesion for r in recommendations]
    done = {r.treatment for r in (*urgent, *advised) if r.settled}
    return Plan((*urgent, *advised, *_requests(needed, done)), needed)


def stability(case: Case, lesion: Lesion) -> Values:
    """The possible mechanical states, with the collapse that decides how SINS 7-12 is read."""
    sins = ENGINES["sins"]
    states: set[str] = set()
    collapse = case.possible("sins-collapse", lesion)
    for part, indeterminate in (
        (collapse & _OVER_50, noms.COLLAPSE),
        (collapse - _OVER_50, noms.INDETERMINATE),
    ):
        if part:
            for band in sins.bands(case, lesion, {"sins-collapse": part}):
                states.add(indeterminate if band.code == "indeterminate" else band.code)
    return frozenset(states)


def _lesion_plan(case: Case, lesion: Lesion, policy: Policy) -> tuple[list[Recommendation], tuple[str, ...]]:
    """The recommendations of NOMS for a lesion, and the findings that would decide between them."""
    origin = case.possible("tumour-origin", lesion)
    if origin <= _NOT_METASTATIC:
        advice = Advice(
            "mdt-review",
            PRIMARY,
            "a primary tumour of the spine: NOMS and survival scores are for metastases",
        )
        return [Recommendation("mdt-review", (advice,), lesion, (), ("tumour-origin",))], ()
    possible: dict[str, Values] = {code: case.possible(code, lesion) for code in _NOMS_READS if code in FINDINGS}
    possible[noms.STABILITY] = stability(case, lesion)
    notes = []
    irradiated = case.about("prior-radiotherapy-at-level", lesion)
    if not irradiated.statements:
        # Silence about radiotherapy does not unsettle NOMS; it is said, and asked for.
        possible["prior-radiotherapy-at-level"] = _ASK_NOTHING
        notes.append("Make sure that this level has not been irradiated before; the record does not say.")
    if not case.about("escc-grade", lesion).statements:
        # 1c advises what low grade does, and a review besides: a note says so, until a grade is known.
        possible["escc-grade"] -= _ESCC_1C
        notes.append("Should the ESCC grade prove to be 1c, decide together: it lies between low and high grade.")
    elif not _BELOW_CONUS.isdisjoint(lesion.levels):
        notes.append(
            "The ESCC grade is of the cord, and not defined below the conus (L2 and lower): judge it together."
        )
    decision = _NOMS[policy.escc_1c].decide(possible)
    if noms.COLLAPSE in possible[noms.STABILITY]:
        notes.append(noms.KIM_NOTE + ".")
    if case.possible("tumour-origin", lesion) != frozenset(("metastatic",)):
        notes.append("NOMS is for metastases; the record does not say that this lesion is one.")
    recommendations = [
        Recommendation(option.treatment, option.advice, lesion, option.paths, _NOMS_READS, ("sins",), tuple(notes))
        for option in decision.options
    ]
    recommendations.sort(key=lambda r: (not r.settled, _ORDER.get(r.treatment, len(_ORDER))))
    asked = list(decision.questions)
    if not irradiated.statements and any(r.treatment in ("cebrt", "srs") for r in recommendations):
        asked.append("prior-radiotherapy-at-level")
    return recommendations, tuple(asked)


def _severity(lesion: Lesion, results: tuple[Result, ...]) -> float:
    return max((r.low + r.high for r in results if r.score.code == "sins" and r.lesion is lesion), default=0)


def _needed(
    case: Case,
    urgent: list[Recommendation],
    asked: list[tuple[Lesion, tuple[str, ...]]],
    results: tuple[Result, ...],
) -> tuple[Needed, ...]:
    """Missing findings that could change the plan or a band, the most decisive first.

    What decides the plan comes first; then what rules out most bands, over all the scores together.
    """
    decides: dict[tuple[str, str | None], list[str]] = {}
    lesions = {lesion.name: lesion for lesion in case.lesions}

    def need(finding: str, lesion: Lesion | None, what: str) -> None:
        name = lesion.name if lesion and FINDINGS[finding].scope == "lesion" else None
        what_for = decides.setdefault((finding, name), [])
        if what not in what_for:
            what_for.append(what)

    for alarm in urgent:
        for finding in alarm.depends_on:
            need(finding, alarm.lesion, "whether it is an emergency")
    by_lesion = {(r.score.code, r.lesion.name if r.lesion else None): r for r in results}
    depth = max((len(questions_) for _, questions_ in asked), default=0)
    for n in range(depth):
        for lesion, questions_ in asked:
            if n < len(questions_):
                finding = questions_[n]
                if finding != noms.STABILITY:
                    need(finding, lesion, f"the plan for {lesion.name}")
                    continue
                for missing in by_lesion["sins", lesion.name].missing:
                    need(missing.finding, lesion, f"the plan for {lesion.name}")
    open_ = [(m, r) for r in results if not r.settled for m in r.missing]
    gains: dict[str, float] = {}
    for missing, result in open_:
        gains[missing.finding] = gains.get(missing.finding, 0) + len(result.bands) - missing.left_open
    open_.sort(key=lambda each: (-gains[each[0].finding], each[0].finding))
    for missing, result in open_:
        need(missing.finding, result.lesion, result.score.title)
    return tuple(
        Needed(finding, lesions[name] if name else None, tuple(what)) for (finding, name), what in decides.items()
    )


def _requests(needed: tuple[Needed, ...], done: set[str]) -> list[Recommendation]:
    """One proposal for each way of finding out what is missing."""
    grouped: dict[FindOut, list[Needed]] = {}
    for need in needed:
        grouped.setdefault(FINDINGS[need.finding].find_out, []).append(need)
    requests = []
    for how, needs in grouped.items():
        if how is FindOut.ASK or how.value in done:
            continue
        lesions = {need.lesion.name: need.lesion for need in needs if need.lesion}
        lesion = next(iter(lesions.values())) if len(lesions) == 1 and all(n.lesion for n in needs) else None
        titles = dict.fromkeys(FINDINGS[n.finding].title for n in needs)
        asked = ", ".join(title[0].lower() + title[1:] if title[1:2].islower() else title for title in titles)
        advice = Advice(how.value, FIND_OUT, f"to find out: {asked}")
        requests.append(
            Recommendation(how.value, (advice,), lesion, (), tuple(dict.fromkeys(n.finding for n in needs)))
        )
    return requests
