"""The cards when a patient is looked at."""

from __future__ import annotations

import re
import uuid
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import BASE
from service.cds_hooks.advice import not_looked_at
from service.cds_hooks.card import _PAGES
from service.cds_hooks.cards import cards
from service.cds_hooks.repeats import repeats
from service.decision.order_checks import BY_CRITERIA, CHECKS
from service.fhir_mapping.artefacts import artefacts
from service.knowledge import content
from service.language import speaking
from service.problems import Rejected
from tests.support.cards import (
    HIGH,
    LINKS,
    LOW,
    STABLE,
    UNSTABLE,
    about,
    actions,
    assessed,
    call,
    lesion,
    stored,
    topics,
    treatments,
    viewed,
)
from tests.support.hooks_specification import check_response
from tests.support.records import Resource, bundle, condition, entry, observation, primary
from tests.support.stored import bundles, title

SIGNS = ("sphincter-dysfunction", "progressive-deficit", "cauda-equina-syndrome", "radiculopathy")
#: Three English words in a row: names, abbreviations and citations are shorter.
LEFT = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
LARGE = 400_000
RECORDS = [path for path in bundles() if path.stat().st_size < LARGE]


@pytest.fixture(params=RECORDS, ids=title)
def any_record(request: pytest.FixtureRequest) -> Resource:
    path: Path = request.param
    return stored(path)


def _shown(record: Resource) -> list[Resource]:
    """Its cards; none for a record that every door refuses."""
    try:
        return viewed(record)
    except Rejected:
        return []


def test_cards_of_every_record_are_as_cds_hooks_defines_them(any_record: Resource) -> None:
    found = _shown(any_record)
    check_response({"cards": found})
    assert len(found) <= 3
    assert "emergency" not in topics(found)[1:]
    for card in found:
        assert 0 < len(card["summary"]) < 140
        assert len(card["detail"]) < 4000
        assert not any(word in card["detail"] for word in ("None", "{", "}"))


def test_every_proposal_of_every_record_is_valid_and_stands_by_itself(any_record: Resource) -> None:
    model = import_module("fhir.resources.R4B.servicerequest").ServiceRequest
    for action in actions(_shown(any_record)):
        resource = action["resource"]
        model.model_validate(resource)
        assert action["type"] == "create"
        assert (resource["status"], resource["intent"]) == ("draft", "proposal")
        assert resource["subject"]["reference"] == "Patient/p1"
        assert '"reference":"urn:' not in orjson.dumps(resource).decode()
        assert '"reference":"#' not in orjson.dumps(resource).decode()


def test_ids_are_unique_and_the_same_call_gives_the_same_cards() -> None:
    record = bundle(primary("kidney"), *lesion("T8", UNSTABLE, HIGH), *lesion("L1", STABLE, LOW))
    found = viewed(record)
    ids = [card["uuid"] for card in found] + [s["uuid"] for card in found for s in card.get("suggestions", ())]
    assert len(ids) == len(set(ids))
    assert all(uuid.UUID(each).version == 5 for each in ids)
    assert orjson.dumps(found) == orjson.dumps(viewed(record))
    other = cards(assessed(record), call(encounter_id="e1"), record, LINKS, ())
    assert [card["uuid"] for card in other] == [card["uuid"] for card in found]


def test_another_firing_of_the_hook_has_cards_of_its_own() -> None:
    record = bundle(primary("kidney"), *lesion("T8", STABLE, LOW))
    again = call()
    other = cards(assessed(record), type(again)(**{**vars(again), "instance": str(uuid.uuid4())}), record, LINKS, ())
    assert {c["uuid"] for c in viewed(record)}.isdisjoint(c["uuid"] for c in other)


def test_the_language_changes_no_id_and_no_display() -> None:
    record = bundle(primary("kidney"), *lesion("T8", UNSTABLE, HIGH, progressive_deficit=True))
    english = viewed(record)
    with speaking("ja"):
        japanese = viewed(record)
    assert [c["uuid"] for c in english] == [c["uuid"] for c in japanese]
    assert [c["source"]["topic"] for c in english] == [c["source"]["topic"] for c in japanese]
    assert [c["overrideReasons"] for c in english] == [c["overrideReasons"] for c in japanese]
    assert [a["resource"]["id"] for a in actions(english)] == [a["resource"]["id"] for a in actions(japanese)]
    assert all(c["summary"] != j["summary"] for c, j in zip(english, japanese, strict=True))
    assert all(len(c["summary"]) < 140 for c in japanese)


def test_nothing_english_is_left_on_japanese_cards(any_record: Resource) -> None:
    with speaking("ja"):
        found = _shown(any_record)
    for card in found:
        labels = [text for s in card.get("suggestions", ()) for text in (s["label"], s["actions"][0]["description"])]
        links = [link["label"] for link in card["links"]]
        for text in (card["summary"], card["detail"], card["source"]["label"], *labels, *links):
            assert LEFT.findall(text.replace("Van der Linden", "")) == []


def test_no_tumour_of_the_spine_has_no_card() -> None:
    assert viewed(bundle(condition("C50.9"))) == []


def test_a_deficit_beside_a_cancer_is_an_emergency_before_any_lesion_is_known() -> None:
    (found,) = viewed(bundle(condition("C50.9"), observation("progressive-deficit", True)))
    assert found["indicator"] == "critical"
    assert found["summary"].startswith("Emergency: urgent referral")


def test_an_emergency_comes_first_and_is_critical() -> None:
    record = bundle(primary("breast"), *lesion("T8", STABLE, LOW, progressive_deficit=True))
    found = viewed(record)
    assert topics(found)[0] == "emergency"
    assert found[0]["indicator"] == "critical"
    assert [t for t, _ in treatments(found[:1])] == ["urgent-spine-referral", "mri-whole-spine", "dexamethasone"]
    assert "within 24 hours" in found[0]["detail"]
    assert "NICE 2023" in found[0]["detail"]


def test_an_emergency_of_two_lesions_offers_each_step_once() -> None:
    both = bundle(primary("breast"), *(r for at in ("T2", "L1") for r in lesion(at, HIGH, progressive_deficit=True)))
    card = about(viewed(both), "emergency")
    assert card["summary"].startswith("Emergency at T2 and L1: ")
    assert treatments([card]) == [("urgent-spine-referral", ""), ("mri-whole-spine", ""), ("dexamethasone", "")]
    taken = [{**a["resource"], "status": "active", "intent": "order"} for a in actions([card])]
    assert "emergency" not in topics(viewed({**both, "entry": [*both["entry"], *map(entry, taken)]}))


def test_an_emergency_that_depends_on_something_is_possible_and_says_on_what() -> None:
    found = viewed(bundle(primary("prostate"), *lesion("T12", UNSTABLE, escc_grade="escc-2")))
    assert found[0]["indicator"] == "warning"
    assert found[0]["summary"].startswith("Possible emergency at T12, if myelopathy")
    assert not any(s.get("isRecommended") for s in found[0]["suggestions"])


@pytest.mark.parametrize(
    ("findings", "indicator"),
    [
        ((STABLE, LOW), "info"),
        ((UNSTABLE, LOW), "warning"),
        ((STABLE, HIGH), "warning"),
        ((STABLE, {"escc-grade": "escc-2", "myelopathy": False}), "warning"),
        ((STABLE, {"escc-grade": "escc-1c", "myelopathy": False}), "info"),
        ((LOW,), "info"),
    ],
)
def test_an_unstable_spine_and_high_grade_escc_are_a_warning(
    findings: tuple[dict[str, Any], ...], indicator: str
) -> None:
    plan = about(viewed(bundle(primary("breast"), *lesion("T8", *findings))), "plan")
    assert plan["indicator"] == indicator


def test_the_plan_says_what_is_advised_and_why_with_its_source() -> None:
    plan = about(viewed(bundle(primary("breast"), *lesion("T8", UNSTABLE, LOW))), "plan")
    assert plan["summary"].startswith("T8: Stabilisation, then cEBRT")
    assert "**Why**: low-grade ESCC, radiosensitive, unstable (Laufer 2013)" in plan["detail"]
    assert "SINS 16 (unstable), ESCC 0" in plan["detail"]
    assert plan["source"]["label"] == "NOMS framework (Laufer 2013)"
    assert plan["source"]["url"] == "https://cds.example/knowledge/noms"
    assert {("stabilisation", "T8"), ("cebrt", "T8")} <= set(treatments([plan]))


def test_lesions_with_the_same_advice_are_said_together() -> None:
    record = bundle(primary("breast"), *lesion("T4", STABLE, LOW), *lesion("T8", STABLE, LOW))
    plan = about(viewed(record), "plan")
    assert plan["detail"].count("**Advised**: cEBRT") == 1
    assert {("cebrt", "T4"), ("cebrt", "T8")} <= set(treatments([plan]))


@pytest.mark.parametrize(
    ("grade", "label", "noted"),
    [
        ({"escc-grade": "escc-3"}, "Propose SRS at T8, after decompression", True),
        ({"escc-grade": "escc-1b"}, "Propose SRS at T8", False),
        ({}, "Propose SRS at T8", True),
    ],
)
def test_srs_at_a_compressed_cord_is_proposed_after_its_decompression(grade: Resource, label: str, noted: bool) -> None:
    held = bundle(
        *(primary("lung-nsclc"), *lesion("T8", STABLE, grade, myelopathy=False)),
        observation("surgical-fitness", "fit"),
    )
    offered = about(viewed(held), "plan")["suggestions"]
    (srs,) = [each for each in offered if each["actions"][0]["resource"]["code"]["coding"][0]["code"] == "srs"]
    assert srs["label"].split(", if")[0] == label
    notes = " ".join(note["text"] for note in srs["actions"][0]["resource"]["note"])
    assert ("only after decompression" in notes) is noted


def test_what_depends_on_something_is_offered_with_its_condition_and_not_recommended() -> None:
    record = bundle(primary("kidney"), *lesion("T8", STABLE, HIGH))
    plan = about(viewed(record), "plan")
    conditional = [s for s in plan["suggestions"] if "asNeededCodeableConcept" in s["actions"][0]["resource"]]
    assert conditional
    assert not any(s.get("isRecommended") for s in conditional)
    assert all(", " in s["label"] for s in conditional)
    assert any("if fit for surgery" in s["label"] for s in conditional)


def test_a_conditional_treatment_of_the_patient_is_said_with_its_condition() -> None:
    plan = about(viewed(bundle(primary("prostate"), *lesion("T8", STABLE, LOW))), "plan")
    assert "systemic therapy if" in plan["detail"]


def test_what_would_settle_the_plan_is_asked_for_and_what_only_moves_a_score_is_not() -> None:
    open_ = viewed(bundle(primary("kidney"), *lesion("T8", STABLE)))
    assert about(open_, "missing")["summary"].startswith("Find out first: ESCC grade")
    assert "ESCC grade (MRI)" in about(open_, "missing")["detail"]
    whole = bundle(
        *(primary("breast"), *lesion("T8", STABLE, LOW, prior_radiotherapy_at_level=False)),
        *(observation(name, False, "T8") for name in SIGNS),
    )
    needed = {need.finding for need in assessed(whole).plan.needed}
    assert "visceral-metastases" in needed
    assert "missing" not in topics(viewed(whole))


def test_what_could_not_be_looked_at_is_said_on_every_card() -> None:
    record = bundle(primary("kidney"), *lesion("T8", STABLE, HIGH, progressive_deficit=True))
    found = viewed(record, gaps=("Procedure", "MedicationRequest", "MedicationStatement", "Device"))
    assert len(found) == 3
    for card in found:
        assert "Not looked at: Procedure, so earlier radiotherapy and operations may be missing" in card["detail"]
        assert "MedicationRequest, MedicationStatement, so drugs" in card["detail"]
        assert "Not looked at: Device\n" in f"{card['detail']}\n"
    assert not_looked_at(()) == ()


def test_links_are_absolute_and_their_context_names_no_patient() -> None:
    record = bundle(primary("kidney"), *lesion("T8", STABLE, HIGH))
    for card in viewed(record):
        smart, rule = card["links"]
        assert (smart["type"], smart["url"]) == ("smart", "https://cds.example/app/launch")
        assert orjson.loads(smart["appContext"]) == {
            "service": "spinal-tumour-patient-view",
            "card": card["uuid"],
        }
        assert rule["type"] == "absolute"
        assert "p1" not in smart["appContext"] + rule["url"]


def test_every_page_that_a_card_can_lead_to_is_there() -> None:
    pages = content.by_id()
    rules = {rule.split("/")[-1] for rule in artefacts()["PlanDefinition"]}
    rules |= {check.rule.plan for check in CHECKS} | {each.checklist.rule.plan for each in BY_CRITERIA}
    rules |= {"missing-data", "emergency", "availability"}
    rules -= {"spinal-tumour", "remarks"}
    missing = {rule for rule in rules if _PAGES.get(rule, rule) not in pages}
    assert missing == set()


def test_override_reasons_and_topics_are_published() -> None:
    systems = artefacts()["CodeSystem"]
    (card, *_) = viewed(bundle(primary("kidney"), *lesion("T8", STABLE, HIGH)))
    reasons = {c["code"]: c["display"] for c in systems["override-reason"]["concept"]}
    assert {c["code"]: c["display"] for c in card["overrideReasons"]} == reasons
    assert {c["system"] for c in card["overrideReasons"]} == {f"{BASE}/CodeSystem/override-reason"}
    topic = card["source"]["topic"]
    assert topic["code"] in {c["code"] for c in systems["card-topic"]["concept"]}
    # Some clients take no other signs.
    assert all(c["code"].isalnum() for c in systems["card-topic"]["concept"])


HOSTILE = "<script>alert(1)</script>[x](javascript:alert(1))**B** `c` | https://evil.example/ @x\n# H"


def test_words_of_the_record_never_reach_a_card() -> None:
    hostile = condition("C79.51", at="T8", name="c1", note=[{"text": HOSTILE}])
    hostile["code"]["text"] = HOSTILE
    hostile["bodySite"][0]["text"] = HOSTILE
    found = viewed(bundle(primary("kidney"), hostile))
    assert found
    shown = [(card["summary"], card["detail"], *(s["label"] for s in card.get("suggestions", ()))) for card in found]
    assert not any("evil" in text or "script" in text for texts in shown for text in texts)


MORE = {
    "escc-grade": ("escc-0", "escc-1c", "escc-3"),
    "myelopathy": (True, False),
    "sins-pain": ("mechanical", "pain-free"),
    "sins-collapse": ("over-50", "none"),
    "prior-radiotherapy-at-level": (True, False),
    "surgical-fitness": ("fit", "unfit"),
    "ecog": (0, 3),
    "sphincter-dysfunction": (True,),
}

OF_PATIENT = ("ecog", "surgical-fitness")


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(MORE)), st.integers(0, 2)), st.sampled_from(("kidney", "breast", "uterus"))
)
def test_more_evidence_never_makes_an_emergency_vanish(chosen: dict[str, int], tumour: str) -> None:
    alarm = [primary(tumour), *lesion("T8", progressive_deficit=True)]
    more = [
        observation(
            name, values[n % len(values)], None if name in ("ecog", "surgical-fitness") else "T8", name=f"m-{name}"
        )
        for name, n in chosen.items()
        for values in (MORE[name],)
    ]
    found = viewed(bundle(*alarm, *more))
    assert len(found) <= 3
    assert found[0]["indicator"] == "critical"
    assert ("mri-whole-spine", "T8") in treatments(found[:1])
    assert all(len(card["summary"]) < 140 for card in found)


def test_a_record_of_very_many_lesions_has_short_cards() -> None:
    levels = ("C2", "C5", "T1", "T3", "T6", "T9", "T11", "L2", "L4", "S1")
    record = bundle(primary("kidney"), *(r for n, at in enumerate(levels) for r in lesion(at, HIGH if n % 2 else LOW)))
    found = viewed(record)
    check_response({"cards": found})
    assert len(found) <= 3
    assert all(len(card["detail"]) < 4000 for card in found)


def test_an_assessment_without_orders_has_none_there() -> None:
    record = bundle(primary("kidney"), *lesion("T8", STABLE, HIGH))
    assert repeats(record, assessed(record)).there == ()
