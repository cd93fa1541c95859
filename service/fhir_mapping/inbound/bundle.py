"""The envelope: which resources a Bundle holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, plain, refuse_repeated, repeats, text
from service.problems import Ledger, LedgerEntry, Problem, Rejected

TYPES = ("collection", "transaction", "batch", "searchset", "document", "message")
MAX_ENTRIES = 100_000
#: The types of which something is read.
READ = frozenset(("Patient", "Observation", "Condition", "Procedure", "RiskAssessment"))


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
