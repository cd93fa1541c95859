"""The envelope: which resources a Bundle holds, and what it says of those that it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from service.fhir_mapping.inbound import releases
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.bundle import ABOUT, READ, Entry, bare, code_text
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, refuse_repeated
from service.fhir_mapping.inbound.members import Members, members_of
from service.fhir_mapping.inbound.versions import Removal, are_apart, outdated
from service.problems import Ledger, LedgerEntry, Problem, Rejected
from service.text import phrase

TYPES = ("collection", "transaction", "batch", "searchset", "document", "message", "history")
#: Answers to a request that read several resources or searched several times; a Bundle in them is one of those answers.
_ANSWERS = ("batch-response", "transaction-response")
#: Bundles of these types hold requests, so an entry without a resource is one.
_REQUESTS = ("transaction", "batch", "history")
#: No more are told at a time.
_MOST_PROBLEMS = 50
_DEEPEST = 3
#: Resources that contain copies for their own purpose, or what is about somebody else.
KEEP_THEIR_OWN = frozenset(
    """
    ActivityDefinition AuditEvent Claim ClaimResponse Coverage ExplanationOfBenefit FamilyMemberHistory
    GuidanceResponse Library OperationOutcome PlanDefinition Provenance Questionnaire ResearchStudy
    """.split()
)
_SERIOUS = frozenset(("fatal", "error", "warning"))


class _Type(NamedTuple):
    """What the envelope looks at in a resource of a type."""

    is_read: bool = False
    signs: frozenset[str] | None = None
    """The members without which it tells no other release of FHIR; None for a type that is not of R4."""
    is_plain: bool = False
    """Whether there is nothing to say of the type itself."""
    keeps_its_own: bool = False
    """Whether what it contains is its own."""
    about: str = ""
    """The element that says what it is about."""


_TYPES = {
    kind: _Type(
        kind in READ,
        releases.SIGNS.get(kind),
        kind != "OperationOutcome",
        kind in KEEP_THEIR_OWN,
        ABOUT.get(kind, ""),
    )
    for kind in releases.TYPES
}
_OTHER_TYPE = _Type()


@dataclass(frozen=True)
class Envelope:
    """What a Bundle holds."""

    entries: list[Entry] = field(default_factory=list)
    """The resources, in the order of the Bundle, each in its latest version."""
    ledger: list[LedgerEntry] = field(default_factory=list)
    """What the Bundle says of what it does not hold, and types that there are not."""
    left_out: Mapping[Entry, tuple[Ledger, str]] = field(default_factory=dict)
    """Earlier versions and what was deleted, each with the remark that it is to have."""
    are_apart: bool = False
    """Whether it is known that no resource that is read is there twice."""

    @property
    def incomplete(self) -> LedgerEntry | None:
        """The first remark that says that a part of the record is not in the Bundle."""
        return next((remark for remark in self.ledger if remark.code is Ledger.INCOMPLETE), None)


def unpack(bundle: object, bounds: Bounds = USUAL) -> Envelope:
    """The resources of a Bundle, those of the Bundles in it, and those that a resource contains.

    Raises:
        Rejected: 400 if it is not a Bundle, 413 or 422 if it is one that cannot be read, 415 for another release
            of FHIR.
    """
    walk = _Walk(bounds)
    walk.through(bundle, "Bundle", 1)
    if walk.problems:
        raise Rejected(422, *walk.problems)
    if are_apart(walk.entries) and not walk.removals:
        return Envelope(walk.entries, walk.ledger, are_apart=True)
    left_out = outdated(walk.entries, walk.removals, newest_first=walk.newest_first)
    kept = [entry for entry in walk.entries if entry not in left_out] if left_out else walk.entries
    return Envelope(kept, walk.ledger, left_out)


def entries(bundle: object, bounds: Bounds = USUAL) -> list[Entry]:
    """The resources of a Bundle, as :func:`unpack` finds them."""
    return unpack(bundle, bounds).entries


class _Walk:
    """Collects what a Bundle and the Bundles in it hold."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.entries: list[Entry] = []
        self.removals: list[Removal] = []
        self.ledger: list[LedgerEntry] = []
        self.problems: list[Problem] = []
        self.newest_first = False

    def through(self, bundle: Any, path: str, depth: int) -> None:
        kind, listed = _listed(bundle, path)
        self.newest_first = self.newest_first or kind == "history"
        self.bounds.refuse_number(len(self.entries) + len(listed), f"{path}.entry")
        self._pages(bundle, kind, path)
        if kind == "searchset":
            self._total(bundle, listed, path)
        requests = 0
        for index, entry in enumerate(listed):
            where = f"{path}.entry[{index}]"
            if not isinstance(entry, OBJECT):
                self._problem("structure", "An entry is an object. Send one, with the resource in it.", where)
                continue
            members = members_of(entry)
            resource = entry["resource"] if "resource" in members.names else None
            if isinstance(resource, OBJECT):
                self._with_resource(entry, members, resource, kind, where, depth)
            elif resource is None:
                requests += self._without_resource(entry, kind, where)
            else:
                message = "The resource is not an object. Send it as JSON, not as text."
                self._problem("structure", message, f"{where}.resource")
        if requests and requests == len(listed):
            message = "The Bundle asks for resources and holds none. Send the resources that the server answers with."
            raise Rejected(422, Problem("required", message, f"{path}.entry"))

    def _with_resource(self, entry: Any, members: Members, resource: Any, kind: str, where: str, depth: int) -> None:
        of_type = resource.get("resourceType")
        path = f"{where}.resource"
        if not isinstance(of_type, str):
            self._problem("required", "The resource has no resourceType. Add it.", f"{path}.resourceType")
            return
        if of_type == "Bundle":
            if depth >= _DEEPEST:
                raise Rejected(422, Problem("structure", "Bundles within Bundles. Send the resources in one.", path))
            self.through(resource, path, depth + 1)
            return
        names, repeated = members
        full_url = entry["fullUrl"] if "fullUrl" in names else None
        one = Entry(path, of_type, resource, full_url if isinstance(full_url, str) else None, None, self.bounds)
        is_read, signs, is_plain, keeps_its_own, about = _TYPES.get(of_type, _OTHER_TYPE)
        if is_read:
            one.members, in_resource = members_of(resource)
            repeated = repeated or in_resource
            # Now, while the processor has it at hand: in the index of a long record it is slow to reach.
            if about in one.members and not isinstance(resource, dict):
                one.about = code_text(resource[about])
        if repeated:
            refuse_repeated(entry, where)
            refuse_repeated(resource, path)
        if signs is None or (signs and not signs.isdisjoint(one.members)):
            releases.refuse_signed(one)
        if not is_plain:
            remark = releases.unknown(one) or self._outcome(one, kind)
            if remark is not None:
                self.ledger.append(remark)
        self.entries.append(one)
        # Nothing else is asked of most types that are not read, so their members are not kept.
        if not keeps_its_own and "contained" in (one.members if is_read or signs or signs is None else resource.keys()):
            self.entries += _contained(one, self.bounds)
            self.bounds.refuse_number(len(self.entries), f"{path}.contained")

    def _without_resource(self, entry: Any, kind: str, where: str) -> int:
        """What an entry without a resource says; 1 if it asks for one."""
        request, response = entry.get("request"), entry.get("response")
        if not isinstance(request, OBJECT) and not isinstance(response, OBJECT):
            message = "The entry has no resource. Add the resource or leave the entry out."
            if entry.get("resourceType") is not None:
                message = "The resource stands in place of the entry. Put it into a member of the entry named resource."
            self._problem("required", message, f"{where}.resource")
            return 0
        status = response.get("status") if isinstance(response, OBJECT) else None
        if isinstance(status, str) and status[:1] in ("4", "5"):
            text = "the server answered this request with an error, so what it asked for is not in the Bundle"
            self.ledger.append(LedgerEntry(where, Ledger.INCOMPLETE, text, where))
        method = request.get("method") if isinstance(request, OBJECT) else None
        if method == "DELETE" and kind not in _REQUESTS:
            message = (
                "The entry asks to delete a resource, which one of this type of Bundle cannot. Send a history or a "
                "transaction, or leave out the entry and what it deletes."
            )
            self._problem("invalid", message, f"{where}.request")
            return 0
        if method == "DELETE":
            name = entry.get("fullUrl") or request.get("url")
            if isinstance(name, str):
                self.removals.append(Removal(bare(name), len(self.entries)))
            return 0
        return int(method in ("GET", "HEAD"))

    def _pages(self, bundle: Any, kind: str, path: str) -> None:
        links = bundle.get("link")
        for link in links if isinstance(links, ARRAY) else ():
            if isinstance(link, OBJECT) and link.get("relation") == "next":
                text = "one page of several: the Bundle names a next page, which is not here"
                self.ledger.append(LedgerEntry(path, Ledger.INCOMPLETE, text, f"{path}.link"))

    def _total(self, bundle: Any, listed: Any, path: str) -> None:
        """A remark where a search found more than the Bundle holds; what came along besides is not counted."""
        total = bundle.get("total")
        if not isinstance(total, int) or isinstance(total, bool):
            return
        modes = (entry.get("search") if isinstance(entry, OBJECT) else None for entry in listed)
        matches = sum(not isinstance(mode, OBJECT) or mode.get("mode") in (None, "match") for mode in modes)
        if total > matches:
            text = "the search found more than the Bundle holds: its total is higher than the number of entries"
            self.ledger.append(LedgerEntry(path, Ledger.INCOMPLETE, text, f"{path}.total"))

    def _outcome(self, entry: Entry, kind: str) -> LedgerEntry | None:
        """A remark where a server says that a search did not find all that was asked for."""
        if entry.kind != "OperationOutcome" or kind not in ("searchset", *_ANSWERS):
            return None
        if not reports_trouble(entry):
            return None
        text = "the server that made the Bundle reports an error or a warning, so something may not be in it"
        return entry.note(Ledger.INCOMPLETE, text)

    def _problem(self, code: str, message: str, path: str) -> None:
        self.problems.append(Problem(code, message, path))
        if len(self.problems) >= _MOST_PROBLEMS:
            raise Rejected(422, *self.problems)


def reports_trouble(outcome: Any) -> bool:
    """Whether an OperationOutcome has an error or a warning, so what it came with may not be whole. Never fails."""
    issues = outcome.get("issue")
    listed = issues if isinstance(issues, ARRAY) else ()
    said = (issue.get("severity") for issue in listed if isinstance(issue, OBJECT))
    return any(isinstance(severity, str) and severity in _SERIOUS for severity in said)


def _contained(owner: Entry, bounds: Bounds) -> Iterator[Entry]:
    """What a resource contains of the types that are read."""
    listed = owner.get("contained")
    for n, inside in enumerate(listed if isinstance(listed, ARRAY) else ()):
        kind = inside.get("resourceType") if isinstance(inside, OBJECT) else None
        if isinstance(kind, str) and kind in READ and kind != "Patient":
            yield Entry(f"{owner.path}.contained[{n}]", kind, inside, None, owner, bounds)


def _listed(bundle: Any, path: str) -> tuple[str, Any]:
    """The type of a Bundle that can be assessed, and its entries."""
    if not isinstance(bundle, OBJECT) or not isinstance(bundle.get("resourceType"), str):
        raise Rejected(400, Problem("structure", "This is not a FHIR resource. Send a Bundle as JSON.", path))
    if bundle.get("resourceType") != "Bundle":
        message = "This is a FHIR resource, but not a Bundle. Put it into a Bundle of type collection."
        raise Rejected(400, Problem("invalid", message, path))
    refuse_repeated(bundle, path)
    kind = bundle.get("type")
    if kind is None:
        raise Rejected(422, Problem("required", "The type is missing. A record has type collection.", f"{path}.type"))
    if kind not in (*TYPES, *_ANSWERS):
        message = phrase("This type cannot be assessed. Send one of {values}.", values=", ".join(TYPES))
        raise Rejected(422, Problem("not-supported", message, f"{path}.type"))
    if bundle.get("issues") is not None:
        raise releases.other("R5", path)
    listed = bundle.get("entry")
    if listed is None:
        return kind, ()
    if not isinstance(listed, ARRAY):
        raise Rejected(422, Problem("structure", "Entries are a list. Send an array.", f"{path}.entry"))
    return kind, listed
