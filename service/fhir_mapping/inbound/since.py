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

    The metastases may come from any of them, so several leave several times possible.
    """
    if FINDING not in notes.reads or any(each.statement.finding == FINDING for each in notes.said):
        return []
    first: list[tuple[Values, When, Entry]] = []
    for entry, primary, then in sorted(notes.diagnosed, key=lambda each: (each[2].start, each[2].end, each[0].name)):
        # Stages and subtypes are Conditions of their own in some records: the same tumour, dated later.
        if not any(known & primary and not _perhaps_another(then, entry, when, of) for known, when, of in first):
            first.append((primary, then, entry))
    return [
        Said(Statement(FINDING, frozenset((_months(then, notes.as_of),)), entry.name, notes.as_of, lasting=True), entry)
        for _, then, entry in first
    ]


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
