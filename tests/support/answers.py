"""Reading answers: the resources of an answer by type, score, lesion and treatment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service import BASE

Resource = dict[str, Any]


def resources(answer: Resource, kind: str | None = None) -> list[Resource]:
    return [e["resource"] for e in answer["entry"] if kind in (None, e["resource"]["resourceType"])]


def one(answer: Resource, kind: str) -> Resource:
    (found,) = resources(answer, kind)
    return found


def code(concept: Resource, family: str) -> str | None:
    """The code of one of our systems in a CodeableConcept."""
    system = f"{BASE}/CodeSystem/{family}"
    return next((c["code"] for c in concept.get("coding", ()) if c.get("system") == system), None)


def site(resource: Resource) -> str:
    """The level of a resource, by its bodySite or its level extensions."""
    given = resource.get("bodySite")
    if given is None:
        levels = (e for e in resource.get("extension", ()) if e["url"].endswith("/vertebral-level"))
        given = [e["valueCodeableConcept"] for e in levels]
    return "-".join(s["text"] for s in (given if isinstance(given, list) else [given]))


def score(answer: Resource, name: str, at: str = "") -> Resource:
    """The Observation of a score."""
    (found,) = [r for r in resources(answer, "Observation") if code(r["code"], "score") == name and site(r) == at]
    return found


def risk(answer: Resource, name: str, at: str = "") -> Resource:
    (found,) = [r for r in resources(answer, "RiskAssessment") if code(r["method"], "score") == name and site(r) == at]
    return found


def number(element: Resource) -> float | tuple[float, float] | str:
    """A value as a number, a (low, high) pair, or the code of the reason why there is none."""
    if "valueQuantity" in element:
        found: float = element["valueQuantity"]["value"]
        return found
    if "valueRange" in element:
        return element["valueRange"]["low"]["value"], element["valueRange"]["high"]["value"]
    reason: str = element["dataAbsentReason"]["coding"][0]["code"]
    return reason


def items(observation: Resource) -> dict[str, float | tuple[float, float] | str]:
    """The items of a score by their short code."""
    return {str(code(c["code"], "item")).rsplit(".", 1)[-1]: number(c) for c in observation["component"]}


def bands(resource: Resource) -> list[str]:
    """The possible bands of a RiskAssessment, or of the Observation of a score."""
    concepts = resource.get("interpretation") or [p["outcome"] for p in resource["prediction"]]
    return list(dict.fromkeys(str(code(c, "band")) for c in concepts))


def requests(answer: Resource, at: str | None = None) -> list[Resource]:
    """The ServiceRequests in the order of the plan, of one level or all."""
    plan = one(answer, "CarePlan")
    by_url = {e["fullUrl"]: e["resource"] for e in answer["entry"]}
    found = [by_url[a["reference"]["reference"]] for a in plan["activity"]]
    return [r for r in found if at is None or site(r) == at]


def treatments(answer: Resource, at: str | None = None) -> list[str]:
    return [str(code(r["code"], "treatment")) for r in requests(answer, at)]


def request(answer: Resource, treatment: str, at: str | None = None) -> Resource:
    (found,) = [r for r in requests(answer, at) if code(r["code"], "treatment") == treatment]
    return found


def rules(proposal: Resource) -> list[str]:
    """The ids of the rules that a proposal follows."""
    return [url.removeprefix(f"{BASE}/PlanDefinition/") for url in proposal["instantiatesCanonical"]]


def settled(proposal: Resource) -> bool:
    return not any(key.startswith("asNeeded") for key in proposal)


def deciding(proposal: Resource) -> list[str]:
    """The deciding findings of a conditional proposal."""
    return [c["code"] for c in proposal["asNeededCodeableConcept"]["coding"]]


def needed(answer: Resource) -> list[str]:
    """The missing findings, in the order of the GuidanceResponse."""
    listed = one(answer, "GuidanceResponse").get("dataRequirement", ())
    return [r["codeFilter"][0]["code"][0]["code"] for r in listed]


def ledger(answer: Resource) -> dict[str, set[str]]:
    """The codes of the ledger by the resource that the issue names in its diagnostics."""
    found: dict[str, set[str]] = {}
    for issue in one(answer, "OperationOutcome")["issue"]:
        name = issue["diagnostics"].split(": ", 1)[0]
        found.setdefault(name, set()).add(str(code(issue["details"], "ledger")))
    return found


def references(value: Any) -> Iterator[str]:
    """Every reference in a value, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)
