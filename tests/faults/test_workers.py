"""Workers that are killed, and a server that is stopped, under load: nothing wrong is said, and nothing is lost."""

from __future__ import annotations

import http.client
import json
import os
import signal
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.serving import Served, serving

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
ASSESS = "/fhir/$assess-spinal-tumour"
FEEDBACK = "/cds-services/spinal-tumour-patient-view/feedback"
#: Longer runs, for ``make faults``.
LONG = bool(os.environ.get("FAULTS"))
KILLS = 20 if LONG else 2
only_long = pytest.mark.skipif(not LONG, reason="minutes of load: make faults")
CALLERS = 4


@dataclass
class Load:
    """What callers saw."""

    seen: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def note(self, what: str) -> None:
        with self.lock:
            self.seen[what] += 1


def right_answers(served: Served) -> dict[str, bytes]:
    """What each example is answered with when nothing is broken."""
    return {path.name: served.ask(ASSESS, path.read_bytes()).body for path in EXAMPLES}


def feedback(card: str) -> bytes:
    given = {"card": card, "outcome": "accepted", "acceptedSuggestions": [{"id": str(uuid.uuid4())}]}
    return json.dumps({"feedback": [{**given, "outcomeTimestamp": "2026-10-01T09:30:00Z"}]}).encode()


def caller(served: Served, right: dict[str, bytes], load: Load) -> None:
    """Asks for one example after another, and tells of a card in between."""
    while not load.over.is_set():
        for path in EXAMPLES:
            if load.over.is_set():
                return
            attempt(load, lambda path=path: assess(served, path, right[path.name], load))  # type: ignore[misc]
            attempt(load, lambda: tell(served, load))


def assess(served: Served, path: Path, right: bytes, load: Load) -> None:
    answer = served.ask(ASSESS, path.read_bytes(), seconds=60)
    load.note(f"assess {answer.status}")
    if answer.status not in (200, 503) or (answer.status == 200 and answer.body != right):
        load.wrong.append(f"{path.name}: {answer.status}")


def tell(served: Served, load: Load) -> None:
    card = str(uuid.uuid4())
    answer = served.ask(FEEDBACK, feedback(card), "application/json", seconds=60)
    load.note(f"feedback {answer.status}")
    if answer.status == 200:
        load.acknowledged.append(card)
    elif answer.status != 503:
        load.wrong.append(f"feedback: {answer.status}")


def attempt(load: Load, call: Callable[[], None]) -> None:
    """A call whose connection may break; half an answer is an exception as well."""
    try:
        call()
    except ConnectionRefusedError:
        load.note("refused")
    except (OSError, http.client.HTTPException) as error:
        load.note(f"broken: {type(error).__name__}")


def kept(folder: Path) -> Counter[str]:
    """How often each card is in the database."""
    with sqlite3.connect(folder / "state" / "spinemets" / "spinemets.sqlite") as database:
        return Counter(str(uuid.UUID(str(card))) for (card,) in database.execute("select card from feedback"))


def under_load(served: Served, load: Load, do: Callable[[], None]) -> None:
    right = right_answers(served)
    callers = [threading.Thread(target=caller, args=(served, right, load)) for _ in range(CALLERS)]
    for each in callers:
        each.start()
    try:
        do()
    finally:
        load.over.set()
        for each in callers:
            each.join(90)


def test_a_worker_that_is_killed_takes_its_request_with_it_and_nothing_else(tmp_path: Path) -> None:
    load = Load()

    def kill() -> None:
        for n in range(KILLS):
            time.sleep(1)
            workers = served.workers()
            os.kill(workers[n % len(workers)], signal.SIGKILL)
        time.sleep(1)

    with serving(tmp_path, workers=2) as served:
        under_load(served, load, kill)
        assert served.stop() == 0
    print(dict(load.seen), f"killed {KILLS}, acknowledged {len(load.acknowledged)}")
    assert not load.wrong
    assert load.seen["assess 200"] > KILLS
    # Who is connected to a worker that dies sees it; no more of them than there were.
    assert sum(number for what, number in load.seen.items() if what.startswith(("broken", "refused"))) <= 2 * KILLS
    there = kept(tmp_path)
    assert all(there[card] == 1 for card in load.acknowledged)


@only_long
def test_a_stop_under_load_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    load = Load()
    with serving(tmp_path, workers=2) as served:

        def stop() -> None:
            time.sleep(2)
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(40) == 0

        under_load(served, load, stop)
    print(dict(load.seen), f"acknowledged {len(load.acknowledged)}")
    assert not load.wrong
    assert load.seen["assess 200"]
    assert not [what for what in load.seen if what.startswith("broken")]  # answered, or refused by the kernel
    there = kept(tmp_path)
    assert all(there[card] == 1 for card in load.acknowledged)


@only_long
def test_a_reload_under_load_is_seen_by_nobody(tmp_path: Path) -> None:
    load = Load()
    with serving(tmp_path, workers=2) as served:

        def reload() -> None:
            for _ in range(2):
                before = set(served.workers())
                served.process.send_signal(signal.SIGHUP)
                end = time.monotonic() + 40
                while set(served.workers()) & before and time.monotonic() < end:
                    time.sleep(0.1)
                assert not set(served.workers()) & before

        under_load(served, load, reload)
    print(dict(load.seen))
    assert not load.wrong
    assert set(load.seen) == {"assess 200", "feedback 200"}
