"""What a result is about, so that a later answer finds it again on a server.

The ids of an answer follow from its content, so a changed record makes new ones. On a server a result is known by what
it is about: the patient, the kind of result, the score or treatment, and the lesion. Its content identifier stands
beside that, and tells whether anything has changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from service.fhir_mapping.inbound.own import CONTENT, RESULTS
from service.fhir_mapping.inbound.sites import LEVEL_EXTENSION
from service.fhir_mapping.outbound.building import SYSTEMS, Resource

#: The types of an answer that belong to a patient, and are searched for what was written before.
KINDS = ("CarePlan", "GuidanceResponse", "RiskAssessment", "Observation", "ServiceRequest", "Goal")
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, RESULTS)

#: The element by which a result says that it no longer holds, and its values; the first is the one written here.
WITHDRAWN = {
    "CarePlan": ("status", ("revoked", "entered-in-error")),
    "GuidanceResponse": ("status", ("entered-in-error",)),
    "RiskAssessment": ("status", ("entered-in-error", "cancelled")),
    "Observation": ("status", ("entered-in-error", "cancelled")),
    "ServiceRequest": ("status", ("revoked", "entered-in-error")),
    "Goal": ("lifecycleStatus", ("cancelled", "entered-in-error", "rejected")),
}
#: What a proposal is, as long as nobody has taken it over or refused it.
_PROPOSED = {"CarePlan": "draft", "ServiceRequest": "draft", "Goal": "proposed"}


def is_ours(resource: Mapping[str, Any]) -> bool:
    """Whether a resource was written here: an identifier says so."""
    return any(each.get("system") == RESULTS for each in identifiers(resource))


@dataclass(frozen=True)
class Wanted:
    """A resource of an answer."""

    kind: str
    key: str
    """What it is about, as a UUID."""
    name: str
    """What the other resources of the answer call it."""
    content: str
    """Follows from what it says."""
    resource: Resource


@dataclass(frozen=True)
class Stored:
    """A resource of ours on the server."""

    kind: str
    id: str
    key: str
    content: str | None
    """None where it was withdrawn."""
    version: str | None
    resource: Resource

    @property
    def withdrawn(self) -> bool:
        element, values = WITHDRAWN.get(self.kind, ("", ()))
        return self.resource.get(element) in values

    @property
    def taken_over(self) -> bool:
        """Whether somebody has made a proposal their own: it is then no longer ours to change."""
        element, _ = WITHDRAWN.get(self.kind, ("", ()))
        return self.kind in _PROPOSED and not self.withdrawn and self.resource.get(element) != _PROPOSED[self.kind]


def wanted(answer: Resource, patient: str) -> tuple[Wanted, ...]:
    """The resources of an answer in its transaction form, except the Provenance."""
    found: dict[str, Wanted] = {}
    for entry in answer["entry"]:
        resource = entry["resource"]
        kind = resource["resourceType"]
        if kind == "Provenance":
            continue
        about = _about(resource, patient)
        n = 0
        while (key := key_of(*about, str(n))) in found:
            n += 1
        found[key] = Wanted(kind, key, entry["fullUrl"], resource["id"], resource)
    return tuple(found.values())


def stored(resources: Iterable[Resource]) -> tuple[Stored, ...]:
    """What of the resources that a server holds was written here."""
    found = []
    for resource in resources:
        values = {str(i.get("system")): str(i.get("value")) for i in identifiers(resource)}
        kind, name = resource.get("resourceType"), resource.get("id")
        if RESULTS not in values or not isinstance(kind, str) or not isinstance(name, str):
            continue
        meta = resource.get("meta")
        version = meta.get("versionId") if isinstance(meta, dict) else None
        found.append(
            Stored(
                kind=kind,
                id=name,
                key=values[RESULTS],
                content=values[CONTENT].removeprefix("urn:uuid:") if CONTENT in values else None,
                version=version if isinstance(version, str) else None,
                resource=resource,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.kind, each.id)))


def _about(resource: Resource, patient: str) -> tuple[str, ...]:
    """What a resource of an answer is about."""
    kind = resource["resourceType"]
    if kind == "Device":  # one for each version of the software: an earlier result keeps the one that made it
        return (kind, *(version["value"] for version in resource["version"]))
    code = ""
    if kind == "Goal":
        code = resource["description"]["text"]
    for element, system in (("code", "score"), ("method", "score"), ("code", "treatment")):
        for coding in resource.get(element, {}).get("coding", ()):
            if coding.get("system") == SYSTEMS[system]:
                code = code or coding["code"]
    # A result that came with the record is known by where it came from.
    source = ""
    if kind == "RiskAssessment" and "performer" not in resource:
        source = resource["basis"][0]["reference"] if "basis" in resource else orjson.dumps(_when(resource)).decode()
    return (f"Patient/{patient}", kind, code, "-".join(_sites(resource)), source)


def _when(resource: Resource) -> Any:
    return [resource.get("occurrenceDateTime"), resource.get("occurrencePeriod")]


def _sites(resource: Resource) -> Iterator[str]:
    given = resource.get("bodySite", [])
    for site in given if isinstance(given, list) else [given]:
        yield site["text"]
    if not given:
        for extension in resource.get("extension", ()):
            if extension["url"] == LEVEL_EXTENSION:
                yield extension["valueCodeableConcept"]["text"]


def key_of(*parts: str) -> str:
    """The UUID that stands for what the parts say together."""
    return str(uuid.uuid5(_NAMESPACE, orjson.dumps(parts).decode()))


def identifiers(resource: Mapping[str, Any]) -> list[Resource]:
    """The identifiers of a resource, whatever a server makes of them."""
    given = resource.get("identifier")
    listed = given if isinstance(given, list) else [given]
    return [each for each in listed if isinstance(each, dict)]
