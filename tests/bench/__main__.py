"""``make bench``, or ``python -m tests.bench``: prints what an assessment costs, as ratios to ``orjson.loads``."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator
from importlib.metadata import version
from itertools import count, islice
from statistics import median
from time import thread_time_ns

from tests.bench import measure, memory
from tests.bench.records import record

#: By entries: rounds of parsing and assessing, and how many of them with an R4B validation.
_ROUNDS = {50: (200, 20), 500: (80, 4), 5000: (12, 2)}
_QUICK = {50: (40, 2), 500: (12, 2), 5000: (4, 2)}
_TARGETS = {50: "under 5 ms", 500: "at most 2.00", 5000: "at most 2.00"}
_MEMORY_FROM = 500  # below, the memory is less than what a process has lying about
_WARM_UP = 30


def main() -> int:
    options = _options()
    print(f"Python {platform.python_version()}, orjson {version('orjson')}, fhir.resources", end=" ")
    print(f"{version('fhir.resources')}, {os.cpu_count()} cores, {options.lesions} lesion(s) in each record")
    warming = _bodies(50, "pretty", options.lesions, -100)
    first, second, *_ = (_once(body) for body in islice(warming, _WARM_UP))
    print(f"\nThe first assessment of a process (50 entries) takes {first:.1f} ms, the second {second:.1f} ms.\n")
    print(f"{'':52}  garbage collector off   on, as in the service")
    print(f"{'entries':>7}  {'written':8} {'KB':>6}  {'what':25}" + f"   {'ratio':>7} {'CPU ms':>10}" * 2 + "   target")
    spent = []
    for entries in options.entries:
        rounds, few = (_QUICK if options.quick else _ROUNDS)[entries]
        # Each form takes up where the last left off, for no record may be assessed twice.
        for form, start in (("pretty", 0), ("compact", 1000)):
            bodies = _bodies(entries, form, options.lesions, start)
            _race(entries, form, bodies, rounds, 0 if options.no_validation else few)
            spent.append((entries, form, measure.stages(bodies, max(rounds // 2, 2))))
    _print_stages(spent)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds: a first look, not figures to quote")
    parser.add_argument("--no-validation", action="store_true", help="leave out the R4B validation, which is slow")
    parser.add_argument("--entries", type=int, nargs="+", choices=_ROUNDS, default=list(_ROUNDS), metavar="N")
    parser.add_argument("--lesions", type=int, choices=range(1, 4), default=1, help="in each record (default: 1)")
    return parser.parse_args()


def _bodies(entries: int, form: str, lesions: int, start: int) -> Iterator[bytes]:
    return (getattr(record(entries, n, lesions), form) for n in count(start))


def _once(body: bytes) -> float:
    start = thread_time_ns()
    measure.assess(body)
    return (thread_time_ns() - start) / 1e6


def _race(entries: int, form: str, bodies: Iterator[bytes], rounds: int, few: int) -> None:
    sample = next(bodies)
    if few:
        measure.validate(sample)  # loads the models
    times = measure.race(bodies, rounds, few)
    head = f"{entries:7}  {form:8} {len(sample) / 1000:6.0f}"
    blank = " " * len(head)
    _row(head, "orjson.loads", times, "parse")
    _row(blank, "whole assessment", times, "assess", _TARGETS[entries])
    _row(blank, "the same record again", times, "again")
    if few:
        _row(blank, "R4B validation", times, "validate")
    waited = median(
        wall / own for those in _both(times, "assess") for wall, own in zip(those.wall, those.own, strict=True)
    )
    print(f"{blank}  {'wall time by CPU time':25}   {waited:7.2f}")
    ratio = memory.ratio(sample) if entries >= _MEMORY_FROM else None
    if ratio is not None:
        print(f"{blank}  {'peak memory, assessment':25}   {ratio:7.2f}", flush=True)


def _both(times: dict[tuple[str, bool], measure.Times], name: str) -> list[measure.Times]:
    """The times with the collector off, and on."""
    return [times[name, on] for on in (False, True)]


def _row(head: str, what: str, times: dict[tuple[str, bool], measure.Times], name: str, target: str = "") -> None:
    """Prints medians: of the ratios, and of the times."""
    cells = "".join(f"   {median(those.ratios):7.2f} {median(those.own):10.3f}" for those in _both(times, name))
    print(f"{head}  {what:25}{cells}   {target}".rstrip(), flush=True)


def _print_stages(spent: list[tuple[int, str, dict[str, float]]]) -> None:
    print("\nWhere the time of an assessment goes: mean CPU ms of each stage, and its share of their sum\n")
    print(f"{'entries':>7}  {'written':8}" + "".join(f"  {stage:>16}" for stage in measure.STAGES))
    for entries, form, times in spent:
        whole = sum(times.values())
        cells = [f"{time:.2f} ({time / whole:.0%})" for time in times.values()]
        print(f"{entries:7}  {form:8}" + "".join(f"  {cell:>16}" for cell in cells))


if __name__ == "__main__":
    raise SystemExit(main())
