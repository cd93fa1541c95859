"""The Mizumoto score against an independent reading of its abstract; the tumour item is always open."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from service.evidence import Span, Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import TUMOURS, mizumoto
from tests.scoring.tables import bands, figures, outside, remarks, validations

CODE = "mizumoto"
TABLE = PUBLISHED[CODE]
BEST = {
    "ecog": 2,
    "hypercalcaemia": False,
    "visceral-metastases": "none",
    "previous-chemotherapy": False,
    "bone-metastases": "solitary",
    "age": 70.9,
}
WORST = {
    "ecog": 3,
    "hypercalcaemia": True,
    "visceral-metastases": "present",
    "previous-chemotherapy": True,
    "bone-metastases": "multiple",
    "age": 71,
}


def test_all_1920_inputs_have_the_points_totals_and_bands_of_the_table() -> None:
    domains = TABLE.every
    found = {f: {value: values(f, value) for value in domain} for f, domain in domains.items()}
    seen: set[float] = set()
    count = 0
    for chosen in product(*domains.values()):
        known = dict(zip(domains, chosen, strict=True))
        expected = mizumoto(known)
        answer = result(CODE, {f: found[f][value] for f, value in known.items()})
        assert {item.item.code: tuple(sorted(item.points)) for item in answer.items} == expected
        totals = {sum(points) for points in product(*expected.values())}
        assert answer.totals == totals
        assert {band.code for band in answer.bands} == {TABLE.band(total) for total in totals}
        seen |= totals
        count += 1
    assert count == 6 * 2 * 10 * 2 * 2 * 4
    assert seen == set(range(15))


@settings(max_examples=80, deadline=None)
@given(records(CODE))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


def test_every_record_with_up_to_two_gaps_has_exactly_the_totals_of_its_completions() -> None:
    count = 0
    for chosen in product(*((None, no, WORST[f]) for f, no in BEST.items())):
        known = {f: v for f, v in zip(BEST, chosen, strict=True) if v is not None}
        if len(known) >= 4:
            check(CODE, known_of(known))
            count += 1
    assert count == 15 * 2**4 + 6 * 2**5 + 2**6


@pytest.mark.parametrize("finding", list(BEST))
def test_a_factor_has_its_own_points_and_no_other(finding: str) -> None:
    weights = {
        "ecog": 3,
        "hypercalcaemia": 2,
        "visceral-metastases": 2,
        "previous-chemotherapy": 2,
        "bone-metastases": 1,
        "age": 1,
    }
    assert check(CODE, known_of(BEST)).totals == {0, 3}
    more = weights[finding]
    assert check(CODE, known_of({**BEST, finding: WORST[finding]})).totals == {more, more + 3}
    assert check(CODE, known_of(WORST)).totals == {11, 14}


def test_no_tumour_settles_which_types_are_unfavourable() -> None:
    for tumour in TUMOURS:
        found = ENGINES[CODE].result(case(primary_tumour=tumour))
        assert found.items[0].points == {0, 3}
        assert "primary-tumour" not in {missing.finding for missing in found.missing}


def test_where_all_but_the_tumour_is_known_nothing_is_missing() -> None:
    for known, groups in ((BEST, ["a"]), ({**BEST, "hypercalcaemia": True}, ["a", "b"]), (WORST, ["c"])):
        found = check(CODE, known_of(known))
        assert found.missing == ()
        assert [band.code for band in found.bands] == groups
        assert not found.exact


@pytest.mark.parametrize(
    ("finding", "position", "by_value"),
    [
        ("ecog", 1, [(0, {0}), (1, {0}), (2, {0}), (3, {3}), (4, {3}), (5, {0, 3})]),
        ("age", 6, [(0, {0}), (70, {0}), (70.99, {0}), (71, {1}), (150, {1}), (Span(70, 71), {0, 1})]),
        ("visceral-metastases", 3, [("none", {0}), ("meningeal-only", {0}), ("present", {2}), ("treatable", {2})]),
    ],
)
def test_a_cut_off_belongs_to_the_side_that_the_paper_prints(
    finding: str, position: int, by_value: list[tuple[object, set[int]]]
) -> None:
    for value, points in by_value:
        assert result(CODE, known_of({finding: value})).items[position].points == points, value


def test_a_value_of_calcium_is_not_judged() -> None:
    """The abstract gives no limit for hypercalcaemia."""
    for calcium in (8.0, 10.3, 15.0):
        assert ENGINES[CODE].result(case(calcium=calcium)).items[2].points == {0, 2}
    assert ENGINES[CODE].result(case(hypercalcaemia=True)).items[2].points == {2}


@pytest.mark.parametrize(("total", "band"), [(0, "a"), (4, "a"), (5, "b"), (9, "b"), (10, "c"), (14, "c")])
def test_the_groups_meet_at_4_and_5_and_at_9_and_10(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


def test_an_empty_record_leaves_every_total_from_0_to_14() -> None:
    assert ENGINES[CODE].totals(*possible({})) == set(range(15))


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    study = "Mizumoto 2008"
    by_group = {
        "a": (27.1, {6: 89, 12: 77, 24: 54}),
        "b": (5.4, {6: 46, 12: 22, 24: 9}),
        "c": (1.8, {6: 7, 12: 4, 24: 0}),
    }
    expected = []
    for band, (median, alive) in by_group.items():
        expected += [(band, "survival", percent, f"{month}-month") for month, percent in alive.items()]
        expected.append((band, "median survival", median, ""))
    found = figures(score)
    assert [(band, measure, value, at) for band, measure, value, _, at, _, _ in found] == expected
    assert {(interval, source) for *_, interval, source in found} == {(None, study)}
    assert validations(score) == [("AUC at 3, 6 and 12 months", (0.59, 0.76), 953, None, "Bindels 2025", True)]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, PATIENT, False)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["low", "moderate", "high"]
    assert [source.short for source in score.sources] == [study]


def test_what_is_said_with_it() -> None:
    said = [text for text, _ in remarks(ENGINES[CODE].result(case(primary_tumour="breast")))]
    assert len(said) == 1  # the calibration: breast has no best points here, for nobody says which tumour has
    assert outside(ENGINES[CODE].result(case(lesion("T8"), age=60))) == []


def test_the_groups_hold_the_503_patients_who_were_followed() -> None:
    assert {figure.n for band in ENGINES[CODE].score.bands for figure in band.figures} == {503}
