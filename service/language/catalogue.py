"""The languages that there are, and their catalogues: the PO files of gettext in the folder of each."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from babel.messages.pofile import read_po

from service.text import Translate

ENGLISH = "en"
LANGUAGES = (ENGLISH, "ja")
"""The first is the one in which the texts are written."""


def translator(language: str) -> Translate:
    """What gives a text in a language.

    Raises:
        KeyError: there is no such language.
    """
    if language not in LANGUAGES:
        raise KeyError(language)
    if language == ENGLISH:
        return str
    entries = catalogue(language)
    return lambda english: entries.get(english, english)


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> dict[str, str]:
    """The texts of a language by their English ones. What a translator has marked as fuzzy is not among them."""
    found: dict[str, str] = {}
    folder = files("service.language").joinpath(language)
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(".po"):
            with file.open("rb") as opened:
                for message in read_po(opened, locale=language):
                    if message.id and message.string and not message.fuzzy:
                        found[str(message.id)] = str(message.string)
    return found
