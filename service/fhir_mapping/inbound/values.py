"""The value of an Observation as possible values of a finding."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from service.evidence import Choice, Number, OutsideDomain, Span, Values, agree
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.inbound.slices import CodeableConcept, Quantity, Range, Value
from service.fhir_mapping.inbound.units import UnknownUnit, by_table, convert
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS, Finding
from service.problems import Ledger, Problem, Rejected
from service.text import phrase

_LOCAL = (terminology.FINDING_VALUE, terminology.TUMOUR)
_TWO_UNITS = "the text of its unit names another unit than the code does; what a body can have of both stays possible"
#: Zones and layers, of which a value names all.
_SEVERAL_AT_ONCE = ("wbb-zones", "wbb-layers")
_CODES_DIFFER = "the codes of its value contradict each other; each stays possible"
_LONGEST = 64
_PLAIN_NUMBER = re.compile(r"\s*(\d{1,3})\s*%?\s*", re.ASCII)
_ZONES = re.compile(r"\s*(\d{1,2})\s*(?:-\s*(\d{1,2}))?\s*", re.ASCII)


class NotReadable(Exception):
    """A value that is not wrong and still says nothing that can be used; goes to the ledger."""

    def __init__(self, code: Ledger, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def read(finding: str, value: Value, path: str, terms: Terminology, *, ours: bool = True) -> Values:
    """The possible values that an Observation or a component gives to a finding.

    ``ours``: it was asked for by this project's code. A standard code for a yes or no, such as that of a receptor,
    may come with a percentage or a text by its own rules, which is no error.

    Raises:
        NotReadable: there is no usable value, for the reason it holds.
        Rejected: 422 for a value outside the domain, or a unit that is unknown.
    """
    found = FINDINGS[finding]
    if number_of(value) > 1:
        message = phrase(
            "{finding} has two values here, and FHIR allows one. Send the one that is meant.", finding=found.title
        )
        raise Rejected(422, Problem("invariant", message, path))
    if value.data_absent_reason is not None:
        raise NotReadable(
            Ledger.DATA_ABSENT,
            phrase("{finding}: the value is given as absent, so it stays unknown", finding=found.title),
        )
    value = _with_plain_number(found, value)
    try:
        if finding in _SEVERAL_AT_ONCE:
            return _several(finding, value, path)
        if isinstance(found.domain, Number):
            return _measured(found, found.domain, value, path)
        return _listed(found, found.domain, value, path, terms)
    except OutsideDomain as error:
        if found.is_yes_no and not ours:
            raise NotReadable(
                Ledger.NO_VALUE, phrase("{finding}: neither yes nor no is said", finding=found.title)
            ) from None
        has_unit = isinstance(found.domain, Number) and found.domain.unit != "1"
        mend = "Correct the value, or its unit." if has_unit else "Correct the value."
        message = phrase("{finding} {error}. {mend}", finding=found.title, error=error.args[0], mend=mend)
        raise Rejected(422, Problem("value", message, f"{path}.value")) from None


def is_brief(*texts: str | None) -> bool:
    """Whether codes and units are worth remembering: what is long is neither, and texts of a record are not kept."""
    return all(text is None or len(text) <= _LONGEST for text in texts)


def contradictions(finding: str, value: Value, terms: Terminology) -> Iterator[str]:
    """What in one value contradicts itself, in words; all that it may mean stays possible."""
    title = FINDINGS[finding].title
    if _codes_differ(finding, value, terms):
        yield phrase("{finding}: {codes_differ}", finding=title, codes_differ=_CODES_DIFFER)
    if in_other_unit(finding, value) is not None:
        yield phrase("{finding}: {two_units}", finding=title, two_units=_TWO_UNITS)


def _codes_differ(finding: str, value: Value, terms: Terminology) -> bool:
    """Whether the codes of one value contradict each other, each of which then stays possible."""
    concept = value.value_codeable_concept
    if concept is None or len(concept.coding) < 2 or finding not in FINDINGS or finding in _SEVERAL_AT_ONCE:
        return False
    understood: list[Values] = []
    for coding in concept.coding:
        with suppress(NotReadable, Rejected):
            understood.append(read(finding, Value(value_codeable_concept=CodeableConcept([coding])), "", terms))
    return len(understood) > 1 and agree(understood)[1]


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


def _measured(found: Finding, domain: Number, value: Value, path: str) -> Values:
    """A number; where the text of its unit contradicts the code, each of both that a body can have.

    Raises:
        OutsideDomain: there is none.
    """
    other = in_other_unit(found.code, value)
    if other is None:
        return domain.only(_number(found, domain, value, path))
    possible: list[Values] = []
    outside: OutsideDomain | None = None
    for each in (value, other):
        try:
            possible.append(domain.only(_number(found, domain, each, path)))
        except OutsideDomain as error:
            outside = outside or error
    if not possible and outside is not None:
        raise outside
    return frozenset().union(*possible)


def number_of(value: Value) -> int:
    """How many values there are, of the kinds that are read."""
    given = (
        value.value_codeable_concept,
        value.value_quantity,
        value.value_range,
        value.value_integer,
        value.value_boolean,
        value.value_string,
    )
    return len(given) - given.count(None)


def _listed(found: Finding, domain: Choice, value: Value, path: str, terms: Terminology) -> Values:
    """A finding with listed values: coded, boolean, or a number where the values are numbers."""
    if value.value_codeable_concept is not None:
        return _coded(found, domain, value.value_codeable_concept, f"{path}.valueCodeableConcept", terms)
    if value.value_boolean is not None:
        return domain.only(value.value_boolean)
    if any(option is not None for option in (value.value_integer, value.value_quantity, value.value_range)):
        if found.from_percent:
            span = _span(found, value, "%", path)
            sets = [values for part, values in found.from_percent if part.meet(span)]
            if not sets:
                raise OutsideDomain("as a percentage is from 0 to 100")
            return frozenset().union(*sets)
        numbers = [v for v in domain.values if isinstance(v, int) and not isinstance(v, bool)]
        if numbers:
            span = _span(found, value, "", path)
            if span.is_point:
                return domain.only(int(span.low) if span.low == int(span.low) else span.low)
            return frozenset(n for n in numbers if span.meet(Span.point(n))) or domain.only(span)
    if value.value_string is not None or value.value_integer is not None or value.value_quantity is not None:
        raise OutsideDomain(
            phrase(
                "is not given this way, but as a {kind}: it {first}", kind=_kind(found, domain), first=_first(domain)
            )
        )
    raise NotReadable(Ledger.NO_VALUE, phrase("{finding}: no value that can be read", finding=found.title))


def _kind(found: Finding, domain: Choice) -> str:
    """The element that holds such a value."""
    if found.is_yes_no:
        return "valueBoolean"
    return "valueInteger" if any(isinstance(v, int) for v in domain.values) else "valueCodeableConcept"


def _with_plain_number(found: Finding, value: Value) -> Value:
    """A value whose text is one plain number, such as ``1`` or ``70 %``, as that number."""
    domain = found.domain
    if isinstance(domain, Number):
        is_count = domain.whole
    else:
        is_count = not found.is_yes_no and any(isinstance(v, int) for v in domain.values)
    match = _PLAIN_NUMBER.fullmatch(value.value_string or "") if is_count else None
    return value if match is None else replace(value, value_string=None, value_integer=int(match[1]))


def _first(domain: Choice) -> str:
    try:
        domain.only(object())
    except OutsideDomain as error:
        text: str = error.args[0]
        return text
    return ""  # pragma: no cover  # object() is in no domain


def _coded(found: Finding, domain: Choice, concept: CodeableConcept, path: str, terms: Terminology) -> Values:
    understood: list[Values] = []
    plain: dict[str, Hashable] = {str(v).lower() if isinstance(v, bool) else str(v): v for v in domain.values}
    for n, coding in enumerate(concept.coding):
        system, code = terminology.normal(coding.system, coding.code)
        if system in _LOCAL:
            try:
                understood.append(domain.only(plain.get(code, code)))
            except OutsideDomain as error:
                message = phrase("{finding} {error}. Correct the code.", finding=found.title, error=error.args[0])
                raise Rejected(422, Problem("code-invalid", message, f"{path}.coding[{n}].code")) from None
            continue
        answer = terms.answer(found.code, coding.system, coding.code)
        if answer is not None:
            understood.append(answer)
    if not understood and any(terms.says_nothing(c.system, c.code) for c in concept.coding):
        raise NotReadable(Ledger.NO_VALUE, phrase("{finding}: an answer that gives no value", finding=found.title))
    if not understood:
        raise NotReadable(
            Ledger.NOT_UNDERSTOOD, phrase("{finding}: none of the codes of the value is known", finding=found.title)
        )
    values, _ = agree(understood)
    return values


def _number(found: Finding, domain: Number, value: Value, path: str) -> Span:
    if value.value_quantity is None and value.value_integer is None and value.value_range is None:
        if value.value_boolean is not None or (domain.whole and value.value_string is not None):
            raise OutsideDomain("is a number")
        raise NotReadable(Ledger.NO_VALUE, phrase("{finding}: no number that can be read", finding=found.title))
    return _span(found, value, domain.unit, path)


def _span(found: Finding, value: Value, unit: str, path: str) -> Span:
    """The number, comparator or range of a value, in the unit of the finding (none: as it stands)."""
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


def _several(finding: str, value: Value, path: str) -> Values:
    """WBB zones (``4-8``, ``4,5,6``) and layers (``A,B``): one value that holds all of them."""
    if not value.value_string:
        raise NotReadable(
            Ledger.NO_VALUE, phrase("{finding}: no text that can be read", finding=FINDINGS[finding].title)
        )
    parts = value.value_string.replace(";", ",").split(",")
    if finding == "wbb-layers":
        layers = sorted({part.strip().upper() for part in parts})
        if not set(layers) <= set("ABCDE"):
            raise OutsideDomain("are letters from A to E, such as A,B,C")
        return frozenset((tuple(layers),))
    zones: set[int] = set()
    for part in parts:
        match = _ZONES.fullmatch(part)
        if match is None:
            raise OutsideDomain("are numbers from 1 to 12, such as 4-8 or 4,5,6")
        first, last = int(match[1]), int(match[2] or match[1])
        # Zones go around: 10-3 is 10, 11, 12, 1, 2, 3.
        zones |= set(range(first, last + 1)) if first <= last else {*range(first, 13), *range(1, last + 1)}
    if not zones <= set(range(1, 13)):
        raise OutsideDomain("are numbers from 1 to 12, such as 4-8 or 4,5,6")
    return frozenset((tuple(sorted(zones)),))
