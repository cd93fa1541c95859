"""The languages that there are, and their catalogues: the PO files of gettext in the folder of each."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from service.text import Translate

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ja")
"""The first is the one in which the texts are written."""
NAMES = {ENGLISH: "English", "ja": "日本語"}
"""Each language as its readers call it."""
_FULL_STOP = {"ja": "。"}


def translator(language: str) -> Translate:
    """What gives a text in a language.

    Raises:
        KeyError: there is no such language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    if language == ENGLISH:
        return str
    return _translator(language)


@lru_cache(maxsize=len(LANGUAGES))
def _translator(language: str) -> Translate:
    entries = catalogue(language)

    def said(english: str) -> str:
        found = entries.get(english)
        if found is None and not english.endswith("."):
            # A sentence that stands within another has lost its full stop.
            sentence = entries.get(f"{english}.")
            found = sentence.removesuffix(_FULL_STOP[language]) if sentence is not None else None
        return english if found is None else found

    return said


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, str]:
    """The texts of a language by their English ones. What a translator has marked as fuzzy is not among them."""
    from babel.messages.pofile import read_po  # noqa: PLC0415  # English, which most ask for, does without it

    found: dict[str, str] = {}
    folder = files("service.language").joinpath(language)
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".po"):
            with file.open("rb") as opened:
                for message in read_po(opened, locale=language):
                    if message.id and message.string and not message.fuzzy:
                        found[str(message.id)] = str(message.string)
    return found
