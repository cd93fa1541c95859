"""The record that the page carries, and what was typed beside it."""

import gzip
from datetime import UTC, date, datetime
from pathlib import Path

import orjson
import pytest

from service.page import record
from service.page.answers import Typed, typed
from service.pipeline import Site, answered
from service.problems import Rejected
from tests.support.as_xml import as_xml
from tests.support.records import bare, bundle, metastasis, observation, patient, primary

NOW = datetime(2026, 10, 2, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"


def content(*resources, **more):
    return orjson.dumps(bundle(*resources, **more))


def assessed(content_, answers, now=NOW):
    asked = record.asked(record.opened(content_) if content_ else None, answers, now)
    return answered(asked.question, now.date(), Site())


def answers(**lesion):
    return typed([(f"lesion.0.{name.replace('_', '-')}", value) for name, value in lesion.items()])


@pytest.mark.parametrize("example", record.EXAMPLES, ids=lambda each: each.name)
def test_an_example_is_the_one_in_the_folder_of_examples(example):
    (file,) = EXAMPLES.rglob(f"{example.name}.json")
    assert record.example(example.name) == file.read_bytes(), "pack it anew: gzip -9 -n into service/page/examples"


@pytest.mark.parametrize("name", ["", "../../examples/README", "colon-no-spinal-tumour", "kidney-complete.json"])
def test_nothing_else_is_an_example(name):
    assert record.example(name) is None


def test_a_record_comes_out_of_its_field_as_it_went_in():
    assert record.unpacked(record.packed(b"{} \xff"), 100) == b"{} \xff"


@pytest.mark.parametrize("damaged", ["x", "AAAA", "é", record.packed(b"whole record")[:-12]])
def test_a_damaged_field_is_refused_with_the_mend(damaged):
    with pytest.raises(Rejected, match="Open it again") as refused:
        record.unpacked(damaged, 100)
    assert refused.value.status == 400


def test_a_field_that_unpacks_to_more_than_is_allowed_is_refused():
    bomb = record.packed(bytes(1_000_000))
    assert len(bomb) < 2000
    with pytest.raises(Rejected) as refused:
        record.unpacked(bomb, 1000)
    assert refused.value.status == 413


def test_xml_is_opened_as_json_is():
    given = bundle(metastasis("T6"))
    in_xml = record.opened(as_xml(given))
    assert answered(in_xml, NOW.date(), Site()).case.lesions[0].name == "T6"


def test_nothing_asks_nothing():
    assert record.asked(None, Typed(), NOW) is None


def test_what_is_typed_adds_to_the_record():
    found = assessed(content(metastasis("T6"), primary("breast")), answers(level="T6", sins_pain="mechanical"))
    (lesion,) = found.case.lesions
    assert found.case.possible("sins-pain", lesion) == {"mechanical"}
    assert found.case.possible("primary-tumour", lesion) == {"breast"}


def test_what_is_typed_is_later_than_what_the_record_says():
    before = observation("sins-pain", "pain-free", "T6", day="2026-10-02T09:00:00Z")
    found = assessed(content(before), answers(level="T6", sins_pain="mechanical"))
    assert found.case.possible("sins-pain", found.case.lesions[0]) == {"mechanical"}


def test_what_is_typed_is_of_the_time_of_an_old_record_and_not_after_it():
    before = observation("sins-pain", "pain-free", "T6", day="2020-05-04T09:00:00Z")
    old = content(before, timestamp="2020-05-04T10:00:00Z")
    found = assessed(old, answers(level="T6", sins_pain="mechanical"))
    assert found.as_of.text == "2020-05-04"
    assert found.case.possible("sins-pain", found.case.lesions[0]) == {"mechanical"}


def test_sources_that_disagree_on_one_day_stay_a_conflict():
    before = observation("sins-pain", "pain-free", "T6", day="2026-10-02")
    found = assessed(content(before), answers(level="T6", sins_pain="mechanical"))
    assert found.case.about("sins-pain", found.case.lesions[0]).conflict


def test_a_record_without_typed_answers_is_answered_as_at_any_door():
    given = content(metastasis("T6"), primary("kidney"))
    direct = answered(record.opened(given), NOW.date(), Site())
    here = assessed(given, Typed(lesions=({"level": "T6"},)))
    assert (here.plan, here.results, here.ledger) == (direct.plan, direct.results, direct.ledger)


def test_problems_of_the_record_and_of_the_fields_are_told_apart():
    wrong = content(metastasis("T6"), observation("sins-pain", "no-such-value", "T6"))
    asked = record.asked(record.opened(wrong), answers(level="T6", wbb_zones="99"), NOW)
    with pytest.raises(Rejected) as refused:
        answered(asked.question, NOW.date(), Site())
    of_record, of_form = asked.problems(refused.value)
    assert [problem.expression.startswith("Bundle.entry[") for problem in of_record] == [True]
    assert "entry[0].resource.entry" not in of_record[0].expression
    assert [each.field for each in of_form] == ["lesion.0.wbb-zones"]


def test_the_case_to_keep_gives_the_same_answer_when_it_is_opened_again():
    given = content(metastasis("T6"), primary("breast"), timestamp="2026-10-02T09:00:00Z")
    typed_ = answers(level="T6", sins_pain="mechanical")
    asked = record.asked(record.opened(given), typed_, NOW)
    kept = orjson.dumps(record.case(given, asked, NOW))
    again = answered(record.opened(kept), NOW.date(), Site())
    assert again.plan == assessed(given, typed_).plan
    # Typed once more on top of it, the two responses are two resources.
    assert assessed(kept, answers(level="T6", sins_pain="pain-free"), datetime(2026, 10, 2, 13, tzinfo=UTC)).has_tumour


def test_a_case_of_typed_answers_alone_is_a_record_too():
    asked = record.asked(None, answers(level="T6", sins_pain="mechanical"), NOW)
    kept = record.case(None, asked, NOW)
    assert kept["timestamp"] == "2026-10-02T12:00:00Z"
    assert answered(record.opened(orjson.dumps(kept)), date(2027, 1, 1), Site()).case.lesions[0].name == "T6"


def test_each_lesion_of_a_record_has_fields_of_its_own():
    given = content(metastasis("T6"), metastasis("L2"), condition_of("thoracic"))
    case = assessed(given, Typed()).case
    fields = record.lesions_of(case)
    assert len(fields.lesions) == len(case.lesions)
    for n, lesion in enumerate(case.lesions):
        if lesion.name != "thoracic":
            assert record.group_of(lesion, fields) == n


def condition_of(region):
    return observation("tumour-origin", "metastatic", region)


def test_who_a_record_is_of_is_read_from_its_patient():
    named = {**patient(), "name": [{"given": ["Ada", "B."], "family": "Case"}], "birthDate": "1960-02-03"}
    assert record.patient_in(orjson.dumps(bundle(named))) == "Ada B. Case, 1960-02-03"
    assert record.patient_in(orjson.dumps(bare(metastasis("T6")))) == ""


def test_the_examples_are_packed_without_a_time():
    for example in record.EXAMPLES:
        packed = Path(record.__file__).with_name("examples").joinpath(f"{example.name}.json.gz").read_bytes()
        assert packed[4:8] == bytes(4)
        assert gzip.decompress(packed)
