"""A score as FHIR: an Observation with the number and its items, a RiskAssessment with what it means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from service import wording
from service.assessment import Assessment
from service.fhir_mapping.outbound.building import (
    UCUM,
    Resource,
    concept,
    date_time,
    level_extensions,
    narrative,
    notes_of,
    reference,
    site,
)
from service.findings import FINDINGS
from service.scoring.engine import ItemResult, Missing, Result
from service.scoring.model import Band, Figure, Score

_RISK = "http://terminology.hl7.org/CodeSystem/risk-probability"
_ABSENT = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}],
    "text": "not in the record",
}


# Said out loud, and not left out: the invariant ras-2 of R4 cannot be evaluated without a probability, and
# validators take that for an error.
_NOT_PUBLISHED = {
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
}


def _quantity(value: float) -> Resource:
    return {"value": value, "unit": "{score}", "system": UCUM, "code": "{score}"}


@lru_cache(maxsize=4096)
def _number(found: frozenset[int]) -> Resource:
    if len(found) == 1:
        return {"valueQuantity": _quantity(min(found))}
    return {"valueRange": {"low": _quantity(min(found)), "high": _quantity(max(found))}}


def _title(result: Result) -> str:
    where = f" of {result.lesion.name}" if result.lesion else ""
    return f"{result.score.title}{where}: {wording.total(result)}, {wording.bands(result)}"


def observation(result: Result, assessment: Assessment, subject: Resource, device: str) -> Resource:
    """The number of a score, with a component for each item."""
    score = result.score
    resource: Resource = {
        "resourceType": "Observation",
        "text": narrative(_title(result), [_item_line(item) for item in result.items]),
        "status": "final" if result.exact else "preliminary",
        "code": concept("score", score.code, score.title),
        "subject": subject,
        "effectiveDateTime": date_time(assessment.as_of),
        "device": reference(device, "Device"),
        **_number(result.totals),
        "interpretation": [_band(score, band) for band in result.bands],
        "component": [_component(score, item) for item in result.items],
    }
    if len(result.totals) > 1:
        listed = ", ".join(map(str, sorted(result.totals)))
        resource["note"] = notes_of([f"Possible totals: {listed}."])
    if result.lesion:
        resource["bodySite"] = site(result.lesion)
        if len(result.lesion.levels) > 1:
            resource["extension"] = level_extensions(result.lesion)
        if result.lesion.conditions:
            resource["focus"] = [reference(name, "Condition") for name in result.lesion.conditions]
    derived = [reference(n, "Observation") for n in result.sources if assessment.inputs.get(n) == "Observation"]
    if derived:
        resource["derivedFrom"] = derived
    return resource


# The parts below follow from the tables alone, are made once, and are shared by answers: nobody changes them.


@lru_cache(maxsize=256)
def _band(score: Score, band: Band) -> Resource:
    return concept("band", f"{score.code}.{band.code}", band.meaning)


@lru_cache(maxsize=4096)
def _item_line(item: ItemResult) -> str:
    return f"{item.item.title}: {wording.points(item.points)} ({wording.row(item)})"


@lru_cache(maxsize=4096)
def _component(score: Score, item: ItemResult) -> Resource:
    code = {"code": concept("item", f"{score.code}.{item.item.code}", item.item.title)}
    if len(item.points) > 1 and not item.said:
        return {**code, "dataAbsentReason": _ABSENT}
    return {**code, **_number(item.points)}


def risk_assessment(result: Result, assessment: Assessment, subject: Resource, device: str, observed: str) -> Resource:
    """What a score means: a prediction for each possible band, with the figures that are published."""
    score = result.score
    inputs: Mapping[str, str] = assessment.inputs
    notes = [
        *score.caveats,
        f"Made in: {score.population}. Predicts: {score.predicts}.",
        *_validity(result, assessment),
    ]
    resource: Resource = {
        "resourceType": "RiskAssessment",
        "text": narrative(_title(result), [*(_band_line(b) for b in result.bands), *_settling(result), *notes]),
        "status": "final" if result.exact else "preliminary",
        "method": concept("score", score.code, score.title),
        "subject": subject,
        "occurrenceDateTime": date_time(assessment.as_of),
        "performer": reference(device, "Device"),
        "basis": [
            reference(observed, "Observation"),
            *(reference(name, inputs[name]) for name in result.sources if name in inputs),
        ],
        "prediction": [p for band in result.bands for p in _predictions(score, band)],
        "mitigation": _mitigation(result),
        "note": notes_of(notes),
    }
    if result.lesion:
        # R4 gives a RiskAssessment no bodySite, so the level is an extension.
        resource["extension"] = level_extensions(result.lesion)
        if len(result.lesion.conditions) == 1:
            resource["condition"] = reference(result.lesion.conditions[0], "Condition")
    return resource


@lru_cache(maxsize=256)
def _about(score: Score) -> tuple[str, ...]:
    sources = "; ".join(map(str, score.sources))
    return (
        *score.caveats,
        f"Made in: {score.population}. Predicts: {score.predicts}.",
        f"Sources: {sources}.",
    )


def _band_line(band: Band) -> str:
    figures = "; ".join(wording.figure(f) for f in band.figures)
    return f"{band.title}: {band.meaning}" + (f" - {figures}" if figures else "")


@lru_cache(maxsize=256)
def _predictions(score: Score, band: Band) -> list[Resource]:
    base: Resource = {
        "outcome": _band(score, band),
        "qualitativeRisk": {"coding": [{"system": _RISK, "code": band.risk}]},
    }
    if not band.figures:
        rationale = f"No verified percentage is published for this band ({score.sources[0]})."
        return [{**base, "probabilityRange": _NOT_PUBLISHED, "rationale": rationale}]
    return [_with_figure(base, band, f) for f in band.figures]


def _with_figure(base: Resource, band: Band, figure: Figure) -> Resource:
    months: dict[str, Any] = {"value": figure.months, "unit": "mo", "system": UCUM, "code": "mo"}
    outcome = {**base["outcome"], "text": f"{band.meaning}: {figure.months}-month {figure.what}"}
    return {
        **base,
        "outcome": outcome,
        "probabilityDecimal": figure.percent,
        "whenRange": {"low": months, "high": months},
        "rationale": wording.figure(figure),
    }


def _settling(result: Result) -> list[str]:
    """What each missing finding would do to the score, the most decisive first."""
    return [_outcomes(missing) for missing in result.missing]


@lru_cache(maxsize=4096)
def _outcomes(missing: Missing) -> str:
    outcomes = (
        f"{wording.values_of(missing.finding, o.values)}: {min(o.totals)}"
        + (f" to {max(o.totals)}" if len(o.totals) > 1 else "")
        + f" ({wording.listed(b.title for b in o.bands)})"
        for o in missing.outcomes
    )
    return f"{FINDINGS[missing.finding].title} is missing; {'; '.join(outcomes)}"


def _mitigation(result: Result) -> str:
    meaning = f"{wording.bands(result)}."
    if result.settled:
        return meaning
    if not result.missing:
        open_ = wording.listed((i.item.title for i in result.items if len(i.points) > 1), "and")
        return f"{meaning} Nothing that could be added settles it: no source gives the points of {open_}."
    ask = wording.listed((FINDINGS[m.finding].title for m in result.missing[:3]), "and")
    return f"{meaning} To settle it, find out: {ask}."


def _validity(result: Result, assessment: Assessment) -> list[str]:
    case = assessment.case
    notes = []
    if case.age is not None and case.age < 18:
        notes.append("Outside its validity: the patient is a child, and the score was made in adults.")
    if result.score.metastatic_only and not any(
        "metastatic" in case.possible("tumour-origin", lesion) and case.about("tumour-origin", lesion).statements
        for lesion in case.lesions
    ):
        notes.append("Valid for metastases; the record does not say that the tumour of the spine is one.")
    return notes
