"""``spinemets audit``: whether a trail is whole, who asked about a patient, and its events on a FHIR server once."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.audit import Trail, key_beside, last_row, read_key, rotate
from service.audit.hashing import made_beside
from service.cli import main
from tests.docs.pages import ROOT
from tests.support.audited import AT, event, events, trail
from tests.support.fhir_server import Fault, Store, serving


@pytest.fixture
def file(tmp_path: Path) -> Path:
    trail(tmp_path / "audit.jsonl")
    return tmp_path / "audit.jsonl"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy server is asked again at once."""
    monkeypatch.setattr("service.outgoing.transport.time.sleep", lambda _: None)


class Ran:
    def __init__(self, capture: pytest.CaptureFixture[str], code: int) -> None:
        self.code = code
        self.out, self.err = capture.readouterr()


@pytest.fixture
def audit(capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def call(*arguments: str | Path) -> Ran:
        code = main(["audit", *map(str, arguments)])
        sys.stdout.flush()
        return Ran(capfd, code)

    return call


def check_bad(ran: Ran, *words: str) -> None:
    assert (ran.code, ran.out) == (2, ""), ran.err
    assert ran.err.startswith("spinemets: ")
    assert len(ran.err.splitlines()) == 1, ran.err
    for word in words:
        assert word in ran.err


def test_a_trail_that_is_whole_is_said_to_be_with_its_end(audit: Any, file: Path) -> None:
    ran = audit("verify", file)
    last = last_row(file)
    assert last is not None
    assert (ran.code, ran.out, ran.err) == (0, f"whole: rows 1 to 5, last hash {last.hash}\n", "")
    assert audit("last", file).out == f"5 {last.hash}\n"
    assert audit("verify", file, "--last", last.hash).code == 0


def test_a_trail_that_is_not_whole_is_refused_with_the_first_line_that_is_wrong(audit: Any, file: Path) -> None:
    noted = audit("last", file).out.split()[1]
    listed = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([*listed[:2], *listed[3:]]))
    check_bad(audit("verify", file), "line 3", "rows 3 to 3 are missing")
    file.write_bytes(b"".join(listed[:4]))
    check_bad(audit("verify", file, "--last", noted), "rows after 4 are missing")
    check_bad(audit("verify", file.with_name("nothing")), "No such file")


def test_a_write_that_was_cut_off_is_noted(audit: Any, file: Path) -> None:
    with file.open("ab") as opened:
        opened.write(b'{"ev')
    assert "the last write is under way, or was cut off" in audit("verify", file).err
    Trail(file).append(event())
    ran = audit("verify", file)
    assert (ran.code, "noted by the row after it: 1" in ran.err) == (0, True)


def test_a_file_is_set_aside_while_the_chain_goes_on(audit: Any, file: Path) -> None:
    aside = audit("rotate", file).out.strip()
    assert audit("verify", aside, file).code == 0
    assert audit("verify", file, "--after", audit("last", aside).out.split()[1]).code == 0
    check_bad(audit("verify", file, "--after", "0" * 64), "--after")
    check_bad(audit("rotate", file.with_name("nothing")), "no such file")


def test_a_hash_that_is_none_is_a_wrong_call(audit: Any, file: Path) -> None:
    with pytest.raises(SystemExit) as left:
        audit("verify", file, "--last", "abc")
    assert left.value.code == 2


# Who asked about a patient


@pytest.fixture
def found(tmp_path: Path) -> Path:
    file = tmp_path / "found.jsonl"
    made_beside(file)
    key = read_key(key_beside(file))
    made = Trail(file)
    made.append(event(("identifier https://hospital.example/mrn|4711", "reference Patient/p1"), key=key))
    made.append(event(("reference Patient/p2",), key=key))
    made.append(event(("reference Patient/p2",), ("reference Patient/p1",), key=key))
    return file


@pytest.mark.parametrize(
    ("patient", "number"), [("https://hospital.example/mrn|4711", 1), ("p1", 2), ("Patient/p2", 2), ("p3", 0)]
)
def test_the_events_about_a_patient_are_found(audit: Any, found: Path, patient: str, number: int) -> None:
    ran = audit("find", found, "--patient", patient)
    listed = [orjson.loads(line) for line in ran.out.splitlines()]
    assert (ran.code, ran.err, len(listed)) == (0, "", number)
    assert all(each in events(found) for each in listed)


def test_the_patient_may_come_from_standard_input(audit: Any, found: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("p1\n"))
    assert len(audit("find", found, "--patient", "-").out.splitlines()) == 2


def test_events_that_are_hashed_with_another_key_are_said_to_be_there(audit: Any, found: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("another secret of the same site, long enough\n")
    ran = audit("find", found, "--patient", "p1", "--key", tmp_path / "other")
    assert (ran.code, ran.out) == (0, "")
    assert "the patients of 3 events are hashed with another key" in ran.err


def test_without_the_key_nobody_is_found(audit: Any, file: Path) -> None:
    check_bad(audit("find", file, "--patient", "p1"), "key")


# To a server


@pytest.fixture(params=["update-create", "conditional-create"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A server that lets clients name what they store, and one that does not."""
    offer = {"updateCreate": True} if request.param == "update-create" else {"conditionalCreate": True}
    with serving(Store()) as running:
        running.statement = lambda made: _with(made, offer)
        yield running


def _with(made: dict[str, Any], offer: dict[str, Any]) -> dict[str, Any]:
    made["rest"][0]["resource"].append({"type": "AuditEvent", **offer})
    return made


def held(store: Store) -> list[dict[str, Any]]:
    """What the server holds, without what it adds itself."""
    return in_order({n: v for n, v in each.items() if n not in ("id", "meta")} for each in store.of("AuditEvent"))


def in_order(listed: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(listed, key=lambda each: orjson.dumps(each, option=orjson.OPT_SORT_KEYS))


def posts(store: Store) -> int:
    return sum(method == "POST" for method, _, _ in store.calls)


def test_every_event_is_on_the_server_once_however_often_it_is_sent(audit: Any, file: Path, store: Store) -> None:
    ran = audit("send", file, "--server", store.base)
    assert (ran.code, ran.err) == (0, "sent     5 events, up to row 5\n")
    assert held(store) == in_order(events(file))
    assert audit("send", file, "--server", store.base).err == "sent     0 events, up to row 5\n"
    assert posts(store) == 1
    file.with_name("audit.jsonl.sent").unlink()
    assert audit("send", file, "--server", store.base).code == 0
    assert held(store) == in_order(events(file))
    Trail(file).append(event())
    assert audit("send", file, "--server", store.base).err == "sent     1 events, up to row 6\n"
    assert held(store) == in_order(events(file))


@pytest.mark.parametrize("fault", [Fault("POST ", 503), Fault("POST ", 0, after=True), Fault("POST ", 500, after=True)])
def test_a_server_that_fails_holds_each_once_in_the_end(audit: Any, file: Path, store: Store, fault: Fault) -> None:
    store.faults = [Fault(fault.matching, fault.status, times=1, after=fault.after)]
    audit("send", file, "--server", store.base)
    assert audit("send", file, "--server", store.base).code == 0
    assert held(store) == in_order(events(file))


def test_a_server_that_goes_on_failing_is_said_to_and_nothing_is_lost(audit: Any, file: Path, store: Store) -> None:
    store.faults = [Fault("POST ", 503, times=100)]
    check_bad(audit("send", file, "--server", store.base), "HTTP 503", "after row 0")
    store.faults = []
    assert audit("send", file, "--server", store.base).code == 0
    assert held(store) == in_order(events(file))


def test_many_events_go_in_several_transactions(audit: Any, file: Path, store: Store) -> None:
    for _ in range(200):
        Trail(file, sync=False).append(event())
    assert audit("send", file, "--server", store.base).err == "sent     205 events, up to row 205\n"
    assert (posts(store), len(held(store))) == (3, 205)


def test_files_that_were_set_aside_are_sent_before_and_none_may_lack(audit: Any, file: Path, store: Store) -> None:
    assert audit("send", file, "--server", store.base).code == 0
    Trail(file).append(event())
    aside = rotate(file, AT)
    check_bad(audit("send", file, "--server", store.base), "Give the files that were set aside as well")
    assert audit("send", aside, file, "--server", store.base).err == "sent     2 events, up to row 7\n"
    assert held(store) == in_order([*events(aside), *events(file)])


def test_another_trail_and_a_changed_row_are_not_sent(audit: Any, file: Path, store: Store) -> None:
    assert audit("send", file, "--server", store.base).code == 0
    content = file.read_bytes()
    file.unlink()
    made = Trail(file)
    for n in range(6):
        made.append(event((f"reference Patient/other{n}",)))
    check_bad(audit("send", file, "--server", store.base), "another one than was sent before")
    file.write_bytes(content.replace(b'"outcome":"0"', b'"outcome":"4"'))
    file.with_name("audit.jsonl.sent").unlink()
    check_bad(audit("send", file, "--server", store.base), "Row 1 was changed")
    assert len(held(store)) == 5


def test_a_server_that_could_hold_events_twice_is_refused(audit: Any, file: Path) -> None:
    with serving(Store()) as plain:
        plain.statement = lambda made: _with(made, {})
        check_bad(audit("send", file, "--server", plain.base), "updateCreate", "conditionalCreate")
        assert not held(plain)


def test_the_place_that_is_damaged_is_said_to_be(audit: Any, file: Path, store: Store) -> None:
    file.with_name("audit.jsonl.sent").write_bytes(b"[1]")
    check_bad(audit("send", file, "--server", store.base), "Remove it")


def test_it_follows_the_trail_over_a_rotation_until_it_is_told_to_end(file: Path, store: Store) -> None:
    arguments = ["audit", "send", str(file), "--server", store.base, "--follow"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    following = subprocess.Popen(
        [sys.executable, "-m", "service", *arguments], cwd=ROOT, env=environment, stderr=subprocess.PIPE
    )
    try:
        until(lambda: len(held(store)) == 5)
        made = Trail(file)
        made.append(event(("reference Patient/a",)))
        aside = rotate(file, AT)
        made.append(event(("reference Patient/b",)))
        until(lambda: len(held(store)) == 8)
        following.send_signal(signal.SIGTERM)
        assert following.communicate(timeout=120)[1].decode() == "sent     8 events, up to row 8\n"
        assert following.returncode == 0
    finally:
        following.kill()
    assert held(store) == in_order([*events(aside), *events(file)])


def until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 120
    while not so():
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.05)
