"""What a score means as FHIR: a RiskAssessment with a prediction for each possible band."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from service import wording
from service.assessment import Assessment
from service.evidence import Values
from service.fhir_mapping.outbound import recalibrated
from service.fhir_mapping.outbound.building import (
    NO_PROBABILITY,
    OUTSIDE_VALIDITY,
    RISK,
    UCUM,
    Resource,
    level_extensions,
    notes_of,
    reference,
)
from service.fhir_mapping.outbound.frame import Frame
from service.fhir_mapping.outbound.pieces import Lines, Made, Members, Run, Story
from service.fhir_mapping.outbound.scores import coded_band, opened, title
from service.findings import FINDINGS
from service.policy import Recalibration
from service.scoring.model import Band, Figure, Item, Points, Score
from service.scoring.results import Missing, Reckoning, Result
from service.text import phrase, series

_DOUBTED = "Valid for metastases; the record does not say that the tumour of the spine is one."


def risk_assessment(result: Result, frame: Frame, observed: str) -> Made:
    """What a score means: a prediction for each possible band, with the figures that are published."""
    assessment, found = frame.assessment, result.reckoning
    doubted = _not_said_to_be_metastatic(result, assessment)
    lines, opening, core = _predicted(found, assessment.policy.recalibrations, doubted=doubted)
    inputs = frame.inputs(result.sources)
    content: list[Members | Resource] = [
        opening,
        frame.predicted,
        {"basis": [{"reference": observed, "type": "Observation"}, *inputs]},
        *core,
    ]
    extensions: list[Resource] = []
    if result.lesion:
        # R4 gives a RiskAssessment no bodySite, so the level is an extension.
        extensions += level_extensions(result.lesion)
        if len(result.lesion.conditions) == 1:
            content.append({"condition": reference(result.lesion.conditions[0], "Condition")})
    extensions += [{"url": OUTSIDE_VALIDITY, "valueString": wording.outside(said)} for said in result.outside]
    if extensions:
        content.append({"extension": extensions})
    return Made("RiskAssessment", Story(title(result), (lines,)), *content)


@lru_cache(maxsize=1024)
def _predicted(
    found: Reckoning, recalibrations: tuple[Recalibration, ...], *, doubted: bool
) -> tuple[Lines, Members, tuple[Members, ...]]:
    """What a RiskAssessment says in each patient whom the score does not tell apart from this one."""
    score = found.score
    before = [
        *map(wording.outside, found.outside),
        *map(wording.boundary, found.boundaries),
        *map(wording.remark, found.remarks),
        *wording.site_notes(found, recalibrations),
    ]
    after = [_DOUBTED] if doubted else []
    lines = [*map(_band_line, found.bands), *map(_outcomes, found.missing), *before, *_about(score), *after]
    core = {"mitigation": _mitigation(found), "note": [*notes_of(before), _notes_about(score), *notes_of(after)]}
    opening = opened(score, "method", exact=len(found.totals) == 1)
    own = next((each for each in recalibrations if each.model == score.code and not each.lapsed), None)
    return Lines(lines), opening, (_predictions(score, found.bands, own), Members(core))


@lru_cache(maxsize=256)
def _about(score: Score) -> tuple[str, ...]:
    """What is said of the score itself: patients, how it did, sources."""
    did = wording.validations(score)
    return (
        wording.made_in(score),
        *([phrase("How it did: {figures}.", figures=did)] if did else []),
        phrase(
            "Sources: {sources}. The table is {status}.",
            sources=series("; ", map(str, score.sources)),
            status=str(score.status),
        ),
    )


@lru_cache(maxsize=256)
def _notes_about(score: Score) -> Run:
    return Run(notes_of(_about(score)))


@lru_cache(maxsize=256)
def _band_line(band: Band) -> str:
    figures = wording.figures(band)
    line = series(": ", (band.title, band.meaning))
    return series(" - ", (line, figures)) if figures else line


@lru_cache(maxsize=1024)
def _predictions(score: Score, bands: tuple[Band, ...], site_: Recalibration | None) -> Members:
    """A prediction for each figure of each possible band; those of the site stand before the published ones."""
    found: list[Resource] = []
    for band in bands:
        found += recalibrated.predictions(score, band, site_) if site_ is not None else ()
        found += _of_band(score, band)
    return Members({"prediction": found})


@lru_cache(maxsize=256)
def _of_band(score: Score, band: Band) -> list[Resource]:
    """A prediction for each published percentage of a band; one without where none is published."""
    base: Resource = {
        "outcome": coded_band(score, band),
        "qualitativeRisk": {"coding": [{"system": RISK, "code": band.risk}]},
    }
    percentages = [figure for figure in band.figures if figure.measure.is_percent]
    others = [wording.figure(figure) for figure in band.figures if not figure.measure.is_percent]
    evidence = _evidence(score)
    if not percentages:
        none = "No verified percentage is published for this band ({source})"
        found = [phrase(none, source=str(score.sources[0])), *others, *evidence]
        return [{**base, "probabilityRange": NO_PROBABILITY, "rationale": _sentences(found)}]
    return [
        _with_figure(base, band, figure, _sentences((wording.figure(figure), *others, *evidence)))
        for figure in percentages
    ]


def _sentences(texts: Iterable[str]) -> str:
    return phrase("{text}.", text=series(". ", texts))


def _evidence(score: Score) -> list[str]:
    """How a score did in other patients, which is said with each of its predictions."""
    did = wording.validations(score, external=True)
    found = [phrase("How it did: {figures}", figures=did)] if did else []
    return [*found, *(remark.text.removesuffix(".") for remark in score.remarks if remark.with_predictions)]


def _with_figure(base: Resource, band: Band, figure: Figure, rationale: str) -> Resource:
    assert figure.at is not None  # noqa: S101  # a percentage without its time is a mistake in our own tables
    unit = figure.at.unit
    at: dict[str, Any] = {"value": figure.at.value, "unit": unit, "system": UCUM, "code": unit}
    outcome = {**base["outcome"], "text": series(": ", (band.meaning, wording.measured(figure)))}
    return {
        **base,
        "outcome": outcome,
        "probabilityDecimal": figure.value,
        "whenRange": {"low": at, "high": at},
        "rationale": rationale,
    }


@lru_cache(maxsize=4096)
def _outcomes(missing: Missing) -> str:
    """What a missing finding would do to the score."""
    outcomes = (_outcome(missing.finding, o.values, o.totals, o.bands) for o in missing.outcomes)
    title = FINDINGS[missing.finding].title
    return phrase("{finding} is missing; {outcomes}", finding=title, outcomes=series("; ", outcomes))


@lru_cache(maxsize=8192)
def _outcome(finding: str, values: Values, totals: frozenset[Points], bands: tuple[Band, ...]) -> str:
    return phrase(
        "{values}: {totals} ({bands})",
        values=wording.values_of(finding, values),
        totals=wording.totals(totals),
        bands=wording.listed(band.title for band in bands),
    )


def _mitigation(found: Reckoning) -> str:
    settled = len(found.bands) == 1
    open_ = () if settled or found.missing else tuple(i.item for i in found.items if len(i.points) > 1)
    asked = () if settled else tuple([missing.finding for missing in found.missing[:3]])
    return _settled_by(found.bands, open_, asked)


@lru_cache(maxsize=4096)
def _settled_by(bands: tuple[Band, ...], open_: tuple[Item, ...], asked: tuple[str, ...]) -> str:
    meaning = wording.meaning(bands)
    if len(bands) == 1:
        return phrase("{text}.", text=meaning)
    if not asked:
        nothing = "{text}. Nothing that could be added settles it: no source gives the points of {items}."
        items = wording.listed((item.title for item in open_), "and")
        return phrase(nothing, text=meaning, items=items)
    ask = wording.listed((FINDINGS[finding].title for finding in asked), "and")
    return phrase("{text}. To settle it, find out: {findings}.", text=meaning, findings=ask)


def _not_said_to_be_metastatic(result: Result, assessment: Assessment) -> bool:
    case = assessment.case
    return result.score.origins == {"metastatic"} and not any(
        "metastatic" in case.possible("tumour-origin", lesion) and case.about("tumour-origin", lesion).statements
        for lesion in case.lesions
    )
