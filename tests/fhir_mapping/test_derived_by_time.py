"""What follows from other findings is weighed by time with what the record says itself, and the ledger tells."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.assess import assess
from service.assessment import Assessment
from service.evidence import Statement
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from tests.support.records import bundle, condition, metastasis, observation, primary

COMPRESSED = "spinal-cord-compression"
JUNE, YESTERDAY = "2026-06-01", "2026-11-19"
NAMED = ("superseded", "conflict")


def of(*said: tuple[str, Any, str], tumour: str = "breast") -> Assessment:
    """The answer for a metastasis at T8; each finding is a resource by its own name."""
    lesions = ("escc-grade", "escc-cord-compressed", "escc-csf-visible", "escc-epidural-extension", COMPRESSED)
    told = [observation(f, v, "T8" if f in lesions else None, name=f, day=day) for f, v, day in said]
    return answer(*told, tumour=tumour)


def answer(*told: dict[str, Any], tumour: str = "breast") -> Assessment:
    record = bundle(primary(tumour), metastasis("T8"), *told)
    return assess(decode(orjson.dumps(record)), when("2026-11-20"))


def told(found: Assessment) -> dict[str, str]:
    return {e.resource.removeprefix("Observation/"): e.code.value for e in found.ledger if e.code in NAMED}


def emergency(found: Assessment) -> bool:
    return any(each.urgent for each in found.plan.recommendations)


def values(found: Assessment, finding: str) -> set[object]:
    return set(found.case.possible(finding, found.case.lesions[0]))


def points(found: Assessment, score: str, item: str) -> set[object]:
    (result,) = (r for r in found.results if r.score.code == score)
    (line,) = (i for i in result.items if i.item.code == item)
    return set(line.points)


GRADE = ("escc-grade", "escc-0", YESTERDAY)


@pytest.mark.parametrize("tumour", ["breast", "lung"])
def test_a_later_asia_grade_replaces_an_old_frankel_grade_and_is_an_alarm(tumour: str) -> None:
    found = of(("frankel-grade", "frankel-e", JUNE), ("asia-impairment", "asia-a", YESTERDAY), GRADE, tumour=tumour)
    assert values(found, "frankel-grade") == {"frankel-a"}
    assert found.case.about("frankel-grade").derived_from == ("asia-impairment",)
    assert emergency(found)
    assert points(found, "tokuhashi-revised", "palsy") == {0}
    assert told(found) == {"frankel-grade": "superseded"}
    (line,) = (e.text for e in found.ledger if e.code == "superseded")
    assert line.startswith("Frankel grade: a later ASIA ")


@pytest.mark.parametrize("day", [YESTERDAY, None])
def test_grades_of_one_day_or_none_that_disagree_are_both_possible(day: Any) -> None:
    found = of(("frankel-grade", "frankel-e", day), ("asia-impairment", "asia-a", day), GRADE)
    assert values(found, "frankel-grade") == {"frankel-a", "frankel-e"}
    assert found.case.about("frankel-grade").conflict
    assert emergency(found)
    assert points(found, "tokuhashi-revised", "palsy") == {0, 2}
    assert told(found) == {"frankel-grade": "conflict", "asia-impairment": "conflict"}


def test_an_old_asia_grade_never_replaces_a_later_frankel_grade() -> None:
    found = of(("frankel-grade", "frankel-e", YESTERDAY), ("asia-impairment", "asia-a", JUNE), GRADE)
    assert values(found, "frankel-grade") == {"frankel-e"}
    assert not emergency(found)
    assert told(found) == {"asia-impairment": "superseded"}


def test_a_later_asia_grade_replaces_what_an_old_modified_grade_stands_for() -> None:
    found = of(("modified-frankel", "modified-frankel-e", JUNE), ("asia-impairment", "asia-a", YESTERDAY))
    assert values(found, "frankel-grade") == {"frankel-a"}
    assert values(found, "ambulatory-status") == {"non-ambulatory"}
    assert emergency(found)


def test_later_features_of_a_compressed_cord_replace_an_old_grade() -> None:
    compressed = (("escc-cord-compressed", True, YESTERDAY), ("escc-csf-visible", False, YESTERDAY))
    found = of(("escc-grade", "escc-0", JUNE), *compressed)
    assert values(found, "escc-grade") == {"escc-3"}
    assert emergency(found)
    assert told(found) == {"escc-grade": "superseded"}
    same = of(GRADE, *compressed)
    assert values(same, "escc-grade") == {"escc-0", "escc-3"}
    assert emergency(same)


def test_features_before_the_grade_do_not_count_and_later_ones_that_go_with_it_change_nothing() -> None:
    before = (("escc-cord-compressed", True, JUNE), ("escc-csf-visible", False, JUNE))
    found = of(GRADE, *before)
    assert values(found, "escc-grade") == {"escc-0"}
    assert not emergency(found)
    assert told(found) == {"escc-cord-compressed": "superseded", "escc-csf-visible": "superseded"}
    later = of(
        ("escc-grade", "escc-0", "2026-07-01"),
        ("escc-cord-compressed", True, JUNE),
        ("escc-epidural-extension", True, YESTERDAY),
    )
    assert values(later, "escc-grade") == {"escc-1a", "escc-1b", "escc-1c", "escc-2", "escc-3"}
    fits = of(("escc-grade", "escc-1b", JUNE), ("escc-epidural-extension", True, YESTERDAY))
    assert values(fits, "escc-grade") == {"escc-1b"}
    assert told(fits) == {}


def test_who_walked_in_june_and_is_paralysed_now_does_not_walk() -> None:
    found = of(("ambulatory-status", "intact", JUNE), ("frankel-grade", "frankel-a", YESTERDAY))
    assert values(found, "ambulatory-status") == {"non-ambulatory"}
    assert points(found, "nesms", "ambulatory") == {0}
    assert told(found) == {"ambulatory-status": "superseded"}


def test_walking_that_is_later_than_the_grade_or_goes_with_it_is_kept() -> None:
    later = of(("ambulatory-status", "intact", YESTERDAY), ("frankel-grade", "frankel-a", JUNE))
    assert values(later, "ambulatory-status") == {"intact"}
    assert told(later) == {}  # the grade itself still counts
    for day in (YESTERDAY, None):  # what is said of walking is preferred to what is only worked out
        same = of(("ambulatory-status", "intact", day), ("frankel-grade", "frankel-a", YESTERDAY))
        assert values(same, "ambulatory-status") == {"intact"}
    for grade in "de":  # pain and fractures keep people from walking too
        found = of(("ambulatory-status", "non-ambulatory", JUNE), ("frankel-grade", f"frankel-{grade}", YESTERDAY))
        assert values(found, "ambulatory-status") == {"non-ambulatory"}


@pytest.mark.parametrize(
    ("ecog", "karnofsky", "expected", "remarked"),
    [
        ((4, YESTERDAY), (90, "2026-09-10"), ({4}, {10, 20}), {"karnofsky": "superseded"}),
        ((4, "2026-09-10"), (90, YESTERDAY), ({0}, {90}), {"ecog": "superseded"}),
        ((4, YESTERDAY), (90, YESTERDAY), ({0, 4}, {10, 20, 90}), {"ecog": "conflict", "karnofsky": "conflict"}),
        ((1, YESTERDAY), (80, "2026-09-10"), ({1}, {80}), {}),
        ((1, "2026-09-10"), (80, YESTERDAY), ({1}, {80}), {}),
        ((1, YESTERDAY), (90, "2026-09-10"), ({1}, {90}), {}),
    ],
)
def test_of_two_scales_of_performance_that_contradict_each_other_the_later_counts(
    ecog: tuple[int, str], karnofsky: tuple[int, str], expected: tuple[set[int], set[int]], remarked: dict[str, str]
) -> None:
    found = of(("ecog", *ecog), ("karnofsky", *karnofsky))
    assert (values(found, "ecog"), values(found, "karnofsky")) == expected
    assert told(found) == remarked


@pytest.mark.parametrize("at", [None, "T8"])
def test_a_deficit_that_was_denied_before_the_grade_of_paralysis_may_be_new(at: str | None) -> None:
    denied = observation("progressive-deficit", False, at, name="denied", day=JUNE)
    grade = observation("frankel-grade", "frankel-a", name="grade", day=YESTERDAY)
    found = answer(denied, grade)
    assert values(found, "progressive-deficit") == {True, False}
    assert emergency(found)
    assert told(found) == {"denied": "superseded"}
    (line,) = (e.text for e in found.ledger if e.code == "superseded")
    assert line == "New or progressive deficit: a later Frankel grade replaces it"


@pytest.mark.parametrize(
    ("denied", "grade"), [(YESTERDAY, JUNE), (YESTERDAY, YESTERDAY), (None, YESTERDAY), (JUNE, None)]
)
def test_a_denial_that_is_not_certainly_before_the_grade_counts(denied: Any, grade: Any) -> None:
    found = of(("progressive-deficit", False, denied), ("frankel-grade", "frankel-a", grade))
    assert values(found, "progressive-deficit") == {False}
    assert not emergency(found)
    assert told(found) == {}


def test_a_denial_is_open_again_by_what_a_later_asia_grade_stands_for_and_never_by_one_without_deficit() -> None:
    found = of(("progressive-deficit", False, JUNE), ("asia-impairment", "asia-c", YESTERDAY))
    assert emergency(found)
    assert told(found) == {"progressive-deficit": "superseded"}
    assert not emergency(of(("progressive-deficit", False, JUNE), ("frankel-grade", "frankel-e", YESTERDAY)))
    again = observation("progressive-deficit", False, "T8", name="again", day=YESTERDAY)
    grade = observation("frankel-grade", "frankel-c", name="grade", day="2026-11-01")
    of_june = observation("progressive-deficit", False, name="denied", day=JUNE)
    assert values(answer(of_june, again, grade), "progressive-deficit") == {False}


def test_a_compressed_cord_that_is_diagnosed_contradicts_a_low_grade_of_any_time() -> None:
    compression = condition("G95.20", at="T8", name=COMPRESSED)
    for day in (JUNE, YESTERDAY, None):
        low = observation("escc-grade", "escc-0", "T8", name="grade", day=day)
        found = answer(compression, low)
        assert values(found, "escc-grade") == {"escc-0", "escc-1c", "escc-2", "escc-3"}
        assert told(found) == {"grade": "conflict", f"Condition/{COMPRESSED}": "conflict"}
    fits = answer(compression, observation("escc-grade", "escc-2", "T8", name="grade", day=JUNE))
    assert values(fits, "escc-grade") == {"escc-2"}
    assert told(fits) == {}
    assert values(answer(compression), "escc-grade") == {"escc-1c", "escc-2", "escc-3"}


@pytest.mark.parametrize(
    ("grade", "compressed", "expected", "remarks"),
    [
        (JUNE, YESTERDAY, {"escc-1c", "escc-2", "escc-3"}, {"escc-grade": "superseded"}),
        (YESTERDAY, JUNE, {"escc-0"}, {}),  # it is an alarm all the same
        (
            YESTERDAY,
            YESTERDAY,
            {"escc-0", "escc-1c", "escc-2", "escc-3"},
            {"escc-grade": "conflict", COMPRESSED: "conflict"},
        ),
    ],
)
def test_a_compressed_cord_that_was_found_is_weighed_with_the_grade_by_time(
    grade: str, compressed: str, expected: set[str], remarks: dict[str, str]
) -> None:
    found = of(("escc-grade", "escc-0", grade), (COMPRESSED, True, compressed))
    assert values(found, "escc-grade") == expected
    assert told(found) == remarks
    assert emergency(found)


def test_a_denied_compression_says_nothing_of_the_grade() -> None:
    found = of((COMPRESSED, False, YESTERDAY), ("escc-grade", "escc-3", JUNE))
    assert values(found, "escc-grade") == {"escc-3"}
    assert "escc-grade" not in of((COMPRESSED, False, YESTERDAY)).case.lesions[0].evidence


def test_thousands_of_findings_that_contradict_each_other_are_not_compared_pair_by_pair(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = 0
    same = Statement.__eq__

    def counted(one: Statement, other: object) -> bool:
        nonlocal compared
        compared += 1
        return same(one, other)

    monkeypatch.setattr(Statement, "__eq__", counted)
    for earlier in ("2026-10", YESTERDAY):
        days = [earlier] * 299 + ["2026-10-15" if earlier == "2026-10" else YESTERDAY]
        old = [observation("ecog", 4, name=f"e{n}", day=day) for n, day in enumerate(days)]
        new = [observation("karnofsky", 90, name=f"k{n}", day=YESTERDAY) for n in range(300)]
        compared = 0
        assert len(told(answer(*old, *new))) == (300 if earlier == "2026-10" else 600)
        assert compared < 100 * 600  # a pair for each two of them would be 180,000
