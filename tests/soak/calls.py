"""The calls of the load, as bytes, each with the answer that is right.

Answers are a function of what is asked, so the right one is made before, by one undisturbed process, and every answer
of the server has to be the same bytes. Those to records are made by the pure pipeline besides.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson
from flask.testing import FlaskClient
from tqdm import tqdm

from service.api.app import create_app
from service.api.settings import Settings
from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from tests.bench.cds import body as cds_body
from tests.bench.records import record
from tests.soak.access import PUBLIC, Callers
from tests.support.calls import SIGN, VIEW, call_of
from tests.support.records import AS_OF, observation
from tests.support.stored import CONTRACT, EXAMPLES

FHIR, JSON, FORM = "application/fhir+json", "application/json", "application/x-www-form-urlencoded"
ASSESS, MESSAGE, PAGE = "/fhir/$assess-spinal-tumour", "/fhir/$process-message", "/app"
#: A body from this size on is answered later for those who want that.
ASYNC_FROM = 60_000
_HEADER = {
    "resourceType": "MessageHeader",
    "id": "1cbdfb97-5859-48a4-8301-d54eab818d68",
    "eventUri": "https://w3id.org/spinemets/event/spinal-tumour-record",
    "source": {"name": "Engine", "endpoint": "https://engine.example/in"},
}
_TYPED = b"primary-tumour=kidney&age=62&lesion.0.level=T8&lesion.0.sins-pain=mechanical&lesion.0.escc-grade=escc-1b"
#: A moment, an id, and a record that is packed.
_DATED = re.compile(rb"20\d\d-\d\d-\d\dT[\d:]{8}Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9+/=_-]{60,}")
_ORDER = {
    "resourceType": "ServiceRequest",
    "id": "draft-1",
    "status": "draft",
    "intent": "order",
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "108290001"}]},
}


@dataclass(frozen=True)
class Call:
    """A call that is sent many times, and the answer that is right."""

    kind: str
    door: str
    """As the metrics name it."""
    method: str
    path: str
    body: bytes = field(default=b"", repr=False)
    content_type: str = ""
    needs: str = ""
    """``token``, ``proof`` or ``used proof``: what shows who calls."""
    wants_later: bool = False
    audited: bool = False
    status: int = 200
    right: bytes | None = field(default=None, repr=False)
    """None where it differs by design: a job has a name of its own, and feedback is looked for in the database."""


@dataclass(frozen=True)
class Kind:
    """A kind of call, how often it comes, and the calls in turn."""

    name: str
    weight: float
    turn: Iterator[Call]


def kinds(callers: Callers, folder: Path, patients: int) -> list[Kind]:
    """The mix: every door, what is asked in turn, and the bad calls that every server gets."""
    records = _records()
    judge = _Judge(callers, folder)
    known = {
        name: judge.assessed(name, asked) for name, asked in tqdm(records.items(), "records", leave=False, disable=None)
    }
    small = [known[name] for name in known if not name.startswith("long")]
    long = [known[name] for name in known if name.startswith("long")]
    message = judge.right(_message(orjson.loads((EXAMPLES / "kidney-complete.json").read_bytes())))
    others = [_view(cds_body(50, 0, firing)) for firing in range(patients)]
    new = [judge.right(each) for each in tqdm(others, "patients", leave=False, disable=None)]
    order = judge.right(_signing())
    page = judge.right(Call("page", "page", "POST", PAGE, _TYPED, FORM, audited=True))
    feedback = Call(
        "feedback", "cds-feedback", "POST", f"/cds-services/{VIEW}/feedback", b"", JSON, "proof", audited=True
    )
    later = [replace(each, kind="job", wants_later=True, status=202, right=each.right) for each in long]
    published = [
        judge.right(Call("published", door, "GET", path))
        for path, door in (
            ("/fhir/metadata", "metadata"),
            ("/cds-services", "cds-discovery"),
            ("/healthz", "health"),
            ("/fhir/CodeSystem/finding", "artefacts"),
            ("/fhir/Questionnaire/spinal-tumour", "artefacts"),
        )
    ]
    bad = [judge.right(each) for each in _bad(small[0])]
    used = Call(
        "replayed", VIEW, "POST", f"/cds-services/{VIEW}", others[0].body, JSON, "used proof", audited=True, status=401
    )
    return [
        Kind("records", 22, itertools.cycle(small)),
        Kind("long records", 3, itertools.cycle(long)),
        Kind("jobs", 2, itertools.cycle(later)),
        Kind("messages", 6, itertools.cycle([message])),
        Kind("new patients", 24, itertools.cycle(new)),
        Kind("same patients", 12, itertools.cycle(new[:4])),
        Kind("orders", 3, itertools.cycle([order])),
        Kind("feedback", 12, itertools.cycle([feedback])),
        Kind("page", 3, itertools.cycle([page])),
        Kind("published", 6, itertools.cycle(published)),
        Kind("bad calls", 5, itertools.cycle(bad)),
        Kind("replayed", 2, itertools.cycle([used])),
    ]


def plain(call: Call, answer: bytes) -> bytes:
    """An answer without what differs by design: a case that is typed is dated now, and all that follows from that."""
    return _DATED.sub(b"", answer) if call.kind == "page" else answer


def feedback_of(card: str, moment: str) -> bytes:
    """Feedback on one card that nobody else speaks of."""
    said = {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": moment,
        "overrideReason": {"userComment": "soak"},
    }
    return orjson.dumps({"feedback": [said]})


class _Judge:
    """Makes the answers that are right."""

    def __init__(self, callers: Callers, folder: Path) -> None:
        self._callers = callers
        settings = Settings(
            access=callers.access, public_url=PUBLIC, database=f"sqlite:///{folder}/judge.sqlite", log_level="error"
        )
        self._app = create_app(settings)
        self._token = callers.token()

    def assessed(self, name: str, asked: bytes) -> Call:
        """A record, with the answer of the door, which has to be that of the pure pipeline."""
        call = self.right(Call("record", "assess", "POST", ASSESS, asked, FHIR, "token", audited=True))
        (bundle,) = (each["resource"] for each in orjson.loads(asked)["parameter"] if each["name"] == "bundle")
        if call.right != orjson.dumps(answer(assess(bundle, when(AS_OF)))):
            raise SystemExit(f"The door answers {name} with something other than the pipeline.")
        return call

    def right(self, call: Call) -> Call:
        """A call with the answer that it gets when nothing else happens."""
        client: FlaskClient = self._app.test_client()
        headers = {"Content-Type": call.content_type} if call.content_type else {}
        if call.needs:
            given = self._token if call.needs == "token" else self._callers.proof(call.path)
            headers["Authorization"] = f"Bearer {given}"
        response = client.open(call.path, method=call.method, data=call.body or None, headers=headers)
        if call.kind != "bad" and response.status_code != 200:
            raise SystemExit(f"{call.path} is answered with {response.status_code}: {response.data[:300]!r}")
        return replace(call, status=response.status_code, right=response.data)


def _records() -> dict[str, bytes]:
    """Records of the contract and the demonstrations, and long ones, each with its time."""
    paths = [*sorted(CONTRACT.glob("*.json")), *sorted(EXAMPLES.glob("*.json"))]
    given = {path.stem: orjson.loads(path.read_bytes()) for path in paths}
    long = {f"long {n} {v}": orjson.loads(record(n, v).compact) for n in (300, 1000) for v in range(3)}
    return {name: _at_a_time(each) for name, each in {**given, **long}.items()}


def _at_a_time(bundle: Any) -> bytes:
    """The record with its time: without one, the answer would be another on the next day."""
    parameters = [{"name": "bundle", "resource": bundle}, {"name": "asOf", "valueDateTime": AS_OF}]
    return orjson.dumps({"resourceType": "Parameters", "parameter": parameters})


def _message(bundle: Any) -> Call:
    url = f"urn:uuid:{_HEADER['id']}"
    entries = [{"fullUrl": url, "resource": _HEADER}, *bundle["entry"]]
    body = orjson.dumps({**bundle, "type": "message", "entry": entries})
    return Call("message", "message", "POST", MESSAGE, body, FHIR, "token", audited=True)


def _view(body: bytes) -> Call:
    return Call("view", VIEW, "POST", f"/cds-services/{VIEW}", body, JSON, "proof", audited=True)


def _signing() -> Call:
    bundle = orjson.loads((EXAMPLES / "kidney-complete.json").read_bytes())
    called = call_of(bundle, SIGN)
    draft = {**_ORDER, "subject": {"reference": f"Patient/{called['context']['patientId']}"}}
    called["context"]["draftOrders"]["entry"] = [{"resource": draft}]
    return Call("order", SIGN, "POST", f"/cds-services/{SIGN}", orjson.dumps(called), JSON, "proof", audited=True)


def _bad(good: Call) -> Iterable[Call]:
    """What every server gets now and then."""
    bad = replace(good, kind="bad", right=None)
    two = [{"fullUrl": f"urn:p{n}", "resource": {"resourceType": "Patient", "id": f"p{n}"}} for n in (1, 2)]
    findings = [{**observation("ecog", 1), "id": f"o{n}", "subject": {"reference": f"Patient/p{n}"}} for n in (1, 2)]
    of_two = {"resourceType": "Bundle", "type": "collection", "entry": [*two, *({"resource": f} for f in findings)]}
    yield replace(bad, needs="")
    yield replace(bad, body=good.body[: len(good.body) // 2])
    yield replace(bad, body=_at_a_time(of_two))
    yield replace(bad, content_type="text/plain")
    yield Call("bad", "none", "GET", "/fhir/nothing-here")
    yield replace(bad, body=b"[" * 5000)
