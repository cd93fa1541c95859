"""The number of a score as FHIR: an Observation with a component for each item."""

from __future__ import annotations

from functools import lru_cache

from service import wording
from service.fhir_mapping.outbound.building import UCUM, Resource, concept, notes_of, plain
from service.fhir_mapping.outbound.frame import Frame
from service.fhir_mapping.outbound.pieces import Lines, Made, Members, Piece, Story
from service.scoring.model import Band, Points, Score
from service.scoring.results import ItemResult, Reckoning, Result
from service.text import phrase, series

#: The types that Observation.derivedFrom may name in R4, of those that are read.
_DERIVED_FROM = frozenset(("ImagingStudy", "Observation", "QuestionnaireResponse"))
_ABSENT = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "unknown"}],
    "text": "not in the record",
}


def _quantity(value: float) -> Resource:
    return {"value": plain(value), "unit": "{score}", "system": UCUM, "code": "{score}"}


# The parts below follow from the tables alone and are shared by answers: nobody changes them.


@lru_cache(maxsize=4096)
def _number(found: frozenset[Points]) -> Resource:
    if len(found) == 1:
        return {"valueQuantity": Piece(_quantity(min(found)))}
    return {"valueRange": Piece({"low": _quantity(min(found)), "high": _quantity(max(found))})}


@lru_cache(maxsize=256)
def _code(score: Score) -> Piece:
    return Piece(concept("score", score.code, score.title))


@lru_cache(maxsize=1024)
def _interpretation(score: Score, bands: tuple[Band, ...]) -> Piece:
    return Piece([coded_band(score, band) for band in bands])


@lru_cache(maxsize=256)
def coded_band(score: Score, band: Band) -> Resource:
    """The code of a band."""
    return concept("band", f"{score.code}.{band.code}", band.meaning)


@lru_cache(maxsize=4096)
def _item_line(item: ItemResult) -> str:
    points, row = wording.points(item.points), wording.row(item)
    return phrase("{item}: {points} ({row})", item=item.item.title, points=points, row=row)


@lru_cache(maxsize=4096)
def _component(score: Score, item: ItemResult) -> Piece:
    code = {"code": concept("item", f"{score.code}.{item.item.code}", item.item.title)}
    if len(item.points) > 1 and not item.said and not item.unplaced:
        return Piece({**code, "dataAbsentReason": _ABSENT})
    return Piece({**code, **_number(item.points)})


@lru_cache(maxsize=4096)
def _every_total(found: frozenset[Points]) -> str:
    return phrase("Possible totals: {totals}.", totals=series(", ", map(wording.number, sorted(found))))


def title(result: Result) -> str:
    """``SINS of T8: 7 to 9, indeterminate``."""
    return _title(result.reckoning, result.lesion.name if result.lesion else "")


@lru_cache(maxsize=4096)
def _title(found: Reckoning, lesion: str) -> str:
    name: str = found.score.title
    if lesion:
        name = phrase("{score} of {lesion}", score=name, lesion=lesion)
    total, meaning = wording.totals(found.totals), wording.meaning(found.bands)
    return phrase("{score}: {total}, {meaning}", score=name, total=total, meaning=meaning)


def observation(result: Result, frame: Frame) -> Made:
    """The number of a score, with a component for each item."""
    lines, opening, core = _observed(result.reckoning)
    content: list[Members | Resource] = [opening, frame.observed, core]
    if result.lesion:
        content.append(frame.place(result.lesion).observed)
    if derived := frame.inputs(result.sources, _DERIVED_FROM):
        content.append({"derivedFrom": derived})
    return Made("Observation", Story(title(result), (lines,)), *content)


@lru_cache(maxsize=1024)
def _observed(found: Reckoning) -> tuple[Lines, Members, Members]:
    """What an Observation says in each patient whom the score does not tell apart from this one."""
    score = found.score
    core: Resource = {
        **_number(found.totals),
        "interpretation": _interpretation(score, found.bands),
        "component": [_component(score, item) for item in found.items],
    }
    notes = [*map(wording.outside, found.outside), *map(wording.boundary, found.boundaries)]
    if len(found.totals) > 1:
        notes.insert(0, _every_total(found.totals))
    if notes:
        core["note"] = notes_of(notes)
    opening = opened(score, "code", exact=len(found.totals) == 1)
    return Lines(map(_item_line, found.items)), opening, Members(core)


@lru_cache(maxsize=256)
def opened(score: Score, name: str, *, exact: bool) -> Members:
    """Status and code of a resource about a score; ``name`` is that of the element with the code."""
    return Members({"status": "final" if exact else "preliminary", name: _code(score)})
