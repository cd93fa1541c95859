"""The spine: every level is there, lesions stand where they are, and colours have words."""

from itertools import pairwise

import pytest

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.page import anatomy
from service.page.spine import Spine, anchor, spine
from service.vertebrae import LEVELS
from tests.support.records import AS_OF, bundle, level, metastasis, observation

STABLE = (
    ("sins-pain", "pain-free"), ("sins-bone-lesion", "blastic"), ("sins-alignment", "normal"),
    ("sins-collapse", "none"), ("sins-posterolateral", "none"),
)  # fmt: skip


def of(*resources: dict) -> Assessment:
    return assess(bundle(*resources), when(AS_OF))


def drawn(*resources: dict) -> Spine:
    return spine(of(*resources))


def test_every_level_is_drawn_from_the_head_down() -> None:
    assert tuple(vertebra.level for vertebra in anatomy.SPINE) == LEVELS
    heights = [vertebra.centre[1] for vertebra in anatomy.SPINE]
    assert all(above < below for above, below in pairwise(heights))


def test_the_curves_are_those_of_a_spine() -> None:
    at = {vertebra.level: vertebra.centre[0] for vertebra in anatomy.SPINE}
    assert at["C4"] < at["C7"]  # lordosis of the neck
    assert max(at[f"T{n}"] for n in range(1, 13)) == max(at["T6"], at["T7"], at["T8"])  # kyphosis of the chest
    assert min(at[f"L{n}"] for n in range(1, 6)) == min(at["L3"], at["L4"])  # lordosis of the loins
    assert at["S3"] > at["S1"]  # the sacrum leads back


def test_bodies_grow_downwards_and_do_not_overlap() -> None:
    def tall(vertebra: anatomy.Vertebra) -> tuple[float, float]:
        return min(vertebra.back[0][1], vertebra.back[1][1]), max(vertebra.back[0][1], vertebra.back[1][1])

    column = [vertebra for vertebra in anatomy.SPINE[2:] if not vertebra.level.startswith("S")]
    for above, below in pairwise(column):
        assert above.back[1][1] < below.back[0][1] + 1.5
    size = {vertebra.level: tall(vertebra)[1] - tall(vertebra)[0] for vertebra in column}
    assert size["C4"] < size["T6"] < size["L3"]


def test_a_lesion_is_a_link_to_its_part_of_the_page_with_all_in_words() -> None:
    shown = drawn(
        metastasis("T8"), observation("escc-grade", "escc-1b", "T8"),
        *(observation(code, value, "T8") for code, value in STABLE),
    )  # fmt: skip
    (mark,) = shown.marks
    assert mark.anchor == "lesion-T8"
    assert mark.label == "T8: SINS 1, stable; ESCC 1b"
    assert (mark.stability, mark.grade, mark.compression) == ("stable", "1b", "low")
    assert mark.within
    assert not mark.at_most


def test_a_class_that_is_not_settled_is_open() -> None:
    (mark,) = drawn(metastasis("T8")).marks
    assert mark.stability == "open"
    assert (mark.grade, mark.compression) == ("?", "open")
    assert mark.label.endswith("ESCC grade not known")
    assert not mark.within


@pytest.mark.parametrize(
    ("grades", "ring", "compression"),
    [
        (("escc-2",), "2", "high"),
        (("escc-2", "escc-3"), "2-3", "high"),
        (("escc-1c", "escc-2"), "1c-2", "open"),
        (("escc-0", "escc-2"), "0/2", "open"),
    ],
)
def test_the_ring_says_the_grades_that_are_possible(grades: tuple[str, ...], ring: str, compression: str) -> None:
    (mark,) = drawn(metastasis("T8"), *(observation("escc-grade", grade, "T8") for grade in grades)).marks
    assert (mark.grade, mark.compression) == (ring, compression)


def test_several_possible_grades_are_drawn_as_far_as_is_certain_and_as_is_possible() -> None:
    (mark,) = drawn(
        metastasis("T8"), observation("escc-grade", "escc-1b", "T8"), observation("escc-grade", "escc-3", "T8")
    ).marks
    assert mark.within
    assert mark.at_most
    assert mark.within != mark.at_most


def test_a_lesion_of_several_levels_is_one_mark_on_all_of_them() -> None:
    shown = drawn(observation("tumour-origin", "metastatic", bodySite=level("T7", "T8", "T9")))
    (mark,) = shown.marks
    assert mark.place == "T7-T9"
    assert len(mark.bodies) == 3
    assert {each.name for each in shown.levels if each.affected} == {"T7", "T8", "T9"}


def test_a_lesion_without_a_level_stands_beside_the_drawing() -> None:
    shown = drawn(observation("tumour-origin", "metastatic"))
    assert not shown.marks
    (mark,) = shown.beside
    assert mark.label.startswith("Level not recorded: ")
    assert mark.anchor == "lesion-spine"


def test_labels_do_not_overlap_and_stay_on_the_drawing_however_many() -> None:
    shown = drawn(*(metastasis(name) for name in LEVELS[1::2]))
    height = shown.pill[2]
    assert len(shown.marks) >= 12
    for above, below in pairwise(shown.marks):
        assert above.top + height < below.top
    _, top, _, tall = shown.box
    assert top <= shown.marks[0].top
    assert shown.marks[-1].top + height <= top + tall


def test_without_a_lesion_the_spine_stands_alone() -> None:
    shown = drawn(observation("age", (50.0, "a")))
    assert shown.marks == shown.beside == ()
    assert len(shown.levels) == len(LEVELS)


def test_the_patient_has_an_anchor_too() -> None:
    assert anchor(None) == "patient"
