"""Whether the service is ready: checks, each in a thread of its own, within a time for all of them.

A disk or database that hangs cannot hang the probe, nor take more than one thread for each check: while one is under
way, it is not begun again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended, and how the service stands."""

    READY = "ready"
    DEGRADED = "degraded"
    UNREADY = "unready"


@dataclass(frozen=True, eq=False)
class Check:
    """Something that has to be so."""

    name: str
    does: Callable[[], str | None]
    """None where all is well, else what is wrong in a short sentence. What it raises is said by its kind alone."""
    needed: bool
    """Whether no record should come while it is not so; else only a part of the service has to wait for it."""


@dataclass(frozen=True)
class Found:
    """What a check found."""

    state: State
    ms: float
    says: str


class Checks:
    """Checks that are run again and again."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._checks = tuple(checks)
        self._under_way: dict[str, _Run] = {}
        self._lock = threading.Lock()

    def run(self, seconds: float) -> Mapping[str, Found]:
        """What each found, within so many seconds in all."""
        end = time.monotonic() + seconds
        with self._lock:
            runs = {check.name: self._begun(check) for check in self._checks}
        return {
            check.name: runs[check.name].found(check, max(0.0, end - time.monotonic()), seconds)
            for check in self._checks
        }

    def _begun(self, check: Check) -> _Run:
        run = self._under_way.get(check.name)
        if run is None or run.ended.is_set():
            run = _Run(check)
            self._under_way[check.name] = run
        return run


class _Run:
    """One run of a check."""

    def __init__(self, check: Check) -> None:
        self.ended = threading.Event()
        self._began = time.monotonic()
        self._took = 0.0
        self._wrong: str | None = None
        threading.Thread(target=self._do, args=(check,), name=f"check-{check.name}", daemon=True).start()

    def found(self, check: Check, wait: float, seconds: float) -> Found:
        bad = State.UNREADY if check.needed else State.DEGRADED
        if not self.ended.wait(wait):
            ms = (time.monotonic() - self._began) * 1000
            return Found(bad, round(ms, 1), f"No answer within {seconds:g} s.")
        return Found(State.READY if self._wrong is None else bad, round(self._took * 1000, 1), self._wrong or "ok")

    def _do(self, check: Check) -> None:
        try:
            self._wrong = check.does()
        except Exception as error:
            self._wrong = f"The check fails: {type(error).__name__}."
        finally:
            self._took = time.monotonic() - self._began
            self.ended.set()


def together(found: Mapping[str, Found]) -> State:
    """How the service stands: as the worst of the checks."""
    states = {each.state for each in found.values()}
    return next((state for state in (State.UNREADY, State.DEGRADED) if state in states), State.READY)
