"""Whatever is done to a call: an answer of the specification or a refusal, and never "nothing to say" for an error."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from service.api.app import create_app
from service.api.settings import Settings
from tests.api.test_never_fails import WEIRD
from tests.support.calls import SELECT, SIGN, VIEW, call_of, send
from tests.support.door import check_refusal
from tests.support.hooks_specification import check_response
from tests.support.records import Resource, concept
from tests.support.stored import CASES, contract

ALLOWED = (400, 412, 413, 415, 422)
#: What must not be in a refusal, wherever it stood in the call.
MARK = "Zyxwvut"
NEEDED = ("patient", "condition", "observation")
MEMBERS = (
    "entry",
    "link",
    "total",
    "type",
    "resource",
    "resourceType",
    "subject",
    "search",
    "issue",
    "extension",
    "id",
)
DRAFT: Resource = {
    "resourceType": "ServiceRequest",
    "id": "d1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": f"Patient/{contract('b')['entry'][0]['resource']['id']}"},
    "code": concept(("108290001", "http://snomed.info/sct"), text="Radiotherapy of L1"),
}
TOKEN: Resource = {
    "access_token": MARK,
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.read",
    "subject": "cds-service",
}
OF_OTHERS = [orjson.loads(path.read_bytes()) for path in sorted(Path(__file__).parent.glob("calls/*.json"))]
CALLS: list[tuple[str, Resource]] = [
    *((VIEW, call_of(contract(case))) for case in CASES),
    (VIEW, call_of(contract("b"), fhirServer="https://ehr.example/fhir", fhirAuthorization=TOKEN)),
    (SELECT, call_of(contract("b"), SELECT, DRAFT)),
    (SIGN, call_of(contract("b"), SIGN, DRAFT)),
    *((call["service"], call["body"]) for call in OF_OTHERS),
]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path to everything that is in a value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _places(child, (*path, key))


PLACES = [list(_places(body)) for _, body in CALLS]
#: What stands high in a call decides most, and there is little of it.
HIGH = [[place for place in places if len(place) <= 4] for places in PLACES]


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(Settings()).test_client()


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, Any]:
    """A call with one to three things done to it."""
    number = draw(st.integers(0, len(CALLS) - 1))
    service, body = copy.deepcopy(CALLS[number])
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(draw(st.sampled_from((HIGH, PLACES)))[number]))
        here: Any = body
        try:
            for step in parents:
                here = here[step]
            _spoil(draw, here, last)
        except (KeyError, IndexError, TypeError):
            continue  # the place has gone with an earlier change
    return service, body


def _spoil(draw: st.DrawFn, here: Any, last: Any) -> None:
    match draw(st.sampled_from(["delete", "replace", "replace", "mark", "wrap", "double", "add"])):
        case "delete":
            del here[last]
        case "replace":
            here[last] = draw(WEIRD)
        case "mark":
            here[last] = draw(
                st.sampled_from([MARK, [MARK], {MARK: MARK}, f"Patient/{MARK}", f"https://{MARK}.example"])
            )
        case "wrap":
            here[last] = [here[last]]
        case "double" if isinstance(here, list):
            here.append(copy.deepcopy(here[last]))
        case _:
            if isinstance(here, dict):
                here[draw(st.sampled_from(MEMBERS))] = draw(WEIRD)


def judge(client: FlaskClient, service: str, body: Any) -> list[Any] | None:
    """The cards of a call, checked; None where it is refused as it has to be."""
    response = send(client, json.dumps(body).encode(), service)
    if response.status_code == 200:
        return check_response(response.get_json())
    assert response.status_code in ALLOWED, response.get_data(as_text=True)
    check_refusal(response, response.status_code)
    assert MARK not in response.get_data(as_text=True)
    return None


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(call=spoiled())
def test_a_spoiled_call_gets_an_answer_or_a_refusal(client: FlaskClient, call: tuple[str, Any]) -> None:
    judge(client, *call)


#: What no template finds. A null is left out: it says that there is nothing.
DAMAGED = st.one_of(
    WEIRD.filter(lambda value: value is not None),
    st.sampled_from(
        [
            MARK,
            {"resourceType": MARK},
            {"resourceType": "Bundle"},
            {"resourceType": "Bundle", "type": "searchset", "entry": MARK},
            {"resourceType": "Bundle", "type": "searchset", "entry": [MARK]},
            {"resourceType": "Bundle", "type": "searchset", "entry": [{}]},
            {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {"id": MARK}}]},
            {"resourceType": "Bundle", "type": "searchset", "total": 7},
            {"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next", "url": MARK}]},
            {"resourceType": "OperationOutcome", "issue": []},
            {"resource": {"resourceType": "Bundle", "type": "searchset"}},
        ]
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, 3), key=st.sampled_from(NEEDED), value=DAMAGED)
def test_needed_data_that_is_damaged_is_never_nothing_to_say(
    client: FlaskClient, number: int, key: str, value: Any
) -> None:
    service, body = copy.deepcopy(CALLS[number])
    body["prefetch"][key] = value
    assert judge(client, service, body) != []


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("key", NEEDED)
def test_needed_data_that_is_left_out_is_never_nothing_to_say(client: FlaskClient, number: int, key: str) -> None:
    service, body = copy.deepcopy(CALLS[number])
    del body["prefetch"][key]
    assert judge(client, service, body) is None


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, 3), kept=st.integers(0, 6), more=st.booleans())
def test_a_part_of_what_is_needed_is_never_nothing_to_say(
    client: FlaskClient, number: int, kept: int, more: bool
) -> None:
    service, body = copy.deepcopy(CALLS[number])
    for key in ("condition", "observation"):
        found = body["prefetch"][key]
        assume(found["total"] > kept)
        found["entry"] = found["entry"][:kept]
        if more:
            found["link"] = [{"relation": "next", "url": "https://ehr.example/next"}]
    assert judge(client, service, body) != []


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200))
def test_any_bytes_get_a_refusal(client: FlaskClient, body: bytes) -> None:
    check_refusal(send(client, body), 400)


WHOLE = orjson.dumps(CALLS[1][1])


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(cut=st.integers(0, len(WHOLE) - 1), byte=st.integers(0, 255), keep=st.booleans())
def test_a_call_that_breaks_off_gets_an_answer_or_a_refusal(
    client: FlaskClient, cut: int, byte: int, keep: bool
) -> None:
    response = send(client, WHOLE[:cut] + bytes([byte]) + (WHOLE[cut + 1 :] if keep else b""))
    if response.status_code == 200:
        check_response(response.get_json())
    else:
        assert response.status_code in ALLOWED
        check_refusal(response, response.status_code)
