"""Writes answers of every kind, and events of the audit trail, into a folder, a file for each, for the validators.

python -m tests.validators.answers FOLDER

The stored records and the demonstrations, in both forms; records that are made here, for what no stored one has; and
refusals of every status.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.api.app import create_app
from service.api.audited import AUDITED
from service.api.settings import Settings
from service.audit import Agent
from service.audit.event import rotation
from tests.support.audited import AT, event
from tests.support.door import PATH, json_of, parameters, post
from tests.support.records import (
    AS_OF,
    Resource,
    bare,
    bundle,
    metastasis,
    observation,
    patient,
)
from tests.support.results import patient_with_results
from tests.support.stored import EXAMPLES, bundles

FORMS = ("collection", "transaction")


def _records() -> Iterator[tuple[str, Any]]:
    for path in [*bundles(), *sorted((EXAMPLES / "board").glob("*.json"))]:
        yield f"{path.parent.name}-{path.stem}", orjson.loads(path.read_bytes())


def _made() -> Iterator[tuple[str, Resource]]:
    """Records for what no stored one has."""
    yield "empty", bundle()
    yield "no-patient", bare(metastasis())
    yield "one-level", bundle(metastasis("T6"))
    yield "hand-off-results", bundle(*patient_with_results())
    yield "markup", bundle({**patient(), "name": [{"text": "<script>&amp;</script>"}]}, _marked_up())
    yield (
        "conflict",
        bundle(metastasis(), *(observation("ambulatory-status", each) for each in ("intact", "non-ambulatory"))),
    )
    yield "deceased", bundle(patient(deceasedDateTime="2026-09-30"), metastasis())


def _of_another() -> Resource:
    return {**metastasis("L1"), "subject": {"reference": "Patient/p2"}}


def _marked_up() -> Resource:
    found = metastasis("L2", name="<b>&'\"")
    return {**found, "code": {**found["code"], "text": "<b>bold</b> & \u0001 \U0001f600"}}


def _refusals(client: FlaskClient) -> Iterator[tuple[str, TestResponse]]:
    yield "empty-body", post(client, b"")
    yield "broken-json", post(client, b'{"resourceType": "Bundle"')
    yield "no-bundle", post(client, patient())
    yield "several-patients", post(client, bundle(patient("p1"), patient("p2"), metastasis(), _of_another()))
    yield "bad-date", post(client, bundle(observation("primary-tumour", "lung", effectiveDateTime="<b>yesterday</b>")))
    yield "unknown-unit", post(client, bundle(metastasis(), observation("albumin", (3.5, "<furlong>"))))
    yield "bad-parameter", post(client, parameters(bundle(), asOf="2026-13-01"))
    yield "not-a-type", post(client, bundle(), {"Content-Type": "text/plain"})
    yield "not-acceptable", post(client, bundle(), {"Accept": "application/fhir+turtle"})
    yield "unknown-path", client.get("/fhir/nothing")
    yield "wrong-method", client.delete(PATH)


def _others(client: FlaskClient) -> Iterator[tuple[str, TestResponse]]:
    """Answers of the other operations, and of the operation where it is asked for something else."""
    right, wrong = bundle(metastasis()), bundle(metastasis(), observation("ecog", 9))
    for name, record in (("ok", right), ("fatal-error", wrong)):
        yield f"message-{name}", client.post("/fhir/$process-message", json=_message(record))
    yield "ledger-alone", post(client, right, {"Prefer": "return=OperationOutcome"})
    yield "incomplete", post(client, right | {"type": "searchset", "link": [{"relation": "next", "url": "urn:x"}]})
    code = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C50.9"}
    yield "translated", client.get("/fhir/ConceptMap/$translate", query_string=code)
    yield "not-translated", client.get("/fhir/ConceptMap/$translate", query_string=code | {"code": "?"})
    yield "base", client.get("/fhir")
    yield "metadata", client.get("/fhir/metadata")


def _message(record: Resource) -> Resource:
    name = "1cbdfb97-5859-48a4-8301-d54eab818d68"
    header = {
        "resourceType": "MessageHeader",
        "id": name,
        "eventUri": "https://w3id.org/spinemets/event/spinal-tumour-record",
        "source": {"name": "Laboratory", "endpoint": "https://engine.example/in"},
    }
    entry = {"fullUrl": f"urn:uuid:{name}", "resource": header}
    return record | {"type": "message", "entry": [entry, *record["entry"]]}


def answers(client: FlaskClient) -> Iterator[tuple[str, Any]]:
    """Each answer with its name: that of the record, and the form or the status."""
    for name, record in [*_records(), *_made()]:
        for form in FORMS:
            response = post(client, parameters(record, asOf=AS_OF, return_=form))
            if response.status_code >= 500:
                raise SystemExit(f"{name}: the service failed, {response.status_code}")
            yield f"{name}-{form if response.status_code == 200 else response.status_code}", json_of(response)
    yield "declared-complete", json_of(post(client, parameters(bundle(metastasis()), asOf=AS_OF, assumeComplete=True)))
    for name, response in _others(client):
        if response.status_code != 200:
            raise SystemExit(f"{name}: was to be answered, and was refused with {response.status_code}")
        yield name, json_of(response)
    for name, response in _refusals(client):
        if not 400 <= response.status_code < 500:
            raise SystemExit(f"{name}: was to be refused, and was answered with {response.status_code}")
        yield f"{name}-{response.status_code}", json_of(response)


def _audited() -> Iterator[tuple[str, Any]]:
    """Events of the audit trail: of every act, with all that an event may say."""
    whole = {"user": "Practitioner/7", "address": "192.0.2.7", "server": "https://ehr.example/fhir", "more_people": 3}
    people = (("identifier https://hospital.example/mrn|4711", "reference Patient/p1"), ("reference Patient/p2",))
    for n, act in enumerate(dict.fromkeys(AUDITED.values())):
        yield f"audit-{n}-{act.subtype[1]}", event(*people, act=act, **whole)
    yield "audit-anonymous", event(status=503, agent=Agent("unknown", "unknown"))
    yield "audit-rotation", rotation("audit-20261121T093000Z.jsonl", "0" * 64, AT)


def write(folder: Path) -> None:
    """Writes each answer, and each event, as a file of the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, answer in (*answers(create_app(Settings()).test_client()), *_audited()):
        folder.joinpath(f"{name}.json").write_bytes(orjson.dumps(answer))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.validators.answers FOLDER")
    write(Path(sys.argv[1]))
