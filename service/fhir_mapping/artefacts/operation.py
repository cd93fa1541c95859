"""The operations as OperationDefinitions."""

from __future__ import annotations

from collections.abc import Iterator

from service.fhir_mapping.artefacts.building import artefact
from service.fhir_mapping.messages import EVENT
from service.fhir_mapping.outbound.building import Resource

OPERATION = "assess-spinal-tumour"
PROCESS_MESSAGE = "process-message"


def operation_definitions() -> Iterator[Resource]:
    yield _assess()
    yield _process_message()


def _assess() -> Resource:
    return artefact(
        "OperationDefinition",
        OPERATION,
        "Assess a tumour of the spine",
        "Computes every score that the record allows, applies the rules, and answers with a proposed plan, the reasons "
        "for it, and what is still missing.",
        kind="operation",
        affectsState=False,
        code=OPERATION,
        comment="The body is Parameters, or the Bundle itself, with the other parameters in the URL where they are "
        "needed. Nothing is stored. With Prefer: respond-async a large Bundle is answered later, as NDJSON for each "
        "type of resource; with Prefer: return=OperationOutcome the answer is the OperationOutcome alone.",
        system=True,
        type=False,
        instance=False,
        parameter=[
            _in("bundle", "Bundle", "The record of one patient. Every type of Bundle is read in the same way.", 1),
            _in("asOf", "dateTime", "The time of the assessment; else the day of Bundle.timestamp, else today in UTC."),
            _in("assumeComplete", "boolean", "Whether what the record does not mention is taken as absent."),
            _in("policy", "string", "The name of a policy of the site; else the default one."),
            _in("return", "code", "The type of the Bundle that is answered: collection, the default, or transaction."),
            {
                "name": "return",
                "use": "out",
                "min": 1,
                "max": "1",
                "documentation": "CarePlan, GuidanceResponse, RiskAssessments, Observations, ServiceRequests, Goals, "
                "Device, Provenance, and an OperationOutcome with what became of the input.",
                "type": "Bundle",
            },
        ],
    )


def _process_message() -> Resource:
    return artefact(
        "OperationDefinition",
        PROCESS_MESSAGE,
        "Process a message",
        "Assesses the record in a message, and answers with a message.",
        kind="operation",
        affectsState=False,
        code=PROCESS_MESSAGE,
        base="http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
        comment=f"The event is {EVENT}. The answer comes at once: async and response-url are not known. The same "
        "message gets the same answer, byte for byte, where its Bundle has a timestamp. A message that is refused is "
        "answered with 200 and fatal-error; transient-error comes with the status of its cause.",
        resource=["MessageHeader"],
        system=True,
        type=False,
        instance=False,
        parameter=[
            {
                "name": "content",
                "use": "in",
                "min": 1,
                "max": "1",
                "documentation": "The message: a Bundle of type message, with the MessageHeader as its first entry. It "
                "is the body of the request, without Parameters around it.",
                "type": "Bundle",
            },
            {
                "name": "return",
                "use": "out",
                "min": 1,
                "max": "1",
                "documentation": "A message whose MessageHeader has a response; where that is ok, the answer follows.",
                "type": "Bundle",
            },
        ],
    )


def _in(name: str, kind: str, text: str, at_least: int = 0) -> Resource:
    return {"name": name, "use": "in", "min": at_least, "max": "1", "documentation": text, "type": kind}
