"""What was prefetched: everything, a part, nothing, null, not asked for, or an error, each told from the others."""

from __future__ import annotations

import re
import time
from typing import Any

import orjson
import pytest

from service.cds_hooks.asked import call_asked
from service.cds_hooks.fetching import Reader
from service.cds_hooks.prefetch import NEEDED, TEMPLATES, Found, State, found
from service.cds_hooks.record import Record, record_of
from service.cds_hooks.services import SERVICES
from service.client import reading
from service.client.scopes import TYPES
from service.fhir_mapping.inbound.bundle import READ
from service.fhir_mapping.inbound.decode import decode
from service.policy import DEFAULT, Policy
from service.problems import Rejected
from tests.support.calls import VIEW, call_of, prefetching, searchset, without
from tests.support.records import Resource, bundle, condition, metastasis, observation, patient, procedure

OUTCOME: Resource = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def judged(body: Resource) -> dict[str, Found]:
    return found(call_asked(decode(orjson.dumps(body)), SERVICES[VIEW]))


def taken(body: Resource) -> Record:
    """The record of a call whose server may not be read."""
    call = call_asked(decode(orjson.dumps(body)), SERVICES[VIEW])
    return record_of(call, found(call), Reader(call, (), time.monotonic() + 1))


def refused(body: Resource, status: int = 422) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as refusal:
        taken(body)
    assert refusal.value.status == status
    return [(problem.expression, problem.message) for problem in refusal.value.problems]


def state(body: Resource, kind: str) -> tuple[State, int]:
    what = judged(body)[kind]
    return what.state, len(what.entries)


def test_every_template_is_a_read_or_a_search_of_one_type_by_equality() -> None:
    for kind, template in TEMPLATES.items():
        if kind == "Patient":
            assert template.template == "Patient/{{context.patientId}}"
        else:
            form = rf"{kind}\?patient={{{{context\.patientId}}}}(&status=[a-z,-]+)?&_count=\d+"
            assert re.fullmatch(form, template.template)


def test_every_type_of_which_findings_are_read_is_asked_for_and_no_other() -> None:
    assert {kind for kind, template in TEMPLATES.items() if template.finding} == READ
    assert set(TYPES) > READ


def test_what_is_needed_is_what_the_client_needs() -> None:
    assert NEEDED == reading.NEEDED


def test_a_call_with_all_of_it_has_no_gap(record: Resource) -> None:
    body = call_of(record)
    assert all(each.state is State.HAD for each in judged(body).values())
    made = taken(body)
    assert made.gaps == ()
    assert [e["resource"]["id"] for e in made.bundle["entry"]].count("escc") == 1


def test_an_empty_searchset_was_asked_for_and_nothing_is_there(record: Resource) -> None:
    body = prefetching(call_of(record), procedure=searchset())
    assert state(body, "Procedure") == (State.HAD, 0)
    assert taken(body).gaps == ()


def test_a_searchset_without_entries_was_asked_for_and_nothing_is_there(record: Resource) -> None:
    body = prefetching(call_of(record), procedure={"resourceType": "Bundle", "type": "searchset", "total": 0})
    assert state(body, "Procedure") == (State.HAD, 0)


def test_null_was_asked_for_and_nothing_is_there(record: Resource) -> None:
    body = prefetching(call_of(record), procedure=None, condition=None)
    assert state(body, "Procedure") == (State.HAD, 0)
    assert taken(body).gaps == ()


def test_null_in_place_of_the_patient_is_nobody(record: Resource) -> None:
    [(where, what)] = refused(prefetching(call_of(record), patient=None), 412)
    assert where == "prefetch.patient"
    assert "Send it in prefetch" in what


def test_a_key_that_is_missing_was_not_asked_for(record: Resource) -> None:
    body = without(call_of(record), "procedure")
    assert state(body, "Procedure") == (State.MISSING, 0)
    assert taken(body).gaps == ("Procedure",)


def test_an_outcome_in_place_of_a_bundle_is_an_error_and_not_nothing(record: Resource) -> None:
    body = prefetching(call_of(record), procedure=OUTCOME)
    assert state(body, "Procedure") == (State.FAILED, 0)
    assert taken(body).gaps == ("Procedure",)


def test_a_needed_type_that_failed_at_the_ehr_is_412(record: Resource) -> None:
    [(where, _)] = refused(prefetching(call_of(record), condition=OUTCOME), 412)
    assert where == "prefetch.condition"


@pytest.mark.parametrize(
    "more",
    [{"link": [{"relation": "next", "url": "https://ehr.example/next"}]}, {"total": 2}],
    ids=["a next page", "a higher total"],
)
def test_a_part_of_a_search_is_not_the_whole(record: Resource, more: Resource) -> None:
    body = prefetching(call_of(record), procedure=searchset(procedure("387713003"), **more))
    assert state(body, "Procedure") == (State.PART, 1)
    made = taken(body)
    assert made.gaps == ("Procedure",)
    assert any(e["resource"]["resourceType"] == "Procedure" for e in made.bundle["entry"])


NO_TUMOUR = bundle(observation("karnofsky", 70, name="karnofsky"))


@pytest.mark.parametrize("key", ["diagnosticReport", "questionnaireResponse", "observation", "condition"])
def test_a_search_that_failed_and_may_have_found_a_tumour_leaves_no_empty_list(key: str) -> None:
    part = searchset(link=[{"relation": "next", "url": "https://ehr.example/next"}])
    taken(call_of(NO_TUMOUR)).refuse_emptiness()
    for given in (part, OUTCOME) if key not in ("observation", "condition") else (part,):
        with pytest.raises(Rejected) as refusal:
            taken(prefetching(call_of(NO_TUMOUR), **{key: given})).refuse_emptiness()
        (problem,) = refusal.value.problems
        assert (refusal.value.status, problem.expression) == (412, f"prefetch.{key}")


@pytest.mark.parametrize("key", ["procedure", "medicationRequest", "riskAssessment", "serviceRequest"])
def test_a_search_that_cannot_name_a_tumour_may_fail(key: str) -> None:
    taken(prefetching(call_of(NO_TUMOUR), **{key: OUTCOME})).refuse_emptiness()


def test_a_search_that_the_ehr_does_not_know_was_not_asked() -> None:
    unknown = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-supported"}]}
    body = prefetching(call_of(NO_TUMOUR), diagnosticReport=unknown)
    assert state(body, "DiagnosticReport") == (State.MISSING, 0)
    taken(body).refuse_emptiness()
    assert taken(body).gaps == ("DiagnosticReport",)


def test_links_to_the_page_itself_and_before_are_no_next_page(record: Resource) -> None:
    links = [{"relation": name, "url": "https://ehr.example/page"} for name in ("self", "previous", "first", "last")]
    body = prefetching(call_of(record), procedure=searchset(link=links))
    assert state(body, "Procedure") == (State.HAD, 0)


@pytest.mark.parametrize(
    ("severity", "expected"), [("error", State.PART), ("fatal", State.PART), ("warning", State.HAD)]
)
def test_an_error_among_the_entries_makes_it_a_part(record: Resource, severity: str, expected: State) -> None:
    said = {**OUTCOME, "issue": [{"severity": severity, "code": "incomplete"}]}
    entries = searchset(procedure("387713003"), total=1)
    entries["entry"].append({"resource": said, "search": {"mode": "outcome"}})
    assert state(prefetching(call_of(record), procedure=entries), "Procedure") == (expected, 1)


def test_what_a_search_brought_along_is_passed_over(record: Resource) -> None:
    entries = searchset(procedure("387713003"))
    entries["entry"].append({"resource": {"resourceType": "Practitioner", "id": "7"}, "search": {"mode": "include"}})
    assert state(prefetching(call_of(record), procedure=entries), "Procedure") == (State.HAD, 1)


def test_medications_that_came_along_with_orders_are_kept(record: Resource) -> None:
    entries = searchset({"resourceType": "Medication", "id": "m1"}, total=0)
    assert state(prefetching(call_of(record), medicationRequest=entries), "MedicationRequest") == (State.HAD, 1)


def test_a_patient_in_a_searchset_is_the_patient(record: Resource) -> None:
    assert state(prefetching(call_of(record), patient=searchset(patient())), "Patient") == (State.HAD, 1)


@pytest.mark.parametrize("key", [template.key for template in TEMPLATES.values()])
@pytest.mark.parametrize(
    "value",
    ["text", 7, True, [], {}, {"resourceType": "Bundle"}, {"resourceType": 7}, {"resourceType": "Practitioner"}],
    ids=str,
)
def test_what_is_not_the_fhir_that_was_asked_for_is_422_at_its_key(record: Resource, key: str, value: Any) -> None:
    [(where, what)] = refused(prefetching(call_of(record), **{key: value}))
    assert where.startswith(f"prefetch.{key}")
    assert "Send" in what


@pytest.mark.parametrize(
    "entry", ["text", None, {}, {"resource": None}, {"resource": []}, {"resource": {"id": "x"}}], ids=str
)
def test_an_entry_without_a_resource_is_422_at_its_place(record: Resource, entry: Any) -> None:
    found_there = {**searchset(metastasis()), "entry": [*searchset(metastasis())["entry"], entry]}
    [(where, _)] = refused(prefetching(call_of(record), observation=found_there))
    assert where == "prefetch.observation.entry[1]"


def test_entries_that_are_no_list_are_422(record: Resource) -> None:
    body = prefetching(call_of(record), observation={**searchset(), "entry": {"resource": metastasis()}})
    assert refused(body)[0][0] == "prefetch.observation.entry"


def test_a_resource_of_another_type_is_422(record: Resource) -> None:
    body = prefetching(call_of(record), condition=searchset(condition("C79.51"), procedure("387713003")))
    [(where, what)] = refused(body)
    assert where == "prefetch.condition.entry[1].resource.resourceType"
    assert "Condition" in what


@pytest.mark.parametrize("reference", ["Patient/p2", "https://ehr.example/fhir/Patient/p2", "Patient/p2/_history/1"])
def test_a_resource_of_another_patient_is_422(record: Resource, reference: str) -> None:
    other = observation("karnofsky", 50, subject={"reference": reference})
    [(where, what)] = refused(prefetching(call_of(record), observation=searchset(metastasis(), other)))
    assert where == "prefetch.observation.entry[1].resource"
    assert "another patient" in what
    assert "p2" not in what


@pytest.mark.parametrize("key", ["questionnaireResponse", "carePlan", "serviceRequest", "riskAssessment"])
def test_another_patient_is_422_in_every_type(record: Resource, key: str) -> None:
    kind = next(kind for kind, template in TEMPLATES.items() if template.key == key)
    other = {"resourceType": kind, "id": "x", "subject": {"reference": "Patient/p2"}}
    assert refused(prefetching(call_of(record), **{key: searchset(other)}))[0][0] == f"prefetch.{key}.entry[0].resource"


@pytest.mark.parametrize("whose", [{"id": "p2"}, {"id": None}, {}], ids=str)
def test_a_patient_who_is_not_the_one_in_the_context_is_422(record: Resource, whose: Resource) -> None:
    body = prefetching(call_of(record), patient={"resourceType": "Patient", "gender": "female", **whose})
    assert refused(body)[0][0] == "prefetch.patient"


def test_a_member_that_is_there_twice_is_400(record: Resource) -> None:
    body = orjson.dumps(call_of(record)).replace(b'"type":"searchset"', b'"type":"searchset","type":"searchset"', 1)
    with pytest.raises(Rejected) as refusal:
        found(call_asked(decode(body), SERVICES[VIEW]))
    assert refusal.value.status == 400


def test_without_prefetch_every_needed_key_is_named(record: Resource) -> None:
    for prefetch in (None, {}):
        problems = refused({**call_of(record), "prefetch": prefetch}, 412)
        assert [where for where, _ in problems] == ["prefetch.patient", "prefetch.condition", "prefetch.observation"]


def test_keys_that_are_not_of_this_service_are_passed_over(record: Resource) -> None:
    body = prefetching(call_of(record), item1={"resourceType": "Encounter"}, Conditions=7)
    assert taken(body).gaps == ()


SITE = Policy(unsaid_radiotherapy="none", staging="said")


@pytest.mark.parametrize("key", ["procedure", "diagnosticReport", "questionnaireResponse"])
def test_silence_is_not_read_where_nobody_asked(record: Resource, key: str) -> None:
    cautious = taken(without(call_of(record), key)).cautious(SITE)
    assert (cautious.unsaid_radiotherapy, cautious.staging) == ("unknown", "unknown")


def test_silence_is_not_read_in_a_part_of_the_observations(record: Resource) -> None:
    body = prefetching(call_of(record), observation=searchset(metastasis(), total=9))
    assert taken(body).cautious(DEFAULT).unsaid_radiotherapy == "unknown"


@pytest.mark.parametrize("key", ["medicationStatement", "carePlan", "serviceRequest"])
def test_silence_is_read_as_the_site_says_where_what_is_missing_could_not_break_it(record: Resource, key: str) -> None:
    assert taken(without(call_of(record), key)).cautious(SITE) == SITE
    assert taken(prefetching(call_of(record), procedure=None)).cautious(SITE) == SITE
