"""One round: read a patient, assess, write back."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from service.assess import assess
from service.client import Limits, Record, Written, connect, read_patient, write
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from tests.interop.hapi import Hapi
from tests.interop.seeding import Resource, seeded
from tests.support.records import AS_OF

_labels = (f"r{number}" for number in itertools.count(1))

#: A test looks at what one attempt does.
ONCE = Limits(tries=1)


@dataclass(frozen=True)
class Round:
    record: Record
    answer: Resource
    written: Written


def seed(hapi: Hapi, record: Resource) -> str:
    """Puts a copy of a record on the server; gives the id of its patient."""
    patient, transaction = seeded(record, next(_labels))
    response = hapi.post(transaction)
    assert response.status_code == 200, response.text[:2000]
    return patient


def answered(hapi: Hapi, patient: str, limits: Limits | None = None, **options: Any) -> tuple[Record, Resource]:
    """The record of a patient as it is read from the server, and the answer to it."""
    record = read_patient(connect(hapi.base, limits=limits or Limits()), patient, **options)
    return record, answer(assess(record.bundle, when(AS_OF)), "transaction")


def make_round(hapi: Hapi, patient: str) -> Round:
    record, made = answered(hapi, patient)
    return Round(record, made, write(connect(hapi.base), patient, made))
