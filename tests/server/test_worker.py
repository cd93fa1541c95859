"""A worker under gunicorn: the time of a request, the queue, and the end."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.server.worker import HEAD_SECONDS
from tests.support.serving import Served, serving

SLOW = "tests.support.slow_app:create_app()"
BUNDLE = (Path(__file__).parents[2] / "examples" / "kidney-complete.json").read_bytes()
END = "\r\n"
GET = f"GET / HTTP/1.1{END}Host: 127.0.0.1{END}"
ASSESS = "/fhir/$assess-spinal-tumour"


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose requests may take a second."""
    with serving(tmp_path_factory.mktemp("quick"), workers=2, app=SLOW, request_seconds=1) as served:
        yield served


def sent(served: Served, path: str, body: bytes = b"") -> socket.socket:
    """A connection on which a request was sent."""
    connection = served.connected()
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    connection.sendall(f"{head}Content-Type: application/fhir+json\r\n\r\n".encode() + body)
    return connection


def received(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """The answer, which has to be whole; 0 where there is none."""
    found = b""
    with connection:
        while chunk := connection.recv(65536):
            found += chunk
    if not found:
        return 0, {}, b""
    head, _, body = found.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    assert len(body) == int(headers["content-length"])
    return int(first.split()[1]), headers, body


def issue(body: bytes) -> dict[str, str]:
    found: dict[str, str] = json.loads(body)["issue"][0]
    return found


def until(what: object, seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not what():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)


# The time of a request


def test_a_body_that_does_not_arrive_gets_408_and_the_worker_stays(quick: Served) -> None:
    before = set(quick.workers())
    with quick.connected() as connection:
        connection.sendall(
            f"POST {ASSESS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
            "Content-Type: application/fhir+json\r\n\r\n{".encode()
        )
        status, _, body = received(connection)
    assert status == 408
    assert issue(body)["code"] == "timeout"
    assert set(quick.workers()) == before


@pytest.mark.parametrize("door", ["sleep", "stubborn"])
def test_what_takes_too_long_gets_503_with_the_mend_and_the_worker_is_replaced(quick: Served, door: str) -> None:
    before = set(quick.workers())
    answer = quick.ask(f"/test/{door}?seconds=25", seconds=10)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["content-type"].startswith("application/fhir+json")
    assert answer.headers["x-request-id"]
    told = issue(answer.body)
    assert told["code"] == "timeout"
    assert "SPINEMETS_REQUEST_SECONDS" in told["diagnostics"]
    until(lambda: len(quick.workers()) == 2 and set(quick.workers()) != before)
    assert quick.ask(ASSESS, BUNDLE).status == 200


def test_what_takes_too_long_is_said_in_the_language_of_the_reader(quick: Served) -> None:
    answer = quick.ask("/test/sleep?seconds=25", seconds=10, Accept_Language="ja")
    assert answer.status == 503
    assert answer.headers["content-language"] == "ja"


def test_headers_that_trickle_get_408_within_the_time_for_headers(quick: Served) -> None:
    with quick.connected() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        connection.settimeout(0.1)
        end = time.monotonic() + HEAD_SECONDS + 5
        found = b""
        while time.monotonic() < end and not found:
            try:
                connection.sendall(b"a")
                found = connection.recv(65536)
            except TimeoutError:
                continue
    assert found.startswith(b"HTTP/1.1 408 ")


def test_a_connection_on_which_nothing_comes_ends(quick: Served) -> None:
    with quick.connected() as connection:
        assert received(connection)[0] == 408


def test_who_does_not_take_the_answer_is_left(quick: Served) -> None:
    held = [sent(quick, "/test/large") for _ in range(2)]
    assert quick.ask("/healthz").status == 200  # after both workers were held
    for connection in held:
        connection.close()


# What cannot be read as a request


@pytest.mark.parametrize(
    ("request_text", "status", "code"),
    [
        (f"GET /{'a' * 9000} HTTP/1.1{END}{END}", 414, "too-long"),
        (f"{GET}X: {'a' * 9000}{END}{END}", 431, "too-long"),
        (f"{GET}{''.join(f'X{n}: a{END}' for n in range(100))}{END}", 431, "too-long"),
        (f"SECRET-NAME{END}{END}", 400, "structure"),
        (f"GET / HTTP/9.9{END}{END}", 400, "structure"),
        (f"{GET}Secret Name: x{END}{END}", 400, "structure"),
        (f"{GET}Content-Length: 1{END}Transfer-Encoding: chunked{END}{END}", 400, "structure"),
        (f"{GET}Content-Length: -1{END}{END}", 400, "structure"),
        (f"{GET}Transfer-Encoding: secret-name{END}{END}", 501, "not-supported"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_request_is_refused_in_the_form_of_the_doors(
    quick: Served, request_text: str, status: int, code: str
) -> None:
    with quick.connected() as connection:
        connection.sendall(request_text.encode())
        found, headers, body = received(connection)
    assert (found, issue(body)["code"]) == (status, code)
    assert headers["content-type"].startswith("application/fhir+json")
    assert b"secret" not in body.lower()
    assert "secret" not in quick.log.read_text().lower()


@pytest.mark.parametrize("body", [b"ZZZ\r\n{}\r\n", b"5\r\n{}", b"2\r\n{}XX", b"ffffffffffffffffffff\r\n"])
def test_a_chunked_body_that_is_broken_is_no_fault_of_the_service(quick: Served, body: bytes) -> None:
    with quick.connected() as connection:
        connection.sendall(
            f"POST {ASSESS} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"
            "Content-Type: application/fhir+json\r\n\r\n".encode()
            + body
        )
        connection.shutdown(socket.SHUT_WR)
        status, _, said = received(connection)
    assert status in (0, 400)  # who has gone hears nothing
    assert not said or issue(said)["code"]


# The queue


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with one worker, for whom two may wait."""
    with serving(tmp_path_factory.mktemp("alone"), workers=1, app=SLOW, max_waiting=2) as served:
        yield served


def test_beyond_the_queue_is_refused_at_once_and_health_is_answered_all_the_same(alone: Served) -> None:
    busy = sent(alone, "/test/sleep?seconds=2")
    time.sleep(0.5)  # the worker has taken it
    waiting = [sent(alone, "/healthz"), *(sent(alone, ASSESS, BUNDLE) for _ in range(7))]
    assert received(busy)[0] == 200
    health, *others = [received(each) for each in waiting]
    assert health[0] == 200
    assert [status for status, _, _ in others] == [503] * 4 + [200] * 3
    for _, headers, body in others[:4]:
        assert headers["retry-after"] == "5"
        assert issue(body)["code"] == "throttled"


def test_a_large_body_that_is_refused_is_read_so_that_its_sender_sees_the_answer(alone: Served) -> None:
    busy = sent(alone, "/test/sleep?seconds=2")
    time.sleep(0.5)
    body = b"[" + b"1," * 4_000_000 + b"1]"
    refused = alone.connected()
    head = f"POST {ASSESS} HTTP/1.1{END}Host: 127.0.0.1{END}Content-Length: {len(body)}{END}{END}"
    refused.sendall(head.encode() + body[:1000])
    others = [sent(alone, "/healthz") for _ in range(3)]
    refused.sendall(body[1000:])
    assert received(refused)[0] == 503
    assert [received(each)[0] for each in (busy, *others)] == [200] * 4


# The end


def test_a_stop_answers_all_who_wait_and_takes_nobody_new(tmp_path: Path) -> None:
    with serving(tmp_path, workers=2, app=SLOW) as served:
        busy = [sent(served, "/test/sleep?seconds=1") for _ in range(2)]
        time.sleep(0.2)
        waiting = [sent(served, ASSESS, BUNDLE) for _ in range(20)]
        served.process.send_signal(signal.SIGTERM)
        until(lambda: b"term" in served.log.read_bytes())
        time.sleep(0.2)
        with pytest.raises(TimeoutError):  # the kernel drops it, until it is refused
            socket.create_connection(("127.0.0.1", served.port), timeout=0.2)
        answers = [received(each) for each in (*busy, *waiting)]
        assert [status for status, _, _ in answers] == [200] * 22
        assert served.process.wait(20) == 0
        with pytest.raises(ConnectionRefusedError):
            served.connected()


def test_who_still_waits_when_the_time_for_that_is_over_is_refused_cleanly(tmp_path: Path) -> None:
    with serving(tmp_path, workers=1, app=SLOW, drain_seconds=1) as served:
        busy = sent(served, "/test/sleep?seconds=1")
        time.sleep(0.2)
        waiting = [sent(served, f"/test/sleep?seconds={seconds}") for seconds in (1.5, 0, 0)]
        ready = sent(served, "/readyz")
        served.process.send_signal(signal.SIGTERM)
        assert received(busy)[0] == 200
        first, *rest = [received(each) for each in waiting]
        assert first[0] == 503  # it would have taken longer than is left
        assert [status for status, _, _ in rest] == [503, 503]
        assert {issue(body)["code"] for _, _, body in rest} == {"transient"}
        assert received(ready)[0] == 503
        assert served.process.wait(20) == 0


def test_a_worker_that_is_replaced_leaves_the_rest_to_the_others(tmp_path: Path) -> None:
    with serving(tmp_path, workers=2, app=SLOW) as served:
        before = set(served.workers())
        served.process.send_signal(signal.SIGHUP)
        answers = []
        while set(served.workers()) & before or len(answers) < 20:
            answers.append(served.ask(ASSESS, BUNDLE).status)
        assert set(answers) == {200}
        os.kill(served.workers()[0], signal.SIGTERM)
        assert [served.ask(ASSESS, BUNDLE).status for _ in range(10)] == [200] * 10
