"""What was typed becomes a QuestionnaireResponse that is read as any other record is."""

import pytest

from service.fhir_mapping.inbound.strict import validate
from service.findings import FINDINGS
from service.page import answers, form
from service.page.answers import Typed, response, typed
from tests.support.records import take


def bundle(made, authored="2026-10-01"):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": made.resource(authored)}]}


def posted(*pairs, **patient):
    return typed([*((name.replace("_", "-"), value) for name, value in patient.items()), *pairs])


def read(*pairs, **patient):
    made = response(posted(*pairs, **patient))
    assert made.wrong == ()
    return take(bundle(made)).case


def lesion(n=0, **answers_):
    return [(f"lesion.{n}.{name.replace('_', '-')}", value) for name, value in answers_.items()]


def test_an_empty_form_makes_nothing():
    assert response(typed([])) == response(Typed())
    assert response(typed([])).items == ()


def test_names_that_are_no_fields_are_left_out():
    assert typed([("nonsense", "x"), ("lesion.0.nonsense", "x"), ("lesion.x.level", "T8"), ("age.unit", "a")]) == Typed(
        {"age.unit": "a"}
    )


def test_answers_are_read_as_findings():
    case = read(
        *lesion(level="T8", sins_pain="mechanical", escc_grade="escc-1b", myelopathy="false"),
        primary_tumour="kidney",
        ecog="1",
    )
    (found,) = case.lesions
    assert found.name == "T8"
    assert case.possible("sins-pain", found) == {"mechanical"}
    assert case.possible("escc-grade", found) == {"escc-1b"}
    assert case.possible("myelopathy", found) == {False}
    assert case.possible("primary-tumour") == {"kidney"}
    assert case.possible("ecog") == {1}


def test_what_is_left_blank_stays_unknown():
    case = read(*lesion(level="T8", sins_pain="mechanical", sins_alignment=""))
    assert case.possible("sins-alignment", case.lesions[0]) == FINDINGS["sins-alignment"].domain.unknown


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("T8", "T9", "T8-T9"), ("T9", "T8", "T8-T9"), ("", "L1", "L1"), ("thoracic", "", "thoracic")],
)
def test_levels_are_a_run_whichever_way_they_are_given(first, last, name):
    case = read(*lesion(level=first, level_to=last, tumour_origin="metastatic"))
    assert [found.name for found in case.lesions] == [name]


def test_a_level_without_an_answer_is_no_lesion():
    assert response(posted(*lesion(level="T8"))).items == ()


def test_lesions_keep_apart_and_gaps_between_their_numbers_do_not_matter():
    case = read(*lesion(2, level="L1", sins_pain="pain-free"), *lesion(7, level="T3", sins_pain="mechanical"))
    assert {found.name: case.possible("sins-pain", found) for found in case.lesions} == {
        "T3": {"mechanical"},
        "L1": {"pain-free"},
    }


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [("3.5", "g/dL", "3.5"), ("35", "g/L", "3.5"), ("3,5", "", "3.5"), ("< 3.5", "g/dL", "<"), ("≤3.5", "g/dL", "<=")],
)
def test_a_number_has_its_unit_and_its_sign(value, unit, said):
    (span,) = read(("albumin", value), ("albumin.unit", unit)).possible("albumin")
    assert span.high == 3.5
    assert span.is_point == (said == "3.5")
    assert span.high_open == (said == "<")


def test_a_unit_that_is_not_offered_is_the_first_one():
    (item,) = response(posted(("crp", "4"), ("crp.unit", "furlong"))).items
    assert item["answer"][0]["valueQuantity"]["code"] == "mg/dL"


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("albumin", "three", answers.NOT_A_NUMBER),
        ("albumin", "1e9", answers.NOT_A_NUMBER),
        ("albumin", "9" * 200, answers.NOT_A_NUMBER),
        ("vertebral-metastasis-count", "2.5", answers.NOT_A_COUNT),
        ("vertebral-metastasis-count", "-1", answers.NOT_A_COUNT),
        ("lesion.0.level", "T99", answers.NO_SUCH_LEVEL),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(name, value, mend):
    (wrong,) = response(typed([(name, value)])).wrong
    assert (wrong.field, wrong.message) == (name, mend)


def test_the_parts_of_an_answer_narrow_it_and_count_only_beside_it():
    narrowed = read(("visceral-metastases", "present"), ("visceral-metastases.0", "removable"))
    assert narrowed.possible("visceral-metastases") == FINDINGS["visceral-metastases"].domain.groups["removable"]
    none = read(("visceral-metastases", "none"), ("visceral-metastases.0", "removable"))
    assert none.possible("visceral-metastases") == {"none"}


def test_every_option_of_every_field_is_accepted():
    for within, groups in ((False, form.of_patient()), (True, form.of_lesion())):
        for field in (field for group in groups for field in group.fields):
            values = [option.code for option in field.options] or {
                "yes-no": ["true", "false"],
                "number": ["5"],
                "count": ["2"],
                "words": ["4,5"] if field.code == "wbb-zones" else ["A,B"],
            }[field.kind]
            for value in values:
                name = f"lesion.0.{field.code}" if within else field.code
                made = response(typed([*lesion(level="T8", tumour_origin="metastatic"), (name, value)]))
                assert made.wrong == ()
                case = take(bundle(made)).case
                where = case.lesions[0] if within else None
                assert case.about(field.code, where).statements, (field.code, value)


def test_the_response_is_valid_in_the_eyes_of_r4():
    made = response(posted(*lesion(level="T8", level_to="T9", wbb_zones="4-8"), ecog="1", albumin="<3.5", age="62"))
    validate(bundle(made))


def test_the_field_of_an_answer_is_found_by_its_place_in_the_resource():
    made = response(posted(*lesion(level="T8", wbb_zones="x"), age="400"))
    assert made.field_at("item[0].answer[0].valueQuantity") == "age"
    assert made.field_at("item[1].item[1].answer[0].valueString") == "lesion.0.wbb-zones"
    assert made.field_at("status") is None


def test_the_same_answers_at_the_same_time_have_the_same_id_and_others_another():
    one, two = response(posted(age="60")), response(posted(age="61"))
    assert one.resource("2026-10-01") == one.resource("2026-10-01")
    assert (
        len({one.resource("2026-10-01")["id"], one.resource("2026-10-02")["id"], two.resource("2026-10-01")["id"]}) == 3
    )
