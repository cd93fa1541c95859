"""The operation as an OperationDefinition."""

from __future__ import annotations

from service.fhir_mapping.artefacts.building import artefact
from service.fhir_mapping.outbound.building import Resource

OPERATION = "assess-spinal-tumour"


def operation_definition() -> Resource:
    return artefact(
        "OperationDefinition",
        OPERATION,
        "Assess a tumour of the spine",
        "Computes every score that the record allows, applies the rules, and answers with a proposed plan, the reasons "
        "for it, and what is still missing.",
        kind="operation",
        affectsState=False,
        code=OPERATION,
        comment="The body is Parameters, or the Bundle itself where no other parameter is needed. Nothing is stored.",
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


def _in(name: str, kind: str, text: str, at_least: int = 0) -> Resource:
    return {"name": name, "use": "in", "min": at_least, "max": "1", "documentation": text, "type": kind}
