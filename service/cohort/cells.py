"""The cells of a cohort: what each column takes from an assessment.

Nothing is computed here. A cell is None where there is nothing to say, and never a guess.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from service.cohort.assessing import Row
from service.decision.model import Recommendation
from service.decision.prognosis import UNKNOWN
from service.evidence import Evidence, Number, Span, Statement
from service.findings import FINDINGS
from service.scoring.model import Figure, Score
from service.scoring.results import Result


def problems(row: Row) -> list[dict[str, str]]:
    return [{"code": p.code, "place": p.place, "element": p.element} for p in row.problems]


def _advice(row: Row) -> list[Recommendation]:
    return [each for each in row.assessment.plan.recommendations if row.is_about(each.lesion)]


def recommendations(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "treatment": each.treatment,
            "scope": "lesion" if each.lesion else "patient",
            "settled": each.settled,
            "urgency": each.urgency.name.lower(),
            "form_of": each.form_of or None,
            "rules": [*dict.fromkeys(advice.rule.plan for advice in each.advice)],
            "depends_on": [*each.depends_on],
        }
        for each in _advice(row)
    ]


def treatments(row: Row, *, settled: bool) -> list[str]:
    return [*dict.fromkeys(each.treatment for each in _advice(row) if each.settled is settled)]


def against(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "treatment": each.treatment,
            "scope": "lesion" if each.lesion else "patient",
            "contraindicated": each.barred,
        }
        for each in row.assessment.plan.against
        if row.is_about(each.lesion)
    ]


def emergency(row: Row) -> str:
    urgent = [each for each in _advice(row) if each.urgent]
    if not urgent:
        return "none"
    return "certain" if any(each.settled for each in urgent) else "possible"


def emergency_steps(row: Row) -> list[str]:
    return [*dict.fromkeys(each.treatment for each in _advice(row) if each.urgent)]


def missing(row: Row) -> list[str]:
    return [*dict.fromkeys(each.finding for each in row.assessment.plan.needed if row.is_about(each.lesion))]


def _told(row: Row) -> Iterator[tuple[str, str, Evidence]]:
    """Scope, finding and evidence of what the record says, of the patient and of the lesion."""
    for finding, evidence in sorted(row.assessment.case.evidence.items()):
        yield "patient", finding, evidence
    for finding, evidence in sorted(row.lesion.evidence.items()) if row.lesion is not None else ():
        yield "lesion", finding, evidence


def conflicts(row: Row) -> list[str]:
    return [finding for _, finding, evidence in _told(row) if evidence.conflict]


def evidence(row: Row) -> list[dict[str, Any]]:
    return [
        {
            "finding": finding,
            "scope": scope,
            "values": _values(evidence),
            "unit": _unit(finding),
            "conflict": evidence.conflict,
            "first": min(_dates(evidence.statements), default=None),
            "last": max(_dates(evidence.statements), default=None),
            "sources": [*evidence.sources],
            "derived_from": [*evidence.derived_from],
        }
        for scope, finding, evidence in _told(row)
    ]


def _values(evidence: Evidence) -> list[str]:
    spans = sorted(value for value in evidence.values if isinstance(value, Span))
    return [*map(str, spans), *sorted(_word(value) for value in evidence.values if not isinstance(value, Span))]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _unit(finding: str) -> str | None:
    domain = FINDINGS[finding].domain
    return domain.unit if isinstance(domain, Number) and domain.unit else None


def _dates(statements: tuple[Statement, ...]) -> Iterator[date]:
    """The days on which dated statements begin, in UTC."""
    for statement in statements:
        if math.isfinite(statement.when.start):
            try:
                yield datetime.fromtimestamp(statement.when.start, UTC).date()
            except (ValueError, OverflowError, OSError):  # a year that the calendar does not have
                continue


def days(row: Row) -> list[date]:
    """The days of all that is known, but of the age, which is worked out for the time of the assessment."""
    told = (evidence for _, finding, evidence in _told(row) if finding != "age")
    return [day for evidence in told for day in _dates(evidence.statements)]


def remarks(row: Row) -> list[dict[str, Any]]:
    counts = Counter(str(entry.code) for entry in row.assessment.ledger)
    return [{"code": code, "number": number} for code, number in sorted(counts.items())]


def months(row: Row, *, low: bool) -> float | None:
    """An end of the months in which the median survival lies; null where it is not narrowed, or has no end."""
    found = row.assessment.plan.prognosis
    if found is None or found.values == UNKNOWN:
        return None
    spans = [span for span in found.values if isinstance(span, Span)]
    end = min(span.low for span in spans) if low else max(span.high for span in spans)
    return end if math.isfinite(end) else None


def prognosis_by(row: Row) -> str | None:
    found = row.assessment.plan.prognosis
    if found is None:
        return None
    return "clinician" if found.judged is not None else found.lead.score.code if found.lead is not None else None


def outlives(months: int) -> Callable[[Row], bool | None]:
    def of(row: Row) -> bool | None:
        found = row.assessment.plan.prognosis
        return found.outlives(months) if found is not None else None

    return of


def of_result(code: str, read: Callable[[Result], Any]) -> Callable[[Row], Any]:
    def of(row: Row) -> Any:
        result = row.results.get(code)
        return read(result) if result is not None else None

    return of


def _at(figure: Figure) -> tuple[str, str]:
    return figure.measure.name.lower(), f"{figure.at.value}{figure.at.unit}" if figure.at else ""


def percentages(score: Score) -> list[tuple[str, str]]:
    """What the published percentages of a score are of, and when."""
    listed = (_at(figure) for band in score.bands for figure in band.figures if figure.measure.is_percent)
    return [*dict.fromkeys(listed)]


def percent(result: Result, at: tuple[str, str], *, low: bool) -> float | None:
    """The lowest or highest published percentage of the bands that are possible; null where one of them has none."""
    of_bands = [[f.value for f in band.figures if f.measure.is_percent and _at(f) == at] for band in result.bands]
    if not all(of_bands):
        return None
    listed = [value for values in of_bands for value in values]
    return min(listed) if low else max(listed)


def levels(row: Row) -> list[str] | None:
    return [*row.lesion.levels] if row.lesion is not None else None
