"""The envelope: which resources a Bundle holds, whose they are, and how they are referred to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote

import orjson

from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, plain, refuse_repeated, repeats, text
from service.fhir_mapping.inbound.slices import Identifier, Patient, Reference, slice_of
from service.problems import Ledger, LedgerEntry, Problem, Rejected

TYPES = ("collection", "transaction", "batch", "searchset", "document", "message")
_CONDITIONAL = "Patient?identifier="
MAX_ENTRIES = 100_000
#: The types of which something is read.
READ = frozenset(("Patient", "Observation", "Condition", "Procedure"))
_TAIL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})$")


class Entry:
    """One resource of the Bundle, not yet read."""

    __slots__ = ("_content", "_members", "_name", "_plain", "full_url", "index", "kind", "path", "raw")

    def __init__(self, index: int, kind: str, raw: Any, full_url: str | None) -> None:
        self.index = index
        self.kind = kind
        self.raw = raw
        """The resource as it was decoded: answers to reading, and nothing of it is checked."""
        self.full_url = full_url
        self.path = f"Bundle.entry[{index}].resource"
        self._plain: dict[str, Any] | None = None
        self._members: list[str] | None = None
        self._content: bytes | None = None
        self._name: str | None = None

    @property
    def members(self) -> list[str]:
        """The names of its members."""
        if self._members is None:
            self._members = list(self.raw.keys())
        return self._members

    def get(self, name: str) -> Any:
        """A member, unchecked. Asking the index for what is not there is slow, so the names are asked first."""
        return self.raw[name] if name in self.members else None

    @property
    def resource(self) -> dict[str, Any]:
        """The resource as a ``dict``.

        Raises:
            Rejected: 400 if a member is in it twice.
        """
        if self._plain is None:
            self._plain = plain(self.raw, self.content, self.path)
        return self._plain

    @property
    def content(self) -> bytes:
        """The resource as compact JSON."""
        if self._content is None:
            self._content = text(self.raw)
        return self._content

    @property
    def id(self) -> str | None:
        found = self.get("id")
        return found if isinstance(found, str) and found else None

    @property
    def reference(self) -> str:
        """How an answer refers to the resource, or an empty string where it has no name."""
        if self._name is None:
            by_id = self.id and not (self.full_url and self.full_url.startswith("urn:"))
            self._name = f"{self.kind}/{self.id}" if by_id else self.full_url or ""
        return self._name

    def name_by_url(self) -> None:
        """Refers to it by its URL: another resource has its type and id, on another server."""
        self._name = self.full_url or self._name

    @property
    def name(self) -> str:
        """What the resource is called here: its reference, or its place where it has none."""
        return self.reference or self.path

    @property
    def expression(self) -> str:
        """A FHIRPath to the resource that does not change with the order of the entries."""
        if self.full_url:
            return f"Bundle.entry.where(fullUrl='{_quoted(self.full_url)}').resource"
        if self.id:
            return f"Bundle.entry.resource.ofType({self.kind}).where(id='{_quoted(self.id)}')"
        return self.path

    def note(self, code: Ledger, text: str) -> LedgerEntry:
        return LedgerEntry(self.name, code, text, self.expression)


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
        is_object = isinstance(entry, OBJECT)
        resource = entry.get("resource") if is_object else None
        kind = resource.get("resourceType") if resource is not None and isinstance(resource, OBJECT) else None
        if resource is not None and isinstance(kind, str):
            full_url = entry.get("fullUrl")
            one = Entry(index, kind, resource, full_url if isinstance(full_url, str) else None)
            if repeats(list(entry.keys())) or (kind in READ and repeats(one.members)):
                refuse_repeated(entry, f"Bundle.entry[{index}]")
                refuse_repeated(resource, one.path)
            look = _OTHER_FORMS.get(kind)
            version = look(one) if look else None
            if version:
                raise _other_version(version, one)
            found.append(one)
        elif isinstance(resource, OBJECT):
            message = "The resource has no resourceType. Add it."
            problems.append(Problem("required", message, f"Bundle.entry[{index}].resource.resourceType"))
        elif resource is not None or not is_object or not (entry.get("request") or entry.get("response")):
            message = "The entry has no resource. Add the resource or leave the entry out."
            problems.append(Problem("required", message, f"Bundle.entry[{index}].resource"))
    if problems:
        raise Rejected(422, *problems[:50])
    return found


def _listed(bundle: Any) -> Any:
    """The entries of a Bundle that can be assessed."""
    if not isinstance(bundle, OBJECT) or not isinstance(bundle.get("resourceType"), str):
        raise Rejected(400, Problem("structure", "This is not a FHIR resource. Send a Bundle as JSON.", "Bundle"))
    if bundle.get("resourceType") != "Bundle":
        message = "This is a FHIR resource, but not a Bundle. Put it into a Bundle of type collection."
        raise Rejected(400, Problem("invalid", message))
    refuse_repeated(bundle, "Bundle")
    kind = bundle.get("type")
    if kind is None:
        raise Rejected(422, Problem("required", "The type is missing. A record has type collection.", "Bundle.type"))
    if kind not in TYPES:
        message = f"This type cannot be assessed. Send one of {', '.join(TYPES)}."
        raise Rejected(422, Problem("not-supported", message, "Bundle.type"))
    listed = bundle.get("entry")
    if listed is None:
        return ()
    if not isinstance(listed, ARRAY):
        raise Rejected(422, Problem("structure", "Entries are a list. Send an array.", "Bundle.entry"))
    if len(listed) > MAX_ENTRIES:
        raise Rejected(413, Problem("too-costly", f"More than {MAX_ENTRIES} entries. Send fewer.", "Bundle.entry"))
    return listed


def _other_version(version: str, entry: Entry) -> Rejected:
    message = (
        f"This is FHIR {version}, and R4 (4.0.1) is read here. Convert the record to R4; "
        "servers and integration engines can."
    )
    return Rejected(415, Problem("not-supported", message, entry.path))


def _condition(entry: Entry) -> str | None:
    return "DSTU2 or STU3" if "patient" in entry.members or isinstance(entry.get("clinicalStatus"), str) else None


def _encounter(entry: Entry) -> str | None:
    kind = entry.get("class")
    if isinstance(kind, ARRAY):
        return "R5"
    return "DSTU2 or STU3" if isinstance(kind, str) or "patient" in entry.members else None


def _procedure(entry: Entry) -> str | None:
    if "notPerformed" in entry.members:
        return "DSTU2 or STU3"
    return "R5" if "occurrenceDateTime" in entry.members or "occurrencePeriod" in entry.members else None


#: How a resource shows that it is of another version of FHIR: by a form that R4 does not have, or by its type.
_OTHER_FORMS: dict[str, Callable[[Entry], str | None]] = {
    "Condition": _condition,
    "Encounter": _encounter,
    "Procedure": _procedure,
    "MedicationRequest": lambda entry: "R5" if "medication" in entry.members else None,
    **dict.fromkeys(
        "MedicationOrder DiagnosticOrder ProcedureRequest ReferralRequest DeviceUseRequest DataElement".split(),
        lambda _: "DSTU2 or STU3",
    ),
    **dict.fromkeys(
        "ActorDefinition GenomicStudy InventoryItem Requirements SubscriptionTopic Transport".split(), lambda _: "R5"
    ),
}


def _bare(reference: str) -> str:
    return reference.split("/_history/", 1)[0].split("#", 1)[0]


class References:
    """The resources of one kind, by every name that a reference may use for them."""

    def __init__(self, listed: Iterable[Entry]) -> None:
        self._listed = listed

    @cached_property
    def _by_name(self) -> dict[str, Entry]:
        found: dict[str, Entry] = {}
        for entry in self._listed:
            if entry.id:
                found[f"{entry.kind}/{entry.id}"] = entry
            if entry.full_url:
                found[_bare(entry.full_url)] = entry
                tail = _TAIL.search(_bare(entry.full_url))
                if tail:
                    found.setdefault(tail.group(1), entry)
        return found

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


def _sorted(content: bytes) -> bytes:
    return orjson.dumps(orjson.loads(content), option=orjson.OPT_SORT_KEYS)


def name_apart(listed: Iterable[Entry]) -> None:
    """Lets resources of two servers that share type and id be named by their URL."""
    named: dict[str, list[Entry]] = {}
    for entry in listed:
        named.setdefault(entry.name, []).append(entry)
    for those in named.values():
        if len(those) > 1 and len({entry.full_url for entry in those}) > 1:
            for entry in those:
                entry.name_by_url()


class Copies:
    """Resources that are in a Bundle more than once."""

    def __init__(self) -> None:
        self._seen: dict[str, bytes] = {}

    def is_another(self, entry: Entry) -> bool:
        """Whether the same resource came before.

        Raises:
            Rejected: 422 if it came before with another content.
        """
        before = self._seen.setdefault(entry.full_url or entry.name, entry.content)
        if before != entry.content and _sorted(before) != _sorted(entry.content):
            message = "This resource is there twice, with different content. Send the version that counts."
            raise Rejected(422, Problem("duplicate", message, entry.expression))
        return before is not entry.content


@dataclass(frozen=True)
class Subject:
    """The one patient of a Bundle."""

    reference: str
    """The Patient as the sender names it; empty where the sender gives an identifier, or no name at all."""
    identifier: Identifier | None
    entry: Entry | None
    patient: Patient | None


class Subjects:
    """Finds out whether all that is read belongs to one patient."""

    def __init__(self, listed: list[Entry]) -> None:
        self._patients = [entry for entry in listed if entry.kind == "Patient"]
        self._references = References(self._patients)
        self._seen: dict[str, Entry | None] = {}
        self._problems: list[Problem] = []
        self._known: dict[Reference, tuple[str, Entry | None]] = {}

    def note(self, entry: Entry, subject: Reference | None) -> None:
        """Takes note of whom a resource that is read is about."""
        if subject is None or not (subject.reference or subject.identifier):
            return  # R4 lets an Observation have none: it is about the patient of the Bundle
        name, patient = self._patient(subject)
        if patient is None and self._patients:
            message = (
                "The subject is not a Patient of this Bundle. Add that Patient, or correct the reference; "
                "a Bundle holds the record of one patient."
            )
            self._problems.append(Problem("not-found", message, f"{entry.path}.subject"))
        else:
            self._seen[name] = patient

    def _patient(self, subject: Reference) -> tuple[str, Entry | None]:
        """The name of a subject, and the Patient in the Bundle that it is."""
        known = self._known.get(subject)
        if known is None:
            if subject.reference and subject.reference.startswith(_CONDITIONAL):
                system, _, value = unquote(subject.reference.removeprefix(_CONDITIONAL)).partition("|")
                name = subject.reference
                patient = self._with_identifier(Identifier(system, value))
            elif subject.reference:
                name = _bare(subject.reference)
                patient = self._references.find(name)
            else:
                identifier = subject.identifier or Identifier()
                name = f"identifier {identifier.system}|{identifier.value}"
                patient = self._with_identifier(identifier)
            known = self._known[subject] = (patient.name if patient else name, patient)
        return known

    def glance(self, entry: Entry) -> None:
        """Takes note of another patient that a resource that is not read is about."""
        if len(self._patients) < 2:
            return
        subject = entry.get("subject") or entry.get("patient")
        reference = subject.get("reference") if isinstance(subject, OBJECT) else None
        patient = self._references.find(_bare(reference)) if isinstance(reference, str) else None
        if patient is not None:
            self._seen[patient.name] = patient

    def one(self) -> tuple[Subject | None, list[LedgerEntry]]:
        """The patient, and remarks on others that nothing refers to.

        Raises:
            Rejected: 422 for several patients, or a subject that is not in the Bundle.
        """
        if self._problems:
            raise Rejected(422, *self._problems[:50])
        names = sorted(self._seen)
        if not names and len({patient.name for patient in self._patients}) == 1:
            names = [self._patients[-1].name]
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
            if other is not entry and (entry is None or other.name != entry.name)
        ]
        patient = slice_of(Patient, entry.resource, entry.path) if entry else None
        if entry:
            return Subject(entry.reference, None, entry, patient), others
        subject = next(s for s, known in self._known.items() if known[0] == names[0])
        return Subject(_bare(subject.reference or ""), subject.identifier, None, None), others

    def _with_identifier(self, identifier: Identifier) -> Entry | None:
        for entry in self._patients:
            if identifier in slice_of(Patient, entry.resource, entry.path).identifier:
                return entry
        return None


def of_kind(listed: list[Entry], kind: str) -> list[Entry]:
    return [entry for entry in listed if entry.kind == kind]
