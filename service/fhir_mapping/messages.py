"""Messages of FHIR: what the header of one says, and the message that answers it.

Everything follows from the message that was received, so one that is sent again gets the same answer, byte for byte.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from service import BASE, __version__
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.envelope import entries
from service.fhir_mapping.inbound.references import References
from service.fhir_mapping.outbound.building import Resource, identify, narrative, reference
from service.fhir_mapping.outbound.outcome import operation_outcome
from service.problems import Problem, Rejected
from service.text import phrase, quoted, series

#: The event of a message that asks for an assessment.
EVENT = f"{BASE}/event/spinal-tumour-record"
_OPERATION = "assess-spinal-tumour"
OK, TRANSIENT, FATAL = "ok", "transient-error", "fatal-error"

_FIRST = "Bundle.entry[0].resource"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_URI = re.compile(r"[^\s<>\"{}|\\^`]{1,1000}")
_CODE = re.compile(r"[^\s]+( [^\s]+)*")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_UNKNOWN = "unknown"
_NO_IDENTIFIER = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}


@dataclass(frozen=True)
class Header:
    """What a message says of itself, as far as it can be read."""

    id: str | None = None
    """``MessageHeader.id``: the answer names it."""
    event_uri: str | None = None
    event_coding: tuple[str, str] | None = None
    """System and code."""
    sender: str | None = None
    """The address of the sender, to which the answer is directed."""
    called: str | None = None
    """The address that the sender called this service by."""
    sent: str | None = None
    """The time of the Bundle."""

    @property
    def event(self) -> Resource:
        """The event, as the answer repeats it; that of this service where the message has none."""
        if self.event_coding:
            return {"eventCoding": dict(zip(("system", "code"), self.event_coding, strict=True))}
        return {"eventUri": self.event_uri or EVENT}


def header(bundle: Any) -> Header:
    """The header of a message. Refuses nothing: an answer that refuses needs it as well."""
    entry = _header_entry(bundle)
    stamp = bundle.get("timestamp") if isinstance(bundle, OBJECT) else None
    sent = stamp if isinstance(stamp, str) and _INSTANT.fullmatch(stamp) else None
    if entry is None:
        return Header(sent=sent)
    return Header(
        id=_identity(entry),
        event_uri=_text(entry.get("eventUri"), _URI),
        event_coding=_coding(entry.get("eventCoding")),
        sender=_endpoint(entry.get("source")),
        called=next((found for each in _listed(entry.get("destination")) if (found := _endpoint(each))), None),
        sent=sent,
    )


def check(bundle: Any, *, strict: bool = False) -> None:
    """Refuses a message that is none, or is not one for this service; what its resources hold is not looked at.

    ``strict`` demands the event of this service, and a source. Else a message with another event is taken for what its
    address says: it was sent here to be assessed, which is all that is done here.

    Raises:
        Rejected: 422, with every problem of the header; for the rest as :func:`entries`.
    """
    if isinstance(bundle, OBJECT) and bundle.get("resourceType") == "Bundle" and bundle.get("type") != "message":
        message: str = phrase(
            "A message is a Bundle of type message. Send one, or POST a record to /fhir/${operation}.",
            operation=_OPERATION,
        )
        raise Rejected(422, Problem("value", message, "Bundle.type"))
    listed = entries(bundle)
    entry = next((each for each in listed if each.kind == "MessageHeader"), None)
    if entry is None:
        message = "There is no MessageHeader. Add it as the first entry."
        raise Rejected(422, Problem("required", message, _FIRST))
    problems = [*_problems(entry, References(listed))]
    if strict:
        problems += _strict_problems(entry)
    if problems:
        raise Rejected(422, *problems)


def _problems(entry: Entry, known: References) -> Iterable[Problem]:
    where = entry.path
    if entry.path != _FIRST:
        yield Problem("structure", "The MessageHeader is not the first entry. Put it first.", where)
    if _identity(entry) is None:
        yield Problem("required", "The MessageHeader has no id that the answer can name. Add one.", f"{where}.id")
    has = [name for name in ("eventCoding", "eventUri") if name in entry.members]
    if not has:
        yield Problem(
            "required", phrase("The message has no event. Add eventUri {event}.", event=EVENT), f"{where}.event"
        )
    elif len(has) > 1:
        yield Problem("structure", "There are two events, and one can be meant. Send one of them.", f"{where}.event")
    elif has == ["eventUri"] and not _text(entry.get("eventUri"), _URI):
        yield Problem("value", phrase("This is not a URI. Send {event}.", event=EVENT), f"{where}.eventUri")
    elif has == ["eventCoding"] and _coding(entry.get("eventCoding")) is None:
        yield Problem("value", "The event has no system and code. Add them.", f"{where}.eventCoding")
    if "response" in entry.members:
        message = "This is the answer to a message, and answers are not answered. Send messages without response."
        yield Problem("not-supported", message, f"{where}.response")
    yield from _focus(entry, known)


def _focus(entry: Entry, known: References) -> Iterable[Problem]:
    if "focus" not in entry.members:
        return
    focus = entry.get("focus")
    if not isinstance(focus, ARRAY) or not len(focus):
        message = "The focus is empty. Send references to resources of the Bundle, or leave focus out."
        yield Problem("structure", message, f"{entry.path}.focus")
        return
    for n, each in enumerate(focus):
        name = each.get("reference") if isinstance(each, OBJECT) else None
        if not isinstance(name, str) or known.find(name) is None:
            message = "This resource is not in the Bundle. Add it, with the fullUrl that the focus names."
            yield Problem("not-found", message, f"{entry.path}.focus[{n}]")
            if n == 10:
                return


def _strict_problems(entry: Entry) -> Iterable[Problem]:
    if entry.get("eventUri") != EVENT and ("eventUri" in entry.members or "eventCoding" in entry.members):
        yield Problem(
            "not-supported",
            phrase("This event is not known here. Send eventUri {event}.", event=EVENT),
            f"{entry.path}.event",
        )
    if _endpoint(entry.get("source")) is None:
        yield Problem("required", "The message has no source. Add it, with its endpoint.", f"{entry.path}.source")


def answered(received: Header, answer: Resource, address: str | None = None) -> Resource:
    """The message that brings an answer."""
    resources = [entry["resource"] for entry in answer["entry"]]
    focus = [r for r in resources if r["resourceType"] in ("CarePlan", "GuidanceResponse")]
    return _message(received, OK, resources, focus, address, answer["timestamp"])


def refused(received: Header, rejected: Rejected, address: str | None = None, *, transient: bool = False) -> Resource:
    """The message that says why there is no answer; ``transient`` where the same message may be sent again later."""
    outcome = operation_outcome(*rejected.problems)
    identify(outcome, identifier=False)
    return _message(received, TRANSIENT if transient else FATAL, [outcome], [], address, received.sent)


def _message(
    received: Header, code: str, resources: list[Resource], focus: list[Resource], address: str | None, at: str | None
) -> Resource:
    details = next(r for r in reversed(resources) if r["resourceType"] == "OperationOutcome")
    source: Resource = {"name": "spinemets-cds", "software": "spinemets-cds", "version": __version__}
    response: Resource = {"identifier": received.id or _UNKNOWN, "code": code, "details": _to(details)}
    if not received.id:  # R4 demands one; validators do not all take the extension alone
        response["_identifier"] = _NO_IDENTIFIER
    said = {OK: "The record was assessed", TRANSIENT: "Send the message again later", FATAL: "The message is refused"}
    issues = [] if code == OK else details["issue"]
    lines = [series(": ", (quoted(issue["expression"][0]), issue["diagnostics"])) for issue in issues]
    head: Resource = {
        "resourceType": "MessageHeader",
        "text": narrative(said[code], lines),
        **received.event,
        "source": {**source, "endpoint": address or received.called or BASE},
        "response": response,
    }
    if received.sender:
        head["destination"] = [{"endpoint": received.sender}]
    if focus:
        head["focus"] = [_to(resource) for resource in focus]
    identify(head, identifier=False)
    listed = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in (head, *resources)]
    made: Resource = {"resourceType": "Bundle", "type": "message", **({"timestamp": at} if at else {}), "entry": listed}
    return {**made, "id": str(uuid.uuid5(uuid.UUID(head["id"]), orjson.dumps(listed).decode()))}


def _to(resource: Resource) -> Resource:
    return reference(f"urn:uuid:{resource['id']}", resource["resourceType"])


def _header_entry(bundle: Any) -> Entry | None:
    """The first MessageHeader, wherever it is."""
    listed = bundle.get("entry") if isinstance(bundle, OBJECT) else None
    for index, entry in enumerate(_listed(listed)):
        resource = entry.get("resource") if isinstance(entry, OBJECT) else None
        if isinstance(resource, OBJECT) and resource.get("resourceType") == "MessageHeader":
            url = entry.get("fullUrl")
            path = f"Bundle.entry[{index}].resource"
            return Entry(path, "MessageHeader", resource, url if isinstance(url, str) else None)
    return None


def _identity(entry: Entry) -> str | None:
    """The id of a header; some senders give it as the fullUrl alone."""
    if "id" not in entry.members and entry.full_url and entry.full_url.startswith("urn:uuid:"):
        return _text(entry.full_url.removeprefix("urn:uuid:"), _ID)
    return _text(entry.id, _ID)


def _coding(value: Any) -> tuple[str, str] | None:
    system, code = (value.get("system"), value.get("code")) if isinstance(value, OBJECT) else (None, None)
    found = _text(system, _URI), _text(code, _CODE)
    return (found[0], found[1]) if found[0] and found[1] else None


def _endpoint(value: Any) -> str | None:
    return _text(value.get("endpoint"), _URI) if isinstance(value, OBJECT) else None


def _text(value: Any, form: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and len(value) <= 1000 and form.fullmatch(value) else None


def _listed(value: Any) -> Any:
    return value if isinstance(value, ARRAY) else ()
