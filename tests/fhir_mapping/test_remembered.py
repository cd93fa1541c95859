"""What is remembered from one record to the next changes no answer: each is as from a service that has met no other.

Most of an answer follows from what the tables tell apart, and is kept by that. A key that leaves out what the answer
follows from would give a patient the words of another, so records that differ in a single finding are tried in turn.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from random import Random
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer, answer_json
from service.fhir_mapping.outbound.languages import in_language
from service.policy import DEFAULT, Policy
from service.reading import Reader, Sieve
from tests.bench.records import another_value, record

AS_OF = when("2023-04-20")
POLICIES = (DEFAULT, Policy(lead_model="tokuhashi-revised", escc_1c="high", unavailable=frozenset(("srs",))))


def _forget() -> None:
    """Clears all that remembers, in modules and in the tables that were made so far."""
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper):
            if each.__module__.startswith("service."):
                each.cache_clear()
        elif isinstance(each, Reader):
            each._known.clear()
        elif isinstance(each, Sieve):
            for _, known in each._readers:
                known.clear()


def _neighbours(variant: int, lesions: int) -> Iterator[bytes]:
    """A record, and others that differ from it in one finding: another value, or none."""
    random = Random(variant)
    written = record(50, variant, lesions).compact
    yield written
    findings = [n for n, entry in enumerate(orjson.loads(written)["entry"]) if _is_finding(entry["resource"])]
    for n in random.sample(findings, min(2, len(findings))):
        bundle = orjson.loads(written)
        another_value(bundle["entry"][n]["resource"], random)
        yield orjson.dumps(bundle)
        del bundle["entry"][n]
        yield orjson.dumps(bundle)


def _is_finding(resource: Any) -> bool:
    coding = resource.get("code", {}).get("coding", [{}])[0]
    return resource["resourceType"] == "Observation" and "spinemets" in str(coding.get("system"))


def _answers(body: bytes, policy: Policy) -> tuple[bytes, bytes]:
    """The answer as it is written, and in another language."""
    found = assess(orjson.loads(body), AS_OF, policy)
    return answer_json(found), orjson.dumps(in_language(answer(found), "ja"))


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from((1, 1, 2)), st.sampled_from(POLICIES))
def test_an_answer_is_the_same_whatever_was_answered_before(variant: int, lesions: int, policy: Policy) -> None:
    bodies = list(_neighbours(variant, lesions))
    in_turn = [_answers(body, policy) for body in bodies]
    for body, found in zip(reversed(bodies), reversed(in_turn), strict=True):
        _forget()
        assert _answers(body, policy) == found
