"""The code systems of CDS Hooks cards: what a card is about, and why one is overridden."""

from __future__ import annotations

from collections.abc import Iterator

from service import BASE
from service.fhir_mapping.artefacts.concepts import code_system, concept
from service.fhir_mapping.outbound.building import Resource

OVERRIDE_REASON = f"{BASE}/CodeSystem/override-reason"
CARD_TOPIC = f"{BASE}/CodeSystem/card-topic"

#: Codes of letters alone: some clients take no others.
TOPICS = {
    "emergency": ("Emergency", "An emergency of the spine, or the possibility of one."),
    "plan": ("Plan", "What is advised for the lesions of the spine and the patient."),
    "missing": ("What to find out", "Missing findings that would settle most of the plan."),
    "order": ("Draft order", "What speaks against an order that is being written."),
}
OVERRIDE_REASONS = {
    "board": ("The tumour board has decided otherwise", "The decision of the board is known and differs."),
    "known": ("Known, and already acted on", "What is advised was done or arranged, and the record does not show it."),
    "patient": ("The patient does not want it", "The patient was asked, and declines."),
    "unsuitable": ("Not suitable for this patient", "Another illness or finding speaks against it."),
    "record": ("The record is wrong or out of date", "What the advice rests on is not so, or no longer so."),
    "elsewhere": ("Another team decides on this", "The reader is not the one to decide."),
    "later": ("Not now", "To be decided at another time."),
}


def card_systems() -> Iterator[Resource]:
    yield code_system(
        "card-topic",
        "Topics of cards",
        "What a card of the CDS Hooks services is about.",
        (concept(code, display, text) for code, (display, text) in TOPICS.items()),
    )
    yield code_system(
        "override-reason",
        "Reasons to override a card",
        "Why a clinician does not follow a card of the CDS Hooks services.",
        (concept(code, display, text) for code, (display, text) in OVERRIDE_REASONS.items()),
    )
