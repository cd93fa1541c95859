"""Which of several primary tumours the metastases of the spine come from, where the record itself says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from service.evidence import Values, agree, meet
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.histology import PRIMARY
from service.fhir_mapping.inbound.lesions import Draft
from service.fhir_mapping.inbound.places import diagnoses
from service.fhir_mapping.inbound.reading import Histology, Notebook, Said
from service.fhir_mapping.inbound.scales import METASTATIC
from service.fhir_mapping.inbound.slices import Observation, Origins, slice_of
from service.problems import Ledger, Rejected
from service.text import phrase, quoted

_RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"
_DUE_TO = "http://hl7.org/fhir/StructureDefinition/condition-dueTo"
_UNKNOWN: Values = frozenset(("unknown-primary",))


def settle(drafts: list[Draft], notes: Notebook) -> None:
    """Sets the other primary tumours aside where every lesion is a metastasis of the same one.

    Where one lesion does not say where it comes from, or two name different tumours, each tumour stays possible.
    """
    primaries = _primaries(notes.said)
    known = [values for values in primaries.values() if values != _UNKNOWN]
    if not drafts or len(known) < 2 or not agree(known)[1]:
        return
    origins: set[Entry] = set()
    for draft in drafts:
        metastases = [each.entry for each in draft.said if _is_metastasis(each)]
        found = {origin for entry in metastases for origin in _origins(entry, primaries, notes)}
        if not found:
            return
        origins |= found
    values, conflict = agree(primaries[entry] for entry in sorted(origins, key=lambda entry: entry.name))
    if not conflict:
        _set_aside(values, min(origins, key=lambda entry: entry.name), notes)


def _primaries(said: Iterable[Said]) -> dict[Entry, Values]:
    return {each.entry: each.statement.values for each in said if each.statement.finding == PRIMARY}


def _is_metastasis(each: Said) -> bool:
    return each.statement.finding == "tumour-origin" and each.statement.values == METASTATIC


def _origins(metastasis: Entry, primaries: Mapping[Entry, Values], notes: Notebook) -> Iterator[Entry]:
    """The primary tumours that a metastasis names as its origin, itself or through another metastasis."""
    seen = {metastasis}
    waiting = [metastasis]
    while waiting:
        for target in _named(waiting.pop(), notes):
            if primaries.get(target, _UNKNOWN) != _UNKNOWN:
                yield target
            elif target not in seen:
                seen.add(target)
                waiting.append(target)


def _named(entry: Entry, notes: Notebook) -> Iterator[Entry]:
    # Nothing is demanded of these elements: a record that has them wrong says nothing of where a metastasis comes from.
    with suppress(Rejected):
        if entry.kind == "Observation":
            yield from diagnoses(slice_of(Observation, entry.resource, entry.path), entry, notes)
        elif entry.kind == "Condition":
            condition = slice_of(Origins, entry.resource, entry.path)
            extensions = (e.value_reference for e in condition.extension if e.url in (_RELATED, _DUE_TO))
            details = (detail for evidence in condition.evidence for detail in evidence.detail)
            for reference in (*extensions, *details):
                target = notes.conditions.find(reference.reference) if reference and reference.reference else None
                if target is not None:
                    yield target


def _set_aside(values: Values, origin: Entry, notes: Notebook) -> None:
    """Leaves what goes with the tumour that the metastases come from, and explains the rest."""
    aside = {entry for entry, other in _primaries(notes.said).items() if other != _UNKNOWN and not meet(values, other)}

    def is_about_another(histology: Histology) -> bool:
        return bool(histology.focus) and histology.focus <= aside

    why = phrase(
        "another primary tumour: the record says that the metastases of the spine come from {resource}",
        resource=quoted(origin.name),
    )
    for entry in sorted(aside, key=lambda entry: entry.name):
        notes.remark(entry, Ledger.NOT_READ, why)
    for histology in filter(is_about_another, notes.histologies):
        notes.remark(histology.entry, Ledger.NOT_READ, phrase("Histology of {why}", why=why))
    notes.said = [each for each in notes.said if each.statement.finding != PRIMARY or each.entry not in aside]
    notes.histologies = [histology for histology in notes.histologies if not is_about_another(histology)]
    notes.diagnosed = [each for each in notes.diagnosed if each[0] not in aside]
