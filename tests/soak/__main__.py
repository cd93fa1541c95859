"""``make soak``: the server as it is deployed, for minutes, at a load that is a part of what it can take.

Two workers with authentication, audit and metrics on. First it is measured how many calls a second the server answers
when clients wait for each answer; then calls come at a part of that rate whether the server keeps up or not, while
workers are killed, all of them are renewed, and clients are slow, silent or gone. Every answer is compared with the
right one, byte for byte; at the end all that the server has acknowledged has to be there. Exit code 1 on any finding.

The load is one process on the same processors; what it takes of them is missing to the server, and is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

from tests.soak import after, figures
from tests.soak.access import PUBLIC, Callers, callers
from tests.soak.calls import ASYNC_FROM, Kind, kinds
from tests.soak.disturbing import Disturbed, Disturber
from tests.soak.load import Load, Notes, closed, opened
from tests.support.serving import Served, serving

_WARM_SECONDS = 5.0
_POSTGRESQL = "tests/storage/postgresql.sh"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__.split("\n\n")[1])
    parser.add_argument("--minutes", type=float, default=10, help="of load (default: 10)")
    parser.add_argument("--load", type=float, default=0.8, help="as a part of the capacity (default: 0.8)")
    parser.add_argument(
        "--kill-every", type=float, default=20, help="seconds between kills of a worker (default: 20; 0: none)"
    )
    parser.add_argument("--reload-every", type=float, default=150, help="seconds between renewals of all workers")
    parser.add_argument("--workers", type=int, default=2, help="workers of the server (default: 2)")
    parser.add_argument("--measure", type=float, default=20, help="seconds for measuring the capacity (default: 20)")
    parser.add_argument("--clients", type=int, default=8, help="clients that measure it (default: 8)")
    parser.add_argument("--patients", type=int, default=200, help="patients whose records are new (default: 200)")
    parser.add_argument("--seed", type=int, default=7, help="of the order of calls")
    parser.add_argument("--postgresql", action="store_true", help="with a PostgreSQL of its own in place of SQLite")
    options = parser.parse_args()
    if options.postgresql and find_spec("psycopg") is None:
        raise SystemExit("The driver of PostgreSQL is not installed: make postgresql installs it.")
    if options.postgresql and "POSTGRESQL_URL" not in os.environ:
        os.execv(_POSTGRESQL, [_POSTGRESQL, sys.executable, "-m", "tests.soak", *sys.argv[1:]])
    with tempfile.TemporaryDirectory() as made:
        return _run(options, Path(made))


def _run(options: argparse.Namespace, folder: Path) -> int:
    known = callers(folder)
    mix = kinds(known, folder, options.patients)
    database = os.environ["POSTGRESQL_URL"] if options.postgresql else f"sqlite:///{folder}/spinemets.sqlite"
    trail = folder / "audit.ndjson"
    settings = {
        "public_url": PUBLIC,
        "access": known.access,
        "database": database,
        "audit": trail,
        "audit_required": "true",
        "async_from_bytes": ASYNC_FROM,
        "log_level": "warning",
    }
    engine = "PostgreSQL" if options.postgresql else "SQLite"
    print(
        f"{options.workers} workers on {os.cpu_count()} processors, {engine}, "
        f"load average {os.getloadavg()[0]:.1f} before, minutes {options.minutes:g}, seed {options.seed}"
    )
    with serving(folder, workers=options.workers, **settings) as served:
        notes, disturbed, facts = asyncio.run(_loaded(options, served, known, mix))
        scraped = served.ask("/metrics").body.decode()
        killed = len(disturbed.kills)
        ended = served.stop()
        log = served.log.read_text("utf-8", "replace")
    findings = [f"{what}: {number}" for what, number in sorted(notes.findings.items())]
    findings += after.of_database(database, notes)
    rows, wrong = after.of_audit(trail, notes)
    findings += wrong
    counted, wrong = after.of_metrics(scraped, notes, killed)
    findings += wrong
    memory, wrong = after.of_memory([each for each in disturbed.memory if each[0] >= facts.begin])
    findings += wrong
    findings += after.of_cuts(notes, disturbed.kills)
    if ended != 0:
        findings.append(f"the server ended with {ended}")
    if faults := sum(1 for line in log.splitlines() if '"level":"error"' in line and '"logger":"spinemets' in line):
        findings.append(f"faults in the log of the server: {faults}")
    samples = [each for each in notes.samples if each.at >= facts.begin]
    print()
    print("\n".join(figures.by_kind(samples)), end="\n\n")
    print("\n".join(figures.over_time(samples, disturbed.memory, facts.begin, 60 if options.minutes > 2 else 10)))
    print()
    print("\n".join(figures.outcomes(notes, samples)))
    print(
        f"capacity {facts.capacity:.1f} calls/s, measured by {options.clients} clients that wait; "
        f"load {facts.rate:.1f} calls/s\n"
        f"disturbed: {killed} workers killed, {len(disturbed.reloads)} renewals of all, {disturbed.slow} slow, "
        f"{disturbed.silent} silent and {disturbed.aborted} clients that went away\n"
        f"feedback: {len(notes.sent)} sent, {len(notes.acknowledged)} acknowledged\n"
        f"audit: {rows} rows for {len(notes.to_be_audited)} answers that need one\n"
        f"metrics: {counted} requests for {sum(notes.answered.values())} whole answers\n"
        f"memory: {memory}\n"
        f"the load itself took {facts.own:.0%} of one processor; late by {_late(notes):.0f} ms at p99"
    )
    for each in findings:
        print(f"FOUND {each}")
    for kind, where in notes.wrong.items():
        print(f"      {kind}: {where}")
    print("nothing found" if not findings else f"{len(findings)} findings")
    if findings:
        sys.stderr.write("\n".join(log.splitlines()[-40:]) + "\n")
    return 1 if findings else 0


class _Facts:
    """What a run was."""

    capacity = 0.0
    rate = 0.0
    begin = 0.0
    own = 0.0


async def _loaded(
    options: argparse.Namespace, served: Served, known: Callers, mix: list[Kind]
) -> tuple[Notes, Disturbed, _Facts]:
    notes, facts = Notes(), _Facts()
    load = Load(served.port, known, notes, options.seed)
    await closed(load, mix, _WARM_SECONDS, options.clients)
    facts.capacity = await closed(load, mix, options.measure, options.clients)
    facts.rate = facts.capacity * options.load
    odd = next(next(kind.turn) for kind in mix if kind.name == "records")
    disturber = Disturber(served, load, odd)
    seconds = options.minutes * 60
    facts.begin = load.now()
    notes.lateness.clear()
    began, taken = time.monotonic(), time.process_time()
    works = [
        disturber.every(15, disturber.slow),
        disturber.every(45, disturber.silent, 12),
        disturber.every(4, disturber.abort),
        disturber.every(3, disturber.look, 0.5),
        _shown(seconds, notes, load),
    ]
    if options.kill_every:
        works.append(disturber.every(options.kill_every, disturber.kill))
    if options.reload_every:
        works.append(disturber.every(options.reload_every, disturber.reload, options.reload_every / 2 + 7))
    tasks = [asyncio.create_task(each) for each in works]
    await opened(load, mix, seconds, facts.rate)
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
    facts.own = (time.process_time() - taken) / (time.monotonic() - began)
    return notes, disturber.done, facts


async def _shown(seconds: float, notes: Notes, load: Load) -> None:
    """A bar with what was found so far."""
    begin = load.now()
    with tqdm(total=round(seconds), unit="s", desc="load", mininterval=1, disable=None) as bar:
        while True:
            bar.update(min(round(load.now() - begin), round(seconds)) - bar.n)
            bar.set_postfix(calls=len(notes.samples), found=sum(notes.findings.values()))
            await asyncio.sleep(1)


def _late(notes: Notes) -> float:
    late = sorted(notes.lateness)
    return late[int(len(late) * 0.99)] * 1000 if late else 0.0


if __name__ == "__main__":
    raise SystemExit(main())
