"""What the envelope finds out of each resource on the way: its code, and whether any may be there twice."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from service.fhir_mapping.inbound.bundle import ABOUT, Entry
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.envelope import unpack

Resource = dict[str, Any]
_CODE = {"coding": [{"system": "http://loinc.org", "code": "1751-7"}]}


def _bundle(*entries: Resource, kind: str = "collection") -> Any:
    return decode(orjson.dumps({"resourceType": "Bundle", "type": kind, "entry": list(entries)}))


def _entry(url: str | None = None, kind: str = "Observation", **more: Any) -> Resource:
    return ({"fullUrl": url} if url else {}) | {"resource": {"resourceType": kind, **more}}


@pytest.mark.parametrize("kind", ABOUT)
@pytest.mark.parametrize("code", [_CODE, {"text": "albumin"}, {}, "albumin", ["albumin"], None])
def test_the_code_that_is_taken_at_once_is_that_of_the_resource(kind: str, code: Any) -> None:
    given = _entry("urn:uuid:1", kind, **{ABOUT[kind]: code})
    (taken,) = unpack(_bundle(given)).entries
    later = Entry("", kind, given["resource"], None)
    assert taken.about == later.about == (orjson.dumps(code) if isinstance(code, dict) else None)


def test_a_resource_without_a_code_or_of_another_type_has_none() -> None:
    listed = unpack(_bundle(_entry("urn:uuid:1"), _entry("urn:uuid:2", "Claim", code=_CODE))).entries
    assert [each.about for each in listed] == [None, None]


def test_resources_with_urls_of_their_own_are_apart() -> None:
    shared = (_entry("urn:uuid:3", "Claim"), _entry("urn:uuid:3", "Claim"), _entry(None, "Encounter"))
    assert unpack(_bundle(_entry("urn:uuid:1"), _entry("urn:uuid:2"), *shared)).are_apart


@pytest.mark.parametrize(
    "entries",
    [
        (_entry("urn:uuid:1"), _entry("urn:uuid:1")),
        (_entry("urn:uuid:1"), _entry("urn:uuid:1", "Condition")),
        (_entry("urn:uuid:1"), _entry(None, id="o1")),
        (_entry("https://a.example/Observation/1"), _entry("https://a.example/Observation/1/_history/2")),
        (_entry("https://a.example/Observation/1"), _entry("https://a.example/Observation/1#part")),
        (_entry("urn:uuid:1", contained=[{"resourceType": "Condition", "id": "c"}]),),
        (_entry("urn:uuid:1"), {"fullUrl": "urn:uuid:2", "request": {"method": "DELETE", "url": "Observation/2"}}),
    ],
)
def test_resources_that_may_be_there_twice_are_looked_at(entries: tuple[Resource, ...]) -> None:
    assert not unpack(_bundle(*entries, kind="history")).are_apart
