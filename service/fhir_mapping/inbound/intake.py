"""What a Bundle gives: all that was said of a patient, put together as one case with its lesions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.case import Case, Lesion
from service.evidence import Evidence, Span, Statement, Values
from service.fhir_mapping.inbound import drugs, origins, results, silence
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.histology import with_histologies
from service.fhir_mapping.inbound.lesions import Draft, lesions
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.references import Subject
from service.fhir_mapping.inbound.scales import METASTATIC, Scales
from service.fhir_mapping.inbound.since import since_diagnosis
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.statements import PERHAPS
from service.findings import FINDINGS, LESION
from service.handoffs import Returned
from service.policy import Policy
from service.problems import Ledger, LedgerEntry
from service.text import phrase
from service.vertebrae import REGIONS


@dataclass(frozen=True)
class Intake:
    """What a Bundle gives."""

    case: Case
    subject: Subject | None
    ledger: tuple[LedgerEntry, ...]
    inputs: Mapping[str, str]
    """Every resource that the case rests on: its reference, and its type."""
    bone_elsewhere: bool
    """Whether there is a bone metastasis that is not known to be in the spine."""
    returned: tuple[Returned, ...] = ()
    """Results of models that were computed elsewhere."""


def put_together(
    notes: Notebook, listed: list[Entry], subject: Subject | None, policy: Policy, assume_complete: bool
) -> Intake:
    """The case of all that was noted, with what the resources say together: origins, dates, what silence denies.

    ``listed`` are all entries; ``subject`` is the patient, where one is named.
    """
    drugs.settle(notes)
    about_lesions = [each for each in notes.said if FINDINGS[each.statement.finding].scope == LESION]
    if not any(each.anchor for each in about_lesions):
        about_lesions += _counted(notes.said)
    drafts, of_patient = lesions(about_lesions, notes)
    if not drafts:  # many who have a cancer leak for another reason; beside a tumour of the spine it is a sign
        of_patient = [each for each in of_patient if not _is_only_perhaps(each, "sphincter-dysfunction")]
    _elsewhere(notes, drafts)
    origins.settle(drafts, notes)
    notes.said += since_diagnosis(notes)
    said = _without_unknown_primary(notes)
    scales = Scales(notes, said, policy, quiet=not drafts)
    patient = [*(each for each in said if FINDINGS[each.statement.finding].scope != LESION), *of_patient]
    denied = silence.staged(patient, drafts, listed, notes, policy)
    said += denied
    evidence = scales.weigh(each.statement for each in (*patient, *denied))
    built = [_lesion(draft, scales, notes) for draft in drafts]
    scales.compare(evidence, built)
    if not any(line.code is Ledger.DECEASED for line in notes.ledger):
        scales.compare_deaths(evidence)
    scales.compare_derived(evidence, built)
    if assume_complete:
        silence.declare(evidence, built, notes)
    inputs = {s.source for e in (evidence, *(le.evidence for le in built)) for v in e.values() for s in v.statements}
    kinds = {name: each.entry.referred_kind for each in said if (name := each.entry.reference) in inputs}
    returned = results.settle(notes, has_lesion=bool(built))
    kinds |= {result.source: result.kind for result in returned}
    inputs |= {result.source for result in returned if result.referable}
    case = Case(
        patient=subject.reference if subject else "",
        patient_identifier=_identifier(subject),
        evidence=evidence,
        lesions=tuple(built),
        conditions=tuple(sorted({e.reference for e, _ in notes.tumours if e.kind == "Condition"} - {""})),
        has_cancer=bool(notes.tumours or drafts or "primary-tumour" in evidence),
    )
    return Intake(
        case=case,
        subject=subject,
        ledger=tuple(sorted(set(notes.ledger))),
        inputs={name: kinds[name] for name in sorted(inputs) if name in kinds},
        bone_elsewhere=bool(notes.elsewhere),
        returned=returned,
    )


def _lesion(draft: Draft, scales: Scales, notes: Notebook) -> Lesion:
    evidence = scales.weigh(each.statement for each in draft.said if not each.perhaps)
    scales.leave_open(evidence, (each.statement for each in draft.said if each.perhaps))
    evidence["vertebral-level"] = _level(draft)
    speaking = {id(each.entry) for each in draft.said}
    diagnoses = {e.reference for e, place in notes.tumours if place and e.kind == "Condition" and id(e) in speaking}
    return Lesion(draft.name, draft.levels, evidence, tuple(sorted(diagnoses - {""})))


def _identifier(subject: Subject | None) -> tuple[str | None, str | None] | None:
    """The identifier by which the sender names the patient, else the first that the Patient has."""
    of_patient = subject.patient.identifier if subject and subject.patient else []
    named = subject.identifier if subject else None
    found = named or next((each for each in of_patient if each.system and each.value), None)
    return (found.system, found.value) if found else None


def _is_only_perhaps(each: Said, finding: str) -> bool:
    return each.statement.finding == finding and each.statement.values == PERHAPS


def _counted(said: list[Said]) -> list[Said]:
    """A number of vertebral metastases shows that there is a lesion, at a level that is not stated."""
    return [
        Said(
            Statement("tumour-origin", METASTATIC, each.statement.source, each.statement.when, lasting=True),
            each.entry,
            Site(region="spine"),
            anchor=True,
        )
        for each in said
        if each.statement.finding == "vertebral-metastasis-count"
        and all(isinstance(span, Span) and span.low >= 1 for span in each.statement.values)
    ]


def _without_unknown_primary(notes: Notebook) -> list[Said]:
    """What is said; a code for "unknown primary" says nothing once the record names a primary."""
    said = with_histologies(notes)
    unknown = frozenset(("unknown-primary",))
    primaries = [each for each in said if each.statement.finding == "primary-tumour"]
    if not any(each.statement.values != unknown for each in primaries):
        return said
    kept = []
    for each in said:
        one = each.statement
        if one.finding == "primary-tumour" and one.lasting and one.values == unknown:
            notes.remark(each.entry, Ledger.SUPERSEDED, "says that the primary is unknown; the record names one")
        else:
            kept.append(each)
    return kept


def _elsewhere(notes: Notebook, drafts: list[Draft]) -> None:
    for entry, where in notes.elsewhere:
        text = phrase(
            "a bone metastasis with {where}: not proven to be in the spine; name the vertebra by bodySite", where=where
        )
        notes.remark(
            entry,
            Ledger.NOT_IN_SPINE,
            text if not drafts else phrase("a bone metastasis with {where}; adds no lesion", where=where),
        )


def _level(draft: Draft) -> Evidence:
    values: Values = frozenset((draft.levels,)) if draft.levels else frozenset((le,) for le in REGIONS[draft.region])
    named = [s for s in draft.said if s.site is not None]
    return Evidence(values, tuple(sorted((s.statement for s in named), key=lambda s: (s.source, s.finding))))
