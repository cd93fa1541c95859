"""Conversions: findings that follow from other findings by a table, weighed by time with what the record says itself.

What follows from several findings is tried for every combination of their possible values, so it is never wider or
narrower than they leave it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from service.evidence import Evidence, Span, Statement, Values, When, meet, together, weigh
from service.findings import FINDINGS, LESION, MODIFIED_FRANKEL, VISCERAL, visceral

#: ECOG to Karnofsky, as four public conversion tables agree. It loses information in both directions.
KARNOFSKY_OF_ECOG: Mapping[Hashable, frozenset[Hashable]] = {
    0: frozenset((90, 100)),
    1: frozenset((70, 80)),
    2: frozenset((50, 60)),
    3: frozenset((30, 40)),
    4: frozenset((10, 20)),
    5: frozenset((0,)),
}
_ECOG_OF_KARNOFSKY: Mapping[Hashable, frozenset[Hashable]] = {
    k: frozenset((ecog,)) for ecog, ks in KARNOFSKY_OF_ECOG.items() for k in ks
}
#: The tables that convert them differ by up to ten of Karnofsky: as far, neither speaks against the other.
_KARNOFSKY_BESIDE_ECOG: Mapping[Hashable, frozenset[Hashable]] = {
    ecog: frozenset(k for k in range(0, 101, 10) if any(isinstance(a, int) and abs(a - k) <= 10 for a in ks))
    for ecog, ks in KARNOFSKY_OF_ECOG.items()
}
_ECOG_BESIDE_KARNOFSKY: Mapping[Hashable, frozenset[Hashable]] = {
    k: frozenset(ecog for ecog, ks in _KARNOFSKY_BESIDE_ECOG.items() if k in ks) for k in range(0, 101, 10)
}
#: Letter to letter, by convention.
_FRANKEL_OF_ASIA: Mapping[Hashable, frozenset[Hashable]] = {
    f"asia-{letter}": frozenset((f"frankel-{letter}",)) for letter in "abcde"
}
_FRANKEL_OF_MODIFIED: Mapping[Hashable, frozenset[Hashable]] = {
    f"modified-frankel-{grade}": frozenset((f"frankel-{grade[0]}",)) for grade in MODIFIED_FRANKEL
}
_WALKS: frozenset[Hashable] = frozenset(("intact", "impaired"))
_WALKS_NOT: frozenset[Hashable] = frozenset(("non-ambulatory",))
#: For want of anything better: who has some useful motor function walks.
_WALKING_OF_FRANKEL: Mapping[Hashable, frozenset[Hashable]] = {
    f"frankel-{letter}": _WALKS if letter in "de" else _WALKS_NOT for letter in "abcde"
}
#: Some with Frankel D do not walk, and who has no deficit may be unable to for pain: neither refutes it.
_MAY_NOT_WALK: Mapping[Hashable, frozenset[Hashable]] = dict.fromkeys(
    ("frankel-d", "frankel-e", "modified-frankel-e"), _WALKS | _WALKS_NOT
)
#: D0 and D1 do not tell: D1 may walk with a frame and live in a wheelchair. It has to be asked.
_WALKING_OF_MODIFIED: Mapping[Hashable, frozenset[Hashable]] = {
    f"modified-frankel-{grade}": walking
    for grades, walking in (
        (("a", "b", "c1", "c2"), _WALKS_NOT),
        (("d0", "d1"), _WALKS | _WALKS_NOT),
        (("d2", "d3", "e"), _WALKS),
    )
    for grade in grades
}

#: Cord compression does not say the grade, but that the tumour reaches the cord. Where it is denied nothing follows.
_ESCC_OF_COMPRESSION: Mapping[Hashable, frozenset[Hashable]] = {True: frozenset(("escc-1c", "escc-2", "escc-3"))}

#: Chemotherapy is systemic therapy. Without it there may have been another.
_SYSTEMIC: Mapping[Hashable, frozenset[Hashable]] = {True: frozenset((True,))}
#: Metastases in an organ or in the brain are at least one organ system; which others, nobody says.
_AT_LEAST_ONE: frozenset[Hashable] = frozenset((Span(1, 10),))
_SYSTEMS_OF_ORGANS: Mapping[Hashable, frozenset[Hashable]] = {
    value: _AT_LEAST_ONE for value in VISCERAL.values if value in visceral("present")
}
_SYSTEMS_OF_BRAIN: Mapping[Hashable, frozenset[Hashable]] = {True: _AT_LEAST_ONE}

Row = tuple[Hashable, Mapping[str, Hashable]]
#: The ESCC grade by its imaging features (Bilsky et al. 2010, J Neurosurg Spine 13:324). The first row that holds
#: counts, so the worst feature decides where features contradict each other.
_ESCC: tuple[Row, ...] = (
    ("escc-3", {"escc-cord-compressed": True, "escc-csf-visible": False}),
    ("escc-2", {"escc-cord-compressed": True}),
    ("escc-1c", {"escc-cord-abutted": True}),
    ("escc-1b", {"escc-thecal-sac-deformed": True}),
    ("escc-1a", {"escc-epidural-extension": True}),
    ("escc-0", {}),
)
_RECEPTORS = ("oestrogen-receptor", "progesterone-receptor", "her2")
_TRIPLE_NEGATIVE: tuple[Row, ...] = ((True, dict.fromkeys(_RECEPTORS, False)), (False, {}))


@dataclass(frozen=True)
class Conversion:
    """A finding by one other: the values that each value of it stands for. Nothing follows from others."""

    table: Mapping[Hashable, frozenset[Hashable]]
    beside: Mapping[Hashable, frozenset[Hashable]] = field(default_factory=dict)
    """Where it is wider than the table: the values that do not contradict a value."""
    lasts: bool = False
    """Whether what follows is true from then on, so that no later date takes it away."""

    def says(self, possible: Mapping[str, Values]) -> bool:
        """Whether anything follows."""
        (values,) = possible.values()
        return self.table.keys() >= values

    def __call__(self, possible: Mapping[str, Values]) -> Values:
        (values,) = possible.values()
        return frozenset(result for value in values for result in self.table[value])

    def goes_with(self, possible: Mapping[str, Values]) -> Values:
        """The values that do not contradict it."""
        (values,) = possible.values()
        return frozenset(result for value in values for result in self.beside.get(value, self.table[value]))


@dataclass(frozen=True)
class FirstRow:
    """A finding by several others: the first row of which each part holds."""

    rows: tuple[Row, ...]
    lasts: bool = False

    def says(self, possible: Mapping[str, Values]) -> bool:
        """Whether anything follows: always, for the last row holds of anything."""
        return bool(possible)

    def __call__(self, possible: Mapping[str, Values]) -> Values:
        found = set()
        for combination in product(*possible.values()):
            known = dict(zip(possible, combination, strict=True))
            found.add(next(result for result, when in self.rows if when.items() <= known.items()))
        return frozenset(found)

    goes_with = __call__


Rule = Conversion | FirstRow
#: (finding, the findings it follows from, how). A later line may read what an earlier one found, and
#: is weighed with it.
RULES: tuple[tuple[str, tuple[str, ...], Rule], ...] = (
    ("karnofsky", ("ecog",), Conversion(KARNOFSKY_OF_ECOG, _KARNOFSKY_BESIDE_ECOG)),
    ("ecog", ("karnofsky",), Conversion(_ECOG_OF_KARNOFSKY, _ECOG_BESIDE_KARNOFSKY)),
    ("frankel-grade", ("modified-frankel",), Conversion(_FRANKEL_OF_MODIFIED)),
    ("frankel-grade", ("asia-impairment",), Conversion(_FRANKEL_OF_ASIA)),
    ("ambulatory-status", ("modified-frankel",), Conversion(_WALKING_OF_MODIFIED, _MAY_NOT_WALK)),
    ("ambulatory-status", ("frankel-grade",), Conversion(_WALKING_OF_FRANKEL, _MAY_NOT_WALK)),
    ("triple-negative", _RECEPTORS, FirstRow(_TRIPLE_NEGATIVE)),
    ("escc-grade", tuple(dict.fromkeys(f for _, when in _ESCC for f in when)), FirstRow(_ESCC)),
    ("escc-grade", ("spinal-cord-compression",), Conversion(_ESCC_OF_COMPRESSION)),
    ("previous-systemic-therapy", ("previous-chemotherapy",), Conversion(_SYSTEMIC, lasts=True)),
    ("metastatic-organ-system-count", ("visceral-metastases",), Conversion(_SYSTEMS_OF_ORGANS)),
    ("metastatic-organ-system-count", ("brain-metastases",), Conversion(_SYSTEMS_OF_BRAIN)),
)
#: What the record says of walking is preferred to what follows, unless that is certainly later.
_RATHER_SAID = frozenset(("ambulatory-status",))
#: (finding, one that it follows from).
FOLLOWS = frozenset((finding, origin) for finding, origins, _ in RULES for origin in origins)


def by_rules(said: Mapping[str, Evidence], *, of_lesion: bool) -> dict[str, Evidence]:
    """What is said of the patient, or of one lesion, with what follows by the rules."""
    found = dict(said)
    for finding, origins, rule in RULES:
        if (FINDINGS[finding].scope == LESION) != of_lesion:
            continue
        # ECOG and Karnofsky follow from each other, and neither is weighed with what followed from itself.
        basis = {
            origin: known[origin]
            for origin in origins
            for known in (said if (origin, finding) in FOLLOWS else found,)
            if origin in known
        }
        if not basis or not rule.says(_open(basis, origins)):
            continue
        held = found.get(finding)
        if held is not None:
            found[finding] = _weighed(finding, held, basis, origins, rule)
        else:
            found[finding] = together(basis.values(), rule(_open(basis, origins)), basis)
    return found


def _open(basis: Mapping[str, Evidence], origins: Iterable[str]) -> dict[str, Values]:
    return {origin: possible(basis, origin) for origin in origins}


def _weighed(
    finding: str, held: Evidence, basis: Mapping[str, Evidence], origins: tuple[str, ...], rule: Rule
) -> Evidence:
    """What is held of a finding, weighed by time with what follows from others where that contradicts it."""
    said = {origin: evidence for origin, evidence in basis.items() if evidence.sources}
    if not said or not held.statements or not _contradicts(held, said, origins, rule):
        return held
    own = held.statements
    if any(statement.finding != finding for statement in own):
        own = (Statement(finding, held.values, "", _time(held)),)
    since = max(s.when.start for s in own)
    newer = {origin: evidence for origin, evidence in said.items() if rule.lasts or _time(evidence).end >= since}
    if not newer or not _contradicts(held, newer, origins, rule):
        older = tuple(s for origin, e in said.items() if origin not in newer for s in e.statements)
        return replace(held, superseded=tuple(dict.fromkeys((*held.superseded, *older))))
    follows = together(newer.values(), rule(_open(newer, origins)), newer)
    if not held.sources:  # silence contradicts nothing
        return follows
    times = [_time(evidence) for evidence in newer.values()]
    then = When() if rule.lasts else When(min(time.start for time in times), max(time.end for time in times))
    lost = set(weigh((*own, Statement(finding, follows.values, "", then))).superseded)
    standing = [statement for statement in own if statement not in lost]
    if standing and finding in _RATHER_SAID and not held.derived_from:
        return held
    if not standing:
        return replace(follows, superseded=(*held.superseded, *held.statements))
    kept = weigh(standing)
    return Evidence(
        kept.values | follows.values,
        tuple(dict.fromkeys((*(held.statements if len(standing) == len(own) else standing), *follows.statements))),
        superseded=(*held.superseded, *(statement for statement in own if statement in lost)),
        conflict=True,
    )


def _contradicts(held: Evidence, basis: Mapping[str, Evidence], origins: tuple[str, ...], rule: Rule) -> bool:
    """Whether what follows cannot be true beside what is held; of sources that disagree, whether that is so of any."""
    open_ = _open(basis, origins)
    disputed = [(origin, value) for origin, e in basis.items() if e.conflict for value in e.values]
    sides = [{**open_, origin: frozenset((value,))} for origin, value in disputed] or [open_]
    return any(not meet(held.values, rule.goes_with(side)) for side in sides)


def _time(evidence: Evidence) -> When:
    """Since when all that stands has been said, to when it may have been; any time where a lasting state says it."""
    if any(statement.lasting for statement in evidence.statements):
        return When()
    times = [statement.when for statement in evidence.statements]
    return When(max(time.start for time in times), max(time.end for time in times))


def outdated(said: Evidence, by: Evidence) -> bool:
    """Whether what is said is certainly earlier than something else: that may have changed it since."""
    return bool(said.sources) and _time(said).end < _time(by).start


def possible(found: Mapping[str, Evidence], finding: str) -> Values:
    """What a finding may be; anything where nothing is found of it."""
    return found[finding].values if finding in found else FINDINGS[finding].domain.unknown
