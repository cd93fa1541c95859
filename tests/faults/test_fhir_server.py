"""A FHIR server that fails in some way: it is waited for within bounds, and a record is read whole or not at all."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from email.utils import formatdate
from typing import Any

import orjson
import pytest
import requests
from joserfc.jwk import ECKey
from werkzeug import Request, Response

from service.cds_hooks.asked import call_asked
from service.cds_hooks.fetching import Reader
from service.cds_hooks.services import SERVICES
from service.client import BackendService, ExchangeFailed, Limits, connect, read_patient, write
from service.client.auth import read_key
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.outbound import answer
from service.pipeline import Question, Site, answered
from tests.support.calls import VIEW, call_of
from tests.support.fhir_server import Fault, Store
from tests.support.records import AS_OF, bundle, metastasis, observation, primary
from tests.support.unruly import (
    Mischief,
    Unruly,
    closed_after,
    replaced,
    reset_after,
    silent,
    trickling_body,
    trickling_head,
    unruly,
)

QUICK = Limits(
    page_size=2,
    answer_bytes=1_000_000,
    connect_seconds=2,
    read_seconds=0.3,
    answer_seconds=0.5,
    tries=2,
    backoff_seconds=0.001,
    pause_seconds=0.01,
)
BOMB = gzip.compress(b" " * 100_000_000)


def length(head: bytes, number: int) -> bytes:
    return re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % number, head)


def packed(head: bytes, body: bytes) -> bytes:
    return length(head, len(body)).removesuffix(b"\r\n") + b"Content-Encoding: gzip\r\n\r\n" + body


def chunked(head: bytes, content: bytes) -> bytes:
    return re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked", head) + content


#: What is done to an answer on the wire.
FAULTS: dict[str, Mischief] = {
    "silent": silent,
    "a head that trickles": trickling_head,
    "a body that trickles": trickling_body,
    **{f"reset after {part:.0%}": reset_after(part) for part in (0, 0.01, 0.05, 0.1, 0.3, 0.6, 0.9, 1)},
    **{f"closed after {part:.0%}": closed_after(part) for part in (0, 0.01, 0.05, 0.1, 0.3, 0.6, 0.9, 1)},
    "half a page of the right length": replaced(lambda h, b: length(h, len(b) // 2) + b[: len(b) // 2]),
    "a length that is too long": replaced(lambda h, b: length(h, len(b) + 10) + b),
    "a length that is too short": replaced(lambda h, b: length(h, len(b) - 10) + b),
    "a length that is none": replaced(lambda h, b: h.replace(b"Content-Length: ", b"Content-Length: x") + b[:-5]),
    "a length below nothing": replaced(lambda h, b: h.replace(b"Content-Length: ", b"Content-Length: -") + b[:-5]),
    "no length, and cut off": replaced(lambda h, b: h.replace(b"Content-Length: ", b"X: ") + b[:-5]),
    "broken JSON": replaced(lambda h, b: h + b.replace(b":", b";")),
    "not UTF-8": replaced(lambda h, b: h + b.replace(b"a", b"\xff")),
    "another kind of text": replaced(lambda h, b: length(h, 7) + b"<html/>"),
    "nothing": replaced(lambda h, b: length(h, 0)),
    "no HTTP": replaced(lambda h, b: b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a head without end": replaced(lambda h, b: h.removesuffix(b"\r\n") + b"X: " + b"a" * 10_000_000),
    "headers without end": replaced(lambda h, b: h.removesuffix(b"\r\n") + b"X: a\r\n" * 500_000 + b"\r\n"),
    "a bomb of gzip": replaced(lambda h, b: packed(h, BOMB)),
    "gzip that is cut off": replaced(lambda h, b: packed(h, gzip.compress(b)[:-20])),
    "gzip that is none": replaced(packed),
    "chunks that end early": replaced(lambda h, b: chunked(h, b"%x\r\n%s\r\n" % (len(b), b))),
    "chunks that are none": replaced(lambda h, b: chunked(h, b"zz\r\n" + b)),
    "a chunk that is cut off": replaced(lambda h, b: chunked(h, b"%x\r\n%s" % (len(b), b[: len(b) // 2]))),
    "nested without end": replaced(lambda h, b: length(h, 200_000) + b"[" * 200_000),
}
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())


@pytest.fixture
def server() -> Iterator[Unruly]:
    """A server with a record of several pages."""
    store = Store()
    store.load(bundle(metastasis(), primary("breast"), *(observation("ecog", 1, name=f"e{n}") for n in range(5))))
    with unruly(store) as running:
        yield running


def read(server: Unruly, **named: Any) -> Any:
    return read_patient(connect(server.store.base, limits=QUICK), "p1", **named).bundle


@each_fault
@pytest.mark.parametrize("where", ["metadata", "everything", "_offset=4", "Observation", "Patient"])
def test_what_is_always_broken_is_given_up_in_one_line(server: Unruly, fault: Mischief, where: str) -> None:
    server.matching, server.mischief = where, fault
    with pytest.raises(ExchangeFailed) as failed:
        read(server, everything=where in ("metadata", "everything", "_offset=4"))
    assert "\n" not in failed.value.message
    assert "p1" not in failed.value.message
    assert not server.patient_to_the_end


@each_fault
def test_what_is_broken_once_gives_the_whole_record_or_none(server: Unruly, fault: Mischief) -> None:
    whole = read(server)
    server.matching, server.mischief, server.times = "_offset=2", fault, 1
    try:
        found = read(server)
    except ExchangeFailed:
        found = whole
    assert server.done == 1
    assert found == whole


@pytest.mark.parametrize("fault", [silent, reset_after(0), reset_after(0.5), closed_after(0.5), trickling_body])
def test_a_connection_that_fails_once_costs_another_try_and_no_more(server: Unruly, fault: Mischief) -> None:
    whole = read(server)
    server.matching, server.mischief, server.times = "_offset=2", fault, 1
    assert read(server) == whole


def test_what_follows_an_answer_on_its_connection_is_never_taken_for_the_next(server: Unruly) -> None:
    whole = read(server)
    forged = orjson.dumps({"resourceType": "Bundle", "type": "searchset", "entry": []})
    smuggled = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n" % len(forged)

    def mischief(_: Unruly, connection: Any, head: bytes, body: bytes) -> None:
        connection.sendall(head + body + (smuggled + forged) * 50)
        connection.recv(1)

    server.matching, server.mischief = "metadata", mischief
    assert read(server) == whole


# Busy servers


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("asked", [None, "0", "1", "99999999999", "9" * 5000, "-1", "1.5", "soon", "", "nan", "date"])
def test_a_busy_server_is_waited_for_within_bounds(
    server: Unruly, monkeypatch: pytest.MonkeyPatch, status: int, asked: str | None
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    value = formatdate(time.time() + 10**9, usegmt=True) if asked == "date" else asked
    headers = {} if value is None else {"Retry-After": value}
    server.store.faults.append(Fault("everything", status, headers))
    assert read(server)["entry"]
    assert all(0 <= seconds <= QUICK.pause_seconds for seconds in slept)
    server.store.faults.append(Fault("everything", status, headers, times=99))
    with pytest.raises(ExchangeFailed, match=f"HTTP {status}"):
        read(server)


def test_two_callers_do_not_come_back_at_the_same_time(server: Unruly, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for _ in range(5):
        server.store.faults.append(Fault("everything", 503))
        read_patient(connect(server.store.base, limits=Limits(tries=2)), "p1")
    assert len(set(slept)) == 5
    assert all(0.5 <= seconds <= 1 for seconds in slept)


def test_the_whole_exchange_ends_in_its_time_however_many_tries_are_left(server: Unruly) -> None:
    server.matching, server.mischief = "everything", trickling_head
    limits = Limits(read_seconds=60, answer_seconds=60, total_seconds=0.5, tries=100, backoff_seconds=0.001)
    with pytest.raises(ExchangeFailed, match=r"within 0\.5 s|longer than 0\.5 s"):
        read_patient(connect(server.store.base, limits=limits), "p1")
    assert not server.patient_to_the_end


# Tokens


@pytest.fixture(scope="module")
def key() -> Any:
    return read_key(ECKey.generate_key("P-384").as_pem(private=True))


def authorizing(store: Store, answer_to: Callable[[Request], Response]) -> None:
    said = {"token_endpoint": f"{store.base}/token"}
    store.other_paths[".well-known/smart-configuration"] = lambda _: Response(orjson.dumps(said))
    store.other_paths["token"] = answer_to


def test_a_token_that_is_over_midway_is_renewed_once_and_the_record_is_whole(server: Unruly, key: Any) -> None:
    whole = read(server)
    given: list[str] = []

    def grant(_: Request) -> Response:
        given.append(f"t{len(given)}")
        return Response(orjson.dumps({"access_token": given[-1], "token_type": "bearer", "expires_in": 3600}))

    authorizing(server.store, grant)
    calls: list[str | None] = []

    def needed(token: str | None) -> bool:
        calls.append(token)
        return token == given[-1] and not (token == "t0" and len(calls) > 2)

    server.store.token_needed = needed
    auth = BackendService("c", key, "system/*.rs")
    assert read_patient(connect(server.store.base, auth, QUICK), "p1").bundle == whole
    assert given == ["t0", "t1"]


def test_a_server_that_takes_no_token_is_given_up_after_one_more(server: Unruly, key: Any) -> None:
    asked: list[int] = []

    def grant(_: Request) -> Response:
        asked.append(1)
        return Response(orjson.dumps({"access_token": "t", "token_type": "bearer", "expires_in": 3600}))

    authorizing(server.store, grant)
    server.store.token_needed = lambda token: False
    with pytest.raises(ExchangeFailed, match="HTTP 401"):
        read_patient(connect(server.store.base, BackendService("c", key, "system/*.rs"), QUICK), "p1")
    assert len(asked) == 2


@pytest.mark.parametrize("skew", [-7200, -301, 301, 86_400])
def test_a_clock_that_differs_from_that_of_the_authorization_server_is_said(
    server: Unruly, key: Any, skew: int
) -> None:
    there = formatdate(time.time() + skew, usegmt=True)
    refusal = orjson.dumps({"error": "invalid_client"})
    authorizing(server.store, lambda _: Response(refusal, 400, {"Date": there}))
    with pytest.raises(ExchangeFailed, match="clock"):
        read_patient(connect(server.store.base, BackendService("c", key, "system/*.rs"), QUICK), "p1")


@pytest.mark.parametrize("told", ["", "soon", "Fri, 99 Foo 9999", None])
def test_a_clock_that_is_right_or_not_told_is_not_blamed(server: Unruly, key: Any, told: str | None) -> None:
    said = formatdate(time.time(), usegmt=True) if told is None else told
    authorizing(server.store, lambda _: Response(b'{"error": "invalid_client"}', 400, {"Date": said}))
    with pytest.raises(ExchangeFailed, match="client id") as failed:
        read_patient(connect(server.store.base, BackendService("c", key, "system/*.rs"), QUICK), "p1")
    assert "clock" not in failed.value.message


@pytest.mark.parametrize("lasts", [0, -5, 1e300, "3600", None, True, 0.001])
def test_an_absurd_lifetime_of_a_token_does_no_harm(server: Unruly, key: Any, lasts: Any) -> None:
    made = orjson.dumps({"access_token": "t", "token_type": "bearer", "expires_in": lasts})
    authorizing(server.store, lambda _: Response(made))
    record = read_patient(connect(server.store.base, BackendService("c", key, "system/*.rs"), QUICK), "p1")
    assert record.counts["Patient"] == 1


# Writing


@each_fault
def test_a_broken_answer_to_a_write_is_never_taken_for_one_that_was_not_carried_out(
    server: Unruly, fault: Mischief
) -> None:
    record = read_patient(connect(server.store.base, limits=QUICK), "p1")
    today = date.fromisoformat(AS_OF[:10])
    made = answer(answered(Question(record.bundle), today, Site()), "transaction")
    server.matching, server.mischief, server.times = "POST /fhir$", fault, 1
    try:
        write(connect(server.store.base, limits=QUICK), "p1", made)
    except ExchangeFailed:
        write(connect(server.store.base, limits=QUICK), "p1", made)
    assert server.done == 1
    keys = [i["value"] for r in server.store.of("Observation") for i in r.get("identifier", ())]
    assert len(keys) == len(set(keys)) > 0
    assert len(server.store.of("CarePlan")) == 1


# Calls of CDS Hooks


@pytest.mark.parametrize("fault", [silent, trickling_head, trickling_body])
def test_calls_that_were_held_up_hold_up_none_of_those_after_them(server: Unruly, fault: Mischief) -> None:
    body = {
        **call_of(bundle(metastasis())),
        "prefetch": None,
        "fhirServer": server.store.base,
        "fhirAuthorization": {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "subject": "cds"},
    }
    call = call_asked(decode(orjson.dumps(body)), SERVICES[VIEW])

    def reading(seconds: float) -> Any:
        return Reader(call, (server.store.base,), time.monotonic() + seconds).read(["Patient", "Observation"])

    server.mischief = fault
    for _ in range(20):
        assert reading(0.05).late == {"Patient", "Observation"}
    server.mischief = None
    found = reading(20)
    assert found.reasons == {}
    assert len(found.entries["Observation"]) == len(server.store.of("Observation"))
    assert not server.patient_to_the_end


def test_the_server_of_these_tests_answers_when_it_is_not_told_to_fail(server: Unruly) -> None:
    assert requests.get(f"{server.store.base}/Patient/p1", timeout=5).json()["id"] == "p1"
