"""Pages are followed to the last or not at all, and nothing is taken without a bound."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from service.client import ExchangeFailed, read_patient
from tests.support.fhir_server import Fault, Store
from tests.support.records import observation


def fill(store: Store, number: int = 7) -> None:
    for n in range(number):
        store.put(observation("ecog", 1, name=f"more-{n}"))


@pytest.mark.parametrize("everything", [True, False])
@pytest.mark.parametrize("relative", [True, False])
def test_all_pages_are_read_whether_links_are_absolute_or_relative(
    store: Store, client: Any, everything: bool, relative: bool
) -> None:
    fill(store)
    store.relative_links = relative
    record = read_patient(client(page_size=2), "p1", everything=everything)
    assert record.counts == {"Patient": 1, "Condition": 1, "Observation": 10}
    assert sum("_offset" in path for path in store.paths()) >= 4


def test_the_number_of_pages_does_not_change_the_record(store: Store, client: Any) -> None:
    fill(store)
    assert read_patient(client(page_size=1), "p1").bundle == read_patient(client(), "p1").bundle


def test_a_server_may_give_smaller_pages_than_asked_for(store: Store, client: Any) -> None:
    fill(store)
    store.page_size = 3
    assert read_patient(client(), "p1").counts["Observation"] == 10


@pytest.mark.parametrize(
    "there",
    [
        "https://elsewhere.example/fhir?page=2",
        "//elsewhere.example/fhir",
        "http://127.0.0.1:1/fhir?page=2",
        "ftp://127.0.0.1/fhir",
        "http://[/",
    ],
)
def test_a_next_page_elsewhere_is_an_error_and_is_not_asked_for(store: Store, client: Any, there: str) -> None:
    fill(store)
    store.next_link = lambda _: there
    with pytest.raises(ExchangeFailed, match="address"):
        read_patient(client(page_size=2), "p1")


def test_pages_that_go_round_are_an_error(store: Store, client: Any) -> None:
    fill(store)
    first: list[str] = []
    store.next_link = lambda link: (first.append(link), first[0])[1]
    with pytest.raises(ExchangeFailed, match="circle"):
        read_patient(client(page_size=2), "p1")


def test_pages_without_end_are_an_error(store: Store, client: Any) -> None:
    fill(store)
    number = iter(range(10**6))
    store.next_link = lambda link: f"{link.replace('_offset', '_was')}&n={next(number)}"
    with pytest.raises(ExchangeFailed, match="more than 5 pages"):
        read_patient(client(page_size=2, pages=5), "p1")


def test_a_later_page_that_fails_leaves_no_half_a_record(store: Store, client: Any) -> None:
    fill(store)
    store.faults.append(Fault("_offset=4", 500, times=99))
    with pytest.raises(ExchangeFailed, match="page after the first"):
        read_patient(client(page_size=2), "p1")


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_later_page_that_is_refused_is_no_sign_that_the_type_is(store: Store, client: Any, status: int) -> None:
    store.put({"resourceType": "Procedure", "id": "a", "status": "completed", "subject": {"reference": "Patient/p1"}})
    store.put({"resourceType": "Procedure", "id": "b", "status": "completed", "subject": {"reference": "Patient/p1"}})
    store.faults.append(Fault("Procedure.*_offset", status, times=99))
    with pytest.raises(ExchangeFailed, match="page after the first"):
        read_patient(client(page_size=1), "p1", everything=False)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"answer_bytes": 500}, "larger than 500 bytes"),
        ({"record_bytes": 3000, "page_size": 2}, "larger than 3000 bytes"),
        ({"entries": 3}, "more than 3 entries"),
    ],
)
def test_a_record_beyond_the_bounds_is_an_error(store: Store, client: Any, limits: Any, words: str) -> None:
    fill(store, 20)
    server = client()
    bounded = type(server.limits)(**{**server.limits.__dict__, **limits})
    server.limits = server.transport.limits = bounded
    with pytest.raises(ExchangeFailed, match=words):
        read_patient(server, "p1")


def test_a_packed_answer_is_bounded_by_its_unpacked_size(store: Store, client: Any) -> None:
    import gzip  # noqa: PLC0415  # only here

    server = client(answer_bytes=200_000)
    body = gzip.compress(b" " * 50_000_000)
    store.faults.append(Fault("everything", 200, {"Content-Encoding": "gzip"}, body))
    with pytest.raises(ExchangeFailed, match="larger than"):
        read_patient(server, "p1")


@pytest.mark.parametrize(
    "body",
    [
        b"<html/>",
        b"",
        b"null",
        b"\xff\xfe",
        b'{"resourceType": "Patient", "id": "p1"}',
        b'{"resourceType": "Bundle", "type": "searchset", "entry": {}}',
    ],
)
def test_a_page_that_is_no_bundle_is_an_error(store: Store, client: Any, body: bytes) -> None:
    server = client()
    store.faults.append(Fault("everything|Condition", 200, body=body, times=99))
    with pytest.raises(ExchangeFailed, match="something other than"):
        read_patient(server, "p1")


# Busy servers


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again(store: Store, client: Any, status: int) -> None:
    server = client()
    store.faults.append(Fault("everything", status, times=2))
    assert read_patient(server, "p1").counts["Patient"] == 1
    assert len(store.paths("GET Patient/p1/$everything")) == 3


def test_retry_after_is_obeyed_within_bounds(store: Store, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    server = client(pause_seconds=7)
    store.faults.append(Fault("everything", 429, {"Retry-After": "3"}))
    store.faults.append(Fault("everything", 429, {"Retry-After": "86400"}))
    read_patient(server, "p1")
    assert [seconds for seconds in slept if seconds >= 1] == [3, 7]


@pytest.mark.parametrize(
    "asked", ["soon", "-5", "", "9" * 5000, "1e9", "Fri, 99 Foo 9999", "Mon, 01 Jan 0001 00:00:00"]
)
def test_a_retry_after_that_is_no_time_is_as_if_there_were_none(store: Store, client: Any, asked: str) -> None:
    server = client()
    store.faults.append(Fault("everything", 503, {"Retry-After": asked}))
    assert read_patient(server, "p1").counts["Patient"] == 1


def test_a_server_that_stays_busy_is_given_up(store: Store, client: Any) -> None:
    server = client()
    store.faults.append(Fault("everything", 429, times=99))
    with pytest.raises(ExchangeFailed, match=r"HTTP 429"):
        read_patient(server, "p1")
    assert len(store.paths("GET Patient/p1/$everything")) == server.limits.tries


def test_a_connection_that_breaks_off_is_tried_again(store: Store, client: Any) -> None:
    server = client()
    store.faults.append(Fault("everything", times=2))
    assert read_patient(server, "p1").counts["Patient"] == 1


def test_a_connection_that_always_breaks_off_is_given_up(store: Store, client: Any) -> None:
    server = client()
    store.faults.append(Fault("everything", times=99))
    with pytest.raises(ExchangeFailed, match="connection"):
        read_patient(server, "p1")


def test_no_log_line_names_the_patient(store: Store, client: Any, caplog: pytest.LogCaptureFixture) -> None:
    server = client()
    store.faults.append(Fault("everything", 503, times=2))
    with caplog.at_level(logging.DEBUG):
        read_patient(server, "p1")
    assert "p1" not in caplog.text
