"""The resources of an answer as StructureDefinitions: what holds for every one of them, beyond R4 itself.

Answers do not name these profiles in ``meta.profile``: a server that validates would have to have them to take an
answer. They say to the reader of an answer what is always there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service.fhir_mapping.artefacts.building import artefact, canonical
from service.fhir_mapping.outbound.building import Resource

_R4 = "http://hl7.org/fhir/StructureDefinition"


@dataclass(frozen=True)
class _Rule:
    """What holds for one element. None, or an empty text, leaves it as R4 has it."""

    path: str
    least: int | None = None
    most: str = ""
    types: tuple[str, ...] = ()
    fixed: str = ""
    """A code."""
    values: str = ""
    """A ValueSet of ours, of which a code is always given; others may be beside it."""
    targets: tuple[str, ...] = ()
    why: str = ""


def _always(path: str, most: str = "", **rule: Any) -> _Rule:
    return _Rule(path, least=1, most=most, **rule)


def _never(path: str, why: str) -> _Rule:
    return _Rule(path, most="0", why=why)


_IDENTIFIER = _always(
    "identifier", "1", why="A urn:uuid that follows from the content: equal answers have equal identifiers."
)
_DEVICE = ("Device",)

_PROFILES: tuple[tuple[str, str, str, str, tuple[_Rule, ...]], ...] = (
    (
        "answer",
        "Bundle",
        "Answer",
        "All that is said about one record.",
        (
            _always("timestamp", why="The time of the assessment, and not that of the request."),
            _always("entry"),
            _always("entry.fullUrl"),
            _always("entry.resource"),
            _never("entry.search", "It is no result of a search."),
            _never("entry.response", "It is no answer to a transaction; it may be one that is to be posted."),
        ),
    ),
    (
        "plan",
        "CarePlan",
        "Proposed plan",
        "The plan for the patient, for the tumour board to decide on. There is one where a tumour of the spine is.",
        (
            _IDENTIFIER,
            _always("instantiatesCanonical", "1"),
            _Rule("status", fixed="draft"),
            _Rule("intent", fixed="proposal", why="Advice, and never an order."),
            _always("title"),
            _always("description", why="The head of the plan, a line for each of its parts."),
            _always("created"),
            _always("author", types=("Reference",), targets=_DEVICE),
            _Rule("supportingInfo", types=("Reference",), targets=("RiskAssessment",)),
            _Rule("goal", types=("Reference",), targets=("Goal",)),
            _always("activity", why="The proposals, in the order in which things are to be done."),
            _always("activity.reference", types=("Reference",), targets=("ServiceRequest",)),
            _never("activity.detail", "Each proposal is a ServiceRequest."),
        ),
    ),
    (
        "guidance",
        "GuidanceResponse",
        "Whether the answer is complete",
        "What is missing and could change the answer, the most decisive first, and the plan where there is one.",
        (
            _IDENTIFIER,
            _Rule("module[x]", types=("canonical",)),
            _always("occurrenceDateTime"),
            _always("performer", types=("Reference",), targets=_DEVICE),
            _always("note"),
            _always("evaluationMessage", "1", why="The ledger."),
            _Rule("result", types=("Reference",), targets=("CarePlan",)),
        ),
    ),
    (
        "score-meaning",
        "RiskAssessment",
        "What a score means",
        "A prediction for each band that is possible. A result that was computed elsewhere and came with the record is "
        "given in the same form; it has no performer, for this service did not make it.",
        (
            _IDENTIFIER,
            _never("parent", "A score stands by itself."),
            _always("method", values="score"),
            _Rule("performer", types=("Reference",), targets=_DEVICE),
            _Rule("prediction.outcome", least=1),
            _always("note", why="The patients that the score was made for, its validations, and its sources."),
        ),
    ),
    (
        "score",
        "Observation",
        "Score",
        "The number of a score: a quantity where it is exact, and a range of what is possible where it is not.",
        (
            _IDENTIFIER,
            _Rule("code", values="score"),
            _always("subject"),
            _always("effective[x]", types=("dateTime",)),
            _always("value[x]", types=("Quantity", "Range")),
            _never("dataAbsentReason", "A score that is possible has a number, be it a range."),
            _always("interpretation", values="band", why="Every band that is possible."),
            _always("device", types=("Reference",), targets=_DEVICE),
            _always("component", why="Each item; one that nothing is said of has a dataAbsentReason."),
            _Rule("component.code", values="item"),
            _Rule("component.value[x]", types=("Quantity", "Range")),
        ),
    ),
    (
        "proposal",
        "ServiceRequest",
        "Proposal",
        "One recommendation. One that hangs on a missing finding has asNeededCodeableConcept, which says on what.",
        (
            _IDENTIFIER,
            _always("instantiatesCanonical", why="The rules that advise it."),
            _Rule("status", fixed="draft"),
            _Rule("intent", fixed="proposal", why="Advice, and never an order."),
            _always("priority"),
            _always("code", values="treatment"),
            _Rule("asNeeded[x]", types=("CodeableConcept",)),
            _always("authoredOn"),
            _always("requester", types=("Reference",), targets=_DEVICE),
            _always("reasonCode"),
        ),
    ),
    (
        "aim",
        "Goal",
        "Aim of the plan",
        "What the plan is for, as far as its treatments show.",
        (
            _IDENTIFIER,
            _Rule("lifecycleStatus", fixed="proposed"),
            _always("description.text"),
            _always("start[x]", types=("date",)),
            _never("target", "No measure of success is proposed."),
        ),
    ),
    (
        "software",
        "Device",
        "Software",
        "What computed the answer.",
        (
            _IDENTIFIER,
            _always("status", fixed="active"),
            _always("manufacturer"),
            _always("deviceName", "1"),
            _Rule("version", least=2, most="2", why="That of the software, and that of its clinical tables."),
            _always("url"),
        ),
    ),
    (
        "origin",
        "Provenance",
        "Origin of the answer",
        "From which resources of the record the answer was made, and by what.",
        (
            _always("occurred[x]", types=("dateTime",)),
            _always("policy", "1", why="The policy of the site."),
            _Rule("agent", most="1"),
            _always("agent.type"),
            _Rule("agent.who", types=("Reference",), targets=_DEVICE),
            _Rule("entity.role", fixed="source"),
        ),
    ),
    (
        "ledger",
        "OperationOutcome",
        "Ledger",
        "What became of the resources of the record: which were used with a remark, which were not, and why.",
        (
            _always("issue.details", values="ledger"),
            _always("issue.details.coding", "1"),
            _always("issue.details.text"),
            _always("issue.diagnostics"),
            _Rule("issue.expression", most="1"),
        ),
    ),
)


def profiles() -> Iterator[Resource]:
    for name, kind, title, text, rules in _PROFILES:
        yield artefact(
            "StructureDefinition",
            name,
            title,
            text,
            fhirVersion="4.0.1",
            kind="resource",
            abstract=False,
            type=kind,
            baseDefinition=f"{_R4}/{kind}",
            derivation="constraint",
            differential={
                "element": [
                    {"id": kind, "path": kind, "short": title, "definition": text},
                    *(_element(kind, rule) for rule in rules),
                ]
            },
        )


def _element(kind: str, rule: _Rule) -> Resource:
    path = f"{kind}.{rule.path}"
    element: Resource = {"id": path, "path": path}
    if rule.why:
        element["short"] = rule.why
    if rule.least is not None:
        element["min"] = rule.least
    if rule.most:
        element["max"] = rule.most
    if rule.types:
        element["type"] = [_type(code, rule.targets) for code in rule.types]
    if rule.fixed:
        element["fixedCode"] = rule.fixed
    if rule.values:
        # Required would be as true, but validators without a terminology server then refuse a concept that has a code
        # of SNOMED CT beside ours.
        element["binding"] = {"strength": "extensible", "valueSet": canonical("ValueSet", rule.values)}
    return element


def _type(code: str, targets: tuple[str, ...]) -> Resource:
    return {"code": code, **({"targetProfile": [f"{_R4}/{target}" for target in targets]} if targets else {})}
