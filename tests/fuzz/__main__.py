"""``make fuzz``, or ``python -m tests.fuzz``: does anything that is sent bring the service to a fault?

Three ways: mutations of whole requests, the OpenAPI document by schemathesis, and the intake by atheris, which follows
what code is reached. A status of 500, a call over two seconds of processor time, a process that grows, a refusal in
another form than the door's own, or a text of the request in a refusal or a log is a finding; the exit code is 1 then.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from tqdm import tqdm

from tests.fuzz.attempts import Attempt
from tests.fuzz.running import Figures, Finding, Plan, run
from tests.fuzz.sending import Sender

_KEPT = Path("build/fuzz")
_MIB = 1024 * 1024
_PARTS = ("mutations", "contract", "guided")


def main() -> int:
    options = _options()
    if options.replay:
        return _replay(options.replay)
    parts = options.part or _PARTS
    failed = False
    if "mutations" in parts:
        plan = Plan(options.count, options.seconds, options.seed, options.processes)
        with tqdm(total=plan.count, unit="call", smoothing=0.05, mininterval=2) as bar:
            figures = run(plan, bar.update)
        _print(figures, plan)
        failed |= bool(figures.findings or figures.grown())
    if "contract" in parts:
        failed |= _other("tests.fuzz.contract", "--examples", str(options.examples), "--seed", str(options.seed))
    if "guided" in parts:
        failed |= _other("tests.fuzz.guided", "--seconds", str(options.guided_seconds), "--seed", str(options.seed))
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--part", action="append", choices=_PARTS, help="only this one; may be given several times")
    parser.add_argument("--count", type=int, default=100_000, help="mutated requests")
    parser.add_argument("--seconds", type=float, default=14_400, help="at most so long for the mutations")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other mutations")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--examples", type=int, default=100, help="of schemathesis, for each door and way")
    parser.add_argument("--guided-seconds", type=int, default=60, help="of atheris, for each target")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="send what a finding has kept again")
    return parser.parse_args()


def _other(module: str, *arguments: str) -> bool:
    """Whether a part that runs by itself has found something."""
    return subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode != 0


def _replay(path: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        outcome = Sender(Path(folder)).send(Attempt.read(path.read_text("utf-8")))
    print(outcome.told)
    print(f"status {outcome.status}, {outcome.seconds:.3f} s of processor time: {outcome.wrong or 'as it has to be'}")
    return int(bool(outcome.wrong))


# What is printed


def _print(figures: Figures, plan: Plan) -> None:
    print(f"\n{figures.made} requests in {figures.took_s:.0f} s, {plan.processes} processes, seed {plan.seed}")
    print(f"{'':12}{'requests':>9}{'answered':>9}{'refused':>9}{'5xx':>6}   ms of processor: median   99 %    most")
    for kind, seconds in sorted(figures.seconds.items()):
        by_status = {status: n for (of, status), n in figures.statuses.items() if of == kind}
        ordered = sorted(seconds)
        print(
            f"{kind:12}{len(seconds):>9}"
            f"{sum(n for status, n in by_status.items() if 200 <= status < 400):>9}"
            f"{sum(n for status, n in by_status.items() if 400 <= status < 500):>9}"
            f"{sum(n for status, n in by_status.items() if status >= 500 or not status):>6}"
            f"{ordered[len(ordered) // 2] * 1000:>28.1f}{ordered[int(len(ordered) * 0.99)] * 1000:>7.0f}"
            f"{ordered[-1] * 1000:>8.0f}"
        )
    for process, held in sorted(figures.held().items()):
        print(f"memory of process {process}, in each fifth: {', '.join(str(each // _MIB) for each in held)} MiB")
    for line in figures.grown():
        print(f"FOUND: {line}")
    for finding in figures.findings.values():
        _keep(finding)
    if not figures.findings and not figures.grown():
        print("nothing found")


def _keep(finding: Finding) -> None:
    """Keeps what a finding was found with, and prints how to send it again."""
    print(f"\nFOUND {finding.times} times: {finding.wrong}")
    if finding.attempt is None:
        return
    _KEPT.mkdir(parents=True, exist_ok=True)
    path = _KEPT / f"{sha256(finding.wrong.encode()).hexdigest()[:12]}.json"
    path.write_text(finding.attempt.kept(), "utf-8")
    if finding.told:
        path.with_suffix(".txt").write_text(finding.told, "utf-8")
    print(f"  python -m tests.fuzz --replay {path}")


if __name__ == "__main__":
    began = time.monotonic()
    code = main()
    print(f"{time.monotonic() - began:.0f} s in all")
    sys.exit(code)
