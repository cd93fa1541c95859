"""How advice is said: its reasons, what would change it, and what is not advised."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from service.case import Lesion
from service.decision.model import Advice, Overturn, Path, Plan, Recommendation
from service.scoring.sources import Source
from service.text import Phrase, partition, phrase, rpartition, series, split
from service.wording.conditional import condition
from service.wording.findings import clause
from service.wording.names import TREATMENTS, asked, at_all, capital, in_sentence, listed, steps
from service.wording.ways import Possible, anything

_MOST = 2
_SOURCED = "{text} ({source})"
_TOGETHER = "decide together"
"""What a review is for, and need not be said with its reasons."""
#: What the rows of NOMS tell apart, and what it is called.
_OPPOSITES = (
    ("low-grade ESCC", "high-grade ESCC", "ESCC grade"),
    ("stable", "unstable", "stability"),
    ("fit for surgery", "not fit for surgery", "fitness"),
)


def reason(advice: Advice) -> str:
    """The reason with where it comes from, unless it says so itself; one that may not hold with its condition."""
    return _conditional(advice, cited(advice), anything, brief=False)


def cited(advice: Advice, text: str = "") -> str:
    """The reason, or another text of the advice, with where it comes from."""
    return with_source(text or advice.reason, advice.rule.source)


def with_source(text: str, source: Source | None) -> str:
    """The text with the name of its source, unless it names it itself."""
    return text if source is None or source.short in text else _sourced(text, source.short)


def _sourced(text: str, source: str) -> str:
    return phrase(_SOURCED, text=text, source=source) if source else text


def without_source(text: str) -> tuple[str, str]:
    """The text, and the source in brackets at its end; empty where it has none."""
    if isinstance(text, Phrase) and text.template == _SOURCED:
        inner, source = text.values["text"], text.values["source"]
        if isinstance(inner, str) and isinstance(source, str):
            return inner, source
    before, _, after = rpartition(text, " (") if text.endswith(")") else ("", "", "")
    return (before, after.removesuffix(")")) if before else (text, "")


def _conditional(advice: Advice, text: str, possible: Possible, *, brief: bool) -> str:
    """A reason with when it holds; what both say is said once."""
    if not advice.paths:
        return text
    when = condition(Recommendation(advice.treatment, (advice,), None, advice.paths), possible, brief=brief)
    first, colon, rest = partition(text, ": ")
    once = colon and when.endswith((f"if {first}", f"and {first}"))
    return phrase("{when}: {text}", when=when, text=rest if once else text)


def reasons(recommendation: Recommendation, possible: Possible = anything, *, brief: bool = False) -> list[str]:
    """Each reason with its source; those of one rule that differ in part are one, with what they share.

    ``brief`` leaves out what is known of the reasons for a review, and what unstable is.
    """

    def said(text: str) -> str:
        return in_brief(text)[0] if brief and recommendation.treatment == "mdt-review" else text

    by_rule: dict[tuple[str, str], list[Advice]] = {}
    for advice in recommendation.advice:
        if not advice.paths:
            source = advice.rule.source.short if advice.rule.source else ""
            by_rule.setdefault((advice.rule.plan, source), []).append(advice)
    found: list[str] = []
    for of_rule in by_rule.values():
        groups = _sharing([advice.reason for advice in of_rule])
        texts = [_one(group, settled=recommendation.settled) for group in groups]
        more = len(texts) - _MOST
        if more > 0 and of_rule[0].rule.plan == "noms":
            texts = [*texts[:_MOST], phrase("and {more} more: see the FHIR answer", more=more)]
        found += [said(cited(of_rule[0], text)) for text in texts]
    by_paths: dict[tuple[Path, ...], list[Advice]] = {}
    for advice in recommendation.advice:
        if advice.paths:
            by_paths.setdefault(advice.paths, []).append(advice)
    for alike in by_paths.values():
        # Which of several holds when, one condition of all of them does not say.
        text = series("; ", dict.fromkeys(said(cited(each)) for each in alike))
        found.append(_conditional(alike[0], text, possible, brief=brief))
    return found


def in_brief(reason_: str) -> tuple[str, str]:
    """A reason for a review, and apart from it what is known of that; empty where the reason says nothing but why.

    Of ``SINS 7-12 has no row in NOMS: decide together. Of 331 patients ... (Lenschow 2022)`` the first sentence.
    """
    text, source = without_source(reason_)
    first, mark, rest = min((partition(text, mark) for mark in ("; ", ". ")), key=lambda parts: len(parts[0]))
    if rest == _TOGETHER:
        return _sourced(first, source), ""
    if not mark or ": " not in first:
        before, _, last = rpartition(text, ": ")
        return _sourced(before if before and last == _TOGETHER else text, source), ""
    of = capital(partition(partition(first, ": ")[0], ", ")[0])
    return _sourced(first, source), _sourced(phrase("{of}: {text}", of=of, text=in_sentence(rest)), source)


def _sharing(texts: Sequence[str]) -> list[list[str]]:
    """Reasons in groups that share a part."""
    groups: list[list[str]] = []
    for text in texts:
        parts = {*_head(text), *_tail(text)}
        of = [group for group in groups if any(parts & {*_head(other), *_tail(other)} for other in group)]
        groups = [group for group in groups if group not in of]
        groups.append([*(other for group in of for other in group), text])
    return groups


def _head(text: str) -> list[str]:
    """``low-grade ESCC, radiosensitive, stable`` part by part; a sentence is one."""
    first = split(text, "; ", 1)[0]
    return [first] if ": " in first else split(first, ", ")


def _tail(text: str) -> list[str]:
    return split(text, "; ")[1:]


def _one(group: Sequence[str], *, settled: bool) -> str:
    """Several reasons as one: ``radiosensitive, at any ESCC grade and stability``."""
    if len(group) == 1:
        return group[0]
    every = [_head(text) + _tail(text) for text in group]
    shared = [part for part in every[0] if all(part in parts for parts in every)]
    attributes = [part for part in shared if ": " not in part]
    rest = [frozenset(part for part in _head(text) if part not in shared) for text in group]
    whatever = _whatever(rest, settled=settled) if attributes else ""
    tails = dict.fromkeys(tail for text in group for tail in _tail(text) if tail not in shared)
    sentences = [*(part for part in shared if ": " in part), *tails]
    # Of two one of which goes on, the longer says both.
    kept = [each for each in sentences if not any(other != each and other.startswith(each) for other in sentences)]
    return series("; ", filter(None, (series(", ", filter(None, (*attributes, whatever))), *kept)))


def _whatever(rest: Sequence[frozenset[str]], *, settled: bool) -> str:
    """``at any ESCC grade and stability``, where the reasons leave out none of them."""
    if not any(rest):
        return ""
    varied = [each for each in _OPPOSITES if any({*each[:2]} & parts for parts in rest)]
    if {frozenset(chosen) for chosen in product(*(each[:2] for each in varied))} == {*rest}:
        return phrase("at any {names}", names=listed((name for _, _, name in varied), "and"))
    return "whatever else is found" if settled else "under the condition named"


def overturn(each: Overturn) -> str:
    """``if ESCC 2 or 3: decompression and stabilisation, then SRS; multidisciplinary review``."""
    said = [steps(each.instead)] if each.instead else []
    if each.depends_on:
        hangs = listed(map(asked, each.depends_on), "and")
        template = "the rest depending on {findings}" if each.instead else "depending on {findings}"
        said.append(phrase(template, findings=hangs))
    leads_to = series("; ", filter(None, said)) or "not advised"
    return phrase("if {premise}: {advice}", premise=clause(each.premise), advice=leads_to)


def against(plan: Plan) -> list[str]:
    """``SRS at T8, contraindicated: high-grade ESCC ... (Badve 2021)``; treatments with one reason go together."""
    grouped: dict[tuple[str, bool, str], dict[str, Lesion | None]] = {}
    for each in plan.against:
        key = (TREATMENTS[each.treatment], each.barred, with_source(each.why, each.source))
        grouped.setdefault(key, {})[each.lesion.name if each.lesion else ""] = each.lesion
    # The same treatment of several lesions first, then several treatments of the same lesions.
    merged: dict[tuple[tuple[str, ...], bool, str], tuple[list[Lesion], list[str]]] = {}
    for (name, barred, why), places in grouped.items():
        lesions = [lesion for lesion in places.values() if lesion]
        merged.setdefault((tuple(places), barred, why), (lesions, []))[1].append(name)
    return [
        phrase(
            "{treatments}{place}, contraindicated: {why}" if barred else "{treatments}{place}, considered: {why}",
            treatments=listed(names, "and"),
            place=at_all(lesions) if lesions else "",
            why=why,
        )
        for (_, barred, why), (lesions, names) in merged.items()
    ]
