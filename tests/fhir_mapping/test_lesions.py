"""Lesions: one level, or the run of neighbouring levels that one resource names."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.support.records import (
    SNOMED,
    VERTEBRA,
    bundle,
    concept,
    condition,
    lesion_names,
    level,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)


def many(*levels: str, name: str | None = None) -> dict[str, object]:
    """One Condition with several levels."""
    return condition("94222008", SNOMED, bodySite=[level(each) for each in levels], name=name)


def test_neighbours_of_one_resource_are_one_lesion() -> None:
    assert lesion_names(take(bundle(many("T8", "T9", "T7")))) == ["T7-T9"]


def test_neighbours_of_two_resources_are_two_lesions() -> None:
    assert lesion_names(take(bundle(metastasis("T8"), metastasis("T9")))) == ["T8", "T9"]


def test_levels_that_are_apart_are_several_lesions_of_one_resource() -> None:
    assert lesion_names(take(bundle(many("T8", "L2", "T9", "S1")))) == ["T8-T9", "L2", "S1"]


def test_a_run_across_a_junction_is_one_lesion() -> None:
    assert lesion_names(take(bundle(many("T12", "L1"), many("C7", "T1"), many("L5", "S1")))) == [
        "C7-T1",
        "T12-L1",
        "L5-S1",
    ]


def test_runs_that_overlap_are_one_lesion() -> None:
    assert lesion_names(take(bundle(many("T8", "T9"), many("T9", "T10")))) == ["T8-T10"]
    assert lesion_names(take(bundle(many("T8", "T9"), metastasis("T9")))) == ["T8-T9"]


def test_the_same_level_twice_is_one_lesion() -> None:
    assert lesion_names(take(bundle(metastasis("T8"), condition("C79.51", at="T8"), metastasis("T8", "again")))) == [
        "T8"
    ]


def test_lesions_come_from_the_head_down() -> None:
    names = lesion_names(take(bundle(metastasis("S1"), metastasis("C2"), metastasis("L1"), metastasis("T6"))))
    assert names == ["C2", "T6", "L1", "S1"]


def test_what_names_a_level_of_a_run_is_about_the_run() -> None:
    intake = take(bundle(many("T8", "T9"), observation("sins-pain", "mechanical", "T9")))
    assert possible(intake, "sins-pain", "T8-T9") == {"mechanical"}


def test_two_levels_of_a_run_that_differ_are_a_conflict() -> None:
    intake = take(
        bundle(
            many("T8", "T9"),
            observation("escc-grade", "escc-0", "T8", name="a"),
            observation("escc-grade", "escc-2", "T9", name="b"),
        )
    )
    assert possible(intake, "escc-grade", "T8-T9") == {"escc-0", "escc-2"}
    assert remarks(intake) == {"Observation/a": {"conflict"}, "Observation/b": {"conflict"}}


def test_a_finding_without_level_is_about_the_only_lesion() -> None:
    intake = take(bundle(metastasis("T8"), observation("sins-pain", "mechanical")))
    assert possible(intake, "sins-pain", "T8") == {"mechanical"}


def test_a_finding_without_level_is_unassigned_with_several_lesions() -> None:
    intake = take(bundle(metastasis("T8"), metastasis("L2"), observation("sins-pain", "mechanical", name="o")))
    assert remarks(intake) == {"Observation/o": {"unassigned"}}
    assert not said(intake, "sins-pain", "T8")
    assert not said(intake, "sins-pain", "L2")


@pytest.mark.parametrize("finding", ["myelopathy", "radiculopathy", "sphincter-dysfunction", "progressive-deficit"])
def test_a_neurological_finding_without_level_is_of_the_patient(finding: str) -> None:
    intake = take(bundle(metastasis("T8"), metastasis("L2"), observation(finding, True)))
    assert possible(intake, finding) == {True}
    assert possible(intake, finding, "T8") == {True}
    assert remarks(intake) == {}


def test_a_finding_of_a_level_makes_a_lesion() -> None:
    assert lesion_names(take(bundle(metastasis("T8"), observation("sins-pain", "mechanical", "L2")))) == ["T8", "L2"]


def test_a_finding_without_level_alone_is_a_lesion_of_the_spine() -> None:
    intake = take(bundle(observation("sins-pain", "mechanical")))
    assert lesion_names(intake) == ["spine"]
    assert intake.case.lesions[0].levels == ()


@pytest.mark.parametrize("finding", ["prior-radiotherapy-at-level", "prior-surgery-at-level"])
def test_what_was_done_at_a_level_makes_no_lesion(finding: str) -> None:
    intake = take(bundle(metastasis("T8"), observation(finding, True, "L2", name="o")))
    assert lesion_names(intake) == ["T8"]
    assert remarks(intake) == {"Observation/o": {"unassigned"}}


def test_a_deficit_of_the_patient_makes_no_lesion() -> None:
    assert lesion_names(take(bundle(observation("myelopathy", True)))) == []


def test_a_region_beside_a_level_in_it_adds_no_lesion() -> None:
    thoracic = condition("94222008", SNOMED, bodySite=[concept(("thoracic", VERTEBRA))])
    assert lesion_names(take(bundle(metastasis("T8"), thoracic))) == ["T8"]
    assert lesion_names(take(bundle(metastasis("L2"), thoracic))) == ["L2", "thoracic"]


def test_a_finding_of_a_region_is_about_the_only_lesion_there() -> None:
    thoracic = observation("sins-pain", "mechanical", bodySite=concept(("thoracic", VERTEBRA)), name="o")
    one = take(bundle(metastasis("T8"), metastasis("L2"), thoracic))
    assert possible(one, "sins-pain", "T8") == {"mechanical"}
    two = take(bundle(metastasis("T8"), metastasis("T10"), thoracic))
    assert remarks(two) == {"Observation/o": {"unassigned"}}


def test_the_order_of_the_resources_does_not_matter() -> None:
    parts = [
        many("T8", "T9", name="a"),
        many("T9", "T10", name="b"),
        metastasis("L2"),
        observation("sins-pain", "mechanical", "T10", name="o"),
    ]
    found = [take(bundle(*order)) for order in permutations(parts)]
    assert all(intake.case == found[0].case for intake in found)
    assert all(intake.ledger == found[0].ledger for intake in found)


def test_one_fracture_without_a_level_is_perhaps_at_each_of_several_lesions() -> None:
    broken = observation("pathologic-fracture", True)
    several = take(bundle(metastasis("T6"), metastasis("L2"), broken))
    assert possible(several, "pathologic-fracture") == {True}
    for lesion in ("T6", "L2"):
        assert possible(several, "pathologic-fracture", lesion) == {True, False}
    assert possible(take(bundle(metastasis("T6"), broken)), "pathologic-fracture", "T6") == {True}
    none = observation("pathologic-fracture", False)
    assert possible(take(bundle(metastasis("T6"), metastasis("L2"), none)), "pathologic-fracture", "L2") == {False}
