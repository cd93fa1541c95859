"""The value of an Observation as possible values of a finding."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from service.evidence import Choice, Number, OutsideDomain, Span, Values, agree
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.numbers import in_other_unit, span_of
from service.fhir_mapping.inbound.slices import CodeableConcept, Value
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS, Finding
from service.problems import Ledger, Problem, Rejected
from service.text import phrase

_LOCAL = (terminology.FINDING_VALUE, terminology.TUMOUR)
_TWO_UNITS = "the text of its unit names another unit than the code does; what a body can have of both stays possible"
#: Zones and layers, of which a value names all.
_SEVERAL_AT_ONCE = ("wbb-zones", "wbb-layers")
_CODES_DIFFER = "the codes of its value contradict each other; each stays possible"
_PLAIN_NUMBER = re.compile(r"\s*(\d{1,3})\s*%?\s*", re.ASCII)
_ZONES = re.compile(r"\s*(\d{1,2})\s*(?:-\s*(\d{1,2}))?\s*", re.ASCII)


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
            span = span_of(found, value, "%", path)
            sets = [values for part, values in found.from_percent if part.meet(span)]
            if not sets:
                raise OutsideDomain("as a percentage is from 0 to 100")
            return frozenset().union(*sets)
        numbers = [v for v in domain.values if isinstance(v, int) and not isinstance(v, bool)]
        if numbers:
            span = span_of(found, value, "", path)
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
    return span_of(found, value, domain.unit, path)


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
