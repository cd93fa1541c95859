"""Whatever is done to a valid record: an answer or a refusal in FHIR, and never a fault of the service."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import orjson
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.door import check_refusal, json_of, post
from tests.support.records import condition, procedure, quantity
from tests.support.stored import CASES, contract

ALLOWED = (400, 413, 415, 422)

RECORDS = [contract(case) for case in CASES]
RECORDS[1]["entry"] += [
    {"fullUrl": "urn:uuid:1", "resource": condition("C79.51", at="L2", name="m")},
    {"fullUrl": "urn:uuid:2", "resource": procedure("108290001", at="L1", name="rt")},
    {
        "resource": {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "24323-8"}]},
            "effectivePeriod": {"start": "2026-09-01", "end": "2026-09-02"},
            "focus": [{"reference": "urn:uuid:1"}],
            "component": [
                {
                    "code": {"coding": [{"system": "http://loinc.org", "code": "1751-7"}]},
                    "valueRange": {"low": quantity(30, "g/L"), "high": quantity(40, "g/L")},
                }
            ],
        }
    },
]


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


WEIRD_TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\x1b[31m",
            "\ufeff",
            "\u202eabc",
            "<script>alert(1)</script>",
            "]]>&amp;",
            "' or '1'='1",
            "${jndi:ldap://x}",
            "../../../etc/passwd",
            "x" * 10_000,
            "𝕏" * 500,
            "urn:uuid:",
            "Patient/",
            "#",
            "Condition/m",
            "2026-10-01",
            "9999-12-31",
            "0001-01-01",
            "2026-10-01T00:00:00+14:00",
            "Observation",
            "Patient",
            "Bundle",
            "%",
            "10*3/uL",
            "1e400",
        ]
    ),
)
WEIRD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 2**64, 10**30, 1e308, -1e308, 5e-324, -0.0]),
    st.floats(allow_nan=False, allow_infinity=False),
    WEIRD_TEXTS,
    st.just([]),
    st.just({}),
    st.lists(WEIRD_TEXTS, max_size=3),
    st.dictionaries(st.sampled_from(["coding", "reference", "value", "code", "x"]), WEIRD_TEXTS, max_size=3),
    st.integers(1, 400).map(_nested),
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything that is in a value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _places(child, (*path, key))


WHOLE = orjson.dumps(RECORDS[1])
PLACES = [list(_places(record)) for record in RECORDS]


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """A valid record with one to four things done to it."""
    number = draw(st.integers(0, len(RECORDS) - 1))
    record = copy.deepcopy(RECORDS[number])
    for _ in range(draw(st.integers(1, 4))):
        *parents, last = draw(st.sampled_from(PLACES[number]))
        here = record
        try:
            for step in parents:
                here = here[step]
            _spoil(draw, here, last)
        except (KeyError, IndexError, TypeError):
            continue  # the place has gone with an earlier change
    return record


def _spoil(draw: st.DrawFn, here: Any, last: Any) -> None:
    match draw(st.sampled_from(["delete", "replace", "replace", "wrap", "double", "add"])):
        case "delete":
            del here[last]
        case "replace":
            here[last] = draw(WEIRD)
        case "wrap":
            here[last] = [here[last]]
        case "double" if isinstance(here, list):
            here.append(copy.deepcopy(here[last]))
        case _:
            if isinstance(here, dict):
                here[draw(st.sampled_from(["extension", "focus", "component", "bodySite", "valueRange", "x"]))] = draw(
                    WEIRD
                )


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=spoiled())
def test_a_spoiled_record_gets_an_answer_or_a_refusal(client: FlaskClient, record: Any) -> None:
    response = post(client, json.dumps(record).encode())
    if response.status_code == 200:
        answer = json_of(response)
        assert (answer["resourceType"], answer["type"]) == ("Bundle", "collection")
        assert answer["entry"]
    else:
        assert response.status_code in ALLOWED
        check_refusal(response, response.status_code)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(record=spoiled(), name=WEIRD, value=WEIRD)
def test_spoiled_parameters_get_an_answer_or_a_refusal(client: FlaskClient, record: Any, name: Any, value: Any) -> None:
    asked = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "bundle", "resource": record},
            {"name": name, "valueString": value},
            {"name": "asOf", "valueDateTime": value},
        ],
    }
    response = post(client, json.dumps(asked).encode())
    if response.status_code != 200:
        assert response.status_code in ALLOWED
        check_refusal(response, response.status_code)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_refusal(client: FlaskClient, body: bytes) -> None:
    check_refusal(post(client, body), 400)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cut=st.integers(0, 5_000), byte=st.integers(0, 255), keep=st.booleans())
def test_a_damaged_body_gets_an_answer_or_a_refusal(client: FlaskClient, cut: int, byte: int, keep: bool) -> None:
    cut %= len(WHOLE)
    body = WHOLE[:cut] + bytes([byte]) + (WHOLE[cut + 1 :] if keep else b"")
    response = post(client, body)
    if response.status_code != 200:
        assert response.status_code in ALLOWED
        check_refusal(response, response.status_code)
