"""Whole answers in another language: nothing English is left in them, and nothing else is changed."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from service import report
from service.assessment import Assessment
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.languages import in_language
from service.language import speaking, translator
from service.report.layout import WIDTH, columns, wrapped
from service.text import Text, say
from tests.language.english import english
from tests.language.whole_answers import answers, assessments, reports

#: Elements of an answer that are words of the record, or a code system's.
_NOT_OURS = frozenset(
    "id reference url system code fullUrl display value unit type expression identifier moduleCanonical policy "
    "instantiatesCanonical ifNoneExist manufacturer name".split()
)


def _texts(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key not in _NOT_OURS:
                yield from _texts(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, name)
    elif isinstance(value, str):
        yield from map(html.unescape, re.split(r"<[^>]+>", value)) if name == "div" else (value,)


@cache
def _made() -> tuple[tuple[str, Any], ...]:
    return tuple(answers())


def test_the_filter_finds_english_and_leaves_citations_alone() -> None:
    assert [*english("この脊椎は the spine is unstable です")]
    assert not [*english("不安定（Bindels et al. 2025, Spine J 25:1347、n = 953）")]
    assert not [*english("Van der Lindenスコア")]


def test_nothing_english_is_left_in_a_japanese_answer() -> None:
    left: dict[str, str] = {}
    for name, made in _made():
        for text in _texts(in_language(made, "ja")):
            left |= dict.fromkeys(english(text), f"{name}: {text[:200]}")
    assert not left


def test_nothing_english_is_left_in_a_japanese_report_and_its_lines_fit_the_page() -> None:
    left: dict[str, str] = {}
    with speaking("ja"):
        for name, said in reports():
            for line in said.splitlines():
                assert columns(line) <= WIDTH, name
                left |= {run: f"{name}: {line}" for run in english(line) if not line.strip().startswith("- urn:")}
    assert not left


def test_codes_ids_numbers_and_displays_are_those_of_the_english_answer() -> None:
    for _, made in _made():
        said = in_language(made, "ja")
        assert [*_unsaid(said)] == [*_unsaid(made)]


def _unsaid(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What is no text for people, with its place."""
    if isinstance(value, dict):
        for key, each in sorted(value.items()):
            if key != "language":
                yield from _unsaid(each, f"{path}.{key}")
    elif isinstance(value, list):
        for n, each in enumerate(value):
            yield from _unsaid(each, f"{path}[{n}]")
    elif not isinstance(value, str) or path.rpartition(".")[2] in _NOT_OURS - {"display"} or "coding[" in path:
        yield path, value


def test_each_resource_names_its_language_and_the_bundle_does_not() -> None:
    for _, made in _made():
        said = in_language(made, "ja")
        resources = [entry["resource"] for entry in said.get("entry", ())] or [said]
        assert {each["language"] for each in resources} == {"ja"}
        if said["resourceType"] == "Bundle":
            assert "language" not in said


def test_an_english_answer_is_the_answer_itself() -> None:
    for _, made in _made():
        assert in_language(made, "en") is made


def test_an_answer_in_another_language_leaves_the_english_one_as_it_was() -> None:
    name, made = _made()[0]
    before = repr(made)
    in_language(made, "ja")
    assert repr(made) == before, name


def test_a_text_that_is_put_together_anew_in_english_is_the_same() -> None:
    for name, made in _made():
        for text in _all(made):
            if isinstance(text, Text):
                assert say(text, str) == text, name


def _all(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _all(each)
    elif isinstance(value, list):
        for each in value:
            yield from _all(each)
    elif isinstance(value, str):
        yield value


def test_a_transaction_has_the_same_ids_in_every_language() -> None:
    for _, found in [each for each in assessments() if isinstance(each[1], Assessment)][:8]:
        assert isinstance(found, Assessment)
        english = answer(found, "transaction")
        said = in_language(english, "ja")
        assert [entry["request"] for entry in said["entry"]] == [entry["request"] for entry in english["entry"]]
        assert [entry["fullUrl"] for entry in said["entry"]] == [entry["fullUrl"] for entry in english["entry"]]


def test_a_japanese_answer_is_valid() -> None:
    for _, found in [each for each in assessments() if isinstance(each[1], Assessment)][::6]:
        assert isinstance(found, Assessment)
        Bundle.model_validate(in_language(answer(found), "ja"))


def test_the_words_of_the_record_stay_as_they_are() -> None:
    for _, made in _made():
        outcome = next((r for r in _outcomes(made)), None)
        said = next((r for r in _outcomes(in_language(made, "ja"))), None)
        for before, after in zip(outcome["issue"] if outcome else (), said["issue"] if said else (), strict=True):
            assert after.get("expression") == before.get("expression")


def _outcomes(made: Any) -> Iterator[Any]:
    resources = [entry["resource"] for entry in made.get("entry", ())] or [made]
    return (each for each in resources if each["resourceType"] == "OperationOutcome")


def test_a_report_is_english_outside_of_the_block() -> None:
    found = next(each for _, each in assessments() if isinstance(each, Assessment))
    english = report.text(found)
    with speaking("ja"):
        assert report.text(found) != english
    assert report.text(found) == english


def test_a_sentence_within_another_loses_its_full_stop() -> None:
    say_ja = translator("ja")
    whole = "Nothing that is missing could change the answer."
    assert say_ja(whole).endswith("。")
    assert say_ja(whole.removesuffix(".")) == say_ja(whole).removesuffix("。")


@pytest.mark.parametrize("text", ["", "  ", "x" * 400, "脊椎" * 90, "（" * 120, "脊椎 spine " * 40])
def test_any_words_are_wrapped_to_the_width_and_none_is_lost(text: str) -> None:
    with speaking("ja"):
        lines = wrapped(text, "  - ", 4)
    assert all(columns(line) <= WIDTH for line in lines)
    assert "".join("".join(lines).split()) == "".join(("-" + text).split()) or not text.strip()


def test_no_line_begins_with_a_full_stop_or_ends_with_an_opening_bracket() -> None:
    with speaking("ja"):
        for length in range(40, 60):
            lines = wrapped("脊" * length + "。" + "（椎）" * 40, "  ", 4)
            assert not [line for line in lines if line.strip()[0] in "。）" or line[-1] == "（"]
