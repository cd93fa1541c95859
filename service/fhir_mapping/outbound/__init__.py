"""From an assessment to FHIR: one Bundle that holds the whole answer."""

from __future__ import annotations

from typing import Any

from service import BASE, KNOWLEDGE_VERSION, __version__, summary
from service.assessment import Assessment
from service.case import Case
from service.fhir_mapping.outbound import handoffs, scores
from service.fhir_mapping.outbound import plan as plans
from service.fhir_mapping.outbound.building import (
    Resource,
    coding,
    date_time,
    identify,
    instant,
    narrative,
    reference,
)
from service.fhir_mapping.outbound.resolvable import resolvable
from service.problems import Ledger, LedgerEntry
from service.text import phrase, quoted, series

_ISSUE = {
    Ledger.CONFLICT: ("warning", "conflict"),
    Ledger.NOT_UNDERSTOOD: ("warning", "code-invalid"),
    Ledger.UNASSIGNED: ("warning", "incomplete"),
    Ledger.NO_UNIT: ("warning", "value"),
    Ledger.DECEASED: ("warning", "business-rule"),
    Ledger.INCOMPLETE: ("warning", "incomplete"),
    Ledger.NOT_IN_SPINE: ("warning", "incomplete"),
}


def answer(assessment: Assessment, form: str = "collection") -> Resource:
    """The answer as a Bundle of type ``collection``, or ``transaction`` ready to post to a server.

    The same assessment gives the same Bundle, ids included.
    """
    parts = _Parts(assessment)
    ordered = parts.ordered()
    bundle: Resource = {
        "resourceType": "Bundle",
        "type": form,
        "timestamp": instant(assessment.as_of),
        "entry": [],
    }
    if form == "transaction":
        outcome = ordered.pop()
        made = [_request(_with_ledger(resource, outcome)) for resource in ordered]
        bundle["entry"] = resolvable(made, assessment.case.patient, _identifier(assessment.case))
    else:
        bundle["entry"] = [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in ordered]
    return bundle


class _Parts:
    """The resources of an answer, made in the order in which they refer to one another."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.device = _device()
        device = identify(self.device)
        subject = _subject(assessment)
        self.observations: list[Resource] = []
        self.risks: list[Resource] = []
        self.requests: list[Resource] = []
        self.goals: list[Resource] = []
        self.care_plan: Resource | None = None
        self.provenance: Resource | None = None
        care_plan = None
        if assessment.plan.recommendations:
            care_plan = self._clinical(subject or {"display": "The patient of the record"}, device)
        self.outcome = _ledger((*assessment.ledger, *_not_given(assessment)))
        outcome = identify(self.outcome, identifier=False)
        self.guidance = plans.guidance_response(assessment, subject, device, care_plan, outcome)
        identify(self.guidance)
        targets = [r for r in self.ordered() if r["resourceType"] not in ("Device", "Provenance", "OperationOutcome")]
        self.provenance = _provenance(assessment, device, targets)
        identify(self.provenance, identifier=False)

    def _clinical(self, subject: Resource, device: str) -> str:
        observed: dict[str, list[str]] = {}
        risks = []
        for result in self.assessment.results:
            observation = scores.observation(result, self.assessment, subject, device)
            urn = identify(observation)
            observed.setdefault(f"{result.score.code} {result.lesion.name if result.lesion else ''}", []).append(urn)
            risk = scores.risk_assessment(result, self.assessment, subject, device, urn)
            risks.append(identify(risk))
            self.observations.append(observation)
            self.risks.append(risk)
        for returned in self.assessment.returned:
            risk = handoffs.risk_assessment(returned, self.assessment, subject)
            risks.append(identify(risk))
            self.risks.append(risk)
        requests: dict[tuple[str, str], str] = {}
        for recommendation in self.assessment.plan.recommendations:
            request = plans.service_request(recommendation, self.assessment, subject, device, observed, requests)
            where = recommendation.lesion.name if recommendation.lesion else ""
            requests[recommendation.treatment, where] = identify(request)
            self.requests.append(request)
        self.goals = plans.goals(self.assessment, subject)
        aims = [identify(goal) for goal in self.goals]
        urns = [f"urn:uuid:{request['id']}" for request in self.requests]
        self.care_plan = plans.care_plan(self.assessment, subject, device, urns, aims, risks)
        return identify(self.care_plan)

    def ordered(self) -> list[Resource]:
        """Every resource, in the order of the interface; the OperationOutcome is the last."""
        first = [self.care_plan] if self.care_plan else []
        return [
            *first,
            self.guidance,
            *self.risks,
            *self.observations,
            *self.requests,
            *self.goals,
            self.device,
            *([self.provenance] if self.provenance else []),
            self.outcome,
        ]


def _subject(assessment: Assessment) -> Resource | None:
    """The patient as the sender names it, or None where the record has no patient."""
    case = assessment.case
    if case.patient:
        return reference(case.patient, "Patient")
    identifier = _identifier(case)
    return {"type": "Patient", "identifier": identifier} if identifier else None


def _identifier(case: Case) -> Resource | None:
    if case.patient_identifier is None:
        return None
    parts = zip(("system", "value"), case.patient_identifier, strict=True)
    return {name: part for name, part in parts if part}


def _device() -> Resource:
    return {
        "resourceType": "Device",
        "text": narrative(
            phrase("spinemets-cds {version}, knowledge {knowledge}", version=__version__, knowledge=KNOWLEDGE_VERSION),
            (),
        ),
        "status": "active",
        "manufacturer": "spinemets-cds",
        "deviceName": [{"name": "spinemets-cds", "type": "user-friendly-name"}],
        "type": {"text": "Clinical decision support software"},
        "version": [
            {"type": {"text": "software"}, "value": __version__},
            {"type": {"text": "knowledge"}, "value": KNOWLEDGE_VERSION},
        ],
        "url": BASE,
    }


def _provenance(assessment: Assessment, device: str, targets: list[Resource]) -> Resource:
    resource: Resource = {
        "resourceType": "Provenance",
        "text": narrative(
            phrase("Computed by {software}", software=summary.made_with(assessment)),
            [phrase("from {resource}", resource=quoted(name)) for name in assessment.inputs],
        ),
        "target": [reference(f"urn:uuid:{r['id']}", r["resourceType"]) for r in targets],
        "occurredDateTime": date_time(assessment.as_of),
        "recorded": instant(assessment.as_of),
        "policy": [f"{BASE}/policy/{assessment.policy.name}"],
        "agent": [
            {
                "type": {
                    "coding": [
                        {
                            "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                            "code": "assembler",
                        }
                    ]
                },
                "who": {
                    **reference(device, "Device"),
                    "display": str(summary.made_with(assessment)),
                },
            }
        ],
    }
    if assessment.inputs:
        resource["entity"] = [
            {"role": "source", "what": reference(name, kind)} for name, kind in assessment.inputs.items()
        ]
    return resource


def _not_given(assessment: Assessment) -> list[LedgerEntry]:
    """The scores that are not given, as lines of the ledger."""
    return [
        LedgerEntry(
            left_out.score.title, Ledger.NOT_GIVEN, phrase("not given: {reason}", reason=left_out.reason), "Bundle"
        )
        for left_out in assessment.not_computed
    ]


def _ledger(entries: tuple[LedgerEntry, ...]) -> Resource:
    issues: list[dict[str, Any]] = []
    for entry in entries:
        severity, code = _ISSUE.get(entry.code, ("information", "informational"))
        issues.append(
            {
                "severity": severity,
                "code": code,
                "details": {"coding": [coding("ledger", entry.code.value)], "text": entry.text},
                "diagnostics": _diagnostics(entry),
                "expression": [entry.expression],
            }
        )
    if not issues:
        text = "Every resource that was recognised was used, and none needs a remark."
        details = {"coding": [coding("ledger", "no-remarks")], "text": text}
        issues.append({"severity": "information", "code": "informational", "details": details, "diagnostics": text})
    lines: list[str] = [issue["diagnostics"] for issue in issues]
    return {
        "resourceType": "OperationOutcome",
        "text": narrative("What became of the input", lines),
        "issue": issues,
    }


def _diagnostics(entry: LedgerEntry) -> str:
    named = entry.resource if entry.code is Ledger.NOT_GIVEN else quoted(entry.resource)
    return series(": ", (named, entry.text))


def _with_ledger(resource: Resource, outcome: Resource) -> Resource:
    """A server stores no OperationOutcome, so in a transaction the GuidanceResponse contains it."""
    if resource["resourceType"] != "GuidanceResponse":
        return resource
    contained = {**outcome, "id": "ledger"}
    contained.pop("text")
    return {
        **resource,
        "contained": [*resource.get("contained", ()), contained],
        "evaluationMessage": [reference("#ledger", "OperationOutcome")],
    }


def _request(resource: Resource) -> Resource:
    kind, name = resource["resourceType"], resource["id"]
    entry: Resource = {"fullUrl": f"urn:uuid:{name}", "resource": resource}
    if "identifier" in resource:
        only_if = f"identifier=urn:ietf:rfc:3986|urn:uuid:{name}"
        entry["request"] = {"method": "POST", "url": kind, "ifNoneExist": only_if}
    else:  # R4 gives a Provenance no identifier: it is put under the id that follows from its content
        entry["request"] = {"method": "PUT", "url": f"{kind}/{name}"}
    return entry
