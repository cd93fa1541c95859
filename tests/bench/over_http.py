"""Assessments over HTTP as a share of an echo: calls a second of two servers under one configuration, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from service.api.fhir import OPERATION
from tests.bench import contest
from tests.bench.contest import Contender
from tests.bench.echo import PATH as ECHO
from tests.bench.figures import Section
from tests.bench.records import record
from tests.bench.serving import ECHOING, OURS, under_gunicorn

_FHIR = "application/fhir+json"
CLIENTS = 8


@dataclass(frozen=True)
class Depth:
    """How much is measured."""

    sizes: tuple[int, ...]
    rounds: int
    calls: tuple[int, ...]
    """In a round, for each of the sizes."""
    warming: int
    workers: int = 2


FULL = Depth((50, 500), 5, (120, 60), 100)
QUICK = Depth((50, 500), 3, (60, 30), 40)
SMALLEST = Depth((50,), 1, (4,), 2, workers=1)


def measure(depth: Depth) -> Section:
    """Measures and prints."""
    section = Section("http")
    print(
        f"\nHTTP: {depth.workers} sync workers each, {CLIENTS} clients without pauses, another record in every call\n"
    )
    print(contest.HEAD, flush=True)
    with under_gunicorn(OURS, depth.workers) as ours, under_gunicorn(ECHOING, depth.workers) as echo:
        servers = {
            "assessment": Contender(ours, f"/fhir/${OPERATION}", _FHIR),
            "echo": Contender(echo, ECHO),
        }
        for entries, calls in zip(depth.sizes, depth.calls, strict=True):
            numbers = range(-depth.warming, depth.rounds * calls)
            bodies = contest.made(partial(body, entries), numbers, f"records of {entries} entries")
            rounds = contest.chunks(bodies[depth.warming :], depth.rounds)
            found = contest.held(servers, bodies[: depth.warming], rounds, CLIENTS)
            for name, outcome in found.items():
                print(contest.row(f"{name}, {entries} entries", outcome), flush=True)
            ours_found, echo_found = found["assessment"], found["echo"]
            section.ratios[f"share of echo: {entries} entries"] = ours_found.rate_to(echo_found)
            section.figures |= {
                f"calls/s: {entries} entries": ours_found.whole.calls_per_second,
                f"echo: calls/s, {entries} entries": echo_found.whole.calls_per_second,
                f"load client, share of a processor: {entries} entries": ours_found.whole.own_share,
                f"load client, share of a processor beside the echo: {entries} entries": echo_found.whole.own_share,
            }
    return section


def body(entries: int, number: int) -> bytes:
    """A record that no other call has."""
    return record(entries, 10_000 + number).compact
