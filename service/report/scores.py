"""Scores: what the record settles in full, and what it does not in a line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.conditions import ALWAYS
from service.findings import FINDINGS
from service.handoffs import Returned, exclusions
from service.language import told
from service.reading import joined
from service.report import lmnop
from service.report.layout import ELSEWHERE, columns, wrapped
from service.scoring.model import Band, Kind
from service.scoring.results import ItemResult, Missing, Result
from service.text import phrase, quoted, series

_ENOUGH = 2
"""Findings that have to be known for a score to be shown as a table."""


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
            as_there = (
                phrase("{names} as for {place}", names=series(", ", names), place=place)
                for place, names in alike.items()
            )
            lines += wrapped(series("; ", as_there), "  ", 4)
        yield lesion, lines
        before[wording.place(lesion)] = here


def _parts(assessment: Assessment, lesion: Lesion) -> dict[str, list[str]]:
    """What is said of a lesion, by the letter or score that it is of."""
    results = [result for result in assessment.results if result.lesion is lesion]
    return {**lmnop.letters(assessment, lesion), **_all(results, assessment.policy.lead_model)}


def of_patient(assessment: Assessment) -> Iterator[str]:
    results = [result for result in assessment.results if result.lesion is None]
    for lines in _all(results, assessment.policy.lead_model).values():
        yield from lines
    reasons: dict[str, list[str]] = {}
    for left_out in assessment.not_computed:
        reasons.setdefault(left_out.reason, []).append(wording.model(left_out.score))
    for reason, names in reasons.items():
        text = phrase("Not given, {reason}: {models}", reason=reason, models=series(", ", names))
        yield from wrapped(text, "  ", 4)
    if assessment.results:
        worked_out = "* is worked out. From what, and points and figures of what is still open: {where}."
        yield from wrapped(phrase(worked_out, where=ELSEWHERE), "  ")
    for returned in assessment.returned:
        yield from _returned(returned, assessment)


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
        names = series(", ", (wording.model(result.score) for result in brief))
        said = series(
            ", ",
            (phrase("{score} {total}", score=wording.model(r.score), total=wording.total(r)) for r in brief),
        )
        found[names] = wrapped(phrase("Several classes possible: {scores}", scores=said), "  ", 4)
    shared: dict[str, list[str]] = {}
    for text, n in counted.items():
        if n > 1:
            of = wording.listed((wording.model(r.score) for r in every if text in remarks[r.score.code]), "and")
            shared[text] = wrapped(series(": ", (of, text)), "  ! ")
    return {**found, **shared}


def _known(result: Result) -> list[ItemResult]:
    return [item for item in result.items if len(item.points) == 1 or (item.said and item.points < item.item.points)]


def _is_told(result: Result) -> bool:
    """Whether a table says more than a line: half of it is known, and not every class of survival is possible."""
    known = _known(result)
    if len({code for item in known for code in item.item.reads}) < _ENOUGH or 2 * len(known) < len(result.items):
        return False
    return result.settled or result.score.kind is not Kind.SURVIVAL or len(result.bands) < len(result.score.bands)


def _head(result: Result) -> str:
    total = phrase("{score}: {total}", score=result.score.title, total=wording.total(result))
    if result.exact:
        return total
    return phrase("{total}, one class" if result.settled else "{total}, several classes possible", total=total)


def _in_a_line(result: Result, remarks: Iterable[str]) -> Iterator[str]:
    known = series(", ", (wording.in_sentence(item.item.title) for item in _known(result)))
    head = _head(result)
    yield from wrapped(phrase("{score}; known: {items}", score=head, items=known) if known else head, "  ", 4)
    for text in remarks:
        yield from wrapped(text, "      ! ")


def _in_full(result: Result, remarks: Iterable[str], *, asks: bool) -> Iterator[str]:
    """Stability as the table that it is read off, the others with their points one after another.

    Of a score that is open points are said, and what an answer would make of it, where the plan rests on it.
    """
    yield from wrapped(_head(result), "  ", 4)
    yield from _bands(result)
    known, unknown = _rows(result)
    if result.score.kind is Kind.STABILITY:
        for points, row in known:
            given = told(points)
            yield from wrapped(row, f"      {' ' * (9 - columns(given))}{given}  ")
        for titles, words in unknown:
            yield from wrapped(series(": ", (titles, words)), "              ?  ")
    elif result.settled or asks:
        said = [phrase("{points}  {row}", points=points, row=row) for points, row in known]
        said += [phrase("{why}: {items}", why=words, items=titles) for titles, words in unknown]
        yield from wrapped(series("; ", said), "      ")
    for text in remarks:
        yield from wrapped(text, "      ! ")
    telling = (_outcomes(missing) for missing in result.missing) if asks and not result.settled else ()
    for outcomes in [each for each in telling if each][:1]:
        yield from wrapped(outcomes, "      ? ")


def _rows(result: Result) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Points and words of each item that is known; and the items that are not, with why."""
    known = _known(result)
    others = [item for item in result.items if item not in known]
    unknown: list[tuple[str, str]] = []
    for words, those in (
        ("not in the record", [item for item in others if not item.unplaced]),
        ("no source gives the points", [item for item in others if item.unplaced]),
    ):
        if those:
            titles = (phrase("{item} ({points})", item=i.item.title, points=wording.points(i.points)) for i in those)
            unknown.append((series(", ", titles), words))
    return [(wording.points(item.points), _row(item)) for item in known], unknown


def _row(item: ItemResult) -> str:
    """The line of the table; what its points were worked out from is in the FHIR answer."""
    row = wording.row(replace(item, derived_from=()))
    return phrase("{item}: {row}*" if item.derived_from else "{item}: {row}", item=item.item.title, row=row)


def _bands(result: Result) -> Iterator[str]:
    """The class with its published figures; several possible ones without."""
    classes = series("; ", (series(": ", (band.title, band.meaning)) for band in result.bands))
    figures = wording.figures(result.bands[0]) if result.settled else ""
    yield from wrapped(series(". ", (classes, figures)) if figures else classes, "      = ")


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
    if len(merged) == 1:
        return ""
    answers = (
        series(": ", (wording.values_of(missing.finding, joined(values)), wording.listed(b.title for b in bands)))
        for bands, values in merged.items()
    )
    return series(". ", (FINDINGS[missing.finding].title, series("; ", answers)))


def _returned(returned: Returned, assessment: Assessment) -> Iterator[str]:
    """A result that was computed elsewhere."""
    when = returned.occurrence
    dated = wording.listed((quoted(date) for date in (when.at, when.start, when.end) if date), "to")
    template = "{model}: received, {date}" if dated else "{model}: received"
    yield from wrapped(phrase(template, model=returned.title, date=dated), "  ")
    for predicted in returned.predictions:
        yield from wrapped(wording.prediction(predicted), "      = ")
    yield from wrapped(wording.received(returned), "      ! ")
    for said in exclusions(returned.hand_off, assessment.case):
        yield from wrapped(wording.outside(said), "      ! ")
