"""Findings that follow from others: by conversion, and by places, counts and diagnoses.

Each is a set of possible values like any other: ECOG 1 is Karnofsky 70 or 80. What follows from places, counts and
diagnoses is used only where the record does not give the finding itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.case import Case, Lesion
from service.conversions import FOLLOWS, by_rules, outdated, possible
from service.evidence import Evidence, Span, Values, meet, together
from service.vertebrae import levels, runs

_COUNTS = ("vertebral-metastasis-count", "extraspinal-bone-metastasis-count")
_METASTATIC: Values = frozenset(("metastatic",))
_YES: Values = frozenset((True,))
_NO: Values = frozenset((False,))
_COMPRESSED: tuple[tuple[str, Values], ...] = (
    ("spinal-cord-compression", _YES),
    ("escc-grade", frozenset(("escc-2", "escc-3"))),
)
_PARALYSED: Values = frozenset(f"frankel-{grade}" for grade in "abcd")
_DEFICIT_IS_NEW = "progressive-deficit"
_DEFICIT: tuple[tuple[str, Values], ...] = (
    (_DEFICIT_IS_NEW, _YES),
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
        "tumour-origin",
        "triple-negative",
        *(code for code, _ in (*_COMPRESSED, *_DEFICIT)),
    )
)
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
        ("hormone-dependent", _hormones(found)),
    ):
        if finding not in found and evidence is not None:
            found[finding] = evidence
    denials = outdated_denials(found, lesions)
    if denials:
        lesions = tuple(replace(lesion, evidence=_without(_DEFICIT_IS_NEW, lesion.evidence)) for lesion in lesions)
    if denials or not _told(found, lesions):
        found |= _deficit(found, denials)
    return replace(case, evidence=found, lesions=lesions)


def outdated_denials(found: Mapping[str, Evidence], lesions: Iterable[Lesion]) -> list[Evidence]:
    """What denies a new deficit, all of it certainly before the grade that proves one now; else nothing.

    ``found`` is what is known of the patient, with what follows by conversion.
    """
    told, proven = _told(found, lesions), found.get("frankel-grade")
    if proven is None or not _proves_deficit(proven):
        return []
    return told if all(said.values == _NO and outdated(said, proven) for said in told) else []


def _told(found: Mapping[str, Evidence], lesions: Iterable[Lesion]) -> list[Evidence]:
    """What is said of a new deficit, of the patient and of each lesion."""
    everything = (found, *(lesion.evidence for lesion in lesions))
    return [said[_DEFICIT_IS_NEW] for said in everything if _DEFICIT_IS_NEW in said]


def _without(finding: str, found: Mapping[str, Evidence]) -> dict[str, Evidence]:
    return {code: evidence for code, evidence in found.items() if code != finding}


def _proves_deficit(grade: Evidence) -> bool:
    return bool(grade.values & _PARALYSED) and (grade.conflict or grade.values <= _PARALYSED)


def _deficit(found: Mapping[str, Evidence], denials: Iterable[Evidence]) -> dict[str, Evidence]:
    """A proven deficit of which the record does not say whether it is new: it may be, and that has to be asked now.

    It does not say so either where all that denies it is older than the grade.
    """
    proven = found.get("frankel-grade")
    if proven is None or not _proves_deficit(proven):
        return {}
    maybe = together([proven], frozenset((False, True)), ["frankel-grade"])
    denied = tuple(statement for evidence in denials for statement in evidence.statements)
    return {_DEFICIT_IS_NEW: replace(maybe, superseded=denied)}


def _of_lesion(case: Case, lesion: Lesion) -> dict[str, Evidence]:
    found = by_rules(lesion.evidence, of_lesion=True)
    if lesion.levels and "contiguous-level-count" not in found:
        found["contiguous-level-count"] = _contiguous(case, lesion)
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
