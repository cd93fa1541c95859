"""Keys of others: which are taken, how often they are read, and what happens while their server is down."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from service.callers.fetching import fetcher
from service.callers.key_sets import AGAIN_S, FRESH_S, KEPT_S, KeySet, KeySets
from service.callers.keys import MAX_BYTES, MAX_KEYS, BadKeys, read_keys
from service.callers.refused import Reason, Refused
from service.outgoing.failure import ExchangeFailed
from tests.support.tokens import Party, b64, key_set

ADDRESS = "https://login.example/keys"
ES, RS, OTHER = Party.elliptic("es"), Party.rsa("rs"), Party.elliptic("other")
SHORT = Party.rsa("short", 1024)


# Which keys are taken


@pytest.mark.parametrize(
    "jwk",
    [
        ES.jwk(use="enc"),
        ES.jwk(key_ops=["sign"]),
        ES.jwk(key_ops="verify"),
        {**ES.key.as_dict(private=True), "kid": "es"},
        {**RS.key.as_dict(private=True), "kid": "rs"},
        {"kty": "oct", "k": b64(b"x" * 64), "kid": "x"},
        SHORT.jwk(),
        ES.jwk(crv="P-257"),
        ES.jwk(crv="P-256"),
        ES.jwk(x="AAAA"),
        ES.jwk(x=b64(bytes(48)), y=b64(bytes(48))),
        {**RS.jwk(), "e": "Aw"},
        {**RS.jwk(), "e": "AQ"},
        {**RS.jwk(), "n": "!!"},
        {**RS.jwk(), "n": 5},
        ES.jwk(kid=5),
        {"kty": "EC"},
        {"kty": ["EC"]},
        Party.elliptic("k", "secp256k1").jwk(),
        "text",
        None,
        [],
    ],
    ids=lambda _: "key",
)
def test_a_key_that_proves_nothing_is_left_out(jwk: object) -> None:
    with pytest.raises(BadKeys, match="no key"):
        read_keys(json.dumps({"keys": [jwk]}).encode())
    beside = read_keys(json.dumps({"keys": [jwk, OTHER.jwk()]}).encode())
    assert [kid for kid, _ in beside.usable] == ["other"]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"keys": {}}', b'{"keys": []}', b"<html>", b"[" * 5000, b"null", b"\xff"]
)
def test_what_is_no_key_set_is_refused(content: bytes) -> None:
    with pytest.raises(BadKeys):
        read_keys(content)


def test_a_set_is_bounded() -> None:
    with pytest.raises(BadKeys, match="KiB"):
        read_keys(key_set(ES.jwk(padding="x" * MAX_BYTES)))
    with pytest.raises(BadKeys, match="more than"):
        read_keys(key_set(*(ES.jwk(kid=str(n)) for n in range(MAX_KEYS + 1))))


def test_a_key_fits_the_algorithm_and_what_it_says_of_itself() -> None:
    keys = read_keys(key_set(ES.jwk(alg="ES384"), RS.jwk(alg="RS384"), Party.elliptic("es", "P-256", "ES256").jwk()))
    assert len(keys.fitting("es", "ES384")) == 1
    assert keys.fitting("rs", "RS256") == ()
    assert keys.fitting("es", "RS384") == ()
    assert keys.fitting("es", "ES384") != keys.fitting("es", "ES256")
    assert keys.fitting(None, "ES384") == ()


def test_the_only_key_of_a_set_need_not_be_named() -> None:
    assert len(read_keys(json.dumps(ES.jwk()).encode()).fitting(None, "ES384")) == 1


# How often they are read


class Web:
    """What the network holds, and a clock."""

    def __init__(self, *keys: Party) -> None:
        self.keys = keys
        self.is_down = False
        self.asked = 0
        self.now = 1000.0
        self.set = KeySet(ADDRESS, self.fetch, lambda: self.now)

    def fetch(self, _: str) -> bytes:
        self.asked += 1
        if self.is_down:
            raise ExchangeFailed("The server cannot be reached. Check its address.")
        return key_set(*(each.jwk() for each in self.keys))

    def knows(self, kid: str) -> bool:
        try:
            return bool(self.set.fitting(kid, "ES384"))
        except Refused as refused:
            if refused.reason is not Reason.KEY:
                raise
            return False


def test_a_set_is_read_once_while_it_is_fresh() -> None:
    web = Web(ES)
    assert all(web.knows("es") for _ in range(100))
    web.now += FRESH_S - 1
    assert web.knows("es")
    assert web.asked == 1
    web.now += 2
    web.set.refresh()
    assert web.asked == 2


def test_an_unknown_name_has_the_set_read_anew_once_a_minute_and_no_more() -> None:
    web = Web(ES)
    assert web.knows("es")
    web.now += AGAIN_S
    web.keys = (ES, OTHER)
    assert web.knows("other")  # a new key is found at once
    for n in range(500):
        assert not web.knows(f"unknown-{n}")
    assert web.asked == 2
    web.now += AGAIN_S
    assert not web.knows("unknown")
    assert web.asked == 3


def test_a_key_that_is_withdrawn_is_gone_when_the_set_is_read_anew() -> None:
    web = Web(ES, OTHER)
    assert web.knows("other")
    web.keys = (ES,)
    web.now += FRESH_S + 1
    web.set.refresh()
    assert not web.knows("other")


def test_keys_are_kept_for_a_day_while_their_server_is_down() -> None:
    web = Web(ES)
    assert web.knows("es")
    web.is_down = True
    web.now += KEPT_S - 1
    web.set.refresh()
    assert web.knows("es")
    web.now += 120
    with pytest.raises(Refused) as refused:
        web.set.fitting("es", "ES384")
    assert refused.value.reason is Reason.NO_KEYS
    assert refused.value.reason.said.status == 503


def test_a_set_that_was_never_read_is_asked_for_again_soon_and_not_for_each_token() -> None:
    web = Web(ES)
    web.is_down = True
    for _ in range(50):
        with pytest.raises(Refused) as refused:
            web.set.fitting("es", "ES384")
        assert refused.value.reason is Reason.NO_KEYS
    assert web.asked == 1
    web.is_down = False
    web.now += 6
    assert web.knows("es")


def test_a_broken_set_does_not_take_the_place_of_a_good_one() -> None:
    web = Web(ES)
    assert web.knows("es")
    web.keys = ()
    web.now += FRESH_S + 1
    web.set.refresh()
    assert web.knows("es")


# Files


def test_a_file_is_read_anew_when_it_changes(tmp_path: Path) -> None:
    file, now = tmp_path / "keys.json", [0.0]
    file.write_bytes(key_set(ES.jwk()))
    keys = KeySet(str(file), lambda _: pytest.fail("a file is not fetched"), lambda: now[0])
    keys.load()
    assert keys.fitting("es", "ES384")
    file.write_bytes(key_set(ES.jwk(), OTHER.jwk()))
    now[0] = 10.0
    assert keys.fitting("other", "ES384")
    file.write_text("broken")
    now[0] = 20.0
    assert keys.fitting("other", "ES384")
    file.unlink()
    now[0] = 30.0
    assert keys.fitting("other", "ES384")


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_file_that_has_no_keys_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadKeys):
        KeySets([str(file)], lambda _: b"").load_files()


# Over the network


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data")
            self.end_headers()
            return
        body = key_set(ES.jwk()) if self.path == "/keys" else b"x" * (MAX_BYTES * 2)
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    made = HTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()


def test_keys_are_fetched_from_a_listed_address_and_from_no_other(server: str) -> None:
    fetch = fetcher([f"{server}/keys"])
    assert len(read_keys(fetch(f"{server}/keys")).usable) == 1
    for address in ("https://evil.example/keys", "http://169.254.169.254/keys", "file:///etc/passwd"):
        with pytest.raises(ExchangeFailed):
            fetch(address)


@pytest.mark.parametrize("path", ["/elsewhere", "/none", "/large"])
def test_a_redirect_an_error_and_a_flood_are_no_keys(server: str, path: str) -> None:
    with pytest.raises(ExchangeFailed):
        fetcher([f"{server}{path}"])(f"{server}{path}")


def test_a_thread_of_each_process_reads_the_sets_before_somebody_calls() -> None:
    came = threading.Event()

    def fetch(_: str) -> bytes:
        came.set()
        return key_set(ES.jwk())

    sets = KeySets([ADDRESS], fetch)
    assert sets.missing() == 1
    sets.begin()
    assert came.wait(10)
    assert sets.of(ADDRESS).fitting("es", "ES384")
    before = threading.active_count()
    sets.begin()
    assert threading.active_count() == before


def test_a_server_that_does_not_answer_holds_nobody_who_names_it() -> None:
    begun, go_on = threading.Event(), threading.Event()
    answers = [key_set(ES.jwk())]

    def fetch(_: str) -> bytes:
        if answers:
            return answers.pop()
        begun.set()
        assert go_on.wait(30)
        raise ExchangeFailed("The server cannot be reached. Check its address.")

    now = [1000.0]
    keys = KeySet(ADDRESS, fetch, lambda: now[0])
    keys.refresh()
    keys.is_kept_fresh = True
    now[0] += FRESH_S
    reader = threading.Thread(target=keys.refresh)
    reader.start()
    assert begun.wait(10)
    assert keys.fitting("es", "ES384")  # while it is being read
    with pytest.raises(Refused):
        keys.fitting("unknown", "ES384")
    go_on.set()
    reader.join(10)
    assert keys.fitting("es", "ES384")


def test_a_failure_names_whose_keys_they_are_and_is_said_once_while_it_lasts(caplog: pytest.LogCaptureFixture) -> None:
    down = [True]

    def fetch(_: str) -> bytes:
        if down:
            raise ExchangeFailed("https://hidden.example cannot be reached.")
        return key_set(ES.jwk())

    now = [1000.0]
    keys = KeySet(ADDRESS, fetch, lambda: now[0], "Hospital login")
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            now[0] += 60
            keys.refresh()
        down.clear()
        now[0] += 60
        keys.refresh()
        down.append(True)
        now[0] += 7200
        keys.refresh()
    assert [each.getMessage() for each in caplog.records] == [
        "the keys of Hospital login cannot be read: ExchangeFailed"
    ] * 2
