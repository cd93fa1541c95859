"""What a server says of itself: its version of FHIR, and what it offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.outgoing.failure import ExchangeFailed
from service.text import phrase

_VERSIONS = {"0": "DSTU1", "1": "DSTU2", "3": "STU3", "5": "R5", "6": "R6"}
#: R4, and R4B, which has the same resources for what is read here.
_READ = ("4.0", "4.1", "4.3")


@dataclass(frozen=True)
class Offer:
    """What a server offers for one type of resource."""

    interactions: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    includes: frozenset[str] = frozenset()
    conditional_create: bool = False
    conditional_update: bool = False
    update_create: bool = False
    """Whether a resource may be put under an id that the client makes."""


@dataclass(frozen=True)
class Capability:
    """What matters here of a CapabilityStatement."""

    fhir_version: str
    software: str = ""
    transaction: bool = False
    everything: bool = False
    types: Mapping[str, Offer] = field(default_factory=dict)
    """Empty where the server lists no types at all; then each is tried."""

    def offer(self, kind: str) -> Offer:
        return self.types.get(kind, Offer())

    def offers(self, kind: str, interaction: str = "search-type") -> bool:
        """Whether an interaction with a type is offered; what the server leaves open may be tried."""
        if not self.types:
            return True
        return kind in self.types and (
            not self.types[kind].interactions or interaction in self.types[kind].interactions
        )


def capability(statement: Any) -> Capability:
    """What a CapabilityStatement offers.

    Raises:
        ExchangeFailed: it is none, or of another version of FHIR than R4.
    """
    kind = statement.get("resourceType") if isinstance(statement, dict) else None
    if kind == "Conformance":
        raise _other_version("DSTU2")
    if kind != "CapabilityStatement":
        raise not_fhir()
    version = statement.get("fhirVersion")
    if not isinstance(version, str) or not version.startswith(_READ):
        raise _other_version(_VERSIONS.get(version[:1], "") if isinstance(version, str) else "")
    rest = next((r for r in _objects(statement.get("rest")) if r.get("mode") in (None, "server")), {})
    types = {str(r["type"]): r for r in _objects(rest.get("resource")) if isinstance(r.get("type"), str)}
    software = statement.get("software")
    name = software.get("name") if isinstance(software, dict) else None
    operations = [*_objects(rest.get("operation")), *_objects(types.get("Patient", {}).get("operation"))]
    return Capability(
        fhir_version=version,
        software=name if isinstance(name, str) else "",
        transaction=any(i.get("code") == "transaction" for i in _objects(rest.get("interaction"))),
        everything=any(map(_is_everything, operations)),
        types={kind: _offer(resource) for kind, resource in types.items()},
    )


def not_fhir() -> ExchangeFailed:
    return ExchangeFailed(
        "There is no FHIR server at this address: it gives no CapabilityStatement as JSON. "
        "Give the base address, the one before /metadata, such as https://hospital.example/fhir."
    )


def _other_version(version: str) -> ExchangeFailed:
    said = phrase("FHIR {version}", version=version) if version else "a version of FHIR that it does not name"
    return ExchangeFailed(
        phrase(
            "The server speaks {said}, and R4 (4.0.1) is read here. Give the address of its R4 endpoint; many servers "
            "have one for each version.",
            said=said,
        )
    )


def _is_everything(operation: Mapping[str, Any]) -> bool:
    definition = str(operation.get("definition", ""))
    return str(operation.get("name", "")).lstrip("$") == "everything" and "Group" not in definition


def _offer(resource: Mapping[str, Any]) -> Offer:
    includes = resource.get("searchInclude")
    return Offer(
        interactions=frozenset(str(i.get("code")) for i in _objects(resource.get("interaction"))),
        parameters=frozenset(str(p.get("name")) for p in _objects(resource.get("searchParam"))),
        includes=frozenset(str(i) for i in includes) if isinstance(includes, list) else frozenset(),
        conditional_create=resource.get("conditionalCreate") is True,
        conditional_update=resource.get("conditionalUpdate") is True,
        update_create=resource.get("updateCreate") is True,
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
