"""Cards of a record, as a call would get them, and the draft orders of a call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from service.assessment import Assessment
from service.cds_hooks.call import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, Call
from service.cds_hooks.cards import cards
from service.cds_hooks.links import Links
from service.fhir_mapping.inbound.parameters import Question
from service.pipeline import Site, answered
from service.policy import DEFAULT, Policy
from tests.support.records import SNOMED, Resource, level, metastasis, observation

TODAY = date(2026, 10, 2)
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
LINKS = Links("https://cds.example")
CEBRT, SRS, RADIOTHERAPY = "1156506007", "115959002", "108290001"
STABILISATION, DECOMPRESSION, KYPHOPLASTY = "112721006", "10836008", "426243004"

STABLE = {
    "sins-pain": "pain-free",
    "sins-bone-lesion": "blastic",
    "sins-alignment": "normal",
    "sins-collapse": "none",
    "sins-posterolateral": "none",
}
UNSTABLE = {
    "sins-pain": "mechanical",
    "sins-bone-lesion": "lytic",
    "sins-alignment": "subluxation-translation",
    "sins-collapse": "over-50",
    "sins-posterolateral": "bilateral",
}
LOW = {"escc-grade": "escc-0", "myelopathy": False}
HIGH = {"escc-grade": "escc-3", "myelopathy": False}


def lesion(at: str = "T8", *findings: dict[str, Any], **more: Any) -> list[Resource]:
    """A metastasis with findings; those of ``more`` have underscores for hyphens."""
    every = {name: value for each in findings for name, value in each.items()}
    every |= {name.replace("_", "-"): value for name, value in more.items()}
    return [metastasis(at), *(observation(name, value, at, name=f"{name}-{at}") for name, value in every.items())]


def order(
    what: str | None = None,
    at: str | None = None,
    system: str = SNOMED,
    *,
    text: str | None = None,
    kind: str = "ServiceRequest",
    name: str = "draft",
    **more: Any,
) -> Resource:
    """A draft order of the patient ``p1``, by a code, by words, or both."""
    code: Resource = {"coding": [{"system": system, "code": what}]} if what else {}
    if text:
        code["text"] = text
    found: Resource = {
        "resourceType": kind,
        "id": name,
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        ("medicationCodeableConcept" if kind == "MedicationRequest" else "code"): code,
    }
    if at is not None:
        found["bodySite"] = [level(at)]
    return {**found, **more}


def assessed(record: Resource, policy: Policy = DEFAULT, today: date = TODAY) -> Assessment:
    return answered(Question(record), today, Site({DEFAULT.name: policy}))


def call(hook: str = PATIENT_VIEW, drafts: Sequence[Resource] = (), **more: Any) -> Call:
    held = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in drafts]}
    given = {"draft_orders": held} if hook in (ORDER_SELECT, ORDER_SIGN) else {}
    return Call(f"spinal-tumour-{hook}", hook, INSTANCE, "p1", "Practitioner/1", **given, **more)


def viewed(record: Resource, *, gaps: tuple[str, ...] = (), policy: Policy = DEFAULT) -> list[Resource]:
    """The cards when the patient is looked at."""
    return cards(assessed(record, policy), call(), record, LINKS, gaps)


def signed(
    record: Resource, *drafts: Resource, gaps: tuple[str, ...] = (), policy: Policy = DEFAULT, **more: Any
) -> list[Resource]:
    """The cards when orders are signed; with ``selections`` when they are chosen."""
    hook = ORDER_SELECT if "selections" in more else ORDER_SIGN
    return cards(assessed(record, policy), call(hook, drafts, **more), record, LINKS, gaps)


def topics(found: Sequence[Resource]) -> list[str]:
    return [card["source"]["topic"]["code"] for card in found]


def about(found: Sequence[Resource], topic: str) -> Resource:
    return next(card for card in found if card["source"]["topic"]["code"] == topic)


def actions(found: Sequence[Resource]) -> list[Resource]:
    return [a for card in found for s in card.get("suggestions", ()) for a in s["actions"]]


def treatments(found: Sequence[Resource]) -> list[tuple[str, str]]:
    """The treatment and level of each proposal."""
    made = [a["resource"] for a in actions(found) if a["type"] == "create"]
    return [(r["code"]["coding"][0]["code"], ",".join(site["text"] for site in r.get("bodySite", ()))) for r in made]


@lru_cache(maxsize=64)
def stored(path: Path) -> Resource:
    held: Resource = orjson.loads(path.read_bytes())
    return held
