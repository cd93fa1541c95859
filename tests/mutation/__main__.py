"""``make mutate``, or ``python -m tests.mutation``: does a test fail for every small change of service/scoring and
service/decision?

cosmic-ray makes the changes (mutants). One that no test notices has to stand in survivors.toml with the reason.
The sessions in build/mutation are cosmic-ray's own: ``cr-html build/mutation/scoring.sins.sqlite`` shows all of a
module. A mutant of service/decision is tried with all tests of its own file, where these take less than 20 s together,
and then with those of the other files that take less than 1.5 s each: its property tests take minutes, and every
survivor would cost them.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.mutation import runs
from tests.mutation.mutants import Mutant, Place, keep, mutants
from tests.mutation.packages import PACKAGES, Package
from tests.mutation.runs import Outcome

_KNOWN = Path(__file__).with_name("survivors.toml")

Found = dict[Mutant, Outcome]


def main() -> int:
    options = _options()
    known = tomllib.loads(_KNOWN.read_text("utf-8"))
    chosen = {package: paths for package in PACKAGES if (paths := _modules(package, options))}
    unknown = set(options.module or ()) - {each for paths in chosen.values() for name in paths for each in _asked(name)}
    if unknown or not chosen:
        raise SystemExit(f"no such module: {', '.join(sorted(unknown))}")
    # All of them, and a list: one that fails does not keep the next from being tried.
    return max([_try(package, paths, known, options) for package, paths in chosen.items()])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    names = [package.name for package in PACKAGES]
    parser.add_argument("--package", choices=names, help="only this one (default: one after the other)")
    parser.add_argument(
        "--module", action="append", help="only this one, such as sins or scoring.sins; may be given several times"
    )
    parser.add_argument(
        "--sample", type=_whole, default=1, metavar="N", help="only every Nth mutant of each module, for a quick figure"
    )
    parser.add_argument("--list-survivors", action="store_true", help="also those whose reason is known")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time (default: one per processor)")
    return parser.parse_args()


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("has to be 1 or more")
    return number


def _modules(package: Package, options: argparse.Namespace) -> dict[str, Path]:
    """The modules of a package that are asked for, by their names."""
    if options.package not in (None, package.name):
        return {}
    paths = {package.name_of(path): path for path in sorted(package.folder.rglob("*.py"))}
    only = options.module
    return {name: path for name, path in paths.items() if not only or not _asked(name).isdisjoint(only)}


def _asked(name: str) -> set[str]:
    """How a module may be asked for."""
    return {name, name.partition(".")[2]}


def _try(package: Package, paths: Mapping[str, Path], known: Mapping[str, Any], options: argparse.Namespace) -> int:
    begun = time.monotonic()
    runs.prepare(package)
    durations = runs.baseline(package)
    some = [m for path in paths.values() for m in mutants(package, path, known.get("left-out", []))[:: options.sample]]
    print(f"{len(durations)} tests of {package.module} pass with nothing changed.\n")
    found = _run(list(paths), some, durations, options.jobs)
    print(f"\n{time.monotonic() - begun:.0f} s, {options.jobs} at a time")
    reasons = _places(known.get("survivor", []), set(paths))
    if options.sample > 1:
        print(f"A sample: every mutant number {options.sample} of each module.")
        reasons &= Counter(mutant.place() for mutant in some)
    return _verdict(package, found, reasons, options)


# -- the runs


def _run(names: Sequence[str], tried: Sequence[Mutant], durations: runs.Durations, jobs: int) -> Found:
    """Try all, with a line for each module when it is through."""
    width = max(map(len, names))
    print(f"{'module':{width}}  mutants  killed  survived  timeouts        %")
    left = Counter(mutant.name for mutant in tried)
    found: Found = {}
    for done, (mutant, outcome) in enumerate(runs.outcomes(tried, durations, jobs), 1):
        found[mutant] = outcome
        left[mutant.name] -= 1
        if sys.stdout.isatty():
            print(f"\r{done} of {len(tried)} ", end="", flush=True)
        if not left[mutant.name]:
            some = {m: o for m, o in found.items() if m.name == mutant.name}
            keep(mutant.name, some)
            print(f"\r{_row(mutant.name, width, some)}", flush=True)
    print(_row("all", width, found))
    return found


def _row(name: str, width: int, found: Found) -> str:
    n = Counter(found.values())
    cells = f"{_tried(found):7}  {n[Outcome.KILLED]:6}  {n[Outcome.SURVIVED]:8}  {n[Outcome.TIMEOUT]:8}"
    return f"{name:{width}}  {cells}  {_percent(found):7.1f}"


def _tried(found: Found) -> int:
    return sum(outcome != Outcome.UNCHANGED for outcome in found.values())


def _percent(found: Found) -> float:
    """Of mutants that made a test fail or run out of time."""
    return 100 * (1 - Counter(found.values())[Outcome.SURVIVED] / (_tried(found) or 1))


# -- the verdict


def _places(listed: Sequence[dict[str, Any]], names: set[str]) -> Counter[Place]:
    """The survivors that have a reason, as many times as they are listed."""
    for each in listed:
        if not each["reason"].strip():
            raise SystemExit(f"survivors.toml: no reason for {each}")
    return Counter(
        Place(each["module"], each["within"], each["line"], becomes)
        for each in listed
        for becomes in each["becomes"]
        if each["module"] in names
    )


def _verdict(package: Package, found: Found, known: Counter[Place], options: argparse.Namespace) -> int:
    survivors = Counter(mutant.place() for mutant, outcome in found.items() if outcome == Outcome.SURVIVED)
    if options.list_survivors:
        _print("All survivors", survivors)
    _print("Not in survivors.toml: write a test that fails for them, or the reason", survivors - known)
    _print("In survivors.toml, but killed or no longer there: take them out", known - survivors)
    percent = _percent(found)
    if percent < package.enough:
        print(f"\nOnly {percent:.1f} % are killed; {package.enough} % have to be.")
    return int(percent < package.enough or survivors != known)


def _print(title: str, places: Counter[Place]) -> None:
    """As survivors.toml has them."""
    if not places:
        return
    print(f"\n{title}:")
    by_line: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for place in places.elements():
        by_line[place.module, place.within, place.line].append(place.becomes)
    for (name, within, line), becomes in by_line.items():
        print("\n[[survivor]]")
        for key, value in (("module", name), ("within", within), ("line", line), ("becomes", becomes)):
            print(f"{key} = {json.dumps(value, ensure_ascii=False)}")
        print('reason = ""')


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except runs.Broken as error:
        raise SystemExit(f"make mutate: {error}") from None
