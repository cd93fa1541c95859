"""Records as a server takes them: each a transaction that puts every resource under an id of its own."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.support.linked import linked

Resource = dict[str, Any]


def seeded(record: Resource, label: str) -> tuple[str, Resource]:
    """The id of the patient, and the transaction that puts the record on a server.

    ``label`` sets one copy of a record apart from another. References to what the record does not hold are taken
    out, because a server that keeps its references whole refuses them.
    """
    entries = [entry for entry in record["entry"] if "resource" in entry]
    named: dict[int, str] = {}
    names: dict[str, str] = {}
    for index, entry in enumerate(entries):
        resource = entry["resource"]
        kind = resource["resourceType"]
        given = resource.get("id") or entry.get("fullUrl") or str(index)
        # A digest: ids of senders may be longer than FHIR allows, or of digits alone, which HAPI keeps for itself.
        named[index] = f"{label}-{hashlib.sha256(f'{kind}/{given}'.encode()).hexdigest()[:16]}"
        for name in filter(None, (entry.get("fullUrl"), f"{kind}/{resource.get('id')}")):
            names[name] = f"{kind}/{named[index]}"
    requests: dict[str, Resource] = {}
    for index, entry in enumerate(entries):
        resource = {**linked(entry["resource"], names), "id": named[index]}
        url = f"{resource['resourceType']}/{named[index]}"
        requests[url] = {"resource": resource, "request": {"method": "PUT", "url": url}}
    patient = next(r["resource"]["id"] for r in requests.values() if r["resource"]["resourceType"] == "Patient")
    return patient, {"resourceType": "Bundle", "type": "transaction", "entry": list(requests.values())}
