"""The catalogues say every text there is, once, with the placeholders of the English one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from service.language import ENGLISH, LANGUAGES, catalogue
from tests.language.inventory import msgids

OTHERS = [language for language in LANGUAGES if language != ENGLISH]


def entries(language: str) -> Iterator[tuple[str, Message]]:
    for file in files("service.language").joinpath(language).iterdir():
        if file.name.endswith(".po"):
            with file.open("rb") as opened:
                yield from ((file.name, message) for message in read_po(opened, locale=language) if message.id)


@cache
def texts() -> dict[str, str]:
    return msgids()


def placeholders(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name is not None})


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_that_is_said_has_a_translation(language: str) -> None:
    known = catalogue(language)
    missing = [text for text in texts() if text not in known]
    assert not missing


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_has_two_translations(language: str) -> None:
    found: dict[str, dict[str, str]] = {}
    for name, message in entries(language):
        found.setdefault(str(message.id), {}).setdefault(str(message.string), name)
    assert not {text: said for text, said in found.items() if len(said) > 1}


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_empty_or_a_guess(language: str) -> None:
    assert not [message.id for _, message in entries(language) if not message.string or message.fuzzy]


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    templates = {text for text in texts() if placeholders(text)}
    wrong = {
        text: said
        for text, said in catalogue(language).items()
        if text in templates and not {*placeholders(said)} <= {*placeholders(text)}
    }
    assert not wrong
    # One may be left out on purpose only where the language has no word for it.
    lost = {text for text in templates if {*placeholders(catalogue(language)[text])} < {*placeholders(text)}}
    assert not lost


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_numbers_of_its_text(language: str) -> None:
    """A number that is another one is a wrong answer. Months and ordinals may be written in figures besides."""
    wrong = {}
    for text in texts():
        said = catalogue(language)[text]
        lost = [number for number in _numbers(text) if number not in _numbers(said)]
        if lost:
            wrong[text] = (said, lost)
    assert not wrong


def _numbers(text: str) -> list[str]:
    """The numbers with a digit in them, but for those of a name of a level or score."""
    found, number = [], ""
    for c in f"{text} ":
        if c.isdigit() or (number and c == "."):
            number += c
        elif number:
            found.append(number.rstrip("."))
            number = ""
    return found
