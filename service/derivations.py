"""Findings that follow from other findings, used only where the record does not give them itself.

Each is a set of possible values like any other: ECOG 1 is Karnofsky 70 or 80.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace

from service.case import Case
from service.evidence import Evidence, Span, Values

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
#: Letter to letter, by convention.
_FRANKEL_OF_ASIA: Mapping[Hashable, frozenset[Hashable]] = {
    f"asia-{letter}": frozenset((f"frankel-{letter}",)) for letter in "abcde"
}
_WALKS: frozenset[Hashable] = frozenset(("intact", "impaired"))
_WALKING_OF_FRANKEL: Mapping[Hashable, frozenset[Hashable]] = {
    f"frankel-{letter}": _WALKS if letter in "de" else frozenset(("non-ambulatory",)) for letter in "abcde"
}


def _through(table: Mapping[Hashable, frozenset[Hashable]]) -> Callable[[Values], Values]:
    return lambda values: frozenset(result for value in values for result in table[value])


#: (finding, from finding, how). A later line may read what an earlier one found.
_CONVERSIONS: tuple[tuple[str, str, Callable[[Values], Values]], ...] = (
    ("karnofsky", "ecog", _through(KARNOFSKY_OF_ECOG)),
    ("ecog", "karnofsky", _through(_ECOG_OF_KARNOFSKY)),
    ("frankel-grade", "asia-impairment", _through(_FRANKEL_OF_ASIA)),
    ("ambulatory-status", "frankel-grade", _through(_WALKING_OF_FRANKEL)),
)


_COUNTS = ("vertebral-metastasis-count", "extraspinal-bone-metastasis-count")
#: The findings that others are worked out from.
READS = frozenset((*(origin for _, origin, _ in _CONVERSIONS), *_COUNTS, "tumour-origin"))


def derive(case: Case) -> Case:
    """The case with what follows from its findings added."""
    found = dict(case.evidence)
    for finding, origin, convert in _CONVERSIONS:
        if finding not in found and origin in found:
            basis = found[origin]
            found[finding] = replace(
                basis, values=convert(basis.values), derived_from=(*basis.derived_from, origin), superseded=()
            )
    metastatic = [le for le in case.lesions if case.possible("tumour-origin", le) == frozenset(("metastatic",))]
    levels = sum(len(lesion.levels) or 1 for lesion in metastatic)
    if "vertebral-metastasis-count" not in found and levels > 1:
        statements = tuple(s for lesion in metastatic for e in lesion.evidence.values() for s in e.statements)
        found["vertebral-metastasis-count"] = Evidence(
            frozenset((Span(levels, 999),)), statements, derived_from=("vertebral-level",)
        )
    if "bone-metastases" not in found:
        bones = _bones(found)
        if bones is not None:
            found["bone-metastases"] = bones
    return replace(case, evidence=found)


def _bones(found: Mapping[str, Evidence]) -> Evidence | None:
    """Solitary or multiple, from the counts of bone metastases."""
    known = [found.get(origin) for origin in _COUNTS]
    spans = [[s for s in e.values if isinstance(s, Span)] if e else [Span(0, math.inf)] for e in known]
    low = sum(min(s.low for s in those) for those in spans)
    high = sum(max(s.high for s in those) for those in spans)
    if low >= 2:
        values: Values = frozenset(("multiple",))
    elif low == high == 1:
        values = frozenset(("solitary",))
    else:
        return None
    statements = tuple(s for e in known if e for s in e.statements)
    return Evidence(values, statements, derived_from=tuple(o for o, e in zip(_COUNTS, known, strict=True) if e))
