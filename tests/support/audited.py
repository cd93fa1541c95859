"""Events and trails for tests of the audit trail, and what a trail holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.audit import Agent, Happened, Key, Trail, audit_event, rows
from service.audit.event import OPERATION

KEY = Key(b"a secret of a site, for its tests")
AT = datetime(2026, 11, 21, 9, 30, 0, 123000, UTC)


def event(*people: tuple[str, ...], key: Key = KEY, **changed: Any) -> dict[str, Any]:
    """An event about people with these names."""
    given: dict[str, Any] = {
        "act": OPERATION,
        "door": "POST /fhir/$assess-spinal-tumour",
        "status": 200,
        "at": AT,
        "request_id": "4711",
        "agent": Agent("engine", "token", "https://issuer.example"),
        "observer": "https://spine.example",
        "people": tuple(tuple(map(key.hashed, names)) for names in people),
        "key": key.sign,
        **changed,
    }
    return audit_event(Happened(**given))


def trail(file: Path, number: int = 5) -> Trail:
    """A trail with so many rows."""
    made = Trail(file, sync=False)
    for n in range(number):
        made.append(event((f"reference Patient/{n}",)))
    return made


def events(file: Path) -> list[dict[str, Any]]:
    """The events of a file, in their order."""
    with file.open("rb") as opened:
        return [row.event for row in rows(opened)]


def hashes(found: dict[str, Any]) -> list[str]:
    """The first hash of each patient of an event."""
    return [entity["what"]["identifier"]["value"] for entity in found["entity"] if entity.get("what", {}).get("type")]


def detail(found: dict[str, Any], kind: str) -> str | None:
    """A detail of the call that an event is about."""
    listed = [each for entity in found["entity"] if "name" in entity for each in entity["detail"]]
    return next((each["valueString"] for each in listed if each["type"] == kind), None)
