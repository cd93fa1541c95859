"""The record of one patient: all of it that is read here, or an error. There is no half a record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.client.paging import Budget, pages
from service.client.scopes import TYPES
from service.client.server import Server, is_of, issues
from service.fhir_mapping.outbound.kept import is_ours
from service.outgoing.failure import ExchangeFailed
from service.text import phrase, series

#: Without these an answer would be about another patient than the one there is.
NEEDED = frozenset(("Patient", "Condition", "Observation"))
_DRUGS = ("MedicationRequest", "MedicationAdministration", "MedicationStatement", "MedicationDispense")
_REFUSALS = frozenset((400, 403, 404, 405, 406, 422, 501))
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
#: Ids of resources as servers make them: wider than FHIR allows, and nothing that leads out of an address.
_NAME = re.compile(r"[A-Za-z0-9._~:-]{1,128}")
_MEDICATION = re.compile(r"(?:^|/)Medication/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?$")
_PAST = frozenset((404, 410, 403))

#: Told the type that is being read, and how many resources there are so far.
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Record:
    """What a server holds of one patient."""

    bundle: dict[str, Any]
    """A collection, with the patient first and a ``fullUrl`` each."""
    counts: Mapping[str, int]
    """Resources by type, as they were read."""
    notes: tuple[str, ...] = ()
    """What the server does not offer or did not give."""
    own: int = 0
    """Results that were written here earlier; they are not part of the record."""


def patient_id(given: str) -> str:
    """An id of a Patient as FHIR allows it.

    Raises:
        ExchangeFailed: it is none.
    """
    if not _ID.fullmatch(given):
        raise ExchangeFailed(
            "This is not the id of a Patient. Give the one that the server uses: up to 64 letters, digits, dots and "
            "hyphens, without Patient/ before it."
        )
    return given


def read_patient(
    server: Server, patient: str, *, everything: bool | None = None, progress: Progress | None = None
) -> Record:
    """The record of a patient, without what was written here earlier.

    ``everything`` says whether to use ``$everything``; by default where the server offers it.

    Raises:
        ExchangeFailed: it cannot be read as a whole.
    """
    reading = _Reading(server, patient_id(patient), progress or (lambda kind, number: None))
    use = server.capability.everything if everything is None else everything
    server.taken = 0
    server.token()
    reading.check_offered()
    if not (use and reading.everything()):
        reading.search()
    reading.medications()
    return reading.record()


def changed_since(server: Server, patient: str, since: str) -> bool:
    """Whether anything that is read of a patient has changed at or after an instant.

    What was deleted is not noticed: servers do not list it.

    Raises:
        ExchangeFailed: it cannot be found out.
    """
    server.taken = 0
    reading = _Reading(server, patient_id(patient), lambda kind, number: None)
    for kind in TYPES:
        if kind == "Medication" or not server.capability.offers(kind):
            continue
        whose = {"_id": patient} if kind == "Patient" else server.whose(kind, patient)
        url = server.url(kind, {**whose, "_lastUpdated": f"ge{since}", "_count": str(server.limits.page_size)})
        try:
            for page in pages(server, url, kind, reading.budget):
                if any(e["resource"].get("resourceType") == kind and not is_ours(e["resource"]) for e in page):
                    return True
        except ExchangeFailed as failed:
            if failed.status not in _REFUSALS or kind in NEEDED:
                raise
    return False


@dataclass
class _Reading:
    """A record while it is being read."""

    server: Server
    patient: str
    progress: Progress
    found: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    own: int = 0
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.server.limits)

    def check_offered(self) -> None:
        """Says what the server does not offer, or the token does not cover: it comes back as if there were nothing."""
        for kind in TYPES:
            if not self.server.capability.offers(kind):
                self._left_out(kind, "the server does not offer it")
            elif not self.server.may_read(kind):
                self._left_out(kind, "the token does not cover it")

    def everything(self) -> bool:
        """Reads by ``$everything``; False if the server says that it offers it and does not."""
        path = f"Patient/{self.patient}/$everything"
        count = {"_count": str(self.server.limits.page_size)}
        # Not every server knows _type here; one that does not gives more, and the rest is left out.
        for parameters in ({**count, "_type": ",".join(TYPES)}, count):
            try:
                self._take(self.server.url(path, parameters), "$everything", TYPES)
            except ExchangeFailed as failed:
                if failed.status not in _REFUSALS:
                    raise
                continue
            if ("Patient", self.patient) in self.found:
                return True
            self._forget()
        return False

    def _forget(self) -> None:
        self.found.clear()
        self.own = 0

    def search(self) -> None:
        """Reads the patient, then each type."""
        read = self.server.read(self.server.url(f"Patient/{self.patient}"), "Patient")
        if read["resourceType"] != "Patient" or read.get("id") != self.patient:
            raise ExchangeFailed("The server answers with something other than this Patient. Check its address.")
        self._keep(read)
        for kind in TYPES:
            if kind in ("Patient", "Medication"):
                continue
            if not self.server.capability.offers(kind):
                continue
            parameters = {**self.server.whose(kind, self.patient), "_count": str(self.server.limits.page_size)}
            include = f"{kind}:medication"
            kinds: tuple[str, ...] = (kind,)
            if kind in _DRUGS and include in self.server.capability.offer(kind).includes:
                parameters["_include"] = include
                kinds = (kind, "Medication")
            try:
                self._take(self.server.url(kind, parameters), kind, kinds)
            except ExchangeFailed as failed:
                if failed.status not in _REFUSALS or kind in NEEDED:
                    raise
                self._left_out(kind, phrase("the server refuses the search (HTTP {status})", status=failed.status))

    def medications(self) -> None:
        """Reads the Medications that are referred to and did not come along."""
        wanted = {name for kind in _DRUGS for r in self._of(kind) for name in _medications(r)}
        missing = 0
        for name in sorted(wanted):
            if ("Medication", name) in self.found:
                continue
            self.budget.entries(1)
            try:
                read = self.server.read(self.server.url(f"Medication/{name}"), "Medication")
            except ExchangeFailed as failed:
                if failed.status not in _PAST:
                    raise
                missing += 1
                continue
            if read["resourceType"] == "Medication" and read.get("id") == name:
                self._keep(read)
        if missing:
            self.notes.append(
                phrase("Medication: the server does not give {number} that are referred to", number=missing)
            )

    def record(self) -> Record:
        order = {kind: n for n, kind in enumerate(TYPES)}
        listed = sorted(self.found, key=lambda name: (order[name[0]], name[1]))
        entries = [
            {"fullUrl": f"{self.server.base}/{kind}/{name}", "resource": self.found[kind, name]}
            for kind, name in listed
        ]
        return Record(
            bundle={"resourceType": "Bundle", "type": "collection", "entry": entries},
            counts=Counter(kind for kind, _ in listed),
            notes=tuple(dict.fromkeys(self.notes)),
            own=self.own,
        )

    def _of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (resource for (k, _), resource in self.found.items() if k == kind)

    def _left_out(self, kind: str, why: str) -> None:
        if kind in NEEDED:
            raise ExchangeFailed(
                phrase(
                    "{kind} cannot be read: {why}. Without it the answer would be wrong; ask for the right to read it.",
                    kind=kind,
                    why=why,
                )
            )
        self.notes.append(phrase("{kind} is not read: {why}", kind=kind, why=why))

    def _take(self, url: str, what: str, kinds: tuple[str, ...]) -> None:
        for page in pages(self.server, url, what, self.budget):
            for entry in page:
                resource = entry["resource"]
                kind = resource.get("resourceType")
                if kind == "OperationOutcome":
                    self._said(resource, what)
                elif kind in kinds:
                    self._check_whose(resource)
                    if kind != "Patient" or resource.get("id") == self.patient:
                        self._keep(resource)
            self.progress(what, len(self.found))

    def _said(self, outcome: dict[str, Any], what: str) -> None:
        """What the server remarks on a search. An error means that something was left out."""
        said = issues(outcome)
        if any(issue.startswith(("error", "fatal")) for issue in said) and (what in NEEDED or what == "$everything"):
            raise ExchangeFailed(
                phrase(
                    "The server gives {what} only in part ({codes}), and there is no answer on half a record. Ask for "
                    "the right to read the rest.",
                    what=what,
                    codes=series(", ", said),
                )
            )
        self.notes += [phrase("{what}: the server remarks: {issue}", what=what, issue=issue) for issue in said]

    def _check_whose(self, resource: dict[str, Any]) -> None:
        """Refuses the record of another patient, which a server gives that passes over a parameter."""
        if not is_of(resource, self.patient):
            raise ExchangeFailed(
                "The server answers with the record of another patient as well. It is not read; the search of the "
                "server, or a link between patients, has to be corrected."
            )

    def _keep(self, resource: dict[str, Any]) -> None:
        kind, name = resource["resourceType"], resource.get("id")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ExchangeFailed(
                phrase(
                    "The server gives a {kind} without an id. It cannot be referred to, so nothing is read.", kind=kind
                )
            )
        if is_ours(resource):
            self.own += 1
            return
        before = self.found.get((kind, name))
        # A page may give what an earlier one gave, when the record changes meanwhile: the later version counts.
        if before is None or _updated(resource) >= _updated(before):
            self.found[kind, name] = resource


def _updated(resource: dict[str, Any]) -> str:
    meta = resource.get("meta")
    stamp = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return stamp if isinstance(stamp, str) else ""


def _medications(resource: dict[str, Any]) -> Iterator[str]:
    referred = resource.get("medicationReference")
    name = referred.get("reference") if isinstance(referred, dict) else None
    found = _MEDICATION.search(name) if isinstance(name, str) else None
    if found:
        yield found[1]
