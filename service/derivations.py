"""Findings that follow from others: by conversion, and by places, counts and diagnoses.

Each is a set of possible values like any other: ECOG 1 is Karnofsky 70 or 80. What follows from places, counts and
diagnoses is used only where the record does not give the finding itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.case import Case, Lesion
from service.conversions import FOLLOWS, by_rules, possible
from service.evidence import Evidence, Span, Values, meet, together
from service.findings import visceral
from service.vertebrae import levels, runs

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
        *(origin for _, origin in FOLLOWS),
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


def _of_lesion(case: Case, lesion: Lesion) -> dict[str, Evidence]:
    found = by_rules(lesion.evidence, of_lesion=True)
    if lesion.levels and "contiguous-level-count" not in found:
        found["contiguous-level-count"] = _contiguous(case, lesion)
    if "escc-grade" not in found and possible(found, "spinal-cord-compression") == _YES:
        found["escc-grade"] = together([found["spinal-cord-compression"]], _AT_THE_CORD, ["spinal-cord-compression"])
    if "myelopathy" not in found:
        myelopathy = _myelopathy(case, lesion, found)
        if myelopathy is not None:
            found["myelopathy"] = myelopathy
    return found


def _myelopathy(case: Case, lesion: Lesion, found: Mapping[str, Evidence]) -> Evidence | None:
    """Myelopathy, where nobody speaks of it: none below the cord; a deficit with a compressed cord is one."""
    if not lesion.levels:
        return None
    level = found.get("vertebral-level") or Evidence(frozenset())
    if _BELOW_THE_CORD.issuperset(lesion.levels) and not case.about("myelopathy").statements:
        return replace(together([level], frozenset((False,))), derived_from=("vertebral-level",))
    compressed = [f for f, sure in _COMPRESSED if possible(found, f) <= sure and f in found]
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
