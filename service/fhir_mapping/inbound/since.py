"""The time since the cancer was diagnosed, by the dates of the diagnoses of the primary tumour."""

from __future__ import annotations

import math

from service.evidence import Span, Statement, Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.sides import sides_of

FINDING = "time-from-cancer-diagnosis"
#: A diagnosis of the same organ that is so much later may be of another tumour, and not of the same one once more.
_LATER_BY_DAYS = 730
_DAY = 86_400
_DAYS_OF_A_MONTH = 30.4375


def since_diagnosis(notes: Notebook) -> list[Said]:
    """The time from the first diagnosis of each active primary tumour; nothing where the record gives it itself.

    The metastases may come from any of them, so several leave several times possible. A time that the record gives and
    that goes with none of them is in conflict with them.
    """
    if FINDING not in notes.reads:
        return []
    given = [each.statement for each in notes.said if each.statement.finding == FINDING]
    first: list[tuple[Values, When, Entry]] = []
    for entry, primary, then in sorted(notes.diagnosed, key=lambda each: (each[2].start, each[2].end, each[0].name)):
        # Stages and subtypes are Conditions of their own in some records: the same tumour, dated later.
        if not any(known & primary and not _perhaps_another(then, entry, when, of) for known, when, of in first):
            first.append((primary, then, entry))
    if given and (not first or all(any(_goes_with(each, then, notes.as_of) for _, then, _ in first) for each in given)):
        return []
    return [
        Said(Statement(FINDING, frozenset((_months(then, notes.as_of),)), entry.name, notes.as_of, lasting=True), entry)
        for _, then, entry in first
    ]


def _goes_with(given: Statement, begun: When, now: When) -> bool:
    """Whether a time that the record gives may be that from a diagnosis, to a month or a tenth: it may be rounded."""
    last = min(given.when.end, now.end)
    least = max(given.when.start - begun.end, 0) / _DAY / _DAYS_OF_A_MONTH
    most = max(last - begun.start, 0) / _DAY / _DAYS_OF_A_MONTH
    least, most = min(0.9 * least, least - 1), max(1.1 * most, most + 1)
    return any(isinstance(span, Span) and span.low <= most and span.high >= least for span in given.values)


def _perhaps_another(then: When, entry: Entry, begun: When, of: Entry) -> bool:
    """Whether a later diagnosis of the same kind may be of another tumour, by its side or by the years between."""
    sides, others = sides_of(entry), sides_of(of)
    if sides and others and not sides & others:
        return True
    return then.start - begun.end > _LATER_BY_DAYS * _DAY


def _months(then: When, now: When) -> Span:
    """Months from one day to another, to a tenth; as coarse as the dates are."""
    today = math.floor(now.end / _DAY)
    low, high = (
        round(max(today - math.floor(moment / _DAY), 0) / _DAYS_OF_A_MONTH, 1) for moment in (then.end, then.start)
    )
    return Span(low, high)
