"""The envelope: which resources a Bundle holds, whose they are, and how they are referred to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from service.fhir_mapping.inbound.slices import Identifier, Patient, Reference, slice_of
from service.problems import Ledger, LedgerEntry, Problem, Rejected

TYPES = ("collection", "transaction", "batch", "searchset", "document", "message")
MAX_ENTRIES = 100_000
_TAIL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource of the Bundle."""

    index: int
    kind: str
    resource: dict[str, Any]
    full_url: str | None

    @property
    def path(self) -> str:
        return f"Bundle.entry[{self.index}].resource"

    @property
    def reference(self) -> str:
        """How an answer refers to the resource, or an empty string where it has no name."""
        full_url = self.full_url
        if full_url and full_url.startswith("urn:"):
            return full_url
        identifier = self.resource.get("id")
        if isinstance(identifier, str) and identifier:
            return f"{self.kind}/{identifier}"
        return full_url or ""

    @property
    def expression(self) -> str:
        """A FHIRPath to the resource that does not change with the order of the entries."""
        if self.full_url:
            return f"Bundle.entry.where(fullUrl='{_quoted(self.full_url)}').resource"
        identifier = self.resource.get("id")
        if isinstance(identifier, str) and identifier:
            return f"Bundle.entry.resource.ofType({self.kind}).where(id='{_quoted(identifier)}')"
        return self.path

    def note(self, code: Ledger, text: str) -> LedgerEntry:
        return LedgerEntry(self.reference or self.path, code, text, self.expression)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def entries(bundle: object) -> list[Entry]:
    """The resources of a Bundle, in its order.

    Raises:
        Rejected: 400 if it is not a Bundle, 413 or 422 if it is one that cannot be read, 415 for another version
            of FHIR.
    """
    found: list[Entry] = []
    problems: list[Problem] = []
    for index, entry in enumerate(_listed(bundle)):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        if isinstance(resource, dict) and isinstance(kind, str):
            full_url = entry.get("fullUrl")
            found.append(Entry(index, kind, resource, full_url if isinstance(full_url, str) else None))
            _check_version(found[-1])
        elif isinstance(resource, dict):
            message = "The resource has no resourceType. Add it."
            problems.append(Problem("required", message, f"Bundle.entry[{index}].resource.resourceType"))
        elif resource is not None or not isinstance(entry, dict) or not (entry.get("request") or entry.get("response")):
            message = "The entry has no resource. Add the resource or leave the entry out."
            problems.append(Problem("required", message, f"Bundle.entry[{index}].resource"))
    if problems:
        raise Rejected(422, *problems[:50])
    return found


def _listed(bundle: object) -> list[Any]:
    """The entries of a Bundle that can be assessed."""
    if not isinstance(bundle, dict) or not isinstance(bundle.get("resourceType"), str):
        raise Rejected(400, Problem("structure", "This is not a FHIR resource. Send a Bundle as JSON.", "Bundle"))
    if bundle["resourceType"] != "Bundle":
        message = "This is a FHIR resource, but not a Bundle. Put it into a Bundle of type collection."
        raise Rejected(400, Problem("invalid", message))
    kind = bundle.get("type")
    if kind is None:
        raise Rejected(422, Problem("required", "The type is missing. A record has type collection.", "Bundle.type"))
    if kind not in TYPES:
        message = f"This type cannot be assessed. Send one of {', '.join(TYPES)}."
        raise Rejected(422, Problem("not-supported", message, "Bundle.type"))
    listed = bundle.get("entry", [])
    if not isinstance(listed, list):
        raise Rejected(422, Problem("structure", "Entries are a list. Send an array.", "Bundle.entry"))
    if len(listed) > MAX_ENTRIES:
        raise Rejected(413, Problem("too-costly", f"More than {MAX_ENTRIES} entries. Send fewer.", "Bundle.entry"))
    return listed


_ONLY_BEFORE_R4 = frozenset(
    "MedicationOrder DiagnosticOrder ProcedureRequest ReferralRequest DeviceUseRequest Sequence DataElement".split()
)
_ONLY_IN_R5 = frozenset("ActorDefinition GenomicStudy InventoryItem Requirements SubscriptionTopic Transport".split())


def _check_version(entry: Entry) -> None:
    version = _version(entry.kind, entry.resource)
    if version:
        message = (
            f"This is FHIR {version}, and R4 (4.0.1) is read here. Convert the record to R4; "
            "servers and integration engines can."
        )
        raise Rejected(415, Problem("not-supported", message, entry.path))


def _version(kind: str, resource: dict[str, Any]) -> str | None:
    """The other version of FHIR that a resource shows by a form that R4 does not have."""
    if kind in _ONLY_BEFORE_R4:
        return "DSTU2 or STU3"
    if kind in _ONLY_IN_R5:
        return "R5"
    if kind == "Condition":
        if "patient" in resource or isinstance(resource.get("clinicalStatus"), str):
            return "DSTU2 or STU3"
    elif kind == "Encounter":
        if "patient" in resource or isinstance(resource.get("class"), str):
            return "DSTU2 or STU3"
        if isinstance(resource.get("class"), list):
            return "R5"
    elif kind == "Procedure":
        if "performedBoolean" in resource or "notPerformed" in resource:
            return "DSTU2 or STU3"
        if "occurrenceDateTime" in resource or "occurrencePeriod" in resource:
            return "R5"
    elif kind == "MedicationRequest" and "medication" in resource:
        return "R5"
    return None


def _bare(reference: str) -> str:
    return reference.split("/_history/", 1)[0].split("#", 1)[0]


class References:
    """The resources of one kind, by every name that a reference may use for them."""

    def __init__(self, listed: Iterable[Entry]) -> None:
        self._by_name: dict[str, Entry] = {}
        for entry in listed:
            identifier = entry.resource.get("id")
            if isinstance(identifier, str):
                self._by_name[f"{entry.kind}/{identifier}"] = entry
            if entry.full_url:
                self._by_name[_bare(entry.full_url)] = entry

    def find(self, reference: str) -> Entry | None:
        """The entry that a reference names: absolute, relative or ``urn:uuid``; None if it is not there."""
        bare = _bare(reference)
        found = self._by_name.get(bare)
        if found is None and "://" in bare:
            tail = _TAIL.search(bare)
            found = self._by_name.get(tail.group(1)) if tail else None
            if found is not None and found.full_url and "://" in found.full_url:
                return None  # an absolute URL on both sides, and they differ
        return found


@dataclass(frozen=True)
class Subject:
    """The one patient of a Bundle."""

    reference: str
    entry: Entry | None
    patient: Patient | None


class Subjects:
    """Finds out whether all that is read belongs to one patient."""

    def __init__(self, listed: list[Entry]) -> None:
        self._patients = [entry for entry in listed if entry.kind == "Patient"]
        self._references = References(self._patients)
        self._seen: dict[str, Entry | None] = {}
        self._problems: list[Problem] = []
        self._known: dict[str, Entry | None] = {}

    def note(self, entry: Entry, subject: Reference | None) -> None:
        """Takes note of whom a resource that is read is about."""
        path = f"{entry.path}.subject"
        if subject is None or not (subject.reference or subject.identifier):
            return  # R4 lets an Observation have none: it is about the patient of the Bundle
        if subject.reference:
            name = _bare(subject.reference)
            patient = self._references.find(name)
        else:
            identifier = subject.identifier or Identifier()
            name = f"identifier {identifier.system}|{identifier.value}"
            patient = self._with_identifier(identifier)
        if patient is None and self._patients:
            message = (
                "The subject is not a Patient of this Bundle. Add that Patient, or correct the reference; "
                "a Bundle holds the record of one patient."
            )
            self._problems.append(Problem("not-found", message, path))
            return
        self._seen[patient.reference or patient.path if patient else name] = patient

    def glance(self, entry: Entry) -> None:
        """Takes note of another patient that a resource that is not read is about."""
        subject = entry.resource.get("subject") or entry.resource.get("patient")
        reference = subject.get("reference") if isinstance(subject, dict) else None
        if not isinstance(reference, str):
            return
        if reference not in self._known:
            self._known[reference] = self._references.find(_bare(reference))
        patient = self._known[reference]
        if patient is not None:
            self._seen[patient.reference or patient.path] = patient

    def one(self) -> tuple[Subject | None, list[LedgerEntry]]:
        """The patient, and remarks on others that nothing refers to.

        Raises:
            Rejected: 422 for several patients, or a subject that is not in the Bundle.
        """
        if self._problems:
            raise Rejected(422, *self._problems[:50])
        names = sorted(self._seen)
        if not names and len({patient.reference or patient.path for patient in self._patients}) == 1:
            names = [self._patients[-1].reference or self._patients[-1].path]
            self._seen[names[0]] = self._patients[-1]
        if len(names) > 1 or (not names and self._patients):
            found = [e for e in self._seen.values() if e is not None] or self._patients
            paths = ", ".join(sorted(entry.path for entry in found)) or "the subjects"
            message = f"Several patients ({paths}). Send one Bundle per patient."
            raise Rejected(422, Problem("multiple-matches", message, "Bundle.entry"))
        if not names:
            return None, []
        entry = self._seen[names[0]]
        others = [
            other.note(Ledger.OTHER_PATIENT, "another Patient that nothing in the Bundle refers to; left out")
            for other in self._patients
            if other is not entry
        ]
        patient = slice_of(Patient, entry.resource, entry.path) if entry else None
        return Subject(entry.reference if entry else names[0], entry, patient), others

    def _with_identifier(self, identifier: Identifier) -> Entry | None:
        for entry in self._patients:
            if identifier in slice_of(Patient, entry.resource, entry.path).identifier:
                return entry
        return None


def of_kind(listed: list[Entry], *kinds: str) -> Iterator[Entry]:
    return (entry for entry in listed if entry.kind in kinds)
