"""Where a tumour lies in its vertebra (WBB: twelve zones, layers A to E), and the en bloc resections that fit there.

A resection fits where every zone of the tumour lies in one of its sets. The sets are those of the reviews, made
symmetric: the image of zone z on the other side is 13 - z, so it does not matter from which side zones are counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from service.conditions import Condition, all_of, any_of, is_, not_, within
from service.scoring.model import Reading
from service.scoring.sources import MATSUMOTO_2024, MORIMOTO_2024, Source

ZONES = "wbb-zones"
"""Zones that the tumour takes, 1 to 12."""
LAYERS = "wbb-layers"
"""Layers that it takes: A outside the bone, B and C in the bone, D epidural, E intradural."""

# Of 4095 sets of zones nobody can say each, so a record without zones reads like one that names all twelve. A condition
# on these findings therefore means something only where the record names some: a row with one says so in `told`, and
# is not given at all without.
SETS: tuple[str, ...] = (ZONES, LAYERS)
"""Findings on which a condition may be read only where the record speaks of them."""

_ALL = tuple(range(1, 13))


def _from(first: int, last: int) -> frozenset[int]:
    """The zones from one to another, around the ring: 10 to 3 is 10, 11, 12, 1, 2, 3."""
    return frozenset(_ALL[(first - 1 + n) % 12] for n in range((last - first) % 12 + 1))


@dataclass(frozen=True)
class EnBloc:
    """A way to take a tumour out in one piece."""

    treatment: str
    title: str
    sets: tuple[frozenset[int], ...]
    """It fits where all zones of the tumour lie within one of these."""
    source: Source
    """That prints the zones."""

    @property
    def fits(self) -> Condition:
        return any_of(*(within(ZONES, *sorted(zones)) for zones in self.sets))


PATTERNS: tuple[EnBloc, ...] = (
    EnBloc("en-bloc-vertebrectomy", "vertebrectomy", (_from(4, 8), _from(5, 9)), MATSUMOTO_2024),
    EnBloc("en-bloc-sagittal", "sagittal resection", (_from(2, 5), _from(8, 11)), MATSUMOTO_2024),
    EnBloc("en-bloc-posterior", "posterior resection", (_from(10, 3),), MATSUMOTO_2024),
    EnBloc("en-bloc-copper", "COPPER", (_from(1, 5), _from(8, 12)), MORIMOTO_2024),
)
TREATMENTS: tuple[str, ...] = tuple(pattern.treatment for pattern in PATTERNS)
#: Printed for sagittal resection and COPPER, without the mirror image that a pattern has to have.
_PRINTED = (_from(7, 11), _from(7, 12))

_FITS_AS_PRINTED = any_of(*(within(ZONES, *sorted(zones)) for zones in _PRINTED))

FITS = any_of(*(pattern.fits for pattern in PATTERNS))
"""Some pattern fits."""
SEVERAL_FIT = any_of(*(all_of(a.fits, b.fits) for a, b in combinations(PATTERNS, 2)))
AS_PRINTED = all_of(_FITS_AS_PRINTED, not_(FITS))
"""No pattern fits, and one would with the zones as a review prints them, zone 7 among them."""
NO_PATTERN = not_(any_of(FITS, _FITS_AS_PRINTED))
"""No pattern fits, however it is printed."""
PART_OF_THE_RING = not_(is_(ZONES, _ALL))
"""The record names zones, and not all twelve. For a checklist, which has no ``told``."""

NO_PATTERN_SAID = "no standard en bloc pattern fits its zones (WBB)"
AS_PRINTED_SAID = (
    "its zones (WBB) fit no en bloc pattern by the symmetric definition; a review prints zones 7-11 for sagittal "
    "resection and 7-12 for COPPER, so with zone 7 it is for the surgeon's judgement"
)


def patterns(zones: Iterable[int]) -> tuple[str, ...]:
    """Treatment codes of the resections that fit a tumour of these zones; none where no standard pattern does.

    >>> patterns((2, 3, 4, 5))
    ('en-bloc-sagittal', 'en-bloc-copper')
    >>> patterns(range(7, 12))
    ()
    """
    tumour = frozenset(zones)
    return tuple(pattern.treatment for pattern in PATTERNS if any(tumour <= each for each in pattern.sets))


def off_pattern(zones: Iterable[int]) -> str:
    """Why no pattern fits these zones; empty where one does.

    >>> off_pattern(range(1, 13))
    'no standard en bloc pattern fits its zones (WBB)'
    """
    tumour = frozenset(zones)
    if patterns(tumour):
        return ""
    return AS_PRINTED_SAID if any(tumour <= each for each in _PRINTED) else NO_PATTERN_SAID


READINGS: tuple[Reading, ...] = (
    Reading(
        "Vertebrectomy fits zones 4-8 or 5-9 in one review (Matsumoto 2024), 5-9 alone in another (Morimoto 2024).",
        "4-8 or 5-9: each is the mirror image of the other, and leaves one pedicle free.",
    ),
    Reading(
        "Sagittal resection fits zones 2-5 or 8-11 in one review, 2-5 or 7-11 in the other; COPPER 1-5 or 8-12 in its "
        "text and 1-5 or 7-12 in its caption.",
        "8-11 and 8-12, the mirror images of 2-5 and 1-5. A tumour that fits with zone 7 alone is said to lie outside "
        "the symmetric definition and goes to the surgeon's judgement.",
    ),
    Reading(
        "The text and the caption of one review swap the pictures of sagittal resection and COPPER.",
        "The zones of the text.",
    ),
    Reading(
        "Zones are counted counter-clockwise in one review; which way that is depends on the side that one looks from.",
        "The sets are symmetric, so the pattern is the same either way. A picture needs its left and right marked.",
    ),
    Reading(
        "Often several patterns fit: zone 4 alone fits three.",
        "All of them are given as alternatives; the surgeon chooses.",
    ),
)
