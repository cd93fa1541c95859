"""Where in a record a problem is, as its server knows the place."""

from __future__ import annotations

import re

from service.client.reading import Record

#: How a problem of the intake names a resource of a Bundle.
_ELEMENT = re.compile(r"Bundle\.entry(?:\[(\d+)\]|\.where\(fullUrl='([^']*)'\))\.resource")


def on_the_server(expression: str, record: Record) -> str:
    """An element as the server knows it, and not by its place in a Bundle that nobody sees. Never names the patient."""
    listed = record.bundle["entry"]

    def name(found: re.Match[str]) -> str:
        number, url = found.groups()
        entry = listed[int(number)] if number else next((e for e in listed if e["fullUrl"] == url), None)
        if entry is None:
            return "the record"
        resource = entry["resource"]
        kind: str = resource["resourceType"]
        return kind if kind == "Patient" else f"{kind}/{resource['id']}"

    return _ELEMENT.sub(name, expression)
