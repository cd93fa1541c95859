"""The cards when orders are written: silent unless something speaks against an order."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from service.case import Lesion
from service.cds_hooks.card import shortened
from service.cds_hooks.order_cards import _summaries
from service.decision.order_checks import CHECKS
from service.decision.ordered import Order
from service.decision.orders import Concern
from service.language import speaking
from service.policy import Policy
from service.problems import Rejected
from tests.support.cards import (
    CEBRT,
    DECOMPRESSION,
    HIGH,
    KYPHOPLASTY,
    LOW,
    RADIOTHERAPY,
    SRS,
    STABILISATION,
    STABLE,
    UNSTABLE,
    about,
    actions,
    lesion,
    order,
    signed,
    topics,
    treatments,
    viewed,
)
from tests.support.hooks_specification import check_response
from tests.support.records import RXNORM, Resource, bundle, concept, condition, observation, primary, procedure

OWN = "https://w3id.org/spinemets/CodeSystem/treatment"


def record(tumour: str = "breast", *findings: dict[str, Any], **more: Any) -> Resource:
    return bundle(primary(tumour), *lesion("T8", *(findings or (STABLE, LOW)), **more))


IRRADIATED = bundle(primary("breast"), *lesion("T8", STABLE, LOW), procedure(SRS, at="T8", name="rt"))


def test_an_order_that_agrees_with_the_plan_has_no_card() -> None:
    assert ("cebrt", "T8") in treatments(viewed(record()))
    assert signed(record(), order(CEBRT, "T8")) == []


def test_an_order_that_has_nothing_to_do_with_the_spine_has_no_card() -> None:
    assert (
        signed(IRRADIATED, order("80146002"), order(text="Appendectomy"), order("161", kind="MedicationRequest")) == []
    )


def test_conventional_radiotherapy_of_an_irradiated_level_is_warned_of_and_changed() -> None:
    draft = order(CEBRT, "T8", orderDetail=[{"text": "30 Gy"}], occurrenceDateTime="2026-10-20")
    found = signed(IRRADIATED, draft)
    check_response({"cards": found})
    (card,) = found
    assert card["indicator"] == "warning"
    assert card["summary"].startswith("cEBRT at T8: the level was irradiated before")
    assert "Badve 2021" in card["detail"]
    update, delete = actions(found)
    assert update["type"] == "update"
    assert update["resource"]["id"] == "draft"
    assert update["resource"]["code"]["coding"][0] == {
        "system": OWN,
        "code": "srs",
        "display": "Stereotactic radiosurgery (SRS)",
    }
    assert update["resource"]["bodySite"] == draft["bodySite"]
    assert update["resource"]["occurrenceDateTime"] == "2026-10-20"
    assert "orderDetail" not in update["resource"]  # 30 Gy was for the other treatment
    assert "irradiated before" in update["resource"]["note"][-1]["text"]
    import_module("fhir.resources.R4B.servicerequest").ServiceRequest.model_validate(update["resource"])
    assert delete == {"type": "delete", "resourceId": "ServiceRequest/draft", "description": delete["description"]}
    assert "orderDetail" in draft  # the draft of the call is left alone


def test_srs_of_an_irradiated_level_has_no_card() -> None:
    assert signed(IRRADIATED, order(SRS, "T8")) == []


def test_conventional_radiotherapy_of_another_level_has_no_card() -> None:
    assert signed(IRRADIATED, order(CEBRT, "L3")) == []


def test_radiotherapy_of_no_kind_may_be_conventional_and_is_not_changed() -> None:
    (card,) = signed(IRRADIATED, order(RADIOTHERAPY, "T8"))
    assert card["indicator"] == "info"
    assert "if it is conventional" in card["summary"]
    assert "suggestions" not in card


def test_a_level_that_was_perhaps_irradiated_is_asked_about() -> None:
    perhaps = bundle(primary("breast"), *lesion("T8", STABLE, LOW), procedure(SRS, name="rt"))
    (card,) = signed(perhaps, order(CEBRT, "T8"))
    assert card["indicator"] == "info"
    assert "perhaps irradiated" in card["detail"]
    assert "**Find out**: earlier radiotherapy at the level" in card["detail"]


def test_where_nobody_looked_for_earlier_radiotherapy_that_is_said() -> None:
    cautious = Policy(unsaid_radiotherapy="unknown")
    assert signed(record(), order(CEBRT, "T8")) == []
    (card,) = signed(record(), order(CEBRT, "T8"), gaps=("Procedure",), policy=cautious)
    assert "perhaps irradiated" in card["summary"]
    assert "Not looked at: Procedure" in card["detail"]


def test_an_order_in_words_is_read() -> None:
    (card,) = signed(IRRADIATED, order(text="External beam radiotherapy T8, 30 Gy in 10"))
    assert card["indicator"] == "warning"


def test_an_order_by_our_own_code_is_read() -> None:
    assert signed(IRRADIATED, order("cebrt", "T8", OWN))[0]["indicator"] == "warning"


def test_radiotherapy_without_a_place_may_be_of_another_part_of_the_body() -> None:
    (card,) = signed(IRRADIATED, order(CEBRT))
    assert card["indicator"] == "info"
    assert "If it is for the spine" in card["detail"]
    assert not any(a["type"] == "delete" for a in actions([card]))


def test_what_is_not_certain_is_not_asserted_in_the_summary() -> None:
    (card,) = signed(IRRADIATED, order(CEBRT))
    assert card["summary"].startswith("cEBRT: if it is for the spine")
    assert "**cEBRT**" in card["detail"]
    concern = Concern("c", CHECKS[0].rule, Order("cebrt"), None, "long " * 40, certain=False, grave=True)
    summary = shortened(_summaries([[concern]]))
    assert summary == "cEBRT: to be looked at (radiotherapy of an irradiated level)"


TWO = bundle(
    *(primary("breast"), *lesion("T8", STABLE, LOW), *lesion("L3", UNSTABLE, LOW)),
    procedure(SRS, at="T8", name="rt"),
)


def test_what_speaks_against_an_order_at_one_level_takes_nothing_from_another() -> None:
    sites = [concept((at, "https://w3id.org/spinemets/CodeSystem/vertebra")) for at in ("T8", "L3")]
    found = signed(TWO, order(CEBRT, bodySite=sites))
    assert {a["type"] for a in actions(found)} == {"create"}
    assert found[0]["summary"].startswith("cEBRT at T8: the level was irradiated before")
    assert "**cEBRT at T8 and L3**" in found[0]["detail"]
    assert {a["type"] for a in actions(signed(TWO, order(CEBRT, "T8")))} == {"update", "delete"}


def test_an_order_of_a_plan_is_never_mended_by_deleting_the_plan() -> None:
    activities = [{"detail": {"status": "not-started", "description": d}} for d in ("EBRT T8 30 Gy", "physiotherapy")]
    plan = order(kind="CarePlan", name="plan", intent="plan", activity=activities)
    (card,) = signed(IRRADIATED, {key: value for key, value in plan.items() if key != "code"})
    assert card["indicator"] == "warning"
    assert "suggestions" not in card


def test_the_diagnosis_of_the_only_lesion_says_where_too() -> None:
    diagnosis = condition("C79.51", at="T8", name="m8")
    held = bundle(primary("breast"), diagnosis, *lesion("T8", STABLE, LOW), procedure(SRS, at="T8", name="rt"))
    (card,) = signed(held, order(CEBRT, reasonReference=[{"reference": "Condition/m8"}]))
    assert (card["indicator"], card["summary"][:12]) == ("warning", "cEBRT at T8:")


@pytest.mark.parametrize("words", ["EBRT lumbar spine", "EBRT left hip 8 Gy", "Whole brain radiotherapy 30 Gy"])
def test_radiotherapy_of_another_place_in_words_has_no_card(words: str) -> None:
    assert signed(IRRADIATED, order(text=words)) == []


def test_a_region_in_words_is_a_place() -> None:
    (card,) = signed(IRRADIATED, order(text="EBRT thoracic spine"))
    assert card["summary"].startswith("cEBRT at T8: the level was irradiated before")


def test_an_operation_on_the_spine_that_is_not_named_is_asked_about() -> None:
    (card,) = signed(bundle(primary("breast"), *lesion("T8")), order(text="Spine surgery T8"))
    assert "not known: the ESCC grade, SINS" in card["summary"]


@pytest.mark.parametrize("words", ["Ankle stabilization", "Carpal tunnel decompression", "Bladder decompression"])
def test_an_operation_elsewhere_has_no_card(words: str) -> None:
    assert signed(bundle(primary("breast"), *lesion("T8")), order(text=words)) == []


def test_a_draft_with_an_impossible_id_is_spoken_of_and_not_touched() -> None:
    (card,) = signed(IRRADIATED, order(CEBRT, "T8", name="x/../y"))
    assert "suggestions" not in card


def test_radiotherapy_of_the_breast_has_no_card() -> None:
    breast = concept(("76752008", "http://snomed.info/sct"), text="Breast")
    assert signed(IRRADIATED, order(CEBRT, bodySite=[breast])) == []


def test_an_order_without_a_place_is_spoken_of_where_it_is_so_at_each_lesion() -> None:
    one = bundle(primary("breast"), *lesion("T8", STABLE, HIGH), *lesion("L1", STABLE, LOW))
    each = bundle(primary("breast"), *lesion("T8", STABLE, HIGH), *lesion("L1", STABLE, HIGH))
    assert signed(one, order(KYPHOPLASTY))
    assert "the cord is compressed" not in signed(one, order(KYPHOPLASTY))[0]["detail"]
    assert "The cord is compressed" in about(signed(each, order(KYPHOPLASTY)), "order")["detail"]


def test_the_diagnosis_that_an_order_is_for_says_where() -> None:
    held = bundle(
        primary("breast"),
        *lesion("T8", STABLE, LOW),
        *lesion("L1", STABLE, LOW),
        {
            "resourceType": "Condition",
            "id": "m8",
            "subject": {"reference": "Patient/p1"},
            "code": concept(("C79.51", "http://hl7.org/fhir/sid/icd-10-cm")),
            "bodySite": [concept(("T8", "https://w3id.org/spinemets/CodeSystem/vertebra"))],
        },
        procedure(SRS, at="T8", name="rt"),
    )
    assert signed(held, order(CEBRT)) == []
    (card,) = signed(held, order(CEBRT, reasonReference=[{"reference": "Condition/m8"}]))
    assert card["summary"].startswith("cEBRT at T8")
    assert card["indicator"] == "warning"


def test_srs_at_a_compressed_cord_is_warned_of_unless_it_is_decompressed() -> None:
    kidney = record("kidney", STABLE, HIGH)
    (card,) = signed(kidney, order(SRS, "T8"))
    assert (card["indicator"], card["source"]["label"]) == ("warning", "SRS at a compressed cord (Badve 2021)")
    assert ("decompression-stabilisation", "T8") in treatments([card])
    both = signed(kidney, order(SRS, "T8"), order(DECOMPRESSION, "T8", name="operation"))
    assert not any("compressed cord" in c["detail"] for c in both)
    assert signed(record("kidney", STABLE, LOW), order(SRS, "T8")) == []


def test_srs_without_a_grade_asks_for_it() -> None:
    (card,) = signed(record("kidney", STABLE, {"myelopathy": False}), order(SRS, "T8"))
    assert card["indicator"] == "info"
    assert "**Find out**: ESCC grade" in card["detail"]
    assert ("mri-whole-spine", "") in treatments([card])


@pytest.mark.parametrize("code", [CEBRT, SRS, RADIOTHERAPY])
def test_radiotherapy_alone_of_an_unstable_spine_is_warned_of(code: str) -> None:
    (card,) = signed(record("breast", UNSTABLE, LOW), order(code, "T8"))
    assert card["indicator"] == "warning"
    assert "the spine is unstable" in card["summary"]
    assert ("stabilisation", "T8") in treatments([card])
    assert signed(record("breast", UNSTABLE, LOW), order(code, "T8"), order(STABILISATION, "T8", name="s")) == []


def test_radiotherapy_of_a_spine_that_was_operated_on_is_not_called_alone() -> None:
    operated = bundle(
        primary("breast"),
        *lesion("T8", UNSTABLE, LOW),
        procedure(STABILISATION, at="T8", performedDateTime="2026-08-01", name="op"),
    )
    assert signed(operated, order(CEBRT, "T8")) == []


def test_surgery_without_sins_or_escc_asks_for_them() -> None:
    (card,) = signed(bundle(primary("breast"), *lesion("T8")), order(DECOMPRESSION, "T8"))
    assert "not known: the ESCC grade, SINS" in card["summary"]
    assert {t for t, _ in treatments([card])} == {"mri-whole-spine", "ct-spine"}
    (graded,) = signed(bundle(primary("kidney"), *lesion("T8", LOW)), order(STABILISATION, "T8"))
    assert "Not known: SINS; " in graded["detail"]
    (scored,) = signed(bundle(primary("kidney"), *lesion("T8", STABLE)), order(STABILISATION, "T8"))
    assert "Not known: the ESCC grade; " in scored["detail"]


def test_surgery_that_the_plan_settles_on_whatever_is_missing_has_no_card() -> None:
    held = bundle(primary("breast"), *lesion("T8", UNSTABLE, myelopathy=False))
    assert ("stabilisation", "T8") in treatments(viewed(held))
    assert signed(held, order(STABILISATION, "T8")) == []


def _operated(day: str) -> Resource:
    operation = procedure(STABILISATION, at="T8", performedDateTime=day, name="op")
    return bundle(primary("breast"), *lesion("T8", STABLE, LOW), operation)


@pytest.mark.parametrize(
    ("operated", "begins", "indicator"),
    [
        ("2026-09-29", "2026-10-02", "warning"),
        ("2026-09-29", "2026-10-05T08:00:00Z", "warning"),
        ("2026-09-29", "2026-10-06", "info"),
        ("2026-09-29", "2026-10-12", "info"),
        ("2026-09-29", "2026-10-13", None),
        ("2026-09-29", None, "info"),
        ("2026-09-01", None, None),
        ("2026-09", "2026-10-02", "info"),
        ("2026-09-29", "2026-09-20", None),
    ],
)
def test_radiotherapy_soon_after_an_operation(operated: str, begins: str | None, indicator: str | None) -> None:
    when = {"occurrenceDateTime": begins} if begins else {}
    found = signed(_operated(operated), order(CEBRT, "T8", **when))
    assert [card["indicator"] for card in found] == ([indicator] if indicator else [])
    if found and begins:
        (update,) = actions(found)
        assert update["resource"]["occurrenceDateTime"] >= "2026-10-13"
        assert "Hong 2022" in found[0]["detail"]


def test_radiotherapy_soon_after_an_operation_that_is_ordered() -> None:
    drafts = (
        order(STABILISATION, "T8", name="op", occurrenceDateTime="2026-10-05"),
        order(CEBRT, "T8", occurrencePeriod={"start": "2026-10-09"}),
    )
    found = signed(record("breast", UNSTABLE, LOW), *drafts)
    assert [card["indicator"] for card in found] == ["warning"]
    assert "operated on 2026-10-05" in found[0]["summary"]


def test_an_old_statement_that_there_was_an_operation_is_no_date_of_it() -> None:
    told = record("breast", STABLE, LOW, prior_surgery_at_level=True)
    assert signed(told, order(CEBRT, "T8")) == []


def test_an_operation_of_a_patient_who_is_not_fit() -> None:
    unfit = bundle(primary("kidney"), *lesion("T8", STABLE, HIGH), observation("surgical-fitness", "unfit"))
    (card,) = signed(unfit, order(DECOMPRESSION, "T8"))
    assert (card["indicator"], "judged unfit" in card["detail"]) == ("warning", True)
    alarmed = bundle(
        *(primary("kidney"), *lesion("T8", STABLE, HIGH, progressive_deficit=True)),
        observation("surgical-fitness", "unfit"),
    )
    assert not any(
        "unfit" in c["detail"] for c in signed(alarmed, order(DECOMPRESSION, "T8")) if topics([c]) == ["order"]
    )


def test_an_operation_of_a_radiosensitive_blood_tumour() -> None:
    (card,) = signed(record("myeloma"), order(DECOMPRESSION, "T8"))
    assert card["source"]["label"].endswith("(CEPO 2012)")
    assert not any("CEPO" in c["source"]["label"] for c in signed(record("kidney"), order(DECOMPRESSION, "T8")))


def test_an_operation_of_a_hypervascular_tumour_without_embolisation() -> None:
    kidney = record("kidney", UNSTABLE, LOW)
    (card,) = signed(kidney, order(STABILISATION, "T8"))
    assert card["indicator"] == "info"
    assert treatments([card]) == [("embolisation", "T8")]
    embolised = signed(kidney, order(STABILISATION, "T8"), order(text="Embolisation T8", name="e"))
    assert embolised == []
    assert signed(record("breast", UNSTABLE, LOW), order(STABILISATION, "T8")) == []


def test_conventional_radiotherapy_of_a_resistant_tumour_is_changed_to_what_the_plan_has() -> None:
    (card,) = signed(record("kidney"), order(CEBRT, "T8"))
    assert card["indicator"] == "info"
    assert actions([card])[0]["resource"]["code"]["coding"][0]["code"] == "srs"
    dying = bundle(primary("kidney"), *lesion("T8", STABLE, LOW), observation("life-expectancy", (1, "mo")))
    assert signed(dying, order(CEBRT, "T8")) == []
    lacking = Policy(unavailable=frozenset(("srs",)))
    assert not any(
        "hardly answers" in c["detail"] for c in signed(record("kidney"), order(CEBRT, "T8"), policy=lacking)
    )


def test_kyphoplasty_at_a_compressed_cord_or_a_broken_wall() -> None:
    fracture = {**STABLE, "sins-pain": "mechanical", "sins-collapse": "under-50", "sins-alignment": "normal"}
    broken = signed(record("breast", fracture, LOW, posterior_wall_intact=False), order(KYPHOPLASTY, "T8"))
    assert broken[0]["indicator"] == "warning"
    assert "posterior wall is broken" in broken[0]["detail"]
    compressed = signed(record("breast", fracture, HIGH), order(KYPHOPLASTY, "T8"))
    assert "The cord is compressed" in about(compressed, "order")["detail"]
    well = record(
        *("breast", fracture, LOW),
        **{"posterior_wall_intact": True, "progressive_deficit": False, "frankel_grade": "frankel-e"},
        contiguous_level_count=1,
    )
    assert signed(well, order(KYPHOPLASTY, "T8")) == []


def test_en_bloc_resection_against_its_criteria() -> None:
    (card,) = signed(record("breast"), order("en-bloc-vertebrectomy", "T8", OWN))
    assert "criteria met" in card["summary"]
    assert "not known: a solitary metastasis" in card["detail"]


def test_a_steroid_before_there_is_a_tissue() -> None:
    unknown = bundle(primary("unknown-primary"), *lesion("T8", STABLE, LOW))
    (card,) = signed(unknown, order("3264", None, RXNORM, kind="MedicationRequest"))
    assert "may be a lymphoma" in card["detail"]
    assert signed(record(), order("3264", None, RXNORM, kind="MedicationRequest")) == []


def test_an_emergency_that_nobody_has_answered_is_told_with_any_order() -> None:
    alarmed = record("breast", STABLE, LOW, progressive_deficit=True)
    found = signed(alarmed, order("80146002"))
    assert topics(found) == ["emergency"]
    steps = (
        order("urgent-spine-referral", None, OWN, name="1"),
        order(text="MRI whole spine", name="2"),
        order("3264", None, RXNORM, kind="MedicationRequest", name="3"),
    )
    assert signed(alarmed, *steps) == []
    (left,) = signed(alarmed, *steps[:2])
    assert [t for t, _ in treatments([left])] == ["dexamethasone"]
    assert "Ordered already: urgent referral to the spine service and MRI of the whole spine" in left["detail"]


def test_an_emergency_that_is_merely_not_ruled_out_stops_no_order() -> None:
    graded = record("kidney", STABLE, {"escc-grade": "escc-2"})
    assert topics(viewed(graded))[0] == "emergency"
    assert signed(graded, order("161", None, RXNORM, kind="MedicationRequest")) == []


def test_of_order_select_only_the_selected_orders_are_spoken_of() -> None:
    first, second = order(CEBRT, "T8", name="a"), order(text="Paracetamol", name="b")
    assert signed(IRRADIATED, first, second, selections=("ServiceRequest/b",)) == []
    assert topics(signed(IRRADIATED, first, second, selections=("ServiceRequest/a",))) == ["order"]
    # What is being written beside the selected order counts all the same.
    unstable = record("breast", UNSTABLE, LOW)
    both = (order(CEBRT, "T8", name="a"), order(STABILISATION, "T8", name="b"))
    assert signed(unstable, *both, selections=("ServiceRequest/a",)) == []


def test_there_are_never_more_than_three_cards() -> None:
    levels = ("T2", "T5", "T8", "L1", "L4")
    held = bundle(
        primary("breast"),
        *(r for at in levels for r in (*lesion(at, STABLE, LOW), procedure(SRS, at=at, name=f"rt-{at}"))),
        observation("progressive-deficit", True, "T2"),
    )
    found = signed(held, *(order(CEBRT, at, name=f"d-{at}") for at in levels))
    check_response({"cards": found})
    assert topics(found) == ["emergency", "order", "order"]
    assert found[2]["summary"].startswith("4 orders to look at")
    assert all(at in found[1]["detail"] + found[2]["detail"] for at in levels)


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_the_summary_of_every_check_fits(check: Any, language: str) -> None:
    with speaking(language):
        for treatment in check.on:
            concern = Concern(check.code, check.rule, Order(treatment), Lesion("thoracic"), check.why, True, True)
            text = shortened(_summaries([[concern]]))
            assert len(text) < 140


@pytest.mark.parametrize(
    "broken",
    [
        {"code": "cebrt"},
        {"bodySite": {"text": "T8"}},
        {"occurrenceDateTime": "soon"},
        {"code": {"coding": [{"system": 7}]}},
        {"status": ["draft"]},
    ],
)
def test_a_draft_order_that_is_wrong_is_refused_and_named(broken: Resource) -> None:
    with pytest.raises(Rejected) as refused:
        signed(record(), {**order(CEBRT, "T8"), **broken})
    assert refused.value.status == 422
    assert refused.value.problems[0].expression.startswith("context.draftOrders.entry[0].resource.")


def test_an_order_for_another_patient_is_refused() -> None:
    with pytest.raises(Rejected) as refused:
        signed(record(), order(CEBRT, "T8", subject={"reference": "Patient/other"}))
    assert refused.value.problems[0].expression == "context.draftOrders.entry[0].resource.subject"
    assert "other" not in refused.value.problems[0].message.replace("another", "")
