"""A small FHIR R4 server in this process, on 127.0.0.1: what it holds, how it pages, and how it fails when told to.

It is written from the specification of the REST interface, and shares no code with the client.
"""

from __future__ import annotations

import copy
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson
from werkzeug import Request, Response
from werkzeug.serving import WSGIRequestHandler, make_server

Resource = dict[str, Any]
PATIENT_TYPES = """Condition Observation Procedure MedicationRequest MedicationAdministration MedicationStatement
MedicationDispense DiagnosticReport ImagingStudy QuestionnaireResponse FamilyMemberHistory RiskAssessment CarePlan
GuidanceResponse ServiceRequest Goal""".split()
TYPES = ["Patient", "Medication", "Device", "Provenance", *PATIENT_TYPES]


class Refusal(Exception):
    """A call that this server does not answer with success."""

    def __init__(self, status: int, code: str = "processing", text: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.code = code


@dataclass
class Fault:
    """What happens instead of an answer, for calls whose method and path match, so many times."""

    matching: str
    status: int = 0
    """0 breaks the connection off."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int = 1
    after: bool = False
    """Whether the call is carried out first."""


@dataclass
class Store:
    """A server, its content and its habits."""

    held: dict[tuple[str, str], Resource] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    """Method, path with query, and headers of each call."""
    statement: Callable[[Resource], Any] = lambda made: made
    """Changes the CapabilityStatement before it is given."""
    everything: bool = True
    page_size: int = 1000
    """Most entries of a page."""
    relative_links: bool = False
    next_link: Callable[[str], str] = lambda link: link
    extra: dict[str, list[Resource]] = field(default_factory=dict)
    """Entries that come with the searches for a type."""
    refuses: dict[str, int] = field(default_factory=dict)
    """Types whose search is refused, with the status."""
    knows_system_alone: bool = True
    token_needed: Callable[[str | None], bool] = lambda token: True
    other_paths: dict[str, Callable[[Request], Response]] = field(default_factory=dict)
    base: str = ""
    _number: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, resource: Resource) -> Resource:
        """Holds a resource, as its next version."""
        kind, name = resource["resourceType"], resource["id"]
        before = self.held.get((kind, name))
        version = int(before["meta"]["versionId"]) + 1 if before else 1
        self._number += 1
        stamp = f"2026-10-02T09:{self._number // 60 % 60:02}:{self._number % 60:02}.000Z"
        made = {**resource, "meta": {**resource.get("meta", {}), "versionId": str(version), "lastUpdated": stamp}}
        self.held[kind, name] = made
        return made

    def load(self, record: Resource) -> None:
        """Holds the resources of a Bundle, each under its id."""
        for entry in record["entry"]:
            self.put(copy.deepcopy(entry["resource"]))

    def of(self, kind: str) -> list[Resource]:
        return [resource for (k, _), resource in sorted(self.held.items()) if k == kind]

    def counts(self) -> dict[str, int]:
        return {kind: len(self.of(kind)) for kind in TYPES if self.of(kind)}

    def paths(self, start: str = "") -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.calls if f"{method} {path}".startswith(start)]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        with self._lock:
            response = self._answered(request)
        return response(environ, start_response)

    def _answered(self, request: Request) -> Response:
        path = request.full_path.removeprefix("/fhir").rstrip("?").lstrip("/")
        self.calls.append((request.method, path, dict(request.headers)))
        fault = next(
            (f for f in self.faults if f.times > 0 and re.search(f.matching, f"{request.method} {path}")), None
        )
        if fault is not None:
            fault.times -= 1
            if fault.after:
                self._try(request, path)
            if fault.status == 0:
                connection = request.environ["werkzeug.socket"]
                connection.shutdown(socket.SHUT_RDWR)
            return Response(fault.body, fault.status or 500, dict(fault.headers))
        return self._try(request, path)

    def _try(self, request: Request, path: str) -> Response:
        try:
            return self._call(request, path)
        except Refusal as refusal:
            issue = {"severity": "error", "code": refusal.code, "diagnostics": "about Patient/p1, Jane Doe"}
            return _json({"resourceType": "OperationOutcome", "issue": [issue]}, refusal.status)

    def _call(self, request: Request, path: str) -> Response:
        name = path.split("?", maxsplit=1)[0]
        if name in self.other_paths:
            return self.other_paths[name](request)
        if name == "metadata":
            return _json(self.statement(self._statement()))
        token = request.headers.get("Authorization")
        if not self.token_needed(token.removeprefix("Bearer ") if token else None):
            raise Refusal(401, "login")
        if request.method == "POST" and not name:
            return _json(self.transaction(orjson.loads(request.get_data())))
        if request.method != "GET":
            raise Refusal(405, "not-supported")
        parts = name.split("/")
        query = {key: values[-1] for key, values in parse_qs(request.query_string.decode()).items()}
        if name.endswith("/$everything"):
            return self._everything(parts[1], query)
        if len(parts) == 2:
            if tuple(parts) not in self.held:
                raise Refusal(404, "not-found")
            return _json(self.held[parts[0], parts[1]])
        return self._search(name, query)

    def _statement(self) -> Resource:
        resources = []
        for kind in TYPES:
            made: Resource = {
                "type": kind,
                "interaction": [{"code": code} for code in ("read", "search-type", "create", "update")],
                "conditionalCreate": True,
                "conditionalUpdate": True,
                "updateCreate": True,
                "searchParam": [{"name": name, "type": "token"} for name in ("patient", "identifier", "_lastUpdated")],
            }
            if kind.startswith("Medication") and kind != "Medication":
                made["searchInclude"] = [f"{kind}:medication"]
            if kind == "Patient" and self.everything:
                made["operation"] = [{"name": "everything", "definition": "x/OperationDefinition/Patient-everything"}]
            resources.append(made)
        return {
            "resourceType": "CapabilityStatement",
            "fhirVersion": "4.0.1",
            "rest": [{"mode": "server", "resource": resources, "interaction": [{"code": "transaction"}]}],
        }

    def _everything(self, patient: str, query: Mapping[str, str]) -> Response:
        if not self.everything:
            raise Refusal(400, "not-supported")
        if ("Patient", patient) not in self.held:
            raise Refusal(404, "not-found")
        types = query["_type"].split(",") if "_type" in query else TYPES
        found = [r for r in self.held.values() if r["resourceType"] in types and _is_about(r, patient)]
        return self._page(f"Patient/{patient}/$everything", found, query, self.extra.get("$everything", []))

    def _search(self, kind: str, query: Mapping[str, str]) -> Response:
        if kind not in TYPES:
            raise Refusal(404, "not-found")
        if kind in self.refuses:
            raise Refusal(self.refuses[kind], "forbidden")
        found = self.of(kind)
        if patient := query.get("patient", query.get("subject", "").removeprefix("Patient/")):
            found = [r for r in found if _whose(r) == patient]
        if "_id" in query:
            found = [r for r in found if r["id"] == query["_id"]]
        if "identifier" in query:
            found = [r for r in found if self._identified(r, query["identifier"])]
        if "_lastUpdated" in query:
            found = [r for r in found if r["meta"]["lastUpdated"] >= query["_lastUpdated"].removeprefix("ge")]
        more = list(self.extra.get(kind, []))
        if "_include" in query:
            named = {r.get("medicationReference", {}).get("reference") for r in found}
            more += [r for r in self.of("Medication") if f"Medication/{r['id']}" in named]
        return self._page(kind, found, query, more)

    def _identified(self, resource: Resource, wanted: str) -> bool:
        system, _, value = wanted.partition("|")
        if not value and not self.knows_system_alone:
            return False
        given = resource.get("identifier", [])
        listed = given if isinstance(given, list) else [given]
        return any(i["system"] == system and value in ("", i["value"]) for i in listed)

    def _page(self, path: str, found: list[Resource], query: Mapping[str, str], more: list[Resource]) -> Response:
        size = min(int(query.get("_count", 1000)), self.page_size)
        start = int(query.get("_offset", 0))
        entries = [{"fullUrl": f"{self.base}/{r['resourceType']}/{r['id']}", "resource": r} for r in found]
        bundle: Resource = {
            "resourceType": "Bundle",
            "type": "searchset",
            "entry": [*entries[start : start + size], *({"resource": r} for r in more)],
            "link": [{"relation": "self", "url": f"{self.base}/{path}"}],
        }
        if start + size < len(entries):
            base = "/fhir" if self.relative_links else self.base
            link = f"{base}/{path}?{urlencode({**query, '_offset': str(start + size)})}"
            bundle["link"].append({"relation": "next", "url": self.next_link(link)})
        return _json(bundle)

    def transaction(self, bundle: Resource) -> Resource:
        """Carries out all of a transaction, or nothing of it."""
        before = copy.deepcopy(self.held)
        try:
            return self._transaction(bundle)
        except Refusal:
            self.held = before
            raise

    def _transaction(self, bundle: Resource) -> Resource:
        names: dict[str, str] = {}
        plan = []
        for entry in bundle["entry"]:
            request, resource = entry["request"], entry["resource"]
            path, _, criteria = request["url"].partition("?")
            kind, _, rest = path.partition("/")
            found = self._matching(kind, criteria or request.get("ifNoneExist", ""))
            if len(found) > 1:
                raise Refusal(412, "multiple-matches")
            exists = found[0] if found else None
            if request["method"] == "POST" and exists:
                plan.append((None, exists))
                names[entry["fullUrl"]] = f"{kind}/{exists['id']}"
                continue
            name = rest or (exists["id"] if exists else f"{kind.lower()}-{len(self.held) + len(plan) + 1}")
            held = self.held.get((kind, name))
            match = request.get("ifMatch")
            if match and (held is None or match != f'W/"{held["meta"]["versionId"]}"'):
                raise Refusal(412, "conflict")
            names[entry["fullUrl"]] = f"{kind}/{name}"
            plan.append(({**resource, "id": name}, None))
        all_made = [exists or self.put(_linked(resource, names)) for resource, exists in plan]
        listed = []
        for made, (_, exists) in zip(all_made, plan, strict=True):
            for reference in _references(made):
                if reference.startswith("urn:") or (not reference.startswith("#") and not self._there(reference)):
                    raise Refusal(400, "not-found")
            status = "200 OK" if exists or made["meta"]["versionId"] != "1" else "201 Created"
            listed.append({"response": {"status": status, "location": f"{made['resourceType']}/{made['id']}"}})
        return {"resourceType": "Bundle", "type": "transaction-response", "entry": listed}

    def _there(self, reference: str) -> bool:
        kind, _, name = reference.partition("/")
        return (kind, name) in self.held

    def _matching(self, kind: str, criteria: str) -> list[Resource]:
        if not criteria:
            return []
        asked = parse_qs(criteria)
        if "_tag" in asked:
            system, _, code = asked["_tag"][0].partition("|")
            return [r for r in self.of(kind) if {"system": system, "code": code} in r["meta"].get("tag", [])]
        wanted = asked["identifier"][0]
        return [r for r in self.of(kind) if self._identified(r, wanted)]


def _whose(resource: Resource) -> str:
    about = resource.get("subject") or resource.get("patient") or {}
    return str(about.get("reference", "")).removeprefix("Patient/")


def _is_about(resource: Resource, patient: str) -> bool:
    if resource["resourceType"] == "Patient":
        return bool(resource["id"] == patient)
    return _whose(resource) == patient or resource["resourceType"] == "Medication"


def _linked(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            name: names.get(each, each) if name == "reference" and isinstance(each, str) else _linked(each, names)
            for name, each in value.items()
        }
    return [_linked(each, names) for each in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/fhir+json")


class _Quiet(WSGIRequestHandler):
    """Writes no line for each call."""

    def log(self, *_: Any) -> None:
        return


@contextmanager
def serving(store: Store) -> Iterator[Store]:
    """The server on a free port of 127.0.0.1, until the end of the block."""
    server = make_server("127.0.0.1", 0, store, threaded=True, request_handler=_Quiet)
    store.base = f"http://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
