"""The first questions, asked before there are callers: what is made once is then made, and shared by the workers."""

from __future__ import annotations

from flask import Flask

from service.page.record import EXAMPLES


def warm(app: Flask) -> None:
    """Opens the examples on the page, which goes through everything from the reading of a record to the pictures.

    Raises:
        RuntimeError: the application cannot answer its own examples, so it should not start.
    """
    client = app.test_client()
    for path in (*(f"/app?example={each.name}" for each in EXAMPLES), "/cds-services", "/fhir/metadata"):
        if client.get(path).status_code != 200:
            raise RuntimeError(f"the application does not answer {path}")
