"""The messages as MessageDefinitions: the one that asks, and the one that answers."""

from __future__ import annotations

from collections.abc import Iterator

from service.fhir_mapping.artefacts.building import artefact, canonical
from service.fhir_mapping.messages import EVENT
from service.fhir_mapping.outbound.building import Resource

MESSAGE = "spinal-tumour-record"
MESSAGE_ANSWER = "spinal-tumour-answer"


def message_definitions() -> Iterator[Resource]:
    yield artefact(
        "MessageDefinition",
        MESSAGE,
        "Record to be assessed",
        "The record of one patient. A focus, where there is one, names resources of the Bundle; all of it is read.",
        eventUri=EVENT,
        category="notification",
        responseRequired="always",
        allowedResponse=[{"message": canonical("MessageDefinition", MESSAGE_ANSWER)}],
    )
    yield artefact(
        "MessageDefinition",
        MESSAGE_ANSWER,
        "Answer to a record",
        "The answer to a record, or an OperationOutcome that says why there is none. Its event is that of the record.",
        eventUri=EVENT,
        category="notification",
        focus=[
            {"code": "CarePlan", "profile": canonical("StructureDefinition", "plan"), "min": 0, "max": "1"},
            {"code": "GuidanceResponse", "profile": canonical("StructureDefinition", "guidance"), "min": 0, "max": "1"},
        ],
        responseRequired="never",
    )
