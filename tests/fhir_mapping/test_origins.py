"""Several primary tumours: that one counts which every metastasis of the spine names as its origin."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.others import german
from tests.support.records import (
    ICD_O_3,
    LOINC,
    SNOMED,
    Resource,
    bundle,
    concept,
    condition,
    level,
    metastasis,
    observation,
    possible,
    primary,
    remarks,
    take,
)

RELATED = "http://hl7.org/fhir/StructureDefinition/condition-related"
DUE_TO = "http://hl7.org/fhir/StructureDefinition/condition-dueTo"
LUNG = condition("C34.9", name="lung", onsetDateTime="2026-01-01")
BREAST = condition("C50.9", name="breast", onsetDateTime="2020-01-01")
BOTH = (LUNG, BREAST)
EITHER = {"breast", "lung-nsclc", "lung-sclc"}


def to(name: str) -> Resource:
    return {"reference": f"Condition/{name}"}


def extension(name: str, url: str = RELATED) -> dict[str, Any]:
    return {"extension": [{"url": url, "valueReference": to(name)}]}


def spread(at: str = "T8", **more: Any) -> Resource:
    return condition("C79.51", at=at, name=f"m-{at}", **more)


def seen(at: str, focus: str) -> Resource:
    """A metastasis as a cancer registry gives it: its site, and the diagnosis that it belongs to."""
    value = {"valueCodeableConcept": concept(("OSS", german("fernmetastasen")))}
    return observation("385421009", value, system=SNOMED, name=f"m-{at}", bodySite=level(at), focus=[to(focus)])


FORMS = {
    "related": spread(**extension("breast")),
    "due to": spread(**extension("breast", DUE_TO)),
    "evidence": spread(evidence=[{"detail": [to("breast")]}]),
    "focus of a site": seen("T8", "breast"),
    "focus of a finding": {**metastasis("T8"), "focus": [to("breast")]},
}


@pytest.mark.parametrize("form", FORMS)
def test_the_origin_that_a_metastasis_names_is_the_primary_tumour(form: str) -> None:
    intake = take(bundle(*BOTH, FORMS[form]))
    assert possible(intake, "primary-tumour") == {"breast"}
    assert not intake.case.about("primary-tumour").conflict
    assert intake.case.about("primary-tumour").sources == ("Condition/breast",)
    assert remarks(intake)["Condition/lung"] == {"not-read"}
    assert "Condition/breast" not in remarks(intake)
    (why,) = [line.text for line in intake.ledger if line.resource == "Condition/lung"]
    assert "come from Condition/breast" in why


def test_without_an_origin_each_stays_possible() -> None:
    intake = take(bundle(*BOTH, spread()))
    assert possible(intake, "primary-tumour") == EITHER
    assert remarks(intake)["Condition/lung"] == {"conflict"}


def test_every_lesion_has_to_name_the_same_origin() -> None:
    same = take(bundle(*BOTH, spread("T8", **extension("breast")), seen("L1", "breast")))
    assert possible(same, "primary-tumour") == {"breast"}
    for other in (spread("L1"), spread("L1", **extension("lung")), observation("sins-bone-lesion", "lytic", "L1")):
        intake = take(bundle(*BOTH, spread("T8", **extension("breast")), other))
        assert possible(intake, "primary-tumour") == EITHER


def test_a_lesion_with_two_origins_leaves_both() -> None:
    two = {"extension": [*extension("breast")["extension"], *extension("lung")["extension"]]}
    assert possible(take(bundle(*BOTH, spread(**two))), "primary-tumour") == EITHER


def test_a_metastasis_outside_of_the_spine_does_not_say_where_those_of_the_spine_come_from() -> None:
    liver = condition("C78.7", name="liver", **extension("breast"))
    assert possible(take(bundle(*BOTH, liver, spread())), "primary-tumour") == EITHER


def test_an_origin_is_found_through_another_metastasis_and_not_through_a_primary() -> None:
    bones = condition("C79.51", name="bones", **extension("breast"))
    through = {**metastasis("T8"), "focus": [to("bones")]}
    assert possible(take(bundle(*BOTH, bones, through)), "primary-tumour") == {"breast"}
    related = {**BREAST, **extension("lung")}
    intake = take(bundle(LUNG, related, spread(**extension("breast"))))
    assert possible(intake, "primary-tumour") == {"breast"}


def test_origins_that_name_one_another_come_to_an_end() -> None:
    bones = condition("C79.51", name="bones", **extension("m-T8"))
    intake = take(bundle(*BOTH, bones, spread(**extension("bones"))))
    assert possible(intake, "primary-tumour") == EITHER


@pytest.mark.parametrize(
    "broken",
    [
        extension("elsewhere"),
        {"extension": [{"url": RELATED}]},
        {"evidence": "x"},
        {"evidence": [{"detail": [{"display": "Breast cancer"}]}]},
        extension("unknown"),
        extension("breast", "urn:x"),
    ],
)
def test_an_origin_that_cannot_be_read_decides_nothing(broken: dict[str, Any]) -> None:
    intake = take(bundle(*BOTH, condition("C80.1", name="unknown"), spread(**broken)))
    assert possible(intake, "primary-tumour") == EITHER


def test_two_diagnoses_of_one_tumour_are_one_origin() -> None:
    again = condition("C50.1", name="again")
    intake = take(bundle(*BOTH, again, spread("T8", **extension("breast")), spread("L1", **extension("again"))))
    assert possible(intake, "primary-tumour") == {"breast"}
    assert set(intake.case.about("primary-tumour").sources) == {"Condition/breast", "Condition/again"}


def test_a_diagnosis_that_names_the_same_organ_more_precisely_still_counts() -> None:
    small_cell = condition("254632001", SNOMED, name="small-cell")
    intake = take(bundle(*BOTH, small_cell, spread(**extension("lung"))))
    assert possible(intake, "primary-tumour") == {"lung-sclc"}
    assert "Condition/small-cell" not in remarks(intake)


def test_what_is_said_beside_the_diagnoses_goes_with_the_origin_or_is_explained() -> None:
    intake = take(bundle(*BOTH, primary("breast", "same"), primary("kidney", "other"), spread(**extension("breast"))))
    assert possible(intake, "primary-tumour") == {"breast"}
    assert "not-read" in remarks(intake)["Observation/other"]
    assert "Observation/same" in intake.case.about("primary-tumour").sources


def test_the_histology_of_the_other_tumour_is_not_that_of_the_origin() -> None:
    def histology(name: str) -> Resource:
        value = {"valueCodeableConcept": concept(("8041/3", ICD_O_3))}
        return observation("31206-6", value, system=LOINC, name="h", focus=[to(name)])

    of_lung = take(bundle(*BOTH, histology("lung"), spread(**extension("lung"))))
    assert possible(of_lung, "primary-tumour") == {"lung-sclc"}
    of_breast = take(bundle(*BOTH, histology("lung"), spread(**extension("breast"))))
    assert possible(of_breast, "primary-tumour") == {"breast"}
    assert [line.text for line in of_breast.ledger if line.resource == "Observation/h"] == [
        "Histology of another primary tumour: the record says that the metastases of the spine come from "
        "Condition/breast"
    ]


def test_the_time_since_diagnosis_is_that_of_the_origin() -> None:
    def months(intake: Any) -> set[int]:
        return {int(span.low) for span in possible(intake, "time-from-cancer-diagnosis")}

    assert months(take(bundle(*BOTH, spread(**extension("breast"))))) == {81}
    assert months(take(bundle(*BOTH, spread(**extension("lung"))))) == {9}
    assert months(take(bundle(*BOTH, spread()))) == {81, 9}


def test_one_primary_tumour_needs_no_origin() -> None:
    with_one, without = (take(bundle(BREAST, spread(**more))) for more in (extension("breast"), {}))
    assert possible(with_one, "primary-tumour") == possible(without, "primary-tumour") == {"breast"}
    assert remarks(with_one) == remarks(without)
