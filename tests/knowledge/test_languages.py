"""The pages in another language: said in it throughout, and the same document otherwise."""

from __future__ import annotations

import html
import re
from collections import Counter
from functools import cache
from typing import Any

import pytest

from service.api.app import create_app
from service.api.settings import Settings
from service.knowledge import content
from service.language import ENGLISH, LANGUAGES, NAMES
from tests.knowledge.rendered import Reader, read
from tests.language.english import english

PATHS = ("", *(f"/{name}" for name in content.by_id()))
each_path = pytest.mark.parametrize("path", PATHS)
CLIENT = create_app(Settings()).test_client()
#: A term of a paper that the text quotes, and a source that goes by a title.
QUOTED = ("Solitary bone disease", "PATHFx in Sweden")


@cache
def page(path: str, language: str) -> str:
    response = CLIENT.get(f"/knowledge{path}", query_string={"lang": language})
    assert response.status_code == 200
    return response.text


def without_style(text: str) -> str:
    return re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


def texts(path: str) -> list[str]:
    """What a Japanese page says, paragraph by paragraph and cell by cell."""
    plain = re.sub(r"</?(?:a|code|span)\b[^>]*>", "", without_style(page(path, "ja")))
    return [html.unescape(text).strip() for text in re.split(r"<[^>]+>", plain)]


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


@each_path
def test_nothing_english_is_left_on_a_japanese_page(path: str) -> None:
    assert not {run: text[:200] for text in texts(path) for run in english(text, QUOTED)}


def test_a_japanese_page_has_japanese_where_the_english_one_has_words() -> None:
    """Names, codes and figures stay; of the longer cells none does, but for citations."""
    for path in PATHS:
        for before, after in zip(_cells(path, ENGLISH), _cells(path, "ja"), strict=True):
            if len(re.findall(r"(?<![\w-])[a-z]{3,}(?![\w-])", before)) > 3:
                assert before != after, path
                assert re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", after), (path, after)


def _cells(path: str, language: str) -> list[str]:
    return [" ".join(cell.split()) for row in read(page(path, language)).rows for cell in row]


@each_path
def test_every_language_has_the_same_elements_ids_and_links(path: str) -> None:
    before, after = read(page(path, ENGLISH)), read(page(path, "ja"))
    assert after.ids == before.ids
    assert [_shape(each) for each in after.elements] == [_shape(each) for each in before.elements]
    assert [_unasked(link) for link in after.links] == [_unasked(link) for link in before.links]


def _shape(element: tuple[str, dict[str, str | None]]) -> tuple[str, dict[str, str | None]]:
    """An element without what is said in it, or differs by the language."""
    tag, given = element
    return tag, {name: value for name, value in given.items() if name not in ("lang", "hreflang", "href", "aria-label")}


def _unasked(link: str) -> str:
    return re.sub(r"\?lang=\w+", "", link)


@each_path
def test_every_cell_has_the_numbers_of_the_english_one(path: str) -> None:
    before, after = _cells(path, ENGLISH), _cells(path, "ja")
    assert len(after) == len(before)
    wrong = {b: a for b, a in zip(before, after, strict=True) if not numbers(b) <= numbers(a)}
    assert not wrong


@each_path
def test_codes_and_citations_are_those_of_the_english_page(path: str) -> None:
    assert _marked(page(path, "ja")) == _marked(page(path, ENGLISH))


def _marked(text: str) -> Counter[str]:
    return Counter(re.findall(r'<code>.*?</code>|(?<=class="cite" )[^<]*', re.sub(r"\?lang=\w+", "", text)))


def _get(path: str = "/sins", accept: str = "", **kept: Any) -> Any:
    return CLIENT.get(f"/knowledge{path}", headers={"Accept-Language": accept} if accept else {}, **kept)


def test_the_page_names_its_language_and_what_it_hangs_on() -> None:
    said = _get(accept="ja, en;q=0.5")
    assert '<html lang="ja">' in said.text
    assert said.headers["Content-Language"] == "ja"
    assert "脊椎不安定性スコア" in said.text
    before = _get()
    assert '<html lang="en">' in before.text
    assert "Content-Language" not in before.headers
    for response in (said, before):
        assert "Accept-Language" in response.headers["Vary"]


def test_who_has_the_page_in_one_language_does_not_get_304_in_another() -> None:
    etag = _get().headers["ETag"]
    assert CLIENT.get("/knowledge/sins?lang=ja", headers={"If-None-Match": etag}).status_code == 200
    mine = _get(accept="ja").headers["ETag"]
    again = CLIENT.get("/knowledge/sins", headers={"If-None-Match": mine, "Accept-Language": "ja"})
    assert again.status_code == 304
    assert "Accept-Language" in again.headers["Vary"]


def test_each_page_leads_to_itself_in_the_other_languages() -> None:
    for path in PATHS:
        for language in LANGUAGES:
            for other in set(LANGUAGES) - {language}:
                found = _language_links(read(page(path, language)))
                assert found == {other: f"/knowledge{path}?lang={other}"}
                assert f">{NAMES[other]}</a>" in page(path, language)


def _language_links(reader: Reader) -> dict[str | None, str | None]:
    return {given["hreflang"]: given["href"] for tag, given in reader.elements if tag == "a" and "hreflang" in given}


@pytest.mark.parametrize("asked", LANGUAGES)
def test_a_language_that_was_asked_for_stays_from_page_to_page(asked: str) -> None:
    inside = [link for link in read(page("/sins", asked)).links if link.startswith("/knowledge")]
    others = [f"/knowledge/sins?lang={language}" for language in LANGUAGES if language != asked]
    assert all(f"?lang={asked}" in link for link in inside if link not in others)
    assert len(inside) > len(others)


def test_a_language_of_the_browser_is_in_no_link() -> None:
    links = read(_get(accept="ja").text).links
    assert [link for link in links if "lang=" in link] == ["/knowledge/sins?lang=en"]


def test_a_page_that_there_is_not_says_so_in_the_language_of_the_reader() -> None:
    response = CLIENT.get("/knowledge/nope?lang=ja")
    assert response.status_code == 404
    assert "該当するページはありません。" in response.text
    assert "Accept-Language" in response.headers["Vary"]
    assert "nope" not in response.text


def test_the_english_page_is_the_same_before_and_after_another_language() -> None:
    before = _get().text
    _get(accept="ja")
    assert _get().text == before
