"""The number that a value gives: its comparator or range, its unit, and a unit whose text is another than its code."""

from __future__ import annotations

import math

from msgspec.structs import replace

from service.evidence import Number, Span
from service.fhir_mapping.inbound.memory import Memory, is_brief
from service.fhir_mapping.inbound.slices import Quantity, Range, Value
from service.fhir_mapping.inbound.units import UnknownUnit, by_table, convert
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.findings import FINDINGS, Finding
from service.problems import Ledger, Problem, Rejected
from service.text import phrase


def span_of(found: Finding, value: Value, unit: str, path: str) -> Span:
    """The number, comparator or range of a value, in the unit of the finding (none: as it stands).

    Raises:
        NotReadable: it has no number, or none of which the unit is known to be meant.
        Rejected: 422 for a unit that is unknown, a range that is turned round, or what is no number.
    """
    if value.value_integer is not None:
        if unit not in ("", "1", "%"):
            raise NotReadable(
                Ledger.NO_UNIT,
                phrase("{finding}: a number without a unit is not used; send a Quantity", finding=found.title),
            )
        return Span.point(value.value_integer)
    if value.value_quantity is not None:
        return _quantity(found, value.value_quantity, unit, f"{path}.valueQuantity")
    return _range(found, value.value_range or Range(), unit, f"{path}.valueRange")


def _quantity(found: Finding, quantity: Quantity, unit: str, path: str) -> Span:
    number = _in_unit(found, quantity, unit, path)
    match quantity.comparator:
        case "<":
            return Span(-math.inf, number, high_open=True)
        case "<=":
            return Span(-math.inf, number)
        case ">":
            return Span(number, math.inf, low_open=True)
        case ">=":
            return Span(number, math.inf)
        case _:
            return Span.point(number)


def _range(found: Finding, limits: Range, unit: str, path: str) -> Span:
    low = _in_unit(found, limits.low, unit, f"{path}.low") if limits.low else -math.inf
    high = _in_unit(found, limits.high, unit, f"{path}.high") if limits.high else math.inf
    if low > high:
        raise Rejected(422, Problem("invariant", "The low end is above the high end. Correct the range.", path))
    return Span(low, high)


def _in_unit(found: Finding, quantity: Quantity, unit: str, path: str) -> float:
    if quantity.value is None:
        raise NotReadable(Ledger.NO_VALUE, phrase("{finding}: a Quantity without a value", finding=found.title))
    if not math.isfinite(quantity.value):
        raise Rejected(
            422,
            Problem("value", phrase("{finding} is a number. Correct the value.", finding=found.title), f"{path}.value"),
        )
    if not unit:
        return quantity.value
    # The code counts, not the text beside it; the text only where there is no code.
    given = quantity.code or quantity.unit
    if not given:
        if unit in ("1", "%"):
            return quantity.value
        raise NotReadable(
            Ledger.NO_UNIT,
            phrase("{finding}: a number without a unit is not used; send the UCUM code", finding=found.title),
        )
    if unit == "1" and given.startswith("{"):
        return quantity.value
    try:
        return convert(quantity.value, given, found.code, unit)
    except UnknownUnit:
        message = phrase(
            "The unit of {finding} is not known, or not one that it can have. Send UCUM, such as {unit}.",
            finding=found.title,
            unit=unit,
        )
        raise Rejected(422, Problem("code-invalid", message, f"{path}.{'code' if quantity.code else 'unit'}")) from None


def in_other_unit(finding: str, value: Value) -> Value | None:
    """The same value in the unit that its text names; None where that is the unit of its code, or is not known."""
    quantity = value.value_quantity
    if quantity is None or quantity.value is None or quantity.code is None or quantity.unit is None:
        return None
    if quantity.code == quantity.unit or not _DIFFER[finding, quantity.code, quantity.unit]:
        return None
    return replace(value, value_quantity=replace(quantity, code=None))


def _differ(asked: tuple[str, str, str]) -> bool:
    """Whether a code and a text are two units that a finding can have."""
    finding, *both = asked
    domain = FINDINGS[finding].domain if finding in FINDINGS else None
    if not isinstance(domain, Number):
        return False
    # A million, so that rounding hides no difference.
    by_code, by_text = (by_table(1e6, unit, finding, domain.unit) for unit in both)
    return by_code is not None and by_text is not None and not math.isclose(by_code, by_text, rel_tol=1e-3)


_DIFFER = Memory(_differ, most=4096, is_short=lambda asked: is_brief(*asked[1:]))
