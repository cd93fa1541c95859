"""No word of a patient is where it does not belong: records full of marks go through every door of a server as it is
deployed, in success and in every kind of failure, and then all that was written is looked through.

What is exempt is named here: answers that succeed are for the caller; a page gives its user back what he has typed;
the results of jobs are in a private folder until their time is over; comments on cards are in the database, and nowhere
else; an ``X-Request-Id`` is the caller's word for the request, and is logged.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import requests

from service.api.app import create_app
from service.api.settings import Settings
from service.audit import check
from service.page.record import packed
from tests.privacy.marks import BORN, FAULT, MARK, SLOW, mark, marks_in, marks_under, record, wrong
from tests.support.calls import SELECT, SIGN, VIEW, call_of
from tests.support.fhir_server import Fault, Store, serving
from tests.support.records import observation
from tests.support.serving import Served
from tests.support.serving import serving as served_by_gunicorn
from tests.support.smart_ehr import CLIENT, Ehr

FHIR = "application/fhir+json"
ASSESS, MESSAGE = "/fhir/$assess-spinal-tumour", "/fhir/$process-message"
COMMENT = mark("Comment")
#: What may come with any request, and says something of a patient.
TOLD = {
    "User-Agent": mark("Agent"),
    "Referer": f"https://ehr.example/?patient={mark('Referer')}",
    "Cookie": f"patient={mark('Cookie')}",
    "Accept-Language": f"en, {mark('Language')};q=0.1",
    "X-Patient": mark("Header"),
    "traceparent": mark("Trace"),
}
#: Doors whose refusals are pages for their user, who finds there what he has typed.
FOR_THE_USER = frozenset(("page.show", "page.download"))


@dataclass
class Visitor:
    """Asks, and looks through each answer."""

    base: str
    faults: list[str] = field(default_factory=list)
    statuses: dict[str, set[int]] = field(default_factory=dict)

    def ask(
        self, door: str, method: str, path: str, body: Any = None, kind: str = FHIR, **more: Any
    ) -> requests.Response:
        """One request with marks in all that comes along."""
        headers = {"Content-Type": kind, **TOLD, **more.pop("headers", {})}
        data = orjson.dumps(body) if isinstance(body, dict | list) else body
        if more.get("files"):
            headers.pop("Content-Type")
        session = more.pop("session", None) or requests.Session()
        if session.cookies:
            headers.pop("Cookie")  # it would take the place of those that the browser has
        answer: requests.Response = session.request(
            method, self.base + path, data=data, headers=headers, allow_redirects=False, timeout=60, **more
        )
        self.see(door, answer, f"{method} {path}")
        return answer

    def see(self, door: str, answer: requests.Response, what: str) -> None:
        status = answer.status_code
        self.statuses.setdefault(door, set()).add(status)
        found = marks_in(repr(dict(answer.headers)).encode())
        if (status >= 400 and door not in FOR_THE_USER) or door == "operations.scrape":
            found |= marks_in(_error(answer) if door == "messages.process_message" else answer.content)
        if found:
            self.faults.append(f"{door}: {what[:60]} answers {status} with {found}")


def _error(answer: requests.Response) -> bytes:
    """What an answer says of the error: a message in answer names the message and the address that it answers."""
    answered = answer.json()
    said = [entry["resource"] for entry in answered.get("entry", ()) if "issue" in entry["resource"]]
    return orjson.dumps(said or answered)


def query(path: str) -> str:
    return f"{path}?patient={mark('Query')}&_id={BORN}"


# The doors


def assess(v: Visitor) -> None:
    door = "fhir.assess_spinal_tumour"
    for prefer in ("handling=lenient", "handling=strict", "return=OperationOutcome"):
        assert v.ask(door, "POST", query(ASSESS), record(), headers={"Prefer": prefer}).status_code in (200, 400)
    assert v.ask(door, "POST", ASSESS, record()).status_code == 200
    for _, each in wrong():
        for prefer in ("handling=lenient", "handling=strict"):
            v.ask(door, "POST", ASSESS, each, headers={"Prefer": prefer})
    outcome = {"resourceType": "OperationOutcome", "id": mark("Outcome"), "issue": [{"severity": "error"}]}
    v.ask(door, "POST", f"{ASSESS}?assumeComplete=true", record(outcome) | {"type": "searchset"})
    body = orjson.dumps(record())
    for broken in (
        body[:-40],
        b"\xff" + body,
        body.replace(b'"id"', b"'id'"),
        body * 2,
        b"<Bundle>" + body,
        b"[" + body,
    ):
        v.ask(door, "POST", ASSESS, broken)
        v.ask(door, "POST", ASSESS, broken, "application/fhir+xml")
    v.ask(door, "POST", ASSESS, body, f"text/{mark('Kind')}")
    v.ask(door, "POST", ASSESS, body, headers={"Accept": f"text/{mark('Accept')}"})
    v.ask(door, "POST", ASSESS, body, headers={"Content-Encoding": mark("Coding")})
    v.ask(door, "POST", ASSESS, body, headers={"Content-Encoding": "gzip"})
    v.ask(door, "POST", ASSESS, body, headers={"Prefer": mark("Prefer")})
    v.ask(door, "POST", f"{ASSESS}?asOf={mark('AsOf')}", body)
    v.ask(door, "POST", f"{ASSESS}?policy={mark('Policy')}", body)
    v.ask(door, "POST", f"{ASSESS}?{mark('Name')}=1", body, headers={"Prefer": "handling=strict"})
    v.ask(door, "POST", ASSESS, {"resourceType": "Parameters", "parameter": [{"name": mark("Parameter")}]})
    v.ask(door, "POST", ASSESS, record(*(observation("ecog", 1, name=f"{MARK}{n}") for n in range(2000))))  # too large
    v.ask(door, "POST", ASSESS, record(observation("ecog", 1, name=FAULT)))
    v.ask(door, "POST", ASSESS, record(observation("ecog", 1, name=SLOW)))


def messages(v: Visitor) -> None:
    door = "messages.process_message"
    for each in (record(), *(each for _, each in wrong()), record(observation("ecog", 1, name=FAULT))):
        v.ask(door, "POST", MESSAGE, message(each))
    v.ask(door, "POST", MESSAGE, message(record()) | {"entry": [{"resource": {"resourceType": mark("Header")}}]})
    v.ask(door, "POST", f"{MESSAGE}?response-url={mark('Address')}", message(record()))
    v.ask(door, "POST", MESSAGE, orjson.dumps(record())[:-9])


def message(each: dict[str, Any]) -> dict[str, Any]:
    header = {
        "resourceType": "MessageHeader",
        "id": mark("Message"),
        "eventUri": "https://w3id.org/spinemets/event/spinal-tumour-record",
        "source": {"name": mark("Source"), "endpoint": f"https://engine.example/{mark('Endpoint')}"},
        "sender": {"display": mark("Sender")},
    }
    entry = {"fullUrl": f"urn:x:{mark('Header')}", "resource": header}
    return each | {"type": "message", "entry": [entry, *each.get("entry", ())]}


def later(v: Visitor) -> None:
    """Answers that are fetched later: one that is fetched and ended, one that is refused, one that is left behind."""
    for each in (record(), record(observation("ecog", 9)), record(observation("ecog", 1, name=FAULT)), record()):
        begun = v.ask("fhir.assess_spinal_tumour", "POST", ASSESS, each, headers={"Prefer": "respond-async"})
        assert begun.status_code == 202
        path = begun.headers["Content-Location"].removeprefix(v.base)
        found = v.ask("asynchronous.status", "GET", path)
        end = time.monotonic() + 60
        while found.status_code == 202 and time.monotonic() < end:
            time.sleep(0.1)
            found = v.ask("asynchronous.status", "GET", path)
        for output in found.json().get("output", ()):
            name = output["url"].removeprefix(v.base)
            assert v.ask("asynchronous.output", "GET", name).status_code == 200
            v.ask("asynchronous.output", "GET", f"{name}{MARK}")
        v.ask("asynchronous.cancel", "DELETE", path)
        v.ask("asynchronous.output", "GET", f"{path.replace('status', 'output')}/CarePlan")
    for path in (f"/fhir/$job-status/{mark('Job')}", f"/fhir/$job-output/{mark('Job')}/{mark('Kind')}"):
        v.ask("asynchronous.status", "GET", path)
        v.ask("asynchronous.cancel", "DELETE", path)


def hooks(v: Visitor, store: Store) -> None:
    door = "cds_hooks.call"
    for service in (VIEW, SELECT, SIGN):
        draft = {"resourceType": "ServiceRequest", "id": mark("Draft"), "code": {"text": mark("Order")}}
        v.ask(door, "POST", f"/cds-services/{service}", call_of(record(), service, draft), "application/json")
    path = f"/cds-services/{VIEW}"
    for _, each in wrong():
        if any(entry.get("resource", {}).get("resourceType") == "Patient" for entry in each.get("entry", ())):
            v.ask(door, "POST", path, call_of(each), "application/json")
    v.ask(door, "POST", path, call_of(record(observation("ecog", 1, name=FAULT))), "application/json")
    v.ask(door, "POST", path, orjson.dumps(call_of(record()))[:-9], "application/json")
    v.ask(door, "POST", f"/cds-services/{mark('Service')}", call_of(record()), "application/json")
    call = call_of(record())
    for name in ("userId", "patientId", "encounterId"):
        context = {**call["context"], name: f"no id {mark(name)}"}
        v.ask(door, "POST", path, call | {"context": context}, "application/json")
    v.ask(door, "POST", path, call | {"hook": mark("Hook"), "prefetch": mark("Prefetch")}, "application/json")
    granted = {"access_token": mark("Token"), "token_type": "Bearer", "scope": mark("Scope"), "expires_in": 300}
    read = {name: value for name, value in call.items() if name != "prefetch"}
    read |= {"fhirServer": store.base, "fhirAuthorization": granted | {"scope": "user/*.read", "subject": mark("App")}}
    for fault in (None, Fault("GET ", 500, body=mark("Body").encode(), times=99), Fault("GET ", 0, times=99)):
        store.faults = [fault] if fault else []
        v.ask(door, "POST", path, read, "application/json")
    store.faults = []
    v.ask(door, "POST", path, read | {"fhirServer": f"https://{mark('Host')}.example"}, "application/json")


def feedback(v: Visitor) -> None:
    door = "feedback.feedback"
    path = f"/cds-services/{VIEW}/feedback"
    one: dict[str, Any] = {
        "card": "f8d7b8a2-1d60-4a0a-9a4a-1d2f2d0f1c11",
        "outcome": "overridden",
        "overrideReason": {"reason": {"code": "not-fit"}, "userComment": COMMENT},
        "outcomeTimestamp": "2026-10-01T09:30:00Z",
    }
    assert v.ask(door, "POST", path, {"feedback": [one]}, "application/json").status_code == 200
    for name in one:
        v.ask(door, "POST", path, {"feedback": [one | {name: mark("Feedback")}]}, "application/json")
    v.ask(door, "POST", path, {"feedback": [one | {"userComment": mark("Long") * 1000}]}, "application/json")
    v.ask(door, "POST", path, {mark("Member"): 1}, "application/json")


def page(v: Visitor) -> None:
    form = "application/x-www-form-urlencoded"
    content = orjson.dumps(record())
    for do in ("open", "add", "ehr", mark("Do")):
        v.ask("page.show", "POST", "/app", {"do": do, "paste": content.decode()}, form, session=Forms())
    v.ask(
        "page.show", "POST", query("/app"), files={"file": (f"{mark('File')}.json", content)}, session=Forms(do="open")
    )
    v.ask("page.show", "POST", "/app", {"do": "open", "paste": content[:-9].decode()}, form, session=Forms())
    typed = {"patient.ecog": mark("Typed"), "record": packed(content), "read-at": mark("ReadAt"), "as-of": mark("When")}
    v.ask("page.show", "POST", "/app", typed, form, session=Forms())
    v.ask("page.show", "POST", "/app", {"record": mark("Damaged")}, form, session=Forms())
    fault = packed(orjson.dumps(record(observation("ecog", 1, name=FAULT))))
    v.ask("page.show", "POST", "/app", {"record": fault}, form, session=Forms())
    for kind in ("sheet", "pdf", "text", "answer", "case", mark("Kind")):
        v.ask("page.download", "POST", f"/app/download/{kind}", {"record": packed(content)}, form, session=Forms())
        v.ask("page.download", "POST", f"/app/download/{kind}", {"record": fault}, form, session=Forms())


class Forms(requests.Session):
    """Sends what is given as the fields of a form."""

    def __init__(self, **always: str) -> None:
        super().__init__()
        self._always = always

    def request(self, method: Any, url: Any, data: Any = None, **more: Any) -> requests.Response:
        fields = {**self._always, **(orjson.loads(data) if data else {})}
        return super().request(method, url, data=fields, **more)


def smart(v: Visitor, store: Store, ehr: Ehr) -> None:
    """A launch, the record, writing back, in success and with a server that fails in every way."""
    session = requests.Session()
    found = v.ask("smart.launch", "GET", f"/app/launch?iss={store.base}&launch=abc", session=session)
    assert found.status_code == 303
    back = requests.get(found.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
    opened = v.ask("smart.callback", "GET", back.removeprefix(v.base), session=session)
    assert opened.status_code == 303
    handle = opened.headers["Location"].partition("?")[2]
    told = v.ask("smart.status", "GET", f"/app/smart/status?{handle}", session=session).json()
    headers = {"Origin": v.base, "X-CSRF-Token": told["csrf"]}
    assert v.ask("smart.record", "GET", f"/app/smart/record?{handle}", session=session).status_code == 200
    path = f"/app/smart/write-back?{handle}"
    wishes: list[Any] = [
        {},
        {"policy": mark("Policy")},
        {"questionnaireResponse": {mark("Item"): 1}},
        {mark("Wish"): 1, "assumeComplete": mark("Yes")},
    ]
    for wish in wishes:
        v.ask("smart.write_back", "POST", path, wish, "application/json", session=session, headers=headers)
    outcome = orjson.dumps({"resourceType": "OperationOutcome", "issue": [{"diagnostics": mark("Diagnostics")}]})
    for status in (0, 400, 401, 403, 404, 412, 422, 429, 500, 503):
        for matching in ("POST", "GET"):
            store.faults = [Fault(matching, status, body=outcome, times=99)]
            v.ask("smart.write_back", "POST", path, {}, "application/json", session=session, headers=headers)
            v.ask("smart.record", "GET", f"/app/smart/record?{handle}", session=session)
            v.ask("page.show", "POST", f"/app?{handle}", {"do": "ehr"}, session=_like(session))
    store.faults = [Fault("GET", 200, body=mark("Html").encode(), times=99)]
    v.ask("smart.record", "GET", f"/app/smart/record?{handle}", session=session)
    store.faults = []
    v.ask("smart.write_back", "POST", path, {}, "application/json", session=session)  # without its token
    v.ask("smart.close", "POST", f"/app/smart/close?{handle}", session=session, headers=headers)
    v.ask("smart.record", "GET", f"/app/smart/record?{handle}", session=session)
    v.ask("smart.launch", "GET", f"/app/launch?iss=https://{mark('Iss')}.example&launch=x")
    v.ask("smart.callback", "GET", f"/app/callback?state={mark('State')}&code={mark('Code')}&error={mark('Error')}")
    ehr.denies = mark("Denied")
    found = v.ask("smart.launch", "GET", f"/app/launch?iss={store.base}&launch=abc", session=session)
    back = requests.get(found.headers["Location"], allow_redirects=False, timeout=10).headers["Location"]
    v.ask("smart.callback", "GET", back.removeprefix(v.base), session=session)
    for path in ("status", "record"):
        v.ask(f"smart.{path}", "GET", query(f"/app/smart/{path}"))


def _like(session: requests.Session) -> requests.Session:
    made = Forms()
    made.cookies = session.cookies
    return made


def others(v: Visitor) -> None:
    """Doors that take no record, and are sent one all the same."""
    doors = {
        "fhir.base": "/fhir",
        "fhir.metadata": "/fhir/metadata",
        "artefacts.read": f"/fhir/ValueSet/{mark('Id')}",
        "artefacts.search": "/fhir/ValueSet",
        "terminology.translate_code": "/fhir/ConceptMap/$translate",
        "knowledge.everything": "/knowledge",
        "knowledge.one": f"/knowledge/{mark('Section')}",
        "cds_hooks.discover": "/cds-services",
        "page.static": f"/app/static/{mark('File')}",
        "page.start": "/app",
        "reference.openapi": "/openapi.json",
        "reference.docs": "/docs",
        "index": "/",
        "operations.alive": "/healthz",
        "operations.ready": "/readyz",
        "operations.scrape": "/metrics",
        "token.configuration": "/fhir/.well-known/smart-configuration",
        "no door": f"/fhir/Patient/{mark('Path')}",
        "no door at all": f"/{mark('Path')}",
    }
    for door, path in doors.items():
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            v.ask(door, method, query(path), record() if method in ("POST", "PUT") else None)
    for body in (record(), record()["entry"][0]["resource"]):
        v.ask("fhir.batch", "POST", query("/fhir"), body)
        v.ask("terminology.translate_code", "POST", "/fhir/ConceptMap/$translate", body)
    v.ask("terminology.translate_code", "GET", f"/fhir/ConceptMap/$translate?system={mark('S')}&code={mark('C')}")
    v.ask("token.give", "POST", "/auth/token", f"client_id={mark('Client')}&client_assertion={mark('Assertion')}")
    for token in ("Bearer", "Basic", mark("Scheme")):
        v.ask(
            "fhir.assess_spinal_tumour", "POST", ASSESS, record(), headers={"Authorization": f"{token} {mark('Token')}"}
        )
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via"):
        v.ask("fhir.assess_spinal_tumour", "POST", ASSESS, record(), headers={name: mark("Forwarded")})
    v.ask("fhir.metadata", mark("METHOD").upper(), "/fhir/metadata")


# The test


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(Store()) as running:
        running.load(record())
        yield running


@pytest.fixture
def served(tmp_path: Path, store: Store) -> Iterator[Served]:
    settings: dict[str, Any] = {
        "audit": tmp_path / "audit" / "audit.jsonl",
        "jobs": tmp_path / "jobs",
        "database": f"sqlite:///{tmp_path}/database/spinemets.sqlite",
        "metrics": tmp_path / "metrics",
        "fhir_servers": store.base,
        "smart_client_id": CLIENT,
        "max_body_bytes": 400_000,
        "async_from_bytes": 1,
        "job_seconds": 2,
        "request_seconds": 5,
        "log_level": "debug",
    }
    for name in ("audit", "database", "metrics"):
        (tmp_path / name).mkdir(mode=0o700)
    with served_by_gunicorn(tmp_path, app="tests.privacy.faulty:create_app()", **settings) as running:
        yield running


def test_no_word_of_a_patient_is_written_or_told_where_it_does_not_belong(
    served: Served, store: Store, tmp_path: Path
) -> None:
    base = f"http://127.0.0.1:{served.port}"
    ehr = Ehr(store, f"{base}/app/callback", patient=mark("Id")).install()
    v = Visitor(base)
    visits: tuple[Callable[[], None], ...] = (
        lambda: assess(v),
        lambda: messages(v),
        lambda: later(v),
        lambda: hooks(v, store),
        lambda: feedback(v),
        lambda: page(v),
        lambda: smart(v, store, ehr),
        lambda: others(v),
    )
    for visit in visits:
        visit()
        v.faults += [f"a file outside: {path}" for path in written_elsewhere(served, tmp_path)]

    # The visits were what they were meant to be.
    doors = {rule.endpoint for rule in create_app(Settings()).url_map.iter_rules()}
    assert doors <= set(v.statuses), f"doors that nobody has visited: {doors - set(v.statuses)}"
    assert {200, 202, 400, 406, 413, 415, 422, 500, 503} <= v.statuses["fhir.assess_spinal_tumour"]
    assert {200, 500} <= v.statuses["messages.process_message"]
    assert {200, 400, 412, 422, 500} <= v.statuses["cds_hooks.call"]
    assert {200, 403, 502} <= v.statuses["smart.write_back"]
    assert {200, 404} <= v.statuses["asynchronous.output"]

    shutil.copytree(tmp_path / "database", tmp_path / "database, while it was there")
    without_a_database(v, served, tmp_path)
    assert 503 in v.statuses["feedback.feedback"]
    assert served.stop() == 0

    # Comments are in the database by design, and there alone.
    found = marks_under(tmp_path)
    of_feedback = {name: marks for name, marks in found.items() if name.startswith("database")}
    assert of_feedback
    assert all(COMMENT in each for marks in of_feedback.values() for each in marks)
    assert not {name: marks for name, marks in found.items() if name not in of_feedback}
    assert not v.faults, "\n".join(v.faults)
    assert served.log.stat().st_size > 10_000
    assert check([tmp_path / "audit" / "audit.jsonl"]).rows > 100


def without_a_database(v: Visitor, served: Served, folder: Path) -> None:
    for path in (folder / "database").iterdir():
        path.write_bytes(b"this is no database " * 1000)
    for _ in range(6):
        feedback_again(v)
    v.ask("smart.launch", "GET", query("/app/launch"))
    v.ask("fhir.assess_spinal_tumour", "POST", ASSESS, record())


def feedback_again(v: Visitor) -> None:
    one = {
        "card": "f8d7b8a2-1d60-4a0a-9a4a-1d2f2d0f1c11",
        "outcome": "overridden",
        "overrideReason": {"reason": {"code": "not-fit"}, "userComment": COMMENT},
        "outcomeTimestamp": "2026-10-01T09:30:00Z",
    }
    v.ask("feedback.feedback", "POST", f"/cds-services/{VIEW}/feedback", {"feedback": [one]}, "application/json")


def written_elsewhere(served: Served, folder: Path) -> Iterator[str]:
    """Files that the server has open for writing outside of the folder of the test; memory and devices are none."""
    for process in (served.process.pid, *served.workers()):
        for opened in Path(f"/proc/{process}/fd").iterdir():
            try:
                target, told = os.readlink(opened), Path(f"/proc/{process}/fdinfo/{opened.name}").read_text()
            except OSError:
                continue
            flags = re.search(r"flags:\s*(\d+)", told)
            writes = flags is not None and int(flags[1], 8) & (os.O_WRONLY | os.O_RDWR)
            if writes and target.startswith("/") and not target.startswith((str(folder), "/dev/")):
                yield target
