"""Answers to the stored records, and to any other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import orjson

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.outbound import answer
from service.policy import DEFAULT, Policy
from service.problems import Rejected
from tests.support.records import AS_OF, Resource
from tests.support.stored import bundles, title

FORMS = ("collection", "transaction")


def assessed(path: Path) -> Assessment | None:
    """The assessment of a stored record, or None if it is to be refused."""
    try:
        return assess(decode(path.read_bytes()), when(AS_OF))
    except Rejected:
        return None


@cache
def stored() -> dict[str, Assessment]:
    """The assessment of every stored record that can be assessed."""
    found = ((title(path), assessed(path)) for path in bundles())
    return {name: assessment for name, assessment in found if assessment is not None}


def answer_to(record: Resource, form: str = "collection", policy: Policy = DEFAULT) -> Resource:
    """The answer to a record, read from its bytes as the doors do."""
    return answer(assess(decode(orjson.dumps(record)), when(AS_OF), policy), form)


def every_answer() -> Iterator[tuple[str, Resource]]:
    """Every stored record with its answer, in each form."""
    for name, assessment in stored().items():
        for form in FORMS:
            yield f"{name} {form}", answer(assessment, form)
