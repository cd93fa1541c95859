"""What a server is asked to do, and whether it did: one function for each line of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from service.assess import assess
from service.client import (
    ExchangeFailed,
    Limits,
    Record,
    Server,
    Written,
    changed_since,
    read_patient,
    write,
)
from service.client.paging import Budget, pages
from service.client.scopes import TYPES
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.kept import KINDS, RESULTS, identifiers, is_ours
from tests.sandbox.seeds import SYSTEM, put, refuted, seeded, transaction

Resource = dict[str, Any]


class NotSo(Exception):
    """The server does not do what a check asks for."""


class NotTried(Exception):
    """There was no point in asking."""


@dataclass(frozen=True)
class Line:
    check: str
    result: str
    """``ok``, ``no`` or ``not tried``."""
    note: str


@dataclass
class Run:
    """One patient on one server, from the seed to the withdrawal."""

    server: Server
    record: Resource
    label: str
    lines: list[Line] = field(default_factory=list)
    patient: str = ""
    answer: Resource = field(default_factory=dict)

    def check(self, name: str, ask: Callable[[], str]) -> None:
        """Adds a line to the table."""
        try:
            line = Line(name, "ok", ask())
        except NotTried as why:
            line = Line(name, "not tried", str(why))
        except (NotSo, ExchangeFailed) as why:
            line = Line(name, "no", str(why))
        self.lines.append(line)

    # Asking

    def sent(self, bundle: Resource) -> list[str]:
        """The statuses of a transaction."""
        response = self.server.transact(bundle)
        if not response.ok:
            raise NotSo(f"HTTP {response.status}")

        listed = orjson.loads(response.body).get("entry", []) if response.body.strip() else []
        return [str(entry.get("response", {}).get("status", "")) for entry in listed]

    def found(self, kind: str, **parameters: str) -> list[Resource]:
        url = self.server.url(kind, {**parameters, "_count": str(self.server.limits.page_size)})
        return [
            entry["resource"]
            for page in pages(self.server, url, kind, Budget(self.server.limits))
            for entry in page
            if entry["resource"].get("resourceType") == kind
        ]

    def of_patient(self, kind: str) -> list[Resource]:
        return self.found(kind, **self.server.whose(kind, self.patient))

    def ours(self) -> list[Resource]:
        return [r for kind in KINDS for r in self.of_patient(kind) if is_ours(r)]

    def need_patient(self) -> None:
        if not self.patient:
            raise NotTried("there is no patient on the server")

    def round(self) -> tuple[Record, Written]:
        """Read, assess, write back."""
        self.need_patient()
        record = read_patient(self.server, self.patient)
        as_of = when(self.record["timestamp"][:10])
        self.answer = answer(assess(record.bundle, as_of), "transaction")
        return record, write(self.server, self.patient, self.answer)

    # The checks

    def capability(self) -> str:
        found = self.server.capability
        return f"FHIR {found.fhir_version}, {found.software or 'without a name'}"

    def seed(self) -> str:
        patient, bundle = seeded(self.record, self.label)
        statuses = self.sent(bundle)
        listed = self.found("Patient", identifier=f"{SYSTEM}|{patient}")
        if len(listed) != 1:
            raise NotSo(f"the patient is found {len(listed)} times")
        self.patient = listed[0]["id"]
        return f"{len(bundle['entry'])} resources sent, {len(statuses)} reported"

    def conditional_create(self) -> str:
        self.need_patient()
        before = {kind: len(self.of_patient(kind)) for kind in ("Observation", "Condition")}
        patient, bundle = seeded(self.record, self.label)
        self.sent(bundle)
        after = {kind: len(self.of_patient(kind)) for kind in before}
        if before != after or len(self.found("Patient", identifier=f"{SYSTEM}|{patient}")) != 1:
            raise NotSo("the same transaction made resources a second time")
        return "the same transaction again made nothing"

    def conditional_update(self) -> str:
        self.need_patient()
        patient = self.server.read(self.server.url(f"Patient/{self.patient}"), "Patient")
        made = {name: value for name, value in patient.items() if name not in ("id", "meta")}
        entry = put({**patient, "language": "en"})
        own = next(i["value"] for i in identifiers(patient) if i.get("system") == SYSTEM)
        entry |= {"resource": {**made, "language": "en"}}
        entry["request"] = {"method": "PUT", "url": f"Patient?identifier={SYSTEM}|{own}"}
        self.sent(transaction([entry]))
        again = self.server.read(self.server.url(f"Patient/{self.patient}"), "Patient")
        if again.get("language") != "en":
            raise NotSo("taken, and nothing changed")
        return "not needed by the write-back, which puts by id"

    def if_match(self) -> str:
        self.need_patient()
        patient = self.server.read(self.server.url(f"Patient/{self.patient}"), "Patient")
        version = patient.get("meta", {}).get("versionId")
        if version is None:
            raise NotSo("resources have no version, so lost updates are not noticed")
        statuses = []
        for language in ("de", "fr"):
            entry = put({**patient, "language": language})
            entry["request"]["ifMatch"] = f'W/"{version}"'
            statuses.append(self.server.transact(transaction([entry])).status)
        if not 200 <= statuses[0] < 300:
            raise NotSo(f"an update of the current version is refused (HTTP {statuses[0]})")
        if 200 <= statuses[1] < 300:
            raise NotSo("an update of an old version is taken, so lost updates are not noticed")
        return f"an update of an old version is refused (HTTP {statuses[1]})"

    def everything(self) -> str:
        self.need_patient()
        if not self.server.capability.everything:
            raise NotTried("not offered")
        url = self.server.url(f"Patient/{self.patient}/$everything")
        kinds = Counter(
            entry["resource"].get("resourceType")
            for page in pages(self.server, url, "$everything", Budget(self.server.limits))
            for entry in page
        )
        searched = read_patient(self.server, self.patient, everything=False)
        less = [kind for kind, number in searched.counts.items() if kinds[kind] < number]
        if less:
            raise NotSo(f"gives less than the searches: {', '.join(less)}")
        return f"{sum(kinds.values())} resources, nothing less than the searches"

    def search(self, kind: str) -> str:
        self.need_patient()
        if not self.server.capability.offers(kind):
            raise NotTried("not offered")
        if kind == "Medication":
            raise NotTried("read by reference")
        listed = self.found(kind, _id=self.patient) if kind == "Patient" else self.of_patient(kind)
        return f"{len(listed)} found"

    def paging(self) -> str:
        self.need_patient()
        whole = read_patient(self.server, self.patient, everything=False)
        limits = self.server.limits
        self.server.limits = Limits(**{**limits.__dict__, "page_size": 5})
        try:
            paged = read_patient(self.server, self.patient, everything=False)
        finally:
            self.server.limits = limits
        if paged.bundle != whole.bundle:
            raise NotSo("pages of 5 give another record than large ones")
        return "pages of 5 give the same record"

    def since(self) -> str:
        self.need_patient()
        if not changed_since(self.server, self.patient, "2000-01-01"):
            raise NotSo("nothing is said to have changed since 2000")
        if changed_since(self.server, self.patient, "2999-01-01"):
            raise NotSo("the parameter is passed over")
        return "_lastUpdated is known"

    def written(self) -> str:
        _, done = self.round()
        return f"created {done.created}, updated {done.updated}"

    def twice_is_once(self) -> str:
        before = self.versions()
        record, done = self.round()
        if done.created or done.updated or done.withdrawn or self.versions() != before:
            raise NotSo(f"the second time created {done.created}, updated {done.updated}, withdrew {done.withdrawn}")
        return f"nothing sent; {record.own} earlier results left out of the record"

    def versions(self) -> dict[str, Any]:
        return {f"{r['resourceType']}/{r['id']}": r.get("meta", {}).get("versionId") for r in self.ours()}

    def reads_back(self) -> str:
        if not self.answer:
            raise NotTried("nothing was written")
        held = {i["value"]: r for r in self.ours() for i in identifiers(r) if i.get("system") != RESULTS}
        differ: Counter[str] = Counter()
        wanted = [e["resource"] for e in self.answer["entry"] if e["resource"]["resourceType"] in KINDS]
        for resource in wanted:
            there = held.get(resource["identifier"][0]["value"])
            if there is None:
                raise NotSo(f"a {resource['resourceType']} is not there")
            differ.update(f"{resource['resourceType']}.{name}" for name in _differing(resource, there))
        if differ:
            raise NotSo(f"kept differently: {', '.join(sorted(differ))}")
        return f"{len(wanted)} resources as they were sent"

    def changed(self) -> str:
        self.need_patient()
        tumours = [r for r in self.of_patient("Observation") if not is_ours(r) and _is(r, "sins-pain")]
        if not tumours:
            raise NotTried("this record has no finding to change")
        value = {**tumours[0]["valueCodeableConcept"]}
        value["coding"] = [{**value["coding"][0], "code": "pain-free"}]
        self.sent(transaction([put({**tumours[0], "valueCodeableConcept": value})]))
        _, done = self.round()
        keys = Counter(i["value"] for r in self.ours() for i in identifiers(r) if i.get("system") == RESULTS)
        if not done.updated or any(number > 1 for number in keys.values()):
            raise NotSo(f"updated {done.updated}, and {sum(n > 1 for n in keys.values())} results are there twice")
        return f"created {done.created}, updated {done.updated}, withdrawn {done.withdrawn}; none is there twice"

    def withdrawn(self) -> str:
        self.need_patient()
        own = [r for kind in ("Observation", "Condition") for r in self.of_patient(kind) if not is_ours(r)]
        self.sent(transaction(map(put, refuted(own))))
        _, done = self.round()
        if any(r["resourceType"] == "CarePlan" and r["status"] == "draft" for r in self.ours()):
            raise NotSo("a plan still stands for a record without a tumour")
        return f"withdrawn {done.withdrawn}"


def all_checks(run: Run) -> Iterator[tuple[str, Callable[[], str]]]:
    """Every check, in the order in which they have to be made."""
    yield "CapabilityStatement of R4", run.capability
    yield "transaction", run.seed
    yield "conditional create", run.conditional_create
    yield "conditional update", run.conditional_update
    yield "If-Match", run.if_match
    yield "$everything", run.everything
    for kind in TYPES:
        yield f"search {kind}", lambda kind=kind: run.search(kind)
    yield "paging", run.paging
    yield "_lastUpdated", run.since
    yield from round_trip(run)
    yield "changed record updates", run.changed
    yield "refuted record withdraws", run.withdrawn


def round_trip(run: Run) -> Iterator[tuple[str, Callable[[], str]]]:
    """The checks that are made for every patient."""
    yield "write-back", run.written
    yield "twice = once", run.twice_is_once
    yield "read back equals", run.reads_back


def _is(resource: Resource, code: str) -> bool:
    return any(coding.get("code") == code for coding in resource.get("code", {}).get("coding", ()))


def _differing(sent: Resource, held: Resource) -> list[str]:
    """The elements that a server keeps otherwise than they were sent: references and names are its own."""
    names = (sent.keys() | held.keys()) - {"id", "meta", "identifier", "text"}
    return sorted(name for name in names if _said(sent.get(name)) != _said(held.get(name)))


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _said(each) for name, each in value.items() if not (name == "reference" and isinstance(each, str))
        }
    return [_said(each) for each in value] if isinstance(value, list) else value
