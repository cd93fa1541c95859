"""The time since the cancer was diagnosed, by the dates of the diagnoses of the primary tumour."""

from __future__ import annotations

import math

from service.evidence import Span, Statement, Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook, Said

FINDING = "time-from-cancer-diagnosis"
_DAY = 86_400
_DAYS_OF_A_MONTH = 30.4375


def since_diagnosis(notes: Notebook) -> list[Said]:
    """The time from the first diagnosis of each active primary tumour; nothing where the record gives it itself."""
    if FINDING not in notes.reads or any(each.statement.finding == FINDING for each in notes.said):
        return []
    first: dict[Values, tuple[When, Entry]] = {}
    for entry, primary, then in sorted(notes.diagnosed, key=lambda each: (each[2].start, each[2].end, each[0].name)):
        # Stages and subtypes are Conditions of their own in some records: the same tumour, dated later.
        same = next((known for known in first if known & primary), primary)
        first.setdefault(same, (then, entry))
    return [
        Said(Statement(FINDING, frozenset((_months(then, notes.as_of),)), entry.name, notes.as_of, lasting=True), entry)
        for then, entry in first.values()
    ]


def _months(then: When, now: When) -> Span:
    """Months from one day to another, to a tenth; as coarse as the dates are."""
    today = math.floor(now.end / _DAY)
    low, high = (
        round(max(today - math.floor(moment / _DAY), 0) / _DAYS_OF_A_MONTH, 1) for moment in (then.end, then.start)
    )
    return Span(low, high)
