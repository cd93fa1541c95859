"""Writing back: the server comes to hold the answer, once, and nothing of an earlier one that no longer holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from service.assess import assess
from service.client import ExchangeFailed, Server, Written, read_patient, write
from service.client.capability import Offer
from service.client.writing import _once
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.kept import KINDS, RESULTS, stored
from service.fhir_mapping.outbound.writing import Once, change
from tests.support.answers import code, references, site
from tests.support.fhir_server import Fault, Store
from tests.support.records import AS_OF, Resource, metastasis, observation
from tests.support.results import risk

ROUND = Callable[..., Written]


def answered(server: Server, as_of: str = AS_OF) -> Resource:
    """The answer to the record as it is on the server."""
    return answer(assess(read_patient(server, "p1").bundle, when(as_of)), "transaction")


def round_trip(server: Server, as_of: str = AS_OF) -> Written:
    return write(server, "p1", answered(server, as_of))


def numbers(written: Written) -> dict[str, int]:
    return {name: value for name, value in written.__dict__.items() if name not in ("notes", "plans") and value}


def ours(store: Store, kind: str, **members: Any) -> list[Resource]:
    """What was written, of a type, with members of a value."""
    found = [r for r in store.of(kind) if any(i["system"] == RESULTS for i in r.get("identifier", ()))]
    return [r for r in found if all(r.get(name) == value for name, value in members.items())]


def versions(store: Store) -> dict[tuple[str, str], str]:
    return {name: r["meta"]["versionId"] for name, r in store.held.items()}


def refute(store: Store) -> None:
    """Takes the tumour of the spine out of the record, as a hospital does."""
    store.put({**store.held["Observation", "metastasis-T6"], "status": "entered-in-error"})


def test_the_first_time_everything_is_created_in_one_transaction(store: Store, client: Any) -> None:
    server = client()
    made = answered(server)
    assert numbers(write(server, "p1", made)) == {"created": len(made["entry"]) - 1}
    assert len(store.paths("POST ")) == 1
    assert {kind: len(ours(store, kind)) for kind in KINDS} == {
        kind: sum(e["resource"]["resourceType"] == kind for e in made["entry"]) for kind in KINDS
    }
    assert len(store.of("Provenance")) == 1


def test_twice_is_once(store: Store, client: Any) -> None:
    round_trip(client())
    before = versions(store)
    written = round_trip(client())
    assert numbers(written) == {"unchanged": len(before) - len(store.of("Patient")) - 4 - 1}
    assert versions(store) == before
    assert len(store.paths("POST ")) == 1


def test_results_that_were_written_do_not_change_the_next_answer(store: Store, client: Any) -> None:
    store.put(risk("sorg-ml"))
    server = client()
    first = answered(server)
    write(server, "p1", first)
    assert answered(server) == first
    record = read_patient(server, "p1")
    assert record.own == len(ours(store, "Observation")) + len(ours(store, "RiskAssessment"))


def test_every_reference_leads_to_a_resource_of_the_server(store: Store, client: Any) -> None:
    store.put(risk("sorg-ml"))
    round_trip(client())
    there = {f"{kind}/{name}" for kind, name in store.held}
    for kind in (*KINDS, "Device", "Provenance"):
        for resource in store.of(kind):
            named = {name for name in references(resource) if not name.startswith("#")}
            assert named <= there, (kind, named - there)
    assert {r["subject"]["reference"] for kind in KINDS for r in ours(store, kind)} == {"Patient/p1"}


def test_a_changed_record_updates_what_it_changes_and_nothing_else(store: Store, client: Any) -> None:
    round_trip(client())
    before, counts = versions(store), store.counts()
    sins = next(r for r in ours(store, "Observation") if code(r["code"], "score") == "sins")
    store.put(observation("sins-pain", "mechanical", "T6", name="pain"))
    written = round_trip(client())
    after = versions(store)
    assert store.held["Observation", sins["id"]]["valueRange"] != sins["valueRange"]
    assert written.updated == sum(after[name] != before[name] for name in before) - written.withdrawn
    assert {
        kind: number - store.counts()[kind] for kind, number in counts.items() if number != store.counts()[kind]
    } == {
        "Observation": -1,
        "ServiceRequest": -written.created,
        "Provenance": -1,
    }
    tomita = next(r for r in ours(store, "Observation") if code(r["code"], "score") == "tomita")
    assert tomita["meta"]["versionId"] == "1"


def test_a_result_is_there_once_for_each_lesion(store: Store, client: Any) -> None:
    round_trip(client())
    store.put(metastasis("L2"))
    round_trip(client())
    sins = [r for r in ours(store, "Observation", status="preliminary") if code(r["code"], "score") == "sins"]
    assert sorted(map(site, sins)) == ["L2", "T6"]


def test_what_no_longer_follows_is_withdrawn_and_says_so(store: Store, client: Any) -> None:
    round_trip(client())
    held = {kind: len(ours(store, kind)) for kind in KINDS}
    refute(store)
    written = round_trip(client())
    assert written.withdrawn == sum(held.values()) - 1
    assert not ours(store, "CarePlan", status="draft")
    assert len(ours(store, "CarePlan", status="revoked")) == held["CarePlan"]
    assert len(ours(store, "ServiceRequest", status="revoked")) == held["ServiceRequest"]
    assert len(ours(store, "Observation", status="entered-in-error")) == held["Observation"]
    assert len(ours(store, "RiskAssessment", status="entered-in-error")) == held["RiskAssessment"]
    assert len(ours(store, "Goal", lifecycleStatus="cancelled")) == held["Goal"]
    assert ours(store, "GuidanceResponse")[0]["status"] == "data-required"
    assert "withdrawn" in ours(store, "CarePlan")[0]["text"]["div"]
    assert numbers(round_trip(client())) == {"unchanged": 2}


def test_what_was_withdrawn_is_used_again_when_it_holds_again(store: Store, client: Any) -> None:
    round_trip(client())
    counts = store.counts()
    refute(store)
    round_trip(client())
    store.put({**store.held["Observation", "metastasis-T6"], "status": "final"})
    written = round_trip(client())
    assert (written.created, written.withdrawn) == (0, 0)
    assert not ours(store, "Observation", status="entered-in-error")
    assert {**store.counts(), "Provenance": 1} == counts


def test_what_a_result_rested_on_may_have_been_deleted(store: Store, client: Any) -> None:
    round_trip(client())
    for name in ("metastasis-T6", "primary", "ecog"):
        del store.held["Observation", name]
    assert round_trip(client()).withdrawn > 10
    assert not ours(store, "CarePlan", status="draft")


def test_each_writing_has_a_provenance_and_no_writing_has_none(store: Store, client: Any) -> None:
    for _ in range(2):
        round_trip(client())
    refute(store)
    for _ in range(2):
        round_trip(client())
    assert len(store.of("Provenance")) == 2
    last = max(store.of("Provenance"), key=lambda r: r["meta"]["lastUpdated"])
    withdrawn = {f"Observation/{r['id']}" for r in ours(store, "Observation", status="entered-in-error")}
    assert withdrawn <= {target["reference"] for target in last["target"]}


def test_without_ids_of_the_client_the_server_names_the_provenance(store: Store, client: Any) -> None:
    def no_ids(statement: Resource) -> Resource:
        for listed in statement["rest"][0]["resource"]:
            listed["updateCreate"] = False
        return statement

    store.statement = no_ids
    round_trip(client())
    assert [r["id"].startswith("provenance-") for r in store.of("Provenance")] == [True]


def test_the_same_state_and_answer_give_the_same_transaction(store: Store, client: Any) -> None:
    made = answered(client())
    for once in Once:
        first, second = (change(made, "p1", (), store.base, once=once).bundle for _ in range(2))
        assert orjson.dumps(first) == orjson.dumps(second)


def test_where_the_server_names_a_provenance_it_is_known_again_by_a_tag(store: Store, client: Any) -> None:
    made = answered(client())

    def provenance(answer: Resource) -> tuple[Any, Any]:
        entry = change(answer, "p1", (), store.base, once=Once.BY_TAG).entries[-1]
        assert entry["resource"]["resourceType"] == "Provenance"
        assert "id" not in entry["resource"]
        return entry["resource"]["meta"]["tag"], entry["request"]

    ((tag,), request) = provenance(made)
    assert tag["system"] == RESULTS
    assert request == {"method": "PUT", "url": f"Provenance?_tag={RESULTS}|{tag['code']}"}
    other = orjson.loads(orjson.dumps(made).replace(b'"recorded":"2026', b'"recorded":"2027'))
    assert provenance(made) == ([tag], request)
    assert orjson.dumps(change(other, "p1", (), store.base, once=Once.BY_TAG).entries[-1]) != orjson.dumps(
        change(made, "p1", (), store.base, once=Once.BY_TAG).entries[-1]
    )
    # What is written over another state has a Provenance of its own.
    held = stored([{**one["resource"], "id": "1"} for one in change(made, "p1", (), store.base).entries[:1]])
    over_it = change(made, "p1", held, store.base, once=Once.BY_TAG).entries[-1]
    assert over_it["request"] != request


@pytest.mark.parametrize(
    ("offer", "once"),
    [
        (Offer(update_create=True), Once.BY_ID),
        (Offer(conditional_update=True, parameters=frozenset(("_tag", "target"))), Once.BY_TAG),
        (Offer(conditional_update=True, parameters=frozenset(("target",))), Once.NO),
        (Offer(parameters=frozenset(("_tag",))), Once.NO),
        (Offer(), Once.NO),
    ],
)
def test_what_the_server_offers_says_by_what_it_knows_a_provenance_again(offer: Offer, once: Once) -> None:
    assert _once(offer) is once


def test_another_patient_has_results_of_their_own(store: Store, client: Any) -> None:
    server = client()
    round_trip(server)
    before = versions(store)
    store.put({"resourceType": "Patient", "id": "p2"})
    for resource in list(store.held.values()):
        if resource["resourceType"] in ("Observation", "Condition") and not any(
            i["system"] == RESULTS for i in resource.get("identifier", ())
        ):
            store.put({**resource, "id": f"{resource['id']}-2", "subject": {"reference": "Patient/p2"}})
    made = answer(assess(read_patient(server, "p2").bundle, when(AS_OF)), "transaction")
    written = write(server, "p2", made)
    assert (written.created, written.unchanged) == (len(made["entry"]) - 2, 1)  # the Device is the same
    assert {name: version for name, version in versions(store).items() if name in before} == before


def test_an_answer_about_another_patient_is_not_written(client: Any) -> None:
    server = client()
    with pytest.raises(ExchangeFailed, match="another patient"):
        write(server, "p2", answered(server))


# What people have made of a proposal


def accept(store: Store, kind: str, status: str) -> Resource:
    return store.put({**ours(store, kind)[0], "status": status})


@pytest.mark.parametrize("kind", ["CarePlan", "ServiceRequest"])
def test_a_proposal_that_somebody_took_over_is_not_overwritten(store: Store, client: Any, kind: str) -> None:
    round_trip(client())
    taken = accept(store, kind, "active")
    refute(store)
    written = round_trip(client())
    assert written.kept == 1
    assert written.notes == ("proposals that somebody has taken over, and that are left as they are: 1",)
    assert store.held[kind, taken["id"]] == taken


def test_beside_a_plan_that_somebody_took_over_stands_the_new_one(store: Store, client: Any) -> None:
    round_trip(client())
    taken = accept(store, "CarePlan", "active")
    store.put(observation("sins-pain", "mechanical", "T6", name="pain"))
    round_trip(client())
    assert store.held["CarePlan", taken["id"]] == taken
    assert len(ours(store, "CarePlan", status="draft")) == 1
    before = versions(store)
    round_trip(client())
    assert versions(store) == before


def test_a_proposal_that_somebody_refused_is_not_made_again_while_nothing_has_changed(
    store: Store, client: Any
) -> None:
    round_trip(client())
    refused = accept(store, "ServiceRequest", "revoked")
    assert numbers(round_trip(client())).keys() == {"unchanged"}
    assert store.held["ServiceRequest", refused["id"]] == refused


def test_labels_and_identifiers_of_the_hospital_stay(store: Store, client: Any) -> None:
    round_trip(client())
    plan = ours(store, "CarePlan")[0]
    own = {"system": "urn:hospital", "value": "7"}
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    store.put({**plan, "identifier": [*plan["identifier"], own], "meta": {**plan["meta"], "security": [label]}})
    store.put(observation("sins-pain", "mechanical", "T6", name="pain"))
    round_trip(client())
    (plan,) = ours(store, "CarePlan")
    assert own in plan["identifier"]
    assert plan["meta"]["security"] == [label]


# Failure


def test_a_server_without_transactions_is_refused_before_anything_is_sent(store: Store, client: Any) -> None:
    store.statement = lambda made: {**made, "rest": [{**made["rest"][0], "interaction": [{"code": "batch"}]}]}
    with pytest.raises(ExchangeFailed, match="takes no transactions"):
        round_trip(client())
    assert not store.paths("POST ")


def test_a_server_that_does_not_store_a_type_is_refused_before_anything_is_sent(store: Store, client: Any) -> None:
    def changed(statement: Resource) -> Resource:
        rest = statement["rest"][0]
        listed = [r for r in rest["resource"] if r["type"] not in ("GuidanceResponse", "Goal")]
        return {**statement, "rest": [{**rest, "resource": listed}]}

    store.statement = changed
    with pytest.raises(ExchangeFailed, match="does not store Goal, GuidanceResponse"):
        round_trip(client())
    assert not store.paths("POST ")


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("status", [0, 500, 502, 503])
def test_whatever_became_of_a_transaction_the_answer_is_there_once(
    store: Store, client: Any, status: int, after: bool
) -> None:
    server = client()
    made = answered(server)
    store.faults.append(Fault("POST", status, after=after))
    written = write(server, "p1", made)
    assert numbers(written) == {"created": len(made["entry"]) - 1}
    assert {kind: len(ours(store, kind)) for kind in KINDS} == {
        kind: sum(e["resource"]["resourceType"] == kind for e in made["entry"]) for kind in KINDS
    }
    assert len(store.of("Provenance")) == 1


def test_a_server_that_never_writes_is_an_error_and_holds_nothing(store: Store, client: Any) -> None:
    before = versions(store)
    server = client()
    store.faults.append(Fault("POST", 503, times=99))
    with pytest.raises(ExchangeFailed, match="HTTP 503"):
        round_trip(server)
    assert versions(store) == before
    assert len(store.paths("POST ")) == server.limits.tries


@pytest.mark.parametrize("status", [400, 403, 413, 422])
def test_a_refused_transaction_is_an_error_without_the_words_of_the_server(
    store: Store, client: Any, status: int
) -> None:
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "invariant", "diagnostics": "Jane Doe p1"}],
    }
    store.faults.append(Fault("POST", status, body=orjson.dumps(outcome)))
    with pytest.raises(ExchangeFailed, match=rf"Nothing was written.*HTTP {status}, error invariant") as failed:
        round_trip(client())
    assert "Jane" not in str(failed.value)
    assert len(store.paths("POST ")) == 1


def test_a_change_by_somebody_else_meanwhile_is_not_overwritten(store: Store, client: Any) -> None:
    round_trip(client())
    store.put(observation("sins-pain", "mechanical", "T6", name="pain"))
    server = client()
    made = answered(server)
    plan = ours(store, "CarePlan")[0]
    transact = server.transact
    calls: list[Any] = []

    def meanwhile(bundle: Any) -> Any:
        if not calls:
            store.put({**plan, "status": "active"})
        calls.append(bundle)
        return transact(bundle)

    server.transact = meanwhile  # type: ignore[method-assign]
    write(server, "p1", made)
    assert len(calls) == 2
    assert store.held["CarePlan", plan["id"]]["status"] == "active"
    assert len(ours(store, "CarePlan", status="draft")) == 1


def test_two_who_write_at_the_same_time_make_one_answer(store: Store, client: Any) -> None:
    one, other = client(), client()
    made = answered(one)
    transact = one.transact

    def meanwhile(bundle: Any) -> Any:
        write(other, "p1", made)
        return transact(bundle)

    one.transact = meanwhile  # type: ignore[method-assign]
    write(one, "p1", made)
    assert {kind: len(ours(store, kind)) for kind in KINDS} == {
        kind: sum(e["resource"]["resourceType"] == kind for e in made["entry"]) for kind in KINDS
    }
    assert len(store.of("Provenance")) == 1


@pytest.mark.parametrize("turn", range(len(KINDS) + 1))
def test_what_another_writes_while_what_is_there_is_read_is_not_written_again(
    store: Store, client: Any, turn: int
) -> None:
    one, other = client(), client()
    made = answered(one)
    get, asked = one.get, 0

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        nonlocal asked
        if asked == turn:
            asked += 1
            write(other, "p1", made)
            return get(*arguments, **named)
        asked += 1
        return get(*arguments, **named)

    one.get = meanwhile  # type: ignore[method-assign]
    write(one, "p1", made)
    assert {kind: len(ours(store, kind)) for kind in KINDS} == {
        kind: sum(e["resource"]["resourceType"] == kind for e in made["entry"]) for kind in KINDS
    }
    assert len(store.of("Provenance")) == 1


def test_a_server_that_cannot_search_for_a_system_alone_is_searched_through(store: Store, client: Any) -> None:
    store.knows_system_alone = False
    round_trip(client())
    before = versions(store)
    store.put(observation("ecog", 3, name="ecog"))
    round_trip(client(page_size=5))
    refute(store)
    round_trip(client())
    assert not ours(store, "CarePlan", status="draft")
    assert len(store.of("CarePlan")) == 1
    assert before.keys() <= versions(store).keys()


@pytest.mark.parametrize(
    "response",
    [
        {"resourceType": "Bundle", "type": "batch-response", "entry": []},
        {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "201"}}]},
        {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "422"}}] * 38},
        {"resourceType": "Bundle", "type": "transaction-response", "entry": [7]},
        {"resourceType": "OperationOutcome", "issue": []},
        ["html"],
    ],
)
def test_an_answer_that_is_not_about_the_whole_transaction_is_an_error(
    store: Store, client: Any, response: Any
) -> None:
    store.faults.append(Fault("POST", 200, body=orjson.dumps(response)))
    with pytest.raises(ExchangeFailed, match="not all or nothing"):
        round_trip(client())


def test_a_server_that_says_it_wrote_and_did_not_is_an_error(store: Store, client: Any) -> None:
    server = client()
    store.faults.append(Fault("POST", 200, times=99))
    with pytest.raises(ExchangeFailed, match="does not give back what was written"):
        round_trip(server)


def test_a_server_that_finds_late_what_it_has_stored_is_waited_for(store: Store, client: Any) -> None:
    server = client()
    made = answered(server)
    transact = server.transact
    nothing = orjson.dumps({"resourceType": "Bundle", "type": "searchset"})

    def hidden(bundle: Any) -> Any:
        response = transact(bundle)
        store.faults.append(Fault(r"GET \w+\?(patient|identifier)=", 200, body=nothing, times=2 * (len(KINDS) + 1)))
        return response

    server.transact = hidden  # type: ignore[method-assign]
    assert write(server, "p1", made).created == len(made["entry"]) - 1
    assert len(store.paths("POST ")) == 1


def test_results_that_are_there_twice_become_one(store: Store, client: Any) -> None:
    round_trip(client())
    plan = ours(store, "CarePlan")[0]
    store.put({**plan, "id": "copy"})
    assert numbers(round_trip(client()))["withdrawn"] == 1
    assert len(ours(store, "CarePlan", status="draft")) == 1


def test_an_answer_that_names_no_patient_is_not_written(client: Any) -> None:
    server = client()
    made = answered(server)
    for entry in made["entry"]:
        if "subject" in entry["resource"]:
            entry["resource"]["subject"] = {"display": "somebody"}
    with pytest.raises(ExchangeFailed, match="another patient"):
        write(server, "p1", made)


def test_a_result_that_was_made_too_deep_to_send_is_an_error(store: Store, client: Any) -> None:
    round_trip(client())
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    plan = ours(store, "CarePlan")[0]
    read = type(client()).read
    server = client()

    def deepened(url: str, what: str) -> Any:
        page = read(server, url, what)
        for entry in page.get("entry", ()):
            if entry["resource"]["resourceType"] == "CarePlan":
                entry["resource"]["extension"] = deep
        return page

    refute(store)
    made = answered(server)
    server.read = deepened  # type: ignore[method-assign]
    with pytest.raises(ExchangeFailed, match="nested"):
        write(server, "p1", made)
    assert store.held["CarePlan", plan["id"]]["status"] == "draft"


def test_a_server_that_does_not_create_conditionally_is_named(store: Store, client: Any) -> None:
    def never(statement: Resource) -> Resource:
        for listed in statement["rest"][0]["resource"]:
            listed["conditionalCreate"] = False
        return statement

    store.statement = never
    assert "one caller" in round_trip(client()).notes[0]
