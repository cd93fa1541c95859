"""Sources: each has a year, a label of its own, and is listed with the sections that cite it."""

from __future__ import annotations

import re

import pytest

from service.knowledge import content
from service.knowledge.document import Sources, cited
from service.knowledge.sources import entry_id, labels
from service.scoring import SCORES, sources
from service.scoring.sources import Source
from tests.knowledge.rendered import KINDS, rendered

EVERY = [value for value in vars(sources).values() if isinstance(value, Source)]


def test_no_score_lacks_a_source_with_a_year() -> None:
    for score in SCORES:
        assert score.sources, score.code
        assert all(1900 < source.year < 2100 for source in score.cites), score.code


def test_every_source_has_a_label_and_a_place_of_its_own() -> None:
    assert set(labels()) == set(EVERY)
    assert len({*labels().values()}) == len(EVERY)
    assert len({entry_id(source) for source in EVERY}) == len(EVERY)
    for source, label in labels().items():
        assert re.fullmatch(rf".+ {source.year}[a-z]?", label)


def test_sources_of_one_name_and_year_are_told_apart_by_a_letter() -> None:
    assert labels()[sources.SCHOENFELD_2021] == "Schoenfeld 2021a"
    assert labels()[sources.SCHOENFELD_POST_2021] == "Schoenfeld 2021b"
    assert labels()[sources.FISHER_2010] == "Fisher 2010"


@pytest.mark.parametrize("kind", KINDS)
def test_the_list_has_every_source(kind: str) -> None:
    text = rendered(kind, "sources").text
    for source in EVERY:
        assert labels()[source] in text
        assert str(source) in text


def test_the_list_says_where_each_source_is_cited() -> None:
    block = next(block for block in content.by_id()["sources"].blocks if isinstance(block, Sources))
    for entry in block.entries:
        where = [s.id for s in content.sections() if entry.source in cited(s)]
        assert [link.to for link in entry.cited_in] == where


def test_a_link_is_a_doi() -> None:
    for source in EVERY:
        assert re.fullmatch(r"(10\.\d{4,}/\S+)?", source.doi), source
