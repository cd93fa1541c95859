"""Calls of CDS Hooks, beside an echo of the same bodies and beside HealthChain with the same cards.

Workers and clients are as many for each; a prefetch of fifty entries. Another patient in every call, or with
``--patients`` so many in turn. ``python -m tests.bench.cds`` measures these alone, with as many calls as wanted.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from service.cds_hooks.prefetch import TEMPLATES
from tests.bench import contest
from tests.bench.contest import Contender
from tests.bench.echo import PATH as ECHO
from tests.bench.figures import Section
from tests.bench.healthchain import environment
from tests.bench.healthchain.hook import SERVICE
from tests.bench.records import record
from tests.bench.serving import ECHOING, OURS, under_gunicorn
from tests.interop.seeding import seeded

_LONG = 90  # entries of a record, of which enough are of types that are prefetched
_WARM_UP = 200
_NAME, _THEIRS = "spinemets-cds", "HealthChain"


@dataclass(frozen=True)
class Depth:
    """How much is measured."""

    rounds: int
    calls: int
    """In a round."""
    warming: int = _WARM_UP
    workers: int = 2
    clients: int = 8
    entries: int = 50
    """Of the prefetch, the patient included."""
    patients: int = 0
    """So many in turn; 0 for another in every call."""
    makes_venv: bool = True
    """Whether HealthChain is installed where it is not."""


FULL = Depth(5, 120)
QUICK = Depth(3, 60, 60)
SMALLEST = Depth(1, 4, 2, workers=1, makes_venv=False)


def measure(depth: Depth) -> Section:
    """Measures and prints."""
    section = Section("cds")
    whose = f"{depth.patients} patients in turn" if depth.patients else "another patient in every call"
    print(f"\nCDS Hooks: {depth.workers} workers each, {depth.clients} clients without pauses, ", end="")
    print(f"{depth.entries} entries in a prefetch, {whose}\n")
    numbers = range(-depth.warming, depth.rounds * depth.calls)
    bodies = contest.made(partial(body, depth.entries, depth.patients), numbers, "calls")
    with ExitStack() as stack:
        ours = stack.enter_context(under_gunicorn(OURS, depth.workers))
        echo = stack.enter_context(under_gunicorn(ECHOING, depth.workers))
        servers = {_NAME: Contender(ours, f"/cds-services/{SERVICE}"), "echo": Contender(echo, ECHO)}
        try:
            python = environment.python(make=depth.makes_venv)
        except environment.NotInstalled as reason:
            section.left_out.append(f"HealthChain: {reason}")
        else:
            theirs = stack.enter_context(environment.served(python, depth.workers))
            servers[_THEIRS] = Contender(theirs, f"/cds/cds-services/{SERVICE}")
        rounds = contest.chunks(bodies[depth.warming :], depth.rounds)
        found = contest.held(servers, bodies[: depth.warming], rounds, depth.clients)
    print(contest.HEAD + f" {'cards':>6}")
    for name, outcome in found.items():
        print(f"{contest.row(name, outcome)} {outcome.whole.cards / len(outcome.whole.milliseconds):6.2f}")
    _fill(section, found)
    return section


def _fill(section: Section, found: dict[str, contest.Outcome]) -> None:
    ours, echo, theirs = found[_NAME], found["echo"], found.get(_THEIRS)
    section.ratios["share of echo: calls/s"] = ours.rate_to(echo)
    section.ratios["p50 to that of the echo"] = ours.whole.percentile(50) / echo.whole.percentile(50)
    if theirs:
        if theirs.whole.cards != ours.whole.cards:
            raise SystemExit(f"Cards differ: {ours.whole.cards} here, {theirs.whole.cards} of HealthChain.")
        section.ratios["calls/s to HealthChain"] = ours.rate_to(theirs)
        section.figures["HealthChain: calls/s"] = theirs.whole.calls_per_second
        section.figures["HealthChain: CPU ms"] = theirs.milliseconds_of_processor
    section.figures |= {
        "calls/s": ours.whole.calls_per_second,
        "CPU ms": ours.milliseconds_of_processor,
        **{f"p{percent} ms: {_NAME}": ours.whole.percentile(percent) for percent in (50, 95, 99)},
        "echo: calls/s": echo.whole.calls_per_second,
        "load client, share of a processor": ours.whole.own_share,
    }


def body(entries: int, patients: int, firing: int) -> bytes:
    """A call whose prefetch has so many entries; every patient has other values, ids, and findings missing."""
    variant = firing if firing < 0 or not patients else firing % patients
    patient, transaction = seeded(orjson.loads(record(_LONG, variant).compact), f"v{variant}")
    resources = [entry["resource"] for entry in transaction["entry"]]
    # The findings are at the end of a record, so it is the history that is cut.
    kept = [each for each in resources if each["resourceType"] in TEMPLATES][1:][1 - entries :]
    found: dict[str, list[Any]] = {kind: [] for kind in TEMPLATES}
    for each in kept:
        found[each["resourceType"]].append({"fullUrl": f"https://ehr.example/fhir/{each['id']}", "resource": each})
    prefetch: dict[str, Any] = {
        template.key: {"resourceType": "Bundle", "type": "searchset", "total": len(found[kind]), "entry": found[kind]}
        for kind, template in TEMPLATES.items()
    }
    prefetch["patient"] = resources[0]
    assert resources[0]["resourceType"] == "Patient"
    assert sum(map(len, found.values())) == entries - 1
    call = {
        "hook": "patient-view",
        "hookInstance": f"00000000-0000-4000-8000-{firing + _WARM_UP:012}",
        "context": {"userId": "Practitioner/7", "patientId": patient},
        "prefetch": prefetch,
    }
    return orjson.dumps(call)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cds", description=__doc__)
    parser.add_argument("--calls", type=int, default=FULL.calls, help="in each of five rounds (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--workers", type=int, default=FULL.workers)
    parser.add_argument("--entries", type=int, default=FULL.entries, help="of the prefetch, the patient included")
    parser.add_argument(
        "--patients", type=int, default=0, help="calls come from so many patients in turn; 0 for another in every call"
    )
    options = parser.parse_args()
    for reason in measure(replace(FULL, **vars(options))).left_out:
        print(f"Left out: {reason}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
