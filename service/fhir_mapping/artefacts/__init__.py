"""The artefacts that the service publishes, made of the tables that compute: nothing is written twice.

Each is made once and shared, so nobody changes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from service.fhir_mapping.artefacts.answer_systems import answer_systems
from service.fhir_mapping.artefacts.building import DATE, PUBLISHER
from service.fhir_mapping.artefacts.card_systems import card_systems
from service.fhir_mapping.artefacts.extensions import extensions
from service.fhir_mapping.artefacts.input_systems import input_systems
from service.fhir_mapping.artefacts.library import library
from service.fhir_mapping.artefacts.maps import concept_maps
from service.fhir_mapping.artefacts.message import MESSAGE, MESSAGE_ANSWER, message_definitions
from service.fhir_mapping.artefacts.operation import OPERATION, PROCESS_MESSAGE, operation_definitions
from service.fhir_mapping.artefacts.plans import plan_definitions
from service.fhir_mapping.artefacts.profiles import profiles
from service.fhir_mapping.artefacts.questionnaire import questionnaire
from service.fhir_mapping.artefacts.value_sets import value_sets
from service.fhir_mapping.messages import EVENT
from service.fhir_mapping.outbound.building import Resource

__all__ = [
    "DATE",
    "EVENT",
    "KINDS",
    "MESSAGE",
    "MESSAGE_ANSWER",
    "OPERATION",
    "PROCESS_MESSAGE",
    "PUBLISHER",
    "artefacts",
]

#: The types of resource that are published.
KINDS = (
    "CodeSystem",
    "ConceptMap",
    "Library",
    "MessageDefinition",
    "OperationDefinition",
    "PlanDefinition",
    "Questionnaire",
    "StructureDefinition",
    "ValueSet",
)


@lru_cache(maxsize=1)
def artefacts() -> Mapping[str, Mapping[str, Resource]]:
    """Every artefact, by its type and id."""
    found: dict[str, dict[str, Resource]] = {kind: {} for kind in KINDS}
    for resource in _all():
        found[resource["resourceType"]][resource["id"]] = resource
    return MappingProxyType({kind: MappingProxyType(each) for kind, each in found.items()})


def _all() -> Iterator[Resource]:
    systems = [*input_systems(), *answer_systems(), *card_systems()]
    terminology = [*systems, *value_sets(systems), *concept_maps()]
    yield from terminology
    yield from extensions()
    yield from profiles()
    yield from operation_definitions()
    yield from message_definitions()
    yield questionnaire()
    yield from plan_definitions()
    yield library(terminology)
