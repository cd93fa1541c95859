"""Figures and logs of a real server, whose workers are killed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from service.operations import meters
from tests.support.figures import figure_in
from tests.support.serving import Served, serving
from tests.support.stored import CASES, contract

ASSESS = "/fhir/$assess-spinal-tumour"
REQUEST_MEMBERS = {"time", "level", "logger", "event", "door", "method", "status", "ms", "received", "sent", "request"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, workers=2, metrics=folder / "metrics", log_level="debug") as found:
        yield found
    assert not list((folder / "metrics").iterdir()), "the figures go with the server"


def scraped(served: Served) -> str:
    answer = served.ask("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return answer.body.decode()


def assessments(served: Served) -> float:
    return figure_in(scraped(served), meters.REQUESTS, door="assess", method="POST", status="200")


def counted(served: Served, expected: float) -> None:
    """Waits for a figure: a request is counted when its answer is sent, and another worker may be asked by then."""
    end = time.monotonic() + 30
    while (found := assessments(served)) != expected:
        assert found < expected
        assert time.monotonic() < end, "a request is not counted"
        time.sleep(0.02)


def lines(served: Served) -> list[dict[str, Any]]:
    return [json.loads(line) for line in served.log.read_bytes().decode().split("\n")[:-1]]


def requests(served: Served) -> list[dict[str, Any]]:
    return [each for each in lines(served) if each["logger"] == "spinemets.requests"]


def replaced(served: Served, gone: int) -> None:
    end = time.monotonic() + 30
    while gone in served.workers() or len(served.workers()) < 2:
        assert time.monotonic() < end, "the worker is not replaced"
        time.sleep(0.02)


def test_a_killed_worker_takes_no_figure_with_it_and_its_successor_goes_on(served: Served) -> None:
    body = orjson.dumps(contract(CASES[0]))
    files: set[tuple[str, ...]] = set()
    expected = assessments(served)
    for _ in range(4):
        for _ in range(4):
            assert served.ask(ASSESS, body).status == 200
        expected += 4
        counted(served, expected)
        gone = served.workers()[0]
        os.kill(gone, signal.SIGKILL)
        replaced(served, gone)
        assert assessments(served) == expected
        files.add(tuple(sorted(path.name for path in served.log.parent.rglob("*.db"))))
    assert len(files) == 1
    text = scraped(served)
    # The first worker has left by itself, when the others could share what the first questions load.
    assert figure_in(text, meters.WORKERS, event="started") == 7
    assert figure_in(text, meters.WORKERS, event="ended") == 5
    assert figure_in(text, meters.WORKERS, event="left") == 1


def test_a_worker_that_leaves_by_itself_is_told_from_one_that_is_killed(served: Served) -> None:
    before = figure_in(scraped(served), meters.WORKERS, event="left")
    gone = served.workers()[0]
    os.kill(gone, signal.SIGTERM)
    replaced(served, gone)
    assert figure_in(scraped(served), meters.WORKERS, event="left") == before + 1


def test_what_the_service_asked_itself_at_the_start_is_neither_counted_nor_logged(served: Served) -> None:
    text = scraped(served)
    assert figure_in(text, meters.REQUESTS, door="knowledge", method="GET", status="200") == 0
    assert not [each for each in requests(served) if each["door"] == "knowledge"]


def test_every_line_is_json_and_a_request_has_one(served: Served) -> None:
    served.ask("/fhir/metadata?name=Mustermann", X_Request_Id="one-of-mine")
    served.ask("/nothing/Mustermann", X_Request_Id="two-of-mine")
    end = time.monotonic() + 30
    while len(found := [each for each in requests(served) if each["request"] in ("one-of-mine", "two-of-mine")]) < 2:
        assert time.monotonic() < end, "a request is logged after its answer is sent"
        time.sleep(0.02)
    assert sorted((each["door"], each["method"], each["status"]) for each in found) == [
        ("metadata", "GET", 200),
        ("none", "GET", 404),
    ]
    assert all(each.keys() >= REQUEST_MEMBERS for each in found)
    assert b"Mustermann" not in served.log.read_bytes()


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /Mustermann\r\n\r\n",
        b"GET /Mustermann HTTP/1.1\r\nHost: a\r\nMuster mann: 1\r\n\r\n",
        b"GET /Mustermann HTTP/1.1\r\nHost: a\r\nContent-Length: Mustermann\r\n\r\n",
        b"Mustermann\x1b[31m / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xff%0AMustermann HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\x1b[31mMustermann\r\n\r\n",
    ],
)
def test_what_is_no_request_is_not_quoted(served: Served, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as client:
        client.sendall(sent)
        answer = client.recv(65536)
    assert re.match(rb"HTTP/1\.[01] [1-5]\d\d ", answer)
    assert lines(served)
    assert b"Mustermann" not in served.log.read_bytes()
    assert b"\x1b" not in served.log.read_bytes()


def test_it_is_ready(served: Served) -> None:
    answer = served.ask("/readyz")
    assert answer.status == 200
    assert orjson.loads(answer.body)["status"] == "ready"
