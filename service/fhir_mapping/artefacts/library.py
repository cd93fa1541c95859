"""The knowledge as a Library: what it cites, what it depends on, and the scores as data."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

import orjson

from service import KNOWLEDGE_VERSION
from service.fhir_mapping.artefacts.building import artefact, citations
from service.fhir_mapping.artefacts.dump import plain
from service.fhir_mapping.outbound.building import Resource
from service.scoring import SCORES

NAME = "knowledge"
_TYPE = "http://terminology.hl7.org/CodeSystem/library-type"


def library(terminology: Iterable[Resource]) -> Resource:
    """The Library; ``terminology`` is what it depends on."""
    data = {"version": KNOWLEDGE_VERSION, "scores": [plain(score) for score in SCORES]}
    return artefact(
        "Library",
        NAME,
        "Scores and their sources",
        "The published scores as data, with the publications behind them.",
        type={"coding": [{"system": _TYPE, "code": "asset-collection"}]},
        relatedArtifact=[
            *citations(source for score in SCORES for source in score.cites),
            *(
                {"type": "depends-on", "label": each["title"], "resource": f"{each['url']}|{each['version']}"}
                for each in terminology
            ),
        ],
        content=[
            {
                "contentType": "application/json",
                "title": "Scores",
                "data": b64encode(orjson.dumps(data)).decode("ascii"),
            }
        ],
    )
