"""Models that are computed elsewhere, as FHIR: their inputs as Parameters, and results that came back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from service import wording
from service.assessment import Assessment
from service.evidence import Evidence, Number, Span, Values
from service.fhir_mapping.inbound.predictions import RISK_PROBABILITY
from service.fhir_mapping.outbound.building import (
    NO_PROBABILITY,
    OUTSIDE_VALIDITY,
    UCUM,
    Resource,
    coding,
    concept,
    notes_of,
    plain,
    reference,
)
from service.fhir_mapping.outbound.frame import Frame
from service.fhir_mapping.outbound.pieces import Made, Piece, Run, Story
from service.findings import FINDINGS
from service.handoffs import (
    Answered,
    Collected,
    HandOff,
    Length,
    Prediction,
    Returned,
    State,
    exclusions,
)
from service.scoring.model import Remark
from service.text import Worded, phrase, series

CONTAINED = "handoffs"


def parameters(assessment: Assessment) -> list[Resource]:
    """The hand-offs, each a parameter of the Parameters that the GuidanceResponse contains."""
    sources: dict[str, list[Resource]] = {}
    return [_hand_off(found, sources, assessment.inputs) for found in assessment.handoffs]


def _sources(evidence: Evidence, known: Mapping[str, str]) -> list[Resource]:
    """The resources that say what is known of an input."""
    named = [name for name in evidence.sources if name in known]
    return [{"name": "reference", "valueReference": reference(name, known[name])} for name in named]


def lines(assessment: Assessment) -> list[str]:
    """A line for each hand-off, for the narrative."""
    return [_line(found.hand_off, Worded(wording.handed_off(found))) for found in assessment.handoffs]


@lru_cache(maxsize=4096)
def _line(hand_off: HandOff, said: Worded) -> str:
    return series(": ", (hand_off.title, said.text))


def _hand_off(found: Collected, sources: dict[str, list[Resource]], known: Mapping[str, str]) -> Resource:
    """A hand-off. ``sources`` are those of the findings so far, for several of them ask for the same."""
    parts = [
        _about(found.hand_off),
        {"name": "applicable", "valueBoolean": found.applicable},
        *[{"name": "reason", "valueString": _reason(said.remark, certain=said.certain)} for said in found.excluded],
        *[{"name": "caution", "valueString": wording.caution(said)} for said in found.cautions],
    ]
    for answered, evidence in found.inputs:
        finding = answered.input.finding
        named = sources.get(finding)
        if named is None:
            named = sources[finding] = _sources(evidence, known)
        parts.append({"name": "input", "part": [_said(answered), *named]} if named else _unsaid(answered))
    return {"name": "hand-off", "part": parts}


# The parts below follow from the tables alone and are shared by answers: nobody changes them.


@lru_cache(maxsize=256)
def _reason(remark: Remark, *, certain: bool) -> str:
    return phrase("Not applicable: {text}." if certain else "Perhaps not applicable: {text}.", text=remark.text)


@lru_cache(maxsize=64)
def _about(hand_off: HandOff) -> Run:
    """What is said of a hand-off whoever the patient is."""
    calculator = [{"name": "calculator", "valueUri": hand_off.url}] if hand_off.url else []
    return Run(
        [
            {"name": "code", "valueCoding": coding("score", hand_off.code)},
            {"name": "title", "valueString": hand_off.title},
            {"name": "predicts", "valueString": hand_off.predicts},
            {"name": "why", "valueString": hand_off.why},
            *calculator,
        ]
    )


@lru_cache(maxsize=8192)
def _unsaid(answered: Answered) -> Piece:
    """An input of which no resource says anything."""
    return Piece({"name": "input", "part": [_said(answered)]})


@lru_cache(maxsize=8192)
def _said(answered: Answered) -> Run:
    """The parts of an input: which it is, its state and its value."""
    asked, state, values, group = answered.input, answered.state, answered.values, answered.group
    parts: list[Resource] = []
    if asked.finding:
        parts.append({"name": "finding", "valueCode": asked.finding})
    if asked.asks:
        parts.append({"name": "question", "valueString": asked.asks})
    parts.append({"name": "state", "valueCode": state.value})
    if state not in (State.MISSING, State.NOT_READ):
        parts.append({"name": "value", **_value(asked.finding, values)})
    if group:
        parts.append({"name": "group", "valueString": group})
    if asked.low is not None and asked.high is not None:
        unit = _unit(asked.finding)
        limits = {"low": {"value": asked.low, **unit}, "high": {"value": asked.high, **unit}}
        parts.append({"name": "accepts", "valueRange": limits})
    return Run(parts)


def _value(finding: str, values: Values) -> Resource:
    number = next(iter(values)) if len(values) == 1 else None
    if isinstance(number, Span) and number.is_point:
        return {"valueQuantity": {"value": plain(number.low), **_unit(finding)}}
    return {"valueString": wording.values_of(finding, values)}


def _unit(finding: str) -> Resource:
    domain = FINDINGS[finding].domain
    unit = domain.unit if isinstance(domain, Number) else "1"
    return {"unit": unit, "system": UCUM, "code": unit}


def risk_assessment(returned: Returned, frame: Frame) -> Made:
    """A result that came with the record, beside our own: what it says, where it came from, what is known of it."""
    hand_off, assessment = returned.hand_off, frame.assessment
    outside = [wording.outside(said) for said in exclusions(hand_off, assessment.case)]
    cautions = [
        wording.caution(said) for found in assessment.handoffs if found.hand_off is hand_off for said in found.cautions
    ]
    notes = [
        wording.received(returned),
        *outside,
        *cautions,
        *_known_of(hand_off),
        *(["Below 1 %: in FHIR R4 a probability is a percentage, and 0.63 is 0.63 %."] if _tiny(returned) else []),
    ]
    predicted = [wording.prediction(p) for p in returned.predictions]
    text = Story(phrase("{model}, computed elsewhere", model=returned.title), [*predicted, *notes], of_record=True)
    content: Resource = {
        "status": "final",
        "method": concept("score", returned.code, returned.title),
        "subject": frame.subject,
        **_occurrence(returned),
        "prediction": [_prediction(p) for p in returned.predictions],
        "note": notes_of(notes),
    }
    if outside:
        content["extension"] = [{"url": OUTSIDE_VALIDITY, "valueString": text} for text in outside]
    if returned.referable:
        content["basis"] = [reference(returned.source, returned.kind)]
    return Made("RiskAssessment", text, content)


@lru_cache(maxsize=64)
def _known_of(hand_off: HandOff) -> tuple[str, ...]:
    did = series("; ", map(wording.validation, hand_off.validations))
    sources = series("; ", map(str, hand_off.sources))
    return (
        *((phrase("How it did: {figures}.", figures=did),) if did else ()),
        phrase("Sources: {sources}.", sources=sources),
    )


def _tiny(returned: Returned) -> bool:
    return any(isinstance(p.probability, int | float) and 0 < p.probability < 1 for p in returned.predictions)


def _occurrence(returned: Returned) -> Resource:
    when = returned.occurrence
    if when.at:
        return {"occurrenceDateTime": when.at}
    period = {name: text for name, text in (("start", when.start), ("end", when.end)) if text}
    return {"occurrencePeriod": period} if period else {}


def _prediction(given: Prediction) -> Resource:
    made: Resource = {"outcome": {"text": given.outcome}, **_probability(given)}
    if given.risk_text:
        coded = {"coding": [{"system": RISK_PROBABILITY, "code": given.risk}]} if given.risk else {}
        made["qualitativeRisk"] = {**coded, "text": given.risk_text}
    if given.within:
        ends = zip(("low", "high"), given.within, strict=True)
        made["whenRange"] = {name: _length(end) for name, end in ends if end}
    elif given.period:
        made["whenPeriod"] = {name: text for name, text in zip(("start", "end"), given.period, strict=True) if text}
    return made


def _probability(given: Prediction) -> Resource:
    if given.probability is None:
        return {"probabilityRange": NO_PROBABILITY}
    if not isinstance(given.probability, tuple):
        return {"probabilityDecimal": plain(given.probability)}
    ends = zip(("low", "high"), given.probability, strict=True)
    percent: dict[str, Any] = {"unit": "%", "system": UCUM, "code": "%"}
    return {"probabilityRange": {name: {"value": plain(end), **percent} for name, end in ends if end is not None}}


def _length(length: Length) -> Resource:
    value, unit = length
    return {"value": plain(value), "unit": unit, "system": UCUM, "code": unit}
