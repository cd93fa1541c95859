"""Rows, notes, bars and checklists over possible values: what each says of a lesion or of the patient."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import TypeVar

from service.case import Lesion
from service.conditions import ALWAYS, atoms
from service.decision import facts, wbb
from service.decision.facts import View
from service.decision.model import (
    Advice,
    Against,
    Bar,
    Checklist,
    Note,
    Path,
    Premise,
    Recommendation,
    Row,
)
from service.decision.tree import Decision, Rules, when
from service.evidence import meet
from service.reading import Sieve, Standing
from service.scoring.sources import Source
from service.text import phrase, series

Said = TypeVar("Said", Row, Note, Bar)


@dataclass(frozen=True)
class Found:
    """What a row, or NOMS, leads to: its recommendations, and the decision with what it asks for."""

    recommendations: tuple[Recommendation, ...]
    decision: Decision | None


@lru_cache(maxsize=1024)
def _rules(row: Row) -> tuple[Rules, tuple[str, ...], tuple[str, ...]]:
    """The rules of a row, what of zones and layers they read, and the scores that they rest on."""
    steps = tuple(Advice(step, row.rule, row.why, row.urgency) for step in row.do)
    rules = when(row.when, steps, facts.DOMAINS)
    return rules, tuple(c for c in rules.reads if c in wbb.SETS), ("sins",) if facts.STABILITY in rules.reads else ()


def by_rules(
    rules: Rules, view: View, scores: Sequence[str] = (), notes: Sequence[str] = ()
) -> tuple[list[Recommendation], Decision]:
    """What rules lead to for a lesion or the patient."""
    decision, advised = rules.advised(view.possible)
    return [each.but(lesion=view.lesion, scores=tuple(scores), notes=tuple(notes)) for each in advised], decision


def sieve(table: Iterable[Said]) -> Sieve[Said]:
    """The rows, notes or bars of a table, so that those which certainly do not apply need no look."""
    return Sieve((each, each.when) for each in table)


def by_row(row: Row, view: View) -> Found:
    """What one row leads to; as a possibility only where the record speaks of what the row wants told."""
    rules, sets, scores = _rules(row)
    if sets and not all(map(view.told, sets)):
        return Found((), None)  # unknown zones stand for all twelve at once, of which nothing follows
    found, decision = by_rules(rules, view, scores)
    if not found:
        return Found((), decision)
    open_ = any(not each.settled for each in found)
    if open_ and (row.certain or not all(map(view.told, row.told))):
        return Found((), None)
    return Found(tuple(found), decision)


def as_forms(found: Recommendation, parents: Iterable[Recommendation]) -> Iterator[Recommendation]:
    """The recommendation as a form of each treatment that is advised, under the conditions of both."""
    for parent in parents:
        paths = _both(parent.paths, found.paths)
        if paths is not None:
            overturns = found.overturns if parent.settled else ()
            yield found.but(paths=paths, form_of=parent.treatment, overturns=overturns)


def _both(left: tuple[Path, ...], right: tuple[Path, ...]) -> tuple[Path, ...] | None:
    """The paths on which both hold; None where there is no such way. No path stands for always."""
    if not left or not right:
        return left or right
    joined = [path for a, b in product(left, right) if (path := _met(a, b)) is not None]
    return tuple(dict.fromkeys(joined)) or None


def _met(left: Path, right: Path) -> Path | None:
    """Both paths as one; None where they ask for different values of a finding."""
    merged = {premise.finding: premise for premise in left}
    for premise in right:
        values = premise.values
        if premise.finding in merged:
            values = meet(merged[premise.finding].values, values)
            if not values:
                return None
        merged[premise.finding] = Premise(premise.finding, values)
    return tuple(merged.values())


def merged(found: Iterable[Recommendation]) -> list[Recommendation]:
    """One recommendation for each treatment of a lesion: the reasons of all, settled if one of them is."""
    by_treatment: dict[tuple[str, str], list[Recommendation]] = {}
    for each in found:
        by_treatment.setdefault((each.treatment, each.lesion.name if each.lesion else ""), []).append(each)
    return [_merged(each) if len(each) > 1 else each[0] for each in by_treatment.values()]


def _merged(several: list[Recommendation]) -> Recommendation:
    settled = [each for each in several if each.settled]
    kept = settled or several
    first = kept[0]
    # A reason that may not hold is said beside one that does, with its condition.
    said = {advice.reason for each in kept for advice in each.advice}
    open_ = [
        replace(advice, paths=advice.paths or each.paths)
        for each in several
        if settled and each.paths
        for advice in each.advice
        if advice.reason not in said
    ]
    return first.but(
        advice=tuple(dict.fromkeys((*(advice for each in kept for advice in each.advice), *open_))),
        paths=() if settled else tuple(dict.fromkeys(path for each in kept for path in each.paths)),
        reads=tuple(dict.fromkeys(code for each in kept for code in each.reads)),
        scores=tuple(dict.fromkeys(code for each in kept for code in each.scores)),
        notes=tuple(dict.fromkeys(note for each in kept for note in each.notes)),
        facts=tuple(dict.fromkeys(fact for each in kept for fact in each.facts)),
        # What overturns one reason leaves the others standing.
        overturns=first.overturns if len(kept) == 1 else (),
    )


@lru_cache(maxsize=1024)
def _beside(note: Note) -> tuple[str, str]:
    """What is said where a note holds, and where it may."""
    return cited(note.text, note.source), cited(note.perhaps, note.source) if note.perhaps else ""


def noted(found: Recommendation, notes: Sieve[Note], view: View) -> Recommendation:
    """The recommendation with the notes that hold beside it."""
    texts: list[str] = []
    general: list[str] = []
    for note, truths in notes.truths(view.possible):
        if found.treatment not in note.on:
            continue
        certain, perhaps = _beside(note)
        text = certain if truths == {True} else perhaps
        if text:
            (general if note.when is ALWAYS else texts).append(text)
    if not texts and not general:
        return found
    return found.but(
        notes=tuple(dict.fromkeys((*found.notes, *texts))),
        facts=tuple(dict.fromkeys((*found.facts, *general))),
    )


def cited(text: str, source: Source | None) -> str:
    """The text with its source, unless it names it itself."""
    if source is None or source.short in text:
        return text
    if text.endswith("."):
        return phrase("{text} ({source}).", text=text.removesuffix("."), source=source.short)
    return phrase("{text} ({source})", text=text, source=source.short)


def barred(bars: Sieve[Bar], view: View) -> list[Against]:
    """The treatments that are certainly not to be given."""
    return [
        Against(treatment, view.lesion, bar.why, bar.source, barred=True)
        for bar, truths in bars.truths(view.possible)
        if truths == {True}
        for treatment in bar.treatments
    ]


@lru_cache(maxsize=64)
def _list(checklist: Checklist) -> tuple[Standing, tuple[tuple[str, Standing], ...]]:
    return Standing(checklist.considered), tuple((c.text, Standing(c.when)) for c in checklist.criteria)


def considered(checklist: Checklist, treatment: str, view: View) -> Against | None:
    """Why a treatment that comes into question is not simply advised; None where it is not in question, or advised."""
    in_question, criteria = _list(checklist)
    truths = view.truths(in_question)
    told = any(map(view.told, in_question.reads))
    if True not in truths or not told:
        return None
    found = [(text, _truths(standing, view)) for text, standing in criteria]
    unmet = [text for text, truth in found if truth == {False}]
    unknown = [text for text, truth in found if len(truth) > 1]
    met = len(found) - len(unmet) - len(unknown)
    if not unmet and not unknown:
        return None
    parts: list[str] = [phrase("{met} of {all} criteria met", met=met, all=len(found))]
    if unmet:
        parts.append(phrase("not met: {criteria}", criteria=series("; ", unmet)))
    if unknown:
        parts.append(phrase("not known: {criteria}", criteria=series("; ", unknown)))
    return Against(treatment, view.lesion, series("; ", parts), checklist.rule.source, barred=False)


def _truths(standing: Standing, view: View) -> frozenset[bool]:
    """The truths that are possible; both of what reads zones or layers of which the record says nothing."""
    if any(code in wbb.SETS and not view.told(code) for code in standing.reads):
        return frozenset((False, True))
    return view.truths(standing)


def reads_of(rows: Iterable[Row | Note | Bar], checklists: Iterable[Checklist] = ()) -> frozenset[str]:
    """The findings that rows, notes, bars and checklists read."""
    conditions = [row.when for row in rows]
    for checklist in checklists:
        conditions += [checklist.considered, *(criterion.when for criterion in checklist.criteria)]
    return frozenset(atom.finding for condition in conditions for atom in atoms(condition)) - facts.DOMAINS.keys()


def named(lesion: Lesion | None) -> str:
    return lesion.name if lesion else ""
