"""How much a record may be: what is just within a bound is read, what is just beyond it is refused with the mend."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.assess import assess
from service.fhir_mapping.inbound import observations
from service.fhir_mapping.inbound.bounds import Bounds, depth
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.xml import from_xml
from service.problems import Rejected
from tests.support.records import BASE, bundle, metastasis, observation

AS_OF = when("2026-10-01")


def refused(bounds: Bounds, *resources: Any) -> tuple[int, str]:
    """The status and the message of the refusal."""
    with pytest.raises(Rejected) as found:
        assess(decode(orjson.dumps(bundle(*resources))), AS_OF, bounds=bounds)
    return found.value.status, str(found.value.problems[0].message)


def read(bounds: Bounds, *resources: Any) -> None:
    assess(decode(orjson.dumps(bundle(*resources))), AS_OF, bounds=bounds)


def ecogs(number: int) -> list[Any]:
    return [observation("ecog", 1, name=f"e{n}") for n in range(number)]


def number_of_entries(*resources: Any) -> int:
    return len(bundle(*resources)["entry"])


def test_entries() -> None:
    resources = [metastasis(), *ecogs(5)]
    there = number_of_entries(*resources)
    read(Bounds(entries=there), *resources)
    status, message = refused(Bounds(entries=there - 1), *resources)
    assert status == 413
    assert "SPINEMETS_MAX_ENTRIES" in message


def test_what_resources_contain_counts_as_entries() -> None:
    holder = {**observation("ecog", 1), "contained": [{"resourceType": "Condition", "id": str(n)} for n in range(20)]}
    assert refused(Bounds(entries=10), holder)[0] == 413


def test_resources_that_carry_findings() -> None:
    read(Bounds(findings=6), metastasis(), *ecogs(5))
    status, message = refused(Bounds(findings=5), metastasis(), *ecogs(5))
    assert status == 413
    assert "SPINEMETS_MAX_FINDINGS" in message


def test_elements_of_xml() -> None:
    body = b'<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>' + b"<link/>" * 10 + b"</Bundle>"
    from_xml(body, Bounds(xml_elements=12))
    with pytest.raises(Rejected) as found:
        from_xml(body, Bounds(xml_elements=11))
    assert found.value.status == 413
    with pytest.raises(Rejected) as found:
        from_xml(body.replace(b"<link/>", b'<link><url value="&#65;&#65;"/></link>'), Bounds(xml_elements=41))
    assert found.value.status == 413


def test_components_and_answers_are_findings_as_well() -> None:
    ecog = observation("ecog", 1)
    panel = {**ecog, "component": [{"code": ecog["code"], "valueInteger": 1}] * 10}
    panel.pop("valueInteger", None)
    read(Bounds(findings=12), metastasis(), panel)
    assert refused(Bounds(findings=11), metastasis(), panel)[0] == 413
    form = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "subject": ecog["subject"],
        "questionnaire": f"{BASE}/Questionnaire/spinal-tumour",
        "item": [{"linkId": "karnofsky", "answer": [{"valueInteger": 80}]}] * 10,
    }
    assert refused(Bounds(findings=11), metastasis(), form)[0] == 413


def test_members_of_groups() -> None:
    listed = ecogs(4)
    group = {
        **observation("ecog", 1, name="g"),
        "hasMember": [{"reference": f"Observation/{each['id']}"} for each in listed],
    }
    others = [{**group, "id": f"g{n}"} for n in range(3)]
    read(Bounds(members=12), metastasis(), *listed, *others)
    status, message = refused(Bounds(members=11), metastasis(), *listed, *others)
    assert status == 413
    assert "one group" in message


def test_units_that_are_not_common() -> None:
    listed = [observation("albumin", (3, f"g/dL{{{n}}}"), name=f"a{n}") for n in range(3)]
    common = [observation("albumin", value, name=value[1][:1]) for value in ((3, "g/dL"), (30, "mg/mL"))]
    read(Bounds(units=3), metastasis(), *listed, *common)
    assert refused(Bounds(units=2), metastasis(), *listed)[0] == 413


def test_where_an_observation_is_is_looked_up_once_for_all_its_components(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Any] = []
    usual = observations.place_of
    monkeypatch.setattr(observations, "place_of", lambda *given: looked.append(given) or usual(*given))
    ecog = observation("ecog", 1)
    code = {"coding": [{"system": f"{BASE}/CodeSystem/finding", "code": "sins-pain"}]}
    value = {"coding": [{"system": f"{BASE}/CodeSystem/finding-value", "code": "mechanical"}]}
    panel = {**ecog, "component": [{"code": code, "valueCodeableConcept": value}] * 10}
    read(Bounds(), metastasis(), panel)
    assert len(looked) == len({entry.path for _, entry, _ in looked})


def nested(levels: int) -> Any:
    made: Any = {"url": "x"}
    for _ in range((levels - 1) // 2):
        made = {"extension": [made]}
    return {**observation("ecog", 1), **made}


def test_nesting() -> None:
    deep = nested(41)
    levels = depth(orjson.dumps(deep))
    read(Bounds(depth=levels), deep)
    status, message = refused(Bounds(depth=levels - 1), deep)
    assert status == 400
    assert "SPINEMETS_MAX_DEPTH" in message


def test_nesting_of_xml() -> None:
    inner = b"<extension url='a'>" * 50 + b"</extension>" * 50
    body = b"<Bundle xmlns='http://hl7.org/fhir'>" + inner + b"</Bundle>"
    with pytest.raises(Rejected) as found:
        from_xml(body, Bounds(depth=40))
    assert found.value.status == 400
    assert "SPINEMETS_MAX_DEPTH" in str(found.value.problems[0].message)


def test_a_text() -> None:
    noted = {**observation("ecog", 1), "note": [{"text": "a" * 5000}]}
    read(Bounds(text_bytes=5000), noted)
    status, message = refused(Bounds(text_bytes=4999), noted)
    assert status == 413
    assert "SPINEMETS_MAX_TEXT_BYTES" in message


def test_many_texts_that_are_long_together_are_no_long_text() -> None:
    read(Bounds(text_bytes=1000), {**observation("ecog", 1), "note": [{"text": "a" * 500} for _ in range(10)]})


@pytest.mark.parametrize("code", [{"text": "a" * 20_000}, {"coding": [{"system": "s", "code": "c"}] * 2000}])
@pytest.mark.parametrize("kind", ["Observation", "Condition", "Procedure"])
def test_a_code_is_searched_for_its_meaning_only_if_it_is_as_long_as_codes_are(kind: str, code: Any) -> None:
    status, message = refused(Bounds(), {"resourceType": kind, "status": "final", "code": code})
    assert status == 413
    assert "16384 bytes" in message


JSON = st.recursive(
    st.none() | st.integers(-(2**63), 2**63) | st.text('ab"\\{}[]'),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"{]\\'), inner, max_size=3),
)


@given(JSON)
def test_the_depth_of_any_json_is_that_of_its_lists_and_objects(value: Any) -> None:
    def deep(part: Any) -> int:
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else None
        return 0 if inner is None else 1 + max(map(deep, inner), default=0)

    assert depth(orjson.dumps(value)) == deep(value)
