"""What is found at a body site that is not understood stays possible at each lesion, and is never dropped."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.policy import Policy
from tests.support.records import bundle, metastasis, observation, primary

EVERY_GRADE = {f"escc-{grade}" for grade in ("0", "1a", "1b", "1c", "2", "3")}
UNCLEAR = {"text": "TH VIII"}


def answer(*said: dict[str, Any], levels: tuple[str, ...] = ("T8", "L1")) -> Assessment:
    record = bundle(primary("breast"), *map(metastasis, levels), *said)
    return assess(decode(orjson.dumps(record)), when("2026-10-02"))


def unclear(finding: str, value: Any, **more: Any) -> dict[str, Any]:
    return observation(finding, value, name="unclear", bodySite=UNCLEAR, **more)


def grades(found: Assessment, finding: str = "escc-grade") -> list[set[Any]]:
    return [set(found.case.possible(finding, lesion)) for lesion in found.case.lesions]


def remarks(found: Assessment) -> set[tuple[str, str]]:
    return {(e.resource.removeprefix("Observation/"), e.code.value) for e in found.ledger if e.code != "not-read"}


@pytest.mark.parametrize("levels", [("T8",), ("T8", "L1")])
@pytest.mark.parametrize(("finding", "value"), [("escc-grade", "escc-3"), ("escc-cord-compressed", True)])
def test_a_compressed_cord_at_a_site_that_is_not_understood_is_possible_at_each_lesion(
    levels: tuple[str, ...], finding: str, value: Any
) -> None:
    found = answer(unclear(finding, value), levels=levels)
    assert grades(found) == [EVERY_GRADE] * len(levels)
    assert any("escc-grade" in lesion.evidence for lesion in found.case.lesions)
    assert remarks(found) == {("unclear", "not-in-the-spine")}
    (text,) = (e.text for e in found.ledger if e.code == "not-in-the-spine")
    assert text == "a body site that is not understood here, so it is perhaps true of any lesion"
    assert any(each.urgent for each in found.plan.recommendations)


def test_a_low_grade_there_is_no_emergency() -> None:
    found = answer(unclear("escc-grade", "escc-1a"))
    assert grades(found) == [EVERY_GRADE] * 2
    assert not any(each.urgent for each in found.plan.recommendations)


@pytest.mark.parametrize(
    ("day", "expected", "conflict"),
    [
        ("2026-10-01", {"escc-1a", "escc-3"}, True),
        (None, {"escc-1a", "escc-3"}, True),
        ("2026-06-01", {"escc-1a"}, False),
    ],
)
def test_beside_a_grade_of_the_lesion_both_are_possible_unless_it_is_certainly_older(
    day: str | None, expected: set[str], conflict: bool
) -> None:
    known = observation("escc-grade", "escc-1a", "T8", name="known", day="2026-09-30")
    found = answer(known, unclear("escc-grade", "escc-3", day=day), levels=("T8",))
    assert grades(found) == [expected]
    assert (("known", "conflict") in remarks(found)) == conflict
    assert (("unclear", "conflict") in remarks(found)) == conflict


def test_what_is_too_old_for_the_policy_of_the_site_opens_nothing() -> None:
    record = bundle(primary("breast"), metastasis("T8"), unclear("escc-grade", "escc-3", day="2026-01-01"))
    opened = [
        "escc-grade" in assess(record, when("2026-10-02"), Policy(use_stale=use)).case.lesions[0].evidence
        for use in (True, False)
    ]
    assert opened == [True, False]


def test_what_agrees_changes_nothing_and_no_lesion_comes_of_it() -> None:
    known = observation("sins-pain", "mechanical", "T8", name="known", day="2026-09-30")
    found = answer(known, unclear("sins-pain", "mechanical"), levels=("T8",))
    assert grades(found, "sins-pain") == [{"mechanical"}]
    assert not found.case.about("sins-pain", found.case.lesions[0]).conflict
    assert answer(unclear("tumour-origin", "metastatic"), levels=()).case.lesions == ()


@pytest.mark.parametrize("levels", [(), ("T8",), ("T8", "L1")])
def test_a_sign_of_harm_to_the_cord_there_is_the_patients(levels: tuple[str, ...]) -> None:
    found = answer(unclear("progressive-deficit", True), levels=levels)
    assert found.case.possible("progressive-deficit") == {True}
    assert any(each.urgent for each in found.plan.recommendations)
    denied = answer(unclear("progressive-deficit", False), levels=levels)
    assert denied.case.possible("progressive-deficit") == {True, False}


def test_what_is_known_to_be_elsewhere_is_left_out() -> None:
    femur = {"text": "left femur"}
    found = answer(observation("escc-grade", "escc-3", name="unclear", bodySite=femur))
    assert not any("escc-grade" in lesion.evidence for lesion in found.case.lesions)
    (text,) = (e.text for e in found.ledger if e.code == "not-in-the-spine")
    assert text == "the body site is not a vertebra that is known here, so it is left out"
