"""Findings that follow from other findings, weighed by time with what the record says of them itself.

Each is a set of possible values like any other: ECOG 1 is Karnofsky 70 or 80. What follows from several findings
is tried for every combination of their possible values, so it is never wider or narrower than they leave it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from service.case import Case, Lesion
from service.evidence import Evidence, Span, Statement, Values, When, meet, together, weigh
from service.findings import FINDINGS, LESION, MODIFIED_FRANKEL, visceral
from service.vertebrae import levels, runs

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
    """A finding by one other: the values that each value of it stands for."""

    table: Mapping[Hashable, frozenset[Hashable]]
    beside: Mapping[Hashable, frozenset[Hashable]] = field(default_factory=dict)
    """Where it is wider than the table: the values that do not contradict a value."""

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
)
_CONVERSIONS = tuple((finding, origin, rule) for finding, origins, rule in RULES for origin in origins)

#: What the record says of walking is preferred to what follows, unless that is certainly later.
_RATHER_SAID = frozenset(("ambulatory-status",))
#: (finding, one that it follows from).
_FOLLOWS = frozenset((finding, origin) for finding, origin, _ in _CONVERSIONS)

_COUNTS = ("vertebral-metastasis-count", "extraspinal-bone-metastasis-count")
_ELSEWHERE = ("visceral-metastases", "brain-metastases")
_METASTATIC: Values = frozenset(("metastatic",))
_YES: Values = frozenset((True,))
#: A diagnosis of cord compression does not say the grade, but that the tumour reaches the cord.
_AT_THE_CORD: Values = frozenset(("escc-1c", "escc-2", "escc-3"))
_COMPRESSED: tuple[tuple[str, Values], ...] = (
    ("spinal-cord-compression", _YES),
    ("escc-grade", frozenset(("escc-2", "escc-3"))),
)
_PARALYSED: Values = frozenset(f"frankel-{grade}" for grade in "abcd")
_DEFICIT: tuple[tuple[str, Values], ...] = (
    ("progressive-deficit", _YES),
    ("sphincter-dysfunction", _YES),
    ("frankel-grade", _PARALYSED),
)
#: The cord ends at L1 or so: what lies below it harms the cauda equina.
_ABOVE_THE_CONUS = frozenset(levels("C0", "T12"))
_BELOW_THE_CORD = frozenset(levels("L2", "S5"))
#: The findings that others are worked out from.
READS = frozenset(
    (
        *(origin for _, origin, _ in _CONVERSIONS),
        *_COUNTS,
        *_ELSEWHERE,
        "tumour-origin",
        "triple-negative",
        *(code for code, _ in (*_COMPRESSED, *_DEFICIT)),
    )
)
_IN_ORGANS = visceral("present")
_AT_LEAST_ONE: Values = frozenset((Span(1, math.inf),))


def derive(case: Case) -> Case:
    """The case with what follows from its findings added."""
    lesions = tuple(replace(lesion, evidence=_of_lesion(case, lesion)) for lesion in case.lesions)
    found = by_rules(case.evidence, of_lesion=False)
    metastatic = [le for le in case.lesions if case.possible("tumour-origin", le) == _METASTATIC]
    affected = sum(len(lesion.levels) or 1 for lesion in metastatic)
    shown = [e for lesion in metastatic for e in lesion.evidence.values()]
    if "vertebral-metastasis-count" not in found and affected > 1:
        several: Values = frozenset((Span(affected, 999),))
        found["vertebral-metastasis-count"] = replace(together(shown, several), derived_from=("vertebral-level",))
    for finding, evidence in (
        ("bone-metastases", _bones(found, metastatic)),
        ("metastatic-organ-system-count", _organ_systems(found)),
        ("hormone-dependent", _hormones(found)),
    ):
        if finding not in found and evidence is not None:
            found[finding] = evidence
    if not any("progressive-deficit" in said for said in (found, *(lesion.evidence for lesion in lesions))):
        found |= _deficit(found)
    return replace(case, evidence=found, lesions=lesions)


def _deficit(found: Mapping[str, Evidence]) -> dict[str, Evidence]:
    """A proven deficit of which the record does not say whether it is new: it may be, and that has to be asked now."""
    proven = found.get("frankel-grade")
    if proven is None or not proven.values & _PARALYSED or not (proven.conflict or proven.values <= _PARALYSED):
        return {}
    return {"progressive-deficit": together([proven], frozenset((False, True)), ["frankel-grade"])}


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
            for known in (said if (origin, finding) in _FOLLOWS else found,)
            if origin in known
        }
        held = found.get(finding)
        if held is not None:
            found[finding] = _weighed(finding, held, basis, origins, rule)
        elif basis:
            found[finding] = together(basis.values(), rule(_open(basis, origins)), basis)
    return found


def _open(basis: Mapping[str, Evidence], origins: Iterable[str]) -> dict[str, Values]:
    return {origin: _values(basis, origin) for origin in origins}


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
    newer = {origin: evidence for origin, evidence in said.items() if _time(evidence).end >= since}
    if not newer or not _contradicts(held, newer, origins, rule):
        older = tuple(s for origin, e in said.items() if origin not in newer for s in e.statements)
        return replace(held, superseded=tuple(dict.fromkeys((*held.superseded, *older))))
    follows = together(newer.values(), rule(_open(newer, origins)), newer)
    if not held.sources:  # silence contradicts nothing
        return follows
    times = [_time(evidence) for evidence in newer.values()]
    then = When(min(time.start for time in times), max(time.end for time in times))
    lost = weigh((*own, Statement(finding, follows.values, "", then))).superseded
    standing = [statement for statement in own if statement not in lost]
    if standing and finding in _RATHER_SAID and not held.derived_from:
        return held
    if not standing:
        return replace(follows, superseded=(*held.superseded, *held.statements))
    kept = weigh(standing)
    return Evidence(
        kept.values | follows.values,
        tuple(dict.fromkeys((*(held.statements if len(standing) == len(own) else standing), *follows.statements))),
        superseded=(*held.superseded, *lost),
        conflict=True,
    )


def _contradicts(held: Evidence, basis: Mapping[str, Evidence], origins: tuple[str, ...], rule: Rule) -> bool:
    """Whether what follows cannot be true beside what is held; of sources that disagree, whether that is so of any."""
    possible = _open(basis, origins)
    disputed = [(origin, value) for origin, e in basis.items() if e.conflict for value in e.values]
    sides = [{**possible, origin: frozenset((value,))} for origin, value in disputed] or [possible]
    return any(not meet(held.values, rule.goes_with(side)) for side in sides)


def _time(evidence: Evidence) -> When:
    """Since when all that stands has been said, to when it may have been; any time where a lasting state says it."""
    if any(statement.lasting for statement in evidence.statements):
        return When()
    times = [statement.when for statement in evidence.statements]
    return When(max(time.start for time in times), max(time.end for time in times))


def _of_lesion(case: Case, lesion: Lesion) -> dict[str, Evidence]:
    found = by_rules(lesion.evidence, of_lesion=True)
    if lesion.levels and "contiguous-level-count" not in found:
        found["contiguous-level-count"] = _contiguous(case, lesion)
    if "escc-grade" not in found and _values(found, "spinal-cord-compression") == _YES:
        found["escc-grade"] = together([found["spinal-cord-compression"]], _AT_THE_CORD, ["spinal-cord-compression"])
    if "myelopathy" not in found:
        myelopathy = _myelopathy(case, lesion, found)
        if myelopathy is not None:
            found["myelopathy"] = myelopathy
    return found


def _values(found: Mapping[str, Evidence], finding: str) -> Values:
    return found[finding].values if finding in found else FINDINGS[finding].domain.unknown


def _myelopathy(case: Case, lesion: Lesion, found: Mapping[str, Evidence]) -> Evidence | None:
    """Myelopathy, where nobody speaks of it: none below the cord; a deficit with a compressed cord is one."""
    if not lesion.levels:
        return None
    level = found.get("vertebral-level") or Evidence(frozenset())
    if _BELOW_THE_CORD.issuperset(lesion.levels) and not case.about("myelopathy").statements:
        return replace(together([level], frozenset((False,))), derived_from=("vertebral-level",))
    compressed = [f for f, sure in _COMPRESSED if _values(found, f) <= sure and f in found]
    about = {f: found.get(f) or case.about(f) for f in (code for code, _ in _DEFICIT)}
    deficits = [f for f, sure in _DEFICIT if about[f].statements and about[f].values <= sure]
    if compressed and deficits and _ABOVE_THE_CONUS.issuperset(lesion.levels):
        basis = {compressed[0]: found[compressed[0]], deficits[0]: about[deficits[0]]}
        return together(basis.values(), _YES, basis)
    return None


def _contiguous(case: Case, lesion: Lesion) -> Evidence:
    """The run of affected levels that a lesion is part of, with the metastases that it touches.

    A neighbour that may be a metastasis, and need not be one, leaves both lengths and those in between open.
    """
    others = [le for le in case.lesions if le is not lesion and le.levels]
    sure = [le for le in others if case.possible("tumour-origin", le) == _METASTATIC]
    maybe = [le for le in others if case.possible("tumour-origin", le) & _METASTATIC]
    low, high = (_run_with(lesion, neighbours) for neighbours in (sure, maybe))
    touching = [le for le in maybe if set(le.levels) <= high]
    named = (
        e for le in (lesion, *touching) for c, e in le.evidence.items() if c in ("vertebral-level", "tumour-origin")
    )
    values: Values = frozenset((Span(len(low), len(high)),))
    return replace(together(named, values), derived_from=("vertebral-level",))


def _run_with(lesion: Lesion, neighbours: Iterable[Lesion]) -> set[str]:
    joined = runs((*lesion.levels, *(level for le in neighbours for level in le.levels)))
    return next(set(run) for run in joined if lesion.levels[0] in run)


def _hormones(found: Mapping[str, Evidence]) -> Evidence | None:
    """Breast cancer without a receptor does not depend on hormones. Of another tumour the receptors say nothing."""
    shown = {finding: found[finding] for finding in ("primary-tumour", "triple-negative") if finding in found}
    if [evidence.values for evidence in shown.values()] != [{"breast"}, {True}]:
        return None
    return together(shown.values(), frozenset((False,)), shown)


def _organ_systems(found: Mapping[str, Evidence]) -> Evidence | None:
    """At least one organ system, where metastases in organs or the brain are certain; which others, nobody says."""
    in_organs, in_brain = (found.get(finding) for finding in _ELSEWHERE)
    shown = {
        finding: evidence
        for finding, evidence, sure in (
            ("visceral-metastases", in_organs, _IN_ORGANS),
            ("brain-metastases", in_brain, frozenset((True,))),
        )
        if evidence is not None and evidence.values <= sure
    }
    return together(shown.values(), frozenset((Span(1, 10),)), shown) if shown else None


def _bones(found: Mapping[str, Evidence], metastatic: Iterable[Lesion]) -> Evidence | None:
    """Solitary or multiple, from the counts of bone metastases; a metastasis of the spine is one of them."""
    basis = {origin: found[origin] for origin in _COUNTS if origin in found}
    spine = [lesion.evidence["tumour-origin"] for lesion in metastatic if "tumour-origin" in lesion.evidence]
    counted = basis.get("vertebral-metastasis-count")
    if spine and counted and counted.derived_from == ("vertebral-level",):
        # A run of vertebrae that the record names as one lesion may be one metastasis.
        fewest: Values = frozenset((Span(len(spine), math.inf),))
        basis["vertebral-metastasis-count"] = replace(counted, values=fewest)
    elif spine and counted:
        # A count that leaves no room for the metastasis of the spine is a conflict, and counts as it is said.
        shown = meet(counted.values, _AT_LEAST_ONE) or counted.values
        basis["vertebral-metastasis-count"] = replace(counted, values=shown)
    elif spine:
        basis = {"tumour-origin": together(spine, _AT_LEAST_ONE), **basis}
    unsaid = 2 - len(basis)
    spans = [[s for s in e.values if isinstance(s, Span)] for e in basis.values()] + [[Span(0, math.inf)]] * unsaid
    low = sum(min(s.low for s in those) for those in spans)
    high = sum(max(s.high for s in those) for those in spans)
    if low >= 2:
        values: Values = frozenset(("multiple",))
    elif low == high == 1:
        values = frozenset(("solitary",))
    else:
        return None
    return replace(together(basis.values(), values), derived_from=tuple(basis))
