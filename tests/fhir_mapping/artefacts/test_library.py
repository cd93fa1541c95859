"""The Library holds the scores as data, what they cite, and what they depend on."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import pytest

from service import KNOWLEDGE_VERSION
from service.conditions import Atom, above, any_of, includes, is_, within
from service.fhir_mapping.artefacts import artefacts
from service.fhir_mapping.artefacts.dump import plain
from service.scoring import SCORES

LIBRARY = artefacts()["Library"]["knowledge"]
(CONTENT,) = LIBRARY["content"]
DATA: dict[str, Any] = json.loads(b64decode(CONTENT["data"]))


def related(kind: str, element: str) -> set[str]:
    return {each[element] for each in LIBRARY["relatedArtifact"] if each["type"] == kind}


def test_every_source_of_every_score_is_cited() -> None:
    sources = {str(source) for score in SCORES for source in (*score.sources, *score.cites)}
    assert related("citation", "citation") == sources


def test_it_depends_on_the_terminology() -> None:
    kinds = ("CodeSystem", "ValueSet", "ConceptMap")
    urls = {f"{each['url']}|{each['version']}" for kind in kinds for each in artefacts()[kind].values()}
    assert related("depends-on", "resource") == urls


def test_the_scores_are_there_as_they_are() -> None:
    assert CONTENT["contentType"] == "application/json"
    assert DATA["version"] == KNOWLEDGE_VERSION
    assert [score["code"] for score in DATA["scores"]] == [score.code for score in SCORES]
    for shown, score in zip(DATA["scores"], SCORES, strict=True):
        assert shown["title"] == score.title
        rows = [(tuple(row["points"]), row["label"]) for item in shown["items"] for row in item["rows"]]
        assert rows == [(row.points, row.label) for item in score.items for row in item.rows]
        bands = [(b["code"], b["low"], b["high"], b["meaning"], len(b["figures"])) for b in shown["bands"]]
        assert bands == [(b.code, b.low, b.high, b.meaning, len(b.figures)) for b in score.bands]


def test_conditions_are_small_trees() -> None:
    condition = any_of(is_("ecog", 3, 4), includes("vertebral-level", "T2", "T1"), above("crp", 1))
    assert plain(condition) == {
        "any": [
            {"finding": "ecog", "is": [3, 4]},
            {"finding": "vertebral-level", "includes": ["T1", "T2"]},
            {"finding": "crp", "above": 1},
        ]
    }


def test_zones_are_listed() -> None:
    assert plain(within("wbb-zones", 12, 1, 2)) == {"finding": "wbb-zones", "within": [1, 2, 12]}


def test_a_test_of_another_kind_is_named() -> None:
    @dataclass(frozen=True)
    class Even(Atom):
        since: int

    assert plain(Even("crp", 2)) == {"test": "Even", "finding": "crp", "since": 2}


def test_functions_are_left_out_and_what_is_no_data_is_refused() -> None:
    @dataclass(frozen=True)
    class Thing:
        name: str
        act: Any

    assert plain(Thing("a", len)) == {"name": "a"}
    with pytest.raises(TypeError):
        plain(object())
