"""Conditions of tables in words."""

from __future__ import annotations

from service import wording
from service.conditions import Above, AllOf, AnyOf, AtLeast, Atom, Condition, Includes, Is, Not
from service.decision.model import Premise
from service.evidence import Number
from service.findings import FINDINGS


def said(condition: Condition) -> str:
    """``ESCC 2 or ESCC 3 and fit for surgery``; brackets where the reader could be misled."""
    match condition:
        case AllOf(parts):
            return " and ".join(map(_part, parts)) or "always"
        case AnyOf(parts):
            return " or ".join(map(_part, parts)) or "never"
        case Not(AtLeast(finding, limit)):
            return f"{_title(finding)} under {_number(finding, limit)}"
        case Not(Above(finding, limit)):
            return f"{_title(finding)} {_number(finding, limit)} or less"
        case Not(part):
            return f"not ({said(part)})"
        case AtLeast(finding, limit):
            return f"{_title(finding)} {_number(finding, limit)} or more"
        case Above(finding, limit):
            return f"{_title(finding)} over {_number(finding, limit)}"
        case Includes(finding, levels):
            return f"{_title(finding)} with {wording.listed(sorted(levels))}"
        case Is(finding, values):
            return wording.premise(Premise(finding, values))
        case _:
            return _title(condition.finding)


def _part(condition: Condition) -> str:
    text = said(condition)
    plain = isinstance(condition, Atom) and " or " not in text
    return text if plain or isinstance(condition, Not) else f"({text})"


def _title(finding: str) -> str:
    found = FINDINGS.get(finding)
    return found.title if found else finding


def _number(finding: str, limit: float) -> str:
    found = FINDINGS.get(finding)
    unit = found.domain.unit if found and isinstance(found.domain, Number) and found.domain.unit != "1" else ""
    return f"{limit:g} {unit}".rstrip()
