"""What happened at a door, as an AuditEvent of FHIR R4; the patterns are those of IHE Basic Audit Log Patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from service import BASE, KNOWLEDGE_VERSION, __version__

Resource = dict[str, Any]

#: System of the hashes that stand for patients.
PATIENT = f"{BASE}/identifier/hashed-patient"
#: System of the hashes that stand for users who are patients themselves, or have no name of the usual form.
USER = f"{BASE}/identifier/hashed-user"
CALLER = f"{BASE}/identifier/caller"
SOFTWARE = f"{BASE}/identifier/software"
_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
_REST = "http://hl7.org/fhir/restful-interaction"
_DCM = "http://dicom.nema.org/resources/ontology/DCM"
_ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"
_PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_BALP = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"
#: Professionals are named as the caller names them; whoever else may be a patient.
PROFESSIONAL = re.compile(r"(?:Practitioner|PractitionerRole)/[A-Za-z0-9.-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Act:
    """A kind of event: its type and subtype, and C, R, U, D or E."""

    type: tuple[str, str, str]
    subtype: tuple[str, str, str]
    action: str


_RESTFUL = (_TYPE, "rest", "RESTful Operation")
_RECORD = (_DCM, "110110", "Patient Record")
_AUTHENTICATION = (_DCM, "110114", "User Authentication")

OPERATION = Act(_RESTFUL, (_REST, "operation", "operation"), "E")
CREATE = Act(_RESTFUL, (_REST, "create", "create"), "C")
READ = Act(_RESTFUL, (_REST, "read", "read"), "R")
DELETE = Act(_RESTFUL, (_REST, "delete", "delete"), "D")
LOGIN = Act(_AUTHENTICATION, (_DCM, "110122", "Login"), "E")
LOGOUT = Act(_AUTHENTICATION, (_DCM, "110123", "Logout"), "E")
RECORD_SHOWN = Act(_RECORD, (_REST, "read", "read"), "R")
RECORD_CHANGED = Act(_RECORD, (_REST, "transaction", "transaction"), "U")
_ROTATED = Act((_DCM, "110101", "Audit Log Used"), (_REST, "history", "history"), "E")


@dataclass(frozen=True)
class Agent:
    """Who has called: the name that the site gives, what proves it, and who vouches for it."""

    name: str
    kind: str
    issuer: str | None = None


@dataclass(frozen=True)
class Happened:
    """An event, as far as the door knows it."""

    act: Act
    door: str
    """The method and the pattern of the address, never the address itself."""
    status: int
    at: datetime
    request_id: str
    agent: Agent
    observer: str
    """Which server this is."""
    user: str | None = None
    """Who has asked, as the caller refers to a professional; or the hash of another."""
    address: str | None = None
    """The IP address that the call came from."""
    people: tuple[tuple[str, ...], ...] = field(default=(), repr=False)
    """The patients, each by the hashes of all names; the first one is the most telling."""
    more_people: int = 0
    """Patients that there is no room for."""
    key: str = ""
    """What tells the key of the hashes from another one."""
    server: str | None = None
    """The FHIR server that was read or written, as the site lists it."""


def audit_event(happened: Happened) -> Resource:
    """The event as a resource; it holds no names of patients but hashes."""
    act = happened.act
    return {
        "resourceType": "AuditEvent",
        "type": _coding(*act.type),
        "subtype": [_coding(*act.subtype)],
        "action": act.action,
        "recorded": _instant(happened.at),
        "outcome": _outcome(happened.status),
        "outcomeDesc": f"HTTP {happened.status}",
        "agent": [*_agents(happened)],
        "source": _source(happened.observer),
        "entity": [*_entities(happened)],
    }


def rotation(aside: str, digest: str, now: datetime) -> Resource:
    """The first event of a file that goes on where another one ended."""
    details = {"file": aside, "hash of its last row": digest}
    return {
        "resourceType": "AuditEvent",
        "type": _coding(*_ROTATED.type),
        "action": _ROTATED.action,
        "recorded": _instant(now),
        "outcome": "0",
        "agent": [{**_device(), "requestor": True}],
        "source": _source("spinemets audit rotate"),
        "entity": [
            {
                "type": _coding(_ENTITY, "2", "System Object"),
                "role": _coding(_ROLE, "13", "Security Resource"),
                "name": "audit trail",
                "detail": _details(details),
            }
        ],
    }


def is_rotation(event: Mapping[str, Any]) -> bool:
    """Whether an event is what :func:`rotation` makes."""
    kind = event.get("type")
    return isinstance(kind, dict) and (kind.get("system"), kind.get("code")) == _ROTATED.type[:2]


def hashes_in(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The hashes of patients in an event, each with the sign of its key."""
    for entity in event.get("entity", ()):
        identifier = entity.get("what", {}).get("identifier", {})
        if identifier.get("system") != PATIENT:
            continue
        details = [(each.get("type"), each.get("valueString")) for each in entity.get("detail", ())]
        key = next((value for kind, value in details if kind == _KEY), "")
        yield identifier.get("value", ""), key
        yield from ((value, key) for kind, value in details if kind == _ALSO)


_KEY, _ALSO = "key", "also known as"


def _agents(happened: Happened) -> Iterator[Resource]:
    agent = happened.agent
    known = {"system": agent.issuer or CALLER, "value": agent.name}
    caller: Resource = {
        "type": _concept(_DCM, "110153", "Source Role ID"),
        "who": {"identifier": known, "display": f"{agent.name} ({agent.kind})"},
        "requestor": happened.user is None,
    }
    if happened.address:
        caller["network"] = {"address": happened.address, "type": "2"}
    if happened.user is not None:
        named = PROFESSIONAL.fullmatch(happened.user)
        identifier = {"value": happened.user} if named else {"system": USER, "value": happened.user}
        if named and happened.server:
            identifier = {"system": happened.server, **identifier}
        who = _concept(_PARTICIPATION, "IRCP", "information recipient")
        yield {"type": who, "who": {"identifier": identifier}, "requestor": True}
    yield caller
    yield {**_device(), "requestor": False}


def _device() -> Resource:
    return {
        "type": _concept(_DCM, "110152", "Destination Role ID"),
        "who": {
            "identifier": {"system": SOFTWARE, "value": f"spinemets-cds|{__version__}"},
            "display": f"spinemets-cds {__version__}, knowledge {KNOWLEDGE_VERSION}",
        },
    }


def _source(observer: str) -> Resource:
    return {
        "observer": {"identifier": {"system": SOFTWARE, "value": observer}, "display": observer},
        "type": [_coding(_SOURCE, "4", "Application Server")],
    }


def _entities(happened: Happened) -> Iterator[Resource]:
    for first, *others in happened.people:
        details = [(_KEY, happened.key), *((_ALSO, each) for each in others)]
        yield {
            "what": {"type": "Patient", "identifier": {"system": PATIENT, "value": first}},
            "type": _coding(_ENTITY, "1", "Person"),
            "role": _coding(_ROLE, "1", "Patient"),
            "detail": [{"type": kind, "valueString": value} for kind, value in details],
        }
    details_of_call = {"knowledge": KNOWLEDGE_VERSION, "status": str(happened.status)}
    if happened.server:
        details_of_call["server"] = happened.server
    if happened.more_people:
        details_of_call["more patients"] = str(happened.more_people)
    yield {
        "type": _coding(_ENTITY, "2", "System Object"),
        "role": _coding(_ROLE, "24", "Query"),
        "name": happened.door,
        "detail": _details(details_of_call),
    }
    if happened.request_id:
        yield {
            "what": {"identifier": {"value": happened.request_id}},
            "type": _coding(_BALP, "XrequestId", "XrequestId"),
        }


def _outcome(status: int) -> str:
    """0 success, 4 the call was refused, 8 it failed here; a 12 is never written, for nobody is left to write it."""
    return "0" if status < 400 else "4" if status < 500 else "8"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _coding(system: str, code: str, display: str) -> Resource:
    return {"system": system, "code": code, "display": display}


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [_coding(system, code, display)]}


def _details(details: Mapping[str, str]) -> list[Resource]:
    return [{"type": kind, "valueString": value} for kind, value in details.items()]
