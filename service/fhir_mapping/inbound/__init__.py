"""From a Bundle to a case: reads only what it needs, and keeps a ledger of the rest."""

from __future__ import annotations

from typing import Any

from service.evidence import When
from service.fhir_mapping.inbound import background, groups, modified, own, patients, questionnaires, strangers
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.envelope import unpack
from service.fhir_mapping.inbound.intake import Intake, put_together
from service.fhir_mapping.inbound.readers import READERS, Reader, carries_findings
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.references import Copies, References, Subjects, name_apart, of_kind
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.findings import FINDINGS
from service.policy import Policy
from service.problems import Ledger, LedgerEntry, Problem, Rejected
from service.text import phrase

__all__ = ["Intake", "take_in", "time_of"]

_OTHER_ANSWERS = (
    "answers to a questionnaire that is not this project's; send them as Observations with the finding codes"
)


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
        if entry.kind == "Patient" or carries_findings(entry, terms)
    ]
    notes.ledger += _unread(listed, terms)
    background.explain(listed, notes)
    if subject is not None:
        patients.read_patient(subject, notes)
        patients.compare_sex(notes)
    return put_together(notes, listed, subject, policy, assume_complete)


def _sorted(listed: list[Entry], notes: Notebook) -> tuple[list[tuple[Entry, Reader]], list[Entry], int]:
    """The resources that carry findings, each with its reader; others of their types; the status of what is wrong."""
    to_read: list[tuple[Entry, Reader]] = []
    others: list[Entry] = []
    status = 422
    subjects = notes.subjects
    for entry in listed:
        kind = entry.kind
        reader = READERS.get(kind)
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
