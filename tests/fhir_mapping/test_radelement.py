"""The RadElement set for SINS: its answers by meaning and not by index, and its level as a body site."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhir_mapping import terminology
from service.problems import Rejected
from service.vertebrae import LEVELS
from tests.support.records import (
    RADELEMENT,
    bundle,
    concept,
    condition,
    element,
    lesion_names,
    metastasis,
    observation,
    possible,
    remarks,
    said,
    take,
)

ANSWERS = {
    "RDE153": ("sins-bone-lesion", ["blastic", "mixed", "lytic", None, None]),
    "RDE154": ("sins-alignment", ["normal", "de-novo-deformity", "subluxation-translation", None, None]),
    "RDE155": ("sins-collapse", ["none", "under-50", "over-50", "no-collapse-over-50-involved"]),
    "RDE156": ("sins-posterolateral", ["none", "unilateral", "bilateral", None, None]),
}
EACH = [(code, n, finding, value) for code, (finding, values) in ANSWERS.items() for n, value in enumerate(values)]
LEVELS_IN_ORDER = [
    *(f"T{n}" for n in range(1, 13)), *(f"C{n}" for n in range(1, 8)),
    *(f"S{n}" for n in range(1, 5)), *(f"L{n}" for n in range(1, 6)),
]  # fmt: skip


def report(*parts: tuple[str, int], **more: Any) -> dict[str, Any]:
    """The set as one Observation with its elements as components."""
    return observation("RDES21", system=RADELEMENT, name="set", component=[element(*part) for part in parts], **more)


def alone(code: str, answer: int, name: str, **more: Any) -> dict[str, Any]:
    return observation(code, element(code, answer, value_only=True), system=RADELEMENT, name=name, **more)


@pytest.mark.parametrize(("code", "n", "finding", "value"), EACH)
def test_an_answer_counts_by_its_meaning_and_not_by_its_index(
    code: str, n: int, finding: str, value: str | None
) -> None:
    for resource in (report((code, n), bodySite=concept(("T8", "https://w3id.org/spinemets/CodeSystem/vertebra"))),
                     alone(code, n, "set", at="T8")):  # fmt: skip
        intake = take(bundle(metastasis("T8"), resource))
        if value is None:
            assert not said(intake, finding, "T8")
            assert remarks(intake) == {"Observation/set": {"no-value"}}
        else:
            assert possible(intake, finding, "T8") == {value}
            assert remarks(intake) == {}


@pytest.mark.parametrize(("n", "level"), list(enumerate(LEVELS_IN_ORDER)))
def test_the_level_of_a_set_is_that_of_its_findings(n: int, level: str) -> None:
    intake = take(bundle(report(("RDE151", n), ("RDE153", 2))))
    assert lesion_names(intake) == [level]
    assert possible(intake, "sins-bone-lesion", level) == {"lytic"}
    assert remarks(intake) == {}


def test_the_set_has_every_level_but_the_occiput_and_the_fifth_sacral_vertebra() -> None:
    assert set(LEVELS) - set(LEVELS_IN_ORDER) == {"C0", "S5"}
    assert terminology.STANDARD.vertebra(RADELEMENT, "RDE151.28") is None


def test_the_order_of_the_elements_does_not_matter_and_a_region_beside_the_level_yields() -> None:
    spine = concept(("spine", "https://w3id.org/spinemets/CodeSystem/vertebra"))
    intake = take(bundle(report(("RDE153", 2), ("RDE151", 7), bodySite=spine)))
    assert lesion_names(intake) == ["T8"]


def test_an_element_that_carries_a_level_names_it_for_itself_only() -> None:
    own = alone("RDE153", 2, "own", component=[element("RDE151", 7)])
    other = alone("RDE154", 1, "other")
    intake = take(bundle(metastasis("T8"), metastasis("L1"), own, other))
    assert said(intake, "sins-bone-lesion", "T8")
    assert remarks(intake) == {"Observation/other": {"unassigned"}}


def test_the_location_is_known_and_not_read_for_the_level_gives_it() -> None:
    intake = take(bundle(report(("RDE151", 7), ("RDE152", 3), ("RDE156", 2))))
    assert lesion_names(intake) == ["T8"]
    assert possible(intake, "sins-posterolateral", "T8") == {"bilateral"}
    assert remarks(intake) == {"Observation/set": {"not-read"}}


def members(*names: str) -> list[dict[str, str]]:
    return [{"reference": f"Observation/{name}"} for name in names]


def test_the_members_of_a_set_are_where_the_set_or_one_of_them_says() -> None:
    for where in ({"hasMember": members("level", "quality")},
                  {"hasMember": members("quality"), "component": [element("RDE151", 7)]},
                  {"hasMember": members("quality"), "at": "T8"}):  # fmt: skip
        group = observation("RDES21", system=RADELEMENT, name="set", **where)
        parts = [alone("RDE151", 7, "level")] if len(where["hasMember"]) == 2 else []
        intake = take(bundle(metastasis("T8"), metastasis("L1"), *parts, alone("RDE153", 2, "quality"), group))
        assert said(intake, "sins-bone-lesion", "T8")
        assert not said(intake, "sins-bone-lesion", "L1")
        assert remarks(intake) == {}


def test_a_level_that_was_entered_in_error_places_nothing() -> None:
    group = observation("RDES21", system=RADELEMENT, name="set", hasMember=members("level", "quality"))
    wrong = alone("RDE151", 7, "level", status="entered-in-error")
    intake = take(bundle(metastasis("T8"), metastasis("L1"), wrong, alone("RDE153", 2, "quality"), group))
    assert not said(intake, "sins-bone-lesion", "T8")


def test_a_broken_list_of_members_is_refused() -> None:
    group = observation("RDES21", system=RADELEMENT, hasMember="x")
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis("T8"), group))
    assert refused.value.problems[0].expression == "Bundle.entry[2].resource.hasMember"


def test_a_level_by_itself_makes_no_lesion_and_is_in_the_ledger() -> None:
    intake = take(bundle(alone("RDE151", 7, "level")))
    assert lesion_names(intake) == []
    assert remarks(intake) == {"Observation/level": {"not-read"}}


def test_an_answer_for_a_level_names_a_body_site_too() -> None:
    assert lesion_names(take(bundle(condition("C79.51", bodySite=[concept(("RDE151.7", RADELEMENT))])))) == ["T8"]
