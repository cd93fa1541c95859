"""What an export is searched for leaves no answer other than the whole record gives."""

from __future__ import annotations

import orjson
import pytest

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.wanted import SHARED, TYPES, is_wanted
from service.fhir_mapping.outbound import answer
from tests.cohort.exports import EXAMPLES, NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_wanted_changes_no_byte_of_an_answer(name: str) -> None:
    # A collection: a searchset says how many entries it has.
    bundle = {**orjson.loads((EXAMPLES / f"{name}.json").read_bytes()), "type": "collection"}
    kept = [e for e in bundle["entry"] if is_wanted(e["resource"]["resourceType"], e["resource"])]
    answers = {
        orjson.dumps(answer(assess(decode(orjson.dumps({**bundle, "entry": entries})), when("2026-10-01"))))
        for entries in (bundle["entry"], kept)
    }
    assert len(answers) == 1


def test_some_of_a_record_is_not_wanted() -> None:
    assert not TYPES & {"Claim", "Encounter", "Immunization", "Practitioner", "ExplanationOfBenefit"}
    assert SHARED < TYPES


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_every_type_that_is_read_is_wanted_whatever_it_holds(kind: str) -> None:
    assert is_wanted(kind, {})
