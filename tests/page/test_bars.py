"""Bars: every class of a score on its scale, and the totals that are possible."""

from itertools import pairwise

import pytest

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.page.bars import Bar, bar, bars
from service.scoring import SCORES
from service.scoring.results import Result
from tests.support.records import AS_OF, bundle, metastasis, observation, primary


def of(*resources: dict) -> Assessment:
    return assess(bundle(*resources), when(AS_OF))


def _result(assessment: Assessment, code: str) -> Result:
    return next(result for result in assessment.results if result.score.code == code)


def _bar(assessment: Assessment, code: str) -> Bar:
    return bar(_result(assessment, code))


OPEN = of(metastasis("T8"))
TYPED = of(
    metastasis("T8"),
    observation("sins-pain", "mechanical", "T8"),
    observation("sins-bone-lesion", "lytic", "T8"),
    primary("breast"),
)
FULL = of(
    metastasis("T8"),
    *(
        observation(code, value, "T8")
        for code, value in (
            ("sins-pain", "mechanical"), ("sins-bone-lesion", "lytic"), ("sins-alignment", "normal"),
            ("sins-collapse", "none"), ("sins-posterolateral", "none"),
        )
    ),
)  # fmt: skip


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.code)
def test_the_classes_fill_the_scale_from_end_to_end(score) -> None:
    assessment = of(metastasis("T8"), observation("tumour-origin", "dumbbell", "L2"))
    segments = _bar(assessment, score.code).segments
    assert segments[0].left == 0
    for one, following in pairwise(segments):
        assert one.left + one.width == pytest.approx(following.left, abs=0.01)
    assert segments[-1].left + segments[-1].width == pytest.approx(100, abs=0.01)
    assert [segment.title for segment in segments] == [
        band.title for band in sorted(score.bands, key=lambda band: band.low)
    ]


def test_every_possible_total_is_under_a_run_and_no_other() -> None:
    for result in TYPED.results:
        shown = bar(result)
        step = 0.5 if result.score.code == "prism" else 1
        low = min(band.low for band in result.score.bands)
        cells = (max(band.high for band in result.score.bands) - low) / step + 1
        covered = sum(run.width for run in shown.runs) / 100 * cells
        assert covered == pytest.approx(len(result.totals), abs=0.01)
        assert shown.runs[0].left == pytest.approx(100 * (result.low - low) / step / cells, abs=0.01)


def test_a_total_that_cannot_be_leaves_a_gap() -> None:
    shown = _bar(of(metastasis("T8"), observation("bone-metastases", "multiple"), primary("breast")), "tomita")
    assert len(shown.runs) == 3  # 3, 5 or 7


def test_classes_that_cannot_be_are_marked() -> None:
    shown = _bar(FULL, "sins")
    assert [segment.possible for segment in shown.segments] == [True, False, False]
    assert shown.exact
    assert shown.state == "Exact"
    assert shown.total == "6"
    assert 0 < shown.point < shown.segments[0].width


def test_what_is_missing_is_named_with_what_its_answers_would_make_of_the_score() -> None:
    shown = _bar(TYPED, "sins")
    assert {ask.finding for ask in shown.missing} == {"sins-alignment", "sins-collapse", "sins-posterolateral"}
    assert all(ask.lesion == "lesion-T8" for ask in shown.missing)
    assert any("subluxation" in outcome and "unstable" in outcome for outcome in shown.missing[0].outcomes)


def test_missing_findings_beyond_the_first_few_are_counted() -> None:
    shown = _bar(OPEN, "prism")
    missing = _result(OPEN, "prism").missing
    assert len(missing) > len(shown.missing)
    assert shown.more == f"and {len(missing) - len(shown.missing)} more"


def test_a_finding_of_the_patient_is_asked_for_without_a_lesion() -> None:
    asks = _bar(OPEN, "prism").missing
    assert {ask.lesion for ask in asks if ask.finding == "ecog"} <= {""}
    assert asks


def test_the_ends_of_the_scale_say_which_is_better() -> None:
    assert _bar(OPEN, "sins").ends == ("better", "worse")
    assert _bar(OPEN, "tokuhashi-revised").ends == ("worse", "better")


def test_scores_of_which_nothing_is_known_are_one_line() -> None:
    shown = bars(OPEN).patient
    assert "tokuhashi-revised" not in {each.code for each in shown.bars}
    assert "Tokuhashi 0 to 15" in shown.unknown


def test_the_lead_model_stands_first_and_stability_before_all() -> None:
    shown = bars(TYPED)
    assert shown.lesions[0].bars[0].code == "sins"
    assert shown.patient.bars[0].lead
    assert [each.lead for each in shown.patient.bars].count(True) == 1


def test_a_limit_of_validity_is_a_warning() -> None:
    child = of(metastasis("T8"), observation("age", (9.0, "a")), observation("sins-pain", "mechanical", "T8"))
    assert any("younger than 18" in warning for warning in _bar(child, "sins").warnings)


def test_each_lesion_has_its_own_group_and_the_anchor_of_its_part_of_the_page() -> None:
    shown = bars(of(metastasis("T8"), metastasis("L1")))
    assert [(group.anchor, group.title) for group in shown.lesions] == [("lesion-T8", "T8"), ("lesion-L1", "L1")]
    assert shown.patient.lesion is None


def test_scores_that_are_not_given_are_said_with_the_reason() -> None:
    shown = bars(of(observation("tumour-origin", "primary", "T8")))
    assert any("primary tumour of the spine" in text for text in shown.patient.left_out)


def test_the_words_of_the_picture_say_total_and_classes() -> None:
    assert _bar(FULL, "sins").text == "Spinal Instability Neoplastic Score (SINS): 6. Exact: Stable"
