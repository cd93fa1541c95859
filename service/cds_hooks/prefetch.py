"""What is prefetched for a call: the templates, and what became of each of them.

CDS Hooks 2.0, "Prefetch Template", tells four things apart, and so does this: a key that is missing was not asked for;
a null was asked for, and there is nothing (it stands for an empty search as well as for a resource that is not there);
an OperationOutcome says that the EHR failed, so nothing is known; a Bundle or a resource is what was found. A search
of which only a part came is none of these, and is never taken for the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.cds_hooks.call import Call
from service.client.server import is_about
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, refuse_repeated
from service.problems import Problem, Rejected

#: Most resources of a type that are asked for at once; EHRs that page give the pages together, or a part.
_COUNT = 1000
_BUNDLES = ("searchset", "collection")
_SERIOUS = frozenset(("error", "fatal"))
DRUGS = frozenset(("MedicationRequest", "MedicationAdministration", "MedicationStatement", "MedicationDispense"))


@dataclass(frozen=True)
class Template:
    """What is asked of the EHR for one type."""

    kind: str
    parameters: str = ""
    needed: bool = False
    """Whether there is no answer without it."""
    finding: bool = True
    """Whether findings are read from it; without the others, advice is repeated at worst."""

    @property
    def key(self) -> str:
        """Its prefetch key.

        >>> Template("MedicationRequest").key
        'medicationRequest'
        """
        return self.kind[0].lower() + self.kind[1:]

    @property
    def template(self) -> str:
        """The read or search, with the token that the EHR replaces.

        >>> Template("CarePlan", "status=active").template
        'CarePlan?patient={{context.patientId}}&status=active&_count=1000'
        """
        if self.kind == "Patient":
            return "Patient/{{context.patientId}}"
        parts = ("patient={{context.patientId}}", self.parameters, f"_count={_COUNT}")
        return f"{self.kind}?{'&'.join(part for part in parts if part)}"


#: By type. Each is a read or a search of one type by equality, which is all that EHRs have to know; so Medications that
#: orders refer to are not asked for here (that takes ``_include``), and are read from the server where that is allowed.
TEMPLATES: Mapping[str, Template] = {
    each.kind: each
    for each in (
        Template("Patient", needed=True),
        Template("Condition", needed=True),
        Template("Observation", needed=True),
        Template("Procedure"),
        Template("MedicationRequest"),
        Template("MedicationAdministration"),
        Template("MedicationStatement"),
        Template("MedicationDispense"),
        Template("DiagnosticReport"),
        Template("QuestionnaireResponse"),
        Template("RiskAssessment"),
        Template("CarePlan", "status=active", finding=False),
        Template("ServiceRequest", finding=False),
    )
}
NEEDED = frozenset(kind for kind, template in TEMPLATES.items() if template.needed)


class State(StrEnum):
    """What became of a template."""

    HAD = "had"
    """All of it is there; that may be nothing."""
    PART = "part"
    """There is more than what is there."""
    FAILED = "failed"
    """The EHR says that it failed."""
    MISSING = "missing"
    """It was not asked for."""


@dataclass(frozen=True)
class Found:
    """What came of a template: the entries as they were sent, each with the place of its resource in the call."""

    state: State
    entries: tuple[tuple[str, Any], ...] = ()


_MISSING = Found(State.MISSING)


def found(call: Call, bounds: Bounds = USUAL) -> dict[str, Found]:
    """What was prefetched, by type.

    Raises:
        Rejected: 422 for what is not the FHIR that was asked for, or is another patient's; 413 for too much of it.
    """
    given = call.prefetch
    if given is None:
        return dict.fromkeys(TEMPLATES, _MISSING)
    there = frozenset(given.keys())
    judged = {
        kind: _found(template, given[template.key], call.patient_id) if template.key in there else _MISSING
        for kind, template in TEMPLATES.items()
    }
    bounds.refuse_number(sum(len(each.entries) for each in judged.values()), "prefetch")
    return judged


def _found(template: Template, value: Any, patient: str) -> Found:
    path = f"prefetch.{template.key}"
    if value is None:
        # Of a search, nothing was found. Of the patient, there is nobody to speak of.
        return _MISSING if template.kind == "Patient" else Found(State.HAD)
    kind = value.get("resourceType") if isinstance(value, OBJECT) else None
    if kind == "OperationOutcome":
        return _MISSING if _says_unsupported(value) else Found(State.FAILED)
    if kind == template.kind == "Patient":
        _refuse_stranger(value, "Patient", patient, path)
        return Found(State.HAD, ((path, {"resource": value}),))
    if kind != "Bundle":
        what = "that Patient, or null" if template.kind == "Patient" else "the searchset Bundle, or null"
        raise _wrong("structure", f"This is not what the template {template.key} finds. Send {what}.", path)
    refuse_repeated(value, path)
    if value.get("type") not in _BUNDLES:
        raise _wrong("value", "This Bundle is not the answer to a search. Send one of type searchset.", f"{path}.type")
    return _in_bundle(template, value, patient, path)


def _in_bundle(template: Template, bundle: Any, patient: str, path: str) -> Found:
    """The entries of a searchset: those of the type that was searched for, and the Medications that came along."""
    listed = bundle.get("entry")
    if listed is not None and not isinstance(listed, ARRAY):
        raise _wrong("structure", "Entries are a list. Send an array.", f"{path}.entry")
    entries = []
    matches = 0
    whole = True
    for n, entry in enumerate(listed or ()):
        where = f"{path}.entry[{n}]"
        resource = entry.get("resource") if isinstance(entry, OBJECT) else None
        kind = resource.get("resourceType") if isinstance(resource, OBJECT) else None
        if not isinstance(kind, str):
            raise _wrong("structure", "An entry of a search has a resource with a resourceType. Send it.", where)
        if kind == template.kind:
            _refuse_stranger(resource, kind, patient, f"{where}.resource")
            entries.append((f"{where}.resource", entry))
            matches += 1
        elif kind == "OperationOutcome":
            whole = whole and not _is_serious(resource)
        elif kind == "Medication" and template.kind in DRUGS:
            entries.append((f"{where}.resource", entry))
        elif not came_along(entry):
            message = f"The template {template.key} finds resources of type {template.kind} alone. Leave this one out."
            raise _wrong("structure", message, f"{where}.resource.resourceType")
    if template.kind == "Patient" and not matches:
        return _MISSING
    whole = whole and not _has_next(bundle) and not _counts_more(bundle, matches)
    return Found(State.HAD if whole else State.PART, tuple(entries))


def _refuse_stranger(resource: Any, kind: str, patient: str, path: str) -> None:
    """Refuses what is about another patient than the one in the context."""
    if kind != "Patient":
        whose = resource.get("subject") or resource.get("patient")
        name = whose.get("reference") if isinstance(whose, OBJECT) else None
        if not isinstance(name, str) or is_about(name, patient):
            return
    elif resource.get("id") == patient:
        return
    message = "This is about another patient than context.patientId. Send what was prefetched for that patient."
    raise _wrong("business-rule", message, path)


def _says_unsupported(outcome: Any) -> bool:
    """Whether it says that the EHR has no such search, so that nobody asked."""
    issues = outcome.get("issue")
    codes = [issue.get("code") for issue in (issues if isinstance(issues, ARRAY) else ()) if isinstance(issue, OBJECT)]
    return bool(codes) and all(code == "not-supported" for code in codes)


def _is_serious(outcome: Any) -> bool:
    """Whether it says that something is not there. EHRs put a mere warning beside most searches."""
    issues = outcome.get("issue")
    return any(
        isinstance(issue, OBJECT) and issue.get("severity") in _SERIOUS
        for issue in (issues if isinstance(issues, ARRAY) else ())
    )


def came_along(entry: Any) -> bool:
    """Whether an entry of a search is no match, but was included."""
    search = entry.get("search")
    return isinstance(search, OBJECT) and search.get("mode") in ("include", "outcome")


def _has_next(bundle: Any) -> bool:
    links = bundle.get("link")
    return any(
        isinstance(link, OBJECT) and link.get("relation") == "next"
        for link in (links if isinstance(links, ARRAY) else ())
    )


def _counts_more(bundle: Any, matches: int) -> bool:
    total = bundle.get("total")
    return isinstance(total, int) and not isinstance(total, bool) and total > matches


def _wrong(code: str, message: str, path: str) -> Rejected:
    return Rejected(422, Problem(code, message, path))
