"""PRISM against an independent reading of Tang 2015: half points, negative points, and disease at one site alone."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from service.derivations import derive
from service.evidence import Span, Values
from service.findings import LESION
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import prism
from tests.scoring.tables import bands, figures, outside, remarks, validations

CODE = "prism"
TABLE = PUBLISHED[CODE]
ORGANS = "metastatic-organ-system-count"


def test_all_3168_inputs_have_the_points_total_and_band_of_the_table() -> None:
    domains = TABLE.every
    found = {f: {value: values(f, value) for value in domain} for f, domain in domains.items()}
    seen: set[float] = set()
    count = 0
    for chosen in product(*domains.values()):
        known = dict(zip(domains, chosen, strict=True))
        expected = prism(known)
        answer = result(CODE, {f: found[f][value] for f, value in known.items()})
        assert {item.item.code: tuple(sorted(item.points)) for item in answer.items} == expected
        totals = {sum(points) for points in product(*expected.values())}
        assert answer.totals == totals
        assert {band.code for band in answer.bands} == {TABLE.band(total) for total in totals}
        seen |= totals
        count += 1
    assert count == 2 * 6 * 2 * 2 * 11 * 2 * 3
    assert (min(seen), max(seen)) == (-11, 12.5)


@settings(max_examples=80, deadline=None)
@given(records(CODE, limit=1200))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_every_record_with_one_gap_has_exactly_the_totals_of_its_completions() -> None:
    """Each finding unknown, or at one of two values that lie in different rows."""
    ends = {
        "sex": ("female", "male"),
        "ecog": (0, 3),
        "prior-surgery-at-level": (True, False),
        "prior-radiotherapy-at-level": (True, False),
        ORGANS: (0, 2),
        "bone-metastases": ("solitary", "multiple"),
        "time-from-cancer-diagnosis": (60, 60.1),
    }
    count = 0
    for chosen in product(*((None, *domain) for domain in ends.values())):
        known = {f: v for f, v in zip(ends, chosen, strict=True) if v is not None}
        if len(known) >= 6:
            check(CODE, known_of(known))
            count += 1
    assert count == 7 * 2**6 + 2**7


def test_the_extremes_are_minus_11_and_12_and_a_half() -> None:
    best = {
        "sex": "female",
        "ecog": 0,
        "prior-surgery-at-level": True,
        "prior-radiotherapy-at-level": False,
        ORGANS: 0,
        "bone-metastases": "solitary",
        "time-from-cancer-diagnosis": 61,
    }
    worst = {
        "sex": "male",
        "ecog": 4,
        "prior-surgery-at-level": False,
        "prior-radiotherapy-at-level": True,
        ORGANS: 10,
        "bone-metastases": "multiple",
        "time-from-cancer-diagnosis": 1,
    }
    assert check(CODE, known_of(best)).totals == {12.5}
    assert check(CODE, known_of(worst)).totals == {-11}


def test_an_empty_record_leaves_every_total_that_some_patient_has() -> None:
    """Half points come from the ECOG status alone; 12 and the like are out of reach."""
    expected = {
        sum(p for (p,) in prism(dict(zip(TABLE.domains, chosen, strict=True))).values())
        for chosen in product(*TABLE.domains.values())
    }
    assert ENGINES[CODE].totals(*possible({})) == expected
    assert {-10.5, -0.5, 0.5, 3.5, 12.5} <= expected
    assert 12 not in expected


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (-11, "poor"), (0, "poor"), (0.5, "poor"), (1, "intermediate"), (3, "intermediate"), (3.5, "intermediate"),
        (4, "good"), (7, "good"), (7.5, "excellent"), (12.5, "excellent"),
    ],
)  # fmt: skip
def test_half_a_point_past_a_limit_is_the_next_group(total: float, band: str) -> None:
    """The printed groups leave 3.5 to none; it is intermediate."""
    assert ENGINES[CODE].score.band(total).code == band


@pytest.mark.parametrize(
    ("ecog", "points"), [(0, {3.5}), (1, {1.5}), (2, {0.5}), (3, {0}), (4, {0}), (5, {0, 0.5, 1.5, 3.5})]
)
def test_ecog_has_the_points_of_its_row(ecog: int, points: set[float]) -> None:
    assert result(CODE, known_of({"ecog": ecog})).items[1].points == points


def test_a_karnofsky_status_counts_as_the_ecog_status_that_it_stands_for() -> None:
    for karnofsky, points in ((100, 3.5), (90, 3.5), (80, 1.5), (70, 1.5), (60, 0.5), (50, 0.5), (40, 0), (10, 0)):
        assert ENGINES[CODE].result(derive(case(karnofsky=karnofsky))).items[1].points == {points}


@pytest.mark.parametrize(
    ("organs", "bones", "points"),
    [
        (0, "solitary", {3}),
        (0, "multiple", {0}),
        (1, "solitary", {0}),
        (10, "solitary", {0}),
        (None, "solitary", {0, 3}),
        (0, None, {0, 3}),
        (None, "multiple", {0}),
        (2, None, {0}),
    ],
)
def test_the_treated_bone_is_the_only_site_where_no_organ_and_no_other_bone_is_involved(
    organs: int | None, bones: str | None, points: set[int]
) -> None:
    record = {ORGANS: organs, "bone-metastases": bones}
    found = check(CODE, known_of({f: v for f, v in record.items() if v is not None}))
    assert found.items[5].points == points


def test_organ_systems_and_solitary_bone_disease_are_never_counted_at_once() -> None:
    """With a solitary bone metastasis the two items add up to 3, or to less than nothing."""
    rest = {
        "sex": "male",
        "ecog": 3,
        "prior-surgery-at-level": False,
        "prior-radiotherapy-at-level": False,
        "time-from-cancer-diagnosis": 1,
        "bone-metastases": "solitary",
    }
    assert check(CODE, known_of(rest)).totals == {3, *range(-10, 0)}


@pytest.mark.parametrize(
    ("span", "points"), [(Span(2, 10), set(range(-10, -1))), (Span(0, 2, high_open=True), {0, -1}), (Span(1, 1), {-1})]
)
def test_a_comparator_on_the_organ_systems_takes_off_a_point_for_each(span: Span, points: set[int]) -> None:
    assert check(CODE, {ORGANS: values(ORGANS, span)}).items[4].points == points


@pytest.mark.parametrize(("months", "points"), [(0, {0}), (5, {0}), (59.9, {0}), (60, {0}), (60.1, {3}), (1200, {3})])
def test_more_than_five_years_and_not_five_months_have_the_points(months: float, points: set[int]) -> None:
    assert result(CODE, known_of({"time-from-cancer-diagnosis": months})).items[6].points == points


def test_organ_metastases_are_at_least_one_organ_system() -> None:
    found = ENGINES[CODE].result(derive(case(visceral_metastases="present", bone_metastases="solitary")))
    assert found.items[4].points == set(range(-10, 0))
    assert found.items[5].points == {0}


def test_each_lesion_has_its_own_earlier_treatment() -> None:
    treated = lesion("T8", prior_radiotherapy_at_level=True, prior_surgery_at_level=False)
    other = lesion("L1", prior_radiotherapy_at_level=False, prior_surgery_at_level=True)
    both = case(treated, other)
    points = [[item.points for item in ENGINES[CODE].result(both, le).items[2:4]] for le in both.lesions]
    assert points == [[{0}, {-1}], [{1}, {0}]]


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    study = "Florez 2024"
    assert figures(score) == [
        ("poor", "median survival", 8.8, 59, "", None, study),
        ("poor", "hazard ratio of death", 12.9, 59, "", (7.8, 21.4), study),
        ("intermediate", "median survival", 23.7, 88, "", None, study),
        ("intermediate", "hazard ratio of death", 5.2, 88, "", (3.2, 8.3), study),
        ("good", "median survival", 37.0, 188, "", None, study),
        ("good", "hazard ratio of death", 3.0, 188, "", (1.9, 4.9), study),
        ("excellent", "median survival", 57.1, 89, "", None, study),
    ]
    assert validations(score) == [
        ("C-index of the groups", 0.68, 249, None, "Jensen 2017", True),
        ("C-index of the score", 0.69, 424, None, study, True),
        ("C-index of the groups", 0.66, 424, None, study, True),
        ("C-index of the score", 0.70, 455, None, study, True),
        ("C-index of the groups", 0.68, 455, None, study, True),
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, LESION, True)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.SECONDARY)
    assert [band.risk for band in score.bands] == ["high", "high", "moderate", "low"]
    assert [source.short for source in score.sources] == ["Tang 2015", study]
    assert any("not among the twelve" in text for text, _ in remarks(result(CODE, {})))
    assert outside(ENGINES[CODE].result(case(lesion("T8"), age=60))) == []
