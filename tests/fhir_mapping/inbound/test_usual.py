"""Usual values are read as all others are, and nothing of one result is left in the next."""

from __future__ import annotations

from itertools import product

import pytest

from service.evidence import Span, Values
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding, Quantity, Value
from service.fhir_mapping.inbound.units import is_unusual
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.fhir_mapping.inbound.usual import usual
from service.fhir_mapping.inbound.values import contradictions, read
from service.fhir_mapping.terminology import FINDING_VALUE, STANDARD, Terminology
from service.findings import FINDINGS
from service.problems import Rejected

_NUMBERS = (0, 1, 3.7, 37, 13.456789012345, 250, 1e5, 1e308, -1)
_UNITS = (None, "", "1", "%", "{score}", "g/dL", "g/L", "mmol/L", "umol/L", "10*3/uL", "K/uL", "U/L", "mo", "a", "ell")
_SYSTEMS = (FINDING_VALUE, "http://snomed.info/sct", "http://loinc.org", None)


def _read(finding: str, value: Value) -> Values | None:
    try:
        return read(finding, value, "here", STANDARD)
    except (NotReadable, Rejected):
        return None


def _quantities() -> list[Quantity]:
    return [
        Quantity(value=number, comparator=comparator, unit=text, code=code)
        for number, text, code in product((None, *_NUMBERS), _UNITS, _UNITS)
        for comparator in (None, "<")
    ]


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_usual_number_is_read_as_any_other_with_nothing_to_remark(finding: str) -> None:
    for quantity in _quantities():
        value = Value(value_quantity=quantity)
        found = usual(finding, value, STANDARD)
        if found is not None:
            assert found == _read(finding, value)
            assert not list(contradictions(finding, value, STANDARD))
            assert not is_unusual(quantity.code or quantity.unit or "")


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_usual_code_is_read_as_any_other_with_nothing_to_remark(finding: str) -> None:
    domain = FINDINGS[finding].domain
    ours = [str(each) for each in (*getattr(domain, "values", ()), *getattr(domain, "groups", ()))]
    for system, code in product(_SYSTEMS, (*ours, "8517006", "LA18976-3", "", None)):
        value = Value(value_codeable_concept=CodeableConcept([Coding(system=system, code=code)]))
        found = usual(finding, value, STANDARD)
        if found is not None:
            assert found == _read(finding, value)
            assert not list(contradictions(finding, value, STANDARD))


def test_each_result_has_its_own_number_in_its_own_unit() -> None:
    given = [(3.7, "g/dL"), (37, "g/L"), (3.7, "g/dL"), (4.1, "g/dL"), (0.6, "mmol/L"), (41, "g/L")]
    found = [usual("albumin", Value(value_quantity=Quantity(value=n, unit=u, code=u)), STANDARD) for n, u in given]
    assert found == [frozenset((Span.point(n),)) for n in (3.7, 3.7, 3.7, 4.1, 3.99, 4.1)]


def test_each_finding_has_its_own_answer_to_a_code() -> None:
    def said(finding: str, code: str) -> Values | None:
        value = Value(value_codeable_concept=CodeableConcept([Coding(system=FINDING_VALUE, code=code)]))
        return usual(finding, value, STANDARD)

    assert said("escc-grade", "escc-2") == frozenset(("escc-2",))
    assert said("escc-grade", "escc-3") == frozenset(("escc-3",))
    assert said("sins-pain", "escc-2") is None


@pytest.mark.parametrize(
    "value",
    [
        Value(value_quantity=Quantity(value=3.7, unit="g/dL", comparator="<")),
        Value(value_quantity=Quantity(value=3.7, unit="g/L", code="g/dL")),
        Value(value_quantity=Quantity(value=3.7, unit="g/dL"), value_integer=4),
        Value(value_quantity=Quantity(value=3.7, unit="g/dL"), data_absent_reason=CodeableConcept()),
        Value(value_quantity=Quantity(value=3700, unit="g/dL")),
        Value(value_quantity=Quantity(value=3.7)),
        Value(value_string="3.7"),
        Value(),
    ],
)
def test_any_other_value_is_left_to_be_read_whole(value: Value) -> None:
    assert usual("albumin", value, STANDARD) is None


def test_each_site_has_its_own_answer_to_a_code() -> None:
    site = Terminology(STANDARD.maps, {("urn:oid:1.2.3", "ex"): ("http://snomed.info/sct", "8517006")})
    ours = Value(value_codeable_concept=CodeableConcept([Coding(system="urn:oid:1.2.3", code="ex")]))
    theirs = Value(value_codeable_concept=CodeableConcept([Coding(system="http://snomed.info/sct", code="8517006")]))
    found = usual("smoking", theirs, STANDARD)
    assert found is not None
    assert [usual("smoking", ours, terms) for terms in (STANDARD, site, STANDARD)] == [None, found, None]
