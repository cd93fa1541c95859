"""How each finding is given in FHIR: the types of its value, and the codes of its listed values."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations

from service.evidence import Choice, Number
from service.findings import Finding

#: Findings whose values have a code system of their own; the other values are in ``finding-value``.
OWN_SYSTEM = {"primary-tumour": "tumour", "vertebral-level": "vertebra"}


def types(finding: Finding) -> tuple[str, ...]:
    """The FHIR types that a value of the finding may have, the usual one first."""
    domain = finding.domain
    if isinstance(domain, Number):
        return ("integer",) if domain.whole and domain.unit == "1" else ("Quantity",)
    if finding.is_yes_no:
        return ("boolean",)
    if any(isinstance(value, tuple) for value in domain.values) and finding.code not in OWN_SYSTEM:
        return ("string",)
    if all(isinstance(value, int) for value in domain.values):
        return "CodeableConcept", "integer", "Quantity"
    return ("CodeableConcept", "Quantity") if finding.from_percent else ("CodeableConcept",)


def unit(finding: Finding) -> str | None:
    """The UCUM unit of a number, or None where the finding is none."""
    if isinstance(finding.domain, Number):
        return finding.domain.unit
    return "%" if finding.from_percent else None


def system(finding: Finding) -> str:
    """The short name of the code system that has the values."""
    return OWN_SYSTEM.get(finding.code, "finding-value")


def code_of(value: Hashable) -> str:
    """A listed value as a code."""
    if isinstance(value, tuple):
        return str(value[0])
    return str(value).lower() if isinstance(value, bool) else str(value)


def codes(finding: Finding) -> dict[str, str]:
    """The codes by which a value can be said, groups included, with how they are said; empty where there are none."""
    domain = finding.domain
    if isinstance(domain, Number) or types(finding)[0] == "string":
        return {}
    return {code_of(value): finding.label(value) for value in (*domain.values, *domain.groups)}


def several(finding: Finding) -> bool:
    """Whether one value may be said by several codes together, because its groups cut across one another."""
    groups = finding.domain.groups.values() if isinstance(finding.domain, Choice) else ()
    return any(a & b and not (a <= b or b <= a) for a, b in combinations(groups, 2))


def parents(finding: Finding) -> dict[str, list[str]]:
    """The groups of each code that belongs to some."""
    found: dict[str, list[str]] = {}
    if isinstance(finding.domain, Choice):
        for group, members in finding.domain.groups.items():
            for value in finding.domain.values:
                if value in members:
                    found.setdefault(code_of(value), []).append(group)
    return found
