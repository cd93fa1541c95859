"""The revised Katagiri score against an independent reading of its table."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.evidence import Span, Values
from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, possible, values
from tests.scoring.completions import check, complete_records, records, result
from tests.scoring.independent import PUBLISHED
from tests.scoring.points import katagiri
from tests.scoring.tables import bands, figures, outside, remarks, validations

CODE = "katagiri-revised"
TABLE = PUBLISHED[CODE]
DOMAINS = TABLE.every
LABS = ("platelets", "calcium", "bilirubin", "crp", "ldh", "albumin")
WELL = {"platelets": 220, "calcium": 9.2, "bilirubin": 0.6, "crp": 0.1, "ldh": 180, "albumin": 4.2}
SOMEBODY = {
    **{finding: domain[0] for finding, domain in TABLE.domains.items()},
    **WELL,
}
ITEMS = {
    "primary-site": ("primary-tumour", "hormone-dependent", "targeted-therapy"),
    "visceral": ("visceral-metastases", "brain-metastases"),
    "laboratory": LABS,
    "ecog": ("ecog",),
    "previous-chemotherapy": ("previous-chemotherapy",),
    "multiple-skeletal": ("bone-metastases",),
}


@pytest.mark.parametrize("item", list(ITEMS))
def test_an_item_has_the_points_of_the_table_for_every_input_that_it_reads(item: str) -> None:
    reads = ITEMS[item]
    for chosen in product(*(DOMAINS[finding] for finding in reads)):
        record = {**SOMEBODY, **dict(zip(reads, chosen, strict=True))}
        found = {i.item.code: tuple(sorted(i.points)) for i in result(CODE, known_of(record)).items}
        assert found == katagiri(record)


def test_the_full_product_of_what_the_items_can_tell_apart_has_the_totals_of_the_table() -> None:
    """One input for each tuple of points: 4 x 3 x 3 x 3 x 2 x 2; the inputs behind them are tried above."""
    classes = []
    for item, reads in ITEMS.items():
        one_each = {}
        for chosen in product(*(DOMAINS[finding] for finding in reads)):
            some = dict(zip(reads, chosen, strict=True))
            one_each[katagiri({**SOMEBODY, **some})[item]] = some
        classes.append(list(one_each.values()))
    count = 0
    for parts in product(*classes):
        check(CODE, known_of({finding: value for part in parts for finding, value in part.items()}))
        count += 1
    assert count == 4 * 3 * 3 * 3 * 2 * 2


@settings(max_examples=150, deadline=None)
@given(complete_records(CODE))
def test_a_sample_of_the_56_million_complete_inputs_has_the_points_of_the_table(record: dict[str, Values]) -> None:
    check(CODE, record)


@settings(max_examples=100, deadline=None)
@given(records(CODE, limit=600))
def test_gaps_conflicts_and_comparators_leave_exactly_what_the_completions_give(record: dict[str, Values]) -> None:
    check(CODE, record)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.sampled_from(LABS)), st.fixed_dictionaries({lab: st.sampled_from(DOMAINS[lab]) for lab in LABS}))
def test_missing_laboratory_values_leave_exactly_what_the_completions_give(
    missing: set[str], labs: dict[str, float]
) -> None:
    rest = {finding: value for finding, value in SOMEBODY.items() if finding not in LABS}
    check(CODE, known_of({**rest, **{lab: value for lab, value in labs.items() if lab not in missing}}))


def test_low_albumin_is_abnormal_or_critical_and_never_normal() -> None:
    for albumin in (Span.point(3.6), Span(0, 3.5, high_open=True)):
        found = result(CODE, {"albumin": values("albumin", albumin)})
        assert found.items[2].points == {1, 2}


def test_one_critical_value_is_enough_and_outranks_the_abnormal_ones() -> None:
    for lab, value in (("platelets", 99), ("calcium", 10.3), ("bilirubin", 1.4)):
        assert result(CODE, known_of({lab: value})).items[2].points == {2}
        assert result(CODE, known_of({**WELL, "crp": 20, "ldh": 900, "albumin": 2, lab: value})).items[2].points == {2}


def test_only_all_six_normal_values_make_the_laboratory_normal() -> None:
    assert result(CODE, known_of(WELL)).items[2].points == {0}
    for lab in LABS:
        some = {code: value for code, value in WELL.items() if code != lab}
        assert 0 in result(CODE, known_of(some)).items[2].points
        assert len(result(CODE, known_of(some)).items[2].points) == 2


def test_leucocytes_and_haemoglobin_are_not_read_and_calcium_is() -> None:
    reads = set(ENGINES[CODE].reads)
    assert "calcium" in reads
    assert not reads & {"leucocytes", "haemoglobin"}


def test_breast_prostate_and_lung_need_a_question_about_treatment() -> None:
    for tumour, points in (("breast", {0, 2}), ("prostate", {0, 2}), ("lung", {2, 3}), ("thyroid", {0})):
        assert result(CODE, {"primary-tumour": values("primary-tumour", tumour)}).items[0].points == points


def test_brain_metastases_are_a_point_even_without_organ_metastases() -> None:
    assert result(CODE, known_of({"visceral-metastases": "none", "brain-metastases": True})).items[1].points == {1}
    assert result(CODE, known_of({"brain-metastases": True})).items[1].points == {1, 2}
    assert result(CODE, known_of({"visceral-metastases": "none"})).items[1].points == {0, 1}


def test_an_item_of_which_a_part_is_known_counts_as_said() -> None:
    """No brain metastasis leaves 0, 1 and 2 possible, and yet something is known."""
    _, visceral, laboratory, *_ = ENGINES[CODE].result(case(brain_metastases=False)).items
    assert (visceral.points, visceral.said) == ({0, 1, 2}, True)
    assert (laboratory.points, laboratory.said) == ({0, 1, 2}, False)


def test_disagreeing_sources_on_ecog_leave_both_points() -> None:
    found = ENGINES[CODE].result(case(ecog=[1, 3]))
    assert found.items[3].points == {0, 1}


def test_an_empty_record_leaves_every_total_from_0_to_10() -> None:
    assert ENGINES[CODE].totals(*possible({})) == set(range(11))


@pytest.mark.parametrize(
    ("total", "band"), [(0, "low"), (3, "low"), (4, "intermediate"), (6, "intermediate"), (7, "high"), (10, "high")]
)
def test_the_classes_meet_at_3_and_4_and_at_6_and_7(total: int, band: str) -> None:
    assert ENGINES[CODE].score.band(total).code == band


def test_what_is_published_of_it() -> None:
    score = ENGINES[CODE].score
    assert bands(score) == TABLE.bands
    study, quoted = "Katagiri 2014", "Ugur 2022"
    assert figures(score) == [
        ("low", "survival", 97.9, 808, "6-month", None, quoted),
        ("low", "survival", 91, 808, "12-month", None, study),
        ("low", "survival", 78, 808, "24-month", None, study),
        ("intermediate", "survival", 73.9, 808, "6-month", None, quoted),
        ("intermediate", "survival", 49, 808, "12-month", None, study),
        ("high", "survival", 27, 808, "6-month", None, study),
        ("high", "survival", 6, 808, "12-month", None, study),
    ]
    intermediate, high = (f"hazard ratio of death, {band} against low" for band in ("intermediate", "high"))
    assert validations(score) == [
        ("AUC at 3, 6 and 12 months", (0.79, 0.81), 953, None, "Bindels 2025", True),
        (intermediate, 4.02, 376, None, "Sakurai 2022", True),
        (high, 7.09, 376, None, "Sakurai 2022", True),
        (intermediate, 3.34, 345, (2.10, 5.32), "Murotani 2024", True),
        (high, 7.77, 345, (4.72, 12.8), "Murotani 2024", True),
    ]
    assert (score.kind, score.scope, score.high_is_good) == (Kind.SURVIVAL, PATIENT, False)
    assert (score.origins, score.rare, score.status) == ({"metastatic"}, False, Status.SECONDARY)
    assert [band.risk for band in score.bands] == ["low", "moderate", "high"]
    assert [source.short for source in score.sources] == [study, "Katagiri 2013"]


def test_a_figure_that_another_study_quotes_says_whose_patients_they_are() -> None:
    quoted = [f for band in ENGINES[CODE].score.bands for f in band.figures if f.source.short == "Ugur 2022"]
    assert [figure.remark for figure in quoted] == ["quoted there for Katagiri's own cohort"] * 2
    assert all(figure.whole for figure in quoted)


def test_what_is_said_with_it() -> None:
    said = [text for text, _ in remarks(ENGINES[CODE].result(case(primary_tumour="breast")))]
    for words in (
        "best of twelve models",
        "57 % at 6, 36 % at 12, 23 % at 24",
        "83.3, 71.8 and 43.6 % were alive at 6, 12 and 24 months, of those with 4 to 6 points 64.1, 43.6 and 30.1 %",
        "triple-negative",
    ):
        assert any(words in text for text in said), words
    assert outside(ENGINES[CODE].result(case(age=60))) == []


@pytest.mark.parametrize(("dependent", "warned"), [(None, True), (True, True), (False, False)])
def test_the_triple_negative_warning_is_for_breast_that_may_have_the_best_points(
    dependent: bool | None, warned: bool
) -> None:
    known = {"primary_tumour": "breast"} | ({} if dependent is None else {"hormone_dependent": dependent})
    said = [text for text, _ in remarks(ENGINES["katagiri-revised"].result(case(**known)))]
    assert any("triple-negative" in text for text in said) == warned


def test_what_cannot_matter_is_not_missing() -> None:
    """No source places the bladder, so the total is open; and neither hormones nor targeted drugs could settle it."""
    known = {
        "primary-tumour": "bladder",
        "visceral-metastases": "none",
        "brain-metastases": False,
        "platelets": 200,
        "calcium": 9,
        "bilirubin": 0.5,
        "crp": 0.1,
        "ldh": 200,
        "albumin": 4,
        "ecog": 1,
        "previous-chemotherapy": False,
        "bone-metastases": "solitary",
    }
    found = result("katagiri-revised", known_of(known))
    assert set(found.totals) == {0, 2, 3}
    assert found.missing == ()
