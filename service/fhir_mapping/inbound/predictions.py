"""The predictions of a result that was computed elsewhere: their form is checked, and their content is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from service.evidence import When
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.slices import CodeableConcept, Period, Quantity, Range, RiskPrediction, Value
from service.handoffs import BY_RISK, Length, Prediction
from service.problems import Problem, Rejected
from service.text import phrase, quoted, series

RISK_PROBABILITY = "http://terminology.hl7.org/CodeSystem/risk-probability"
#: The UCUM codes of lengths of time.
TIMES = frozenset(("a", "mo", "wk", "d", "h", "min"))
_LONGEST = 200
_HALF = _LONGEST // 2 - 2
_PERCENT = frozenset(("%", "percent"))
_MOMENT = re.compile(
    r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)))?)?)?", re.ASCII
)


def prediction(given: RiskPrediction, predicts: str, path: str, notes: Notebook) -> Prediction | None:
    """A prediction of a RiskAssessment; None where it says nothing that can be shown.

    ``predicts`` is what the model predicts, said where the sender does not say it.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    if given.probability_decimal is not None and given.probability_range is not None:
        message = "A probability is given twice. Send probabilityDecimal or probabilityRange."
        raise Rejected(422, Problem("structure", message, path))
    risk, risk_text = _risk(given.qualitative_risk)
    outcome = words(given.outcome)
    probability = _probability(given, path)
    within = _lengths(given.when_range, f"{path}.whenRange")
    dates = period(given.when_period, f"{path}.whenPeriod", notes)
    if not outcome and probability is None and not risk_text:
        return None
    return Prediction(outcome or predicts, probability, risk, risk_text, within, None if within else dates)


def of_value(given: Value, title: str, path: str) -> Prediction | None:
    """The value of an Observation as a prediction of what its code is about; None where there is no value.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    quantity = given.value_quantity
    if quantity is not None and quantity.value is not None:
        if _is_percent(quantity) and quantity.comparator is None:
            return Prediction(title, percentage(quantity.value, f"{path}.valueQuantity.value"))
        unit = quantity.unit or quantity.code or ""
        said = f"{quantity.comparator or ''}{quantity.value:.10g}{f' {unit}' if unit else ''}"
    elif given.value_integer is not None:
        said = str(given.value_integer)
    elif given.value_codeable_concept is not None:
        said = words(given.value_codeable_concept)
    else:
        said = given.value_string or ""
    said = short(said, _HALF)
    named = title if len(title) <= _HALF else short(title, _HALF)
    return Prediction(series(": ", (named, said))) if said else None


def percentage(value: float, path: str) -> float:
    """A probability, which R4 gives in per cent.

    Raises:
        Rejected: 422 for what is not from 0 to 100.
    """
    if 0 <= value <= 100:
        return value
    raise Rejected(422, Problem("value", "A probability is a percentage from 0 to 100. Correct the value.", path))


def short(text: str, longest: int = _LONGEST) -> str:
    """A text of the record on one line, and not longer than it has to be."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 2 * longest]).split())
    return quoted(line if len(line) <= longest else f"{line[: longest - 3].rstrip()}...")


def words(concept: CodeableConcept | None) -> str:
    """What a concept says in words, or its code where it has none."""
    if concept is None:
        return ""
    given = (*concept.words, *(c.code for c in concept.coding if c.code))
    return next((said for said in map(short, given) if said), "")


def moment(then: When) -> str:
    """A time as a FHIR dateTime: as it was sent, or in UTC where that was not quite one."""
    if not then.text or _MOMENT.fullmatch(then.text):
        return then.text
    return datetime.fromtimestamp(int(then.start), UTC).isoformat().replace("+00:00", "Z")


def period(given: Period | None, path: str, notes: Notebook) -> tuple[str, str] | None:
    """Start and end of a period as FHIR dates.

    Raises:
        Rejected: 422 for what is no date, or a period that ends before it starts.
    """
    if given is None or not (given.start or given.end):
        return None
    start, end = notes.date(given.start, f"{path}.start"), notes.date(given.end, f"{path}.end")
    if start.start > end.end:
        raise Rejected(422, Problem("invariant", "The period ends before it starts. Correct the dates.", path))
    return moment(start), moment(end)


def _risk(concept: CodeableConcept | None) -> tuple[str, str]:
    if concept is None:
        return "", ""
    code = next((c.code for c in concept.coding if c.system == RISK_PROBABILITY and c.code in BY_RISK), None) or ""
    return code, next(filter(None, map(short, concept.words)), BY_RISK.get(code, "")) or words(concept)


def _is_percent(quantity: Quantity) -> bool:
    return (quantity.code or quantity.unit or "").strip().lower() in _PERCENT


def _probability(given: RiskPrediction, path: str) -> float | tuple[float | None, float | None] | None:
    if given.probability_decimal is not None:
        return percentage(given.probability_decimal, f"{path}.probabilityDecimal")
    if given.probability_range is None:
        return None
    path = f"{path}.probabilityRange"
    limits: list[float | None] = []
    for end, name in ((given.probability_range.low, "low"), (given.probability_range.high, "high")):
        if end is None or end.value is None:
            limits.append(None)
            continue
        if not _is_percent(end):
            message = "The ends of a probability are percentages. Send the UCUM code %."
            raise Rejected(422, Problem("invariant", message, f"{path}.{name}"))
        limits.append(percentage(end.value, f"{path}.{name}.value"))
    low, high = limits
    if low is not None and high is not None and low > high:
        raise Rejected(422, Problem("invariant", "The low end is above the high end. Correct the range.", path))
    return None if low is None and high is None else (low, high)


def _lengths(given: Range | None, path: str) -> tuple[Length | None, Length | None] | None:
    """The time within which something is predicted."""
    if given is None:
        return None
    low, high = _length(given.low, f"{path}.low"), _length(given.high, f"{path}.high")
    if low and high and low[1] == high[1] and low[0] > high[0]:
        raise Rejected(422, Problem("invariant", "The low end is above the high end. Correct the range.", path))
    return (low, high) if low or high else None


def _length(given: Quantity | None, path: str) -> Length | None:
    if given is None or given.value is None:
        return None
    unit = (given.code or given.unit or "").strip()
    if unit not in TIMES:
        message = phrase("A length of time needs a UCUM code. Send one of {values}.", values=", ".join(sorted(TIMES)))
        raise Rejected(422, Problem("code-invalid", message, f"{path}.{'code' if given.code else 'unit'}"))
    if not 0 <= given.value < 1e6:
        raise Rejected(422, Problem("value", "This is no length of time. Correct the value.", f"{path}.value"))
    return given.value, unit
