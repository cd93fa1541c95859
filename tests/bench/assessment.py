"""Assessments in one process against ``orjson.loads`` of the same bytes, at 50 to 50,000 entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from statistics import median
from time import thread_time_ns

from tqdm import tqdm

from tests.bench import measure
from tests.bench.contest import made
from tests.bench.figures import Section, target
from tests.bench.records import record

FORMS = ("pretty", "compact")
_LARGE = 50_000
_STEP = 5_000
_WARM_UP = 30


@dataclass(frozen=True)
class Depth:
    """How much is measured."""

    rounds: dict[int, int]
    """By entries; every other one runs with the garbage collector on."""
    validations: dict[int, int]
    """By entries: rounds with a validation against the models of R4B, which is slow."""
    lesions: int = 1


FULL = Depth({50: 120, 500: 50, 5_000: 10, 50_000: 4}, {50: 6, 500: 2})
QUICK = Depth({50: 30, 500: 12, 5_000: 4}, {})
SMALLEST = Depth({50: 2}, {})


@dataclass(frozen=True)
class _Race:
    """What came out for records of one size, written in one form."""

    entries: int
    form: str
    times: dict[tuple[str, bool], measure.Times]
    stages: dict[str, float]

    def ratio(self, name: str, collector: bool) -> float:
        return median(self.times[name, collector].ratios)

    def milliseconds(self, name: str, collector: bool) -> float:
        return median(self.times[name, collector].own)


def run(depth: Depth) -> Section:
    """Measures and prints."""
    section = Section("assessment")
    first, second, *_ = (_once(body) for body in islice(_bodies(50, "pretty", depth.lesions, -100), _WARM_UP))
    section.figures |= {"ms: first of a process, 50 pretty": first, "ms: second of a process, 50 pretty": second}
    print(f"\nAssessments in one process. The first (50 entries) takes {first:.1f} ms, the second {second:.1f} ms.\n")
    print(f"{'':52}  garbage collector off   on, as in the service")
    print(f"{'entries':>7}  {'written':8} {'KB':>6}  {'what':25}" + f"   {'ratio':>7} {'CPU ms':>10}" * 2 + "   target")
    races = [
        _race(entries, form, start, depth)
        for entries in depth.rounds
        # Each form takes up where the last left off, for no record may be assessed twice.
        for form, start in zip(FORMS, (0, 1000), strict=True)
    ]
    for race in races:
        _fill(section, race)
    _fill_linear(section, races)
    _print_stages(races)
    return section


def _bodies(entries: int, form: str, lesions: int, start: int) -> Iterator[bytes]:
    return (_body(entries, form, lesions, n) for n in count(start))


def _body(entries: int, form: str, lesions: int, number: int) -> bytes:
    written: bytes = getattr(record(entries, number, lesions), form)
    return written


def _once(body: bytes) -> float:
    start = thread_time_ns()
    measure.assess(body)
    return (thread_time_ns() - start) / 1e6


def _race(entries: int, form: str, start: int, depth: Depth) -> _Race:
    rounds, few = depth.rounds[entries], depth.validations.get(entries, 0)
    staged = max(rounds // 2, 2) if entries < _LARGE else 1
    wanted = rounds + staged + 1
    if entries >= _STEP:  # a record takes a second or more to make
        bodies = iter(made(partial(_body, entries, form, depth.lesions), range(start, start + wanted), "records"))
    else:
        bodies = _bodies(entries, form, depth.lesions, start)
    sample = next(bodies)
    if few:
        measure.validate(sample)  # loads the models
    with tqdm(total=rounds, desc=f"{entries} {form}", unit=" rounds", leave=False, disable=None) as bar:
        times = measure.race(bodies, rounds, few, bar.update)
    found = _Race(entries, form, times, measure.stages(bodies, staged))
    head = f"{entries:7}  {form:8} {len(sample) / 1000:6.0f}"
    blank = " " * len(head)
    _print_row(head, "orjson.loads", found, "parse")
    _print_row(blank, "whole assessment", found, "assess")
    _print_row(blank, "the same record again", found, "again")
    if few:
        _print_row(blank, "R4B validation", found, "validate")
    both = [times["assess", on] for on in (False, True)]
    waited = median(wall / own for each in both for wall, own in zip(each.wall, each.own, strict=True))
    print(f"{blank}  {'wall time by CPU time':25}   {waited:7.2f}", flush=True)
    return found


def _print_row(head: str, what: str, found: _Race, name: str) -> None:
    """Prints medians: of the ratios, and of the times."""
    cells = "".join(f"   {found.ratio(name, on):7.2f} {found.milliseconds(name, on):10.3f}" for on in (False, True))
    limits = {_ratio(found, False): "", _milliseconds(found, False): " ms"} if name == "assess" else {}
    told = ", ".join(f"{limit}{unit}" for each, unit in limits.items() if (limit := target("assessment", each)))
    print(f"{head}  {what:25}{cells}   {told}".rstrip(), flush=True)


def _name(race: _Race, collector: bool) -> str:
    return f"{race.entries} {race.form}, collector {'on' if collector else 'off'}"


def _ratio(race: _Race, collector: bool) -> str:
    return f"ratio: {_name(race, collector)}"


def _milliseconds(race: _Race, collector: bool) -> str:
    return f"ms: {_name(race, collector)}"


def _fill(section: Section, race: _Race) -> None:
    for on in (False, True):
        section.ratios[_ratio(race, on)] = race.ratio("assess", on)
        section.figures[_milliseconds(race, on)] = race.milliseconds("assess", on)
    section.ratios[f"the same again: {_name(race, False)}"] = race.ratio("again", False)
    section.figures[f"orjson.loads: ms, {_name(race, False)}"] = race.milliseconds("parse", False)


def _fill_linear(section: Section, races: list[_Race]) -> None:
    """The time for an entry at the largest size, to that at a tenth of it: 1 where time is linear."""
    by_name = {(race.entries, race.form): race for race in races}
    for form in FORMS:
        small, large = by_name.get((_STEP, form)), by_name.get((_LARGE, form))
        if small and large:
            for name, told in (("assess", "linear"), ("parse", "orjson.loads: linear")):
                grown = large.milliseconds(name, False) / small.milliseconds(name, False)
                section.ratios[f"{told}: time for an entry, {_LARGE} to {_STEP} {form}"] = grown / (_LARGE / _STEP)
            own = section.ratios[f"linear: time for an entry, {_LARGE} to {_STEP} {form}"]
            parse = section.ratios[f"orjson.loads: linear: time for an entry, {_LARGE} to {_STEP} {form}"]
            print(f"\nTime for an entry at {_LARGE} to that at {_STEP}, {form}: {own:.2f}; of orjson.loads {parse:.2f}")


def _print_stages(races: list[_Race]) -> None:
    print("\nWhere the time of an assessment goes: mean CPU ms of each stage, and its share of their sum\n")
    print(f"{'entries':>7}  {'written':8}" + "".join(f"  {stage:>16}" for stage in measure.STAGES))
    for race in races:
        whole = sum(race.stages.values())
        cells = [f"{time:.2f} ({time / whole:.0%})" for time in race.stages.values()]
        print(f"{race.entries:7}  {race.form:8}" + "".join(f"  {cell:>16}" for cell in cells), flush=True)
