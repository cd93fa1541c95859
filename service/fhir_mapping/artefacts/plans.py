"""The rules as PlanDefinitions: one for each id that a proposal can name, and the plan that they make together."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module

from service import KNOWLEDGE_VERSION, decision, wording
from service.decision.model import Rule
from service.decision.noms import NOMS, ROWS, NomsRow
from service.fhir_mapping.artefacts.building import artefact, canonical, citations
from service.fhir_mapping.artefacts.phrases import said
from service.fhir_mapping.outbound.building import Resource, concept

WHOLE = "spinal-tumour"
_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_ADVICE = "Advice for the tumour board, and never an order."


@lru_cache(maxsize=1)
def rules() -> dict[str, tuple[Rule, ...]]:
    """The rules of the modules of service.decision, by the id of their PlanDefinition."""
    found: dict[str, dict[Rule, None]] = {}
    for info in pkgutil.iter_modules(decision.__path__):
        module = import_module(f"{decision.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Rule):
                found.setdefault(value.plan, {})[value] = None
    return {plan: tuple(each) for plan, each in found.items()}


def plan_definitions() -> Iterator[Resource]:
    for name, listed in rules().items():
        elements: Resource = {}
        cited = citations(rule.source for rule in listed if rule.source)
        if cited:
            elements["relatedArtifact"] = cited
        if name == NOMS.plan:
            elements["action"] = [_row(n, row) for n, row in enumerate(ROWS, 1)]
        title = listed[0].title
        text = (
            f"{title}: the rows are read from the top, and the first that applies counts."
            if elements.get("action")
            else f"{title}, one of the rules of the plan for a tumour of the spine."
        )
        yield artefact("PlanDefinition", name, title, f"{text} {_ADVICE}", type=_type("eca-rule"), **elements)
    yield _whole()


def _whole() -> Resource:
    """The plan that a CarePlan instantiates: every rule, by reference."""
    return artefact(
        "PlanDefinition",
        WHOLE,
        "Plan for a tumour of the spine",
        f"Emergencies first, then the rules for each lesion, then what to find out. {_ADVICE}",
        type=_type("clinical-protocol"),
        library=[f"{canonical('Library', 'knowledge')}|{KNOWLEDGE_VERSION}"],
        action=[
            {
                "id": name,
                "title": listed[0].title,
                "definitionCanonical": f"{canonical('PlanDefinition', name)}|{KNOWLEDGE_VERSION}",
            }
            for name, listed in rules().items()
        ],
    )


def _type(code: str) -> Resource:
    return {"coding": [{"system": _TYPE, "code": code}]}


def _row(number: int, row: NomsRow) -> Resource:
    condition = said(row.when)
    steps = [wording.treatment(step) for step in row.do]
    return {
        "id": f"row-{number}",
        "title": "; ".join(steps),
        "description": row.why,
        "condition": [
            {
                "kind": "applicability",
                "expression": {"description": condition, "language": "text/plain", "expression": condition},
            }
        ],
        "action": [
            {"title": text, "code": [concept("treatment", step, text)]}
            for step, text in zip(row.do, steps, strict=True)
        ],
    }
