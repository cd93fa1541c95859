"""From an assessment to FHIR: one Bundle that holds the whole answer."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from service import BASE, KNOWLEDGE_VERSION, __version__, summary, wording
from service.assessment import Assessment
from service.case import Case
from service.fhir_mapping.outbound import handoffs, scores
from service.fhir_mapping.outbound import plan as plans
from service.fhir_mapping.outbound.building import (
    Resource,
    coding,
    date_time,
    instant,
    reference,
)
from service.fhir_mapping.outbound.frame import Frame
from service.fhir_mapping.outbound.pieces import Made, Story
from service.fhir_mapping.outbound.resolvable import resolvable
from service.fhir_mapping.outbound.risks import risk_assessment
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
    plain = [made.plain() for made in _Parts(assessment).ordered()]
    if form != "transaction":
        return _bundle(assessment, form, [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in plain])
    *resources, outcome = plain
    made = [_request(_with_ledger(resource, outcome)) for resource in resources]
    entries = resolvable(made, assessment.case.patient, _identifier(assessment.case))
    return _bundle(assessment, form, entries)


def answer_json(assessment: Assessment, form: str = "collection") -> bytes:
    """The JSON of :func:`answer`, in a fraction of the time: most of it is copied from what was written before."""
    if form == "transaction":
        return orjson.dumps(answer(assessment, form))
    parts = [orjson.dumps(_bundle(assessment, form, []))[:-2]]
    for n, made in enumerate(_Parts(assessment).ordered()):
        parts += b"," if n else b"", f'{{"fullUrl":"{made.urn}","resource":'.encode(), *made.written(), b"}"
    return b"".join((*parts, b"]}"))


def _bundle(assessment: Assessment, form: str, entries: list[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": form, "timestamp": instant(assessment.as_of), "entry": entries}


class _Parts:
    """The resources of an answer, made in the order in which they refer to one another."""

    def __init__(self, assessment: Assessment) -> None:
        self.assessment = assessment
        self.device = _device()
        subject = _subject(assessment)
        self.observations: list[Made] = []
        self.risks: list[Made] = []
        self.requests: list[Made] = []
        self.goals: list[Made] = []
        self.care_plan: Made | None = None
        if assessment.plan.recommendations:
            named = subject or {"display": "The patient of the record"}
            self.care_plan = self._clinical(Frame(assessment, named, self.device.urn))
        self.outcome = _ledger((*assessment.ledger, *_not_given(assessment)))
        plan = self.care_plan.urn if self.care_plan else None
        self.guidance = plans.guidance_response(assessment, subject, self.device.urn, plan, self.outcome.urn)
        self.provenance = _provenance(assessment, self.device.urn, self._results())

    def _clinical(self, frame: Frame) -> Made:
        observed: dict[str, list[str]] = {}
        for result in self.assessment.results:
            observation = scores.observation(result, frame)
            where = result.lesion.name if result.lesion else ""
            observed.setdefault(f"{result.score.code} {where}", []).append(observation.urn)
            self.observations.append(observation)
            self.risks.append(risk_assessment(result, frame, observation.urn))
        self.risks += [handoffs.risk_assessment(each, frame) for each in self.assessment.returned]
        proposed: dict[tuple[str, str], str] = {}
        lines = [plans.line(recommendation) for recommendation in self.assessment.plan.recommendations]
        for recommendation, line in zip(self.assessment.plan.recommendations, lines, strict=True):
            request = plans.service_request(recommendation, line, frame, observed, proposed)
            where = recommendation.lesion.name if recommendation.lesion else ""
            proposed[recommendation.treatment, where] = request.urn
            self.requests.append(request)
        self.goals = plans.goals(frame)
        requests, goals, risks = ([made.urn for made in listed] for listed in (self.requests, self.goals, self.risks))
        return plans.care_plan(frame, lines, requests, goals, risks)

    def _results(self) -> list[Made]:
        """What is said of the patient, in the order of the interface."""
        first = [self.care_plan] if self.care_plan else []
        return [*first, self.guidance, *self.risks, *self.observations, *self.requests, *self.goals]

    def ordered(self) -> list[Made]:
        """Every resource, in the order of the interface; the OperationOutcome is the last."""
        return [*self._results(), self.device, self.provenance, self.outcome]


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


@cache
def _device() -> Made:
    name = phrase("spinemets-cds {version}, knowledge {knowledge}", version=__version__, knowledge=KNOWLEDGE_VERSION)
    return Made(
        "Device",
        Story(name, ()),
        {
            "status": "active",
            "manufacturer": "spinemets-cds",
            "deviceName": [{"name": "spinemets-cds", "type": "user-friendly-name"}],
            "type": {"text": "Clinical decision support software"},
            "version": [
                {"type": {"text": "software"}, "value": __version__},
                {"type": {"text": "knowledge"}, "value": KNOWLEDGE_VERSION},
            ],
            "url": BASE,
        },
    )


def _provenance(assessment: Assessment, device: str, targets: list[Made]) -> Made:
    made_with = summary.made_with(assessment)
    text = Story(
        phrase("Computed by {software}", software=made_with),
        [phrase("from {resource}", resource=quoted(name)) for name in assessment.inputs],
        of_record=True,
    )
    content: Resource = {
        "target": [{"reference": made.urn, "type": made.kind} for made in targets],
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
                    "display": str(made_with),
                },
            }
        ],
    }
    entities: list[Resource] = [
        {"role": "source", "what": reference(name, kind)} for name, kind in assessment.inputs.items()
    ]
    for site in assessment.policy.in_use:
        which = {"system": f"{BASE}/recalibration/{site.model}", "value": site.sha256}
        entities.append({"role": "source", "what": {"identifier": which, "display": wording.provenance(site)}})
    if entities:
        content["entity"] = entities
    return Made("Provenance", text, content, identifier=False)


def _not_given(assessment: Assessment) -> list[LedgerEntry]:
    """The scores that are not given, as lines of the ledger."""
    return [
        LedgerEntry(
            left_out.score.title, Ledger.NOT_GIVEN, phrase("not given: {reason}", reason=left_out.reason), "Bundle"
        )
        for left_out in assessment.not_computed
    ]


def _ledger(entries: tuple[LedgerEntry, ...]) -> Made:
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
        nothing = "Every resource that was recognised was used, and none needs a remark."
        details = {"coding": [coding("ledger", "no-remarks")], "text": nothing}
        issues.append({"severity": "information", "code": "informational", "details": details, "diagnostics": nothing})
    lines: list[str] = [issue["diagnostics"] for issue in issues]
    text = Story("What became of the input", lines, of_record=True)
    return Made("OperationOutcome", text, {"issue": issues}, identifier=False)


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
