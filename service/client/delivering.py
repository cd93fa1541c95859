"""Delivering audit events to a FHIR server: each is there exactly once, however often the same ones are sent.

A row of the trail makes the id of its event. Where the server lets clients name what they store, the event is put under
that id; where not, it is created unless one is there with a tag of that id.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from service import BASE
from service.audit import Row
from service.client.server import Server, decoded, refused
from service.outgoing.failure import ExchangeFailed, Lost
from service.outgoing.transport import BUSY

#: System of the tags by which an event is found again where the server names it.
ROW = f"{BASE}/identifier/audit-row"
#: Most events of one transaction.
AT_A_TIME = 100
_KIND = "AuditEvent"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, ROW)
_CONFLICTS = frozenset((409, 412))


def deliver(server: Server, listed: Sequence[Row]) -> None:
    """Has the server hold the events of these rows: all of them, when this returns.

    Raises:
        ExchangeFailed: it does not. What it holds of them is not there twice when they are sent again.
    """
    transaction = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [_entry(row, put=_may_put(server)) for row in listed],
    }
    failed: ExchangeFailed | None = None
    for attempt in range(server.limits.tries):
        try:
            answer = server.transact(transaction)
        except Lost as lost:
            failed = lost
        else:
            if answer.ok:
                _check(decoded(answer.body) if answer.body.strip() else None, len(listed))
                return
            failed = refused(answer, "audit trail")
            if answer.status not in BUSY and answer.status not in _CONFLICTS:
                raise failed
        server.transport.pause(attempt)
    raise failed or ExchangeFailed("Nothing was sent.")


def event_id(row: Row) -> str:
    """The id of the event of a row, on every server."""
    return str(uuid.uuid5(_NAMESPACE, row.hash))


def _may_put(server: Server) -> bool:
    """Whether events may be put under an id of ours.

    Raises:
        ExchangeFailed: the server takes no transactions or no events, or would store them again each time.
    """
    capability, offer = server.capability, server.capability.offer(_KIND)
    if not capability.transaction:
        raise ExchangeFailed("The server takes no transactions. Have them switched on, or name another server.")
    if offer.update_create:
        return True
    if offer.conditional_create:
        return False
    raise ExchangeFailed(
        "The server does not say that it stores an AuditEvent under an id of the client (updateCreate), or unless it "
        "is there (conditionalCreate), so it could come to hold events twice. Have one of them switched on."
    )


def _entry(row: Row, *, put: bool) -> dict[str, Any]:
    name = event_id(row)
    if put:
        request = {"method": "PUT", "url": f"{_KIND}/{name}"}
        return {"fullUrl": f"urn:uuid:{name}", "resource": {**row.event, "id": name}, "request": request}
    tagged = {**row.event, "meta": {"tag": [{"system": ROW, "code": name}]}}
    request = {"method": "POST", "url": _KIND, "ifNoneExist": f"_tag={ROW}|{name}"}
    return {"fullUrl": f"urn:uuid:{name}", "resource": tagged, "request": request}


def _check(response: dict[str, Any] | None, number: int) -> None:
    """Refuses an answer that does not say of every event that it is there; one without a body says it of all."""
    if response is None:
        return
    entries = response.get("entry") if response.get("type") == "transaction-response" else None
    done = [_is_done(entry) for entry in entries] if isinstance(entries, list) else []
    if len(done) != number or not all(done):
        raise ExchangeFailed(
            "The server does not say that it has stored every event. Correct it, then send them again."
        )


def _is_done(entry: Any) -> bool:
    response = entry.get("response") if isinstance(entry, dict) else None
    return isinstance(response, dict) and str(response.get("status", "")).startswith("2")
