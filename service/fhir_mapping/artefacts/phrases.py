"""Conditions of tables in words."""

from __future__ import annotations

from service import wording
from service.conditions import Above, AllOf, AnyOf, AtLeast, Atom, Condition, Includes, Is, Not, Within
from service.decision.model import Premise
from service.decision.tumours import HYPERVASCULAR, RESISTANT, SENSITIVE
from service.findings import FINDINGS
from service.knowledge.read_as import flat, members_said, number, title, values_said

#: Of other lists of tumours each is named, for a class would say more of them than the rule reads.
_CLASSES = {
    SENSITIVE: "a radiosensitive primary tumour",
    RESISTANT: "a radioresistant primary tumour",
    HYPERVASCULAR: "a hypervascular primary tumour",
}


def said(condition: Condition) -> str:
    """``ESCC 2 or ESCC 3 and fit for surgery``; brackets where the reader could be misled."""
    if condition in _CLASSES:
        return _CLASSES[condition]
    match condition:
        case AllOf(parts):
            return " and ".join(map(_part, flat(parts, _CLASSES))) or "always"
        case AnyOf(parts):
            return " or ".join(map(_part, flat(parts, _CLASSES, AnyOf))) or "never"
        case Not(AtLeast(finding, limit)):
            return f"{title(finding)} under {number(finding, limit)}"
        case Not(Above(finding, limit)):
            return f"{title(finding)} {number(finding, limit)} or less"
        case Not(part):
            return f"not ({said(part)})"
        case _:
            return _atom(condition)


def _atom(atom: Atom) -> str:
    match atom:
        case AtLeast(finding, limit):
            return f"{title(finding)} {number(finding, limit)} or more"
        case Above(finding, limit):
            return f"{title(finding)} over {number(finding, limit)}"
        case Includes(finding, levels):
            return f"{title(finding)} with {wording.listed(sorted(levels))}"
        case Within(finding, members):
            return f"{title(finding)} none but {members_said(members)}"
        case Is("primary-tumour", values):
            return f"primary tumour {values_said('primary-tumour', values)}"
        case Is(finding, values) if values == {False} and _is_yes_no(finding):  # ECOG 0 is no "no", though 0 == False
            return f"not ({wording.premise(Premise(finding, frozenset((True,))))})"
        case Is(finding, values):
            return wording.premise(Premise(finding, values))
        case _:
            return title(atom.finding)


def _is_yes_no(finding: str) -> bool:
    return finding in FINDINGS and FINDINGS[finding].is_yes_no


def _part(condition: Condition) -> str:
    text = said(condition)
    plain = isinstance(condition, Atom) and " or " not in text
    return text if plain or isinstance(condition, Not) else f"({text})"
