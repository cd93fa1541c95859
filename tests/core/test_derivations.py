"""Findings that follow from others: performance scales, paralysis, walking, and counts."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from service.case import Case
from service.derivations import derive
from service.evidence import Evidence, Span, Values
from service.findings import FINDINGS
from tests.core.cases import case, lesion, said

WALKS = {"intact", "impaired"}
TABLE = {0: {90, 100}, 1: {70, 80}, 2: {50, 60}, 3: {30, 40}, 4: {10, 20}, 5: {0}}


def derived(finding: str, *lesions: object, **findings: object) -> Values:
    return derive(case(*lesions, **findings)).possible(finding)  # type: ignore[arg-type]  # lesions


@pytest.mark.parametrize(("ecog", "karnofsky"), TABLE.items())
def test_ecog_stands_for_the_karnofsky_steps_of_the_conversion_table(ecog: int, karnofsky: set[int]) -> None:
    assert derived("karnofsky", ecog=ecog) == karnofsky


@pytest.mark.parametrize("ecog", TABLE)
def test_karnofsky_stands_for_the_ecog_status_whose_steps_have_it(ecog: int) -> None:
    for karnofsky in TABLE[ecog]:
        assert derived("ecog", karnofsky=karnofsky) == {ecog}


def test_the_conversion_table_has_each_karnofsky_step_once() -> None:
    assert sorted(step for steps in TABLE.values() for step in steps) == list(range(0, 101, 10))


def test_a_conflict_on_one_scale_stays_a_conflict_on_the_other() -> None:
    converted = derive(case(ecog=[1, 3])).about("karnofsky")
    assert converted.values == {70, 80, 30, 40}
    assert converted.conflict
    assert converted.derived_from == ("ecog",)
    assert converted.sources == ("Observation/ecog-0", "Observation/ecog-1")


def test_a_scale_that_the_record_gives_is_not_replaced_by_a_conversion() -> None:
    both = derive(case(ecog=1, karnofsky=90))
    assert (both.possible("ecog"), both.possible("karnofsky")) == ({1}, {90})
    assert both.about("karnofsky").derived_from == ()


@pytest.mark.parametrize("letter", "abcde")
def test_the_asia_letter_is_the_frankel_letter_where_no_frankel_grade_is_given(letter: str) -> None:
    assert derived("frankel-grade", asia_impairment=f"asia-{letter}") == {f"frankel-{letter}"}


@pytest.mark.parametrize(("letter", "walks"), [("a", False), ("b", False), ("c", False), ("d", True), ("e", True)])
def test_frankel_d_and_e_walk_where_nothing_is_said_of_walking(letter: str, walks: bool) -> None:
    expected = WALKS if walks else {"non-ambulatory"}
    assert derived("ambulatory-status", frankel_grade=f"frankel-{letter}") == expected
    assert derived("ambulatory-status", asia_impairment=f"asia-{letter}") == expected


def test_an_explicit_gait_is_preferred_to_the_frankel_grade() -> None:
    assert derived("ambulatory-status", frankel_grade="frankel-d", ambulatory_status="non-ambulatory") == {
        "non-ambulatory"
    }


GRADES = ("a", "b", "c1", "c2", "d0", "d1", "d2", "d3", "e")


@pytest.mark.parametrize("grade", GRADES)
def test_the_modified_frankel_grade_is_a_frankel_grade_in_steps(grade: str) -> None:
    assert derived("frankel-grade", modified_frankel=f"modified-frankel-{grade}") == {f"frankel-{grade[0]}"}
    both = {"modified_frankel": f"modified-frankel-{grade}", "asia_impairment": "asia-a"}
    assert derived("frankel-grade", **both) == {f"frankel-{grade[0]}", "frankel-a"}


@pytest.mark.parametrize(
    ("grades", "walking"),
    [
        (("a", "b", "c1", "c2"), {"non-ambulatory"}),
        (("d0", "d1"), WALKS | {"non-ambulatory"}),
        (("d2", "d3", "e"), WALKS),
    ],
)
def test_modified_frankel_d0_and_d1_do_not_tell_who_walks(grades: tuple[str, ...], walking: set[str]) -> None:
    for grade in grades:
        found = derive(case(modified_frankel=f"modified-frankel-{grade}"))
        assert found.possible("ambulatory-status") == walking
        assert found.about("ambulatory-status").derived_from == ("modified-frankel",)


def test_a_plain_frankel_d_does_not_settle_what_the_modified_grade_leaves_open() -> None:
    open_ = {"modified_frankel": "modified-frankel-d1", "frankel_grade": "frankel-d"}
    assert derived("ambulatory-status", **open_) == WALKS | {"non-ambulatory"}
    assert derived("ambulatory-status", **open_, ambulatory_status="impaired") == {"impaired"}


def test_walking_worked_out_from_asia_names_both_steps() -> None:
    assert derive(case(asia_impairment="asia-d")).about("ambulatory-status").derived_from == (
        "asia-impairment",
        "frankel-grade",
    )


def test_nothing_follows_from_silence() -> None:
    assert derive(case()).evidence == {}
    assert derive(Case()).lesions == ()


SOLITARY, MULTIPLE, OPEN = {"solitary"}, {"multiple"}, {"solitary", "multiple"}


@pytest.mark.parametrize(
    ("vertebral", "elsewhere", "bones"),
    [
        (1, 0, SOLITARY),
        (0, 1, SOLITARY),
        (1, 1, MULTIPLE),
        (2, 0, MULTIPLE),
        (3, None, MULTIPLE),
        (None, 2, MULTIPLE),
        (1, None, OPEN),
        (None, 0, OPEN),
        (None, None, OPEN),
        ([1, 3], 0, OPEN),
        ([2, 3], 0, MULTIPLE),
        (Span(2, inf), None, MULTIPLE),
        (Span(1, 2), 0, OPEN),
        (Span(1, inf, low_open=True), None, MULTIPLE),
    ],
)
def test_counts_say_whether_bone_metastases_are_solitary(vertebral: object, elsewhere: object, bones: Values) -> None:
    counts = {"vertebral_metastasis_count": vertebral, "extraspinal_bone_metastasis_count": elsewhere}
    assert derived("bone-metastases", **{name: count for name, count in counts.items() if count is not None}) == bones


def test_counts_never_replace_what_the_record_says_of_bone_metastases() -> None:
    found = derive(case(bone_metastases="solitary", vertebral_metastasis_count=3))
    assert found.possible("bone-metastases") == SOLITARY


def test_one_lesion_of_one_level_leaves_the_number_of_metastases_open() -> None:
    found = derive(case(lesion("T8")))
    assert found.possible("vertebral-metastasis-count") == {Span(1, 999)}
    assert found.possible("bone-metastases") == OPEN


def test_several_metastatic_lesions_are_at_least_as_many_metastases() -> None:
    for two in ((lesion("T8"), lesion("L1")), (lesion("L3", "L4"),)):
        assert derive(case(*two)).possible("vertebral-metastasis-count") == {Span(2, 999)}
    found = derive(case(lesion("T8"), lesion("L1"), lesion("L3", "L4")))
    assert found.possible("vertebral-metastasis-count") == {Span(4, 999)}
    assert found.possible("bone-metastases") == MULTIPLE
    assert found.about("vertebral-metastasis-count").sources


def test_lesions_that_are_not_known_to_be_metastases_are_not_counted() -> None:
    for origin in ("primary", ["metastatic", "primary"], None):
        found = derive(case(lesion("T8"), lesion("L1", tumour_origin=origin)))
        assert found.possible("vertebral-metastasis-count") == {Span(1, 999)}
        assert found.possible("bone-metastases") == OPEN


def test_a_count_that_the_record_gives_is_kept() -> None:
    found = derive(case(lesion("T8"), lesion("L1"), vertebral_metastasis_count=5))
    assert found.possible("vertebral-metastasis-count") == {Span.point(5)}


@pytest.mark.parametrize(
    ("elsewhere", "bones"), [(1, MULTIPLE), (Span(1, 4), MULTIPLE), (0, OPEN), ([0, 1], OPEN), (None, OPEN)]
)
def test_a_metastasis_of_the_spine_is_one_bone_metastasis(elsewhere: object, bones: Values) -> None:
    counts = {} if elsewhere is None else {"extraspinal_bone_metastasis_count": elsewhere}
    found = derive(case(lesion("T8"), **counts))
    assert found.possible("bone-metastases") == bones
    if bones == MULTIPLE:
        assert found.about("bone-metastases").derived_from == ("tumour-origin", "extraspinal-bone-metastasis-count")
        assert "Observation/tumour-origin-0" in found.about("bone-metastases").sources


def test_a_count_that_may_be_none_is_at_least_the_metastasis_of_the_spine() -> None:
    counts = {"vertebral_metastasis_count": Span(0, 1), "extraspinal_bone_metastasis_count": 0}
    assert derive(case(lesion("T8"), **counts)).possible("bone-metastases") == SOLITARY
    assert derive(case(**counts)).possible("bone-metastases") == OPEN


def test_a_lesion_that_may_be_a_primary_tumour_is_no_bone_metastasis() -> None:
    found = derive(case(lesion("T8", tumour_origin=None), extraspinal_bone_metastasis_count=1))
    assert found.possible("bone-metastases") == OPEN


def test_the_rest_of_the_case_is_left_as_it_is() -> None:
    before = Case(
        patient="Patient/1",
        evidence={"ecog": Evidence(frozenset((1,))), "age": said("age", 60), "sex": said("sex", "female")},
        lesions=(lesion("T8"),),
        conditions=("Condition/1",),
    )
    after = derive(before)
    assert (after.patient, after.age, after.sex, after.conditions) == ("Patient/1", 60, "female", ("Condition/1",))
    assert after.evidence["ecog"] is before.evidence["ecog"]
    assert set(before.evidence) == {"ecog", "age", "sex"}
    ((was, now),) = zip(before.lesions, after.lesions, strict=True)
    assert set(now.evidence) - set(was.evidence) == {"contiguous-level-count"}
    assert all(now.evidence[finding] is evidence for finding, evidence in was.evidence.items())


@pytest.mark.parametrize(
    ("tumour", "triple_negative", "dependent"),
    [
        ("breast", True, {False}),
        ("breast", False, {False, True}),
        ("prostate", True, {False, True}),
        (["breast", "prostate"], True, {False, True}),
    ],
)
def test_triple_negative_breast_cancer_depends_on_no_hormones_and_of_other_tumours_it_says_nothing(
    tumour: str | list[str], triple_negative: bool, dependent: set[bool]
) -> None:
    found = derive(case(primary_tumour=tumour, triple_negative=triple_negative))
    assert found.possible("hormone-dependent") == dependent


@pytest.mark.parametrize(("said", "grades"), [(True, {"escc-1c", "escc-2", "escc-3"}), (False, None), (None, None)])
def test_a_cord_that_is_compressed_leaves_the_grades_at_the_cord(said: bool | None, grades: set[str] | None) -> None:
    told = {} if said is None else {"spinal_cord_compression": said}
    found = derive(case(lesion("T8", **told)))
    every = FINDINGS["escc-grade"].domain.unknown
    assert found.possible("escc-grade", found.lesions[0]) == (grades or every)


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        ("escc-1b", {"escc-1b", "escc-1c", "escc-2", "escc-3"}),
        ("escc-1c", {"escc-1c"}),
        ("escc-3", {"escc-3"}),
    ],
)
def test_a_diagnosis_of_compression_leaves_a_grade_and_contradicts_one_without_contact(
    grade: str, expected: set[str]
) -> None:
    found = derive(case(lesion("T8", spinal_cord_compression=True, escc_grade=grade)))
    assert found.possible("escc-grade", found.lesions[0]) == expected
    assert found.about("escc-grade", found.lesions[0]).conflict == (len(expected) > 1)
    denied = derive(case(lesion("T8", spinal_cord_compression=False, escc_grade=grade)))
    assert denied.possible("escc-grade", denied.lesions[0]) == {grade}


@pytest.mark.parametrize(
    ("levels", "told", "expected"),
    [
        (("L2",), {}, {False}),
        (("S1",), {}, {False}),
        (("L2",), {"myelopathy": True}, {True}),
        (("L1",), {}, {True, False}),
        (("L1", "L2"), {}, {True, False}),
        (("T12",), {"spinal_cord_compression": True}, {True, False}),
        (("T12",), {"spinal_cord_compression": True, "progressive_deficit": True}, {True}),
        (("T12",), {"spinal_cord_compression": True, "sphincter_dysfunction": True}, {True}),
        (("T12",), {"spinal_cord_compression": True, "progressive_deficit": False}, {True, False}),
        (("L1",), {"spinal_cord_compression": True, "progressive_deficit": True}, {True, False}),
        (("T8",), {"escc_grade": "escc-2", "progressive_deficit": True}, {True}),
        (("T8",), {"escc_grade": "escc-1c", "progressive_deficit": True}, {True, False}),
        (("T8",), {"escc_grade": "escc-3"}, {True, False}),
        (("T8",), {"progressive_deficit": True}, {True, False}),
    ],
)
def test_myelopathy_follows_from_a_compressed_cord_with_a_deficit_and_is_none_below_the_cord(
    levels: tuple[str, ...], told: dict[str, Any], expected: set[bool]
) -> None:
    found = derive(case(lesion(*levels, **told)))
    assert found.possible("myelopathy", found.lesions[0]) == expected


@pytest.mark.parametrize("grade", ["frankel-a", "frankel-d"])
def test_paralysis_of_the_patient_is_a_deficit_too(grade: str) -> None:
    found = derive(case(lesion("T4", escc_grade="escc-3"), frankel_grade=grade))
    assert found.possible("myelopathy", found.lesions[0]) == {True}
    well = derive(case(lesion("T4", escc_grade="escc-3"), frankel_grade="frankel-e"))
    assert well.possible("myelopathy", well.lesions[0]) == {True, False}


def test_myelopathy_that_the_record_gives_for_the_patient_is_not_denied_below_the_cord() -> None:
    found = derive(case(lesion("L3"), lesion("T8"), myelopathy=True))
    assert found.possible("myelopathy", found.lesions[0]) == {True}


def test_one_lesion_of_two_vertebrae_may_be_one_metastasis_and_two_lesions_are_several() -> None:
    run = derive(case(lesion("T8", "T9")))
    assert run.possible("bone-metastases") == {"solitary", "multiple"}
    assert derive(case(lesion("T8"), lesion("T9"))).possible("bone-metastases") == {"multiple"}
    counted = derive(case(lesion("T8", "T9"), vertebral_metastasis_count=2))
    assert counted.possible("bone-metastases") == {"multiple"}


@pytest.mark.parametrize("grade", ["frankel-a", "frankel-b", "frankel-c", "frankel-d"])
def test_a_proven_deficit_of_which_nobody_says_that_it_is_new_may_be(grade: str) -> None:
    found = derive(case(frankel_grade=grade)).evidence["progressive-deficit"]
    assert (found.values, found.derived_from) == ({True, False}, ("frankel-grade",))


def test_what_the_record_says_of_a_new_deficit_counts() -> None:
    assert derive(case(frankel_grade="frankel-c", progressive_deficit=False)).possible("progressive-deficit") == {False}
    assert "progressive-deficit" not in derive(case(frankel_grade="frankel-e")).evidence
    assert "progressive-deficit" not in derive(case()).evidence
