"""The intake under atheris: inputs that reach new code are kept and changed further. A process for each target."""

from __future__ import annotations

import argparse
import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import TARGETS

_KEPT = Path("build/fuzz")
#: By the clock; processor time is judged within the target, where it is two seconds.
_STUCK_S = 60
_MOST_MIB = 2048


def main() -> int:
    options = _options()
    if importlib.util.find_spec("atheris") is None:
        print("Left out: the guided part, because atheris is not installed (pip install '.[fuzz]', on Linux).")
        return 0
    chosen = options.target or [*TARGETS]
    failed = [name for name in chosen if not _runs(name, options.seconds, options.seed)]
    for name in failed:
        print(f"FOUND by {name}: see {_KEPT}/{name}-*; python -m tests.fuzz.targets {name} {_KEPT}/{name}-crash-...")
    return int(bool(failed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one; may be given several times")
    return parser.parse_args()


def _runs(name: str, seconds: int, seed: int) -> bool:
    """Whether a target ends without a finding."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for n, content in enumerate(TARGETS[name].seeds()):
            Path(folder, str(n)).write_bytes(content)
        command = [
            *(sys.executable, "-m", "tests.fuzz.targets", name, folder),
            *(f"-max_total_time={seconds}", f"-seed={seed}", f"-timeout={_STUCK_S}", f"-rss_limit_mb={_MOST_MIB}"),
            *(f"-artifact_prefix={_KEPT}/{name}-", "-print_final_stats=1", "-max_len=20000", "-verbosity=1"),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    runs = re.findall(r"stat::number_of_executed_units: (\d+)", ended.stderr)
    reached = re.findall(r"cov: (\d+)", ended.stderr)
    peak = re.findall(r"stat::peak_rss_mb: +(\d+)", ended.stderr)
    said = "nothing found" if ended.returncode == 0 else "FOUND"
    print(
        f"guided {name:12} {runs[-1] if runs else '?':>9} inputs  {reached[-1] if reached else '?':>6} edges  "
        f"{peak[-1] if peak else '?':>5} MiB at most  {said}",
        flush=True,
    )
    if ended.returncode:
        print("\n".join(ended.stderr.splitlines()[-40:]))
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
