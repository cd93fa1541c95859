"""Survival: every model side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from service import wording
from service.assessment import Assessment
from service.decision.prognosis import HORIZONS
from service.language import told
from service.report.layout import columns, filled, wrapped
from service.text import phrase, series

_NAME, _CELL = 56, 11


def lines(assessment: Assessment) -> Iterator[str]:
    """Every model side by side; what counts is marked, and what contradicts it is said."""
    found = assessment.plan.prognosis
    if found is None:
        return
    yield ""
    yield _row_of("LIKELY TO LIVE LONGER THAN", (phrase("{number} months", number=m) for m in HORIZONS))
    if found.judged:
        yield _answers("*", "A clinician's estimate", found.outlives)
    silent = []
    for outlook in found.models:
        counts = outlook is found.lead and not found.judged
        if counts or any(outlook.outlives(months) is not None for months in HORIZONS):
            name = wording.modelled(outlook)
            if columns(told(name)) > _NAME - 2:
                name = wording.model_at(outlook)
            yield _answers("*" if counts else " ", name, outlook.outlives)
        else:
            silent.append(wording.model(outlook.score))
    if silent:
        models = wording.listed(dict.fromkeys(silent), "and")
        yield from wrapped(phrase("The record is too open for {models}.", models=models), "  ")
    yield from wrapped(
        "* counts. Likely: more than half of such patients lived longer. ? cannot be told. Never averaged.",
        "  ",
    )
    yield from _recalibrated(assessment)
    for months in HORIZONS:
        contrary = found.disagreeing(months)
        if contrary:
            names = wording.listed(dict.fromkeys(wording.model(outlook.score) for outlook in contrary), "and")
            text = phrase("At {months} months the contrary is said by {models}.", months=months, models=names)
            yield from wrapped(text, "  ! ")


def _recalibrated(assessment: Assessment) -> Iterator[str]:
    """What the recalibrations of the site make of the models, once for each."""
    said: set[str] = set()
    for result in assessment.results:
        notes = wording.site_notes(result, assessment.policy.recalibrations)
        if notes and result.score.code not in said:
            said.add(result.score.code)
            yield from wrapped(series(": ", (wording.model(result.score), notes[0])), "  ")
            for note in notes[1:]:
                yield from wrapped(note, "    ")


def _answers(mark: str, name: str, outlives: Callable[[int], bool | None]) -> str:
    words = {True: "yes", False: "no", None: "?"}
    return _row_of(name, (words[outlives(months)] for months in HORIZONS), f"{mark} ")


def _row_of(name: str, cells: Iterable[str], before: str = "") -> str:
    """A line of the table of survival."""
    said = [told(cell) for cell in cells]
    return filled(before + told(name), _NAME) + "".join(" " * (_CELL - columns(cell)) + cell for cell in said)
