"""What the soak looks for it would find: each of its checks is shown the fault that it is there for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from service.audit.rows import START, packed
from tests.soak import after
from tests.soak.access import Callers, callers
from tests.soak.calls import Call, Kind
from tests.soak.load import Load, Notes

ASKED = Call("record", "assess", "POST", "/x", b"{}", "application/json", status=200, right=b"right")
SCRAPED = '# TYPE spinemets_requests counter\nspinemets_requests_total{door="assess",method="POST",status="200"} %d\n'


def answered(status: str, body: bytes, length: int | None = None, more: str = "") -> Callable[[str], bytes]:
    """What a server says to a request with an id."""

    def made(name: str) -> bytes:
        size = len(body) if length is None else length
        return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\nX-Request-Id: {name}\r\n{more}\r\n".encode() + body

    return made


def met(known: Callers, said: Callable[[str], bytes], call: Call = ASKED) -> tuple[Notes, str]:
    """What the load notes when a server says this."""
    notes = Notes()

    async def run() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            name = head.partition(b"X-Request-Id: ")[2].partition(b"\r\n")[0].decode()
            writer.write(said(name))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        load = Load(server.sockets[0].getsockname()[1], known, notes, 1)
        await load.one(Kind("records", 1, iter([call])), 0.0)
        server.close()

    asyncio.run(run())
    return notes, notes.samples[0].outcome


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Callers:
    return callers(tmp_path_factory.mktemp("keys"))


def test_the_right_answer_is_no_finding(known: Callers) -> None:
    notes, outcome = met(known, answered("200 OK", b"right"))
    assert (outcome, notes.findings) == ("right", {})
    assert notes.answered == {("assess", "POST", 200): 1}


def test_an_answer_that_differs_in_one_byte_is_found(known: Callers) -> None:
    notes, outcome = met(known, answered("200 OK", b"rigHt"))
    assert (outcome, notes.findings) == ("wrong", {"record: a wrong answer": 1})
    assert "at 3" in notes.wrong["record"]


def test_a_fault_of_the_server_is_found(known: Callers) -> None:
    notes, _ = met(known, answered("500 Internal Server Error", b""))
    assert notes.findings == {"record: 500 for 200": 1}


def test_half_an_answer_is_never_taken_for_a_whole_one(known: Callers) -> None:
    notes, outcome = met(known, answered("200 OK", b"right", length=9))
    assert outcome == "cut within its answer"
    assert (len(notes.cuts), notes.answered) == (1, {})


def test_work_is_refused_cleanly_with_a_time_to_come_again(known: Callers) -> None:
    notes, outcome = met(known, answered("503 Service Unavailable", b"", more="Retry-After: 5\r\n"))
    assert (outcome, notes.findings) == ("busy 503", {})
    notes, _ = met(known, answered("503 Service Unavailable", b""))
    assert notes.findings == {"503 without Retry-After": 1}


def test_the_answer_to_another_request_is_found(known: Callers) -> None:
    notes, _ = met(known, lambda _: answered("200 OK", b"right")("another"))
    assert notes.findings == {"an answer to another request": 1}


def test_an_answer_without_a_length_is_found(known: Callers) -> None:
    notes, _ = met(known, lambda name: f"HTTP/1.1 200 OK\r\nX-Request-Id: {name}\r\n\r\nright".encode())
    assert notes.findings == {"an answer that does not say how long it is": 1}


def test_feedback_that_is_lost_doubled_or_invented_is_found(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/db.sqlite"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE feedback (card TEXT)"))
        connection.execute(text("INSERT INTO feedback VALUES ('a'), ('b'), ('b'), ('d')"))
    engine.dispose()
    notes = Notes(sent={"a", "b", "c"}, acknowledged={"a", "b", "c"})
    lost, twice, unknown = after.of_database(url, notes)
    assert (lost[-1], twice[-1], unknown[-1]) == ("1", "1", "1")
    assert list(after.of_database(url, Notes(sent={"a", "b", "d"}))) == [twice]


def _trail(path: Path, *names: str) -> None:
    previous, written = START, b""
    for number, name in enumerate(names, 1):
        event = {"entity": [{"type": {"code": "XrequestId"}, "what": {"identifier": {"value": name}}}]}
        row, previous = packed(number, previous, event)
        written += row
    path.write_bytes(written)


def test_an_answer_without_a_row_and_one_with_two_are_found(tmp_path: Path) -> None:
    trail = tmp_path / "trail"
    _trail(trail, "a", "b", "b")
    assert after.of_audit(trail, Notes(to_be_audited={"a": "record"})) == (3, [])
    _, found = after.of_audit(trail, Notes(to_be_audited={"a": "record", "b": "record", "c": "record"}))
    assert len(found) == 2


def test_a_changed_row_is_found(tmp_path: Path) -> None:
    trail = tmp_path / "trail"
    _trail(trail, "a", "b")
    trail.write_bytes(trail.read_bytes().replace(b'"a"', b'"c"'))
    _, found = after.of_audit(trail, Notes())
    assert "broken" in found[0]


def test_metrics_that_count_too_much_or_too_little_are_found() -> None:
    notes = Notes()
    notes.answered["assess", "POST", 200] = 5
    assert after.of_metrics(SCRAPED % 5, notes, 0) == (5, [])
    assert after.of_metrics(SCRAPED % 6, notes, 0)[1]
    assert after.of_metrics(SCRAPED % 4, notes, 0)[1]
    notes.unknown["assess"] = 1
    assert not after.of_metrics(SCRAPED % 6, notes, 0)[1]
    assert not after.of_metrics(SCRAPED % 4, notes, 1)[1]


def test_memory_that_grows_is_found_and_a_step_at_the_beginning_is_not() -> None:
    assert not after.of_memory([(n, 200.0 + n % 7) for n in range(100)])[1]
    assert after.of_memory([(n, 200.0 + n) for n in range(100)])[1]


def test_a_call_that_is_cut_though_nobody_was_killed_is_found() -> None:
    assert not after.of_cuts(Notes(cuts=[20.2]), [20.0, 40.0])
    assert after.of_cuts(Notes(cuts=[30.0]), [20.0, 40.0])
    assert after.of_cuts(Notes(cuts=[20.1, 20.2]), [20.0])
