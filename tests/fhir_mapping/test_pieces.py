"""The parts of an answer: the bytes that they are written as are those of the plain answer."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir_mapping.outbound import answer, answer_json
from service.fhir_mapping.outbound.building import identify, narrative
from service.fhir_mapping.outbound.pieces import Lines, Made, Members, Piece, Run, Story, unfolded, written
from service.text import Worded, phrase, quoted, series
from tests.support.answered import FORMS, stored

_CLEAN = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("form", FORMS)
def test_the_bytes_of_an_answer_are_those_of_its_plain_value(form: str) -> None:
    for name, assessment in stored().items():
        assert answer_json(assessment, form) == orjson.dumps(answer(assessment, form)), name


@given(st.text(), st.lists(st.text(), max_size=3), st.booleans())
def test_a_narrative_is_written_as_its_plain_value(title: str, lines: list[str], recorded: bool) -> None:
    story = Story(title, lines, of_record=recorded)
    assert story.plain() == narrative(title, lines)
    assert b"".join(story.written()) == orjson.dumps(narrative(title, lines))


@given(_CLEAN, st.lists(_CLEAN, min_size=1, max_size=3), st.booleans())
def test_parts_are_written_in_their_place(word: str, words: list[str], identifier: bool) -> None:
    members = [{"word": each} for each in words]
    value: Any = {"a": Piece({"b": Piece([word])}), "c": [1, Run(members), Piece(word), *words]}
    there = {"a": {"b": [word]}, "c": [1, *members, word, *words]}
    assert unfolded(value) == there
    assert written(value) == orjson.dumps(there)

    made = Made(
        "Basic", Story(word, [Lines(words), word]), Members({"a": value["a"]}), {"c": value["c"]}, identifier=identifier
    )
    resource = {"resourceType": "Basic", "text": narrative(word, [*words, word]), **there}
    assert made.urn == identify(resource, identifier=identifier)
    assert made.plain() == resource
    assert b"".join(made.written()) == orjson.dumps(resource)


def test_what_is_no_part_of_json_is_not_written() -> None:
    with pytest.raises(TypeError):
        written({"a": object()})


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (phrase("no {what}", what="deficit"), phrase("no {what}", what="deficit"), True),
        (phrase("no {what}", what="deficit"), phrase("{no} deficit", no="no"), False),
        (phrase("no {what}", what="deficit"), "no deficit", False),
        (quoted("pain"), "pain", False),
        (series(", ", ["a", "b"]), series(", ", ["a", "b"]), True),
        (series(", ", ["a", quoted("b")]), series(", ", ["a", "b"]), False),
        (series(", ", ["a", "b, c"]), series(", ", ["a, b", "c"]), False),
        (phrase("{n} months", n=3), phrase("{n} months", n="3"), False),
        ("pain", "deficit", False),
    ],
)
def test_a_text_as_a_key_is_equal_to_what_is_said_alike_in_every_language(one: str, other: str, alike: bool) -> None:
    assert (Worded(one) == Worded(other)) is alike
    assert not alike or hash(Worded(one)) == hash(Worded(other))
