"""Writing an answer back: one transaction that makes a server hold the answer, however often it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from service.client.capability import Offer
from service.client.paging import Budget, pages
from service.client.reading import patient_id
from service.client.server import Server, decoded, is_of, issues
from service.fhir_mapping.inbound.own import RESULTS
from service.fhir_mapping.outbound.building import Resource
from service.fhir_mapping.outbound.kept import KINDS, Stored, identifiers, stored, wanted
from service.fhir_mapping.outbound.writing import Beside, Change, Once, change
from service.outgoing.failure import ExchangeFailed, Lost
from service.outgoing.transport import BUSY, Answer
from service.text import phrase, series

#: Somebody else has written in between, or does so at this moment: what is there is read again.
_CONFLICTS = frozenset((409, 412, 500))


@dataclass(frozen=True)
class Written:
    """What a server had to be told."""

    created: int
    updated: int
    unchanged: int
    withdrawn: int
    """Earlier results that no longer hold."""
    kept: int
    """Proposals that somebody has taken over."""
    notes: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    """The addresses of the plans that the server holds now."""


class _Outcome(Enum):
    DONE = auto()
    UNKNOWN = auto()
    NOTHING = auto()


def write(server: Server, patient: str, answer: Resource, beside: Sequence[Resource] = ()) -> Written:
    """Makes a server hold an answer: what it lacks is created, what differs is updated, what is over is withdrawn.

    ``answer`` is the transaction form of :func:`service.fhir_mapping.outbound.answer`. What the server holds is read
    before, and again after, until it is the answer; so the call may be repeated whatever became of an earlier one.

    ``beside`` are resources that the answer rests on and refers to by the ids that they have here, each with one
    identifier. They are written in the same transaction, unless the server holds one with that identifier.

    Raises:
        ExchangeFailed: the server does not take transactions, refuses this one, or does not keep what it took.
    """
    _check(server, patient_id(patient), answer, beside)
    outcome = _Outcome.NOTHING
    sent: Change | None = None
    failed: ExchangeFailed | None = None
    for attempt in range(server.limits.tries + 1):
        held, to_do = _looked(server, patient, answer, beside, thorough=attempt > 0)
        if not to_do.entries:
            return _written(server, sent or to_do, held)
        if attempt == server.limits.tries:
            break
        if outcome is _Outcome.DONE and (to_do.created or to_do.beside):
            # Not every server finds at once what it has stored; to send again would store it again.
            server.transport.pause(attempt)
            continue
        if outcome is not _Outcome.DONE:
            sent = None
        outcome, failed = _send(server, to_do, attempt)
        if outcome is not _Outcome.NOTHING:
            sent = sent or to_do
    raise failed or ExchangeFailed(
        "The server says that it has written, and does not give back what was written. Try again later; nothing is "
        "written twice."
    )


def _check(server: Server, patient: str, answer: Resource, beside: Sequence[Resource]) -> None:
    """Refuses what cannot be written whole.

    Raises:
        ExchangeFailed: the server does not take it.
    """
    if not server.capability.transaction:
        raise ExchangeFailed(
            "The server takes no transactions, and results are not written one by one: half of them would mislead. "
            "Have transactions switched on, or read the answer without --write-back."
        )
    kinds = {resource["resourceType"] for resource in (*(e["resource"] for e in answer["entry"]), *beside)}
    lacking = sorted(kind for kind in kinds if server.capability.types and kind not in server.capability.types)
    if lacking:
        raise ExchangeFailed(
            phrase("The server does not store {kinds}, so nothing was written.", kinds=series(", ", lacking))
        )
    subjects = {e["resource"]["subject"].get("reference") for e in answer["entry"] if "subject" in e["resource"]}
    if subjects != {f"Patient/{patient}"}:
        raise ExchangeFailed("The answer is about another patient. Write it where it was read.")


def _looked(
    server: Server, patient: str, answer: Resource, beside: Sequence[Resource], *, thorough: bool
) -> tuple[tuple[Stored, ...], Change]:
    """What the server holds, and what is left to do.

    It is read type by type, and another caller may write in between. What is then missing in part would be written with
    a Provenance of its own, so it is read until two readings ask for the same.
    """

    def look() -> tuple[tuple[Stored, ...], Change, bool]:
        held = _held(server, patient, answer, thorough=thorough)
        found = [_beside(server, patient, each) for each in beside]
        once = _once(server.capability.offer("Provenance"))
        to_do = change(answer, patient, held, server.base, once=once, beside=found)
        # Where nothing is there, all of it was read before anybody wrote.
        return held, to_do, bool(to_do.entries) and (bool(held) or any(each.there for each in found))

    held, to_do, is_in_part = look()
    for _ in range(server.limits.tries):
        before = to_do.entries
        if not is_in_part:
            break
        held, to_do, is_in_part = look()
        if to_do.entries == before:
            break
    return held, to_do


def _once(offer: Offer) -> Once:
    """By what the server can know a Provenance again."""
    if offer.update_create:
        return Once.BY_ID
    return Once.BY_TAG if offer.conditional_update and "_tag" in offer.parameters else Once.NO


def _held(server: Server, patient: str, answer: Resource, *, thorough: bool) -> tuple[Stored, ...]:
    """What the server holds of ours for the patient, and the Device that the answer names.

    Not every server knows how to look for a system alone: ``thorough`` looks through all that there is.
    """
    server.taken = 0
    found: list[dict[str, Any]] = []
    budget = Budget(server.limits)
    for kind in KINDS:
        if not server.capability.offers(kind):
            continue
        by_patient = {**server.whose(kind, patient), "_count": str(server.limits.page_size)}
        if not thorough:
            try:
                found += _found(server, kind, {**by_patient, "identifier": f"{RESULTS}|"}, budget)
                continue
            except ExchangeFailed as failed:
                if failed.status != 400:
                    raise
        found += _found(server, kind, by_patient, budget)
    of_patient = [resource for resource in found if is_of(resource, patient)]
    devices = [one for one in wanted(answer, patient) if one.kind == "Device"]
    for device in devices:
        of_patient += _found(server, "Device", {"identifier": f"{RESULTS}|{device.key}"}, budget)
    return stored(of_patient)


def _beside(server: Server, patient: str, resource: Resource) -> Beside:
    """A resource that the answer rests on, with what the server holds of it."""
    kind = resource["resourceType"]
    (named,) = identifiers(resource)
    by_patient = server.whose(kind, patient)
    by_name = {**by_patient, "identifier": f"{named['system']}|{named['value']}"}
    budget = Budget(server.limits)
    try:
        found = list(_found(server, kind, by_name, budget))
    except ExchangeFailed as failed:
        if failed.status != 400:
            raise
        found = list(_found(server, kind, by_patient, budget))
    same = (each.get("id") for each in found if is_of(each, patient) and is_named(each, named))
    there = min((name for name in same if isinstance(name, str)), default=None)
    return Beside(resource, there, server.capability.offer(kind).update_create)


def is_named(resource: dict[str, Any], wanted: Resource) -> bool:
    """Whether a resource has an identifier, whatever a server has added to it."""
    return any(
        (each.get("system"), each.get("value")) == (wanted["system"], wanted["value"]) for each in identifiers(resource)
    )


def _found(server: Server, kind: str, parameters: dict[str, str], budget: Budget) -> Iterator[dict[str, Any]]:
    for page in pages(server, server.url(kind, parameters), kind, budget):
        yield from (entry["resource"] for entry in page if entry["resource"].get("resourceType") == kind)


def _send(server: Server, to_do: Change, attempt: int) -> tuple[_Outcome, ExchangeFailed | None]:
    """Sends a transaction; what became of it, and how it failed.

    Raises:
        ExchangeFailed: the server will not take it.
    """
    try:
        answer = server.transact(to_do.bundle)
    except Lost as lost:
        server.transport.pause(attempt)
        return _Outcome.UNKNOWN, lost
    if answer.status in BUSY or answer.status in _CONFLICTS:
        server.transport.pause(attempt, answer)
        sure = answer.status in (409, 412, 429)
        return (_Outcome.NOTHING if sure else _Outcome.UNKNOWN), _not_taken(answer)
    if not answer.ok:
        raise _not_taken(answer)
    if answer.body.strip():
        _check_all_done(decoded(answer.body), to_do)
    return _Outcome.DONE, None


def _not_taken(answer: Answer) -> ExchangeFailed:
    mends = {
        401: "asks for a token that is valid: give one",
        403: "does not allow it: ask its administrator for the right to create and update what is written",
        413: "finds it too large: let its administrator raise the limit",
    }
    busy = answer.status in BUSY or answer.status in _CONFLICTS
    other = "is busy, or others write at the same time: try again later" if busy else "refuses it: its log says why"
    message = phrase(
        "Nothing was written: the server {why} ({codes}).",
        why=mends.get(answer.status, other),
        codes=series(", ", [f"HTTP {answer.status}", *issues(decoded(answer.body))]),
    )
    return ExchangeFailed(message, answer.status)


def _check_all_done(response: dict[str, Any] | None, to_do: Change) -> None:
    """Refuses an answer that is not about a whole transaction."""
    entries = response.get("entry") if response and response.get("type") == "transaction-response" else None
    done = [_status(entry).startswith("2") for entry in entries] if isinstance(entries, list) else []
    if len(done) != len(to_do.entries) or not all(done):
        raise ExchangeFailed(
            phrase(
                "The server took a transaction of {all} resources and reports {done} of them as done. It is not all or "
                "nothing there; correct the server, then write again: nothing is written twice.",
                all=len(to_do.entries),
                done=sum(done),
            )
        )


def _status(entry: Any) -> str:
    response = entry.get("response") if isinstance(entry, dict) else None
    return str(response.get("status", "")) if isinstance(response, dict) else ""


def _written(server: Server, done: Change, held: tuple[Stored, ...]) -> Written:
    notes: list[str] = []
    if done.kept:
        notes.append(
            phrase("proposals that somebody has taken over, and that are left as they are: {number}", number=done.kept)
        )
    kinds = [kind for kind in KINDS if kind in server.capability.types]
    if done.created and not all(server.capability.offer(kind).conditional_create for kind in kinds):
        notes.append("the server does not say that it creates conditionally: let only one caller write at a time")
    plans = tuple(server.url(f"CarePlan/{e.id}") for e in held if e.kind == "CarePlan" and not e.withdrawn)
    return Written(done.created, done.updated, done.unchanged, done.withdrawn, done.kept, tuple(notes), plans)
