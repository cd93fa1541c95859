"""The OpenAPI document against the server: schemathesis makes calls of it, and checks each answer by it."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from service.api.app import create_app
from service.api.settings import Settings

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
    "use_after_free",
)
#: What schemathesis could check besides, and why it does not.
LEFT_OUT = {
    "negative_data_rejection": "members and parameters that are not known are passed over, as FHIR and CDS Hooks ask",
    "positive_data_acceptance": "a Bundle that the schema allows may still be of two patients, or hold a wrong unit",
    "object_level_authorization": "it needs two users of one server; the tests of callers do it for jobs",
    "missing_required_header": "no header is required by the document: Content-Type belongs to the body",
    "ensure_resource_availability": "nothing is created that could be read later, but for jobs, which end",
}
#: Doors that cannot be called without an EHR that launches them; the tests of the launch do.
_ELSEWHERE = "^/app/(launch|callback|smart)"


class _Quiet(WSGIRequestHandler):
    """Logs nothing of the requests; the service does."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.contract", description=__doc__)
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if importlib.util.find_spec("schemathesis") is None:
        print("Left out: the contract, because schemathesis is not installed (pip install '.[fuzz]').")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(database=f"sqlite:///{folder}/contract.sqlite", log_level="error")
        server = make_server("127.0.0.1", 0, create_app(settings), threaded=True, request_handler=_Quiet)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            return _run(server.port, options.examples, options.seed, Path(folder))
        finally:
            server.shutdown()
            thread.join()


def _run(port: int, examples: int, seed: int, folder: Path) -> int:
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json"),
        *("--checks", ",".join(CHECKS), "--max-examples", str(examples), "--seed", str(seed)),
        *("--phases", "examples,coverage,fuzzing", "--mode", "all", "--continue-on-failure"),
        *("--exclude-path-regex", _ELSEWHERE, "--suppress-health-check", "all", "--request-timeout", "20"),
        *("--generation-database", "none", "--warnings", "off", "--no-color"),
    ]
    ended = subprocess.run(command, cwd=folder, check=False)
    for name, why in LEFT_OUT.items():
        print(f"not checked: {name}: {why}")
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
