"""Histology: what the tissue shows narrows, and within one organ beats, what the code of the site says.

Lung is read as small-cell or not, testis as seminoma or not, and most of what is advised hangs on which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from service.evidence import Choice, Statement, Values, When, agree, meet
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Histology, Notebook, Said
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding, Value
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.findings import FINDINGS
from service.problems import Ledger

PRIMARY = "primary-tumour"
_UNKNOWN: Values = frozenset(("unknown-primary",))
_TUMOURS = FINDINGS[PRIMARY].domain
#: The types of tumour of one organ, between which a site or an older code does not decide.
_ORGANS = tuple(_TUMOURS.groups.values()) if isinstance(_TUMOURS, Choice) else ()
_BEATEN = "its histology names another type of tumour of the same organ than the code does; the histology counts"
_OTHER_SITE = "its histology does not go with its site and was not used"
_NO_MORE = "its histology tells nothing more of a tumour at that site"


def narrowed(primary: Values, histology: Values) -> Values | None:
    """A primary tumour by its histology, or None where the two are of different organs."""
    both = meet(primary, histology)
    if both:
        return both
    return histology if any(primary <= organ and histology <= organ for organ in _ORGANS) else None


def refined(primary: Values, histologies: Iterable[Coding], entry: Entry, notes: Notebook) -> Values:
    """The primary tumour of a Condition, by the histologies that stand beside its site."""
    for coding in histologies:
        histology = notes.terms.histology(coding.system, coding.code)
        if histology is None:
            continue
        found = narrowed(primary, histology)
        if found is None:
            by_itself = notes.terms.condition(coding.system, coding.code)
            notes.remark(entry, Ledger.NOT_READ, _OTHER_SITE if by_itself else _NO_MORE)
        elif not meet(primary, histology):
            notes.remark(entry, Ledger.CONFLICT, _BEATEN)
        primary = found or primary
    return primary


def within_organ(primary: Values, concept: CodeableConcept) -> list[Coding]:
    """The morphologies among the codes of a diagnosis, where all its codes are about one organ."""
    if not any(primary <= organ for organ in _ORGANS):
        return []
    return [
        c
        for c in concept.coding
        if terminology.normal(c.system, c.code)[0] == terminology.ICD_O_3 and "/" in str(c.code)
    ]


def read_histology(value: Value, entry: Entry, focus: Iterable[Entry], then: When, notes: Notebook) -> None:
    """Takes note of what an Observation gives as the histology.

    Raises:
        NotReadable: it gives none, for the reason it holds.
    """
    if value.data_absent_reason is not None:
        raise NotReadable(Ledger.DATA_ABSENT, "Histology: the value is given as absent, so it stays unknown")
    codings = value.value_codeable_concept.coding if value.value_codeable_concept else []
    if not codings:
        raise NotReadable(Ledger.NO_VALUE, "Histology: no code that can be read")
    found = [h for h in (notes.terms.histology(c.system, c.code) for c in codings) if h]
    if not found:
        raise NotReadable(Ledger.NOT_READ, "Histology: none of its codes tells one primary tumour from another here")
    values, _ = agree(found)
    by_itself = any(notes.terms.condition(c.system, c.code) for c in codings)
    notes.histologies.append(Histology(values, by_itself, entry, frozenset(focus), then))


def of_metastasis(codings: Iterable[Coding], entry: Entry, notes: Notebook) -> None:
    """Takes note of the histology that a diagnosis of a metastasis has beside it: it is that of the primary tumour."""
    found = [h for h in (notes.terms.histology(c.system, c.code) for c in codings) if h]
    if found:
        notes.histologies.append(Histology(agree(found)[0], False, entry, frozenset(), When()))
    else:
        why = "Histology: none of its codes tells one primary tumour from another here"
        notes.remark(entry, Ledger.NOT_READ, why)


def with_histologies(notes: Notebook) -> list[Said]:
    """What is said, with each primary tumour by its histologies, and these as sources of their own."""
    said = list(notes.said)
    primaries = [n for n, each in enumerate(said) if each.statement.finding == PRIMARY]
    about = {h: _targets(h, primaries, said) for h in notes.histologies}
    for n in primaries:
        primary = notes.said[n].statement.values
        those = [found for h, ns in about.items() if n in ns and (found := narrowed(primary, h.values))]
        if those:
            values, _ = agree(those)
            said[n] = replace(said[n], statement=replace(said[n].statement, values=values))
    for histology, targets in about.items():
        before = [notes.said[n].statement.values for n in targets]
        named = _named(histology, before, notes)
        if named:
            statement = Statement(PRIMARY, named, histology.entry.name, histology.then, lasting=True)
            said.append(Said(statement, histology.entry))
    return said


def _targets(histology: Histology, primaries: list[int], said: list[Said]) -> list[int]:
    """The statements that it is about: of the diagnosis in its focus, else of every primary tumour."""
    return [n for n in primaries if said[n].entry in histology.focus] or primaries


def _named(histology: Histology, before: list[Values], notes: Notebook) -> Values | None:
    """The primary tumour that a histology leaves, given what the record says of it otherwise."""
    fits = [found for primary in before if (found := narrowed(primary, histology.values))]
    if fits:
        if not any(meet(primary, histology.values) for primary in before):
            notes.remark(histology.entry, Ledger.CONFLICT, _BEATEN)
        return frozenset().union(*fits)
    if histology.by_itself and all(primary == _UNKNOWN for primary in before):
        return histology.values
    why = (
        (_OTHER_SITE if histology.by_itself else _NO_MORE)
        if before
        else "Histology: what it says depends on the primary tumour, which the record does not name"
    )
    notes.remark(histology.entry, Ledger.NOT_READ, why)
    return None
