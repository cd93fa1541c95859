"""Answers to the Questionnaire of this project say the same as the Observations would."""

from __future__ import annotations

from typing import Any

import pytest

from service import BASE
from service.fhir_mapping.artefacts.questionnaire import questionnaire
from service.findings import FINDINGS
from service.problems import Rejected
from tests.support.records import (
    SNOMED,
    TUMOUR,
    VALUE,
    VERTEBRA,
    Resource,
    bundle,
    coding,
    lesion_names,
    metastasis,
    observation,
    possible,
    primary,
    remarks,
    said,
    take,
)

OURS = f"{BASE}/Questionnaire/spinal-tumour"


def response(*items: Resource, **more: Any) -> Resource:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "questionnaire": OURS,
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "authored": "2026-10-01",
        "item": list(items),
        **more,
    }


def item(link: str, *answers: Resource, **more: Any) -> Resource:
    return {"linkId": link, "answer": list(answers), **more}


def value(code: str, system: str = VALUE) -> Resource:
    return {"valueCoding": coding(code, system)}


def lesion(at: str | list[str], *items: Resource) -> Resource:
    levels = [value(each, VERTEBRA) for each in ([at] if isinstance(at, str) else at)]
    return {"linkId": "lesion", "item": [item("level", *levels), *items]}


def test_answers_are_the_same_as_the_observations() -> None:
    answered = response(
        item("ecog", value("2")),
        item("albumin", {"valueQuantity": {"value": 34, "system": "http://unitsofmeasure.org", "code": "g/L"}}),
        item("primary-tumour", value("breast", TUMOUR)),
        item("visceral-metastases", value("removable"), value("nodular")),
        item("vertebral-metastasis-count", {"valueInteger": 2}),
        lesion("T6", item("sins-pain", value("mechanical")), item("myelopathy", {"valueBoolean": False})),
        lesion("L2", item("sins-bone-lesion", value("lytic")), item("wbb-zones", {"valueString": "4-8"})),
    )
    both = {"valueCodeableConcept": {"coding": [coding("removable", VALUE), coding("nodular", VALUE)]}}
    observed = [
        observation("ecog", {"valueCodeableConcept": {"coding": [coding("2", VALUE)]}}),
        observation("albumin", (34, "g/L")),
        primary("breast"),
        observation("visceral-metastases", both),
        observation("vertebral-metastasis-count", 2),
        observation("sins-pain", "mechanical", "T6"),
        observation("myelopathy", False, "T6"),
        observation("sins-bone-lesion", "lytic", "L2"),
        observation("wbb-zones", {"valueString": "4-8"}, "L2"),
    ]
    by_answers, by_observations = take(bundle(answered)), take(bundle(*observed))
    assert lesion_names(by_answers) == lesion_names(by_observations) == ["T6", "L2"]
    assert remarks(by_answers) == {}
    assert by_answers.inputs["QuestionnaireResponse/q"] == "QuestionnaireResponse"
    for finding in FINDINGS:
        assert possible(by_answers, finding) == possible(by_observations, finding)
        for name in ("T6", "L2"):
            assert possible(by_answers, finding, name) == possible(by_observations, finding, name)


def test_every_item_of_the_questionnaire_is_read() -> None:
    """With an answer of each type: none of them is unknown, whether or not the answer is one that it can have."""
    listed = questionnaire()["item"]
    inside = next(each["item"] for each in listed if each["linkId"] == "lesion")
    for link in [each["linkId"] for each in (*listed, *inside) if each["linkId"] not in ("lesion", "level")]:
        intake = take(bundle(metastasis(), response(item(link, {"valueDate": "2026-01-01"}))))
        assert remarks(intake)["QuestionnaireResponse/q"] <= {"no-value", "not-read"}, link


@pytest.mark.parametrize("name", [OURS, f"{OURS}|1.2.0", f"{OURS}/"])
def test_the_version_of_the_questionnaire_does_not_matter(name: str) -> None:
    intake = take(bundle(metastasis(), response(item("ecog", {"valueInteger": 1}), questionnaire=name)))
    assert possible(intake, "ecog") == {1}


def test_a_lesion_may_name_several_levels_and_by_other_codes() -> None:
    levels = [value("T6", VERTEBRA), value("71737002", SNOMED), {"valueString": "T8"}]
    group = {"linkId": "lesion", "item": [item("level", *levels), item("sins-pain", value("mechanical"))]}
    assert lesion_names(take(bundle(response(group)))) == ["T6-T8"]


def test_groups_of_others_around_the_items_do_no_harm() -> None:
    wrapped = {
        "linkId": "page-1",
        "item": [item("ecog", {"valueInteger": 1}), lesion("T6", item("sins-pain", value("mechanical")))],
    }
    intake = take(bundle(response(wrapped)))
    assert (lesion_names(intake), possible(intake, "ecog"), remarks(intake)) == (["T6"], {1}, {})


def test_items_below_an_answer_are_items_too() -> None:
    below = item(
        "ecog", {"valueInteger": 1, "item": [item("albumin", {"valueQuantity": {"value": 3, "code": "g/dL"}})]}
    )
    intake = take(bundle(metastasis(), response(below)))
    assert said(intake, "albumin")


def test_a_finding_of_a_lesion_outside_a_lesion_is_about_the_only_one() -> None:
    intake = take(bundle(metastasis("T6"), response(item("sins-pain", value("mechanical")))))
    assert possible(intake, "sins-pain", "T6") == {"mechanical"}


def test_a_level_alone_shows_no_tumour() -> None:
    intake = take(bundle(response(lesion("T6"))))
    assert (lesion_names(intake), remarks(intake)) == ([], {"QuestionnaireResponse/q": {"not-read"}})


def test_an_answer_to_an_unknown_item_is_named_and_the_others_count() -> None:
    intake = take(
        bundle(metastasis(), response(item("shoe-size", {"valueInteger": 9}), item("ecog", {"valueInteger": 1})))
    )
    assert remarks(intake) == {"QuestionnaireResponse/q": {"not-understood"}}
    assert possible(intake, "ecog") == {1}
    assert "shoe" not in str(intake.ledger)


def test_an_item_without_an_answer_stays_unknown() -> None:
    intake = take(bundle(metastasis(), response({"linkId": "ecog"}, {"linkId": "shoe-size"})))
    assert (said(intake, "ecog"), remarks(intake)) == (False, {})


@pytest.mark.parametrize("status", ["in-progress", "stopped", "entered-in-error", "", None])
def test_answers_that_are_not_complete_are_not_read(status: str | None) -> None:
    found = response(item("brain-metastases", {"valueBoolean": True}))
    found = {**found, "status": status} if status is not None else {k: v for k, v in found.items() if k != "status"}
    intake = take(bundle(metastasis(), found), assume_complete=True)
    assert remarks(intake)["QuestionnaireResponse/q"] == {"status"}
    assert (possible(intake, "brain-metastases") == {False}) is (status == "entered-in-error")


def test_amended_answers_count() -> None:
    assert possible(
        take(bundle(metastasis(), response(item("ecog", {"valueInteger": 1}), status="amended"))), "ecog"
    ) == {1}


def test_answers_have_the_date_at_which_they_were_given() -> None:
    late = take(bundle(metastasis(), response(item("ecog", {"valueInteger": 1}), authored="2026-11-01")))
    assert remarks(late) == {"QuestionnaireResponse/q": {"after-as-of"}}
    earlier = response(item("ecog", {"valueInteger": 1}), authored="2026-09-01")
    assert possible(take(bundle(metastasis(), earlier, observation("ecog", 3))), "ecog") == {3}
    undated = {k: v for k, v in earlier.items() if k != "authored"}
    assert remarks(take(bundle(metastasis(), undated))) == {"QuestionnaireResponse/q": {"undated"}}


@pytest.mark.parametrize(
    ("answered", "where"),
    [
        (item("ecog", {"valueInteger": 9}), ".item[0].answer[0].value"),
        (item("sins-pain", value("terrible")), ".item[0].answer[0].valueCoding.code"),
        (item("ecog", {"valueInteger": "two"}), ".item[0].answer[0].valueInteger"),
    ],
)
def test_an_answer_that_is_wrong_is_refused_at_its_element(answered: Resource, where: str) -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), response(answered)))
    assert refused.value.status == 422
    assert refused.value.problems[0].expression.endswith(where)


def test_a_number_without_a_unit_is_not_used() -> None:
    intake = take(bundle(metastasis(), response(item("albumin", {"valueDecimal": 3.5}))))
    assert remarks(intake) == {"QuestionnaireResponse/q": {"no-unit"}}


def test_groups_without_end_are_refused() -> None:
    deep: Resource = item("ecog", {"valueInteger": 1})
    for _ in range(40):
        deep = {"linkId": "g", "item": [deep]}
    with pytest.raises(Rejected) as refused:
        take(bundle(response(deep)))
    assert refused.value.problems[0].code == "structure"


def test_answers_to_other_questionnaires_are_counted() -> None:
    others = [response(item("ecog", {"valueInteger": 1}), id=str(n), questionnaire="urn:other") for n in range(2)]
    intake = take(bundle(metastasis(), *others))
    assert (said(intake, "ecog"), remarks(intake)) == (False, {"QuestionnaireResponse": {"not-read"}})
