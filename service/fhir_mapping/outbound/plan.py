"""The plan as FHIR: CarePlan, ServiceRequest proposals, Goals, and the GuidanceResponse."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from service import BASE, KNOWLEDGE_VERSION, summary, wording
from service.assessment import Assessment
from service.decision.facts import missing_for
from service.decision.model import Advice, Needed, Overturn, Recommendation, Urgency
from service.fhir_mapping import terminology
from service.fhir_mapping.outbound import handoffs, prognosis
from service.fhir_mapping.outbound.building import (
    Resource,
    coding,
    concept,
    date_time,
    notes_of,
    reference,
)
from service.fhir_mapping.outbound.frame import Frame
from service.fhir_mapping.outbound.pieces import Made, Members, Piece, Story
from service.findings import FINDINGS
from service.text import Worded, phrase, series

_TITLE = "Proposed plan for the tumour of the spine"
PLAN_DEFINITION = f"{BASE}/PlanDefinition/spinal-tumour"
_SNOMED = {
    "cebrt": "1156506007",
    "srs": "115959002",
    "stabilisation": "112721006",
    "mis-fixation": "112721006",
}
_RXNORM_SYSTEM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_RXNORM = {"dexamethasone": "3264", "denosumab": "993449"}


#: The types that ServiceRequest.reasonReference may name in R4, of those that are read.
_REASONS = frozenset(("Condition", "DiagnosticReport", "Observation"))
_PRIORITY = {Urgency.STAT: "stat", Urgency.URGENT: "urgent", Urgency.ROUTINE: "routine"}


def service_request(
    recommendation: Recommendation,
    said: str,
    frame: Frame,
    scores: dict[str, list[str]],
    made: dict[tuple[str, str], str],
) -> Made:
    """One recommendation as a proposal. It never orders.

    ``said`` is its line. ``made`` are the proposals so far, by treatment and lesion: a form of a treatment is based
    on it.
    """
    reasons = [_reason(advice, Worded(advice.reason)) for advice in recommendation.advice]
    beside = [*recommendation.notes, *map(_overturn, recommendation.overturns), *recommendation.facts]
    rules = tuple(dict.fromkeys([advice.rule.plan for advice in recommendation.advice]))
    content: list[Members | Resource] = [
        _opening(recommendation.treatment, rules, recommendation.urgency),
        frame.proposed,
        {"reasonCode": notes_of(reasons)},
    ]
    if not recommendation.settled:
        deciding = _deciding(recommendation, frame.assessment)
        text = wording.condition(recommendation)
        content.append({"asNeededCodeableConcept": {"coding": deciding, "text": text}})
    if recommendation.lesion:
        content.append(frame.place(recommendation.lesion).proposed)
    observed = [o for score in recommendation.scores for o in scores.get(f"{score} {_name(recommendation)}", [])]
    because = [*[{"reference": o, "type": "Observation"} for o in observed], *_inputs(recommendation, frame)]
    if because:
        content.append({"reasonReference": because})
    if basis := made.get((recommendation.form_of, _name(recommendation))):
        content.append({"basedOn": [reference(basis, "ServiceRequest")]})
    if beside:
        content.append({"note": notes_of(beside)})
    return Made("ServiceRequest", Story(said, [*reasons, *beside]), *content)


@lru_cache(maxsize=1024)
def _opening(treatment: str, rules: tuple[str, ...], urgency: Urgency) -> Members:
    """What a proposal begins with: the rules that lead to it, how soon, and the codes of the treatment."""
    return Members(
        {
            "instantiatesCanonical": [f"{BASE}/PlanDefinition/{rule}" for rule in rules],
            "status": "draft",
            "intent": "proposal",
            "priority": _PRIORITY[urgency],
            "code": _code_of(treatment),
        }
    )


def _code_of(treatment: str) -> Resource:
    """The codes of a treatment."""
    code = concept("treatment", treatment, wording.treatment(treatment))
    for system, codes in ((terminology.SNOMED, _SNOMED), (_RXNORM_SYSTEM, _RXNORM)):
        if treatment in codes:
            code["coding"].append({"system": system, "code": codes[treatment]})
    return code


@lru_cache(maxsize=4096)
def _overturn(each: Overturn) -> str:
    return phrase("What would change this: {what}.", what=wording.overturn(each))


def _name(recommendation: Recommendation) -> str:
    return recommendation.lesion.name if recommendation.lesion else ""


@lru_cache(maxsize=4096)
def _reason(advice: Advice, _: Worded) -> str:
    # Advice is equal to what says the same in English, so the text itself is a part of the key.
    return series(": ", (advice.rule.title, wording.reason(advice)))


def line(recommendation: Recommendation) -> str:
    """``cEBRT at T8, if stable``: what is proposed, and when."""
    where = wording.at(recommendation.lesion)
    name = phrase("{treatment}{place}", treatment=wording.treatment(recommendation.treatment), place=where)
    return name if recommendation.settled else series(", ", (name, wording.condition(recommendation)))


def _deciding(recommendation: Recommendation, assessment: Assessment) -> list[Piece]:
    """The deciding findings; where a fact decides, what is missing of the score behind it."""
    codes: dict[str, None] = {}
    for code in recommendation.depends_on:
        if code in FINDINGS and code != "life-expectancy":
            codes[code] = None
            continue
        lead = assessment.policy.lead_model
        behind = missing_for(code, assessment.case, recommendation.lesion, assessment.results, lead)
        codes.update(dict.fromkeys(behind))
    return [_finding(code) for code in codes]


@lru_cache(maxsize=256)
def _finding(code: str) -> Piece:
    return Piece(coding("finding", code, FINDINGS[code].title))


def _inputs(recommendation: Recommendation, frame: Frame) -> list[Resource]:
    """The resources of the sender that a recommendation rests on, of the types that may be named as its reason."""
    case = frame.assessment.case
    names = {
        source
        for finding in recommendation.reads
        if finding in FINDINGS
        for source in case.about(finding, recommendation.lesion).sources
    }
    return frame.inputs(sorted(names), _REASONS)


def goals(frame: Frame) -> list[Made]:
    """What the plan is for, as far as its treatments show."""
    advised = {r.treatment for r in frame.assessment.plan.recommendations}
    since = {"subject": frame.subject, "startDate": date_time(frame.assessment.as_of)[:10]}
    return [
        Made("Goal", Story(text, ()), {"lifecycleStatus": "proposed", "description": {"text": text}, **since})
        for text, treatments in wording.GOALS.values()
        if advised.intersection(treatments)
    ]


def care_plan(
    frame: Frame, lines: Sequence[str], requests: Sequence[str], aims: Sequence[str], risks: Sequence[str]
) -> Made:
    """The plan for the patient, in the order in which things are to be done, with a line for each."""
    assessment = frame.assessment
    head = summary.head(assessment)
    against = [phrase("Not advised: {text}", text=text) for text in wording.against(assessment.plan)]
    of_plan: Resource = {
        "instantiatesCanonical": [f"{PLAN_DEFINITION}|{KNOWLEDGE_VERSION}"],
        "status": "draft",
        "intent": "proposal",
        "title": _TITLE,
        "description": series(
            "\n", (*head, "For the multidisciplinary tumour board to decide on. Advice, not an order.")
        ),
        "subject": frame.subject,
        "created": date_time(assessment.as_of),
        "author": reference(frame.device, "Device"),
        "activity": [{"reference": reference(request, "ServiceRequest")} for request in requests],
    }
    if against:
        of_plan["note"] = notes_of(against)
    if risks:
        of_plan["supportingInfo"] = [reference(risk, "RiskAssessment") for risk in risks]
    if assessment.case.conditions:
        of_plan["addresses"] = [reference(name, "Condition") for name in assessment.case.conditions]
    if aims:
        of_plan["goal"] = [reference(aim, "Goal") for aim in aims]
    return Made("CarePlan", Story(_TITLE, [*head, *lines, *against]), of_plan)


def guidance_response(
    assessment: Assessment, subject: Resource | None, device: str, plan: str | None, outcome: str
) -> Made:
    """Whether the answer is complete, and what is missing, the most decisive first."""
    if not assessment.has_tumour:
        status, text = "data-required", _no_tumour(assessment)
        required = [_tumour_requirement()]
    else:
        status = "success" if assessment.complete else "data-requested"
        text = (
            "Nothing that is missing could change the answer."
            if assessment.complete
            else "Missing data could change it."
        )
        required = [_requirement(need) for need in assessment.plan.needed]
    lines = [_would_decide(need.finding, tuple(map(Worded, need.decides))) for need in assessment.plan.needed]
    content: Resource = {
        "moduleCanonical": f"{PLAN_DEFINITION}|{KNOWLEDGE_VERSION}",
        "status": status,
        "occurrenceDateTime": date_time(assessment.as_of),
        "performer": reference(device, "Device"),
        "note": notes_of([text, *_not_given(assessment)]),
        "evaluationMessage": [reference(outcome, "OperationOutcome")],
    }
    if subject:
        content["subject"] = subject
    if plan:
        content["result"] = reference(plan, "CarePlan")
    if required:
        content["dataRequirement"] = required
    output = [*handoffs.parameters(assessment), *prognosis.parameters(assessment)]
    if output:
        content["contained"] = [{"resourceType": "Parameters", "id": handoffs.CONTAINED, "parameter": output}]
        content["outputParameters"] = reference(f"#{handoffs.CONTAINED}", "Parameters")
    told = Story(text, [*lines, *prognosis.lines(assessment), *handoffs.lines(assessment)])
    return Made("GuidanceResponse", told, content)


@lru_cache(maxsize=4096)
def _would_decide(finding: str, what: tuple[Worded, ...]) -> str:
    decided = wording.listed((each.text for each in what), "and")
    return phrase("{finding}: would decide {what}", finding=FINDINGS[finding].title, what=decided)


def _not_given(assessment: Assessment) -> list[str]:
    given = assessment.not_computed
    return [phrase("{score} is not given: {reason}.", score=n.score.title, reason=n.reason) for n in given]


def _no_tumour(assessment: Assessment) -> str:
    if assessment.bone_elsewhere:
        return (
            "No tumour of the spine is proven in this record, so no score is given. It names a bone metastasis "
            "without a vertebra: name the vertebra as bodySite of that Condition."
        )
    return "No tumour of the spine is in this record, so no score is given."


def _tumour_requirement() -> Resource:
    codes = [
        {"system": terminology.SNOMED, "code": "94222008"},
        {"system": terminology.ICD_10_CM, "code": "C79.51"},
    ]
    return {
        "type": "Condition",
        "mustSupport": ["code", "bodySite"],
        "codeFilter": [{"path": "code", "code": codes}],
    }


@lru_cache(maxsize=256)
def _codes_of(finding: str) -> Piece:
    """The codes by which a finding may be sent."""
    codes = [coding("finding", finding, FINDINGS[finding].title), *terminology.standard_codings(finding)]
    return Piece({"path": "code", "code": codes})


def _requirement(need: Needed) -> Resource:
    filters: list[Any] = [_codes_of(need.finding)]
    if need.lesion and need.lesion.levels:
        levels = [coding("vertebra", level, level) for level in need.lesion.levels]
        filters.append({"path": "bodySite", "code": levels})
    return {"type": "Observation", "mustSupport": ["code", "value"], "codeFilter": filters}
