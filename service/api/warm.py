"""The first questions, asked before there are callers: what is made once is then made, and shared by the workers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient
from structlog.contextvars import clear_contextvars
from werkzeug.test import TestResponse

from service import BASE
from service.api import self_check
from service.api.fhir import OPERATION
from service.api.media import FHIR_JSON, FHIR_XML
from service.cds_hooks.prefetch import TEMPLATES
from service.cds_hooks.services import SERVICES
from service.fhir_mapping.messages import EVENT
from service.operations.metering import quiet
from service.page.record import EXAMPLES, example, packed

_READ = ("/cds-services", "/fhir/metadata", "/knowledge", "/openapi.json", "/docs", "/healthz")
_ASSESS = f"/fhir/${OPERATION}"
_DOWNLOADS = ("sheet", "pdf", "text", "answer", "case")
_JSON, _JAPANESE = "application/json", {"Accept-Language": "ja"}
#: The models of resources are made when the first of each type is validated, or read from XML.
_XML = (
    b'<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/><entry><resource><Patient><id value="p"/></Patient>'
    b"</resource></entry></Bundle>"
)


def check(app: Flask) -> None:
    """Asks the question whose answer is known: nobody is answered before that.

    Raises:
        RuntimeError: the answer is another one, so the application should not start.
    """
    with quiet():
        if wrong := self_check.wrong(app.config["SITE"]):
            raise RuntimeError(wrong)


def warm(app: Flask) -> None:
    """Asks at every door about the examples, which goes through all from the reading of a record to the pictures.

    Nothing of it is counted, logged or kept.

    Raises:
        RuntimeError: the application cannot answer its own examples, so it should not start.
    """
    check(app)
    client = app.test_client()
    with quiet():
        for where, response in _answers(client):
            response.get_data()
            if response.status_code != 200:
                raise RuntimeError(f"the application does not answer {where}")
    clear_contextvars()


def _answers(client: FlaskClient) -> Iterator[tuple[str, TestResponse]]:
    for path in (*(f"/app?example={each.name}" for each in EXAMPLES), *_READ):
        yield path, client.get(path)
    records = [record for each in EXAMPLES if (record := example(each.name))]
    strict = {"Prefer": "handling=strict"}
    for record in records:
        yield _ASSESS, client.post(f"{_ASSESS}?return=transaction", data=record, content_type=FHIR_JSON, headers=strict)
    message = orjson.dumps(_message(orjson.loads(records[0])))
    yield "messages", client.post("/fhir/$process-message", data=message, content_type=FHIR_JSON)
    yield _ASSESS, client.post(_ASSESS, data=_XML, content_type=FHIR_XML, headers=_JAPANESE)
    for service in SERVICES.values():
        call = orjson.dumps(_call(service.hook, orjson.loads(records[0])))
        yield service.id, client.post(f"/cds-services/{service.id}", data=call, content_type=_JSON, headers=_JAPANESE)
    form = {"record": packed(records[0]), "origin": EXAMPLES[0].name}
    for kind in _DOWNLOADS:
        yield kind, client.post(f"/app/download/{kind}?lang=ja", data=form)


def _call(hook: str, bundle: Any) -> dict[str, Any]:
    """A call of CDS Hooks about a record, all of which was prefetched."""
    of_type: dict[str, list[Any]] = {kind: [] for kind in TEMPLATES}
    for entry in bundle["entry"]:
        of_type.get(entry["resource"]["resourceType"], []).append(entry)
    patient = of_type["Patient"][0]["resource"]
    order = {
        "resourceType": "ServiceRequest",
        "id": "o",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient['id']}"},
        "code": {"coding": [{"system": f"{BASE}/CodeSystem/treatment", "code": "cebrt"}]},
    }
    prefetch = {
        template.key: {"resourceType": "Bundle", "type": "searchset", "entry": of_type[kind]}
        for kind, template in TEMPLATES.items()
    }
    return {
        "hook": hook,
        "hookInstance": str(uuid.UUID(int=0)),
        "context": {
            "userId": "Practitioner/p",
            "patientId": patient["id"],
            "selections": ["ServiceRequest/o"],
            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]},
        },
        "prefetch": {**prefetch, TEMPLATES["Patient"].key: patient},
    }


def _message(bundle: Any) -> dict[str, Any]:
    header = {
        "resourceType": "MessageHeader",
        "id": "warm",
        "eventUri": EVENT,
        "source": {"endpoint": "urn:uuid:00000000-0000-0000-0000-000000000000"},
    }
    return {**bundle, "type": "message", "entry": [{"resource": header}, *bundle["entry"]]}
