"""HealthChain in a virtual environment of its own, for what it requires cannot be installed beside what we require.

``requirements.txt`` pins what it brings; all else is pinned by constraints.txt, as for the service.
"""

from __future__ import annotations

import configparser
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.serving import ROOT, Server, running

_PINNED = Path(__file__).with_name("requirements.txt")
_FOLDER = ROOT / "build" / "healthchain"
_LONGEST = 300


class NotInstalled(Exception):
    """There is no HealthChain to measure, with the reason."""


def python(*, make: bool = True) -> Path:
    """The interpreter of the environment, which is made where it is not there or out of date.

    Raises:
        NotInstalled: it could not be made, or is not to be.
    """
    found = _FOLDER / "bin" / "python"
    stamp = _FOLDER / ".made"
    required, pinned = _ours()
    given = (_PINNED.read_text("utf-8"), *required, pinned, sys.version)
    wanted = hashlib.sha256("\n".join(given).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return found
    if not make:
        raise NotInstalled(
            f"its environment is not there or out of date; make bench makes it in {_FOLDER.relative_to(ROOT)}."
        )
    print(f"Installing HealthChain into {_FOLDER.relative_to(ROOT)} ...", file=sys.stderr)
    _run(sys.executable, "-m", "venv", "--clear", str(_FOLDER))
    constraints = _FOLDER / "constraints.txt"
    constraints.write_text(pinned, "utf-8")
    pip = (str(found), "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    _run(*pip, "--requirement", str(_PINNED), "--constraint", str(constraints), *required)
    stamp.write_text(wanted)
    return found


def _run(*command: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_LONGEST)
    except subprocess.CalledProcessError as failed:
        raise NotInstalled((failed.stderr.strip().splitlines() or ["it could not be installed"])[-1]) from None
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"installing it took more than {_LONGEST} s") from None


def _ours() -> tuple[list[str], str]:
    """What the service requires, and the versions of constraints.txt, both without what is pinned for HealthChain."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    theirs = {_name(line) for line in _PINNED.read_text("utf-8").splitlines()}
    required = setup["options"]["install_requires"].split("\n")
    pinned = (ROOT / "constraints.txt").read_text("utf-8").splitlines(keepends=True)
    return (
        [line for line in required if line and _name(line) not in theirs],
        "".join(line for line in pinned if _name(line) not in theirs),
    )


def _name(requirement: str) -> str:
    """The name of a package as all write it.

    >>> _name("Fhir_Resources>=8.0")
    'fhir-resources'
    """
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>; ]", requirement)[0]).lower()


@contextmanager
def served(interpreter: Path, workers: int) -> Iterator[Server]:
    """The hook under uvicorn, as HealthChain is served, without the line that it would write for each call."""
    command = [str(interpreter), "-m", "uvicorn", "--factory", "--port", "$PORT", "--workers", str(workers)]
    command += ["--log-level", "warning", "--no-access-log", "--app-dir", str(Path(__file__).parent)]
    command.append("hook:create")  # not by its whole name: an installed package is called tests too
    with running(command, "/cds/cds-discovery", {}) as server:
        yield server
