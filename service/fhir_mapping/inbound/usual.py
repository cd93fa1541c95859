"""Values as nearly all results have them: a plain number in a common unit, or one code.

A record repeats its few codes and units many times, so what follows from these is remembered, and a result pays for its
number alone. The number itself is never kept.
"""

from __future__ import annotations

from contextlib import suppress

from service.evidence import Number, OutsideDomain, Span, Values
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.memory import Memory, is_brief
from service.fhir_mapping.inbound.numbers import in_other_unit
from service.fhir_mapping.inbound.slices import CodeableConcept, Coding, Quantity, Value
from service.fhir_mapping.inbound.units import by_table
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.fhir_mapping.inbound.values import number_of, read
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS
from service.problems import Rejected


def usual(finding: str, value: Value, terms: Terminology) -> Values | None:
    """The possible values that a usual value gives to a finding; nothing in it contradicts itself.

    None for any other value, and for what is wrong: :func:`~service.fhir_mapping.inbound.values.read` gives the same
    where this gives something, and says what is wrong.
    """
    if number_of(value) != 1 or value.data_absent_reason is not None:
        return None
    if value.value_quantity is not None:
        return _number(finding, value.value_quantity)
    if value.value_codeable_concept is not None and len(value.value_codeable_concept.coding) == 1:
        coding = value.value_codeable_concept.coding[0]
        return _BY_CODE[finding, coding.system, coding.code, terms]
    return None


def _number(finding: str, quantity: Quantity) -> Values | None:
    if quantity.value is None or quantity.comparator is not None:
        return None
    scale = _SCALES[finding, quantity.code, quantity.unit]
    if scale is None:
        return None
    domain, unit = scale
    number = by_table(quantity.value, unit, finding, domain.unit)
    return frozenset((Span.point(number),)) if number is not None and domain.low <= number <= domain.high else None


def _scale(asked: tuple[str, str | None, str | None]) -> tuple[Number, str] | None:
    """The domain of a finding, and the unit that a code and a text of one name; None where that takes more to read."""
    finding, code, text = asked
    domain = FINDINGS[finding].domain if finding in FINDINGS else None
    unit = code or text
    if not isinstance(domain, Number) or domain.whole or not unit or (domain.unit == "1" and unit.startswith("{")):
        return None
    if in_other_unit(finding, Value(value_quantity=Quantity(value=1.0, unit=text, code=code))) is not None:
        return None
    return (domain, unit) if by_table(1.0, unit, finding, domain.unit) is not None else None


_SCALES = Memory(_scale, most=4096, is_short=lambda asked: is_brief(*asked[1:]))


def _of_code(asked: tuple[str, str | None, str | None, Terminology]) -> Values | None:
    """What one code says of a finding; None where that takes more to read, or is wrong."""
    finding, system, code, terms = asked
    if finding not in FINDINGS or finding == terminology.LEVEL:  # which says where the rest is
        return None
    with suppress(OutsideDomain, NotReadable, Rejected):
        concept = CodeableConcept([Coding(system=system, code=code)])
        return read(finding, Value(value_codeable_concept=concept), "", terms)
    return None


_BY_CODE = Memory(_of_code, most=4096, is_short=lambda asked: is_brief(*asked[1:3]))
