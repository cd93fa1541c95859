"""One resource of a Bundle: its names, and what of it is decoded when."""

from __future__ import annotations

from typing import Any

from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.decode import OBJECT, plain, text
from service.fhir_mapping.inbound.members import members_of
from service.fhir_mapping.inbound.memory import once
from service.problems import Ledger, LedgerEntry

#: The types of which something is read.
READ = frozenset(
    """
    Condition DiagnosticReport MedicationAdministration MedicationDispense MedicationRequest MedicationStatement
    Observation Patient Procedure QuestionnaireResponse RiskAssessment
    """.split()
)
_DRUG = "medicationCodeableConcept"
#: By type, the element that says what a resource is about.
ABOUT = {
    "Condition": "code",
    "DiagnosticReport": "code",
    "MedicationAdministration": _DRUG,
    "MedicationDispense": _DRUG,
    "MedicationRequest": _DRUG,
    "MedicationStatement": _DRUG,
    "Observation": "code",
    "Procedure": "code",
}


class Entry:
    """One resource of a Bundle, or one that such a resource contains; not yet read."""

    owner: Entry | None = None
    """The resource that contains it; None for an entry of the Bundle."""
    _bounds: Bounds = USUAL

    def __init__(
        self,
        path: str,
        kind: str,
        raw: Any,
        full_url: str | None,
        owner: Entry | None = None,
        bounds: Bounds = USUAL,
    ) -> None:
        self.path = path
        self.kind = kind
        self.raw = raw
        """The resource as it was decoded: answers to reading, and nothing of it is checked."""
        self.full_url = full_url
        if owner is not None:
            self.owner = owner
        if bounds is not USUAL:
            self._bounds = bounds

    @once
    def members(self) -> frozenset[str]:
        """The names of its members."""
        return members_of(self.raw).names

    def get(self, name: str) -> Any:
        """A member, unchecked. Asking the index for what is not there is slow, so the names are asked first."""
        return self.raw[name] if name in self.members else None

    @once
    def about(self) -> bytes | None:
        """The code that says what it is about, as compact JSON, unchecked; None where it has none."""
        return code_text(self.get(ABOUT[self.kind])) if self.kind in ABOUT else None

    def text(self, name: str) -> bytes | None:
        """A member that is a code as compact JSON, unchecked; None for any other.

        Raises:
            Rejected: 413 if it is longer than a code may be.
        """
        content = self.about if name == ABOUT.get(self.kind) else code_text(self.get(name))
        if content is not None and len(content) > self._bounds.code_bytes:
            self._bounds.refuse_code(content, f"{self.path}.{name}")
        return content

    @once
    def resource(self) -> dict[str, Any]:
        """The resource as a ``dict``.

        Raises:
            Rejected: 400 if a member is in it twice, and for what is beyond the bounds of a record.
        """
        return plain(self.raw, self.content, self.path)

    @once
    def content(self) -> bytes:
        """The resource as compact JSON.

        Raises:
            Rejected: for what is beyond the bounds of a record.
        """
        content = text(self.raw)
        self._bounds.refuse_content(content, self.path)
        return content

    @property
    def id(self) -> str | None:
        found = self.get("id")
        return found if isinstance(found, str) and found else None

    @property
    def reference(self) -> str:
        """How an answer refers to the resource, or an empty string where it has no name.

        Nothing may refer to what another resource contains, so that is referred to as the one that contains it.
        """
        return self._name if self.owner is None else self.owner.reference

    @once
    def _name(self) -> str:
        by_id = self.id if not (self.full_url and self.full_url.startswith("urn:")) else None
        return f"{self.kind}/{by_id}" if by_id else self.full_url or ""

    def name_by_url(self) -> None:
        """Refers to it by its URL: another resource has its type and id, on another server."""
        self._name = self.full_url or self._name

    @property
    def name(self) -> str:
        """What the resource is called here: its reference, or its place where it has none."""
        owner = self.owner
        return (self._name or self.path) if owner is None else (owner.reference or owner.path)

    @property
    def referred_kind(self) -> str:
        """The type of the resource that its reference names."""
        return self.owner.kind if self.owner else self.kind

    @once
    def identity(self) -> str:
        """What all versions and copies of the resource have in common."""
        if self.owner is not None:
            return self.path
        return bare(self.full_url) if self.full_url else self.name

    @property
    def expression(self) -> str:
        """A FHIRPath to the resource that does not change with the order of the entries."""
        if self.owner is not None:
            return f"{self.owner.expression}.contained.where(id='{_quoted(self.id)}')" if self.id else self.path
        if self.full_url:
            return f"Bundle.entry.where(fullUrl='{_quoted(self.full_url)}').resource"
        if self.id:
            return f"Bundle.entry.resource.ofType({self.kind}).where(id='{_quoted(self.id)}')"
        return self.path

    def note(self, code: Ledger, text: str) -> LedgerEntry:
        return LedgerEntry(self.name, code, text, self.expression)


def code_text(found: Any) -> bytes | None:
    """A code as compact JSON; None for what has not the form of one."""
    return text(found) if isinstance(found, OBJECT) else None


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def bare(reference: str) -> str:
    """A reference without version and fragment."""
    if "#" not in reference and "/_history/" not in reference:
        return reference
    return reference.split("/_history/", 1)[0].split("#", 1)[0]
