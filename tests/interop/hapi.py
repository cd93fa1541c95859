"""HAPI's FHIR server as a process: started, asked, killed, started again."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from service.fhir_mapping.outbound.kept import KINDS

SERVER = Path(__file__).parent / "server"
FHIR_JSON = "application/fhir+json"
_START_SECONDS = 240.0
_ANSWER_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Hapi:
    """The server, with its records in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.kinds = {*KINDS, "Device", "Provenance"}

    @property
    def base(self) -> str:
        """The door that takes what FHIR servers commonly take."""
        return f"http://127.0.0.1:{self.port}/fhir"

    @property
    def strict(self) -> str:
        """The door to the same records that refuses what HL7's validator calls an error."""
        return f"http://127.0.0.1:{self.port}/validated"

    def start(self) -> None:
        """Starts it; it is up on return."""
        target = SERVER / "target"
        classes = f"{target / 'classes'}:{target / 'lib'}/*"
        # The first compiler alone: the server lives for minutes, and starts several times.
        command = ["java", "-Xmx2g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes]
        command += ["spinemets.interop.Server", str(self.port), str(self.folder)]
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout
        too_late = threading.Timer(_START_SECONDS, process.kill)
        too_late.start()
        ready = any(line.strip() == "ready" for line in iter(process.stdout.readline, ""))
        too_late.cancel()
        if not ready:
            process.kill()
            log_text = (self.folder / "log").read_text("utf-8")
            raise AssertionError(f"the FHIR server did not start:\n{log_text[-3000:]}")
        self.process = process

    def kill(self) -> None:
        """Ends it at once, as a cut of the power does."""
        if self.process:
            self.process.kill()
            self.process.wait()
            assert self.process.stdout
            self.process.stdout.close()
            self.process = None

    def post(self, resource: Any, base: str | None = None) -> requests.Response:
        """Posts a Bundle to the server."""
        self.kinds |= {entry["resource"]["resourceType"] for entry in resource["entry"]}
        headers = {"Content-Type": FHIR_JSON}
        return requests.post(base or self.base, json=resource, headers=headers, timeout=_ANSWER_SECONDS)

    def put(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Writes a resource under its id."""
        url = f"{self.base}/{resource['resourceType']}/{resource['id']}"
        headers = {"Content-Type": FHIR_JSON}
        response = requests.put(url, json=resource, headers=headers, timeout=_ANSWER_SECONDS)
        assert response.ok, response.text
        written: dict[str, Any] = response.json()
        return written

    def get(self, path: str, **parameters: str) -> dict[str, Any]:
        # Without no-store HAPI writes down every search, for the pages to come.
        headers = {"Cache-Control": "no-store"}
        response = requests.get(f"{self.base}/{path}", params=parameters, headers=headers, timeout=_ANSWER_SECONDS)
        assert response.ok, response.text
        found: dict[str, Any] = response.json()
        return found

    def counts(self) -> dict[str, int]:
        """How many resources there are of each type that has been written."""
        totals = {kind: self.get(kind, _summary="count")["total"] for kind in sorted(self.kinds)}
        return {kind: total for kind, total in totals.items() if total}

    def search(self, kind: str, **parameters: str) -> list[dict[str, Any]]:
        """Every resource that a search finds; one page is enough for what the tests look for."""
        found = self.get(kind, _count="200", **parameters)
        assert not any(link["relation"] == "next" for link in found["link"])
        return [entry["resource"] for entry in found.get("entry", ())]
