"""Checks run within a time, whatever they hang on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from service.operations.kept import Kept
from service.operations.readiness import Check, Checks, State, together


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """Something to wait for that comes when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def well() -> None:
    return None


def broken() -> None:
    raise OSError(5, "the secret path /records/Mustermann")


@pytest.mark.parametrize(
    ("checks", "state"),
    [
        ([Check("a", well, needed=True), Check("b", well, needed=False)], State.READY),
        ([Check("a", well, needed=True), Check("b", lambda: "It is full.", needed=False)], State.DEGRADED),
        ([Check("a", broken, needed=True), Check("b", lambda: "It is full.", needed=False)], State.UNREADY),
        ([], State.READY),
    ],
)
def test_the_service_stands_as_the_worst_of_its_checks(checks: list[Check], state: State) -> None:
    assert together(Checks(checks).run(5)) is state


def test_what_is_wrong_is_said_and_what_is_raised_only_by_its_kind() -> None:
    found = Checks([Check("a", lambda: "It is full.", needed=False), Check("b", broken, needed=True)]).run(5)
    assert found["a"].says == "It is full."
    assert found["b"].says == "The check fails: OSError."


def test_a_check_that_hangs_costs_the_time_of_all_and_no_more(hanging: threading.Event) -> None:
    checks = Checks([Check(name, lambda: hanging.wait(60) and None, needed=True) for name in "abc"])
    began = time.monotonic()
    found = checks.run(0.3)
    assert time.monotonic() - began < 5
    assert {each.says for each in found.values()} == {"No answer within 0.3 s."}
    assert together(found) is State.UNREADY


def test_a_check_that_hangs_is_not_begun_again(hanging: threading.Event) -> None:
    begun: list[str] = []
    ended = threading.Event()

    def hangs() -> None:
        begun.append(threading.current_thread().name)
        hanging.wait(60)
        ended.set()

    checks = Checks([Check("disk", hangs, needed=True)])
    for _ in range(5):
        assert checks.run(0.05)["disk"].state is State.UNREADY
    assert len(begun) == 1
    hanging.set()
    assert ended.wait(5)
    assert checks.run(5)["disk"].state is State.READY


def test_a_figure_is_looked_up_again_only_when_it_is_old() -> None:
    looked: list[int] = []
    kept = Kept(lambda: looked.append(1) or len(looked), seconds=60, wait=5)
    assert [kept.get(), kept.get()] == [1, 1]
    fresh = Kept(lambda: looked.append(1) or len(looked), seconds=0, wait=5)
    assert [fresh.get(), fresh.get()] == [2, 3]


def test_a_figure_that_cannot_be_had_is_none(hanging: threading.Event) -> None:
    for look in (broken, lambda: hanging.wait(60)):
        with pytest.raises(LookupError):
            Kept(look, seconds=60, wait=0.05).get()
