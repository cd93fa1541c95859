"""What was not prefetched is read from the caller's FHIR server: an allowed one alone, and only while there is time."""

from __future__ import annotations

import json
import time
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug import Response

from service.cds_hooks import fetching
from service.cds_hooks.asked import call_asked
from service.cds_hooks.fetching import Reader, Reads
from service.cds_hooks.prefetch import TEMPLATES, found
from service.cds_hooks.record import Record, record_of
from service.cds_hooks.services import SERVICES
from service.fhir_mapping.inbound.decode import decode
from service.problems import Rejected
from tests.api.test_never_fails import WEIRD
from tests.support.calls import VIEW, call_of, prefetching, searchset, without
from tests.support.fhir_server import Fault, Store
from tests.support.records import Resource, metastasis, observation

TOKEN = "a-token-of-the-call"
ALL = tuple(template.key for template in TEMPLATES.values())


def asking(body: Resource, server: str, **authorization: Any) -> Resource:
    """A call with access to a FHIR server."""
    granted = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "subject": "cds", **authorization}
    return {**body, "fhirServer": server, "fhirAuthorization": granted}


def reading(body: Resource, *allowed: str, seconds: float = 5) -> Record:
    """The record of a call, as it is put together within so many seconds."""
    call = call_asked(decode(orjson.dumps(body)), SERVICES[VIEW])
    return record_of(call, found(call), Reader(call, allowed, time.monotonic() + seconds))


def refused(body: Resource, *allowed: str, seconds: float = 5) -> Rejected:
    with pytest.raises(Rejected) as refusal:
        reading(body, *allowed, seconds=seconds)
    assert refusal.value.status == 412
    return refusal.value


def ids(record: Record) -> list[str]:
    return sorted(entry["resource"]["id"] for entry in record.bundle["entry"])


def names(record: Resource) -> list[str]:
    return sorted(entry["resource"]["id"] for entry in record["entry"])


def test_a_call_without_prefetch_is_read_whole(store: Store, record: Resource) -> None:
    store.load(record)
    made = reading(asking({**call_of(record), "prefetch": None}, store.base), store.base)
    assert ids(made) == names(record)
    assert made.gaps == ()


def test_only_what_is_missing_is_read(store: Store, record: Resource) -> None:
    store.load(record)
    made = reading(asking(without(call_of(record), "procedure", "carePlan"), store.base), store.base)
    assert ids(made) == names(record)
    assert {path.split("?")[0] for path in store.paths()} == {"GET Procedure", "GET CarePlan"}


def test_a_call_with_all_prefetched_never_touches_the_network(store: Store, record: Resource) -> None:
    reading(asking(call_of(record), store.base), store.base)
    assert store.calls == []


def test_the_token_goes_along_and_nothing_else_of_the_call(store: Store, record: Resource) -> None:
    store.load(record)
    store.token_needed = lambda token: token == TOKEN
    reading(asking(without(call_of(record), "procedure"), store.base), store.base)
    headers = store.calls[0][2]
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Practitioner" not in str(headers)
    assert "Cookie" not in headers


def test_a_server_that_is_not_listed_is_never_called(store: Store, record: Resource) -> None:
    refusal = refused(asking(without(call_of(record), "condition"), store.base), "https://ehr.example/fhir")
    assert store.calls == []
    [problem] = refusal.problems
    assert problem.expression == "prefetch.condition"
    assert "SPINEMETS_FHIR_SERVERS" in problem.message
    assert TOKEN not in str(refusal)


def test_no_server_is_called_where_none_is_listed(store: Store, record: Resource) -> None:
    refused(asking(without(call_of(record), "condition"), store.base))
    assert store.calls == []


def test_another_path_of_a_listed_host_is_another_server(store: Store, record: Resource) -> None:
    for path in ("/other", "/../fhir", "//fhir", "/fhir2", "/fhir?x=1", "/fhir#x"):
        refused(asking(without(call_of(record), "condition"), store.base.replace("/fhir", path)), store.base)
    assert store.calls == []


def test_an_address_may_be_written_in_other_ways(store: Store, record: Resource) -> None:
    store.load(record)
    for form in (f"{store.base}/", store.base.replace("http", "HTTP")):
        assert reading(asking(without(call_of(record), "procedure"), form), store.base).gaps == ()


def test_a_listed_server_without_a_token_is_not_called(store: Store, record: Resource) -> None:
    refusal = refused({**without(call_of(record), "condition"), "fhirServer": store.base}, store.base)
    assert "fhirAuthorization" in refusal.problems[0].message
    assert store.calls == []


def test_a_token_that_has_run_out_is_not_sent(store: Store, record: Resource) -> None:
    refused(asking(without(call_of(record), "condition"), store.base, expires_in=0), store.base)
    assert store.calls == []


def test_a_token_with_a_line_break_is_not_sent(store: Store, record: Resource) -> None:
    body = asking(without(call_of(record), "condition"), store.base, access_token="a\r\nX-Injected: 1")
    assert "access token" in refused(body, store.base).problems[0].message
    assert store.calls == []


def test_a_type_that_the_scope_does_not_cover_is_not_asked_for(store: Store, record: Resource) -> None:
    store.load(record)
    body = without(call_of(record), "procedure", "diagnosticReport")
    made = reading(asking(body, store.base, scope="patient/Procedure.rs"), store.base)
    assert made.gaps == ("DiagnosticReport",)
    assert {path.split("?")[0] for path in store.paths()} == {"GET Procedure"}


@pytest.mark.parametrize("scope", ["patient/*.read", "user/*.*", "system/*.rs", ""])
def test_scopes_of_either_version_are_understood(store: Store, record: Resource, scope: str) -> None:
    store.load(record)
    body = asking(without(call_of(record), "procedure"), store.base, scope=scope)
    assert reading(body, store.base).gaps == ()


def test_pages_are_followed_to_the_last(store: Store, record: Resource) -> None:
    record["entry"] += [{"resource": observation("karnofsky", 60, name=f"k{n}")} for n in range(7)]
    store.load(record)
    store.page_size = 2
    made = reading(asking(without(call_of(record), "observation"), store.base), store.base)
    assert ids(made) == names(record)


def test_a_page_that_was_prefetched_is_read_anew_to_the_end(store: Store, record: Resource) -> None:
    store.load(record)
    link = {"relation": "next", "url": "https://elsewhere.example/next"}
    part = searchset(metastasis(), link=[link])
    made = reading(asking(prefetching(call_of(record), observation=part), store.base), store.base)
    assert ids(made) == names(record)
    assert made.gaps == ()
    assert [path.split("?")[0] for path in store.paths()] == ["GET Observation"]


def test_a_page_of_a_needed_type_stays_where_the_rest_cannot_be_read(record: Resource) -> None:
    part = searchset(metastasis(), total=400)
    made = reading(prefetching(call_of(record), observation=part))
    assert made.gaps == ("Observation",)
    assert "metastasis-T6" in ids(made)


@pytest.mark.parametrize(("status", "mend"), [(403, "right to read"), (404, "Check the address"), (503, "Try again")])
def test_a_needed_type_that_the_server_refuses_is_412_with_the_reason(
    store: Store, record: Resource, status: int, mend: str
) -> None:
    store.load(record)
    store.refuses["Condition"] = status
    refusal = refused(asking(without(call_of(record), "condition"), store.base), store.base)
    [problem] = refusal.problems
    assert mend in problem.message
    assert str(status) in problem.message
    assert "Jane Doe" not in str(refusal)
    assert TOKEN not in str(refusal)


def test_another_type_that_the_server_refuses_is_a_gap(store: Store, record: Resource) -> None:
    store.load(record)
    store.refuses["Procedure"] = 403
    made = reading(asking(without(call_of(record), "procedure"), store.base), store.base)
    assert made.gaps == ("Procedure",)


def test_a_connection_that_breaks_once_is_tried_again(store: Store, record: Resource) -> None:
    store.load(record)
    store.faults.append(Fault("GET Condition"))
    assert reading(asking(without(call_of(record), "condition"), store.base), store.base).gaps == ()


def slow(seconds: float) -> Any:
    def wait(request: Any) -> Response:
        time.sleep(seconds)
        return Response(orjson.dumps(searchset()), content_type="application/fhir+json")

    return wait


def test_a_needed_type_that_takes_too_long_is_412_in_time(store: Store, record: Resource) -> None:
    store.other_paths["Condition"] = slow(1)
    begun = time.monotonic()
    refusal = refused(asking(without(call_of(record), "condition"), store.base), store.base, seconds=0.2)
    assert time.monotonic() - begun < 0.6
    assert "SPINEMETS_CDS_BUDGET_MS" in refusal.problems[0].message


def test_another_type_that_takes_too_long_is_a_gap(store: Store, record: Resource) -> None:
    store.other_paths["Procedure"] = slow(1)
    made = reading(asking(without(call_of(record), "procedure"), store.base), store.base, seconds=0.2)
    assert made.gaps == ("Procedure",)


def test_an_answer_that_trickles_in_is_a_gap_in_time(store: Store, record: Resource) -> None:
    def trickle() -> Any:
        for _ in range(200):
            time.sleep(0.01)
            yield b" " * 100

    store.other_paths["Procedure"] = lambda request: Response(trickle(), content_type="application/fhir+json")
    begun = time.monotonic()
    made = reading(asking(without(call_of(record), "procedure"), store.base), store.base, seconds=0.2)
    assert time.monotonic() - begun < 0.6
    assert made.gaps == ("Procedure",)


def test_there_is_no_call_when_the_time_is_over(store: Store, record: Resource) -> None:
    refused(asking(without(call_of(record), "condition"), store.base), store.base, seconds=-1)
    assert store.calls == []


def test_a_redirect_is_not_followed(store: Store, record: Resource) -> None:
    store.load(record)
    where = f"{store.base}/Condition?patient=p1&other=1"
    store.faults.append(Fault("GET Condition", status=302, headers={"Location": where}))
    refused(asking(without(call_of(record), "condition"), store.base), store.base)
    assert len(store.calls) == 1


def test_a_cookie_is_not_kept_for_the_next_call(store: Store, record: Resource) -> None:
    store.load(record)
    body = orjson.dumps(searchset())
    headers = {"Set-Cookie": "session=of-one-user", "Content-Type": "application/fhir+json"}
    store.faults.append(Fault("GET Procedure", status=200, headers=headers, body=body))
    for _ in range(2):
        reading(asking(without(call_of(record), "procedure"), store.base), store.base)
    assert len(store.calls) == 2
    assert not any("Cookie" in sent for _, _, sent in store.calls)


def test_the_record_of_another_patient_is_not_taken(store: Store, record: Resource) -> None:
    store.load(record)
    store.extra["Condition"] = [{"resourceType": "Condition", "id": "x", "subject": {"reference": "Patient/p2"}}]
    refused(asking(without(call_of(record), "condition"), store.base), store.base)


def test_an_error_among_the_entries_is_no_whole_answer(store: Store, record: Resource) -> None:
    store.load(record)
    issue = {"severity": "error", "code": "exception", "diagnostics": "about Jane Doe"}
    store.extra["Procedure"] = [{"resourceType": "OperationOutcome", "issue": [issue]}]
    made = reading(asking(without(call_of(record), "procedure"), store.base), store.base)
    assert made.gaps == ("Procedure",)


HOSTILE = st.one_of(
    WEIRD,
    st.fixed_dictionaries(
        {"resourceType": st.sampled_from(["Bundle", "Condition", "OperationOutcome", "Binary"])},
        optional={
            "type": st.just("searchset"),
            "total": WEIRD,
            "entry": st.one_of(WEIRD, st.lists(st.one_of(WEIRD, st.fixed_dictionaries({"resource": WEIRD})))),
            "link": st.one_of(WEIRD, st.lists(st.fixed_dictionaries({"relation": st.just("next"), "url": WEIRD}))),
            "issue": WEIRD,
        },
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(answer=HOSTILE, status=st.sampled_from([200, 200, 200, 201, 304, 404, 500]))
def test_whatever_the_server_answers_the_record_is_whole_or_refused(
    store: Store, record: Resource, answer: Any, status: int
) -> None:
    body = json.dumps(answer).encode()
    store.other_paths["Condition"] = lambda request: Response(body, status, content_type="application/fhir+json")
    asked = asking(without(call_of(record), "condition"), store.base)
    try:
        gaps = reading(asked, store.base).gaps
    except Rejected as refusal:
        gaps = tuple(f"{refusal.status} {problem.expression}" for problem in refusal.problems)
    assert gaps in ((), ("412 prefetch.condition",))


@pytest.mark.parametrize(
    "entry", [7, {}, {"resource": {"resourceType": "Binary"}}, {"resource": {"id": "x"}}, {"resource": None}], ids=str
)
def test_entries_that_are_no_match_are_no_empty_search(store: Store, record: Resource, entry: Any) -> None:
    body = orjson.dumps({**searchset(), "entry": [entry]})
    store.other_paths["Condition"] = lambda request: Response(body, content_type="application/fhir+json")
    refused(asking(without(call_of(record), "condition"), store.base), store.base)


def test_a_search_is_narrowed_as_its_template_is(store: Store, record: Resource) -> None:
    store.load(record)
    reading(asking(without(call_of(record), "carePlan"), store.base), store.base)
    assert "status=active" in store.paths("GET CarePlan")[0]


def test_an_ehr_that_failed_is_asked_again_only_for_what_is_needed(store: Store, record: Resource) -> None:
    store.load(record)
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    body = prefetching(call_of(record), condition=failed, procedure=failed)
    made = reading(asking(body, store.base), store.base)
    assert made.gaps == ("Procedure",)
    assert [path.split("?")[0] for path in store.paths()] == ["GET Condition"]


def order_by_reference(name: str) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": f"order-{name}",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "medicationReference": {"reference": f"Medication/{name}"},
    }


def test_medications_that_orders_refer_to_are_read(store: Store, record: Resource) -> None:
    store.put({"resourceType": "Medication", "id": "m1", "code": {"text": "carboplatin"}})
    body = prefetching(call_of(record), medicationRequest=searchset(order_by_reference("m1")))
    made = reading(asking(body, store.base), store.base)
    assert "m1" in ids(made)
    assert made.gaps == ()
    assert store.paths() == ["GET Medication/m1"]


def test_medications_that_cannot_be_read_are_a_gap(store: Store, record: Resource) -> None:
    body = prefetching(call_of(record), medicationRequest=searchset(order_by_reference("m1")))
    assert reading(asking(body, store.base), store.base).gaps == ("Medication",)
    assert reading(body).gaps == ("Medication",)


def test_there_is_an_end_to_what_is_read(store: Store, record: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    store.load(record)
    small = fetching.replace(fetching.LIMITS, record_bytes=10)
    monkeypatch.setattr(fetching, "LIMITS", small)
    made = reading(asking(without(call_of(record), "procedure"), store.base), store.base)
    assert made.gaps == ("Procedure",)


def test_a_mend_without_a_reason_asks_for_access() -> None:
    assert "fhirServer" in Reads().mend("Condition")
