"""Problems as an OperationOutcome: the one form of every error of the FHIR doors."""

from __future__ import annotations

from service.fhir_mapping.outbound.building import Resource, narrative
from service.problems import Problem
from service.text import quoted, series


def operation_outcome(*problems: Problem) -> Resource:
    return {
        "resourceType": "OperationOutcome",
        "text": narrative(
            "The request could not be answered", [series(": ", (quoted(p.expression), p.message)) for p in problems]
        ),
        "issue": [
            {
                "severity": "error",
                "code": problem.code,
                "details": {"text": problem.message},
                "diagnostics": problem.message,
                "expression": [problem.expression],
            }
            for problem in problems
        ],
    }
