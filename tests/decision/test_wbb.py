"""The en bloc patterns by WBB zones: the worked examples, all 4095 sets of zones, and the conditions of the rules."""

from __future__ import annotations

from itertools import combinations

import pytest

from service.conditions import Condition, holds_for
from service.decision import wbb

ZONES = range(1, 13)
EVERY_SET = [frozenset(chosen) for n in ZONES for chosen in combinations(ZONES, n)]

VERTEBRECTOMY, SAGITTAL, POSTERIOR, COPPER = (
    "en-bloc-vertebrectomy",
    "en-bloc-sagittal",
    "en-bloc-posterior",
    "en-bloc-copper",
)
#: Read off the two reviews once more, zone by zone.
TABLE = {
    VERTEBRECTOMY: ({4, 5, 6, 7, 8}, {5, 6, 7, 8, 9}),
    SAGITTAL: ({2, 3, 4, 5}, {8, 9, 10, 11}),
    POSTERIOR: ({10, 11, 12, 1, 2, 3},),
    COPPER: ({1, 2, 3, 4, 5}, {8, 9, 10, 11, 12}),
}
#: Zones with a printed pattern that is no mirror image of one, zone 7 among them.
AS_PRINTED = {7, 8, 9, 10, 11, 12}


def by_table(zones: frozenset[int]) -> tuple[str, ...]:
    return tuple(code for code, sets in TABLE.items() if any(zones <= each for each in sets))


def mirrored(zones: frozenset[int]) -> frozenset[int]:
    return frozenset(13 - zone for zone in zones)


def holds(condition: Condition, zones: frozenset[int]) -> bool:
    return holds_for(condition, {"wbb-zones": tuple(sorted(zones))})


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ((5, 6, 7, 8), (VERTEBRECTOMY,)),
        ((5, 6, 7, 8, 9), (VERTEBRECTOMY,)),
        ((2, 3, 4, 5), (SAGITTAL, COPPER)),
        ((7, 8, 9, 10, 11), ()),
        ((1, 2, 3), (POSTERIOR, COPPER)),
        ((1, 2, 3, 4, 5), (COPPER,)),
        ((7, 8, 9, 10, 11, 12), ()),
        (tuple(ZONES), ()),
    ],
)
def test_the_worked_examples_have_their_patterns(zones: tuple[int, ...], expected: tuple[str, ...]) -> None:
    assert wbb.patterns(zones) == expected
    assert bool(wbb.off_pattern(zones)) == (not expected)


def test_all_4095_sets_of_zones_have_the_patterns_of_the_table() -> None:
    assert len(EVERY_SET) == 4095
    for zones in EVERY_SET:
        assert wbb.patterns(zones) == by_table(zones), zones


def test_the_mirror_image_of_a_tumour_has_the_same_patterns() -> None:
    for zones in EVERY_SET:
        assert wbb.patterns(zones) == wbb.patterns(mirrored(zones)), zones


def test_each_set_of_a_pattern_has_its_mirror_image_in_the_pattern() -> None:
    for pattern in wbb.PATTERNS:
        assert {mirrored(each) for each in pattern.sets} == set(pattern.sets)


def test_a_part_of_a_tumour_never_has_fewer_patterns_than_the_whole() -> None:
    for zones in EVERY_SET:
        for zone in zones if len(zones) > 1 else ():
            assert set(wbb.patterns(zones)) <= set(wbb.patterns(zones - {zone})), zones


def test_the_conditions_of_the_rules_say_the_same_as_the_patterns() -> None:
    for zones in EVERY_SET:
        fitting = by_table(zones)
        assert tuple(p.treatment for p in wbb.PATTERNS if holds(p.fits, zones)) == fitting, zones
        assert holds(wbb.FITS, zones) == bool(fitting)
        assert holds(wbb.SEVERAL_FIT, zones) == (len(fitting) > 1)
        assert holds(wbb.AS_PRINTED, zones) == (not fitting and zones <= AS_PRINTED)
        assert holds(wbb.NO_PATTERN, zones) == (not fitting and not zones <= AS_PRINTED)
        assert holds(wbb.PART_OF_THE_RING, zones) == (len(zones) < 12)


def test_off_pattern_says_why_and_only_where_no_pattern_fits() -> None:
    for zones in EVERY_SET:
        if by_table(zones):
            expected = ""
        else:
            expected = wbb.AS_PRINTED_SAID if zones <= AS_PRINTED else wbb.NO_PATTERN_SAID
        assert wbb.off_pattern(zones) == expected, zones


def test_a_tumour_that_fits_only_as_printed_takes_zone_7_and_is_for_the_surgeon() -> None:
    found = [zones for zones in EVERY_SET if wbb.off_pattern(zones) == wbb.AS_PRINTED_SAID]
    assert frozenset(range(7, 12)) in found
    assert frozenset(range(7, 13)) in found
    assert all(7 in zones for zones in found)
    assert "surgeon's judgement" in wbb.AS_PRINTED_SAID


def test_zones_10_to_3_go_around_the_ring() -> None:
    (posterior,) = (pattern for pattern in wbb.PATTERNS if pattern.treatment == POSTERIOR)
    assert posterior.sets == (frozenset((10, 11, 12, 1, 2, 3)),)
