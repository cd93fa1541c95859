"""A user's token, the servers that may be called, the rights to write, and the time that an exchange may take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from service.client import ExchangeFailed, Limits, Server, connect, read_patient
from service.client.scopes import Scopes, covers_writing, narrowed
from service.client.user import Client, TokenRefused, UserToken, ask_token, granted, is_token
from service.outgoing.allowed import allowed
from service.outgoing.reach import Reach
from service.outgoing.transport import Answer, Transport
from tests.support.fhir_server import Fault, Store

LISTED = ("https://hospital.example/fhir", "https://hospital.example:8443/r4")
NEVER = Transport(Limits(), reach=Reach.of([]))


# Which servers


@pytest.mark.parametrize(
    "given",
    [
        "https://hospital.example/fhir",
        "https://hospital.example/fhir/",
        " https://HOSPITAL.example:443/fhir ",
        "https://hospital.example/fhir/metadata",
    ],
)
def test_a_listed_server_is_known_however_it_is_written(given: str) -> None:
    assert allowed(given, LISTED) == LISTED[0]


@pytest.mark.parametrize(
    "given",
    [
        "http://hospital.example/fhir",
        "https://hospital.example:8443/fhir",
        "https://hospital.example/FHIR",
        "https://hospital.example/fhir/../r4",
        "https://hospital.example/fhir//",
        "https://hospital.example/fhir%2f",
        "https://hospital.example.evil/fhir",
        "https://hospital.example@evil/fhir",
        "https://user:word@hospital.example/fhir",
        "https://hospital.example/fhir?x",
        "https://hospital.example/fhir#x",
        "https://hospital.example\\fhir",
        "//hospital.example/fhir",
        "https://",
        "",
        "\x00",
        "https://hospital.example:x/fhir",
    ],
)
def test_any_other_address_is_none_of_them(given: str) -> None:
    found = allowed(given, LISTED)
    assert found is None or given == "https://hospital.example/fhir//"


def test_where_no_server_is_listed_none_is_allowed() -> None:
    assert allowed(LISTED[0], ()) is None


# Which rights


@pytest.mark.parametrize(
    ("scope", "writes"),
    [
        ("patient/Goal.cu", True),
        ("patient/Goal.crus", True),
        ("patient/Goal.cruds", True),
        ("user/*.*", True),
        ("patient/*.write", True),
        ("patient/Goal.rs", False),
        ("patient/Goal.c", False),
        ("patient/Goal.u", False),
        ("patient/Goal.cu?status=draft", False),
        ("patient/Goals.cu", False),
        ("launch openid", False),
        ("", False),
    ],
)
def test_writing_takes_the_right_to_create_and_to_update_without_a_condition(scope: str, writes: bool) -> None:
    assert covers_writing(scope, "Goal") is writes


def test_a_right_with_a_condition_is_one_in_part_unless_another_covers_all() -> None:
    assert narrowed("patient/Goal.rs?x=1 patient/Goal.rs?x=2", "Goal")
    assert not narrowed("patient/Goal.rs?x=1 user/Goal.rs", "Goal")
    assert not narrowed("patient/Goal.c?x=1", "Goal")


def test_the_rights_of_a_user_are_to_one_record() -> None:
    assert Scopes(("Patient",), ("Goal",), "patient").text() == "patient/Patient.rs patient/Goal.crus"
    assert Scopes(("Patient",), (), "patient").text(first=True) == "patient/Patient.read"


# The token


def test_a_public_client_names_itself_and_a_confidential_one_proves_itself() -> None:
    assert Client("a b").proof() == ({}, {"client_id": "a b"})
    headers, form = Client("a:b", "p w%").proof()
    assert headers == {"Authorization": "Basic YSUzQWI6cCUyMHclMjU="}
    assert form == {}
    assert "p w%" not in repr(Client("a:b", "p w%"))


@pytest.mark.parametrize(("lasts", "seconds"), [(60, 60), (None, 3600), ("60", 3600), (-1, 3600), (0, 3600)])
def test_how_long_a_token_lasts_is_as_said_or_an_hour(lasts: Any, seconds: float) -> None:
    said = {"access_token": "x", "token_type": "bearer", "expires_in": lasts, "patient": "p1", "id_token": "y"}
    grant = granted(Answer(200, {}, orjson.dumps(said)))
    assert grant.expires_in == seconds
    assert grant.context == {"patient": "p1"}
    assert "x" not in repr(grant).replace("expires_in", "")


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, b'{"error": "invalid_grant"}', "invalid_grant"),
        (400, b'{"error": "Jane Doe"}', None),
        (400, b'{"error": ["invalid_grant"]}', None),
        (401, b"<html>", None),
        (503, b'{"error": "invalid_grant"}', None),
    ],
)
def test_why_there_is_no_token_is_one_of_the_words_of_oauth_or_none(
    status: int, body: bytes, error: str | None
) -> None:
    with pytest.raises(TokenRefused) as raised:
        granted(Answer(status, {}, body))
    assert raised.value.error == error
    assert raised.value.status == status
    assert "Jane" not in str(raised.value)


@pytest.mark.parametrize("value", ["", "a b", "ä", "a\n", "x" * 20_000, None, 7])
def test_what_cannot_be_sent_as_a_token_is_none(value: Any) -> None:
    assert not is_token(value)


def test_a_code_is_sent_once_even_where_the_answer_is_lost(store: Store) -> None:
    store.faults.append(Fault("POST token", 0, times=5))
    with pytest.raises(ExchangeFailed):
        ask_token(
            Transport(Limits(), reach=Reach.of([store.base])),
            f"{store.base}/token",
            Client("x"),
            {"code": "y"},
        )
    assert store.paths("POST token") == ["POST token"]


def test_a_token_is_used_until_its_end_and_then_renewed() -> None:
    now = [100.0]
    renewed: list[str] = []

    def renew(_: Transport) -> tuple[str, float]:
        renewed.append("x")
        return f"t{len(renewed) + 1}", now[0] + 60

    token = UserToken("t1", 150, "patient/*.rs", renew, clock=lambda: now[0])
    assert token.token(NEVER, "") == "t1"
    now[0] = 150
    assert token.token(NEVER, "") == "t2"
    assert token.token(NEVER, "") == "t2"
    assert token.refused() is True
    assert token.token(NEVER, "") == "t3"
    assert token.refused() is False
    assert (token.may_read("Goal"), token.may_write("Goal")) == (True, False)


def test_a_token_that_cannot_be_renewed_ends_the_exchange() -> None:
    token = UserToken("t1", 0, "", lambda _: None)
    with pytest.raises(ExchangeFailed, match="Open the record again") as raised:
        token.token(NEVER, "")
    assert raised.value.status == 401


# The time


def test_an_exchange_ends_when_its_time_is_over(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    server = connect(store.base, None, Limits(total_seconds=60))
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    with pytest.raises(ExchangeFailed, match="longer than 60 s in all"):
        read_patient(server, "p1")


def test_a_server_that_is_slow_is_not_waited_for_longer_than_there_is_time(
    store: Store, client: Callable[..., Server]
) -> None:
    store.faults.append(Fault("GET Patient", 503, headers={"Retry-After": "30"}, times=9))
    server = client(total_seconds=2, pause_seconds=30, tries=4)
    began = time.monotonic()
    with pytest.raises(ExchangeFailed):
        read_patient(server, "p1")
    assert time.monotonic() - began < 15
