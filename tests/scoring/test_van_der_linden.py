"""The van der Linden score against an independent reading of its table: every input, and every set of classes."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings

from service.derivations import derive
from service.evidence import Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import TUMOURS
from tests.scoring.tables import bands, figures, outside, remarks, validations
from tests.scoring.test_dumbbell import some

CODE = "van-der-linden"
TABLE = PUBLISHED[CODE]


def test_all_4510_inputs_have_the_points_total_and_band_of_the_table() -> None:
    """Every step of Karnofsky with every tumour, lung of unknown type among them, and every state of the organs."""
    domains = {**TABLE.every, "primary-tumour": (*TUMOURS, "lung")}
    found = {f: {value: values(f, value) for value in domain} for f, domain in domains.items()}
    count = 0
    for chosen in product(*domains.values()):
        known = dict(zip(domains, chosen, strict=True))
        site = "lung-nsclc" if known["primary-tumour"] == "lung" else known["primary-tumour"]
        expected = TABLE.points({**known, "primary-tumour": site})
        answer = result(CODE, {f: found[f][value] for f, value in known.items()})
        assert {item.item.code: tuple(sorted(item.points)) for item in answer.items} == expected
        totals = {sum(points) for points in product(*expected.values())}
        assert answer.totals == totals
        assert {band.code for band in answer.bands} == {TABLE.band(total) for total in totals}
        count += 1
    assert count == 11 * 41 * 10


def test_every_set_of_classes_has_exactly_the_totals_of_its_completions() -> None:
    """The rows of each item and what is beyond them: 15 x 15 x 3 sets of what may be."""
    karnofsky = some((10, 40, 70, 100))
    tumours = some(("breast", "prostate", "lung", "colon"))
    organs = (("none",), ("present",), ("none", "present"))
    for chosen in product(karnofsky, tumours, organs):
        check(CODE, {f: values(f, *v) for f, v in zip(TABLE.domains, chosen, strict=True)})


@settings(max_examples=80, deadline=None)
@given(records(CODE))
def test_gaps_and_conflicts_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


@pytest.mark.parametrize(
    ("karnofsky", "points"),
    [(100, {2}), (80, {2}), (70, {1}), (50, {1}), (40, {0}), (20, {0}), (10, {0, 1, 2}), (0, {0, 1, 2})],
)
def test_karnofsky_has_the_points_of_its_row_and_below_20_there_is_none(karnofsky: int, points: set[int]) -> None:
    item = result(CODE, known_of({"karnofsky": karnofsky})).items[0]
    assert item.points == points
    assert item.unplaced == (len(points) > 1)


def test_below_karnofsky_20_the_answer_is_marked() -> None:
    limit = "its table begins at a Karnofsky status of 20"
    for karnofsky, said in ((0, [(limit, True)]), (10, [(limit, True)]), (20, []), (100, [])):
        assert outside(result(CODE, known_of({"karnofsky": karnofsky}))) == said
    # ECOG 4 is Karnofsky 10 or 20, and ECOG 3 is 30 or 40
    assert outside(ENGINES[CODE].result(derive(case(ecog=4)))) == [(limit, False)]
    assert outside(ENGINES[CODE].result(derive(case(ecog=3)))) == []


_IMPAIRED = "it was made in patients without neurological impairment, of whom 3 % had cord compression later"


@pytest.mark.parametrize(
    ("finding", "value", "outside_"),
    [
        ("myelopathy", True, True),
        ("progressive_deficit", True, True),
        ("sphincter_dysfunction", True, True),
        ("cauda_equina_syndrome", True, True),
        ("spinal_cord_compression", True, True),
        ("escc_grade", "escc-2", True),
        ("escc_grade", "escc-3", True),
        ("escc_grade", "escc-1c", False),
        ("spinal_cord_compression", False, False),
        ("progressive_deficit", False, False),
        ("radiculopathy", True, False),
    ],
)
def test_a_patient_with_a_deficit_or_a_compressed_cord_is_outside(finding: str, value: object, outside_: bool) -> None:
    of_lesion = ENGINES[CODE].result(case(lesion("T6", **{finding: value})))
    assert outside(of_lesion) == ([(_IMPAIRED, True)] if outside_ else [])


@pytest.mark.parametrize(("grade", "outside_"), [("a", True), ("d", True), ("e", False)])
def test_a_patient_with_a_deficit_by_the_frankel_grade_is_outside(grade: str, outside_: bool) -> None:
    found = ENGINES[CODE].result(case(frankel_grade=f"frankel-{grade}"))
    assert outside(found) == ([(_IMPAIRED, True)] if outside_ else [])


def test_a_record_that_says_nothing_of_neurology_is_not_marked_as_perhaps_outside() -> None:
    assert outside(ENGINES[CODE].result(case(lesion("T6"), primary_tumour="breast"))) == []


def test_ecog_1_leaves_the_points_of_karnofsky_open() -> None:
    for ecog, points in ((0, {2}), (1, {1, 2}), (2, {1}), (3, {0}), (4, {0, 1, 2})):
        assert ENGINES[CODE].result(derive(case(ecog=ecog))).items[0].points == points


@pytest.mark.parametrize(("total", "band"), [(0, "a"), (3, "a"), (4, "b"), (5, "b"), (6, "c")])
def test_the_groups_meet_at_3_and_4_and_at_5_and_6(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


def test_only_the_best_of_everything_is_group_c() -> None:
    best = {"karnofsky": 80, "primary-tumour": "breast", "visceral-metastases": "none"}
    assert [band.code for band in check(CODE, known_of(best)).bands] == ["c"]
    for worse in ({"karnofsky": 70}, {"primary-tumour": "prostate"}, {"visceral-metastases": "present"}):
        assert check(CODE, known_of({**best, **worse})).totals <= {5}


def test_the_extremes_are_0_and_6() -> None:
    worst = {"karnofsky": 20, "primary-tumour": "colon", "visceral-metastases": "present"}
    assert check(CODE, known_of(worst)).totals == {0}
    assert ENGINES[CODE].totals(*possible({})) == set(range(7))


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    paper, calculator = "van der Linden 2005", "medicalalgorithms.com 2005"
    assert figures(score) == [
        ("a", "median survival", 3, 342, "", None, paper),
        ("a", "survival", 4, 342, "24-month", None, calculator),
        ("b", "median survival", 9, 342, "", None, paper),
        ("b", "survival", 22, 342, "24-month", None, calculator),
        ("c", "median survival", 19, 342, "", None, paper),
        ("c", "survival", 37, 342, "24-month", None, calculator),
    ]
    assert validations(score) == [("AUC at 3, 6 and 12 months", (0.59, 0.76), 953, None, "Bindels 2025", True)]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, PATIENT, True)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.VERIFIED)
    assert [band.risk for band in score.bands] == ["high", "moderate", "low"]
    assert [source.short for source in score.sources] == [paper, calculator]


def test_what_is_said_with_it() -> None:
    said = [text for text, _ in remarks(ENGINES[CODE].result(case(primary_tumour="breast")))]
    assert any("triple-negative" in text for text in said)
    assert any("Hindawi 2017, n = 61" in text for text in said)
    ruled_out = ENGINES[CODE].result(case(primary_tumour="breast", triple_negative=False))
    assert not any("triple-negative" in text for text, _ in remarks(ruled_out))
