"""How long the patient is likely to live, model by model, as parameters of the GuidanceResponse."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from service import wording
from service.assessment import Assessment
from service.decision.prognosis import HORIZONS, Outlook, Prognosis
from service.fhir_mapping.outbound import recalibrated
from service.fhir_mapping.outbound.building import UCUM, Resource, coding
from service.fhir_mapping.outbound.pieces import Run
from service.scoring.model import Score
from service.text import phrase, series

_ANSWERS = {True: "yes", False: "no", None: "cannot-tell"}


def parameters(assessment: Assessment) -> list[Resource]:
    """One parameter ``prognosis``: the answers that count, and those of each model; none without a tumour."""
    found = assessment.plan.prognosis
    if found is None:
        return []
    parts: list[Any] = []
    if found.judged:
        parts.append({"name": "source", "valueCode": "clinician"})
    elif found.lead:
        parts.append({"name": "source", "valueCode": "lead-model"})
    if found.lead:
        parts.append({"name": "leadModel", "valueCoding": coding("score", found.lead.score.code)})
    parts.append(_likely(tuple([found.outlives(months) for months in HORIZONS])))
    parts += [_model(outlook) for outlook in found.models]
    return [{"name": "prognosis", "part": parts}]


def lines(assessment: Assessment) -> list[str]:
    """A line for each model, for the narrative."""
    found = assessment.plan.prognosis
    return [] if found is None else [series(": ", line) for line in table(found)]


def table(found: Prognosis) -> list[tuple[str, str]]:
    """Each model with its answers in words."""
    return [(wording.modelled(outlook), _answered(outlook.answers)) for outlook in found.models]


@lru_cache(maxsize=256)
def _answered(answers: tuple[bool | None, ...]) -> str:
    words = {True: "yes", False: "no", None: "cannot tell"}
    return series(
        ", ",
        (phrase("{months} months {answer}", months=m, answer=words[a]) for m, a in zip(HORIZONS, answers, strict=True)),
    )


@lru_cache(maxsize=64)
def _likely(answers: tuple[bool | None, ...]) -> Run:
    """An answer for each horizon."""
    return Run(
        [
            {
                "name": "livesLongerThan",
                "part": [
                    {"name": "time", "valueQuantity": {"value": at, "unit": "months", "system": UCUM, "code": "mo"}},
                    {"name": "answer", "valueCode": _ANSWERS[answer]},
                ],
            }
            for at, answer in zip(HORIZONS, answers, strict=True)
        ]
    )


@lru_cache(maxsize=64)
def _code(score: Score) -> Run:
    return Run(
        [
            {"name": "code", "valueCoding": coding("score", score.code)},
            {"name": "title", "valueString": score.title},
        ]
    )


def _model(outlook: Outlook) -> Resource:
    lesion = outlook.result.lesion
    return {
        "name": "model",
        "part": [
            _code(outlook.score),
            *[{"name": "caution", "valueString": wording.outside(said)} for said in outlook.result.outside],
            *([{"name": "lesion", "valueString": lesion.name}] if lesion else []),
            _likely(outlook.answers),
            *([recalibrated.parameter(outlook, outlook.here)] if outlook.here else []),
        ],
    }
