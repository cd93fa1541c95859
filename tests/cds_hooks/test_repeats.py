"""What is ordered already is not advised again."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from service.cds_hooks.cards import cards
from service.fhir_mapping.inbound.decode import decode
from tests.support.cards import (
    CEBRT,
    HIGH,
    LINKS,
    LOW,
    RADIOTHERAPY,
    SRS,
    STABILISATION,
    STABLE,
    UNSTABLE,
    about,
    actions,
    assessed,
    call,
    lesion,
    order,
    topics,
    treatments,
    viewed,
)
from tests.support.records import RXNORM, SNOMED, Resource, bundle, concept, entry, observation, primary

OWN = "https://w3id.org/spinemets/CodeSystem/treatment"
T8 = (primary("breast"), *lesion("T8", UNSTABLE, LOW))
ACTIVE = {"status": "active", "authoredOn": "2026-10-01"}


def _with(record: Resource, *more: Resource) -> Resource:
    return {**record, "entry": [*record["entry"], *map(entry, more)]}


def _taken(found: list[Resource], **changes: Any) -> list[Resource]:
    """The proposals of cards as the record has them once they are ordered."""
    made = [copy.deepcopy(a["resource"]) for a in actions(found) if a["type"] == "create"]
    return [{**resource, **changes} for resource in made]


def _records() -> dict[str, Resource]:
    return {
        "plan": bundle(*T8),
        "conditional": bundle(primary("kidney"), *lesion("T8", STABLE, HIGH)),
        "two lesions": bundle(*T8, *lesion("L1", STABLE, LOW)),
        "emergency": bundle(*T8, observation("progressive-deficit", True, "T8")),
        "of the patient": bundle(*T8, observation("cauda-equina-syndrome", True)),
    }


@pytest.mark.parametrize("name", _records())
def test_a_card_whose_every_proposal_is_ordered_disappears(name: str) -> None:
    record = _records()[name]
    found = viewed(record)
    assert found
    # A finding that nobody can order is still asked for.
    left = viewed(_with(record, *_taken(found, status="active", intent="order")))
    assert left == []


@pytest.mark.parametrize("status", ["draft", "revoked", "entered-in-error", "unknown"])
def test_what_is_only_drafted_or_taken_back_counts_for_nothing(status: str) -> None:
    record = bundle(*T8)
    found = viewed(record)
    again = viewed(_with(record, *_taken(found, status=status)))
    assert [card["detail"] for card in again] == [card["detail"] for card in found]


def test_what_is_there_is_left_out_of_the_suggestions() -> None:
    record = bundle(*T8)
    plan = about(viewed(_with(record, order(STABILISATION, "T8", **ACTIVE))), "plan")
    assert ("stabilisation", "T8") not in treatments([plan])
    assert ("cebrt", "T8") in treatments([plan])


def test_an_order_of_another_level_counts_for_nothing() -> None:
    record = bundle(*T8)
    for at in ("L1", "T7"):
        plan = about(viewed(_with(record, order(STABILISATION, at, **ACTIVE))), "plan")
        assert ("stabilisation", "T8") in treatments([plan])


def test_an_order_without_a_level_counts_where_there_is_one_lesion() -> None:
    one, two = bundle(*T8), bundle(*T8, *lesion("L1", UNSTABLE, LOW))
    assert ("stabilisation", "T8") not in treatments(viewed(_with(one, order(STABILISATION, **ACTIVE))))
    assert ("stabilisation", "T8") in treatments(viewed(_with(two, order(STABILISATION, **ACTIVE))))


def test_an_order_of_a_part_of_a_lesion_is_not_of_the_whole() -> None:
    whole = bundle(primary("breast"), observation("escc-grade", "escc-0", name="g", bodySite=_levels("T8", "T9")))
    assert ("cebrt", "T8,T9") in treatments(viewed(whole))
    assert ("cebrt", "T8,T9") in treatments(viewed(_with(whole, order(CEBRT, "T8", **ACTIVE))))
    both = order(CEBRT, **ACTIVE, bodySite=[_levels("T8", "T9")])
    assert ("cebrt", "T8,T9") not in treatments(viewed(_with(whole, both)))


def _levels(*names: str) -> Resource:
    return concept(*((name, "https://w3id.org/spinemets/CodeSystem/vertebra") for name in names))


def test_radiotherapy_that_does_not_say_which_is_the_conventional_one_and_no_srs() -> None:
    breast, kidney = bundle(*T8), bundle(primary("kidney"), *lesion("T8", STABLE, LOW))
    given = order(RADIOTHERAPY, "T8", **ACTIVE)
    assert ("cebrt", "T8") not in treatments(viewed(_with(breast, given)))
    assert ("srs", "T8") in treatments(viewed(_with(kidney, given)))
    assert ("srs", "T8") not in treatments(viewed(_with(kidney, order(SRS, "T8", **ACTIVE))))


def test_an_order_not_to_do_it_counts_for_nothing() -> None:
    record = bundle(*T8)
    assert ("stabilisation", "T8") in treatments(
        viewed(_with(record, order(STABILISATION, "T8", doNotPerform=True, **ACTIVE)))
    )


def test_an_active_care_plan_counts_by_its_activities() -> None:
    record = bundle(*T8)
    made = _taken(viewed(record))
    plan: Resource = {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/p1"},
        "activity": [{"reference": {"reference": f"ServiceRequest/{each['id']}"}} for each in made],
    }
    assert viewed(_with(record, plan, *made)) == []
    assert topics(viewed(_with(record, {**plan, "status": "draft"}, *made))) == topics(viewed(record))
    detailed = {
        **plan,
        "activity": [
            {
                "detail": {
                    "status": "scheduled",
                    "code": concept((STABILISATION, "http://snomed.info/sct"), text="at T8"),
                }
            },
            {"detail": {"status": "cancelled", "code": concept((CEBRT, SNOMED), text="cEBRT T8")}},
        ],
    }
    left = treatments(viewed(_with(record, detailed)))
    assert ("stabilisation", "T8") not in left
    assert ("cebrt", "T8") in left


def test_an_investigation_that_was_done_lately_is_not_asked_for_again() -> None:
    record = bundle(*T8)
    staging = order("staging", None, OWN, status="completed", authoredOn="2026-09-01")
    assert ("staging", "") in treatments(viewed(record))
    assert ("staging", "") not in treatments(viewed(_with(record, staging)))
    assert ("staging", "") in treatments(viewed(_with(record, {**staging, "authoredOn": "2025-09-01"})))
    done = order(CEBRT, "T8", status="completed", authoredOn="2026-09-01")
    assert ("cebrt", "T8") in treatments(viewed(_with(record, done)))


def test_a_drug_that_is_ordered_counts() -> None:
    record = bundle(primary("breast"), *lesion("T8", STABLE, LOW))
    assert ("bone-modifying-agent", "") in treatments(viewed(record))
    given = order("77655", None, RXNORM, kind="MedicationRequest", **ACTIVE)
    assert ("bone-modifying-agent", "") not in treatments(viewed(_with(record, given)))


ALARM = bundle(*T8, observation("progressive-deficit", True, "T8", day="2026-10-01"))
STEPS = (
    order("urgent-spine-referral", None, OWN, name="s1", **ACTIVE),
    order(text="MRI of the whole spine", name="s2", **ACTIVE),
    order("3264", None, RXNORM, kind="MedicationRequest", name="s3", **ACTIVE),
)


def _is_told(*steps: Resource) -> bool:
    return "emergency" in topics(viewed(_with(ALARM, *steps)))


def test_an_emergency_is_told_until_each_step_is_under_way() -> None:
    assert not _is_told(*STEPS)
    for left_out in range(3):
        assert _is_told(*(step for n, step in enumerate(STEPS) if n != left_out))


@pytest.mark.parametrize(
    "change",
    [
        {"status": "on-hold"},
        {"status": "completed"},
        {"intent": "proposal"},
        {"authoredOn": "2026-08-01"},
        {"authoredOn": None},
        {"authoredOn": "soon"},
        {"doNotPerform": True},
    ],
)
def test_in_an_emergency_only_what_is_under_way_and_not_older_than_the_alarm_counts(change: Resource) -> None:
    assert _is_told(STEPS[0], {**STEPS[1], **change}, STEPS[2])


def test_orders_of_before_the_newest_alarm_do_not_answer_it() -> None:
    # The grade is old, and no alarm by itself; what was ordered for it is no answer to the deficit.
    record = bundle(
        primary("lung-nsclc"),
        *lesion("T8", UNSTABLE, HIGH),
        observation("escc-grade", "escc-3", "T8", day="2026-08-20"),
        observation("progressive-deficit", True, "T8", day="2026-10-01"),
    )
    for given, told in (("2026-10-01", False), ("2026-09-30", False), ("2026-09-27", True), ("2026-09-01", True)):
        steps = [{**step, "authoredOn": given} for step in STEPS]
        assert ("emergency" in topics(viewed(_with(record, *steps)))) is told, given


def test_an_alarm_that_is_seen_again_is_no_newer_one() -> None:
    again = _with(ALARM, observation("progressive-deficit", True, "T8", day="2026-09-27", name="first"))
    steps = [{**step, "authoredOn": "2026-09-27"} for step in STEPS]
    assert "emergency" not in topics(viewed(_with(again, *steps)))
    denied = _with(again, observation("progressive-deficit", False, "T8", day="2026-09-28", name="denied"))
    assert "emergency" in topics(viewed(_with(denied, *steps)))


def test_in_an_emergency_nothing_that_is_older_than_a_week_counts() -> None:
    record = bundle(*T8, observation("progressive-deficit", True, "T8", day="2026-09-01"))
    for given, told in (("2026-09-26", False), ("2026-09-20", True)):
        steps = [{**step, "authoredOn": given} for step in STEPS]
        assert ("emergency" in topics(viewed(_with(record, *steps)))) is told, given


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, True),
        ({"created": "2026-10-01"}, False),
        ({"created": "2026-08-01"}, True),
        ({"period": {"start": "2025-01-01", "end": "2025-06-01"}}, True),
        ({"created": "2026-10-01", "activity": "on-hold"}, True),
    ],
)
def test_a_plan_answers_an_emergency_only_while_it_is_being_followed(change: Resource, told: bool) -> None:
    status = change.get("activity", "in-progress")
    codes = ("urgent-spine-referral", "mri-whole-spine", "dexamethasone")
    plan = {
        "resourceType": "CarePlan",
        "id": "plan",
        "status": "active",
        "intent": "plan",
        "subject": {"reference": "Patient/p1"},
        **change,
        "activity": [{"detail": {"status": status, "code": concept((code, OWN))}} for code in codes],
    }
    assert _is_told(plan) is told


@pytest.mark.parametrize(
    "words",
    [
        "Referral to orthopaedics: knee",
        "Referral to physiotherapy for spine",
        "Referral to pain clinic, spinal injection",
        "Referral to spine surgery declined",
    ],
)
def test_a_referral_to_somebody_else_is_not_the_urgent_one(words: str) -> None:
    assert _is_told(order(text=words, name="s1", **ACTIVE), *STEPS[1:])


def test_dexamethasone_for_the_eye_is_not_that_of_an_emergency() -> None:
    drops = order(text="Dexamethasone 0.1 % eye drops", kind="MedicationRequest", name="s3", **ACTIVE)
    assert _is_told(*STEPS[:2], drops)
    by_route = {**STEPS[2], "dosageInstruction": [{"route": {"text": "Ophthalmic"}}]}
    assert _is_told(*STEPS[:2], by_route)
    assert not _is_told(*STEPS[:2], {**STEPS[2], "dosageInstruction": [{"text": "16 mg by mouth"}]})


@pytest.mark.parametrize(
    "other",
    [
        order(text="EBRT left hip 8 Gy", **ACTIVE),
        order(text="Whole brain radiotherapy 30 Gy", **ACTIVE),
        order(text="Follow-up after radiotherapy T8", **ACTIVE),
        order(text="No radiotherapy to T8", **ACTIVE),
        order(text="Referral to radiation oncology re T8", **ACTIVE),
        order(CEBRT, **ACTIVE),
        order(CEBRT, "T8", status="active", authoredOn="2021-01-01"),
    ],
)
def test_radiotherapy_of_elsewhere_or_of_long_ago_hides_no_advice(other: Resource) -> None:
    record = bundle(primary("breast"), *lesion("T8", STABLE, LOW))
    assert ("cebrt", "T8") in treatments(viewed(_with(record, other)))


def test_our_own_code_without_a_level_is_of_the_spine() -> None:
    record = bundle(primary("breast"), *lesion("T8", STABLE, LOW))
    assert ("cebrt", "T8") not in treatments(viewed(_with(record, order("cebrt", None, OWN, **ACTIVE))))


def test_a_drug_that_was_begun_long_ago_counts() -> None:
    record = bundle(primary("breast"), *lesion("T8", STABLE, LOW))
    given = order("77655", None, RXNORM, kind="MedicationRequest", status="active", authoredOn="2025-01-01")
    assert ("bone-modifying-agent", "") not in treatments(viewed(_with(record, given)))


def test_a_step_of_another_lesion_is_none_of_the_emergency() -> None:
    assert _is_told({**STEPS[0], "bodySite": [_levels("L4")]}, *STEPS[1:])
    assert not _is_told({**STEPS[0], "bodySite": [_levels("T8")]}, *STEPS[1:])


def test_an_mri_of_a_part_of_the_spine_is_not_the_one_that_an_emergency_asks_for() -> None:
    assert _is_told(STEPS[0], order(text="MRI lumbar spine", name="s2", **ACTIVE), STEPS[2])


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "ServiceRequest", "status": "active", "code": "cebrt"},
        {"resourceType": "ServiceRequest", "status": 7, "code": {"text": ["x"]}},
        {"resourceType": "CarePlan", "status": "active", "activity": {"reference": 3}},
        {"resourceType": "CarePlan", "status": "active", "activity": [{"reference": {"reference": 3}}, 5]},
        {"resourceType": "MedicationRequest", "status": "active", "authoredOn": "soon", "medicationReference": []},
        {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "bodySite": "T8", "authoredOn": 3},
    ],
)
def test_an_order_that_cannot_be_read_orders_nothing(odd: Resource) -> None:
    record = bundle(*T8)
    held = assessed(record)
    expected = cards(held, call(), record, LINKS, ())
    assert cards(held, call(), _with(record, odd), LINKS, ()) == expected


def test_a_record_as_the_doors_decode_it_is_read() -> None:
    record = _with(bundle(*T8), order(STABILISATION, "T8", **ACTIVE))
    lazily = decode(orjson.dumps(record))
    assert cards(assessed(record), call(), lazily, LINKS, ()) == viewed(record)
