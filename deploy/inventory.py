"""What running the service consists of: a software bill of materials in CycloneDX, and the page of licences.

Both are read from an environment of its own, made from the lock that the image is made from, and nothing else is in it.
"""

from __future__ import annotations

import argparse
import configparser
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
BUILD = ROOT / "build"
ENVIRONMENT = BUILD / "run"
PYTHON = ENVIRONMENT / "bin" / "python"
LOCK = ROOT / "deploy" / "requirements.lock"
BILL = BUILD / "spinemets-cds.cdx.json"
PAGE = ROOT / "docs" / "licences.md"

#: What the metadata of a package leaves out, as the licence that comes with it says.
UNSAID = {"pysimdjson": "MIT"}
#: The names of licences in older metadata, by their SPDX identifiers.
SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
HEAD = """# Licences

Written by `make licences`. What the service needs to run, the extra `postgresql` included, each with the licence that
it comes with as an SPDX expression. The product itself is under Apache-2.0, see [LICENSE](../LICENSE). `make sbom`
writes the same list as a bill of materials in CycloneDX.

Two families ask for more than a notice:

- **LGPL-3.0**: `psycopg` and `psycopg-binary`, which are needed for PostgreSQL alone. They are used as they are, as
  libraries that can be replaced; who passes the image on passes their licence and their source, or an offer of it, on
  too. Without them the service keeps its database in SQLite.
- **MPL-2.0**: `certifi`, `orjson`, `tqdm`. Changed files of theirs would have to be published; none is changed.

| package | version | licence |
| --- | --- | --- |
"""


def main() -> int:
    """Writes what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("sbom", "licences"))
    what = parser.parse_args().what
    _install()
    if what == "sbom":
        print(f"{_bill()} components: {BILL.relative_to(ROOT)}")
    else:
        PAGE.write_text(HEAD + "".join(f"| {name} | {version} | {said} |\n" for name, version, said in licences()))
        print(PAGE.relative_to(ROOT))
    return 0


def licences() -> list[tuple[str, str, str]]:
    """The packages of the environment, each with its version and its licence."""
    found = json.loads(_run(BIN / "pip-licenses", "--python", PYTHON, "--format=json", "--from=mixed"))
    rows = [(each["Name"], each["Version"], _spdx(each["Name"], each["License"])) for each in found]
    return sorted(rows, key=lambda row: row[0].lower())


def _spdx(name: str, said: str) -> str:
    return UNSAID.get(name, said) if said == "UNKNOWN" else SPDX.get(said, said)


def _install() -> None:
    """The environment, anew: what is left from before must not be counted."""
    _run(sys.executable, "-m", "venv", "--clear", "--without-pip", ENVIRONMENT)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", ENVIRONMENT, "install", "--quiet")
    _run(*pip, "--require-hashes", "--only-binary", ":all:", "--requirement", LOCK)


def _bill() -> int:
    """Writes the bill and gives the number of its components.

    It is checked against the schema of CycloneDX, and is the same for the same packages.
    """
    said = configparser.ConfigParser()
    said.read(ROOT / "setup.cfg", "utf-8")
    needs = f"{said['options']['install_requires']}{said['options.extras_require']['postgresql']}".split("\n")
    about = {
        "name": said["metadata"]["name"],
        "version": _run(sys.executable, "-c", "import service; print(service.__version__)").strip(),
        "description": said["metadata"]["description"],
        "license": said["metadata"]["license"],
        "dependencies": [need for need in needs if need],
    }
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "pyproject.toml"
        lines = (f"{name} = {json.dumps(value)}" for name, value in about.items())
        project.write_text("\n".join(["[project]", *lines, ""]), "utf-8")
        shape = ("--output-format", "JSON", "--spec-version", "1.6", "--output-reproducible", "--validate")
        _run(BIN / "cyclonedx-py", "environment", *shape, "--pyproject", project, "--output-file", BILL, PYTHON)
    return len(json.loads(BILL.read_text("utf-8"))["components"])


def _run(*command: str | Path) -> str:
    done = subprocess.run(  # noqa: S603  # no shell, and nothing from outside
        [str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{Path(command[0]).name} fails:\n{done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
