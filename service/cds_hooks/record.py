"""The record that a call is about: put together from what was prefetched and what is read from the caller's server."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from service.cds_hooks.call import Call
from service.cds_hooks.fetching import Reader, Reads
from service.cds_hooks.prefetch import DRUGS, NEEDED, TEMPLATES, Found, State
from service.fhir_mapping.inbound.decode import OBJECT, text
from service.policy import Policy
from service.problems import Problem, Rejected

_ENTRY = re.compile(r"Bundle\.entry\[(\d+)\](?:\.resource)?")
_MEDICATION = re.compile(r"(?:^|/)Medication/([A-Za-z0-9._~-]{1,128})(?:/_history/[^/]+)?$")
#: The types in which earlier radiotherapy may be said, and metastases.
_MAY_SAY = frozenset(("Condition", "Observation", "Procedure", "DiagnosticReport", "QuestionnaireResponse"))
#: The types in which a tumour of the spine may be said.
_MAY_NAME_TUMOURS = NEEDED | {"DiagnosticReport", "QuestionnaireResponse"}


@dataclass(frozen=True)
class Record:
    """What is known of the patient."""

    bundle: dict[str, Any]
    """A collection, flat; its resources are as they were sent, so they answer to reading and nothing is checked."""
    places: tuple[str, ...]
    """Where the resource of each entry stands in the call."""
    gaps: tuple[str, ...] = ()
    """Types of which findings are read that are not there, or not whole."""
    broken: tuple[str, ...] = ()
    """Those of them of which a search failed, or brought a part."""

    @property
    def digest(self) -> bytes:
        """What stands for all that is in the Bundle."""
        found = blake2b(digest_size=32)
        for entry in self.bundle["entry"]:
            for part in (str(entry.get("fullUrl")).encode(), text(entry["resource"])):
                found.update(len(part).to_bytes(8, "big"))
                found.update(part)
        return found.digest()

    def placed(self, rejected: Rejected) -> Rejected:
        """A refusal of the Bundle as one of the call: each place is the one that the caller knows."""

        def there(problem: Problem) -> Problem:
            place = _ENTRY.match(problem.expression)
            if not place or int(place[1]) >= len(self.places):
                where = "prefetch" if problem.expression.startswith("Bundle") else problem.expression
                return replace(problem, expression=where)
            where = self.places[int(place[1])] + problem.expression[place.end() :]
            return replace(problem, expression=where)

        # The call is JSON, whichever release of FHIR stands in it.
        status = 422 if rejected.status == 415 else rejected.status
        return Rejected(status, *map(there, rejected.problems))

    def cautious(self, policy: Policy) -> Policy:
        """A policy for this record. Where nobody asked, silence says nothing, whatever a site reads into it."""
        if _MAY_SAY.isdisjoint(self.gaps):
            return policy
        return replace(policy, unsaid_radiotherapy="unknown", staging="unknown")

    def refuse_emptiness(self) -> None:
        """Refuses to have nothing to say where a search failed, or brought a part, that may have found a tumour.

        Raises:
            Rejected: 412.
        """
        partial = [TEMPLATES[kind].key for kind in self.broken if kind in _MAY_NAME_TUMOURS]
        if partial:
            raise Rejected(412, *(Problem("incomplete", _partial(key), f"prefetch.{key}") for key in partial))


def record_of(call: Call, prefetched: dict[str, Found], reader: Reader) -> Record:
    """The record of the patient of a call.

    Raises:
        Rejected: 412 where a needed type can be had from nowhere.
    """
    known = dict(prefetched)
    wanted = [kind for kind, found in prefetched.items() if _is_wanted(kind, found)]
    reads = reader.read(wanted) if wanted else Reads()
    for kind, entries in reads.entries.items():
        known[kind] = Found(State.HAD, tuple((f"fhirServer.{kind}", entry) for entry in entries))
    lost = [kind for kind in NEEDED if known[kind].state in (State.MISSING, State.FAILED)]
    if lost:
        raise Rejected(412, *(_needed(kind, reads) for kind in TEMPLATES if kind in lost))
    gaps = [kind for kind, template in TEMPLATES.items() if template.finding and known[kind].state is not State.HAD]
    listed = [each for found in known.values() for each in found.entries]
    unnamed = _medications(known)
    if unnamed:
        medications, all_there = reader.medications(unnamed)
        listed += [("fhirServer.Medication", entry) for entry in medications]
        gaps += [] if all_there else ["Medication"]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry for _, entry in listed]}
    broken = [kind for kind in gaps if kind in reads.late or _is_broken(known.get(kind))]
    return Record(bundle, tuple(place for place, _ in listed), tuple(gaps), tuple(broken))


def _is_wanted(kind: str, found: Found) -> bool:
    """Whether a type is to be read. An EHR that says that it failed is spared another try, but for what is needed."""
    return found.state in (State.MISSING, State.PART) or (found.state is State.FAILED and kind in NEEDED)


def _is_broken(found: Found | None) -> bool:
    return found is not None and found.state in (State.FAILED, State.PART)


def _partial(key: str) -> str:
    return (
        f"The search for {key} failed, or only a part of it is there, and there is nothing to say on the rest, which "
        "does not mean that there is nothing. Send all of it in prefetch, without a next page, or let it be read by "
        "fhirServer and fhirAuthorization."
    )


def _needed(kind: str, reads: Reads) -> Problem:
    key = TEMPLATES[kind].key
    message = f"{kind} is needed, and the prefetch has no {key}. Send it in prefetch, or {reads.mend(kind)}"
    return Problem("required", message, f"prefetch.{key}")


def _medications(known: dict[str, Found]) -> list[str]:
    """The ids of the Medications that orders refer to without saying what they are, and that did not come along."""
    drugs = [entry["resource"] for kind in sorted(DRUGS) for _, entry in known[kind].entries]
    there = {each.get("id") for each in drugs if each["resourceType"] == "Medication"}
    return sorted(set(_referred(drugs)) - there)


def _referred(drugs: Iterable[Any]) -> Iterable[str]:
    for drug in drugs:
        named = drug.get("medicationReference")
        if not isinstance(named, OBJECT) or named.get("display"):
            continue
        reference = named.get("reference")
        found = _MEDICATION.search(reference) if isinstance(reference, str) else None
        if found:
            yield found[1]
