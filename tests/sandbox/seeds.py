"""Synthetic patients for a server: the demonstrations as transactions of conditional creates, and changes of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from service import BASE
from service.client.scopes import TYPES
from tests.support.linked import linked

Resource = dict[str, Any]

SYSTEM = f"{BASE}/identifier/sandbox"
_CODED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


def key(label: str, name: str) -> str:
    """The identifier of a resource of a run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{SYSTEM}/{label}/{name}"))


def seeded(record: Resource, label: str) -> tuple[str, Resource]:
    """The identifier of the patient, and a transaction that may be sent twice and makes everything once.

    ``label`` sets one run apart from another. What is not read by the product is left out, and so is a reference to
    it: servers that keep their references whole refuse what leads nowhere.
    """
    entries = [e for e in record["entry"] if e.get("resource", {}).get("resourceType") in TYPES]
    names: dict[str, str] = {}
    keys = []
    for n, entry in enumerate(entries):
        resource = entry["resource"]
        short = f"{resource['resourceType']}/{resource.get('id', n)}"
        keys.append(key(label, short))
        for name in filter(None, (entry.get("fullUrl"), short)):
            names[name] = f"urn:uuid:{keys[-1]}"
    made = [_created(linked(e["resource"], names), one) for e, one in zip(entries, keys, strict=True)]
    patient = next(k for e, k in zip(entries, keys, strict=True) if e["resource"]["resourceType"] == "Patient")
    return patient, transaction(made)


def transaction(entries: Iterable[Resource]) -> Resource:
    return {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}


def put(resource: Resource) -> Resource:
    """An entry that replaces a resource which the server holds."""
    name = f"{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": f"urn:uuid:{key('put', name)}", "resource": resource, "request": {"method": "PUT", "url": name}}


def refuted(resources: Iterable[Resource]) -> list[Resource]:
    """Observations and Conditions as a hospital takes them back."""
    made = []
    for resource in resources:
        if resource["resourceType"] == "Observation":
            made.append({**resource, "status": "entered-in-error"})
        elif resource["resourceType"] == "Condition":
            plain = {name: value for name, value in resource.items() if name != "clinicalStatus"}
            coded = {"coding": [{"system": _CODED, "code": "entered-in-error"}]}
            made.append({**plain, "verificationStatus": coded})
    return made


def _created(resource: Resource, one: str) -> Resource:
    identifier: Any = {"system": SYSTEM, "value": one}
    if resource["resourceType"] != "QuestionnaireResponse":  # R4 gives it no more than one
        identifier = [identifier]
    made = {name: value for name, value in resource.items() if name not in ("id", "meta")}
    return {
        "fullUrl": f"urn:uuid:{one}",
        "resource": {**made, "identifier": identifier},
        "request": {
            "method": "POST",
            "url": resource["resourceType"],
            "ifNoneExist": f"identifier={SYSTEM}|{one}",
        },
    }
