"""Writes what the service publishes into a folder, a file for each resource, for the validators.

python tests/validators/artefacts.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from service.api.app import create_app
from service.api.settings import Settings


def write(folder: Path) -> int:
    """Writes each artefact as ``<type>-<id>.json``, and the searchset of each type; gives the number of files."""
    client = create_app(Settings()).test_client()
    statement = orjson.loads(client.get("/fhir/metadata").get_data())
    files: dict[str, bytes] = {}
    for kind in (entry["type"] for entry in statement["rest"][0]["resource"]):
        found = client.get(f"/fhir/{kind}").get_data()
        files[f"Bundle-{kind}"] = found
        for entry in orjson.loads(found)["entry"]:
            name = entry["resource"]["id"]
            files[f"{kind}-{name}"] = client.get(f"/fhir/{kind}/{name}").get_data()
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        folder.joinpath(f"{name}.json").write_bytes(data)
    return len(files)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/validators/artefacts.py FOLDER")
    write(Path(sys.argv[1]))
