"""What an order of the caller is for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.drafts import TREATMENT, drafts, orders
from service.fhir_mapping.inbound.order_words import levels_named, treatment_in
from service.fhir_mapping.terminology import groups_of
from service.problems import Rejected
from service.wording import TREATMENTS
from tests.support.cards import CEBRT, KYPHOPLASTY, SRS, order
from tests.support.records import ATC, RXNORM, SNOMED, Resource, concept, level

CPT, OPS = "http://www.ama-assn.org/go/cpt", "http://fhir.de/CodeSystem/bfarm/ops"


def read(resource: Resource) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.treatment, each.levels) for each in orders(resource, "x")]


@pytest.mark.parametrize(
    ("code", "system", "treatment"),
    [
        (CEBRT, SNOMED, "cebrt"),
        (SRS, SNOMED, "srs"),
        (KYPHOPLASTY, SNOMED, "kyphoplasty"),
        ("108290001", SNOMED, "radiotherapy"),
        ("77373", CPT, "srs"),
        ("77412", CPT, "cebrt"),
        ("77385", CPT, "radiotherapy"),
        ("10836008", SNOMED, "decompression-stabilisation"),
        ("55705006", SNOMED, "stabilisation"),
        ("107755006", SNOMED, "surgery"),
        ("8-522", OPS, "radiotherapy"),
        ("stabilisation", TREATMENT, "stabilisation"),
    ],
)
def test_a_code_says_what_is_ordered(code: str, system: str, treatment: str) -> None:
    assert read(order(code, "T8", system)) == [(treatment, ("T8",))]


@pytest.mark.parametrize(
    ("code", "system", "treatment"),
    [
        ("3264", RXNORM, "dexamethasone"),
        ("H02AB02", ATC, "dexamethasone"),
        ("993449", RXNORM, "denosumab"),
        ("77655", RXNORM, "bone-modifying-agent"),
        ("40048", RXNORM, "systemic-therapy"),
    ],
)
def test_a_drug_says_what_is_ordered(code: str, system: str, treatment: str) -> None:
    assert read(order(code, None, system, kind="MedicationRequest")) == [(treatment, ())]


@pytest.mark.parametrize(
    ("words", "treatment", "levels"),
    [
        ("SBRT T8, 27 Gy in 3", "srs", ("T8",)),
        ("Stereotactic radiosurgery T8-T9", "srs", ("T8", "T9")),
        ("Palliative external beam radiotherapy L1/2", "cebrt", ("L1", "L2")),
        ("Bestrahlung BWK 8", "radiotherapy", ("T8",)),
        ("Radiotherapy to spine", "radiotherapy", ()),
        ("8 Gy single fraction T4", "short-course-rt", ("T4",)),
        ("Posterior spinal fusion T7-T10", "stabilisation", ("T7", "T8", "T9", "T10")),
        ("Laminectomy T8 with instrumentation", "decompression-stabilisation", ("T8",)),
        ("Balloon kyphoplasty L3", "kyphoplasty", ("L3",)),
        ("Preoperative embolization T8", "embolisation", ("T8",)),
        ("MRI whole spine", "mri-whole-spine", ()),
        ("MRI lumbar spine", "mri-spine", ()),
        ("CT thoracic spine", "ct-spine", ()),
        ("CT chest abdomen pelvis", "staging", ()),
        ("Referral to spine surgery", "urgent-spine-referral", ()),
        ("Neurosurgery consult", "urgent-spine-referral", ()),
        ("Referral to the spine", "urgent-spine-referral", ()),
        ("Spine surgery T8", "surgery", ("T8",)),
        ("Dekompression und Spondylodese Th7-Th9", "decompression-stabilisation", ("T7", "T8", "T9")),
        ("Decompression and stabilisation", "decompression-stabilisation", ()),
        ("MRI spine after SBRT", "mri-spine", ()),
        ("CT-guided biopsy T8", "biopsy", ()),
        ("第8胸椎 放射線治療", "radiotherapy", ("T8",)),
        ("外照射 Ｔ８ 30Gy/10fr", "cebrt", ("T8",)),
        ("定位放射線治療 胸椎8", "srs", ("T8",)),
        ("後方固定術 T6-T10", "stabilisation", ("T6", "T7", "T8", "T9", "T10")),
        ("第8胸椎 椎弓切除術", "decompression-stabilisation", ("T8",)),
        ("経皮的椎体形成術 L1", "kyphoplasty", ("L1",)),
        ("全脊椎MRI", "mri-whole-spine", ()),
        ("腰椎MRI", "mri-spine", ()),
        ("脊椎外科へ紹介", "urgent-spine-referral", ()),
    ],
)
def test_words_say_what_is_ordered_where_no_code_does(words: str, treatment: str, levels: tuple[str, ...]) -> None:
    assert read(order(text=words)) == [(treatment, levels)]


@pytest.mark.parametrize("words", ["MRI brain", "CT head", "Paracetamol", "Dental extraction", "", "x" * 5000])
def test_words_of_other_things_order_nothing_of_ours(words: str) -> None:
    assert read(order(text=words or None)) == []


@pytest.mark.parametrize(
    "words",
    [
        "EBRT left hip 8 Gy",
        "Whole brain radiotherapy 30 Gy",
        "乳房 放射線治療",
        "Ankle stabilization",
        "Intramedullary nailing left femur, stabilization",
        "Lumbar stabilization exercises",
        "Carpal tunnel decompression",
        "Gastric decompression",
        "Bladder decompression",
        "Follow-up after radiotherapy T8",
        "No radiotherapy to T8",
        "Referral to radiation oncology re T8",
        "SBRT T8 cancelled",
        "照射後 経過観察",
        "Dexamethasone 0.1 % eye drops",
        "デキサメタゾン点眼液",
        "Referral orthopedics for hip replacement",
    ],
)
def test_what_is_elsewhere_called_off_or_a_visit_is_no_order_of_ours(words: str) -> None:
    assert read(order(text=words)) == []


def test_words_of_another_part_of_the_body_count_beside_a_code_without_a_place() -> None:
    assert read(order(CEBRT, text="Radiotherapy left hip 8 Gy")) == []
    assert read(order(CEBRT, "T8", text="Radiotherapy left hip 8 Gy")) == [("cebrt", ("T8",))]


def test_words_that_leave_the_place_to_the_body_site() -> None:
    assert read(order(None, "T8", text="Decompression, as discussed")) == [("decompression-stabilisation", ("T8",))]
    assert read(order(text="Laparoscopic decompression, as discussed")) == []


@pytest.mark.parametrize(
    ("words", "region"),
    [("EBRT lumbar spine", "lumbar"), ("Bestrahlung BWS", "thoracic"), ("EBRT", None), ("仙骨 外照射", "sacral")],
)
def test_a_region_comes_from_the_words(words: str, region: str | None) -> None:
    (found,) = orders(order(text=words), "x")
    assert (found.levels, found.region) == ((), region)


@pytest.mark.parametrize("name", ["x/../y", "a b", "..", "x\ny", "", "x" * 300])
def test_what_is_no_id_names_no_order(name: str) -> None:
    (found,) = orders(order(CEBRT, "T8", name=name), "x")
    assert found.reference == ""


@pytest.mark.parametrize("route", ["oral", 7, ["oral"], {"coding": {"display": "oral"}}, {"coding": [3]}, {"text": 5}])
def test_a_route_that_is_no_concept_is_passed_over(route: Any) -> None:
    drug = order("3264", None, RXNORM, kind="MedicationRequest", dosageInstruction=[{"route": route, "text": 3}])
    assert read(drug) == [("dexamethasone", ())]


def test_words_narrow_a_code_and_never_contradict_it() -> None:
    assert read(order("108290001", "T8", text="SBRT")) == [("srs", ("T8",))]
    assert read(order(CEBRT, "T8", text="SBRT")) == [("cebrt", ("T8",))]
    assert read(order("108290001", "T8", text="after laminectomy")) == [("radiotherapy", ("T8",))]


def test_the_place_comes_from_the_body_site_and_else_from_the_words() -> None:
    assert read(order(CEBRT, "T8", text="EBRT T9")) == [("cebrt", ("T8",))]
    assert read(order(CEBRT, bodySite=[level("T8", "T9")])) == [("cebrt", ("T8", "T9"))]
    (region,) = orders(order(CEBRT, bodySite=[{"text": "thoracic spine"}]), "x")
    assert (region.levels, region.region) == ((), "thoracic")


def test_what_is_for_another_part_of_the_body_is_left_out() -> None:
    hip = concept(("29836001", SNOMED), text="Hip")
    assert read(order(CEBRT, bodySite=[hip])) == []
    assert read(order("3264", None, RXNORM, kind="MedicationRequest", bodySite=[hip])) == [("dexamethasone", ())]


@pytest.mark.parametrize(
    ("more", "begins"),
    [
        ({"occurrenceDateTime": "2026-10-05"}, "2026-10-05"),
        ({"occurrencePeriod": {"start": "2026-10-05", "end": "2026-10-20"}}, "2026-10-05"),
        ({"occurrenceTiming": {"event": ["2026-10-07", "2026-10-05"]}}, "2026-10-05"),
        ({"occurrenceTiming": {"repeat": {"boundsPeriod": {"start": "2026-10-05"}}}}, "2026-10-05"),
        ({"authoredOn": "2026-10-01"}, None),
        ({}, None),
    ],
)
def test_when_an_order_is_planned_for(more: dict[str, Any], begins: str | None) -> None:
    (found,) = orders(order(CEBRT, "T8", **more), "x")
    assert found.begins == (when(begins) if begins else None)


@pytest.mark.parametrize("status", ["revoked", "entered-in-error", "completed"])
def test_an_order_that_does_not_hold_orders_nothing(status: str) -> None:
    assert read(order(CEBRT, "T8", status=status)) == []
    assert read(order(CEBRT, "T8", doNotPerform=True)) == []


def test_a_medication_that_is_contained_is_read() -> None:
    inside = {"resourceType": "Medication", "id": "m", "code": concept(("3264", RXNORM))}
    drug = order(kind="MedicationRequest", contained=[inside], medicationReference={"reference": "#m"})
    del drug["medicationCodeableConcept"]
    assert read(drug) == [("dexamethasone", ())]
    named = {**drug, "medicationReference": {"reference": "Medication/7", "display": "Dexamethasone 4 mg tablet"}}
    assert read(named) == [("dexamethasone", ())]


def test_activities_of_a_care_plan_are_read() -> None:
    plan = {
        "resourceType": "CarePlan",
        "id": "c",
        "status": "draft",
        "activity": [
            {"detail": {"status": "not-started", "code": concept((CEBRT, SNOMED)), "description": "T8"}},
            {"detail": {"status": "cancelled", "code": concept((SRS, SNOMED))}},
            {"detail": {"status": "scheduled", "description": "MRI whole spine"}},
            {"reference": {"reference": "ServiceRequest/7"}},
        ],
    }
    assert read(plan) == [("cebrt", ("T8",)), ("mri-whole-spine", ())]


def test_the_orders_that_were_selected() -> None:
    held = {"entry": [{"resource": order(CEBRT, "T8", name="a")}, {"resource": order(SRS, "T8", name="b")}]}
    assert [each.reference for each in drafts(held)] == ["ServiceRequest/a", "ServiceRequest/b"]
    assert [each.reference for each in drafts(held, ("ServiceRequest/b", "ServiceRequest/c"))] == ["ServiceRequest/b"]
    assert drafts({}) == drafts(None) == ()


@pytest.mark.parametrize(
    ("broken", "element"),
    [
        ({"code": []}, "code"),
        ({"occurrenceDateTime": "tomorrow"}, "occurrenceDateTime"),
        ({"occurrenceTiming": {"event": ["tomorrow"]}}, "occurrenceTiming.event[0]"),
        ({"doNotPerform": "no"}, "doNotPerform"),
    ],
)
def test_what_is_wrong_is_named_with_its_element(broken: Resource, element: str) -> None:
    with pytest.raises(Rejected) as refused:
        drafts({"entry": [{}, {"resource": {**order(CEBRT, "T8"), **broken}}]})
    (problem,) = refused.value.problems
    assert (refused.value.status, problem.expression) == (422, f"context.draftOrders.entry[1].resource.{element}")
    assert "tomorrow" not in problem.message


def test_more_orders_than_a_person_writes_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        drafts({"entry": [{"resource": order(CEBRT)}] * 501})
    assert refused.value.status == 413


def test_the_map_of_orders_leads_to_treatments() -> None:
    targets = {t["code"] for g in groups_of("order-treatments") for e in g["element"] for t in e["target"]}
    assert targets <= set(TREATMENTS)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_words(text: str) -> None:
    found = treatment_in(text)
    assert found is None or found in {*TREATMENTS, "radiotherapy", "surgery", "mri-spine"}
    assert all(isinstance(each, str) for each in levels_named(text))
