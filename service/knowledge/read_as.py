"""How a condition of a table is said, exactly: what the line reads in a record."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import groupby
from math import comb

from service import wording
from service.conditions import Above, AllOf, AnyOf, AtLeast, Condition, Includes, Is, Not, Within
from service.decision.model import Premise
from service.decision.wbb import SETS
from service.evidence import Choice, Number
from service.findings import FINDINGS
from service.text import phrase, series
from service.vertebrae import ORDER, run_name, runs

_LONG = 60
#: Shorter than the title of the finding; expected survival is worked out as well, where no clinician estimates it.
TITLES = {"escc-grade": "ESCC grade", "life-expectancy": "Expected survival"}
#: A number with its unit, where that is not said as it is written.
_UNITS = {
    "a": "{number} years",
    "mo": "{number} months",
    "d": "{number} days",
    "10*3/uL": "{number} x 10^3/uL",
}

Names = Mapping[Condition, str]
"""Conditions that are said by a name of their own."""
_NO_NAMES: Names = {}


def read_as(condition: Condition, names: Names = _NO_NAMES) -> str:
    """A condition in words; those that have a name are said by it.

    >>> from service.conditions import all_of, below, is_
    >>> read_as(all_of(is_("primary-tumour", "breast", "prostate"), is_("hormone-dependent", True)))
    'Primary tumour: breast or prostate; and Hormone-dependent tumour: yes'
    >>> read_as(below("albumin", 3.5))
    'Serum albumin: under 3.5 g/dL'
    """
    if condition in names:
        return names[condition]
    match condition:
        case AllOf(()):
            return "always"
        case AllOf(parts):
            return _one_number(parts) or all_said(_part(part, names) for part in _merged(flat(parts, names), names))
        case AnyOf(parts):
            return _so_many("at least {n} of these: {conditions}", parts, names) or series(
                "; or ", (_part(part, names) for part in flat(parts, names, AnyOf))
            )
        case Not(part):
            return _denied(part, names)
        case AtLeast(finding, limit):
            return about(finding, phrase("{value} or more", value=number(finding, limit)))
        case Above(finding, limit):
            return about(finding, phrase("over {value}", value=number(finding, limit)))
        case Includes(finding, levels):
            there = sorted(runs(levels), key=lambda run: ORDER[run[0]])
            return about(finding, wording.listed(map(run_name, there)))
        case Within(finding, members):
            return about(finding, phrase("none but {values}", values=members_said(members)))
        case Is(finding, values) if finding not in FINDINGS:
            return wording.premise(Premise(finding, values))
        case Is(finding, values):
            return about(finding, values_said(finding, values))
        case _:
            return title(condition.finding)


def about(finding: str, values: str) -> str:
    """``Primary tumour: breast or prostate``."""
    return phrase("{finding}: {values}", finding=title(finding), values=values)


def all_said(conditions: Iterable[str]) -> str:
    """Conditions that have to hold together."""
    said = [*conditions]
    return said[0] if len(said) == 1 else series("; and ", said)


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
    found += [(place[value], _label(finding, value)) for value in left]
    return wording.listed(said for _, said in sorted(found))


def _label(finding: str, value: Hashable) -> str:
    return members_said(value) if finding in SETS and isinstance(value, tuple) else FINDINGS[finding].label(value)


def title(finding: str) -> str:
    return TITLES.get(finding) or FINDINGS[finding].title


def members_said(members: Collection[Hashable]) -> str:
    """Zones as runs, and layers one by one.

    >>> members_said((1, 2, 3, 10, 11, 12)), members_said("BC")
    ('1-3 and 10-12', 'B and C')
    """
    numbers = sorted(each for each in members if isinstance(each, int))
    if not numbers:
        return wording.listed(sorted(map(str, members)), "and")
    found = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0])]
    return wording.listed((f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in found), "and")


def flat(parts: Iterable[Condition], names: Names, kind: type[AllOf] | type[AnyOf] = AllOf) -> Iterator[Condition]:
    """The parts, with those of parts of the same kind in their place."""
    for part in parts:
        if isinstance(part, kind) and part.parts and part not in names and not _one_number(part.parts):
            yield from flat(part.parts, names, kind)
        else:
            yield part


def _part(condition: Condition, names: Names) -> str:
    text = read_as(condition, names)
    in_brackets = isinstance(condition, Not) and text.startswith("not (")
    return phrase("({text})", text=text) if "; " in text and not in_brackets else text


def _denied(part: Condition, names: Names) -> str:
    if part in names:
        return phrase("not ({condition})", condition=names[part])
    match part:
        case Not(twice):
            return read_as(twice, names)
        case AnyOf(parts) if fewer := _so_many("fewer than {n} of these: {conditions}", parts, names):
            return fewer
        case AtLeast(finding, limit):
            return about(finding, phrase("under {value}", value=number(finding, limit)))
        case Above(finding, limit):
            domain = FINDINGS[finding].domain
            least = isinstance(domain, Number) and limit == domain.low
            value = number(finding, limit)
            return about(finding, value if least else phrase("{value} or less", value=value))
        case Is(finding, values) if finding in FINDINGS:
            return about(finding, _others(finding, values))
        case _:
            return phrase("not ({condition})", condition=read_as(part, names))


def _others(finding: str, values: frozenset[Hashable]) -> str:
    """The values that are left; where they are many, all but those that are not, if that is shorter."""
    domain = FINDINGS[finding].domain
    but = phrase("any but {values}", values=values_said(finding, values))
    if not isinstance(domain, Choice):
        return but
    left = values_said(finding, frozenset(domain.values) - values)
    return left if 0 < len(left) <= _LONG else min(left or but, but, key=len)


def _merged(parts: Iterable[Condition], names: Names) -> list[Condition]:
    """Several denials of one finding as one: neither a nor b."""
    denied: dict[str, frozenset[Hashable]] = {}
    rest: list[Condition] = []
    for part in parts:
        match part:
            case Not(Is(finding, values)) if part not in names and part.part not in names and finding in FINDINGS:
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
    return about(finding, number(finding, high)) if single else ""


def _so_many(template: str, parts: tuple[Condition, ...], names: Names) -> str:
    """``at least 3 of these: ...``, where the parts are every choice of that many conditions; nothing for others."""
    choices = [part.parts for part in parts if isinstance(part, AllOf)]
    of = tuple(dict.fromkeys(each for choice in choices for each in choice))
    sizes = {len(choice) for choice in choices}
    if len(choices) < len(parts) or len(sizes) != 1:
        return ""
    (size,) = sizes
    if size == len(of) or comb(len(of), size) != len(set(choices)):
        return ""
    return phrase(template, n=size, conditions=series("; ", (read_as(each, names) for each in of)))


def number(finding: str, limit: float) -> str:
    domain = FINDINGS[finding].domain
    unit = domain.unit if isinstance(domain, Number) else ""
    said = f"{limit:g}"
    if unit in _UNITS:
        return phrase(_UNITS[unit], number=said)
    return phrase("{number} {unit}", number=said, unit=unit) if unit not in ("", "1") else said
