"""From a Bundle to a case: reads only what it needs, and keeps a ledger of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.case import Case, Lesion
from service.evidence import Evidence, Span, Statement, Values, When
from service.fhir_mapping.inbound import (
    background,
    conditions,
    drugs,
    groups,
    modified,
    observations,
    origins,
    own,
    patients,
    procedures,
    questionnaires,
    reports,
    results,
    silence,
    strangers,
)
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.envelope import unpack
from service.fhir_mapping.inbound.histology import with_histologies
from service.fhir_mapping.inbound.lesions import Draft, lesions
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.references import Copies, References, Subject, Subjects, name_apart, of_kind
from service.fhir_mapping.inbound.scales import METASTATIC, Scales
from service.fhir_mapping.inbound.since import since_diagnosis
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.statements import PERHAPS
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.findings import FINDINGS, LESION
from service.handoffs import Returned
from service.policy import Policy
from service.problems import Ledger, LedgerEntry, Problem, Rejected
from service.text import phrase
from service.vertebrae import REGIONS


def _read_observation(entry: Entry, notes: Notebook) -> None:
    """The value of a score is a result, and any other Observation is read for its findings."""
    read = results.read_observation if results.is_score(entry, notes.terms) else observations.read_observation
    read(entry, notes)


Reader = Callable[[Entry, Notebook], None]
_READERS: dict[str, tuple[Callable[[Entry, Terminology], bool], Reader]] = {
    "Observation": (observations.relevant, _read_observation),
    "Condition": (conditions.relevant, conditions.read_condition),
    "Procedure": (procedures.relevant, procedures.read_procedure),
    "RiskAssessment": (results.relevant, results.read_risk_assessment),
    "DiagnosticReport": (reports.relevant, reports.read_report),
    "QuestionnaireResponse": (questionnaires.relevant, questionnaires.read_answers),
    "MedicationAdministration": (drugs.relevant, drugs.read_drug),
    "MedicationDispense": (drugs.relevant, drugs.read_drug),
    "MedicationRequest": (drugs.relevant, drugs.read_drug),
    "MedicationStatement": (drugs.relevant, drugs.read_drug),
}
_OTHER_ANSWERS = (
    "answers to a questionnaire that is not this project's; send them as Observations with the finding codes"
)


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


def time_of(bundle: Any) -> str | None:
    """The date of ``Bundle.timestamp``, or None where there is none that can be read."""
    stamp = bundle.get("timestamp") if isinstance(bundle, OBJECT) else None
    if not isinstance(stamp, str):
        return None
    try:
        when(stamp)
        if len(stamp) < len("2026-10-01"):
            raise BadDate(stamp)
        return when(stamp[:10]).text
    except BadDate:
        message = "This is not a FHIR instant. Send one such as 2026-10-01T09:30:00Z."
        raise Rejected(422, Problem("value", message, "Bundle.timestamp")) from None


def relevant_entries(listed: Iterable[Entry], terms: Terminology = STANDARD) -> list[Entry]:
    """The resources that carry findings, and the Patients."""
    return [e for e in listed if e.kind == "Patient" or (e.kind in _READERS and _READERS[e.kind][0](e, terms))]


def take_in(
    bundle: Any,
    as_of: When,
    policy: Policy,
    reads: frozenset[str] = frozenset(FINDINGS),
    *,
    assume_complete: bool = False,
    terms: Terminology = STANDARD,
    bounds: Bounds = USUAL,
) -> Intake:
    """The case that a Bundle describes at a time.

    ``reads`` are the findings that something will be made of; the ledger names the others.
    ``assume_complete`` declares that what the record does not mention is absent.
    ``terms`` says which code means what, ``bounds`` how much a record may be.

    Raises:
        Rejected: the Bundle cannot be read; every problem that was found is in it.
    """
    envelope = unpack(bundle, bounds)
    if assume_complete and envelope.incomplete:
        raise Rejected(422, _not_complete(envelope.incomplete))
    listed = own.without_own(envelope.entries)
    subjects = Subjects(listed)
    notes = Notebook(
        as_of, subjects, References(of_kind(listed, "Condition")), References(listed), reads, terms, bounds=bounds
    )
    to_read, others, status = _sorted(listed, notes)
    bounds.refuse_findings(sum(_number(entry) for entry, _ in to_read))
    strangers.look_at(others, notes)
    of_patients = of_kind(listed, "Patient")
    name_apart([*of_patients, *(entry for entry, _ in to_read if entry.owner is None)])
    groups.take_on(listed, (entry for entry, _ in to_read), notes)
    copies = Copies()
    for entry, read in [*((patient, None) for patient in of_patients), *to_read]:
        try:
            if (not envelope.are_apart and copies.is_another(entry)) or read is None:
                continue
            if modified.is_modified(entry):
                modified.set_aside(entry, read, notes)
            else:
                read(entry, notes)
        except Rejected as rejected:
            if rejected.status == 413:  # more than is read: the rest is not looked at
                raise
            notes.problems += rejected.problems
            status = min(status, rejected.status)
    if notes.problems:
        raise Rejected(status, *list(dict.fromkeys(notes.problems))[:50])
    subject, of_others = subjects.one()
    notes.ledger += of_others
    notes.ledger += envelope.ledger
    notes.ledger += [
        entry.note(code, text)
        for entry, (code, text) in envelope.left_out.items()
        if entry.kind == "Patient" or (entry.kind in _READERS and _READERS[entry.kind][0](entry, terms))
    ]
    notes.ledger += _unread(listed, terms)
    background.explain(listed, notes)
    if subject is not None:
        patients.read_patient(subject, notes)
        patients.compare_sex(notes)
    return _case(notes, listed, subject, policy, assume_complete)


def _sorted(listed: list[Entry], notes: Notebook) -> tuple[list[tuple[Entry, Reader]], list[Entry], int]:
    """The resources that carry findings, each with its reader; others of their types; the status of what is wrong."""
    to_read: list[tuple[Entry, Reader]] = []
    others: list[Entry] = []
    status = 422
    subjects = notes.subjects
    for entry in listed:
        kind = entry.kind
        reader = _READERS.get(kind)
        if reader is None:
            if subjects.several:
                subjects.glance(entry)
            continue
        is_relevant, read = reader
        try:
            if kind in strangers.CODES:
                entry.text(strangers.CODES[kind])  # refuses what is too long to be searched for its meaning
            if is_relevant(entry, notes.terms):
                to_read.append((entry, read))
            else:
                others.append(entry)
                if subjects.several:
                    subjects.glance(entry)
        except Rejected as rejected:
            notes.problems += rejected.problems
            status = min(status, rejected.status)
    return to_read, others, status


def _number(entry: Entry) -> int:
    """How many findings a resource may have: itself, its components, the answers in it."""
    components = entry.get("component") if entry.kind == "Observation" else None
    answers = entry.content.count(b'"linkId"') if entry.kind == "QuestionnaireResponse" else 0
    return 1 + answers + (len(components) if isinstance(components, ARRAY) else 0)


def _not_complete(said: LedgerEntry) -> Problem:
    message = phrase(
        "The record is declared complete, and the Bundle says otherwise: {text}. Send all of it, or leave "
        "assumeComplete out.",
        text=said.text,
    )
    # A ledger names a resource by its id or its address, and a refusal never does.
    return Problem("incomplete", message, said.expression.partition(".where(")[0].partition(".ofType(")[0])


def _unread(listed: list[Entry], terms: Terminology) -> list[LedgerEntry]:
    """Answers to questionnaires of others: said once for all of them."""
    kind = "QuestionnaireResponse"
    count = len([entry for entry in listed if entry.kind == kind and not questionnaires.relevant(entry, terms)])
    expression = f"Bundle.entry.resource.ofType({kind})"
    text = phrase("{count} of this type, not read: {other_answers}", count=count, other_answers=_OTHER_ANSWERS)
    return [LedgerEntry(kind, Ledger.NOT_READ, text, expression)] if count else []


def _case(
    notes: Notebook, listed: list[Entry], subject: Subject | None, policy: Policy, assume_complete: bool
) -> Intake:
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
    built = []
    for draft in drafts:
        of_lesion = scales.weigh(each.statement for each in draft.said if not each.perhaps)
        scales.leave_open(of_lesion, (each.statement for each in draft.said if each.perhaps))
        of_lesion["vertebral-level"] = _level(draft)
        speaking = {id(each.entry) for each in draft.said}
        diagnoses = {e.reference for e, place in notes.tumours if place and e.kind == "Condition" and id(e) in speaking}
        built.append(Lesion(draft.name, draft.levels, of_lesion, tuple(sorted(diagnoses - {""}))))
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
