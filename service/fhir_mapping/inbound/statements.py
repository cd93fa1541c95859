"""How a value that was read becomes a statement: about the patient, about a level, or about none that is known."""

from __future__ import annotations

from collections.abc import Callable

from service.evidence import Statement, Values, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.lesions import DONE
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.sites import Site
from service.findings import FINDINGS, LESION
from service.problems import Ledger
from service.text import phrase

PERHAPS: Values = frozenset((False, True))


def measured(
    finding: str, values: Values, place: Callable[[], Site | None], entry: Entry, then: When, notes: Notebook
) -> bool:
    """Notes what was found at a time; gives whether that made a statement. ``place`` is asked for lesions only."""
    about_lesion = FINDINGS[finding].scope == LESION
    if finding not in notes.reads:
        unread(finding, entry, notes)
        if not about_lesion:
            return False  # what is about a lesion still shows that there is one
    if not about_lesion:
        notes.said.append(Said(Statement(finding, values, entry.name, then), entry))
        return True
    where = place()
    if where is not None and not where.in_spine:
        notes.mentioned.add(finding)
        if where.unclear:
            return _somewhere(finding, values, entry, then, notes)
        why = "the body site is not a vertebra that is known here, so it is left out"
        notes.remark(entry, Ledger.NOT_IN_SPINE, why)
        return False
    shows_lesion = where is not None or not FINDINGS[finding].patient_too
    anchor = finding not in DONE and shows_lesion
    notes.said.append(Said(Statement(finding, values, entry.name, then), entry, where, anchor))
    return True


def _somewhere(finding: str, values: Values, entry: Entry, then: When, notes: Notebook) -> bool:
    """Notes what was found at a place that is not understood: perhaps at the level of any lesion."""
    about = FINDINGS[finding]
    remark = "a body site that is not understood here, so it is perhaps true of any lesion"
    notes.remark(entry, Ledger.NOT_IN_SPINE, remark)
    if finding in DONE:
        if True in values:
            notes.said.append(Said(Statement(finding, PERHAPS, entry.name, then), entry))
    elif about.patient_too and finding != "pathologic-fracture":
        # A sign of harm to the cord is the patient's, wherever it comes from; denied there, it is not denied elsewhere.
        if True in values:
            notes.said.append(Said(Statement(finding, values, entry.name, then), entry))
    elif finding not in ("wbb-zones", "wbb-layers", "vertebral-level"):
        notes.said.append(Said(Statement(finding, values, entry.name, then), entry, perhaps=True))
    return True


def diagnosed(
    finding: str, values: Values, place: Site | None, entry: Entry, notes: Notebook, *, anchor: bool = False
) -> None:
    """Notes a state that lasts, such as a diagnosis, which no later finding supersedes by its date."""
    lasting = Statement(finding, values, entry.name, notes.as_of, lasting=True)
    about_lesion = FINDINGS[finding].scope == LESION
    notes.said.append(Said(lasting, entry, place if about_lesion and place and place.in_spine else None, anchor))


def treated(finding: str, values: Values, place: Site | None, entry: Entry, then: When, notes: Notebook) -> None:
    """Notes a treatment that was given, at a level where the finding is about one."""
    if finding not in notes.reads:
        unread(finding, entry, notes)
    elif FINDINGS[finding].scope != LESION:
        notes.said.append(Said(Statement(finding, values, entry.name, then, lasting=True), entry))
    elif place is not None and not place.in_spine and not place.unclear:
        notes.mentioned.add(finding)
        why = "no vertebral level in its body site, so it says nothing about a lesion"
        notes.remark(entry, Ledger.NOT_IN_SPINE, why)
    elif place is None or place.unclear:
        # Done somewhere: perhaps at the level of a lesion, which is not the same as never.
        notes.mentioned.add(finding)
        lacks = "no body site" if place is None else "a body site that is not understood here"
        notes.remark(entry, Ledger.NOT_IN_SPINE, phrase("{lacks}, so it was perhaps done at any lesion", lacks=lacks))
        notes.said.append(Said(Statement(finding, PERHAPS, entry.name, then, lasting=True), entry))
    else:
        # "Lumbar spine" may or may not have included the level of a lesion there.
        known = values if place.levels else PERHAPS
        notes.said.append(Said(Statement(finding, known, entry.name, then, lasting=True), entry, place))


def unread(finding: str, entry: Entry, notes: Notebook) -> None:
    """Says that a finding is known, and that nothing will be made of it."""
    notes.remark(
        entry,
        Ledger.NOT_READ,
        phrase("{finding}: known, but no score or rule reads it", finding=FINDINGS[finding].title),
    )
