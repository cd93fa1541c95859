"""Groups: a member is where, when and of what its group says, as far as it does not say so itself."""

from __future__ import annotations

from typing import Any

import pytest

from service.problems import Rejected
from tests.support.records import (
    ICD_O_3,
    LOINC,
    RADELEMENT,
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    element,
    lesion_names,
    level,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)

TWO = (metastasis("T8"), metastasis("L1"))
SPINE = concept(("spine", "https://w3id.org/spinemets/CodeSystem/vertebra"))


def group(*names: str, name: str = "g", **more: Any) -> Resource:
    """A group of a radiology report, by a code that is not known here."""
    members = [{"reference": f"Observation/{each}"} for each in names]
    found = observation("x", system="urn:local", name=name, hasMember=members, **more)
    found["code"]["text"] = "Part of a report"
    return found


def quality(name: str = "m", **more: Any) -> Resource:
    return observation("sins-bone-lesion", "lytic", name=name, **more)


def about(where: str) -> list[Resource]:
    return [{"reference": f"Condition/{where}"}]


def test_a_member_is_at_the_level_of_its_group() -> None:
    for listed in ((group("m", at="T8"), quality()), (quality(), group("m", at="T8"))):
        intake = take(bundle(*TWO, *listed))
        assert possible(intake, "sins-bone-lesion", "T8") == {"lytic"}
        assert not said(intake, "sins-bone-lesion", "L1")
        assert remarks(intake) == {}


def test_the_level_of_a_group_shows_that_there_is_a_lesion() -> None:
    assert lesion_names(take(bundle(group("m", at="T8"), quality()))) == ["T8"]


def test_a_member_that_names_its_own_level_keeps_it() -> None:
    for own in ({"at": "L1"}, {"focus": about("c")}):
        there = condition("C79.51", at="L1", name="c")
        intake = take(bundle(*TWO, there, group("m", at="T8"), quality(**own)))
        assert said(intake, "sins-bone-lesion", "L1")
        assert not said(intake, "sins-bone-lesion", "T8")


def test_a_focus_that_is_not_in_the_spine_leaves_the_level_to_the_group() -> None:
    breast = condition("C50.9", name="c", bodySite=[concept(("76752008", SNOMED))])
    intake = take(bundle(*TWO, breast, group("m", at="T8"), quality(focus=about("c"))))
    assert said(intake, "sins-bone-lesion", "T8")


def test_a_member_is_where_the_focus_of_its_group_is() -> None:
    there = condition("C79.51", at="L1", name="c")
    intake = take(bundle(metastasis("T8"), there, group("m", focus=about("c")), quality()))
    assert said(intake, "sins-bone-lesion", "L1")
    assert not said(intake, "sins-bone-lesion", "T8")


def test_a_focus_of_a_group_that_is_not_in_the_bundle_places_nothing() -> None:
    intake = take(bundle(*TWO, group("m", focus=about("x")), quality()))
    assert remarks(intake) == {"Observation/m": {"unassigned"}}


def test_one_member_may_name_the_level_for_all() -> None:
    named = observation("RDE151", element("RDE151", 7, value_only=True), system=RADELEMENT, name="l")
    intake = take(bundle(*TWO, group("m", "l"), quality(), named))
    assert said(intake, "sins-bone-lesion", "T8")
    other = {**named, "id": "k", **element("RDE151", 22, value_only=True)}
    several = take(bundle(*TWO, group("m", "l", "k"), quality(), named, other))
    assert "unassigned" in remarks(several)["Observation/m"], "two levels, and nobody says which"


@pytest.mark.parametrize(
    "site",
    [
        SPINE,
        concept(("51185008", SNOMED)),
        concept(text="whole body"),
        concept(("C34.9", ICD_O_3)),
        concept(("x", "y")),
    ],
)
def test_the_region_of_a_study_is_not_the_site_of_what_it_shows(site: Resource) -> None:
    one = take(bundle(metastasis("T8"), group("m", bodySite=site), quality()))
    assert said(one, "sins-bone-lesion", "T8"), "the only lesion that it can be about"
    nerves = observation("myelopathy", True, name="m")
    of_patient = take(bundle(group("m", bodySite=site), nerves))
    assert lesion_names(of_patient) == []
    assert possible(of_patient, "myelopathy") == {True}, "an examination of the legs is about the patient"


def test_a_region_of_the_spine_is_that_of_the_members() -> None:
    thoracic = concept(("thoracic", "https://w3id.org/spinemets/CodeSystem/vertebra"))
    intake = take(bundle(*TWO, group("m", bodySite=thoracic), quality()))
    assert said(intake, "sins-bone-lesion", "T8")
    assert not said(intake, "sins-bone-lesion", "L1")


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_a_group_that_was_withdrawn_gives_nothing_and_its_members_stand(status: str) -> None:
    intake = take(bundle(*TWO, group("m", at="T8", status=status), quality()))
    assert remarks(intake) == {"Observation/m": {"unassigned"}}
    inner = group("m", name="inner", status=status)
    through = take(bundle(*TWO, group("inner", at="T8"), inner, quality()))
    assert remarks(through) == {"Observation/m": {"unassigned"}}
    alone = take(bundle(metastasis("L1"), group("m", at="T8", status=status), quality()))
    assert said(alone, "sins-bone-lesion", "L1"), "the only lesion that it can be about"


def test_a_member_of_a_member_takes_on_what_the_outer_group_says() -> None:
    intake = take(bundle(*TWO, group("m", name="inner"), group("inner", at="T8"), quality()))
    assert said(intake, "sins-bone-lesion", "T8")
    nearer = take(bundle(*TWO, group("m", name="inner", at="L1"), group("inner", at="T8"), quality()))
    assert said(nearer, "sins-bone-lesion", "L1")
    assert not said(nearer, "sins-bone-lesion", "T8")


def test_a_member_of_two_groups_is_where_both_say() -> None:
    intake = take(bundle(*TWO, group("m", at="T8"), group("m", name="h", at="L1"), quality()))
    assert said(intake, "sins-bone-lesion", "T8")
    assert said(intake, "sins-bone-lesion", "L1")
    beside = take(bundle(*TWO, group("m", at="T8"), group("m", name="h"), quality()))
    assert not said(beside, "sins-bone-lesion", "L1")


def test_groups_that_contain_one_another_place_nothing_and_end() -> None:
    ring = (group("b", "m", name="a", at="T8"), group("a", name="b"))
    assert remarks(take(bundle(*TWO, *ring, quality()))) == {"Observation/m": {"unassigned"}}
    assert remarks(take(bundle(*TWO, group("g", "m", at="T8"), quality()))) == {"Observation/m": {"unassigned"}}


def test_a_long_chain_of_groups_is_followed_to_its_end() -> None:
    chain = [group(f"g{n + 1}", name=f"g{n}") for n in range(2000)]
    intake = take(bundle(*TWO, {**chain[0], "bodySite": level("T8")}, *chain[1:], group("m", name="g2000"), quality()))
    assert said(intake, "sins-bone-lesion", "T8")


def test_a_member_is_of_the_time_of_its_group() -> None:
    old = group("m", at="T8", day="2026-01-01")
    later = quality("n", at="T8", day="2026-06-01")
    later["valueCodeableConcept"] = concept(("blastic", "https://w3id.org/spinemets/CodeSystem/finding-value"))
    intake = take(bundle(old, quality(day=None, issued="2026-09-01T10:00:00Z"), later))
    assert possible(intake, "sins-bone-lesion", "T8") == {"blastic"}
    assert remarks(intake)["Observation/m"] == {"superseded"}
    keeps = take(bundle(old, quality(day="2026-09-01"), later))
    assert possible(keeps, "sins-bone-lesion", "T8") == {"lytic"}


def test_a_member_of_several_times_is_of_any_of_them() -> None:
    two = (group("m", at="T8", day="2026-01-01"), group("m", name="h", day="2026-08-01"))
    later = quality("n", at="T8", day="2026-06-01")
    later["valueCodeableConcept"] = concept(("blastic", "https://w3id.org/spinemets/CodeSystem/finding-value"))
    intake = take(bundle(*two, quality(day=None), later))
    assert possible(intake, "sins-bone-lesion", "T8") == {"blastic", "lytic"}


def test_a_group_that_comes_later_takes_its_undated_members_with_it() -> None:
    later = group("m", "n", at="T8", day="2027-01-01")
    intake = take(bundle(*TWO, later, quality(day=None), quality("n")))
    assert remarks(intake) == {"Observation/m": {"after-as-of"}, "Observation/n": {"unassigned"}}


def test_a_histology_is_of_the_diagnosis_in_the_focus_of_its_groups() -> None:
    two = (condition("C34.9", name="lung"), condition("C50.9", name="breast"))
    seen = observation("31206-6", {"valueCodeableConcept": concept(("8041/3", ICD_O_3))}, system=LOINC, name="m")
    of_breast = (group("m", focus=about("breast")), group("g", name="outer", focus=about("lung")))
    nearest = take(bundle(metastasis(), *two, *of_breast, seen))
    assert possible(nearest, "primary-tumour") == {"lung-nsclc", "lung-sclc", "breast"}
    assert remarks(nearest)["Observation/m"] == {"not-read"}, "a small-cell carcinoma of the breast is not told apart"
    through = take(bundle(metastasis(), *two, group("m"), group("g", name="outer", focus=about("breast")), seen))
    assert remarks(through)["Observation/m"] == {"not-read"}
    of_both = take(bundle(metastasis(), *two, of_breast[0], group("m", name="h", focus=about("lung")), seen))
    assert possible(of_both, "primary-tumour") == {"lung-sclc", "breast"}


def test_the_time_of_an_outer_group_is_that_of_the_members_of_an_inner_one() -> None:
    outer = group("g", name="outer", at="T8", day="2027-01-01")
    intake = take(bundle(*TWO, outer, group("m", day=None), quality(day=None)))
    assert remarks(intake)["Observation/m"] == {"after-as-of"}


def test_the_set_of_sins_is_about_one_lesion_so_its_site_counts_even_where_it_is_not_understood() -> None:
    known = concept(("RDES21", RADELEMENT))
    sins = {**group("m", bodySite=concept(("x", "urn:local"))), "code": known}
    intake = take(bundle(metastasis("T8"), sins, quality()))
    assert not said(intake, "sins-bone-lesion", "T8")
    assert remarks(intake) == {"Observation/m": {"not-in-the-spine"}}


def test_a_copy_of_a_member_is_placed_like_the_first() -> None:
    intake = take(bundle(*TWO, quality(), quality(), group("m", at="T8")))
    assert said(intake, "sins-bone-lesion", "T8")


@pytest.mark.parametrize("members", ["x", 7, [7, {"reference": 7}, {"reference": "#m"}, {"reference": "Patient/p1"}]])
def test_a_list_of_members_that_names_none_places_nothing(members: Any) -> None:
    intake = take(bundle(*TWO, {**group(at="T8"), "hasMember": members}, quality()))
    assert remarks(intake) == {"Observation/m": {"unassigned"}}


def test_what_a_group_says_of_its_members_is_checked_once() -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(*TWO, group("m", "n", day="yesterday"), quality(), quality("n")))
    assert [p.expression for p in refused.value.problems] == ["Bundle.entry[3].resource.effectiveDateTime"]
    take(bundle(*TWO, group(day="yesterday"), quality(), quality("n")))
