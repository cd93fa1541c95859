"""Sends attempts to the application within this process, and finds out what was wrong with each."""

from __future__ import annotations

import logging
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask

from service.api.app import create_app
from service.api.settings import Settings
from tests.fuzz.attempts import Attempt
from tests.fuzz.judge import Wrong, judge
from tests.fuzz.limits import LONGEST_S
from tests.fuzz.pools import MARK

#: By the clock, for what waits and does not compute.
_PATIENCE_S = 30.0
_ONE_IN = 5


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt."""

    status: int
    """0 where there was no answer."""
    seconds: float
    """Of processor time."""
    wrong: str = ""
    """What is wrong with it, if anything; the same words for the same fault."""
    told: str = ""
    """The trace, where there is one."""


class _TooLong(BaseException):
    """The call took too long. Nothing that catches exceptions stops it."""


class Sender:
    """An application, and what it does with attempts."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(
            database=f"sqlite:///{folder}/fuzz.sqlite", jobs=_private(folder / "jobs"), async_from_bytes=1, max_jobs=64
        )
        self.app = create_app(settings)
        self.client = self.app.test_client()
        self._faults = _faults_of(self.app)
        self._logged = _Marks()
        logging.getLogger().addHandler(self._logged)

    def send(self, attempt: Attempt, number: int = 0) -> Outcome:
        """The outcome of an attempt. It is looked at thoroughly one time in five, by its number."""
        self._faults.clear()
        self._logged.seen = ""
        begun = time.process_time()
        status = 0
        try:
            with _limited():
                response = self.client.open(
                    attempt.path, method=attempt.method, headers=_plain(attempt.headers), data=attempt.body
                )
                status = response.status_code
                data_seconds = time.process_time() - begun
                judge(attempt, response, thoroughly=number % _ONE_IN == 0)
                response.close()
            if data_seconds > LONGEST_S:
                raise Wrong(f"slow: over {LONGEST_S:g} s")
            if self._logged.seen:
                raise Wrong("a text of the request is in the log")
        except Wrong as wrong:
            trace = self._faults[-1] if self._faults else ""
            where = trace.strip().splitlines()[-3].strip() if trace.count("\n") > 3 else ""
            return Outcome(status, time.process_time() - begun, f"{attempt.kind}: {wrong} {where}".strip(), trace)
        except _TooLong:
            trace = traceback.format_exc()
            ours = [line.strip() for line in trace.splitlines() if "/service/" in line]
            return Outcome(0, time.process_time() - begun, f"{attempt.kind}: hang {ours[-1] if ours else ''}", trace)
        except Exception as error:  # one that got through the application, or a judge's own
            trace = traceback.format_exc()
            lines = [line.strip() for line in trace.splitlines() if line.strip().startswith("File")]
            return Outcome(
                status, time.process_time() - begun, f"{attempt.kind}: {type(error).__name__} {lines[-1]}", trace
            )
        return Outcome(status, data_seconds)


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _plain(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Headers as a server gives them to an application: bytes as Latin-1, and nothing that ends a line."""
    found = []
    for name, value in headers:
        shown = value.encode("utf-8", "surrogatepass").decode("latin-1")
        found.append((name, "".join(each for each in shown if each not in "\r\n\x00")))
    return found


def _faults_of(app: Flask) -> list[str]:
    """The traces of what the application says is a fault of its own; it shows them to nobody."""
    found: list[str] = []
    handlers: dict[Any, Any] = app.error_handler_spec[None][None]
    said = handlers[Exception]

    def noted(error: Exception) -> Any:
        found.append("".join(traceback.format_exception(error)))
        return said(error)

    handlers[Exception] = noted
    return found


class _Marks(logging.Handler):
    """Sees what is logged of what was sent."""

    seen = ""

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if MARK in line:
            self.seen = line


def _ring(number: int, frame: FrameType | None) -> None:
    raise _TooLong


@contextmanager
def _limited() -> Iterator[None]:
    """Ends what takes far longer than a call may, by processor time or by the clock."""
    before = [signal.signal(each, _ring) for each in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S * 2)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in zip((signal.SIGPROF, signal.SIGALRM), before, strict=True):
            signal.signal(each, handler)


def resident_bytes() -> int:
    """How much memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
