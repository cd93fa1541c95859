"""Asking the FHIR door through the test client, and what each of its refusals has to be."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PATH = "/fhir/$assess-spinal-tumour"
FHIR_JSON = "application/fhir+json"

#: http://hl7.org/fhir/R4/valueset-issue-type.html
ISSUE_TYPES = frozenset(
    """invalid structure required value invariant security login unknown expired forbidden suppressed processing
    not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule
    conflict transient lock-error no-store exception timeout incomplete throttled informational""".split()
)
#: What a message has to hold to say how to mend what is wrong.
MENDS = ("send", "add", "correct", "use", "put", "leave", "convert", "there are", "has type", "post", "try")


def post(client: FlaskClient, body: Any, headers: Mapping[str, str] | None = None, query: str = "") -> TestResponse:
    """Posts a record: a resource, or bytes as they are."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.post(f"{PATH}{query}", data=data, headers={"Content-Type": FHIR_JSON, **(headers or {})})


def json_of(response: TestResponse) -> Any:
    data = response.get_data()
    return orjson.loads(gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data)


def assess(client: FlaskClient, body: Any, **options: Any) -> Any:
    """The answer to a record that can be assessed."""
    response = post(client, parameters(body, **options) if options else body)
    assert response.status_code == 200, response.get_data(as_text=True)
    return json_of(response)


_TYPES = {"asOf": "valueDateTime", "assumeComplete": "valueBoolean", "policy": "valueString", "return": "valueCode"}


def parameters(record: Any, **options: Any) -> dict[str, Any]:
    """Parameters with a Bundle and options; ``return_`` stands for ``return``."""
    named = {name.rstrip("_"): value for name, value in options.items()}
    listed = [{"name": "bundle", "resource": record}]
    listed += [{"name": name, _TYPES[name]: value} for name, value in named.items()]
    return {"resourceType": "Parameters", "parameter": listed}


def check_refusal(response: TestResponse, status: int, *expressions: str) -> dict[str, Any]:
    """Checks everything that a refusal has to have; gives its OperationOutcome.

    ``expressions`` have to be among the elements that it names.
    """
    assert response.status_code == status, (response.status_code, response.get_data(as_text=True)[:500])
    assert response.content_type.startswith(FHIR_JSON)
    assert response.headers["X-Request-Id"]
    outcome: dict[str, Any] = json_of(response)
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"]
    for issue in outcome["issue"]:
        assert issue["severity"] == "error"
        assert issue["code"] in ISSUE_TYPES
        assert issue["diagnostics"].endswith(".")
        words = issue["diagnostics"].lower()
        assert any(word in words for word in MENDS), words
        assert issue["expression"]
        assert all(issue["expression"])
        assert "Traceback" not in issue["diagnostics"]
    named = [expression for issue in outcome["issue"] for expression in issue["expression"]]
    for expression in expressions:
        assert expression in named, named
    return outcome
