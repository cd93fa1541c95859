"""What takes the place of a modality that a site lacks, and what the referral says of the loss."""

from __future__ import annotations

import pytest

from service.decision.availability import OPERATIONS, TAKES, Loss, lost_step, referral, to_be_had
from service.decision.model import Urgency
from service.policy import MODALITIES

NO_OTHER = "no other radiotherapy may take its place"


def had(*do: str, lacking: str = "", high: bool = False, irradiated: bool = False) -> tuple[tuple[str, ...], list[str]]:
    """The steps that are left, and the reasons of the referrals."""
    steps, lost = to_be_had(do, frozenset(lacking.split()), high=high, irradiated=irradiated)
    return steps, [loss.why for loss in lost]


def test_a_site_that_has_everything_loses_nothing() -> None:
    assert had("stabilisation", "srs", "mdt-review") == (("stabilisation", "srs", "mdt-review"), [])
    assert had("cebrt", lacking="srs") == (("cebrt",), [])
    assert had("srs", lacking="cebrt surgery") == (("srs",), [])


def test_conventional_radiotherapy_takes_the_place_of_srs_and_the_referral_says_that_it_controls_less() -> None:
    steps, (why,) = had("stabilisation", "srs", "mdt-review", lacking="srs")
    assert steps == ("stabilisation", "cebrt", "mdt-review")
    assert "less well and for a shorter time" in why
    assert NO_OTHER not in why


@pytest.mark.parametrize(("lacking", "irradiated"), [("srs", True), ("srs cebrt", False), ("srs cebrt", True)])
def test_where_no_radiotherapy_may_take_the_place_of_srs_the_referral_says_so(lacking: str, irradiated: bool) -> None:
    steps, (why,) = had("srs", "mdt-review", lacking=lacking, irradiated=irradiated)
    assert steps == ("mdt-review",)
    assert NO_OTHER in why


def test_srs_takes_the_place_of_conventional_radiotherapy_where_the_cord_is_not_compressed() -> None:
    steps, (why,) = had("stabilisation", "cebrt", "mdt-review", lacking="cebrt")
    assert steps == ("stabilisation", "srs", "mdt-review")
    assert "SRS takes its place" in why


@pytest.mark.parametrize(("lacking", "high"), [("cebrt", True), ("cebrt srs", False), ("cebrt srs", True)])
def test_nothing_takes_the_place_of_conventional_radiotherapy_at_a_compressed_cord(lacking: str, high: bool) -> None:
    steps, (why,) = had("stabilisation", "cebrt", lacking=lacking, high=high)
    assert steps == ("stabilisation",)
    assert "SRS" not in why
    assert why.endswith("refer")


def test_without_a_surgeon_the_operation_is_referred_by_a_brace_until_then_and_radiotherapy_stays() -> None:
    steps, lost = to_be_had(
        ("stabilisation", "srs", "mdt-review"), frozenset(("surgery",)), high=False, irradiated=False
    )
    assert steps == ("srs", "mdt-review")
    (loss,) = lost
    assert loss.step == "stabilisation"
    assert "brace" in loss.why
    assert loss.rule.source is not None


def test_at_a_cord_that_nobody_decompresses_conventional_radiotherapy_takes_the_place_of_srs() -> None:
    steps, (why,) = had("decompression-stabilisation", "srs", "mdt-review", lacking="surgery", high=True)
    assert steps == ("cebrt", "mdt-review")
    assert "refer at once if there is a deficit" in why
    assert "SRS is not safe" in why


def test_at_such_a_cord_that_was_irradiated_before_there_is_no_radiotherapy_at_all() -> None:
    steps, lost = had("decompression-stabilisation", "srs", "mdt-review", lacking="surgery", high=True, irradiated=True)
    assert steps == ("mdt-review",)
    assert len(lost) == 1


def test_without_a_surgeon_and_conventional_radiotherapy_a_compressed_cord_has_two_reasons_for_referral() -> None:
    steps, lost = had("decompression-stabilisation", "srs", lacking="surgery cebrt", high=True)
    assert steps == ()
    assert ["decompression" in why for why in lost] == [True, False]


def test_srs_stays_where_a_site_has_surgery_and_the_cord_is_decompressed() -> None:
    steps = ("decompression-stabilisation", "srs")
    assert had(*steps, lacking="cebrt", high=True) == (steps, [])


def test_every_treatment_that_takes_a_modality_has_its_words_for_a_referral() -> None:
    assert set(TAKES.values()) == set(MODALITIES)
    assert set(TAKES) > OPERATIONS
    for treatment in TAKES.keys() - {"short-course-rt", "mis-fixation"}:
        loss = lost_step(treatment)
        assert loss.step == treatment
        assert "is not to be had here" in loss.why
        assert "refer" in loss.why


def test_a_referral_is_for_days_and_not_for_the_next_board() -> None:
    advice = referral(lost_step("kyphoplasty"))
    assert (advice.treatment, advice.urgency) == ("referral", Urgency.URGENT)
    assert "kyphoplasty would be an option" in advice.reason


def test_a_loss_is_by_the_rule_of_the_site_unless_another_is_named() -> None:
    assert Loss("srs", "why").rule.plan == "availability"
    assert Loss("srs", "why").rule.source is None
