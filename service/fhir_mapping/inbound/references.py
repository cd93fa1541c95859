"""How the resources of a Bundle are referred to, which of them are one, and whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

import orjson

from service.fhir_mapping.inbound.bundle import Entry, bare
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.slices import Identifier, Patient, Reference, slice_of
from service.problems import Ledger, LedgerEntry, Problem, Rejected
from service.text import phrase

_CONDITIONAL = "Patient?identifier="
_TAIL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})$")
#: No more of several patients are named in a refusal.
_MOST_NAMED = 10


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
                url = bare(entry.full_url)
                found[url] = entry
                tail = _TAIL.search(url) if "/" in url else None
                if tail:
                    found.setdefault(tail.group(1), entry)
        return found

    def find(self, reference: str) -> Entry | None:
        """The entry that a reference names: absolute, relative or ``urn:uuid``; None if it is not there."""
        plain = bare(reference)
        found = self._by_name.get(plain)
        if found is None and "://" in plain:
            tail = _TAIL.search(plain)
            found = self._by_name.get(tail.group(1)) if tail else None
            if found is not None and found.full_url and "://" in found.full_url:
                return None  # an absolute URL on both sides, and they differ
        return found


def _sorted(content: bytes) -> bytes:
    return orjson.dumps(orjson.loads(content), option=orjson.OPT_SORT_KEYS)


def name_apart(listed: Iterable[Entry]) -> None:
    """Lets resources of two servers that share type and id be named by their URL."""
    entries = list(listed)
    if len({entry.name for entry in entries}) == len(entries):
        return
    named: dict[str, list[Entry]] = {}
    for entry in entries:
        named.setdefault(entry.name, []).append(entry)
    for those in named.values():
        if len(those) > 1 and len({entry.full_url for entry in those}) > 1:
            for entry in those:
                entry.name_by_url()


class Copies:
    """Resources that are in a Bundle more than once."""

    def __init__(self) -> None:
        self._seen: dict[str, Entry] = {}

    def is_another(self, entry: Entry) -> bool:
        """Whether the same resource came before.

        Raises:
            Rejected: 422 if it came before with another content.
        """
        before = self._seen.setdefault(entry.identity, entry)
        if before is entry:
            return False
        if before.content != entry.content and _sorted(before.content) != _sorted(entry.content):
            if before.kind != entry.kind:
                message = "Two resources of different types have one fullUrl. Give each its own."
                raise Rejected(422, Problem("duplicate", message, entry.path))
            message = (
                "This resource is there twice, with different content, and neither meta.versionId nor meta.lastUpdated "
                "says which is the later one. Send the version that counts."
            )
            raise Rejected(422, Problem("duplicate", message, entry.path))
        return True


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
        self._patients = of_kind(listed, "Patient")
        self.several = len(self._patients) > 1
        self._references = References(self._patients)
        self._seen: dict[str, Entry | None] = {}
        self._problems: list[Problem] = []
        self._known: dict[Reference, tuple[str, Entry | None]] = {}
        self._unnamed: list[LedgerEntry] = []

    def note(self, entry: Entry, subject: Reference | None) -> None:
        """Takes note of whom a resource that is read is about."""
        if entry.owner is not None and not (subject and subject.reference and not subject.reference.startswith("#")):
            subject = _subject_of(entry.owner)
        if subject is not None and (subject.reference or "").startswith("#") and not self._patients:
            self._note_contained(entry, str(subject.reference)[1:])
            return
        if subject is None:
            return  # R4 lets an Observation have none: it is about the patient of the Bundle
        if not (subject.reference or subject.identifier):
            why = (
                "its subject is named in words alone, or not at all; it is taken to be about the patient of the Bundle"
            )
            self._unnamed.append(entry.note(Ledger.UNNAMED_PATIENT, why))
            return
        name, patient = self._patient(subject)
        if patient is None and self._patients:
            message = (
                "The subject is not a Patient of this Bundle. Add that Patient, or correct the reference; "
                "a Bundle holds the record of one patient."
            )
            self._problems.append(Problem("not-found", message, f"{entry.path}.subject"))
        else:
            self._seen[name] = patient

    def _note_contained(self, entry: Entry, name: str) -> None:
        """Takes note of a patient whom a resource contains; copies of one are one."""
        listed = entry.get("contained")
        for n, inside in enumerate(listed if isinstance(listed, ARRAY) else ()):
            if isinstance(inside, OBJECT) and inside.get("resourceType") == "Patient" and inside.get("id") == name:
                found = Entry(f"{entry.path}.contained[{n}]", "Patient", inside, None, entry)
                self._seen.setdefault(f"#{_who(found)}", found)
                return
        self._seen.setdefault("", None)

    def _patient(self, subject: Reference) -> tuple[str, Entry | None]:
        """The name of a subject, and the Patient in the Bundle that it is."""
        known = self._known.get(subject)
        if known is None:
            if subject.reference and subject.reference.startswith(_CONDITIONAL):
                name = subject.reference
                patient = self._with_token(unquote(subject.reference.removeprefix(_CONDITIONAL)))
            elif subject.reference:
                name = bare(subject.reference)
                patient = self._references.find(name)
            else:
                identifier = subject.identifier or Identifier()
                name = f"identifier {identifier.system}|{identifier.value}"
                patient = self._with_identifier(identifier)
            known = self._known[subject] = (patient.name if patient else name, patient)
        return known

    def glance(self, entry: Entry) -> None:
        """Takes note of another patient that a resource that is not read is about."""
        if not self.several:
            return
        subject = entry.get("subject") or entry.get("patient")
        reference = subject.get("reference") if isinstance(subject, OBJECT) else None
        patient = self._references.find(bare(reference)) if isinstance(reference, str) else None
        if patient is not None:
            self._seen[patient.name] = patient

    def one(self) -> tuple[Subject | None, list[LedgerEntry]]:
        """The patient, and remarks on others that nothing refers to, and on what does not say whom it is about.

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
            paths = ", ".join(sorted(entry.path for entry in found)[:_MOST_NAMED]) or "the subjects"
            message = phrase("Several patients ({paths}). Send one Bundle per patient.", paths=paths)
            raise Rejected(422, Problem("multiple-matches", message, "Bundle.entry"))
        if not names:
            return None, self._unnamed
        entry = self._seen[names[0]]
        others = self._unnamed + [
            other.note(Ledger.OTHER_PATIENT, "another Patient that nothing in the Bundle refers to; left out")
            for other in self._patients
            if other is not entry and (entry is None or other.name != entry.name)
        ]
        patient = slice_of(Patient, entry.resource, entry.path) if entry else None
        if entry and entry.owner is not None:  # nothing may refer to what another resource contains
            named = next((each for each in patient.identifier if each.value), None) if patient else None
            return Subject("", named, entry, patient), others
        if entry:
            return Subject(entry.reference, None, entry, patient), others
        subject = next((s for s, known in self._known.items() if known[0] == names[0]), None)
        if subject is None:  # each refers to what it does not contain, so nobody is named
            return None, others
        return Subject(bare(subject.reference or ""), subject.identifier, None, None), others

    def _with_token(self, token: str) -> Entry | None:
        """The Patient that a conditional reference means: ``system|value``, ``|value`` without system, or ``value``."""
        system, bar, value = token.rpartition("|")
        for entry in self._patients:
            for each in slice_of(Patient, entry.resource, entry.path).identifier:
                if each.value == value and (not bar or (each.system or "") == system):
                    return entry
        return None

    def _with_identifier(self, identifier: Identifier) -> Entry | None:
        for entry in self._patients:
            if identifier in slice_of(Patient, entry.resource, entry.path).identifier:
                return entry
        return None


def _who(entry: Entry) -> str:
    """What tells one contained patient from another: the identifiers, else all that is said of them."""
    found = slice_of(Patient, entry.resource, entry.path)
    named = sorted(f"{each.system}|{each.value}" for each in found.identifier if each.value)
    return " ".join(named) or f"{found.birth_date} {found.gender}"


def _subject_of(entry: Entry) -> Reference | None:
    """The subject of a resource that is not read itself."""
    subject = entry.get("subject") or entry.get("patient")
    reference = subject.get("reference") if isinstance(subject, OBJECT) else None
    return Reference(reference) if isinstance(reference, str) else None


def of_kind(listed: list[Entry], kind: str) -> list[Entry]:
    return [entry for entry in listed if entry.kind == kind]
