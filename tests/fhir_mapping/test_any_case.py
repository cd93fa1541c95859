"""Any findings, in any number and combination, get an answer and a report."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from fhir.resources.R4B import get_fhir_model_class
from fhir.resources.R4B.bundle import Bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service import report
from service.assess import assess
from service.evidence import Choice, Number
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.findings import FINDINGS, LESION
from service.vertebrae import LEVELS
from tests.support.records import TUMOUR, bundle, concept, metastasis, observation

_NO_OBSERVATION = ("vertebral-level", "wbb-zones", "wbb-layers")


def _value(code: str) -> st.SearchStrategy[Any]:
    domain = FINDINGS[code].domain
    if isinstance(domain, Number):
        if domain.whole:
            return st.integers(int(domain.low), 9)
        numbers = st.integers(int(domain.low) + 1, int(min(domain.high, 500)) // 2)
        return st.tuples(numbers, st.just(domain.unit), st.sampled_from([None, "<", ">", "<=", ">="]))
    assert isinstance(domain, Choice)
    coded = [*domain.values, *domain.groups]
    if code == "primary-tumour":
        return st.sampled_from([{"valueCodeableConcept": concept((str(v), TUMOUR))} for v in coded])
    if code == "visceral-metastases":
        return st.sampled_from(["none", *sorted(set(domain.groups) - {"leptomeningeal"})])
    return st.sampled_from(coded)


@st.composite
def _records(draw: st.DrawFn) -> dict[str, Any]:
    levels = draw(st.lists(st.sampled_from(LEVELS), min_size=0, max_size=3, unique=True))
    said = []
    for code in draw(st.lists(st.sampled_from(sorted(set(FINDINGS) - set(_NO_OBSERVATION))), max_size=25)):
        at = draw(st.sampled_from([*levels, None])) if FINDINGS[code].scope == LESION else None
        said.append(observation(code, draw(_value(code)), at, name=f"o{len(said)}"))
    return bundle(*(metastasis(level) for level in levels), *said)


@cache
def _check(resource: bytes) -> None:
    """That a resource is valid; once, for most are the same in many answers, and checking is all that takes time."""
    made = orjson.loads(resource)
    get_fhir_model_class(made["resourceType"]).model_validate(made)


def _check_bundle(bundle: dict[str, Any]) -> None:
    """That an answer is valid: its entries, and each resource in them."""
    for entry in bundle["entry"]:
        _check(orjson.dumps(entry["resource"]))
    entries = [{name: value for name, value in entry.items() if name != "resource"} for entry in bundle["entry"]]
    Bundle.model_validate({**bundle, "entry": entries})


@given(_records(), st.booleans(), st.sampled_from(["collection", "transaction"]))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_record_gets_a_valid_answer_and_a_report_that_fits(
    record: dict[str, Any], complete: bool, form: str
) -> None:
    found = assess(record, when("2026-10-02"), assume_complete=complete)
    _check_bundle(answer(found, form))
    assert all(len(line) <= 100 for line in report.text(found).splitlines())


@given(_records())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_head_of_a_plan_is_urgent_wherever_anything_is(record: dict[str, Any]) -> None:
    recommendations = assess(record, when("2026-10-02")).plan.recommendations
    urgent = [r.urgent for r in recommendations]
    assert urgent == sorted(urgent, reverse=True)


@given(_records())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_treatment_is_advised_twice_for_one_lesion(record: dict[str, Any]) -> None:
    advised = [
        (r.treatment, r.lesion.name if r.lesion else None, r.urgent)
        for r in assess(record, when("2026-10-02")).plan.recommendations
    ]
    assert len(advised) == len(set(advised))
