"""Calls of CDS Hooks as an EHR makes them: a record becomes the prefetch that the templates of discovery ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.cds_hooks.prefetch import TEMPLATES
from tests.support.records import Resource

VIEW, SELECT, SIGN = "spinal-tumour-patient-view", "spinal-tumour-order-select", "spinal-tumour-order-sign"
HOOKS = {VIEW: "patient-view", SELECT: "order-select", SIGN: "order-sign"}
INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
JSON = "application/json"


def searchset(*resources: Resource, **more: Any) -> Resource:
    """The answer to a search."""
    entries = [
        {"fullUrl": f"https://ehr.example/fhir/{r['resourceType']}/{r.get('id')}", "resource": r} for r in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries, **more}


def prefetch_of(record: Resource) -> Resource:
    """What an EHR that holds this record prefetches, each template honoured."""
    names = {entry["fullUrl"]: _relative(entry["resource"]) for entry in record["entry"] if "fullUrl" in entry}
    held = [_with_names(entry["resource"], names) for entry in record["entry"]]
    patient = next(r for r in held if r["resourceType"] == "Patient")
    of_type = {kind: [r for r in held if r["resourceType"] == kind] for kind in TEMPLATES}
    drugs = [r for r in held if r["resourceType"] == "Medication"]
    found: Resource = {"patient": patient}
    for kind, template in TEMPLATES.items():
        if kind != "Patient":
            along = drugs if kind == "MedicationRequest" else []
            found[template.key] = searchset(*of_type[kind], *along, total=len(of_type[kind]))
    return found


def _relative(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource.get('id')}"


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    """References as a server makes them that has taken the record in: by type and id."""
    if isinstance(value, list):
        return [_with_names(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _with_names(each, names) for name, each in value.items()}
    target = made.get("reference")
    return {**made, "reference": names.get(target, target)} if isinstance(target, str) else made


def patient_of(record: Resource) -> str:
    return next(str(e["resource"]["id"]) for e in record["entry"] if e["resource"]["resourceType"] == "Patient")


def call_of(record: Resource, service: str = VIEW, *drafts: Resource, **more: Any) -> Resource:
    """A call about a record, with all of it prefetched; for the order hooks, with draft orders."""
    context: Resource = {"userId": "Practitioner/7", "patientId": patient_of(record), "encounterId": "89284"}
    if service != VIEW:
        entries = [{"resource": draft} for draft in drafts]
        context["draftOrders"] = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if service == SELECT:
        context["selections"] = [f"{draft['resourceType']}/{draft['id']}" for draft in drafts]
    return {
        "hook": HOOKS[service],
        "hookInstance": INSTANCE,
        "context": context,
        "prefetch": prefetch_of(record),
        **more,
    }


def without(body: Resource, *keys: str) -> Resource:
    """A call in which some keys were not prefetched."""
    kept = {key: value for key, value in body["prefetch"].items() if key not in keys}
    return {**body, "prefetch": kept}


def prefetching(body: Resource, **given: Any) -> Resource:
    """A call in which something else was prefetched under some keys."""
    return {**body, "prefetch": {**body["prefetch"], **given}}


def send(client: FlaskClient, body: Any, service: str = VIEW, headers: Mapping[str, str] | None = None) -> TestResponse:
    """Calls a service; bytes are sent as they are."""
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.post(f"/cds-services/{service}", data=data, headers={"Content-Type": JSON, **(headers or {})})


def cards_of(client: FlaskClient, body: Any, service: str = VIEW) -> list[Resource]:
    """The cards of a call that is answered."""
    response = send(client, body, service)
    assert response.status_code == 200, response.get_data(as_text=True)
    cards = response.get_json()["cards"]
    assert isinstance(cards, list)
    return cards


def problems_of(response: TestResponse) -> dict[str, str]:
    """What an OperationOutcome says, by the element that it names."""
    outcome = response.get_json()
    assert outcome["resourceType"] == "OperationOutcome"
    return {issue["expression"][0]: issue["diagnostics"] for issue in outcome["issue"]}
