"""Prognosis and scores: what the record settles in full, and what it does not in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.conditions import ALWAYS
from service.decision.lmnop import LETTERS, Letter
from service.decision.prognosis import HORIZONS
from service.findings import FINDINGS
from service.handoffs import Returned, exclusions
from service.reading import joined
from service.report.layout import ELSEWHERE, wrapped
from service.scoring.engine import ItemResult, Missing, Result
from service.scoring.model import Band, Kind

_NAME, _CELL = 56, 11
_ENOUGH = 2
"""Findings that have to be known for a score to be shown as a table."""


def prognosis(assessment: Assessment) -> Iterator[str]:
    """Every model side by side; what counts is marked, and what contradicts it is said."""
    found = assessment.plan.prognosis
    if found is None:
        return
    yield ""
    yield f"{'LIKELY TO LIVE LONGER THAN':<{_NAME}}" + "".join(f"{f'{m} months':>{_CELL}}" for m in HORIZONS)
    if found.judged:
        yield _answers("* A clinician's estimate", found.outlives)
    silent = []
    for outlook in found.models:
        counts = outlook is found.lead and not found.judged
        if counts or any(outlook.outlives(months) is not None for months in HORIZONS):
            name = wording.modelled(outlook)
            if len(name) > _NAME - 2:
                name = wording.model(outlook.score) + wording.at(outlook.lesion)
            yield _answers(f"{'*' if counts else ' '} {name}", outlook.outlives)
        else:
            silent.append(wording.model(outlook.score))
    if silent:
        yield from wrapped(f"The record is too open for {wording.listed(dict.fromkeys(silent), 'and')}.", "  ")
    yield from wrapped(
        "* counts. Likely: more than half of such patients lived longer. ? cannot be told. Never averaged.",
        "  ",
    )
    for months in HORIZONS:
        contrary = found.disagreeing(months)
        if contrary:
            names = wording.listed(dict.fromkeys(wording.model(outlook.score) for outlook in contrary), "and")
            yield from wrapped(f"At {months} months the contrary is said by {names}.", "  ! ")


def _answers(name: str, outlives: Callable[[int], bool | None]) -> str:
    words = {True: "yes", False: "no", None: "?"}
    return f"{name:<{_NAME}}" + "".join(f"{words[outlives(months)]:>{_CELL}}" for months in HORIZONS)


def of_lesions(assessment: Assessment) -> Iterator[tuple[Lesion, list[str]]]:
    """LMNOP and the scores of each lesion; what a lesion before has too stands there."""
    before: dict[str, dict[str, list[str]]] = {}
    for lesion in assessment.case.lesions:
        here = _parts(assessment, lesion)
        lines: list[str] = []
        alike: dict[str, list[str]] = {}
        for name, said in here.items():
            same = next((place for place, parts in before.items() if parts.get(name) == said), None)
            if same is None:
                lines += said
            else:
                alike.setdefault(same, []).append(name)
        if alike:
            as_there = (f"{', '.join(names)} as for {place}" for place, names in alike.items())
            lines += wrapped("; ".join(as_there), "  ", 4)
        yield lesion, lines
        before[wording.place(lesion)] = here


def _parts(assessment: Assessment, lesion: Lesion) -> dict[str, list[str]]:
    """What is said of a lesion, by the letter or score that it is of."""
    results = [result for result in assessment.results if result.lesion is lesion]
    return {**_letters(assessment, lesion), **_all(results, assessment.policy.lead_model)}


def of_patient(assessment: Assessment) -> Iterator[str]:
    results = [result for result in assessment.results if result.lesion is None]
    for lines in _all(results, assessment.policy.lead_model).values():
        yield from lines
    reasons: dict[str, list[str]] = {}
    for left_out in assessment.not_computed:
        reasons.setdefault(left_out.reason, []).append(wording.model(left_out.score))
    for reason, names in reasons.items():
        yield from wrapped(f"Not given, {reason}: {', '.join(names)}", "  ", 4)
    if assessment.results:
        yield from wrapped(
            f"* is worked out. From what, and points and figures of what is still open: {ELSEWHERE}.", "  "
        )
    for returned in assessment.returned:
        yield from _returned(returned, assessment)


# LMNOP


def _letters(assessment: Assessment, lesion: Lesion) -> dict[str, list[str]]:
    """LMNOP, a line for each letter of which the record says something."""
    found: dict[str, list[str]] = {}
    silent: list[Letter] = []
    for letter in LETTERS:
        said = _said(assessment, lesion, letter)
        if said:
            found[letter.letter] = wrapped(f"{letter.title}: {'; '.join(said)}", f"  {letter.letter}  ")
        else:
            silent.append(letter)
    if silent:
        names = ", ".join(wording.in_sentence(letter.title) for letter in silent)
        letters = ", ".join(letter.letter for letter in silent)
        found[letters] = wrapped(f"not in the record: {names}", f"  {letters}  ")
    return found


def _said(assessment: Assessment, lesion: Lesion, letter: Letter) -> list[str]:
    case = assessment.plan.judged or assessment.case
    scored = [
        f"{result.score.code.upper()} {wording.total(result)}"
        for result in assessment.results
        if result.score.code in letter.scores and result.lesion is lesion and result.informed
    ]
    return scored + [
        wording.known(code, case.possible(code, lesion))
        for code in letter.findings
        if case.about(code, lesion).statements and code != "vertebral-level"  # it is the heading
    ]


# Scores


def _all(every: Sequence[Result], lead: str) -> dict[str, list[str]]:
    """The scores that the record says something of, then the others in brief; what is said of several, once."""
    remarks = {result.score.code: [*_remarks(result)] for result in every}
    counted = Counter(text for texts in remarks.values() for text in texts)
    found: dict[str, list[str]] = {}
    brief: list[Result] = []
    for result in every:
        own = [text for text in remarks[result.score.code] if counted[text] == 1]
        asks = result.score.kind is Kind.STABILITY or result.score.code == lead
        if _is_told(result) or result.settled:
            found[wording.model(result.score)] = [*_in_full(result, own, asks=asks)]
        elif own or result.score.kind is Kind.STABILITY:
            found[wording.model(result.score)] = [*_in_a_line(result, own)]
        else:
            brief.append(result)
    if brief:
        names = ", ".join(wording.model(result.score) for result in brief)
        said = ", ".join(f"{wording.model(result.score)} {wording.total(result)}" for result in brief)
        found[names] = wrapped(f"Several classes possible: {said}", "  ", 4)
    shared: dict[str, list[str]] = {}
    for text, n in counted.items():
        if n > 1:
            of = wording.listed((wording.model(r.score) for r in every if text in remarks[r.score.code]), "and")
            shared[text] = wrapped(f"{of}: {text}", "  ! ")
    return {**found, **shared}


def _known(result: Result) -> list[ItemResult]:
    return [item for item in result.items if len(item.points) == 1 or (item.said and item.points < item.item.points)]


def _is_told(result: Result) -> bool:
    """Whether a table says more than a line: half of it is known, and not every class of survival is possible."""
    known = _known(result)
    if len({code for item in known for code in item.item.reads}) < _ENOUGH or 2 * len(known) < len(result.items):
        return False
    return result.settled or result.score.kind is not Kind.SURVIVAL or len(result.bands) < len(result.score.bands)


def _state(result: Result) -> str:
    return "" if result.exact else ", one class" if result.settled else ", several classes possible"


def _in_a_line(result: Result, remarks: Iterable[str]) -> Iterator[str]:
    known = ", ".join(wording.in_sentence(item.item.title) for item in _known(result))
    head = f"{result.score.title}: {wording.total(result)}{_state(result)}"
    yield from wrapped(head + (f"; known: {known}" if known else ""), "  ", 4)
    for text in remarks:
        yield from wrapped(text, "      ! ")


def _in_full(result: Result, remarks: Iterable[str], *, asks: bool) -> Iterator[str]:
    """Stability as the table that it is read off, the others with their points one after another.

    Of a score that is open points are said, and what an answer would make of it, where the plan rests on it.
    """
    yield from wrapped(f"{result.score.title}: {wording.total(result)}{_state(result)}", "  ", 4)
    yield from _bands(result)
    known, unknown = _rows(result)
    if result.score.kind is Kind.STABILITY:
        for points, row in known:
            yield from wrapped(row, f"      {points:>9}  ")
        for titles, words in unknown:
            yield from wrapped(f"{titles}: {words}", "              ?  ")
    elif result.settled or asks:
        said = [*(f"{points}  {row}" for points, row in known), *(f"{words}: {titles}" for titles, words in unknown)]
        yield from wrapped("; ".join(said), "      ")
    for text in remarks:
        yield from wrapped(text, "      ! ")
    telling = (_outcomes(missing) for missing in result.missing) if asks and not result.settled else ()
    for outcomes in [each for each in telling if each][:1]:
        yield from wrapped(outcomes, "      ? ")


def _rows(result: Result) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Points and words of each item that is known; and the items that are not, with why."""
    known = _known(result)
    others = [item for item in result.items if item not in known]
    unknown = []
    for words, those in (
        ("not in the record", [item for item in others if not item.unplaced]),
        ("no source gives the points", [item for item in others if item.unplaced]),
    ):
        if those:
            unknown.append((", ".join(f"{i.item.title} ({wording.points(i.points)})" for i in those), words))
    return [(wording.points(item.points), _row(item)) for item in known], unknown


def _row(item: ItemResult) -> str:
    """The line of the table; what its points were worked out from is in the FHIR answer."""
    return f"{item.item.title}: {wording.row(replace(item, derived_from=()))}" + ("*" if item.derived_from else "")


def _bands(result: Result) -> Iterator[str]:
    """The class with its published figures; several possible ones without."""
    classes = [f"{band.title}: {band.meaning}" for band in result.bands]
    figures = wording.figures(result.bands[0]) if result.settled else ""
    yield from wrapped("; ".join(classes) + (f". {figures}" if figures else ""), "      = ")


def _remarks(result: Result) -> Iterator[str]:
    yield from map(wording.outside, result.outside)
    yield from map(wording.boundary, result.boundaries)
    # What is said of every patient is in the knowledge.
    yield from (wording.remark(said) for said in result.remarks if said.remark.when is not ALWAYS)


def _outcomes(missing: Missing) -> str:
    """What each answer to a missing finding would make of the bands; nothing where all would make the same."""
    merged: dict[tuple[Band, ...], set[Hashable]] = {}
    for outcome in missing.outcomes:
        merged.setdefault(outcome.bands, set()).update(outcome.values)
    answers = (
        f"{wording.values_of(missing.finding, joined(values))}: {wording.listed(b.title for b in bands)}"
        for bands, values in merged.items()
    )
    if len(merged) == 1:
        return ""
    return f"{FINDINGS[missing.finding].title}. {'; '.join(answers)}"


def _returned(returned: Returned, assessment: Assessment) -> Iterator[str]:
    """A result that was computed elsewhere."""
    when = returned.occurrence
    dated = wording.listed(filter(None, (when.at, when.start, when.end)), "to")
    yield from wrapped(f"{returned.title}: received{f', {dated}' if dated else ''}", "  ")
    for predicted in returned.predictions:
        yield from wrapped(wording.prediction(predicted), "      = ")
    yield from wrapped(wording.received(returned), "      ! ")
    for said in exclusions(returned.hand_off, assessment.case):
        yield from wrapped(wording.outside(said), "      ! ")
