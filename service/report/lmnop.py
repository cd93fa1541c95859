"""LMNOP of a lesion: what the record says for each letter."""

from __future__ import annotations

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.decision.lmnop import LETTERS, Letter
from service.language import told
from service.report.layout import wrapped
from service.text import phrase, series


def letters(assessment: Assessment, lesion: Lesion) -> dict[str, list[str]]:
    """LMNOP, a line for each letter of which the record says something."""
    found: dict[str, list[str]] = {}
    silent: list[Letter] = []
    for letter in LETTERS:
        said = _said(assessment, lesion, letter)
        if said:
            text = series(": ", (letter.title, series("; ", said)))
            found[letter.letter] = wrapped(text, f"  {letter.letter}  ")
        else:
            silent.append(letter)
    if silent:
        names = series(", ", (wording.in_sentence(letter.title) for letter in silent))
        letters = series(", ", (letter.letter for letter in silent))
        found[letters] = wrapped(phrase("not in the record: {findings}", findings=names), f"  {told(letters)}  ")
    return found


def _said(assessment: Assessment, lesion: Lesion, letter: Letter) -> list[str]:
    case = assessment.plan.judged or assessment.case
    scored: list[str] = [
        phrase("{score} {total}", score=result.score.code.upper(), total=wording.total(result))
        for result in assessment.results
        if result.score.code in letter.scores and result.lesion is lesion and result.informed
    ]
    return scored + [
        wording.known(code, case.possible(code, lesion))
        for code in letter.findings
        if case.about(code, lesion).statements and code != "vertebral-level"  # it is the heading
    ]
