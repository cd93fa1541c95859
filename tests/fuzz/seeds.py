"""What is mutated: every stored record, our own answers, calls, messages, forms and questions."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask.testing import FlaskClient

from service.api.openapi import examples
from service.page.record import packed as packed_record
from tests.support.calls import SELECT, SIGN, VIEW, call_of
from tests.support.door import post
from tests.support.records import SNOMED, bundle, concept, condition, metastasis, observation, primary, procedure
from tests.support.stored import CASES, EXAMPLES, RECORDS, contract

#: Larger ones take long to change and to send: they are tried one time in a hundred.
_LARGE = 20_000


@dataclass(frozen=True)
class Seeds:
    """What is mutated, by the door that takes it."""

    records: Sequence[Any]
    """Bundles, and the few records of other types and versions."""
    large: Sequence[Any]
    calls: Sequence[tuple[str, Any]]
    """The name of a service, and a call of it."""
    messages: Sequence[Any]
    feedback: Sequence[Any]
    forms: Sequence[dict[str, str]]
    questions: Sequence[Any]
    """Parameters for $translate."""


def seeds(client: FlaskClient) -> Seeds:
    """All of them; the client makes the answers that are sent back as records."""
    cases = [contract(case) for case in CASES]
    stored = [
        _in_a_bundle(orjson.loads(path.read_bytes()))
        for folder in (RECORDS, EXAMPLES)
        for path in sorted(folder.rglob("*.json"))
    ]
    answered = [_json(post(client, case)) for case in cases]
    everything = [*cases, *_made(), *stored, *answered]
    sizes = [len(orjson.dumps(each)) for each in everything]
    small = [each for each, size in zip(everything, sizes, strict=True) if size <= _LARGE]
    large = [each for each, size in zip(everything, sizes, strict=True) if size > _LARGE]
    return Seeds(
        records=[*small, *cases * 6, *_made() * 6],
        large=large,
        calls=_calls(cases),
        messages=[_message(record) for record in (*cases, *_made())],
        feedback=[examples.FEEDBACK, _accepted()],
        forms=_forms(cases),
        questions=[examples.TRANSLATE, _question()],
    )


def _in_a_bundle(found: Any) -> Any:
    """A record; a single resource in a Bundle, for by itself it is refused at once."""
    if not isinstance(found, dict) or found.get("resourceType") in ("Bundle", None):
        return found
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": found}]}


def _json(response: Any) -> Any:
    data = response.get_data()
    return orjson.loads(gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data)


def _made() -> list[Any]:
    """Records in which much hangs together: lesions, groups, forms, orders, references."""
    kidney = [metastasis("T8"), primary("kidney")]
    sins = (
        ("sins-pain", "mechanical"),
        ("sins-bone-lesion", "lytic"),
        ("sins-alignment", "normal"),
        ("sins-collapse", "over-50"),
        ("sins-posterolateral", "bilateral"),
        ("escc-grade", "escc-2"),
    )
    many = [condition("C79.51", at=level) for level in ("C2", "T1", "T4", "T8", "L1", "L4", "S1")]
    answers = [
        {"linkId": "ecog", "answer": [{"valueInteger": 2}]},
        {
            "linkId": "lesion",
            "item": [
                {"linkId": "level", "answer": [{"valueCoding": {"code": "T8"}}]},
                {"linkId": "sins-pain", "answer": [{"valueCoding": {"code": "mechanical"}}]},
            ],
        },
    ]
    form = {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "https://w3id.org/spinemets/Questionnaire/spinal-tumour",
        "authored": "2026-10-01",
        "item": answers,
    }
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": concept(("24725-4", "http://loinc.org")),
        "result": [{"reference": "Observation/r1"}, {"reference": "Observation/r2"}],
    }
    return [
        bundle(*kidney, *(observation(finding, value, at="T8") for finding, value in sins), observation("ecog", 2)),
        bundle(*many, primary("breast"), *(observation(f, v, at="T4") for f, v in sins), observation("karnofsky", 60)),
        bundle(*kidney, form, procedure("108290001", SNOMED, at="T8")),
        bundle(*kidney, observation("ecog", 3, name="r1"), observation("karnofsky", 50, name="r2"), report),
    ]


def _calls(cases: Sequence[Any]) -> list[tuple[str, Any]]:
    order = {
        "resourceType": "ServiceRequest",
        "id": "d1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p1"},
        "code": concept(("108290001", SNOMED), text="Radiotherapy of T8, 8 Gy"),
    }
    found = [(VIEW, examples.CALL)]
    for case in cases:
        found += [(VIEW, call_of(case)), (SELECT, call_of(case, SELECT, order)), (SIGN, call_of(case, SIGN, order))]
    return found


def _message(record: Any) -> Any:
    header = examples.MESSAGE["entry"][0]
    patient = next(each["fullUrl"] for each in record["entry"] if each["resource"]["resourceType"] == "Patient")
    named = {**header, "resource": {**header["resource"], "focus": [{"reference": patient}]}}
    return {**record, "type": "message", "entry": [named, *record["entry"]]}


def _accepted() -> Any:
    one = dict(examples.FEEDBACK["feedback"][0])
    one |= {"outcome": "accepted", "acceptedSuggestions": [{"id": "a"}]}
    reason = {"reason": {"code": "x", "system": "https://w3id.org/spinemets/CodeSystem/override"}, "userComment": "y"}
    return {"feedback": [one, {**examples.FEEDBACK["feedback"][0], "overrideReason": reason}]}


def _forms(cases: Sequence[Any]) -> list[dict[str, str]]:
    typed = {**examples.FORM, "ecog": "2", "age": "62", "albumin": "3.1", "albumin.unit": "g/dL", "as-of": "2026-10-02"}
    two = {**typed, "lesion.1.level": "L2", "lesion.1.level-to": "L4", "lesion.1.escc-grade": "escc-3"}
    found = [typed, two, {"do": "open", "paste": orjson.dumps(cases[0]).decode()}]
    found += [{**typed, "record": packed_record(orjson.dumps(case)), "origin": "record"} for case in cases]
    return found


def _question() -> Any:
    asked = [{"name": "system", "valueUri": SNOMED}, {"name": "code", "valueCode": "94222008"}]
    return {"resourceType": "Parameters", "parameter": asked}
