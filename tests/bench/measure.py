"""Times of three ways to treat a record: parse it, validate it, assess it.

All take the same bytes. What a contender makes is released within its time, as in a request: freeing the parsed
record is a part of both parsing and assessing.

Every other round runs with the garbage collector off. Collecting costs most where most objects are made, which is in
parsing the whole record, so with the collector on, as the service runs, the ratio flatters the service. In rounds
with it on, it has nothing to look at but what the call makes.

Times are CPU time of the thread. On a busy machine a call of several milliseconds is interrupted nearly always and one
of half a millisecond nearly never, which no order of the calls makes even; and nothing here waits for anything. The
wall time is kept too, to show how busy the machine was.

Every record is new. The service keeps results for inputs that it has met, so measuring the same records in turn
would leave out a part of the work; what that would hide is measured as "the same record again".
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from statistics import mean
from time import perf_counter_ns, thread_time_ns
from typing import Any
from unittest import mock

import orjson

from service.fhir_mapping.inbound import take_in
from service.fhir_mapping.inbound.bounds import Bounds
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.parameters import question
from service.fhir_mapping.outbound import answer_json
from service.pipeline import Site, answered

Contender = Callable[[bytes], object]
STAGES = ("decode", "intake", "scores and plan", "answer")
_TODAY = date(2024, 1, 1)
#: A history of 50,000 entries repeats more findings than a site allows that has not raised SPINEMETS_MAX_FINDINGS.
_SITE = Site(bounds=Bounds(findings=100_000))


def parse(body: bytes) -> None:
    """What everything is compared with: ``orjson.loads``."""
    orjson.loads(body)


def assess(body: bytes) -> bytes:
    """The whole assessment, from the bytes of a request to those of its answer."""
    return answer_json(answered(question(decode(body)), _TODAY, _SITE))


def validate(body: bytes) -> None:
    """A full validation against the R4B models, as done by services that read a record through them."""
    from fhir.resources.R4B.bundle import Bundle  # noqa: PLC0415  # takes seconds to load

    Bundle.model_validate_json(body)


@dataclass
class Times:
    """The times of one contender in milliseconds, each also as a ratio to parsing the same bytes in the same round."""

    own: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def add(self, own: float, wall: float, base: float) -> None:
        self.own.append(own)
        self.wall.append(wall)
        self.ratios.append(own / base)


def race(
    bodies: Iterator[bytes], rounds: int, few: int, done: Callable[[], object] = lambda: None
) -> dict[tuple[str, bool], Times]:
    """Runs the contenders in turn on each body, so that a slow moment of the machine meets all of them.

    Parsing and assessing change places from round to round, and so does the collector. ``few`` is the number of rounds
    with a validation. The times are kept by contender, and by whether the collector was on. ``done`` is told of each
    round that is over.
    """
    times = {(name, on): Times() for name in ("parse", "assess", "again", "validate") for on in (False, True)}
    for n in range(rounds):
        body, on = next(bodies), n % 2 == 1
        first, second = (parse, assess) if n % 4 < 2 else (assess, parse)
        taken = {contender.__name__: milliseconds(contender, body, on) for contender in (first, second)}
        taken["again"] = milliseconds(assess, body, on)
        if n < few:
            taken["validate"] = milliseconds(validate, body, on)
        for name, (own, wall) in taken.items():
            times[name, on].add(own, wall, taken["parse"][0])
        done()
    return times


def milliseconds(contender: Contender, body: bytes, collector: bool) -> tuple[float, float]:
    """CPU time and wall time of one run."""
    with _fresh(collector):
        wall, own = perf_counter_ns(), thread_time_ns()
        contender(body)
        own, wall = thread_time_ns() - own, perf_counter_ns() - wall
    return own / 1e6, wall / 1e6


@contextmanager
def _fresh(collector: bool = True) -> Iterator[None]:
    gc.collect()
    gc.freeze()  # for good: nothing that is there now is looked at again
    if not collector:
        gc.disable()
    try:
        yield
    finally:
        gc.enable()


def stages(bodies: Iterator[bytes], rounds: int) -> dict[str, float]:
    """The mean time of each stage of an assessment, in milliseconds: means add up to the whole.

    "decode" is all that is done with the bytes, "intake" all that is done with the record (with a lazy parser that
    includes building what is read), "scores and plan" what the rest of ``assess`` does.
    """
    taken: dict[str, list[float]] = {stage: [] for stage in STAGES}
    for _ in range(rounds):
        body = next(bodies)
        with _fresh():
            for stage, time in zip(STAGES, _staged(body), strict=True):
                taken[stage].append(time / 1e6)
    return {stage: mean(times) for stage, times in taken.items()}


def _staged(body: bytes) -> tuple[int, ...]:
    intake = _Clock(take_in)
    marks = [thread_time_ns()]
    asked = question(decode(body))
    marks.append(thread_time_ns())
    with mock.patch("service.assess.take_in", intake):
        assessment = answered(asked, _TODAY, _SITE)
    marks.append(thread_time_ns())
    answer_json(assessment)
    marks.append(thread_time_ns())
    decoding, deciding, answering = (end - start for start, end in pairwise(marks))
    return decoding, intake.spent, deciding - intake.spent, answering


class _Clock:
    """A function that keeps the time spent in it."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.spent = 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        start = thread_time_ns()
        try:
            return self._function(*given, **named)
        finally:
            self.spent += thread_time_ns() - start
