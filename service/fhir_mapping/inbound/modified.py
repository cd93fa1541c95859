"""Resources with a modifier extension or with rules of their own, which may say the contrary of what they seem to.

FHIR forbids to pass over either. None is known here, so such a resource is left out, and what it speaks of stays open:
silence does not deny it, and what was perhaps done or is perhaps there is perhaps true.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.statements import PERHAPS
from service.findings import FINDINGS
from service.problems import Ledger

_TREATMENT = frozenset(("previous-chemotherapy", "previous-systemic-therapy"))


def is_modified(entry: Entry) -> bool:
    """Whether a resource, or anything in it, has a modifier extension or implicit rules."""
    return b'"modifierExtension":' in entry.content or b'"implicitRules":' in entry.content


def set_aside(entry: Entry, read: Callable[[Entry, Notebook], None], notes: Notebook) -> None:
    """Notes what a resource speaks of, and nothing that it says.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    apart = replace(
        notes,
        said=[],
        histologies=[],
        ledger=[],
        problems=[],
        mentioned=set(),
        tumours=[],
        elsewhere=[],
        drugs=[],
        unnamed=Counter(),
        diagnosed=[],
        results=[],
    )
    read(entry, apart)
    notes.mentioned |= apart.mentioned | {each.statement.finding for each in apart.said}
    if apart.tumours or apart.elsewhere:
        notes.mentioned |= SPREAD
    if apart.drugs or apart.unnamed:
        notes.mentioned |= _TREATMENT
    for each in apart.said:
        if FINDINGS[each.statement.finding].is_yes_no:
            notes.said.append(replace(each, statement=replace(each.statement, values=PERHAPS), anchor=False))
    why = (
        "it has a modifier extension or rules of its own, which are not known here and may turn what it says; left out"
    )
    notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
