"""Large input within the limit: it costs what it is worth, and nothing of it stays behind.

Nothing here is timed: work is counted, sizes are compared.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.fhir_mapping.inbound import units
from service.fhir_mapping.terminology.compiling import by_stem
from tests.support.door import check_refusal, post
from tests.support.records import (
    ICD_10_CM,
    LOINC,
    UCUM,
    VALUE,
    bundle,
    concept,
    condition,
    metastasis,
    observation,
    procedure,
)

MEGABYTE = 1_000_000


class Registry:
    """A UCUM library that knows no unit, and counts how often it is asked."""

    asked = 0

    def from_ucum(self, unit: str) -> None:
        self.asked += 1
        raise ValueError(unit)


class Counting(dict[Any, Any]):
    """A table that counts how often it is asked."""

    asked = 0

    def __contains__(self, key: object) -> bool:
        self.asked += 1
        return super().__contains__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        self.asked += 1
        return super().get(key, default)


@pytest.mark.parametrize("code", ["C50" + "1" * 10_000, "X" * 10_000])
def test_a_code_is_looked_up_by_a_few_stems_however_long_it_is(code: str) -> None:
    table = Counting({(ICD_10_CM, "C50"): ()})
    by_stem(table)((ICD_10_CM, code))
    assert table.asked <= 20


def test_an_answer_grows_with_the_number_of_results_that_disagree_and_not_with_its_square(client: FlaskClient) -> None:
    def size(count: int) -> int:
        results = [observation("ecog", n % 5, name=f"e{n:04}") for n in range(count)]
        return len(post(client, bundle(metastasis(), *results)).get_data())

    few, many = size(100), size(400)
    assert many < 6 * few


def test_a_unit_that_is_none_is_parsed_once_however_often_it_comes(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = Registry()
    monkeypatch.setattr(units, "_registry", lambda: registry)
    results = [observation("albumin", (3, "furlong-a"), name=f"e{n}") for n in range(500)]
    check_refusal(post(client, bundle(metastasis(), *results)), 422)
    assert registry.asked <= 2


@pytest.mark.parametrize("form", [lambda n: (3, f"g/L{{{n}}}"), lambda n: {"valueRange": {"low": unit(n)}}])
def test_units_that_have_to_be_parsed_are_few(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, form: Callable[[int], Any]
) -> None:
    registry = Registry()
    monkeypatch.setattr(units, "_registry", lambda: registry)
    results = [observation("albumin", form(n), name=f"e{n}") for n in range(500)]
    outcome = check_refusal(post(client, bundle(metastasis(), *results)), 413)
    assert any("More than 50 different units" in issue["diagnostics"] for issue in outcome["issue"])
    assert registry.asked <= 51


def unit(n: int) -> dict[str, Any]:
    return {"value": 30, "system": UCUM, "code": f"g/L.{n}"}


def test_scales_that_contradict_each_other_a_thousand_times_are_compared_once_for_each(client: FlaskClient) -> None:
    def size(count: int) -> int:
        one = [observation("ecog", 0, name=f"e{n:04}") for n in range(count)]
        other = [observation("karnofsky", 30, name=f"k{n:04}") for n in range(count)]
        return len(post(client, bundle(metastasis(), *one, *other)).get_data())

    few, many = size(50), size(200)
    assert many < 6 * few


def test_a_thousand_problems_get_a_short_refusal(client: FlaskClient) -> None:
    wrong = [observation("ecog", 9, name=f"e{n}") for n in range(1_000)]
    outcome = check_refusal(post(client, bundle(metastasis(), *wrong)), 422)
    assert len(outcome["issue"]) <= 100


RECORDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "code of an observation": lambda text: observation(text, 1, system=LOINC),
    "text of an observation": lambda text: observation("x", 1, code={"text": text}),
    "display of a diagnosis": lambda text: condition("x", code={"coding": [{"display": text}]}),
    "code of a procedure": procedure,
    "code of an answer": lambda text: observation(
        "ecog", {"valueCodeableConcept": concept((text, "urn:x"), ("1", VALUE))}
    ),
    "code of a body site": lambda text: observation("sins-pain", "mechanical", bodySite=concept((text, "urn:x"))),
    "unit": lambda text: observation("albumin", (3, text)),
    "note": lambda text: observation("ecog", 1, note=[{"text": text}]),
}


@pytest.mark.parametrize("name", RECORDS)
def test_nothing_of_a_record_stays_in_memory(client: FlaskClient, name: str) -> None:
    def ask(n: int) -> None:
        post(client, bundle(metastasis(), RECORDS[name](f"{n}" + "y" * MEGABYTE)))

    ask(0)
    tracemalloc.start()
    try:
        ask(1)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for n in range(2, 7):
            ask(n)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MEGABYTE
