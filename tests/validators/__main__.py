"""Runs every validator over answers of every kind and over all that is published.

python -m tests.validators [--node] [--java]

First the validators have to prove that they can refuse: each bad resource by one at least, and no good one. The two in
JavaScript run with ``--node``, HL7's with ``--java``; what they need is installed by the Makefile. Exit code 1 when
something is wrong.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import orjson

from tests.validators import answers, artefacts, bad

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build"
ANSWERS = BUILD / "answers"
ARTEFACTS = BUILD / "artefacts"
BAD = BUILD / "bad"


def _commands(*, node: bool, java: bool) -> dict[str, list[str]]:
    """The validators, each by its name and as a command that takes files."""
    found = {"fhir.resources": [sys.executable, "-m", "tests.validators.models"]}
    if node:
        found["lantana and medplum"] = ["node", str(HERE / "validate.mjs")]
    if java:
        target = HERE / "hapi" / "target"
        classes = f"{target / 'classes'}:{target / 'lib'}/*"
        accepted = str(HERE / "accepted.json")
        found["hapi"] = ["java", "-cp", classes, "spinemets.validators.Validate", accepted, str(ARTEFACTS)]
    return found


def _refused(command: list[str], files: list[str]) -> set[str]:
    """The files of which a validator complains, by their names without the ending."""
    done = subprocess.run([*command, *files], stdout=subprocess.PIPE, text=True, check=False)
    return {Path(file).stem for file in files if f"{file}: " in done.stdout}


def can_refuse(commands: dict[str, list[str]]) -> bool:
    """Whether each bad resource is refused by a validator, and no good one is; says by which."""
    good = dict(bad.GOOD)
    wrong = dict(bad.bad())
    BAD.mkdir(parents=True)
    for name, resource in {**good, **wrong}.items():
        BAD.joinpath(f"{name}.json").write_bytes(orjson.dumps(resource))
    files = sorted(map(str, BAD.glob("*.json")))
    refused = {validator: _refused(command, files) for validator, command in commands.items()}
    for name in sorted(wrong):
        by = [validator for validator, names in refused.items() if name in names]
        print(f"{name}: refused by {', '.join(by) or 'nobody'}")
    # Some things only one of them sees, so where one is left out they are seen by nobody.
    missed = (
        set(wrong) - set().union(*refused.values()) if len(commands) == len(_commands(node=True, java=True)) else set()
    )
    false = {name for names in refused.values() for name in names} & set(good)
    idle = [validator for validator, names in refused.items() if not names]
    for problem, which in (("refused by nobody", missed), ("good, and refused", false), ("refuses nothing", idle)):
        if which:
            print(f"the validators themselves fail: {problem}: {', '.join(sorted(which))}")
    return not (missed or false or idle)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.validators")
    parser.add_argument("--node", action="store_true")
    parser.add_argument("--java", action="store_true")
    asked = parser.parse_args()
    for folder in (ANSWERS, ARTEFACTS, BAD):
        shutil.rmtree(folder, ignore_errors=True)
    answers.write(ANSWERS)
    artefacts.write(ARTEFACTS)
    commands = _commands(node=asked.node, java=asked.java)
    right = can_refuse(commands)
    for validator, command in commands.items():
        # HL7's is slow, and looks into a Bundle as closely as at a resource alone.
        published = ARTEFACTS.glob("Bundle-*.json" if validator == "hapi" else "*.json")
        files = sorted(map(str, [*ANSWERS.glob("*.json"), *published]))
        start = time.monotonic()
        right &= subprocess.run([*command, *files], check=False).returncode == 0
        print(f"{validator}: {time.monotonic() - start:.0f} s", flush=True)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
