"""How a condition of a table is said, exactly: what the line reads in a record."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import comb

from service import wording
from service.conditions import Above, AllOf, AnyOf, AtLeast, Condition, Includes, Is, Not
from service.decision.model import Premise
from service.evidence import Choice, Number
from service.findings import FINDINGS
from service.vertebrae import ORDER, run_name, runs

_LONG = 60
_UNITS = {"a": "years", "mo": "months", "d": "days", "1": ""}


def read_as(condition: Condition) -> str:
    """A condition in words.

    >>> from service.conditions import all_of, below, is_
    >>> read_as(all_of(is_("primary-tumour", "breast", "prostate"), is_("hormone-dependent", True)))
    'Primary tumour: breast or prostate; and Hormone-dependent tumour: yes'
    >>> read_as(below("albumin", 3.5))
    'Serum albumin: under 3.5 g/dL'
    """
    match condition:
        case AllOf(()):
            return "always"
        case AllOf(parts):
            return _one_number(parts) or "; and ".join(map(_part, _merged(parts)))
        case AnyOf(parts):
            return _so_many("at least", parts) or "; or ".join(map(_part, parts))
        case Not(part):
            return _denied(part)
        case AtLeast(finding, limit):
            return f"{title(finding)}: {_number(finding, limit)} or more"
        case Above(finding, limit):
            return f"{title(finding)}: over {_number(finding, limit)}"
        case Includes(finding, levels):
            there = sorted(runs(levels), key=lambda run: ORDER[run[0]])
            return f"{title(finding)}: {wording.listed(map(run_name, there))}"
        case Is(finding, values) if finding not in FINDINGS:
            return wording.premise(Premise(finding, values))
        case Is(finding, values):
            return f"{title(finding)}: {values_said(finding, values)}"
        case _:
            return title(condition.finding)


def values_said(finding: str, values: Iterable[Hashable]) -> str:
    """Listed values in the order of their domain; a code that stands for several of them is said instead of those."""
    spec = FINDINGS[finding]
    if not isinstance(spec.domain, Choice):
        return wording.listed(sorted(map(str, values)))
    left = set(values)
    place = {value: n for n, value in enumerate(spec.domain.values)}
    found: list[tuple[int, str]] = []
    for word, members in spec.domain.groups.items():
        if members <= left:
            found.append((min(place[member] for member in members), word))
            left -= members
    found += [(place[value], spec.label(value)) for value in left]
    return wording.listed(said for _, said in sorted(found))


def title(finding: str) -> str:
    return FINDINGS[finding].title


def _part(condition: Condition) -> str:
    text = read_as(condition)
    return f"({text})" if "; " in text else text


def _denied(part: Condition) -> str:
    match part:
        case Not(twice):
            return read_as(twice)
        case AnyOf(parts) if fewer := _so_many("fewer than", parts):
            return fewer
        case AtLeast(finding, limit):
            return f"{title(finding)}: under {_number(finding, limit)}"
        case Above(finding, limit):
            return f"{title(finding)}: {_number(finding, limit)} or less"
        case Is(finding, values):
            return f"{title(finding)}: {_others(finding, values)}"
        case _:
            return f"not ({read_as(part)})"


def _others(finding: str, values: frozenset[Hashable]) -> str:
    """The values that are left; where they are many, all but those that are not, if that is shorter."""
    domain = FINDINGS[finding].domain
    but = f"any but {values_said(finding, values)}"
    if not isinstance(domain, Choice):
        return but
    left = values_said(finding, frozenset(domain.values) - values)
    return left if len(left) <= _LONG else min(left, but, key=len)


def _merged(parts: Iterable[Condition]) -> list[Condition]:
    """Several denials of one finding as one: neither a nor b."""
    denied: dict[str, frozenset[Hashable]] = {}
    rest: list[Condition] = []
    for part in parts:
        match part:
            case Not(Is(finding, values)):
                denied[finding] = denied.get(finding, frozenset()) | values
            case _:
                rest.append(part)
    return [*rest, *(Not(Is(finding, values)) for finding, values in denied.items())]


def _one_number(parts: tuple[Condition, ...]) -> str:
    """Two limits that leave one number; nothing for other parts."""
    match parts:
        case (AtLeast(finding, low), Not(Above(other, high))):
            least = low
        case (Above(finding, low), Not(Above(other, high))):
            least = low + 1
        case _:
            return ""
    domain = FINDINGS[finding].domain
    whole = isinstance(domain, Number) and domain.whole
    single = finding == other and least == high and (whole or least == low)
    return f"{title(finding)}: {_number(finding, high)}" if single else ""


def _so_many(how: str, parts: tuple[Condition, ...]) -> str:
    """``at least 3 of these: ...``, where the parts are every choice of that many conditions; nothing for others."""
    choices = [part.parts for part in parts if isinstance(part, AllOf)]
    of = tuple(dict.fromkeys(each for choice in choices for each in choice))
    sizes = {len(choice) for choice in choices}
    if len(choices) < len(parts) or len(sizes) != 1:
        return ""
    (size,) = sizes
    if size == len(of) or comb(len(of), size) != len(set(choices)):
        return ""
    return f"{how} {size} of these: {'; '.join(map(read_as, of))}"


def _number(finding: str, limit: float) -> str:
    domain = FINDINGS[finding].domain
    unit = domain.unit if isinstance(domain, Number) else ""
    if unit.startswith("10*"):
        return f"{limit:g} x {unit.replace('*', '^')}"
    return f"{limit:g} {_UNITS.get(unit, unit)}".rstrip()
