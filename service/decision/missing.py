"""What to find out: the missing findings, ranked by how much each would settle, and one request for each way."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.case import Case, Lesion
from service.decision import facts, noms
from service.decision.model import Advice, Needed, Recommendation, Rule
from service.decision.tree import Decision
from service.findings import FINDINGS, LESION, FindOut
from service.scoring.results import Result
from service.text import cased, phrase, series

FIND_OUT = Rule("missing-data", "Missing findings", None)

Key = tuple[str, str | None]


@dataclass
class Asked:
    """The missing findings as they are collected, each with what it would decide."""

    case: Case
    results: tuple[Result, ...]
    lead: str
    decides: dict[Key, list[str]] = field(default_factory=dict)

    def need(self, finding: str, lesion: Lesion | None, what: str) -> None:
        name = lesion.name if lesion and FINDINGS[finding].scope == LESION else None
        what_for = self.decides.setdefault((finding, name), [])
        if what not in what_for:
            what_for.append(what)

    def of(self, code: str, lesion: Lesion | None, what: str) -> None:
        """A finding, or those behind a fact."""
        for finding in facts.missing_for(code, self.case, lesion, self.results, self.lead):
            self.need(finding, lesion, what)


def needed(
    case: Case,
    urgent: list[Recommendation],
    decisions: list[tuple[Lesion | None, Decision]],
    silent: list[tuple[str, Lesion]],
    results: tuple[Result, ...],
    lead: str,
) -> tuple[Needed, ...]:
    """Missing findings that could change the plan or a band, the most decisive first.

    First what makes an emergency, then what would settle the most recommendations of the plan, then what rules out
    the most bands, over all scores together. ``silent`` are findings whose silence the plan reads, and asks for.
    """
    asked = Asked(case, results, lead)
    lesions = {lesion.name: lesion for lesion in case.lesions}
    for alarm in urgent:
        what = (
            "whether dexamethasone is for this" if alarm.treatment == "dexamethasone" else "whether it is an emergency"
        )
        for finding in alarm.depends_on:
            asked.need(finding, alarm.lesion, what)
    gains: dict[Key, float] = {}
    order: dict[Key, int] = {}
    for lesion, decision in decisions:
        for code, gain in decision.gains:
            gains[code, _name(lesion)] = gains.get((code, _name(lesion)), 0) + gain
        for n, code in enumerate(decision.questions):
            order[code, _name(lesion)] = min(n, order.get((code, _name(lesion)), n))
    for code, name in sorted(order, key=lambda key: (-gains.get(key, 0), order[key], str(key))):
        if code == noms.BOARD and not _indeterminate(case, lesions.get(name or "")):
            continue  # nobody has to judge the stability before SINS is known to be indeterminate
        asked.of(code, lesions[name] if name else None, _plan_for(name))
    for finding, lesion in silent:
        asked.need(finding, lesion, _plan_for(lesion.name))
    _of_scores(asked)
    return tuple(
        Needed(finding, lesions[name] if name else None, tuple(what)) for (finding, name), what in asked.decides.items()
    )


def _indeterminate(case: Case, lesion: Lesion | None) -> bool:
    return lesion is not None and facts.stability(case, lesion) <= noms.INDETERMINATES


def _plan_for(name: str | None) -> str:
    return phrase("the plan for {lesion}", lesion=name) if name else "the plan"


def _of_scores(asked: Asked) -> None:
    open_ = [(m, r) for r in asked.results if not r.settled for m in r.missing]
    gains: dict[str, float] = {}
    for missing, result in open_:
        gains[missing.finding] = gains.get(missing.finding, 0) + len(result.bands) - missing.left_open
    open_.sort(key=lambda each: (-gains[each[0].finding], each[0].finding))
    for missing, result in open_:
        asked.need(missing.finding, result.lesion, result.score.title)


def _name(lesion: Lesion | None) -> str | None:
    return lesion.name if lesion else None


def _lowered(title: str) -> str:
    return title[0].lower() + title[1:]


def requests(needs: tuple[Needed, ...], done: set[str]) -> list[Recommendation]:
    """One proposal for each way of finding out what is missing."""
    grouped: dict[FindOut, list[Needed]] = {}
    for need in needs:
        grouped.setdefault(FINDINGS[need.finding].find_out, []).append(need)
    found = []
    for how, listed in grouped.items():
        if how is FindOut.ASK or how.value in done:
            continue
        lesions = {need.lesion.name: need.lesion for need in listed if need.lesion}
        lesion = next(iter(lesions.values())) if len(lesions) == 1 and all(n.lesion for n in listed) else None
        titles = dict.fromkeys(FINDINGS[n.finding].title for n in listed)
        said = series(", ", (cased(title, _lowered) if title[1:2].islower() else title for title in titles))
        advice = Advice(how.value, FIND_OUT, phrase("to find out: {findings}", findings=said))
        found.append(Recommendation(how.value, (advice,), lesion, (), tuple(dict.fromkeys(n.finding for n in listed))))
    return found
