"""Conditions that many rules share, said by a name in their tables; what each name stands for is said below them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from service.conditions import AllOf, AnyOf, Condition, Not, any_of, not_
from service.decision import en_bloc, noms, primary_tumours, wbb
from service.decision.tumours import HYPERVASCULAR, RESISTANT, SENSITIVE
from service.knowledge.document import Link, Table, Words
from service.knowledge.read_as import Names, read_as
from service.text import phrase

_TUMOURS = Link("Primary tumours", "tumours")
_FITNESS = Link(noms.OPERABILITY.title, noms.OPERABILITY.plan)
#: Explained in a section of their own.
_ELSEWHERE: Mapping[Condition, tuple[str, Link]] = {
    SENSITIVE: ("Primary tumour: radiosensitive", _TUMOURS),
    RESISTANT: ("Primary tumour: radioresistant", _TUMOURS),
    not_(any_of(SENSITIVE, RESISTANT)): ("Primary tumour: unclassified", _TUMOURS),
    HYPERVASCULAR: ("Primary tumour: hypervascular", _TUMOURS),
    noms.FIT: ("Fitness for surgery: fit", _FITNESS),
    noms.UNFIT: ("Fitness for surgery: unfit", _FITNESS),
}
NAMES: Names = {
    **{condition: name for condition, (name, _) in _ELSEWHERE.items()},
    noms.IS_STABLE: "Stability: stable",
    noms.IS_UNSTABLE: "Stability: unstable",
    en_bloc.CRITERIA: "Criteria for en bloc resection: all met but the zones",
    en_bloc.SOLITARY: "Bone metastases: solitary, or one run of levels",
    **{pattern.fits: phrase("WBB zones: fit {pattern}", pattern=pattern.title) for pattern in wbb.PATTERNS},
    wbb.FITS: "WBB zones: fit a pattern",
    wbb.SEVERAL_FIT: "WBB zones: fit several patterns",
    wbb.AS_PRINTED: "WBB zones: fit a pattern only as a review prints it",
    wbb.NO_PATTERN: "WBB zones: fit no pattern",
    wbb.PART_OF_THE_RING: "WBB zones: recorded, and not all twelve",
    primary_tumours.MALIGNANT: "Primary tumour: malignant",
    primary_tumours.UNPROVEN: "Primary tumour: none named of the spine",
    primary_tumours.BENIGN: "Dumbbell tumour: likely benign",
    primary_tumours.AFFECTED: "Cord or nerves: affected",
}


def said(condition: Condition) -> str:
    """A condition of a rule in words.

    >>> said(SENSITIVE)
    'Primary tumour: radiosensitive'
    """
    return read_as(condition, NAMES)


def glossary(conditions: Iterable[Condition]) -> Iterator[Table]:
    """What the names in these conditions stand for; nothing where there are none."""
    found: dict[Condition, None] = {}
    for condition in conditions:
        found.update(dict.fromkeys(_named(condition)))
    if found:
        rows = tuple(((NAMES[each],), _meaning(each)) for each in found)
        yield Table("What the words of the tables stand for", (("Words",), ("Stand for",)), rows)


def _named(condition: Condition) -> Iterator[Condition]:
    """The named conditions in one, each before those in it."""
    if condition in NAMES:
        yield condition
        if condition in _ELSEWHERE:
            return
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _named(part)
        case Not(part):
            yield from _named(part)


def _meaning(condition: Condition) -> Words:
    if condition in _ELSEWHERE:
        return ("see ", _ELSEWHERE[condition][1])
    return (read_as(condition, {each: name for each, name in NAMES.items() if each != condition}),)
